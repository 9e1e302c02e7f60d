/* The gate: one transaction just before the call. Each clause alone keeps the message back.
 *
 * Invariant: nothing passes whose invoices are not exactly those that its words speak of. */
#include "outbox.h"
#include "lang/base/utf8.h"

static store_code scan_one(store *s, store_table table, const slice *columns, size_t n, const char *key, slice value,
                           store_cursor **out) {
  store_where where = {key, STORE_EQ, 0, value};
  store_query q = {
      .table = table, .any_order = true, .columns = columns, .column_count = n, .where = &where, .where_count = 1};
  return store_scan(s, &q, out);
}

typedef struct told {
  slice invoice, currency;
  int64_t amount, open, due;
} told;

/* Why the store's invoice is not the one that the message speaks of; empty: it is. */
static store_code unchanged(outbox *o, const told *t, slice *why) {
  const slice columns[] = {SLICE("status"), SLICE("open"), SLICE("amount"), SLICE("due"), SLICE("currency")};
  store_cursor *c;
  store_code code = scan_one(o->s, STORE_T_invoice, columns, 5, "number", t->invoice, &c);
  if (code != STORE_OK) return code;
  code = store_next(c);
  if (code == STORE_END) {
    *why = SLICE("the invoice is not in the ledger any more");
    code = STORE_OK;
  } else if (code == STORE_ROW) {
    code = STORE_OK;
    if (!slice_eq(store_text(c, 0), SLICE("open")) || store_int(c, 1) <= 0)
      *why = SLICE("the invoice is settled");
    else if (store_int(c, 1) != t->open || store_int(c, 2) != t->amount || !slice_eq(store_text(c, 4), t->currency))
      *why = SLICE("the invoice's amount changed after the message was written");
    else if (store_int(c, 3) != t->due)
      *why = SLICE("the invoice's due date changed after the message was written");
  }
  store_cursor_close(c);
  return code;
}

static store_code told_of(outbox *o, int64_t id, arena *scratch, told **out, size_t *count) {
  const slice columns[] = {SLICE("invoice"), SLICE("currency"), SLICE("amount"), SLICE("open"), SLICE("due")};
  store_where where = {"message", STORE_EQ, id, {0}};
  store_query q = {
      .table = STORE_T_message_invoice, .columns = columns, .column_count = 5, .where = &where, .where_count = 1};
  store_cursor *c;
  size_t room = 0;
  *count = 0;
  *out = NULL;
  store_code code = store_scan(o->s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    if (*count == room) {
      room = room ? room * 2 : 4;
      told *v = ARENA_ARRAY(scratch, room, told);
      if (*count) memcpy(v, *out, *count * sizeof *v);
      *out = v;
    }
    (*out)[(*count)++] = (told){arena_slice(scratch, store_text(c, 0)), arena_slice(scratch, store_text(c, 1)),
                                store_int(c, 2), store_int(c, 3), store_int(c, 4)};
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

/* Whether something became known about one of the invoices after the decisions were made. */
static store_code news(outbox *o, const told *v, size_t n, bool *out) {
  const slice columns[] = {SLICE("invoice")};
  store_where where = {"seq", STORE_GT, o->last_event, {0}};
  store_query q = {.table = STORE_T_happening,
                   .any_order = true,
                   .columns = columns,
                   .column_count = 1,
                   .where = &where,
                   .where_count = 1};
  store_cursor *c;
  *out = false;
  store_code code = n ? store_scan(o->s, &q, &c) : STORE_END;
  if (code != STORE_OK) return code == STORE_END ? STORE_OK : code;
  while ((code = store_next(c)) == STORE_ROW)
    for (size_t i = 0; i < n; i++) *out |= slice_eq(store_text(c, 0), v[i].invoice);
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

static bool set_has(slice set, const char *member) {
  for (size_t i = 0; i < set.n;) {
    size_t end = i;
    while (end < set.n && set.p[end] != ';') end++;
    if (utf8_fold_eq(slice_trim((slice){set.p + i, end - i}), slice_of(member))) return true;
    i = end + 1;
  }
  return false;
}

/* The customer's address of today, and consent. */
static store_code reachable(outbox *o, ready_message *m, arena *scratch, slice *why) {
  static const char *const ADDRESS[CH_COUNT] = {[CH_EMAIL] = "email", [CH_WHATSAPP] = "whatsapp", [CH_SMS] = "phone"};
  if (!m->to_customer || !ADDRESS[m->ch]) return STORE_OK;
  const slice columns[] = {slice_of(ADDRESS[m->ch]), SLICE("opted_out"), SLICE("opted_in")};
  store_cursor *c;
  store_code code = scan_one(o->s, STORE_T_customer, columns, 3, "id", m->a.customer, &c);
  if (code != STORE_OK) return code;
  code = store_next(c);
  if (code == STORE_ROW && store_text(c, 0).n) {
    m->to = arena_slice(scratch, store_text(c, 0));
    if (set_has(store_text(c, 1), CHANNELS[m->ch])) *why = SLICE("the customer has opted out");
    bool asks = o->p->policy.opt_in >> m->ch & 1;
    if (asks && !set_has(store_text(c, 2), CHANNELS[m->ch])) *why = SLICE("the customer has not opted in");
  } else if (code == STORE_ROW || code == STORE_END) {
    *why = SLICE("no contact");
  }
  store_cursor_close(c);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* A later rung of the same track took its place while this one waited. */
static store_code overtaken(outbox *o, const ready_message *m, bool *out) {
  const slice columns[] = {SLICE("id")};
  const store_where where[] = {{"track", STORE_EQ, 0, m->a.track},
                               {"kind", STORE_EQ, (int64_t)m->a.entity.kind, {0}},
                               {"entity", STORE_EQ, 0, m->a.entity.id},
                               {"on", STORE_GT, m->a.on, {0}}};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 1, .where = where, .where_count = 4};
  store_cursor *c;
  *out = false;
  if (m->a.on >= o->today.day) return STORE_OK;
  store_code code = store_scan(o->s, &q, &c);
  if (code != STORE_OK) return code;
  code = store_next(c);
  *out = code == STORE_ROW;
  store_cursor_close(c);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

store_code outbox_gate(outbox *o, ready_message *m, arena *scratch, gate_answer *answer, slice *reason) {
  told *v = NULL;
  size_t n = 0;
  bool yes = false, hour = false;
  *reason = (slice){0};
  *answer = GATE_EXPIRE;
  if (m->a.expires_us && (int64_t)o->today.day * 86400 * 1000000 >= m->a.expires_us) {
    *reason = SLICE("too late to be of use");
    return STORE_OK;
  }
  *answer = GATE_SUPPRESS;
  store_code code = overtaken(o, m, &yes);
  if (yes) *reason = SLICE("a later step took its place");
  if (code == STORE_OK && !reason->n) code = told_of(o, m->a.id, scratch, &v, &n);
  for (size_t i = 0; code == STORE_OK && !reason->n && i < n; i++) code = unchanged(o, v + i, reason);
  if (code == STORE_OK && !reason->n) code = reachable(o, m, scratch, reason);
  if (code != STORE_OK || reason->n) return code;
  *answer = GATE_WAIT;
  code = news(o, v, n, &yes);
  if (yes) *reason = SLICE("something new is known about the invoice");
  if (code != STORE_OK || reason->n) return code;
  slice *numbers = ARENA_ARRAY(scratch, n + 1, slice);
  for (size_t i = 0; i < n; i++) numbers[i] = v[i].invoice;
  *reason = outbox_hold(o, m, numbers, n, &hour);
  *answer = !reason->n ? GATE_GO : hour ? GATE_WAIT : GATE_SUPPRESS;
  return STORE_OK;
}
