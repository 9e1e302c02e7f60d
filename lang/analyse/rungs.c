/* Rungs and lines that can never come to pass where they stand: because of the ladder's condition, of the days on which
 * the rung is the current one, of what stops and holds, of ladders above, of the branches before. */
#include <stdlib.h>

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

/* The rungs of one ladder or rule: their places by the first day, and from each on the least of the last days. */
typedef struct staircase {
  const rung *v;
  uint32_t n;
  place *order;
  int64_t *next;
  gap_mode gap;
} staircase;

static int by_least(const void *a, const void *b) {
  const place *x = a, *y = b;
  return (x->least > y->least) - (x->least < y->least);
}

static staircase staircase_of(arena *perm, const rung *v, uint32_t n, gap_mode gap) {
  staircase s = {v, n, ARENA_ARRAY(perm, n + 1, place), ARENA_ARRAY(perm, n + 1, int64_t), gap};
  for (uint32_t i = 0; i < n; i++) s.order[i] = place_of(&v[i]);
  qsort(s.order, n, sizeof *s.order, by_least);
  s.next[n] = FAR_DAYS + 1;
  for (uint32_t i = n; i > 0; i--) s.next[i - 1] = s.order[i - 1].most < s.next[i] ? s.order[i - 1].most : s.next[i];
  return s;
}

/* The least last day of the rungs that begin after `day`. */
static int64_t surely_after(const staircase *s, int64_t day) {
  uint32_t low = 0, high = s->n;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (s->order[middle].least > day)
      high = middle;
    else
      low = middle + 1;
  }
  return s->next[low];
}

/* The days on which it can be the current rung: until a later one surely is. One by one, any later day may be its own;
 * before the anchor it never fires after the anchor. */
static place days_of(const staircase *s, uint32_t at) {
  place own = place_of(&s->v[at]), out = {own.least, FAR_DAYS};
  if (s->gap != GAP_ONE_BY_ONE) out.most = surely_after(s, own.most) - 1;
  if (own.most < 0 && out.most > 0) out.most = 0;
  return out;
}

static span rung_span(const rung *r) {
  span s = r->at;
  if (r->body.count && r->body.v[0].at.file == s.file && r->body.v[0].at.from > s.from) s.to = r->body.v[0].at.from;
  return s;
}

/* ---- what must hold for a line to be done ---- */

/* `c` for all lines; beside it what stops, what holds and the ladders above, each asked about only where it reads a
 * field that the line reads, too. */
typedef struct surroundings {
  context c;
  uint64_t reads; /* of `c` */
  solve_asked more[ASKS_MAX];
  uint32_t more_count;
} surroundings;

static void add_more(surroundings *s, const asks *a, uint32_t id, unsigned want) {
  if (id == NO_COND || s->more_count == ASKS_MAX) return;
  s->more[s->more_count++] = (solve_asked){.p = a->p, .cond = id, .want = want};
}

static void add_scope(surroundings *s, const asks *a, const scope *from, entity of) {
  for (uint32_t i = 0; i < from->stops.count; i++)
    if (a->p->conds[from->stops.v[i]].of == of) add_more(s, a, from->stops.v[i], SOLVE_FALSE);
  for (uint32_t i = 0; i < from->holds.count; i++)
    if (a->p->conds[from->holds.v[i]].of == of) add_more(s, a, from->holds.v[i], SOLVE_FALSE);
}

static void add_first(surroundings *s, const asks *a, entity of, uint32_t id) {
  if (of == ENT_INVOICE) context_dunned(&s->c, a);
  context_add(&s->c, a, id, SOLVE_TRUE);
  if (id != NO_COND) s->reads |= asks_reads(a, id);
}

/* What of the rest has to do with these fields. */
static context with_more(const surroundings *s, const asks *a, const context *c, uint64_t reads) {
  context out = *c;
  for (uint32_t i = 0; i < s->more_count; i++)
    if (asks_reads(a, s->more[i].cond) & reads) context_add(&out, a, s->more[i].cond, s->more[i].want);
  return out;
}

static bool is_quoted(const context *c, uint32_t i) { return i < c->n && c->said[i].to != 0; }

/* ---- lines ---- */

static void report(asks *a, diag_code code, span at, slice what, span because) {
  slice args[] = {what, asks_cite(a, because)};
  diag_add(a->d, code, at, (slice){0}, 2, args);
}

static void lint_branch(asks *a, const surroundings *s, const context *c, const line *l, uint32_t b) {
  uint32_t guard = l->branches[b].guard, prior = 0;
  if (guard != NO_COND && a->never[guard]) return; /* said already */
  uint64_t reads = guard == NO_COND ? 0 : asks_reads(a, guard);
  for (uint32_t i = 0; i < b; i++)
    if (!a->never[l->branches[i].guard]) reads |= asks_reads(a, l->branches[i].guard), prior++;
  if (!reads) return;
  context here = with_more(s, a, c, reads);
  if (guard != NO_COND && !prior && here.n == c->n && !(reads & s->reads)) return; /* it is free of the rest */
  for (uint32_t i = 0; i < b; i++)
    if (!a->never[l->branches[i].guard]) context_add(&here, a, l->branches[i].guard, SOLVE_FALSE);
  uint32_t before = here.n;
  if (guard != NO_COND) context_add(&here, a, guard, SOLVE_TRUE);
  if (!asks_never(a, &here)) return;
  uint32_t why = asks_blame(a, &here, before);
  if (!is_quoted(&here, why)) return;
  if (guard != NO_COND) {
    report(a, DIAG_W0055, cond_span(a->p, guard), asks_quote(a, cond_span(a->p, guard)), here.said[why]);
  } else if (l->branches[b].action_count) {
    slice quoted = asks_quote(a, here.said[before - 1]);
    diag_add(a->d, DIAG_W0057, l->branches[b].actions[0].at, (slice){0}, 1, &quoted);
  }
}

static void lint_lines(asks *a, const surroundings *s, const context *c, lines body) {
  for (uint32_t i = 0; i < body.count; i++)
    for (uint32_t b = 0; b < body.v[i].branch_count; b++) lint_branch(a, s, c, &body.v[i], b);
}

static void lint_rung(asks *a, const surroundings *s, const staircase *in, uint32_t at) {
  const rung *v = in->v;
  context here = s->c;
  place days = days_of(in, at);
  span own = rung_span(&v[at]);
  if (days.least > days.most) return;
  context_overdue(&here, a, days.least, days.most, own);
  if (!v[at].off.times) context_reached(&here, a, v[at].off.base, own);
  context all = with_more(s, a, &here, ASKS_DAYS);
  bool free = all.n == here.n && !(s->reads & ASKS_DAYS);
  if (!free && asks_never(a, &all)) {
    /* What is asked of the day itself stands behind what may be in its way. */
    context last = s->c;
    for (uint32_t i = here.n; i < all.n; i++) last.v[last.n] = all.v[i], last.said[last.n++] = all.said[i];
    uint32_t first = last.n;
    for (uint32_t i = s->c.n; i < here.n; i++) last.v[last.n] = all.v[i], last.said[last.n++] = all.said[i];
    uint32_t why = asks_blame(a, &last, first);
    if (is_quoted(&last, why)) report(a, DIAG_W0056, own, asks_quote(a, own), last.said[why]);
    return;
  }
  surroundings on_day = *s;
  on_day.reads |= ASKS_DAYS;
  lint_lines(a, &on_day, &here, v[at].body);
}

/* ---- ladders and rules ---- */

static gap_mode gap_of(const program *p, const ladder *x) {
  if (x && x->own.has_gap) return x->own.gap;
  return p->policy.has_gap ? p->policy.gap : GAP_LATEST;
}

static void lint_ladder(asks *a, uint32_t at) {
  const program *p = a->p;
  const ladder *x = &p->ladders[at];
  surroundings s = {.reads = 0};
  add_first(&s, a, x->of, x->where);
  add_scope(&s, a, &x->own, x->of);
  add_scope(&s, a, &p->policy, x->of);
  context held = with_more(&s, a, &s.c, UINT64_MAX);
  if (s.more_count && asks_never(a, &held)) return; /* what holds never ends here */
  for (uint32_t l = 0; l < at; l++)
    if (p->ladders[l].of == x->of && !a->idle[l]) add_more(&s, a, p->ladders[l].where, SOLVE_NOT_TRUE);
  staircase rungs = staircase_of(a->perm, x->rungs, x->rung_count, gap_of(p, x));
  for (uint32_t r = 0; r < x->rung_count; r++)
    if (x->of == ENT_INVOICE && x->anchor == NO_USE)
      lint_rung(a, &s, &rungs, r);
    else
      lint_lines(a, &s, &s.c, x->rungs[r].body);
}

static void lint_when(asks *a, const when_rule *w) {
  surroundings s = {.reads = 0};
  if (a->never[w->full]) return;
  add_first(&s, a, w->of, w->standing ? w->full : w->cond);
  add_scope(&s, a, &a->p->policy, w->of);
  context held = with_more(&s, a, &s.c, UINT64_MAX);
  if (s.more_count && asks_never(a, &held)) return;
  staircase rungs = staircase_of(a->perm, w->rungs, w->rung_count, gap_of(a->p, NULL));
  for (uint32_t r = 0; r < w->rung_count; r++) lint_rung(a, &s, &rungs, r);
  if (w->standing) lint_lines(a, &s, &s.c, w->body);
}

/* What has no days of its own: `every`, `on`. */
static void lint_section(asks *a, uint32_t where, lines body) {
  surroundings s = {.reads = 0};
  if (where != NO_COND && a->never[where]) return;
  add_first(&s, a, ENT_COUNT, where);
  lint_lines(a, &s, &s.c, body);
}

void lint_rungs(asks *a) {
  const program *p = a->p;
  for (uint32_t l = 0; l < p->ladder_count; l++)
    if (!a->idle[l] && !p->ladders[l].none) lint_ladder(a, l);
  for (uint32_t w = 0; w < p->when_count; w++) lint_when(a, &p->whens[w]);
  for (uint32_t i = 0; i < p->every_count; i++) lint_section(a, p->everys[i].where, p->everys[i].body);
  for (uint32_t i = 0; i < p->on_count; i++) lint_section(a, p->ons[i].where, p->ons[i].body);
}
