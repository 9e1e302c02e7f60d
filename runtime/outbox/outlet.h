/* What a decision goes out by: a channel, which carries messages, or a service, which carries out orders.
 *
 * Invariant: the store knows an outlet by its name; numbers below CH_COUNT are the channels'. */
#ifndef DUN_OUTBOX_OUTLET_H
#define DUN_OUTBOX_OUTLET_H

#include "stdlib/channel/channel.h"

/* A channel's number, or one of these. */
typedef unsigned outlet;
enum { OUTLET_ERP = CH_COUNT, OUTLET_WEBHOOK, OUTLET_DOCUMENTS, OUTLET_SIGNATURE, OUTLET_COUNT };

/* "email", "erp", "webhook": also the word of the connect lines. */
const char *outlet_name(outlet x);
outlet outlet_named(slice name); /* OUTLET_COUNT: none */
static inline bool outlet_is_channel(outlet x) { return x < CH_COUNT; }

/* The outlet of an action that is an order; OUTLET_COUNT: it is none. */
outlet outlet_of_order(action_kind kind);
/* What carries it out under the policy's lines. *connect: the one line that it is of; NULL where it is of several, or
 * of none. NULL: nothing does. */
const channel_driver *outlet_driver_of(const program *p, outlet x, const connection **connect);
/* The connect line of that kind and name; NULL: none. */
const connection *outlet_line(const program *p, outlet x, slice vendor);

/* The outlets that the policy's actions use, a bit each. */
unsigned outlets_used(const program *p);

#endif
