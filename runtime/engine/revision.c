/* See revision.h. */
#include "revision.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct offsets {
  slice *v;
  uint32_t n;
} offsets;

static void add_offsets(offsets *o, const rung *r, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) o->v[o->n++] = r[i].written;
}

/* What the old policy had on this track: all ladders of an entity are one, a `when` is known by its name. */
static offsets old_offsets(const program *old, const program *now, uint32_t track_id, entity of, arena *perm) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < old->ladder_count; i++) n += old->ladders[i].rung_count;
  for (uint32_t i = 0; i < old->when_count; i++) n += old->whens[i].rung_count;
  offsets o = {ARENA_ARRAY(perm, n + 1, slice), 0};
  if (track_id < TRACK_WHENS) {
    for (uint32_t i = 0; i < old->ladder_count; i++)
      if (old->ladders[i].of == of) add_offsets(&o, old->ladders[i].rungs, old->ladders[i].rung_count);
    return o;
  }
  slice name = now->whens[track_id - TRACK_WHENS].name;
  for (uint32_t i = 0; i < old->when_count; i++)
    if (old->whens[i].of == of && slice_eq(old->whens[i].name, name)) add_offsets(&o, old->whens[i].rungs, old->whens[i].rung_count);
  return o;
}

static bool has_offset(const offsets *o, slice written) {
  for (uint32_t i = 0; i < o->n; i++)
    if (slice_eq(o->v[i], written)) return true;
  return false;
}

static void climb_quietly(engine *e, uint32_t track_id, uint32_t row, const rung_time *r) {
  history *h = e->h;
  history_climb(h, &h->tracks[track_id], row, r->written, r->place);
  if (h->quiet_count == h->quiet_cap) {
    uint32_t cap = h->quiet_cap ? h->quiet_cap * 2 : 64;
    quiet_climb *v = ARENA_ARRAY(h->perm, cap, quiet_climb);
    if (h->quiet_count) memcpy(v, h->quiet, h->quiet_count * sizeof *v);
    h->quiet = v;
    h->quiet_cap = cap;
  }
  h->quiet[h->quiet_count++] = (quiet_climb){track_id, row, r->written, r->place};
}

static void settle_row(engine *e, uint32_t track_id, uint32_t row, const bool *is_new) {
  const track *t = &e->h->tracks[track_id];
  if (t->pos[row] == PLACE_NONE) return; /* not on the track yet: it joins at its current rung */
  uint32_t list = UINT32_MAX;
  int32_t anchor = DATE_NONE_DAY;
  if (track_id >= TRACK_WHENS) {
    list = timelines_when(e->p, track_id - TRACK_WHENS);
    anchor = (int32_t)fact_int(e->f, FIELD_INVOICE_DUE, row);
  } else {
    uint32_t l = engine_ladder(e, t->of, row, false);
    if (l == NO_LADDER) return;
    list = timelines_ladder(l);
    anchor = engine_anchor(e, &e->p->ladders[l], row);
  }
  if (anchor == DATE_NONE_DAY) return;
  rung_times r = timeline_at(e->tl, list, anchor);
  for (uint32_t i = 0; i < r.n; i++) /* its own day is no past: it fires today like any other */
    if (is_new[r.v[i].written] && r.v[i].day < e->today && !history_climbed(e->h, t, row, r.v[i].written))
      climb_quietly(e, track_id, row, &r.v[i]);
}

static void settle_track(engine *e, const program *old, uint32_t track_id, arena *perm) {
  const track *t = &e->h->tracks[track_id];
  if (!t->pos || t->n == 0) return;
  offsets before = old_offsets(old, e->p, track_id, t->of, perm);
  uint32_t n = timelines_written_count(e->tl);
  bool *is_new = ARENA_ARRAY(perm, n + 1, bool), any = false;
  for (uint32_t i = 0; i < n; i++) any |= is_new[i] = !has_offset(&before, timelines_written(e->tl, i));
  if (!any || before.n == 0) return;
  for (uint32_t row = 0; row < t->n; row++) settle_row(e, track_id, row, is_new);
}

static const slice IN_FORCE = {"revision in force", 17};

store_code revision_in_force(store *s, int64_t id) {
  char digits[24];
  int n = snprintf(digits, sizeof digits, "%lld", (long long)id);
  return store_state_set(s, IN_FORCE, (slice){digits, (size_t)n});
}

/* The text of the revision that ran last (going back to an older one makes that one the last); empty: there is none. */
static store_code last_revision(store *s, arena *perm, slice *text_of) {
  *text_of = (slice){0};
  slice id;
  store_code code = store_state_get(s, IN_FORCE, perm, &id);
  if (code != STORE_OK) return code == STORE_END ? STORE_OK : code;
  const slice columns[] = {SLICE("text")};
  store_where where = {.column = "id", .op = STORE_EQ, .i = strtoll(arena_copy(perm, id), NULL, 10)};
  store_query q = {.table = STORE_T_revision, .columns = columns, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *c;
  code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) *text_of = arena_slice(perm, store_text(c, 0));
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

store_code revision_settle(engine *e, store *s, slice policy_text, civil_date today, arena *perm) {
  slice before;
  store_code code = last_revision(s, perm, &before);
  if (code != STORE_OK || before.n == 0 || slice_eq(before, policy_text)) return code;
  source file = {SLICE("the previous revision"), before};
  diags d;
  compiled old;
  diags_init(&d, perm);
  if (!compile(perm, &file, 1, &d, &old)) return STORE_OK; /* an older dun read it: nothing is known of its rungs */
  e->today = today.day;
  for (uint32_t k = 0; k < e->h->track_count; k++) settle_track(e, old.program, k, perm);
  return STORE_OK;
}
