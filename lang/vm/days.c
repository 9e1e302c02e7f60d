/* Dates and durations for the machine. Adding a duration never turns two dates round: the later one stays later or
 * becomes equal, which is what lets `overdue >= X` become one threshold on the due date. */
#include "lang/vm/machine.h"

#include <assert.h>

civil_date vm_add_duration(const calendar *cal, civil_date d, duration by) {
  switch (by.unit) {
  case UNIT_DAY: return date_add_days(d, by.n);
  case UNIT_WEEK: return date_add_days(d, (int64_t)by.n * 7);
  case UNIT_MONTH: return date_add_months(d, by.n);
  case UNIT_YEAR: return date_add_months(d, (int64_t)by.n * 12);
  case UNIT_BUSINESS_DAY: assert(cal); return calendar_add_business(cal, d, by.n);
  case UNIT_COUNT: break;
  }
  return DATE_NONE;
}

int64_t vm_whole_days(duration d) {
  return d.unit == UNIT_DAY ? d.n : d.unit == UNIT_WEEK ? (int64_t)d.n * 7 : INT64_MIN;
}

/* due + by <= day, where a sum past the last year is later than any day and one before the first earlier. */
static bool reached(const calendar *cal, int64_t due, duration by, int64_t day) {
  civil_date sum = vm_add_duration(cal, (civil_date){(int32_t)due}, by);
  return date_is_none(sum) ? by.n < 0 : sum.day <= day;
}

int64_t vm_latest_due(const calendar *cal, int64_t day, duration by) {
  int64_t days = vm_whole_days(by);
  if (days != INT64_MIN) return day - days;
  duration back = {-by.n, by.unit};
  if (by.n == INT32_MIN) return INT64_MAX;
  civil_date guess = vm_add_duration(cal, (civil_date){(int32_t)day}, back);
  if (date_is_none(guess)) return by.n > 0 ? INT64_MIN + 1 : INT64_MAX;
  /* Going back and forth differs by the end of a month or a run of closed days at most. */
  int64_t due = guess.day;
  while (due > DATE_DAY_MIN && !reached(cal, due, by, day)) due--;
  while (due < DATE_DAY_MAX && reached(cal, due + 1, by, day)) due++;
  return due;
}
