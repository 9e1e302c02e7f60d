/* The books that reports are made of (runtime/engine/metrics_books.h), kept for all who ask: made by a thread of their
 * own, with a compile and a connection of its own, once for a state of the ledger.
 *
 * Invariants: nobody waits for them longer than REPORT_WAIT_MS; books do not change and stay while somebody reads them;
 * there are never more than two of them, the newest and the one that is still read or being made. */
#ifndef DUN_API_REPORTS_SHELF_H
#define DUN_API_REPORTS_SHELF_H

#include "api.h"
#include "runtime/cli/report_read.h"

enum { REPORT_WAIT_MS = 250 };

typedef struct report_shelf report_shelf;

report_shelf *report_shelf_open(world *w);
void report_shelf_close(report_shelf *s); /* waits for what is being made; NULL is allowed */

/* Books that are lent: `old` where newer ones are being made. */
typedef struct report_lent {
  const books *b; /* NULL: they are being made */
  struct report_kept *kept;
  bool old;
  slice trouble; /* they cannot be made: why, in English */
} report_lent;
/* Of the store as it is now, or nearly. */
report_lent report_shelf_lend(api_call *c, civil_date today);
void report_shelf_return(report_shelf *s, report_lent *l);

#endif
