/* See hooks.h. */
#include "hooks.h"

#include "delivery.h"
#include "message.h"
#include "runtime/hash.h"
#include "store_impl.h"

store_code store_hook_once(store *s, slice provider, slice event_id, const char *kind, bool *is_new) {
  db_stmt *q;
  if (!store_in_transaction(s)) return store_misuse(s, "an event is taken over inside a transaction", event_id);
  store_code code = store_prepared(
      s, "INSERT OR IGNORE INTO hook_event (provider, event_id, kind, seen_at) VALUES (?1, ?2, ?3, ?4)", &q);
  if (code != STORE_OK) return code;
  uint8_t digest[HASH_BYTES]; /* a provider's name may hold a number of somebody: it is compared, never read */
  char hex[HASH_HEX_MAX];
  hash_of(event_id, digest);
  hash_hex(digest, hex);
  db_bind_text(q, 1, provider);
  db_bind_text(q, 2, slice_of(hex));
  db_bind_text(q, 3, slice_of(kind));
  db_bind_int(q, 4, store_now_us(s));
  code = store_do(s, q);
  *is_new = code == STORE_OK && db_changes(s->d) == 1;
  return code;
}

/* ---- rows to be read again ---- */

store_code store_recheck_put(store *s, slice erp, slice of, slice source_id, bool hinted) {
  db_stmt *q;
  store_code code = store_prepared(
      s,
      "INSERT INTO recheck (source_id, of, erp, hinted, asked_at, not_before, tries) VALUES (?1, ?2, ?3, ?4, ?5, 0, 0) "
      "ON CONFLICT (source_id, of, erp) DO UPDATE SET hinted = max(hinted, excluded.hinted), asked_at = "
      "excluded.asked_at, not_before = 0, tries = 0",
      &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, source_id);
  db_bind_text(q, 2, of);
  db_bind_text(q, 3, erp);
  db_bind_int(q, 4, hinted);
  db_bind_int(q, 5, store_now_us(s));
  return store_do(s, q);
}

store_code store_recheck_next(store *s, slice erp, int64_t now_us, arena *perm, store_recheck *out, size_t room,
                              size_t *count) {
  db_stmt *q;
  *count = 0;
  store_code code = store_prepared(s,
                                   "SELECT of, source_id, hinted, asked_at, tries FROM recheck WHERE erp = ?1 AND "
                                   "not_before <= ?2 ORDER BY hinted DESC, asked_at LIMIT ?3",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, erp);
  db_bind_int(q, 2, now_us);
  db_bind_int(q, 3, (int64_t)room);
  while ((code = db_step(q)) == STORE_ROW)
    out[(*count)++] = (store_recheck){.erp = erp,
                                      .of = arena_slice(perm, db_text(q, 0)),
                                      .source_id = arena_slice(perm, db_text(q, 1)),
                                      .hinted = db_int(q, 2) != 0,
                                      .asked_at_us = db_int(q, 3),
                                      .tries = db_int(q, 4)};
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

static void bind_recheck(db_stmt *q, const store_recheck *r) {
  db_bind_text(q, 1, r->source_id);
  db_bind_text(q, 2, r->of);
  db_bind_text(q, 3, r->erp);
}

store_code store_recheck_done(store *s, const store_recheck *r) {
  db_stmt *q;
  store_code code =
      store_prepared(s, "DELETE FROM recheck WHERE source_id = ?1 AND of = ?2 AND erp = ?3 AND asked_at <= ?4", &q);
  if (code != STORE_OK) return code;
  bind_recheck(q, r);
  db_bind_int(q, 4, r->asked_at_us);
  return store_do(s, q);
}

store_code store_recheck_later(store *s, const store_recheck *r, int64_t not_before_us) {
  db_stmt *q;
  store_code code = store_prepared(
      s, "UPDATE recheck SET not_before = ?4, tries = tries + 1 WHERE source_id = ?1 AND of = ?2 AND erp = ?3", &q);
  if (code != STORE_OK) return code;
  bind_recheck(q, r);
  db_bind_int(q, 4, not_before_us);
  return store_do(s, q);
}

store_code store_recheck_synced(store *s, slice erp, int64_t begun_us, bool hints) {
  db_stmt *q;
  store_code code = store_prepared(s, "DELETE FROM recheck WHERE erp = ?1 AND asked_at < ?2 AND hinted <= ?3", &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, erp);
  db_bind_int(q, 2, begun_us);
  db_bind_int(q, 3, hints);
  return store_do(s, q);
}

store_code store_hinted(store *s, slice invoice, bool *yes) {
  db_stmt *q;
  int64_t found = 0;
  store_code code = store_prepared(s,
                                   "SELECT EXISTS (SELECT 1 FROM invoice i JOIN recheck r ON r.source_id = "
                                   "coalesce(i.source_id, i.number) AND r.of = 'invoice' AND r.hinted = 1 WHERE "
                                   "i.number = ?1)",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, invoice);
  code = store_one_int(s, q, &found);
  *yes = found != 0;
  return code == STORE_ROW ? STORE_OK : code;
}

/* ---- people ---- */

store_code store_wish_put(store *s, slice customer, slice channel, bool no_more) {
  db_stmt *q;
  store_code code =
      store_prepared(s, "INSERT OR REPLACE INTO wish (customer, channel, no_more, at) VALUES (?1, ?2, ?3, ?4)", &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, customer);
  db_bind_text(q, 2, channel);
  db_bind_int(q, 3, no_more);
  db_bind_int(q, 4, store_now_us(s));
  return store_do(s, q);
}

store_code store_wish_of(store *s, slice customer, slice channel, bool *no_more) {
  db_stmt *q;
  int64_t found = 0;
  store_code code = store_prepared(s, "SELECT no_more FROM wish WHERE customer = ?1 AND channel = ?2", &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, customer);
  db_bind_text(q, 2, channel);
  code = store_one_int(s, q, &found);
  *no_more = found != 0;
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* action, customer, invoice, sent */
static store_code answered(store *s, db_stmt *q, arena *perm, store_answered *out) {
  store_code code = db_step(q);
  if (code == STORE_ROW)
    *out = (store_answered){.action = db_int(q, 0),
                            .customer = arena_slice(perm, db_text(q, 1)),
                            .invoice = arena_slice(perm, db_text(q, 2)),
                            .sent_us = db_int(q, 3)};
  code = store_ended(s, q, code);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

store_code store_answered_by_id(store *s, slice provider_id, arena *perm, store_answered *out) {
  db_stmt *q;
  *out = (store_answered){0};
  if (provider_id.n == 0) return STORE_OK;
  store_code code =
      store_prepared(s,
                     "SELECT a.id, a.customer, coalesce((SELECT i.invoice FROM message_invoice i WHERE i.message = "
                     "a.id ORDER BY i.ordinal LIMIT 1), ''), t.begun_at FROM attempt t JOIN action f "
                     "ON f.id = t.action JOIN action a ON a.id = coalesce(f.lead, f.id) WHERE "
                     "t.provider_id = ?1 ORDER BY t.id DESC LIMIT 1",
                     &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, provider_id);
  return answered(s, q, perm, out);
}

store_code store_answered_to(store *s, slice name, arena *perm, store_answered *out, slice *to, slice *provider_id) {
  db_stmt *q;
  *out = (store_answered){0};
  *to = *provider_id = (slice){0};
  store_code code = store_prepared(
      s,
      "SELECT a.id, a.customer, coalesce((SELECT i.invoice FROM message_invoice i WHERE i.message = "
      "a.id ORDER BY i.ordinal LIMIT 1), ''), t.begun_at, m.recipient, coalesce(t.provider_id, '') FROM "
      "attempt t JOIN action f ON f.id = t.action JOIN action a ON a.id = coalesce(f.lead, f.id) JOIN "
      "message m ON m.action = a.id AND m.to_customer = 1 WHERE t.idempotency_key = ?1 OR t.provider_id = "
      "?1 ORDER BY t.id DESC LIMIT 1",
      &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, name);
  code = db_step(q);
  if (code == STORE_ROW) {
    *out = (store_answered){db_int(q, 0), arena_slice(perm, db_text(q, 1)), arena_slice(perm, db_text(q, 2)),
                            db_int(q, 3)};
    *to = arena_slice(perm, db_text(q, 4));
    *provider_id = arena_slice(perm, db_text(q, 5));
  } else if (code != STORE_END) {
    code = store_failed(s);
  }
  db_reset(q);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

store_code store_answered_last(store *s, slice customer, slice channel, arena *perm, store_answered *out) {
  db_stmt *q;
  *out = (store_answered){0};
  store_code code = store_prepared(
      s,
      "SELECT a.id, a.customer, coalesce((SELECT i.invoice FROM message_invoice i WHERE i.message = a.id ORDER BY "
      "i.ordinal LIMIT 1), ''), t.begun_at FROM action a JOIN message m ON m.action = a.id JOIN attempt "
      "t ON t.action = a.id WHERE a.customer = ?1 AND m.channel = ?2 AND m.to_customer = 1 AND a.state IN ('sending', "
      "'accepted', 'delivered', 'read', 'replied', 'unknown') ORDER BY t.id DESC LIMIT 1",
      &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, customer);
  db_bind_text(q, 2, channel);
  return answered(s, q, perm, out);
}

store_code store_thread_of(store *s, int64_t action, slice channel, slice to, arena *perm, slice out[2]) {
  db_stmt *q;
  size_t n = 0;
  out[0] = out[1] = (slice){0};
  store_code code = store_prepared(
      s,
      "SELECT t.provider_id FROM action mine JOIN action a ON a.customer = mine.customer AND a.id <> mine.id JOIN "
      "message "
      "m ON m.action = a.id AND m.channel = ?2 AND m.recipient = ?3 AND m.to_customer = 1 JOIN attempt t ON t.action = "
      "a.id AND t.outcome = 'accepted' AND t.provider_id <> '' WHERE mine.id = ?1 AND EXISTS (SELECT 1 FROM "
      "message_invoice i JOIN message_invoice k ON k.message = mine.id AND k.invoice = i.invoice WHERE i.message = "
      "a.id) "
      "ORDER BY t.id",
      &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, action);
  db_bind_text(q, 2, channel);
  db_bind_text(q, 3, to);
  while ((code = db_step(q)) == STORE_ROW) out[n++ > 0] = arena_slice(perm, db_text(q, 0));
  if (code != STORE_END) code = store_failed(s);
  db_reset(q);
  if (n == 1) out[1] = out[0];
  return code == STORE_END ? STORE_OK : code;
}

store_code store_first_sent(store *s, slice channel, int64_t *at_us) {
  db_stmt *q;
  *at_us = 0;
  store_code code = store_prepared(s,
                                   "SELECT coalesce(min(t.begun_at), 0) FROM attempt t JOIN message m ON m.action = "
                                   "t.action WHERE m.channel = ?1",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, channel);
  code = store_one_int(s, q, at_us);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

store_code store_recipients(store *s, slice channel, arena *perm, store_recipient *out, size_t room, size_t *count) {
  db_stmt *q;
  *count = 0;
  store_code code = store_prepared(s,
                                   "SELECT a.customer, coalesce(c.country, ''), m.recipient FROM message m JOIN action "
                                   "a ON a.id = m.action LEFT JOIN customer c ON c.id = a.customer WHERE m.channel = "
                                   "?1 AND m.to_customer = 1 AND m.recipient <> '' ORDER BY m.action DESC LIMIT ?2",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, channel);
  db_bind_int(q, 2, (int64_t)room);
  while ((code = db_step(q)) == STORE_ROW)
    out[(*count)++] = (store_recipient){.customer = arena_slice(perm, db_text(q, 0)),
                                        .country = arena_slice(perm, db_text(q, 1)),
                                        .address = arena_slice(perm, db_text(q, 2))};
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

store_code store_some_invoice(store *s, slice customer, arena *perm, slice *number) {
  db_stmt *q;
  *number = (slice){0};
  store_code code = store_prepared(s,
                                   "SELECT i.number FROM invoice i JOIN customer c ON c.row = i.customer_row WHERE "
                                   "c.id = ?1 ORDER BY i.status <> 'open', CASE i.status WHEN 'open' THEN i.due ELSE "
                                   "-i.due END, i.number LIMIT 1",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, customer);
  code = db_step(q);
  if (code == STORE_ROW) *number = arena_slice(perm, db_text(q, 0));
  code = store_ended(s, q, code);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

store_code store_replied(store *s, int64_t action, bool named) {
  db_stmt *q;
  action_state state = ACTION_STATE_COUNT;
  bool moved;
  store_code code = store_prepared(s, "SELECT state FROM action WHERE id = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, action);
  code = db_step(q);
  bool known = code == STORE_ROW && action_state_find(db_text(q, 0), &state);
  code = store_ended(s, q, code);
  if (code != STORE_ROW && code != STORE_END) return code;
  if (!named && (state == ACTION_unknown || state == ACTION_sending)) return STORE_OK;
  /* What waits to be sent again is not stopped by an answer to its first try. */
  if (!known || state == ACTION_ready || state == ACTION_deferred || !action_may_move(state, ACTION_replied))
    return STORE_OK;
  code = store_action_move(s, action, state, ACTION_replied, (slice){0}, &moved);
  return code == STORE_OK && moved ? store_action_move_joined(s, action, state, ACTION_replied, (slice){0}) : code;
}

store_code store_last_revision(store *s, int64_t *id) {
  db_stmt *q;
  store_code code = store_prepared(s, "SELECT coalesce(max(id), 0) FROM revision", &q);
  if (code == STORE_OK) code = store_one_int(s, q, id);
  return code == STORE_ROW ? STORE_OK : code;
}

/* ---- what providers' events come to ---- */

store_code store_untold_next(store *s, int64_t told, arena *perm, store_untold *out, size_t room, size_t *count) {
  db_stmt *q;
  *count = 0;
  store_code code = store_prepared(
      s,
      "SELECT e.id, a.id, coalesce(nullif(a.channel, ''), (SELECT m.channel FROM message m WHERE m.action = a.id), "
      "''), "
      "coalesce((SELECT i.invoice FROM message_invoice i WHERE i.message = a.id ORDER BY "
      "i.ordinal LIMIT 1), ''), e.status, (e.status <> 'rejected' OR e.moved OR a.state = "
      "'rejected') AND NOT EXISTS (SELECT 1 FROM provider_event o WHERE o.action = e.action AND o.status = e.status "
      "AND "
      "o.told > e.told), a.customer, e.detail FROM provider_event e JOIN action a ON a.id = e.action WHERE e.told = ?1 "
      "AND e.told < 2 AND "
      "e.action IS NOT NULL ORDER BY e.id LIMIT ?2",
      &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, told);
  db_bind_int(q, 2, (int64_t)room);
  while ((code = db_step(q)) == STORE_ROW)
    out[(*count)++] = (store_untold){.event = db_int(q, 0),
                                     .action = db_int(q, 1),
                                     .channel = arena_slice(perm, db_text(q, 2)),
                                     .invoice = arena_slice(perm, db_text(q, 3)),
                                     .status = arena_slice(perm, db_text(q, 4)),
                                     .counts = db_int(q, 5) != 0,
                                     .customer = arena_slice(perm, db_text(q, 6)),
                                     .detail = arena_slice(perm, db_text(q, 7)),
                                     .told = told};
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

store_code store_told(store *s, int64_t event, int64_t told) {
  db_stmt *q;
  store_code code = store_prepared(s, "UPDATE provider_event SET told = ?2 WHERE id = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, event);
  db_bind_int(q, 2, told);
  return store_do(s, q);
}
