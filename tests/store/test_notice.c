/* What a store notices when an import changes the row of an invoice: which happenings, once, with which values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lang/base/date.h"
#include "runtime/store/store.h"
#include "runtime/world_fake.h"

#define OK(call) assert_int_equal((call), STORE_OK)
enum { DAY = 20514, DUE = 20500 };

typedef struct row {
  int64_t amount, open;
  int32_t due;
  const char *status;
  int disputed; /* -1: not said */
  int32_t promise;
} row;
static const row PLAIN = {10000, 10000, DUE, "open", -1, 0};

typedef struct fixture {
  world *w;
  store *s;
} fixture;

static void put(fixture *f, const char *number, row r) {
  const store_written columns[] = {
      {.name = SLICE("number")},   {.name = SLICE("customer")}, {.name = SLICE("currency")},
      {.name = SLICE("amount")},   {.name = SLICE("open")},     {.name = SLICE("due")},
      {.name = SLICE("disputed")}, {.name = SLICE("promise")},  {.name = SLICE("status")}};
  store_writer *w;
  store_put outcome;
  OK(store_writer_open(f->s, STORE_T_invoice, SLICE("test"), columns, 9, &w));
  store_put_text(w, 0, slice_of(number));
  store_put_text(w, 1, SLICE("c1"));
  store_put_text(w, 2, SLICE("EUR"));
  store_put_int(w, 3, r.amount);
  store_put_int(w, 4, r.open);
  store_put_int(w, 5, r.due);
  if (r.disputed >= 0) store_put_int(w, 6, r.disputed);
  if (r.promise) store_put_int(w, 7, r.promise);
  store_put_text(w, 8, slice_of(r.status));
  OK(store_put_row(w, &outcome));
  store_writer_close(w);
}

static void import(fixture *f, row r) {
  OK(store_begin(f->s));
  put(f, "A-1", r);
  OK(store_commit(f->s));
}

static int begin(void **state) {
  fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  f->w = world_fake_new(((int64_t)DAY * 86400 + 43200) * 1000000000);
  store_error why;
  OK(store_open(f->w, ":memory:", &f->s, &why));
  const store_written columns[] = {{.name = SLICE("id")}};
  store_writer *w;
  store_put outcome;
  OK(store_begin(f->s));
  OK(store_writer_open(f->s, STORE_T_customer, SLICE("test"), columns, 1, &w));
  store_put_text(w, 0, SLICE("c1"));
  OK(store_put_row(w, &outcome));
  store_writer_close(w);
  OK(store_commit(f->s));
  *state = f;
  return 0;
}

static int end(void **state) {
  fixture *f = *state;
  store_close(f->s);
  world_fake_free(f->w);
  free(f);
  return 0;
}

/* Everything noticed: "payment 40.00 (100.00)", one a line. */
static const char *noticed(fixture *f) {
  static char out[1024];
  const slice columns[] = {SLICE("kind"), SLICE("value"), SLICE("was"), SLICE("observed"), SLICE("date")};
  store_query q = {.table = STORE_T_happening, .columns = columns, .column_count = 5};
  store_cursor *c;
  size_t n = 0;
  out[0] = 0;
  OK(store_scan(f->s, &q, &c));
  while (store_next(c) == STORE_ROW) {
    assert_int_equal(store_int(c, 3), 1);
    assert_true(store_int(c, 4) >= DAY);
    n += (size_t)snprintf(out + n, sizeof out - n, "%s%.*s", n ? "; " : "", SLICE_ARG(store_text(c, 0)));
    if (store_text(c, 1).n) n += (size_t)snprintf(out + n, sizeof out - n, " %.*s", SLICE_ARG(store_text(c, 1)));
    if (!store_is_null(c, 2)) n += (size_t)snprintf(out + n, sizeof out - n, " (%lld)", (long long)store_int(c, 2));
  }
  store_cursor_close(c);
  return out;
}

/* From one row to the next. */
static void change(row before, row after, const char *expected) {
  fixture *f;
  begin((void **)&f);
  import(f, before);
  assert_string_equal(noticed(f), "");
  import(f, after);
  assert_string_equal(noticed(f), expected);
  import(f, after);
  assert_string_equal(noticed(f), expected);
  end((void **)&f);
}

static row balance(int64_t amount, int64_t open, const char *status) { return (row){amount, open, DUE, status, -1, 0}; }

static void each_change_says_one_thing(void **state) {
  (void)state;
  row dispute = PLAIN, moved = PLAIN, promise = PLAIN, both = PLAIN;
  dispute.disputed = 1;
  moved.due = DUE + 1;
  promise.promise = DAY + 9;
  both.due = DUE + 1;
  both.open = 4000;
  both.promise = DAY + 9;
  change(PLAIN, moved, "due date changed 2026-02-17 (20500)");
  change(PLAIN, dispute, "dispute");
  change(dispute, PLAIN, "dispute resolved");
  change(PLAIN, promise, "promise 2026-03-11");
  change(promise, PLAIN, "promise (20523)");
  change(PLAIN, both, "payment 60.00 (10000); due date changed 2026-02-17 (20500); promise 2026-03-11");
}

static void a_balance_says_payment_or_correction(void **state) {
  (void)state;
  change(PLAIN, balance(10000, 9999, "open"), "payment 0.01 (10000)");
  change(PLAIN, balance(10000, 0, "open"), "payment 100.00 (10000)");
  change(PLAIN, balance(10000, 0, "paid"), "payment 100.00 (10000)");
  change(PLAIN, balance(10000, 10000, "paid"), "payment 100.00 (10000)");
  change(balance(10000, 0, "open"), balance(10000, 0, "paid"), "");
  change(balance(10000, 0, "paid"), PLAIN, "payment reversed 100.00 (0)");
  change(balance(10000, 4000, "open"), balance(10000, 7000, "open"), "payment reversed 30.00 (4000)");
  change(PLAIN, balance(9000, 9000, "open"), "");
  change(PLAIN, balance(9000, 5000, "open"), "payment 40.00 (10000)");
  change(PLAIN, balance(12000, 12000, "open"), "");
  change(PLAIN, balance(12000, 10000, "open"), "");
  change(PLAIN, balance(0, 0, "paid"), "payment 100.00 (10000)");
  change(PLAIN, balance(10000, 10000, "cancelled"), "invoice cancelled");
  change(PLAIN, balance(10000, 0, "cancelled"), "invoice cancelled");
  change(balance(10000, 0, "cancelled"), PLAIN, "");
}

static void a_new_invoice_is_news_from_the_second_import_on(void **state) {
  fixture *f = *state;
  OK(store_begin(f->s)); /* two files of one import */
  put(f, "A-1", PLAIN);
  put(f, "A-2", PLAIN);
  OK(store_commit(f->s));
  assert_string_equal(noticed(f), "");
  OK(store_begin(f->s));
  put(f, "A-3", PLAIN);
  put(f, "A-4", balance(10000, 0, "paid"));
  put(f, "A-5", balance(10000, 0, "open"));
  put(f, "A-6", balance(10000, 10000, "cancelled"));
  assert_int_equal(store_noticed(f->s, STORE_H_INVOICE_CREATED), 1);
  OK(store_commit(f->s));
  assert_string_equal(noticed(f), "invoice created");
}

static void what_is_rolled_back_was_not_noticed(void **state) {
  fixture *f = *state;
  import(f, PLAIN);
  OK(store_begin(f->s));
  put(f, "A-1", balance(10000, 0, "paid"));
  store_rollback(f->s);
  assert_string_equal(noticed(f), "");
  import(f, balance(10000, 0, "paid"));
  assert_string_equal(noticed(f), "payment 100.00 (10000)");
  assert_int_equal(store_noticed(f->s, STORE_H_PAYMENT), 1);
}

static void equal_changes_of_a_day_are_two(void **state) {
  fixture *f = *state;
  import(f, PLAIN);
  store_notice_on(f->s, DAY + 3);
  import(f, balance(10000, 7000, "open"));
  import(f, balance(10000, 4000, "open"));
  assert_string_equal(noticed(f), "payment 30.00 (10000); payment 30.00 (7000)");
}

/* An event that says what was noticed already is still stored, and known again when its file comes again. */
static void events_stand_beside_what_is_noticed(void **state) {
  fixture *f = *state;
  import(f, PLAIN);
  import(f, balance(10000, 7000, "open"));
  for (int i = 0; i < 2; i++) {
    const store_written columns[] = {{.name = SLICE("date")},
                                     {.name = SLICE("kind")},
                                     {.name = SLICE("invoice")},
                                     {.name = SLICE("amount")},
                                     {.name = SLICE("value")}};
    store_writer *w;
    store_put outcome;
    OK(store_begin(f->s));
    OK(store_writer_open(f->s, STORE_T_happening, SLICE("test"), columns, 5, &w));
    store_put_int(w, 0, DAY);
    store_put_text(w, 1, SLICE("payment"));
    store_put_text(w, 2, SLICE("A-1"));
    store_put_int(w, 3, 3000);
    store_put_text(w, 4, SLICE("30.00"));
    OK(store_put_row(w, &outcome));
    assert_int_equal(outcome, i ? STORE_PUT_UNCHANGED : STORE_PUT_NEW);
    store_writer_close(w);
    OK(store_commit(f->s));
  }
  int64_t rows;
  OK(store_count(f->s, STORE_T_happening, &rows));
  assert_int_equal(rows, 2);
}

int main(void) {
#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_change_says_one_thing),
      cmocka_unit_test(a_balance_says_payment_or_correction),
      TEST(a_new_invoice_is_news_from_the_second_import_on),
      TEST(what_is_rolled_back_was_not_noticed),
      TEST(equal_changes_of_a_day_are_two),
      TEST(events_stand_beside_what_is_noticed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
