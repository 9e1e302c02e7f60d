/* See guarantee.h. Invariant: what is proven here is so for every ledger and every day: a place where an action is done
 * is left out only where the solver finds no row that could be there. */
#include "lang/analyse/guarantee.h"

#include "lang/check/openings.h"
#include "lang/check/rung_day.h"

enum { ASKED_MAX = 64 };

/* ---- places where something is done ---- */

/* A line's branch, and what is known of a row that gets there. */
typedef struct site {
  const program *p;
  entity of;
  solve_asked asked[ASKED_MAX];
  uint32_t n;
  bool free; /* an ERP's event puts values of its own into the row: nothing is known */
} site;

typedef bool site_visitor(void *self, const site *s, const action *a);

static void know(site *s, uint32_t id, unsigned want) {
  if (id != NO_COND && s->n < ASKED_MAX) s->asked[s->n++] = (solve_asked){.p = s->p, .cond = id, .want = want};
}

static void know_all(site *s, const uint32_list *conds, unsigned want) {
  for (uint32_t i = 0; i < conds->count; i++)
    if (s->p->conds[conds->v[i]].of == s->of) know(s, conds->v[i], want);
}

/* What is never dunned, and what holds: of everything but events. */
static void know_not_held(site *s, const scope *own) {
  if (s->of == ENT_INVOICE) s->asked[s->n++] = (solve_asked){.p = s->p, .cond = SOLVE_DUNNED, .want = SOLVE_TRUE};
  know_all(s, &s->p->policy.holds, SOLVE_FALSE);
  know_all(s, &s->p->policy.stops, SOLVE_FALSE);
  if (!own) return;
  know_all(s, &own->holds, SOLVE_FALSE);
  know_all(s, &own->stops, SOLVE_FALSE);
}

static bool visit_lines(const site *at, const lines *body, site_visitor *visit, void *self) {
  for (uint32_t i = 0; i < body->count; i++) {
    site s = *at;
    for (uint32_t b = 0; b < body->v[i].branch_count; b++) {
      const branch *br = &body->v[i].branches[b];
      uint32_t before = s.n;
      if (!s.free) know(&s, br->guard, SOLVE_TRUE);
      for (uint32_t a = 0; a < br->action_count; a++)
        if (!visit(self, &s, &br->actions[a])) return false;
      s.n = before;
      if (!s.free) know(&s, br->guard, SOLVE_FALSE);
    }
  }
  return true;
}

/* The rung's day has come; one before the anchor does not fire after it. */
static void know_place(site *s, const rung *r, bool from_due) {
  int32_t n = r->off.base.n;
  bool days = r->off.base.unit == UNIT_DAY || r->off.base.unit == UNIT_WEEK;
  if (!from_due || !days || s->p->due != DUE_EXACT || s->n == ASKED_MAX) return;
  if (r->off.base.unit == UNIT_WEEK) n *= 7;
  s->asked[s->n++] =
      (solve_asked){.p = s->p, .cond = SOLVE_OVERDUE, .want = SOLVE_TRUE, .from = n, .to = n < 0 ? 0 : INT32_MAX};
}

static bool visit_rungs(const site *at, const rung *v, uint32_t n, bool from_due, site_visitor *visit, void *self) {
  for (uint32_t i = 0; i < n; i++) {
    site s = *at;
    know_place(&s, &v[i], from_due);
    if (!visit_lines(&s, &v[i].body, visit, self)) return false;
  }
  return true;
}

static bool visit_ladders(const program *p, site_visitor *visit, void *self) {
  for (uint32_t i = 0; i < p->ladder_count; i++) {
    const ladder *l = &p->ladders[i];
    site s = {.p = p, .of = l->of};
    know_not_held(&s, &l->own);
    know(&s, l->where, SOLVE_TRUE);
    for (uint32_t k = 0; k < i; k++)
      if (p->ladders[k].of == l->of) know(&s, p->ladders[k].where, SOLVE_NOT_TRUE);
    if (!l->none && !visit_rungs(&s, l->rungs, l->rung_count, ladder_from_due(p, l), visit, self)) return false;
  }
  return true;
}

/* An occurrence that waits is dropped where its condition comes out false; undecided it goes on waiting. */
static bool visit_others(const program *p, site_visitor *visit, void *self) {
  for (uint32_t i = 0; i < p->when_count; i++) {
    const when_rule *w = &p->whens[i];
    site s = {.p = p, .of = w->of};
    know_not_held(&s, NULL);
    know(&s, w->full, SOLVE_NOT_FALSE);
    if (!visit_lines(&s, &w->body, visit, self)) return false;
    if (!visit_rungs(&s, w->rungs, w->rung_count, true, visit, self)) return false;
  }
  for (uint32_t i = 0; i < p->every_count; i++) {
    site s = {.p = p, .of = p->everys[i].of};
    know_not_held(&s, NULL);
    know(&s, p->everys[i].where, SOLVE_NOT_FALSE);
    if (!visit_lines(&s, &p->everys[i].body, visit, self)) return false;
  }
  for (uint32_t i = 0; i < p->on_count; i++) {
    site s = {.p = p, .of = p->ons[i].of, .free = p->ons[i].kind == EV_ERP};
    if (!s.free) know(&s, p->ons[i].where, SOLVE_NOT_FALSE);
    if (!visit_lines(&s, &p->ons[i].body, visit, self)) return false;
  }
  return true;
}

static bool visit_all(const program *p, site_visitor *visit, void *self) {
  return visit_ladders(p, visit, self) && visit_others(p, visit, self);
}

/* ---- never ---- */

typedef struct never {
  arena *perm;
  const guarantee *g;
  bool seen;
} never;

static bool fits_any(const guarantee *g, const action *a) {
  static const send_way NO_WAY = {.ch = CH_COUNT};
  for (uint32_t w = 0; w < (a->way_count ? a->way_count : 1); w++)
    for (uint32_t i = 0; i < g->pattern_count; i++)
      if (pattern_fits(&g->patterns[i], a, a->way_count ? &a->ways[w] : &NO_WAY)) return true;
  return false;
}

/* False: some row may get there for which the guarantee says never. */
static bool never_here(void *self, const site *s, const action *a) {
  never *n = self;
  if (!fits_any(n->g, a)) return true;
  n->seen = true;
  for (uint32_t i = 0; i < n->g->conds.count; i++) {
    if (s->p->conds[n->g->conds.v[i]].of != s->of) continue;
    site with = *s;
    if (with.n == ASKED_MAX) return false;
    know(&with, n->g->conds.v[i], SOLVE_TRUE);
    arena *scratch = arena_new();
    solve_verdict verdict = solve(scratch, with.asked, with.n, NULL);
    arena_free(scratch);
    if (verdict != SOLVE_NONE) return false;
  }
  return n->g->conds.count > 0;
}

/* ---- days ---- */

bool guarantee_day(const guarantee *g, const calendar *cal, civil_date day) {
  bool in = g->weekdays >> date_weekday(day) & 1;
  in = in || (g->business_days && calendar_is_business(cal, day)) || (g->holidays && calendar_is_holiday(cal, day));
  return in != g->outside;
}

/* Of windows `for C` some rows have none. */
static bool for_all(void *self, const window *w) {
  const channel *ch = self;
  return w->cond == NO_COND && (!w->channels || (w->channels >> *ch & 1));
}

static bool channel_opens(const program *p, const calendar *cal, channel ch, civil_date day) {
  open_minutes open;
  openings_all(&open);
  openings_intersect(cal, &p->policy.windows, for_all, &ch, day, &open);
  return openings_first(&open, 0) >= 0;
}

typedef struct deeds {
  unsigned channels; /* that something is sent by to customers */
  bool other;        /* something else is done, such as a message to our own: no window and no limit concerns it */
} deeds;

static bool note_action(void *self, const site *s, const action *a) {
  deeds *q = self;
  if (a->kind != ACT_SEND) q->other = true;
  for (uint32_t w = 0; w < a->way_count; w++)
    if (program_way_to_customer(s->p, &a->ways[w]))
      q->channels |= 1u << a->ways[w].ch;
    else
      q->other = true;
  return true;
}

static proof_why quiet_proof(arena *perm, const program *p, const guarantee *g) {
  deeds q = {0};
  (void)visit_all(p, note_action, &q);
  if (!q.channels && (g->messages_only || !q.other)) return PROOF_NO_SUCH;
  if (q.other && !g->messages_only) return PROOF_NONE;
  calendar *cal = program_calendar(p, perm);
  for (int32_t day = CALENDAR_DAY_FIRST; day < CALENDAR_DAY_FIRST + CALENDAR_DAYS; day++) {
    if (!guarantee_day(g, cal, (civil_date){day})) continue;
    for (unsigned ch = 0; ch < CH_COUNT; ch++)
      if (q.channels >> ch & 1 && channel_opens(p, cal, (channel)ch, (civil_date){day})) return PROOF_NONE;
  }
  return PROOF_WINDOW;
}

/* ---- limits ---- */

/* `days` days are covered by so many stretches that the policy's limit counts. */
static bool implies(const limit *has, const limit *wanted) {
  if (has->channels || !has->days) return false;
  if (has->per != PER_CUSTOMER && has->per != wanted->per) return false;
  uint64_t stretches = (wanted->days + has->days - 1) / has->days;
  return stretches * has->count <= wanted->count;
}

static proof_why limit_proof(const program *p, const guarantee *g) {
  deeds q = {0};
  (void)visit_all(p, note_action, &q);
  if (!q.channels) return PROOF_NO_SUCH;
  for (uint32_t i = 0; i < g->limits.count; i++) {
    bool found = false;
    for (uint32_t k = 0; k < p->policy.limits.count; k++)
      found = found || implies(&p->policy.limits.v[k], &g->limits.v[i]);
    if (!found) return PROOF_NONE;
  }
  return PROOF_LIMIT;
}

proof_why analyse_guarantee(arena *perm, const program *p, const guarantee *g) {
  never n = {.perm = perm, .g = g};
  switch (g->kind) {
  case GUARANTEE_AT_MOST: return limit_proof(p, g);
  case GUARANTEE_QUIET: return quiet_proof(perm, p, g);
  case GUARANTEE_NEVER:
    if (!visit_all(p, never_here, &n)) return PROOF_NONE;
    return n.seen ? PROOF_CONDITIONS : PROOF_NO_SUCH;
  case GUARANTEE_REACHES:
  case GUARANTEE_COUNT: break;
  }
  return PROOF_NONE;
}
