/* What is begun and waits, between runs: rungs and standing rules of which a part is done, occurrences of `every` and
 * `on`.
 *
 * Invariant: what is done of it is never done again. The bits mean the lines that the stored shape tells; where an edit
 * or a calendar has changed them, a rung that was begun counts as climbed. */
#include <stdlib.h>

#include "lang/base/text.h"
#include "lines.h"
#include "live.h"
#include "screen.h"

struct begun_row {
  entity of;
  uint32_t row, track; /* track UINT32_MAX: an occurrence of a rule */
  section_kind section;
  uint32_t index, ladder;
  int64_t cycle, seq;
  slice offset, shape;
  int32_t day, place;
  uint64_t done, lines_done;
  bool taken, kept; /* kept: its lines are what they were */
};

/* ---- shapes ---- */

static void add_lines(text *t, const lines *l) {
  for (uint32_t k = 0; k < l->count; k++) {
    if (k) text_char(t, ';');
    for (uint32_t b = 0; b < l->v[k].branch_count; b++) {
      if (b) text_char(t, '/');
      for (uint32_t a = 0; a < l->v[k].branches[b].action_count; a++)
        text_printf(t, "%s%s", a ? "+" : "", ACTIONS[l->v[k].branches[b].actions[a].kind].words);
    }
  }
}

static const lines *body_of(const program *p, section_kind section, uint32_t index) {
  switch (section) {
  case SECTION_EVERY: return &p->everys[index].body;
  case SECTION_ON: return &p->ons[index].body;
  case SECTION_WHEN: return &p->whens[index].body;
  case SECTION_LADDER: break;
  }
  return NULL;
}

static slice shape_of_rule(const program *p, section_kind section, uint32_t index, arena *perm) {
  text t = text_new(perm);
  add_lines(&t, body_of(p, section, index));
  return text_slice(&t);
}

static bool is_rung(const engine *e, uint32_t track_id) { return e->h->tracks[track_id].pos != NULL; }

/* The rungs of the partial's place as they stand now; empty: there is none. */
static slice shape_of_rungs(engine *e, const partial *p, arena *perm) {
  bool when = p->track >= TRACK_WHENS;
  uint32_t index = when ? p->track - TRACK_WHENS : p->ladder;
  if (!when && index >= e->p->ladder_count) return (slice){0};
  int32_t anchor =
      when ? (int32_t)fact_int(e->f, FIELD_INVOICE_DUE, p->row) : engine_anchor(e, &e->p->ladders[index], p->row);
  if (anchor == DATE_NONE_DAY) return (slice){0};
  rung_times r = timeline_at(e->tl, when ? timelines_when(e->p, index) : timelines_ladder(index), anchor);
  const rung *rungs = when ? e->p->whens[index].rungs : e->p->ladders[index].rungs;
  text t = text_new(perm);
  for (uint32_t i = 0; i < r.n; i++) {
    if (r.v[i].place != p->place) continue;
    const rung *one = &rungs[r.v[i].rung];
    text_printf(&t, "%s%.*s: ", t.n ? " | " : "", SLICE_ARG(one->written));
    add_lines(&t, &one->body);
  }
  return text_slice(&t);
}

static slice shape_of_partial(engine *e, const partial *p, arena *perm) {
  return is_rung(e, p->track) ? shape_of_rungs(e, p, perm)
                              : shape_of_rule(e->p, SECTION_WHEN, p->track - TRACK_WHENS, perm);
}

/* ---- from the store ---- */

static bool find_rule(const engine *e, slice track_text, begun_row *b, arena *scratch) {
  for (uint32_t k = 0; k < e->p->every_count; k++)
    if (e->p->everys[k].of == b->of && slice_eq(track_text, section_key(e->p, SECTION_EVERY, k, scratch))) {
      b->section = SECTION_EVERY;
      b->index = k;
      return true;
    }
  for (uint32_t k = 0; k < e->p->on_count; k++)
    if (e->p->ons[k].of == b->of && slice_eq(track_text, section_key(e->p, SECTION_ON, k, scratch))) {
      b->section = SECTION_ON;
      b->index = k;
      return true;
    }
  return false;
}

static uint32_t ladder_named(const program *p, slice name, entity of) {
  for (uint32_t i = 0; i < p->ladder_count; i++)
    if (p->ladders[i].of == of && slice_eq(p->ladders[i].name, name)) return i;
  return NO_LADDER;
}

static int by_row(const void *va, const void *vb) {
  const begun_row *a = va, *b = vb;
  if (a->of != b->of) return a->of < b->of ? -1 : 1;
  if (a->row != b->row) return a->row < b->row ? -1 : 1;
  return (a->cycle > b->cycle) - (a->cycle < b->cycle);
}

store_code begun_load(engine *e, store *s, const row_names names[ENT_COUNT], arena *scratch, begun_list *out) {
  int64_t rows;
  *out = (begun_list){0};
  store_code code = store_count(s, STORE_T_begun, &rows);
  if (code != STORE_OK || rows == 0) return code;
  out->v = ARENA_ARRAY(e->perm, (size_t)rows, begun_row);
  const slice columns[] = {SLICE("track"),  SLICE("kind"), SLICE("entity"),     SLICE("cycle"),
                           SLICE("offset"), SLICE("day"),  SLICE("seq"),        SLICE("place"),
                           SLICE("ladder"), SLICE("done"), SLICE("lines_done"), SLICE("shape")};
  store_query q = {.table = STORE_T_begun, .columns = columns, .column_count = 12};
  store_cursor *c;
  code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW && out->n < (uint32_t)rows) {
    begun_row b = {.of = entity_of_kind(store_int(c, 1)),
                   .cycle = store_int(c, 3),
                   .offset = arena_slice(e->perm, store_text(c, 4)),
                   .day = (int32_t)store_int(c, 5),
                   .seq = store_int(c, 6),
                   .place = (int32_t)store_int(c, 7),
                   .done = (uint64_t)store_int(c, 9),
                   .lines_done = (uint64_t)store_int(c, 10),
                   .shape = arena_slice(e->perm, store_text(c, 11))};
    b.row = row_names_find(&names[b.of], store_text(c, 2));
    b.track = track_find(e, store_text(c, 0), b.of, scratch);
    if (b.row == VM_NO_ROW || (b.track == UINT32_MAX && !find_rule(e, store_text(c, 0), &b, scratch))) {
      out->left_out = true;
      continue;
    }
    if (b.track == TRACK_INVOICES || b.track == TRACK_CONTRACTS) b.ladder = ladder_named(e->p, store_text(c, 8), b.of);
    out->v[out->n++] = b;
  }
  store_cursor_close(c);
  if (out->n) qsort(out->v, out->n, sizeof *out->v, by_row);
  return code == STORE_END || code == STORE_ROW ? STORE_OK : code;
}

static void take(engine *e, begun_row *b) {
  uint32_t written = b->offset.n ? timelines_written_find(e->tl, b->offset) : 0;
  b->taken = true;
  history_set_partial(e->h, &(partial){.track = b->track,
                                       .row = b->row,
                                       .ladder = b->ladder,
                                       .written = (uint16_t)(written == UINT32_MAX ? UINT16_MAX : written),
                                       .place = b->place,
                                       .done = b->done,
                                       .lines_done = b->lines_done});
}

void begun_of_cycle(engine *e, begun_list *l, uint32_t row) {
  uint32_t lo = 0, hi = l->n;
  while (lo < hi) {
    uint32_t mid = lo + (hi - lo) / 2;
    if (l->v[mid].of < ENT_INVOICE || (l->v[mid].of == ENT_INVOICE && l->v[mid].row < row))
      lo = mid + 1;
    else
      hi = mid;
  }
  for (; lo < l->n && l->v[lo].of == ENT_INVOICE && l->v[lo].row == row; lo++)
    if (!l->v[lo].taken && l->v[lo].track != UINT32_MAX && l->v[lo].cycle <= e->h->cycle[row]) take(e, &l->v[lo]);
}

/* It counts as climbed, and standing rules as fired. */
static void lose(engine *e, live *x, const begun_row *b, const partial *p) {
  track *t = &e->h->tracks[p->track];
  uint32_t written = timelines_written_find(e->tl, b->offset);
  if (t->pos) {
    if (written != UINT32_MAX) history_climb(e->h, t, p->row, written, p->place);
    if (p->place > t->pos[p->row]) t->pos[p->row] = p->place;
  } else {
    t->disarmed[p->row] = 1;
    t->fired[p->row] = p->place;
  }
  if (x->lost_count == x->lost_cap) {
    uint32_t cap = x->lost_cap ? x->lost_cap * 2 : 16;
    lost_rest *v = ARENA_ARRAY(e->perm, cap, lost_rest);
    if (x->lost_count) memcpy(v, x->lost, x->lost_count * sizeof *v);
    x->lost = v;
    x->lost_cap = cap;
  }
  x->lost[x->lost_count++] = (lost_rest){.track = p->track,
                                         .row = p->row,
                                         .cycle = history_cycle(e->h, t->of, p->row),
                                         .offset = b->offset,
                                         .place = p->place,
                                         .day = p->place};
}

/* Today's ladder stands in for one that is no more: it was renamed, where its rung has the same shape. */
static void settle_partial(engine *e, live *x, begun_row *b, arena *scratch) {
  partial *p = history_partial(e->h, b->track, b->row);
  if (!p) return; /* a new due date took it away */
  if (b->track < TRACK_WHENS && p->ladder == NO_LADDER) p->ladder = engine_ladder(e, b->of, b->row, false);
  b->kept = slice_eq(shape_of_partial(e, p, scratch), b->shape);
  if (b->kept) return;
  if (partial_begun(p)) lose(e, x, b, p);
  history_drop_partial(e->h, b->track, b->row);
}

static slice reply_of(const happening_list *events, int64_t seq) {
  for (uint32_t i = 0; i < events->n; i++)
    if (events->v[i].seq == seq) return events->v[i].text;
  return (slice){0};
}

static void wait_again(engine *e, const begun_row *b, const happening_list *events, arena *scratch) {
  bool same = slice_eq(shape_of_rule(e->p, b->section, b->index, scratch), b->shape);
  if (!same && (b->done | b->lines_done)) return;
  history_add_pending(e->h, &(pending){.section = (uint8_t)b->section,
                                       .index = b->index,
                                       .row = b->row,
                                       .day = b->day,
                                       .seq = b->seq,
                                       .done = same ? b->done : 0,
                                       .lines_done = same ? b->lines_done : 0,
                                       .reply = b->seq ? reply_of(events, b->seq) : (slice){0}});
}

void begun_rest(engine *e, begun_list *l, const happening_list *events) {
  arena *scratch = arena_new();
  for (uint32_t i = 0; i < l->n; i++) {
    begun_row *b = &l->v[i];
    if (b->track == UINT32_MAX)
      wait_again(e, b, events, scratch);
    else if (!b->taken && (b->of != ENT_INVOICE || b->cycle <= e->h->cycle[b->row]))
      take(e, b);
  }
  arena_free(scratch);
}

void begun_finish(engine *e, live *x, begun_list *l) {
  arena *scratch = arena_new();
  for (uint32_t i = 0; i < l->n; i++)
    if (l->v[i].taken) settle_partial(e, x, &l->v[i], scratch);
  arena_free(scratch);
}

/* ---- into the store ---- */

static store_code put_partial(engine *e, store *s, const partial *p, arena *scratch) {
  const track *t = &e->h->tracks[p->track];
  bool climbs = is_rung(e, p->track);
  store_begun b = {.track = track_name(e->p, p->track, scratch),
                   .entity = {entity_kind(t->of), e->f->t[t->of].number[p->row]},
                   .cycle = history_cycle(e->h, t->of, p->row),
                   .day = climbs ? 0 : p->place,
                   .place = p->place,
                   .done = p->done,
                   .lines_done = p->lines_done,
                   .shape = shape_of_partial(e, p, scratch)};
  if (climbs) b.offset = timelines_written(e->tl, p->written);
  if (p->track < TRACK_WHENS) b.ladder = e->p->ladders[p->ladder].name;
  return store_begun_put(s, &b);
}

static store_code put_pending(engine *e, store *s, const pending *p, arena *scratch) {
  entity of = p->section == SECTION_EVERY ? e->p->everys[p->index].of : e->p->ons[p->index].of;
  section_kind section = (section_kind)p->section;
  store_begun b = {.track = section_key(e->p, section, p->index, scratch),
                   .entity = {entity_kind(of), e->f->t[of].number[p->row]},
                   .day = p->day,
                   .seq = p->seq,
                   .done = p->done,
                   .lines_done = p->lines_done,
                   .shape = shape_of_rule(e->p, section, p->index, scratch)};
  return store_begun_put(s, &b);
}

static store_code put_lost(engine *e, store *s, const lost_rest *l, arena *scratch) {
  const track *t = &e->h->tracks[l->track];
  store_entity who = {entity_kind(t->of), e->f->t[t->of].number[l->row]};
  slice name = track_name(e->p, l->track, scratch);
  if (!t->pos) return store_armed_set(s, name, who, false, l->day);
  return store_climb_add(s, &(store_climb){.track = name,
                                           .entity = who,
                                           .cycle = l->cycle,
                                           .offset = l->offset,
                                           .place = l->place,
                                           .on = e->today,
                                           .quiet = true});
}

static store_code drop_row(engine *e, store *s, const begun_row *b, arena *scratch) {
  slice name =
      b->track == UINT32_MAX ? section_key(e->p, b->section, b->index, scratch) : track_name(e->p, b->track, scratch);
  store_begun key = {.track = name,
                     .entity = {entity_kind(b->of), e->f->t[b->of].number[b->row]},
                     .offset = b->offset,
                     .day = b->day,
                     .seq = b->seq};
  return store_begun_drop(s, &key);
}

/* What the store has of it is what it is after this day. */
static bool unchanged(const engine *e, const begun_row *b, const partial *p) {
  uint32_t written = b->offset.n ? timelines_written_find(e->tl, b->offset) : 0;
  return b->kept && p->place == b->place && p->written == written && p->ladder == b->ladder && p->done == b->done &&
         p->lines_done == b->lines_done && b->cycle == history_cycle(e->h, b->of, b->row);
}

/* Of many that wait most wait on: what a day leaves as it was is not written again. `same`: by slot of a partial. */
static store_code drop_changed(engine *e, store *s, bool *same, arena *scratch) {
  const begun_list *l = e->live ? &e->live->begun : NULL;
  if (!l || l->left_out) return store_begun_clear(s);
  store_code code = STORE_OK;
  for (uint32_t i = 0; i < l->n && code == STORE_OK; i++) {
    const begun_row *b = &l->v[i];
    const partial *p = b->track == UINT32_MAX ? NULL : history_partial(e->h, b->track, b->row);
    if (p && unchanged(e, b, p))
      same[p - e->h->partials] = true;
    else
      code = drop_row(e, s, b, scratch);
  }
  return code;
}

store_code begun_commit(engine *e, store *s, const day_plan *plan, arena *scratch) {
  engine_keep(e, plan);
  bool *same = ARENA_ARRAY(scratch, e->h->partial_cap + 1, bool);
  store_code code = drop_changed(e, s, same, scratch);
  for (uint32_t i = 0; e->live && i < e->live->lost_count && code == STORE_OK; i++)
    code = put_lost(e, s, &e->live->lost[i], scratch);
  for (uint32_t i = 0; i < e->h->partial_cap && code == STORE_OK; i++)
    if (e->h->partials[i].track != UINT32_MAX && !same[i]) code = put_partial(e, s, &e->h->partials[i], scratch);
  for (uint32_t i = 0; i < e->h->pending_count && code == STORE_OK; i++)
    code = put_pending(e, s, &e->h->pendings[i], scratch);
  return code;
}
