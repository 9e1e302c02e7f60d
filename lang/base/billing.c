/* Billing dates and installments. Invariant: every date of a series is computed from its anchor, none from the one
 * before it. */
#include "billing.h"

#include <assert.h>

#include "utf8.h"

due_roll due_roll_find(slice name) {
  static const char *const names[] = {
#define X(name, text) text,
      DUE_ROLLS(X)
#undef X
  };
  for (int i = 0; i < DUE_ROLL_COUNT; i++)
    if (utf8_fold_eq(name, slice_of(names[i]))) return (due_roll)i;
  return DUE_ROLL_COUNT;
}

cents_rule cents_find(slice name) {
  static const char *const names[] = {
#define X(name, text) text,
      CENTS(X)
#undef X
  };
  for (int i = 0; i < CENTS_COUNT; i++)
    if (utf8_fold_eq(name, slice_of(names[i]))) return (cents_rule)i;
  return CENTS_COUNT;
}

static civil_date rolled(const due_day *due, civil_date d) {
  if (!due->cal) return d;
  switch (due->roll) {
  case DUE_ROLL_NEXT: return calendar_next(due->cal, d);
  case DUE_ROLL_PREV: return calendar_prev(due->cal, d);
  case DUE_ROLL_NONE:
  case DUE_ROLL_COUNT: break;
  }
  return d;
}

civil_date billing_due(const due_day *due, civil_date month) {
  return rolled(due, date_anchor_month(month, 0, due->day));
}

civil_date billing_run_due(const due_day *due, civil_date run, int32_t pay_days_min) {
  civil_date least = date_add_days(run, pay_days_min);
  if (date_is_none(least)) return DATE_NONE;
  /* The month before may roll into this one; from there the due dates rise. */
  for (int months = -1;; months++) {
    civil_date month = date_anchor_month(least, months, 1);
    if (date_is_none(month) && months < 0) continue;
    civil_date d = billing_due(due, month);
    if (date_is_none(d) || date_cmp(d, least) >= 0) return d;
  }
}

civil_date billing_schedule(civil_date start, int anchor, int32_t every_months, int32_t i) {
  assert(every_months > 0 && i >= 0);
  civil_date first = date_anchor_month(start, 0, anchor);
  bool passed = !date_is_none(first) && date_cmp(first, start) < 0;
  return date_anchor_month(start, (int64_t)every_months * i + passed, anchor);
}

renewal_dates billing_renewal(civil_date start, int32_t months, int32_t notice_days) {
  civil_date renews = date_add_months(start, months);
  return (renewal_dates){date_add_days(renews, -1), renews, date_add_days(renews, -(int64_t)notice_days)};
}

void billing_split(int64_t sum, size_t count, cents_rule how, int64_t *parts) {
  assert(count > 0 && count <= INT64_MAX);
  int64_t each = sum / (int64_t)count, rest = sum % (int64_t)count, cent = rest < 0 ? -1 : 1;
  for (size_t i = 0; i < count; i++) parts[i] = each;
  switch (how) {
  case CENTS_FIRST: parts[0] += rest; break;
  case CENTS_LAST: parts[count - 1] += rest; break;
  case CENTS_SPREAD:
    for (size_t i = 0; rest != 0; i++, rest -= cent) parts[i] += cent;
    break;
  case CENTS_COUNT: assert(!"a way to split cents"); break;
  }
}
