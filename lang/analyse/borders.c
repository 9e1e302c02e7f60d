/* An equality left open: `>` in one place and `<` in another, of one field and one value, so that what is exactly that
 * value is in neither. `if ... otherwise` has no such gap, nor has one condition that says both.
 *
 * Every comparison of a field with a constant is looked up in a map by what it compares: the time is that of one walk
 * over all conditions. */
#include "lang/analyse/asks.h"
#include "lang/check/table.h"

/* One field against one value: where it is compared with `>`, where with `<`, and whether the value itself is taken. */
typedef struct border {
  const expr *above, *below;
  uint32_t above_cond, below_cond;
  bool taken;
} border;

typedef struct walker {
  const asks *a;
  name_map by_key;
  vec borders;
  uint32_t at; /* the condition at hand */
} walker;

static border *border_of(walker *w, const expr *field, const expr *value) {
  const field_use *use = &w->a->p->uses[field->use];
  uint32_t salt = (uint32_t)use->of << 16 | use->field;
  char digits[DECIMAL_TEXT_MAX];
  size_t n = 0;
  slice key = {NULL, 0};
  switch ((int)value->op) {
  case X_MONEY:
  case X_NUMBER:
    n = decimal_text(decimal_trim(value->num), digits);
    key = arena_printf(w->a->perm, "%.*s %d", (int)n, digits, value->op == X_MONEY ? (int)value->cur : -1);
    break;
  case X_DURATION: key = arena_printf(w->a->perm, "%d %d d", (int)value->dur.n, (int)value->dur.unit); break;
  case X_DATE: key = arena_printf(w->a->perm, "%d day", (int)value->date.day); break;
  default: return NULL;
  }
  uint32_t at = name_map_add(w->a->perm, &w->by_key, salt, key, w->borders.n);
  if (at != NAME_NONE) return VEC_AT(&w->borders, border, at);
  return VEC_PUSH(w->a->perm, &w->borders, border);
}

static void compared(walker *w, const expr *e, bool negated) {
  bool turned = e->a->op != X_FIELD;
  const expr *field = turned ? e->b : e->a, *value = turned ? e->a : e->b;
  if (field->op != X_FIELD) return;
  border *b = border_of(w, field, value);
  if (!b) return;
  bool open = e->op == X_GT || e->op == X_LT;
  if (e->op == X_NE || open == negated) { /* `>=`, `<=`, `=`, and `not (x > 5)` */
    b->taken = b->taken || e->op != X_NE || negated;
    return;
  }
  bool above = (e->op == X_GT || e->op == X_GE) != (turned != negated);
  if (above && !b->above) {
    b->above = e;
    b->above_cond = w->at;
  } else if (!above && !b->below) {
    b->below = e;
    b->below_cond = w->at;
  }
}

static void walk(walker *w, const expr *e, bool negated) {
  if (!e) return;
  if (e->op == X_NOT)
    negated = !negated;
  else if (e->op >= X_EQ && e->op <= X_GE)
    compared(w, e, negated);
  walk(w, e->a, negated);
  walk(w, e->b, negated);
}

/* The two conditions decide between ladders, and an invoice that none of them takes has been shown. */
static bool shown_already(const asks *a, const border *b) {
  uint32_t ladders = 0;
  for (uint32_t l = 0; l < a->p->ladder_count && a->no_ladder_shown; l++)
    ladders += a->p->ladders[l].where == b->above_cond || a->p->ladders[l].where == b->below_cond;
  return ladders == 2;
}

/* Guarantees do nothing: what is in none of them is left out of nothing. */
static bool *of_guarantees(const asks *a) {
  const program *p = a->p;
  bool *out = ARENA_ARRAY(a->perm, p->cond_count + 1, bool);
  for (uint32_t i = 0; i < p->guarantee_count; i++) {
    const guarantee *g = &p->guarantees[i];
    if (g->where != NO_COND) out[g->where] = true;
    if (g->except != NO_COND) out[g->except] = true;
    for (uint32_t k = 0; k < g->conds.count; k++) out[g->conds.v[k]] = true;
  }
  return out;
}

void lint_borders(asks *a) {
  const program *p = a->p;
  const bool *left_out = of_guarantees(a);
  walker w = {.a = a};
  for (w.at = 0; w.at < p->cond_count; w.at++)
    if (!left_out[w.at]) walk(&w, p->conds[w.at].e, false);
  for (uint32_t i = 0; i < w.borders.n; i++) {
    const border *b = VEC_AT(&w.borders, border, i);
    if (b->taken || !b->above || !b->below || shown_already(a, b)) continue;
    span x = p->conds[b->above_cond].at, y = p->conds[b->below_cond].at;
    if (x.file == y.file && x.from == y.from) continue; /* one condition says both */
    bool same = b->above->at.file == b->below->at.file;
    bool above_first = same ? b->above->at.from < b->below->at.from : b->above->at.file < b->below->at.file;
    const expr *first = above_first ? b->above : b->below, *second = above_first ? b->below : b->above;
    slice args[] = {asks_quote(a, first->at), asks_quote(a, second->at)};
    diag_add(a->d, DIAG_W0025, second->at, (slice){0}, 2, args);
  }
}
