/* Recurring revenue: normalised to a month, retained from a start to an end, and lost between what was agreed and what
 * was billed. */
#include "metrics.h"

#include <assert.h>

#include "utf8.h"

static const struct {
  const char *text;
  int64_t num, den;
} periods[] = {
#define X(name, text, num, den) {text, num, den},
    BILLING_PERIODS(X)
#undef X
};

billing_period billing_period_find(slice name) {
  for (int i = 0; i < PERIOD_COUNT; i++)
    if (utf8_fold_eq(name, slice_of(periods[i].text))) return (billing_period)i;
  return PERIOD_COUNT;
}

bool metrics_mrr(const recurring *v, size_t count, rational *mrr) {
  rational sum = rational_of(0);
  for (size_t i = 0; i < count; i++) {
    assert(v[i].per < PERIOD_COUNT);
    if (!v[i].active) continue;
    rational month = {(int128)v[i].amount * v[i].quantity, 1};
    if (!rational_mul(month, (rational){periods[v[i].per].den, periods[v[i].per].num}, &month) ||
        !rational_add(sum, month, &sum))
      return false;
  }
  *mrr = sum;
  return true;
}

/* --- retention
 * -------------------------------------------------------------------------------------------------------- */

static bool add_to(int64_t *sum, int64_t n) { return !__builtin_add_overflow(*sum, n, sum); }

static int64_t revenue_of(slice customer, const customer_revenue *v, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (slice_eq(v[i].customer, customer)) return v[i].mrr;
  return 0;
}

static bool move_customer(int64_t from, int64_t to, revenue_move *m) {
  int64_t change;
  m->customers++;
  if (!add_to(&m->starting, from) || __builtin_sub_overflow(to, from, &change)) return false;
  if (to == 0) {
    m->customers_churned++;
    return add_to(&m->churned, from);
  }
  return change > 0 ? add_to(&m->expansion, change) : add_to(&m->contraction, -change);
}

bool metrics_revenue_move(const customer_revenue *start, size_t start_count, const customer_revenue *end,
                          size_t end_count, revenue_move *out) {
  *out = (revenue_move){0};
  for (size_t i = 0; i < start_count; i++)
    if (start[i].mrr != 0 && !move_customer(start[i].mrr, revenue_of(start[i].customer, end, end_count), out))
      return false;
  for (size_t i = 0; i < end_count; i++)
    if (revenue_of(end[i].customer, start, start_count) == 0 && !add_to(&out->added, end[i].mrr)) return false;
  return true;
}

ratio metrics_nrr(const revenue_move *m) {
  return ratio_percent((int128)m->starting + m->expansion - m->contraction - m->churned, m->starting);
}

ratio metrics_grr(const revenue_move *m) {
  return ratio_percent((int128)m->starting - m->contraction - m->churned, m->starting);
}

ratio metrics_revenue_churn(const revenue_move *m) {
  return ratio_percent((int128)m->contraction + m->churned, m->starting);
}

ratio metrics_logo_churn(const revenue_move *m) { return ratio_percent(m->customers_churned, m->customers); }

bool metrics_leakage(const leakage_line *v, size_t count, leakage *out) {
  *out = (leakage){0};
  for (size_t i = 0; i < count; i++) {
    int64_t gap;
    if (__builtin_sub_overflow(v[i].expected, v[i].billed, &gap) || !add_to(&out->expected, v[i].expected) ||
        !add_to(&out->net, gap) || (gap > 0 && !add_to(&out->underbilled, gap)))
      return false;
  }
  return true;
}
