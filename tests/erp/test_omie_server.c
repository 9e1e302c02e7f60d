/* The Omie connector against an Omie of our own (omie_server.py), which checks every request against the description
 * and enforces the documented limits. Its clock and this program's run many times as fast as the wall's, so that
 * minutes are minutes for both. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/store/delivery.h"
#include "runtime/world_fake.h"
#include "stdlib/erp/omie_impl.h"
#include "stdlib/net/api.h"
#include "tests/support/child.h"
#include "tests/support/stored.h"

#define FAST 300
#define SECOND INT64_C(1000000000)

static int64_t began_ns, began_steady_ns, speed;

static int64_t fast_steady(world *w) {
  (void)w;
  return (world_posix()->monotonic_ns(world_posix()) - began_steady_ns) * speed;
}
static int64_t fast_now(world *w) { return began_ns + fast_steady(w); }
static void fast_sleep(world *w, int64_t ns) {
  (void)w;
  world_posix()->sleep_ns(world_posix(), ns / speed + 1);
}
static const char *no_env(world *w, const char *name) {
  (void)w;
  if (strcmp(name, "K") == 0) return "38333295000";
  return strcmp(name, "S") == 0 ? "fed2163e2e8dccb53ff914ce9e2f1258" : NULL;
}

typedef struct fixture {
  child server;
  char url[64];
  world here;
  store *s;
  arena *perm;
  erp *e;
  api *plain; /* for what the test itself asks the server */
} fixture;

static const setting SETTINGS[] = {{SLICE("key"), SLICE("K"), true}, {SLICE("secret"), SLICE("S"), true}};

static fixture *begin(int64_t times, const char *const *arguments) {
  speed = times;
  fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  char fast[16];
  const char *v[16] = {"--speed", fast};
  for (size_t n = 2; *arguments && n < 15; arguments++) v[n++] = *arguments;
  snprintf(fast, sizeof fast, "%d", (int)speed);
  assert_true(child_begin(&f->server, "tests/erp/omie_server.py", v));
  snprintf(f->url, sizeof f->url, "http://127.0.0.1:%d", child_port(&f->server));
  began_ns = world_posix()->now_ns(world_posix());
  began_steady_ns = world_posix()->monotonic_ns(world_posix());
  f->here = *world_posix();
  f->here.net = &net_curl;
  f->here.now_ns = fast_now;
  f->here.monotonic_ns = fast_steady;
  f->here.sleep_ns = fast_sleep;
  f->here.env = no_env;
  f->perm = arena_new();
  store_error why;
  assert_int_equal(store_open(&f->here, ":memory:", &f->s, &why), STORE_OK);
  connection *c = ARENA_NEW(f->perm, connection);
  *c = (connection){
      .kind = SLICE("erp"), .vendor = SLICE("omie"), .url = slice_of(f->url), .settings = SETTINGS, .setting_count = 2};
  slice words;
  f->e = OMIE.open(&f->here, f->perm, c, &words);
  assert_non_null(f->e);
  f->plain = api_open(&f->here, f->perm, &(api_options){.service = "test", .connect = NULL, .base = f->url}, &words);
  assert_non_null(f->plain);
  return f;
}

static void end(fixture *f) {
  OMIE.close(f->e);
  api_close(f->plain);
  store_close(f->s);
  arena_free(f->perm);
  child_end(&f->server);
  free(f);
}

static const json *ask(fixture *f, const char *method, const char *path, const char *body) {
  http_piece piece = {.text = slice_of(body)};
  api_request call = {.method = method,
                      .path = slice_of(path),
                      .type = "application/json",
                      .body = &piece,
                      .body_count = *body ? 1 : 0};
  http_answer a = api_ask(f->plain, &call, f->perm);
  slice why;
  assert_int_equal(a.status, 200);
  return json_parse(a.body, f->perm, &why);
}

static const json *stats(fixture *f) { return ask(f, "GET", "/_stats", ""); }

static void no_limit_was_broken(fixture *f) {
  const json *broken = json_member(stats(f), SLICE("broken"));
  for (size_t i = 0; i < json_count(broken); i++)
    print_error("%.*s: %.*s times\n", SLICE_ARG(json_name(json_item(broken, i))),
                SLICE_ARG(json_text(json_item(broken, i))));
  assert_int_equal(json_count(broken), 0);
}

static erp_code sync_it(fixture *f, erp_report *report) {
  erp_sync_options o = {0};
  erp_code code = erp_sync_all(&f->here, f->s, &OMIE, f->e, &o, f->perm, report);
  if (code != ERP_END) print_error("%.*s\n", SLICE_ARG(report->failure.why));
  return code;
}

/* ---- reading ---- */

/* 305 pages are more than a minute's calls: as many leave as may, and no more. */
static void the_limits_hold(void **state) {
  static const char *const WITH[] = {"--titles", "1500", "--page", "5", "--customers", "20", "--contracts", "7", NULL};
  (void)state;
  fixture *f = begin(10, WITH);
  erp_report r;
  assert_int_equal(sync_it(f, &r), ERP_END);
  assert_int_equal(r.feed[OMIE_RECEIVABLES].added, 1500);
  assert_int_equal(r.feed[OMIE_RECEIVABLES].pages, 300);
  assert_true(fast_steady(NULL) > 70 * SECOND);
  no_limit_was_broken(f);
  end(f);
}

/* Links of boletos and codes of Pix: many calls at once, 4 of a method at the most, each Pix made once. */
static void payment_means_come_at_once(void **state) {
  static const char *const WITH[] = {"--titles", "60", NULL};
  (void)state;
  fixture *f = begin(20, WITH);
  erp_report r;
  f->e->boletos = f->e->pix = true;
  ask(f, "POST", "/_control", "{\"titles\":{\"700001\":{\"boleto\":true},\"700002\":{\"boleto\":true}}}");
  assert_int_equal(sync_it(f, &r), ERP_END);
  assert_int_equal(r.feed[OMIE_MEANS].changed, 60);
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "700001", "payment_link"),
                      "https://boleto.example/700001.pdf");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "700003", "payment_link"),
                      "https://pix.example/dun-700003-10014");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "700003", "pix"), "00020126dun-700003-10014");
  const json *calls = json_member(stats(f), SLICE("calls"));
  assert_true(slice_eq(json_text_at(calls, "ObterBoleto"), SLICE("2")));
  assert_true(slice_eq(json_text_at(calls, "GerarPix"), SLICE("60")));
  bool there;
  erp_failure why;
  assert_int_equal(erp_read_again(f->s, &OMIE, f->e, STORE_T_invoice, SLICE("700001"), &there, f->perm, &why), ERP_END);
  assert_true(there);
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "700001", "payment_link"),
                      "https://boleto.example/700001.pdf"); /* it stays */
  no_limit_was_broken(f);
  end(f);
}

/* A second sync within a minute asks the same: it waits as long as it is told, and goes on. */
static void the_same_again_waits(void **state) {
  static const char *const WITH[] = {"--titles", "3", NULL};
  (void)state;
  fixture *f = begin(FAST, WITH);
  erp_report r;
  assert_int_equal(sync_it(f, &r), ERP_END);
  int64_t before = fast_steady(NULL);
  assert_int_equal(sync_it(f, &r), ERP_END); /* another question: since a day */
  assert_true(fast_steady(NULL) - before < 50 * SECOND);
  before = fast_steady(NULL);
  assert_int_equal(sync_it(f, &r), ERP_END);
  assert_true(fast_steady(NULL) - before >= 30 * SECOND);
  no_limit_was_broken(f);
  end(f);
}

/* ---- writing ---- */

/* As the outbox does it: an outcome that is not known is looked for, what surely was not done is tried again. */
typedef struct tried {
  slice id, customer;
  bool done, unknown, rejected;
  int64_t begun_s;
} tried;

static erp_order bill(const tried *t, const char *key, civil_date on) {
  return (erp_order){.kind = ACT_BILL_CONTRACT,
                     .key = slice_of(key),
                     .source_id = t->id,
                     .of = STORE_ENTITY_CONTRACT,
                     .has_amount = true,
                     .amount = {125050, CURRENCY_BRL},
                     .has_date = true,
                     .date = on};
}

static void one_try(fixture *f, tried *t, const char *key, civil_date on, arena *scratch) {
  erp_order o = bill(t, key, on);
  send_result r;
  if (t->unknown) {
    r = OMIE.find(f->e, &o, t->begun_s, scratch);
  } else {
    t->begun_s = fast_now(NULL) / SECOND;
    r = OMIE.write(f->e, &o, scratch);
  }
  t->done = r.outcome == SEND_ACCEPTED || r.outcome == SEND_REJECTED;
  t->rejected = r.outcome == SEND_REJECTED;
  t->unknown = r.outcome == SEND_UNKNOWN;
  if (t->rejected) print_error("%.*s: %.*s\n", SLICE_ARG(t->id), SLICE_ARG(r.detail));
}

static void bill_all(fixture *f, size_t n) {
  char name[24];
  civil_date today = {(int32_t)(world_posix()->now_ns(world_posix()) / SECOND / 86400)};
  tried *all = ARENA_ARRAY(f->perm, n, tried);
  for (size_t i = 0; i < n; i++) {
    int k = snprintf(name, sizeof name, "%zu", 9001 + i);
    all[i] = (tried){.id = arena_slice(f->perm, (slice){name, (size_t)k})};
  }
  size_t left = n;
  for (int round = 0; round < 40 && left; round++) {
    left = 0;
    for (size_t i = 0; i < n; i++) {
      arena *scratch = arena_new();
      if (!all[i].done) one_try(f, &all[i], "0123456789abcdef", today, scratch);
      left += !all[i].done;
      arena_free(scratch);
    }
    if (left) fast_sleep(NULL, 130 * SECOND);
  }
  assert_int_equal(left, 0);
  const json *billed = json_member(stats(f), SLICE("billed"));
  assert_int_equal(json_count(billed), n);
  for (size_t i = 0; i < n; i++) {
    int64_t times;
    assert_false(all[i].rejected);
    assert_true(json_int(json_member(billed, all[i].id), &times));
    assert_int_equal(times, 1);
  }
}

#define FAULTS                                                                                                         \
  "{\"faults\":[{\"call\":\"FaturarContrato\",\"rate\":40,\"do\":[\"hang\",\"done hang\",\"Client-1100\","             \
  "\"done Client-1100\",\"Client-6\",\"done Client-6\",\"Client-1880\",\"html\",\"done html\",\"Server\","             \
  "\"done Server\",\"done Client-1100@200\",\"Client-6@200\"]},{\"call\":\"PesquisarLancamentos\",\"rate\":5,"         \
  "\"do\":[\"hang\",\"Server\",\"html\"]},{\"call\":\"ListarOS\",\"rate\":5,\"do\":[\"hang\",\"Client-1880\"]}]}"

/* Each customer has one contract, and Omie shows the service order alone. */
static void five_hundred_are_billed_once(void **state) {
  static const char *const WITH[] = {"--customers", "500", "--contracts", "500", "--seed", "7", NULL};
  (void)state;
  fixture *f = begin(FAST, WITH);
  ask(f, "POST", "/_control", FAULTS);
  bill_all(f, 500);
  no_limit_was_broken(f);
  end(f);
}

/* Customers with several contracts: whose service order it is, is read off its receivable. */
static void those_of_one_customer_are_told_apart(void **state) {
  static const char *const WITH[] = {"--customers", "20", "--contracts", "60", "--titles-at-once", "--seed", "3", NULL};
  (void)state;
  fixture *f = begin(FAST, WITH);
  ask(f, "POST", "/_control", FAULTS);
  bill_all(f, 60);
  no_limit_was_broken(f);
  end(f);
}

/* Where nothing tells them apart, nothing is billed a second time: a person finds out. */
static void what_cannot_be_told_stays_unknown(void **state) {
  static const char *const WITH[] = {"--customers", "1", "--contracts", "2", NULL};
  (void)state;
  fixture *f = begin(FAST, WITH);
  civil_date today = {(int32_t)(world_posix()->now_ns(world_posix()) / SECOND / 86400)};
  tried first = {.id = SLICE("9001")}, second = {.id = SLICE("9002")};
  one_try(f, &first, "k1", today, f->perm);
  assert_true(first.done);
  ask(f, "POST", "/_control", "{\"faults\":[{\"call\":\"FaturarContrato\",\"times\":1,\"do\":\"done hang\"}]}");
  one_try(f, &second, "k2", today, f->perm);
  assert_true(second.unknown);
  fast_sleep(NULL, 300 * SECOND);
  one_try(f, &second, "k2", today, f->perm);
  assert_true(second.unknown);
  end(f);
}

static send_result order(fixture *f, action_kind kind, store_entity_kind of, const char *id, int64_t cents,
                         const char *day) {
  erp_order o = {.kind = kind,
                 .key = SLICE("feedbeeffeedbeef99"),
                 .source_id = slice_of(id),
                 .of = of,
                 .customer_source_id = SLICE("101"),
                 .text = SLICE("legal"),
                 .has_amount = cents > 0,
                 .amount = {cents, CURRENCY_BRL}};
  o.has_date = date_parse(slice_of(day), &o.date);
  return OMIE.write(f->e, &o, f->perm);
}

static const json *title(fixture *f, const char *id) {
  erp_failure why;
  const json *t;
  assert_int_equal(omie_title(f->e, slice_of(id), &t, &why, f->perm), ERP_END);
  return t;
}

static void a_due_date_is_set_once(void **state) {
  static const char *const WITH[] = {"--titles", "3", NULL};
  (void)state;
  fixture *f = begin(FAST, WITH);
  assert_int_equal(order(f, ACT_UPDATE_DUE, STORE_ENTITY_INVOICE, "700001", 0, "2027-01-15").outcome, SEND_ACCEPTED);
  assert_true(slice_eq(json_text_at(title(f, "700001"), "cabecTitulo.dDtVenc"), SLICE("15/01/2027")));
  send_result r = order(f, ACT_UPDATE_DUE, STORE_ENTITY_INVOICE, "700001", 0, "2027-01-15");
  assert_int_equal(r.outcome, SEND_ACCEPTED);
  assert_true(slice_eq(r.detail, SLICE("it was so in Omie already")));
  assert_int_equal(order(f, ACT_UPDATE_DUE, STORE_ENTITY_INVOICE, "5", 0, "2027-01-15").outcome, SEND_REJECTED);
  const json *calls = json_member(stats(f), SLICE("calls"));
  assert_true(slice_eq(json_text_at(calls, "AlterarContaReceber"), SLICE("1")));
  no_limit_was_broken(f);
  end(f);
}

/* The bank's own date follows: by itself, or altered as well. */
static void a_boleto_is_extended(void **state) {
  for (int apart = 0; apart < 2; apart++) {
    static const char *const WITH[] = {"--titles", "1", "--boleto-apart", NULL};
    static const char *const PLAIN[] = {"--titles", "1", NULL};
    (void)state;
    fixture *f = begin(FAST, apart ? WITH : PLAIN);
    ask(f, "POST", "/_control", "{\"titles\":{\"700001\":{\"boleto\":true}}}");
    assert_int_equal(order(f, ACT_UPDATE_DUE, STORE_ENTITY_INVOICE, "700001", 0, "2027-01-15").outcome, SEND_ACCEPTED);
    const json *calls = json_member(stats(f), SLICE("calls"));
    assert_true(slice_eq(json_text_at(calls, "ProrrogarBoleto"), SLICE("1")));
    assert_true(slice_eq(json_text_at(calls, "AlterarContaReceber"), apart ? SLICE("1") : SLICE("")));
    fast_sleep(NULL, 61 * SECOND);
    assert_true(slice_eq(json_text_at(title(f, "700001"), "cabecTitulo.dDtVenc"), SLICE("15/01/2027")));
    end(f);
  }
}

/* The answer of the first try is lost after it was done: the note in the receivable tells. */
static void a_fee_is_charged_once(void **state) {
  static const char *const WITH[] = {"--titles", "1", NULL};
  (void)state;
  fixture *f = begin(FAST, WITH);
  ask(f, "POST", "/_control", "{\"faults\":[{\"call\":\"AlterarContaReceber\",\"times\":1,\"do\":\"done hang\"}]}");
  assert_int_equal(order(f, ACT_CHARGE_FEE, STORE_ENTITY_INVOICE, "700001", 200, "2026-11-20").outcome, SEND_ACCEPTED);
  assert_int_equal(order(f, ACT_CHARGE_FEE, STORE_ENTITY_INVOICE, "700001", 200, "2026-11-20").outcome, SEND_ACCEPTED);
  assert_true(slice_eq(json_text_at(title(f, "700001"), "cabecTitulo.nValorTitulo"), SLICE("102.0")));
  assert_int_equal(order(f, ACT_CHARGE_FEE, STORE_ENTITY_INVOICE, "700001", 0, "2026-11-20").outcome, SEND_REJECTED);
  end(f);
}

static void contracts_are_suspended_and_resumed(void **state) {
  static const char *const WITH[] = {"--customers", "1", "--contracts", "2", NULL};
  (void)state;
  fixture *f = begin(FAST, WITH);
  const store_entity_kind CONTRACT = STORE_ENTITY_CONTRACT;
  assert_int_equal(order(f, ACT_SUSPEND_SERVICE, CONTRACT, "9001", 0, "2026-11-20").outcome, SEND_ACCEPTED);
  assert_true(slice_eq(json_text_at(stats(f), "situations.9001"), SLICE("90")));
  assert_int_equal(order(f, ACT_RESUME_SERVICE, CONTRACT, "9001", 0, "2026-11-20").outcome, SEND_ACCEPTED);
  assert_true(slice_eq(json_text_at(stats(f), "situations.9001"), SLICE("10")));
  assert_int_equal(order(f, ACT_SUSPEND_SERVICE, STORE_ENTITY_CUSTOMER, "", 0, "2026-11-20").outcome, SEND_ACCEPTED);
  assert_true(slice_eq(json_text_at(stats(f), "situations.9001"), SLICE("90")));
  assert_true(slice_eq(json_text_at(stats(f), "situations.9002"), SLICE("90")));
  no_limit_was_broken(f);
  end(f);
}

static void marks_and_write_offs(void **state) {
  static const char *const WITH[] = {"--titles", "2", NULL};
  (void)state;
  fixture *f = begin(FAST, WITH);
  assert_int_equal(order(f, ACT_MARK, STORE_ENTITY_INVOICE, "700001", 0, "2026-11-20").outcome, SEND_ACCEPTED);
  assert_int_equal(order(f, ACT_MARK, STORE_ENTITY_INVOICE, "700001", 0, "2026-11-20").outcome, SEND_ACCEPTED);
  assert_int_equal(order(f, ACT_UNMARK, STORE_ENTITY_INVOICE, "700001", 0, "2026-11-20").outcome, SEND_ACCEPTED);
  assert_true(slice_eq(json_text_at(json_member(stats(f), SLICE("calls")), "AlterarContaReceber"), SLICE("2")));
  assert_int_equal(order(f, ACT_WRITE_OFF, STORE_ENTITY_INVOICE, "700001", 0, "2026-11-20").outcome, SEND_ACCEPTED);
  f->e->account = SLICE("555");
  assert_int_equal(order(f, ACT_WRITE_OFF, STORE_ENTITY_INVOICE, "700002", 0, "2026-11-20").outcome, SEND_ACCEPTED);
  fast_sleep(NULL, 61 * SECOND);
  assert_string_equal(omie_status_of(title(f, "700001")), "cancelled");
  assert_string_equal(omie_status_of(title(f, "700002")), "paid");
  no_limit_was_broken(f);
  end(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_limits_hold),
      cmocka_unit_test(payment_means_come_at_once),
      cmocka_unit_test(the_same_again_waits),
      cmocka_unit_test(five_hundred_are_billed_once),
      cmocka_unit_test(those_of_one_customer_are_told_apart),
      cmocka_unit_test(what_cannot_be_told_stays_unknown),
      cmocka_unit_test(a_due_date_is_set_once),
      cmocka_unit_test(a_boleto_is_extended),
      cmocka_unit_test(a_fee_is_charged_once),
      cmocka_unit_test(contracts_are_suspended_and_resumed),
      cmocka_unit_test(marks_and_write_offs),
  };
  signal(SIGPIPE, SIG_IGN);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
