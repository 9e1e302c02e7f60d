/* Interest on interest: after every 30 days it joins the principal. Exact: after k periods the interest is joined / D^k
 * with whole numbers joined and D, which outgrow 128 bits after a few periods; hence the long numbers. With the money
 * of each day rounded, everything is whole minor units and plain integers do. */
#include "fee_span.h"
#include "natural.h"

static int64_t gcd(int64_t a, int64_t b) {
  while (b) {
    int64_t r = a % b;
    a = b, b = r;
  }
  return a;
}

/* --- the money of each day rounded
 * ------------------------------------------------------------------------------------ */

static fee_status by_rounded_days(const fee_terms *t, const fee_case *c, fee_result *r) {
  int128 joined = 0, fresh = 0;
  for (fee_span s = {.to = r->start}; date_cmp(s.to, c->on) < 0;) {
    fee_status status = fee_next_span(t, c, r->corrected, r->start, &s);
    if (status != FEE_OK) return status;
    int128 balance = joined + s.balance, day;
    if (balance > 0) {
      if (__builtin_mul_overflow(balance, (int128)s.rate, &day)) return FEE_OVERFLOW;
      day = div_round(day, (int128)pow10_i64(fee_rate_scale(t)) * 100 * s.divisor, t->round);
      fresh += day * s.days;
      if (fresh > INT64_MAX - joined) return FEE_OVERFLOW;
    }
    if (s.joins) joined += fresh, fresh = 0;
  }
  r->interest = (int64_t)(joined + fresh);
  return FEE_OK;
}

/* --- exact
 * ------------------------------------------------------------------------------------------------------------ */

/* joined / D^k is what joined in k periods, fresh / D^(k+1) what the period so far has earned; power is D^k. */
struct exact {
  uint64_t d;
  size_t k;
  natural power, joined, fresh;
};

/* D: percent, decimals of the rate, and a multiple of every divisor; 0 where it does not fit. */
static uint64_t denominator(const fee_terms *t) {
  if (t->round_at == FEE_ROUND_RATE3) return 100 * 1000;
  int64_t parts = t->days == FEE_DAYS_ACTUAL_MONTH ? 377580 : t->divisor;
  if (t->unit == FEE_PER_YEAR) parts = parts / gcd(parts, 360) * 360;
  int64_t d;
  if (__builtin_mul_overflow(parts * 100, pow10_i64(fee_rate_scale(t)), &d)) return 0;
  return (uint64_t)d;
}

/* The part of D that the span earns on its balance; false where it does not fit. */
static bool weight(const fee_terms *t, const fee_span *s, uint64_t d, uint64_t *out) {
  int128 rate = s->rate, per = (int128)pow10_i64(fee_rate_scale(t)) * s->divisor;
  if (t->round_at == FEE_ROUND_RATE3)
    rate = div_round(rate * 1000, per, t->round);
  else
    rate *= (int128)d / (per * 100);
  rate *= s->days;
  *out = (uint64_t)rate;
  return rate >= 0 && rate <= UINT64_MAX;
}

/* The span's balance with what joined, over D^k. */
static bool full_balance(const struct exact *x, int64_t balance, natural *out) {
  *out = x->power;
  uint64_t size = balance < 0 ? 0 - (uint64_t)balance : (uint64_t)balance;
  if (!natural_mul(out, size)) return false;
  if (balance >= 0) return natural_add(out, &x->joined);
  natural owed = x->joined;
  if (natural_cmp(&owed, out) > 0)
    natural_sub(&owed, out);
  else
    natural_set(&owed, 0); /* paid more than is owed: nothing earns */
  *out = owed;
  return true;
}

static bool earn(const fee_terms *t, struct exact *x, const fee_span *s) {
  natural part;
  uint64_t w;
  return weight(t, s, x->d, &w) && full_balance(x, s->balance, &part) && natural_mul(&part, w) &&
         natural_add(&x->fresh, &part);
}

static bool join(struct exact *x) {
  if (!natural_mul(&x->joined, x->d) || !natural_add(&x->joined, &x->fresh) || !natural_mul(&x->power, x->d))
    return false;
  natural_set(&x->fresh, 0);
  x->k++;
  return true;
}

fee_status fee_compound(const fee_terms *t, const fee_case *c, fee_result *r) {
  if (t->round_at == FEE_ROUND_DAY) return by_rounded_days(t, c, r);
  struct exact x = {.d = denominator(t)};
  if (x.d == 0) return FEE_OVERFLOW;
  natural_set(&x.power, 1);
  for (fee_span s = {.to = r->start}; date_cmp(s.to, c->on) < 0;) {
    fee_status status = fee_next_span(t, c, r->corrected, r->start, &s);
    if (status != FEE_OK) return status;
    if (!earn(t, &x, &s) || (s.joins && !join(&x))) return FEE_OVERFLOW;
  }
  return join(&x) && natural_round(&x.joined, x.d, x.k, t->round, &r->interest) ? FEE_OK : FEE_OVERFLOW;
}
