/* See kinds.h. Conditions are cut into their largest parts that do not change by themselves; each part comes out yes,
 * no or undecided, and every combination that some invoice has is a kind. The solver says which there are.
 *
 * Invariant: a kind is left out only where the solver has proven that no invoice is of it, or `all` is false. */
#include "lang/analyse/kinds.h"

#include "lang/check/fields.h"

enum { PARTS_MAX = 96, PART_WAYS = 3 };

typedef struct part {
  const program *p;
  const expr *e;
} part;

typedef struct search {
  arena *perm, *scratch;
  part parts[PARTS_MAX];
  uint32_t part_count, max;
  solve_asked *asked; /* those that the path has fixed, after the one that is always asked */
  uint32_t asked_count;
  kinds *out;
} search;

static field_source source_of(const field_use *u) {
  return u->field < FIELD_COUNT ? FIELDS[u->field].source : SRC_STORED;
}

/* Changed by the days, or by what is sent on them. */
static bool field_moves(const field_use *u) {
  if (u->field == FIELD_INVOICE_DUE || u->field == FIELD_INVOICE_PROMISE || u->field == FIELD_INVOICE_PROMISED)
    return true;
  if (u->field == FIELD_INVOICE_LAST_CONTACT || u->field == FIELD_CUSTOMER_LAST_CONTACT) return true;
  return source_of(u) == SRC_DAY || source_of(u) == SRC_TOTAL || source_of(u) == SRC_FEE;
}

static bool is_timed(const program *p, const expr *e) {
  if (!e) return false;
  if (e->op == X_TODAY || (e->op == X_FIELD && field_moves(&p->uses[e->use]))) return true;
  return is_timed(p, e->a) || is_timed(p, e->b);
}

static void note_computed(search *s, const program *p, const expr *e) {
  if (!e) return;
  note_computed(s, p, e->a);
  note_computed(s, p, e->b);
  if (e->op != X_FIELD) return;
  const field_use *u = &p->uses[e->use];
  if (source_of(u) != SRC_TOTAL && source_of(u) != SRC_FEE) return;
  for (uint32_t i = 0; i < s->out->computed_count; i++)
    if (s->out->computed[i] == u->field) return;
  if (s->out->computed_count < PARTS_MAX) s->out->computed[s->out->computed_count++] = u->field;
  s->out->all = false;
}

static void add_part(search *s, const program *p, const expr *e) {
  for (uint32_t i = 0; i < s->part_count; i++)
    if (s->parts[i].p == p && expr_same(s->parts[i].e, e)) return;
  if (s->part_count == PARTS_MAX) {
    s->out->too_many = true;
    s->out->all = false;
    return;
  }
  s->parts[s->part_count++] = (part){p, e};
}

static void cut(search *s, const program *p, const expr *e) {
  if (!e || e->ty == TY_ERROR) return;
  if (!is_timed(p, e)) {
    if (e->op != X_BOOL) add_part(s, p, e);
    return;
  }
  if (e->op == X_AND || e->op == X_OR || e->op == X_NOT) {
    cut(s, p, e->a);
    cut(s, p, e->b);
  } else
    note_computed(s, p, e);
}

/* ---- every combination ---- */

static solve_verdict ask(search *s, solve_witness *w) {
  arena_reset(s->scratch);
  solve_verdict verdict = solve(w ? s->perm : s->scratch, s->asked, s->asked_count, w);
  return verdict;
}

static void not_analysed(search *s, const part *at) {
  s->out->all = false;
  if (s->out->of) return;
  s->out->of = at->p;
  s->out->not_analysed = at->e->at;
}

static void leaf(search *s) {
  solve_witness w = {0};
  if (s->out->n == s->max) {
    s->out->too_many = true;
    s->out->all = false;
    return;
  }
  if (ask(s, &w) != SOLVE_FOUND) {
    s->out->all = false;
    return;
  }
  s->out->v[s->out->n++] = w;
}

/* A part that the solver cannot look through fixes nothing: the invoices found are real, there may be others. */
static void descend(search *s, uint32_t at) {
  static const unsigned WANTS[PART_WAYS] = {SOLVE_TRUE, SOLVE_FALSE, SOLVE_UNDECIDED};
  if (s->out->too_many && s->out->n == s->max) return;
  if (at == s->part_count) {
    leaf(s);
    return;
  }
  const part *k = &s->parts[at];
  bool looked_through = true;
  for (int i = 0; i < PART_WAYS; i++) {
    s->asked[s->asked_count++] = (solve_asked){.p = k->p, .cond = NO_COND, .e = k->e, .want = WANTS[i]};
    solve_verdict verdict = ask(s, NULL);
    if (verdict == SOLVE_FOUND) descend(s, at + 1);
    s->asked_count--;
    looked_through = looked_through && verdict != SOLVE_NOT_ANALYSED;
  }
  if (looked_through) return;
  not_analysed(s, k);
  descend(s, at + 1);
}

/* Where there are too many kinds to take them all, some are drawn, spread over all of them: always the same ones. */
static bool draw(search *s, uint64_t *state) {
  static const unsigned WANTS[PART_WAYS] = {SOLVE_TRUE, SOLVE_FALSE, SOLVE_UNDECIDED};
  s->asked_count = 1;
  for (uint32_t at = 0; at < s->part_count; at++) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    uint32_t from = (uint32_t)(*state >> 33) % PART_WAYS;
    for (uint32_t i = 0; i < PART_WAYS; i++) {
      const part *k = &s->parts[at];
      s->asked[s->asked_count++] =
          (solve_asked){.p = k->p, .cond = NO_COND, .e = k->e, .want = WANTS[(from + i) % PART_WAYS]};
      if (ask(s, NULL) == SOLVE_FOUND) break;
      s->asked_count--;
    }
  }
  return ask(s, &s->out->v[s->out->n]) == SOLVE_FOUND;
}

static void draw_all(search *s) {
  uint64_t state = 1;
  s->out->n = 0;
  for (uint32_t i = 0; i < s->max; i++) s->out->n += draw(s, &state);
}

/* Which conditions belong to guarantees other than `also`. */
static bool *not_asked(arena *perm, const program *p, const guarantee *also) {
  bool *skip = ARENA_ARRAY(perm, p->cond_count + 1, bool);
  for (uint32_t i = 0; i < p->guarantee_count; i++) {
    const guarantee *g = &p->guarantees[i];
    if (g == also) continue;
    if (g->where != NO_COND) skip[g->where] = true;
    if (g->except != NO_COND) skip[g->except] = true;
    for (uint32_t k = 0; k < g->conds.count; k++) skip[g->conds.v[k]] = true;
  }
  return skip;
}

void analyse_kinds(arena *perm, const program *const *programs, uint32_t count, const guarantee *also, uint32_t max,
                   kinds *out) {
  *out = (kinds){.all = true,
                 .v = ARENA_ARRAY(perm, max + 1, solve_witness),
                 .computed = ARENA_ARRAY(perm, PARTS_MAX + 1, uint16_t)};
  search *s = ARENA_NEW(perm, search);
  *s = (search){.perm = perm, .scratch = arena_new(), .max = max, .out = out};
  s->asked = ARENA_ARRAY(perm, PARTS_MAX + 1, solve_asked);
  for (uint32_t k = 0; k < count; k++) {
    const bool *skip = not_asked(perm, programs[k], also);
    for (uint32_t i = 0; i < programs[k]->cond_count; i++)
      if (!skip[i]) cut(s, programs[k], programs[k]->conds[i].e);
  }
  s->asked[s->asked_count++] = (solve_asked){.p = programs[0], .cond = SOLVE_DUNNED, .want = SOLVE_TRUE};
  descend(s, 0);
  if (out->too_many) draw_all(s);
  arena_free(s->scratch);
}
