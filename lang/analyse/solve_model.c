/* From typed expressions to nodes and atoms. What does not come to one atom is an opaque axis: free to be anything, but
 * the same wherever the same is written, so that "none" stays proven and "found" is never built on it. */
#include "lang/analyse/solve_model.h"

#include "lang/base/utf8.h"

/* ---- nodes ---- */

static uint32_t add_node(model *m, node_op op, uint32_t a, uint32_t b) {
  if (m->node_count == m->node_room) {
    m->node_room = m->node_room ? m->node_room * 2 : 64;
    node *more = ARENA_ARRAY(m->scratch, m->node_room, node);
    if (m->node_count) memcpy(more, m->nodes, m->node_count * sizeof *more);
    m->nodes = more;
  }
  m->nodes[m->node_count] = (node){op, a, b};
  return m->node_count++;
}

uint32_t model_const(model *m, unsigned mask) { return add_node(m, NODE_CONST, mask, 0); }

static uint32_t add_atom(model *m, atom a) {
  if (m->atom_count == m->atom_room) {
    m->atom_room = m->atom_room ? m->atom_room * 2 : 32;
    atom *more = ARENA_ARRAY(m->scratch, m->atom_room, atom);
    if (m->atom_count) memcpy(more, m->atoms, m->atom_count * sizeof *more);
    m->atoms = more;
  }
  m->atoms[m->atom_count] = a;
  return add_node(m, NODE_ATOM, m->atom_count++, 0);
}

/* ---- what is not analysed ---- */

static bool same_expr(const program *p, const expr *a, const program *q, const expr *b) {
  if (!a || !b) return a == b;
  if (a == b && p == q) return true;
  if (a->op != b->op || a->ty != b->ty || a->exact != b->exact || a->yes != b->yes || a->count != b->count)
    return false;
  if (a->op == X_FIELD) {
    const field_use *u = &p->uses[a->use], *v = &q->uses[b->use];
    if (u->of != v->of || u->ty != v->ty || (u->field < FIELD_COUNT) != (v->field < FIELD_COUNT)) return false;
    return u->field < FIELD_COUNT
               ? u->field == v->field
               : utf8_fold_eq(p->custom[u->field - FIELD_COUNT].name, q->custom[v->field - FIELD_COUNT].name);
  }
  if (a->op == X_MONEY && (a->cur != b->cur || (a->cur == CURRENCY_NONE && p->cur != q->cur))) return false;
  if (decimal_cmp(a->num, b->num) != 0 || a->dur.n != b->dur.n || a->dur.unit != b->dur.unit) return false;
  if (a->date.day != b->date.day || !slice_eq(a->text, b->text)) return false;
  for (uint32_t i = 0; i < a->count; i++)
    if (!slice_eq(a->list[i], b->list[i]) || a->list_exact[i] != b->list_exact[i]) return false;
  return same_expr(p, a->a, q, b->a) && same_expr(p, a->b, q, b->b);
}

static uint32_t opaque(model *m, const expr *e) {
  uint16_t at = 0;
  while (at < m->axis_count) {
    const axis *x = &m->axes[at];
    bool same = x->kind == AXIS_OPAQUE && same_days(x->rule, m->p) && x->rule->cur == m->p->cur;
    if (same && same_expr(x->rule, x->e, m->p, e)) break;
    at++;
  }
  if (at == m->axis_count) {
    if (at == SOLVE_AXES_MAX) {
      m->full = true;
      return model_const(m, SOLVE_TRUE | SOLVE_FALSE | SOLVE_UNDECIDED);
    }
    m->axes[m->axis_count++] = (axis){.kind = AXIS_OPAQUE, .rule = m->p, .e = e, .n = 3, .at = -1};
  }
  return add_atom(m, (atom){.axis = at});
}

/* ---- numbers, money, dates ---- */

static void hold_range(atom *a, expr_op op, int128 floor, bool exact) {
  int128 below = exact ? floor - 1 : floor, lo = -SOLVE_BOUND * 4, hi = SOLVE_BOUND * 4;
  switch ((int)op) {
  case X_EQ:
  case X_NE: lo = floor, hi = exact ? floor : floor - 1; break;
  case X_LT: hi = below; break;
  case X_LE: hi = floor; break;
  case X_GT: lo = floor + 1; break;
  default: lo = below + 1; break;
  }
  a->negated = op == X_NE;
  a->lo = (int64_t)lo, a->hi = (int64_t)hi;
}

static expr_op turned(expr_op op) {
  return op == X_LT ? X_GT : op == X_LE ? X_GE : op == X_GT ? X_LT : op == X_GE ? X_LE : op;
}

static int128 floor_of(rational q, bool *exact) {
  int128 n = q.num / q.den;
  *exact = n * q.den == q.num;
  return q.num < 0 && !*exact ? n - 1 : n;
}

static void atom_deps(atom *a, const linear *l) {
  memcpy(a->deps, l->deps, sizeof l->deps);
  a->dep_count = l->dep_count;
  a->cur_of = l->cur_of;
  a->cur_named = l->cur_named, a->cur_all = l->cur_all, a->cur = l->cur;
}

static bool holds_order(expr_op op, int order) {
  atom a;
  hold_range(&a, op, 0, true);
  return (order >= a.lo && order <= a.hi) != a.negated;
}

/* l op 0 as one atom: at most one variable, or two that only their difference matters of. */
static bool atom_of_linear(model *m, const linear *l, expr_op op, atom *out) {
  rational q, unit;
  atom_deps(out, l);
  if (l->cur_mixed) return false;
  if (l->n == 0) {
    int sign = rational_cmp(l->plus, rational_of(0));
    out->constant = true, out->yes = holds_order(op, sign < 0 ? -1 : sign > 0);
    return true;
  }
  if (l->n > 2) return false;
  uint32_t first = l->n == 2 && l->factor[1].num > 0 ? 1 : 0;
  uint16_t x = l->var[first], y = l->n == 2 ? l->var[1 - first] : 0;
  rational f = l->factor[first], zero = {0, 1};
  if (l->n == 2) {
    rational both;
    if (!rational_add(l->factor[0], l->factor[1], &both) || both.num != 0) return false;
    if (m->vars[x].scale != m->vars[y].scale) return false;
  }
  unit = rational_of(pow10_i64(m->vars[x].scale));
  if (!rational_sub(zero, l->plus, &q) || !rational_div(q, f, &q) || !rational_mul(q, unit, &q)) return false;
  bool exact;
  int128 floor = floor_of(q, &exact);
  if (floor >= SOLVE_BOUND || floor <= -SOLVE_BOUND) return false;
  hold_range(out, f.num < 0 ? turned(op) : op, floor, exact);
  out->axis = axis_range(m, x, y);
  return !m->full;
}

static void cut_for(model *m, const atom *a) {
  axis *x = &m->axes[a->axis];
  axis_cut(m, x, a->lo);
  axis_cut(m, x, a->hi + 1);
}

static bool is_overdue(const model *m, const expr *e) {
  const field_use *u = e->op == X_FIELD ? &m->p->uses[e->use] : NULL;
  return u && u->of == ENT_INVOICE && u->field == FIELD_INVOICE_OVERDUE;
}

/* `overdue op 5bd`: against the days of its own unit. */
static bool overdue_by_unit(model *m, const expr *e, atom *out) {
  bool swap = is_overdue(m, e->b);
  const expr *field = swap ? e->b : e->a, *by = swap ? e->a : e->b;
  if (!is_overdue(m, field) || by->op != X_DURATION) return false;
  if (by->dur.unit == UNIT_DAY || by->dur.unit == UNIT_WEEK || by->dur.unit == UNIT_COUNT) return false;
  int64_t n = (int64_t)by->dur.n * (by->dur.unit == UNIT_YEAR ? 12 : 1);
  uint16_t x, y;
  overdue_vars(m, m->p, &x, &y);
  if (m->full) return false;
  hold_range(out, swap ? turned(e->op) : e->op, 2 * n, true);
  out->axis = axis_unit(m, x, y, by->dur.unit == UNIT_YEAR ? UNIT_MONTH : by->dur.unit, m->p);
  return !m->full;
}

static uint32_t build_order(model *m, const expr *e) {
  atom out = {0};
  linear a, b, d;
  if (!overdue_by_unit(m, e, &out)) {
    bool ok = linear_of(m, e->a, &a) && linear_of(m, e->b, &b) && linear_less(m, &a, &b, &d);
    if (!ok || !atom_of_linear(m, &d, e->op, &out)) return opaque(m, e);
  }
  if (!out.constant) cut_for(m, &out);
  return add_atom(m, out);
}

/* ---- texts, sets, states ---- */

static void dep_field(model *m, atom *out, uint16_t v) {
  out->deps[out->dep_count++] = v;
  if (m->vars[v].of == ENT_CONTRACT) out->deps[out->dep_count++] = m->contract;
}

static uint32_t build_text(model *m, const expr *e) {
  if (!text_is_simple(e)) return opaque(m, e);
  if (e->a->op == X_TEXT) return model_const(m, text_holds(e, e->a->text) ? SOLVE_TRUE : SOLVE_FALSE);
  uint16_t v = var_of_use(m, m->p, e->a->use);
  if (m->full) return opaque(m, e);
  atom out = {.e = e};
  dep_field(m, &out, v);
  bool cur = m->vars[v].field == FIELD_INVOICE_CURRENCY;
  if (cur && (e->op == X_CONTAINS || e->op == X_STARTS)) return opaque(m, e); /* of codes that nobody has named */
  out.axis = axis_of(m, cur ? (axis){.kind = AXIS_CURRENCY, .var = ENT_INVOICE, .n = m->cur_count}
                            : (axis){.kind = AXIS_TEXT, .var = v});
  return add_atom(m, out);
}

static uint32_t build_has(model *m, const expr *e) {
  bool plain = e->a->op == X_FIELD && e->b->op == X_TEXT && !e->b->exact && !e->a->exact;
  if (!plain) return opaque(m, e);
  uint16_t v = var_of_use(m, m->p, e->a->use);
  if (m->full) return opaque(m, e);
  atom out = {0};
  dep_field(m, &out, v);
  bool never = e->b->text.n == 0 || memchr(e->b->text.p, ';', e->b->text.n);
  if (never)
    out.constant = true;
  else
    out.axis = axis_of(m, (axis){.kind = AXIS_HAS, .var = v, .member = e->b->text, .n = 2});
  return add_atom(m, out);
}

static uint32_t build_state(model *m, const expr *e) {
  uint16_t v = var_of_use(m, m->p, e->use);
  if (m->full) return opaque(m, e);
  atom out = {0};
  dep_field(m, &out, v);
  out.axis = axis_of(m, (axis){.kind = AXIS_YES, .var = v, .n = 2});
  return add_atom(m, out);
}

static uint32_t build_missing(model *m, const expr *e) {
  const expr *of = e->a;
  if (of->ty == TY_BOOL && of->op != X_FIELD) return add_node(m, NODE_UNDECIDED, model_build(m, m->p, of), 0);
  atom out = {.is_missing = true};
  if (of->op == X_FIELD && (of->ty == TY_BOOL || of->ty == TY_TEXT || of->ty == TY_SET)) {
    uint16_t v = var_of_use(m, m->p, of->use);
    if (m->full) return opaque(m, e);
    dep_field(m, &out, v);
    return add_atom(m, out);
  }
  if (of->ty == TY_TEXT) return model_const(m, SOLVE_FALSE);
  linear l;
  if (!linear_of(m, of, &l)) return opaque(m, e);
  bool amounts = l.cur_of && of->op != X_FIELD && m->cur_count > 1; /* two currencies have no sum */
  if (amounts || l.cur_mixed) return opaque(m, e);
  memcpy(out.deps, l.deps, sizeof l.deps);
  out.dep_count = l.dep_count;
  return add_atom(m, out);
}

static uint32_t build(model *m, const expr *e) {
  uint32_t a;
  bool texts = e->a && (e->a->ty == TY_TEXT || e->a->ty == TY_SET);
  switch (e->op) {
  case X_BOOL: return model_const(m, e->yes ? SOLVE_TRUE : SOLVE_FALSE);
  case X_FIELD: return build_state(m, e);
  case X_AND:
  case X_OR: a = build(m, e->a); return add_node(m, e->op == X_AND ? NODE_AND : NODE_OR, a, build(m, e->b));
  case X_NOT: return add_node(m, NODE_NOT, build(m, e->a), 0);
  case X_EQ:
  case X_NE:
    if (e->a->ty == TY_BOOL) {
      a = build(m, e->a);
      a = add_node(m, NODE_SAME, a, build(m, e->b));
      return e->op == X_EQ ? a : add_node(m, NODE_NOT, a, 0);
    }
    return texts ? build_text(m, e) : build_order(m, e);
  case X_LT:
  case X_LE:
  case X_GT:
  case X_GE: return texts ? opaque(m, e) : build_order(m, e);
  case X_IN:
  case X_CONTAINS:
  case X_STARTS: return build_text(m, e);
  case X_HAS: return build_has(m, e);
  case X_MISSING: return build_missing(m, e);
  case X_TODAY:
  case X_MONEY:
  case X_NUMBER:
  case X_DURATION:
  case X_DATE:
  case X_TEXT:
  case X_ADD:
  case X_SUB:
  case X_MUL:
  case X_DIV:
  case X_NEG:
  case X_OP_COUNT: break;
  }
  return opaque(m, e); /* an error of the checker, already reported */
}

uint32_t model_build(model *m, const program *p, const expr *e) {
  const program *before = m->p;
  m->p = p;
  uint32_t at = build(m, e);
  m->p = before;
  return at;
}

uint32_t model_overdue(model *m, const solve_asked *a) {
  uint16_t x, y;
  overdue_vars(m, a->p, &x, &y);
  atom out = {.lo = a->from, .hi = a->to};
  if (a->unit == UNIT_DAY) {
    out.axis = axis_range(m, x, y);
  } else {
    out.lo = 2 * (int64_t)a->from, out.hi = 2 * (int64_t)a->to + 1;
    out.axis = axis_unit(m, x, y, a->unit, a->p);
  }
  if (m->full) return model_const(m, SOLVE_TRUE | SOLVE_FALSE | SOLVE_UNDECIDED);
  cut_for(m, &out);
  return add_atom(m, out);
}
