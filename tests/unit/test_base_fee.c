/* Late fee and interest: what the vectors do not show (caps, spreads, limits, long compounding, missing rates). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/base/fee.h"

static const fee_rate one_percent[] = {{{DATE_NONE_DAY}, {1, 0}}};

/* 2% plus 1% a month, as a policy says it. */
static fee_terms usual(void) {
  fee_terms t = fee_terms_default();
  t.fee_percent = (decimal){2, 0};
  t.rates = one_percent;
  t.rate_count = 1;
  return t;
}

static fee_case owing(int64_t minor, int days) {
  civil_date due = date_of(2026, 3, 10);
  return (fee_case){.amount = {minor, CURRENCY_BRL}, .due = due, .on = {due.day + days}, .factor = {1, 0}};
}

static fee_result computed(const fee_terms *t, const fee_case *c) {
  fee_result r;
  if (fee_compute(t, c, &r) != FEE_OK) fail_msg("not computed");
  return r;
}

static void the_default_sentence(void **state) {
  (void)state;
  fee_terms t = usual();
  fee_case c = owing(150000, 10);
  fee_result r = computed(&t, &c);
  assert_int_equal(r.fee, 3000);
  assert_int_equal(r.interest, 500);
  assert_int_equal(r.total, 153500);
  assert_int_equal(r.late_days, 10);
  assert_true(r.late);
  for (int days = -3; days <= 0; days++) {
    c = owing(150000, days);
    r = computed(&t, &c);
    assert_false(r.late);
    assert_int_equal(r.late_days, 0);
    assert_int_equal(r.total, 150000);
  }
  t = fee_terms_default(); /* nothing agreed: nothing due */
  c = owing(150000, 10);
  r = computed(&t, &c);
  assert_true(r.late && r.fee == 0 && r.interest == 0);
}

static void tolerance_and_deferral_at_their_edges(void **state) {
  (void)state;
  fee_terms t = usual();
  t.tolerance_days = 3;
  fee_case c = owing(300000, 3);
  assert_int_equal(computed(&t, &c).total, 300000);
  c = owing(300000, 4);
  assert_int_equal(computed(&t, &c).late_days, 4);
  t = usual();
  t.deferred_days = 3;
  c = owing(300000, 3);
  assert_false(computed(&t, &c).late);
  c = owing(300000, 4);
  assert_int_equal(computed(&t, &c).late_days, 1);
}

static void the_cap_holds_percent_and_fixed_together(void **state) {
  (void)state;
  const fee_tier fixed[] = {{0, 4000}};
  fee_terms t = usual();
  t.tiers = fixed;
  t.tier_count = 1;
  fee_case c = owing(150000, 10);
  assert_int_equal(computed(&t, &c).fee, 7000);
  t.fee_capped = true;
  t.fee_max_minor = 7000;
  assert_int_equal(computed(&t, &c).fee, 7000);
  t.fee_max_minor = 6999;
  assert_int_equal(computed(&t, &c).fee, 6999);
}

static void tiers_begin_at_their_sum(void **state) {
  (void)state;
  const fee_tier tiers[] = {{0, 4000}, {100000, 7000}, {1000000, 10000}};
  static const struct {
    int64_t minor, fee;
  } cases[] = {{99999, 4000}, {100000, 7000}, {999999, 7000}, {1000000, 10000}};
  fee_terms t = fee_terms_default();
  t.tiers = tiers;
  t.tier_count = 3;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    fee_case c = owing(cases[i].minor, 1);
    assert_int_equal(computed(&t, &c).fee, cases[i].fee);
  }
}

static void bases_differ_only_with_payments(void **state) {
  (void)state;
  const fee_payment half[] = {{{date_of(2026, 3, 25).day}, 150000}, {{date_of(2027, 1, 1).day}, 7}};
  fee_terms t = usual();
  fee_case c = owing(300000, 30);
  for (int base = FEE_ON_RUNNING; base <= FEE_ON_ORIGINAL; base++) {
    t.base = (fee_base)base;
    assert_int_equal(computed(&t, &c).interest, 3000);
  }
  c.payments = half; /* after 15 of 30 days; the second one lies after the day of valuation */
  c.payment_count = 2;
  t.base = FEE_ON_RUNNING;
  assert_int_equal(computed(&t, &c).interest, 2250);
  assert_int_equal(computed(&t, &c).paid, 150000);
  t.base = FEE_ON_OPEN;
  assert_int_equal(computed(&t, &c).interest, 1500);
  t.base = FEE_ON_ORIGINAL;
  assert_int_equal(computed(&t, &c).interest, 3000);
}

static void what_is_overpaid_earns_nothing(void **state) {
  (void)state;
  const fee_payment more[] = {{{date_of(2026, 3, 10).day}, 400000}};
  fee_terms t = usual();
  fee_case c = owing(300000, 30);
  c.payments = more;
  c.payment_count = 1;
  for (int compound = 0; compound < 2; compound++) {
    t.compound = compound;
    for (int at = FEE_ROUND_END; at <= FEE_ROUND_RATE3; at++) {
      t.round_at = (fee_round_at)at;
      assert_int_equal(computed(&t, &c).interest, 0);
    }
  }
  t.unit = FEE_MONEY_PER_DAY;
  t.divisor = 1;
  assert_int_equal(computed(&t, &c).interest, 0);
}

static void series_with_a_spread(void **state) {
  (void)state;
  const fee_rate series[] = {{{date_of(2026, 1, 1).day}, {215, 2}}, {{date_of(2026, 3, 21).day}, {240, 2}}};
  fee_terms t = fee_terms_default();
  t.rates = series;
  t.rate_count = 2;
  t.spread = (decimal){8, 0};
  t.unit = FEE_PER_YEAR;
  t.divisor = 365;
  fee_case c = owing(36500000, 20);
  assert_int_equal(computed(&t, &c).interest, 101500 + 104000); /* 10 days at 10.15%, 10 at 10.40% */
  t.rate_locked = true;
  assert_int_equal(computed(&t, &c).interest, 203000);
  t.rate_locked = false;
  t.spread = (decimal){-3, 0}; /* a rate below 0 is 0 */
  assert_int_equal(computed(&t, &c).interest, 0);
}

static void a_series_that_begins_too_late_is_said(void **state) {
  (void)state;
  const fee_rate series[] = {{{date_of(2026, 3, 12).day}, {1, 0}}};
  fee_terms t = usual();
  t.rates = series;
  fee_case c = owing(300000, 5);
  fee_result r;
  assert_int_equal(fee_compute(&t, &c, &r), FEE_NO_RATE);
  c.due = date_of(2026, 3, 11); /* the first late day is the series' first */
  assert_int_equal(fee_compute(&t, &c, &r), FEE_OK);
}

static void compounding_is_exact_over_many_periods(void **state) {
  (void)state;
  fee_terms t = usual();
  t.fee_percent = (decimal){0, 0};
  t.compound = true;
  fee_case c = owing(100000, 30 * 120);
  /* 1000.00 * 1.01^120 = 3300.38689..., * 1.01^400 = 53524.11720... */
  assert_int_equal(computed(&t, &c).interest, 230039);
  c = owing(100000, 30 * 400);
  assert_int_equal(computed(&t, &c).interest, 5252412);
  c = owing(100000, 29); /* before the first joining it is simple */
  assert_int_equal(computed(&t, &c).interest, 967);
  t.round_at = FEE_ROUND_DAY; /* 33 cents a day, then on 1 009.90: 34 */
  c = owing(100000, 31);
  assert_int_equal(computed(&t, &c).interest, 30 * 33 + 34);
}

static void too_much_is_an_overflow(void **state) {
  (void)state;
  fee_terms t = usual();
  fee_result r = {.total = 42};
  fee_case c = owing(INT64_MAX, 10);
  assert_int_equal(fee_compute(&t, &c, &r), FEE_OVERFLOW);
  c.factor = (decimal){2, 0};
  assert_int_equal(fee_compute(&t, &c, &r), FEE_OVERFLOW);
  const fee_payment two[] = {{{0}, INT64_MAX}, {{0}, 1}};
  c = owing(100, 10);
  c.payments = two;
  c.payment_count = 2;
  assert_int_equal(fee_compute(&t, &c, &r), FEE_OVERFLOW);
  const fee_rate wild[] = {{{DATE_NONE_DAY}, {INT64_MAX, 0}}};
  t.rates = wild;
  t.compound = true;
  c = owing(INT64_MAX / 4, 3000);
  assert_int_equal(fee_compute(&t, &c, &r), FEE_OVERFLOW);
  t.round_at = FEE_ROUND_DAY;
  assert_int_equal(fee_compute(&t, &c, &r), FEE_OVERFLOW);
  t.compound = false;
  t.round_at = FEE_ROUND_END;
  assert_int_equal(fee_compute(&t, &c, &r), FEE_OVERFLOW);
  t.tolerance_days = INT32_MAX;
  assert_int_equal(fee_compute(&t, &c, &r), FEE_OVERFLOW);
  assert_int_equal(r.total, 42); /* left alone */
  t = usual();
  t.fee_percent = (decimal){0, 0};
  c = owing(INT64_MAX / 2, 10); /* at the limit it still counts */
  assert_int_equal(fee_compute(&t, &c, &r), FEE_OK);
}

static void business_days_and_their_divisors(void **state) {
  (void)state;
  arena *a = arena_new();
  fee_terms t = usual();
  t.days = FEE_DAYS_BUSINESS;
  t.divisor = fee_divisor(FEE_PER_MONTH, FEE_DAYS_BUSINESS);
  fee_case c = owing(2100000, 30);
  c.cal = calendar_embedded(a, SLICE("brazil"));
  fee_result r = computed(&t, &c);
  assert_int_equal(r.late_days, calendar_count_business(c.cal, c.due, c.on));
  assert_int_equal(r.interest, r.late_days * 1000);
  assert_int_equal(fee_divisor(FEE_PER_YEAR, FEE_DAYS_BUSINESS), 252);
  assert_int_equal(fee_divisor(FEE_PER_YEAR, FEE_DAYS_ACTUAL), 365);
  assert_int_equal(fee_divisor(FEE_PER_YEAR, FEE_DAYS_30E), 360);
  assert_int_equal(fee_divisor(FEE_PER_DAY, FEE_DAYS_ACTUAL), 1);
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(the_default_sentence),
                                     cmocka_unit_test(tolerance_and_deferral_at_their_edges),
                                     cmocka_unit_test(the_cap_holds_percent_and_fixed_together),
                                     cmocka_unit_test(tiers_begin_at_their_sum),
                                     cmocka_unit_test(bases_differ_only_with_payments),
                                     cmocka_unit_test(what_is_overpaid_earns_nothing),
                                     cmocka_unit_test(series_with_a_spread),
                                     cmocka_unit_test(a_series_that_begins_too_late_is_said),
                                     cmocka_unit_test(compounding_is_exact_over_many_periods),
                                     cmocka_unit_test(too_much_is_an_overflow),
                                     cmocka_unit_test(business_days_and_their_divisors)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
