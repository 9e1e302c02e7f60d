/* Sending windows. Lines of one scope (policy, channel, `for C`, ladder) add up and different scopes intersect; that an
 * intersection leaves no moment in any week is found here. Which weekdays are holidays is the calendar's business, not
 * this check's. */
#include "lang/check/internal.h"

static void hours(checker *c, const ast *n, window *w) {
  if (!n || !n->kid || !n->kid->next) return;
  w->has_hours = true;
  w->from_min = (uint16_t)n->kid->value.minute;
  w->to_min = (uint16_t)n->kid->next->value.minute;
  if (w->from_min < w->to_min) return;
  REPORT(c, E0314, n->at, NO_HINT);
  w->has_hours = false; /* any: what adds up with it is not known */
  w->from_min = 0;
  w->to_min = 24 * 60;
}

static bool same_list(const expr *a, const expr *b) {
  if (a->count != b->count) return false;
  for (uint32_t i = 0; i < a->count; i++)
    if (!slice_eq(a->list[i], b->list[i]) || a->list_exact[i] != b->list_exact[i]) return false;
  return true;
}

bool expr_same(const expr *a, const expr *b) {
  if (!a || !b) return a == b;
  if (a->op != b->op || a->ty != b->ty || a->exact != b->exact) return false;
  switch (a->op) {
  case X_FIELD: return a->use == b->use;
  case X_TODAY: return true;
  case X_BOOL: return a->yes == b->yes;
  case X_MONEY: return a->cur == b->cur && decimal_cmp(a->num, b->num) == 0;
  case X_NUMBER: return decimal_cmp(a->num, b->num) == 0;
  case X_DURATION: return a->dur.n == b->dur.n && a->dur.unit == b->dur.unit;
  case X_DATE: return a->date.day == b->date.day;
  case X_TEXT: return slice_eq(a->text, b->text);
  case X_AND:
  case X_OR:
  case X_NOT:
  case X_EQ:
  case X_NE:
  case X_LT:
  case X_LE:
  case X_GT:
  case X_GE:
  case X_IN:
  case X_CONTAINS:
  case X_STARTS:
  case X_HAS:
  case X_MISSING:
  case X_ADD:
  case X_SUB:
  case X_MUL:
  case X_DIV:
  case X_NEG: return same_list(a, b) && expr_same(a->a, b->a) && expr_same(a->b, b->b);
  case X_OP_COUNT: break;
  }
  return false;
}

/* Lines `for` one condition are one scope: they share the first one's id. */
static uint32_t shared_cond(const checker *c, const scope_lists *l, uint32_t id) {
  const cond *k = VEC_AT(&c->conds, cond, id);
  for (uint32_t i = 0; i < l->windows.n; i++) {
    uint32_t before = VEC_AT(&l->windows, window, i)->cond;
    if (before == NO_COND) continue;
    const cond *b = VEC_AT(&c->conds, cond, before);
    if (b->of == k->of && expr_same(b->e, k->e)) return before;
  }
  return id;
}

void window_add(checker *c, const ast *n, scope_lists *l, entity of, bool in_ladder) {
  const ast *by = ast_kid(n, AST_CHANNEL), *who = ast_kid(n, AST_FOR);
  uint32_t ids[ENT_COUNT] = {NO_COND}, count = 1;
  channel ch;
  if (who) {
    scope_conds(c, who, of, in_ladder, ids, &count);
    for (uint32_t i = 0; i < count; i++) ids[i] = shared_cond(c, l, ids[i]);
  }
  for (const ast *part = ast_kid(n, AST_WINDOW_PART); part; part = ast_next(part, AST_WINDOW_PART)) {
    window w = {.to_min = 24 * 60, .days = 0x7f, .at = n->at};
    const ast *days = ast_kid(part, AST_DAYS);
    if (by && channel_to_customer(c, by, &ch)) w.channels = 1u << ch;
    hours(c, ast_kid(part, AST_HOURS), &w);
    if (days) {
      w.has_days = true;
      w.days = days_of(days, &w.business_days, &w.named_days);
    }
    for (uint32_t i = 0; i < count; i++) {
      w.cond = ids[i];
      *VEC_PUSH(c->perm, &l->windows, window) = w;
    }
  }
}

/* ---- is a moment left? ---- */

enum { SCOPES_MAX = 5 };

/* Windows of one scope: those of a list with these channels and this condition. */
typedef struct window_scope {
  const window_list *of;
  unsigned channels;
  uint32_t cond;
} window_scope;

static bool in_scope(const window *w, const window_scope *s) {
  return w->channels == s->channels && w->cond == s->cond;
}

static bool scope_used(const window_scope *s) {
  for (uint32_t i = 0; i < s->of->count; i++)
    if (in_scope(&s->of->v[i], s)) return true;
  return false;
}

static bool open_at(const window_scope *s, unsigned day, uint16_t minute) {
  for (uint32_t i = 0; i < s->of->count; i++) {
    const window *w = &s->of->v[i];
    if (in_scope(w, s) && (w->days >> day & 1) && w->from_min <= minute && minute < w->to_min) return true;
  }
  return false;
}

/* An intersection of half-open intervals that is not empty has a point where one of them begins. */
static bool moment_left(const window_scope *scopes, uint32_t n) {
  for (uint32_t s = 0; s < n; s++)
    for (uint32_t i = 0; i < scopes[s].of->count; i++) {
      const window *w = &scopes[s].of->v[i];
      if (!in_scope(w, &scopes[s])) continue;
      for (unsigned day = 0; day < 7; day++) {
        uint32_t open = 0;
        while (open < n && open_at(&scopes[open], day, w->from_min)) open++;
        if (open == n) return true;
      }
    }
  return n == 0;
}

/* The policy's windows, those of one channel, those of one `for C`, and the ladder's own. */
static void check_scopes(checker *c, const window_list *own, unsigned channels, const window *conditional, span at) {
  const window_list *policy = &c->p->policy.windows;
  window_scope all[] = {
      {policy, 0, NO_COND},
      {policy, channels, NO_COND},
      {own, 0, NO_COND},
      {own, channels, NO_COND},
      {conditional ? policy : own, conditional ? conditional->channels : 0, conditional ? conditional->cond : NO_COND},
  };
  window_scope used[SCOPES_MAX];
  uint32_t n = 0;
  for (uint32_t i = 0; i < SCOPES_MAX; i++) {
    bool twice = (channels == 0 && (i == 1 || i == 3)) || (i == 4 && !conditional);
    if (!twice && scope_used(&all[i])) used[n++] = all[i];
  }
  if (!moment_left(used, n)) REPORT(c, E0315, at, NO_HINT);
}

static void check_ladder(checker *c, const window_list *own, span at) {
  check_scopes(c, own, 0, NULL, at);
  for (unsigned ch = CH_EMAIL; ch <= CH_SMS; ch++) check_scopes(c, own, 1u << ch, NULL, at);
}

/* Of a condition with an error nobody knows whose windows add up with it. */
static bool window_is_known(const checker *c, const window *w) {
  return w->cond != NO_COND && VEC_AT(&c->conds, cond, w->cond)->e->ty != TY_ERROR;
}

void windows_check(checker *c) {
  const window_list *policy = &c->p->policy.windows;
  const window_list none = {NULL, 0};
  if (policy->count) check_ladder(c, &none, policy->v[policy->count - 1].at);
  for (uint32_t i = 0; i < policy->count; i++)
    if (window_is_known(c, &policy->v[i]))
      check_scopes(c, &none, policy->v[i].channels, &policy->v[i], policy->v[i].at);
  for (uint32_t i = 0; i < c->ladders.n; i++) {
    const window_list *own = &VEC_AT(&c->ladders, ladder, i)->own.windows;
    if (own->count) check_ladder(c, own, own->v[own->count - 1].at);
  }
}
