/* See fee_limits.h. Where a policy is at home is read from what it says: its currency and calendars, else its time zone
 * and the countries that its conditions name. Nothing is said where nothing tells. */
#include "lang/analyse/fee_limits.h"

#include "lang/base/utf8.h"
#include "lang/check/fields.h"

typedef enum fee_place_id {
#define FEE_PLACE(id, cur, alone, calendars, zones, countries) PLACE_##id,
#include "fee_limits.def"
  PLACE_COUNT
} fee_place_id;

typedef struct fee_place {
  currency cur;
  bool alone;
  const char *calendars, *zones, *countries;
} fee_place;

static const fee_place PLACES[PLACE_COUNT] = {
#define FEE_PLACE(id, cur, alone, calendars, zones, countries) {CURRENCY_##cur, alone, calendars, zones, countries},
#include "fee_limits.def"
};

typedef struct fee_most {
  fee_place_id place;
  diag_code code;
  const char *most[FEE_MONEY_PER_DAY]; /* by unit of the rate; of a fine and of points the first */
} fee_most;

static const fee_most FINES[] = {
#define FINE_MOST(place, code, percent) {PLACE_##place, DIAG_##code, {percent}},
#include "fee_limits.def"
};
static const fee_most INTERESTS[] = {
#define INTEREST_MOST(place, code, day, month, year) {PLACE_##place, DIAG_##code, {day, month, year}},
#include "fee_limits.def"
};
static const fee_most POINTS[] = {
#define POINTS_MOST(place, code, points) {PLACE_##place, DIAG_##code, {points}},
#include "fee_limits.def"
};
static const struct sum_most {
  fee_place_id place;
  diag_code code;
  currency cur;
  int64_t from, most; /* in the major unit */
} SUMS[] = {
#define SUM_MOST(place, code, cur, from, most) {PLACE_##place, DIAG_##code, CURRENCY_##cur, from, most},
#include "fee_limits.def"
};

#define COUNT(v) (sizeof(v) / sizeof *(v))

/* ---- where ---- */

/* Whether a condition takes those of one of the countries; `not` turns it round. */
static bool takes_country(const program *p, const expr *e, bool negated, const char *countries) {
  if (!e) return false;
  if (e->op == X_NOT) return takes_country(p, e->a, !negated, countries);
  if (e->op == X_AND || e->op == X_OR)
    return takes_country(p, e->a, negated, countries) || takes_country(p, e->b, negated, countries);
  bool field = e->a && e->a->op == X_FIELD && p->uses[e->a->use].field == FIELD_CUSTOMER_COUNTRY;
  if (!field || negated) return false;
  if (e->op == X_EQ && e->b->op == X_TEXT) return utf8_fold_one_of(countries, e->b->text);
  for (uint32_t i = 0; e->op == X_IN && i < e->count; i++)
    if (utf8_fold_one_of(countries, e->list[i])) return true;
  return false;
}

static bool says_country(const program *p, const char *countries) {
  for (uint32_t i = 0; *countries && i < p->cond_count; i++)
    if (takes_country(p, p->conds[i].e, false, countries)) return true;
  return false;
}

static bool at_home(const program *p, const fee_place *x) {
  if (x->alone && p->cur == x->cur) return true;
  for (uint32_t i = 0; *x->calendars && i < p->calendar_count; i++)
    if (slice_starts(slice_of(p->calendars[i]->name), slice_of(x->calendars))) return true;
  if (p->cur != CURRENCY_NONE && p->cur != x->cur) return false;
  return utf8_fold_one_of(x->zones, p->timezone) || says_country(p, x->countries);
}

/* ---- how much ---- */

static decimal decimal_of(const char *row) {
  decimal d;
  return decimal_parse(slice_of(row), &d) == NUMBER_OK ? d : (decimal){0, 0};
}

static slice plain(arena *perm, decimal d) {
  char text[DECIMAL_TEXT_MAX];
  return arena_slice(perm, (slice){text, decimal_text(decimal_trim(d), text)});
}

/* "2" of 24 a year, "3" of 0.1 a day. */
static slice a_month(arena *perm, decimal rate, fee_unit unit) {
  rational r = rational_of_decimal(rate), by = unit == FEE_PER_DAY ? (rational){30, 1} : (rational){1, 12};
  decimal month = {0, 4};
  bool fits = unit != FEE_PER_MONTH && rational_mul(r, by, &r) && rational_mul(r, rational_of(pow10_i64(4)), &r) &&
              rational_round(r, ROUND_HALF_EVEN, &month.n);
  return plain(perm, fits ? month : rate);
}

static void check_fine(arena *perm, const program *p, diags *d) {
  for (size_t i = 0; i < COUNT(FINES); i++) {
    if (decimal_cmp(p->fee.fee_percent, decimal_of(FINES[i].most[0])) <= 0 || !at_home(p, &PLACES[FINES[i].place]))
      continue;
    slice percent = plain(perm, p->fee.fee_percent);
    diag_add(d, FINES[i].code, p->fee_at, (slice){0}, 1, &percent);
  }
}

static void check_interest(arena *perm, const program *p, diags *d) {
  if (p->fee_series.n || p->fee.rate_count != 1 || p->fee.unit == FEE_MONEY_PER_DAY) return;
  decimal rate = p->fee.rates[0].value;
  for (size_t i = 0; i < COUNT(INTERESTS); i++) {
    const fee_most *x = &INTERESTS[i];
    if (decimal_cmp(rate, decimal_of(x->most[p->fee.unit])) <= 0 || !at_home(p, &PLACES[x->place])) continue;
    slice month = a_month(perm, rate, p->fee.unit);
    diag_add(d, x->code, p->fee_at, (slice){0}, 1, &month);
  }
}

static void check_points(arena *perm, const program *p, diags *d) {
  for (size_t i = 0; p->fee_series.n && i < COUNT(POINTS); i++) {
    const fee_most *x = &POINTS[i];
    if (decimal_cmp(p->fee.spread, decimal_of(x->most[0])) <= 0 || !at_home(p, &PLACES[x->place])) continue;
    slice args[] = {plain(perm, p->fee.spread), slice_of(x->most[0])};
    diag_add(d, x->code, p->fee_at, (slice){0}, 2, args);
    return; /* several countries: the first one says it */
  }
}

static slice sum_words(arena *perm, int64_t minor, currency cur) {
  char text[MONEY_TEXT_MAX];
  size_t n = money_plain((money){minor, cur}, text);
  if (n > 3 && memcmp(text + n - 3, ".00", 3) == 0) n -= 3;
  return arena_printf(perm, "%.*s %s", (int)n, text, currency_code(cur));
}

/* An amount that the tier is for. */
static int64_t amount_in(const fee_terms *t, size_t tier, int64_t unit) {
  int64_t some = t->tiers[tier].from_minor ? t->tiers[tier].from_minor : 100 * unit;
  return tier + 1 < t->tier_count && some >= t->tiers[tier + 1].from_minor ? unit : some;
}

/* A tier against the last row that begins where it does or before: what holds for the smallest invoice of it. */
static void check_sums(arena *perm, const program *p, diags *d) {
  int64_t unit = pow10_i64(currency_minor(p->fee_cur));
  for (size_t t = 0; t < p->fee.tier_count; t++) {
    const fee_tier *tier = &p->fee.tiers[t];
    int64_t sum = p->fee.fee_capped && p->fee.fee_max_minor < tier->sum_minor ? p->fee.fee_max_minor : tier->sum_minor;
    for (size_t i = COUNT(SUMS); i-- > 0;) {
      const struct sum_most *x = &SUMS[i];
      if (x->cur != p->fee_cur || x->from * unit > tier->from_minor || !at_home(p, &PLACES[x->place])) continue;
      slice args[] = {sum_words(perm, sum, x->cur), sum_words(perm, x->most * unit, x->cur),
                      sum_words(perm, amount_in(&p->fee, t, unit), x->cur)};
      if (sum > x->most * unit) diag_add(d, x->code, p->fee_at, (slice){0}, 3, args);
      break;
    }
  }
}

void analyse_fee_limits(arena *perm, const program *p, diags *d) {
  if (!p->has_fee) return;
  check_fine(perm, p, d);
  check_interest(perm, p, d);
  check_points(perm, p, d);
  check_sums(perm, p, d);
}
