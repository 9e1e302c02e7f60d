/* Clicksign: an envelope is put together, runs, and its signer is told; what every answer comes to at every step; what
 * an earlier try left is found before anything is made; how a lost answer is found out; and what its webhooks say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "stdlib/documents/signature.h"
#include "stdlib/net/sign.h"
#include "tests/support/sender_fixture.h"

#define NOW 1772460000
#define KEY "54770afa54770afa54770afa54770afa54770afa54770afa54770afa54770afa"
#define MARK "[dun 54770afa54770afa54770afa]"
#define BASE "https://app.clicksign.com/api/v3/envelopes"
#define LOOK BASE "?filter%5Bname%5D=%5Bdun%2054770afa54770afa54770afa%5D"
#define NONE "{\"data\":[],\"meta\":{\"record_count\":0}}"
#define MADE(id) "{\"data\":{\"id\":\"" id "\"}}"
#define LIES(id, status)                                                                                               \
  "{\"data\":[{\"id\":\"" id "\",\"type\":\"envelopes\",\"attributes\":{\"name\":\"Aditivo C-17 " MARK                 \
  "\",\"status\":\"" status "\"}}]}"
#define WORDS                                                                                                          \
  "{\"document\":\"addendum\",\"action\":57,\"title\":\"Aditivo C-17\",\"file\":\"addendum C-17.pdf\","                \
  "\"language\":\"pt\",\"signer\":{\"name\":\"Maria\",\"email\":\"maria@customer.example\"}}"

enum { STEP_LOOK, STEP_ENVELOPE, STEP_DOCUMENT, STEP_SIGNER, STEP_AGREE, STEP_EVIDENCE, STEP_RUN, STEP_TELL, STEPS };
static const struct {
  const char *method, *url, *answer;
} STEP[STEPS] = {{"GET", LOOK, NONE},
                 {"POST", BASE, MADE("e1")},
                 {"POST", BASE "/e1/documents", MADE("d1")},
                 {"POST", BASE "/e1/signers", MADE("5e1")},
                 {"POST", BASE "/e1/requirements", MADE("a1")},
                 {"POST", BASE "/e1/requirements", MADE("a2")},
                 {"PATCH", BASE "/e1", MADE("e1")},
                 {"POST", BASE "/e1/notifications", "{}"}};

static sender_fixture *begin(void) {
  sender_fixture *f = sender_begin(&SIGNATURE_CLICKSIGN, "signature", NOW);
  world_fake_set_env(f->w, "CLICKSIGN_TOKEN", "token-of-the-test");
  world_fake_set_env(f->w, "CLICKSIGN_SECRET", "secret-of-the-webhook");
  sender_set(f, "token", "CLICKSIGN_TOKEN", true);
  sender_set(f, "secret", "CLICKSIGN_SECRET", true);
  sender_open(f);
  if (!f->s) fail_msg("%.*s", SLICE_ARG(f->why));
  return f;
}

static const email_part PDF = {
    .name = {"addendum C-17.pdf", 17}, .type = {"application/pdf", 15}, .bytes = {"%PDF-1.7", 8}};
static channel_message message(void) {
  return (channel_message){.ch = CH_COUNT,
                           .key = SLICE(KEY),
                           .to = SLICE("clicksign"),
                           .text = SLICE(WORDS),
                           .parts = &PDF,
                           .part_count = 1};
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

/* All goes well up to a step. */
static void well_until(int step) {
  for (int i = 0; i < step; i++) script_answer(i == STEP_LOOK ? 200 : 201, STEP[i].answer);
}

/* ---- an envelope ---- */

static void an_envelope(void **state) {
  (void)state;
  static const char *const BODY[STEPS] = {
      [STEP_ENVELOPE] = "{\"data\":{\"type\":\"envelopes\",\"attributes\":{\"name\":\"Aditivo C-17 " MARK
                        "\",\"locale\":\"pt-BR\",\"auto_close\":true}}}",
      [STEP_DOCUMENT] = "{\"data\":{\"type\":\"documents\",\"attributes\":{\"filename\":\"addendum C-17.pdf\","
                        "\"content_base64\":\"data:application/pdf;base64,JVBERi0xLjc=\"}}}",
      [STEP_SIGNER] = "{\"data\":{\"type\":\"signers\",\"attributes\":{\"name\":\"Maria\",\"email\":"
                      "\"maria@customer.example\",\"refusable\":true,\"communicate_events\":{\"signature_request\":"
                      "\"email\",\"signature_reminder\":\"email\",\"document_signed\":\"email\"}}}}",
      [STEP_AGREE] =
          "{\"data\":{\"type\":\"requirements\",\"attributes\":{\"action\":\"agree\",\"role\":\"sign\"},"
          "\"relationships\":{\"document\":{\"data\":{\"type\":\"documents\",\"id\":\"d1\"}},\"signer\":{\"data\":{"
          "\"type\":\"signers\",\"id\":\"5e1\"}}}}}",
      [STEP_EVIDENCE] = "{\"data\":{\"type\":\"requirements\",\"attributes\":{\"action\":\"provide_evidence\",\"auth\":"
                        "\"email\"},\"relationships\":{\"document\":{\"data\":{\"type\":\"documents\",\"id\":\"d1\"}},"
                        "\"signer\":{\"data\":{\"type\":\"signers\",\"id\":\"5e1\"}}}}}",
      [STEP_RUN] = "{\"data\":{\"type\":\"envelopes\",\"id\":\"e1\",\"attributes\":{\"status\":\"running\"}}}",
      [STEP_TELL] = "{\"data\":{\"type\":\"notifications\",\"attributes\":{}}}"};
  sender_fixture *f = begin();
  well_until(STEPS);
  send_result r = sent(f);
  assert_int_equal(r.outcome, SEND_ACCEPTED);
  assert_string_equal(arena_copy(f->a, r.provider_id), "d1");
  assert_int_equal(script.count, STEPS);
  for (size_t i = 0; i < STEPS; i++) {
    asked(i, STEP[i].method, STEP[i].url);
    if (BODY[i]) assert_string_equal(script.asked[i].body, BODY[i]);
    if (BODY[i]) assert_string_equal(script.asked[i].type, "application/vnd.api+json");
    assert_string_equal(script.asked[i].proof, "token-of-the-test");
  }
  sender_end(f);
}

/* ---- what an answer comes to ---- */

static const struct {
  int status;
  send_outcome outcome;
} ROWS[] = {
#define CLICKSIGN_STATUS(status, outcome, en, pt, es) {status, SEND_##outcome},
#include "stdlib/documents/clicksign.def"
#undef CLICKSIGN_STATUS
};

/* Every status at every step. Before it runs, the draft is thrown away; once it runs, it is not made again. */
static void every_status(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
    for (int step = STEP_LOOK; step < STEPS; step++) {
      sender_fixture *f = begin();
      well_until(step);
      script_answer(ROWS[i].status, "{\"errors\":[{\"detail\":\"maria@customer.example\"}]}");
      bool discards = step > STEP_ENVELOPE && step < STEP_TELL;
      if (discards) script_answer(204, "");
      send_result r = sent(f);
      send_outcome wanted = ROWS[i].outcome;
      if (step == STEP_LOOK && wanted != SEND_DOWN) wanted = SEND_RETRY;
      if (step == STEP_TELL && wanted == SEND_REJECTED) wanted = SEND_RETRY;
      if (r.outcome != wanted) fail_msg("%d at step %d: %d", ROWS[i].status, step, (int)r.outcome);
      assert_int_equal(script.count, step + 1 + discards);
      if (discards) asked((size_t)step + 1, "DELETE", BASE "/e1");
      assert_null(memmem(r.detail.p, r.detail.n, "maria", 5));
      sender_end(f);
    }
}

static void answers_that_are_lost(void **state) {
  (void)state;
  static const scripted_answer ANSWERS[] = {{.end = HTTP_TIMEOUT, .phase = HTTP_SENDING},
                                            {.end = HTTP_LOST, .phase = HTTP_ANSWERED},
                                            {.status = 500, .body = "{}"},
                                            {.status = 504, .body = ""}};
  for (size_t i = 0; i < sizeof ANSWERS / sizeof *ANSWERS; i++)
    for (int step = STEP_LOOK; step < STEPS; step++) {
      sender_fixture *f = begin();
      well_until(step);
      script_add(ANSWERS[i]);
      bool discards = step > STEP_ENVELOPE && step < STEP_RUN;
      if (discards) script_answer(204, "");
      send_result r = sent(f);
      send_outcome wanted = step < STEP_RUN ? SEND_RETRY : SEND_UNKNOWN;
      if (r.outcome != wanted) fail_msg("answer %zu at step %d: %d", i, step, (int)r.outcome);
      assert_int_equal(script.count, step + 1 + discards);
      sender_end(f);
    }
}

/* ---- what is there already ---- */

static void a_draft_of_before_is_thrown_away(void **state) {
  (void)state;
  sender_fixture *f = begin();
  script_answer(200, LIES("e0", "draft"));
  script_answer(204, "");
  for (int i = STEP_ENVELOPE; i < STEPS; i++) script_answer(201, STEP[i].answer);
  assert_int_equal(sent(f).outcome, SEND_ACCEPTED);
  asked(1, "DELETE", BASE "/e0");
  assert_int_equal(script.count, STEPS + 1);
  sender_end(f);
}

static void one_that_runs_is_told_of_again(void **state) {
  (void)state;
  sender_fixture *f = begin();
  script_answer(200, LIES("e0", "running"));
  script_answer(200, "{\"data\":[{\"id\":\"d0\"}]}");
  script_answer(201, "{}");
  send_result r = sent(f);
  assert_int_equal(r.outcome, SEND_ACCEPTED);
  assert_string_equal(arena_copy(f->a, r.provider_id), "d0");
  asked(1, "GET", BASE "/e0/documents");
  asked(2, "POST", BASE "/e0/notifications");
  assert_int_equal(script.count, 3);
  sender_end(f);
}

static void what_is_over_is_not_begun_again(void **state) {
  (void)state;
  sender_fixture *f = begin();
  script_answer(200, LIES("e0", "closed"));
  script_answer(200, "{\"data\":[{\"id\":\"d0\"}]}");
  assert_int_equal(sent(f).outcome, SEND_ACCEPTED);
  sender_end(f);
  f = begin();
  script_answer(200, LIES("e0", "canceled"));
  assert_int_equal(sent(f).outcome, SEND_REJECTED);
  assert_int_equal(script.count, 1);
  sender_end(f);
}

/* A filter that takes a name for a part of others, or none at all, finds nothing of ours. */
static void somebody_elses_is_not_ours(void **state) {
  (void)state;
  sender_fixture *f = begin();
  script_answer(200, "{\"data\":[{\"id\":\"e7\",\"attributes\":{\"name\":\"Contrato\",\"status\":\"running\"}},"
                     "{\"id\":\"e8/x\",\"attributes\":{\"name\":\"" MARK "\",\"status\":\"draft\"}}]}");
  for (int i = STEP_ENVELOPE; i < STEPS; i++) script_answer(201, STEP[i].answer);
  assert_int_equal(sent(f).outcome, SEND_ACCEPTED);
  assert_int_equal(script.count, STEPS);
  sender_end(f);
}

static void a_lost_answer_is_looked_for(void **state) {
  (void)state;
  static const struct {
    int64_t ago_s;
    const char *answer;
    send_outcome outcome;
  } CASES[] = {{60, NONE, SEND_UNKNOWN},
               {600, NONE, SEND_RETRY},
               {60, LIES("e0", "draft"), SEND_UNKNOWN},
               {600, LIES("e0", "draft"), SEND_RETRY},
               {600, LIES("e0", "running"), SEND_UNKNOWN},
               {60, LIES("e0", "closed"), SEND_ACCEPTED},
               {600, LIES("e0", "canceled"), SEND_RETRY},
               {600, "{}", SEND_UNKNOWN},
               {600, "no json", SEND_UNKNOWN}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    sender_fixture *f = begin();
    script_answer(200, CASES[i].answer);
    if (CASES[i].outcome == SEND_ACCEPTED) script_answer(200, "{\"data\":[{\"id\":\"d0\"}]}");
    send_result r = found(f, CASES[i].ago_s);
    if (r.outcome != CASES[i].outcome) fail_msg("case %zu: %d", i, (int)r.outcome);
    for (size_t k = 0; k < script.count; k++) assert_string_equal(script.asked[k].method, "GET"); /* it only looks */
    sender_end(f);
  }
}

/* ---- what comes back ---- */

static hook_answer heard(sender_fixture *f, const char *body, const char *signed_body, hook_events *out) {
  secret s = secret_of(f->a, SLICE("secret-of-the-webhook"));
  sign_key key = sign_key_of(&s);
  slice text = slice_of(signed_body);
  uint8_t hash[SIGN_SHA256_BYTES];
  sign_hmac_sha256(&key, &text, 1, hash);
  slice hex = sign_hex((slice){(const char *)hash, sizeof hash}, f->a);
  const http_header header = {SLICE("content-hmac"), arena_printf(f->a, "sha256=%.*s", SLICE_ARG(hex))};
  const hook_request r = {
      .method = SLICE("POST"), .headers = &header, .header_count = 1, .body = slice_of(body), .now_s = NOW};
  return f->d->hook(f->w, &f->c, &r, f->a, out);
}

#define EVENT(name, document)                                                                                          \
  "{\"event\":{\"name\":\"" name "\",\"data\":null,\"occurred_at\":\"2026-03-02T11:00:00.191-03:00\"},"                \
  "\"document\":" document "}"

static void what_webhooks_say(void **state) {
  (void)state;
  static const struct {
    const char *body, *id, *says, *detail;
  } CASES[] = {{EVENT("auto_close", "{\"key\":\"d1\"}"), "d1:signed", "replied", "signed"},
               {EVENT("close", "{\"key\":\"d1\"}"), "d1:signed", "replied", "signed"},
               {EVENT("document_closed", "[{\"key\":\"d1\"}]"), "d1:signed", "replied", "signed"},
               {EVENT("refusal", "{\"key\":\"d1\"}"), "d1:refused", "rejected", "refused by the signer"},
               {EVENT("deadline", "{\"key\":\"d1\"}"), "d1:expired", "rejected", "expired"},
               {EVENT("cancel", "{\"key\":\"d1\"}"), "d1:withdrawn", "rejected", "withdrawn"}};
  sender_fixture *f = begin();
  hook_events e;
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    assert_int_equal(heard(f, CASES[i].body, CASES[i].body, &e), HOOK_ANSWER_TAKEN);
    assert_int_equal(e.count, 1);
    assert_int_equal(e.v->kind, HOOK_DOCUMENT);
    assert_string_equal(arena_copy(f->a, e.v->id), CASES[i].id);
    assert_string_equal(arena_copy(f->a, e.v->provider_id), "d1");
    assert_string_equal(e.v->state, CASES[i].says);
    assert_string_equal(arena_copy(f->a, e.v->detail), CASES[i].detail);
    assert_int_equal(e.v->at_s, NOW);
    assert_int_equal(heard(f, CASES[i].body, "other", &e), HOOK_ANSWER_NOT_GENUINE);
  }
  const char *other = EVENT("add_signer", "{\"key\":\"d1\"}");
  assert_int_equal(heard(f, other, other, &e), HOOK_ANSWER_TAKEN);
  assert_int_equal(e.count, 0);
  assert_int_equal(heard(f, "[]", "[]", &e), HOOK_ANSWER_NOT_UNDERSTOOD);
  sender_end(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_envelope),
      cmocka_unit_test(every_status),
      cmocka_unit_test(answers_that_are_lost),
      cmocka_unit_test(a_draft_of_before_is_thrown_away),
      cmocka_unit_test(one_that_runs_is_told_of_again),
      cmocka_unit_test(what_is_over_is_not_begun_again),
      cmocka_unit_test(somebody_elses_is_not_ours),
      cmocka_unit_test(a_lost_answer_is_looked_for),
      cmocka_unit_test(what_webhooks_say),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
