/* Decisions.
 *
 * Invariants: a decision is stored once, by its key; it moves between states by compare-and-set alone, so that two
 * workers cannot both take it. */
#include <stdio.h>

#include "message.h"
#include "store_impl.h"

static const char ACTION_INSERT[] =
    "INSERT OR IGNORE INTO action (track, kind, entity, cycle, \"offset\", ordinal, decided_on, customer, ladder, "
    "rung, action, "
    "recipient, channel, template, revision, lead, message_hash, not_before, expires, state, reason, at, way, "
    "currency, amount, amount_was, computed) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, "
    "?23, ?24, ?25, ?26, ?27)";
static const char ACTION_FIND[] =
    "SELECT id FROM action WHERE track = ?1 AND kind = ?2 AND entity = ?3 AND cycle = ?4 AND "
    "\"offset\" = ?5 AND ordinal = ?6 AND way = ?7";

static void bind_key(db_stmt *q, const store_action *a) {
  store_bind_rung(q, a->track, a->entity, a->cycle, a->offset);
  db_bind_int(q, 6, a->ordinal);
}

static void bind_or_null(db_stmt *q, int at, int64_t value) {
  if (value)
    db_bind_int(q, at, value);
  else
    db_bind_null(q, at);
}

/* The row of a decision; 0 where there is none. */
static store_code action_find(store *s, const store_action *a, int64_t *id) {
  db_stmt *q;
  store_code code = store_prepared(s, ACTION_FIND, &q);
  if (code != STORE_OK) return code;
  bind_key(q, a);
  db_bind_int(q, 7, a->way);
  code = store_one_int(s, q, id);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

static void bind_sum(db_stmt *q, const store_action *a) {
  db_bind_text(q, 24, a->currency);
  if (a->has_amount)
    db_bind_int(q, 25, a->amount);
  else
    db_bind_null(q, 25);
  if (a->has_amount_was)
    db_bind_int(q, 26, a->amount_was);
  else
    db_bind_null(q, 26);
  db_bind_text(q, 27, a->computed);
}

store_code store_action_put(store *s, const store_action *a, int64_t *id, bool *is_new) {
  *is_new = false;
  if (a->state != ACTION_planned && !action_may_move(ACTION_planned, a->state))
    return store_misuse(s, "a decision is not stored as", slice_of(action_state_name(a->state)));
  db_stmt *q;
  store_code code = store_prepared(s, ACTION_INSERT, &q);
  if (code != STORE_OK) return code;
  bind_key(q, a);
  db_bind_int(q, 7, a->on);
  db_bind_text(q, 8, a->customer);
  db_bind_text(q, 9, a->ladder);
  db_bind_text(q, 10, a->rung);
  db_bind_text(q, 11, a->action);
  db_bind_text(q, 12, a->recipient);
  db_bind_text(q, 13, a->channel);
  db_bind_text(q, 14, a->template);
  db_bind_int(q, 15, a->revision);
  bind_or_null(q, 16, a->lead);
  db_bind_text(q, 17, a->message_hash);
  bind_or_null(q, 18, a->not_before_us);
  bind_or_null(q, 19, a->expires_us);
  db_bind_text(q, 20, slice_of(action_state_name(a->state)));
  db_bind_text(q, 21, a->reason);
  db_bind_int(q, 22, store_now_us(s));
  db_bind_int(q, 23, a->way);
  bind_sum(q, a);
  code = store_do(s, q);
  if (code != STORE_OK) return code;
  if (db_changes(s->d)) {
    *is_new = true;
    *id = db_last_id(s->d);
    return STORE_OK;
  }
  code = action_find(s, a, id);
  return code == STORE_OK && *id == 0 ? store_misuse(s, "the decision lacks a value", a->offset) : code;
}

static store_code no_such_move(store *s, action_state from, action_state to) {
  char move[48];
  int n = snprintf(move, sizeof move, "%s to %s", action_state_name(from), action_state_name(to));
  return store_misuse(s, "no action moves from", (slice){move, (size_t)n});
}

/* `+state`: no partial index of a state is to be thought of, for then the statement would be planned anew at each
 * value.
 */
store_code store_action_move(store *s, int64_t id, action_state from, action_state to, slice reason, bool *moved) {
  *moved = false;
  if (!action_may_move(from, to)) return no_such_move(s, from, to);
  db_stmt *q;
  store_code code =
      store_prepared(s, "UPDATE action SET state = ?3, reason = ?4, state_at = ?5 WHERE id = ?1 AND +state = ?2", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  db_bind_text(q, 2, slice_of(action_state_name(from)));
  db_bind_text(q, 3, slice_of(action_state_name(to)));
  db_bind_text(q, 4, reason);
  db_bind_int(q, 5, store_now_us(s));
  code = store_do(s, q);
  *moved = code == STORE_OK && db_changes(s->d) == 1;
  return code;
}

store_code store_action_move_joined(store *s, int64_t lead, action_state from, action_state to, slice reason) {
  if (!action_may_move(from, to)) return no_such_move(s, from, to);
  db_stmt *q;
  store_code code =
      store_prepared(s, "UPDATE action SET state = ?3, reason = ?4, state_at = ?5 WHERE lead = ?1 AND +state = ?2", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, lead);
  db_bind_text(q, 2, slice_of(action_state_name(from)));
  db_bind_text(q, 3, slice_of(action_state_name(to)));
  db_bind_text(q, 4, reason);
  db_bind_int(q, 5, store_now_us(s));
  return store_do(s, q);
}
