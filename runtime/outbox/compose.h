/* From a decision to the words of its message. */
#ifndef DUN_OUTBOX_COMPOSE_H
#define DUN_OUTBOX_COMPOSE_H

#include "runtime/engine/engine.h"
#include "runtime/store/part.h"
#include "stdlib/channel/pay.h"
#include "stdlib/channel/templates.h"

typedef struct composed {
  slice subject, text, html;
  slice language; /* of the reader: "pt", "en", "es" */
  slice form;     /* the provider's approved template with its values (stdlib/channel/form.h); empty: none */
  template_gaps gaps;
  store_part *parts; /* what goes along */
  size_t part_count;
} composed;

/* A send's message; `own`: who is paid by the house's own Pix. False: there is no template, or the message would be too
 * long; *why says so. */
bool compose_message(engine *e, const template_set *set, const decision *d, const pay_receiver *own, arena *perm,
                     composed *out, slice *why);
/* The words of an alert or escalation, in the policy's language: what the policy says, or else which invoice it is. */
slice compose_note(engine *e, const decision *d, arena *perm);
/* The title of a card. */
slice compose_title(engine *e, const decision *d, arena *perm);

#endif
