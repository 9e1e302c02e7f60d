/* What a policy may well not mean. So far: `>` in one place and `<` in another, of one field and one value, so that
 * what is exactly that value is in neither. `if ... otherwise` has no such gap, nor has one condition that says both.
 *
 * Every comparison of a field with a constant is looked up in a map by what it compares: the time is that of one walk
 * over all conditions. */
#include "lang/check/internal.h"

/* One field against one value: where it is compared with `>`, where with `<`, and whether the value itself is taken. */
typedef struct border {
  const expr *above, *below;
  uint32_t above_cond, below_cond; /* where their condition begins in the file */
  bool taken;
} border;

typedef struct lint {
  checker *c;
  name_map by_key;
  vec borders;
  const cond *k; /* the condition at hand */
} lint;

static border *border_of(lint *l, const expr *field, const expr *value) {
  const field_use *use = VEC_AT(&l->c->uses, field_use, field->use);
  uint32_t salt = (uint32_t)use->of << 16 | use->field;
  char text[DECIMAL_TEXT_MAX];
  size_t n = 0;
  slice key = {NULL, 0};
  switch ((int)value->op) {
  case X_MONEY:
  case X_NUMBER:
    n = decimal_text(decimal_trim(value->num), text);
    key = arena_printf(l->c->scratch, "%.*s %d", (int)n, text, value->op == X_MONEY ? (int)value->cur : -1);
    break;
  case X_DURATION: key = arena_printf(l->c->scratch, "%d %d d", (int)value->dur.n, (int)value->dur.unit); break;
  case X_DATE: key = arena_printf(l->c->scratch, "%d day", (int)value->date.day); break;
  default: return NULL;
  }
  uint32_t at = name_map_add(l->c->scratch, &l->by_key, salt, key, l->borders.n);
  if (at != NAME_NONE) return VEC_AT(&l->borders, border, at);
  return VEC_PUSH(l->c->scratch, &l->borders, border);
}

static void compared(lint *l, const expr *e, bool negated) {
  bool turned = e->a->op != X_FIELD;
  const expr *field = turned ? e->b : e->a, *value = turned ? e->a : e->b;
  if (field->op != X_FIELD || field->ty == TY_ERROR) return;
  border *b = border_of(l, field, value);
  if (!b) return;
  bool open = e->op == X_GT || e->op == X_LT;
  if (e->op == X_NE || open == negated) { /* `>=`, `<=`, `=`, and `not (x > 5)` */
    b->taken = b->taken || e->op != X_NE || negated;
    return;
  }
  bool above = (e->op == X_GT || e->op == X_GE) != (turned != negated);
  uint32_t place = l->k->at.from;
  if (above && !b->above) {
    b->above = e;
    b->above_cond = place;
  } else if (!above && !b->below) {
    b->below = e;
    b->below_cond = place;
  }
}

static void walk(lint *l, const expr *e, bool negated) {
  if (!e) return;
  if (e->op == X_NOT)
    negated = !negated;
  else if (e->op >= X_EQ && e->op <= X_GE)
    compared(l, e, negated);
  walk(l, e->a, negated);
  walk(l, e->b, negated);
}

static slice written(checker *c, const expr *e) {
  return (slice){c->p->sources[e->at.file].text.p + e->at.from, e->at.to - e->at.from};
}

void lint_borders(checker *c) {
  lint l = {.c = c};
  for (uint32_t i = 0; i < c->conds.n; i++) {
    l.k = VEC_AT(&c->conds, cond, i);
    walk(&l, l.k->e, false);
  }
  for (uint32_t i = 0; i < l.borders.n; i++) {
    const border *b = VEC_AT(&l.borders, border, i);
    if (b->taken || !b->above || !b->below) continue;
    bool same = b->above->at.file == b->below->at.file;
    if (same && b->above_cond == b->below_cond) continue;
    bool above_first = same ? b->above->at.from < b->below->at.from : b->above->at.file < b->below->at.file;
    const expr *first = above_first ? b->above : b->below, *second = above_first ? b->below : b->above;
    c->lang = c->files[second->at.file]->lang;
    REPORT(c, W0025, second->at, NO_HINT, written(c, first), written(c, second));
  }
}
