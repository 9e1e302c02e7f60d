/* E-mail addresses from which messages came back because there is no such address. They are kept as hashes: whose they
 * are, the ledger knows.
 *
 * Invariant: a mark says that an address was not there on a day; it ends by itself, and when somebody writes from it.
 */
#ifndef DUN_CHANNEL_UNREACHED_H
#define DUN_CHANNEL_UNREACHED_H

#include "runtime/store/store.h"

enum { UNREACHED_DAYS = 90 }; /* then it is tried again */

STORE_MUST store_code unreached_is(store *s, slice address, int32_t today, arena *scratch, bool *yes);
/* Within a transaction. */
STORE_MUST store_code unreached_mark(store *s, slice address, int32_t today, arena *scratch);
STORE_MUST store_code unreached_clear(store *s, slice address, arena *scratch);

#endif
