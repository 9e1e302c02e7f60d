/* Messages one by one, page by page: see today.h. Each way to look for them has an index of schema_18.sql behind it. */
#include "store_impl.h"
#include "today.h"

#define COLUMNS                                                                                                        \
  "SELECT t.id, t.state, coalesce(t.state_at, t.at), t.decided_on, t.customer, coalesce(c.name, ''), t.entity, "       \
  "t.ladder, t.rung, t.action, t.outlet, coalesce(m.recipient, ''), coalesce(m.subject, ''), t.reason, t.gate, "       \
  "coalesce(t.not_before, 0), coalesce(t.expires, 0), t.tries, t.about_currency, t.about_open, coalesce(m.gaps, ''), " \
  "coalesce((SELECT i.invoice FROM message_invoice i WHERE i.message = t.id ORDER BY i.ordinal LIMIT 1), ''), "        \
  "(SELECT count(*) FROM message_invoice i WHERE i.message = t.id) "                                                   \
  "FROM action t LEFT JOIN message m ON m.action = t.id LEFT JOIN customer c ON c.id = t.customer "
/* ?1: behind which id; ?2: how many. What was done inside dun is no message; what could not be written would have been
 * one. */
#define NEWEST " AND t.lead IS NULL AND t.outlet <> '' AND t.id < ?1 ORDER BY t.id DESC LIMIT ?2"
#define REST " AND (?3 = '' OR t.state = ?3) AND (?4 = '' OR t.outlet = ?4)"

typedef enum way { WAY_GROUP, WAY_CUSTOMER, WAY_DAY, WAY_OUTLET, WAY_STATE, WAY_DEAD, WAY_ALL, WAY_COUNT } way;
static const char *const PAGES[WAY_COUNT] = {
    [WAY_GROUP] = COLUMNS
    "WHERE t.lead IS NULL AND (t.state = 'ready' OR t.state = 'approved' OR t.state = 'held' OR t.state = 'deferred' "
    "OR t.state = 'unknown' OR t.state = 'dead') AND t.state = ?3 AND t.gate = ?4 AND t.ladder = ?5 AND t.rung = ?6 "
    "AND t.outlet = ?7 AND t.id > ?1 ORDER BY t.id LIMIT ?2",
    [WAY_CUSTOMER] = COLUMNS "WHERE t.customer = ?5 AND (?6 = '' OR t.decided_on = ?7)" REST NEWEST,
    [WAY_DAY] = COLUMNS "WHERE t.decided_on = ?5" REST NEWEST,
    [WAY_OUTLET] = COLUMNS "WHERE t.outlet = ?4 AND (?3 = '' OR t.state = ?3)" NEWEST,
    [WAY_STATE] = COLUMNS "WHERE t.state = ?3" NEWEST,
    [WAY_DEAD] = COLUMNS "WHERE t.state = ?3 AND t.lead IS NULL AND t.id < ?1 ORDER BY t.id DESC LIMIT ?2",
    [WAY_ALL] = COLUMNS "WHERE 1" NEWEST,
};

static message_row row_read(db_stmt *q, arena *perm) {
  message_row r = {.id = db_int(q, 0),
                   .since_us = db_int(q, 2),
                   .on = (int32_t)db_int(q, 3),
                   .customer = arena_slice(perm, db_text(q, 4)),
                   .name = arena_slice(perm, db_text(q, 5)),
                   .entity = arena_slice(perm, db_text(q, 6)),
                   .ladder = arena_slice(perm, db_text(q, 7)),
                   .rung = arena_slice(perm, db_text(q, 8)),
                   .what = arena_slice(perm, db_text(q, 9)),
                   .outlet = arena_slice(perm, db_text(q, 10)),
                   .recipient = arena_slice(perm, db_text(q, 11)),
                   .subject = arena_slice(perm, db_text(q, 12)),
                   .reason = arena_slice(perm, db_text(q, 13)),
                   .gate = arena_slice(perm, db_text(q, 14)),
                   .not_before_us = db_int(q, 15),
                   .expires_us = db_int(q, 16),
                   .tries = db_int(q, 17),
                   .about_currency = arena_slice(perm, db_text(q, 18)),
                   .about_open = db_int(q, 19),
                   .gaps = arena_slice(perm, db_text(q, 20)),
                   .invoice = arena_slice(perm, db_text(q, 21)),
                   .invoices = db_int(q, 22)};
  if (!action_state_find(db_text(q, 1), &r.state)) r.state = ACTION_unknown;
  return r;
}

static way way_of(const outbox_filter *f) {
  if (f->key) return WAY_GROUP;
  if (f->customer.n) return WAY_CUSTOMER;
  if (f->has_day) return WAY_DAY;
  if (f->outlet.n) return WAY_OUTLET;
  if (slice_eq(f->state, slice_of(action_state_name(ACTION_dead)))) return WAY_DEAD;
  return f->state.n ? WAY_STATE : WAY_ALL;
}

static void bind(db_stmt *q, const outbox_filter *f, way w) {
  switch (w) {
  case WAY_GROUP:
    db_bind_text(q, 3, slice_of(action_state_name(f->key->state)));
    db_bind_text(q, 4, f->key->gate);
    db_bind_text(q, 5, f->key->ladder);
    db_bind_text(q, 6, f->key->rung);
    db_bind_text(q, 7, f->key->outlet);
    break;
  case WAY_CUSTOMER:
    db_bind_text(q, 3, f->state);
    db_bind_text(q, 4, f->outlet);
    db_bind_text(q, 5, f->customer);
    db_bind_text(q, 6, f->has_day ? SLICE("day") : (slice){0});
    db_bind_int(q, 7, f->day);
    break;
  case WAY_DAY:
    db_bind_text(q, 3, f->state);
    db_bind_text(q, 4, f->outlet);
    db_bind_int(q, 5, f->day);
    break;
  case WAY_OUTLET:
    db_bind_text(q, 3, f->state);
    db_bind_text(q, 4, f->outlet);
    break;
  case WAY_STATE:
  case WAY_DEAD: db_bind_text(q, 3, f->state); break;
  case WAY_ALL:
  case WAY_COUNT: break;
  }
}

store_code store_outbox_page(store *s, const outbox_filter *f, int64_t after, arena *perm, message_row *out,
                             size_t room, size_t *n) {
  way w = way_of(f);
  db_stmt *q;
  *n = 0;
  store_code code = store_prepared(s, PAGES[w], &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, after || w == WAY_GROUP ? after : INT64_MAX);
  db_bind_int(q, 2, (int64_t)room);
  bind(q, f, w);
  while (*n < room && (code = db_step(q)) == STORE_ROW) out[(*n)++] = row_read(q, perm);
  if (code == STORE_ROW) code = STORE_END;
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

store_code store_outbox_row(store *s, int64_t id, arena *perm, message_row *out) {
  db_stmt *q;
  store_code code = store_prepared(s, COLUMNS "WHERE t.id = coalesce((SELECT lead FROM action WHERE id = ?1), ?1)", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  code = db_step(q);
  if (code == STORE_ROW) *out = row_read(q, perm);
  code = store_ended(s, q, code);
  return code == STORE_ROW ? STORE_OK : code;
}

store_code store_pauses_open(store *s, arena *perm, store_pause *out, size_t room, size_t *n) {
  db_stmt *q;
  *n = 0;
  store_code code = store_prepared(s,
                                   "SELECT scope, name, paused_by, reason, at FROM pause WHERE ended_at IS NULL "
                                   "ORDER BY scope <> 'all', id LIMIT ?1",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, (int64_t)room);
  while (*n < room && (code = db_step(q)) == STORE_ROW) {
    store_pause *p = out + (*n)++;
    *p = (store_pause){.name = arena_slice(perm, db_text(q, 1)),
                       .by = arena_slice(perm, db_text(q, 2)),
                       .reason = arena_slice(perm, db_text(q, 3)),
                       .at_us = db_int(q, 4)};
    if (!pause_scope_find(db_text(q, 0), &p->scope)) p->scope = PAUSE_all;
  }
  if (code == STORE_ROW) code = STORE_END;
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}
