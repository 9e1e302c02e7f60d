/* Claims and tries: see delivery.h.
 *
 * Invariant: each of these changes one action and those that joined it, by moves that moves.def has. */
#include "delivery.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "message.h"
#include "store_impl.h"

/* ---- claims ---- */

static store_code wake(store *s, const char *sql, int64_t now_us, int64_t *rows) {
  db_stmt *q;
  store_code code = store_prepared(s, sql, &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, now_us);
  code = store_do(s, q);
  *rows = code == STORE_OK ? db_changes(s->d) : 0;
  return code;
}

store_code store_wake(store *s, int64_t now_us, int64_t *released) {
  assert(action_may_move(ACTION_deferred, ACTION_ready) && action_may_move(ACTION_leased, ACTION_ready));
  int64_t woken;
  store_code code = wake(s,
                         "UPDATE action SET state = 'ready', state_at = ?1, not_before = NULL "
                         "WHERE state = 'deferred' AND (not_before IS NULL OR not_before <= ?1)",
                         now_us, &woken);
  if (code != STORE_OK) return code;
  return wake(s, "UPDATE action SET state = 'ready', state_at = ?1 WHERE state = 'leased' AND lease_until <= ?1",
              now_us, released);
}

store_code store_due_next(store *s, int64_t after, arena *perm, store_due *out, size_t room, size_t *count) {
  *count = 0;
  db_stmt *q;
  store_code code =
      store_prepared(s,
                     s->focused ? "SELECT a.id, coalesce(m.channel, '') FROM action a LEFT JOIN message m ON m.action "
                                  "= a.id WHERE a.state = 'ready' AND a.lead IS NULL AND a.id > ?1 AND a.customer IN "
                                  "(SELECT id FROM temp.focus) ORDER BY a.id LIMIT ?2"
                                : "SELECT a.id, coalesce(m.channel, '') FROM action a LEFT JOIN message m ON m.action "
                                  "= a.id WHERE a.state = 'ready' AND a.lead IS NULL AND a.id > ?1 ORDER BY a.id LIMIT "
                                  "?2",
                     &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, after);
  db_bind_int(q, 2, (int64_t)room);
  while ((code = db_step(q)) == STORE_ROW) {
    out[*count].id = db_int(q, 0);
    out[(*count)++].channel = arena_slice(perm, db_text(q, 1));
  }
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

store_code store_due_count(store *s, int64_t now_us, int64_t *ready, int64_t *deferred) {
  db_stmt *q;
  *ready = *deferred = 0;
  store_code code = store_prepared(s,
                                   "SELECT (SELECT count(*) FROM action WHERE state = 'ready' AND lead IS NULL), "
                                   "(SELECT count(*) FROM action WHERE state = 'deferred' AND lead IS NULL AND "
                                   "not_before > ?1)",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, now_us);
  code = db_step(q);
  if (code == STORE_ROW) {
    *ready = db_int(q, 0);
    *deferred = db_int(q, 1);
  }
  code = code == STORE_ROW ? STORE_OK : store_failed(s);
  db_reset(q);
  return code;
}

store_code store_lease(store *s, int64_t id, slice worker, int64_t until_us, int64_t *fence) {
  assert(action_may_move(ACTION_ready, ACTION_leased));
  *fence = 0;
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "UPDATE action SET state = 'leased', reason = '', state_at = ?4, fence = fence + 1, "
                                   "leased_by = ?2, lease_until = ?3 WHERE id = ?1 AND state = 'ready' RETURNING fence",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  db_bind_text(q, 2, worker);
  db_bind_int(q, 3, until_us);
  db_bind_int(q, 4, store_now_us(s));
  code = db_step(q);
  if (code == STORE_ROW) *fence = db_int(q, 0);
  code = store_ended(s, q, code);
  if (code != STORE_ROW) return code == STORE_END ? STORE_OK : code;
  code = store_action_move_joined(s, id, ACTION_ready, ACTION_leased, (slice){0});
  if (code == STORE_OK)
    code =
        store_prepared(s, "UPDATE action SET fence = fence + 1, leased_by = ?2, lease_until = ?3 WHERE lead = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  db_bind_text(q, 2, worker);
  db_bind_int(q, 3, until_us);
  return store_do(s, q);
}

store_code store_release(store *s, int64_t id, int64_t fence, slice reason) {
  db_stmt *q;
  bool moved;
  store_code code = store_prepared(s, "SELECT 1 FROM action WHERE id = ?1 AND fence = ?2", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  db_bind_int(q, 2, fence);
  code = db_step(q);
  bool ours = code == STORE_ROW;
  code = store_ended(s, q, code);
  if (code == STORE_END || !ours) return code == STORE_END ? STORE_OK : code;
  code = store_action_move(s, id, ACTION_leased, ACTION_ready, reason, &moved);
  return code == STORE_OK && moved ? store_action_move_joined(s, id, ACTION_leased, ACTION_ready, reason) : code;
}

store_code store_gate_kept(store *s, int64_t id, slice clause) {
  db_stmt *q;
  store_code code = store_prepared(s, "UPDATE action SET gate = ?2 WHERE id = ?1 AND gate <> ?2", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  db_bind_text(q, 2, clause);
  return store_do(s, q);
}

store_code store_claim_of(store *s, int64_t id, arena *perm, store_claim *out) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "SELECT state, fence, coalesce(lease_until, 0), tries, leased_by, resend_by, "
                                   "coalesce(activation, 0) FROM action WHERE id = ?1",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  code = db_step(q);
  if (code == STORE_ROW) {
    if (!action_state_find(db_text(q, 0), &out->state)) out->state = ACTION_STATE_COUNT;
    out->fence = db_int(q, 1);
    out->until_us = db_int(q, 2);
    out->tries = db_int(q, 3);
    out->worker = arena_slice(perm, db_text(q, 4));
    out->resend_by = arena_slice(perm, db_text(q, 5));
    out->activation = db_int(q, 6);
    code = STORE_OK;
  } else if (code != STORE_END) {
    code = store_failed(s);
  }
  db_reset(q);
  return code;
}

store_code store_sent_on(store *s, int64_t id, int32_t day) {
  db_stmt *q;
  store_code code =
      store_prepared(s, "UPDATE action SET sent_on = ?2, resend_by = '', gate = '' WHERE id = ?1 OR lead = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  db_bind_int(q, 2, day);
  return store_do(s, q);
}

store_code store_defer(store *s, int64_t id, int64_t not_before_us, int64_t tries) {
  db_stmt *q;
  store_code code = store_prepared(s, "UPDATE action SET not_before = ?2, tries = ?3 WHERE id = ?1 OR lead = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  db_bind_int(q, 2, not_before_us);
  db_bind_int(q, 3, tries);
  return store_do(s, q);
}

store_code store_resend(store *s, int64_t id, slice by) {
  db_stmt *q;
  store_code code = store_prepared(
      s, "UPDATE action SET not_before = NULL, tries = 0, resend_by = ?2 WHERE id = ?1 OR lead = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  db_bind_text(q, 2, by);
  return store_do(s, q);
}

/* ---- attempts ---- */

store_code store_try_begin(store *s, const store_try *t, int64_t *id) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "INSERT INTO attempt (action, provider, idempotency_key, begun_at, provider_id, "
                                   "fence, asked_by) VALUES (?1, ?2, ?3, ?4, nullif(?5, ''), ?6, ?7)",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, t->action);
  db_bind_text(q, 2, t->provider);
  db_bind_text(q, 3, t->key);
  db_bind_int(q, 4, store_now_us(s));
  db_bind_text(q, 5, t->provider_id);
  db_bind_int(q, 6, t->fence);
  db_bind_text(q, 7, t->asked_by);
  code = store_do(s, q);
  *id = db_last_id(s->d);
  return code;
}

store_code store_try_end(store *s, int64_t attempt, slice outcome, slice provider_id, slice detail) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "UPDATE attempt SET ended_at = ?2, outcome = ?3, provider_id = coalesce(nullif(?4, "
                                   "''), provider_id), detail = ?5 "
                                   "WHERE id = ?1 AND ended_at IS NULL",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, attempt);
  db_bind_int(q, 2, store_now_us(s));
  db_bind_text(q, 3, outcome);
  db_bind_text(q, 4, provider_id);
  db_bind_text(q, 5, detail);
  code = store_do(s, q);
  if (code == STORE_OK && db_changes(s->d) != 1) return store_misuse(s, "the attempt has ended already", outcome);
  return code;
}

store_code store_try_named(store *s, int64_t attempt, slice provider_id) {
  db_stmt *q;
  if (provider_id.n == 0) return STORE_OK;
  store_code code = store_prepared(s, "UPDATE attempt SET provider_id = ?2 WHERE id = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, attempt);
  db_bind_text(q, 2, provider_id);
  return store_do(s, q);
}

store_code store_try_last(store *s, int64_t action, store_tried *out) {
  db_stmt *q;
  *out = (store_tried){0};
  store_code code = store_prepared(
      s, "SELECT id, begun_at, ended_at IS NULL FROM attempt WHERE action = ?1 ORDER BY id DESC LIMIT 1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, action);
  code = db_step(q);
  if (code == STORE_ROW) *out = (store_tried){.id = db_int(q, 0), .begun_us = db_int(q, 1), .open = db_int(q, 2) != 0};
  code = store_ended(s, q, code);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* ---- the ledger ---- */

static const char SYNCED[] = "synced";

store_code store_synced(store *s) {
  char now[24];
  int n = snprintf(now, sizeof now, "%lld", (long long)store_now_us(s));
  return store_state_set(s, slice_of(SYNCED), (slice){now, (size_t)n});
}

store_code store_synced_at(store *s, int64_t *at_us) {
  db_stmt *q;
  *at_us = 0;
  store_code code = store_prepared(s, "SELECT CAST(value AS INTEGER) FROM sync_state WHERE key = 'synced'", &q);
  if (code != STORE_OK) return code;
  code = store_one_int(s, q, at_us);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}
