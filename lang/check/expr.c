/* Expressions: every node gets a type here, from the leaves up. What does not type is reported once and becomes
 * TY_ERROR, which agrees with everything, so that one mistake is one error. */
#include "lang/check/internal.h"

#include <assert.h>

/* ---- nodes ---- */

expr *expr_new(checker *c, expr_op op, type ty, span at) {
  expr *e = ARENA_NEW(c->perm, expr);
  e->op = op;
  e->ty = ty;
  e->at = at;
  c->nodes++;
  c->nodes_all++;
  return e;
}

const expr *expr_error(checker *c, span at) { return expr_new(c, X_BOOL, TY_ERROR, at); }

bool expr_is_condition(checker *c, const expr *e) {
  if (e->ty == TY_BOOL || e->ty == TY_ERROR) return true;
  slice name = e->op == X_FIELD ? field_text(c, VEC_AT(&c->uses, field_use, e->use)->field) : NO_HINT;
  bool counts = e->ty == TY_MONEY || e->ty == TY_NUMBER;
  slice how = !name.n ? NO_HINT : hint(c, counts ? HINT_COMPARE_IT : HINT_IS_MISSING, name);
  REPORT(c, E0205, e->at, how, type_text(e->ty, c->lang));
  return false;
}

const expr *expr_pair(checker *c, expr_op op, const expr *a, const expr *b, span at) {
  bool ok = expr_is_condition(c, a);
  ok = expr_is_condition(c, b) && ok;
  if (!ok || a->ty == TY_ERROR || b->ty == TY_ERROR) return expr_error(c, at);
  expr *e = expr_new(c, op, TY_BOOL, at);
  e->a = a;
  e->b = b;
  return e;
}

const expr *expr_not(checker *c, const expr *a, span at) {
  if (!expr_is_condition(c, a) || a->ty == TY_ERROR) return expr_error(c, at);
  expr *e = expr_new(c, X_NOT, TY_BOOL, at);
  e->a = a;
  return e;
}

const expr *expr_chain(checker *c, expr_op op, const expr *const *list, uint32_t n, span at) {
  assert(n > 0);
  if (n == 1) return list[0];
  const expr *left = expr_chain(c, op, list, n / 2, at);
  return expr_pair(c, op, left, expr_chain(c, op, list + n / 2, n - n / 2, at), at);
}

/* ---- leaves ---- */

static const expr *build_field(checker *c, const ast *n) {
  field_ref r = name_resolve(c, n, n->text);
  if (r.status != FIELD_FOUND) return expr_error(c, n->at);
  expr *e = expr_new(c, X_FIELD, field_type(c, r.field), n->at);
  e->use = use_field(c, r.of, r.field);
  return e;
}

static const expr *build_define(checker *c, const ast *n, define *def) {
  if (def->open) {
    REPORT(c, E0116, n->at, NO_HINT, def->name);
    return expr_error(c, n->at);
  }
  if (!files_above(c, def->at, n->at)) {
    def->early = true;
    REPORT(c, E0115, n->at, hint(c, HINT_MOVE_UP, NO_HINT), def->name);
    return expr_error(c, n->at);
  }
  dun_lang lang = c->lang;
  c->lang = def->lang;
  def->open = def->used = true;
  const expr *e = expr_build(c, def->body->kid);
  def->open = false;
  c->lang = lang;
  expr *copy = expr_new(c, e->op, e->ty, n->at); /* what does not fit here is wrong here, not in the definition */
  *copy = *e;
  copy->at = n->at;
  return copy;
}

/* The amount fits the currency's decimals and 64 bits of its minor unit. */
bool expr_money_fits(checker *c, decimal num, currency cur, span at) {
  money m;
  switch (money_of_decimal(num, cur, &m)) {
  case MONEY_OK: return true;
  case MONEY_TOO_PRECISE: {
    if (cur == CURRENCY_NONE) return true; /* not known before the data are */
    char text[DECIMAL_TEXT_MAX];
    size_t n = decimal_text(num, text);
    REPORT(c, E0204, at, NO_HINT, (slice){text, n}, slice_of(currency_code(cur)),
           arena_printf(c->scratch, "%u", currency_minor(cur)));
    return false;
  }
  case MONEY_MALFORMED:
  case MONEY_OVERFLOW: break;
  }
  REPORT(c, E0209, at, NO_HINT);
  return false;
}

static const expr *build_number(checker *c, const ast *n) {
  decimal d = n->value.number;
  if (n->kind == AST_PERCENT) {
    d = decimal_trim(d);
    if (d.scale > DECIMAL_SCALE_MAX - 2) {
      REPORT(c, E0209, n->at, NO_HINT);
      return expr_error(c, n->at);
    }
    d.scale = (uint8_t)(d.scale + 2);
  }
  expr *e = expr_new(c, X_NUMBER, n->kind == AST_PERCENT ? TY_PERCENT : TY_NUMBER, n->at);
  e->num = d;
  return e;
}

static const expr *build_leaf(checker *c, const ast *n) {
  expr *e;
  switch ((int)n->kind) {
  case AST_NUMBER:
  case AST_PERCENT: return build_number(c, n);
  case AST_MONEY:
    if (!expr_money_fits(c, n->value.money.amount, n->value.money.cur, n->at)) return expr_error(c, n->at);
    e = expr_new(c, X_MONEY, TY_MONEY, n->at);
    e->num = n->value.money.amount;
    e->cur = n->value.money.cur;
    return e;
  case AST_DURATION:
    e = expr_new(c, X_DURATION, TY_DURATION, n->at);
    e->dur = (duration){n->value.duration.count, n->value.duration.unit};
    return e;
  case AST_DATE:
    e = expr_new(c, X_DATE, TY_DATE, n->at);
    e->date = n->value.date;
    return e;
  case AST_TIME:
    e = expr_new(c, X_NUMBER, TY_TIME, n->at);
    e->num = (decimal){n->value.minute, 0};
    return e;
  case AST_TEXT:
    e = expr_new(c, X_TEXT, TY_TEXT, n->at);
    e->text = keep(c, n->text);
    return e;
  case AST_EXACTLY:
    e = expr_new(c, X_TEXT, TY_TEXT, n->at);
    e->text = keep(c, n->kid ? n->kid->text : n->text);
    e->exact = true;
    return e;
  case AST_TODAY: return expr_new(c, X_TODAY, TY_DATE, n->at);
  case AST_YESNO:
    e = expr_new(c, X_BOOL, TY_BOOL, n->at);
    e->yes = n->op == KW_YES;
    return e;
  default: break; /* an error that the parser has reported, or a value that stands in tests only */
  }
  return expr_error(c, n->at);
}

/* ---- logic ---- */

static const expr *build_chain(checker *c, const ast *n, expr_op op) {
  uint32_t count = (uint32_t)ast_count(n), i = 0;
  const expr **list = ARENA_ARRAY(c->scratch, count + 1, const expr *);
  bool bad = false;
  for (const ast *kid = n->kid; kid; kid = kid->next) {
    const expr *e = expr_build(c, kid);
    bad = !expr_is_condition(c, e) || e->ty == TY_ERROR || bad;
    list[i++] = e;
  }
  return bad || i == 0 ? expr_error(c, n->at) : expr_chain(c, op, list, i, n->at);
}

static const expr *build_unless(checker *c, const ast *n) {
  const expr *a = expr_build(c, n->kid);
  const expr *but = expr_not(c, expr_build(c, n->kid->next), n->kid->next->at);
  return expr_pair(c, X_AND, a, but, n->at);
}

static const expr *build(checker *c, const ast *n) {
  switch ((int)n->kind) {
  case AST_OR: return build_chain(c, n, X_OR);
  case AST_AND: return build_chain(c, n, X_AND);
  case AST_NOT: return expr_not(c, expr_build(c, n->kid), n->at);
  case AST_UNLESS: return build_unless(c, n);
  case AST_COMPARE:
  case AST_BETWEEN:
  case AST_IN:
  case AST_MISSING: return compare_build(c, n);
  case AST_ARITH: return arith_build(c, n);
  case AST_FIELD: return build_field(c, n);
  case AST_NAME: {
    define *def = name_define(c, n);
    return def ? build_define(c, n, def) : build_field(c, n);
  }
  default: return build_leaf(c, n);
  }
}

const expr *expr_build(checker *c, const ast *n) {
  if (c->depth >= COND_DEPTH_MAX || c->nodes >= COND_NODES_MAX || c->nodes_all >= NODES_MAX) {
    c->too_long = true;
    return expr_error(c, n->at);
  }
  c->depth++;
  const expr *e = build(c, n);
  c->depth--;
  return e;
}

const expr *expr_whole(checker *c, const ast *n) {
  c->nodes = c->depth = 0;
  c->too_long = false;
  const expr *e = expr_build(c, n);
  if (c->too_long) REPORT(c, E0214, n->at, NO_HINT);
  return e;
}

/* ---- questions ---- */

bool expr_is_field(checker *c, const expr *e, uint16_t field) {
  return e->op == X_FIELD && e->ty != TY_ERROR && VEC_AT(&c->uses, field_use, e->use)->field == field;
}

const field_info *expr_fixed(checker *c, const expr *e) {
  if (e->op != X_FIELD || e->ty == TY_ERROR) return NULL;
  uint16_t field = VEC_AT(&c->uses, field_use, e->use)->field;
  return field < FIELD_COUNT && FIELDS[field].values[0] ? &FIELDS[field] : NULL;
}

bool expr_constant(const expr *e, rational *out) {
  rational a, b;
  switch ((int)e->op) {
  case X_NUMBER:
  case X_MONEY: *out = rational_of_decimal(e->num); return true;
  case X_ADD: return expr_constant(e->a, &a) && expr_constant(e->b, &b) && rational_add(a, b, out);
  case X_SUB: return expr_constant(e->a, &a) && expr_constant(e->b, &b) && rational_sub(a, b, out);
  case X_MUL: return expr_constant(e->a, &a) && expr_constant(e->b, &b) && rational_mul(a, b, out);
  case X_DIV: return expr_constant(e->a, &a) && expr_constant(e->b, &b) && rational_div(a, b, out);
  default: return false;
  }
}

/* `amount > 2 * 500`: one bare number of a product stands for money, each term of a sum does. */
const expr *expr_as_money(checker *c, const expr *e) {
  if (e->ty == TY_MONEY) return e;
  if (e->ty != TY_NUMBER) return NULL;
  expr *m = expr_new(c, e->op, TY_MONEY, e->at);
  switch ((int)e->op) {
  case X_NUMBER:
    m->op = X_MONEY;
    m->num = e->num;
    m->cur = c->p->cur;
    return expr_money_fits(c, e->num, m->cur, e->at) ? m : expr_error(c, e->at);
  case X_ADD:
  case X_SUB:
    m->a = expr_as_money(c, e->a);
    m->b = m->a ? expr_as_money(c, e->b) : NULL;
    return m->b ? m : NULL;
  case X_MUL:
    m->a = expr_as_money(c, e->a);
    m->b = e->b;
    if (m->a) return m;
    m->a = expr_as_money(c, e->b);
    m->b = e->a;
    return m->a ? m : NULL;
  case X_DIV:
    m->a = expr_as_money(c, e->a);
    m->b = e->b;
    return m->a ? m : NULL;
  default: return NULL;
  }
}
