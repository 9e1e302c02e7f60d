/* Late fee and interest, exact: one rounding at the end unless the terms ask for another. `fee_terms` is a policy's
 * sentence
 * ("late fee 2% plus interest 1% per month"); `fee_case` is one invoice. All sums are minor units of the case's
 * currency. Sources of the rules: Brazil CDC art. 52 par. 1 (2% fine), CC art. 406-407 and Lei 14.905/2024,
 * Lei 7.089/1983 (grace), Pix API cobv (roll, money a day, business days); EU Directive 2011/7; BGB 288; UK Late
 * Payment Act 1998 and SI 2002/1675 (tiers, locked rate); US 5 CFR 1315 (30-day compounding). Not legal advice. */
#ifndef DUN_BASE_FEE_H
#define DUN_BASE_FEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "calendar.h"
#include "date.h"
#include "decimal.h"
#include "money.h"

/* When a sum is late and from which day late days count (the day after the start). */
typedef enum fee_due {
  FEE_DUE_EXACT, /* late after the due date */
  FEE_DUE_GRACE, /* on time up to the next business day, otherwise late from the due date itself (Lei 7.089) */
  FEE_DUE_ROLL   /* the due date itself moves to the next business day (Pix cobv) */
} fee_due;

typedef enum fee_unit { FEE_PER_DAY, FEE_PER_MONTH, FEE_PER_YEAR, FEE_MONEY_PER_DAY } fee_unit;

/* Which days count. With FEE_DAYS_ACTUAL_MONTH a day is 1/(days of its month) of a month and the divisor is not read.
 */
typedef enum fee_days { FEE_DAYS_ACTUAL, FEE_DAYS_BUSINESS, FEE_DAYS_30E, FEE_DAYS_ACTUAL_MONTH } fee_days;

/* What interest is on: the balance of each day (a payment counts from the day after it: `on open`); what is open on the
 * day of valuation times all late days; the whole corrected amount whatever was paid (`on original`). */
typedef enum fee_base { FEE_ON_RUNNING, FEE_ON_OPEN, FEE_ON_ORIGINAL } fee_base;

/* Rounded once on the total; the money of a day rounded, then multiplied; the percent of a day rounded to three
 * decimals. */
typedef enum fee_round_at { FEE_ROUND_END, FEE_ROUND_DAY, FEE_ROUND_RATE3 } fee_round_at;

/* In force from that day on; DATE_NONE: always. `value` is in percent (money a day: in the major unit). */
typedef struct fee_rate {
  civil_date from;
  decimal value;
} fee_rate;

/* The sum for corrected amounts from `from` (included) on. */
typedef struct fee_tier {
  int64_t from_minor, sum_minor;
} fee_tier;

typedef struct fee_terms {
  decimal fee_percent;   /* 0: none */
  const fee_tier *tiers; /* the fixed sums, rising by `from_minor`; one from 0 is a fixed fee */
  size_t tier_count;
  bool fee_capped; /* `at most M`: of percent and fixed sum together */
  int64_t fee_max_minor;
  const fee_rate *rates; /* rising by date; none: no interest */
  size_t rate_count;
  decimal spread; /* added to every rate: `"ECB" plus 8%`. A sum below 0 counts as 0 */
  fee_unit unit;
  bool rate_locked; /* the rate of the first late day holds throughout */
  fee_days days;
  int32_t divisor; /* days of the rate's unit: 30, 365, 360, 252, 1; see fee_divisor */
  bool compound;   /* interest joins the principal after every 30 days; a year's rate is then 1/12 */
  fee_base base;
  fee_due due_rule;
  int32_t tolerance_days; /* forgives this long, then counts from the due date */
  int32_t deferred_days;  /* the due date is taken as this much later */
  rounding round;
  fee_round_at round_at;
} fee_terms;

/* What a sentence means that says nothing else: no fee, no interest; half even at the end, on open, simple. */
fee_terms fee_terms_default(void);
/* The usual divisor: a day 1; a month 30 (21 business days); a year 365 (30E: 360; 252 business days). */
int32_t fee_divisor(fee_unit unit, fee_days days);

typedef struct fee_payment {
  civil_date date;
  int64_t minor;
} fee_payment;

typedef struct fee_case {
  money amount; /* original */
  civil_date due, on;
  const calendar *cal;         /* for grace, roll and business days; NULL: every day is a business day */
  decimal factor;              /* monetary correction; {1, 0}: none */
  const fee_payment *payments; /* of principal, in any order; those after `on` are left out */
  size_t payment_count;
} fee_case;

typedef struct fee_result {
  int32_t late_days; /* as the day count counts; 0 when on time */
  bool late;
  civil_date start; /* late days are those after it */
  int64_t corrected, paid, fee, interest, total;
} fee_result;

typedef enum fee_status {
  FEE_OK,
  FEE_OVERFLOW, /* a sum that 64 bits of minor units do not hold */
  FEE_NO_RATE   /* a late day before the first rate of the series */
} fee_status;

/* The last day on which a payment is in time; false where it leaves the calendar. */
bool fee_last_on_time(const fee_terms *t, const fee_case *c, civil_date *day) __attribute__((warn_unused_result));
fee_status fee_compute(const fee_terms *t, const fee_case *c, fee_result *out) __attribute__((warn_unused_result));

#endif
