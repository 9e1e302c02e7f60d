/* fees.csv: each row is a whole policy sentence and an invoice. */
#include <string.h>

#include "lang/base/fee.h"
#include "lang/base/utf8.h"
#include "tests/vectors/vectors.h"

#define PARTS_MAX 64

/* What does not read leaves the value at 0, and the case fails with its result. */
static decimal decimal_of(slice s) {
  decimal d = {0, 0};
  return s.n && decimal_parse(s, &d) == NUMBER_OK ? d : (decimal){0, 0};
}

static int64_t minor_of(slice s, currency cur) {
  money m = {0, cur};
  return s.n && money_parse(s, cur, &m) == MONEY_OK ? m.minor : 0;
}

static civil_date date_from(slice s) {
  civil_date d = DATE_NONE;
  return date_parse(s, &d) ? d : DATE_NONE;
}

static void set_due_rule(fee_terms *t, slice rule) {
  slice name = take_part(&rule, ':');
  int32_t days = (int32_t)number_of(rule);
  if (slice_eq(name, SLICE("grace"))) t->due_rule = FEE_DUE_GRACE;
  if (slice_eq(name, SLICE("roll"))) t->due_rule = FEE_DUE_ROLL;
  if (slice_eq(name, SLICE("threshold"))) t->tolerance_days = days;
  if (slice_eq(name, SLICE("defer"))) t->deferred_days = days;
}

static void set_tiers(run *r, fee_terms *t, slice text, currency cur) {
  fee_tier *tiers = ARENA_ARRAY(r->perm, PARTS_MAX, fee_tier);
  bool tiered = text.n && memchr(text.p, ':', text.n);
  while (text.n && t->tier_count < PARTS_MAX) {
    slice part = take_part(&text, ';');
    slice from = tiered ? take_part(&part, ':') : SLICE("0");
    tiers[t->tier_count++] = (fee_tier){minor_of(from, cur), minor_of(part, cur)};
  }
  t->tiers = tiers;
}

static void set_rates(run *r, fee_terms *t, slice text) {
  fee_rate *rates = ARENA_ARRAY(r->perm, PARTS_MAX, fee_rate);
  bool dated = text.n && memchr(text.p, ':', text.n);
  while (text.n && t->rate_count < PARTS_MAX) {
    slice part = take_part(&text, ';');
    civil_date from = dated ? date_from(take_part(&part, ':')) : DATE_NONE;
    rates[t->rate_count++] = (fee_rate){from, decimal_of(part)};
  }
  t->rates = rates;
}

static void set_payments(run *r, fee_case *c, slice text) {
  fee_payment *payments = ARENA_ARRAY(r->perm, PARTS_MAX, fee_payment);
  while (text.n && c->payment_count < PARTS_MAX) {
    slice part = take_part(&text, ';');
    civil_date date = date_from(take_part(&part, ':'));
    payments[c->payment_count++] = (fee_payment){date, minor_of(part, c->amount.cur)};
  }
  c->payments = payments;
}

static void set_day_count(fee_terms *t, slice text) {
  slice days = take_part(&text, '/');
  t->days = slice_eq(days, SLICE("bus"))     ? FEE_DAYS_BUSINESS
            : slice_eq(days, SLICE("30E"))   ? FEE_DAYS_30E
            : slice_eq(text, SLICE("month")) ? FEE_DAYS_ACTUAL_MONTH
                                             : FEE_DAYS_ACTUAL;
  t->divisor = t->days == FEE_DAYS_ACTUAL_MONTH ? 30 : (int32_t)number_of(text);
}

static fee_terms terms_of(run *r, const table *t, const row *x, currency cur) {
  fee_terms terms = fee_terms_default();
  slice unit = cell(t, x, "rate_unit"), mode = cell(t, x, "rounding"), at = cell(t, x, "round_at");
  slice base = cell(t, x, "base");
  terms.fee_percent = decimal_of(cell(t, x, "fee_pct"));
  set_tiers(r, &terms, cell(t, x, "fee_fixed"), cur);
  set_rates(r, &terms, cell(t, x, "rate"));
  set_due_rule(&terms, cell(t, x, "due_rule"));
  set_day_count(&terms, cell(t, x, "day_count"));
  terms.unit = slice_eq(unit, SLICE("pct-day"))     ? FEE_PER_DAY
               : slice_eq(unit, SLICE("pct-year"))  ? FEE_PER_YEAR
               : slice_eq(unit, SLICE("money-day")) ? FEE_MONEY_PER_DAY
                                                    : FEE_PER_MONTH;
  terms.rate_locked = slice_eq(cell(t, x, "rate_lock"), SLICE("start"));
  terms.compound = slice_eq(cell(t, x, "compound"), SLICE("compound-30"));
  terms.base = slice_eq(base, SLICE("remaining"))  ? FEE_ON_OPEN
               : slice_eq(base, SLICE("original")) ? FEE_ON_ORIGINAL
                                                   : FEE_ON_RUNNING;
  terms.round = slice_eq(mode, SLICE("half-even")) ? ROUND_HALF_EVEN
                : slice_eq(mode, SLICE("down"))    ? ROUND_DOWN
                                                   : ROUND_HALF_UP;
  terms.round_at = slice_eq(at, SLICE("day"))     ? FEE_ROUND_DAY
                   : slice_eq(at, SLICE("rate3")) ? FEE_ROUND_RATE3
                                                  : FEE_ROUND_END;
  return terms;
}

static slice sum_slice(run *r, int64_t minor, currency cur) {
  char text[MONEY_TEXT_MAX];
  return arena_slice(r->perm, (slice){text, money_plain((money){minor, cur}, text)});
}

static slice result_text(run *r, const fee_terms *t, const fee_case *c) {
  fee_result f;
  switch (fee_compute(t, c, &f)) {
  case FEE_OK: break;
  case FEE_OVERFLOW: return SLICE("overflow");
  case FEE_NO_RATE: return SLICE("no rate");
  }
  currency cur = c->amount.cur;
  slice corrected = sum_slice(r, f.corrected, cur), fee = sum_slice(r, f.fee, cur);
  slice interest = sum_slice(r, f.interest, cur), total = sum_slice(r, f.total, cur);
  return arena_printf(r->perm, "%d days %.*s + %.*s + %.*s = %.*s", f.late_days, SLICE_ARG(corrected), SLICE_ARG(fee),
                      SLICE_ARG(interest), SLICE_ARG(total));
}

void check_fees(run *r, const table *t) {
  for (size_t i = 0; i < t->count; i++) {
    const row *x = &t->rows[i];
    currency cur = currency_find(cell(t, x, "currency"));
    const calendar *cal = calendar_named(r, cell(t, x, "calendar"));
    fee_case c = {.amount = {minor_of(cell(t, x, "amount"), cur), cur},
                  .due = date_from(cell(t, x, "due")),
                  .on = date_from(cell(t, x, "on")),
                  .cal = cal,
                  .factor = decimal_of(cell(t, x, "factor"))};
    set_payments(r, &c, cell(t, x, "payments"));
    fee_terms terms = terms_of(r, t, x, cur);
    slice late = cell(t, x, "late_days"), corrected = cell(t, x, "corrected"), fee = cell(t, x, "fee");
    slice interest = cell(t, x, "interest"), total = cell(t, x, "total");
    slice expected = arena_printf(r->perm, "%.*s days %.*s + %.*s + %.*s = %.*s", SLICE_ARG(late), SLICE_ARG(corrected),
                                  SLICE_ARG(fee), SLICE_ARG(interest), SLICE_ARG(total));
    bool readable = cal && !date_is_none(c.due) && !date_is_none(c.on) && terms.divisor > 0 &&
                    number_of(cell(t, x, "dp")) == currency_minor(cur);
    judge(r, cell(t, x, "id"), expected, readable ? result_text(r, &terms, &c) : SLICE("a row that does not read"));
  }
}

slice late_days_text(run *r, slice due, slice on, slice rule, const calendar *c) {
  fee_terms t = fee_terms_default();
  set_due_rule(&t, rule);
  fee_case x = {.amount = {100, CURRENCY_BRL}, .due = date_from(due), .on = date_from(on), .cal = c, .factor = {1, 0}};
  fee_result f;
  if (fee_compute(&t, &x, &f) != FEE_OK) return SLICE("no result");
  return arena_printf(r->perm, "%d", f.late_days);
}
