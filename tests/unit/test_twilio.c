/* Twilio: what is sent, what every answer comes to, and what its callbacks say. The signatures are Python's
 * (signed_hooks.py), and one is the example of Twilio's documentation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/sender_fixture.h"

#define ACCOUNT "AC0123456789abcdef0123456789abcdef"
#define TOKEN "12345678901234567890123456789012"
#define KEY "6b6579"

static sender_fixture *begin(const char *kind) {
  sender_fixture *f = sender_begin(strcmp(kind, "sms") == 0 ? &SMS_TWILIO : &WHATSAPP_TWILIO, kind, 1772460000);
  world_fake_set_env(f->w, "TWILIO_TOKEN", TOKEN);
  sender_set(f, "from", "+1 415 555 0100", false);
  sender_set(f, "account", ACCOUNT, false);
  sender_set(f, "token", "TWILIO_TOKEN", true);
  sender_set(f, "country", "BR", false);
  return f;
}

static channel_message message(const sender_fixture *f) {
  return (channel_message){.ch = f->d == &SMS_TWILIO ? CH_SMS : CH_WHATSAPP,
                           .key = SLICE(KEY),
                           .to = SLICE("(11) 98765-4321"),
                           .text = SLICE("Olá & até já: A-1 = R$ 100,00\n")};
}

#define TAKEN "{\"sid\":\"SM0123456789abcdef0123456789abcdef\",\"status\":\"queued\",\"error_code\":null}"

/* ---- what is sent ---- */

static void an_sms(void **state) {
  (void)state;
  sender_fixture *f = begin("sms");
  sender_set(f, "callback", "https://dun.example/hooks/twilio", false);
  sender_open(f);
  assert_non_null(f->s);
  script_answer(201, TAKEN);
  channel_message m = message(f);
  send_result r = f->d->send(f->s, &m, f->a);
  assert_int_equal(r.outcome, SEND_ACCEPTED);
  assert_string_equal(arena_copy(f->a, r.provider_id), "SM0123456789abcdef0123456789abcdef");
  const scripted_request *q = script_last();
  assert_string_equal(q->method, "POST");
  assert_string_equal(q->url, "https://api.twilio.com/2010-04-01/Accounts/" ACCOUNT "/Messages.json");
  assert_string_equal(q->type, "application/x-www-form-urlencoded");
  assert_string_equal(q->user, ACCOUNT);
  assert_string_equal(q->password, TOKEN);
  assert_string_equal(q->body, "To=%2B5511987654321&From=%2B14155550100&Body=Ol%C3%A1%20%26%20at%C3%A9%20j%C3%A1%3A%20"
                               "A-1%20%3D%20R%24%20100%2C00&StatusCallback=https%3A%2F%2Fdun.example%2Fhooks%2Ftwilio"
                               "%3Fkey%3D" KEY);
  sender_end(f);
}

static void a_service_and_a_customers_country(void **state) {
  (void)state;
  sender_fixture *f = begin("sms");
  sender_set(f, "from", "MG0123456789abcdef0123456789abcdef", false);
  sender_set(f, "callback", "https://dun.example/hooks?tenant=1", false);
  sender_open(f);
  assert_non_null(f->s);
  script_answer(201, TAKEN);
  channel_message m = message(f);
  m.to = SLICE("912 345 678");
  m.country = SLICE("Portugal");
  m.text = SLICE("x");
  assert_int_equal(f->d->send(f->s, &m, f->a).outcome, SEND_ACCEPTED);
  assert_string_equal(script_last()->body,
                      "To=%2B351912345678&MessagingServiceSid=MG0123456789abcdef0123456789abcdef&Body=x&StatusCallback="
                      "https%3A%2F%2Fdun.example%2Fhooks%3Ftenant%3D1%26key%3D" KEY);
  sender_end(f);
}

#define FORM                                                                                                           \
  "{\"template\":\"HX0123456789abcdef0123456789abcdef\",\"language\":\"\",\"values\":[{\"place\":\"text\",\"at\":1,"   \
  "\"text\":\"Maria \\\"M\\\"\"},{\"place\":\"text\",\"at\":2,\"text\":\"R$ 100,00\",\"currency\":\"BRL\","            \
  "\"minor\":10000}]}"

static void an_approved_template(void **state) {
  (void)state;
  sender_fixture *f = begin("whatsapp");
  sender_open(f);
  script_answer(201, TAKEN);
  channel_message m = message(f);
  m.form = SLICE(FORM);
  assert_int_equal(f->d->send(f->s, &m, f->a).outcome, SEND_ACCEPTED);
  assert_string_equal(script_last()->body,
                      "To=whatsapp%3A%2B5511987654321&From=whatsapp%3A%2B14155550100&ContentSid="
                      "HX0123456789abcdef0123456789abcdef&ContentVariables=%7B%221%22%3A%22Maria%20%5C%22M%5C%22%22%2C"
                      "%222%22%3A%22R%24%20100%2C00%22%7D");
  sender_end(f);
}

static const char *refused(sender_fixture *f, channel_message m) {
  size_t before = script.count;
  send_result r = f->d->send(f->s, &m, f->a);
  assert_int_equal(r.outcome, SEND_REJECTED);
  assert_int_equal(script.count, before);
  return arena_copy(f->a, r.detail);
}

static void what_is_never_sent(void **state) {
  (void)state;
  sender_fixture *f = begin("whatsapp");
  sender_open(f);
  channel_message m = message(f);
  assert_non_null(strstr(refused(f, m), "within 24 hours")); /* free words to who has not written */
  m.heard_s = 1772460000 - 24 * 3600;
  assert_non_null(strstr(refused(f, m), "within 24 hours"));
  m.heard_s = 1772460000 - 24 * 3600 + 120;
  script_answer(201, TAKEN);
  assert_int_equal(f->d->send(f->s, &m, f->a).outcome, SEND_ACCEPTED);
  m.to = SLICE("98765");
  assert_non_null(strstr(refused(f, m), "too few or too many digits"));
  m.to = SLICE("Maria");
  assert_non_null(strstr(refused(f, m), "no digit"));
  m.to = SLICE("(11) 98765-4321");
  m.text = SLICE("  \n");
  assert_string_equal(refused(f, m), "the message is empty");
  char longer[1602];
  memset(longer, 'a', sizeof longer);
  m.text = (slice){longer, 1601};
  assert_non_null(strstr(refused(f, m), "longer than 1600 characters"));
  m.text.n = 1600;
  script_answer(201, TAKEN);
  assert_int_equal(f->d->send(f->s, &m, f->a).outcome, SEND_ACCEPTED);
  m.form = SLICE("{\"template\":\"HX\",\"language\":\"\",\"values\":[{\"place\":\"text\",\"at\":1,\"text\":\"\"}]}");
  assert_string_equal(refused(f, m), "value 1 of the approved template is empty, and none may be");
  m.form = SLICE("no form");
  assert_non_null(strstr(refused(f, m), "cannot be read"));
  sender_end(f);
}

/* ---- what answers come to ---- */

static send_result answered(sender_fixture *f, scripted_answer a) {
  channel_message m = message(f);
  m.heard_s = 1772459999;
  script_add(a);
  send_result r = f->d->send(f->s, &m, f->a);
  for (size_t i = 0; i + 8 < r.detail.n; i++) /* no number, no token */
    if (!memcmp(r.detail.p + i, "87654321", 8) || !memcmp(r.detail.p + i, TOKEN, 8)) fail_msg("%s", r.detail.p);
  return r;
}

static void every_code(void **state) {
  (void)state;
  static const struct {
    int64_t code;
    send_outcome outcome;
    const char *words;
  } ROWS[] = {
#define PROVIDER_CODE(code, outcome, en, pt, es) {code, SEND_##outcome, "Twilio " #code ": " en},
#include "stdlib/channel/twilio.def"
#undef PROVIDER_CODE
  };
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    sender_fixture *f = begin("sms");
    sender_open(f);
    char body[200];
    snprintf(body, sizeof body, "{\"code\":%lld,\"message\":\"to +5511987654321\",\"status\":400}",
             (long long)ROWS[i].code);
    send_result r = answered(f, (scripted_answer){.status = 400, .body = body});
    assert_int_equal(r.outcome, ROWS[i].outcome);
    assert_string_equal(arena_copy(f->a, r.detail), ROWS[i].words);
    /* 201, and yet it is over already */
    snprintf(body, sizeof body, "{\"sid\":\"SM1\",\"status\":\"failed\",\"error_code\":%lld}", (long long)ROWS[i].code);
    r = answered(f, (scripted_answer){.status = 201, .body = body});
    assert_int_equal(r.outcome, SEND_REJECTED);
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
      {{.status = 201, .body = TAKEN}, SEND_ACCEPTED},
      {{.status = 201, .body = "{}"}, SEND_UNKNOWN},
      {{.status = 200, .body = "<html>welcome to the hotel</html>"}, SEND_UNKNOWN},
      {{.status = 400, .body = "{\"code\":21999}"}, SEND_REJECTED},
      {{.status = 401, .body = ""}, SEND_DOWN},
      {{.status = 429, .header = "retry-after", .value = "7", .body = "{\"code\":20429}"}, SEND_RETRY},
      {{.status = 429, .header = "retry-after", .value = "7", .body = ""}, SEND_RETRY},
      {{.status = 500, .body = "{\"code\":20500}"}, SEND_UNKNOWN},
      {{.status = 503, .body = ""}, SEND_UNKNOWN},
      {{.end = HTTP_TIMEOUT, .phase = HTTP_SENDING}, SEND_UNKNOWN},
      {{.end = HTTP_LOST, .phase = HTTP_SENDING}, SEND_UNKNOWN},
  };
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    sender_fixture *f = begin("sms");
    sender_open(f);
    send_result r = answered(f, ROWS[i].a);
    if (r.outcome != ROWS[i].outcome) fail_msg("row %zu: %s", i, send_outcome_name(r.outcome));
    assert_int_equal(script.count, 1); /* never asked twice */
    if (ROWS[i].a.header) assert_int_equal(r.retry_s, 7);
    sender_end(f);
  }
  sender_fixture *f = begin("sms");
  sender_open(f);
  send_outcome o = answered(f, (scripted_answer){.end = HTTP_REFUSED, .phase = HTTP_CONNECTING}).outcome;
  assert_true(o == SEND_DOWN || o == SEND_RETRY); /* surely nothing was done */
  sender_end(f);
}

/* ---- the connect line ---- */

static const char *wrong(const char *kind, const char *key, const char *value) {
  static char why[512];
  sender_fixture *f = begin(kind);
  sender_set(f, key, value, false);
  sender_open(f);
  snprintf(why, sizeof why, "%.*s", SLICE_ARG(f->why));
  if (f->s) snprintf(why, sizeof why, "fine");
  sender_end(f);
  return why;
}

static void settings(void **state) {
  (void)state;
  assert_string_equal(wrong("sms", "from", "ACME"), "fine");
  assert_non_null(strstr(wrong("whatsapp", "from", "ACME"), "the sender is a number"));
  assert_non_null(strstr(wrong("sms", "from", "415 555 0100"), "the sender is a number"));
  assert_non_null(strstr(wrong("sms", "from", "Twelve chars"), "the sender is a number"));
  assert_non_null(strstr(wrong("sms", "account", "AC1"), "the account's SID"));
  assert_non_null(strstr(wrong("sms", "country", "Atlantis"), "`country`"));
  assert_non_null(strstr(wrong("sms", "callback", "http://dun.example/"), "https://"));
  sender_fixture *f = begin("sms");
  world_fake_set_env(f->w, "TWILIO_TOKEN", NULL);
  sender_open(f);
  assert_null(f->s);
  assert_string_equal(arena_copy(f->a, f->why), "the environment variable TWILIO_TOKEN is not set");
  sender_end(f);
  f = begin("sms");
  f->c.setting_count = 0;
  sender_open(f);
  assert_null(f->s);
  assert_string_equal(arena_copy(f->a, f->why), "its connect line needs: account \"AC...\"");
  sender_end(f);
}

/* ---- what comes back ---- */

typedef struct hooked {
  hook_answer answer;
  hook_events e;
} hooked;

static hooked hook(sender_fixture *f, const char *url, const char *body, const char *signature) {
  const char *mark = strchr(url, '?');
  http_header h[] = {{SLICE("content-type"), SLICE("application/x-www-form-urlencoded")},
                     {SLICE("x-twilio-signature"), slice_of(signature)}};
  hook_request r = {.method = SLICE("POST"),
                    .url = slice_of(url),
                    .query = mark ? slice_of(mark + 1) : (slice){0},
                    .headers = h,
                    .header_count = signature ? 2 : 1,
                    .body = slice_of(body)};
  hooked out;
  out.answer = f->d->hook(f->w, &f->c, &r, f->a, &out.e);
  return out;
}

#include "twilio_signed.h"

static void signatures(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof SIGNED / sizeof *SIGNED; i++) {
    sender_fixture *f = begin("sms");
    hooked h = hook(f, SIGNED[i].url, SIGNED[i].body, SIGNED[i].signature);
    if (h.answer != SIGNED[i].answer) fail_msg("%s: answer %d", SIGNED[i].what, h.answer);
    if (SIGNED[i].answer == HOOK_ANSWER_NOT_GENUINE) assert_int_equal(h.e.count, 0);
    sender_end(f);
  }
}

static const hook_event *only(const hooked *h) {
  assert_int_equal(h->answer, HOOK_ANSWER_TAKEN);
  assert_int_equal(h->e.count, 1);
  return h->e.v;
}

static const signed_case *case_of(const char *what) {
  for (size_t i = 0; i < sizeof SIGNED / sizeof *SIGNED; i++)
    if (strcmp(SIGNED[i].what, what) == 0) return SIGNED + i;
  fail_msg("no case %s", what);
  return NULL;
}

#define SAYS(slice_value, text) assert_string_equal(arena_copy(f->a, (slice_value)), (text))

static const hook_event *event_of(sender_fixture *f, const char *what) {
  const signed_case *x = case_of(what);
  static hooked h;
  h = hook(f, x->url, x->body, x->signature);
  return only(&h);
}

static void statuses(void **state) {
  (void)state;
  static const struct {
    const char *word, *becomes;
  } ROWS[] = {{"queued", "accepted"},  {"accepted", "accepted"}, {"scheduled", "accepted"},
              {"sending", "accepted"}, {"sent", "accepted"},     {"delivered", "delivered"},
              {"read", "read"},        {"failed", "rejected"},   {"undelivered", "rejected"},
              {"canceled", "rejected"}};
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    sender_fixture *f = begin("sms");
    char what[64], id[80];
    snprintf(what, sizeof what, "status %s", ROWS[i].word);
    const hook_event *e = event_of(f, what);
    assert_int_equal(e->kind, HOOK_STATUS);
    assert_string_equal(e->state, ROWS[i].becomes);
    SAYS(e->provider_id, "SM0123456789abcdef0123456789abcdef");
    SAYS(e->key, KEY);
    snprintf(id, sizeof id, "SM0123456789abcdef0123456789abcdef:%s", ROWS[i].word);
    SAYS(e->id, id); /* the same every time it is told: counted once */
    SAYS(e->detail,
         strcmp(ROWS[i].word, "undelivered") == 0 ? "Twilio 30006: the receiver's number is a landline" : "");
    sender_end(f);
  }
}

static void people(void **state) {
  (void)state;
  sender_fixture *f = begin("sms");
  const hook_event *e = event_of(f, "reply");
  assert_int_equal(e->kind, HOOK_REPLY);
  SAYS(e->id, "SM00000000000000000000000000000001");
  SAYS(e->from, "+5511987654321");
  SAYS(e->text, "Pago amanhã às 10h & obrigado");
  SAYS(e->provider_id, "");
  e = event_of(f, "whatsapp reply");
  assert_int_equal(e->kind, HOOK_REPLY);
  SAYS(e->from, "+5511987654321");
  SAYS(e->provider_id, "SM0123456789abcdef0123456789abcdef");
  assert_int_equal(event_of(f, "stop")->kind, HOOK_OPT_OUT);
  assert_int_equal(event_of(f, "operator's stop")->kind, HOOK_OPT_OUT);
  assert_int_equal(event_of(f, "start")->kind, HOOK_OPT_IN);
  sender_end(f);
}

/* The example of Twilio's page about webhooks: genuine, and about a call, which is none of ours. */
static void the_documented_example(void **state) {
  (void)state;
  sender_fixture *f = begin("sms");
  world_fake_set_env(f->w, "TWILIO_TOKEN", "12345");
  const char *url = "https://mycompany.com/myapp.php?foo=1&bar=2",
             *body =
                 "CallSid=CA1234567890ABCDE&Caller=%2B12349013030&Digits=1234&From=%2B12349013030&To=%2B18005551212";
  assert_int_equal(hook(f, url, body, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=").answer, HOOK_ANSWER_NOT_UNDERSTOOD);
  assert_int_equal(hook(f, url, body, "0/KCTR6DLpKmkAf8muzZqo1nDgq=").answer, HOOK_ANSWER_NOT_GENUINE);
  sender_end(f);
}

static void without_a_token(void **state) {
  (void)state;
  sender_fixture *f = begin("sms");
  world_fake_set_env(f->w, "TWILIO_TOKEN", NULL);
  const signed_case *x = case_of("reply");
  assert_int_equal(hook(f, x->url, x->body, x->signature).answer, HOOK_ANSWER_NOT_GENUINE);
  sender_end(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_sms),
      cmocka_unit_test(a_service_and_a_customers_country),
      cmocka_unit_test(an_approved_template),
      cmocka_unit_test(what_is_never_sent),
      cmocka_unit_test(every_code),
      cmocka_unit_test(other_answers),
      cmocka_unit_test(settings),
      cmocka_unit_test(signatures),
      cmocka_unit_test(statuses),
      cmocka_unit_test(people),
      cmocka_unit_test(the_documented_example),
      cmocka_unit_test(without_a_token),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
