/* Calendar texts: a text is refused with its line, or is a calendar in which counting and stepping business days agree.
 */
#include "fuzz.h"

#include "lang/base/calendar.h"

static void check_day(const calendar *c, civil_date d) {
  civil_date next = calendar_next(c, d), prev = calendar_prev(c, d);
  MUST(date_cmp(next, d) >= 0 && calendar_is_business(c, next));
  MUST(date_cmp(prev, d) <= 0 && calendar_is_business(c, prev));
  MUST(calendar_is_business(c, d) == date_eq(next, d));
  MUST(calendar_is_business(c, d) == date_eq(prev, d));
  MUST(!calendar_is_holiday(c, d) || !calendar_is_business(c, d));
  for (int n = 1; n < 400; n = n * 5 + 1) {
    civil_date later = calendar_add_business(c, d, n), earlier = calendar_add_business(c, d, -n);
    MUST(calendar_count_business(c, d, later) == n);
    MUST(calendar_is_business(c, later) && calendar_is_business(c, earlier));
    MUST(calendar_count_business(c, earlier, d) == n - !calendar_is_business(c, d));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  arena *perm = arena_new();
  calendar_fault fault = {0};
  calendar *c = calendar_build(perm, (slice){(const char *)data, size}, stdlib_calendars, &fault);
  if (!c) MUST(fault.line >= 1 && fault.what);
  if (c) {
    for (int day = 0; day < CALENDAR_DAYS; day += 3651)
      for (int k = 0; k < 9; k++) check_day(c, (civil_date){CALENDAR_DAY_FIRST + day + k});
    for (size_t i = 0; i < c->list_count; i++) {
      MUST(i == 0 || date_cmp(c->list[i - 1].date, c->list[i].date) <= 0);
      MUST(calendar_is_holiday(c, c->list[i].date));
    }
  }
  arena_free(perm);
  return 0;
}
