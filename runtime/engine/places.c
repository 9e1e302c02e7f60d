/* See places.h. */
#include "places.h"

#include "engine.h"
#include "mask.h"

enum { PLACES_DAYS = 2047, PLACES_BEFORE = 1500, PLACES_LADDERS_MAX = 64, UNKNOWN = INT32_MAX };

/* A ladder whose own stops are looked at on every day, or that counts from another date, has no place in it. */
static bool fits(const program *p) {
  for (uint32_t l = 0; l < p->ladder_count; l++)
    if (p->ladders[l].of == ENT_INVOICE && (p->ladders[l].anchor != NO_USE || p->ladders[l].own.stops.count))
      return false;
  return p->ladder_count > 0 && p->ladder_count <= PLACES_LADDERS_MAX;
}

void places_init(place_table *t, arena *perm, const program *p) {
  *t = (place_table){.ladder_count = p->ladder_count, .today = DATE_NONE_DAY};
  if (fits(p)) t->v = ARENA_ARRAY(perm, (p->ladder_count + 1) * (PLACES_DAYS + 1), int32_t);
}

static void forget(place_table *t, int32_t today) {
  uint32_t cells = t->ladder_count * (PLACES_DAYS + 1);
  for (uint32_t i = 0; i < cells; i++) t->v[i] = UNKNOWN;
  for (uint32_t i = cells; i < cells + PLACES_DAYS + 1; i++) t->v[i] = PLACE_NONE; /* rows without a ladder */
  t->today = today;
  t->from = today - PLACES_BEFORE;
}

void places_learn(place_table *t, uint32_t index, int32_t due, int32_t place) {
  if (!t->v || t->today == DATE_NONE_DAY || due < t->from || due - t->from >= PLACES_DAYS) return;
  t->v[index * (PLACES_DAYS + 1) + (uint32_t)(due - t->from)] = place;
}

void places_filter(engine *e, const uint32_t *rows, uint32_t first, uint32_t n, const uint16_t *pick, uint8_t *ok) {
  place_table *t = &e->places;
  const column *due = &fact_field(e->f, FIELD_INVOICE_DUE)->c;
  if (!t->v || due->phys != PHYS_I16) return;
  if (t->today != e->today && rows) return; /* a few rows are sooner looked at than a table is filled */
  if (t->today != e->today) forget(t, e->today);
  const int16_t *day = due->data;
  const int32_t *pos = e->h->tracks[TRACK_INVOICES].pos;
  mask_places m = {t->v, t->from - due->day_base, PLACES_DAYS};
  if (!rows) {
    mask_above(m, day + first, pick, pos + first, n, ok);
    return;
  }
  for (uint32_t i = 0; i < n; i++) {
    int32_t k = day[rows[i]] - m.from;
    k = (k < 0) | (k > PLACES_DAYS) ? PLACES_DAYS : k;
    ok[i] = (uint8_t)(ok[i] & (t->v[pick[i] * (PLACES_DAYS + 1) + k] > pos[rows[i]]));
  }
}
