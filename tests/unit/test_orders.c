/* Orders and notices through the outbox: a webhook is called once for a decision, with one id on every try, signed as
 * Standard Webhooks says (the signature is computed here a second time, with OpenSSL's HMAC); alerts go to a team's
 * chat as one message a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/world_fake.h"
#include "tests/support/http_script.h"
#include "tests/support/outbox_fixture.h"

#define URL "https://crm.example.com/hooks"
#define CRM "connect webhook crm \"" URL "\" with secret from env \"CRM_SECRET\"\n"
#define CALL "ladder l for invoices\n  at 1d call webhook crm with number, open, due, customer.name\n"
#define POLICY_OF(lines) "policy \"P\"\n  currency BRL\n" lines
#define BODY                                                                                                           \
  "{\"type\":\"dun.invoice\",\"timestamp\":\"2026-03-02T12:00:00Z\",\"data\":{\"webhook\":\"crm\",\"policy\":\"P\","   \
  "\"ladder\":\"l\",\"rung\":\"1d\",\"day\":\"2026-03-02\",\"invoice\":\"A-1\",\"customer\":\"C1\",\"values\":{"       \
  "\"number\":\"A-1\",\"open\":{\"amount\":\"100.00\",\"currency\":\"BRL\"},\"due\":\"2026-03-01\","                   \
  "\"customer.name\":\"C1\"}}}"

static struct world_net both;

/* A house with the mail server of its fixture and the network of http_script.h. */
static house begin_here(void) {
  house h = begin();
  both = *h.w->net;
  script_begin(h.w);
  both.http_open = h.w->net->http_open;
  both.http_send = h.w->net->http_send;
  both.http_close = h.w->net->http_close;
  h.w->net = &both;
  world_fake_set_env(h.w, "CRM_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  world_fake_set_env(h.w, "TEAMS_URL", "https://prod.example.com/workflows/1?sig=secret-of-the-address");
  world_fake_set_env(h.w, "SLACK_URL", "https://hooks.slack.example/services/T0/B0/secret-of-the-address");
  return h;
}

static void end_here(house *h) {
  script_end();
  end(h);
}

static slice header_of(const scripted_request *q, const char *name) {
  const char *at = strstr(q->headers, name);
  if (!at) fail_msg("no header %s in %s", name, q->headers);
  at += strlen(name) + 2;
  return (slice){at, strcspn(at, "\n")};
}

/* ---- webhooks ---- */

/* What OpenSSL's command line says: a second computation, independent of the house's own. */
static void assert_signed(const scripted_request *q, const char *key_hex) {
  slice id = header_of(q, "webhook-id"), at = header_of(q, "webhook-timestamp");
  char path[] = "/tmp/dun-signed-XXXXXX", command[512], said[128] = {0};
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  FILE *f = fdopen(fd, "w");
  fprintf(f, "%.*s.%.*s.%s", SLICE_ARG(id), SLICE_ARG(at), q->body);
  fclose(f);
  snprintf(command, sizeof command, "openssl dgst -sha256 -mac HMAC -macopt hexkey:%s -binary %s | openssl base64 -A",
           key_hex, path);
  FILE *p = popen(command, "r");
  assert_non_null(p);
  char *got = fgets(said, sizeof said, p);
  int status = pclose(p);
  remove(path);
  if (!got || status) {
    printf("openssl is not here: skipped\n");
    return;
  }
  slice signature = header_of(q, "webhook-signature");
  char wanted[160];
  snprintf(wanted, sizeof wanted, "v1,%s", said);
  assert_true(slice_eq(signature, slice_of(wanted)));
}

static void a_webhook_is_called_once(void **state) {
  (void)state;
  house h = begin_here();
  script_answer(204, "");
  assert_string_equal(whole_run(&h, POLICY_OF(CRM CALL), DAY), "SENT 1");
  const scripted_request *q = script_last();
  assert_string_equal(q->method, "POST");
  assert_string_equal(q->url, URL);
  assert_string_equal(q->type, "application/json");
  assert_string_equal(q->body, BODY);
  assert_int_equal(header_of(q, "webhook-id").n, 64);
  assert_true(slice_eq(header_of(q, "webhook-timestamp"), SLICE("1772452800")));
  assert_signed(q, "31f290f6bf06298aab4f08d43c3f082cf648a362da2da4b0");
  assert_string_equal(state_of(&h, 0), "accepted");
  assert_string_equal(whole_run(&h, POLICY_OF(CRM CALL), DAY + 1), "");
  assert_int_equal(script.count, 1);
  assert_chain(&h);
  end_here(&h);
}

/* The receiver knows it by its id: what it may have heard is said again, word for word. */
static void a_lost_answer_is_asked_again_under_one_id(void **state) {
  (void)state;
  house h = begin_here();
  script_add((scripted_answer){.end = HTTP_TIMEOUT, .phase = HTTP_SENDING});
  script_answer(502, "");
  script_answer(200, "");
  assert_string_equal(whole_run(&h, POLICY_OF(CRM CALL), DAY), "UNKNOWN 1");
  pass_seconds(&h, 7200);
  assert_string_equal(whole_run(&h, POLICY_OF(CRM CALL), DAY), "UNKNOWN 1");
  pass_seconds(&h, 7200);
  assert_string_equal(whole_run(&h, POLICY_OF(CRM CALL), DAY), "SENT 1");
  assert_int_equal(script.count, 3);
  for (size_t i = 1; i < 3; i++) {
    assert_string_equal(script.asked[i].body, script.asked[0].body);
    assert_true(slice_eq(header_of(&script.asked[i], "webhook-id"), header_of(&script.asked[0], "webhook-id")));
    assert_false(
        slice_eq(header_of(&script.asked[i], "webhook-timestamp"), header_of(&script.asked[0], "webhook-timestamp")));
  }
  end_here(&h);
}

/* What was decided about an open invoice is not told once it is settled; a later rung takes nothing's place. */
static void what_waits_is_asked_about_again(void **state) {
  (void)state;
  house h = begin_here();
  script_answer(503, ""); /* without Retry-After nobody knows */
  script_add((scripted_answer){.status = 429, .header = "retry-after", .value = "60", .body = ""});
  assert_string_equal(whole_run(&h, POLICY_OF(CRM CALL), DAY), "UNKNOWN 1");
  pass_seconds(&h, 7200);
  assert_string_equal(whole_run(&h, POLICY_OF(CRM CALL), DAY), "DEFERRED 1");
  put_invoice(&h, "A-1", "C1", 0, DAY - 1, "paid");
  pass_seconds(&h, 7200);
  assert_string_equal(whole_run(&h, POLICY_OF(CRM CALL), DAY), "SUPPRESSED 1");
  assert_string_equal(state_of(&h, 0), "suppressed: the invoice is settled");
  end_here(&h);
}

static void a_webhook_that_is_gone_rests(void **state) {
  (void)state;
  house h = begin_here();
  script_answer(410, "");
  assert_string_equal(whole_run(&h, POLICY_OF(CRM CALL), DAY), "DEFERRED 1");
  assert_non_null(strstr(state_of(&h, 0), "deferred: the receiver has switched the webhook off (410)"));
  end_here(&h);
}

/* ---- notices ---- */

#define TEAM                                                                                                           \
  "team finance is \"fin@acme.example\" and teams webhook from env \"TEAMS_URL\" and slack webhook from env "          \
  "\"SLACK_URL\"\n"

static void a_team_gets_one_card_a_run(void **state) {
  (void)state;
  static const char ALERTS[] = POLICY_OF(SMTP TEAM) "ladder l for invoices\n  at 1d alert finance \"look at {number} "
                                                    "[x](http://y)\" via teams\n";
  house h = begin_here();
  several(&h);
  script_answer(202, "");
  assert_string_equal(whole_run(&h, ALERTS, DAY), "SENT 1");
  assert_int_equal(server.sent, 0);
  const scripted_request *q = script_last();
  assert_string_equal(q->url, "https://prod.example.com/workflows/1?sig=secret-of-the-address");
  assert_non_null(strstr(q->body, "{\"type\":\"message\",\"attachments\":[{\"contentType\":\"application/vnd.microsoft."
                                  "card.adaptive\",\"content\":{\"type\":\"AdaptiveCard\",\"version\":\"1.4\",\"body\":"
                                  "[{\"type\":\"RichTextBlock\",\"inlines\":[{\"type\":\"TextRun\",\"text\":\"P: 6 "
                                  "notices\",\"weight\":\"Bolder\"}]}"));
  assert_non_null(strstr(q->body, "\"text\":\"- look at A-6"));
  assert_string_equal(whole_run(&h, ALERTS, DAY), "");
  end_here(&h);
}

/* One message by each way; the address is in none of them, nor in the store. */
static void each_way_has_its_message(void **state) {
  (void)state;
  static const char ALERTS[] = POLICY_OF(SMTP TEAM) "ladder l for invoices\n  at 1d alert finance \"a\" via teams then "
                                                    "alert finance \"b < c\" via slack then alert finance \"d\"\n";
  house h = begin_here();
  script_answer(202, "");
  script_answer(200, "ok");
  assert_string_equal(whole_run(&h, ALERTS, DAY), "SENT 3");
  assert_int_equal(server.sent, 1);
  assert_string_equal(server.text[0], "- d\n");
  assert_string_equal(script_last()->body, "{\"text\":\"P: 1 notice\\n- b &lt; c\\n\",\"mrkdwn\":false,"
                                           "\"unfurl_links\":false,\"unfurl_media\":false}");
  const slice columns[] = {SLICE("channel"), SLICE("recipient"), SLICE("text")};
  store_query q = {.table = STORE_T_message, .columns = columns, .column_count = 3};
  store_cursor *c;
  int n = 0;
  must(h.s, store_scan(h.s, &q, &c));
  while (store_next(c) == STORE_ROW) {
    bool mail = slice_eq(store_text(c, 0), SLICE("email"));
    n++;
    assert_true(slice_eq(store_text(c, 1), mail ? SLICE("fin@acme.example") : SLICE("finance")));
  }
  store_cursor_close(c);
  assert_int_equal(n, 3);
  end_here(&h);
}

/* A team that has a chat alone is told there without being asked; an escalation to it too. */
static void a_team_without_mail(void **state) {
  (void)state;
  static const char ALERTS[] = POLICY_OF(
      "team desk is slack webhook from env \"SLACK_URL\"\n") "ladder l for invoices\n"
                                                             "  at 1d alert desk \"a\" then escalate to desk \"b\"\n";
  house h = begin_here();
  script_answer(200, "ok");
  assert_string_equal(whole_run(&h, ALERTS, DAY), "SENT 1, RECORDED 1");
  assert_non_null(strstr(script_last()->body, "{\"text\":\"P: 2 notices\\n- a\\n- b\\n\""));
  end_here(&h);
}

static void an_answer_that_is_missing_is_a_persons(void **state) {
  (void)state;
  static const char ALERTS[] = POLICY_OF(
      "team desk is slack webhook from env \"SLACK_URL\"\n") "ladder l for invoices\n  at 1d alert desk \"a\"\n";
  house h = begin_here();
  script_add((scripted_answer){.end = HTTP_LOST, .phase = HTTP_SENDING});
  assert_string_equal(whole_run(&h, ALERTS, DAY), "UNKNOWN 1");
  pass_seconds(&h, 7200);
  assert_string_equal(whole_run(&h, ALERTS, DAY), "");
  assert_int_equal(script.count, 1);
  end_here(&h);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_webhook_is_called_once),
      cmocka_unit_test(a_lost_answer_is_asked_again_under_one_id),
      cmocka_unit_test(what_waits_is_asked_about_again),
      cmocka_unit_test(a_webhook_that_is_gone_rests),
      cmocka_unit_test(a_team_gets_one_card_a_run),
      cmocka_unit_test(each_way_has_its_message),
      cmocka_unit_test(a_team_without_mail),
      cmocka_unit_test(an_answer_that_is_missing_is_a_persons),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
