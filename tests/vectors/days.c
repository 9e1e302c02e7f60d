/* business_days.csv and the holiday files. */
#include "lang/base/daycount.h"
#include "tests/vectors/vectors.h"

static slice yes_no(bool b) { return b ? SLICE("yes") : SLICE("no"); }

static slice business_answer(run *r, const table *t, const row *x, const calendar *c) {
  slice op = cell(t, x, "op"), n_text = cell(t, x, "n"), date = cell(t, x, "date");
  civil_date d = DATE_NONE, to = DATE_NONE;
  if (!date_parse(date, &d) && !date_parse_month(date, &d)) return SLICE("a date that does not read");
  if (!date_parse(cell(t, x, "date2"), &to)) to = DATE_NONE;
  int n = (int)number_of(n_text);
  if (slice_eq(op, SLICE("is_business"))) return yes_no(calendar_is_business(c, d));
  if (slice_eq(op, SLICE("next_business"))) return date_slice(r, calendar_next(c, d));
  if (slice_eq(op, SLICE("prev_business"))) return date_slice(r, calendar_prev(c, d));
  if (slice_eq(op, SLICE("modified_following"))) return date_slice(r, calendar_modified_following(c, d));
  if (slice_eq(op, SLICE("add_business"))) return date_slice(r, calendar_add_business(c, d, n));
  if (slice_eq(op, SLICE("count_business"))) return arena_printf(r->perm, "%d", calendar_count_business(c, d, to));
  if (slice_eq(op, SLICE("nth_business"))) return date_slice(r, calendar_nth_business(c, d, n));
  if (slice_eq(op, SLICE("pay_until"))) return date_slice(r, calendar_next(c, date_add_days(calendar_next(c, d), n)));
  if (slice_eq(op, SLICE("late_days"))) return late_days_text(r, date, cell(t, x, "date2"), n_text, c);
  return SLICE("an unknown operation");
}

void check_business_days(run *r, const table *t) {
  for (size_t i = 0; i < t->count; i++) {
    const row *x = &t->rows[i];
    const calendar *c = calendar_named(r, cell(t, x, "calendar"));
    if (c) judge(r, cell(t, x, "id"), cell(t, x, "expected"), business_answer(r, t, x, c));
  }
}

/* --- holidays
 * --------------------------------------------------------------------------------------------------------- */

static bool lists(const table *t, const row *x, const char *column, slice value) {
  return slice_eq(cell(t, x, column), value);
}

/* The rows of the file in which `column` is `value` are the holidays of the calendar in the years they cover. */
static void check_holidays(run *r, const table *t, slice name, const char *column, slice value) {
  const calendar *c = calendar_named(r, name);
  if (!c) return;
  bool *listed = ARENA_ARRAY(r->perm, CALENDAR_DAYS, bool);
  bool covered[CALENDAR_YEAR_LAST - CALENDAR_YEAR_FIRST + 1] = {0};
  for (size_t i = 0; i < t->count; i++) {
    const row *x = &t->rows[i];
    civil_date d;
    if (!lists(t, x, column, value)) continue;
    slice date = cell(t, x, "date"), id = arena_printf(r->perm, "%.*s %.*s", SLICE_ARG(name), SLICE_ARG(date));
    if (!date_parse(date, &d)) {
      judge(r, id, SLICE("a date"), date);
      continue;
    }
    listed[d.day - CALENDAR_DAY_FIRST] = covered[date_year(d) - CALENDAR_YEAR_FIRST] = true;
    judge(r, id, SLICE("holiday"), calendar_is_holiday(c, d) ? SLICE("holiday") : SLICE("no holiday"));
  }
  for (int year = CALENDAR_YEAR_FIRST; year <= CALENDAR_YEAR_LAST; year++) {
    if (!covered[year - CALENDAR_YEAR_FIRST]) continue;
    slice id = arena_printf(r->perm, "%.*s %d, other days", SLICE_ARG(name), year), got = SLICE("business days");
    for (civil_date d = date_of(year, 1, 1); date_year(d) == year; d.day++) {
      bool weekend = date_weekday(d) >= 5;
      if (!weekend && !listed[d.day - CALENDAR_DAY_FIRST] && (!calendar_is_business(c, d) || calendar_is_holiday(c, d)))
        got = arena_printf(r->perm, "a holiday on %.*s", SLICE_ARG(date_slice(r, d)));
    }
    judge(r, id, SLICE("business days"), got);
  }
}

void check_holidays_br(run *r, const table *t) {
  check_holidays(r, t, SLICE("br-bank"), "bank", SLICE("yes"));
  check_holidays(r, t, SLICE("br-national"), "national", SLICE("yes"));
}

void check_holidays_intl(run *r, const table *t) {
  for (size_t i = 0; i < t->count; i++) {
    slice name = cell(t, &t->rows[i], "calendar");
    bool seen = false;
    for (size_t j = 0; j < i && !seen; j++) seen = lists(t, &t->rows[j], "calendar", name);
    if (!seen) check_holidays(r, t, name, "calendar", name);
  }
}
