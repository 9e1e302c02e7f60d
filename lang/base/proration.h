/* Proration: what a part of a billing period costs. There is no one convention: for a price of 90.00 from 20 January
 * the published ways give 30.00, 33.00, 34.84 and 35.51. The contract says which. Sources: Altarede (30-day month
 * without the first day), C6 Bank and Vindi (30-day month, both ends), TOTVS (a thirtieth rounded, times the days).
 * Sums are minor units of one currency; each sum is rounded once, at its end. */
#ifndef DUN_BASE_PRORATION_H
#define DUN_BASE_PRORATION_H

#include <stdbool.h>
#include <stdint.h>

#include "billing.h"
#include "date.h"
#include "decimal.h"
#include "slice.h"

/* X(name, text). The price is a month's, except that ACTUAL, 30 and 30_EXCLUSIVE take any period for prorate_change and
 * prorate_part. */
#define PRORATIONS(X)                                                                                                  \
  X(ACTUAL, "actual")                 /* calendar days, both ends, over those of the month or period */                \
  X(30, "30")                         /* 30-day months: day 31 counts as day 30; both ends */                          \
  X(30_EXCLUSIVE, "30-exclusive")     /* the same without the first day */                                             \
  X(30_DAY_ROUNDED, "30-day-rounded") /* a thirtieth of the price, rounded, times the calendar days, both ends */      \
  X(365, "365")                       /* a year's price over 365, times the calendar days, both ends */

typedef enum proration_rule {
#define X(name, text) PRORATION_##name,
  PRORATIONS(X)
#undef X
      PRORATION_COUNT
} proration_rule;

const char *proration_name(proration_rule how);
/* By its text, any case; PRORATION_COUNT where there is none. */
proration_rule proration_find(slice name);

typedef enum proration_status {
  PRORATION_OK,
  PRORATION_OVERFLOW, /* a sum that 64 bits of minor units do not hold */
  PRORATION_DATES     /* a missing date, or dates in the wrong order */
} proration_status;

/* From the first active day to its month's end. */
proration_status prorate_start(proration_rule how, int64_t price, civil_date first, rounding round, int64_t *out)
    __attribute__((warn_unused_result));
/* From the month's start to the last active day. With 30-day months the month's last day makes a whole month. */
proration_status prorate_end(proration_rule how, int64_t price, civil_date last, rounding round, int64_t *out)
    __attribute__((warn_unused_result));
/* Of `days` days that somebody counted. Only ACTUAL reads `month` (any day of it). */
proration_status prorate_days(proration_rule how, int64_t price, int32_t days, civil_date month, rounding round,
                              int64_t *out) __attribute__((warn_unused_result));

/* Days first to last, both in. */
typedef struct day_range {
  civil_date first, last;
} day_range;

/* The active days within one billing period, whatever day it begins on; those outside of it do not count. The whole
 * period costs the price under every convention, no day of it nothing. */
proration_status prorate_part(proration_rule how, int64_t price, day_range period, day_range active, rounding round,
                              int64_t *out) __attribute__((warn_unused_result));

/* `prorated by actual days|by 30 days [inclusive] [cents ...]`, as a policy says it. */
typedef struct price_proration {
  proration_rule rule;
  cents_rule cents; /* CENTS_LAST unless said */
  bool cents_said;  /* unsaid, a part is rounded by itself */
} price_proration;

/* A price that changes inside of a period already billed at the old one. */
typedef struct price_change {
  int64_t old_price, new_price;
  civil_date start, end; /* of the period; `end` is the first day of the next one */
  civil_date change;     /* the first day at the new price; `end`: nothing left to change */
} price_change;

typedef struct price_change_result {
  int64_t credit; /* of the old price for the days left */
  int64_t charge; /* of the new price for them */
  int64_t net;    /* charge - credit: what is billed now; negative: given back */
} price_change_result;

/* ACTUAL and 30 (30E/360) count the days left over the days of the period. */
proration_status prorate_change(proration_rule how, const price_change *c, rounding round, price_change_result *out)
    __attribute__((warn_unused_result));

#endif
