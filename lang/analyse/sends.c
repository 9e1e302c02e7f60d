/* See sends.h. Which rung is current on a day is what runtime/engine/screen_rung.c decides; here it is foreseen for an
 * invoice on which nothing else happens.
 *
 * Invariant: what is known of a day's openings is of the windows and the condition asked for last. */
#include "lang/analyse/sends.h"

#include "lang/check/fields.h"
#include "lang/check/openings.h"
#include "lang/check/rung_day.h"

enum { WORK_MAX = 60000, ANCHORS_MIN = 28, YEAR = 366 };

/* Whether each day is open, for one ladder's windows and one channel. */
typedef struct opened {
  const scope *own;
  int8_t *v; /* by day from KNOWN_FIRST; 0: not known yet, 1: open, -1: closed */
} opened;
enum { KNOWN_FIRST = ANCHOR_FIRST - YEAR, KNOWN_DAYS = ANCHORS_MAX + 4 * YEAR };

struct send_calendar {
  arena *perm;
  const program *p;
  const calendar *cal;
  uint32_t cond;
  opened known[CH_COUNT];
  int32_t *rung_day;   /* of the track at hand, from its anchor */
  uint32_t *rung_from; /* its messages: the first one, and those of the next rung begin at the next */
  uint32_t rung_room;
};

send_calendar *sends_calendar(arena *perm, const program *p) {
  send_calendar *c = ARENA_NEW(perm, send_calendar);
  *c = (send_calendar){.perm = perm, .p = p, .cal = program_calendar(p, perm), .cond = NO_COND};
  return c;
}

static void forget(send_calendar *c) {
  for (int ch = 0; ch < CH_COUNT; ch++) {
    c->known[ch].own = NULL;
    if (c->known[ch].v) memset(c->known[ch].v, 0, KNOWN_DAYS);
  }
}

void sends_look(send_calendar *c, uint32_t only) {
  if (c->cond != only) forget(c);
  c->cond = only;
}

/* ---- windows ---- */

typedef struct asker {
  uint32_t cond;
  channel ch;
} asker;

static bool applies(void *self, const window *w) {
  const asker *a = self;
  return (!w->channels || (w->channels >> a->ch & 1)) && (w->cond == NO_COND || w->cond == a->cond);
}

static bool work_out_open(const send_calendar *c, const scope *own, channel ch, int32_t day) {
  asker a = {c->cond, ch};
  open_minutes open;
  openings_all(&open);
  openings_intersect(c->cal, &c->p->policy.windows, applies, &a, (civil_date){day}, &open);
  if (own) openings_intersect(c->cal, &own->windows, applies, &a, (civil_date){day}, &open);
  return openings_first(&open, 0) >= 0;
}

static bool is_open(send_calendar *c, const scope *own, channel ch, int32_t day) {
  if (c->p->policy.windows.count == 0 && (!own || own->windows.count == 0)) return true;
  if (day < KNOWN_FIRST || day >= KNOWN_FIRST + KNOWN_DAYS) return work_out_open(c, own, ch, day);
  opened *k = &c->known[ch];
  if (own && own->windows.count == 0) own = NULL; /* as every ladder without its own */
  if (!k->v || k->own != own) {
    if (!k->v) k->v = ARENA_ARRAY(c->perm, KNOWN_DAYS, int8_t);
    memset(k->v, 0, KNOWN_DAYS);
    k->own = own;
  }
  int8_t *at = &k->v[day - KNOWN_FIRST];
  if (!*at) *at = work_out_open(c, own, ch, day) ? 1 : -1;
  return *at > 0;
}

int32_t sends_opening(send_calendar *c, const send *what, int32_t day) {
  for (int32_t d = day; d < day + YEAR; d++)
    if (is_open(c, what->track->own, what->way->ch, d)) return d;
  return INT32_MAX;
}

/* ---- tracks and their messages ---- */

uint32_t sends_tracks(arena *perm, const program *p, const send_track **out) {
  send_track *v = ARENA_ARRAY(perm, p->ladder_count + p->when_count + 1, send_track);
  uint32_t n = 0;
  for (uint32_t i = 0; i < p->ladder_count; i++) {
    const ladder *l = &p->ladders[i];
    if (l->none) continue;
    v[n++] = (send_track){l->name, l->of, i, l->where, &l->own, l->rungs, l->rung_count, ladder_from_due(p, l)};
  }
  for (uint32_t i = 0; i < p->when_count; i++) {
    const when_rule *w = &p->whens[i];
    if (w->rung_count)
      v[n++] = (send_track){w->name, w->of, UINT32_MAX, w->cond, NULL, w->rungs, w->rung_count, w->of == ENT_INVOICE};
  }
  *out = v;
  return n;
}

static uint32_t collect(const program *p, const send_track *t, send *v) {
  uint32_t n = 0;
  for (uint32_t r = 0; r < t->rung_count; r++)
    for (uint32_t l = 0; l < t->rungs[r].body.count; l++) {
      const line *in = &t->rungs[r].body.v[l];
      for (uint32_t b = 0; b < in->branch_count; b++)
        for (uint32_t a = 0; a < in->branches[b].action_count; a++) {
          const action *act = &in->branches[b].actions[a];
          if (act->kind != ACT_SEND || !program_way_to_customer(p, &act->ways[0])) continue;
          if (v) v[n] = (send){t, &t->rungs[r], in, b, act, &act->ways[0], n};
          n++;
        }
    }
  return n;
}

uint32_t sends_of(arena *perm, const program *p, const send_track *t, const send **out) {
  send *v = ARENA_ARRAY(perm, collect(p, t, NULL) + 1, send);
  *out = v;
  return collect(p, t, v);
}

/* ---- from an anchor ---- */

static bool same_every_day(const program *p) {
  if (p->due != DUE_EXACT) return false;
  for (uint32_t l = 0; l <= p->ladder_count; l++) {
    const scope *s = l < p->ladder_count ? &p->ladders[l].own : &p->policy;
    for (uint32_t i = 0; i < s->windows.count; i++)
      if (s->windows.v[i].has_days) return false;
  }
  for (uint32_t k = 0; k < p->ladder_count + p->when_count; k++) {
    bool of_ladder = k < p->ladder_count;
    const rung *v = of_ladder ? p->ladders[k].rungs : p->whens[k - p->ladder_count].rungs;
    uint32_t n = of_ladder ? p->ladders[k].rung_count : p->whens[k - p->ladder_count].rung_count;
    for (uint32_t i = 0; i < n; i++)
      if ((v[i].off.base.unit != UNIT_DAY && v[i].off.base.unit != UNIT_WEEK) ||
          (v[i].off.times && v[i].off.step.unit != UNIT_DAY && v[i].off.step.unit != UNIT_WEEK))
        return false;
  }
  return true;
}

uint32_t sends_anchors(const program *p) {
  if (same_every_day(p)) return 1;
  uint32_t rungs = 1;
  for (uint32_t i = 0; i < p->ladder_count; i++) rungs += p->ladders[i].rung_count;
  for (uint32_t i = 0; i < p->when_count; i++) rungs += p->whens[i].rung_count;
  uint32_t n = WORK_MAX / rungs;
  return n < ANCHORS_MIN ? ANCHORS_MIN : n > ANCHORS_MAX ? ANCHORS_MAX : n;
}

int32_t sends_anchor(const send_calendar *c, const send_track *t, int32_t day) {
  return t->from_due && c->p->due == DUE_MOVE ? calendar_next(c->cal, (civil_date){day}).day : day;
}

/* Where each rung of the track falls, and which messages are its. */
static void work_out_rungs(send_calendar *c, const send_track *t, const send *v, uint32_t n, int32_t anchor) {
  if (!c->rung_day || c->rung_room < t->rung_count) {
    c->rung_room = t->rung_count * 2 + 1;
    c->rung_day = ARENA_ARRAY(c->perm, c->rung_room, int32_t);
    c->rung_from = ARENA_ARRAY(c->perm, c->rung_room + 1, uint32_t);
  }
  for (uint32_t i = 0, k = 0; i < t->rung_count; i++) {
    c->rung_day[i] = offset_day(c->cal, &t->rungs[i].off, anchor);
    c->rung_from[i] = k;
    while (k < n && v[k].at == &t->rungs[i]) k++;
    c->rung_from[i + 1] = k;
  }
}

/* The rung that takes the place of one on `day`: the next one above it. */
static const rung *above(const send_calendar *c, const send_track *t, int32_t anchor, int32_t day, int32_t *until) {
  const rung *next = NULL;
  int32_t least = INT32_MAX;
  for (uint32_t i = 0; i < t->rung_count; i++) {
    int32_t at = c->rung_day[i];
    if (at == DATE_NONE_DAY || at <= day || at >= least) continue;
    least = at;
    next = &t->rungs[i];
  }
  *until = next ? rung_first_day(c->p, c->cal, t->from_due, anchor, least) : INT32_MAX;
  return next;
}

static const scope *gap_of(const send_calendar *c, const send_track *t) {
  return t->own && t->own->has_gap ? t->own : &c->p->policy;
}

static send_fate fate_of(const send_day *s, int32_t anchor, bool waits_its_turn) {
  if (s->day == INT32_MAX) return SEND_NO_OPENING;
  if (s->place < 0 && s->day > anchor) return SEND_AFTER_ANCHOR;
  return s->day >= s->until && !waits_its_turn ? SEND_OVERTAKEN : SEND_GOES;
}

/* The messages of one rung that begins on `first`; the day on which the last of them leaves, else `first`. */
static int32_t send_rung(send_calendar *c, const send_track *t, uint32_t rung_at, const send *v, int32_t anchor,
                         int32_t first, bool waits_its_turn, send_day *out) {
  int32_t done = first;
  for (uint32_t from = c->rung_from[rung_at], i = from; i < c->rung_from[rung_at + 1]; i++) {
    send_day *s = &out[i];
    *s = (send_day){.what = &v[i], .place = INT32_MAX, .until = INT32_MAX};
    if (c->rung_day[rung_at] != DATE_NONE_DAY) {
      s->place = c->rung_day[rung_at] - anchor;
      s->by = above(c, t, anchor, c->rung_day[rung_at], &s->until);
    }
    bool goes_on = i > from && v[i - 1].in == v[i].in && v[i - 1].branch == v[i].branch;
    int32_t begin = goes_on && out[i - 1].day > first ? out[i - 1].day : first;
    s->day = begin == INT32_MAX ? begin : sends_opening(c, &v[i], begin);
    s->fate = fate_of(s, anchor, waits_its_turn);
    if (s->fate == SEND_GOES && s->day > done) done = s->day;
  }
  return done;
}

/* The first day on which it may fire; INT32_MAX beyond the calendar's years. */
static int32_t first_of(const send_calendar *c, const send_track *t, uint32_t rung_at, int32_t anchor) {
  int32_t day = c->rung_day[rung_at];
  return day == DATE_NONE_DAY ? INT32_MAX : rung_first_day(c->p, c->cal, t->from_due, anchor, day);
}

/* The rung that falls on the next day after `day`; of several the first that is written. */
static uint32_t next_place(const send_calendar *c, const send_track *t, int64_t day) {
  uint32_t next = UINT32_MAX;
  for (uint32_t i = 0; i < t->rung_count; i++)
    if (c->rung_day[i] != DATE_NONE_DAY && c->rung_day[i] > day &&
        (next == UINT32_MAX || c->rung_day[i] < c->rung_day[next]))
      next = i;
  return next;
}

/* What the rungs of one by one leave for those above them. */
typedef struct queue {
  bool any;
  int32_t last, free; /* when the last one was climbed, and the first day that no other one takes */
} queue;

/* When a rung begins that may from its own day on: where that has passed, `apart` from the one climbed before. */
static int32_t begins(const send_calendar *c, const queue *q, duration apart, int32_t own) {
  int32_t begin = q->any && own <= q->last ? duration_after(c->cal, apart, q->last) : own;
  return begin > q->free ? begin : q->free;
}

/* A rung's messages of one place, begun on `begin`; what is left for the next. One that waits for an opening that comes
 * after the anchor blocks the others until then, one that never has an opening for good. */
static void take_turn(send_calendar *c, const send_track *t, const send *v, int32_t anchor, int32_t day, int32_t begin,
                      send_day *out, queue *q) {
  int32_t done = begin;
  bool late = day < anchor && begin > anchor;
  for (uint32_t i = 0; i < t->rung_count; i++) {
    if (c->rung_day[i] != day) continue;
    int32_t end = send_rung(c, t, i, v, anchor, begin, true, out);
    if (end > done) done = end;
    for (uint32_t k = c->rung_from[i]; k < c->rung_from[i + 1]; k++) {
      if (out[k].fate == SEND_NO_OPENING) q->free = INT32_MAX;
      if (out[k].fate == SEND_AFTER_ANCHOR) late = true;
    }
  }
  if (late && q->free <= anchor) q->free = begin > anchor ? q->free : anchor + 1;
  if (late) return;
  q->any = true;
  q->last = done;
}

/* `after a gap send one by one`: a rung waits for the one below it, one a day. */
static void one_by_one(send_calendar *c, const send_track *t, const send *v, int32_t anchor, send_day *out) {
  queue q = {.free = INT32_MIN};
  int64_t day = INT64_MIN;
  for (uint32_t k; (k = next_place(c, t, day)) != UINT32_MAX;) {
    day = c->rung_day[k];
    int32_t own = first_of(c, t, k, anchor);
    take_turn(c, t, v, anchor, c->rung_day[k], begins(c, &q, gap_of(c, t)->gap_spacing, own), out, &q);
  }
}

void sends_from(send_calendar *c, const send_track *t, const send *v, uint32_t n, int32_t anchor, send_day *out) {
  const scope *gap = gap_of(c, t);
  work_out_rungs(c, t, v, n, anchor);
  for (uint32_t i = 0; i < t->rung_count; i++)
    (void)send_rung(c, t, i, v, anchor, first_of(c, t, i, anchor), false, out);
  if (gap->has_gap && gap->gap == GAP_ONE_BY_ONE) one_by_one(c, t, v, anchor, out);
}

slice send_rung_words(arena *perm, const rung *r, dun_lang lang) {
  static const char *const BEFORE[LANG_COUNT] = {"before", "antes", "antes"};
  if (slice_eq(r->written, SLICE("0d"))) return slice_of(FIELDS[FIELD_INVOICE_DUE].name[lang]);
  if (r->written.n == 0 || r->written.p[0] != '-') return r->written;
  return arena_printf(perm, "%.*s %s", (int)(r->written.n - 1), r->written.p + 1, BEFORE[lang]);
}
