/* Finding and listing: words with accents and without, telephone numbers, numbers of invoices; lists in their orders,
 * with filters, page by page; that what a transaction changes is found at its end, and what is erased no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lang/base/date.h"
#include "runtime/store/erase.h"
#include "runtime/store/invoices.h"
#include "runtime/store/message.h"
#include "runtime/store/search.h"
#include "runtime/store/timeline.h"
#include "runtime/world_fake.h"

#define OK(call) assert_int_equal((call), STORE_OK)
enum { DAY = 20514 };

typedef struct fixture {
  world *w;
  store *s;
  arena *perm;
} fixture;

static void put(fixture *f, store_table table, const char *const *names, const char *const *values, size_t n) {
  store_written columns[16];
  store_writer *w;
  store_put outcome;
  assert_true(n <= 16);
  for (size_t i = 0; i < n; i++) columns[i] = (store_written){.name = slice_of(names[i])};
  OK(store_writer_open(f->s, table, SLICE("test"), columns, n, &w));
  for (size_t i = 0; i < n; i++) {
    const store_column *c = store_column_find(table, slice_of(names[i]));
    if (!values[i]) continue;
    if (!c || c->type == STORE_TEXT || c->type == STORE_SET)
      store_put_text(w, i, slice_of(values[i]));
    else
      store_put_int(w, i, atoll(values[i]));
  }
  OK(store_put_row(w, &outcome));
  assert_true(outcome == STORE_PUT_NEW || outcome == STORE_PUT_CHANGED);
  store_writer_close(w);
}

static void customer(fixture *f, const char *id, const char *name, const char *email, const char *phone,
                     const char *segment, const char *owner) {
  static const char *const NAMES[] = {"id", "name", "email", "phone", "segment", "owner", "language"};
  put(f, STORE_T_customer, NAMES, (const char *[]){id, name, email, phone, segment, owner, "pt"}, 7);
}

static void invoice(fixture *f, const char *number, const char *of, const char *cur, const char *open, int due,
                    const char *status) {
  static const char *const NAMES[] = {"number", "customer", "currency", "amount", "open", "due", "status"};
  char day[16];
  snprintf(day, sizeof day, "%d", due);
  put(f, STORE_T_invoice, NAMES, (const char *[]){number, of, cur, open, open, day, status}, 7);
}

static void happening(fixture *f, const char *kind, const char *of, int on, const char *value, const char *amount,
                      const char *day) {
  static const char *const NAMES[] = {"date", "kind", "invoice", "value", "amount", "day"};
  char text[16];
  snprintf(text, sizeof text, "%d", on);
  put(f, STORE_T_happening, NAMES, (const char *[]){text, kind, of, value, amount, day}, 6);
}

static int begin(void **state) {
  fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  f->w = world_fake_new(((int64_t)DAY * 86400 + 43200) * 1000000000);
  f->perm = arena_new();
  store_error why;
  if (store_open(f->w, ":memory:", &f->s, &why) != STORE_OK) fail_msg("%s", why.text);
  OK(store_begin(f->s));
  customer(f, "C-1", "Jos\xc3\xa9 da Concei\xc3\xa7\xc3\xa3o", "jose@padaria.pt", "+351 912 345 678", "small", "ana");
  customer(f, "C-2", "\xc5\x81ukasz Nowak", "lukasz@example.com", "+48123456789", "large", "rui");
  customer(f, "C-3", "Acme Ltda", "contas@acme.com.br", "(11) 98765-4321", "large", "ana");
  customer(f, "C-4", "Nobody Owes", NULL, NULL, "small", NULL);
  invoice(f, "INV-2026-00123", "C-1", "EUR", "10000", DAY - 40, "open");
  invoice(f, "INV-2026-00124", "C-1", "EUR", "5000", DAY + 10, "open");
  invoice(f, "F00042", "C-2", "EUR", "90000", DAY - 5, "open");
  invoice(f, "F00043", "C-2", "USD", "100", DAY - 90, "open");
  invoice(f, "F00044", "C-3", "EUR", "700", DAY - 100, "paid");
  OK(store_commit(f->s));
  OK(store_begin(f->s));
  OK(store_search_open(f->s));
  OK(store_commit(f->s));
  *state = f;
  return 0;
}

static int end(void **state) {
  fixture *f = *state;
  store_close(f->s);
  world_fake_free(f->w);
  arena_free(f->perm);
  free(f);
  return 0;
}

/* "customer C-1" of each that is found, in their order. */
static slice found(fixture *f, const char *text) {
  static const char *const KIND[] = {"customer", "invoice", "card"};
  store_found v[10];
  size_t n;
  slice all = {"", 0};
  OK(store_search(f->s, slice_of(text), 10, f->perm, v, &n));
  for (size_t i = 0; i < n; i++)
    all = arena_printf(f->perm, "%.*s%s%s %.*s", SLICE_ARG(all), i ? ", " : "", KIND[v[i].kind], SLICE_ARG(v[i].id));
  return all;
}

static void assert_found(fixture *f, const char *text, const char *wanted) {
  slice all = found(f, text);
  if (!slice_eq(all, slice_of(wanted))) fail_msg("\"%s\" finds \"%.*s\", not \"%s\"", text, SLICE_ARG(all), wanted);
}

static void words_find(void **state) {
  fixture *f = *state;
  assert_found(f, "jose", "customer C-1");
  assert_found(f, "JOS\xc3\x89 CONC", "customer C-1");
  assert_found(f, "conceicao", "customer C-1");
  assert_found(f, "luk", "customer C-2");
  assert_found(f, "contas acme", "customer C-3");
  assert_found(f, "contas@acme.c", "customer C-3");
  assert_found(f, "c-3", "customer C-3, customer C-1"); /* whose telephone number begins with 3 */
  assert_found(f, "nobody jose", "");
  assert_found(f, "ceicao", "");
  assert_found(f, "", "");
  assert_found(f, "  -- ", "");
  /* telephone numbers, however they are written */
  assert_found(f, "912345678", "customer C-1");
  assert_found(f, "912 345 678", "customer C-1");
  assert_found(f, "+351912345", "customer C-1");
  assert_found(f, "11987654321", "customer C-3");
  assert_found(f, "98765-4321", "customer C-3");
  /* numbers of invoices: their beginning and any word */
  assert_found(f, "inv-2026-0012", "invoice INV-2026-00123, invoice INV-2026-00124");
  assert_found(f, "INV-2026-00124", "invoice INV-2026-00124");
  assert_found(f, "00123", "invoice INV-2026-00123");
  assert_found(f, "2026 00124", "invoice INV-2026-00124");
  assert_found(f, "inv 00124", "invoice INV-2026-00124");
  assert_found(f, "00042", "invoice F00042");
  assert_found(f, "f0004", "invoice F00042, invoice F00043, invoice F00044");
}

static void a_change_is_found_at_once(void **state) {
  fixture *f = *state;
  OK(store_begin(f->s));
  customer(f, "C-3", "Bar Central", "contas@acme.com.br", "(11) 98765-4321", "large", "ana");
  customer(f, "C-5", "Zebra", NULL, NULL, NULL, NULL);
  invoice(f, "NEW-77", "C-5", "EUR", "1", DAY, "open");
  OK(store_commit(f->s));
  assert_found(f, "ltda", "");
  assert_found(f, "bar cen", "customer C-3");
  assert_found(f, "77", "invoice NEW-77");
  OK(store_begin(f->s));
  customer(f, "C-6", "Gone Again", NULL, NULL, NULL, NULL);
  store_rollback(f->s);
  assert_found(f, "gone", "");
  store_erased out;
  OK(store_begin(f->s));
  OK(store_erase_customer(f->s, SLICE("C-1"), &out));
  OK(store_commit(f->s));
  assert_found(f, "jose", "");
  assert_found(f, "912345678", "");
}

/* The list's ids, all pages of `most`, one after the other. */
static slice listed(fixture *f, customer_ask ask, size_t most) {
  slice all = {"", 0};
  ask.most = most;
  ask.today = DAY;
  for (int page = 0; page < 20; page++) {
    customer_list l;
    OK(store_customers(f->s, &ask, f->perm, &l));
    assert_true(l.n <= most);
    for (size_t i = 0; i < l.n; i++)
      all = arena_printf(f->perm, "%.*s%s%.*s", SLICE_ARG(all), all.n ? " " : "", SLICE_ARG(l.v[i].id));
    ask.after = l.next;
    if (!l.next.n) return all;
  }
  fail_msg("the list has no end");
  return all;
}

static void assert_listed(fixture *f, customer_ask ask, const char *wanted) {
  for (size_t most = 1; most < 6; most++) {
    slice all = listed(f, ask, most);
    if (!slice_eq(all, slice_of(wanted))) fail_msg("\"%.*s\", not \"%s\" (%zu a page)", SLICE_ARG(all), wanted, most);
  }
}

static void customers_are_listed(void **state) {
  fixture *f = *state;
  assert_listed(f, (customer_ask){.order = CUSTOMERS_BY_NAME}, "C-3 C-1 C-2 C-4");
  assert_listed(f, (customer_ask){.order = CUSTOMERS_BY_BALANCE, .currency = SLICE("EUR")}, "C-2 C-1");
  assert_listed(f, (customer_ask){.order = CUSTOMERS_BY_BALANCE, .currency = SLICE("USD")}, "C-2");
  assert_listed(f, (customer_ask){.order = CUSTOMERS_BY_OVERDUE}, "C-2 C-1");
  assert_listed(f, (customer_ask){.order = CUSTOMERS_BY_NAME, .segment = SLICE("small")}, "C-1 C-4");
  assert_listed(f, (customer_ask){.order = CUSTOMERS_BY_NAME, .owner = SLICE("ana")}, "C-3 C-1");
  assert_listed(f, (customer_ask){.order = CUSTOMERS_BY_NAME, .owner = SLICE("ana"), .segment = SLICE("small")}, "C-1");
  assert_listed(f, (customer_ask){.order = CUSTOMERS_BY_NAME, .overdue = true}, "C-1 C-2");
  assert_listed(f, (customer_ask){.order = CUSTOMERS_BY_NAME, .opted_out = true}, "");
  assert_listed(f, (customer_ask){.order = CUSTOMERS_BY_NAME, .words = SLICE("lu")}, "C-2");
  assert_listed(f, (customer_ask){.order = CUSTOMERS_BY_NAME, .language = SLICE("pt"), .words = SLICE("nobody")},
                "C-4");
  customer_line c;
  assert_int_equal(store_customer_line(f->s, SLICE("C-2"), f->perm, &c), STORE_ROW);
  assert_int_equal(c.balances, 2);
  assert_int_equal(c.balance[0].open, 90000);
  assert_int_equal(c.balance[1].oldest, DAY - 90);
  assert_int_equal(c.oldest, DAY - 90);
  assert_int_equal(store_customer_line(f->s, SLICE("C-9"), f->perm, &c), STORE_END);
}

static void balances_follow(void **state) {
  fixture *f = *state;
  OK(store_begin(f->s));
  invoice(f, "F00042", "C-2", "EUR", "0", DAY - 5, "paid");
  invoice(f, "F00043", "C-3", "USD", "100", DAY - 90, "open"); /* it was the other one's after all */
  OK(store_commit(f->s));
  assert_listed(f, (customer_ask){.order = CUSTOMERS_BY_BALANCE, .currency = SLICE("EUR")}, "C-1");
  assert_listed(f, (customer_ask){.order = CUSTOMERS_BY_OVERDUE}, "C-3 C-1");
  size_t n;
  slice v[BALANCES_MAX], facets[FACETS_MAX];
  OK(store_currencies(f->s, f->perm, v, &n));
  assert_int_equal(n, 2);
  OK(store_facets(f->s, FACET_OWNER, f->perm, facets, &n));
  assert_int_equal(n, 2);
  assert_true(slice_eq(facets[1], SLICE("rui")));
  owed_day *days;
  OK(store_owed_days(f->s, 1, f->perm, &days, &n));
  assert_int_equal(n, 2);
}

static slice numbers(fixture *f, invoice_ask ask, size_t most) {
  slice all = {"", 0};
  ask.most = most;
  ask.today = DAY;
  if (!ask.due_from) ask.due_from = DATE_NONE_DAY;
  if (!ask.due_to) ask.due_to = DATE_NONE_DAY;
  for (int page = 0; page < 20; page++) {
    invoice_list l;
    OK(store_invoices(f->s, &ask, f->perm, &l));
    for (size_t i = 0; i < l.n; i++)
      all = arena_printf(f->perm, "%.*s%s%.*s", SLICE_ARG(all), all.n ? " " : "", SLICE_ARG(l.v[i].number));
    ask.after = l.next;
    if (!l.next.n) return all;
  }
  fail_msg("the list has no end");
  return all;
}

static void assert_numbers(fixture *f, invoice_ask ask, const char *wanted) {
  for (size_t most = 1; most < 7; most++) {
    slice all = numbers(f, ask, most);
    if (!slice_eq(all, slice_of(wanted))) fail_msg("\"%.*s\", not \"%s\" (%zu a page)", SLICE_ARG(all), wanted, most);
  }
}

static void invoices_are_listed(void **state) {
  fixture *f = *state;
  assert_numbers(f, (invoice_ask){.order = INVOICES_BY_DUE}, "F00044 F00043 INV-2026-00123 F00042 INV-2026-00124");
  assert_numbers(f, (invoice_ask){.order = INVOICES_BY_DUE_LAST, .status = SLICE("open")},
                 "INV-2026-00124 F00042 INV-2026-00123 F00043");
  assert_numbers(f, (invoice_ask){.order = INVOICES_BY_AMOUNT, .currency = SLICE("EUR")},
                 "F00042 INV-2026-00123 INV-2026-00124 F00044");
  assert_numbers(f,
                 (invoice_ask){.order = INVOICES_BY_AMOUNT,
                               .currency = SLICE("EUR"),
                               .has_least = true,
                               .least = 5000,
                               .has_most = true,
                               .most_amount = 10000},
                 "INV-2026-00123 INV-2026-00124");
  assert_numbers(f, (invoice_ask){.order = INVOICES_BY_NUMBER}, "F00042 F00043 F00044 INV-2026-00123 INV-2026-00124");
  assert_numbers(f, (invoice_ask){.order = INVOICES_BY_DUE, .due_from = DAY - 90, .due_to = DAY - 5},
                 "F00043 INV-2026-00123 F00042");
  assert_numbers(f, (invoice_ask){.order = INVOICES_BY_DUE_LAST, .due_from = DAY - 90, .due_to = DAY - 5},
                 "F00042 INV-2026-00123 F00043");
  assert_numbers(f, (invoice_ask){.order = INVOICES_BY_DUE, .overdue = true}, "F00043 INV-2026-00123 F00042");
  assert_numbers(f, (invoice_ask){.order = INVOICES_BY_DUE, .customer_row = 1}, "INV-2026-00123 INV-2026-00124");
  assert_numbers(f, (invoice_ask){.order = INVOICES_BY_DUE, .words = SLICE("00123")}, "INV-2026-00123");
  assert_numbers(f, (invoice_ask){.order = INVOICES_BY_NUMBER, .words = SLICE("inv")}, "INV-2026-00123 INV-2026-00124");
}

static void where_an_invoice_stands(void **state) {
  fixture *f = *state;
  const store_entity e = {STORE_ENTITY_INVOICE, SLICE("F00042")};
  OK(store_begin(f->s));
  happening(f, "dispute", "F00043", DAY - 3, "", NULL, NULL);
  happening(f, "dispute", "F00042", DAY - 9, "", NULL, NULL);
  happening(f, "dispute resolved", "F00042", DAY - 2, "", NULL, NULL);
  happening(f, "promise", "INV-2026-00123", DAY - 1, "2026-03-20", NULL, "20532");
  OK(store_climb_add(f->s, &(store_climb){SLICE("ladder"), e, 0, SLICE("3d"), 3, DAY - 2, false}));
  OK(store_climb_add(f->s, &(store_climb){SLICE("ladder"), e, 0, SLICE("0d"), 0, DAY - 5, false}));
  OK(store_commit(f->s));
  assert_numbers(f, (invoice_ask){.disputed = true}, "F00043");
  assert_numbers(f, (invoice_ask){.promised = true}, "INV-2026-00123");
  assert_numbers(f, (invoice_ask){.rung = SLICE("3d")}, "F00042");
  assert_numbers(f, (invoice_ask){.rung = SLICE("0d")}, "");
  assert_numbers(f, (invoice_ask){.held = true}, "");
  invoice_line v;
  assert_int_equal(store_invoice_line(f->s, SLICE("F00042"), f->perm, &v), STORE_ROW);
  assert_true(slice_eq(v.rung, SLICE("3d")) && v.climbed_on == DAY - 2 && !v.disputed);
  assert_int_equal(store_invoice_line(f->s, SLICE("INV-2026-00123"), f->perm, &v), STORE_ROW);
  assert_int_equal(v.promise, 20532);
  slice rungs[RUNGS_MAX];
  size_t n;
  OK(store_rungs(f->s, f->perm, rungs, &n));
  assert_int_equal(n, 2);
}

static slice told(fixture *f, uint32_t kinds, const char *number, size_t most) {
  slice all = {"", 0};
  timeline_ask ask = {
      .customer_row = 1, .customer = SLICE("C-1"), .kinds = kinds, .most = most, .invoice = slice_of(number)};
  for (int page = 0; page < 40; page++) {
    timeline_list l;
    OK(store_timeline(f->s, &ask, f->perm, &l));
    for (size_t i = 0; i < l.n; i++)
      all = arena_printf(f->perm, "%.*s%s%d %s:%.*s", SLICE_ARG(all), all.n ? ", " : "", l.v[i].day - DAY,
                         timeline_kind_name(l.v[i].kind), SLICE_ARG(l.v[i].what));
    ask.after = l.next;
    if (!l.next.n) return all;
  }
  fail_msg("the timeline has no end");
  return all;
}

static void assert_told(fixture *f, uint32_t kinds, const char *number, const char *wanted) {
  for (size_t most = 1; most < 9; most++) {
    slice all = told(f, kinds, number, most);
    if (!slice_eq(all, slice_of(wanted))) fail_msg("\"%.*s\", not\n\"%s\" (%zu a page)", SLICE_ARG(all), wanted, most);
  }
}

static void one_list_by_time(void **state) {
  fixture *f = *state;
  int64_t revision, id;
  bool is_new;
  const store_entity e = {STORE_ENTITY_INVOICE, SLICE("INV-2026-00123")};
  OK(store_begin(f->s));
  happening(f, "payment", "INV-2026-00123", DAY - 1, "10.00 EUR", "1000", NULL);
  happening(f, "reply", "INV-2026-00124", DAY - 2, "when?", NULL, NULL);
  happening(f, "promise", "INV-2026-00123", DAY - 2, "2026-03-20", NULL, "20532");
  happening(f, "opt out", "INV-2026-00123", DAY - 7, "email", NULL, NULL);
  OK(store_revision_put(f->s, &(store_revision){.hash = SLICE("x"), .text = SLICE("x"), .effective_on = DAY}, &revision,
                        &is_new));
  store_action a = {.track = SLICE("ladder"),
                    .entity = e,
                    .offset = SLICE("3d"),
                    .on = DAY - 5,
                    .customer = SLICE("C-1"),
                    .rung = SLICE("3d"),
                    .action = SLICE("send email \"x\""),
                    .channel = SLICE("email"),
                    .revision = revision,
                    .state = ACTION_accepted};
  OK(store_action_put(f->s, &a, &id, &is_new));
  OK(store_message_put(f->s, &(store_message){.action = id, .channel = SLICE("email"), .subject = SLICE("Hello")}));
  a.ordinal = 1;
  a.action = SLICE("note \"called\"");
  OK(store_action_put(f->s, &a, &id, &is_new));
  OK(store_commit(f->s));
  assert_told(f, 0, "",
              "-1 payment:payment, -2 promise:promise, -2 reply:reply, -5 note:note \"called\", -5 message:send email "
              "\"x\", -7 other:opt out");
  assert_told(f, 1u << TIMELINE_OTHER, "", "-7 other:opt out");
  assert_told(f, 1u << TIMELINE_MESSAGE | 1u << TIMELINE_PAYMENT, "",
              "-1 payment:payment, -5 message:send email \"x\"");
  assert_told(f, 1u << TIMELINE_NOTE, "", "-5 note:note \"called\"");
  assert_told(f, 0, "INV-2026-00124", "-2 reply:reply");
  timeline_list l;
  OK(store_timeline(f->s, &(timeline_ask){.customer_row = 1, .customer = SLICE("C-1"), .most = 1}, f->perm, &l));
  assert_int_equal(l.v[0].amount, 1000);
  assert_true(slice_eq(l.v[0].currency, SLICE("EUR")) && slice_eq(l.v[0].who, SLICE("test")));
  timeline_ask bad = {.customer_row = 1, .customer = SLICE("C-1"), .most = 1, .after = SLICE("1:x:2")};
  assert_int_equal(store_timeline(f->s, &bad, f->perm, &l), STORE_MISUSE);
}

static void keys_that_are_none(void **state) {
  fixture *f = *state;
  customer_list c;
  invoice_list v;
  customer_ask one = {.most = 5, .after = SLICE("abc")};
  invoice_ask two = {.most = 5, .after = SLICE("1;2"), .due_from = DATE_NONE_DAY, .due_to = DATE_NONE_DAY};
  assert_int_equal(store_customers(f->s, &one, f->perm, &c), STORE_MISUSE);
  assert_int_equal(store_invoices(f->s, &two, f->perm, &v), STORE_MISUSE);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
  const struct CMUnitTest tests[] = {
      TEST(words_find),          TEST(a_change_is_found_at_once), TEST(customers_are_listed), TEST(balances_follow),
      TEST(invoices_are_listed), TEST(where_an_invoice_stands),   TEST(one_list_by_time),     TEST(keys_that_are_none)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
