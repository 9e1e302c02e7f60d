/* See outlet.h. */
#include "outlet.h"

#include "erp_carrier.h"
#include "lang/check/walk.h"
#include "stdlib/channel/team_hooks.h"
#include "stdlib/documents/signature.h"

/* A service's driver is of all its connect lines: which one an order is for, its recipient says. */
static const struct {
  const char *name;
  const channel_driver *driver; /* NULL: nothing carries its orders out */
} SERVICES[OUTLET_COUNT] = {[OUTLET_ERP] = {"erp", &ORDER_ERP},
                            [OUTLET_WEBHOOK] = {"webhook", &ORDER_WEBHOOK},
                            [OUTLET_DOCUMENTS] = {"documents", &DOCUMENT_PDF},
                            [OUTLET_SIGNATURE] = {"signature", NULL}}; /* of the one line that is used */

const char *outlet_name(outlet x) { return outlet_is_channel(x) ? CHANNELS[x] : SERVICES[x].name; }

outlet outlet_named(slice name) {
  outlet x = 0;
  while (x < OUTLET_COUNT && !slice_eq(name, slice_of(outlet_name(x)))) x++;
  return x;
}

outlet outlet_of_order(action_kind kind) {
  switch (ACTIONS[kind].needs) {
  case NEEDS_ERP: return OUTLET_ERP;
  case NEEDS_WEBHOOK: return OUTLET_WEBHOOK;
  case NEEDS_DOCUMENTS: return OUTLET_DOCUMENTS;
  case NEEDS_SIGNATURE: return OUTLET_SIGNATURE;
  case NEEDS_NOTHING:
  case NEEDS_CHANNEL:
  case NEEDS_TEAM: break;
  }
  return OUTLET_COUNT;
}

const connection *outlet_line(const program *p, outlet x, slice vendor) {
  for (uint32_t i = 0; i < p->connection_count; i++) {
    const connection *c = p->connections + i;
    if (slice_eq(c->kind, slice_of(outlet_name(x))) && slice_eq(c->vendor, vendor)) return c;
  }
  return NULL;
}

/* The last, as of a channel. */
static const connection *signature_line(const program *p) {
  const connection *last = NULL;
  for (uint32_t i = 0; i < p->connection_count; i++)
    if (slice_eq(p->connections[i].kind, slice_of(outlet_name(OUTLET_SIGNATURE)))) last = p->connections + i;
  return last;
}

const channel_driver *outlet_driver_of(const program *p, outlet x, const connection **connect) {
  *connect = NULL;
  if (outlet_is_channel(x)) return channel_driver_of(p, (channel)x, connect);
  if (x == OUTLET_DOCUMENTS) return SERVICES[x].driver; /* by this machine: no line */
  if (x == OUTLET_SIGNATURE) {
    *connect = signature_line(p);
    return *connect ? signature_driver_of((*connect)->vendor) : NULL;
  }
  for (uint32_t i = 0; i < p->connection_count; i++)
    if (slice_eq(p->connections[i].kind, slice_of(outlet_name(x)))) return SERVICES[x].driver;
  return NULL;
}

/* ---- which are used ---- */

typedef struct using {
  const program *p;
  unsigned bits;
}
using;

static void note(void *self, const action_place *at) {
  using *u = self;
  const action *a = at->act;
  outlet order = outlet_of_order(a->kind);
  for (uint32_t i = 0; i < a->way_count; i++) u->bits |= 1u << a->ways[i].ch;
  if (a->kind == ACT_ALERT || a->kind == ACT_ESCALATE) u->bits |= 1u << team_way_of(u->p, a).ch;
  if (order != OUTLET_COUNT) u->bits |= 1u << order;
}

unsigned outlets_used(const program *p) {
  using u = {.p = p};
  program_actions(p, note, &u);
  return u.bits;
}
