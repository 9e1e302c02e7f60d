/* What goes along with a message besides pictures: the PDF of a boleto or an invoice, a statement. Composed with the
 * message as what is wanted; fetched before it goes.
 *
 * Nothing outside is asked within a transaction, and no lease runs meanwhile: a message whose parts are wanted waits at
 * the gate. What cannot be had for good is a gap, reported, and the message goes without; what cannot be had for now is
 * asked for again, for most of a day, and is then a gap as well.
 *
 * Invariant: links are called under the guard alone (net_guard.h): https, hosts that the line lists, public addresses;
 * what comes is a PDF, or is left out. */
#ifndef DUN_OUTBOX_ENCLOSE_H
#define DUN_OUTBOX_ENCLOSE_H

#include "means.h"
#include "outbox.h"
#include "runtime/hash.h"

enum {
  ENCLOSE_BATCH = 8, /* fetched between two groups of messages */
  ENCLOSE_AGAIN_S = 900,
  ENCLOSE_GIVE_UP_S = 20 * 3600, /* so that the next day's run is the last one that tries */
  ENCLOSE_CALL_MS = 20000,
  ENCLOSE_REDIRECTS_MAX = 3
};

/* What `with` asks for becomes parts of the message, or gaps. */
void enclose_wanted(means *m, const template_set *set, dun_lang lang);
/* They are part of what is sent: of its hash, and of what is stored in the caller's transaction. */
void enclose_hash(const composed *m, hasher *h);
STORE_MUST store_code enclose_put(outbox *o, int64_t id, const composed *m);
/* False: *why says what is wrong in `connect attachments`. */
bool enclose_line_right(const program *p, slice *why);
/* Fetches the next ones that are due. *first: the lowest message that has another part, or another gap, now; 0: none.
 */
STORE_MUST store_code outbox_enclose(outbox *o, int64_t *first);

#endif
