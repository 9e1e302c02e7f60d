/* On which days the rungs of a ladder (or of a `when`) fall for a given anchor date. What a ladder looks like from an
 * anchor is worked out once per distinct anchor and kept: a ledger of a million invoices has a few thousand due dates.
 *
 * Invariant: entries of a timeline rise by place, and never fall by day; equal places are one rung. */
#ifndef DUN_ENGINE_TIMELINE_H
#define DUN_ENGINE_TIMELINE_H

#include "lang/base/calendar.h"
#include "lang/check/rung_day.h"

#define PLACE_NONE INT32_MIN

typedef struct rung_time {
  int32_t day;      /* the first day on which it may fire */
  int32_t place;    /* calendar days from the anchor */
  uint16_t rung;    /* index in the ladder */
  uint16_t written; /* id of the written offset, over the whole program */
} rung_time;

typedef struct rung_times {
  uint32_t n;
  const rung_time *v;
} rung_times;

/* The rungs of one ladder or bounded `when`. */
typedef struct rung_list {
  const rung *v;
  uint32_t count;
  bool from_due;     /* anchored to an invoice's due date */
  uint16_t *written; /* ids */
} rung_list;

typedef struct timelines timelines;

/* Lists: ladders first, then whens. `cal` is the policy's. */
timelines *timelines_new(arena *perm, const program *p, const calendar *cal);
uint32_t timelines_ladder(uint32_t index);
uint32_t timelines_when(const program *p, uint32_t index);
/* The rungs of all ladders of invoices as one, for who asks only when something is next; UINT32_MAX where one of them
 * counts from another date, or they are too many. */
uint32_t timelines_invoices(const timelines *t);
/* Distinct written offsets of the program, and the text of one. */
uint32_t timelines_written_count(const timelines *t);
slice timelines_written(const timelines *t, uint32_t id);
uint32_t timelines_written_find(const timelines *t, slice written); /* UINT32_MAX: none */

rung_times timeline_at(timelines *t, uint32_t list, int32_t anchor_day);

/* The current rung: the last entry of the highest place whose day is <= today; -1 without one. */
static inline int32_t timeline_current(rung_times r, int32_t today) {
  int32_t i = (int32_t)r.n - 1;
  while (i >= 0 && r.v[i].day > today) i--;
  return i;
}

#endif
