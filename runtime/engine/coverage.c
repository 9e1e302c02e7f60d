/* See coverage.h. Places are known by the address of their rung (rules: of their first line), lines by their own; a
 * repeat's rungs share their lines. */
#include "coverage.h"

#include <stdlib.h>

typedef struct place {
  const void *key;
  span at;
  slice section, rung;
  bool reached;
} place;

typedef struct seen_line {
  const line *l;
  const void *rule; /* key of its place; NULL: under a rung */
  slice section, rung;
  uint8_t *said; /* per branch: bit per answer of its guard */
} seen_line;

struct coverage {
  const program *p;
  place *places;
  seen_line *lines;
  uint32_t place_count, line_count;
};

static int by_address(const void *a, const void *b) { return (a > b) - (a < b); }
static int by_place(const void *a, const void *b) {
  return by_address(((const place *)a)->key, ((const place *)b)->key);
}
static int by_line(const void *a, const void *b) {
  return by_address(((const seen_line *)a)->l, ((const seen_line *)b)->l);
}

static void add_lines(coverage *c, arena *perm, const lines *body, const void *rule, slice section, slice written) {
  for (uint32_t i = 0; i < body->count; i++) {
    uint8_t *said = ARENA_ARRAY(perm, body->v[i].branch_count + 1, uint8_t);
    c->lines[c->line_count++] = (seen_line){&body->v[i], rule, section, written, said};
  }
}

static void add_rungs(coverage *c, arena *perm, const rung *v, uint32_t n, slice section) {
  for (uint32_t i = 0; i < n; i++) {
    if (!v[i].body.count) continue;
    c->places[c->place_count++] = (place){&v[i], v[i].at, section, v[i].written, false};
    bool repeated = i > 0 && v[i].body.v == v[i - 1].body.v;
    if (!repeated) add_lines(c, perm, &v[i].body, NULL, section, v[i].written);
  }
}

static void add_rule(coverage *c, arena *perm, const lines *body, span at, slice section) {
  if (!body->count) return;
  c->places[c->place_count++] = (place){&body->v[0], at, section, {0}, false};
  add_lines(c, perm, body, &body->v[0], section, (slice){0});
}

static void count(const program *p, uint32_t *places, uint32_t *lines_all) {
  *places = p->when_count + p->every_count + p->on_count;
  *lines_all = 0;
  for (uint32_t i = 0; i < p->ladder_count; i++) {
    *places += p->ladders[i].rung_count;
    for (uint32_t r = 0; r < p->ladders[i].rung_count; r++) *lines_all += p->ladders[i].rungs[r].body.count;
  }
  for (uint32_t i = 0; i < p->when_count; i++) {
    *places += p->whens[i].rung_count;
    *lines_all += p->whens[i].body.count;
    for (uint32_t r = 0; r < p->whens[i].rung_count; r++) *lines_all += p->whens[i].rungs[r].body.count;
  }
  for (uint32_t i = 0; i < p->every_count; i++) *lines_all += p->everys[i].body.count;
  for (uint32_t i = 0; i < p->on_count; i++) *lines_all += p->ons[i].body.count;
}

coverage *coverage_new(arena *perm, const program *p) {
  coverage *c = ARENA_NEW(perm, coverage);
  uint32_t places, lines_all;
  count(p, &places, &lines_all);
  c->p = p;
  c->places = ARENA_ARRAY(perm, places + 1, place);
  c->lines = ARENA_ARRAY(perm, lines_all + 1, seen_line);
  for (uint32_t i = 0; i < p->ladder_count; i++)
    add_rungs(c, perm, p->ladders[i].rungs, p->ladders[i].rung_count, p->ladders[i].name);
  for (uint32_t i = 0; i < p->when_count; i++) {
    const when_rule *w = &p->whens[i];
    if (w->standing)
      add_rule(c, perm, &w->body, w->at, w->name);
    else
      add_rungs(c, perm, w->rungs, w->rung_count, w->name);
  }
  for (uint32_t i = 0; i < p->every_count; i++)
    add_rule(c, perm, &p->everys[i].body, p->everys[i].at, p->everys[i].header);
  for (uint32_t i = 0; i < p->on_count; i++) add_rule(c, perm, &p->ons[i].body, p->ons[i].at, p->ons[i].header);
  qsort(c->places, c->place_count, sizeof *c->places, by_place);
  qsort(c->lines, c->line_count, sizeof *c->lines, by_line);
  return c;
}

void coverage_watch(void *self, const struct line_ref *l, uint32_t branch_index, tri guard) {
  coverage *c = self;
  seen_line want = {.l = l->l};
  seen_line *s = bsearch(&want, c->lines, c->line_count, sizeof *c->lines, by_line);
  if (!s) return;
  s->said[branch_index] |= (uint8_t)(1u << guard);
  place at = {.key = l->r ? (const void *)l->r : s->rule};
  place *p = bsearch(&at, c->places, c->place_count, sizeof *c->places, by_place);
  if (p) p->reached = true;
}

/* ---- the sum ---- */

/* A guard is undecided where a field that it reads is missing, unless it asks whether it is. */
static bool can_be_undecided(const program *p, const cond *k) {
  for (uint32_t i = 0; i < k->use_count; i++) {
    uint16_t field = p->uses[k->uses[i]].field;
    if (program_can_miss(p, field) && !cond_asks_missing(k->e, k->uses[i])) return true;
  }
  return false;
}

typedef struct summing {
  coverage_report *out;
  coverage_gap *gaps;
} summing;

static void tally(summing *s, bool reached, coverage_gap gap) {
  s->out->all[gap.kind]++;
  if (reached)
    s->out->reached[gap.kind]++;
  else
    s->gaps[s->out->gap_count++] = gap;
}

static void sum_line(summing *s, const program *p, const seen_line *l) {
  for (uint32_t b = 0; b < l->l->branch_count; b++) {
    const branch *br = &l->l->branches[b];
    coverage_gap gap = {COVER_OTHERWISE, l->l->at, l->section, l->rung, TRI_YES};
    if (br->guard == NO_COND) {
      if (br->action_count) gap.at = br->actions[0].at;
      if (b > 0) tally(s, l->said[b] != 0, gap);
      continue;
    }
    const cond *k = &p->conds[br->guard];
    gap.kind = COVER_GUARD;
    gap.at = k->at;
    for (tri t = TRI_NO; t <= TRI_YES; t++) {
      if (t == TRI_UNDECIDED && !can_be_undecided(p, k)) continue;
      gap.outcome = t;
      tally(s, l->said[b] >> t & 1, gap);
    }
  }
}

static int by_span(const void *va, const void *vb) {
  const coverage_gap *a = va, *b = vb;
  if (a->at.file != b->at.file) return a->at.file < b->at.file ? -1 : 1;
  if (a->at.from != b->at.from) return a->at.from < b->at.from ? -1 : 1;
  if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
  int c = slice_cmp(a->rung, b->rung);
  return c ? c : (int)b->outcome - (int)a->outcome;
}

void coverage_sum(const coverage *c, arena *perm, coverage_report *out) {
  *out = (coverage_report){0};
  uint32_t most = c->place_count;
  for (uint32_t i = 0; i < c->line_count; i++) most += c->lines[i].l->branch_count * 3;
  summing s = {out, ARENA_ARRAY(perm, most + 1, coverage_gap)};
  for (uint32_t i = 0; i < c->place_count; i++) {
    const place *p = &c->places[i];
    tally(&s, p->reached, (coverage_gap){p->rung.n ? COVER_RUNG : COVER_RULE, p->at, p->section, p->rung, TRI_YES});
  }
  for (uint32_t i = 0; i < c->line_count; i++) sum_line(&s, c->p, &c->lines[i]);
  qsort(s.gaps, out->gap_count, sizeof *s.gaps, by_span);
  out->gaps = s.gaps;
}
