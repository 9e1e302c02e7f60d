/* Up to where the ledger has been looked at: the last rows, by table, and the last happening that a run saw which was
 * not held. What stands behind them no run has looked at.
 *
 * Invariant: rows and happenings are numbered in the order in which they came and are never deleted, so a mark costs
 * nothing to make and finding what is new costs what is new, however large the ledger. */
#ifndef DUN_STORE_LOOKED_H
#define DUN_STORE_LOOKED_H

#include "store.h"

enum { LOOKED_KINDS = 3 }; /* by store_entity_kind */
typedef struct store_looked {
  int32_t day;
  int64_t row[LOOKED_KINDS], happening;
} store_looked;

/* STORE_END: no run has looked yet. */
STORE_MUST store_code store_looked_get(store *s, store_looked *out);
/* Everything that stands there now was looked at. */
STORE_MUST store_code store_looked_all(store *s, int32_t day);

typedef struct store_names {
  slice *v;
  size_t n;
} store_names;
/* What came after the mark. Of invoices with `moved`: those whose due date was moved back after it instead, or moved
 * by an event that does not say from where. */
STORE_MUST store_code store_unlooked(store *s, const store_looked *mark, store_entity_kind kind, bool moved,
                                     arena *perm, store_names *out);

#endif
