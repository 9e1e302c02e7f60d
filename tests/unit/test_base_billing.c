/* Billing dates, splits and proration: short months, 29 February, empty and negative sums, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/base/billing.h"
#include "lang/base/proration.h"

static void assert_date(civil_date d, int y, int m, int day) { assert_int_equal(d.day, date_of(y, m, day).day); }

static void due_dates_roll_and_clamp(void **state) {
  (void)state;
  arena *a = arena_new();
  calendar *brazil = calendar_embedded(a, SLICE("brazil"));
  due_day due = {31, DUE_ROLL_NONE, brazil};
  assert_date(billing_due(&due, date_of(2026, 2, 17)), 2026, 2, 28); /* any day of the month names it */
  assert_date(billing_due(&due, date_of(2024, 2, 1)), 2024, 2, 29);
  due.roll = DUE_ROLL_NEXT;
  assert_date(billing_due(&due, date_of(2026, 2, 1)), 2026, 3, 2);
  due.roll = DUE_ROLL_PREV;
  assert_date(billing_due(&due, date_of(2026, 2, 1)), 2026, 2, 27);
  due.cal = NULL; /* without a calendar every day is a business day */
  assert_date(billing_due(&due, date_of(2026, 2, 1)), 2026, 2, 28);
  assert_true(date_is_none(billing_due(&due, DATE_NONE)));
  arena_free(a);
}

static void a_run_leaves_the_days_to_pay(void **state) {
  (void)state;
  arena *a = arena_new();
  due_day due = {5, DUE_ROLL_NONE, NULL};
  assert_date(billing_run_due(&due, date_of(2026, 2, 1), 4), 2026, 2, 5);
  assert_date(billing_run_due(&due, date_of(2026, 2, 1), 5), 2026, 3, 5);
  assert_date(billing_run_due(&due, date_of(2026, 12, 30), 40), 2027, 3, 5);
  /* 31 January 2026 is a Saturday: on 1 February its due date is still to come, on the 2nd. */
  due_day rolled = {31, DUE_ROLL_NEXT, calendar_embedded(a, SLICE("brazil"))};
  assert_date(billing_run_due(&rolled, date_of(2026, 2, 1), 0), 2026, 2, 2);
  assert_date(billing_run_due(&rolled, date_of(2026, 2, 3), 0), 2026, 3, 2);
  /* Rolled back, a month's own date can lie too early. */
  due_day back = {1, DUE_ROLL_PREV, rolled.cal};
  assert_date(billing_run_due(&back, date_of(2026, 5, 1), 0), 2026, 6, 1);
  assert_true(date_is_none(billing_run_due(&due, date_of(9999, 12, 30), 0)));
  assert_date(billing_run_due(&due, date_of(1, 1, 1), 0), 1, 1, 5);
  arena_free(a);
}

static void schedules_are_anchored(void **state) {
  (void)state;
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (int i = 0; i < 24; i++) {
    civil_date d = billing_schedule(date_of(2025, 1, 31), 31, 1, i);
    assert_int_equal(date_day(d), days[i % 12]); /* no February makes it forget its 31 */
    assert_int_equal(date_month(d), i % 12 + 1);
  }
  assert_date(billing_schedule(date_of(2024, 2, 29), 29, 12, 4), 2028, 2, 29);
  /* From a day past the anchor the first date is in the next month, and the others count from there. */
  assert_date(billing_schedule(date_of(2026, 1, 20), 5, 3, 0), 2026, 2, 5);
  assert_date(billing_schedule(date_of(2026, 1, 20), 5, 3, 1), 2026, 5, 5);
  assert_date(billing_schedule(date_of(2026, 2, 28), 31, 1, 0), 2026, 2, 28);
  assert_true(date_is_none(billing_schedule(date_of(9999, 12, 1), 1, 1, 1)));
}

static void renewals_and_their_notice(void **state) {
  (void)state;
  renewal_dates r = billing_renewal(date_of(2024, 2, 29), 48, 0);
  assert_date(r.renews, 2028, 2, 29);
  assert_date(r.last_day, 2028, 2, 28);
  assert_date(r.notice_last, 2028, 2, 29);
  r = billing_renewal(date_of(2025, 12, 31), 2, 60);
  assert_date(r.renews, 2026, 2, 28);
  assert_date(r.notice_last, 2025, 12, 30);
  r = billing_renewal(date_of(9999, 6, 1), 12, 30);
  assert_true(date_is_none(r.renews) && date_is_none(r.last_day) && date_is_none(r.notice_last));
}

static void splits_add_up(void **state) {
  (void)state;
  static const int64_t sums[] = {0, 1, -1, 5, 10000, -10000, 20000, INT64_MAX, INT64_MIN};
  for (size_t s = 0; s < sizeof sums / sizeof *sums; s++)
    for (size_t count = 1; count <= 13; count++)
      for (cents_rule how = 0; how < CENTS_COUNT; how++) {
        int64_t parts[13], sum = 0, least = INT64_MAX, most = INT64_MIN;
        billing_split(sums[s], count, how, parts);
        for (size_t i = 0; i < count; i++) {
          sum += parts[i];
          if (parts[i] < least) least = parts[i];
          if (parts[i] > most) most = parts[i];
        }
        assert_true(sum == sums[s]);
        if (how == CENTS_SPREAD) assert_true(most - least <= 1);
      }
  int64_t parts[3];
  billing_split(-20000, 3, CENTS_SPREAD, parts);
  assert_true(parts[0] == -6667 && parts[1] == -6667 && parts[2] == -6666);
  billing_split(-10000, 3, CENTS_LAST, parts);
  assert_true(parts[0] == -3333 && parts[2] == -3334);
}

/* --- proration
 * -------------------------------------------------------------------------------------------------------- */

static int64_t start_of(proration_rule how, int64_t price, civil_date d) {
  int64_t sum = -1;
  if (prorate_start(how, price, d, ROUND_HALF_EVEN, &sum) != PRORATION_OK) fail_msg("not computed");
  return sum;
}

static int64_t end_of(proration_rule how, int64_t price, civil_date d) {
  int64_t sum = -1;
  if (prorate_end(how, price, d, ROUND_HALF_EVEN, &sum) != PRORATION_OK) fail_msg("not computed");
  return sum;
}

static void thirty_day_months_at_their_edges(void **state) {
  (void)state;
  assert_int_equal(start_of(PRORATION_30, 3000, date_of(2026, 1, 1)), 3000);
  assert_int_equal(start_of(PRORATION_30, 3000, date_of(2026, 1, 30)), 100);
  assert_int_equal(start_of(PRORATION_30, 3000, date_of(2026, 1, 31)), 100);
  assert_int_equal(start_of(PRORATION_30, 3000, date_of(2026, 2, 28)), 300);
  assert_int_equal(start_of(PRORATION_30, 3000, date_of(2024, 2, 29)), 200);
  assert_int_equal(start_of(PRORATION_30_EXCLUSIVE, 3000, date_of(2026, 1, 30)), 0);
  assert_int_equal(start_of(PRORATION_30_EXCLUSIVE, 3000, date_of(2026, 1, 31)), 0);
  assert_int_equal(start_of(PRORATION_30_EXCLUSIVE, 3000, date_of(2026, 1, 1)), 2900);
  assert_int_equal(end_of(PRORATION_30, 3000, date_of(2026, 1, 1)), 100);
  assert_int_equal(end_of(PRORATION_30, 3000, date_of(2026, 1, 30)), 3000);
  assert_int_equal(end_of(PRORATION_30, 3000, date_of(2026, 1, 31)), 3000);
  assert_int_equal(end_of(PRORATION_30, 3000, date_of(2024, 2, 28)), 2800);
  assert_int_equal(end_of(PRORATION_30, 3000, date_of(2024, 2, 29)), 3000);
  assert_int_equal(end_of(PRORATION_ACTUAL, 2900, date_of(2024, 2, 28)), 2800);
  assert_int_equal(end_of(PRORATION_30_EXCLUSIVE, 3000, date_of(2026, 1, 15)), 1400);
}

#define WHOLE (28 * 29 * 30 * 31) /* every month divides it */

static void the_two_parts_of_a_month_make_it_whole(void **state) {
  (void)state;
  static const proration_rule hows[] = {PRORATION_ACTUAL, PRORATION_30};
  for (civil_date d = date_of(2024, 1, 1); date_cmp(d, date_of(2025, 3, 1)) < 0; d.day++) {
    if (date_day(d) == 1 || date_day(d) == 31) continue; /* day 31 of a 30-day month is day 30: counted on both sides */
    for (size_t i = 0; i < 2; i++)
      assert_int_equal(start_of(hows[i], WHOLE, d) + end_of(hows[i], WHOLE, (civil_date){d.day - 1}), WHOLE);
  }
}

static void days_that_somebody_counted(void **state) {
  (void)state;
  int64_t sum;
  assert_int_equal(prorate_days(PRORATION_ACTUAL, 2800, 7, DATE_NONE, ROUND_HALF_UP, &sum), PRORATION_DATES);
  assert_int_equal(prorate_days(PRORATION_ACTUAL, 2800, 7, date_of(2026, 2, 9), ROUND_HALF_UP, &sum), PRORATION_OK);
  assert_int_equal(sum, 700);
  assert_int_equal(prorate_days(PRORATION_30_DAY_ROUNDED, 100000, 0, DATE_NONE, ROUND_HALF_UP, &sum), PRORATION_OK);
  assert_int_equal(sum, 0);
  assert_int_equal(prorate_days(PRORATION_30_DAY_ROUNDED, -100000, 11, DATE_NONE, ROUND_HALF_UP, &sum), PRORATION_OK);
  assert_int_equal(sum, -36663);
}

static int64_t part_of(proration_rule how, civil_date first, civil_date last) {
  day_range period = {date_of(2026, 2, 5), date_of(2026, 3, 4)}; /* 28 days, 30 of 30-day months */
  int64_t sum = -1;
  if (prorate_part(how, 84000, period, (day_range){first, last}, ROUND_HALF_EVEN, &sum) != PRORATION_OK)
    fail_msg("not computed");
  return sum;
}

static void a_part_of_any_period(void **state) {
  (void)state;
  for (proration_rule how = 0; how < PRORATION_COUNT; how++) {
    assert_int_equal(part_of(how, date_of(2025, 1, 1), date_of(2027, 1, 1)), 84000); /* the whole is the price */
    assert_int_equal(part_of(how, date_of(2026, 3, 5), date_of(2027, 1, 1)), 0);
    assert_int_equal(part_of(how, date_of(2025, 1, 1), date_of(2026, 2, 4)), 0);
  }
  assert_int_equal(part_of(PRORATION_ACTUAL, date_of(2026, 2, 26), date_of(2027, 1, 1)), 21000); /* 7 of 28 */
  assert_int_equal(part_of(PRORATION_30, date_of(2026, 2, 26), date_of(2027, 1, 1)), 25200);     /* 9 of 30 */
  assert_int_equal(part_of(PRORATION_30_EXCLUSIVE, date_of(2026, 2, 26), date_of(2027, 1, 1)), 22400);
  day_range bad = {date_of(2026, 3, 4), date_of(2026, 3, 3)};
  int64_t sum;
  assert_int_equal(prorate_part(PRORATION_30, 1, bad, bad, ROUND_HALF_EVEN, &sum), PRORATION_DATES);
}

static void changes_at_the_edges_of_their_period(void **state) {
  (void)state;
  price_change c = {10000, 16000, date_of(2026, 3, 1), date_of(2026, 4, 1), date_of(2026, 4, 1)};
  price_change_result r;
  for (proration_rule how = 0; how < PRORATION_COUNT; how++) {
    assert_int_equal(prorate_change(how, &c, ROUND_HALF_UP, &r), PRORATION_OK);
    assert_true(r.credit == 0 && r.charge == 0 && r.net == 0); /* nothing is left to change */
  }
  c.change = date_of(2026, 4, 2);
  assert_int_equal(prorate_change(PRORATION_ACTUAL, &c, ROUND_HALF_UP, &r), PRORATION_DATES);
  c.change = date_of(2026, 2, 28);
  assert_int_equal(prorate_change(PRORATION_ACTUAL, &c, ROUND_HALF_UP, &r), PRORATION_DATES);
  c = (price_change){0, 30000, date_of(2026, 1, 1), date_of(2026, 4, 1),
                     date_of(2026, 3, 1)}; /* a quarter, from free */
  assert_int_equal(prorate_change(PRORATION_30, &c, ROUND_HALF_UP, &r), PRORATION_OK);
  assert_true(r.credit == 0 && r.charge == 10000 && r.net == 10000);
  c = (price_change){1, 1, date_of(2026, 3, 30), date_of(2026, 3, 31), date_of(2026, 3, 30)}; /* no day of 30E/360 */
  assert_int_equal(prorate_change(PRORATION_30, &c, ROUND_HALF_UP, &r), PRORATION_DATES);
}

static void too_much_is_an_overflow(void **state) {
  (void)state;
  int64_t sum = 42;
  assert_int_equal(prorate_days(PRORATION_30, INT64_MAX, 31, DATE_NONE, ROUND_HALF_UP, &sum), PRORATION_OVERFLOW);
  assert_int_equal(prorate_days(PRORATION_365, INT64_MAX, 365, DATE_NONE, ROUND_HALF_UP, &sum), PRORATION_OVERFLOW);
  assert_int_equal(sum, 42); /* left alone */
  assert_int_equal(prorate_days(PRORATION_30, INT64_MAX, 30, DATE_NONE, ROUND_HALF_UP, &sum), PRORATION_OK);
  assert_true(sum == INT64_MAX);
  price_change c = {INT64_MIN, INT64_MAX, date_of(2026, 3, 1), date_of(2026, 4, 1), date_of(2026, 3, 1)};
  price_change_result r;
  assert_int_equal(prorate_change(PRORATION_ACTUAL, &c, ROUND_HALF_UP, &r), PRORATION_OVERFLOW);
}

static void names_are_found(void **state) {
  (void)state;
  for (proration_rule how = 0; how < PRORATION_COUNT; how++)
    assert_int_equal(proration_find(slice_of(proration_name(how))), how);
  assert_int_equal(proration_find(SLICE("31")), PRORATION_COUNT);
  assert_int_equal(due_roll_find(SLICE("PREV")), DUE_ROLL_PREV);
  assert_int_equal(due_roll_find(SLICE("")), DUE_ROLL_COUNT);
  assert_int_equal(cents_find(SLICE("spread")), CENTS_SPREAD);
  assert_int_equal(cents_find(SLICE("middle")), CENTS_COUNT);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(due_dates_roll_and_clamp),
                                     cmocka_unit_test(a_run_leaves_the_days_to_pay),
                                     cmocka_unit_test(schedules_are_anchored),
                                     cmocka_unit_test(renewals_and_their_notice),
                                     cmocka_unit_test(splits_add_up),
                                     cmocka_unit_test(thirty_day_months_at_their_edges),
                                     cmocka_unit_test(the_two_parts_of_a_month_make_it_whole),
                                     cmocka_unit_test(days_that_somebody_counted),
                                     cmocka_unit_test(a_part_of_any_period),
                                     cmocka_unit_test(changes_at_the_edges_of_their_period),
                                     cmocka_unit_test(too_much_is_an_overflow),
                                     cmocka_unit_test(names_are_found)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
