/* What another program did for us, in our own rows, as the next sync of it will show it.
 *
 * Invariants: nothing of it is news: no happening that a rule answers, no later batch, and the messages that were
 * decided on the same day go on speaking of the invoice as it has become; what a sync has brought already is not done
 * again. Inside a transaction. */
#ifndef DUN_STORE_DONE_H
#define DUN_STORE_DONE_H

#include "store.h"

/* The `name` of a happening that Dun itself brought about, as done.c writes it. */
#define STORE_BY_DUN "dun"

typedef struct store_done {
  int64_t action; /* of the order */
  slice invoice;
  int32_t decided_on, today;
  bool agreed; /* with the customer: messages that were decided before it speak of what is over */
} store_done;

/* The due date that was asked for. */
STORE_MUST store_code store_done_due(store *s, const store_done *d, int32_t due);
/* A charge that stands in the invoice's amount and balance now. `what`: "fee" or "interest". */
STORE_MUST store_code store_done_charge(store *s, const store_done *d, const char *what, int64_t minor);
/* It is written off. */
STORE_MUST store_code store_done_closed(store *s, const store_done *d);
/* Contracts from one status to another: one of them, that of an invoice, or all of a customer. */
STORE_MUST store_code store_done_contracts(store *s, store_entity of, const char *from, const char *to);

#endif
