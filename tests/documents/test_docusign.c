/* DocuSign: the login by a token of our own, the envelope with our key, what every answer comes to, how a lost answer
 * is found out, and what its webhooks say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "stdlib/documents/signature.h"
#include "stdlib/net/json.h"
#include "stdlib/net/sign.h"
#include "tests/support/sender_fixture.h"

#define NOW 1772460000
#define KEY "54770afa54770afa54770afa54770afa54770afa54770afa54770afa54770afa"
#define BASE "https://na3.docusign.net/restapi"
#define ACCOUNT BASE "/v2.1/accounts/acc-1"
#define TOKEN "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"token-of-the-test\"}"
#define WORDS                                                                                                          \
  "{\"document\":\"addendum\",\"action\":57,\"title\":\"Aditivo C-17\",\"file\":\"addendum C-17.pdf\","                \
  "\"language\":\"pt\",\"signer\":{\"name\":\"Maria\",\"email\":\"maria@customer.example\"}}"

static char private_key[8192], public_file[64];

/* A key of this run alone. */
static int make_key(void **state) {
  (void)state;
  char command[256];
  snprintf(public_file, sizeof public_file, "/tmp/dun-test-key-XXXXXX");
  int fd = mkstemp(public_file);
  assert_true(fd >= 0);
  close(fd);
  snprintf(command, sizeof command, "openssl genrsa 2048 2>/dev/null | tee %s.pem", public_file);
  FILE *p = popen(command, "r");
  assert_non_null(p);
  size_t n = fread(private_key, 1, sizeof private_key - 1, p);
  assert_int_equal(pclose(p), 0);
  private_key[n] = 0;
  snprintf(command, sizeof command, "openssl rsa -in %s.pem -pubout -out %s 2>/dev/null", public_file, public_file);
  return system(command);
}
static int forget_key(void **state) {
  (void)state;
  char path[80];
  snprintf(path, sizeof path, "%s.pem", public_file);
  return remove(path) | remove(public_file);
}

static sender_fixture *begin(void) {
  sender_fixture *f = sender_begin(&SIGNATURE_DOCUSIGN, "signature", NOW);
  f->c.url = slice_of(BASE);
  world_fake_set_env(f->w, "DOCUSIGN_KEY", private_key);
  world_fake_set_env(f->w, "DOCUSIGN_SECRET", "secret-of-the-webhook");
  sender_set(f, "account", "acc-1", false);
  sender_set(f, "user", "user-1", false);
  sender_set(f, "client", "client-1", false);
  sender_set(f, "key", "DOCUSIGN_KEY", true);
  sender_set(f, "secret", "DOCUSIGN_SECRET", true);
  return f;
}

static sender_fixture *begin_open(void) {
  sender_fixture *f = begin();
  sender_open(f);
  if (!f->s) fail_msg("%.*s", SLICE_ARG(f->why));
  script_answer(200, TOKEN);
  return f;
}

static const email_part PDF = {
    .name = {"addendum C-17.pdf", 17}, .type = {"application/pdf", 15}, .bytes = {"%PDF-1.7", 8}};
static channel_message message(void) {
  return (channel_message){
      .ch = CH_COUNT, .key = SLICE(KEY), .to = SLICE("docusign"), .text = SLICE(WORDS), .parts = &PDF, .part_count = 1};
}

static send_result sent(sender_fixture *f) {
  channel_message m = message();
  return f->d->send(f->s, &m, f->a);
}
static send_result found(sender_fixture *f, int64_t ago_s) {
  channel_message m = message();
  return f->d->find(f->s, &m, NOW - ago_s, f->a);
}

static void asked(size_t i, const char *method, const char *url) {
  assert_true(i < script.count);
  assert_string_equal(script.asked[i].method, method);
  assert_string_equal(script.asked[i].url, url);
}

/* ---- the login ---- */

static slice piece_of(slice token, int nth) {
  for (; nth > 0; nth--) {
    const char *dot = memchr(token.p, '.', token.n);
    assert_non_null(dot);
    token = (slice){dot + 1, token.n - (size_t)(dot + 1 - token.p)};
  }
  const char *dot = memchr(token.p, '.', token.n);
  return dot ? (slice){token.p, (size_t)(dot - token.p)} : token;
}

/* OpenSSL's command line agrees with the signature. */
static void assert_signed(slice token, arena *a) {
  char text_file[80], signature_file[80], command[400];
  slice head = piece_of(token, 0), body = piece_of(token, 1), signature;
  assert_true(sign_base64_decode(piece_of(token, 2), a, &signature));
  snprintf(text_file, sizeof text_file, "%s.text", public_file);
  snprintf(signature_file, sizeof signature_file, "%s.sig", public_file);
  FILE *f = fopen(text_file, "w");
  assert_non_null(f);
  fprintf(f, "%.*s.%.*s", SLICE_ARG(head), SLICE_ARG(body));
  fclose(f);
  f = fopen(signature_file, "w");
  assert_non_null(f);
  assert_int_equal(fwrite(signature.p, 1, signature.n, f), signature.n);
  fclose(f);
  snprintf(command, sizeof command, "openssl dgst -sha256 -verify %s -signature %s %s >/dev/null 2>&1", public_file,
           signature_file, text_file);
  int status = system(command);
  remove(text_file);
  remove(signature_file);
  assert_int_equal(status, 0);
}

static void the_login_is_a_token_that_we_sign(void **state) {
  (void)state;
  sender_fixture *f = begin_open();
  script_answer(201, "{\"envelopeId\":\"env-1\",\"status\":\"sent\"}");
  assert_int_equal(sent(f).outcome, SEND_ACCEPTED);
  asked(0, "POST", "https://account.docusign.com/oauth/token");
  slice body = slice_of(script.asked[0].body),
        head = SLICE("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=");
  assert_true(slice_starts(body, head));
  slice token = {body.p + head.n, body.n - head.n}, claims, header;
  assert_true(sign_base64_decode(piece_of(token, 0), f->a, &header));
  assert_true(sign_base64_decode(piece_of(token, 1), f->a, &claims));
  assert_string_equal(arena_copy(f->a, header), "{\"alg\":\"RS256\",\"typ\":\"JWT\"}");
  assert_string_equal(arena_copy(f->a, claims),
                      "{\"iss\":\"client-1\",\"sub\":\"user-1\",\"aud\":\"account.docusign.com\",\"iat\":1772460000,"
                      "\"exp\":1772463600,\"scope\":\"signature impersonation\"}");
  assert_signed(token, f->a);
  assert_string_equal(script.asked[1].proof, "Bearer token-of-the-test");
  sender_end(f);
}

static void a_key_on_one_line_and_keys_that_are_none(void **state) {
  (void)state;
  char one[8192];
  size_t n = 0;
  for (const char *c = private_key; *c; c++) {
    if (*c == '\n') one[n++] = '\\';
    one[n++] = *c == '\n' ? 'n' : *c;
  }
  one[n] = 0;
  const char *const bad[] = {"no key", "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\n"};
  sender_fixture *f = begin();
  world_fake_set_env(f->w, "DOCUSIGN_KEY", one);
  sender_open(f);
  script_answer(200, TOKEN);
  script_answer(201, "{\"envelopeId\":\"env-1\"}");
  assert_int_equal(sent(f).outcome, SEND_ACCEPTED);
  sender_end(f);
  for (size_t i = 0; i < 2; i++) {
    f = begin();
    world_fake_set_env(f->w, "DOCUSIGN_KEY", bad[i]);
    sender_open(f);
    send_result r = sent(f);
    assert_int_equal(r.outcome, SEND_DOWN);
    assert_int_equal(script.count, 0);
    assert_non_null(memmem(r.detail.p, r.detail.n, "private key", 11));
    sender_end(f);
  }
}

static void the_demonstration_has_its_own_login(void **state) {
  (void)state;
  sender_fixture *f = begin();
  f->c.url = SLICE("https://demo.docusign.net/restapi");
  sender_open(f);
  script_answer(400, "{\"error\":\"consent_required\"}");
  send_result r = sent(f);
  assert_int_equal(r.outcome, SEND_DOWN);
  asked(0, "POST", "https://account-d.docusign.com/oauth/token");
  assert_non_null(memmem(r.detail.p, r.detail.n, "consent_required", 16));
  sender_end(f);
}

static void lines_that_are_wrong(void **state) {
  (void)state;
  static const struct {
    const char *key, *value, *says;
  } ROWS[] = {{"account", "a/b", "`account`, `user` and `client`"},
              {"user", "a?b", "`account`, `user` and `client`"},
              {"client", "", "`account`, `user` and `client`"},
              {"key", "UNSET", "the environment variable UNSET is not set"}};
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    sender_fixture *f = begin();
    sender_set(f, ROWS[i].key, ROWS[i].value, false);
    sender_open(f);
    assert_null(f->s);
    if (!memmem(f->why.p, f->why.n, ROWS[i].says, strlen(ROWS[i].says))) fail_msg("%.*s", SLICE_ARG(f->why));
    sender_end(f);
  }
}

/* ---- an envelope ---- */

static void an_envelope(void **state) {
  (void)state;
  sender_fixture *f = begin_open();
  script_answer(201, "{\"envelopeId\":\"env-1\",\"status\":\"sent\"}");
  send_result r = sent(f);
  assert_int_equal(r.outcome, SEND_ACCEPTED);
  assert_string_equal(arena_copy(f->a, r.provider_id), "env-1");
  asked(1, "POST", ACCOUNT "/envelopes");
  assert_string_equal(
      script.asked[1].body,
      "{\"emailSubject\":\"Aditivo C-17\",\"status\":\"sent\",\"transactionId\":\"" KEY "\",\"documents\":[{"
      "\"documentId\":\"1\",\"name\":\"addendum "
      "C-17.pdf\",\"fileExtension\":\"pdf\",\"documentBase64\":\"JVBERi0xLjc=\"}],"
      "\"recipients\":{\"signers\":[{\"recipientId\":\"1\",\"routingOrder\":\"1\",\"name\":\"Maria\","
      "\"email\":\"maria@customer.example\",\"emailNotification\":{\"supportedLanguage\":\"pt_BR\","
      "\"emailSubject\":\"Aditivo C-17\"},\"tabs\":{\"signHereTabs\":[{\"anchorString\":\"/sign/\","
      "\"anchorIgnoreIfNotPresent\":\"true\"}],\"dateSignedTabs\":[{\"anchorString\":\"/date/\","
      "\"anchorIgnoreIfNotPresent\":\"true\"}]}}]},\"customFields\":{\"textCustomFields\":[{\"name\":\"dun_key\","
      "\"value\":\"" KEY "\",\"show\":\"false\",\"required\":\"false\"}]}}");
  assert_int_equal(script.count, 2);
  sender_end(f);
}

static void what_is_no_order_reaches_nobody(void **state) {
  (void)state;
  static const struct {
    const char *to, *words;
    size_t parts;
  } ROWS[] = {{"clicksign", WORDS, 1},
              {"docusign", "", 1},
              {"docusign", "{}", 1},
              {"docusign", WORDS, 0},
              {"docusign",
               "{\"document\":\"a\",\"action\":1,\"title\":\"t\",\"file\":\"f\",\"signer\":{\"name\":\"M\","
               "\"email\":\"a@b.example, c@d.example\"}}",
               1}};
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    sender_fixture *f = begin();
    sender_open(f);
    channel_message m = message();
    m.to = slice_of(ROWS[i].to);
    m.text = slice_of(ROWS[i].words);
    m.part_count = ROWS[i].parts;
    assert_int_equal(f->d->send(f->s, &m, f->a).outcome, SEND_REJECTED);
    assert_int_equal(script.count, 0);
    sender_end(f);
  }
}

static void every_code(void **state) {
  (void)state;
  static const struct {
    const char *code;
    send_outcome outcome;
  } CODES[] = {
#define DOCUSIGN_WORD(code, outcome, en, pt, es) {code, SEND_##outcome},
#include "stdlib/documents/docusign.def"
#undef DOCUSIGN_WORD
  };
  for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++) {
    sender_fixture *f = begin_open();
    script_answer(400, arena_printf(f->a, "{\"errorCode\":\"%s\",\"message\":\"m\"}", CODES[i].code).p);
    send_result r = sent(f);
    if (r.outcome != CODES[i].outcome) fail_msg("%s: %d", CODES[i].code, (int)r.outcome);
    assert_non_null(strstr(arena_copy(f->a, r.detail), CODES[i].code));
    assert_int_equal(script.count, 2);
    sender_end(f);
  }
}

static void answers_without_a_code(void **state) {
  (void)state;
  static const struct {
    scripted_answer answer;
    send_outcome outcome;
  } ROWS[] = {{{.end = HTTP_TIMEOUT, .phase = HTTP_SENDING}, SEND_UNKNOWN},
              {{.end = HTTP_LOST, .phase = HTTP_ANSWERED}, SEND_UNKNOWN},
              {{.status = 500, .body = "{}"}, SEND_UNKNOWN},
              {{.status = 504, .body = ""}, SEND_UNKNOWN},
              {{.status = 201, .body = "{}"}, SEND_UNKNOWN},
              {{.status = 201, .body = "no json"}, SEND_UNKNOWN},
              {{.status = 429, .header = "retry-after", .value = "60", .body = ""}, SEND_RETRY},
              {{.status = 400, .body = "{\"errorCode\":\"SOMETHING_NEW\"}"}, SEND_REJECTED},
              {{.end = HTTP_REFUSED, .phase = HTTP_CONNECTING}, SEND_RETRY}};
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    sender_fixture *f = begin_open();
    script_add(ROWS[i].answer);
    send_outcome got = sent(f).outcome;
    if (got != ROWS[i].outcome) fail_msg("row %zu: %d", i, (int)got);
    assert_int_equal(script.count, 2); /* once */
    sender_end(f);
  }
}

/* ---- a lost answer ---- */

static void a_lost_answer_is_looked_for(void **state) {
  (void)state;
  static const struct {
    int64_t ago_s;
    int status;
    const char *answer, *query;
    send_outcome outcome;
  } ROWS[] = {
      {60, 200, "{\"resultSetSize\":\"1\",\"envelopes\":[{\"envelopeId\":\"env-9\",\"status\":\"sent\"}]}",
       "transaction_ids=" KEY, SEND_ACCEPTED},
      {60, 200, "{\"resultSetSize\":\"0\",\"totalSetSize\":\"0\"}", "transaction_ids=" KEY, SEND_UNKNOWN},
      {600, 200, "{\"resultSetSize\":\"0\",\"totalSetSize\":\"0\"}", "transaction_ids=" KEY, SEND_RETRY},
      {600, 200, "{\"envelopes\":[]}", "transaction_ids=" KEY, SEND_RETRY},
      {600, 200, "{}", "transaction_ids=" KEY, SEND_UNKNOWN},
      {600, 401, "{\"errorCode\":\"AUTHORIZATION_INVALID_TOKEN\"}", "transaction_ids=" KEY, SEND_UNKNOWN},
      {8 * 86400, 200, "{\"envelopes\":[{\"envelopeId\":\"env-9\"}]}",
       "from_date=2026-02-21&custom_field=dun_key%3D" KEY, SEND_ACCEPTED},
  };
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    sender_fixture *f = begin_open();
    script_answer(ROWS[i].status, ROWS[i].answer);
    if (ROWS[i].status == 401) {
      script_answer(200, TOKEN);
      script_answer(401, ROWS[i].answer);
    }
    send_result r = found(f, ROWS[i].ago_s);
    if (r.outcome != ROWS[i].outcome) fail_msg("row %zu: %d", i, (int)r.outcome);
    asked(1, "GET", arena_printf(f->a, ACCOUNT "/envelopes?%s", ROWS[i].query).p);
    if (r.outcome == SEND_ACCEPTED) assert_string_equal(arena_copy(f->a, r.provider_id), "env-9");
    sender_end(f);
  }
}

/* ---- what comes back ---- */

static hook_answer heard(sender_fixture *f, const char *body, const char *name, const char *signature,
                         hook_events *out) {
  const http_header headers[] = {{SLICE("x-docusign-signature-1"), SLICE("AAAA")},
                                 {slice_of(name), slice_of(signature)}};
  const hook_request r = {
      .method = SLICE("POST"), .headers = headers, .header_count = 2, .body = slice_of(body), .now_s = NOW};
  return f->d->hook(f->w, &f->c, &r, f->a, out);
}

static const char *signature_of(sender_fixture *f, const char *body) {
  secret s = secret_of(f->a, SLICE("secret-of-the-webhook"));
  sign_key key = sign_key_of(&s);
  slice text = slice_of(body);
  uint8_t hash[SIGN_SHA256_BYTES];
  sign_hmac_sha256(&key, &text, 1, hash);
  return sign_base64((slice){(const char *)hash, sizeof hash}, f->a).p;
}

#define EVENT(name, more)                                                                                              \
  "{\"event\":\"" name "\",\"apiVersion\":\"v2.1\",\"generatedDateTime\":\"2026-03-02T14:00:00.0000000Z\","            \
  "\"data\":{\"accountId\":\"acc-1\",\"envelopeId\":\"env-1\"" more "}}"

static void what_webhooks_say(void **state) {
  (void)state;
  static const struct {
    const char *body, *id, *says, *detail;
  } ROWS[] = {{EVENT("envelope-sent", ""), "env-1:sent", "delivered", ""},
              {EVENT("envelope-delivered", ""), "env-1:delivered", "read", ""},
              {EVENT("envelope-completed", ""), "env-1:completed", "replied", "signed"},
              {EVENT("envelope-declined", ""), "env-1:declined", "rejected", "refused by the signer"},
              {EVENT("envelope-voided", ""), "env-1:voided", "rejected", "withdrawn"},
              {EVENT("envelope-voided", ",\"envelopeSummary\":{\"voidedReason\":\"Envelope has expired.\"}"),
               "env-1:voided", "rejected", "expired"}};
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    sender_fixture *f = begin();
    hook_events e;
    assert_int_equal(heard(f, ROWS[i].body, "x-docusign-signature-2", signature_of(f, ROWS[i].body), &e),
                     HOOK_ANSWER_TAKEN);
    assert_int_equal(e.count, 1);
    assert_int_equal(e.v->kind, HOOK_DOCUMENT);
    assert_string_equal(arena_copy(f->a, e.v->id), ROWS[i].id);
    assert_string_equal(arena_copy(f->a, e.v->provider_id), "env-1");
    assert_string_equal(e.v->state, ROWS[i].says);
    assert_string_equal(arena_copy(f->a, e.v->detail), ROWS[i].detail);
    assert_int_equal(e.v->at_s, NOW);
    sender_end(f);
  }
}

static void what_is_not_genuine_says_nothing(void **state) {
  (void)state;
  const char *body = EVENT("envelope-completed", "");
  sender_fixture *f = begin();
  hook_events e;
  assert_int_equal(heard(f, body, "x-other", "", &e), HOOK_ANSWER_NOT_GENUINE);
  assert_int_equal(heard(f, body, "x-docusign-signature-2", signature_of(f, "other"), &e), HOOK_ANSWER_NOT_GENUINE);
  assert_int_equal(heard(f, "{}", "x-docusign-signature-2", signature_of(f, "{}"), &e), HOOK_ANSWER_NOT_UNDERSTOOD);
  const char *other = EVENT("recipient-completed", "");
  assert_int_equal(heard(f, other, "x-docusign-signature-2", signature_of(f, other), &e), HOOK_ANSWER_TAKEN);
  assert_int_equal(e.count, 0);
  world_fake_set_env(f->w, "DOCUSIGN_SECRET", NULL);
  assert_int_equal(heard(f, body, "x-docusign-signature-2", signature_of(f, body), &e), HOOK_ANSWER_NOT_GENUINE);
  sender_end(f);
}

static void moments(void **state) {
  (void)state;
  assert_int_equal(signature_moment(SLICE("2026-03-02T14:00:00Z")), NOW);
  assert_int_equal(signature_moment(SLICE("2026-03-02T11:00:00.123-03:00")), NOW);
  assert_int_equal(signature_moment(SLICE("2026-03-02T15:30:00+01:30")), NOW);
  assert_int_equal(signature_moment(SLICE("2026-13-02T15:30:00Z")), 0);
  assert_int_equal(signature_moment(SLICE("yesterday")), 0);
  assert_int_equal(signature_moment(SLICE("")), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_login_is_a_token_that_we_sign),
      cmocka_unit_test(a_key_on_one_line_and_keys_that_are_none),
      cmocka_unit_test(the_demonstration_has_its_own_login),
      cmocka_unit_test(lines_that_are_wrong),
      cmocka_unit_test(an_envelope),
      cmocka_unit_test(what_is_no_order_reaches_nobody),
      cmocka_unit_test(every_code),
      cmocka_unit_test(answers_without_a_code),
      cmocka_unit_test(a_lost_answer_is_looked_for),
      cmocka_unit_test(what_webhooks_say),
      cmocka_unit_test(what_is_not_genuine_says_nothing),
      cmocka_unit_test(moments),
  };
  return cmocka_run_group_tests(tests, make_key, forget_key);
}
