/* Conditions by themselves: that never hold, that always do, terms that contradict one another or add nothing. */
#include "lang/analyse/asks.h"

enum { TERMS_MAX = 24 };

typedef struct terms {
  const expr *v[TERMS_MAX];
  uint32_t n;
} terms;

static bool inside(span in, span of) { return in.file == of.file && in.from >= of.from && in.to <= of.to; }

/* The operands of a chain as it is written; what a definition says is its own. */
static void flatten(const expr *e, expr_op op, terms *t) {
  bool own = e->op == op && inside(e->a->at, e->at) && inside(e->b->at, e->at);
  if (own && t->n < TERMS_MAX) {
    flatten(e->a, op, t);
    flatten(e->b, op, t);
  } else if (t->n < TERMS_MAX)
    t->v[t->n++] = e;
}

static bool never_all(asks *a, const context *c, const expr *x, const expr *y) {
  context both = *c;
  context_add_expr(&both, a, x, SOLVE_TRUE);
  if (y) context_add_expr(&both, a, y, SOLVE_TRUE);
  return asks_never(a, &both);
}

/* The chain never holds: is it one of its terms, two of them, or all? */
static void report_never(asks *a, const context *c, const expr *e) {
  terms t = {.n = 0};
  flatten(e, X_AND, &t);
  const expr *one = t.n == 1 || span_same(t.v[0]->at, t.v[1]->at) ? e : NULL;
  for (uint32_t i = 0; i < t.n && !one; i++)
    if (never_all(a, c, t.v[i], NULL)) one = t.v[i];
  for (uint32_t i = 0; i < t.n && !one; i++)
    for (uint32_t k = 0; k < i; k++)
      if (never_all(a, c, t.v[k], t.v[i])) {
        slice args[] = {asks_quote(a, t.v[k]->at), asks_quote(a, t.v[i]->at)};
        diag_add(a->d, DIAG_W0052, t.v[i]->at, (slice){0}, 2, args);
        return;
      }
  if (!one) one = e;
  slice quoted = asks_quote(a, one->at);
  diag_add(a->d, DIAG_W0051, one->at, (slice){0}, 1, &quoted);
}

/* Whether x comes out as y in every row. */
static bool always_same(asks *a, const expr *x, const expr *y) {
  for (unsigned want = SOLVE_FALSE; want <= SOLVE_TRUE; want <<= 1) {
    context c = {.n = 0};
    context_add_expr(&c, a, x, want);
    context_add_expr(&c, a, y, (SOLVE_TRUE | SOLVE_FALSE | SOLVE_UNDECIDED) & ~want);
    if (!asks_never(a, &c)) return false;
  }
  return true;
}

static void walk(asks *a, const expr *e);

static bool reads(const program *p, const expr *e, const field_use *u) {
  if (!e) return false;
  if (e->op == X_FIELD && p->uses[e->use].of == u->of && p->uses[e->use].field == u->field) return true;
  return reads(p, e->a, u) || reads(p, e->b, u);
}

/* Terms without a field in common say nothing of one another; days overdue are also those of a date. */
static bool share(const program *p, const expr *x, const expr *y) {
  if (!x) return false;
  if (x->op == X_FIELD)
    return p->uses[x->use].ty == TY_DATE || p->uses[x->use].ty == TY_DURATION || reads(p, y, &p->uses[x->use]);
  return share(p, x->a, y) || share(p, x->b, y);
}

/* Terms of `and` and `or` that another one says already. */
static void lint_needless(asks *a, const terms *t, expr_op op) {
  for (uint32_t i = 0; i < t->n; i++)
    for (uint32_t k = 0; k < t->n; k++) {
      expr both = {.op = op, .ty = TY_BOOL, .at = t->v[i]->at, .a = t->v[k], .b = t->v[i]};
      if (i == k || !share(a->p, t->v[i], t->v[k]) || !always_same(a, &both, t->v[k])) continue;
      if (k > i && always_same(a, &both, t->v[i])) continue; /* the same twice: the second is the one too many */
      slice args[] = {asks_quote(a, t->v[i]->at), asks_quote(a, t->v[k]->at)};
      diag_add(a->d, DIAG_W0054, t->v[i]->at, (slice){0}, 2, args);
      break;
    }
}

/* Whether a term can differ from what is always so. */
static bool lint_constant(asks *a, const expr *e) {
  context no = {.n = 0}, yes = {.n = 0};
  slice quoted = asks_quote(a, e->at);
  context_add_expr(&yes, a, e, SOLVE_TRUE);
  if (asks_never(a, &yes)) {
    context none = {.n = 0};
    report_never(a, &none, e);
    return true;
  }
  context_add_expr(&no, a, e, SOLVE_NOT_TRUE);
  if (!asks_never(a, &no)) return false;
  diag_add(a->d, DIAG_W0053, e->at, (slice){0}, 1, &quoted);
  return true;
}

/* The parts of a condition that itself may hold or not. */
static void walk(asks *a, const expr *e) {
  if (e->op == X_NOT) {
    walk(a, e->a);
    return;
  }
  if (e->op != X_AND && e->op != X_OR) return;
  terms t = {.n = 0};
  flatten(e, e->op, &t);
  bool all = true, distinct = true;
  for (uint32_t i = 1; i < t.n; i++) distinct = distinct && !span_same(t.v[i]->at, t.v[0]->at);
  if (t.n < 2 || !distinct) return;
  for (uint32_t i = 0; i < t.n; i++)
    if (inside(t.v[i]->at, e->at)) {
      if (!lint_constant(a, t.v[i]))
        walk(a, t.v[i]);
      else
        all = false;
    }
  if (all) lint_needless(a, &t, e->op);
}

/* One condition of the policy. */
static void lint_cond(asks *a, uint32_t id, bool dunned) {
  if (id == NO_COND || a->seen[id]) return;
  a->seen[id] = true;
  const expr *e = a->p->conds[id].e;
  context c = {.n = 0};
  if (dunned) context_dunned(&c, a);
  context yes = c;
  context_add(&yes, a, id, SOLVE_TRUE);
  if (asks_never(a, &yes)) {
    a->never[id] = true;
    report_never(a, &c, e);
    return;
  }
  context no = {.n = 0};
  context_add(&no, a, id, SOLVE_NOT_TRUE);
  if (asks_never(a, &no)) {
    slice quoted = asks_quote(a, e->at);
    diag_add(a->d, DIAG_W0053, e->at, (slice){0}, 1, &quoted);
    return;
  }
  walk(a, e);
}

/* What holds where it is undecided, too: it never ends. */
static void lint_hold(asks *a, uint32_t id) {
  const expr *e = a->p->conds[id].e;
  context c = {.n = 0};
  context_dunned(&c, a);
  context_add(&c, a, id, SOLVE_FALSE);
  if (!asks_never(a, &c)) {
    lint_cond(a, id, a->p->conds[id].of == ENT_INVOICE);
    return;
  }
  slice quoted = asks_quote(a, e->at);
  diag_add(a->d, DIAG_W0058, e->at, (slice){0}, 1, &quoted);
}

static void lint_lines(asks *a, lines body, bool dunned) {
  for (uint32_t i = 0; i < body.count; i++)
    for (uint32_t b = 0; b < body.v[i].branch_count; b++) lint_cond(a, body.v[i].branches[b].guard, dunned);
}

static void lint_scope(asks *a, const scope *s) {
  for (uint32_t i = 0; i < s->holds.count; i++) lint_hold(a, s->holds.v[i]);
  for (uint32_t i = 0; i < s->stops.count; i++) lint_hold(a, s->stops.v[i]);
  for (uint32_t i = 0; i < s->asks.count; i++) lint_cond(a, s->asks.v[i], a->p->conds[s->asks.v[i]].of == ENT_INVOICE);
  for (uint32_t i = 0; i < s->windows.count; i++) lint_cond(a, s->windows.v[i].cond, false);
}

void lint_terms(asks *a) {
  const program *p = a->p;
  lint_scope(a, &p->policy);
  for (uint32_t l = 0; l < p->ladder_count; l++) {
    const ladder *x = &p->ladders[l];
    bool dunned = x->of == ENT_INVOICE;
    lint_cond(a, x->where, dunned);
    lint_scope(a, &x->own);
    for (uint32_t r = 0; r < x->rung_count; r++) lint_lines(a, x->rungs[r].body, dunned);
  }
  for (uint32_t w = 0; w < p->when_count; w++) {
    const when_rule *x = &p->whens[w];
    bool dunned = x->of == ENT_INVOICE;
    lint_cond(a, x->full, dunned);
    lint_lines(a, x->body, dunned);
    for (uint32_t r = 0; r < x->rung_count; r++) lint_lines(a, x->rungs[r].body, dunned);
  }
  for (uint32_t i = 0; i < p->every_count; i++) {
    lint_cond(a, p->everys[i].where, false);
    lint_lines(a, p->everys[i].body, false);
  }
  for (uint32_t i = 0; i < p->on_count; i++) {
    lint_cond(a, p->ons[i].where, false);
    lint_lines(a, p->ons[i].body, false);
  }
}
