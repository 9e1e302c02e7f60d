/* Late fee and interest. The late days are cut into spans in which nothing changes (balance, rate, month, compounding
 * period); interest is a sum over spans. Invariant: it stays a fraction with one denominator until the one rounding
 * that the terms ask for. */
#include "fee.h"

#include <assert.h>

#include "daycount.h"
#include "fee_span.h"

#define COMPOUND_DAYS 30
/* The least number that 28, 29, 30 and 31 divide: a day of any month is a whole part of it. */
#define MONTH_PARTS 377580

fee_terms fee_terms_default(void) {
  return (fee_terms){.unit = FEE_PER_MONTH,
                     .divisor = fee_divisor(FEE_PER_MONTH, FEE_DAYS_ACTUAL),
                     .base = FEE_ON_OPEN,
                     .round = ROUND_HALF_EVEN};
}

int32_t fee_divisor(fee_unit unit, fee_days days) {
  switch (unit) {
  case FEE_PER_DAY:
  case FEE_MONEY_PER_DAY: return 1;
  case FEE_PER_MONTH: return days == FEE_DAYS_BUSINESS ? 21 : 30;
  case FEE_PER_YEAR: return days == FEE_DAYS_BUSINESS ? 252 : days == FEE_DAYS_30E ? 360 : 365;
  }
  return 1;
}

/* --- when it is late
 * -------------------------------------------------------------------------------------------------- */

static civil_date next_business(const fee_case *c, civil_date d) { return c->cal ? calendar_next(c->cal, d) : d; }

/* The start that late days count after, and the last day on time; false where a date leaves the calendar. */
static bool find_start(const fee_terms *t, const fee_case *c, civil_date *start, civil_date *last_on_time) {
  *start = date_add_days(c->due, t->deferred_days);
  if (t->due_rule == FEE_DUE_ROLL) *start = next_business(c, *start);
  *last_on_time = date_add_days(*start, t->tolerance_days);
  if (t->due_rule == FEE_DUE_GRACE) *last_on_time = next_business(c, *last_on_time);
  return !date_is_none(*start) && !date_is_none(*last_on_time);
}

bool fee_last_on_time(const fee_terms *t, const fee_case *c, civil_date *day) {
  civil_date start;
  return find_start(t, c, &start, day);
}

static int32_t days_between(const fee_terms *t, const fee_case *c, civil_date from, civil_date to) {
  switch (t->days) {
  case FEE_DAYS_ACTUAL:
  case FEE_DAYS_ACTUAL_MONTH: return date_days_between(from, to);
  case FEE_DAYS_BUSINESS: return c->cal ? calendar_count_business(c->cal, from, to) : date_days_between(from, to);
  case FEE_DAYS_30E: return daycount_days(DAYCOUNT_30E_360, from, to);
  }
  return 0;
}

/* --- sums
 * ------------------------------------------------------------------------------------------------------------- */

static bool narrow(int128 n, int64_t *out) {
  *out = (int64_t)n;
  return n >= INT64_MIN && n <= INT64_MAX;
}

/* amount * d / 10^more, rounded */
static bool scaled(int64_t amount, decimal d, int64_t more, rounding how, int64_t *out) {
  return narrow(div_round((int128)amount * d.n, (int128)pow10_i64(d.scale) * more, how), out);
}

static bool late_fee(const fee_terms *t, int64_t corrected, int64_t *fee) {
  *fee = 0;
  if (corrected <= 0) return true;
  if (!scaled(corrected, t->fee_percent, 100, t->round, fee)) return false;
  int64_t fixed = 0;
  for (size_t i = 0; i < t->tier_count && t->tiers[i].from_minor <= corrected; i++) fixed = t->tiers[i].sum_minor;
  if (__builtin_add_overflow(*fee, fixed, fee)) return false;
  if (t->fee_capped && *fee > t->fee_max_minor) *fee = t->fee_max_minor;
  return true;
}

/* Paid up to and on that day. */
static bool paid_by(const fee_case *c, civil_date day, int64_t *paid) {
  *paid = 0;
  for (size_t i = 0; i < c->payment_count; i++)
    if (date_cmp(c->payments[i].date, day) <= 0 && __builtin_add_overflow(*paid, c->payments[i].minor, paid))
      return false;
  return true;
}

static bool balance_after(const fee_terms *t, const fee_case *c, int64_t corrected, civil_date day, int64_t *balance) {
  int64_t paid = 0;
  switch (t->base) {
  case FEE_ON_ORIGINAL: break;
  case FEE_ON_RUNNING:
    if (!paid_by(c, day, &paid)) return false;
    break;
  case FEE_ON_OPEN:
    if (!paid_by(c, c->on, &paid)) return false;
    break;
  }
  return !__builtin_sub_overflow(corrected, paid, balance);
}

/* --- spans
 * ------------------------------------------------------------------------------------------------------------ */

/* The rate in force on a day, with the spread, at `scale`; nothing below 0. */
static fee_status rate_on(const fee_terms *t, civil_date day, uint8_t scale, int64_t *rate) {
  size_t i = t->rate_count;
  while (i > 0 && date_cmp(t->rates[i - 1].from, day) > 0) i--; /* DATE_NONE is before every day */
  if (i == 0) return FEE_NO_RATE;
  decimal sum;
  if (!decimal_add(decimal_trim(t->rates[i - 1].value), decimal_trim(t->spread), &sum) ||
      !decimal_rescale(sum, scale, ROUND_DOWN, &sum)) /* exact: `scale` is the greatest of all */
    return FEE_OVERFLOW;
  *rate = sum.n > 0 ? sum.n : 0;
  return FEE_OK;
}

uint8_t fee_rate_scale(const fee_terms *t) {
  uint8_t scale = decimal_trim(t->spread).scale;
  for (size_t i = 0; i < t->rate_count; i++) {
    uint8_t s = decimal_trim(t->rates[i].value).scale;
    if (s > scale) scale = s;
  }
  return scale;
}

static civil_date earlier(civil_date a, civil_date b) { return date_cmp(a, b) <= 0 ? a : b; }

/* The last day from `from` (excluded) on to which nothing changes, at most `on`. */
static civil_date span_end(const fee_terms *t, const fee_case *c, civil_date start, civil_date from) {
  civil_date end = c->on;
  if (t->base == FEE_ON_RUNNING)
    for (size_t i = 0; i < c->payment_count; i++) /* a payment counts from the day after it */
      if (date_cmp(c->payments[i].date, from) > 0) end = earlier(end, c->payments[i].date);
  if (!t->rate_locked)
    for (size_t i = 0; i < t->rate_count; i++) /* a rate counts from its own day */
      if (t->rates[i].from.day > from.day + 1) end = earlier(end, date_add_days(t->rates[i].from, -1));
  if (t->days == FEE_DAYS_ACTUAL_MONTH) end = earlier(end, date_month_end(date_add_days(from, 1)));
  if (t->compound) {
    int32_t periods = date_days_between(start, from) / COMPOUND_DAYS + 1;
    civil_date period_end = date_add_days(start, (int64_t)periods * COMPOUND_DAYS);
    if (!date_is_none(period_end)) end = earlier(end, period_end);
  }
  return end;
}

fee_status fee_next_span(const fee_terms *t, const fee_case *c, int64_t corrected, civil_date start, fee_span *s) {
  civil_date from = s->to, first_day = date_add_days(from, 1);
  s->to = span_end(t, c, start, from);
  s->days = days_between(t, c, from, s->to);
  if (!balance_after(t, c, corrected, from, &s->balance)) return FEE_OVERFLOW;
  bool by_month = t->days == FEE_DAYS_ACTUAL_MONTH && t->unit != FEE_MONEY_PER_DAY;
  s->divisor = by_month ? date_month_days(date_year(first_day), date_month(first_day)) : t->divisor;
  int32_t late = date_days_between(start, s->to);
  s->joins = t->compound && late % COMPOUND_DAYS == 0;
  if (t->compound && t->unit == FEE_PER_YEAR) {
    /* In a whole period a year's rate is a twelfth: each of its calendar days counts 1/360. */
    int32_t period_end = (date_days_between(start, from) / COMPOUND_DAYS + 1) * COMPOUND_DAYS;
    if (period_end <= date_days_between(start, c->on)) {
      s->days = date_days_between(from, s->to);
      s->divisor = 360;
    }
  }
  return rate_on(t, t->rate_locked ? date_add_days(start, 1) : first_day, fee_rate_scale(t), &s->rate);
}

/* --- simple interest
 * -------------------------------------------------------------------------------------------------- */

static bool add_product(int128 *sum, int128 a, int128 b) {
  int128 product;
  return !__builtin_mul_overflow(a, b, &product) && !__builtin_add_overflow(*sum, product, sum);
}

/* The money of one day times the days, in minor units over `over`: percent of the balance, or the sum itself. */
static bool add_span(const fee_terms *t, const fee_case *c, const fee_span *s, int128 *sum, int128 *over) {
  int64_t unit = pow10_i64(fee_rate_scale(t));
  int128 day = s->rate, per = (int128)unit * s->divisor;
  if (t->unit == FEE_MONEY_PER_DAY) {
    day *= pow10_i64(currency_minor(c->amount.cur));
  } else {
    int64_t whole = t->days == FEE_DAYS_ACTUAL_MONTH ? MONTH_PARTS : t->divisor;
    if (t->round_at == FEE_ROUND_RATE3) {
      day = div_round(day * 1000, per, t->round);
      per = 1000;
    } else if (t->round_at == FEE_ROUND_END) {
      day *= whole / s->divisor; /* all spans over one denominator */
      per = (int128)unit * whole;
    }
    if (__builtin_mul_overflow(day, (int128)s->balance, &day)) return false;
    per *= 100;
  }
  if (t->round_at == FEE_ROUND_DAY) {
    day = div_round(day, per, t->round);
    per = 1;
  }
  *over = per;
  return add_product(sum, day, s->days);
}

static fee_status simple_interest(const fee_terms *t, const fee_case *c, fee_result *r) {
  int128 sum = 0, over = 1;
  for (fee_span s = {.to = r->start}; date_cmp(s.to, c->on) < 0;) {
    fee_status status = fee_next_span(t, c, r->corrected, r->start, &s);
    if (status != FEE_OK) return status;
    if (s.balance > 0 && !add_span(t, c, &s, &sum, &over)) return FEE_OVERFLOW;
  }
  return narrow(div_round(sum, over, t->round), &r->interest) ? FEE_OK : FEE_OVERFLOW;
}

fee_status fee_compute(const fee_terms *t, const fee_case *c, fee_result *out) {
  assert(!date_is_none(c->due) && !date_is_none(c->on) && t->divisor > 0);
  fee_result r = {0};
  civil_date last_on_time;
  if (!find_start(t, c, &r.start, &last_on_time) || !scaled(c->amount.minor, c->factor, 1, t->round, &r.corrected) ||
      !paid_by(c, c->on, &r.paid))
    return FEE_OVERFLOW;
  r.late = date_cmp(c->on, last_on_time) > 0 && date_cmp(c->on, r.start) > 0;
  if (r.late) {
    r.late_days = days_between(t, c, r.start, c->on);
    if (!late_fee(t, r.corrected, &r.fee)) return FEE_OVERFLOW;
    fee_status status = FEE_OK;
    if (t->rate_count > 0) {
      bool compound = t->compound && t->unit != FEE_MONEY_PER_DAY;
      status = compound ? fee_compound(t, c, &r) : simple_interest(t, c, &r);
    }
    if (status != FEE_OK) return status;
  }
  int64_t total;
  if (__builtin_sub_overflow(r.corrected, r.paid, &total) || __builtin_add_overflow(total, r.fee, &total) ||
      __builtin_add_overflow(total, r.interest, &r.total))
    return FEE_OVERFLOW;
  *out = r;
  return FEE_OK;
}
