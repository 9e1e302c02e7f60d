/* The agenda of a served store: for every customer the day on which anything can happen to it next, and the part of the
 * ledger that a tick looks at. The unit is the customer, because what is decided about one entity (shared messages,
 * limits, totals, contracts) depends on its customer's other entities and on nobody else's.
 *
 * Invariant: whatever changes a row that a decision about a customer reads sets that customer's day to AGENDA_TOUCHED
 * in the same transaction, whoever writes it (triggers, in a store that is served); what all decisions read sets `all`.
 */
#ifndef DUN_STORE_AGENDA_H
#define DUN_STORE_AGENDA_H

#include "store.h"

enum { AGENDA_TOUCHED = 0, AGENDA_NEVER = INT32_MAX };

/* Makes the store a served one: indices, triggers, what a page searches and lists by (search.h), and nothing known.
 * Within a transaction. */
STORE_MUST store_code store_agenda_open(store *s);

/* What a tick has to look at. `all`: everything. `ready_us`: when something can be sent, 0 now; INT64_MAX: nothing. */
typedef struct store_agenda {
  bool all, any, ready;
  int64_t wake_us; /* of a message deferred or leased; INT64_MAX: none */
} store_agenda;
STORE_MUST store_code store_agenda_look(store *s, int32_t day, store_agenda *out);
/* A number that changes whenever another connection has committed. */
STORE_MUST store_code store_changed(store *s, int64_t *version);

/* The customers that are due on `day`, with `ready` those too that have a message to be carried; *n: how many. From
 * here on, until store_focus_end, reads and `begun` see these customers alone; `whole`: everybody, as ever. */
STORE_MUST store_code store_focus(store *s, int32_t day, int64_t now_us, bool ready, bool whole, int64_t *n);
/* One customer, whose invoice is explained; with whom its invoices' contracts are, should that be others. Of a store
 * that is served; on any connection. */
STORE_MUST store_code store_focus_one(store *s, int64_t customer_row);
/* While other tables are looked at. */
void store_focus_pause(store *s, bool pause);
void store_focus_end(store *s);
bool store_focused(const store *s);
/* An invoice of these customers hangs on a contract of another one: they are not enough. */
STORE_MUST store_code store_focus_crosses(store *s, bool *crosses);

/* Within the transaction of the decisions. The days of those looked at are cleared before they are made: what the
 * decisions themselves change touches its customer anew, and store_agenda_set leaves that as it is. */
STORE_MUST store_code store_agenda_clear(store *s);
STORE_MUST store_code store_agenda_set(store *s, int64_t customer_row, int32_t day);
STORE_MUST store_code store_agenda_touch(store *s, int64_t customer_row);
STORE_MUST store_code store_agenda_all(store *s, bool all);
/* Whether it was touched (or, of everybody, something was decided about it today) when store_focus looked. */
STORE_MUST store_code store_focus_touched(store *s, int64_t customer_row, bool *touched);
/* The newest happening; messages to customers whose decision is of that day. */
STORE_MUST store_code store_newest_happening(store *s, int64_t *seq);

#endif
