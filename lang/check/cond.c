/* Conditions of the program, and what the engine has to know of each before it runs: which fields it reads, and on
 * which days the passing of time alone can change its outcome. A day that no atom names is covered by `daily`. */
#include "lang/check/internal.h"

/* ---- time ---- */

/* One side of a comparison of dates: today or a field, plus days. */
typedef struct linear {
  enum { LIN_OTHER, LIN_CONSTANT, LIN_TODAY, LIN_FIELD } base;
  uint16_t use;
  duration plus;
  bool exact; /* `plus` can be taken to the other side: it counts days */
} linear;

static linear linear_of(const expr *e) {
  if (e->op == X_TODAY) return (linear){LIN_TODAY, NO_USE, {0, UNIT_DAY}, true};
  if (e->op == X_DATE) return (linear){LIN_CONSTANT, NO_USE, {0, UNIT_DAY}, true};
  if (e->op == X_FIELD) return (linear){LIN_FIELD, e->use, {0, UNIT_DAY}, true};
  linear other = {LIN_OTHER, NO_USE, {0, UNIT_DAY}, false};
  if ((e->op != X_ADD && e->op != X_SUB) || e->b->op != X_DURATION) return other;
  linear r = linear_of(e->a);
  duration d = e->b->dur;
  if (e->op == X_SUB) d.n = -d.n;
  int32_t days, before;
  if (r.base == LIN_OTHER) return r;
  if (r.plus.n == 0) {
    r.plus = d;
    r.exact = duration_days(d, &days);
  } else if (duration_days(d, &days) && duration_days(r.plus, &before))
    r.plus = (duration){before + days, UNIT_DAY};
  else
    return other;
  return r;
}

typedef struct walk {
  checker *c;
  cond *k;
  vec uses, atoms;
} walk;

static void add_atom(walk *w, uint16_t use, duration plus) {
  for (uint32_t i = 0; i < w->atoms.n; i++) {
    const time_atom *a = VEC_AT(&w->atoms, time_atom, i);
    if (a->use == use && a->plus.n == plus.n && a->plus.unit == plus.unit) return;
  }
  *VEC_PUSH(w->c->perm, &w->atoms, time_atom) = (time_atom){use, plus};
}

/* today + n OP field + m: it changes when today reaches field + (m - n), or the day after. */
static bool atom_of_dates(walk *w, const expr *a, const expr *b) {
  linear x = linear_of(a), y = linear_of(b);
  if (x.base != LIN_TODAY) {
    linear swap = x;
    x = y;
    y = swap;
  }
  if (x.base != LIN_TODAY || y.base != LIN_FIELD || !x.exact) return false;
  int32_t days, less;
  if (x.plus.n != 0) {
    if (!duration_days(y.plus, &days) || !duration_days(x.plus, &less)) return false;
    y.plus = (duration){days - less, UNIT_DAY};
  }
  add_atom(w, y.use, y.plus);
  return true;
}

/* today - field OP 7d, field - today OP 3d */
static bool atom_of_difference(walk *w, const expr *diff, const expr *than) {
  if (diff->op != X_SUB || than->op != X_DURATION || diff->a->ty != TY_DATE || diff->b->ty != TY_DATE) return false;
  linear x = linear_of(diff->a), y = linear_of(diff->b);
  int32_t days, px, py;
  if (!duration_days(than->dur, &days) || !duration_days(x.plus, &px) || !duration_days(y.plus, &py)) return false;
  if (x.base == LIN_TODAY && y.base == LIN_FIELD)
    add_atom(w, y.use, (duration){py + days - px, UNIT_DAY});
  else if (x.base == LIN_FIELD && y.base == LIN_TODAY)
    add_atom(w, x.use, (duration){px - days - py, UNIT_DAY});
  else
    return false;
  return true;
}

/* Whether the node's part in time is said by an atom. */
static bool atom_of(walk *w, const expr *e) {
  if (e->op < X_EQ || e->op > X_GE) return false;
  const expr *a = e->a, *b = e->b;
  if (expr_is_field(w->c, a, FIELD_INVOICE_OVERDUE) && b->op == X_DURATION) {
    add_atom(w, use_field(w->c, ENT_INVOICE, FIELD_INVOICE_DUE), b->dur);
    return true;
  }
  if (a->ty == TY_DATE) return atom_of_dates(w, a, b);
  return a->ty == TY_DURATION && (atom_of_difference(w, a, b) || atom_of_difference(w, b, a));
}

/* ---- fields ---- */

static void read_use(walk *w, uint16_t use) {
  checker *c = w->c;
  if (use >= c->stamp_room) {
    uint32_t room = c->stamp_room ? c->stamp_room * 2 : 256;
    while (room <= use) room *= 2;
    uint32_t *grown = ARENA_ARRAY(c->scratch, room, uint32_t);
    if (c->stamp_room) memcpy(grown, c->stamp, c->stamp_room * sizeof *grown);
    c->stamp = grown;
    c->stamp_room = room;
  }
  if (c->stamp[use] == c->stamp_now) return;
  c->stamp[use] = c->stamp_now;
  *VEC_PUSH(c->perm, &w->uses, uint16_t) = use;
}

static void walk_expr(walk *w, const expr *e, bool timed) {
  if (!e) return;
  timed = timed || atom_of(w, e);
  if (e->op == X_TODAY && !timed) w->k->daily = true;
  if (e->op == X_FIELD && e->ty != TY_ERROR) {
    uint16_t field = VEC_AT(&w->c->uses, field_use, e->use)->field;
    read_use(w, e->use);
    if (field < FIELD_COUNT) switch (FIELDS[field].source) {
      case SRC_STORED: break;
      case SRC_STATE: w->k->reads_state = true; break;
      case SRC_TOTAL: w->k->reads_totals = true; break;
      case SRC_FEE: w->k->daily = true; break; /* grows with each day */
      case SRC_DAY: w->k->daily = w->k->daily || !timed; break;
      }
  }
  walk_expr(w, e->a, timed);
  walk_expr(w, e->b, timed);
}

void cond_analyse(checker *c, cond *k) {
  walk w = {c, k, {0}, {0}};
  c->stamp_now++;
  walk_expr(&w, k->e, false);
  k->uses = w.uses.v;
  k->use_count = w.uses.n;
  k->atoms = w.atoms.v;
  k->atom_count = w.atoms.n;
}

bool program_can_miss(const program *p, uint32_t field) {
  if (field >= FIELD_COUNT) return true;
  return FIELDS[field].can_be_missing &&
         (FIELDS[field].source != SRC_FEE || p->fee_series.n || p->rates_file.n || p->fee_cur != p->cur);
}

bool cond_asks_missing(const expr *e, uint16_t use) {
  if (!e) return false;
  if (e->op == X_MISSING) return e->a->op == X_FIELD && e->a->use == use;
  return cond_asks_missing(e->a, use) || cond_asks_missing(e->b, use);
}

/* ---- adding ---- */

uint32_t cond_add(checker *c, const expr *e, span at) {
  uint32_t id = c->conds.n;
  cond *k = VEC_PUSH(c->perm, &c->conds, cond);
  *k = (cond){.of = c->of, .e = e, .at = at};
  cond_analyse(c, k);
  return id;
}

const expr *cond_expr(checker *c, const ast *clause, entity of) {
  c->of = of;
  if (!clause->kid) return expr_error(c, clause->at);
  const expr *e = expr_whole(c, clause->kid);
  return expr_is_condition(c, e) ? e : expr_error(c, clause->at);
}

uint32_t cond_of(checker *c, const ast *clause, entity of) {
  return clause ? cond_add(c, cond_expr(c, clause, of), clause->at) : (uint32_t)NO_COND;
}

uint32_t cond_where(checker *c, const ast *section, entity of) {
  const ast *except = ast_kid(section, AST_EXCEPT);
  if (!except) return cond_of(c, ast_kid(section, AST_WHERE), of);
  return cond_add(c, expr_not(c, cond_expr(c, except, of), except->at), except->at);
}
