/* Dates and day counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/base/daycount.h"

static civil_date on(const char *text) {
  civil_date d;
  if (!date_parse(slice_of(text), &d)) fail_msg("%s does not read", text);
  return d;
}

#define assert_date(d, text)                                                                                           \
  do {                                                                                                                 \
    char out_[DATE_TEXT_MAX];                                                                                          \
    date_iso((d), out_);                                                                                               \
    assert_string_equal(out_, text);                                                                                   \
  } while (0)

/* Every day of ten thousand years, against counting on from day to day. */
static void every_day_converts(void **state) {
  (void)state;
  civil_date d = {DATE_DAY_MIN};
  for (int y = DATE_YEAR_MIN; y <= DATE_YEAR_MAX; y++) {
    for (int m = 1; m <= 12; m++) {
      static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
      int length = lengths[m - 1] + (m == 2 && date_is_leap(y));
      if (date_month_days(y, m) != length) fail_msg("%d-%d has %d days", y, m, date_month_days(y, m));
      for (int day = 1; day <= length; day++, d.day++) {
        int yy, mm, dd;
        date_parts(d, &yy, &mm, &dd);
        if (yy != y || mm != m || dd != day || date_of(y, m, day).day != d.day) fail_msg("%d-%d-%d", y, m, day);
      }
    }
  }
  assert_int_equal(d.day - 1, DATE_DAY_MAX);
}

static void weekdays_run_on(void **state) {
  (void)state;
  for (int32_t day = -1000; day < 1000; day++)
    assert_int_equal(date_weekday((civil_date){day + 1}), (date_weekday((civil_date){day}) + 1) % 7);
  assert_int_equal(date_weekday(on("1970-01-01")), 3);
  assert_int_equal(date_weekday(on("0001-01-01")), 0);
  assert_int_equal(date_weekday(on("9999-12-31")), 4);
}

static void only_whole_dates_read(void **state) {
  (void)state;
  static const char *const bad[] = {"",           "2026-3-01",   "2026-02-29",  "2026-13-01",
                                    "2026-00-10", "0000-01-01",  "2026/03/01",  "2026-03-1x",
                                    "26-03-01",   "2026-03-010", " 2026-03-01", "-026-03-01"};
  civil_date d = {77};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(date_parse(slice_of(bad[i]), &d));
  assert_int_equal(d.day, 77);
  assert_true(date_parse(SLICE("2024-02-29"), &d));
  assert_true(date_parse_month(SLICE("2024-02"), &d));
  assert_date(d, "2024-02-01");
  assert_false(date_parse_month(SLICE("2024-13"), &d));
  assert_true(date_is_none(date_of(2026, 2, 29)));
  assert_true(date_is_none(DATE_NONE));
}

static void dates_are_written_for_their_reader(void **state) {
  (void)state;
  char out[DATE_TEXT_MAX];
  assert_int_equal(date_text(on("2026-03-02"), LANG_EN, out), strlen("2 March 2026"));
  assert_string_equal(out, "2 March 2026");
  date_text(on("2026-03-02"), LANG_PT, out);
  assert_string_equal(out, "02/03/2026");
  date_text(on("2026-03-02"), LANG_ES, out);
  assert_string_equal(out, "02/03/2026");
  assert_int_equal(date_text(DATE_NONE, LANG_EN, out), 0);
  assert_string_equal(out, "");
  assert_string_equal(date_weekday_name(0, LANG_PT), "segunda-feira");
  assert_string_equal(date_month_name(12, LANG_ES), "diciembre");
}

static void months_clamp_and_anchors_return(void **state) {
  (void)state;
  assert_date(date_add_months(on("2026-01-31"), 1), "2026-02-28");
  assert_date(date_add_months(on("2026-01-31"), -11), "2025-02-28");
  assert_date(date_add_months(on("2026-01-15"), -1), "2025-12-15");
  assert_date(date_anchor_month(on("2026-02-28"), 1, 31), "2026-03-31");
  assert_date(date_month_end(on("2024-02-01")), "2024-02-29");
  assert_true(date_is_none(date_add_months(on("9999-12-01"), 1)));
  assert_true(date_is_none(date_add_months(on("0001-01-31"), -1)));
  assert_true(date_is_none(date_add_months(on("2026-01-01"), INT64_MAX)));
  assert_true(date_is_none(date_add_days(on("9999-12-31"), 1)));
  assert_true(date_is_none(date_add_days(on("2026-01-01"), INT64_MAX)));
  assert_true(date_is_none(date_add_days(on("2026-01-01"), INT64_MIN)));
  assert_true(date_is_none(date_add_days(DATE_NONE, 1)));
  assert_true(date_is_none(date_add_months(DATE_NONE, 1)));
  assert_true(date_is_none(date_month_end(DATE_NONE)));
  assert_date(date_add_days(on("0001-01-01"), 3652058), "9999-12-31");
}

static void easter_is_a_sunday_in_its_window(void **state) {
  (void)state;
  for (int y = 1583; y <= 9999; y++) {
    civil_date e = date_easter(y);
    assert_int_equal(date_weekday(e), 6);
    assert_true(e.day >= date_of(y, 3, 22).day && e.day <= date_of(y, 4, 25).day);
  }
  assert_date(date_easter(2026), "2026-04-05");
  assert_date(date_easter(1943), "1943-04-25");
}

static void thirties(void **state) {
  (void)state;
  civil_date feb = on("2026-02-28"), mar = on("2026-03-31"), leap = on("2024-02-29");
  assert_int_equal(daycount_days(DAYCOUNT_30E_360, feb, mar), 32);
  assert_int_equal(daycount_days(DAYCOUNT_30A_360, feb, mar), 33);
  assert_int_equal(daycount_days(DAYCOUNT_30U_360, feb, mar), 30);
  assert_int_equal(daycount_days(DAYCOUNT_30U_360, leap, on("2025-02-28")), 360);
  assert_int_equal(daycount_days(DAYCOUNT_30E_360, mar, feb), -32);
}

static void fractions_of_a_year(void **state) {
  (void)state;
  rational f = daycount_fraction(DAYCOUNT_ACT_ACT, on("2023-07-01"), on("2026-07-01"));
  assert_true(f.num == 3 && f.den == 1); /* 184/365 + 1 + 1 + 181/365 */
  f = daycount_fraction(DAYCOUNT_ACT_ACT, on("2023-11-30"), on("2024-03-01"));
  assert_int_equal(rational_cmp(f, (rational){32 * 366 + 60 * 365, 365 * 366}), 0);
  rational back = daycount_fraction(DAYCOUNT_ACT_ACT, on("2024-03-01"), on("2023-11-30"));
  assert_int_equal(rational_cmp(back, (rational){-f.num, f.den}), 0);
  f = daycount_fraction(DAYCOUNT_ACT_360, on("2026-01-01"), on("2026-07-01"));
  assert_true(f.num == 181 && f.den == 360);
  assert_int_equal(daycount_find(SLICE("30e/360")), DAYCOUNT_30E_360);
  assert_int_equal(daycount_find(SLICE("30/360")), DAYCOUNT_COUNT);
  assert_string_equal(daycount_name(DAYCOUNT_ACT_365), "act/365");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_day_converts),
                                     cmocka_unit_test(weekdays_run_on),
                                     cmocka_unit_test(only_whole_dates_read),
                                     cmocka_unit_test(dates_are_written_for_their_reader),
                                     cmocka_unit_test(months_clamp_and_anchors_return),
                                     cmocka_unit_test(easter_is_a_sunday_in_its_window),
                                     cmocka_unit_test(thirties),
                                     cmocka_unit_test(fractions_of_a_year)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
