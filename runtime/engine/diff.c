/* See diff.h. */
#include "diff.h"

#include <stdlib.h>

const char *const DIFF_WORDS[DIFF_KIND_COUNT] = {
#define DIFF_KIND(id, word) [DIFF_##id] = word,
    DIFF_KINDS(DIFF_KIND)
#undef DIFF_KIND
};

/* ---- what a program does ---- */

typedef struct recording {
  engine *e;
  diff_acts *out;
} recording;

static diff_act *act_add(diff_acts *a) {
  if (a->n == a->cap) {
    uint32_t cap = a->cap ? a->cap * 2 : 256;
    diff_act *v = ARENA_ARRAY(a->perm, cap, diff_act);
    if (a->n) memcpy(v, a->v, a->n * sizeof *v);
    a->v = v;
    a->cap = cap;
  }
  return &a->v[a->n++];
}

/* Of those that share a message: the step of each is its own. Only rungs of ladders and of rules do. */
static void own_step(const recording *r, const subject *s, diff_act *a) {
  static const slice WHEN = {"when ", 5};
  a->ladder = (slice){0};
  if (slice_starts(s->track, WHEN)) {
    a->rung =
        arena_printf(r->out->perm, "%.*s %.*s", (int)(s->track.n - WHEN.n), s->track.p + WHEN.n, SLICE_ARG(s->offset));
    return;
  }
  a->rung = arena_slice(r->out->perm, s->offset);
  uint32_t l = engine_ladder(r->e, s->of, s->row, false);
  if (l != NO_LADDER && slice_eq(s->track, SLICE("ladder"))) a->ladder = r->e->p->ladders[l].name;
}

/* Invoices that decide alike say the same words: one copy serves those of one decision. */
static void record(void *self, const decision *d) {
  recording *r = self;
  arena *perm = r->out->perm;
  bool message = d->act->kind == ACT_SEND && d->way;
  slice text = arena_slice(perm, d->text), to = arena_slice(perm, d->to), step = arena_slice(perm, d->rung);
  for (uint32_t i = 0; i < d->subject_count; i++) {
    const subject *s = &d->subjects[i];
    diff_act *a = act_add(r->out);
    *a = (diff_act){.of = s->of,
                    .row = s->row,
                    .customer = d->customer_row,
                    .day = d->day.day,
                    .kind = d->act->kind,
                    .ch = message ? d->way->ch : CH_COUNT,
                    .template_name = message ? d->way->template_name : (slice){0},
                    .text = text,
                    .to = to,
                    .ladder = d->ladder,
                    .rung = step,
                    .no_contact = d->no_contact,
                    .order = r->out->n};
    if (i) own_step(r, s, a);
  }
}

void diff_record(engine *e, const happening_list *events, civil_date from, civil_date to, bool live,
                 const diff_watch *watch, diff_acts *out) {
  recording r = {e, out};
  simulation s = {.from = from, .to = to, .events = events, .live = live, .decided = record, .self = &r};
  if (watch) {
    s.progress = watch->progress;
    s.ends = watch->ends;
    s.progress_self = watch->self;
  }
  simulate(e, &s, out->perm, NULL);
}

/* ---- compared ---- */

static int by_entity(const void *x, const void *y) {
  const diff_act *a = x, *b = y;
  if (a->of != b->of) return a->of < b->of ? -1 : 1;
  if (a->row != b->row) return a->row < b->row ? -1 : 1;
  if (a->day != b->day) return a->day < b->day ? -1 : 1;
  int text = slice_cmp(a->text, b->text);
  if (text) return text;
  int to = slice_cmp(a->to, b->to);
  return to ? to : (a->order > b->order) - (a->order < b->order);
}

static bool same_words(const diff_act *a, const diff_act *b) {
  return slice_eq(a->text, b->text) && slice_eq(a->to, b->to) && a->no_contact == b->no_contact;
}

typedef enum match { MATCH_SAME, MATCH_MOVED, MATCH_CHANGED, MATCH_COUNT } match;

static bool matches(match m, const diff_act *a, const diff_act *b) {
  switch (m) {
  case MATCH_SAME: return a->day == b->day && same_words(a, b);
  case MATCH_MOVED: return same_words(a, b);
  case MATCH_CHANGED: return a->day == b->day && a->kind == b->kind;
  case MATCH_COUNT: break;
  }
  return false;
}

static void item_add(effect_diff *d, diff_item **v, diff_kind kind, const diff_act *was, const diff_act *now) {
  (*v)[d->n++] = (diff_item){kind, was, now};
}

/* Those of one entity. */
static void compare_one(effect_diff *d, diff_item **v, diff_act *was, uint32_t n, diff_act *now, uint32_t m) {
  for (match k = MATCH_SAME; k < MATCH_COUNT; k++)
    for (uint32_t i = 0; i < n; i++)
      for (uint32_t j = 0; j < m && !was[i].known; j++) {
        if (now[j].known || !matches(k, &was[i], &now[j])) continue;
        was[i].known = now[j].known = true;
        if (k != MATCH_SAME) item_add(d, v, k == MATCH_MOVED ? DIFF_MOVED : DIFF_CHANGED, &was[i], &now[j]);
      }
  for (uint32_t i = 0; i < n; i++)
    if (!was[i].known) item_add(d, v, DIFF_LOST, &was[i], NULL);
  for (uint32_t j = 0; j < m; j++)
    if (!now[j].known) item_add(d, v, DIFF_GAINED, NULL, &now[j]);
}

static int by_day(const void *x, const void *y) {
  const diff_item *i = x, *k = y;
  const diff_act *a = diff_shown(i), *b = diff_shown(k);
  if (a->day != b->day) return a->day < b->day ? -1 : 1;
  int order = by_entity(a, b);
  return order ? order : (i->kind > k->kind) - (i->kind < k->kind);
}

static bool same_entity(const diff_act *a, const diff_act *b) { return a->of == b->of && a->row == b->row; }

static bool before(const diff_act *a, const diff_act *b) { return a->of != b->of ? a->of < b->of : a->row < b->row; }

void diff_compare(arena *perm, diff_acts *was, diff_acts *now, effect_diff *out) {
  if (was->n) qsort(was->v, was->n, sizeof *was->v, by_entity);
  if (now->n) qsort(now->v, now->n, sizeof *now->v, by_entity);
  *out = (effect_diff){.was = was->v, .was_n = was->n, .now = now->v, .now_n = now->n};
  diff_item *v = ARENA_ARRAY(perm, (size_t)was->n + now->n + 1, diff_item);
  for (uint32_t i = 0, j = 0; i < was->n || j < now->n;) {
    const diff_act *at = i == was->n                      ? &now->v[j]
                         : j == now->n                    ? &was->v[i]
                         : before(&now->v[j], &was->v[i]) ? &now->v[j]
                                                          : &was->v[i];
    uint32_t n = 0, m = 0;
    while (i + n < was->n && same_entity(&was->v[i + n], at)) n++;
    while (j + m < now->n && same_entity(&now->v[j + m], at)) m++;
    compare_one(out, &v, was->v + i, n, now->v + j, m);
    i += n;
    j += m;
  }
  if (out->n) qsort(v, out->n, sizeof *v, by_day);
  out->v = v;
}
