/* Which rung fires: LANGUAGE.md 5. The caller knows that some rung above the position is due. */
#include "contact.h"
#include "screen.h"

/* First entry of the rung (all entries of one place) that entry `at` belongs to. */
static int32_t rung_first(rung_times r, int32_t at) {
  while (at > 0 && r.v[at - 1].place == r.v[at].place) at--;
  return at;
}

static int32_t rung_size(rung_times r, int32_t first) {
  int32_t n = 1;
  while (first + n < (int32_t)r.n && r.v[first + n].place == r.v[first].place) n++;
  return n;
}

/* A rung before the anchor never fires after the anchor date. */
static bool too_late(const rung_seat *s, int32_t entry, int32_t today) {
  return s->times.v[entry].place < 0 && today > s->anchor;
}

/* A written offset once climbed in a cycle is not climbed again even if a calendar change moves it. */
static bool climbed(const engine *e, const rung_seat *s, int32_t first, int32_t n) {
  const track *t = &e->h->tracks[s->track];
  for (int32_t i = first; i < first + n; i++)
    if (!history_climbed(e->h, t, s->row, s->times.v[i].written)) return false;
  return true;
}

static gap_mode gap_of(const engine *e, const scope *own, duration *spacing) {
  const scope *s = own && own->has_gap ? own : &e->p->policy;
  *spacing = s->gap_spacing;
  return s->has_gap ? s->gap : GAP_LATEST;
}

/* The highest place climbed. A rung partly done on one ladder counts as climbed for another. */
static int32_t position(const engine *e, const rung_seat *s) {
  int32_t pos = e->h->tracks[s->track].pos[s->row];
  const partial *p = s->section == SECTION_LADDER ? history_partial(e->h, s->track, s->row) : NULL;
  return p && p->ladder != s->index && partial_begun(p) && p->place > pos ? p->place : pos;
}

/* One by one: the lowest rung above the position; one a day; those whose own day has passed `spacing` apart. */
static int32_t one_by_one(const engine *e, const rung_seat *s, duration spacing) {
  const track *t = &e->h->tracks[s->track];
  int32_t n = (int32_t)s->times.n, pos = position(e, s);
  for (int32_t i = 0; i < n && s->times.v[i].day <= e->today; i += rung_size(s->times, i)) {
    if (s->times.v[i].place <= pos || too_late(s, i, e->today)) continue;
    if (climbed(e, s, i, rung_size(s->times, i))) continue; /* elsewhere, or moved by the calendar: it blocks nothing */
    int32_t last = t->last_climb ? t->last_climb[s->row] : DATE_NONE_DAY;
    if (last == DATE_NONE_DAY) return i;
    if (last >= e->today) return -1;
    bool own_day_passed = s->times.v[i].day < e->today;
    return own_day_passed && e->today < duration_after(e->cal, spacing, last) ? -1 : i;
  }
  return -1;
}

/* After a gap nothing: the rung's own day, or the first opening after it for what goes to the customer. */
static bool on_its_day(engine *e, const rung_seat *s, int32_t first, int32_t n) {
  int32_t day = s->times.v[first].day;
  if (day == e->today) return true;
  const rung *rungs = s->section == SECTION_LADDER ? e->p->ladders[s->index].rungs : e->p->whens[s->index].rungs;
  for (int32_t i = first; i < first + n; i++) {
    const lines *l = &rungs[s->times.v[i].rung].body;
    for (uint32_t k = 0; k < l->count; k++)
      for (uint32_t b = 0; b < l->v[k].branch_count; b++)
        for (uint32_t a = 0; a < l->v[k].branches[b].action_count; a++) {
          const action *act = &l->v[k].branches[b].actions[a];
          if (act->kind != ACT_SEND) continue;
          channel ch = contact_reach(e, act, s->of, s->row, s->own).way->ch;
          if (contact_first_opening(e, s->of, s->row, ch, s->own, day) == e->today) return true;
        }
  }
  return false;
}

static int32_t choose(engine *e, const rung_seat *s) {
  duration spacing;
  gap_mode mode = gap_of(e, s->own, &spacing);
  if (mode == GAP_ONE_BY_ONE) return one_by_one(e, s, spacing);
  int32_t at = timeline_current(s->times, e->today);
  if (at < 0) return -1;
  int32_t first = rung_first(s->times, at);
  if (s->times.v[first].place <= position(e, s) || too_late(s, first, e->today)) return -1;
  if (mode == GAP_NOTHING && !on_its_day(e, s, first, rung_size(s->times, first))) return -1;
  return first;
}

static bool skips_lower(const engine *e, const rung_seat *s, int32_t first) {
  int32_t pos = position(e, s);
  for (int32_t i = 0; i < first; i++)
    if (s->times.v[i].place > pos) return true;
  return false;
}

int32_t screen_position(const engine *e, const rung_seat *s) { return position(e, s); }

int32_t screen_chosen(engine *e, const rung_seat *s) {
  int32_t first = choose(e, s);
  return first < 0 || climbed(e, s, first, rung_size(s->times, first)) ? -1 : first;
}

void screen_rung(engine *e, screening *s, const rung_seat *seat) {
  int32_t first = screen_chosen(e, seat);
  if (first < 0) return;
  int32_t n = rung_size(seat->times, first);
  const partial *p = history_partial(e->h, seat->track, seat->row);
  firing *f = firing_add(s->out);
  *f = (firing){.section = seat->section,
                .index = seat->index,
                .of = seat->of,
                .row = seat->row,
                .track = seat->track,
                .has_place = true,
                .skipped = skips_lower(e, seat, first),
                .fresh = true,
                .place = seat->times.v[first].place,
                .day = seat->times.v[first].day,
                .times = seat->times,
                .entry = first,
                .entry_count = n};
  if (p && p->place == f->place && (seat->section != SECTION_LADDER || p->ladder == seat->index)) {
    f->done = p->done;
    f->lines_done = p->lines_done;
    f->fresh = false;
  }
}
