/* What a person asked a running service to do now, in place of when its turn comes: to look at the outbox, to read an
 * ERP or the mailbox. A request is a named value of the store, so that it outlives a restart and comes from any
 * process.
 *
 * Invariant: asking changes nothing else; twice asked is asked once. */
#ifndef DUN_STORE_LOOKS_H
#define DUN_STORE_LOOKS_H

#include "store.h"

#define LOOK_TICK SLICE("tick")

/* "tick", "erp omie", "replies imap": the connect line's words. Within the caller's transaction, or alone. */
STORE_MUST store_code store_look_ask(store *s, slice what);
/* Whether anything is asked for; one look at an index. */
STORE_MUST store_code store_look_any(store *s, bool *yes);
/* All that is asked for, and is not any more. In a transaction of its own, where there is anything. */
enum { LOOKS_MAX = 32 };
STORE_MUST store_code store_looks_take(store *s, arena *perm, slice out[LOOKS_MAX], size_t *n);
/* Whether it waits still. */
STORE_MUST store_code store_look_waits(store *s, slice what, bool *yes);

#endif
