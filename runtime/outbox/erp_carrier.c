/* The driver that carries orders to the policy's ERPs: reads the stored words back into an order, and has the ERP's own
 * connector write it, or find out what came of it. See order.h.
 *
 * Invariant: what is done is what the stored words say, and nothing else; only the ERP that they name is asked. */
#include "erp_carrier.h"

#include "outbox.h"
#include "stdlib/erp/erp_order.h"

typedef struct erp_line {
  const erp_driver *driver;
  erp *open;
} erp_line;

struct sender {
  erp_line *v;
  size_t count;
};

static void close_lines(sender *s) {
  for (size_t i = 0; s && i < s->count; i++)
    if (s->v[i].driver->close) s->v[i].driver->close(s->v[i].open);
}

static sender *open_lines(world *w, arena *perm, const sender_options *o, slice *why) {
  const program *p = o->p;
  sender *s = ARENA_NEW(perm, sender);
  *s = (sender){.v = ARENA_ARRAY(perm, p->connection_count + 1, erp_line)};
  for (uint32_t i = 0; i < p->connection_count; i++) {
    const connection *c = p->connections + i;
    const erp_driver *d = slice_eq(c->kind, SLICE("erp")) ? erp_driver_of(c->vendor) : NULL;
    slice reason;
    if (!d || !d->write) continue;
    s->v[s->count] = (erp_line){d, d->open(w, perm, c, &reason)};
    if (s->v[s->count].open) {
      if (d->patience) d->patience(s->v[s->count].open, OUTBOX_CALL_SECONDS_MAX);
      s->count++;
      continue;
    }
    *why = arena_printf(perm, "connect erp %.*s: %.*s", SLICE_ARG(c->vendor), SLICE_ARG(reason));
    close_lines(s);
    return NULL;
  }
  return s;
}

/* The order of a message, and who is to do it; NULL: *why says what is wrong. */
static const erp_line *read_order(sender *s, const channel_message *m, arena *perm, erp_order *o, slice *why) {
  *why = SLICE("the policy has no such `connect erp` line any more");
  for (size_t i = 0; i < s->count; i++) {
    if (!slice_eq(slice_of(s->v[i].driver->vendor), m->to)) continue;
    *why = SLICE("its words are no order");
    if (!erp_order_read(m->text, perm, o)) return NULL;
    o->key = m->key;
    o->made = m->made;
    o->made_count = m->made_count;
    return &s->v[i];
  }
  return NULL;
}

static send_result send_order(sender *s, const channel_message *m, arena *perm) {
  erp_order o;
  slice why;
  const erp_line *l = read_order(s, m, perm, &o, &why);
  if (l && !(l->driver->writes >> o.kind & 1)) {
    why = arena_printf(perm, "%s does not do this", l->driver->words);
    l = NULL;
  }
  return l ? l->driver->write(l->open, &o, perm) : (send_result){.outcome = SEND_REJECTED, .detail = why};
}

static send_result find_order(sender *s, const channel_message *m, int64_t begun_s, arena *perm) {
  erp_order o;
  slice why;
  const erp_line *l = read_order(s, m, perm, &o, &why);
  if (l && !l->driver->find) why = arena_printf(perm, "%s cannot be asked for it", l->driver->words);
  if (!l || !l->driver->find) return (send_result){.outcome = SEND_UNKNOWN, .detail = why};
  return l->driver->find(l->open, &o, begun_s, perm);
}

/* The connectors keep the limits of their services themselves. */
const channel_driver ORDER_ERP = {
    .kind = "erp", .real = true, .open = open_lines, .send = send_order, .close = close_lines, .find = find_order};
