/* Documents: the words of the orders that make them and have them signed, and the document that a signature is for.
 *
 * Invariants: a document's page is rendered with the facts that decided it, and a page with a value missing is not made
 * into one; what is sent for signature is that document, byte by byte, and nothing before it is there. */
#ifndef DUN_OUTBOX_DOCUMENTS_H
#define DUN_OUTBOX_DOCUMENTS_H

#include "order.h"
#include "stdlib/net/email.h"

/* Rows of order.c. */
STORE_MUST store_code document_words(outbox *o, const decision *d, order *out);
STORE_MUST store_code signature_words(outbox *o, const decision *d, order *out);

typedef enum document_state {
  DOCUMENT_THERE,
  DOCUMENT_TO_COME, /* it is still on its way, or a person may have it made again */
  DOCUMENT_LOST     /* there will be none */
} document_state;

/* The document that the words of a signature's order name; its part in `perm` where it is there. */
STORE_MUST store_code document_of(store *s, slice words, arena *perm, document_state *state, email_part *part);

/* The order to make it was carried out: what came of it is kept with the action, once. */
STORE_MUST store_code document_keep(store *s, int64_t id, slice bytes, arena *scratch);
/* The kept PDF of an action; empty: it has none. */
STORE_MUST store_code document_bytes(store *s, int64_t id, arena *perm, slice *name, slice *bytes);

#endif
