/* Proration. Every convention comes down to a share: days counted over days of the whole. Invariant: a sum is rounded
 * once; 30_DAY_ROUNDED rounds the price of a day instead, which is what makes it another convention. */
#include "proration.h"

#include <assert.h>

#include "daycount.h"
#include "utf8.h"

static const char *const names[] = {
#define X(name, text) text,
    PRORATIONS(X)
#undef X
};

const char *proration_name(proration_rule how) {
  assert(how < PRORATION_COUNT);
  return names[how];
}

proration_rule proration_find(slice name) {
  for (int i = 0; i < PRORATION_COUNT; i++)
    if (utf8_fold_eq(name, slice_of(names[i]))) return (proration_rule)i;
  return PRORATION_COUNT;
}

/* `counted` days, `of` of which make the whole price. */
typedef struct share {
  int32_t counted, of;
} share;

/* --- money
 * ------------------------------------------------------------------------------------------------------------ */

static proration_status narrow(int128 n, int64_t *out) {
  if (n < INT64_MIN || n > INT64_MAX) return PRORATION_OVERFLOW;
  *out = (int64_t)n;
  return PRORATION_OK;
}

/* 64 bits times a count of days fits 128 bits with room to spare. */
static proration_status cost(proration_rule how, int64_t price, share s, rounding round, int64_t *out) {
  assert(s.of > 0);
  switch (how) {
  case PRORATION_ACTUAL:
  case PRORATION_30:
  case PRORATION_30_EXCLUSIVE: return narrow(div_round((int128)price * s.counted, s.of, round), out);
  case PRORATION_30_DAY_ROUNDED: return narrow(div_round(price, 30, round) * s.counted, out);
  case PRORATION_365: return narrow(div_round((int128)price * 12 * s.counted, 365, round), out);
  case PRORATION_COUNT: break;
  }
  assert(!"a convention of proration");
  return PRORATION_DATES;
}

/* --- days
 * ------------------------------------------------------------------------------------------------------------- */

static int32_t month_days(civil_date d) { return date_month_days(date_year(d), date_month(d)); }

/* Days from `first` to `last`, both in, where every month has 30: a 31st is a 30th, and a month's last day its 30th. */
static int32_t days_of_30(civil_date first, civil_date last) {
  int y1, m1, d1, y2, m2, d2;
  date_parts(first, &y1, &m1, &d1);
  date_parts(last, &y2, &m2, &d2);
  if (d1 > 30) d1 = 30;
  if (d2 > 30 || d2 == date_month_days(y2, m2)) d2 = 30;
  return 360 * (y2 - y1) + 30 * (m2 - m1) + d2 - d1 + 1;
}

/* Days `first` to `last`, both in, of a whole of `whole_actual` calendar days or `whole_30` days of 30-day months. */
static share share_of(proration_rule how, civil_date first, civil_date last, int32_t whole_actual, int32_t whole_30) {
  switch (how) {
  case PRORATION_30: return (share){days_of_30(first, last), whole_30};
  case PRORATION_30_EXCLUSIVE: return (share){days_of_30(first, last) - 1, whole_30};
  case PRORATION_ACTUAL:
  case PRORATION_30_DAY_ROUNDED:
  case PRORATION_365:
  case PRORATION_COUNT: break;
  }
  return (share){date_days_between(first, last) + 1, whole_actual};
}

proration_status prorate_start(proration_rule how, int64_t price, civil_date first, rounding round, int64_t *out) {
  if (date_is_none(first)) return PRORATION_DATES;
  return cost(how, price, share_of(how, first, date_month_end(first), month_days(first), 30), round, out);
}

proration_status prorate_end(proration_rule how, int64_t price, civil_date last, rounding round, int64_t *out) {
  if (date_is_none(last)) return PRORATION_DATES;
  civil_date first = date_anchor_month(last, 0, 1);
  return cost(how, price, share_of(how, first, last, month_days(last), 30), round, out);
}

proration_status prorate_days(proration_rule how, int64_t price, int32_t days, civil_date month, rounding round,
                              int64_t *out) {
  if (how == PRORATION_ACTUAL && date_is_none(month)) return PRORATION_DATES;
  share s = {days, how == PRORATION_ACTUAL ? month_days(month) : 30};
  return cost(how, price, s, round, out);
}

static civil_date later(civil_date a, civil_date b) { return date_cmp(a, b) >= 0 ? a : b; }
static civil_date earlier(civil_date a, civil_date b) { return date_cmp(a, b) <= 0 ? a : b; }

proration_status prorate_part(proration_rule how, int64_t price, day_range period, day_range active, rounding round,
                              int64_t *out) {
  if (date_is_none(period.first) || date_is_none(period.last) || date_is_none(active.first) ||
      date_is_none(active.last) || date_cmp(period.first, period.last) > 0)
    return PRORATION_DATES;
  civil_date first = later(period.first, active.first), last = earlier(period.last, active.last);
  if (date_cmp(first, last) > 0) {
    *out = 0;
    return PRORATION_OK;
  }
  if (date_eq(first, period.first) && date_eq(last, period.last)) {
    *out = price;
    return PRORATION_OK;
  }
  int32_t actual = date_days_between(period.first, period.last) + 1;
  return cost(how, price, share_of(how, first, last, actual, days_of_30(period.first, period.last)), round, out);
}

/* --- a change inside a period
 * ----------------------------------------------------------------------------------------- */

/* The end is the next period's first day, so that 30-day months count as 30E/360 does: from a day to a day. */
static share share_left(proration_rule how, const price_change *c) {
  bool by_30 = how == PRORATION_30 || how == PRORATION_30_EXCLUSIVE;
  daycount days = by_30 ? DAYCOUNT_30E_360 : DAYCOUNT_ACT_365;
  share s = {daycount_days(days, c->change, c->end), daycount_days(days, c->start, c->end)};
  if (how == PRORATION_30_EXCLUSIVE && s.counted > 0) s.counted--;
  return s;
}

proration_status prorate_change(proration_rule how, const price_change *c, rounding round, price_change_result *out) {
  if (date_is_none(c->start) || date_is_none(c->end) || date_is_none(c->change) || date_cmp(c->start, c->end) >= 0 ||
      date_cmp(c->change, c->start) < 0 || date_cmp(c->change, c->end) > 0)
    return PRORATION_DATES;
  share left = share_left(how, c);
  if (left.of <= 0) return PRORATION_DATES; /* from the 30th to the 31st a 30-day month has no day */
  price_change_result r;
  proration_status status = cost(how, c->old_price, left, round, &r.credit);
  if (status != PRORATION_OK) return status;
  status = cost(how, c->new_price, left, round, &r.charge);
  if (status != PRORATION_OK) return status;
  if (__builtin_sub_overflow(r.charge, r.credit, &r.net)) return PRORATION_OVERFLOW;
  *out = r;
  return PRORATION_OK;
}
