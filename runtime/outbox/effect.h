/* What Dun itself knows from the moment on at which another program took an order over, without waiting for its next
 * sync: the due date it wrote, the charge in the balance, the invoice that is closed, the service that is suspended. */
#ifndef DUN_OUTBOX_EFFECT_H
#define DUN_OUTBOX_EFFECT_H

#include "lang/base/date.h"
#include "runtime/store/store.h"

/* The action was carried out: to be called in the transaction that says so, of messages too. `today` DATE_NONE: the
 * clock's. */
STORE_MUST store_code outbox_took_effect(store *s, int64_t id, civil_date today, arena *scratch);

/* What the receiver called what the rule's earlier orders about the same thing made: `out` in `perm`. */
STORE_MUST store_code outbox_made_before(store *s, int64_t id, arena *perm, const slice **out, size_t *count);

#endif
