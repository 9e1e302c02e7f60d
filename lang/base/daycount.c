/* Day counts. The 30/360 family is a difference of two numbers, one for each day; only what caps a 31st differs. */
#include "daycount.h"

#include <assert.h>

#include "utf8.h"

static const char *const names[] = {
#define X(name, text) text,
    DAYCOUNTS(X)
#undef X
};

const char *daycount_name(daycount how) {
  assert(how < DAYCOUNT_COUNT);
  return names[how];
}

daycount daycount_find(slice name) {
  for (int i = 0; i < DAYCOUNT_COUNT; i++)
    if (utf8_fold_eq(name, slice_of(names[i]))) return (daycount)i;
  return DAYCOUNT_COUNT;
}

static bool is_last_of_february(int y, int m, int d) { return m == 2 && d == date_month_days(y, 2); }

static int32_t days_30_360(daycount how, civil_date from, civil_date to) {
  int y1, m1, d1, y2, m2, d2;
  date_parts(from, &y1, &m1, &d1);
  date_parts(to, &y2, &m2, &d2);
  if (how == DAYCOUNT_30U_360 && is_last_of_february(y1, m1, d1)) {
    if (is_last_of_february(y2, m2, d2)) d2 = 30;
    d1 = 30;
  }
  if (d1 == 31) d1 = 30;
  if (d2 == 31 && (how == DAYCOUNT_30E_360 || d1 == 30)) d2 = 30;
  return 360 * (y2 - y1) + 30 * (m2 - m1) + (d2 - d1);
}

int32_t daycount_days(daycount how, civil_date from, civil_date to) {
  switch (how) {
  case DAYCOUNT_ACT_365:
  case DAYCOUNT_ACT_360:
  case DAYCOUNT_ACT_ACT: return date_days_between(from, to);
  case DAYCOUNT_30E_360:
  case DAYCOUNT_30A_360:
  case DAYCOUNT_30U_360: return days_30_360(how, from, to);
  case DAYCOUNT_COUNT: break;
  }
  assert(!"a day count");
  return 0;
}

/* ISDA: each year's days over that year's length; whole years between count 1. */
static rational fraction_act_act(civil_date from, civil_date to) {
  if (date_cmp(from, to) > 0) {
    rational back = fraction_act_act(to, from);
    return (rational){-back.num, back.den};
  }
  int y1 = date_year(from), y2 = date_year(to);
  int32_t in_first = date_days_between(date_of(y1, 1, 1), from), in_last = date_days_between(date_of(y2, 1, 1), to);
  int32_t length_first = date_is_leap(y1) ? 366 : 365, length_last = date_is_leap(y2) ? 366 : 365;
  int64_t num = (int64_t)(y2 - y1) * length_first * length_last + (int64_t)in_last * length_first -
                (int64_t)in_first * length_last;
  return rational_reduce((rational){num, (int64_t)length_first * length_last});
}

rational daycount_fraction(daycount how, civil_date from, civil_date to) {
  if (how == DAYCOUNT_ACT_ACT) return fraction_act_act(from, to);
  return rational_reduce((rational){daycount_days(how, from, to), how == DAYCOUNT_ACT_365 ? 365 : 360});
}
