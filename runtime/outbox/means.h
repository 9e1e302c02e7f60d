/* The values of a message's entities with its payment codes looked at (stdlib/channel/pay.h), and the files that it
 * takes along.
 *
 * Invariant: a boleto's line or a Pix code gets into a message through here alone. */
#ifndef DUN_OUTBOX_MEANS_H
#define DUN_OUTBOX_MEANS_H

#include "compose.h"
#include "stdlib/channel/pay.h"

typedef struct means {
  engine *e;
  const decision *d;
  const pay_receiver *own;
  bool shows_total; /* its words show fine, interest or what is due with them */
  bool pictures;    /* its channel shows them */
  arena *perm;
  composed *out;
} means;

/* `m` must live as long as the source. */
template_source means_source(means *m);
/* Whether the ledger has a boleto for it that may not go. */
bool means_boleto_wrong(const means *m, uint32_t i);
/* "boleto-A-1.pdf": the number's letters, digits, `.`, `_` and `-`. */
slice part_name(arena *perm, const char *what, slice number, const char *ending);
/* A file that goes along; false: there are as many as may be, which is a gap. Its texts and bytes must stay. */
bool means_add_part(means *m, store_part part);
/* What is wrong with a code is said with its gap: the bare gap beside it goes. */
void means_settle_gaps(template_gaps *gaps);

#endif
