/* What a look at the ledger decided and did not do, into the store (runtime/store/waiting.h). */
#ifndef DUN_OUTBOX_WAITS_H
#define DUN_OUTBOX_WAITS_H

#include "outbox.h"

/* Within the transaction of the decisions, after they were made, of the customers at hand. */
STORE_MUST store_code outbox_keep_waits(outbox *o, const day_plan *plan);

#endif
