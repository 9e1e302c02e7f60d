/* An order: what a decision has another program do, in words that are kept with it. They are canonical JSON (members in
 * a fixed order, no blanks), so that what was approved and what `dun outbox show` shows is what is done.
 *
 * Each outlet that carries orders has its own words: a row of WORDS in order.c, and its driver in outlet.c. */
#ifndef DUN_OUTBOX_ORDER_H
#define DUN_OUTBOX_ORDER_H

#include "outbox.h"

typedef struct order {
  slice to;      /* who is to do it: a vendor, a webhook's name */
  slice text;    /* canonical JSON */
  slice page;    /* of a document: what becomes one; kept beside the words */
  slice subject; /* in short; may be empty */
  slice why;     /* it cannot be put into words: a sentence; else empty */
  bool none;     /* there is nothing to be done: `why` says so */
} order;

/* Whether orders of the outlet are put into words: else its actions are nothing that is sent. */
bool order_is_written(outlet x);
/* The order of a decision, for the outlet of its action. Within the transaction that stores it. */
STORE_MUST store_code order_of(outbox *o, const decision *d, order *out);
/* Whether it has nothing to do once its invoice is settled or has another balance: then the gate asks about that. */
STORE_MUST store_code order_about_open(outbox *o, const decision *d, bool *yes);

#endif
