/* Late fee and interest in sentences: every term, those by default too, since money hangs on each. */
#include "lang/fmt/prose_internal.h"

static slice sum(const teller *t, int64_t minor) { return tell_sum(t, minor, t->p->fee_cur); }

/* "40.00 below 1,000.00, 70.00 below 10,000.00 and 100.00 from there on" */
static slice tiers(const teller *t, const fee_terms *f) {
  if (f->tier_count == 1) return sum(t, f->tiers[0].sum_minor);
  slice_list list = {.a = t->perm};
  for (size_t i = 0; i < f->tier_count; i++) {
    slice is = sum(t, f->tiers[i].sum_minor);
    slices_add(&list, i + 1 < f->tier_count ? TELL(t, TIER_BELOW, is, sum(t, f->tiers[i + 1].from_minor))
                                            : TELL(t, TIER_REST, is));
  }
  return tell_list(t, &list, PR_LIST_AND);
}

static slice fee(const teller *t, const fee_terms *f) {
  slice s;
  if (f->fee_percent.n) {
    s = TELL(t, FEE_PERCENT, tell_percent(t, f->fee_percent));
    if (f->tier_count) s = TELL(t, FEE_PLUS, s, tiers(t, f));
  } else if (f->tier_count)
    s = TELL(t, FEE_SUM, tiers(t, f));
  else
    return TELL(t, FEE_NONE);
  return f->fee_capped ? TELL(t, AT_MOST, s, sum(t, f->fee_max_minor)) : s;
}

static slice rate(const teller *t, const fee_terms *f) {
  static const prose_id PER[] = {[FEE_PER_DAY] = PR_PER_DAY,
                                 [FEE_PER_MONTH] = PR_PER_MONTH,
                                 [FEE_PER_YEAR] = PR_PER_YEAR,
                                 [FEE_MONEY_PER_DAY] = PR_PER_DAY};
  slice series = tell_quoted(t, t->p->fee_series);
  if (t->p->fee_series.n && !f->spread.n) return TELL(t, SERIES, series);
  decimal value = t->p->fee_series.n ? f->spread : f->rates[0].value;
  slice is = f->unit == FEE_MONEY_PER_DAY ? tell_money(t, value, t->p->fee_cur) : tell_percent(t, value);
  is = tell_fill(t, PER[f->unit], 1, &is);
  return t->p->fee_series.n ? TELL(t, SERIES_PLUS, series, is) : is;
}

static slice day_count(const teller *t, const fee_terms *f, slice s) {
  slice args[] = {s, tell_count(t, f->divisor)};
  switch (f->days) {
  case FEE_DAYS_ACTUAL: return f->divisor == 1 ? TELL(t, COUNT_DAYS, s) : tell_fill(t, PR_COUNT_ACTUAL, 2, args);
  case FEE_DAYS_BUSINESS: return tell_fill(t, PR_COUNT_BUSINESS, 2, args);
  case FEE_DAYS_30E: return tell_fill(t, PR_COUNT_30E, 2, args);
  case FEE_DAYS_ACTUAL_MONTH: break;
  }
  return TELL(t, COUNT_MONTH, s);
}

static slice interest(const teller *t, const fee_terms *f) {
  static const prose_id BASE[] = {
      [FEE_ON_RUNNING] = PR_ON_BALANCE, [FEE_ON_OPEN] = PR_ON_OPEN_NOW, [FEE_ON_ORIGINAL] = PR_ON_ORIGINAL};
  slice s = t->p->fee_series.n ? TELL(t, INTEREST_FOLLOWS, rate(t, f)) : TELL(t, INTEREST_IS, rate(t, f));
  s = f->compound ? TELL(t, COMPOUND, s) : TELL(t, SIMPLE, s);
  s = tell_fill(t, BASE[f->base], 1, &s);
  return day_count(t, f, s);
}

static slice rounded(const teller *t, const fee_terms *f) {
  static const prose_id HOW[] = {
      [ROUND_HALF_EVEN] = PR_ROUND_HALF_EVEN, [ROUND_HALF_UP] = PR_ROUND_HALF_UP, [ROUND_DOWN] = PR_ROUND_DOWN};
  static const prose_id WHEN[] = {
      [FEE_ROUND_END] = PR_ROUND_AT_END, [FEE_ROUND_DAY] = PR_ROUND_EACH_DAY, [FEE_ROUND_RATE3] = PR_ROUND_RATE};
  slice s = tell_fill(t, HOW[f->round], 0, NULL);
  return tell_fill(t, WHEN[f->round_at], 1, &s);
}

static slice settled(const teller *t, const settle_order *o) {
  static const prose_id PART[DEBT_PART_COUNT] = {PR_PART_COSTS, PR_PART_FINE, PR_PART_INTEREST, PR_PART_PRINCIPAL};
  slice s = tell_fill(t, PART[o->part[0]], 0, NULL);
  for (uint8_t i = 1; i < o->count; i++) s = TELL(t, THEN, s, tell_fill(t, PART[o->part[i]], 0, NULL));
  return TELL(t, SETTLE, s);
}

static slice days(const teller *t, int32_t n) { return tell_duration(t, (duration){n, UNIT_DAY}); }

void tell_fee(const teller *t, slice_list *out) {
  const fee_terms *f = &t->p->fee;
  if (t->p->has_fee) {
    bool has_interest = t->p->fee_series.n || f->rate_count;
    slices_add(out, fee(t, f));
    slices_add(out, has_interest ? interest(t, f) : TELL(t, INTEREST_NONE));
    if (f->rate_locked) slices_add(out, TELL(t, LOCKED));
    if (f->tolerance_days) slices_add(out, TELL(t, TOLERANCE, days(t, f->tolerance_days)));
    if (f->deferred_days) slices_add(out, TELL(t, DEFERRED, days(t, f->deferred_days)));
    slices_add(out, rounded(t, f));
  }
  if (t->p->settle_parts.count) slices_add(out, settled(t, &t->p->settle_parts));
}
