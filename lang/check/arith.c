/* Arithmetic: which types go together, and what comes out. Everything is exact; the machine never rounds. */
#include "lang/check/internal.h"

duration_class duration_class_of(duration d) {
  if (d.unit == UNIT_BUSINESS_DAY) return SPAN_BUSINESS;
  return d.unit == UNIT_MONTH || d.unit == UNIT_YEAR ? SPAN_MONTHS : SPAN_DAYS;
}

/* Fields and differences of dates count days. */
duration_class expr_duration_class(const expr *e) {
  return e->op == X_DURATION ? duration_class_of(e->dur) : SPAN_DAYS;
}

static bool scaled(duration d, duration_unit unit, duration_unit unit_big, int32_t factor, int32_t *out) {
  if (d.unit != unit && d.unit != unit_big) return false;
  int64_t n = d.unit == unit_big ? (int64_t)d.n * factor : d.n;
  if (n > INT32_MAX || n < INT32_MIN) return false;
  *out = (int32_t)n;
  return true;
}

bool duration_days(duration d, int32_t *out) { return scaled(d, UNIT_DAY, UNIT_WEEK, 7, out); }
bool duration_months(duration d, int32_t *out) { return scaled(d, UNIT_MONTH, UNIT_YEAR, 12, out); }

/* a + sign * b where both are of one class; the unit stays where both have it. */
static duration duration_sum(duration a, duration b, int32_t sign) {
  int32_t x = a.n, y = b.n;
  duration_unit unit = a.unit;
  if (a.unit != b.unit) {
    unit = duration_class_of(a) == SPAN_MONTHS ? UNIT_MONTH : UNIT_DAY;
    if (!duration_days(a, &x)) (void)duration_months(a, &x);
    if (!duration_days(b, &y)) (void)duration_months(b, &y);
  }
  return (duration){x + sign * y, unit};
}

static const expr *binary(checker *c, expr_op op, type ty, const expr *a, const expr *b, span at) {
  expr *e = expr_new(c, op, ty, at);
  e->a = a;
  e->b = b;
  return e;
}

static const expr *durations(checker *c, expr_op op, const expr *a, const expr *b, span at) {
  if (expr_duration_class(a) != expr_duration_class(b)) {
    REPORT(c, E0207, at, hint(c, HINT_WRITE_DAYS, NO_HINT));
    return expr_error(c, at);
  }
  if (a->op != X_DURATION || b->op != X_DURATION) {
    if (expr_duration_class(a) == SPAN_DAYS) return binary(c, op, TY_DURATION, a, b, at);
  }
  expr *e = expr_new(c, X_DURATION, TY_DURATION, at);
  e->dur = duration_sum(a->dur, b->dur, op == X_ADD ? 1 : -1);
  return e;
}

static const expr *money_pair(checker *c, expr_op op, type ty, const expr *a, const expr *b, span at) {
  if (a->op == X_MONEY && b->op == X_MONEY && a->cur != b->cur && a->cur != CURRENCY_NONE && b->cur != CURRENCY_NONE) {
    REPORT(c, E0210, at, NO_HINT, slice_of(currency_code(a->cur)), slice_of(currency_code(b->cur)));
    return expr_error(c, at);
  }
  return binary(c, op, ty, a, b, at);
}

static const expr *sum(checker *c, expr_op op, const expr *a, const expr *b, span at) {
  if (a->ty == TY_MONEY && b->ty == TY_NUMBER)
    b = expr_as_money(c, b);
  else if (b->ty == TY_MONEY && a->ty == TY_NUMBER)
    a = expr_as_money(c, a);
  if (!a || !b) return NULL;
  if (a->ty == TY_ERROR || b->ty == TY_ERROR) return expr_error(c, at);
  if (a->ty == TY_MONEY && b->ty == TY_MONEY) return money_pair(c, op, TY_MONEY, a, b, at);
  if ((a->ty == TY_NUMBER || a->ty == TY_PERCENT) && a->ty == b->ty) return binary(c, op, a->ty, a, b, at);
  if (a->ty == TY_DATE && b->ty == TY_DURATION) return binary(c, op, TY_DATE, a, b, at);
  if (a->ty == TY_DURATION && b->ty == TY_DATE && op == X_ADD) return binary(c, op, TY_DATE, b, a, at);
  if (a->ty == TY_DATE && b->ty == TY_DATE && op == X_SUB) return binary(c, op, TY_DURATION, a, b, at);
  if (a->ty == TY_DURATION && b->ty == TY_DURATION) return durations(c, op, a, b, at);
  return NULL;
}

static bool counts(const expr *e) { return e->ty == TY_NUMBER || e->ty == TY_PERCENT; }

static const expr *product(checker *c, const expr *a, const expr *b, span at) {
  if (counts(a) && b->ty == TY_MONEY) return binary(c, X_MUL, TY_MONEY, b, a, at);
  if (a->ty == TY_MONEY && counts(b)) return binary(c, X_MUL, TY_MONEY, a, b, at);
  if (counts(a) && counts(b))
    return binary(c, X_MUL, a->ty == TY_PERCENT && b->ty == TY_PERCENT ? TY_PERCENT : TY_NUMBER, a, b, at);
  return NULL;
}

static const expr *quotient(checker *c, const expr *a, const expr *b, span at) {
  rational zero;
  if (expr_constant(b, &zero) && zero.num == 0) {
    REPORT(c, E0208, b->at, NO_HINT);
    return expr_error(c, at);
  }
  if (a->ty == TY_MONEY && b->ty == TY_MONEY) return money_pair(c, X_DIV, TY_NUMBER, a, b, at);
  if (a->ty == TY_MONEY && counts(b)) return binary(c, X_DIV, TY_MONEY, a, b, at);
  if (counts(a) && counts(b))
    return binary(c, X_DIV, a->ty == TY_PERCENT && b->ty == TY_NUMBER ? TY_PERCENT : TY_NUMBER, a, b, at);
  return NULL;
}

/* `amount + 2%` is meant as `amount * 102%`. */
static slice hint_percent(checker *c, const ast *n, const expr *a, const expr *b) {
  decimal hundred = {100, 0}, percent = n->kid->next->value.number;
  if ((n->op != KW_ADD && n->op != KW_SUB) || b->op != X_NUMBER || b->ty != TY_PERCENT) return NO_HINT;
  if (n->kid->next->kind != AST_PERCENT) return NO_HINT;
  if (n->op == KW_SUB) percent.n = -percent.n;
  if (!decimal_add(hundred, percent, &hundred)) return NO_HINT;
  char digits[DECIMAL_TEXT_MAX];
  size_t count = decimal_text(hundred, digits);
  slice whole = {c->p->sources[a->at.file].text.p + a->at.from, a->at.to - a->at.from};
  return hint(c, HINT_WRITE, arena_printf(c->scratch, "%.*s * %.*s%%", SLICE_ARG(whole), (int)count, digits));
}

const expr *arith_build(checker *c, const ast *n) {
  const expr *a = expr_build(c, n->kid), *b = expr_build(c, n->kid->next);
  if (a->ty == TY_ERROR || b->ty == TY_ERROR) return expr_error(c, n->at);
  if (a->ty == TY_BOOL || b->ty == TY_BOOL) {
    REPORT(c, E0206, a->ty == TY_BOOL ? a->at : b->at, NO_HINT);
    return expr_error(c, n->at);
  }
  const expr *e = NULL;
  if (n->op == KW_ADD || n->op == KW_SUB)
    e = sum(c, n->op == KW_ADD ? X_ADD : X_SUB, a, b, n->at);
  else if (n->op == KW_MUL)
    e = product(c, a, b, n->at);
  else
    e = quotient(c, a, b, n->at);
  if (e) return e;
  REPORT(c, E0203, n->at, hint_percent(c, n, a, b), type_text(a->ty, c->lang), kw_text(n->op, c->lang),
         type_text(b->ty, c->lang));
  return expr_error(c, n->at);
}
