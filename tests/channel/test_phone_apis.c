/* Twilio and WhatsApp's Cloud API as their vendors describe them: a validating server on loopback reads what the real
 * network sends, and answers with the descriptions' own examples. What it cannot check (state, limits, signatures) is
 * in tests/unit/test_twilio.c and test_whatsapp_cloud.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "runtime/world_fake.h"
#include "stdlib/channel/channel.h"
#include "stdlib/net/net.h"
#include "tests/net/prism.h"

#define ACCOUNT "AC0123456789abcdef0123456789abcdef"
#define NOW 1772460000

static prism twilio, cloud;

static int start_servers(void **state) {
  (void)state;
  prism_start("twilio-messages.openapi.json", &twilio);
  prism_start("whatsapp-cloud.openapi.json", &cloud);
  return 0;
}

static int stop_servers(void **state) {
  (void)state;
  prism_stop(&twilio);
  prism_stop(&cloud);
  return 0;
}

typedef struct sending {
  arena *a;
  world *w;
  setting settings[8];
  connection c;
  const channel_driver *d;
  sender *s;
} sending;

static void set(sending *x, const char *key, const char *value, bool env) {
  x->settings[x->c.setting_count++] = (setting){slice_of(key), slice_of(value), env};
}

/* `prefer`: which of the description's answers; NULL: the first good one. */
static sending *begin(const channel_driver *d, int port, const char *prefer) {
  arena *a = arena_new();
  sending *x = ARENA_NEW(a, sending);
  *x = (sending){.a = a, .w = world_fake_new((int64_t)NOW * 1000000000), .d = d};
  x->w->net = &net_curl;
  x->c = (connection){.kind = slice_of(d->kind),
                      .vendor = slice_of(d->vendor),
                      .url = arena_printf(a, "http://127.0.0.1:%d", port),
                      .settings = x->settings};
  world_fake_set_env(x->w, "TOKEN", "token-of-the-test");
  set(x, "token", "TOKEN", true);
  if (prefer) set(x, "headers", arena_printf(a, "Prefer: %s", prefer).p, false);
  return x;
}

static void open_it(sending *x) {
  sender_options o = {.connect = &x->c};
  slice why = {0};
  x->s = x->d->open(x->w, x->a, &o, &why);
  if (!x->s) fail_msg("%.*s", SLICE_ARG(why));
}

static void end(sending *x) {
  x->d->close(x->s);
  world_fake_free(x->w);
  arena_free(x->a);
}

static channel_message message(const sending *x) {
  return (channel_message){.ch = x->d->channels == 1u << CH_SMS ? CH_SMS : CH_WHATSAPP,
                           .key = SLICE("54770afa54770afa54770afa54770afa54770afa54770afa54770afa54770afa"),
                           .to = SLICE("+55 11 98765-4321"),
                           .text = SLICE("Olá & até já: A-1 = R$ 100,00 👍\n"),
                           .heard_s = NOW - 60};
}

/* ---- Twilio ---- */

static send_result by_twilio(const channel_driver *d, const char *from, const char *form, const char **id) {
  static char sid[64];
  sending *x = begin(d, twilio.port, NULL);
  set(x, "from", from, false);
  set(x, "account", ACCOUNT, false);
  set(x, "callback", "https://dun.example/hooks/twilio", false);
  open_it(x);
  channel_message m = message(x);
  m.form = slice_of(form);
  send_result r = x->d->send(x->s, &m, x->a);
  snprintf(sid, sizeof sid, "%.*s", SLICE_ARG(r.provider_id));
  *id = sid;
  if (r.outcome != SEND_ACCEPTED) printf("%.*s\n", SLICE_ARG(r.detail));
  r.detail = r.provider_id = (slice){0};
  end(x);
  return r;
}

static void twilio_takes_messages(void **state) {
  (void)state;
  if (!twilio.pid) skip();
  const char *id;
  assert_int_equal(by_twilio(&SMS_TWILIO, "+14155550100", NULL, &id).outcome, SEND_ACCEPTED);
  assert_string_equal(id, "SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
  assert_int_equal(by_twilio(&SMS_TWILIO, "MG0123456789abcdef0123456789abcdef", NULL, &id).outcome, SEND_ACCEPTED);
  assert_int_equal(by_twilio(&WHATSAPP_TWILIO, "+14155550100", NULL, &id).outcome, SEND_ACCEPTED);
  assert_int_equal(by_twilio(&WHATSAPP_TWILIO, "+14155550100",
                             "{\"template\":\"HX0123456789abcdef0123456789abcdef\",\"language\":\"\",\"values\":[{"
                             "\"place\":\"text\",\"at\":1,\"text\":\"Maria & \\\"M\\\"\"}]}",
                             &id)
                       .outcome,
                   SEND_ACCEPTED);
}

/* The server looks at what it is sent: a content SID that is none does not pass. */
static void twilio_refuses_what_does_not_fit(void **state) {
  (void)state;
  if (!twilio.pid) skip();
  const char *id;
  send_result r =
      by_twilio(&WHATSAPP_TWILIO, "+14155550100", "{\"template\":\"HX1\",\"language\":\"\",\"values\":[]}", &id);
  assert_int_equal(r.outcome, SEND_REJECTED);
}

/* ---- Cloud API ---- */

#define FORM                                                                                                           \
  "{\"template\":\"payment_reminder\",\"language\":\"pt_BR\",\"values\":["                                             \
  "{\"place\":\"text\",\"at\":1,\"text\":\"Maria\"},"                                                                  \
  "{\"place\":\"text\",\"at\":2,\"text\":\"R$ 1.500,00\",\"currency\":\"BRL\",\"minor\":150000},"                      \
  "{\"place\":\"text\",\"at\":3,\"text\":\"10/03/2026\",\"date\":true},"                                               \
  "{\"place\":\"header\",\"at\":1,\"text\":\"A-1\"},{\"place\":\"button\",\"at\":1,\"text\":\"p/1\"}]}"

static send_outcome by_cloud(const char *form, const char *prefer, const char *says) {
  sending *x = begin(&WHATSAPP_CLOUD, cloud.port, prefer);
  set(x, "phone", "106540352242922", false);
  open_it(x);
  channel_message m = message(x);
  m.form = slice_of(form);
  send_result r = x->d->send(x->s, &m, x->a);
  send_outcome o = r.outcome;
  slice said = o == SEND_ACCEPTED ? r.provider_id : r.detail;
  if (!memmem(said.p, said.n, says, strlen(says))) fail_msg("%.*s", SLICE_ARG(said));
  end(x);
  return o;
}

static void cloud_takes_messages(void **state) {
  (void)state;
  if (!cloud.pid) skip();
  assert_int_equal(by_cloud(FORM, NULL, "wamid."), SEND_ACCEPTED);
  assert_int_equal(by_cloud("{\"template\":\"hello_world\",\"language\":\"en_US\",\"values\":[]}", NULL, "wamid."),
                   SEND_ACCEPTED);
  assert_int_equal(by_cloud(NULL, NULL, "wamid."), SEND_ACCEPTED);
}

/* Every error of the description, as the channel understands it. */
static void cloud_errors(void **state) {
  (void)state;
  if (!cloud.pid) skip();
  static const struct {
    const char *prefer, *says;
    send_outcome outcome;
  } ROWS[] = {
      {"code=400, example=parameter_missing", "WhatsApp 131008: ", SEND_REJECTED},
      {"code=400, example=template_param_count", "WhatsApp 132000: ", SEND_REJECTED},
      {"code=400, example=reengagement", "WhatsApp 131047: ", SEND_REJECTED},
      {"code=400, example=undeliverable", "WhatsApp 131026: ", SEND_REJECTED},
      {"code=400, example=pair_rate_limit", "WhatsApp 131056: ", SEND_LATER},
      {"code=401, example=token_expired", "WhatsApp 190: ", SEND_DOWN},
      {"code=404, example=template_missing", "WhatsApp 132001: ", SEND_LATER},
      {"code=429, example=throughput", "WhatsApp 130429: ", SEND_RETRY},
      {"code=500, example=generic", "WhatsApp 131000", SEND_UNKNOWN},
  };
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
    assert_int_equal(by_cloud(FORM, ROWS[i].prefer, ROWS[i].says), ROWS[i].outcome);
}

/* The server looks at what it is sent: a token with a sign in it that no token has does not pass. */
static void cloud_refuses_what_does_not_fit(void **state) {
  (void)state;
  if (!cloud.pid) skip();
  sending *x = begin(&WHATSAPP_CLOUD, cloud.port, NULL);
  set(x, "phone", "106540352242922", false);
  world_fake_set_env(x->w, "TOKEN", "*");
  open_it(x);
  channel_message m = message(x);
  m.form = SLICE(FORM);
  send_result r = x->d->send(x->s, &m, x->a);
  assert_int_not_equal(r.outcome, SEND_ACCEPTED);
  end(x);
}

/* ---- dun doctor ---- */

static void note(void *self, bool fine, slice what, slice remedy) {
  char *out = self;
  (void)remedy;
  size_t n = strlen(out);
  snprintf(out + n, 2048 - n, "%s %.*s\n", fine ? "+" : "-", SLICE_ARG(what));
}

static void cloud_lists_its_templates(void **state) {
  (void)state;
  if (!cloud.pid) skip();
  char said[2048] = "";
  sending *x = begin(&WHATSAPP_CLOUD, cloud.port, NULL);
  set(x, "phone", "106540352242922", false);
  set(x, "account", "102290129340398", false);
  open_it(x);
  const form_asked forms[] = {{.name = SLICE("hello_world"), .lang = SLICE("en_US")},
                              {.name = SLICE("2023_april_promo"), .lang = SLICE("en_US"), .texts = 1},
                              {.name = SLICE("hello_world"), .lang = SLICE("pt_BR")},
                              {.name = SLICE("farewell"), .lang = SLICE("pt_BR")}};
  x->d->check_forms(x->s, forms, 4, note, said, x->a);
  assert_string_equal(said, "+ the template \"hello_world en_US\" is approved, and takes what its file fills\n"
                            "- the text of the template \"2023_april_promo en_US\" takes 2 values, its file fills 1\n"
                            "- there is no template \"hello_world pt_BR\", but one in \"en_US\"\n"
                            "- there is no template \"farewell pt_BR\"\n");
  end(x);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(twilio_takes_messages),
      cmocka_unit_test(twilio_refuses_what_does_not_fit),
      cmocka_unit_test(cloud_takes_messages),
      cmocka_unit_test(cloud_errors),
      cmocka_unit_test(cloud_refuses_what_does_not_fit),
      cmocka_unit_test(cloud_lists_its_templates),
  };
  return cmocka_run_group_tests(tests, start_servers, stop_servers);
}
