/* Metrics: nothing over nothing, credit notes, edges of buckets and deadlines, overflow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/base/metrics.h"

/* In hundredths. */
static int64_t shown(ratio r) {
  decimal d = {0, 0};
  if (!ratio_show(r, 2, &d)) fail_msg("unknown");
  return d.n;
}

static void nothing_over_nothing_is_unknown(void **state) {
  (void)state;
  decimal d;
  assert_false(ratio_of(0, 0).known);
  assert_false(ratio_show(metrics_dso(100, 0, 30), 2, &d));
  assert_false(metrics_add(100, 10, 0, 30).known);
  assert_false(metrics_cei(0, 0, 1, 0, 0).known);
  assert_false(metrics_cei(1, 1, 0, 1, 1).known);
  revenue_move none = {0};
  assert_false(metrics_nrr(&none).known || metrics_grr(&none).known || metrics_logo_churn(&none).known);
  ratio weighted, simple;
  assert_true(metrics_days_late(NULL, 0, &weighted, &simple));
  assert_false(weighted.known || simple.known);
  assert_int_equal(shown(metrics_dso(-100, 50, 30)), -6000);
  assert_int_equal(shown(ratio_of(-1, -8)), 13); /* half up, away from zero */
  assert_int_equal(shown(ratio_of(1, -8)), -13);
}

static void aging_by_its_edges(void **state) {
  (void)state;
  arena *a = arena_new();
  static const int32_t edges[] = {30, 60};
  aging_terms t = {.as_of = date_of(2026, 4, 30), .edges = edges, .edge_count = 2};
  int64_t buckets[4];
  for (int days = -2; days <= 100; days++) {
    aging_invoice v = {SLICE("A"), {t.as_of.day - days}, 100};
    int32_t late;
    assert_true(metrics_aging(&t, &v, 1, buckets, &late));
    assert_int_equal(late, days > 0 ? days : 0);
    assert_int_equal(buckets[days <= 0 ? 0 : days <= 30 ? 1 : days <= 60 ? 2 : 3], 100);
  }
  static const char *const names[] = {"current", "1-30", "31-60", "61+"};
  for (size_t i = 0; i < 4; i++) assert_true(slice_eq(aging_bucket_name(&t, i, a), slice_of(names[i])));
  aging_terms one = {.as_of = t.as_of};
  assert_true(slice_eq(aging_bucket_name(&one, 1, a), SLICE("1+")));
  assert_true(metrics_aging(&t, NULL, 0, buckets, NULL));
  assert_true(buckets[0] == 0 && buckets[3] == 0);
  t.tolerance_days = 5; /* forgiven, then counted from the due date */
  aging_invoice late5 = {SLICE("A"), {t.as_of.day - 5}, 100}, late6 = {SLICE("A"), {t.as_of.day - 6}, 100};
  int32_t late;
  assert_true(metrics_aging(&t, &late5, 1, buckets, &late) && late == 0 && buckets[0] == 100);
  assert_true(metrics_aging(&t, &late6, 1, buckets, &late) && late == 6 && buckets[1] == 100);
  aging_invoice huge[] = {{SLICE("A"), t.as_of, INT64_MAX}, {SLICE("B"), t.as_of, 1}};
  assert_false(metrics_aging(&t, huge, 2, buckets, NULL));
  arena_free(a);
}

static void counting_back_through_odd_months(void **state) {
  (void)state;
  int64_t left;
  static const month_sales v[] = {{10000, 31}, {0, 28}, {-500, 31}, {10000, 30}};
  assert_int_equal(shown(metrics_dso_countback(0, v, 4, &left)), 0);
  assert_int_equal(shown(metrics_dso_countback(10000, v, 4, &left)), 3100); /* the first month covers all */
  assert_int_equal(shown(metrics_dso_countback(15000, v, 4, &left)), (31 + 28 + 31 + 15) * 100);
  assert_int_equal(left, 0);
  assert_int_equal(shown(metrics_dso_countback(500, NULL, 0, &left)), 0);
  assert_int_equal(left, 500);
  assert_int_equal(shown(metrics_dso_countback(-500, v, 4, &left)), 0);
  assert_int_equal(left, 0);
}

static void promises_at_their_deadline(void **state) {
  (void)state;
  civil_date due = date_of(2026, 4, 10);
  const dated_sum early = {date_of(2026, 4, 1), 250}, in_time = {date_of(2026, 4, 11), 60},
                  late = {date_of(2026, 4, 12), 100};
  const promise_case v[] = {{100, due, &early, 1}, {100, due, &in_time, 1}, {100, due, &late, 1}};
  promise_result r;
  assert_true(metrics_promises(date_of(2026, 4, 11), 1, v, 3, &r)); /* the last day is not over */
  assert_true(r.kept == 1 && r.pending == 2 && r.broken == 0);
  assert_int_equal(shown(r.rate_by_amount), 10000); /* paid early, and more than promised */
  assert_true(metrics_promises(date_of(2026, 4, 12), 1, v, 3, &r));
  assert_true(r.kept == 1 && r.pending == 0 && r.broken == 2 && r.partial == 1);
  assert_int_equal(shown(r.rate_by_count), 3333);
  assert_int_equal(shown(r.rate_by_amount), 5333);
  assert_true(metrics_promises(due, 0, v + 2, 1, &r));
  assert_true(r.pending == 1 && !r.rate_by_count.known && !r.rate_by_amount.known);
}

static void recovery_belongs_to_the_latest_step(void **state) {
  (void)state;
  civil_date d = date_of(2026, 3, 10);
  const step_run runs[] = {{SLICE("first"), SLICE("A"), d, 100},
                           {SLICE("second"), SLICE("A"), {d.day + 4}, 100},
                           {SLICE("third"), SLICE("A"), {d.day + 4}, 100}};
  const step_payment paid[] = {{SLICE("A"), {d.day - 1}, 1},  {SLICE("A"), d, 2},
                               {SLICE("A"), {d.day + 3}, 4},  {SLICE("A"), {d.day + 4}, 8},
                               {SLICE("A"), {d.day + 7}, 16}, {SLICE("A"), {d.day + 8}, 32},
                               {SLICE("B"), {d.day + 4}, 64}};
  step_recovery out[3];
  size_t count;
  assert_true(metrics_recovery(runs, 3, paid, 7, 3, out, &count));
  assert_int_equal(count, 3);
  assert_true(out[0].recovered == 6 && out[1].recovered == 0 && out[2].recovered == 24);
  assert_int_equal(shown(out[2].percent), 2400);
  assert_true(metrics_recovery(NULL, 0, paid, 7, 3, out, &count) && count == 0);
}

static void revenue_by_the_month(void **state) {
  (void)state;
  rational mrr;
  const recurring v[] = {{1000, PERIOD_WEEK, 1, true},
                         {100, PERIOD_YEAR, 1, true},
                         {600, PERIOD_HALF_YEAR, 2, true},
                         {365, PERIOD_DAY, 1, true},
                         {500, PERIOD_MONTH, 1, false}};
  assert_true(metrics_mrr(v, 5, &mrr));
  /* 1000 x 52 / 12 + 100 / 12 + 200 + 365 x 365 / 12 */
  assert_int_equal(rational_cmp(mrr, (rational){52000 + 100 + 2400 + 133225, 12}), 0);
  assert_true(metrics_mrr(NULL, 0, &mrr) && mrr.num == 0);
  assert_int_equal(billing_period_find(SLICE("Quarter")), PERIOD_QUARTER);
  assert_int_equal(billing_period_find(SLICE("decade")), PERIOD_COUNT);
}

static void what_became_of_the_customers(void **state) {
  (void)state;
  const customer_revenue start[] = {{SLICE("A"), 100}, {SLICE("B"), 100}, {SLICE("C"), 0}};
  const customer_revenue end[] = {{SLICE("A"), 0}, {SLICE("B"), 130}, {SLICE("C"), 50}, {SLICE("D"), 70}};
  revenue_move m;
  assert_true(metrics_revenue_move(start, 3, end, 4, &m));
  assert_true(m.churned == 100 && m.expansion == 30 && m.contraction == 0 && m.added == 120);
  assert_int_equal(shown(metrics_nrr(&m)), 6500);
  assert_int_equal(shown(metrics_grr(&m)), 5000);
  assert_int_equal(shown(metrics_logo_churn(&m)), 5000);
  const customer_revenue huge[] = {{SLICE("A"), INT64_MAX}, {SLICE("B"), INT64_MAX}};
  assert_false(metrics_revenue_move(huge, 2, end, 4, &m));
}

static void leakage_hides_nothing(void **state) {
  (void)state;
  const leakage_line v[] = {{1000, 900}, {500, 600}};
  leakage x;
  assert_true(metrics_leakage(v, 2, &x));
  assert_true(x.net == 0 && x.underbilled == 100 && x.expected == 1500);
  const leakage_line huge = {INT64_MAX, -1};
  assert_false(metrics_leakage(&huge, 1, &x));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_over_nothing_is_unknown),     cmocka_unit_test(aging_by_its_edges),
      cmocka_unit_test(counting_back_through_odd_months),    cmocka_unit_test(promises_at_their_deadline),
      cmocka_unit_test(recovery_belongs_to_the_latest_step), cmocka_unit_test(revenue_by_the_month),
      cmocka_unit_test(what_became_of_the_customers),        cmocka_unit_test(leakage_hides_nothing)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
