/* Receivables: aging, days outstanding, promises, recovery. Invariant: a ratio stays a fraction until it is shown. */
#include "metrics.h"

#include <assert.h>

/* --- ratios
 * ----------------------------------------------------------------------------------------------------------- */

ratio ratio_of(int128 num, int128 den) {
  if (den == 0) return (ratio){false, {0, 1}};
  return (ratio){true, rational_reduce(den < 0 ? (rational){-num, -den} : (rational){num, den})};
}

ratio ratio_percent(int128 num, int128 den) { return ratio_of(num * 100, den); }

bool ratio_show(ratio r, uint8_t scale, decimal *out) {
  rational x;
  int64_t n;
  if (!r.known || !rational_mul(r.value, rational_of(pow10_i64(scale)), &x) || !rational_round(x, ROUND_HALF_UP, &n))
    return false;
  *out = (decimal){n, scale};
  return true;
}

static bool add_to(int64_t *sum, int64_t n) { return !__builtin_add_overflow(*sum, n, sum); }

/* --- aging
 * ------------------------------------------------------------------------------------------------------------ */

static size_t bucket_of(const aging_terms *t, int32_t days) {
  if (days <= 0) return 0;
  size_t i = 0;
  while (i < t->edge_count && days > t->edges[i]) i++;
  return i + 1;
}

bool metrics_aging(const aging_terms *t, const aging_invoice *v, size_t count, int64_t *buckets, int32_t *days_late) {
  /* When an invoice is late, and since when, is the fee's business: here without any fee. */
  fee_terms late = fee_terms_default();
  late.due_rule = t->due_rule;
  late.tolerance_days = t->tolerance_days;
  late.deferred_days = t->deferred_days;
  for (size_t i = 0; i < t->edge_count + 2; i++) buckets[i] = 0;
  for (size_t i = 0; i < count; i++) {
    fee_case c = {.amount = {0, CURRENCY_NONE}, .due = v[i].due, .on = t->as_of, .cal = t->cal, .factor = {1, 0}};
    fee_result r;
    if (fee_compute(&late, &c, &r) != FEE_OK || !add_to(&buckets[bucket_of(t, r.late_days)], v[i].open)) return false;
    if (days_late) days_late[i] = r.late_days;
  }
  return true;
}

slice aging_bucket_name(const aging_terms *t, size_t bucket, arena *perm) {
  assert(bucket < t->edge_count + 2);
  if (bucket == 0) return SLICE("current");
  int32_t from = bucket == 1 ? 1 : t->edges[bucket - 2] + 1;
  if (bucket == t->edge_count + 1) return arena_printf(perm, "%d+", from);
  return arena_printf(perm, "%d-%d", from, t->edges[bucket - 1]);
}

/* --- days sales outstanding
 * ------------------------------------------------------------------------------------------- */

ratio metrics_dso(int64_t receivables, int64_t credit_sales, int32_t days) {
  return ratio_of((int128)receivables * days, credit_sales);
}

ratio metrics_add(int64_t receivables, int64_t current_receivables, int64_t credit_sales, int32_t days) {
  return ratio_of(((int128)receivables - current_receivables) * days, credit_sales);
}

ratio metrics_dso_countback(int64_t receivables, const month_sales *newest_first, size_t count, int64_t *unexplained) {
  int64_t left = receivables > 0 ? receivables : 0, days = 0;
  ratio part = {true, {0, 1}};
  for (size_t i = 0; i < count && left > 0; i++) {
    const month_sales *m = &newest_first[i];
    if (m->sales > left) {
      part = ratio_of((int128)left * m->days, m->sales);
      left = 0;
      break;
    }
    days += m->days;
    if (m->sales > 0) left -= m->sales; /* a month of credit notes covers nothing */
  }
  *unexplained = left;
  part.known = rational_add(part.value, rational_of(days), &part.value);
  return part;
}

ratio metrics_cei(int64_t beginning, int64_t credit_sales, int32_t sales_divisor, int64_t ending,
                  int64_t ending_current) {
  if (sales_divisor <= 0) return (ratio){false, {0, 1}};
  int128 could = ((int128)beginning) * sales_divisor + credit_sales;
  return ratio_percent(could - (int128)ending * sales_divisor, could - (int128)ending_current * sales_divisor);
}

/* --- promises
 * --------------------------------------------------------------------------------------------------------- */

static civil_date earlier(civil_date a, civil_date b) { return date_cmp(a, b) <= 0 ? a : b; }

static bool paid_by(const promise_case *p, civil_date day, int64_t *paid) {
  *paid = 0;
  for (size_t i = 0; i < p->payment_count; i++)
    if (date_cmp(p->payments[i].date, day) <= 0 && !add_to(paid, p->payments[i].sum)) return false;
  return true;
}

bool metrics_promises(civil_date as_of, int32_t grace_days, const promise_case *v, size_t count, promise_result *out) {
  int64_t promised = 0, in_time = 0;
  *out = (promise_result){0};
  for (size_t i = 0; i < count; i++) {
    civil_date last = date_add_days(v[i].due, grace_days);
    int64_t paid;
    if (date_is_none(last) || !paid_by(&v[i], earlier(last, as_of), &paid)) return false;
    bool kept = paid >= v[i].amount;
    if (!kept && date_cmp(as_of, last) <= 0) {
      out->pending++;
      continue;
    }
    out->kept += kept;
    out->broken += !kept;
    out->partial += !kept && paid > 0;
    if (!add_to(&promised, v[i].amount) || !add_to(&in_time, kept ? v[i].amount : paid)) return false;
  }
  out->rate_by_count = ratio_percent(out->kept, (int128)out->kept + out->broken);
  out->rate_by_amount = ratio_percent(in_time, promised);
  return true;
}

/* --- recovery
 * --------------------------------------------------------------------------------------------------------- */

static step_recovery *result_of(slice step, step_recovery *v, size_t *count) {
  for (size_t i = 0; i < *count; i++)
    if (slice_eq(v[i].step, step)) return &v[i];
  v[*count] = (step_recovery){.step = step};
  return &v[(*count)++];
}

static const step_run *run_before(const step_run *runs, size_t count, const step_payment *p) {
  const step_run *best = NULL;
  for (size_t i = 0; i < count; i++)
    if (slice_eq(runs[i].invoice, p->invoice) && date_cmp(runs[i].date, p->date) <= 0 &&
        (!best || date_cmp(runs[i].date, best->date) >= 0))
      best = &runs[i];
  return best;
}

bool metrics_recovery(const step_run *runs, size_t count, const step_payment *payments, size_t payment_count,
                      int32_t window_days, step_recovery *out, size_t *out_count) {
  *out_count = 0;
  for (size_t i = 0; i < count; i++)
    if (!add_to(&result_of(runs[i].step, out, out_count)->overdue, runs[i].overdue)) return false;
  for (size_t i = 0; i < payment_count; i++) {
    const step_run *run = run_before(runs, count, &payments[i]);
    if (!run || date_days_between(run->date, payments[i].date) > window_days) continue;
    if (!add_to(&result_of(run->step, out, out_count)->recovered, payments[i].sum)) return false;
  }
  for (size_t i = 0; i < *out_count; i++) out[i].percent = ratio_percent(out[i].recovered, out[i].overdue);
  return true;
}

bool metrics_days_late(const late_payment *v, size_t count, ratio *weighted, ratio *simple) {
  int128 by_amount = 0, days = 0;
  int64_t amount = 0;
  for (size_t i = 0; i < count; i++) {
    by_amount += (int128)v[i].amount * v[i].days_late;
    days += v[i].days_late;
    if (!add_to(&amount, v[i].amount)) return false;
  }
  *weighted = ratio_of(by_amount, amount);
  *simple = ratio_of(days, (int128)count);
  return true;
}
