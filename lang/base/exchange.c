/* See exchange.h. Invariant: rates stand by pair and then by day, so that a binary search finds the one of a day; a
 * worth is an exact fraction until who asks rounds it. */
#include "exchange.h"

#include <stdlib.h>

static int by_pair(const void *va, const void *vb) {
  const exchange_rate *a = va, *b = vb;
  if (a->from != b->from) return a->from < b->from ? -1 : 1;
  if (a->to != b->to) return a->to < b->to ? -1 : 1;
  if (a->day.day != b->day.day) return a->day.day < b->day.day ? -1 : 1;
  return (a->line > b->line) - (a->line < b->line);
}

const exchange *exchange_build(arena *perm, exchange_rate *v, size_t count, unsigned *twice) {
  if (count) qsort(v, count, sizeof *v, by_pair);
  exchange *x = ARENA_NEW(perm, exchange);
  exchange_pair *pairs = ARENA_ARRAY(perm, count + 1, exchange_pair);
  *x = (exchange){.v = v, .count = count, .pairs = pairs, .last = DATE_NONE};
  for (size_t i = 0; i < count; i++) {
    bool same = i > 0 && v[i - 1].from == v[i].from && v[i - 1].to == v[i].to;
    if (same && v[i - 1].day.day == v[i].day.day && decimal_cmp(v[i - 1].rate, v[i].rate) != 0) {
      *twice = v[i].line;
      return NULL;
    }
    if (!same) pairs[x->pair_count++] = (exchange_pair){v[i].from, v[i].to, i, 0};
    pairs[x->pair_count - 1].count++;
    if (date_is_none(x->last) || date_cmp(v[i].day, x->last) > 0) x->last = v[i].day;
  }
  return x;
}

/* How many rates of the pair were published up to the day. */
static size_t published(const exchange *x, const exchange_pair *p, civil_date day) {
  size_t lo = 0, hi = p->count;
  while (lo < hi) {
    size_t mid = lo + (hi - lo) / 2;
    if (date_cmp(x->v[p->first + mid].day, day) <= 0)
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo;
}

static const exchange_rate *rate_of(const exchange *x, currency from, currency to, civil_date day) {
  for (size_t i = 0; i < x->pair_count; i++) {
    const exchange_pair *p = &x->pairs[i];
    if (p->from != from || p->to != to) continue;
    size_t n = published(x, p, day);
    return n ? &x->v[p->first + n - 1] : NULL;
  }
  return NULL;
}

/* Units of `to` for one unit of `from`. */
static bool between(const exchange *x, currency from, currency to, civil_date day, rational *out) {
  const exchange_rate *there = rate_of(x, from, to, day), *back = rate_of(x, to, from, day);
  if (!there && !back) return false;
  if (there && (!back || date_cmp(there->day, back->day) >= 0)) {
    *out = rational_of_decimal(there->rate);
    return true;
  }
  return rational_div(rational_of(1), rational_of_decimal(back->rate), out);
}

/* Over the first currency, by code, that has rates with both. */
static bool over_another(const exchange *x, currency from, currency to, civil_date day, rational *out) {
  currency best = CURRENCY_NONE;
  bool found = false;
  for (size_t i = 0; i < x->pair_count; i++) {
    const exchange_pair *p = &x->pairs[i];
    currency other = p->from == from ? p->to : p->from;
    rational a, b, product;
    if ((p->from != from && p->to != from) || other == to || (found && other >= best)) continue;
    if (!between(x, from, other, day, &a) || !between(x, other, to, day, &b) || !rational_mul(a, b, &product)) continue;
    *out = product;
    best = other;
    found = true;
  }
  return found;
}

void exchange_on(const exchange *x, currency home, civil_date day, exchange_day *out) {
  *out = (exchange_day){.home = home};
  out->worth[home] = rational_of(1);
  for (size_t i = 0; i < 2 * x->pair_count; i++) {
    currency c = i & 1 ? x->pairs[i / 2].to : x->pairs[i / 2].from;
    rational unit, minor = {pow10_i64(currency_minor(home)), pow10_i64(currency_minor(c))};
    if (out->worth[c].den != 0) continue;
    if (!between(x, c, home, day, &unit) && !over_another(x, c, home, day, &unit)) continue;
    if (!rational_mul(unit, minor, &out->worth[c])) out->worth[c] = (rational){0, 0};
  }
}

civil_date exchange_next(const exchange *x, civil_date day) {
  civil_date next = DATE_NONE;
  for (size_t i = 0; i < x->pair_count; i++) {
    size_t n = published(x, &x->pairs[i], day);
    if (n == x->pairs[i].count) continue;
    civil_date d = x->v[x->pairs[i].first + n].day;
    if (date_is_none(next) || date_cmp(d, next) < 0) next = d;
  }
  return next;
}

bool exchange_worth(const exchange_day *d, rational minor, currency of, rational *out) {
  return of < CURRENCY_COUNT && d->worth[of].den != 0 && rational_mul(minor, d->worth[of], out);
}
