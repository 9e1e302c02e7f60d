/* See bills.h. Invariant: each part of a bill is rounded once; what is shown adds up to the bill. */
#include "bills.h"

#include "lang/base/text.h"
#include "prices.h"

/* ---- the rule's dates ---- */

static civil_date weekday_from(const every_rule *r, civil_date day, int32_t step) {
  for (int k = 1; k <= 7; k++) {
    civil_date d = date_add_days(day, (int64_t)step * k);
    if (r->days >> date_weekday(d) & 1) return d;
  }
  return DATE_NONE;
}

static civil_date moved(const engine *e, const every_rule *r, uint32_t row, civil_date day, int32_t step) {
  switch (r->kind) {
  case EVERY_DAY: return date_add_days(day, step);
  case EVERY_WEEK: return weekday_from(r, day, step);
  case EVERY_MONTH: return date_anchor_month(day, step, r->day ? r->day : 31);
  case EVERY_YEAR: break;
  }
  if (r->on_use == NO_USE) return date_anchor_month(day, 12 * (int64_t)step, r->day ? r->day : 31);
  const field_use *use = &e->p->uses[r->on_use];
  uint32_t at = fact_row(e->f, use, row);
  int64_t from = at == VM_NO_ROW ? FACT_MISSING : fact_int(e->f, use->field, at);
  if (from == FACT_MISSING) return DATE_NONE;
  civil_date anchor = {(int32_t)from};
  return date_add_months(anchor, 12 * (int64_t)(date_year(day) - date_year(anchor) + step));
}

civil_date every_next(const engine *e, const every_rule *r, uint32_t row, civil_date day) {
  return moved(e, r, row, day, 1);
}
civil_date every_before(const engine *e, const every_rule *r, uint32_t row, civil_date day) {
  return moved(e, r, row, day, -1);
}

/* The first of them from a day on. */
static civil_date every_from(const engine *e, const every_rule *r, uint32_t row, civil_date day) {
  civil_date d = day;
  switch (r->kind) {
  case EVERY_DAY: return day;
  case EVERY_WEEK: return weekday_from(r, date_add_days(day, -1), 1);
  case EVERY_MONTH: d = date_anchor_month(day, 0, r->day ? r->day : 31); break;
  case EVERY_YEAR:
    d = r->on_use == NO_USE ? date_of(date_year(day), r->month, r->day ? r->day : 28) : moved(e, r, row, day, 0);
    break;
  }
  while (!date_is_none(d) && d.day < day.day) d = moved(e, r, row, d, 1);
  return d;
}

/* ---- a bill ---- */

typedef struct billing {
  engine *e;
  uint32_t row;
  const price_proration *how;
  arena *perm;
  text parts;
  int64_t sum;
  uint32_t count;
  bool fits;
} billing;

static slice day_text(arena *perm, civil_date d) {
  char day[DATE_TEXT_MAX];
  return arena_slice(perm, (slice){day, date_iso(d, day)});
}

static void add_part(billing *b, int64_t minor, day_range days, slice why) {
  char number[MONEY_TEXT_MAX];
  money m = {minor, b->e->f->contract_cur[b->row]};
  slice sum = {number, money_plain(m, number)};
  if (__builtin_add_overflow(b->sum, minor, &b->sum)) b->fits = false;
  text_printf(&b->parts, "%s%.*s %.*s..%.*s%.*s", b->count++ ? ", " : "", SLICE_ARG(sum),
              SLICE_ARG(day_text(b->perm, days.first)), SLICE_ARG(day_text(b->perm, days.last)), SLICE_ARG(why));
}

/* `cents to the first|last`: the part that gets them is what the other one, rounded down, leaves of the price.
 * Conventions whose parts do not make up the whole round each part by itself. */
static int64_t part_of(billing *b, int64_t price, day_range period, day_range active) {
  bool whole_parts = b->how->rule == PRORATION_ACTUAL || b->how->rule == PRORATION_30;
  bool first = date_eq(active.first, period.first), last = date_eq(active.last, period.last);
  rounding round = ROUND_HALF_EVEN;
  int64_t sum;
  if (b->how->cents_said && b->how->cents != CENTS_SPREAD && whole_parts && first != last) {
    round = ROUND_DOWN;
    if (first == (b->how->cents == CENTS_FIRST)) { /* the other part, then */
      active = first ? (day_range){date_add_days(active.last, 1), period.last}
                     : (day_range){period.first, date_add_days(active.first, -1)};
      if (prorate_part(b->how->rule, price, period, active, round, &sum) != PRORATION_OK) b->fits = false;
      return b->fits ? price - sum : 0;
    }
  }
  if (prorate_part(b->how->rule, price, period, active, round, &sum) != PRORATION_OK) {
    b->fits = false;
    return 0;
  }
  return sum;
}

/* The days from the start to the first bill, which no bill before it was for; those before the rule was there are not
 * its own. */
static void first_part(billing *b, day_range before, civil_date start) {
  int64_t price = price_on(b->e, b->row, start);
  day_range active = {start, before.last};
  if (price == FACT_MISSING) return;
  add_part(b, part_of(b, price, before, active), active, (slice){0});
}

static bool same_day_left(const price_set *p, const day_range *period) {
  return p->on.day > period->first.day && p->on.day <= period->last.day;
}

/* " (1000.00 -> 1020.00)" */
static slice change_text(const billing *b, const price_set *p) {
  char from[MONEY_TEXT_MAX], to[MONEY_TEXT_MAX];
  currency cur = b->e->f->contract_cur[b->row];
  slice x = {from, money_plain((money){p->from, cur}, from)}, y = {to, money_plain((money){p->to, cur}, to)};
  return arena_printf(b->perm, " (%.*s -> %.*s)", SLICE_ARG(x), SLICE_ARG(y));
}

static void changed_price(billing *b, day_range before, const price_set *p) {
  price_change c = {p->from, p->to, before.first, date_add_days(before.last, 1), p->on};
  price_change_result r;
  if (prorate_change(b->how->rule, &c, ROUND_HALF_EVEN, &r) != PRORATION_OK)
    b->fits = false;
  else
    add_part(b, r.net, (day_range){p->on, before.last}, change_text(b, p));
}

/* Prices that changed inside the period before, which was billed at the price of its first day: the oldest first. */
static void changed_prices(billing *b, day_range before) {
  size_t n = 0;
  const price_set *last = prices_last(b->e, b->row);
  for (const price_set *p = last; p; p = prices_before(b->e, p)) n += same_day_left(p, &before);
  const price_set **all = ARENA_ARRAY(b->perm, n + 1, const price_set *);
  size_t at = n;
  for (const price_set *p = last; p; p = prices_before(b->e, p))
    if (same_day_left(p, &before)) all[--at] = p;
  for (size_t i = 0; i < n; i++) changed_price(b, before, all[i]);
}

static void prorated(billing *b, const every_rule *r, int64_t price, day_range period) {
  int64_t start = fact_int(b->e->f, FIELD_CONTRACT_START, b->row), end = fact_int(b->e->f, FIELD_CONTRACT_END, b->row);
  day_range before = {every_before(b->e, r, b->row, period.first), date_add_days(period.first, -1)};
  bool joins = start != FACT_MISSING && start > before.first.day && start <= before.last.day;
  int32_t since = b->e->every_since[r - b->e->p->everys];
  int32_t from = since != DATE_NONE_DAY && since > start ? since : (int32_t)start;
  if (joins && from <= before.last.day) first_part(b, before, (civil_date){from});
  if (start == FACT_MISSING || start <= before.last.day) changed_prices(b, before);
  day_range active = period;
  if (end != FACT_MISSING && end < active.last.day) active.last = (civil_date){(int32_t)end};
  add_part(b, part_of(b, price, period, active), active, (slice){0});
}

contract_sum bill_sum(engine *e, const firing *f, const action *a, arena *perm) {
  currency cur = e->f->contract_cur[f->row];
  civil_date day = {f->day};
  contract_sum x = {.said = true, .sum = {0, cur}, .was = {0, cur}};
  int64_t price = price_on(e, f->row, day);
  if (price == FACT_MISSING) {
    x.how = SLICE("undecided: the contract's price is missing");
    return x;
  }
  billing b = {e, f->row, a->prorated ? a->prorated : e->p->proration, perm, text_new(perm), 0, 0, true};
  const every_rule *r = f->section == SECTION_EVERY ? &e->p->everys[f->index] : NULL;
  day_range period = {day, r ? date_add_days(every_next(e, r, f->row, day), -1) : DATE_NONE};
  if (r && !date_is_none(period.last)) {
    if (b.how)
      prorated(&b, r, price, period);
    else
      add_part(&b, price, period, (slice){0});
  } else {
    b.sum = price;
  }
  if (!b.fits) {
    x.how = SLICE("undecided: the sum is too large");
    return x;
  }
  char number[MONEY_TEXT_MAX];
  x.known = true;
  x.sum.minor = b.sum;
  slice sum = {number, money_plain(x.sum, number)};
  x.how = b.count
              ? arena_printf(perm, "%.*s %s: %.*s", SLICE_ARG(sum), currency_code(cur), SLICE_ARG(text_slice(&b.parts)))
              : arena_printf(perm, "%.*s %s", SLICE_ARG(sum), currency_code(cur));
  return x;
}

const action *bill_of(const every_rule *r) {
  for (uint32_t l = 0; l < r->body.count; l++)
    for (uint32_t b = 0; b < r->body.v[l].branch_count; b++) {
      const branch *x = &r->body.v[l].branches[b];
      for (uint32_t a = 0; a < x->action_count; a++)
        if (x->actions[a].kind == ACT_BILL_CONTRACT) return &x->actions[a];
    }
  return NULL;
}

civil_date bill_next(engine *e, uint32_t row, civil_date today) {
  int64_t status = fact_int(e->f, FIELD_CONTRACT_STATUS, row);
  civil_date soonest = DATE_NONE;
  if (status != CONTRACT_ACTIVE) return soonest;
  for (uint32_t i = 0; i < e->p->every_count; i++) {
    const every_rule *r = &e->p->everys[i];
    if (r->of != ENT_CONTRACT || !bill_of(r)) continue;
    if (r->where != NO_COND && engine_cond(e, r->where, row) != TRI_YES) continue;
    civil_date day = every_from(e, r, row, today);
    if (!date_is_none(day) && (date_is_none(soonest) || day.day < soonest.day)) soonest = day;
  }
  return soonest;
}
