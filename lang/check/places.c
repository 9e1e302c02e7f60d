/* Which rungs of a ladder may meet at one place, so that the limit of actions holds for them together. Where business
 * days and months fall hangs on the invoice: what cannot be ruled out counts as met.
 *
 * Invariant: of two offsets that differ in nothing but how often one unit is counted, at most one stands at a place. */
#include <stdlib.h>

#include "internal.h"

/* The offsets that are written alike but for one count: of these an invoice meets one at a time. */
typedef struct group {
  int64_t base;
  int32_t unit,
      step; /* with `base` the class: what stands before the count and the units; step -1: the base is counted */
  int64_t count;
  int64_t lo, hi; /* places, in calendar days */
  uint32_t actions;
  span at; /* of the last rung */
} group;

static void add_range(duration_unit unit, int64_t n, int64_t *lo, int64_t *hi) {
  enum { FAR = INT32_MAX };
  int64_t a = n, b = n;
  switch (unit) {
  case UNIT_DAY: break;
  case UNIT_WEEK: a = b = 7 * n; break;
  case UNIT_BUSINESS_DAY: /* a calendar may be open on few days */
    if (n > 0) b = FAR;
    if (n < 0) a = -(int64_t)FAR;
    break;
  case UNIT_MONTH:
  case UNIT_YEAR: {
    int64_t months = unit == UNIT_YEAR ? 12 * n : n;
    a = (months > 0 ? 28 : 31) * months;
    b = (months > 0 ? 31 : 28) * months;
    break;
  }
  case UNIT_COUNT: break;
  }
  *lo += a;
  *hi += b;
}

/* Weeks are days, years are months. */
static int64_t counted(duration d, int32_t *unit) {
  bool weeks = d.unit == UNIT_WEEK, years = d.unit == UNIT_YEAR;
  *unit = (int32_t)(weeks ? UNIT_DAY : years ? UNIT_MONTH : d.unit);
  return (int64_t)d.n * (weeks ? 7 : years ? 12 : 1);
}

static group group_of(const rung *r) {
  group g = {.step = -1, .at = r->at};
  int32_t step;
  g.count = counted(r->off.base, &g.unit);
  add_range(r->off.base.unit, r->off.base.n, &g.lo, &g.hi);
  if (r->off.times) {
    int64_t more = counted((duration){r->off.step.n * r->off.times, r->off.step.unit}, &step);
    add_range(r->off.step.unit, (int64_t)r->off.step.n * r->off.times, &g.lo, &g.hi);
    if (step == g.unit) {
      g.count += more;
    } else {
      g.base = g.count;
      g.step = step;
      g.count = more;
    }
  }
  for (uint32_t l = 0; l < r->body.count; l++)
    for (uint32_t b = 0; b < r->body.v[l].branch_count; b++) g.actions += r->body.v[l].branches[b].action_count;
  return g;
}

static int by_class(const group *a, const group *b) {
  if (a->unit != b->unit) return a->unit < b->unit ? -1 : 1;
  if (a->step != b->step) return a->step < b->step ? -1 : 1;
  return (a->base > b->base) - (a->base < b->base);
}

static int by_count(const void *va, const void *vb) {
  const group *a = va, *b = vb;
  int k = by_class(a, b);
  return k ? k : (a->count > b->count) - (a->count < b->count);
}

/* Equal offsets are together what stands there. */
static uint32_t merge(group *v, uint32_t n) {
  uint32_t k = 0;
  for (uint32_t i = 0; i < n; i++) {
    if (k && by_count(&v[k - 1], &v[i]) == 0) {
      v[k - 1].actions += v[i].actions;
      if (v[i].at.from > v[k - 1].at.from) v[k - 1].at = v[i].at;
    } else {
      v[k++] = v[i];
    }
  }
  return k;
}

/* The most actions that may meet at a place: of each class the largest that reaches it. `at`: of the last of them. */
static uint32_t most_at(const group *v, uint32_t n, int64_t place, span *at) {
  uint32_t sum = 0;
  *at = (span){0};
  for (uint32_t i = 0, k; i < n; i = k) {
    const group *most = NULL;
    for (k = i; k < n && by_class(&v[i], &v[k]) == 0; k++)
      if (v[k].lo <= place && place <= v[k].hi && (!most || v[k].actions > most->actions)) most = &v[k];
    if (!most) continue;
    sum += most->actions;
    if (most->at.from >= at->from) *at = most->at;
  }
  return sum;
}

/* The largest of each class together, wherever they stand. */
static uint32_t bound(const group *v, uint32_t n) {
  uint32_t sum = 0;
  for (uint32_t i = 0, k; i < n; i = k) {
    uint32_t most = 0;
    for (k = i; k < n && by_class(&v[i], &v[k]) == 0; k++)
      if (v[k].actions > most) most = v[k].actions;
    sum += most;
  }
  return sum;
}

/* What a repeat begins with is its time 0: it meets none of the others. */
static void begin_repeats(group *v, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    const group *of = NULL;
    for (uint32_t k = 0; k < n && v[i].step < 0 && !of; k++)
      if (v[k].step >= 0 && v[k].unit == v[i].unit && v[k].base == v[i].count) of = &v[k];
    if (!of) continue;
    v[i].base = of->base;
    v[i].step = of->step;
    v[i].count = 0;
  }
}

void check_places(checker *c, const rung *v, uint32_t n) {
  group *g = ARENA_ARRAY(c->scratch, n + 1, group);
  uint32_t all = 0;
  for (uint32_t i = 0; i < n; i++) {
    g[i] = group_of(&v[i]);
    all += g[i].actions;
    if (g[i].actions > SECTION_ACTIONS_MAX) return; /* said already */
  }
  if (all <= SECTION_ACTIONS_MAX) return;
  qsort(g, n, sizeof *g, by_count);
  n = merge(g, n);
  if (bound(g, n) <= SECTION_ACTIONS_MAX) return;
  begin_repeats(g, n);
  qsort(g, n, sizeof *g, by_count);
  span at;
  for (uint32_t i = 0; i < n; i++)
    if (most_at(g, n, g[i].lo, &at) > SECTION_ACTIONS_MAX) {
      REPORT(c, E0338, at, NO_HINT, arena_printf(c->scratch, "%d", SECTION_ACTIONS_MAX));
      return;
    }
}
