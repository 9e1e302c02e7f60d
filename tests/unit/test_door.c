/* The door and the inbox without a network: what a request comes to in the store, and what never does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/cli/serve_erp.h"
#include "runtime/serve/service.h"
#include "runtime/store/hooks.h"
#include "runtime/world_fake.h"
#include "stdlib/net/sign.h"
#include "tests/support/outbox_fixture.h"

static const char LINES[] =
    "policy \"P\"\n  currency BRL\n  timezone \"America/Sao_Paulo\"\n" SMTP
    "connect whatsapp cloud with phone \"4477\" and token from env \"T\" and secret from env \"S\" and verify_token "
    "from "
    "env \"V\"\nconnect erp omie with key from env \"T\" and secret from env \"S\" and token from env \"V\"\n" LADDER;

typedef struct entrance {
  house h;
  run r;
  door d;
  arena *perm;
} entrance;

static entrance enter(void) {
  entrance e = {.h = begin(), .perm = arena_new()};
  world_fake_set_env(e.h.w, "T", "t");
  world_fake_set_env(e.h.w, "S", "secret");
  world_fake_set_env(e.h.w, "V", "verify");
  run_commit(&e.h, &e.r, LINES, DAY);
  e.d = (door){.w = e.h.w, .s = e.h.s, .p = e.r.c.program};
  return e;
}

static void leave(entrance *e) {
  assert_chain(&e->h);
  run_end(&e->r);
  arena_free(e->perm);
  end(&e->h);
}

static door_answer ask(entrance *e, const char *method, const char *target, slice body, const char *key) {
  secret s = secret_of(e->perm, slice_of(key));
  sign_key k = sign_key_of(&s);
  uint8_t hash[SIGN_SHA256_BYTES];
  door_answer a;
  sign_hmac_sha256(&k, &body, 1, hash);
  slice hex = sign_hex((slice){(const char *)hash, sizeof hash}, e->perm);
  http_header headers[] = {{SLICE("x-hub-signature-256"), arena_printf(e->perm, "sha256=%.*s", SLICE_ARG(hex))}};
  door_request r = {
      .method = slice_of(method), .target = slice_of(target), .headers = headers, .header_count = 1, .body = body};
  door_ask(&e->d, &r, e->perm, &a);
  return a;
}

static int cloud(entrance *e, const char *inner, const char *key) {
  slice body =
      arena_printf(e->perm,
                   "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"changes\":[{\"value\":{\"metadata\":"
                   "{\"phone_number_id\":\"4477\"},%s}}]}]}",
                   inner);
  return ask(e, "POST", "/hooks/whatsapp/cloud", body, key).status;
}

static int64_t rows(entrance *e, store_table t) {
  int64_t n;
  must(e->h.s, store_count(e->h.s, t, &n));
  return n;
}

static void what_is_not_genuine_changes_nothing(void **state) {
  (void)state;
  entrance e = enter();
  const char *stop =
      "\"messages\":[{\"id\":\"w1\",\"from\":\"5511987654321\",\"type\":\"text\",\"text\":{\"body\":\"STOP\"}}]";
  int64_t happened = rows(&e, STORE_T_happening), logged = rows(&e, STORE_T_event), cards = rows(&e, STORE_T_card);
  assert_int_equal(cloud(&e, stop, "another"), 401);
  assert_int_equal(ask(&e, "POST", "/hooks/erp/omie/wrong", SLICE("{}"), "x").status, 401);
  assert_int_equal(ask(&e, "POST", "/hooks/erp/omie", SLICE("{}"), "x").status, 401);
  assert_int_equal(ask(&e, "POST", "/hooks/whatsapp/cloud", SLICE("{"), "secret").status, 400);
  assert_int_equal(ask(&e, "DELETE", "/hooks/whatsapp/cloud", SLICE("{}"), "secret").status, 405);
  assert_int_equal(ask(&e, "POST", "/hooks/sms/twilio", SLICE(""), "secret").status, 404);
  assert_int_equal(ask(&e, "POST", "/hooks/email/smtp", SLICE(""), "secret").status, 404);
  assert_int_equal(ask(&e, "GET", "/health", SLICE(""), "x").status, 200);
  char *big = calloc(1, HOOK_BYTES_MAX + 1);
  assert_int_equal(ask(&e, "POST", "/hooks/whatsapp/cloud", (slice){big, HOOK_BYTES_MAX + 1}, "secret").status, 413);
  assert_int_equal(ask(&e, "POST", "/hooks/whatsapp/cloud", (slice){big, HOOK_BYTES_MAX}, "secret").status, 400);
  free(big);
  assert_int_equal(rows(&e, STORE_T_happening), happened);
  assert_int_equal(rows(&e, STORE_T_event), logged);
  assert_int_equal(rows(&e, STORE_T_card), cards);
  leave(&e);
}

static void somebody_unknown_is_a_card_once(void **state) {
  (void)state;
  entrance e = enter();
  const char *hello =
      "\"messages\":[{\"id\":\"w1\",\"from\":\"5511987654321\",\"type\":\"text\",\"text\":{\"body\":\"hello\"}}]";
  int64_t cards = rows(&e, STORE_T_card), logged = rows(&e, STORE_T_event);
  for (int i = 0; i < 3; i++) assert_int_equal(cloud(&e, hello, "secret"), 200);
  assert_int_equal(rows(&e, STORE_T_card), cards + 1);
  assert_int_equal(rows(&e, STORE_T_event), logged + 1);
  leave(&e);
}

static void a_hint_waits_and_marks_nothing(void **state) {
  (void)state;
  entrance e = enter();
  bool yes = false;
  slice body = SLICE("{\"messageId\":\"m1\",\"topic\":\"Financas.ContaReceber.BaixaRealizada\",\"event\":[{"
                     "\"conta_a_receber\":[{\"codigo_lancamento_omie\":\"A-1\"}]}]}");
  assert_int_equal(ask(&e, "POST", "/hooks/erp/omie/verify", body, "x").status, 200);
  must(e.h.s, store_hinted(e.h.s, SLICE("A-1"), &yes));
  assert_true(yes);
  must(e.h.s, store_hinted(e.h.s, SLICE("A-2"), &yes));
  assert_false(yes);
  run_deliver(&e.h, &e.r);
  assert_string_equal(state_of(&e.h, 0),
                      "ready: the ERP says that the invoice is paid; it is read before anything goes");
  store_recheck r[2];
  size_t n;
  must(e.h.s, store_recheck_next(e.h.s, SLICE("omie"), INT64_MAX, e.perm, r, 2, &n));
  assert_int_equal(n, 1);
  must(e.h.s, store_recheck_later(e.h.s, &r[0], INT64_MAX));
  must(e.h.s, store_recheck_next(e.h.s, SLICE("omie"), INT64_MAX - 1, e.perm, r, 2, &n));
  assert_int_equal(n, 0);
  must(e.h.s, store_recheck_put(e.h.s, SLICE("omie"), SLICE("invoice"), SLICE("A-1"), false)); /* asked for again */
  must(e.h.s, store_recheck_next(e.h.s, SLICE("omie"), 0, e.perm, r, 2, &n));
  assert_int_equal(n, 1);
  assert_true(r[0].hinted);
  must(e.h.s, store_recheck_synced(e.h.s, SLICE("omie"), INT64_MAX, false)); /* a hint is read row by row */
  must(e.h.s, store_hinted(e.h.s, SLICE("A-1"), &yes));
  assert_true(yes);
  must(e.h.s, store_recheck_synced(e.h.s, SLICE("omie"), INT64_MAX, true));
  must(e.h.s, store_hinted(e.h.s, SLICE("A-1"), &yes));
  assert_false(yes);
  leave(&e);
}

static void settings_are_read_or_refused(void **state) {
  (void)state;
  static const struct {
    const char *words;
    int64_t us;
  } TIMES[] = {{"5 minutes", 300000000},
               {"1 minuto", 60000000},
               {" 2 horas ", 7200000000},
               {"30 seconds", 30000000},
               {"0 minutes", 0},
               {"minutes", 0},
               {"5", 0},
               {"-5 minutes", 0},
               {"10000 hours", 0},
               {"5 days", 0},
               {"", 0}};
  static const struct {
    const char *text;
    bool fine, loopback;
    uint16_t port;
  } PLACES[] = {{"127.0.0.1:8180", true, true, 8180}, {"[::1]:80", true, true, 80},
                {"localhost:0", true, true, 0},       {"0.0.0.0:65535", true, false, 65535},
                {"0.0.0.0:65536", false, false, 0},   {"8180", false, false, 0},
                {"host:1", false, false, 0},          {":1", false, false, 0},
                {"127.0.0.1:", false, false, 0},      {"[::1:80", false, false, 0},
                {"127.0.0.1:1x", false, false, 0}};
  for (size_t i = 0; i < sizeof TIMES / sizeof *TIMES; i++)
    assert_int_equal(setting_interval_us(slice_of(TIMES[i].words)), TIMES[i].us);
  for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++) {
    http_place p;
    assert_int_equal(http_place_read(slice_of(PLACES[i].text), &p), PLACES[i].fine);
    if (!PLACES[i].fine) continue;
    assert_int_equal(p.port, PLACES[i].port);
    assert_int_equal(p.loopback, PLACES[i].loopback);
  }
  slice url, why;
  assert_true(service_public_url(SLICE("https://dun.example.com/"), &url, &why));
  assert_true(slice_eq(url, SLICE("https://dun.example.com")));
  assert_true(service_public_url(SLICE("http://127.0.0.1:8180"), &url, &why));
  assert_false(service_public_url(SLICE("http://dun.example.com"), &url, &why));
  assert_false(service_public_url(SLICE("https://dun.example.com/x"), &url, &why));
  assert_false(service_public_url(SLICE("https://user@dun.example.com"), &url, &why));
  assert_false(service_public_url(SLICE("https://"), &url, &why));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_not_genuine_changes_nothing),
      cmocka_unit_test(somebody_unknown_is_a_card_once),
      cmocka_unit_test(a_hint_waits_and_marks_nothing),
      cmocka_unit_test(settings_are_read_or_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
