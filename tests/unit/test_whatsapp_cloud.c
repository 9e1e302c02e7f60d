/* WhatsApp's Cloud API: what is sent, what every answer comes to, and what its webhooks say. The signatures are
 * Python's (signed_hooks.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/sender_fixture.h"

#define KEY "6b6579"
#define NOW 1772460000
#define WAMID "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBJCOTY3NDc0NDFDRUI3NTA0Q0UA"

static sender_fixture *begin(void) {
  sender_fixture *f = sender_begin(&WHATSAPP_CLOUD, "whatsapp", NOW);
  world_fake_set_env(f->w, "WHATSAPP_TOKEN", "EAAG-token-of-the-test");
  world_fake_set_env(f->w, "WHATSAPP_SECRET", "app-secret-of-the-test");
  world_fake_set_env(f->w, "WHATSAPP_WORD", "a word of ours");
  sender_set(f, "phone", "106540352242922", false);
  sender_set(f, "token", "WHATSAPP_TOKEN", true);
  sender_set(f, "secret", "WHATSAPP_SECRET", true);
  sender_set(f, "verify_token", "WHATSAPP_WORD", true);
  sender_set(f, "country", "BR", false);
  return f;
}

#define FORM                                                                                                           \
  "{\"template\":\"payment_reminder\",\"language\":\"pt_BR\",\"values\":["                                             \
  "{\"place\":\"text\",\"at\":1,\"text\":\"Maria \\\"M\\\"\"},"                                                        \
  "{\"place\":\"text\",\"at\":2,\"text\":\"R$ 1.500,00\",\"currency\":\"BRL\",\"minor\":150000},"                      \
  "{\"place\":\"text\",\"at\":3,\"text\":\"10/03/2026\",\"date\":true},"                                               \
  "{\"place\":\"header\",\"at\":1,\"text\":\"A-1\"},"                                                                  \
  "{\"place\":\"button\",\"at\":1,\"text\":\"p/1\"},{\"place\":\"button\",\"at\":2,\"text\":\"q/2\"}]}"
#define TAKEN                                                                                                          \
  "{\"messaging_product\":\"whatsapp\",\"contacts\":[{\"input\":\"+5511987654321\",\"wa_id\":\"551187654321\"}],"      \
  "\"messages\":[{\"id\":\"" WAMID "\",\"message_status\":\"accepted\"}]}"

static channel_message message(void) {
  return (channel_message){.ch = CH_WHATSAPP,
                           .key = SLICE(KEY),
                           .to = SLICE("(11) 98765-4321"),
                           .text = SLICE("Olá, Maria\n"),
                           .form = SLICE(FORM)};
}

static send_result sent(sender_fixture *f, channel_message m) { return WHATSAPP_CLOUD.send(f->s, &m, f->a); }

/* ---- what is sent ---- */

static void an_approved_template(void **state) {
  (void)state;
  sender_fixture *f = begin();
  sender_open(f);
  assert_non_null(f->s);
  script_answer(200, TAKEN);
  send_result r = sent(f, message());
  assert_int_equal(r.outcome, SEND_ACCEPTED);
  assert_string_equal(arena_copy(f->a, r.provider_id), WAMID);
  const scripted_request *q = script_last();
  assert_string_equal(q->method, "POST");
  assert_string_equal(q->url, "https://graph.facebook.com/v23.0/106540352242922/messages");
  assert_string_equal(q->type, "application/json");
  assert_string_equal(q->proof, "Bearer EAAG-token-of-the-test");
  assert_string_equal(
      q->body,
      "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"to\":\"+5511987654321\","
      "\"biz_opaque_callback_data\":\"" KEY "\",\"type\":\"template\",\"template\":{\"name\":\"payment_reminder\","
      "\"language\":{\"code\":\"pt_BR\"},\"components\":[{\"type\":\"header\",\"parameters\":[{\"type\":\"text\","
      "\"text\":\"A-1\"}]},{\"type\":\"body\",\"parameters\":[{\"type\":\"text\",\"text\":\"Maria \\\"M\\\"\"},"
      "{\"type\":\"currency\",\"currency\":{\"fallback_value\":\"R$ "
      "1.500,00\",\"code\":\"BRL\",\"amount_1000\":1500000}}"
      ",{\"type\":\"date_time\",\"date_time\":{\"fallback_value\":\"10/03/2026\"}}]},{\"type\":\"button\","
      "\"sub_type\":\"url\",\"index\":\"0\",\"parameters\":[{\"type\":\"text\",\"text\":\"p/1\"}]},{\"type\":"
      "\"button\",\"sub_type\":\"url\",\"index\":\"1\",\"parameters\":[{\"type\":\"text\",\"text\":\"q/2\"}]}]}}");
  sender_end(f);
}

/* An amount in thousandths, as far as the API's number goes; else its words. */
static void amounts(void **state) {
  (void)state;
  static const struct {
    const char *currency, *minor, *wanted;
  } ROWS[] = {{"BRL", "150000", "\"amount_1000\":1500000"},  {"JPY", "1500", "\"amount_1000\":1500000"},
              {"KWD", "1500500", "\"amount_1000\":1500500"}, {"BRL", "214748364", "\"amount_1000\":2147483640"},
              {"BRL", "214748365", "\"type\":\"text\""},     {"BRL", "922337203685477580", "\"type\":\"text\""},
              {"BRL", "-100", "\"amount_1000\":-1000"}};
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    sender_fixture *f = begin();
    sender_open(f);
    script_answer(200, TAKEN);
    channel_message m = message();
    m.form = arena_printf(f->a,
                          "{\"template\":\"t\",\"language\":\"en\",\"values\":[{\"place\":\"text\",\"at\":1,\"text\":"
                          "\"so much\",\"currency\":\"%s\",\"minor\":%s}]}",
                          ROWS[i].currency, ROWS[i].minor);
    assert_int_equal(sent(f, m).outcome, SEND_ACCEPTED);
    if (!strstr(script_last()->body, ROWS[i].wanted)) fail_msg("%s", script_last()->body);
    sender_end(f);
  }
}

static void free_words(void **state) {
  (void)state;
  sender_fixture *f = begin();
  sender_open(f);
  channel_message m = message();
  m.form = (slice){0};
  send_result r = sent(f, m);
  assert_int_equal(r.outcome, SEND_REJECTED);
  assert_int_equal(script.count, 0);
  assert_non_null(strstr(r.detail.p, "within 24 hours"));
  m.heard_s = NOW - 24 * 3600 + 60; /* the margin: a call takes its time */
  assert_int_equal(sent(f, m).outcome, SEND_REJECTED);
  m.heard_s = NOW - 24 * 3600 + 61;
  script_answer(200, TAKEN);
  assert_int_equal(sent(f, m).outcome, SEND_ACCEPTED);
  assert_string_equal(script_last()->body,
                      "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"to\":\"+5511987654321\","
                      "\"biz_opaque_callback_data\":\"" KEY "\",\"type\":\"text\",\"text\":{\"preview_url\":false,"
                      "\"body\":\"Olá, Maria\"}}");
  sender_end(f);
}

/* Several at once, and nobody sleeps: that one receiver gets one in 6 seconds is the outbox's to keep. */
static void several_at_once(void **state) {
  (void)state;
  sender_fixture *f = begin();
  sender_open(f);
  channel_message m[] = {message(), message(), message(), message()};
  send_result r[4];
  m[1].to = SLICE("+5511987654322");
  m[2].to = SLICE("nobody");
  m[3].to = SLICE("+5511987654323");
  script_answer(200, TAKEN);
  script_answer(400, "{\"error\":{\"code\":132001}}");
  script_answer(200, TAKEN);
  int64_t began = f->w->now_ns(f->w);
  WHATSAPP_CLOUD.send_all(f->s, m, 4, r, f->a);
  assert_int_equal(f->w->now_ns(f->w), began);
  assert_int_equal(r[0].outcome, SEND_ACCEPTED);
  assert_int_equal(r[1].outcome, SEND_LATER);
  assert_int_equal(r[2].outcome, SEND_REJECTED);
  assert_int_equal(r[3].outcome, SEND_ACCEPTED);
  assert_non_null(strstr(script.asked[1].body, "5511987654322"));
  assert_non_null(strstr(script.asked[2].body, "5511987654323"));
  assert_int_equal(WHATSAPP_CLOUD.apart_s, 6);
  assert_true(WHATSAPP_CLOUD.rate.together > 1);
  sender_end(f);
}

/* ---- what answers come to ---- */

static void every_code(void **state) {
  (void)state;
  static const struct {
    int64_t code;
    send_outcome outcome;
    const char *words;
  } ROWS[] = {
#define PROVIDER_CODE(code, outcome, en, pt, es) {code, SEND_##outcome, "WhatsApp " #code ": " en},
#include "stdlib/channel/whatsapp_cloud.def"
#undef PROVIDER_CODE
  };
  static const int STATUS[] = {400, 401, 403, 404, 429, 500, 503};
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
    for (size_t k = 0; k < sizeof STATUS / sizeof *STATUS; k++) { /* the code decides, whatever the status is */
      sender_fixture *f = begin();
      sender_open(f);
      slice body = arena_printf(f->a,
                                "{\"error\":{\"message\":\"(#%lld) to +5511987654321\",\"type\":\"OAuthException\","
                                "\"code\":%lld,\"fbtrace_id\":\"x\"}}",
                                (long long)ROWS[i].code, (long long)ROWS[i].code);
      script_answer(STATUS[k], body.p);
      send_result r = sent(f, message());
      assert_int_equal(r.outcome, ROWS[i].outcome);
      assert_string_equal(arena_copy(f->a, r.detail), ROWS[i].words);
      sender_end(f);
    }
}

static void other_answers(void **state) {
  (void)state;
  static const struct {
    scripted_answer a;
    send_outcome outcome;
  } ROWS[] = {
      {{.status = 200, .body = TAKEN}, SEND_ACCEPTED},
      {{.status = 200, .body = "{\"messages\":[]}"}, SEND_UNKNOWN},
      {{.status = 200, .body = "<html>"}, SEND_UNKNOWN},
      {{.status = 400, .body = "{\"error\":{\"code\":131999}}"}, SEND_REJECTED},
      {{.status = 401, .body = ""}, SEND_DOWN},
      {{.status = 429, .header = "retry-after", .value = "9", .body = "{\"error\":{\"code\":130429}}"}, SEND_RETRY},
      {{.status = 500, .body = "{\"error\":{\"code\":131000}}"}, SEND_UNKNOWN},
      {{.status = 500, .body = "{\"error\":{\"code\":2}}"}, SEND_UNKNOWN},
      {{.end = HTTP_TIMEOUT, .phase = HTTP_SENDING}, SEND_UNKNOWN},
  };
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    sender_fixture *f = begin();
    sender_open(f);
    script_add(ROWS[i].a);
    send_result r = sent(f, message());
    if (r.outcome != ROWS[i].outcome) fail_msg("row %zu: %s", i, send_outcome_name(r.outcome));
    assert_int_equal(script.count, 1);
    if (ROWS[i].a.header) assert_int_equal(r.retry_s, 9);
    sender_end(f);
  }
}

/* ---- the connect line ---- */

static const char *wrong(const char *key, const char *value) {
  static char why[512];
  sender_fixture *f = begin();
  sender_set(f, key, value, false);
  sender_open(f);
  snprintf(why, sizeof why, "%.*s", SLICE_ARG(f->why));
  if (f->s) snprintf(why, sizeof why, "fine");
  sender_end(f);
  return why;
}

static void settings(void **state) {
  (void)state;
  assert_string_equal(wrong("version", "v24.0"), "fine");
  assert_non_null(strstr(wrong("version", "23"), "`version`"));
  assert_non_null(strstr(wrong("version", "v23.0/x"), "`version`"));
  assert_non_null(strstr(wrong("phone", "+5511987654321"), "not the number itself"));
  assert_non_null(strstr(wrong("country", "Atlantis"), "`country`"));
  assert_non_null(strstr(wrong("account", "my account"), "`account`"));
  sender_fixture *f = begin();
  world_fake_set_env(f->w, "WHATSAPP_TOKEN", NULL);
  sender_open(f);
  assert_null(f->s);
  assert_string_equal(arena_copy(f->a, f->why), "the environment variable WHATSAPP_TOKEN is not set");
  sender_end(f);
}

/* ---- what comes back ---- */

#include "cloud_signed.h"

static hook_answer hook(sender_fixture *f, const char *body, const char *signature, hook_events *out) {
  http_header h = {SLICE("x-hub-signature-256"), slice_of(signature)};
  hook_request r = {.method = SLICE("POST"),
                    .url = SLICE("https://dun.example/hooks/whatsapp"),
                    .headers = &h,
                    .header_count = signature ? 1 : 0,
                    .body = slice_of(body)};
  return WHATSAPP_CLOUD.hook(f->w, &f->c, &r, f->a, out);
}

static const signed_case *case_of(const char *what) {
  for (size_t i = 0; i < sizeof SIGNED / sizeof *SIGNED; i++)
    if (strcmp(SIGNED[i].what, what) == 0) return SIGNED + i;
  fail_msg("no case %s", what);
  return NULL;
}

static void signatures(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof SIGNED / sizeof *SIGNED; i++) {
    sender_fixture *f = begin();
    hook_events e;
    hook_answer a = hook(f, SIGNED[i].body, SIGNED[i].signature, &e);
    if (a != SIGNED[i].answer) fail_msg("%s: answer %d", SIGNED[i].what, a);
    if (a != HOOK_ANSWER_TAKEN) assert_int_equal(e.count, 0);
    sender_end(f);
  }
}

static hook_events events_of(sender_fixture *f, const char *what, size_t count) {
  hook_events e;
  const signed_case *x = case_of(what);
  assert_int_equal(hook(f, x->body, x->signature, &e), HOOK_ANSWER_TAKEN);
  if (e.count != count) fail_msg("%s: %zu events", what, e.count);
  return e;
}

#define SAYS(slice_value, text) assert_string_equal(arena_copy(f->a, (slice_value)), (text))

static void statuses(void **state) {
  (void)state;
  static const char *const ROWS[][2] = {
      {"sent", "accepted"}, {"delivered", "delivered"}, {"read", "read"}, {"failed", "rejected"}};
  for (size_t i = 0; i < 4; i++) {
    sender_fixture *f = begin();
    hook_event e = *events_of(f, ROWS[i][0], 1).v;
    assert_int_equal(e.kind, HOOK_STATUS);
    assert_string_equal(e.state, ROWS[i][1]);
    SAYS(e.provider_id, WAMID);
    SAYS(e.key, KEY);
    SAYS(e.id, arena_printf(f->a, WAMID ":%s", ROWS[i][0]).p);
    assert_int_equal(e.at_s, 1772460100);
    assert_int_equal(e.detail.n > 0, i == 3);
    sender_end(f);
  }
  sender_fixture *f = begin();
  SAYS(events_of(f, "failed", 1).v->detail,
       "WhatsApp 131047: more than 24 hours after the customer's last message WhatsApp takes approved templates alone");
  events_of(f, "deleted", 0);
  events_of(f, "another number", 0);
  hook_events e = events_of(f, "several", 2); /* delivered may be left out */
  assert_string_equal(e.v[0].state, "accepted");
  assert_string_equal(e.v[1].state, "read");
  sender_end(f);
}

static void people(void **state) {
  (void)state;
  sender_fixture *f = begin();
  hook_event e = *events_of(f, "reply", 1).v;
  assert_int_equal(e.kind, HOOK_REPLY);
  SAYS(e.id, "wamid.1");
  SAYS(e.from, "+551187654321");
  SAYS(e.text, "Já paguei, obrigado");
  SAYS(e.provider_id, WAMID);
  assert_int_equal(e.at_s, 1772460200);
  assert_int_equal(events_of(f, "stop", 1).v->kind, HOOK_OPT_OUT);
  assert_int_equal(events_of(f, "start", 1).v->kind, HOOK_OPT_IN);
  assert_int_equal(events_of(f, "button", 1).v->kind, HOOK_OPT_OUT);
  e = *events_of(f, "pressed", 1).v;
  assert_int_equal(e.kind, HOOK_REPLY);
  SAYS(e.text, "Vou pagar hoje");
  e = *events_of(f, "picture", 1).v;
  assert_int_equal(e.kind, HOOK_REPLY);
  SAYS(e.text, "");
  events_of(f, "reaction", 0);
  sender_end(f);
}

/* What somebody chooses in WhatsApp's settings of the business: no more of its messages, or again. */
static void wishes(void **state) {
  (void)state;
  sender_fixture *f = begin();
  hook_event e = *events_of(f, "stop in the settings", 1).v;
  assert_int_equal(e.kind, HOOK_OPT_OUT);
  SAYS(e.from, "+551187654321");
  SAYS(e.id, "preference 551187654321 stop 1772460300");
  assert_int_equal(e.at_s, 1772460300);
  e = *events_of(f, "resume in the settings", 1).v;
  assert_int_equal(e.kind, HOOK_OPT_IN);
  SAYS(e.id, "preference 551187654321 resume 1772460300");
  events_of(f, "another wish", 0);
  sender_end(f);
}

static hook_answer challenged(sender_fixture *f, const char *query, hook_events *out) {
  hook_request r = {.method = SLICE("GET"), .query = slice_of(query)};
  return WHATSAPP_CLOUD.hook(f->w, &f->c, &r, f->a, out);
}

static void the_challenge(void **state) {
  (void)state;
  sender_fixture *f = begin();
  hook_events e;
  const char *good = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=a+word%20of+ours";
  assert_int_equal(challenged(f, good, &e), HOOK_ANSWER_TAKEN);
  SAYS(e.say, "1158201444");
  assert_int_equal(challenged(f, "hub.mode=subscribe&hub.challenge=1&hub.verify_token=another", &e),
                   HOOK_ANSWER_NOT_GENUINE);
  assert_int_equal(e.say.n, 0);
  assert_int_equal(challenged(f, "hub.mode=subscribe&hub.challenge=1", &e), HOOK_ANSWER_NOT_GENUINE);
  assert_int_equal(challenged(f, "", &e), HOOK_ANSWER_NOT_UNDERSTOOD);
  world_fake_set_env(f->w, "WHATSAPP_WORD", NULL);
  assert_int_equal(challenged(f, good, &e), HOOK_ANSWER_NOT_GENUINE);
  assert_int_equal(challenged(f, "hub.mode=subscribe&hub.challenge=1&hub.verify_token=", &e), HOOK_ANSWER_NOT_GENUINE);
  sender_end(f);
}

static void without_a_secret(void **state) {
  (void)state;
  sender_fixture *f = begin();
  hook_events e;
  world_fake_set_env(f->w, "WHATSAPP_SECRET", NULL);
  assert_int_equal(hook(f, case_of("read")->body, case_of("read")->signature, &e), HOOK_ANSWER_NOT_GENUINE);
  sender_end(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_approved_template),
      cmocka_unit_test(amounts),
      cmocka_unit_test(free_words),
      cmocka_unit_test(several_at_once),
      cmocka_unit_test(every_code),
      cmocka_unit_test(other_answers),
      cmocka_unit_test(settings),
      cmocka_unit_test(signatures),
      cmocka_unit_test(statuses),
      cmocka_unit_test(people),
      cmocka_unit_test(wishes),
      cmocka_unit_test(the_challenge),
      cmocka_unit_test(without_a_secret),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
