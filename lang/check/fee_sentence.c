/* The late fee and interest sentence, as the terms that lang/base/fee.h computes with.
 *
 * Invariant: the sums of a sentence are in one currency (program.fee_cur): the policy's, else the one that stands with
 * a sum, else the data's. */
#include "lang/check/internal.h"

/* That of the first sum that has one. */
static currency written_currency(const ast *n) {
  if (n->kind == AST_MONEY) return n->value.money.cur;
  for (const ast *kid = n->kid; kid; kid = kid->next) {
    currency cur = written_currency(kid);
    if (cur != CURRENCY_NONE) return cur;
  }
  return CURRENCY_NONE;
}

/* A sum in minor units of the sentence's currency; of one that only the data know, with FEE_SUM_DECIMALS. */
static bool sum_of(checker *c, const ast *n, int64_t *minor) {
  decimal d = n->kind == AST_MONEY ? n->value.money.amount : n->value.number;
  currency cur = n->kind == AST_MONEY ? n->value.money.cur : c->p->fee_cur;
  *minor = 0;
  if (cur != c->p->fee_cur) {
    REPORT(c, E0322, n->at, NO_HINT, slice_of(currency_code(c->p->fee_cur)));
    return false;
  }
  if (!expr_money_fits(c, d, cur, n->at)) return false;
  unsigned decimals = cur == CURRENCY_NONE ? FEE_SUM_DECIMALS : currency_minor(cur);
  decimal count;
  if (!decimal_rescale(d, (uint8_t)decimals, ROUND_HALF_EVEN, &count)) {
    REPORT(c, E0209, n->at, NO_HINT);
    return false;
  }
  *minor = count.n;
  return true;
}

/* `40 GBP below 1_000, 70 GBP below 10_000, 100 GBP`: each tier begins where the one before it ends. */
static void fee_build(checker *c, const ast *n, fee_terms *t) {
  uint32_t count = (uint32_t)ast_count(n);
  fee_tier *tiers = ARENA_ARRAY(c->perm, count + 1, fee_tier);
  int64_t from = 0;
  bool open = false; /* the part before said where it ends */
  const ast *most = ast_kid(n, AST_AT_MOST);
  for (const ast *part = ast_kid(n, AST_FEE_PART); part; part = ast_next(part, AST_FEE_PART)) {
    const ast *v = part->kid, *below = ast_kid(part, AST_BELOW);
    if (!v) continue;
    if (v->kind == AST_PERCENT) {
      if (t->fee_percent.n != 0 || below || part->op == KW_COMMA) REPORT(c, E0323, part->at, NO_HINT);
      t->fee_percent = v->value.number;
      continue;
    }
    if (t->tier_count && !open) REPORT(c, E0323, part->at, NO_HINT);
    fee_tier *tier = &tiers[t->tier_count++];
    tier->from_minor = from;
    (void)sum_of(c, v, &tier->sum_minor);
    open = below && below->kid;
    if (!open) continue;
    int64_t end;
    if (sum_of(c, below->kid, &end)) {
      if (end <= from) REPORT(c, E0323, below->at, NO_HINT);
      from = end;
    }
  }
  if (open) REPORT(c, E0323, n->at, NO_HINT);
  t->tiers = tiers;
  if (most && most->kid) t->fee_capped = sum_of(c, most->kid, &t->fee_max_minor);
}

static fee_unit unit_of(const ast *rate, const ast *v) {
  const ast *per = ast_kid(rate, AST_PER);
  if (v->kind != AST_PERCENT) return FEE_MONEY_PER_DAY;
  if (!per || per->op == KW_YEAR) return FEE_PER_YEAR;
  return per->op == KW_MONTH ? FEE_PER_MONTH : FEE_PER_DAY;
}

/* Rates add up: `"ECB" plus 8% per year`, `1% per month plus 0.5% per month`. */
static void rates_build(checker *c, const ast *n, fee_terms *t) {
  fee_rate *rate = ARENA_NEW(c->perm, fee_rate);
  bool first = true;
  rate->from = DATE_NONE;
  for (const ast *r = ast_kid(n, AST_RATE); r; r = ast_next(r, AST_RATE)) {
    const ast *v = r->kid, *per = ast_kid(r, AST_PER);
    if (!v) continue;
    if (v->kind == AST_TEXT) {
      if (c->p->fee_series.n || !first) REPORT(c, E0324, r->at, NO_HINT);
      c->p->fee_series = keep(c, v->text);
      name_series(c, c->p->fee_series, v->at);
      t->unit = FEE_PER_YEAR; /* published rates are a year's */
      first = false;
      continue;
    }
    fee_unit unit = unit_of(r, v);
    int64_t minor;
    bool bad = (!first && unit != t->unit) || (unit == FEE_MONEY_PER_DAY && per && per->op != KW_DAY) || per == NULL;
    if (bad) REPORT(c, E0324, r->at, NO_HINT);
    if (unit == FEE_MONEY_PER_DAY && !sum_of(c, v, &minor)) continue;
    decimal d = v->kind == AST_MONEY ? v->value.money.amount : v->value.number;
    decimal *to = c->p->fee_series.n ? &t->spread : &rate->value;
    if (!decimal_add(*to, d, to)) REPORT(c, E0209, v->at, NO_HINT);
    t->unit = unit;
    first = false;
  }
  if (!first && !c->p->fee_series.n) {
    t->rates = rate;
    t->rate_count = 1;
  }
}

static void day_count(checker *c, const ast *n, fee_terms *t) {
  t->divisor = fee_divisor(t->unit, FEE_DAYS_ACTUAL);
  t->days = FEE_DAYS_ACTUAL;
  if (!n) return;
  bool fits = t->unit == FEE_PER_YEAR;
  if (n->op == KW_BUSINESS_DAYS) {
    t->days = FEE_DAYS_BUSINESS;
    fits = true;
  } else if (n->text.n && (n->text.p[0] == '3')) {
    t->days = FEE_DAYS_30E;
    fits = t->unit == FEE_PER_YEAR || t->unit == FEE_PER_MONTH;
  }
  t->divisor = fee_divisor(t->unit, t->days);
  if (t->days == FEE_DAYS_ACTUAL && n->text.n > 3 && memcmp(n->text.p + n->text.n - 3, "360", 3) == 0) t->divisor = 360;
  if (!fits) REPORT(c, E0325, n->at, NO_HINT, n->text);
}

static void interest_build(checker *c, const ast *n, fee_terms *t) {
  const ast *kind = ast_kid(n, AST_INTEREST_KIND), *base = ast_kid(n, AST_ON_BASE), *late = ast_kid(n, AST_TOLERANCE);
  const ast *round = ast_kid(n, AST_ROUNDED), *when = round ? ast_kid(round, AST_ROUND_WHEN) : NULL;
  int32_t days;
  rates_build(c, n, t);
  day_count(c, ast_kid(n, AST_DAY_COUNT), t);
  t->compound = kind && kind->op == KW_COMPOUND;
  if (base) t->base = base->op == KW_ON_ORIGINAL ? FEE_ON_ORIGINAL : FEE_ON_RUNNING;
  if (late && whole_days(c, late->kid, &days))
    *(late->op == KW_DEFERRED ? &t->deferred_days : &t->tolerance_days) = days;
  if (round) t->round = round->op == KW_HALF_UP ? ROUND_HALF_UP : round->op == KW_DOWN ? ROUND_DOWN : ROUND_HALF_EVEN;
  if (when) t->round_at = when->op == KW_PER_DAY ? FEE_ROUND_DAY : FEE_ROUND_END;
  t->rate_locked = ast_kid(n, AST_LOCKED) != NULL;
}

void fee_setting(checker *c, const ast *n) {
  const ast *fee = ast_kid(n, AST_FEE), *interest = ast_kid(n, AST_INTEREST);
  fee_terms t = fee_terms_default();
  t.base = FEE_ON_RUNNING; /* on open: of each day */
  c->p->fee_cur = c->p->cur != CURRENCY_NONE ? c->p->cur : written_currency(n);
  if (fee) fee_build(c, fee, &t);
  if (interest) interest_build(c, interest, &t);
  c->p->has_fee = true;
  c->p->fee = t;
  c->p->fee_at = n->at;
}

void fee_finish(checker *c) {
  if (!c->p->has_fee) return;
  c->p->fee.due_rule = c->p->due == DUE_MOVE         ? FEE_DUE_ROLL
                       : c->p->due == DUE_LATE_AFTER ? FEE_DUE_GRACE
                                                     : FEE_DUE_EXACT;
}
