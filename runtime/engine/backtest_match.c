/* See backtest_match.h. */
#include "backtest_match.h"

#include <stdlib.h>

static bool is_step(const backtest_step *s, slice on, slice at, slice by, bool contact) {
  return s->contact == contact && slice_eq(s->rung, at) && slice_eq(s->ladder, on) && slice_eq(s->by, by);
}

uint32_t match_step(match_table *t, slice on, slice at, slice by, bool contact) {
  if (t->step_count && is_step(&t->steps[t->step_last], on, at, by, contact)) return t->step_last;
  for (uint32_t i = 0; i < t->step_count; i++)
    if (is_step(&t->steps[i], on, at, by, contact)) return t->step_last = i;
  if (t->step_count == t->step_cap) {
    t->step_cap = t->step_cap ? t->step_cap * 2 : 32;
    backtest_step *v = ARENA_ARRAY(t->perm, t->step_cap, backtest_step);
    if (t->step_count) memcpy(v, t->steps, t->step_count * sizeof *v);
    t->steps = v;
  }
  t->steps[t->step_count] = (backtest_step){.ladder = arena_slice(t->perm, on),
                                            .rung = arena_slice(t->perm, at),
                                            .by = arena_slice(t->perm, by),
                                            .contact = contact};
  return t->step_last = t->step_count++;
}

void match_add(match_table *t, match_side side, const match_one *one) {
  if (t->n[side] == t->cap[side]) {
    t->cap[side] = t->cap[side] ? t->cap[side] * 2 : 1024;
    match_one *v = ARENA_ARRAY(t->perm, t->cap[side], match_one);
    if (t->n[side]) memcpy(v, t->v[side], t->n[side] * sizeof *v);
    t->v[side] = v;
  }
  match_one *at = &t->v[side][t->n[side]++];
  *at = *one;
  at->other = DATE_NONE_DAY;
}

/* ---- which is which ---- */

static int compare(uint32_t a, uint32_t b) { return (a > b) - (a < b); }

/* Who, then by which channel (the texts of `by` are compared, as steps differ in their rungs), then when. */
static int by_who(const backtest_step *steps, const match_one *a, const match_one *b) {
  int c = compare(a->of, b->of);
  if (!c) c = compare(a->row, b->row);
  return c ? c : slice_cmp(steps[a->step].by, steps[b->step].by);
}

/* qsort has no self: each item is sorted with its table. */
typedef struct keyed {
  const match_table *t;
  match_one one;
} keyed;

static int by_key(const void *va, const void *vb) {
  const keyed *a = va, *b = vb;
  int c = by_who(a->t->steps, &a->one, &b->one);
  if (!c) c = (a->one.day > b->one.day) - (a->one.day < b->one.day);
  return c ? c : compare(a->one.step, b->one.step);
}

static void sort(match_table *t, match_side side) {
  arena *own = arena_new();
  keyed *v = ARENA_ARRAY(own, t->n[side] + 1, keyed);
  for (uint32_t i = 0; i < t->n[side]; i++) v[i] = (keyed){t, t->v[side][i]};
  qsort(v, t->n[side], sizeof *v, by_key);
  for (uint32_t i = 0; i < t->n[side]; i++) t->v[side][i] = v[i].one;
  arena_free(own);
}

typedef struct group {
  match_one *v;
  uint32_t n;
} group;

static void pair(match_table *t, match_one *would, match_one *was) {
  would->other = was->day;
  was->other = would->day;
  t->steps[would->step].both++;
  t->steps[would->step].was++;
}

/* The same step first, then the nearest day: what was sent on one day twice is matched as it was meant. */
static void match_group(match_table *t, group would, group was) {
  for (int32_t apart = 0; apart <= t->window_days; apart++)
    for (int same = 1; same >= 0; same--)
      for (uint32_t i = 0; i < would.n; i++)
        for (uint32_t k = 0; k < was.n && would.v[i].other == DATE_NONE_DAY; k++)
          if (was.v[k].other == DATE_NONE_DAY && abs(was.v[k].day - would.v[i].day) == apart &&
              (!same || was.v[k].step == would.v[i].step))
            pair(t, &would.v[i], &was.v[k]);
}

static group group_at(const match_table *t, match_side side, uint32_t at) {
  match_one *v = t->v[side] + at;
  uint32_t n = 0, left = t->n[side] - at;
  while (n < left && by_who(t->steps, v, v + n) == 0) n++;
  return (group){v, n};
}

static void match_all(match_table *t) {
  for (int side = 0; side < MATCH_SIDES; side++) sort(t, (match_side)side);
  for (uint32_t i = 0, k = 0; i < t->n[MATCH_WOULD] && k < t->n[MATCH_WAS];) {
    group would = group_at(t, MATCH_WOULD, i), was = group_at(t, MATCH_WAS, k);
    int c = by_who(t->steps, would.v, was.v);
    if (c == 0) match_group(t, would, was);
    if (c <= 0) i += would.n;
    if (c >= 0) k += was.n;
  }
}

/* ---- sums ---- */

/* Messages by channel and customer, of both sides. */
static void count_contacts(const match_table *t, uint32_t customers, arena *perm, backtest_result *out) {
  backtest_contacts *v = ARENA_ARRAY(perm, t->step_count + 1, backtest_contacts);
  arena *own = arena_new();
  uint32_t *got[MATCH_SIDES], n = 0;
  for (int side = 0; side < MATCH_SIDES; side++) got[side] = ARENA_ARRAY(own, customers + 1, uint32_t);
  for (uint32_t s = 0; s < t->step_count; s++) {
    slice by = t->steps[s].by;
    bool known = !t->steps[s].contact;
    for (uint32_t i = 0; i < n; i++) known |= slice_eq(v[i].by, by);
    if (known) continue;
    backtest_contacts *c = &v[n++];
    *c = (backtest_contacts){.by = by};
    for (int side = 0; side < MATCH_SIDES; side++) {
      memset(got[side], 0, (customers + 1) * sizeof *got[side]);
      for (uint32_t i = 0; i < t->n[side]; i++) {
        const match_one *x = &t->v[side][i];
        if (!x->lead || !t->steps[x->step].contact || !slice_eq(t->steps[x->step].by, by)) continue;
        got[side][x->customer < customers ? x->customer : customers]++;
        *(side == MATCH_WOULD ? &c->would : &c->was) += 1;
      }
    }
    for (uint32_t i = 0; i < customers; i++) {
      c->would_customers += got[MATCH_WOULD][i] > 0;
      c->was_customers += got[MATCH_WAS][i] > 0;
      c->fewer += got[MATCH_WOULD][i] < got[MATCH_WAS][i];
      c->more += got[MATCH_WOULD][i] > got[MATCH_WAS][i];
    }
  }
  arena_free(own);
  out->contacts = v;
  out->contact_count = n;
}

static int by_line(const void *va, const void *vb) {
  const backtest_line *a = va, *b = vb;
  int32_t x = date_is_none(a->would) ? a->was.day : a->would.day,
          y = date_is_none(b->would) ? b->was.day : b->would.day;
  if (x != y) return x < y ? -1 : 1;
  int c = slice_cmp(a->customer, b->customer);
  if (!c) c = slice_cmp(a->number, b->number);
  return c ? c : compare(a->step, b->step);
}

static void add_lines(const match_table *t, const engine *e, arena *perm, backtest_result *out) {
  uint32_t n = 0;
  backtest_line *v = ARENA_ARRAY(perm, (size_t)t->n[MATCH_WOULD] + t->n[MATCH_WAS] + 1, backtest_line);
  for (int side = 0; side < MATCH_SIDES; side++)
    for (uint32_t i = 0; i < t->n[side]; i++) {
      const match_one *x = &t->v[side][i];
      if (side == MATCH_WAS && x->other != DATE_NONE_DAY) continue; /* stands with the other side */
      v[n++] =
          (backtest_line){.would = {side == MATCH_WOULD ? x->day : DATE_NONE_DAY},
                          .was = {side == MATCH_WOULD ? x->other : x->day},
                          .number = e->f->t[x->of].number[x->row],
                          .customer = x->customer == VM_NO_ROW ? (slice){0} : e->f->t[ENT_CUSTOMER].number[x->customer],
                          .step = x->step,
                          .state = x->state};
    }
  qsort(v, n, sizeof *v, by_line);
  out->lines = v;
  out->line_count = n;
}

void match_end(match_table *t, const engine *e, backtest_result *out) {
  match_all(t);
  for (uint32_t i = 0; i < t->n[MATCH_WOULD]; i++) t->steps[t->v[MATCH_WOULD][i].step].would++;
  for (uint32_t i = 0; i < t->n[MATCH_WAS]; i++)
    if (t->v[MATCH_WAS][i].other == DATE_NONE_DAY) t->steps[t->v[MATCH_WAS][i].step].was++;
  out->steps = t->steps;
  out->step_count = t->step_count;
  count_contacts(t, e->f->t[ENT_CUSTOMER].n, t->perm, out);
  add_lines(t, e, t->perm, out);
}
