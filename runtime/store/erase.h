/* Taking a person out of the store. Personal data stand outside the audit log, so the chain stays valid; amounts,
 * dates, positions and states stay, under an id that says nothing, because books must be kept. */
#ifndef DUN_STORE_ERASE_H
#define DUN_STORE_ERASE_H

#include "store.h"

/* What was emptied: rows of each kind. */
typedef struct store_erased {
  int64_t row; /* the customer's own; its new id is "erased-ROW" */
  int64_t invoices, contracts, messages, actions, cards, replies;
} store_erased;

/* Open invoices of the customer: they are still dunned, which needs what would be erased. STORE_END: no such customer.
 */
STORE_MUST store_code store_customer_open(store *s, slice id, int64_t *open);
/* In the caller's transaction. STORE_END: no such customer, nothing was changed. */
STORE_MUST store_code store_erase_customer(store *s, slice id, store_erased *out);
/* A card that is nobody's loses its words: who is erased wrote them. */
STORE_MUST store_code store_card_emptied(store *s, int64_t card);
/* After the commit: no page and no log of the file keeps what was erased. STORE_LOCKED: another process reads; the next
 * import or run that is alone does it. */
STORE_MUST store_code store_erase_settle(store *s);
STORE_MUST store_code store_any_erased(store *s, bool *yes);
/* Whether a customer of this id was erased: an import leaves it out. */
STORE_MUST store_code store_was_erased(store *s, slice id, bool *yes);

#endif
