/* Random typed expressions. What a policy can say (`written`) is less than what the machine can do. */
#include "tests/diff/generate.h"

static const expr *node(gen_case *g, expr e) {
  expr *n = ARENA_NEW(g->perm, expr);
  *n = e;
  return n;
}

static const expr *two(gen_case *g, expr_op op, type ty, const expr *a, const expr *b) {
  return node(g, (expr){.op = op, .ty = ty, .a = a, .b = b});
}

static const expr *field(gen_case *g, type ty) {
  uint32_t u;
  do u = rng_below(&g->r, GEN_USES);
  while (g->p.uses[u].ty != ty);
  return node(g, (expr){.op = X_FIELD, .ty = ty, .use = (uint16_t)u});
}

static const expr *overdue(gen_case *g) {
  const expr *e;
  do e = field(g, TY_DURATION);
  while (g->p.uses[e->use].field != FIELD_INVOICE_OVERDUE);
  return e;
}

static const expr *days(gen_case *g, bool any_unit) {
  rng *r = &g->r;
  duration d = {(int32_t)rng_below(r, 15), rng_one_in(r, 5) ? UNIT_WEEK : UNIT_DAY};
  if (any_unit && rng_one_in(r, 2)) d.unit = (duration_unit)rng_below(r, UNIT_COUNT);
  if (g->written) return node(g, (expr){.op = X_DURATION, .ty = TY_DURATION, .dur = d});
  if (rng_one_in(r, 40)) d.n = d.unit == UNIT_BUSINESS_DAY ? 3000 : rng_one_in(r, 2) ? 36500 : INT32_MAX;
  if (rng_one_in(r, 8)) d.n = -d.n;
  return node(g, (expr){.op = X_DURATION, .ty = TY_DURATION, .dur = d});
}

static decimal number(gen_case *g, type ty) {
  rng *r = &g->r;
  if (g->written) { /* no sign, and no three digits behind a point */
    uint8_t scale = (uint8_t)(ty == TY_PERCENT ? 2 + rng_below(r, 3) : rng_below(r, 3));
    return (decimal){(int64_t)rng_below(r, rng_one_in(r, 2) ? 20 : 5000), scale};
  }
  if (rng_one_in(r, 12)) return (decimal){INT64_MAX - rng_below(r, 2), (uint8_t)rng_below(r, DECIMAL_SCALE_MAX + 1)};
  int64_t n = (int64_t)rng_below(r, 60) - (rng_one_in(r, 3) ? 30 : 0);
  uint8_t scale = (uint8_t)(rng_one_in(r, 2) ? 0 : rng_below(r, 5));
  for (uint8_t i = 0; i < scale && rng_one_in(r, 2); i++) n *= 10;
  return (decimal){n, scale};
}

static const expr *text_literal(gen_case *g) {
  static const char *const texts[] = {"OPEN", "open", "Ab",  "a", "",  "são", "SÃO",    "É",
                                      "vip",  "late", "VIP", "b", "o", "x;y", "nothing"};
  rng *r = &g->r;
  slice s = slice_of(texts[rng_below(r, sizeof texts / sizeof *texts)]);
  return node(g, (expr){.op = X_TEXT, .ty = TY_TEXT, .text = s, .exact = rng_one_in(r, 4)});
}

static const expr *literal(gen_case *g, type ty) {
  static const currency currencies[] = {CURRENCY_NONE, CURRENCY_NONE, CURRENCY_BRL,
                                        CURRENCY_BRL,  CURRENCY_JPY,  CURRENCY_KWD};
  rng *r = &g->r;
  if (ty == TY_MONEY)
    return node(
        g, (expr){.op = X_MONEY, .ty = ty, .num = number(g, ty), .cur = currencies[rng_below(r, g->written ? 4 : 6)]});
  if (ty == TY_DATE && rng_one_in(r, 2)) return node(g, (expr){.op = X_TODAY, .ty = ty});
  if (ty == TY_DATE) {
    civil_date d = {g->today.day + (int32_t)rng_below(r, 30) - 15};
    if (rng_one_in(r, 12) && !g->written) d.day = rng_one_in(r, 2) ? DATE_DAY_MIN : DATE_DAY_MAX;
    return node(g, (expr){.op = X_DATE, .ty = ty, .date = d});
  }
  if (ty == TY_DURATION) return days(g, false);
  if (ty == TY_BOOL) return node(g, (expr){.op = X_BOOL, .ty = ty, .yes = rng_one_in(r, 2)});
  if (ty == TY_TEXT) return text_literal(g);
  return node(g, (expr){.op = X_NUMBER, .ty = ty, .num = number(g, ty)});
}

static const expr *date_value(gen_case *g, int depth) {
  const expr *d = gen_expr(g, TY_DATE, depth - 1);
  rng *r = &g->r;
  const expr *by = rng_one_in(r, 3) ? gen_expr(g, TY_DURATION, depth - 1) : days(g, true);
  if (rng_one_in(r, 4)) return two(g, X_ADD, TY_DATE, by, d);
  return two(g, rng_one_in(r, 2) ? X_ADD : X_SUB, TY_DATE, d, by);
}

/* Arithmetic that the checker lets pass: no minus sign in front, durations are not multiplied, nothing is divided by 0.
 */
static const expr *written_value(gen_case *g, type ty, int depth) {
  rng *r = &g->r;
  const expr *a = gen_expr(g, ty, depth - 1);
  bool percent = ty == TY_PERCENT || rng_one_in(r, 2);
  type factor = percent ? TY_PERCENT : TY_NUMBER;
  uint32_t which = rng_below(r, 6);
  if (which == 0 && ty == TY_DURATION)
    return two(g, X_SUB, ty, gen_expr(g, TY_DATE, depth - 1), gen_expr(g, TY_DATE, depth - 1));
  if (which == 0 && ty == TY_NUMBER) return two(g, X_DIV, ty, gen_expr(g, TY_MONEY, depth - 1), field(g, TY_MONEY));
  if (which == 1 && ty != TY_DURATION) return two(g, X_MUL, ty, a, gen_expr(g, factor, depth - 1));
  if (which == 2 && ty != TY_DURATION) return two(g, X_DIV, ty, a, field(g, ty == TY_PERCENT ? TY_NUMBER : factor));
  return two(g, which < 4 ? X_ADD : X_SUB, ty, a, gen_expr(g, ty, depth - 1));
}

static const expr *value(gen_case *g, type ty, int depth) {
  rng *r = &g->r;
  if (ty == TY_TEXT || ty == TY_SET) return ty == TY_TEXT && rng_one_in(r, 5) ? text_literal(g) : field(g, ty);
  if (depth <= 0) return rng_one_in(r, 3) ? literal(g, ty) : field(g, ty);
  if (ty == TY_DATE) return rng_one_in(r, 3) ? field(g, ty) : date_value(g, depth);
  if (g->written) return written_value(g, ty, depth);
  const expr *a = gen_expr(g, ty, depth - 1);
  switch (rng_below(r, 7)) {
  case 0: return node(g, (expr){.op = X_NEG, .ty = ty, .a = a});
  case 1:
    if (ty == TY_DURATION) return two(g, X_SUB, ty, gen_expr(g, TY_DATE, depth - 1), gen_expr(g, TY_DATE, depth - 1));
    if (ty == TY_NUMBER) return two(g, X_DIV, ty, gen_expr(g, TY_MONEY, depth - 1), gen_expr(g, TY_MONEY, depth - 1));
    return two(g, X_SUB, ty, a, gen_expr(g, ty, depth - 1));
  case 2: return two(g, X_MUL, ty, a, gen_expr(g, rng_one_in(r, 2) ? TY_NUMBER : TY_PERCENT, depth - 1));
  case 3: return two(g, X_DIV, ty, a, gen_expr(g, rng_one_in(r, 2) ? TY_NUMBER : TY_PERCENT, depth - 1));
  case 4: return two(g, X_MUL, ty, gen_expr(g, TY_PERCENT, depth - 1), a);
  case 5: return two(g, X_ADD, ty, a, gen_expr(g, ty, depth - 1));
  default: return two(g, X_SUB, ty, a, gen_expr(g, ty, depth - 1));
  }
}

static const expr *texts(gen_case *g) {
  rng *r = &g->r;
  static const expr_op ops[] = {X_EQ, X_NE, X_EQ, X_CONTAINS, X_STARTS, X_LT, X_GE};
  if (rng_one_in(r, 4))
    return two(g, X_HAS, TY_BOOL, field(g, TY_SET), rng_one_in(r, 6) ? field(g, TY_TEXT) : text_literal(g));
  if (rng_one_in(r, 3)) {
    uint32_t n = 1 + rng_below(r, 5);
    slice *list = ARENA_ARRAY(g->perm, n, slice);
    bool *exact = ARENA_ARRAY(g->perm, n, bool);
    for (uint32_t i = 0; i < n; i++) {
      const expr *e = text_literal(g);
      list[i] = e->text, exact[i] = e->exact;
    }
    const expr *a = rng_one_in(r, 12) && !g->written ? text_literal(g) : field(g, TY_TEXT);
    return node(g, (expr){.op = X_IN, .ty = TY_BOOL, .a = a, .list = list, .list_exact = exact, .count = n});
  }
  const expr *a = field(g, TY_TEXT), *b = rng_one_in(r, 8) ? field(g, TY_TEXT) : text_literal(g);
  expr_op op = ops[rng_below(r, g->written ? 5 : sizeof ops / sizeof *ops)]; /* texts have no order in a policy */
  return rng_one_in(r, 8) ? two(g, op, TY_BOOL, b, a) : two(g, op, TY_BOOL, a, b);
}

static const expr *comparison(gen_case *g, int depth) {
  static const type types[] = {TY_MONEY, TY_NUMBER, TY_PERCENT, TY_DURATION, TY_DATE, TY_DATE};
  rng *r = &g->r;
  expr_op op = (expr_op)(X_EQ + (int)rng_below(r, X_GE - X_EQ + 1));
  if (rng_one_in(r, 4)) return texts(g);
  const expr *a, *b;
  if (rng_one_in(r, 5)) {
    a = overdue(g), b = days(g, true);
    if (rng_one_in(r, 8) && !g->written) b = node(g, (expr){.op = X_NEG, .ty = TY_DURATION, .a = b});
  } else {
    type ty = types[rng_below(r, sizeof types / sizeof *types)];
    bool simple = rng_one_in(r, 2);
    a = simple ? field(g, ty) : gen_expr(g, ty, depth > 3 ? 2 : depth - 1);
    b = simple ? literal(g, ty) : gen_expr(g, ty, depth > 3 ? 2 : depth - 1);
    if (ty == TY_DATE && simple && rng_one_in(r, 2)) b = two(g, rng_one_in(r, 2) ? X_ADD : X_SUB, ty, b, days(g, true));
  }
  return rng_one_in(r, 5) ? two(g, op, TY_BOOL, b, a) : two(g, op, TY_BOOL, a, b);
}

static const expr *between(gen_case *g) {
  static const type types[] = {TY_MONEY, TY_NUMBER, TY_DATE, TY_DURATION};
  type ty = types[rng_below(&g->r, sizeof types / sizeof *types)];
  const expr *a = rng_one_in(&g->r, 3) ? gen_expr(g, ty, 1) : field(g, ty);
  const expr *low = two(g, X_GE, TY_BOOL, a, gen_expr(g, ty, (int)rng_below(&g->r, 2)));
  return two(g, X_AND, TY_BOOL, low, two(g, X_LE, TY_BOOL, a, gen_expr(g, ty, (int)rng_below(&g->r, 2))));
}

static const expr *unless(gen_case *g, int depth) {
  const expr *a = gen_expr(g, TY_BOOL, depth - 1), *b = gen_expr(g, TY_BOOL, depth - 1);
  expr e = {.op = X_AND, .ty = TY_BOOL, .a = a, .yes = true}; /* see source.c */
  e.b = node(g, (expr){.op = X_NOT, .ty = TY_BOOL, .a = b});
  return node(g, e);
}

static const expr *missing(gen_case *g, int depth) {
  static const type types[] = {TY_MONEY, TY_NUMBER, TY_DURATION, TY_DATE, TY_TEXT, TY_SET, TY_BOOL, TY_PERCENT};
  type ty = types[rng_below(&g->r, sizeof types / sizeof *types)];
  const expr *a = rng_one_in(&g->r, 3) ? gen_expr(g, ty, depth > 2 ? 2 : depth - 1) : field(g, ty);
  return node(g, (expr){.op = X_MISSING, .ty = TY_BOOL, .a = a});
}

static const expr *condition(gen_case *g, int depth) {
  rng *r = &g->r;
  if (depth <= 0) return rng_one_in(r, 8) ? literal(g, TY_BOOL) : field(g, TY_BOOL);
  switch (rng_below(r, depth > 6 ? 4 : 12)) {
  case 0:
  case 1:
    return two(g, X_AND, TY_BOOL, gen_expr(g, TY_BOOL, depth - 1), gen_expr(g, TY_BOOL, depth > 6 ? 2 : depth - 1));
  case 2:
  case 3:
    return two(g, X_OR, TY_BOOL, gen_expr(g, TY_BOOL, depth > 6 ? 2 : depth - 1), gen_expr(g, TY_BOOL, depth - 1));
  case 4: return node(g, (expr){.op = X_NOT, .ty = TY_BOOL, .a = gen_expr(g, TY_BOOL, depth - 1)});
  case 5:
    return two(g, rng_one_in(r, 2) ? X_EQ : X_NE, TY_BOOL, gen_expr(g, TY_BOOL, depth - 1),
               gen_expr(g, TY_BOOL, depth - 2));
  case 6: return missing(g, depth);
  case 7: return rng_one_in(r, 2) ? between(g) : field(g, TY_BOOL);
  case 8: return rng_one_in(r, 3) ? unless(g, depth) : comparison(g, depth);
  default: return comparison(g, depth);
  }
}

const expr *gen_expr(gen_case *g, type ty, int depth) {
  return ty == TY_BOOL ? condition(g, depth) : value(g, ty, depth);
}
