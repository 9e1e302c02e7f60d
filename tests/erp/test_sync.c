/* sync.c over an ERP in memory: rounds, places, killed at every page, gone rows, rejects, what the gate and the notices
 * see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/store/delivery.h"
#include "runtime/store/origin.h"
#include "runtime/world_fake.h"
#include "stdlib/erp/erp.h"
#include "tests/support/stored.h"

#define ROWS 10
#define PAGE 3

typedef struct bill {
  int64_t amount, open;
  const char *status; /* NULL: the ERP does not have it */
  const char *customer;
  int32_t due;
  int changed; /* "day" of its last change */
} bill;

/* What the ERP has; the connection's own state. */
struct erp {
  bill bill[ROWS];
  int day;      /* of the ERP's clock */
  int fail_at;  /* the call that fails; 0: none */
  int later_at; /* the call that asks to come again */
  int calls, reads;
  bool with_rows;      /* the failing call has put rows already */
  bool in_transaction; /* a call came while the store was being written to */
  bool tab;            /* its cursor cannot be kept */
  store *s;
};

static const store_written CUSTOMER[] = {{SLICE("id"), false}, {SLICE("name"), false}, {SLICE("source_id"), false}};
static const store_written BILL[] = {{SLICE("number"), false}, {SLICE("customer"), false}, {SLICE("amount"), false},
                                     {SLICE("open"), false},   {SLICE("due"), false},      {SLICE("currency"), false},
                                     {SLICE("status"), false}, {SLICE("source_id"), false}};
static const erp_feed FEEDS[] = {
    {.name = "customers", .table = STORE_T_customer, .columns = CUSTOMER, .column_count = 3},
    {.name = "receivables", .table = STORE_T_invoice, .columns = BILL, .column_count = 8, .by_change = true},
};

static store_code put_bill(erp *e, erp_page *p, int i, char room[2][16]) {
  const bill *b = &e->bill[i];
  int n = snprintf(room[0], 16, "F-%d", i), id = snprintf(room[1], 16, "%d", 100 + i);
  if (b->amount < 0) {
    erp_reject(p, (slice){room[1], (size_t)id}, "its amount is not an amount");
    return STORE_OK;
  }
  store_put_text(p->rows, 0, (slice){room[0], (size_t)n});
  store_put_text(p->rows, 1, slice_of(b->customer));
  store_put_int(p->rows, 2, b->amount);
  store_put_int(p->rows, 3, b->open);
  store_put_int(p->rows, 4, b->due);
  store_put_text(p->rows, 5, SLICE("BRL"));
  store_put_text(p->rows, 6, slice_of(b->status));
  store_put_text(p->rows, 7, (slice){room[1], (size_t)id});
  return erp_put(p);
}

static erp_code put_customers(erp_page *p) {
  const char *const IDS[] = {"c1", "c2"};
  if (erp_rows(p) != STORE_OK) return ERP_FAILED;
  for (int i = 0; i < 2; i++) {
    store_put_text(p->rows, 0, slice_of(IDS[i]));
    store_put_text(p->rows, 1, SLICE("Padaria"));
    store_put_text(p->rows, 2, slice_of(IDS[i]));
    if (erp_put(p) != STORE_OK) return ERP_FAILED;
  }
  return ERP_END;
}

static int number(slice s) {
  int n = 0;
  for (size_t i = 0; i < s.n; i++) n = n * 10 + (s.p[i] - '0');
  return n;
}

static erp_code page(erp *e, erp_page *p, erp_failure *f) {
  e->calls++;
  e->in_transaction |= store_in_transaction(e->s);
  if (e->calls == e->later_at) {
    *f = (erp_failure){SLICE("come again"), 30};
    return ERP_LATER;
  }
  bool fails = e->calls == e->fail_at;
  if (fails && !e->with_rows) {
    f->why = SLICE("no answer");
    return ERP_FAILED;
  }
  if (p->feed == 0) return fails ? ERP_FAILED : put_customers(p);
  int from = number(p->cursor), since = number(p->since), put = 0;
  char room[2][16];
  if (!p->cursor.n) p->mark = arena_printf(p->perm, "%d", e->day);
  if (erp_rows(p) != STORE_OK) return ERP_FAILED;
  for (; from < ROWS && put < PAGE; from++) {
    if (!e->bill[from].status || e->bill[from].changed < since) continue;
    if (put_bill(e, p, from, room) != STORE_OK) return ERP_FAILED;
    put++;
    if (fails) {
      f->why = SLICE("it broke off in the middle");
      return ERP_FAILED;
    }
  }
  p->of = ROWS;
  p->cursor = arena_printf(p->perm, e->tab ? "%d\t" : "%d", from);
  return from < ROWS ? ERP_MORE : ERP_END;
}

static erp_code read_again(erp *e, erp_page *p, slice id, bool *there, erp_failure *f) {
  char room[2][16];
  (void)f;
  e->reads++;
  if (p->feed == 0) { /* a customer that no page had */
    if (erp_rows(p) != STORE_OK) return ERP_FAILED;
    for (size_t k = 0; k < 3; k++) store_put_text(p->rows, k, id);
    *there = true;
    return erp_put(p) == STORE_OK ? ERP_END : ERP_FAILED;
  }
  int i = number(id) - 100;
  *there = i >= 0 && i < ROWS && e->bill[i].status;
  if (!*there) return ERP_END;
  return erp_rows(p) == STORE_OK && put_bill(e, p, i, room) == STORE_OK ? ERP_END : ERP_FAILED;
}

static const erp_driver DRIVER = {
    .vendor = "made_up", .words = "Made Up", .feeds = FEEDS, .feed_count = 2, .page = page, .read = read_again};

/* ---- the fixture ---- */

typedef struct fixture {
  world *w;
  store *s;
  arena *perm;
  erp e;
  erp_report report;
} fixture;

static int begin(void **state) {
  fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  f->w = world_fake_new(1772000000000000000);
  f->perm = arena_new();
  store_error why;
  assert_int_equal(store_open(f->w, ":memory:", &f->s, &why), STORE_OK);
  for (int i = 0; i < ROWS; i++) f->e.bill[i] = (bill){1000 + i, 1000 + i, "open", i % 2 ? "c1" : "c2", 20500, 1};
  f->e.day = 5;
  f->e.s = f->s;
  *state = f;
  return 0;
}

static int end(void **state) {
  fixture *f = *state;
  store_close(f->s);
  arena_free(f->perm);
  world_fake_free(f->w);
  free(f);
  return 0;
}

static erp_code sync(fixture *f, bool whole) {
  erp_sync_options o = {.whole = whole};
  f->e.calls = f->e.reads = 0;
  erp_code code = erp_sync_all(f->w, f->s, &DRIVER, &f->e, &o, f->perm, &f->report);
  for (size_t i = 0; i < f->report.count; i++) {
    const erp_brought *b = &f->report.feed[i];
    assert_int_equal(b->rows, b->added + b->changed + b->unchanged + b->rejected);
  }
  assert_false(store_in_transaction(f->s));
  assert_false(f->e.in_transaction);
  return code;
}

static void pass(fixture *f, int64_t seconds) { world_fake_set_now(f->w, f->w->now_ns(f->w) + seconds * 1000000000); }

static const erp_brought *bills(fixture *f) { return &f->report.feed[1]; }

static int64_t count(fixture *f, store_table table) {
  int64_t n;
  assert_int_equal(store_count(f->s, table, &n), STORE_OK);
  return n;
}

static int64_t synced(fixture *f) {
  int64_t at;
  assert_int_equal(store_synced_at(f->s, &at), STORE_OK);
  return at;
}

static size_t places(fixture *f) {
  const slice columns[] = {SLICE("key")};
  store_query q = {.table = STORE_T_sync_state, .columns = columns, .column_count = 1};
  store_cursor *c;
  size_t n = 0;
  assert_int_equal(store_scan(f->s, &q, &c), STORE_OK);
  while (store_next(c) == STORE_ROW) {
    slice key = store_text(c, 0);
    n += slice_eq(key, SLICE("sync made_up receivables")) || slice_starts(key, SLICE("sync made_up receivables seen"));
  }
  store_cursor_close(c);
  return n;
}

static void first_whole_then_changes(void **state) {
  fixture *f = *state;
  assert_int_equal(sync(f, false), ERP_END);
  assert_int_equal(bills(f)->added, ROWS);
  assert_int_equal(bills(f)->pages, 4);
  assert_int_equal(f->report.noticed[STORE_H_INVOICE_CREATED], 0); /* the first ledger creates nothing */
  assert_int_equal(places(f), 0);
  f->e.day = 7;
  f->e.bill[3].open = 400;
  f->e.bill[3].changed = 6;
  assert_int_equal(sync(f, false), ERP_END);
  assert_int_equal(bills(f)->rows, 1);
  assert_int_equal(bills(f)->changed, 1);
  assert_int_equal(f->report.noticed[STORE_H_PAYMENT], 1);
  assert_int_equal(sync(f, false), ERP_END); /* from day 7 on */
  assert_int_equal(bills(f)->rows, 0);
  assert_int_equal(sync(f, true), ERP_END);
  assert_int_equal(bills(f)->unchanged, ROWS);
  assert_int_equal(f->e.reads, 0);
}

static void a_new_row_of_a_later_sync_is_created(void **state) {
  fixture *f = *state;
  f->e.bill[9].status = NULL;
  assert_int_equal(sync(f, false), ERP_END);
  f->e.bill[9] = (bill){500, 500, "open", "c1", 20500, 6};
  assert_int_equal(sync(f, false), ERP_END);
  assert_int_equal(bills(f)->added, 1);
  assert_int_equal(f->report.noticed[STORE_H_INVOICE_CREATED], 1);
}

static void a_week_later_all_is_read(void **state) {
  fixture *f = *state;
  assert_int_equal(sync(f, false), ERP_END);
  pass(f, 6 * 86400);
  assert_int_equal(sync(f, false), ERP_END);
  assert_int_equal(bills(f)->rows, 0);
  pass(f, 86400);
  assert_int_equal(sync(f, false), ERP_END);
  assert_int_equal(bills(f)->rows, ROWS);
}

/* At every call, before its rows and in the middle of them: what was read stays, the next sync reads the rest, and at
 * the end it is as if nothing had been. */
static int64_t read_from(fixture *f) {
  int64_t at;
  assert_int_equal(store_synced_from(f->s, slice_of(DRIVER.vendor), &at), STORE_OK);
  return at;
}

static void goes_on_after_any_page(void **state) {
  (void)state;
  for (int with_rows = 0; with_rows < 2; with_rows++)
    for (int at = 1; at <= 5; at++) {
      void *mine = NULL;
      begin(&mine);
      fixture *f = mine;
      f->e.fail_at = at;
      f->e.with_rows = with_rows;
      assert_int_equal(sync(f, false), ERP_FAILED);
      int64_t before = count(f, STORE_T_invoice);
      assert_int_equal(before, at > 2 ? (at - 2) * PAGE : 0); /* whole pages alone */
      assert_int_equal(synced(f), 0);                         /* the gate does not count half a ledger */
      f->e.fail_at = 0;
      assert_int_equal(sync(f, false), ERP_END);
      assert_int_equal(bills(f)->added, ROWS - before);
      assert_int_equal(count(f, STORE_T_invoice), ROWS);
      assert_int_equal(count(f, STORE_T_happening), 0); /* the rest of the first ledger is no news */
      assert_true(synced(f) > 0);
      assert_int_equal(places(f), 0);
      /* What was read before it broke off is older than this sync: no row counts as read since. */
      assert_int_equal(read_from(f) > 0, at <= 2);
      assert_int_equal(sync(f, false), ERP_END);
      assert_true(read_from(f) > 0 && read_from(f) <= synced(f));
      end(&mine);
    }
}

static void the_round_keeps_its_beginning(void **state) {
  fixture *f = *state;
  assert_int_equal(sync(f, false), ERP_END);
  for (int i = 0; i < ROWS; i++) f->e.bill[i].changed = 6;
  f->e.day = 8;
  f->e.fail_at = 4;
  assert_int_equal(sync(f, false), ERP_FAILED);
  f->e.bill[0].open = 1; /* behind the place, after its page was read */
  f->e.bill[0].changed = 9;
  f->e.day = 10;
  f->e.fail_at = 0;
  assert_int_equal(sync(f, false), ERP_END);
  assert_int_equal(f->report.noticed[STORE_H_PAYMENT], 0);
  assert_int_equal(sync(f, false), ERP_END); /* from day 8 on, not from 10 */
  assert_int_equal(f->report.noticed[STORE_H_PAYMENT], 1);
}

static bool after_one_page(void *self) {
  ++*(int *)self;
  return true;
}

/* A service has other things to do: a page now, the rest later. The first sync of a ledger is done in one. */
static void enough_for_now(void **state) {
  fixture *f = *state;
  int asked = 0, rounds = 1;
  const erp_sync_options o = {.enough = after_one_page, .self = &asked};
  assert_int_equal(erp_sync_all(f->w, f->s, &DRIVER, &f->e, &o, f->perm, &f->report), ERP_END);
  assert_int_equal(asked, 0);
  for (int i = 0; i < ROWS; i++) f->e.bill[i].open = 1;
  for (int i = 0; i < ROWS; i++) f->e.bill[i].changed = 6;
  f->e.day = 7;
  pass(f, 60);
  const int64_t before = synced(f);
  for (; erp_sync_all(f->w, f->s, &DRIVER, &f->e, &o, f->perm, &f->report) == ERP_MORE; rounds++) {
    assert_int_equal(bills(f)->pages, 1);
    assert_int_equal(synced(f), before); /* the gate does not count half of it */
    assert_true(rounds < ROWS);
  }
  assert_int_equal(rounds, (ROWS + PAGE - 1) / PAGE);
  assert_true(synced(f) > before);
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "F-0", "open"), "1");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "F-9", "open"), "1");
}

static void later_is_said_with_its_pause(void **state) {
  fixture *f = *state;
  f->e.later_at = 3;
  assert_int_equal(sync(f, false), ERP_LATER);
  assert_int_equal(f->report.failure.wait_s, 30);
  assert_true(slice_eq(f->report.failure.why, SLICE("come again")));
  f->e.later_at = 0;
  assert_int_equal(sync(f, false), ERP_END);
  assert_int_equal(count(f, STORE_T_invoice), ROWS);
}

static void a_place_that_cannot_be_kept_is_refused(void **state) {
  fixture *f = *state;
  f->e.tab = true;
  assert_int_equal(sync(f, false), ERP_FAILED);
  assert_int_equal(count(f, STORE_T_invoice), 0);
}

/* ---- rows that are gone ---- */

static void gone_rows_are_settled_by_a_whole_round(void **state) {
  fixture *f = *state;
  assert_int_equal(sync(f, false), ERP_END);
  f->e.bill[2].status = NULL;
  assert_int_equal(sync(f, false), ERP_END);
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "F-2", "status"), "open");
  assert_int_equal(sync(f, true), ERP_END);
  assert_int_equal(bills(f)->gone, 1);
  assert_int_equal(f->e.reads, 1);
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "F-2", "status"), "cancelled");
  assert_int_equal(f->report.noticed[STORE_H_INVOICE_CANCELLED], 1);
  assert_int_equal(sync(f, true), ERP_END); /* settled: it is not asked for again */
  assert_int_equal(f->e.reads, 0);
  assert_int_equal(bills(f)->gone, 0);
}

/* The keys of another company: what it lacks is not taken for deleted. */
static erp_code page_of_another_company(erp *e, erp_page *p, erp_failure *f) {
  (void)e;
  (void)f;
  if (p->feed == 0) return put_customers(p);
  if (!p->since.n && !p->cursor.n) p->mark = SLICE("9");
  return erp_rows(p) == STORE_OK ? ERP_END : ERP_FAILED;
}

static void most_rows_are_not_gone_at_once(void **state) {
  fixture *f = *state;
  char name[16];
  assert_int_equal(sync(f, false), ERP_END);
  store_writer *w;
  assert_int_equal(store_begin(f->s), STORE_OK);
  assert_int_equal(store_writer_open(f->s, STORE_T_invoice, SLICE("made_up"), BILL, 8, &w), STORE_OK);
  for (int i = 0; i < 150; i++) {
    store_put put;
    int n = snprintf(name, sizeof name, "G-%d", i);
    store_put_text(w, 0, (slice){name, (size_t)n});
    store_put_text(w, 1, SLICE("c1"));
    for (size_t k = 2; k < 5; k++) store_put_int(w, k, 20500);
    store_put_text(w, 5, SLICE("BRL"));
    store_put_text(w, 6, SLICE("open"));
    store_put_text(w, 7, SLICE("999"));
    assert_int_equal(store_put_row(w, &put), STORE_OK);
  }
  store_writer_close(w);
  assert_int_equal(store_commit(f->s), STORE_OK);
  pass(f, 8 * 86400);
  erp_driver other = DRIVER;
  other.page = page_of_another_company;
  erp_sync_options o = {0};
  assert_int_equal(erp_sync_all(f->w, f->s, &other, &f->e, &o, f->perm, &f->report), ERP_FAILED);
  assert_true(slice_starts(f->report.failure.why, SLICE("160 rows of the store")));
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "F-1", "status"), "open");
  o.whole = true; /* a person says that it is right */
  for (int i = 0; i < ROWS; i++) f->e.bill[i].status = NULL;
  assert_int_equal(erp_sync_all(f->w, f->s, &other, &f->e, &o, f->perm, &f->report), ERP_END);
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "F-1", "status"), "cancelled");
}

/* Killed in the whole round: the pages before the kill count as seen. */
static void what_was_seen_before_a_kill_is_not_gone(void **state) {
  fixture *f = *state;
  assert_int_equal(sync(f, false), ERP_END);
  f->e.bill[8].status = NULL;
  f->e.fail_at = 4;
  assert_int_equal(sync(f, true), ERP_FAILED);
  f->e.fail_at = 0;
  assert_int_equal(sync(f, false), ERP_END); /* it goes on with the whole round */
  assert_int_equal(f->e.reads, 1);
  assert_int_equal(bills(f)->gone, 1);
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "F-8", "status"), "cancelled");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "F-0", "status"), "open");
}

static void one_row_alone(void **state) {
  fixture *f = *state;
  bool there;
  erp_failure why;
  assert_int_equal(sync(f, false), ERP_END);
  f->e.bill[1].open = 7;
  assert_int_equal(erp_read_again(f->s, &DRIVER, &f->e, STORE_T_invoice, SLICE("101"), &there, f->perm, &why), ERP_END);
  assert_true(there);
  assert_int_equal(count(f, STORE_T_happening), 1);
  f->e.bill[1].customer = "c9"; /* a new customer's: it comes with its customer */
  assert_int_equal(erp_read_again(f->s, &DRIVER, &f->e, STORE_T_invoice, SLICE("101"), &there, f->perm, &why), ERP_END);
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "F-1", "customer"), "c9");
  f->e.bill[1].status = NULL;
  assert_int_equal(store_begin(f->s), STORE_OK); /* within the caller's transaction */
  assert_int_equal(erp_read_again(f->s, &DRIVER, &f->e, STORE_T_invoice, SLICE("101"), &there, f->perm, &why), ERP_END);
  assert_false(there);
  assert_true(store_in_transaction(f->s));
  assert_int_equal(store_commit(f->s), STORE_OK);
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "F-1", "status"), "cancelled");
  assert_int_equal(erp_read_again(f->s, &DRIVER, &f->e, STORE_T_contract, SLICE("1"), &there, f->perm, &why),
                   ERP_FAILED);
}

/* ---- rejects, the log, the clock ---- */

static void rejects_are_counted_and_said(void **state) {
  fixture *f = *state;
  f->e.bill[4].amount = -1;
  f->e.bill[5].customer = "c9";
  assert_int_equal(sync(f, false), ERP_END);
  assert_int_equal(bills(f)->rejected, 2);
  assert_int_equal(bills(f)->reasons, 2);
  assert_true(slice_eq(bills(f)->reason[0].id, SLICE("104")));
  assert_string_equal(bills(f)->reason[0].text, "its amount is not an amount");
  assert_true(slice_eq(bills(f)->reason[1].id, SLICE("105")));
  assert_string_equal(bills(f)->reason[1].text, "its customer is not in the store");
  assert_int_equal(count(f, STORE_T_invoice), ROWS - 2);
}

static void an_unchanged_ledger_is_fresh_again(void **state) {
  fixture *f = *state;
  assert_int_equal(sync(f, false), ERP_END);
  int64_t before = synced(f);
  pass(f, 3600);
  f->e.fail_at = 2;
  assert_int_equal(sync(f, false), ERP_FAILED);
  assert_int_equal(synced(f), before);
  f->e.fail_at = 0;
  assert_int_equal(sync(f, false), ERP_END);
  assert_true(synced(f) > before + INT64_C(3599) * 1000000);
  assert_int_equal(count(f, STORE_T_event), 1); /* the log has an entry where something came */
}

static fixture *other_of; /* the sync that comes in between */

static erp_code page_with_another(erp *e, erp_page *p, erp_failure *f) {
  if (other_of && e->calls == 2) {
    fixture *o = other_of;
    erp inner = o->e;
    erp_report report;
    erp_sync_options options = {0};
    other_of = NULL;
    assert_int_equal(erp_sync_all(o->w, o->s, &DRIVER, &inner, &options, o->perm, &report), ERP_END);
  }
  return page(e, p, f);
}

static void of_two_syncs_one_stops(void **state) {
  fixture *f = *state;
  erp_driver first = DRIVER;
  erp_sync_options o = {0};
  first.page = page_with_another;
  other_of = f;
  assert_int_equal(erp_sync_all(f->w, f->s, &first, &f->e, &o, f->perm, &f->report), ERP_FAILED);
  assert_true(slice_starts(f->report.failure.why, SLICE("another sync is at work")));
  assert_int_equal(count(f, STORE_T_invoice), ROWS);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
  const struct CMUnitTest tests[] = {
      TEST(first_whole_then_changes),
      TEST(a_new_row_of_a_later_sync_is_created),
      TEST(a_week_later_all_is_read),
      TEST(goes_on_after_any_page),
      TEST(the_round_keeps_its_beginning),
      TEST(enough_for_now),
      TEST(later_is_said_with_its_pause),
      TEST(a_place_that_cannot_be_kept_is_refused),
      TEST(gone_rows_are_settled_by_a_whole_round),
      TEST(most_rows_are_not_gone_at_once),
      TEST(what_was_seen_before_a_kill_is_not_gone),
      TEST(one_row_alone),
      TEST(rejects_are_counted_and_said),
      TEST(an_unchanged_ledger_is_fresh_again),
      TEST(of_two_syncs_one_stops),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
