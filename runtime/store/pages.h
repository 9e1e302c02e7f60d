/* A ledger that comes in page by page, a transaction each: what a sync (stdlib/erp/sync.c) needs of the store beyond a
 * writer.
 *
 * Invariant: until the last page is in, the ledger does not count as read in anew (store_synced_at), and nothing of a
 * first sync counts as created while we watched. */
#ifndef DUN_STORE_PAGES_H
#define DUN_STORE_PAGES_H

#include "store.h"

typedef enum store_paging {
  STORE_NO_PAGES,    /* each transaction is a whole import */
  STORE_FIRST_PAGES, /* of a ledger that was never read in whole */
  STORE_MORE_PAGES
} store_paging;
void store_pages(store *s, store_paging how);

/* Whether the table has any row. */
STORE_MUST store_code store_has_rows(store *s, store_table table, bool *yes);

/* The rows that the writer has met, as row_set_text writes them. */
slice store_writer_met(const store_writer *w, arena *perm);
/* The text that was set for the row at hand; empty: none. */
slice store_put_text_at(const store_writer *w, size_t i);

#endif
