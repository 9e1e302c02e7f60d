/* Plans that wait as a whole, and the ramp by which an approved one goes out. See approval.h. */
#include <stdio.h>

#include "approval_impl.h"

/* ---- asking ---- */

/* The plan asked last: its number, or 0. */
static store_code latest(store *s, slice digest, int64_t revision, int64_t *id, approval_state *state) {
  db_stmt *q;
  store_code code = store_prepared(
      s, "SELECT id, state FROM activation WHERE digest = ?1 AND revision = ?2 ORDER BY id DESC LIMIT 1", &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, digest);
  db_bind_int(q, 2, revision);
  code = db_step(q);
  *id = code == STORE_ROW ? db_int(q, 0) : 0;
  *state = APPROVAL_over;
  if (code == STORE_ROW && !approval_state_find(db_text(q, 1), state)) *state = APPROVAL_over;
  code = store_ended(s, q, code);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

store_code store_activations_over(store *s) {
  db_stmt *q;
  store_code code = store_prepared(
      s,
      "UPDATE activation SET state = CASE WHEN EXISTS (SELECT 1 FROM action a WHERE a.activation = activation.id AND "
      "a.state = 'approved') THEN state ELSE 'over' END WHERE state = 'open' OR (state = 'approved' AND step = 0)",
      &q);
  return code == STORE_OK ? store_do(s, q) : code;
}

int64_t activation_growth(int64_t messages) {
  return messages + messages * ACTIVATION_GROWTH_PCT / 100 + ACTIVATION_GROWTH_MORE;
}

store_code store_activation_used(store *s, int64_t revision) {
  db_stmt *q;
  store_code code = store_prepared(
      s, "UPDATE activation SET used_at = ?2 WHERE state = 'approved' AND used_at IS NULL AND revision = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, revision);
  db_bind_int(q, 2, store_now_us(s));
  return store_do(s, q);
}

static store_code insert(store *s, store_activation *a) {
  db_stmt *q;
  store_code code = store_prepared(
      s,
      "INSERT INTO activation (revision, policy, digest, asked_on, asked_at, why, messages, late, part, state) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'open')",
      &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, a->revision);
  db_bind_text(q, 2, a->policy);
  db_bind_text(q, 3, a->digest);
  db_bind_int(q, 4, a->on);
  db_bind_int(q, 5, store_now_us(s));
  db_bind_text(q, 6, a->why);
  db_bind_int(q, 7, a->messages);
  db_bind_int(q, 8, a->late);
  db_bind_int(q, 9, a->part);
  code = store_do(s, q);
  a->id = db_last_id(s->d);
  return code;
}

/* The first of two saw the plan of another day. What it holds since then is within the bound of what that person saw:
 * the yes is for this one too, and says for how many messages it was given. */
static store_code keep_first_yes(store *s, const store_activation *a, int64_t before) {
  int64_t seen = 0;
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "SELECT coalesce(first_messages, messages) FROM activation WHERE id = ?1 AND "
                                   "answered_by <> '' AND revision = ?2 AND part = ?3",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, before);
  db_bind_int(q, 2, a->revision);
  db_bind_int(q, 3, a->part);
  code = store_one_int(s, q, &seen);
  if (code != STORE_ROW) return code == STORE_END ? STORE_OK : code;
  if (a->messages > activation_growth(seen)) return STORE_OK;
  code =
      store_prepared(s,
                     "UPDATE activation SET first_messages = ?3, (answered_by, answered_at, answered_login) = (SELECT "
                     "answered_by, answered_at, answered_login FROM activation WHERE id = ?2) WHERE id = ?1",
                     &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, a->id);
  db_bind_int(q, 2, before);
  db_bind_int(q, 3, seen);
  return store_do(s, q);
}

static store_code open_plan(store *s, int64_t *id) {
  db_stmt *q;
  store_code code = store_prepared(s, "SELECT id FROM activation WHERE state = 'open' ORDER BY id DESC LIMIT 1", &q);
  if (code != STORE_OK) return code;
  code = store_one_int(s, q, id);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

store_code store_activation_ask(store *s, store_activation *a, bool *is_new) {
  approval_state state;
  int64_t before = 0;
  *is_new = false;
  store_code code = latest(s, a->digest, a->revision, &a->id, &state);
  if (code != STORE_OK || (a->id && (state == APPROVAL_open || state == APPROVAL_rejected))) return code;
  code = open_plan(s, &before);
  if (code == STORE_OK) code = store_activations_over(s);
  if (code == STORE_OK) code = insert(s, a);
  *is_new = true;
  return code == STORE_OK && before ? keep_first_yes(s, a, before) : code;
}

store_code store_activation_row_put(store *s, int64_t activation, int32_t ordinal, const store_activation_row *r) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "INSERT INTO activation_row (activation, part, ordinal, step, channel, messages, "
                                   "currency, amount, customer, entity) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
                                   "?10)",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, activation);
  db_bind_text(q, 2, slice_of(r->part));
  db_bind_int(q, 3, ordinal);
  db_bind_text(q, 4, r->step);
  db_bind_text(q, 5, r->channel);
  db_bind_int(q, 6, r->messages);
  db_bind_text(q, 7, r->currency);
  db_bind_int(q, 8, r->amount);
  db_bind_text(q, 9, r->customer);
  db_bind_text(q, 10, r->entity);
  return store_do(s, q);
}

/* ---- answering ---- */

/* The plan that waits; its digest begins with these digits. */
static store_code waiting_plan(store *s, slice digest, int64_t *id, bool *is_it) {
  db_stmt *q;
  store_code code =
      store_prepared(s, "SELECT id, digest FROM activation WHERE state = 'open' ORDER BY id DESC LIMIT 1", &q);
  if (code != STORE_OK) return code;
  code = db_step(q);
  *id = code == STORE_ROW ? db_int(q, 0) : 0;
  *is_it = code == STORE_ROW && digest.n >= ACTIVATION_DIGEST_LEAST && slice_starts(db_text(q, 1), digest);
  code = store_ended(s, q, code);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

store_code store_activation_answer(store *s, slice digest, approval_by by, bool ramp, approval_answer *answer) {
  int64_t id = 0;
  bool is_it = false;
  store_code code = waiting_plan(s, digest, &id, &is_it);
  *answer = id ? ANSWER_NOT_SHOWN : ANSWER_NOT_THERE;
  if (code != STORE_OK || !is_it) return code;
  code = approval_give(s, APPROVAL_PLAN, id, by, answer);
  if (code != STORE_OK || ramp || !by.approve || (*answer != ANSWER_TAKEN && *answer != ANSWER_FIRST)) return code;
  db_stmt *q;
  code = store_prepared(s, "UPDATE activation SET ramp = 0 WHERE id = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  return store_do(s, q);
}

/* ---- the ramp ---- */

static const char RAMP_OPEN[] =
    "SELECT id, ramp, step, judged, coalesce(step_at, 0), policy, part, used_at FROM activation "
    "WHERE state = 'approved' ORDER BY id DESC LIMIT 1";

/* One row of sums over the messages of a plan. What bounced: refused at once, or told later by the provider or by the
 * books. */
static const char RAMP_SUMS[] =
    "WITH m AS (SELECT a.id, a.state, a.step > ?2 AS judge, "
    "a.state IN ('accepted', 'delivered', 'read', 'replied', 'rejected', 'unknown') AS gone, "
    "a.state = 'rejected' OR EXISTS (SELECT 1 FROM provider_event e WHERE e.action = a.id AND e.status IN "
    "('bounced', 'failed', 'rejected', 'complained')) OR EXISTS (SELECT 1 FROM action j JOIN happening h ON h.entity = "
    "j.entity WHERE (j.id = a.id OR j.lead = a.id) AND j.kind = 1 AND h.kind IN ('message bounced', 'message failed') "
    "AND h.date >= a.decided_on) AS bounced, "
    "EXISTS (SELECT 1 FROM customer c WHERE c.id = a.customer AND instr(';' || replace(lower(c.opted_out), ' ', '') || "
    "';', ';' || a.channel || ';') > 0) OR EXISTS (SELECT 1 FROM action j JOIN happening h ON h.entity = j.entity "
    "WHERE (j.id = a.id OR j.lead = a.id) AND j.kind = 1 AND h.kind = 'opt out' AND h.date >= a.decided_on) AS out "
    "FROM action a WHERE a.activation = ?1 AND a.lead IS NULL) "
    "SELECT count(*), coalesce(sum(state = 'approved'), 0), "
    "coalesce(sum(state IN ('ready', 'leased', 'sending', 'deferred')), 0), coalesce(sum(gone AND judge), 0), "
    "coalesce(sum(gone AND judge AND bounced), 0), coalesce(sum(gone AND judge AND out), 0), "
    "coalesce(sum(state = 'unknown' AND judge), 0) FROM m";

static store_code ramp_sums(store *s, store_ramp *r) {
  db_stmt *q;
  store_code code = store_prepared(s, RAMP_SUMS, &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, r->id);
  db_bind_int(q, 2, r->judged);
  code = db_step(q);
  if (code == STORE_ROW) {
    int64_t *const to[] = {&r->total, &r->waiting, &r->moving, &r->gone, &r->bounced, &r->opted_out, &r->unknown};
    for (int i = 0; i < 7; i++) *to[i] = db_int(q, i);
    code = STORE_OK;
  } else {
    code = store_failed(s);
  }
  db_reset(q);
  return code;
}

store_code store_ramp_open(store *s, arena *perm, store_ramp *out) {
  *out = (store_ramp){0};
  db_stmt *q;
  store_code code = store_prepared(s, RAMP_OPEN, &q);
  if (code != STORE_OK) return code;
  code = db_step(q);
  if (code == STORE_ROW)
    *out = (store_ramp){.id = db_int(q, 0),
                        .ramp = db_int(q, 1) != 0,
                        .step = (int32_t)db_int(q, 2),
                        .judged = (int32_t)db_int(q, 3),
                        .step_at_us = db_int(q, 4),
                        .policy = arena_slice(perm, db_text(q, 5)),
                        .part = db_int(q, 6) != 0,
                        .used = !db_is_null(q, 7)};
  code = store_ended(s, q, code);
  return code == STORE_ROW ? ramp_sums(s, out) : code;
}

store_code store_ramp_join(store *s, int64_t activation, int64_t lead) {
  db_stmt *q;
  store_code code = store_prepared(s, "UPDATE action SET activation = ?1 WHERE id = ?2 OR lead = ?2", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, activation);
  db_bind_int(q, 2, lead);
  return store_do(s, q);
}

store_code store_ramp_adopt(store *s, int64_t activation) {
  db_stmt *q;
  store_code code = store_prepared(
      s, "UPDATE action SET activation = ?1, step = 0 WHERE state = 'approved' AND activation <> ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, activation);
  return store_do(s, q);
}

store_code store_ramp_member(store *s, int64_t lead, int32_t step) {
  db_stmt *q;
  store_code code = store_prepared(s, "UPDATE action SET step = ?1 WHERE id = ?2 OR lead = ?2", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, step);
  db_bind_int(q, 2, lead);
  return store_do(s, q);
}

store_code store_ramp_step(store *s, const store_ramp *r, int32_t step) {
  char subject[48], detail[96];
  db_stmt *q;
  store_code code = store_prepared(s, "UPDATE activation SET step = ?2, step_at = ?3 WHERE id = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, r->id);
  db_bind_int(q, 2, step);
  db_bind_int(q, 3, store_now_us(s));
  code = store_do(s, q);
  snprintf(subject, sizeof subject, "plan %lld", (long long)r->id);
  snprintf(detail, sizeof detail, "{\"step\":%d,\"of\":%lld}", step, (long long)r->total);
  return code == STORE_OK ? approval_audit(s, "ramp", SLICE("dun"), subject, detail) : code;
}

store_code store_ramp_judged(store *s, const store_ramp *r) {
  db_stmt *q;
  store_code code = store_prepared(s, "UPDATE activation SET judged = step WHERE id = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, r->id);
  return store_do(s, q);
}

store_code store_ramp_through(store *s, int64_t id) {
  db_stmt *q;
  store_code code = store_prepared(s, "UPDATE activation SET state = 'done' WHERE id = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  return store_do(s, q);
}
