/* Price indices: the embedded files, malformed texts, missing months, every step of an adjustment at its edge, limits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/base/indexation.h"

static int new_arena(void **state) {
  *state = arena_new();
  return 0;
}

static int free_arena(void **state) {
  arena_free(*state);
  return 0;
}

static const index_series *series_of(arena *a, const char *text) {
  index_fault fault;
  const index_series *s = index_series_build(a, slice_of(text), &fault);
  if (!s) fail_msg("line %u: %s", fault.line, fault.what);
  return s;
}

static index_terms terms_of(const char *names, int months) {
  index_terms t = index_terms_default();
  if (!index_names_parse(slice_of(names), &t)) fail_msg("names");
  t.months = months;
  return t;
}

static void the_embedded_files_have_no_fault(void **state) {
  int count = 0;
  for (const struct embedded *e = stdlib_indices; e->name; e++, count++) {
    const index_series *s = series_of(*state, e->text);
    assert_true(s->count > 0);
    for (size_t i = 1; i < s->count; i++) /* no hole in a published series */
      assert_int_equal(s->v[i].month.day, date_add_months(s->v[i - 1].month, 1).day);
  }
  assert_true(count >= 2);
  assert_non_null(index_series_embedded(*state, SLICE("ipca")));
  assert_ptr_equal(index_find_embedded(SLICE("IGPM")), index_find_embedded(SLICE("igp-m")));
  assert_null(index_series_embedded(*state, SLICE("INPC")));
  assert_null(index_find_embedded(SLICE("")));
  slice names[8];
  assert_int_equal(index_embedded_names(names, 8), 3);
  assert_int_equal(index_embedded_names(names, 0), 3);
}

static void faults_name_their_line(void **state) {
  static const struct {
    const char *text;
    unsigned line;
  } cases[] = {{"", 0},
               {"2026-01 0.1\n", 1},
               {"index X\nindex Y\n", 2},
               {"index\n", 1},
               {"index X\n2026-01 0.1\n2026-01 0.2\n", 3},
               {"index X\n2026-02 0.1\n2026-01 0.2\n", 3},
               {"index X\n2026-13 0.1\n", 2},
               {"index X\n2026-01\n", 2},
               {"index X\n2026-01 0,1\n", 2},
               {"index X\n2026-01 -100\n", 2},
               {"index X\n2026-01 0.1 0.2 0.3\n", 2}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    index_fault fault;
    const index_series *s = index_series_build(*state, slice_of(cases[i].text), &fault);
    assert_null(s);
    assert_int_equal(fault.line, cases[i].line);
    assert_non_null(fault.what);
  }
}

static void comments_blanks_and_unknown_figures(void **state) {
  const index_series *s = series_of(*state, "# one\nindex X # name\r\n\n2026-01 -0.10 4.5 # both\n2026-03 - 4.6");
  assert_true(slice_eq(s->name, SLICE("X")));
  assert_int_equal(s->count, 2);
  const index_month *m = index_series_month(s, date_of(2026, 1, 20));
  assert_true(m && m->has_change && m->change.n == -10 && m->has_published);
  m = index_series_month(s, date_of(2026, 3, 1));
  assert_true(m && !m->has_change && m->published_12m.n == 46);
  assert_null(index_series_month(s, date_of(2026, 2, 1)));
  assert_null(index_series_month(s, date_of(2026, 4, 1)));
  assert_null(index_series_month(s, DATE_NONE));
}

static void missing_months_are_said(void **state) {
  const index_series *s = series_of(*state, "index X\n2026-01 1\n2026-03 1\n");
  index_terms t = terms_of("X", 3);
  index_result r;
  assert_int_equal(index_adjust(&t, &s, date_of(2026, 4, 9), 100, &r), INDEX_MISSING);
  assert_true(slice_eq(r.missing_index, SLICE("X")));
  assert_int_equal(r.missing_month.day, date_of(2026, 2, 1).day);
  t.months = 1;
  assert_int_equal(index_adjust(&t, &s, date_of(2026, 4, 9), 100, &r), INDEX_OK);
  assert_int_equal(r.price, 101);
  assert_int_equal(index_adjust(&t, &s, date_of(2026, 5, 1), 100, &r), INDEX_MISSING); /* not published yet */
  t.figure = INDEX_OFFICIAL;
  t.months = 12;
  assert_int_equal(index_adjust(&t, &s, date_of(2026, 4, 9), 100, &r), INDEX_MISSING); /* never published */
  const index_series *none = NULL;
  assert_int_equal(index_adjust(&t, &none, date_of(2026, 4, 9), 100, &r), INDEX_MISSING);
  assert_true(date_is_none(r.missing_month));
}

static void terms_out_of_bounds_are_said(void **state) {
  const index_series *s = series_of(*state, "index X\n2026-01 1 5\n");
  index_result r;
  static const int bad_months[] = {0, -1, INDEX_MONTHS_MAX + 1};
  for (int i = 0; i < 3; i++) {
    index_terms t = terms_of("X", bad_months[i]);
    assert_int_equal(index_adjust(&t, &s, date_of(2026, 2, 1), 1, &r), INDEX_TERMS);
  }
  index_terms t = terms_of("X", 6);
  t.figure = INDEX_OFFICIAL; /* there is no official figure of six months */
  assert_int_equal(index_adjust(&t, &s, date_of(2026, 2, 1), 1, &r), INDEX_TERMS);
  t = terms_of("X", 12);
  t.lag = -1;
  assert_int_equal(index_adjust(&t, &s, date_of(2026, 2, 1), 1, &r), INDEX_TERMS);
  t.lag = 1;
  t.factor_decimals = FACTOR_DECIMALS_MAX + 1;
  assert_int_equal(index_adjust(&t, &s, date_of(2026, 2, 1), 1, &r), INDEX_TERMS);
}

static void official_and_chained_differ(void **state) {
  const index_series *ipca = index_series_embedded(*state, SLICE("IPCA"));
  index_terms t = terms_of("IPCA", 12);
  index_result r;
  assert_int_equal(index_adjust(&t, &ipca, date_of(2023, 1, 10), 1000000, &r), INDEX_OK);
  assert_int_equal(r.price, 1057848); /* 5.7848 chained */
  t.figure = INDEX_OFFICIAL;
  assert_int_equal(index_adjust(&t, &ipca, date_of(2023, 1, 10), 1000000, &r), INDEX_OK);
  assert_int_equal(r.price, 1057900); /* 5.79 published */
  t.months = 24;
  assert_int_equal(index_adjust(&t, &ipca, date_of(2023, 1, 10), 1000000, &r), INDEX_OK);
  assert_int_equal(r.price, 1164325); /* 1.1006 x 1.0579 */
}

static void floor_cap_and_plus_in_that_order(void **state) {
  const index_series *s = series_of(*state, "index X\n2026-01 -3\n2026-02 12\n");
  index_terms t = terms_of("X", 1);
  index_result r;
  civil_date falls = date_of(2026, 2, 1), rises = date_of(2026, 3, 1);
  assert_int_equal(index_adjust(&t, &s, falls, 10000, &r), INDEX_OK);
  assert_int_equal(r.price, 9700);
  t.floor = INDEX_FLOOR_TOTAL; /* `only up` */
  assert_int_equal(index_adjust(&t, &s, falls, 10000, &r), INDEX_OK);
  assert_int_equal(r.price, 10000);
  assert_int_equal(r.accumulated.n, -30000);
  t.floor_percent = (decimal){15, 1}; /* at least 1.5% */
  t.plus_percent = (decimal){2, 0};
  assert_int_equal(index_adjust(&t, &s, falls, 10000, &r), INDEX_OK);
  assert_int_equal(r.price, 10350);
  t.capped = true;
  t.cap_percent = (decimal){10, 0};
  assert_int_equal(index_adjust(&t, &s, rises, 10000, &r), INDEX_OK);
  assert_int_equal(r.price, 11200);
  t.plus_percent = (decimal){-5, 0}; /* minus five points */
  assert_int_equal(index_adjust(&t, &s, rises, 10000, &r), INDEX_OK);
  assert_int_equal(r.price, 10500);
  t.plus_percent = (decimal){-500, 0}; /* no price falls below 0 */
  assert_int_equal(index_adjust(&t, &s, rises, 10000, &r), INDEX_OK);
  assert_int_equal(r.price, 0);
}

static void picks_the_least_or_the_most(void **state) {
  const index_series *both[] = {series_of(*state, "index A\n2026-01 1\n2026-02 5\n"),
                                series_of(*state, "index B\n2026-01 4\n2026-02 -9\n")};
  index_terms t = terms_of("min(A; B)", 2);
  index_result r;
  assert_int_equal(t.count, 2);
  assert_int_equal(index_adjust(&t, both, date_of(2026, 3, 1), 1000000, &r), INDEX_OK);
  assert_true(slice_eq(r.index, SLICE("B")) && r.price == 946400);
  t = terms_of("max(A;B)", 2);
  assert_int_equal(index_adjust(&t, both, date_of(2026, 3, 1), 1000000, &r), INDEX_OK);
  assert_true(slice_eq(r.index, SLICE("A")) && r.price == 1060500);
  t.months = 1; /* January alone: the other way round */
  t.lag = 2;
  assert_int_equal(index_adjust(&t, both, date_of(2026, 3, 1), 1000000, &r), INDEX_OK);
  assert_true(slice_eq(r.index, SLICE("B")) && r.price == 1040000);
  static const char *const bad[] = {"", "min(", "min()", "min(A;)", "max(A", "min(1;2;3;4;5;6;7;8;9)"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(index_names_parse(slice_of(bad[i]), &t));
}

static void nothing_is_lost_over_many_months(void **state) {
  char text[INDEX_MONTHS_MAX * 16 + 16] = "index X\n";
  size_t n = 8;
  for (int i = 0; i < INDEX_MONTHS_MAX; i++)
    n += (size_t)snprintf(text + n, sizeof text - n, "%04d-%02d 0.00\n", 1970 + i / 12, i % 12 + 1);
  const index_series *s = series_of(*state, text);
  index_terms t = terms_of("X", INDEX_MONTHS_MAX);
  index_result r;
  assert_int_equal(index_adjust(&t, &s, date_of(2020, 1, 1), INT64_MAX, &r), INDEX_OK);
  assert_true(r.price == INT64_MAX); /* at the limit, and not one past it */
  t.plus_percent = (decimal){1, 0};
  assert_int_equal(index_adjust(&t, &s, date_of(2020, 1, 1), INT64_MAX, &r), INDEX_OVERFLOW);
  assert_int_equal(index_adjust(&t, &s, date_of(2020, 1, 1), -10050, &r), INDEX_OK);
  assert_int_equal(r.price, -10150); /* -101.505: half even */
  assert_int_equal(index_adjust(&t, &s, date_of(2020, 1, 1), 0, &r), INDEX_OK);
  assert_int_equal(r.price, 0);
}

static void the_factor_is_rounded_where_the_contract_says_so(void **state) {
  const index_series *s = series_of(*state, "index X\n2026-01 0.125\n");
  index_terms t = terms_of("X", 1);
  index_result r;
  assert_int_equal(index_adjust(&t, &s, date_of(2026, 2, 1), 100000000, &r), INDEX_OK);
  assert_int_equal(r.price, 100125000);
  t.factor_decimals = 4;
  assert_int_equal(index_adjust(&t, &s, date_of(2026, 2, 1), 100000000, &r), INDEX_OK);
  assert_int_equal(r.price, 100120000); /* 1.00125 half even */
  t.factor_round = ROUND_HALF_UP;
  assert_int_equal(index_adjust(&t, &s, date_of(2026, 2, 1), 100000000, &r), INDEX_OK);
  assert_int_equal(r.price, 100130000);
  assert_int_equal(r.accumulated.n, 1250); /* before that rounding */
  t.factor_decimals = 0;
  assert_int_equal(index_adjust(&t, &s, date_of(2026, 2, 1), 100000000, &r), INDEX_OK);
  assert_int_equal(r.price, 100000000);
}

static void by_a_percentage_or_a_sum(void **state) {
  (void)state;
  money price = {10050, CURRENCY_BRL}, out;
  price_adjustment a = {.kind = ADJUST_PERCENT, .percent = {5, 0}};
  assert_true(price_adjust_plain(&a, price, &out));
  assert_int_equal(out.minor, 10552); /* 5.025: half even of the change */
  a.percent = (decimal){-100, 0};
  assert_true(price_adjust_plain(&a, price, &out));
  assert_int_equal(out.minor, 0);
  a = (price_adjustment){.kind = ADJUST_SUM, .sum = {125, 1}, .cur = CURRENCY_NONE};
  assert_true(price_adjust_plain(&a, price, &out));
  assert_int_equal(out.minor, 11300);
  a.cur = CURRENCY_EUR;
  assert_false(price_adjust_plain(&a, price, &out));
  a = (price_adjustment){.kind = ADJUST_SUM, .sum = {1, 3}};
  assert_false(price_adjust_plain(&a, price, &out)); /* a tenth of a cent */
  a = (price_adjustment){.kind = ADJUST_PERCENT, .percent = {100, 0}};
  assert_false(price_adjust_plain(&a, (money){INT64_MAX, CURRENCY_BRL}, &out));
  assert_int_equal(index_earliest(date_of(2024, 2, 29)).day, date_of(2025, 2, 28).day);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(the_embedded_files_have_no_fault),
                                     cmocka_unit_test(faults_name_their_line),
                                     cmocka_unit_test(comments_blanks_and_unknown_figures),
                                     cmocka_unit_test(missing_months_are_said),
                                     cmocka_unit_test(terms_out_of_bounds_are_said),
                                     cmocka_unit_test(official_and_chained_differ),
                                     cmocka_unit_test(floor_cap_and_plus_in_that_order),
                                     cmocka_unit_test(picks_the_least_or_the_most),
                                     cmocka_unit_test(nothing_is_lost_over_many_months),
                                     cmocka_unit_test(the_factor_is_rounded_where_the_contract_says_so),
                                     cmocka_unit_test(by_a_percentage_or_a_sum)};
  return cmocka_run_group_tests(tests, new_arena, free_arena);
}
