/* Rungs and lines that can never come to pass where they stand: because of the ladder's condition, of the days on which
 * the rung is the current one, of what stops and holds, of ladders above, of the branches before. */
#include "lang/analyse/asks.h"

/* ---- when a rung is the current one ---- */

/* The days after the anchor on which a rung surely stands, at least and at most. */
typedef struct place {
  int64_t least, most;
} place;

enum { FAR_DAYS = 4000000 };

static void add_place(place *p, duration d) {
  int64_t n = d.n;
  switch (d.unit) {
  case UNIT_DAY: break;
  case UNIT_WEEK: n *= 7; break;
  case UNIT_BUSINESS_DAY: /* how many days are closed in between is not looked at */
    p->least += n > 0 ? n : n < 0 ? -FAR_DAYS : 0;
    p->most += n > 0 ? FAR_DAYS : n;
    return;
  case UNIT_MONTH:
  case UNIT_YEAR:
    if (d.unit == UNIT_YEAR) n *= 12;
    p->least += n * (n > 0 ? 28 : 31);
    p->most += n * (n > 0 ? 31 : 28);
    return;
  case UNIT_COUNT: return;
  }
  p->least += n;
  p->most += n;
}

static place place_of(const rung *r) {
  place p = {0, 0};
  add_place(&p, r->off.base);
  if (r->off.times) add_place(&p, (duration){r->off.step.n * r->off.times, r->off.step.unit});
  return p;
}

/* The days on which it can be the current rung: until a later one surely is. One by one, any later day may be its own;
 * before the anchor it never fires after the anchor. */
static place days_of(const rung *v, uint32_t n, uint32_t at, gap_mode gap) {
  place own = place_of(&v[at]), out = {own.least, FAR_DAYS};
  for (uint32_t i = 0; i < n && gap != GAP_ONE_BY_ONE; i++) {
    place other = place_of(&v[i]);
    if (i != at && other.least > own.most && other.most - 1 < out.most) out.most = other.most - 1;
  }
  if (own.most < 0 && out.most > 0) out.most = 0;
  return out;
}

static span rung_span(const rung *r) {
  span s = r->at;
  if (r->body.count && r->body.v[0].at.file == s.file && r->body.v[0].at.from > s.from) s.to = r->body.v[0].at.from;
  return s;
}

/* ---- what must hold for a line to be done ---- */

static void add_scope(context *c, const asks *a, const scope *s, entity of) {
  for (uint32_t i = 0; i < s->stops.count; i++)
    if (a->p->conds[s->stops.v[i]].of == of) context_add(c, a, s->stops.v[i], SOLVE_FALSE);
  for (uint32_t i = 0; i < s->holds.count; i++)
    if (a->p->conds[s->holds.v[i]].of == of) context_add(c, a, s->holds.v[i], SOLVE_FALSE);
}

static bool is_quoted(const context *c, uint32_t i) { return i < c->n && c->said[i].to != 0; }

/* ---- lines ---- */

static void report(asks *a, diag_code code, span at, slice what, span because) {
  slice args[] = {what, asks_cite(a, because)};
  diag_add(a->d, code, at, (slice){0}, 2, args);
}

static void lint_branch(asks *a, const context *c, const line *l, uint32_t b) {
  context here = *c;
  uint32_t guard = l->branches[b].guard;
  if (guard != NO_COND && a->never[guard]) return; /* said already */
  for (uint32_t i = 0; i < b; i++) {
    if (a->never[l->branches[i].guard]) continue;
    context_add(&here, a, l->branches[i].guard, SOLVE_FALSE);
  }
  uint32_t before = here.n;
  if (guard != NO_COND) context_add(&here, a, guard, SOLVE_TRUE);
  if (here.n == c->n || !asks_never(a, &here)) return;
  uint32_t why = asks_blame(a, &here, before);
  if (!is_quoted(&here, why)) return;
  if (guard != NO_COND) {
    report(a, DIAG_W0055, cond_span(a->p, guard), asks_quote(a, cond_span(a->p, guard)), here.said[why]);
  } else if (l->branches[b].action_count) {
    span at = l->branches[b].actions[0].at;
    slice args[] = {asks_quote(a, here.said[before - 1])};
    diag_add(a->d, DIAG_W0057, at, (slice){0}, 1, args);
  }
}

static void lint_lines(asks *a, const context *c, lines body) {
  for (uint32_t i = 0; i < body.count; i++)
    for (uint32_t b = 0; b < body.v[i].branch_count; b++) lint_branch(a, c, &body.v[i], b);
}

static void lint_rung(asks *a, const context *c, const rung *v, uint32_t n, uint32_t at, gap_mode gap) {
  context here = *c;
  place days = days_of(v, n, at, gap);
  span own = rung_span(&v[at]);
  context_overdue(&here, a, days.least, days.most, own);
  if (!v[at].off.times) context_reached(&here, a, v[at].off.base, own);
  if (days.least > days.most) return;
  if (asks_never(a, &here)) {
    uint32_t why = asks_blame(a, &here, c->n);
    if (is_quoted(&here, why)) report(a, DIAG_W0056, own, asks_quote(a, own), here.said[why]);
    return;
  }
  lint_lines(a, &here, v[at].body);
}

/* ---- ladders and rules ---- */

static gap_mode gap_of(const program *p, const ladder *x) {
  if (x && x->own.has_gap) return x->own.gap;
  return p->policy.has_gap ? p->policy.gap : GAP_LATEST;
}

static void lint_ladder(asks *a, uint32_t at) {
  const program *p = a->p;
  const ladder *x = &p->ladders[at];
  context c = {.n = 0};
  if (x->of == ENT_INVOICE) context_dunned(&c, a);
  context_add(&c, a, x->where, SOLVE_TRUE);
  add_scope(&c, a, &x->own, x->of);
  add_scope(&c, a, &p->policy, x->of);
  for (uint32_t l = 0; l < at; l++)
    if (p->ladders[l].of == x->of && !a->idle[l]) context_add(&c, a, p->ladders[l].where, SOLVE_NOT_TRUE);
  if (c.n >= ASKS_MAX / 2 || asks_never(a, &c)) return; /* too much to blame; or the holds together never end */
  for (uint32_t r = 0; r < x->rung_count; r++)
    if (x->of == ENT_INVOICE && x->anchor == NO_USE)
      lint_rung(a, &c, x->rungs, x->rung_count, r, gap_of(p, x));
    else
      lint_lines(a, &c, x->rungs[r].body);
}

static void lint_when(asks *a, const when_rule *w) {
  context c = {.n = 0};
  if (a->never[w->full]) return;
  if (w->of == ENT_INVOICE) context_dunned(&c, a);
  context_add(&c, a, w->standing ? w->full : w->cond, SOLVE_TRUE);
  add_scope(&c, a, &a->p->policy, w->of);
  if (c.n >= ASKS_MAX / 2 || asks_never(a, &c)) return;
  for (uint32_t r = 0; r < w->rung_count; r++) lint_rung(a, &c, w->rungs, w->rung_count, r, gap_of(a->p, NULL));
  if (w->standing) lint_lines(a, &c, w->body);
}

void lint_rungs(asks *a) {
  const program *p = a->p;
  for (uint32_t l = 0; l < p->ladder_count; l++)
    if (!a->idle[l] && !p->ladders[l].none) lint_ladder(a, l);
  for (uint32_t w = 0; w < p->when_count; w++) lint_when(a, &p->whens[w]);
  for (uint32_t i = 0; i < p->every_count; i++) {
    context c = {.n = 0};
    if (p->everys[i].where != NO_COND && a->never[p->everys[i].where]) continue;
    context_add(&c, a, p->everys[i].where, SOLVE_TRUE);
    lint_lines(a, &c, p->everys[i].body);
  }
  for (uint32_t i = 0; i < p->on_count; i++) {
    context c = {.n = 0};
    if (p->ons[i].where != NO_COND && a->never[p->ons[i].where]) continue;
    context_add(&c, a, p->ons[i].where, SOLVE_TRUE);
    lint_lines(a, &c, p->ons[i].body);
  }
}
