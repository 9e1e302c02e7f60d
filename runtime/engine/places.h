/* The place of the current rung by ladder and due date, on one day: what most rows of a ledger are dropped by, without
 * their timelines being looked at. It learns: a cell not known yet keeps its rows, and looking closer at one fills it.
 *
 * Invariant: a cell holds the place that timeline_current gives, or UNKNOWN, which is above every position. */
#ifndef DUN_ENGINE_PLACES_H
#define DUN_ENGINE_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/base/arena.h"
#include "lang/check/program.h"

typedef struct place_table {
  int32_t *v; /* [ladder][PLACES_DAYS + 1]; NULL: this program's ladders cannot have one */
  uint32_t ladder_count;
  int32_t today, from; /* of what is known; the first due date */
} place_table;

void places_init(place_table *t, arena *perm, const program *p);
void places_learn(place_table *t, uint32_t index, int32_t due, int32_t place);

struct engine;
/* Drops the rows (`first`, ... where rows is NULL) that have climbed the current rung of the ladder picked for them. */
void places_filter(struct engine *e, const uint32_t *rows, uint32_t first, uint32_t n, const uint16_t *pick,
                   uint8_t *ok);

#endif
