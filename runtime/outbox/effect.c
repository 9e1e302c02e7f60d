/* See effect.h. Invariant: only what the ERP's own rows will show is done to ours (erp_driver.shows), and once. */
#include "effect.h"

#include <string.h>

#include "outlet.h"
#include "runtime/store/agreement.h"
#include "runtime/store/done.h"
#include "stdlib/erp/erp_order.h"

/* ---- the order ---- */

typedef struct ordered {
  erp_order o;
  const erp_driver *driver; /* NULL: it is no order to an ERP */
} ordered;

static store_code read_order(store *s, int64_t id, arena *scratch, ordered *out) {
  const slice columns[] = {SLICE("channel"), SLICE("recipient"), SLICE("text")};
  const store_where where = {"action", STORE_EQ, id, {0}};
  store_query q = {.table = STORE_T_message, .columns = columns, .column_count = 3, .where = &where, .where_count = 1};
  store_cursor *c;
  out->driver = NULL;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  code = store_next(c);
  if (code == STORE_ROW && outlet_named(store_text(c, 0)) == OUTLET_ERP &&
      erp_order_read(arena_slice(scratch, store_text(c, 2)), scratch, &out->o))
    out->driver = erp_driver_of(store_text(c, 1));
  store_cursor_close(c);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* On which day, and whether by an agreement with the customer. */
static store_code decided_on(store *s, int64_t id, int32_t *day, bool *agreed) {
  const slice columns[] = {SLICE("on"), SLICE("track")};
  const store_where where = {"id", STORE_EQ, id, {0}};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 2, .where = &where, .where_count = 1};
  store_cursor *c;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  code = store_next(c);
  if (code == STORE_ROW) {
    *day = (int32_t)store_int(c, 0);
    *agreed = slice_eq(store_text(c, 1), SLICE("agreement"));
  }
  store_cursor_close(c);
  return code == STORE_ROW ? STORE_OK : code;
}

/* ---- what it changes ---- */

static store_code service(store *s, const erp_order *o, bool runs) {
  slice id = o->of == STORE_ENTITY_CUSTOMER ? o->customer : o->number;
  return runs ? store_done_contracts(s, (store_entity){o->of, id}, "paused", "active")
              : store_done_contracts(s, (store_entity){o->of, id}, "active", "paused");
}

/* An extension is approved once the ERP has its day, and told before the day itself, which is then no news of its own.
 * The days of later instalments are none. */
static store_code extended(store *s, const store_done *d, int32_t due, arena *scratch) {
  agreement a;
  store_code code = agreement_of(s, d->invoice, scratch, &a);
  if (code == STORE_END) return STORE_OK;
  if (code != STORE_OK || a.action != d->action || a.state != AGREEMENT_ORDERED) return code;
  return agreement_say(s, SLICE("dun serve"), STORE_H_EXTENSION_APPROVED, d->invoice, d->today, due);
}

static store_code change(store *s, const erp_order *o, const store_done *d) {
  bool invoice = o->of == STORE_ENTITY_INVOICE;
  switch ((int)o->kind) {
  case ACT_UPDATE_DUE: return invoice && o->has_date ? store_done_due(s, d, o->date.day) : STORE_OK;
  case ACT_CHARGE_FEE:
  case ACT_CHARGE_INTEREST:
    if (!invoice || !o->has_amount) return STORE_OK;
    return store_done_charge(s, d, o->kind == ACT_CHARGE_FEE ? "fee" : "interest", o->amount.minor);
  case ACT_WRITE_OFF: return invoice ? store_done_closed(s, d) : STORE_OK;
  case ACT_SUSPEND_SERVICE: return service(s, o, false);
  case ACT_RESUME_SERVICE: return service(s, o, true);
  default: return STORE_OK; /* a mark, a bill: nothing that a policy reads, or a row of its own that the sync brings */
  }
}

store_code outbox_took_effect(store *s, int64_t id, civil_date today, arena *scratch) {
  ordered x;
  store_done d = {.action = id, .today = today.day};
  store_code code = read_order(s, id, scratch, &x);
  if (code != STORE_OK || !x.driver || !(x.driver->shows >> x.o.kind & 1)) return code;
  code = decided_on(s, id, &d.decided_on, &d.agreed);
  if (code != STORE_OK) return code;
  d.invoice = x.o.number;
  if (date_is_none(today)) d.today = (int32_t)(store_now_us(s) / 1000000 / 86400);
  if (d.agreed && x.o.has_date) code = extended(s, &d, x.o.date.day, scratch);
  return code == STORE_OK ? change(s, &x.o, &d) : code;
}

/* ---- what is there already ---- */

typedef struct id_list {
  int64_t *v;
  size_t n, room;
} id_list;

/* The other orders of the action's rule about the same thing, which are carried out. */
static store_code siblings(store *s, int64_t id, arena *perm, id_list *l) {
  const slice key[] = {SLICE("track"), SLICE("kind"), SLICE("entity")}, columns[] = {SLICE("id"), SLICE("state")};
  const store_where self = {"id", STORE_EQ, id, {0}};
  store_query q = {.table = STORE_T_action, .columns = key, .column_count = 3, .where = &self, .where_count = 1};
  store_cursor *c;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  slice track = {0}, who = {0};
  int64_t kind = 0;
  code = store_next(c);
  if (code == STORE_ROW) {
    track = arena_slice(perm, store_text(c, 0));
    kind = store_int(c, 1);
    who = arena_slice(perm, store_text(c, 2));
  }
  store_cursor_close(c);
  if (code != STORE_ROW) return code == STORE_END ? STORE_OK : code;
  const store_where where[] = {
      {"track", STORE_EQ, 0, track}, {"kind", STORE_EQ, kind, {0}}, {"entity", STORE_EQ, 0, who}};
  q = (store_query){.table = STORE_T_action, .columns = columns, .column_count = 2, .where = where, .where_count = 3};
  code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    bool done = slice_eq(store_text(c, 1), slice_of(action_state_name(ACTION_accepted))) ||
                slice_eq(store_text(c, 1), slice_of(action_state_name(ACTION_delivered)));
    if (!done || store_int(c, 0) == id) continue;
    if (l->n == l->room) {
      l->room = l->room ? l->room * 2 : 16;
      int64_t *v = ARENA_ARRAY(perm, l->room, int64_t);
      if (l->n) memcpy(v, l->v, l->n * sizeof *v);
      l->v = v;
    }
    l->v[l->n++] = store_int(c, 0);
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

/* What the last try of it was told; empty: nothing. */
static store_code told(store *s, int64_t id, arena *perm, slice *out) {
  const slice columns[] = {SLICE("provider_id")};
  const store_where where = {"action", STORE_EQ, id, {0}};
  store_query q = {.table = STORE_T_attempt, .columns = columns, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *c;
  *out = (slice){0};
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW)
    if (store_text(c, 0).n) *out = arena_slice(perm, store_text(c, 0));
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

store_code outbox_made_before(store *s, int64_t id, arena *perm, const slice **out, size_t *count) {
  id_list l = {0};
  *out = NULL;
  *count = 0;
  store_code code = siblings(s, id, perm, &l);
  slice *v = ARENA_ARRAY(perm, l.n + 1, slice);
  for (size_t i = 0; i < l.n && code == STORE_OK; i++) {
    code = told(s, l.v[i], perm, &v[*count]);
    *count += v[*count].n > 0;
  }
  *out = v;
  return code;
}
