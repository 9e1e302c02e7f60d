/* Between the files of a sync: what is at hand while a page, or one row, comes in.
 *
 * Invariant: a transaction is open only between an answer and the end of its rows. */
#ifndef DUN_ERP_SYNC_H
#define DUN_ERP_SYNC_H

#include "erp.h"
#include "sync_place.h"

typedef struct erp_sync {
  store *s;
  const erp_driver *d;
  erp *e;
  arena *perm;    /* of the report */
  arena *scratch; /* of the page at hand */
  const erp_feed *feed;
  erp_brought *brought; /* of the feed at hand */
  uint64_t *noticed;
  sync_place *place;          /* NULL: a row alone */
  size_t source_id, customer; /* the feed's columns */
  slice unknown;              /* of a row alone: the customer that it names and the store lacks */
  erp_page page;
  bool nested;  /* within the caller's transaction */
  bool broken;  /* the store failed */
  bool other;   /* another sync is at work */
  bool resumed; /* a feed was gone on with: what it has read before is older than this sync */
} erp_sync;

/* The page's rows, and what the caller adds, are kept; or none of it is. */
STORE_MUST store_code sync_keep(erp_sync *x);
void sync_drop(erp_sync *x);
/* Why the store, or another sync, ended this. */
erp_code sync_broken(erp_sync *x, erp_failure *f);

/* One row anew (`read` of the connector) into the open page of `x`; settles it where it is gone. */
erp_code sync_read_row(erp_sync *x, slice source_id, bool *there, erp_failure *f);

/* Rows of the feed that the round did not meet, from the place on: each is read alone. ERP_END: none is left; ERP_MORE:
 * enough for now. */
erp_code sync_gone(erp_sync *x, const erp_sync_options *o, erp_failure *f);
/* Whether rows of the table can be gone at all. */
bool sync_can_be_gone(const erp_sync *x);

#endif
