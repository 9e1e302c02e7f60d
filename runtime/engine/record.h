/* The ledger as a record: taken back to before everything that the store knows to have happened to it, so that it can
 * be gone through again day by day, as Dun learnt of it. Rows keep no past values, happenings do: what no happening
 * tells of (a customer's segment, a corrected amount) is known only as it is today.
 *
 * Invariant: at the end of the record the rows are what a plan of today decides on; on no day before do they show what
 * Dun did not know on it. */
#ifndef DUN_ENGINE_RECORD_H
#define DUN_ENGINE_RECORD_H

#include "events.h"

/* Takes the facts of the engine back and makes `events` (happenings_load) the record: each on the day on which it was
 * known, in order. What happened before the store's first import counts on its own day where `from` lies before that
 * import too: it is history that was brought along; everything else on the day that Dun learnt of it. */
STORE_MUST store_code record_begin(engine *e, store *s, civil_date from, happening_list *events, arena *scratch);

/* Takes one of a record into the facts and the history; `out` NULL: facts alone. */
void record_apply(engine *e, const happening *h, occurrence_list *out);

#endif
