/* The first step of a day: which rows fire which rung or rule, before guards, contacts and limits. Conditions run over
 * batches of rows; only what is left is looked at one by one. Nothing here changes the history. */
#include "screen.h"
#include "engine.h"
#include "mask.h"

void firing_reserve(firing_list *l, uint32_t cap) {
  if (cap <= l->cap) return;
  firing *v = arena_room(l->perm, cap, sizeof *v);
  if (l->n) memcpy(v, l->v, l->n * sizeof *v);
  l->v = v;
  l->cap = cap;
}

/* To be written whole. */
firing *firing_add(firing_list *l) {
  if (l->n == l->cap) firing_reserve(l, l->cap ? l->cap * 2 : 64);
  return &l->v[l->n++];
}

void row_list_add(arena *perm, row_list *l, uint32_t track_id, uint32_t row) {
  if (l->n == l->cap) {
    uint32_t cap = l->cap ? l->cap * 2 : 64;
    track_row *v = ARENA_ARRAY(perm, cap, track_row);
    if (l->n) memcpy(v, l->v, l->n * sizeof *v);
    l->v = v;
    l->cap = cap;
  }
  l->v[l->n++] = (track_row){track_id, row};
}

/* ---- what a ladder adds ---- */

/* A stop inside a ladder: the invoice stays on it, silent until its due date changes. */
static bool ladder_stops(engine *e, screening *s, uint32_t index, entity of, uint32_t row) {
  const uint32_list *l = &e->p->ladders[index].own.stops;
  bool stopped = of == ENT_INVOICE && history_stopped(e->h, index, row), leaves = false;
  for (uint32_t k = 0; k < l->count && !leaves; k++) {
    tri t = engine_cond(e, l->v[k], row);
    if (t == TRI_UNDECIDED) engine_note_undecided(e, l->v[k], row);
    stopped |= t != TRI_NO;
    leaves = t == TRI_YES;
  }
  if (leaves && of == ENT_INVOICE && !history_stopped(e->h, index, row))
    row_list_add(s->perm, &s->plan->stops, index, row);
  return stopped;
}

/* Holds and minimum that a ladder adds. */
static bool ladder_holds(engine *e, const scope *own, entity of, uint32_t row) {
  for (uint32_t k = 0; k < own->holds.count; k++) {
    tri t = engine_cond(e, own->holds.v[k], row);
    if (t == TRI_UNDECIDED) engine_note_undecided(e, own->holds.v[k], row);
    if (t != TRI_NO) return true;
  }
  if (of != ENT_INVOICE) return false;
  return (own->hold_promised && screen_promised(e, own, row)) || screen_below_minimum(e, own, row);
}

/* ---- ladders ---- */

int32_t engine_anchor(const engine *e, const ladder *l, uint32_t row) {
  if (l->anchor == NO_USE) return (int32_t)fact_int(e->f, FIELD_INVOICE_DUE, row);
  const field_use *use = &e->p->uses[l->anchor];
  uint32_t r = fact_row(e->f, use, row);
  if (r == VM_NO_ROW) return DATE_NONE_DAY;
  int64_t day = fact_int(e->f, use->field, r);
  return day == FACT_MISSING ? DATE_NONE_DAY : (int32_t)day;
}

uint32_t engine_ladder(engine *e, entity of, uint32_t row, bool note) {
  for (uint32_t l = 0; l < e->p->ladder_count; l++) {
    const ladder *d = &e->p->ladders[l];
    if (d->of != of) continue;
    tri t = d->where == NO_COND ? TRI_YES : engine_cond(e, d->where, row);
    if (t == TRI_YES) return d->none ? NO_LADDER : l;
    if (t == TRI_UNDECIDED && note) engine_note_undecided(e, d->where, row);
  }
  return NO_LADDER;
}

/* The ladder of each row; the program's count of ladders where it climbs none. */
static void pick_ladders(engine *e, const batch *b, entity of, const uint8_t *ok, uint16_t *pick) {
  uint16_t nothing = (uint16_t)e->p->ladder_count, none = (uint16_t)(nothing + 1);
  uint8_t out[VM_ROWS];
  bool any_none = false;
  mask_picks(pick, b->n, nothing);
  for (uint32_t l = 0; l < e->p->ladder_count; l++) {
    const ladder *d = &e->p->ladders[l];
    if (d->of != of) continue;
    uint16_t value = d->none ? none : (uint16_t)l;
    any_none |= d->none;
    if (d->where == NO_COND)
      memset(out, TRI_YES, b->n);
    else
      engine_conds(e, d->where, b->rows, b->first, b->n, out);
    if (mask_undecided(out, ok, b->n))
      for (uint32_t i = 0; i < b->n; i++)
        if (ok[i] && pick[i] == nothing && out[i] == TRI_UNDECIDED) engine_note_undecided(e, d->where, batch_row(b, i));
    mask_pick(out, b->n, nothing, value, pick);
    if (d->where == NO_COND) break;
  }
  for (uint32_t i = 0; any_none && i < b->n; i++)
    if (pick[i] == none) pick[i] = nothing;
}

/* A row that is not known to have climbed its current rung. */
static void look_closer(engine *e, screening *s, entity of, uint32_t row, uint32_t index, uint32_t track_id) {
  const ladder *l = &e->p->ladders[index];
  if (l->own.stops.count && ladder_stops(e, s, index, of, row)) return;
  int32_t anchor = engine_anchor(e, l, row);
  if (anchor == DATE_NONE_DAY) return;
  rung_times times = timeline_at(e->tl, timelines_ladder(index), anchor);
  int32_t at = timeline_current(times, e->today), place = at < 0 ? PLACE_NONE : times.v[at].place;
  if (of == ENT_INVOICE) places_learn(&e->places, index, anchor, place);
  if (at < 0 || place <= e->h->tracks[track_id].pos[row] || ladder_holds(e, &l->own, of, row)) return;
  screen_rung(e, s,
              &(rung_seat){.section = SECTION_LADDER,
                           .index = index,
                           .of = of,
                           .row = row,
                           .track = track_id,
                           .anchor = anchor,
                           .times = times,
                           .own = &l->own});
}

static void ladder_batch(engine *e, screening *s, const batch *b, entity of, uint32_t track_id, const uint8_t *ok) {
  if (!mask_any(ok, b->n)) return;
  uint16_t pick[VM_ROWS], list[VM_ROWS];
  uint8_t left[VM_ROWS];
  pick_ladders(e, b, of, ok, pick);
  memcpy(left, ok, b->n);
  if (of == ENT_INVOICE) places_filter(e, b->rows, b->first, b->n, pick, left);
  uint32_t n = mask_list(left, b->n, list);
  for (uint32_t i = 0; i < n; i++)
    if (pick[list[i]] < e->p->ladder_count) look_closer(e, s, of, batch_row(b, list[i]), pick[list[i]], track_id);
}

/* ---- whens ---- */

static void bounded_batch(engine *e, screening *s, const batch *b, uint32_t index, const uint8_t *ok) {
  const when_rule *w = &e->p->whens[index];
  uint32_t track_id = track_of_when(index);
  const track *t = &e->h->tracks[track_id];
  uint8_t out[VM_ROWS];
  if (w->cond == NO_COND)
    memset(out, TRI_YES, b->n);
  else
    engine_conds(e, w->cond, b->rows, b->first, b->n, out);
  for (uint32_t i = 0; i < b->n; i++) {
    if (!ok[i] || out[i] == TRI_NO) continue;
    uint32_t row = batch_row(b, i);
    int32_t due = (int32_t)fact_int(e->f, FIELD_INVOICE_DUE, row);
    rung_times times = timeline_at(e->tl, timelines_when(e->p, index), due);
    int32_t at = timeline_current(times, e->today);
    if (at < 0 || times.v[at].place <= t->pos[row]) continue;
    if (out[i] == TRI_UNDECIDED) {
      engine_note_undecided(e, w->cond, row);
      continue;
    }
    screen_rung(e, s,
                &(rung_seat){.section = SECTION_WHEN,
                             .index = index,
                             .of = w->of,
                             .row = row,
                             .track = track_id,
                             .anchor = due,
                             .times = times,
                             .own = NULL});
  }
}

/* Arming follows the condition alone; balance, hold and stop withhold only the firing. */
static void standing_batch(engine *e, screening *s, const batch *b, uint32_t index, const uint8_t *ok) {
  const when_rule *w = &e->p->whens[index];
  uint32_t track_id = track_of_when(index);
  const track *t = &e->h->tracks[track_id];
  uint8_t out[VM_ROWS];
  engine_conds(e, w->full, b->rows, b->first, b->n, out);
  for (uint32_t i = 0; i < b->n; i++) {
    uint32_t row = batch_row(b, i);
    if (out[i] == TRI_UNDECIDED) {
      if (ok[i]) engine_note_undecided(e, w->full, row);
      continue;
    }
    if (out[i] == TRI_NO) {
      if (t->disarmed[row]) row_list_add(s->perm, &s->plan->arms, track_id, row);
      if (history_partial(e->h, track_id, row)) row_list_add(s->perm, &s->plan->drops, track_id, row);
      continue;
    }
    if (!ok[i] || t->fired[row] == e->today) continue;
    bool again = w->again && t->disarmed[row] && e->today >= duration_after(e->cal, w->again_every, t->fired[row]);
    if (t->disarmed[row] && !again) continue;
    firing *f = firing_add(s->out);
    *f = (firing){.section = SECTION_WHEN,
                  .index = index,
                  .of = w->of,
                  .row = row,
                  .track = track_id,
                  .day = e->today,
                  .fresh = true};
    const partial *p = history_partial(e->h, track_id, row);
    if (p) {
      f->done = p->done;
      f->lines_done = p->lines_done;
      f->day = p->place;
      f->fresh = false;
    }
  }
}

static void when_batch(engine *e, screening *s, const batch *b, entity of, const uint8_t *ok) {
  for (uint32_t k = 0; k < e->p->when_count; k++) {
    if (e->p->whens[k].of != of) continue;
    if (e->p->whens[k].standing)
      standing_batch(e, s, b, k, ok);
    else
      bounded_batch(e, s, b, k, ok);
  }
}

/* ---- a batch of an entity ---- */

static void screen_batch(engine *e, screening *s, const batch *b, entity of) {
  uint8_t ok[VM_ROWS];
  screen_hold(e, s, b, of, ok);
  if (of == ENT_INVOICE) ladder_batch(e, s, b, of, TRACK_INVOICES, ok);
  if (of == ENT_CONTRACT) ladder_batch(e, s, b, of, TRACK_CONTRACTS, ok);
  when_batch(e, s, b, of, ok);
}

bool screen_has_work(const engine *e, entity of) {
  for (uint32_t l = 0; l < e->p->ladder_count; l++)
    if (e->p->ladders[l].of == of) return true;
  for (uint32_t w = 0; w < e->p->when_count; w++)
    if (e->p->whens[w].of == of) return true;
  return of == ENT_INVOICE && e->p->policy.stops.count > 0;
}

static void screen_entity(engine *e, screening *s, entity of, const row_set *look) {
  if (!screen_has_work(e, of)) return;
  uint32_t n = look->rows || look->n ? look->n : e->f->t[of].n;
  for (uint32_t at = 0; at < n; at += VM_ROWS) {
    uint32_t k = n - at < VM_ROWS ? n - at : VM_ROWS;
    batch b = {look->rows ? look->rows + at : NULL, look->first + at, k};
    screen_batch(e, s, &b, of);
  }
}

void engine_screen(engine *e, const day_input *in, arena *perm, firing_list *out, day_plan *plan) {
  screening s = {perm, out, plan};
  for (int of = 0; of < ENT_COUNT; of++) screen_entity(e, &s, (entity)of, &in->look[of]);
  screen_rules(e, &s, in);
}
