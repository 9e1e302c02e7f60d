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
/* WHICH(id): of an entity's rows those that came after the mark; of invoices those whose due date was moved back after
 * it, or moved by an event that does not say from where; those that are owed again, or disputed no more. */
typedef enum looked_which { LOOKED_NEW, LOOKED_MOVED, LOOKED_REOPENED } looked_which;
STORE_MUST store_code store_unlooked(store *s, const store_looked *mark, store_entity_kind kind, looked_which which,
                                     arena *perm, store_names *out);
/* How large the ledger is: invoices that are open, and contracts. */
STORE_MUST store_code store_ledger_open(store *s, int64_t *rows);

#endif
