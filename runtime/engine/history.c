/* See history.h. */
#include "history.h"

#include "lang/base/arena.h"

static int32_t *days(arena *perm, uint32_t n, int32_t fill) {
  int32_t *v = ARENA_ARRAY(perm, n + 1, int32_t);
  for (uint32_t i = 0; i < n; i++) v[i] = fill;
  return v;
}

static bool any_one_by_one(const program *p, entity of) {
  if (p->policy.has_gap && p->policy.gap == GAP_ONE_BY_ONE) return true;
  for (uint32_t i = 0; i < p->ladder_count; i++)
    if (p->ladders[i].of == of && p->ladders[i].own.has_gap && p->ladders[i].own.gap == GAP_ONE_BY_ONE) return true;
  return false;
}

static void add_track(history *h, const program *p, uint32_t i, entity of, uint32_t n, bool standing) {
  track *t = &h->tracks[i];
  *t = (track){.of = of, .n = n};
  if (standing) {
    t->disarmed = ARENA_ARRAY(h->perm, n + 1, uint8_t);
    t->fired = days(h->perm, n, DATE_NONE_DAY);
    return;
  }
  t->pos = days(h->perm, n, PLACE_NONE);
  t->climbed = ARENA_ARRAY(h->perm, (size_t)n * h->words + 1, uint64_t);
  if (any_one_by_one(p, of)) t->last_climb = days(h->perm, n, DATE_NONE_DAY);
}

static bool looks_at_messages(const scope *s) { return s->limits.count > 0; }

history *history_new(arena *perm, const program *p, const timelines *tl, const uint32_t counts[ENT_COUNT]) {
  history *h = ARENA_NEW(perm, history);
  h->perm = perm;
  h->words = (timelines_written_count(tl) + 63) / 64;
  if (h->words == 0) h->words = 1;
  h->track_count = TRACK_WHENS + p->when_count;
  h->tracks = ARENA_ARRAY(perm, h->track_count, track);
  bool ladders[ENT_COUNT] = {0}, messages = looks_at_messages(&p->policy);
  for (uint32_t i = 0; i < p->ladder_count; i++) {
    ladders[p->ladders[i].of] = true;
    messages |= looks_at_messages(&p->ladders[i].own);
  }
  add_track(h, p, TRACK_INVOICES, ENT_INVOICE, ladders[ENT_INVOICE] ? counts[ENT_INVOICE] : 0, false);
  add_track(h, p, TRACK_CONTRACTS, ENT_CONTRACT, ladders[ENT_CONTRACT] ? counts[ENT_CONTRACT] : 0, false);
  for (uint32_t i = 0; i < p->when_count; i++)
    add_track(h, p, track_of_when(i), p->whens[i].of, counts[p->whens[i].of], p->whens[i].standing);
  h->cycle = ARENA_ARRAY(perm, counts[ENT_INVOICE] + 1, int32_t);
  h->contract_cycle = ARENA_ARRAY(perm, counts[ENT_CONTRACT] + 1, int32_t);
  h->stopped = ARENA_ARRAY(perm, counts[ENT_INVOICE] + 1, uint8_t);
  h->ladder_count = p->ladder_count;
  h->silenced = ARENA_ARRAY(perm, p->ladder_count + 1, uint8_t *);
  for (uint32_t i = 0; i < p->ladder_count; i++)
    if (p->ladders[i].of == ENT_INVOICE && p->ladders[i].own.stops.count)
      h->silenced[i] = ARENA_ARRAY(perm, counts[ENT_INVOICE] + 1, uint8_t);
  h->replied = days(perm, counts[ENT_CUSTOMER], DATE_NONE_DAY);
  if (messages) h->sent = ARENA_ARRAY(perm, counts[ENT_CUSTOMER] + 1, sent_message *);
  return h;
}

/* ---- a copy ---- */

static void *copy_of(arena *perm, const void *v, size_t n, size_t size) {
  if (!v) return NULL;
  void *to = arena_array(perm, n + 1, size);
  if (n) memcpy(to, v, n * size);
  return to;
}
#define COPY(v, n) ((v) = copy_of(perm, (v), (n), sizeof *(v)))

history *history_copy(arena *perm, const history *h, const uint32_t counts[ENT_COUNT]) {
  history *c = ARENA_NEW(perm, history);
  *c = *h;
  c->perm = perm;
  COPY(c->tracks, h->track_count);
  for (uint32_t i = 0; i < h->track_count; i++) {
    track *t = &c->tracks[i];
    COPY(t->pos, t->n);
    COPY(t->climbed, (size_t)t->n * h->words);
    COPY(t->last_climb, t->n);
    COPY(t->disarmed, t->n);
    COPY(t->fired, t->n);
  }
  COPY(c->cycle, counts[ENT_INVOICE]);
  COPY(c->contract_cycle, counts[ENT_CONTRACT]);
  COPY(c->stopped, counts[ENT_INVOICE]);
  COPY(c->silenced, h->ladder_count);
  for (uint32_t i = 0; i < h->ladder_count; i++) COPY(c->silenced[i], counts[ENT_INVOICE]);
  COPY(c->sent, counts[ENT_CUSTOMER]); /* pointers: NOLINT(bugprone-sizeof-expression) */
  COPY(c->replied, counts[ENT_CUSTOMER]);
  COPY(c->partials, h->partial_cap);
  COPY(c->pendings, h->pending_cap);
  COPY(c->quiet, h->quiet_cap);
  return c;
}

void history_climb(history *h, track *t, uint32_t row, uint32_t written, int32_t place) {
  t->climbed[(size_t)row * h->words + written / 64] |= (uint64_t)1 << (written % 64);
  if (place > t->pos[row]) t->pos[row] = place;
}

void history_add_quiet(history *h, const quiet_climb *q) {
  if (h->quiet_count == h->quiet_cap) {
    uint32_t cap = h->quiet_cap ? h->quiet_cap * 2 : 64;
    quiet_climb *v = ARENA_ARRAY(h->perm, cap, quiet_climb);
    if (h->quiet_count) memcpy(v, h->quiet, h->quiet_count * sizeof *v);
    h->quiet = v;
    h->quiet_cap = cap;
  }
  h->quiet[h->quiet_count++] = *q;
}

/* ---- partials: linear probing, deletion by shifting back ---- */

static uint32_t slot_of(const history *h, uint32_t track_id, uint32_t row) {
  uint64_t k = ((uint64_t)track_id << 32 | row) * 0x9E3779B97F4A7C15u;
  return (uint32_t)(k >> 32) & (h->partial_cap - 1);
}

static void grow(history *h) {
  partial *old = h->partials;
  uint32_t cap = h->partial_cap;
  h->partial_cap = cap ? cap * 2 : 64;
  h->partials = ARENA_ARRAY(h->perm, h->partial_cap, partial);
  for (uint32_t i = 0; i < h->partial_cap; i++) h->partials[i].track = UINT32_MAX;
  h->partial_count = 0;
  for (uint32_t i = 0; i < cap; i++)
    if (old[i].track != UINT32_MAX) history_set_partial(h, &old[i]);
}

partial *history_partial(history *h, uint32_t track_id, uint32_t row) {
  if (!h->partial_count) return NULL;
  for (uint32_t k = slot_of(h, track_id, row);; k = (k + 1) & (h->partial_cap - 1)) {
    partial *p = &h->partials[k];
    if (p->track == UINT32_MAX) return NULL;
    if (p->track == track_id && p->row == row) return p;
  }
}

void history_set_partial(history *h, const partial *p) {
  if (h->partial_count * 2 >= h->partial_cap) grow(h);
  uint32_t k = slot_of(h, p->track, p->row);
  while (h->partials[k].track != UINT32_MAX && (h->partials[k].track != p->track || h->partials[k].row != p->row))
    k = (k + 1) & (h->partial_cap - 1);
  if (h->partials[k].track == UINT32_MAX) h->partial_count++;
  h->partials[k] = *p;
}

void history_drop_partial(history *h, uint32_t track_id, uint32_t row) {
  partial *p = history_partial(h, track_id, row);
  if (!p) return;
  uint32_t hole = (uint32_t)(p - h->partials), mask = h->partial_cap - 1;
  for (uint32_t k = (hole + 1) & mask; h->partials[k].track != UINT32_MAX; k = (k + 1) & mask) {
    uint32_t home = slot_of(h, h->partials[k].track, h->partials[k].row);
    if (((k - home) & mask) < ((k - hole) & mask)) continue;
    h->partials[hole] = h->partials[k];
    hole = k;
  }
  h->partials[hole].track = UINT32_MAX;
  h->partial_count--;
}

void history_add_pending(history *h, const pending *p) {
  if (h->pending_count == h->pending_cap) {
    uint32_t cap = h->pending_cap ? h->pending_cap * 2 : 16;
    pending *v = ARENA_ARRAY(h->perm, cap, pending);
    if (h->pending_count) memcpy(v, h->pendings, h->pending_count * sizeof *v);
    h->pendings = v;
    h->pending_cap = cap;
  }
  h->pendings[h->pending_count++] = *p;
}
