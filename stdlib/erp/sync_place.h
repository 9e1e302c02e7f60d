/* Where a feed's sync stands, in the store: so that the next one goes on there, whoever was killed when.
 *
 * Invariant: a place changes in the transaction of the page that it lies behind, and only from what it was when the
 * page was begun: of two syncs at once, one stops. */
#ifndef DUN_ERP_SYNC_PLACE_H
#define DUN_ERP_SYNC_PLACE_H

#include "erp.h"
#include "runtime/store/row_set.h"

enum { SYNC_PLACE_MAX = 8192 };

typedef enum sync_stage { SYNC_IDLE, SYNC_PAGES, SYNC_GONE } sync_stage;

typedef struct sync_place {
  store *s;
  const char *vendor, *feed;
  sync_stage stage;
  uint64_t pages;           /* that lie behind it in this round */
  slice since, next, place; /* `place`: of the next page; of SYNC_GONE: the last row that was looked at */
  slice mark;               /* what the last round left */
  int64_t whole_on;         /* the day on which the last round over everything ended */
  char text[SYNC_PLACE_MAX], mark_text[SYNC_PLACE_MAX];
  size_t text_n;
} sync_place;

STORE_MUST store_code sync_place_load(sync_place *p, store *s, const char *vendor, const char *feed, arena *scratch);
/* Whether it still stands in the store as it was loaded or moved last. */
STORE_MUST store_code sync_place_is_ours(const sync_place *p, arena *scratch, bool *ours);
/* False: what the connector left is too long or has a tab or a line break in it. The texts may be those of `p`. */
bool sync_place_fits(slice since, slice next, slice place);
STORE_MUST store_code sync_place_move(sync_place *p, sync_stage stage, uint64_t pages, slice since, slice next,
                                      slice place);
/* The round is over: the next one begins at its mark. `today`: of a round over everything; 0: it was not. */
STORE_MUST store_code sync_place_end(sync_place *p, int64_t today);

/* The rows that a page had, and those of all pages of the round. */
STORE_MUST store_code sync_place_saw(sync_place *p, slice ranges);
STORE_MUST store_code sync_place_seen(const sync_place *p, row_set *out, arena *scratch);

#endif
