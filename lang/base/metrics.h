/* What a finance team measures, exactly: sums are minor units of one currency, ratios are rationals rounded only when
 * they are shown. Nothing over nothing is no number: such a figure is unknown, never 0. Sources of the definitions:
 * usual 30-day aging; CreditGuru, Gaviti, Quadient (DSO, ADD, CEI); Benji Pays (count-back). Where practice has no
 * single definition (promises, recovery by step, revenue retention) it is written at the function. */
#ifndef DUN_BASE_METRICS_H
#define DUN_BASE_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "calendar.h"
#include "date.h"
#include "decimal.h"
#include "fee.h"
#include "slice.h"

/* A ratio, unknown where it would be over nothing. */
typedef struct ratio {
  bool known;
  rational value;
} ratio;

/* num / den */
ratio ratio_of(int128 num, int128 den);
/* 100 * num / den */
ratio ratio_percent(int128 num, int128 den);
/* To `scale` decimals, half up; false where it is unknown or does not fit. */
bool ratio_show(ratio r, uint8_t scale, decimal *out) __attribute__((warn_unused_result));

/* All functions below return false, leaving their results of no use, where a sum does not fit 64 bits. */

/* --- aging --- */

typedef struct aging_invoice {
  slice id;
  civil_date due;
  int64_t open;
} aging_invoice;

typedef struct aging_terms {
  civil_date as_of;
  fee_due due_rule;
  int32_t tolerance_days, deferred_days;
  const calendar *cal;
  const int32_t *edges; /* rising, from 1: 30, 60, 90 */
  size_t edge_count;
} aging_terms;

/* buckets[0] is current (0 days late or fewer), buckets[i] ends with edges[i - 1], the last has no end; edge_count + 2
 * of them. A credit note ages with its date. `days_late` (one an invoice; NULL: not asked) is 0 while it is on time. */
bool metrics_aging(const aging_terms *t, const aging_invoice *v, size_t count, int64_t *buckets, int32_t *days_late)
    __attribute__((warn_unused_result));
/* "current", "1-30", "91+" */
slice aging_bucket_name(const aging_terms *t, size_t bucket, arena *perm);

/* --- days sales outstanding --- */

/* Receivables over credit sales, times the days of the period. */
ratio metrics_dso(int64_t receivables, int64_t credit_sales, int32_t days);
/* With the days that what is not due yet alone would give, taken off: average days delinquent. */
ratio metrics_add(int64_t receivables, int64_t current_receivables, int64_t credit_sales, int32_t days);

typedef struct month_sales {
  int64_t sales;
  int32_t days;
} month_sales;

/* Whole months, newest first, while the receivables cover them, then the part of the next. `unexplained` is what all
 * months together do not cover. */
ratio metrics_dso_countback(int64_t receivables, const month_sales *newest_first, size_t count, int64_t *unexplained);

/* Collection effectiveness: what was collected of what could be, in percent. The sales are divided by `sales_divisor`
 * (a quarter's by 3, where the publisher of the figure does so). */
ratio metrics_cei(int64_t beginning, int64_t credit_sales, int32_t sales_divisor, int64_t ending,
                  int64_t ending_current);

/* --- promises --- */

typedef struct dated_sum {
  civil_date date;
  int64_t sum;
} dated_sum;

typedef struct promise_case {
  int64_t amount;
  civil_date due;
  const dated_sum *payments;
  size_t payment_count;
} promise_case;

typedef struct promise_result {
  uint32_t kept, broken, pending, partial; /* partial: of the broken ones, those with something paid in time */
  ratio rate_by_count, rate_by_amount;     /* percent */
} promise_result;

/* Kept: paid in full by due + grace. Broken: not, on the first day after. Pending ones are in no rate. By amount counts
 * what was paid in time on broken ones too, and never more than was promised. Payments after `as_of` are not known yet.
 */
bool metrics_promises(civil_date as_of, int32_t grace_days, const promise_case *v, size_t count, promise_result *out)
    __attribute__((warn_unused_result));

/* --- recovery --- */

typedef struct step_run {
  slice step, invoice;
  civil_date date;
  int64_t overdue; /* when it ran */
} step_run;

typedef struct step_payment {
  slice invoice;
  civil_date date;
  int64_t sum;
} step_payment;

typedef struct step_recovery {
  slice step;
  int64_t overdue, recovered;
  ratio percent;
} step_recovery;

/* A payment belongs to the latest step of its invoice on or before it (of two on one day the later row), if that lies
 * within `window_days`. One result a step, in the order in which the steps first appear; `out` has room for `count`.
 * Returns false on overflow; `*out_count` results. */
bool metrics_recovery(const step_run *runs, size_t count, const step_payment *payments, size_t payment_count,
                      int32_t window_days, step_recovery *out, size_t *out_count) __attribute__((warn_unused_result));

typedef struct late_payment {
  int64_t amount;
  int32_t days_late;
} late_payment;

/* The days late of payments, by amount and each alike. */
bool metrics_days_late(const late_payment *v, size_t count, ratio *weighted, ratio *simple)
    __attribute__((warn_unused_result));

/* --- recurring revenue --- */

/* X(name, text, months as num / den): a month is a twelfth of a year, of 365 days and 52 weeks */
#define BILLING_PERIODS(X)                                                                                             \
  X(DAY, "day", 12, 365)                                                                                               \
  X(WEEK, "week", 12, 52)                                                                                              \
  X(MONTH, "month", 1, 1)                                                                                              \
  X(QUARTER, "quarter", 3, 1)                                                                                          \
  X(HALF_YEAR, "half-year", 6, 1)                                                                                      \
  X(SEMESTER, "semester", 6, 1)                                                                                        \
  X(YEAR, "year", 12, 1)

typedef enum billing_period {
#define X(name, text, num, den) PERIOD_##name,
  BILLING_PERIODS(X)
#undef X
      PERIOD_COUNT
} billing_period;

/* By its text, any case; PERIOD_COUNT where there is none. */
billing_period billing_period_find(slice name);

typedef struct recurring {
  int64_t amount;
  billing_period per;
  int32_t quantity;
  bool active; /* paused, churned and ended ones do not count */
} recurring;

/* Monthly recurring revenue in minor units, not rounded; a year's is 12 times that. */
bool metrics_mrr(const recurring *v, size_t count, rational *mrr) __attribute__((warn_unused_result));

/* Of the customers of the start: what became of their revenue. */
typedef struct revenue_move {
  int64_t starting, added, expansion, contraction, churned;
  uint32_t customers, customers_churned;
} revenue_move;

typedef struct customer_revenue {
  slice customer;
  int64_t mrr;
} customer_revenue;

/* One row a customer and list; no revenue is no customer. `added` is the revenue of customers that are new at the end.
 */
bool metrics_revenue_move(const customer_revenue *start, size_t start_count, const customer_revenue *end,
                          size_t end_count, revenue_move *out) __attribute__((warn_unused_result));
/* Net and gross retention, revenue lost (contraction and churn) and customers lost, in percent; new revenue stays out.
 */
ratio metrics_nrr(const revenue_move *m);
ratio metrics_grr(const revenue_move *m);
ratio metrics_revenue_churn(const revenue_move *m);
ratio metrics_logo_churn(const revenue_move *m);

typedef struct leakage_line {
  int64_t expected, billed;
} leakage_line;

typedef struct leakage {
  int64_t expected, net, underbilled; /* net: expected - billed; underbilled: the lines billed too low alone */
} leakage;

bool metrics_leakage(const leakage_line *v, size_t count, leakage *out) __attribute__((warn_unused_result));

#endif
