/* How channels fare, and what their providers say later: see delivery.h.
 *
 * Invariant: an event is stored once, by (provider, its id), and moves an action only along moves.def, which only goes
 * forward. */
#include "delivery.h"
#include "message.h"
#include "store_impl.h"

store_code store_channel_get(store *s, slice channel, arena *perm, store_channel *out) {
  db_stmt *q;
  *out = (store_channel){0};
  store_code code = store_prepared(s,
                                   "SELECT credit, credit_at, unknown_in_row, failed_in_row, rest_until, rests, "
                                   "probe_until, reason FROM channel_state WHERE channel = ?1",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, channel);
  code = db_step(q);
  if (code == STORE_ROW)
    *out = (store_channel){db_int(q, 0), db_int(q, 1), db_int(q, 2), db_int(q, 3),
                           db_int(q, 4), db_int(q, 5), db_int(q, 6), arena_slice(perm, db_text(q, 7))};
  code = store_ended(s, q, code);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

store_code store_channel_put(store *s, slice channel, const store_channel *c) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "INSERT OR REPLACE INTO channel_state (channel, credit, credit_at, unknown_in_row, "
                                   "failed_in_row, rest_until, rests, probe_until, reason) "
                                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, channel);
  db_bind_int(q, 2, c->credit);
  db_bind_int(q, 3, c->credit_at_us);
  db_bind_int(q, 4, c->unknown_in_row);
  db_bind_int(q, 5, c->failed_in_row);
  db_bind_int(q, 6, c->rest_until_us);
  db_bind_int(q, 7, c->rests);
  db_bind_int(q, 8, c->probe_until_us);
  db_bind_text(q, 9, c->reason);
  return store_do(s, q);
}

/* ---- events ---- */

/* The action that the statement finds by `name`, and its state; *action 0: none. */
static store_code action_named(store *s, db_stmt *q, slice name, int64_t *action, action_state *state) {
  *action = 0;
  *state = ACTION_STATE_COUNT;
  db_bind_text(q, 1, name);
  store_code code = db_step(q);
  if (code == STORE_ROW) {
    *action = db_int(q, 0);
    if (!action_state_find(db_text(q, 1), state)) *action = 0;
  } else if (code != STORE_END) {
    code = store_failed(s);
  }
  db_reset(q);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* The action of the message that the provider knows by this id, else the one that we know by this key. */
static store_code action_of(store *s, slice provider_id, slice key, int64_t *action, action_state *state) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "SELECT a.id, a.state FROM attempt t JOIN action a ON a.id = t.action "
                                   "WHERE t.provider_id = ?1 ORDER BY t.id DESC LIMIT 1",
                                   &q);
  if (code == STORE_OK) code = action_named(s, q, provider_id, action, state);
  if (code != STORE_OK || *action || key.n == 0) return code;
  code = store_prepared(s,
                        "SELECT a.id, a.state FROM attempt t JOIN action a ON a.id = t.action "
                        "WHERE t.idempotency_key = ?1 ORDER BY t.id DESC LIMIT 1",
                        &q);
  return code == STORE_OK ? action_named(s, q, key, action, state) : code;
}

/* What a provider can say of a message. */
static bool is_status(action_state st) {
  return st == ACTION_accepted || st == ACTION_delivered || st == ACTION_read || st == ACTION_replied ||
         st == ACTION_rejected;
}

static store_code advance(store *s, int64_t action, action_state from, action_state to, slice detail, bool *moved) {
  *moved = false;
  if (!is_status(to) || !action_may_move(from, to)) return STORE_OK;
  store_code code = store_action_move(s, action, from, to, detail, moved);
  return code == STORE_OK && *moved ? store_action_move_joined(s, action, from, to, detail) : code;
}

static store_code insert_event(store *s, const store_provider_event *e, int64_t action, bool moved, bool *is_new) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "INSERT OR IGNORE INTO provider_event (provider, event_id, provider_id, status, "
                                   "action, happened_at, seen_at, moved, detail) "
                                   "VALUES (?1, ?2, ?3, ?4, nullif(?5, 0), ?6, ?7, ?8, ?9)",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, e->provider);
  db_bind_text(q, 2, e->event_id);
  db_bind_text(q, 3, e->provider_id);
  db_bind_text(q, 4, slice_of(action_state_name(e->status)));
  db_bind_int(q, 5, action);
  db_bind_int(q, 6, e->happened_at_us);
  db_bind_int(q, 7, store_now_us(s));
  db_bind_int(q, 8, moved);
  db_bind_text(q, 9, e->detail);
  code = store_do(s, q);
  *is_new = code == STORE_OK && db_changes(s->d) == 1;
  return code;
}

static store_code mark_moved(store *s, const store_provider_event *e) {
  db_stmt *q;
  store_code code = store_prepared(s, "UPDATE provider_event SET moved = 1 WHERE provider = ?1 AND event_id = ?2", &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, e->provider);
  db_bind_text(q, 2, e->event_id);
  return store_do(s, q);
}

/* Found by our key alone: from now on the provider's id finds it too. */
static store_code note_id(store *s, const store_provider_event *e) {
  db_stmt *q;
  if (e->key.n == 0 || e->provider_id.n == 0) return STORE_OK;
  store_code code = store_prepared(s,
                                   "UPDATE attempt SET provider_id = ?1 WHERE id = (SELECT max(id) FROM attempt WHERE "
                                   "idempotency_key = ?2) AND coalesce(provider_id, '') = '' AND "
                                   "(outcome IS NULL OR outcome = 'unknown')",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, e->provider_id);
  db_bind_text(q, 2, e->key);
  return store_do(s, q);
}

store_code store_provider_event_put(store *s, const store_provider_event *e, int64_t *action,
                                    store_event_effect *effect) {
  action_state state;
  bool is_new, moved = false;
  if (!store_in_transaction(s)) return store_misuse(s, "an event is stored inside a transaction", e->event_id);
  if (!is_status(e->status)) return store_misuse(s, "no provider says", slice_of(action_state_name(e->status)));
  store_code code = action_of(s, e->provider_id, e->key, action, &state);
  if (code == STORE_OK) code = insert_event(s, e, *action, false, &is_new);
  if (code != STORE_OK) return code;
  *effect = !is_new ? STORE_EVENT_REPEATED : *action ? STORE_EVENT_LATE : STORE_EVENT_LOST;
  if (!is_new || !*action) return STORE_OK;
  code = note_id(s, e);
  if (code == STORE_OK) code = advance(s, *action, state, e->status, e->detail, &moved);
  if (code == STORE_OK && moved) code = mark_moved(s, e);
  if (moved) *effect = STORE_EVENT_MOVED;
  return code;
}

store_code store_provider_events_found(store *s, int64_t action, slice provider_id) {
  db_stmt *q;
  if (provider_id.n == 0) return STORE_OK;
  store_code code = store_prepared(
      s, "UPDATE provider_event SET action = ?1 WHERE provider_id = ?2 AND action IS NULL RETURNING status", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, action);
  db_bind_text(q, 2, provider_id);
  action_state said[16];
  size_t n = 0;
  while ((code = db_step(q)) == STORE_ROW)
    if (n < sizeof said / sizeof *said && action_state_find(db_text(q, 0), &said[n])) n++;
  code = store_ended(s, q, code);
  for (size_t i = 0; i < n && code == STORE_END; i++) {
    int64_t which;
    action_state state;
    bool moved;
    code = action_of(s, provider_id, (slice){0}, &which, &state);
    if (code == STORE_OK && which == action) code = advance(s, action, state, said[i], (slice){0}, &moved);
    if (code == STORE_OK) code = STORE_END;
  }
  return code == STORE_END ? STORE_OK : code;
}
