/* When a contract is billed and what its installments are: due dates anchored to a day of the month, schedules,
 * renewals, and a sum split into parts. Everything is anchored, never chained: a contract of the 31st is billed on
 * 28 February and on 31 March (as java.time plusMonths from the start, and Stripe's billing cycle anchor).
 * All dates are DATE_NONE for a DATE_NONE and where the years 1 to 9999 are left. */
#ifndef DUN_BASE_BILLING_H
#define DUN_BASE_BILLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "calendar.h"
#include "date.h"
#include "slice.h"

/* What becomes of a due date that is no business day. X(name, text) */
#define DUE_ROLLS(X)                                                                                                   \
  X(NONE, "none") /* it stays */                                                                                       \
  X(NEXT, "next") /* the first business day after it, in the next month if need be */                                  \
  X(PREV, "prev") /* the last business day before it, in the month before if need be */

typedef enum due_roll {
#define X(name, text) DUE_ROLL_##name,
  DUE_ROLLS(X)
#undef X
      DUE_ROLL_COUNT
} due_roll;

/* By its text, any case; DUE_ROLL_COUNT where there is none. */
due_roll due_roll_find(slice name);

/* A day of every month: 1 to 31, the month's last day where it is shorter. `cal` NULL: every day is a business day. */
typedef struct due_day {
  int day;
  due_roll roll;
  const calendar *cal;
} due_day;

/* The due date in the month of `month`. */
civil_date billing_due(const due_day *due, civil_date month);
/* The first due date that leaves at least `pay_days_min` days from the day of the run. */
civil_date billing_run_due(const due_day *due, civil_date run, int32_t pay_days_min);
/* The date of index i (0 the first) of a schedule every `every_months` months: the first is the first anchor day on or
 * after `start`, the others are counted from that month. every_months > 0. */
civil_date billing_schedule(civil_date start, int anchor, int32_t every_months, int32_t i);

typedef struct renewal_dates {
  civil_date last_day;    /* of the term */
  civil_date renews;      /* the first day of the next term */
  civil_date notice_last; /* the last day to give notice: `notice_days` before the term renews */
} renewal_dates;

renewal_dates billing_renewal(civil_date start, int32_t months, int32_t notice_days);

/* Where the cents go that do not divide. X(name, text) */
#define CENTS(X)                                                                                                       \
  X(FIRST, "first")   /* all to the first part */                                                                      \
  X(LAST, "last")     /* all to the last */                                                                            \
  X(SPREAD, "spread") /* one each to the first ones */

typedef enum cents_rule {
#define X(name, text) CENTS_##name,
  CENTS(X)
#undef X
      CENTS_COUNT
} cents_rule;

/* By its text, any case; CENTS_COUNT where there is none. */
cents_rule cents_find(slice name);
/* `sum` (minor units) in `count` > 0 parts that add up to it exactly. A negative sum splits as its opposite does. */
void billing_split(int64_t sum, size_t count, cents_rule how, int64_t *parts);

#endif
