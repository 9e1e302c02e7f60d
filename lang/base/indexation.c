/* Indexation. A factor is a whole number over a power of ten; products of many months outgrow 128 bits after nine of
 * them, hence the long numbers. Invariant: nothing is rounded before the steps that say so. */
#include "indexation.h"

#include <assert.h>

#include "natural.h"
#include "utf8.h"

/* num / 10^scale, at least 0 */
typedef struct factor {
  natural num;
  unsigned scale;
} factor;

index_terms index_terms_default(void) {
  return (index_terms){.months = 12,
                       .lag = 1,
                       .figure = INDEX_CHAINED,
                       .factor_decimals = FACTOR_EXACT,
                       .factor_round = ROUND_HALF_EVEN,
                       .round = ROUND_HALF_EVEN};
}

civil_date index_earliest(civil_date last_change) { return date_add_months(last_change, 12); }

/* --- names
 * ------------------------------------------------------------------------------------------------------------ */

static bool add_name(slice name, index_terms *t) {
  name = slice_trim(name);
  if (name.n == 0 || t->count == INDEX_NAMES_MAX) return false;
  t->names[t->count++] = name;
  return true;
}

bool index_names_parse(slice text, index_terms *t) {
  text = slice_trim(text);
  t->count = 0;
  bool least = text.n >= 4 && utf8_fold_eq((slice){text.p, 4}, SLICE("min("));
  bool most = text.n >= 4 && utf8_fold_eq((slice){text.p, 4}, SLICE("max("));
  if (!least && !most) return add_name(text, t);
  if (text.p[text.n - 1] != ')') return false;
  t->pick = least ? INDEX_MIN : INDEX_MAX;
  slice rest = {text.p + 4, text.n - 5};
  for (size_t from = 0, i = 0; i <= rest.n; i++) {
    if (i < rest.n && rest.p[i] != ';') continue;
    if (!add_name((slice){rest.p + from, i - from}, t)) return false;
    from = i + 1;
  }
  return true;
}

/* --- factors
 * ---------------------------------------------------------------------------------------------------------- */

/* 1 + percent / 100 as n / 10^scale; false below 0 or past 64 bits. */
static bool of_percent(decimal percent, uint64_t *n, unsigned *scale) {
  percent = decimal_trim(percent);
  int128 sum = (int128)100 * pow10_i64(percent.scale) + percent.n;
  *n = (uint64_t)sum;
  *scale = percent.scale + 2u;
  return sum >= 0 && sum <= UINT64_MAX;
}

static bool multiply(factor *f, decimal percent) {
  uint64_t n;
  unsigned scale;
  if (!of_percent(percent, &n, &scale) || !natural_mul(&f->num, n)) return false;
  f->scale += scale;
  return true;
}

static void set_one(factor *f) {
  natural_set(&f->num, 1);
  f->scale = 0;
}

static bool rescale_up(factor *f, unsigned scale) {
  for (; f->scale < scale; f->scale++)
    if (!natural_mul(&f->num, 10)) return false;
  return true;
}

/* <0, 0, >0; both get one scale. */
static bool compare(factor *a, factor *b, int *order) {
  if (!rescale_up(a, b->scale) || !rescale_up(b, a->scale)) return false;
  *order = natural_cmp(&a->num, &b->num);
  return true;
}

/* f times n over 10^drop, rounded to a whole number. */
static bool rounded(const factor *f, uint64_t n, rounding how, int64_t *out) {
  natural copy = f->num;
  return natural_mul(&copy, n) && natural_round(&copy, 10, f->scale, how, out);
}

/* No less (or no more) than 1 + percent / 100. */
static bool bound(factor *f, decimal percent, bool least) {
  factor limit;
  int order;
  set_one(&limit);
  if (!multiply(&limit, percent) || !compare(f, &limit, &order)) return false;
  if (least ? order < 0 : order > 0) *f = limit;
  return true;
}

/* Points on top: f + percent / 100, at least 0. */
static bool add_points(factor *f, decimal percent) {
  uint64_t size = percent.n < 0 ? 0 - (uint64_t)percent.n : (uint64_t)percent.n;
  factor points;
  natural_set(&points.num, size);
  points.scale = percent.scale + 2u;
  if (!rescale_up(f, points.scale) || !rescale_up(&points, f->scale)) return false;
  if (percent.n >= 0) return natural_add(&f->num, &points.num);
  if (natural_cmp(&f->num, &points.num) < 0)
    natural_set(&f->num, 0);
  else
    natural_sub(&f->num, &points.num);
  return true;
}

/* --- the change of one index
 * ------------------------------------------------------------------------------------------ */

static index_status missing(index_result *r, slice name, civil_date month) {
  r->missing_index = name;
  r->missing_month = month;
  return INDEX_MISSING;
}

static index_status change_of(const index_terms *t, const index_series *s, slice name, index_result *r, factor *f) {
  bool official = t->figure == INDEX_OFFICIAL;
  set_one(f);
  if (!s) return missing(r, name, DATE_NONE);
  for (int32_t back = t->months - (official ? 12 : 1); back >= 0; back -= official ? 12 : 1) {
    civil_date month = date_add_months(r->last, -back);
    const index_month *m = index_series_month(s, month);
    if (!m || !(official ? m->has_published : m->has_change)) return missing(r, name, month);
    decimal percent = official ? m->published_12m : m->change;
    if (t->floor == INDEX_FLOOR_MONTHLY && percent.n < 0) continue;
    if (!multiply(f, percent)) return INDEX_OVERFLOW;
  }
  return INDEX_OK;
}

static index_status pick_index(const index_terms *t, const index_series *const *series, index_result *r, factor *best) {
  for (uint8_t i = 0; i < t->count; i++) {
    factor f;
    int order;
    index_status status = change_of(t, series[i], t->names[i], r, &f);
    if (status != INDEX_OK) return status;
    if (i > 0) {
      if (!compare(&f, best, &order)) return INDEX_OVERFLOW;
      if (t->pick == INDEX_MIN ? order >= 0 : order <= 0) continue;
    }
    *best = f;
    r->index = series[i]->name;
  }
  return INDEX_OK;
}

/* --- the steps
 * -------------------------------------------------------------------------------------------------------- */

/* The change in percent to 4 decimals. */
static bool tell_accumulated(const factor *f, decimal *out) {
  int64_t parts;
  if (!rounded(f, 1000000, ROUND_HALF_EVEN, &parts)) return false;
  *out = (decimal){parts - 1000000, 4};
  return true;
}

static bool round_factor(factor *f, const index_terms *t) {
  int64_t whole;
  if (t->factor_decimals == FACTOR_EXACT) return true;
  if (!rounded(f, (uint64_t)pow10_i64((unsigned)t->factor_decimals), t->factor_round, &whole)) return false;
  natural_set(&f->num, (uint64_t)whole);
  f->scale = (unsigned)t->factor_decimals;
  return true;
}

static bool apply(const factor *f, int64_t price, rounding how, int64_t *out) {
  uint64_t size = price < 0 ? 0 - (uint64_t)price : (uint64_t)price;
  int64_t n;
  if (!rounded(f, size, how, &n)) return false;
  *out = price < 0 ? -n : n;
  return true;
}

static bool terms_fit(const index_terms *t) {
  bool years = t->months % 12 == 0 && t->floor != INDEX_FLOOR_MONTHLY;
  return t->count > 0 && t->months >= 1 && t->months <= INDEX_MONTHS_MAX && t->lag >= 0 && t->lag <= INDEX_LAG_MAX &&
         t->factor_decimals >= FACTOR_EXACT && t->factor_decimals <= FACTOR_DECIMALS_MAX &&
         (t->figure == INDEX_CHAINED || years);
}

index_status index_adjust(const index_terms *t, const index_series *const *series, civil_date on, int64_t price,
                          index_result *out) {
  if (!terms_fit(t)) return INDEX_TERMS;
  *out = (index_result){.missing_month = DATE_NONE};
  out->last = date_anchor_month(on, -(int64_t)t->lag, 1);
  out->first = date_add_months(out->last, 1 - (int64_t)t->months);
  if (date_is_none(out->first)) return INDEX_TERMS;
  factor f;
  index_status status = pick_index(t, series, out, &f);
  if (status != INDEX_OK) return status;
  int64_t eight;
  bool fits =
      tell_accumulated(&f, &out->accumulated) && (t->floor != INDEX_FLOOR_TOTAL || bound(&f, t->floor_percent, true)) &&
      (!t->capped || bound(&f, t->cap_percent, false)) && (t->plus_percent.n == 0 || add_points(&f, t->plus_percent)) &&
      round_factor(&f, t) && rounded(&f, 100000000, ROUND_HALF_EVEN, &eight) && apply(&f, price, t->round, &out->price);
  if (!fits) return INDEX_OVERFLOW;
  out->factor = (decimal){eight, 8};
  return INDEX_OK;
}

bool price_adjust_plain(const price_adjustment *a, money price, money *out) {
  assert(a->kind != ADJUST_INDEX);
  money sum = {0, price.cur};
  if (a->kind == ADJUST_PERCENT) {
    int128 n = (int128)price.minor * a->percent.n;
    n = div_round(n, (int128)pow10_i64(a->percent.scale) * 100, ROUND_HALF_EVEN);
    if (n < INT64_MIN || n > INT64_MAX) return false;
    sum.minor = (int64_t)n;
  } else if ((a->cur != CURRENCY_NONE && a->cur != price.cur) || money_of_decimal(a->sum, price.cur, &sum) != MONEY_OK)
    return false;
  return money_add(price, sum, out);
}
