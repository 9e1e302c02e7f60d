/* Random typed expressions, and expressions as text. */
#include <stdio.h>

#include "lang/base/text.h"
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
  if (rng_one_in(r, 40)) d.n = d.unit == UNIT_BUSINESS_DAY ? 3000 : rng_one_in(r, 2) ? 36500 : INT32_MAX;
  if (rng_one_in(r, 8)) d.n = -d.n;
  return node(g, (expr){.op = X_DURATION, .ty = TY_DURATION, .dur = d});
}

static decimal number(rng *r) {
  if (rng_one_in(r, 12)) return (decimal){INT64_MAX - rng_below(r, 2), (uint8_t)rng_below(r, DECIMAL_SCALE_MAX + 1)};
  int64_t n = (int64_t)rng_below(r, 60) - (rng_one_in(r, 3) ? 30 : 0);
  uint8_t scale = (uint8_t)(rng_one_in(r, 2) ? 0 : rng_below(r, 5));
  for (uint8_t i = 0; i < scale && rng_one_in(r, 2); i++) n *= 10;
  return (decimal){n, scale};
}

static const expr *text_literal(gen_case *g) {
  static const char *const texts[] = {"OPEN", "open", "Ab", "a", "", "são", "SÃO", "É", "vip", "late", "VIP", "b", "o", "x;y", "nothing"};
  rng *r = &g->r;
  slice s = slice_of(texts[rng_below(r, sizeof texts / sizeof *texts)]);
  return node(g, (expr){.op = X_TEXT, .ty = TY_TEXT, .text = s, .exact = rng_one_in(r, 4)});
}

static const expr *literal(gen_case *g, type ty) {
  static const currency currencies[] = {CURRENCY_NONE, CURRENCY_NONE, CURRENCY_BRL, CURRENCY_BRL, CURRENCY_JPY, CURRENCY_KWD};
  rng *r = &g->r;
  if (ty == TY_MONEY)
    return node(g, (expr){.op = X_MONEY, .ty = ty, .num = number(r), .cur = currencies[rng_below(r, 6)]});
  if (ty == TY_DATE && rng_one_in(r, 2)) return node(g, (expr){.op = X_TODAY, .ty = ty});
  if (ty == TY_DATE) {
    civil_date d = {g->today.day + (int32_t)rng_below(r, 30) - 15};
    if (rng_one_in(r, 12)) d.day = rng_one_in(r, 2) ? DATE_DAY_MIN : DATE_DAY_MAX;
    return node(g, (expr){.op = X_DATE, .ty = ty, .date = d});
  }
  if (ty == TY_DURATION) return days(g, false);
  if (ty == TY_BOOL) return node(g, (expr){.op = X_BOOL, .ty = ty, .yes = rng_one_in(r, 2)});
  if (ty == TY_TEXT) return text_literal(g);
  return node(g, (expr){.op = X_NUMBER, .ty = ty, .num = number(r)});
}

static const expr *date_value(gen_case *g, int depth) {
  const expr *d = gen_expr(g, TY_DATE, depth - 1);
  rng *r = &g->r;
  const expr *by = rng_one_in(r, 3) ? gen_expr(g, TY_DURATION, depth - 1) : days(g, true);
  if (rng_one_in(r, 4)) return two(g, X_ADD, TY_DATE, by, d);
  return two(g, rng_one_in(r, 2) ? X_ADD : X_SUB, TY_DATE, d, by);
}

static const expr *value(gen_case *g, type ty, int depth) {
  rng *r = &g->r;
  if (ty == TY_TEXT || ty == TY_SET) return ty == TY_TEXT && rng_one_in(r, 5) ? text_literal(g) : field(g, ty);
  if (depth <= 0) return rng_one_in(r, 3) ? literal(g, ty) : field(g, ty);
  if (ty == TY_DATE) return rng_one_in(r, 3) ? field(g, ty) : date_value(g, depth);
  const expr *a = gen_expr(g, ty, depth - 1);
  switch (rng_below(r, 7)) {
  case 0: return node(g, (expr){.op = X_NEG, .ty = ty, .a = a});
  case 1:
    if (ty == TY_DURATION)
      return two(g, X_SUB, ty, gen_expr(g, TY_DATE, depth - 1), gen_expr(g, TY_DATE, depth - 1));
    if (ty == TY_NUMBER)
      return two(g, X_DIV, ty, gen_expr(g, TY_MONEY, depth - 1), gen_expr(g, TY_MONEY, depth - 1));
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
  if (rng_one_in(r, 4)) return two(g, X_HAS, TY_BOOL, field(g, TY_SET), rng_one_in(r, 6) ? field(g, TY_TEXT) : text_literal(g));
  if (rng_one_in(r, 3)) {
    uint32_t n = 1 + rng_below(r, 5);
    slice *list = ARENA_ARRAY(g->perm, n, slice);
    bool *exact = ARENA_ARRAY(g->perm, n, bool);
    for (uint32_t i = 0; i < n; i++) {
      const expr *e = text_literal(g);
      list[i] = e->text, exact[i] = e->exact;
    }
    const expr *a = rng_one_in(r, 12) ? text_literal(g) : field(g, TY_TEXT);
    return node(g, (expr){.op = X_IN, .ty = TY_BOOL, .a = a, .list = list, .list_exact = exact, .count = n});
  }
  const expr *a = field(g, TY_TEXT), *b = rng_one_in(r, 8) ? field(g, TY_TEXT) : text_literal(g);
  expr_op op = ops[rng_below(r, sizeof ops / sizeof *ops)];
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
    if (rng_one_in(r, 8)) b = node(g, (expr){.op = X_NEG, .ty = TY_DURATION, .a = b});
  } else {
    type ty = types[rng_below(r, sizeof types / sizeof *types)];
    bool simple = rng_one_in(r, 2);
    a = simple ? field(g, ty) : gen_expr(g, ty, depth > 3 ? 2 : depth - 1);
    b = simple ? literal(g, ty) : gen_expr(g, ty, depth > 3 ? 2 : depth - 1);
    if (ty == TY_DATE && simple && rng_one_in(r, 2)) b = two(g, rng_one_in(r, 2) ? X_ADD : X_SUB, ty, b, days(g, true));
  }
  return rng_one_in(r, 5) ? two(g, op, TY_BOOL, b, a) : two(g, op, TY_BOOL, a, b);
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
  case 0: case 1: return two(g, X_AND, TY_BOOL, gen_expr(g, TY_BOOL, depth - 1), gen_expr(g, TY_BOOL, depth > 6 ? 2 : depth - 1));
  case 2: case 3: return two(g, X_OR, TY_BOOL, gen_expr(g, TY_BOOL, depth > 6 ? 2 : depth - 1), gen_expr(g, TY_BOOL, depth - 1));
  case 4: return node(g, (expr){.op = X_NOT, .ty = TY_BOOL, .a = gen_expr(g, TY_BOOL, depth - 1)});
  case 5:
    return two(g, rng_one_in(r, 2) ? X_EQ : X_NE, TY_BOOL, gen_expr(g, TY_BOOL, depth - 1), gen_expr(g, TY_BOOL, depth - 2));
  case 6: return missing(g, depth);
  case 7: return field(g, TY_BOOL);
  default: return comparison(g, depth);
  }
}

const expr *gen_expr(gen_case *g, type ty, int depth) {
  return ty == TY_BOOL ? condition(g, depth) : value(g, ty, depth);
}

/* ---- text ---- */

static void print(text *t, const program *p, const expr *e);

static void print_leaf(text *t, const program *p, const expr *e) {
  static const char *const units[] = {"d", "bd", "w", "mo", "y"};
  char s[DATE_TEXT_MAX];
  const field_use *u = &p->uses[e->use];
  switch ((int)e->op) {
  case X_FIELD:
    if (u->field == FIELD_INVOICE_OVERDUE) text_printf(t, "overdue#%u", e->use);
    else text_add(t, p->custom[u->field - FIELD_COUNT].name);
    break;
  case X_TODAY: text_cstr(t, "today"); break;
  case X_BOOL: text_cstr(t, e->yes ? "yes" : "no"); break;
  case X_MONEY: case X_NUMBER:
    text_add(t, (slice){s, decimal_text(e->num, s)});
    if (e->op == X_MONEY) text_printf(t, " %s", e->cur ? currency_code(e->cur) : "money");
    break;
  case X_DURATION: text_printf(t, "%d%s", e->dur.n, units[e->dur.unit]); break;
  case X_DATE: text_add(t, (slice){s, date_iso(e->date, s)}); break;
  default: text_printf(t, "%s\"%.*s\"", e->exact ? "exactly " : "", SLICE_ARG(e->text)); break;
  }
}

static void print(text *t, const program *p, const expr *e) {
  static const char *const words[X_OP_COUNT] = {
      [X_AND] = "and",    [X_OR] = "or",      [X_NOT] = "not", [X_EQ] = "=",  [X_NE] = "!=", [X_LT] = "<",
      [X_LE] = "<=",      [X_GT] = ">",       [X_GE] = ">=",   [X_IN] = "in", [X_HAS] = "has", [X_CONTAINS] = "contains",
      [X_STARTS] = "starts with", [X_MISSING] = "missing", [X_ADD] = "+", [X_SUB] = "-", [X_MUL] = "*", [X_DIV] = "/",
      [X_NEG] = "-"};
  if (!e->a) {
    print_leaf(t, p, e);
    return;
  }
  text_char(t, '(');
  if (!e->b && e->op != X_IN) text_printf(t, "%s ", words[e->op]);
  print(t, p, e->a);
  if (e->b) {
    text_printf(t, " %s ", words[e->op]);
    print(t, p, e->b);
  }
  if (e->op == X_IN) {
    text_cstr(t, " in");
    for (uint32_t i = 0; i < e->count; i++)
      text_printf(t, " %s\"%.*s\"", e->list_exact[i] ? "exactly " : "", SLICE_ARG(e->list[i]));
  }
  text_char(t, ')');
}

slice gen_print(arena *perm, const program *p, const expr *e) {
  text t = text_new(perm);
  print(&t, p, e);
  return text_slice(&t);
}
