/* Outlook through Graph: the draft with our key, its sending, what every answer comes to, and how a time-out is
 * resolved: by what the mailbox shows, never by sending again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "stdlib/net/email.h"
#include "stdlib/net/json.h"
#include "tests/support/sender_fixture.h"

#define NOW 1772460000
#define KEY "54770afa54770afa54770afa54770afa54770afa54770afa54770afa54770afa"
#define TOKEN "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":\"token-of-the-test\"}"
#define DRAFT "{\"id\":\"AAMk+d/1=\",\"isDraft\":true,\"internetMessageId\":\"<m1@example.com>\"}"
#define MESSAGES "https://graph.microsoft.com/v1.0/users/finance%40example.com/messages"

static sender_fixture *begin(void) {
  sender_fixture *f = sender_begin(&EMAIL_OUTLOOK, "email", NOW);
  world_fake_set_env(f->w, "GRAPH_SECRET", "secret-of-the-app");
  sender_set(f, "from", "Finance <finance@example.com>", false);
  sender_set(f, "tenant", "example.onmicrosoft.com", false);
  sender_set(f, "client", "11111111-2222-3333-4444-555555555555", false);
  sender_set(f, "secret", "GRAPH_SECRET", true);
  return f;
}

static channel_message message(void) {
  return (channel_message){.ch = CH_EMAIL,
                           .key = SLICE(KEY),
                           .to = SLICE("maria@customer.example"),
                           .to_name = SLICE("Maria \"M\""),
                           .subject = SLICE("Invoice A-1"),
                           .text = SLICE("Olá\n")};
}

/* With a login behind it. */
static sender_fixture *begin_open(void) {
  sender_fixture *f = begin();
  sender_open(f);
  if (!f->s) fail_msg("%.*s", SLICE_ARG(f->why));
  script_answer(200, TOKEN);
  return f;
}

static send_result sent(sender_fixture *f) {
  channel_message m = message();
  return EMAIL_OUTLOOK.send(f->s, &m, f->a);
}

static send_result found(sender_fixture *f, int64_t begun_ago_s) {
  channel_message m = message();
  return EMAIL_OUTLOOK.find(f->s, &m, NOW - begun_ago_s, f->a);
}

static void asked(size_t i, const char *method, const char *url) {
  assert_true(i < script.count);
  assert_string_equal(script.asked[i].method, method);
  assert_string_equal(script.asked[i].url, url);
}

/* ---- what is sent ---- */

static void a_draft_that_is_sent(void **state) {
  (void)state;
  sender_fixture *f = begin_open();
  script_answer(201, DRAFT);
  script_answer(202, "");
  send_result r = sent(f);
  assert_int_equal(r.outcome, SEND_ACCEPTED);
  assert_string_equal(arena_copy(f->a, r.provider_id), "m1@example.com");
  asked(0, "POST", "https://login.microsoftonline.com/example.onmicrosoft.com/oauth2/v2.0/token");
  assert_non_null(strstr(script.asked[0].body, "scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"));
  asked(1, "POST", MESSAGES);
  assert_string_equal(script.asked[1].proof, "Bearer token-of-the-test");
  assert_non_null(strstr(script.asked[1].headers, "Prefer: IdType=\"ImmutableId\"\n"));
  assert_string_equal(
      script.asked[1].body,
      "{\"subject\":\"Invoice A-1\",\"body\":{\"contentType\":\"text\",\"content\":\"Olá\\n\"},\"from\":{"
      "\"emailAddress\":{\"address\":\"finance@example.com\",\"name\":\"Finance\"}},\"toRecipients\":[{"
      "\"emailAddress\":{\"address\":\"maria@customer.example\",\"name\":\"Maria \\\"M\\\"\"}}],"
      "\"internetMessageHeaders\":[{\"name\":\"x-dun-key\",\"value\":\"" KEY "\"}],"
      "\"singleValueExtendedProperties\":[{\"id\":\"String {7f3c1d0a-9a52-4c0e-8f7e-6b0d7a1c5e42} Name DunKey\","
      "\"value\":\"" KEY "\"}]}");
  asked(2, "POST", MESSAGES "/AAMk%2Bd%2F1%3D/send");
  assert_int_equal(script.count, 3);
  sender_end(f);
}

static void pages_and_other_mailboxes(void **state) {
  (void)state;
  sender_fixture *f = begin();
  sender_set(f, "mailbox", "billing+br@example.com", false);
  sender_open(f);
  script_answer(200, TOKEN);
  script_answer(201, DRAFT);
  script_answer(202, "");
  channel_message m = message();
  m.html = SLICE("<p>Olá</p>");
  assert_int_equal(EMAIL_OUTLOOK.send(f->s, &m, f->a).outcome, SEND_ACCEPTED);
  asked(1, "POST", "https://graph.microsoft.com/v1.0/users/billing%2Bbr%40example.com/messages");
  assert_non_null(strstr(script.asked[1].body, "\"body\":{\"contentType\":\"html\",\"content\":\"<p>Olá</p>\"}"));
  sender_end(f);
}

/* In the draft, the picture that the page shows by its name. */
static void files_go_in_the_draft(void **state) {
  (void)state;
  const email_part parts[] = {{SLICE("pix-A-1.png"), SLICE("image/png"), SLICE("pix-1@dun"), SLICE("png")},
                              {SLICE("boleto-A-1.pdf"), SLICE("application/pdf"), {0}, SLICE("%PDF-")}};
  sender_fixture *f = begin_open();
  script_answer(201, DRAFT);
  script_answer(202, "");
  channel_message m = message();
  m.html = SLICE("<img src=\"cid:pix-1@dun\">");
  m.parts = parts;
  m.part_count = 2;
  assert_int_equal(EMAIL_OUTLOOK.send(f->s, &m, f->a).outcome, SEND_ACCEPTED);
  const char *body = script.asked[1].body;
  assert_non_null(strstr(body, "\"attachments\":[{\"@odata.type\":\"#microsoft.graph.fileAttachment\",\"name\":"
                               "\"pix-A-1.png\",\"contentType\":\"image/png\",\"isInline\":true,\"contentId\":"
                               "\"pix-1@dun\",\"contentBytes\":\"cG5n\"},{\"@odata.type\":"
                               "\"#microsoft.graph.fileAttachment\",\"name\":\"boleto-A-1.pdf\",\"contentType\":"
                               "\"application/pdf\",\"isInline\":false,\"contentBytes\":\"JVBERi0=\"}]"));
  sender_end(f);
}

static void no_address(void **state) {
  (void)state;
  sender_fixture *f = begin();
  sender_open(f);
  channel_message m = message();
  m.to = SLICE("a@b.example, c@d.example");
  assert_int_equal(EMAIL_OUTLOOK.send(f->s, &m, f->a).outcome, SEND_REJECTED);
  assert_int_equal(script.count, 0);
  sender_end(f);
}

static void lines_that_are_wrong(void **state) {
  (void)state;
  static const struct {
    const char *key, *value, *says;
  } ROWS[] = {{"from", "nobody", "the sender is written"},
              {"tenant", "a/b", "`tenant` and `client`"},
              {"client", "", "`tenant` and `client`"},
              {"mailbox", "x", "`mailbox` is the address"},
              {"secret", "UNSET", "the environment variable UNSET is not set"}};
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    sender_fixture *f = begin();
    sender_set(f, ROWS[i].key, ROWS[i].value, false);
    sender_open(f);
    assert_null(f->s);
    if (!memmem(f->why.p, f->why.n, ROWS[i].says, strlen(ROWS[i].says))) fail_msg("%.*s", SLICE_ARG(f->why));
    sender_end(f);
  }
}

/* ---- what an answer comes to ---- */

typedef struct outcome_row {
  const char *code;
  send_outcome outcome;
} outcome_row;
static const outcome_row CODES[] = {
#define GRAPH_WORD(code, outcome, en, pt, es) {code, SEND_##outcome},
#include "stdlib/channel/outlook.def"
#undef GRAPH_WORD
};

/* Every code, of the draft and of its sending; a draft whose sending was refused is taken back. */
static void every_code(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++)
    for (int sending = 0; sending < 2; sending++) {
      sender_fixture *f = begin_open();
      const char *body = arena_printf(f->a, "{\"error\":{\"code\":\"%s\",\"message\":\"m\"}}", CODES[i].code).p;
      if (sending) script_answer(201, DRAFT);
      script_answer(400, body);
      if (sending) script_answer(204, "");
      send_result r = sent(f);
      if (r.outcome != CODES[i].outcome) fail_msg("%s: %d", CODES[i].code, (int)r.outcome);
      assert_non_null(strstr(arena_copy(f->a, r.detail), CODES[i].code));
      if (sending) asked(3, "DELETE", MESSAGES "/AAMk%2Bd%2F1%3D");
      sender_end(f);
    }
}

/* Before the draft's answer nothing was sent, whatever happens to it. */
static void a_draft_without_an_answer(void **state) {
  (void)state;
  static const scripted_answer ANSWERS[] = {{.end = HTTP_TIMEOUT, .phase = HTTP_SENDING},
                                            {.end = HTTP_LOST, .phase = HTTP_ANSWERED},
                                            {.status = 504, .body = ""},
                                            {.status = 500, .body = "{}"},
                                            {.status = 201, .body = "{}"},
                                            {.status = 201, .body = "no json"},
                                            {.end = HTTP_REFUSED, .phase = HTTP_CONNECTING}};
  for (size_t i = 0; i < sizeof ANSWERS / sizeof *ANSWERS; i++) {
    sender_fixture *f = begin_open();
    script_add(ANSWERS[i]);
    assert_int_equal(sent(f).outcome, SEND_RETRY);
    assert_int_equal(script.count, 2);
    sender_end(f);
  }
}

/* The sending is asked for once; what is not known is not known, also where the answer asks to come again. */
static void a_sending_without_an_answer(void **state) {
  (void)state;
  static const scripted_answer ANSWERS[] = {{.end = HTTP_TIMEOUT, .phase = HTTP_SENDING},
                                            {.end = HTTP_LOST, .phase = HTTP_SENDING},
                                            {.status = 500, .body = ""},
                                            {.status = 502, .body = ""},
                                            {.status = 503, .header = "retry-after", .value = "30", .body = ""},
                                            {.status = 504, .body = ""}};
  for (size_t i = 0; i < sizeof ANSWERS / sizeof *ANSWERS; i++) {
    sender_fixture *f = begin_open();
    script_answer(201, DRAFT);
    script_add(ANSWERS[i]);
    send_result r = sent(f);
    assert_int_equal(r.outcome, SEND_UNKNOWN);
    assert_int_equal(script.count, 3);
    assert_string_equal(arena_copy(f->a, r.provider_id), "m1@example.com");
    sender_end(f);
  }
}

static void too_many_calls(void **state) {
  (void)state;
  sender_fixture *f = begin_open();
  script_answer(201, DRAFT);
  script_add((scripted_answer){.status = 429, .header = "retry-after", .value = "45", .body = "{}"});
  script_answer(204, "");
  send_result r = sent(f);
  assert_int_equal(r.outcome, SEND_RETRY);
  assert_int_equal(r.retry_s, 45);
  sender_end(f);
}

/* ---- what became of it ---- */

#define LIST(items) "{\"value\":[" items "]}"
#define GONE "{\"id\":\"S1\",\"isDraft\":false,\"internetMessageId\":\"<m1@example.com>\"}"
#define LIES "{\"id\":\"D1\",\"isDraft\":true}"

static void it_was_sent(void **state) {
  (void)state;
  sender_fixture *f = begin_open();
  script_answer(200, LIST(LIES "," GONE));
  send_result r = found(f, 5);
  assert_int_equal(r.outcome, SEND_ACCEPTED);
  assert_string_equal(arena_copy(f->a, r.provider_id), "m1@example.com");
  asked(1, "GET",
        MESSAGES "?$filter=singleValueExtendedProperties%2FAny%28ep%3A%20ep%2Fid%20eq%20%27String%20%7B7f3c1d0a-9a52-"
                 "4c0e-8f7e-6b0d7a1c5e42%7D%20Name%20DunKey%27%20and%20ep%2Fvalue%20eq%20%27" KEY
                 "%27%29&$select=id,isDraft,internetMessageId&$top=10");
  sender_end(f);
}

/* Shortly after the call it may be on its way; later what still lies there is taken back, and only then made anew. */
static void it_was_not_sent(void **state) {
  (void)state;
  static const struct {
    const char *list;
    int64_t ago_s;
    int deleted; /* the answer to it; 0: it is not asked for */
    send_outcome outcome;
  } ROWS[] = {{LIST(""), 60, 0, SEND_UNKNOWN},       {LIST(LIES), 1799, 0, SEND_UNKNOWN},
              {LIST(""), 1800, 0, SEND_RETRY},       {LIST(LIES), 1800, 204, SEND_RETRY},
              {LIST(LIES), 1800, 404, SEND_UNKNOWN}, {LIST(LIES), 1800, 500, SEND_UNKNOWN},
              {"{}", 9999, 0, SEND_UNKNOWN},         {"no json", 9999, 0, SEND_UNKNOWN}};
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    sender_fixture *f = begin_open();
    script_answer(200, ROWS[i].list);
    if (ROWS[i].deleted) script_answer(ROWS[i].deleted, "");
    assert_int_equal(found(f, ROWS[i].ago_s).outcome, ROWS[i].outcome);
    assert_int_equal(script.count, script.answers);
    if (ROWS[i].deleted) asked(2, "DELETE", MESSAGES "/D1");
    sender_end(f);
  }
}

static void a_search_that_is_refused(void **state) {
  (void)state;
  sender_fixture *f = begin_open();
  script_answer(403, "{\"error\":{\"code\":\"ErrorAccessDenied\"}}");
  assert_int_equal(found(f, 9999).outcome, SEND_UNKNOWN);
  sender_end(f);
}

/* ---- dun doctor ---- */

static void note(void *self, bool fine, slice what, slice remedy) {
  *(slice *)self = what;
  assert_int_equal(remedy.n == 0, fine);
}

static void the_doctor_reads_and_makes_nothing(void **state) {
  (void)state;
  sender_fixture *f = begin_open();
  slice said;
  script_answer(200, "{\"value\":[{\"id\":\"x\"}]}");
  assert_true(EMAIL_OUTLOOK.check(f->s, note, &said, f->a));
  asked(1, "GET", MESSAGES "?$top=1&$select=id");
  script_answer(403, "{\"error\":{\"code\":\"ErrorAccessDenied\"}}");
  assert_false(EMAIL_OUTLOOK.check(f->s, note, &said, f->a));
  assert_non_null(strstr(arena_copy(f->a, said), "the app may not use that mailbox"));
  sender_end(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_draft_that_is_sent),
      cmocka_unit_test(pages_and_other_mailboxes),
      cmocka_unit_test(files_go_in_the_draft),
      cmocka_unit_test(no_address),
      cmocka_unit_test(lines_that_are_wrong),
      cmocka_unit_test(every_code),
      cmocka_unit_test(a_draft_without_an_answer),
      cmocka_unit_test(a_sending_without_an_answer),
      cmocka_unit_test(too_many_calls),
      cmocka_unit_test(it_was_sent),
      cmocka_unit_test(it_was_not_sent),
      cmocka_unit_test(a_search_that_is_refused),
      cmocka_unit_test(the_doctor_reads_and_makes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
