/* Business days: the embedded calendars, their history, the format's mistakes, and every question against plain
 * walking. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/base/calendar.h"

static civil_date on(const char *text) {
  civil_date d;
  if (!date_parse(slice_of(text), &d)) fail_msg("%s does not read", text);
  return d;
}

static int start(void **state) {
  *state = arena_new();
  return 0;
}

static int end(void **state) {
  arena_free(*state);
  return 0;
}

static void every_embedded_text_builds(void **state) {
  size_t count = 0;
  for (const struct embedded *e = stdlib_calendars; e->name; e++, count++) {
    calendar_fault fault = {0, CALENDAR_FINE};
    calendar *c = calendar_build(*state, slice_of(e->text), stdlib_calendars, &fault);
    if (!c) fail_msg("%s:%u: %s", e->name, fault.line, calendar_fault_text(fault.what, LANG_EN));
    for (size_t i = 1; i < c->list_count; i++) assert_true(c->list[i - 1].date.day <= c->list[i].date.day);
  }
  assert_true(count >= 6);
}

static void names_and_aliases_are_found(void **state) {
  static const char *const pairs[][2] = {
      {"brazil", "br-bank"}, {"BRAZIL", "br-bank"},         {"usa", "us-fed"}, {"uk", "uk-eng"}, {"target", "target"},
      {"none", "none"},      {"br-national", "br-national"}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    const struct embedded *e = calendar_find_embedded(slice_of(pairs[i][0]));
    assert_non_null(e);
    assert_string_equal(e->name, pairs[i][1]);
  }
  assert_null(calendar_find_embedded(SLICE("mars")));
  assert_null(calendar_find_embedded(SLICE("")));
  assert_null(calendar_embedded(*state, SLICE("mars")));
  slice names[64];
  size_t count = calendar_embedded_names(names, 64);
  assert_true(count > 6 && count <= 64);
  for (size_t i = 0; i < count; i++) {
    assert_non_null(calendar_find_embedded(names[i]));
    for (size_t j = 0; j < i; j++) assert_false(slice_eq(names[i], names[j]));
  }
  assert_int_equal(calendar_embedded_names(names, 2), count);
}

/* "+" a holiday, "-" none */
static void assert_days(arena *a, const char *name, const char *const *days, size_t count) {
  calendar *c = calendar_embedded(a, slice_of(name));
  assert_non_null(c);
  for (size_t i = 0; i < count; i++)
    if (calendar_is_holiday(c, on(days[i] + 1)) != (days[i][0] == '+')) fail_msg("%s: %s", name, days[i]);
}
#define ASSERT_DAYS(a, name, ...)                                                                                      \
  do {                                                                                                                 \
    static const char *const days_[] = {__VA_ARGS__};                                                                  \
    assert_days((a), (name), days_, sizeof days_ / sizeof *days_);                                                     \
  } while (0)

static void history_of_brazil(void **state) {
  ASSERT_DAYS(*state, "brazil", "-2023-11-20", "+2024-11-20", "+2030-11-20", "-1979-10-12", "+1981-10-12",
              "+2026-02-16", "+2026-02-17", "-2026-02-18", "-2026-04-02", "+2026-04-03", "+2026-06-04", "-2026-12-24",
              "-2026-12-31", "+2000-04-21", "+2038-03-08");
  ASSERT_DAYS(*state, "br-national", "-2026-02-16", "-2026-06-04", "+2026-04-03", "+2024-11-20", "-2023-11-20");
}

static void history_of_the_usa(void **state) {
  ASSERT_DAYS(*state, "usa", "-2020-06-19", "+2021-06-18", "+2022-06-20", "-1985-01-21", "+1986-01-20", "+2021-12-31",
              "+2010-12-31", "+2026-07-03", "+2027-07-05", "+1971-10-25", "-1971-11-11", "+1977-10-24", "+1978-11-10",
              "-1978-10-23", "+1970-02-23", "+1971-02-15", "+1971-10-11", "-1970-10-12", "+1939-11-23", "-1939-11-30",
              "+1942-11-26", "-1954-12-24", "+1955-12-26", "-2026-04-03", "-2025-11-28");
}

static void history_of_england(void **state) {
  ASSERT_DAYS(*state, "uk", "+2020-05-08", "-2020-05-04", "+1995-05-08", "-1995-05-01", "+2022-06-02", "+2022-06-03",
              "-2022-05-30", "+2022-09-19", "+2023-05-08", "+2023-05-01", "+2011-04-29", "+2012-06-04", "+2012-06-05",
              "-2012-05-28", "+2002-06-03", "+2002-06-04", "-2002-05-27", "+1999-12-31", "+2021-12-27", "+2021-12-28",
              "+2022-12-26", "+2022-12-27", "+2022-01-03", "+2020-12-28", "-2020-12-29", "-1973-01-01", "+1974-01-01",
              "-1977-05-02", "+1978-05-01", "+1981-07-29", "+1977-06-07", "+1968-09-02", "-1968-08-26", "+1971-08-30");
}

static void history_of_target(void **state) {
  ASSERT_DAYS(*state, "target", "+1999-12-31", "+2001-12-31", "-2002-12-31", "-1999-05-01", "+2000-05-01",
              "+2026-04-06", "-1999-04-05", "+2025-12-26", "-2026-12-24");
}

static void none_is_always_open(void **state) {
  calendar *c = calendar_embedded(*state, SLICE("none"));
  for (int32_t d = -200; d < 200; d++) assert_true(calendar_is_business(c, (civil_date){d}));
  assert_int_equal(calendar_add_business(c, on("2026-01-01"), 1000).day, on("2026-01-01").day + 1000);
  assert_int_equal(calendar_count_business(c, on("0001-01-01"), on("9999-12-31")), DATE_DAY_MAX - DATE_DAY_MIN);
}

/* Adding, counting and the nth day against walking from day to day, at both ends of the bitmap too. */
static void questions_agree_with_walking(void **state) {
  static const char *const from[] = {"2026-02-10", "1899-12-20", "2200-12-20",
                                     "2023-12-28", "1850-06-01", "2300-01-01"};
  calendar *c = calendar_embedded(*state, SLICE("brazil"));
  for (size_t i = 0; i < sizeof from / sizeof *from; i++) {
    for (int shift = 0; shift < 12; shift++) {
      civil_date d = date_add_days(on(from[i]), shift), forward = d, back = d;
      for (int n = 1; n <= 300; n++) {
        do forward.day++;
        while (!calendar_is_business(c, forward));
        do back.day--;
        while (!calendar_is_business(c, back));
        assert_int_equal(calendar_add_business(c, d, n).day, forward.day);
        assert_int_equal(calendar_add_business(c, d, -n).day, back.day);
        assert_int_equal(calendar_count_business(c, d, forward), n);
        assert_int_equal(calendar_count_business(c, forward, d), -n);
        assert_int_equal(calendar_count_business(c, back, d), n - !calendar_is_business(c, d));
      }
      assert_int_equal(calendar_add_business(c, d, 0).day, d.day);
    }
  }
}

static void far_away_is_no_date(void **state) {
  calendar *c = calendar_embedded(*state, SLICE("brazil"));
  assert_true(date_is_none(calendar_add_business(c, on("2026-01-01"), INT64_MAX)));
  assert_true(date_is_none(calendar_add_business(c, on("2026-01-01"), INT64_MIN)));
  assert_true(date_is_none(calendar_add_business(c, on("9999-12-31"), 1)));
  assert_true(date_is_none(calendar_add_business(c, on("0001-01-01"), -1)));
  assert_true(date_is_none(calendar_next(c, DATE_NONE)));
  assert_true(date_is_none(calendar_prev(c, DATE_NONE)));
  assert_true(date_is_none(calendar_modified_following(c, DATE_NONE)));
  assert_true(date_is_none(calendar_nth_business(c, DATE_NONE, 1)));
  assert_int_equal(calendar_count_business(c, DATE_NONE, on("2026-01-01")), 0);
}

static void days_of_a_month(void **state) {
  calendar *c = calendar_embedded(*state, SLICE("brazil"));
  assert_int_equal(calendar_nth_business(c, on("2026-01-20"), 1).day, on("2026-01-02").day);
  assert_int_equal(calendar_nth_business(c, on("2026-02-01"), -1).day, on("2026-02-27").day);
  assert_true(date_is_none(calendar_nth_business(c, on("2026-02-01"), 30)));
  assert_true(date_is_none(calendar_nth_business(c, on("2026-02-01"), -30)));
  assert_true(date_is_none(calendar_nth_business(c, on("2026-02-01"), 0)));
  assert_int_equal(calendar_modified_following(c, on("2026-05-30")).day, on("2026-05-29").day);
  assert_int_equal(calendar_prev(c, on("2026-02-17")).day, on("2026-02-13").day);
}

static void a_policy_adds_holidays(void **state) {
  calendar *c = calendar_embedded(*state, SLICE("brazil"));
  civil_date d = on("2026-07-09");
  assert_true(calendar_is_business(c, d));
  int32_t year = calendar_count_business(c, on("2025-12-31"), on("2026-12-31"));
  assert_true(calendar_add_holiday(c, d, SLICE("Revolução Constitucionalista")));
  assert_false(calendar_is_business(c, d));
  assert_true(slice_eq(calendar_holiday_name(c, d), SLICE("Revolução Constitucionalista")));
  assert_int_equal(calendar_add_business(c, on("2026-07-08"), 1).day, on("2026-07-10").day);
  assert_int_equal(calendar_count_business(c, on("2025-12-31"), on("2026-12-31")), year - 1);
  assert_true(calendar_add_holiday(c, d, SLICE("again"))); /* the count does not fall twice, the first name stays */
  assert_int_equal(calendar_count_business(c, on("2025-12-31"), on("2026-12-31")), year - 1);
  assert_true(slice_eq(calendar_holiday_name(c, d), SLICE("Revolução Constitucionalista")));
  assert_true(calendar_add_holiday(c, on("2200-12-31"), SLICE("last")));
  assert_false(calendar_add_holiday(c, on("2201-01-01"), SLICE("past")));
  assert_false(calendar_add_holiday(c, DATE_NONE, SLICE("none")));
  assert_int_equal(calendar_holiday_name(c, on("2026-07-10")).n, 0);
}

static void mistakes_are_told_with_their_line(void **state) {
  static const struct {
    const char *text;
    unsigned line;
  } cases[] = {{"closed saturday\nclosed sundy\n", 2},
               {"closed monday tuesday wednesday thursday friday saturday sunday", 1},
               {"\n\n13-01 \"x\"", 3},
               {"02-30 \"x\"", 1},
               {"01-01", 1},
               {"01-01 \"\"", 1},
               {"01-01 \"x", 1},
               {"01-01 \"x\" since", 1},
               {"01-01 \"x\" sometimes", 1},
               {"01-01 \"x\" observed", 1},
               {"01-01 \"x\" observed monday", 1},
               {"easter \"x\"", 1},
               {"easter 500 \"x\"", 1},
               {"6 monday of january \"x\"", 1},
               {"1 monday in january \"x\"", 1},
               {"1 monday of jan \"x\"", 1},
               {"2026-02-30 \"x\"", 1},
               {"include nowhere", 1},
               {"alias\n", 1},
               {"01-01 \"x\" except 1 except 2 except 3 except 4 except 5 except 6 except 7 except 8 except 9", 1}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    calendar_fault fault = {0, CALENDAR_FINE};
    if (calendar_build(*state, slice_of(cases[i].text), stdlib_calendars, &fault))
      fail_msg("builds: %s", cases[i].text);
    assert_int_equal(fault.line, cases[i].line);
    assert_int_not_equal(fault.what, CALENDAR_FINE);
  }
}

static void the_format_says_what_the_readme_says(void **state) {
  static const struct embedded table[] = {
      {"week", "closed sunday # only\n"}, {"deep", "include week\n"}, {"round", "include round\n"}, {0, 0}};
  calendar_fault fault;
  calendar *c = calendar_build(*state,
                               SLICE("include week\n05-01 \"Labour # Day\" since 2000 until 2010 except 2005 # basis\n"
                                     "last friday of november \"Sale\"\n02-29 \"Leap\"\n2027-01-02 \"Once\"\n"
                                     "2027-01-03 \"Sunday\" observed substitute\n2027-01-04 \"Monday\"\n"),
                               table, &fault);
  assert_non_null(c);
  assert_true(calendar_is_business(c, on("2026-03-07"))); /* Saturday */
  assert_false(calendar_is_business(c, on("2026-03-08")));
  assert_true(calendar_is_holiday(c, on("2000-05-01")) && calendar_is_holiday(c, on("2010-05-01")));
  assert_false(calendar_is_holiday(c, on("1999-05-01")) || calendar_is_holiday(c, on("2011-05-01")));
  assert_false(calendar_is_holiday(c, on("2005-05-01")));
  assert_true(slice_eq(calendar_holiday_name(c, on("2001-05-01")), SLICE("Labour # Day")));
  assert_true(calendar_is_holiday(c, on("2026-11-27")) && !calendar_is_holiday(c, on("2026-11-20")));
  assert_true(calendar_is_holiday(c, on("2024-02-29")) && !calendar_is_holiday(c, on("2023-03-01")));
  assert_true(calendar_is_holiday(c, on("2027-01-02")));
  assert_true(calendar_is_holiday(c, on("2027-01-05")));            /* Monday is taken: the substitute is Tuesday */
  c = calendar_build(*state, SLICE("include deep"), table, &fault); /* of another one's includes */
  assert_non_null(c);
  assert_int_equal(c->closed_weekdays, 0x40);
  assert_null(calendar_build(*state, SLICE("include round"), table, &fault));
}

/* A day is open only where both are open; the later question is asked of one calendar. */
static void two_calendars_are_one(void **state) {
  calendar *target = calendar_embedded(*state, SLICE("target")), *uk = calendar_embedded(*state, SLICE("uk"));
  calendar_fault fault;
  static const struct embedded files[] = {{"head-office", "alias main\n07-09 \"Founders\"\n"}, {0, 0}};
  calendar *week = calendar_build(*state, SLICE("closed monday tuesday wednesday thursday friday"), NULL, &fault);
  assert_false(calendar_close_with(target, week));
  assert_true(calendar_is_business(target, date_of(2026, 8, 31))); /* the summer bank holiday is the UK's alone */
  assert_true(calendar_close_with(target, uk));
  assert_false(calendar_is_business(target, date_of(2026, 8, 31)));
  assert_false(calendar_is_business(target, date_of(2026, 5, 1))); /* TARGET's alone */
  assert_true(calendar_is_business(uk, date_of(2026, 5, 1)));
  assert_true(
      slice_eq(calendar_holiday_name(target, date_of(2026, 8, 31)), calendar_holiday_name(uk, date_of(2026, 8, 31))));
  assert_int_equal(calendar_count_business(target, date_of(2026, 8, 28), date_of(2026, 9, 1)), 1);
  assert_int_equal(calendar_add_business(target, date_of(2026, 8, 28), 1).day, date_of(2026, 9, 1).day);
  assert_ptr_equal(calendar_find(files, SLICE("Head_Office")), files);
  assert_ptr_equal(calendar_find(files, SLICE("head_office")), files);
  assert_ptr_equal(calendar_find(files, SLICE("main")), files);
  assert_null(calendar_find(files, SLICE("brazil")));
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, start, end)
  const struct CMUnitTest tests[] = {TEST(every_embedded_text_builds),
                                     TEST(names_and_aliases_are_found),
                                     TEST(history_of_brazil),
                                     TEST(history_of_the_usa),
                                     TEST(history_of_england),
                                     TEST(history_of_target),
                                     TEST(none_is_always_open),
                                     TEST(questions_agree_with_walking),
                                     TEST(far_away_is_no_date),
                                     TEST(days_of_a_month),
                                     TEST(a_policy_adds_holidays),
                                     TEST(mistakes_are_told_with_their_line),
                                     TEST(the_format_says_what_the_readme_says),
                                     TEST(two_calendars_are_one)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
