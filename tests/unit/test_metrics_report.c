/* Reports over a ledger whose past is known day by day: what was owed when, payments taken back, what followed which
 * message, rows that add up to their number, and what is not known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/cli/report_read.h"
#include "runtime/engine/facts_load.h"
#include "runtime/engine/metrics_report.h"
#include "runtime/world_fake.h"
#include "tests/support/outbox_fixture.h"

static void at_day(house *h, int32_t day) {
  int64_t noon = NOON_NS + (int64_t)(day - DAY) * 86400 * 1000000000;
  if (h->w->now_ns(h->w) < noon) world_fake_set_now(h->w, noon);
}

typedef struct shelf {
  arena *a;
  diags d;
  compiled c;
  books *b;
  metrics_asked asked;
} shelf;

static shelf books_of(house *h, const char *policy, int32_t today) {
  shelf x = {.a = arena_new()};
  source *s = ARENA_NEW(x.a, source);
  *s = (source){SLICE("p.dun"), slice_of(policy)};
  diags_init(&x.d, x.a);
  if (!compile(x.a, s, 1, &x.d, &x.c)) fail_msg("%s", diags_render(&x.d, s, 1, LANG_EN, false, x.a).p);
  facts *f;
  engine *e;
  happening_list l;
  facts_options options = {.today = {today}, .with_contacts = true, .with_past = true};
  must(h->s, facts_load(x.a, h->s, x.c.program, &options, &f));
  must(h->s, happenings_load(x.a, h->s, f, (civil_date){INT32_MAX}, &l));
  assert_int_equal(engine_new(x.a, &x.c, f, NULL, &e), ENGINE_OK);
  must(h->s, books_make(e, h->s, &l, (civil_date){today}, x.a, &x.b));
  x.asked = (metrics_asked){.report = METRICS_dso, .from = {today - 9}, .to = {today}, .people = true};
  metrics_policy(x.c.program, x.a, &x.asked);
  return x;
}

static int64_t owed_on(const shelf *x, int32_t day) {
  book_position p = books_position(x->b, (civil_date){day}, x->a);
  int64_t sum = 0;
  for (uint32_t i = 0; i < x->b->n; i++) sum += p.open[i];
  return sum;
}

static const metrics_figure *figure(const metrics_result *r, const char *name) {
  for (uint32_t i = 0; i < r->figure_count; i++)
    if (strcmp(r->figures[i].name, name) == 0) return &r->figures[i];
  fail_msg("there is no figure %s", name);
  return NULL;
}

static void says(const shelf *x, const metrics_value *v, const char *wanted) {
  assert_string_equal(arena_copy(x->a, metrics_plain(v, x->a)), wanted);
}

/* ---- what was owed ---- */

static void owes_what_it_owed_on_each_day(void **state) {
  (void)state;
  house h = begin();
  at_day(&h, DAY + 5);
  put_invoice(&h, "A-1", "C1", 4000, DAY - 1, "open");
  at_day(&h, DAY + 10);
  put_invoice(&h, "A-1", "C1", 0, DAY - 1, "paid");
  at_day(&h, DAY + 12);
  put_invoice(&h, "A-1", "C1", 5000, DAY - 1, "open");
  shelf x = books_of(&h, POLICY, DAY + 12);
  static const struct {
    int32_t day;
    int64_t owed;
  } DAYS[] = {{0, 10000}, {4, 10000}, {5, 4000}, {9, 4000}, {10, 0}, {11, 0}, {12, 5000}};
  for (size_t i = 0; i < sizeof DAYS / sizeof *DAYS; i++)
    assert_int_equal(owed_on(&x, DAY + DAYS[i].day), DAYS[i].owed);
  int64_t then = 0, now = 0;
  for (size_t i = 0; i < x.b->payment_count; i++) {
    const book_payment *p = &x.b->payments[i];
    if (metrics_is_paid(p, (civil_date){DAY}, (civil_date){DAY + 11})) then += p->sum;
    if (metrics_is_paid(p, (civil_date){DAY}, (civil_date){DAY + 12})) now += p->sum;
  }
  assert_int_equal(then, 10000);
  assert_int_equal(now, 5000); /* half of it was taken back */
  assert_true(metrics_knows(x.b, (civil_date){DAY - 1}));
  assert_false(metrics_knows(x.b, (civil_date){DAY - 2}));
  arena_free(x.a);
  end(&h);
}

static void appears_and_is_cancelled_on_its_days(void **state) {
  (void)state;
  house h = begin();
  at_day(&h, DAY + 3);
  put_invoice(&h, "A-2", "C1", 7000, DAY + 20, "open");
  at_day(&h, DAY + 6);
  put_invoice(&h, "A-2", "C1", 7000, DAY + 20, "cancelled");
  shelf x = books_of(&h, POLICY, DAY + 8);
  assert_int_equal(owed_on(&x, DAY + 2), 10000);
  assert_int_equal(owed_on(&x, DAY + 3), 17000);
  assert_int_equal(owed_on(&x, DAY + 6), 10000);
  assert_int_equal(x.b->unissued, 1); /* A-1; what was cancelled is asked for nothing */
  arena_free(x.a);
  end(&h);
}

/* ---- figures ---- */

static void what_is_over_nothing_is_not_known(void **state) {
  (void)state;
  house h = begin();
  shelf x = books_of(&h, POLICY, DAY + 8);
  metrics_result r;
  must(h.s, metrics_make(x.b, h.s, &x.asked, x.a, &r));
  says(&x, &figure(&r, "receivables")->now, "100.00");
  says(&x, &figure(&r, "sales")->now, "0.00");
  assert_false(figure(&r, "dso")->now.known);
  assert_false(figure(&r, "dso")->before.known);
  assert_false(figure(&r, "weighted_days_late")->now.known);
  assert_true(r.note_count > 0);
  arena_free(x.a);
  end(&h);
}

static void a_payment_follows_one_message(void **state) {
  (void)state;
  static const char TWICE[] =
      "policy \"P\"\n  currency BRL\n  one message per invoice\n" SMTP
      "ladder l for invoices\n  at 1d send email \"{number} {open}\"\n  at 3d send email \"again {number}\"\n";
  house h = begin();
  whole_run(&h, TWICE, DAY);
  whole_run(&h, TWICE, DAY + 2);
  at_day(&h, DAY + 4);
  put_invoice(&h, "A-1", "C1", 4000, DAY - 1, "open");
  shelf x = books_of(&h, TWICE, DAY + 5);
  metrics_asks m;
  must(h.s, metrics_asks_of(x.b, h.s, &x.asked, (civil_date){DAY}, (civil_date){DAY + 5}, x.a, &m));
  assert_int_equal(m.n, 2);
  assert_int_equal(m.v[0].recovered, 0);
  assert_int_equal(m.v[1].recovered, 6000);
  assert_int_equal(m.v[1].day, DAY + 2);
  x.asked.within_days = 1; /* it came two days after */
  must(h.s, metrics_asks_of(x.b, h.s, &x.asked, (civil_date){DAY}, (civil_date){DAY + 5}, x.a, &m));
  assert_int_equal(m.v[1].recovered, 0);
  x.asked.within_days = 7; /* the first message alone is of the period: the payment is still the second one's */
  must(h.s, metrics_asks_of(x.b, h.s, &x.asked, (civil_date){DAY}, (civil_date){DAY + 1}, x.a, &m));
  assert_int_equal(m.n, 1);
  assert_int_equal(m.v[0].recovered, 0);
  arena_free(x.a);
  end(&h);
}

/* ---- rows ---- */

static void rows_add_up_to_their_number(void **state) {
  (void)state;
  house h = begin();
  srand(7);
  for (int i = 2; i < 120; i++) {
    char number[16];
    snprintf(number, sizeof number, "A-%d", i);
    put_invoice(&h, number, "C1", 1 + rand() % 9999, DAY - 130 + rand() % 160, rand() % 9 ? "open" : "paid");
  }
  shelf x = books_of(&h, POLICY, DAY);
  x.asked.report = METRICS_aging;
  metrics_result r;
  must(h.s, metrics_make(x.b, h.s, &x.asked, x.a, &r));
  const metrics_table *t = &r.tables[0];
  assert_int_equal(t->row_count, 1);
  for (uint32_t c = 1; c + 1 < t->column_count; c++) {
    slice after = {0};
    int64_t sum = 0, last = INT64_MIN;
    do {
      metrics_page page;
      must(h.s, metrics_rows(x.b, h.s, &x.asked, t->rows[c], after, 7, x.a, &page));
      assert_true(page.known);
      for (uint32_t i = 0; i < page.table.row_count; i++) {
        const metrics_value *v = &page.table.cells[(size_t)i * page.table.column_count];
        assert_true(v[3].n >= last); /* by due date */
        last = v[3].n;
        sum += v[5].n;
      }
      after = page.next;
    } while (after.n);
    assert_int_equal(sum, t->cells[c].n);
  }
  arena_free(x.a);
  end(&h);
}

static void what_names_no_rows_gets_none(void **state) {
  (void)state;
  static const char *const BAD[] = {"",
                                    "list=",
                                    "list=open&bucket=x",
                                    "list=open&bucket=14",
                                    "bucket=1",
                                    "list=open&",
                                    "list=open&x=1",
                                    "list=open&from=x",
                                    "list=open&to=-999999999",
                                    "list=none",
                                    "list=open&list",
                                    "list=open&currency=X"};
  house h = begin();
  shelf x = books_of(&h, POLICY, DAY);
  metrics_page page;
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
    must(h.s, metrics_rows(x.b, h.s, &x.asked, slice_of(BAD[i]), (slice){0}, 5, x.a, &page));
    if (strcmp(BAD[i], "list=open&") != 0) assert_false(page.known);
  }
  static const char *const KEYS[] = {"x", "1", "1.2", "1.2.", "1.2.3.4", "1..2", "99999999999999999999.1.1"};
  for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
    must(h.s, metrics_rows(x.b, h.s, &x.asked, SLICE("list=open"), slice_of(KEYS[i]), 5, x.a, &page));
    assert_false(page.known);
  }
  must(h.s, metrics_rows(x.b, h.s, &x.asked, SLICE("list=open&segment=%C3%A9"), (slice){0}, 5, x.a, &page));
  assert_true(page.known && page.table.row_count == 0);
  x.asked.people = false;
  must(h.s, metrics_rows(x.b, h.s, &x.asked, SLICE("list=people"), (slice){0}, 5, x.a, &page));
  assert_false(page.known);
  arena_free(x.a);
  end(&h);
}

/* Each report of a ledger without a row, and of one with a row. */
static void works_on_nothing(void **state) {
  (void)state;
  house empty = begin_empty(), one = begin();
  house *both[] = {&empty, &one};
  for (int k = 0; k < 2; k++) {
    shelf x = books_of(both[k], POLICY, DAY);
    for (int report = 0; report < METRICS_REPORT_COUNT; report++) {
      metrics_result r;
      x.asked.report = (metrics_report)report;
      for (int g = 0; g < METRICS_GROUP_COUNT; g++) {
        x.asked.group = (metrics_group)g;
        must(both[k]->s, metrics_make(x.b, both[k]->s, &x.asked, x.a, &r));
      }
      assert_true(report_page(&r, SLICE("P"), LANG_PT, x.a).n > 1000);
    }
    arena_free(x.a);
    end(both[k]);
  }
}

/* ---- words ---- */

static void compares_with_the_period_before(void **state) {
  (void)state;
  static const struct {
    const char *from, *to, *before, *end;
  } CASES[] = {{"2026-03-01", "2026-03-31", "2026-02-01", "2026-02-28"},
               {"2026-01-01", "2026-03-31", "2025-10-01", "2025-12-31"},
               {"2026-03-02", "2026-03-31", "2026-01-31", "2026-03-01"},
               {"2026-03-05", "2026-03-05", "2026-03-04", "2026-03-04"}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    civil_date from, to, first, last, want;
    assert_true(date_parse(slice_of(CASES[i].from), &from) && date_parse(slice_of(CASES[i].to), &to));
    metrics_before(from, to, &first, &last);
    assert_true(date_parse(slice_of(CASES[i].before), &want) && date_eq(want, first));
    assert_true(date_parse(slice_of(CASES[i].end), &want) && date_eq(want, last));
  }
}

static void edges_rise(void **state) {
  (void)state;
  metrics_asked a;
  assert_true(metrics_edges_read(SLICE("15,30,60,90,180,360"), &a));
  assert_int_equal(a.edge_count, 6);
  assert_int_equal(a.edges[5], 360);
  assert_true(metrics_edges_read(SLICE("1,2,3,4,5,6,7,8,9,10,11,12"), &a));
  static const char *const BAD[] = {
      "", "0", "30,30", "30,20", "30,", ",30", "a", "30;60", "3661", "99999999999", "1,2,3,4,5,6,7,8,9,10,11,12,13"};
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) assert_false(metrics_edges_read(slice_of(BAD[i]), &a));
}

static void csv_has_no_formula(void **state) {
  (void)state;
  arena *a = arena_new();
  metrics_column columns[] = {{"name", "name", METRICS_TEXT}, {"sum", "sum", METRICS_MONEY}};
  metrics_value cells[] = {metrics_word(SLICE("=1+1")),      metrics_money(-150, CURRENCY_BRL),
                           metrics_word(SLICE("@x, \"y\"")), metrics_unknown(METRICS_MONEY),
                           metrics_word(SLICE("-1")),        metrics_money(0, CURRENCY_JPY)};
  metrics_table t = {.name = "t", .columns = columns, .column_count = 2, .cells = cells, .row_count = 3};
  assert_string_equal(arena_copy(a, report_csv(&t, false, a)), "name,sum\n'=1+1,-1.50\n\"'@x, \"\"y\"\"\",\n'-1,0\n");
  assert_memory_equal(report_csv(&t, true, a).p, "\xEF\xBB\xBFname", 7);
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(owes_what_it_owed_on_each_day),
                                     cmocka_unit_test(appears_and_is_cancelled_on_its_days),
                                     cmocka_unit_test(what_is_over_nothing_is_not_known),
                                     cmocka_unit_test(a_payment_follows_one_message),
                                     cmocka_unit_test(rows_add_up_to_their_number),
                                     cmocka_unit_test(what_names_no_rows_gets_none),
                                     cmocka_unit_test(works_on_nothing),
                                     cmocka_unit_test(compares_with_the_period_before),
                                     cmocka_unit_test(edges_rise),
                                     cmocka_unit_test(csv_has_no_formula)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
