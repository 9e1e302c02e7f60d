/* Where a row comes from, and when it was last read there.
 *
 * Invariant: a row counts as read at an instant only if it was asked for at or after it: alone, or by a sync that began
 * then and read all of its feeds. */
#ifndef DUN_STORE_ORIGIN_H
#define DUN_STORE_ORIGIN_H

#include "store.h"

typedef struct store_origin {
  int64_t row;
  slice source, source_id; /* "omie", and its own number of it; in `perm` */
  int64_t read_us;         /* when it was last asked for alone; 0: never */
} store_origin;
/* Of an invoice or a customer, by the number or id that Dun knows it by; STORE_END: there is no such row. */
STORE_MUST store_code store_origin_of(store *s, store_table table, slice id, arena *perm, store_origin *out);
/* The row was asked for alone at that instant, and what came is stored. In the caller's transaction. */
STORE_MUST store_code store_read_alone(store *s, store_table table, int64_t row, int64_t at_us);

/* When the last sync of a source began that read all of it from then on; 0: none did. */
STORE_MUST store_code store_synced_from(store *s, slice source, int64_t *begun_us);
STORE_MUST store_code store_synced_from_set(store *s, slice source, int64_t begun_us);

#endif
