/* The search: axes are given cells one after the other, only those that can still change an outcome, until every
 * question comes out as wanted whatever the rest is. An outcome is a set of what is still possible, so that a branch
 * which cannot come out right is left at once. Work is counted: what would take too long is not analysed. */
#include "lang/analyse/solve_model.h"

enum { DECIDED = SOLVE_TRUE | SOLVE_FALSE, ALL3 = DECIDED | SOLVE_UNDECIDED };

/* One question: its nodes are those from `first` to `node`. */
typedef struct root {
  uint32_t first, node;
  unsigned want;
} root;
enum { SETTLED_MAX = 64 };

typedef struct search {
  model m;
  root *roots;
  uint32_t root_count;
  uint8_t *mask; /* of each node */
  uint64_t work, spent;
  bool out_of_work, usual_only, no_example;
  bool doubt; /* it may come out so, but it is not known */
  int doubt_axis;
  arena *perm;
  solve_witness *out;
} search;

/* ---- outcomes ---- */

static unsigned turned(unsigned a) {
  return (a & SOLVE_UNDECIDED) | (a & SOLVE_TRUE ? SOLVE_FALSE : 0) | (a & SOLVE_FALSE ? SOLVE_TRUE : 0);
}

static unsigned both(unsigned a, unsigned b) {
  unsigned out = (a | b) & SOLVE_FALSE;
  if (a & b & SOLVE_TRUE) out |= SOLVE_TRUE;
  if (((a | b) & SOLVE_UNDECIDED) && (a & SOLVE_NOT_FALSE) && (b & SOLVE_NOT_FALSE)) out |= SOLVE_UNDECIDED;
  return out;
}

static unsigned same(unsigned a, unsigned b) {
  unsigned out = (a | b) & SOLVE_UNDECIDED, x = a & DECIDED, y = b & DECIDED;
  if (x & y) out |= SOLVE_TRUE;
  if (x & turned(y)) out |= SOLVE_FALSE;
  return out;
}

/* Whether a field is there: SOLVE_TRUE, SOLVE_FALSE or both. */
static unsigned is_there(const model *m, const var *v) {
  if (v->present < 0) return SOLVE_TRUE;
  int at = m->axes[v->present].at;
  return at < 0 ? SOLVE_TRUE | SOLVE_FALSE : at == 0 ? SOLVE_TRUE : SOLVE_FALSE;
}

static bool matches(const model *m, const atom *a, int cur) {
  if (a->cur_named) return m->curs[cur] == a->cur && !(m->cur_unnamed && cur == 0);
  return true;
}

/* Whether its amounts are in one currency. */
static unsigned one_currency(model *m, const atom *a) {
  if (!a->cur_of || m->cur_count < 2) return SOLVE_TRUE;
  int first = -1;
  unsigned out = SOLVE_TRUE;
  for (unsigned of = 0; of < ENT_COUNT; of++) {
    if (!(a->cur_of >> of & 1)) continue;
    if (of == ENT_CUSTOMER) { /* a total over nothing is 0 in every currency */
      if (!m->cur_unnamed || a->cur_named) out |= SOLVE_FALSE;
      continue;
    }
    const axis *x = currency_axis(m, (entity)of);
    if (x->at < 0) return SOLVE_TRUE | SOLVE_FALSE;
    if ((first >= 0 && first != x->at) || !matches(m, a, x->at)) return SOLVE_FALSE;
    first = x->at;
  }
  return out;
}

static unsigned of_atom(model *m, const atom *a) {
  unsigned there = SOLVE_TRUE;
  for (uint8_t i = 0; i < a->dep_count; i++) there = both(there, is_there(m, &m->vars[a->deps[i]]));
  if (a->is_missing) return turned(there);
  unsigned cur = one_currency(m, a), out = 0;
  if (cur & SOLVE_FALSE) out |= m->rates ? ALL3 : SOLVE_UNDECIDED;
  there = both(there, cur);
  if (there & SOLVE_FALSE) out |= SOLVE_UNDECIDED;
  if (!(there & SOLVE_TRUE)) return out;
  if (a->constant) return out | (a->yes ? SOLVE_TRUE : SOLVE_FALSE);
  int at = m->axes[a->axis].at;
  return out | (at < 0 ? a->all : a->cell[at]);
}

static void judge_root(search *s, const root *r) {
  model *m = &s->m;
  s->work += r->node + 1 - r->first;
  for (uint32_t i = r->first; i <= r->node; i++) {
    const node *n = &m->nodes[i];
    unsigned out = 0;
    switch (n->op) {
    case NODE_CONST: out = n->a; break;
    case NODE_AND: out = both(s->mask[n->a], s->mask[n->b]); break;
    case NODE_OR: out = turned(both(turned(s->mask[n->a]), turned(s->mask[n->b]))); break;
    case NODE_NOT: out = turned(s->mask[n->a]); break;
    case NODE_SAME: out = same(s->mask[n->a], s->mask[n->b]); break;
    case NODE_UNDECIDED:
      out = (s->mask[n->a] & SOLVE_UNDECIDED ? SOLVE_TRUE : 0) | (s->mask[n->a] & DECIDED ? SOLVE_FALSE : 0);
      break;
    case NODE_ATOM: out = of_atom(m, &m->atoms[n->a]); break;
    }
    s->mask[i] = (uint8_t)out;
  }
}

typedef enum state { STATE_NO, STATE_OPEN, STATE_ALL } state;

/* What comes out as wanted whatever the rest is does so when more is assigned, too: it is settled. */
static state judge(search *s, uint64_t *settled) {
  state out = STATE_ALL;
  for (uint32_t i = 0; i < s->root_count; i++) {
    const root *r = &s->roots[i];
    if (i < SETTLED_MAX && *settled >> i & 1) continue;
    judge_root(s, r);
    unsigned mask = s->mask[r->node];
    if (!(mask & r->want)) return STATE_NO;
    if (mask & ~r->want)
      out = STATE_OPEN;
    else if (i < SETTLED_MAX)
      *settled |= UINT64_C(1) << i;
  }
  return out;
}

/* ---- what to decide next ---- */

static bool is_one(unsigned mask) { return (mask & (mask - 1)) == 0; }

/* An axis that is still open of an atom that is not decided; -1: none. */
static int open_of_atom(model *m, const atom *a) {
  for (uint8_t i = 0; i < a->dep_count; i++) {
    int at = m->vars[a->deps[i]].present;
    if (at >= 0 && m->axes[at].at < 0) return at;
  }
  if (a->is_missing) return -1;
  for (unsigned of = 0; of < ENT_COUNT && m->cur_count > 1; of++) {
    const axis *x = a->cur_of >> of & 1 && of != ENT_CUSTOMER ? currency_axis(m, (entity)of) : NULL;
    if (x && x->at < 0) return (int)(x - m->axes);
  }
  return a->constant || m->axes[a->axis].at >= 0 ? -1 : a->axis;
}

/* Down the part of the tree that is not decided; axes that are not analysed come last. */
static int open_axis(search *s, uint32_t at, bool opaque) {
  const node *n = &s->m.nodes[at];
  if (is_one(s->mask[at]) || n->op == NODE_CONST) return -1;
  if (n->op == NODE_ATOM) {
    int open = open_of_atom(&s->m, &s->m.atoms[n->a]);
    return open >= 0 && (s->m.axes[open].kind == AXIS_OPAQUE) == opaque ? open : -1;
  }
  int open = open_axis(s, n->a, opaque);
  bool two = n->op == NODE_AND || n->op == NODE_OR || n->op == NODE_SAME;
  return open >= 0 || !two ? open : open_axis(s, n->b, opaque);
}

static int next_axis(search *s, uint64_t settled) {
  for (int opaque = 0; opaque < 2; opaque++)
    for (uint32_t i = 0; i < s->root_count; i++) {
      if (i < SETTLED_MAX && settled >> i & 1) continue;
      if (!(s->mask[s->roots[i].node] & ~s->roots[i].want)) continue;
      int open = open_axis(s, s->roots[i].node, opaque);
      if (open >= 0) return open;
    }
  return -1;
}

/* ---- the search ---- */

static void doubt(search *s, int of) {
  if (!s->doubt || (s->doubt_axis < 0 && of >= 0)) s->doubt_axis = of;
  s->doubt = true;
}

/* A row of contracts has a contract. */
static bool is_possible(const model *m, const axis *a) {
  if (a->kind != AXIS_PRESENT || m->contract == NO_VAR) return true;
  return !(m->vars[a->var].kind == VAR_CONTRACT && a->at == 1 && m->contract_there);
}

/* What is not needed is taken back; then the witness says no more than it must. */
static void take_back(search *s, bool opaque) {
  model *m = &s->m;
  for (uint32_t i = m->axis_count; i-- > 0;) {
    int at = m->axes[i].at;
    uint64_t settled = 0;
    if (at < 0 || (opaque && m->axes[i].kind != AXIS_OPAQUE)) continue;
    m->axes[i].at = -1;
    if (judge(s, &settled) != STATE_ALL) m->axes[i].at = at;
  }
}

static bool found(search *s) {
  model *m = &s->m;
  take_back(s, s->no_example);
  for (uint32_t i = 0; i < m->axis_count; i++)
    if (m->axes[i].kind == AXIS_OPAQUE && m->axes[i].at >= 0) {
      doubt(s, (int)i);
      return false;
    }
  solve_witness w = {0};
  if (!witness_take(m, s->perm, &w)) {
    doubt(s, -1);
    return false;
  }
  if (s->out) *s->out = w;
  s->work += 20U * m->axis_count;
  return true;
}

static bool leaf(search *s) {
  int before[SOLVE_AXES_MAX];
  model *m = &s->m;
  for (uint32_t i = 0; i < m->axis_count; i++) before[i] = m->axes[i].at;
  int64_t *bounds = m->bounds;
  bool ok = found(s);
  m->bounds = bounds;
  for (uint32_t i = 0; i < m->axis_count; i++) m->axes[i].at = before[i];
  return ok;
}

static bool look(search *s, uint64_t settled);

static bool try_cell(search *s, uint32_t at, uint32_t cell, uint64_t settled) {
  model *m = &s->m;
  axis *a = &m->axes[at];
  int64_t *bounds = m->bounds;
  a->at = (int)cell;
  bool ok = is_possible(m, a);
  if (ok && a->linked) {
    size_t n = (size_t)m->link_count * m->link_count;
    m->bounds = ARENA_ARRAY(m->scratch, n, int64_t);
    memcpy(m->bounds, bounds, n * sizeof *bounds);
    s->work += n;
    ok = bounds_cell(m, a);
  }
  ok = ok && look(s, settled);
  m->bounds = bounds;
  m->axes[at].at = -1;
  return ok;
}

static bool look(search *s, uint64_t settled) {
  if (s->work > SOLVE_WORK_MAX) {
    s->out_of_work = true;
    return false;
  }
  state now = judge(s, &settled);
  if (now == STATE_NO) return false;
  if (now == STATE_ALL) return leaf(s);
  int at = next_axis(s, settled);
  if (at < 0) {
    doubt(s, -1);
    return false;
  }
  uint32_t n = s->m.axes[at].n, first = s->m.axes[at].first;
  for (uint32_t i = 0; i < n; i++) { /* from the plausible one upwards, then downwards */
    uint32_t cell = first + i < n ? first + i : n - 1 - i;
    if (try_cell(s, (uint32_t)at, cell, settled)) return true;
    if (s->out_of_work) return false;
  }
  return false;
}

/* ---- asking ---- */

static span place_of(const solve_asked *a) {
  if (a->e) return a->e->at;
  return a->cond < SOLVE_OVERDUE ? a->p->conds[a->cond].at : (span){0};
}

static void build_roots(search *s, const solve_asked *asked, uint32_t n) {
  model *m = &s->m;
  for (uint32_t i = 0; i < n; i++) {
    const solve_asked *a = &asked[i];
    uint32_t at, first = m->node_count;
    if (a->e)
      at = model_build(m, a->p, a->e);
    else if (a->cond == SOLVE_OVERDUE)
      at = model_overdue(m, a);
    else if (a->cond > SOLVE_OVERDUE)
      at = model_const(m, SOLVE_TRUE);
    else
      at = model_build(m, a->p, a->p->conds[a->cond].e);
    s->roots[s->root_count++] = (root){first, at, a->want};
  }
}

static bool begin(search *s, const solve_asked *asked, uint32_t n) {
  model *m = &s->m;
  m->lang = n ? asked[0].p->lang : LANG_EN;
  m->today = m->contract = NO_VAR;
  m->vars[0] = (var){.kind = VAR_ZERO, .present = -1, .link = -1};
  m->var_count = 1;
  for (uint32_t i = 0; i < n; i++) {
    m->dunned = m->dunned || (!asked[i].e && asked[i].cond == SOLVE_DUNNED);
    s->usual_only = s->usual_only || (!asked[i].e && asked[i].cond == SOLVE_USUAL);
  }
  model_currencies(m, asked, n);
  s->roots = ARENA_ARRAY(m->scratch, n + 1, root);
  build_roots(s, asked, n);
  model_finish(m);
  s->mask = ARENA_ARRAY(m->scratch, m->node_count + 1, uint8_t);
  return !m->full;
}

/* First among rows as most are; then, if there is none, among all. */
static solve_verdict answer(search *s) {
  for (int usual = 1; usual >= 0; usual--) {
    s->m.usual = usual;
    s->doubt = s->out_of_work = false;
    s->spent += s->work;
    s->work = 0;
    bounds_begin(&s->m);
    if (look(s, 0)) return SOLVE_FOUND;
    if (!s->m.has_usual || s->usual_only) break;
  }
  return s->doubt || s->out_of_work ? SOLVE_NOT_ANALYSED : SOLVE_NONE;
}

static solve_verdict ask(arena *perm, const solve_asked *asked, uint32_t n, bool example, solve_witness *out) {
  arena *scratch = arena_new();
  search *s = ARENA_NEW(scratch, search);
  solve_witness none = {0};
  s->m.scratch = scratch, s->perm = perm, s->out = out, s->doubt_axis = -1, s->no_example = !example;
  if (out) *out = none;
  bool ok = begin(s, asked, n);
  solve_verdict v = ok ? answer(s) : SOLVE_NOT_ANALYSED;
  if (out) out->work = s->m.work + s->spent + s->work;
  if (v == SOLVE_NOT_ANALYSED && out) {
    const axis *a = ok && s->doubt_axis >= 0 ? &s->m.axes[s->doubt_axis] : NULL;
    out->not_analysed = a ? a->e->at : place_of(&asked[n - 1]);
    out->of = a ? a->rule : asked[n - 1].p;
    out->opaque = a != NULL, out->too_long = !ok || s->out_of_work;
  }
  arena_free(scratch);
  return v;
}

solve_verdict solve(arena *perm, const solve_asked *asked, uint32_t n, solve_witness *out) {
  return ask(perm, asked, n, true, out);
}

solve_verdict solve_whether(arena *perm, const solve_asked *asked, uint32_t n, solve_witness *out) {
  return ask(perm, asked, n, false, out);
}
