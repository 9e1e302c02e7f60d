/* Carrying messages out: gate, `sending` and attempt committed durably, the call, its outcome committed.
 *
 * Invariant: the store says `sending` before the first byte leaves, and only an outcome that surely left nothing behind
 * goes back to `ready`. */
#include <stdlib.h>

#include "outbox.h"
#include "runtime/store/message.h"

static store_code ids_in_state(outbox *o, action_state state, int64_t **out, size_t *count) {
  const slice columns[] = {SLICE("id")};
  const store_where where[] = {{"state", STORE_EQ, 0, slice_of(action_state_name(state))},
                               {"lead", STORE_IS_NULL, 0, {0}}};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 1, .where = where, .where_count = 2};
  store_cursor *c;
  size_t room = 0;
  *count = 0;
  *out = NULL;
  store_code code = store_scan(o->s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    if (*count == room) {
      room = room ? room * 2 : 64;
      int64_t *v = ARENA_ARRAY(o->perm, room, int64_t);
      if (*count) memcpy(v, *out, *count * sizeof *v);
      *out = v;
    }
    (*out)[(*count)++] = store_int(c, 0);
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

/* The action and its message; STORE_END where it has none or is not ready any more. */
static store_code load_action(outbox *o, int64_t id, arena *perm, store_action *a, slice *state) {
  const slice columns[] = {SLICE("track"),   SLICE("kind"),   SLICE("entity"),   SLICE("cycle"),    SLICE("offset"),
                           SLICE("ordinal"), SLICE("on"),     SLICE("customer"), SLICE("action"),   SLICE("expires"),
                           SLICE("state"),   SLICE("ladder"), SLICE("rung"),     SLICE("template"), SLICE("way")};
  store_where where = {"id", STORE_EQ, id, {0}};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 15, .where = &where, .where_count = 1};
  store_cursor *c;
  store_code code = store_scan(o->s, &q, &c);
  if (code != STORE_OK) return code;
  code = store_next(c);
  if (code == STORE_ROW)
    *a = (store_action){.id = id,
                        .track = arena_slice(perm, store_text(c, 0)),
                        .entity = {(store_entity_kind)store_int(c, 1), arena_slice(perm, store_text(c, 2))},
                        .cycle = store_int(c, 3),
                        .offset = arena_slice(perm, store_text(c, 4)),
                        .ordinal = (int32_t)store_int(c, 5),
                        .on = (int32_t)store_int(c, 6),
                        .customer = arena_slice(perm, store_text(c, 7)),
                        .action = arena_slice(perm, store_text(c, 8)),
                        .expires_us = store_is_null(c, 9) ? 0 : store_int(c, 9),
                        .ladder = arena_slice(perm, store_text(c, 11)),
                        .rung = arena_slice(perm, store_text(c, 12)),
                        .template = arena_slice(perm, store_text(c, 13)),
                        .way = (int32_t)store_int(c, 14)};
  if (code == STORE_ROW) *state = arena_slice(perm, store_text(c, 10));
  store_cursor_close(c);
  return code == STORE_ROW ? STORE_OK : code;
}

static store_code load(outbox *o, int64_t id, arena *perm, ready_message *m) {
  const slice columns[] = {SLICE("channel"),     SLICE("recipient"), SLICE("recipient_name"),
                           SLICE("to_customer"), SLICE("subject"),   SLICE("text"),
                           SLICE("html")};
  store_where where = {"action", STORE_EQ, id, {0}};
  store_query q = {.table = STORE_T_message, .columns = columns, .column_count = 7, .where = &where, .where_count = 1};
  slice state = {0};
  store_cursor *c;
  store_code code = load_action(o, id, perm, &m->a, &state);
  if (code != STORE_OK || !slice_eq(state, SLICE("ready"))) return code == STORE_OK ? STORE_END : code;
  code = store_scan(o->s, &q, &c);
  if (code != STORE_OK) return code;
  code = store_next(c);
  if (code == STORE_ROW) {
    m->ch = CH_COUNT;
    for (int ch = 0; ch < CH_COUNT; ch++)
      if (slice_eq(store_text(c, 0), slice_of(CHANNELS[ch]))) m->ch = (channel)ch;
    m->to = arena_slice(perm, store_text(c, 1));
    m->to_name = arena_slice(perm, store_text(c, 2));
    m->to_customer = store_int(c, 3) != 0;
    m->subject = arena_slice(perm, store_text(c, 4));
    m->text = arena_slice(perm, store_text(c, 5));
    m->html = arena_slice(perm, store_text(c, 6));
  }
  store_cursor_close(c);
  return code == STORE_ROW ? STORE_OK : code;
}

/* The message's actions, all of them, from one state to another. */
static store_code move(outbox *o, int64_t id, action_state from, action_state to, slice reason, bool *moved) {
  store_code code = store_action_move(o->s, id, from, to, reason, moved);
  return code == STORE_OK && *moved ? store_action_move_joined(o->s, id, from, to, reason) : code;
}

static store_code audit(outbox *o, const ready_message *m, const char *kind, const char *outcome, arena *scratch) {
  store_event e = {slice_of(kind), SLICE("dun run"), arena_printf(scratch, "action %lld", (long long)m->a.id),
                   arena_printf(scratch, "{\"channel\":\"%s\",\"outcome\":\"%s\"}", CHANNELS[m->ch], outcome)};
  return store_audit_append(o->s, &e);
}

static store_code finish(outbox *o, store_code code) {
  if (code == STORE_OK) return store_commit(o->s);
  store_rollback(o->s);
  return code;
}

static void wait_for_next(outbox *o, const ready_message *m, slice reason) {
  o->tally[TALLY_WAITING]++;
  outbox_remember(o, TALLY_WAITING, m->a.entity.id, m->a.action, reason);
}

/* Marks the message as sending where the gate lets it pass. */
static store_code pass(outbox *o, ready_message *m, slice key, arena *scratch, gate_answer *answer, int64_t *attempt) {
  slice reason;
  bool moved = true;
  store_code code = store_begin(o->s);
  if (code != STORE_OK) return code;
  code = outbox_gate(o, m, scratch, answer, &reason);
  if (code != STORE_OK) return finish(o, code);
  switch (*answer) {
  case GATE_GO:
    code = move(o, m->a.id, ACTION_ready, ACTION_sending, (slice){0}, &moved);
    if (code == STORE_OK && !moved) *answer = GATE_WAIT; /* somebody else was faster */
    if (code == STORE_OK && moved)
      code = store_attempt_begin(o->s, m->a.id, slice_of(o->ch[m->ch].driver->kind), key, attempt);
    if (code == STORE_OK && moved) code = audit(o, m, "send", "begun", scratch);
    break;
  case GATE_WAIT: wait_for_next(o, m, reason); break;
  case GATE_SUPPRESS:
  case GATE_EXPIRE: {
    outbox_tally t = *answer == GATE_EXPIRE ? TALLY_EXPIRED : TALLY_SUPPRESSED;
    action_state to = *answer == GATE_EXPIRE ? ACTION_expired : ACTION_suppressed;
    code = move(o, m->a.id, ACTION_ready, to, reason, &moved);
    if (code == STORE_OK && moved) code = audit(o, m, "gate", action_state_name(to), scratch);
    o->tally[t]++;
    outbox_remember(o, t, m->a.entity.id, m->a.action, reason);
    break;
  }
  }
  return finish(o, code);
}

static action_state state_after(send_outcome outcome) {
  switch (outcome) {
  case SEND_ACCEPTED: return ACTION_accepted;
  case SEND_REJECTED: return ACTION_rejected;
  case SEND_RETRY:
  case SEND_DOWN: return ACTION_ready;
  case SEND_UNKNOWN:
  case SEND_OUTCOME_COUNT: break;
  }
  return ACTION_unknown;
}

static void tally(outbox *o, const ready_message *m, const send_result *r) {
  struct outbox_channel *x = o->ch + m->ch;
  outbox_tally t = TALLY_UNKNOWN;
  switch (r->outcome) {
  case SEND_ACCEPTED: t = x->driver->real ? TALLY_SENT : TALLY_FILED; break;
  case SEND_REJECTED: t = TALLY_REJECTED; break;
  case SEND_RETRY:
  case SEND_DOWN: t = TALLY_WAITING; break;
  case SEND_UNKNOWN:
  case SEND_OUTCOME_COUNT: break;
  }
  x->unknown_in_row = t == TALLY_UNKNOWN ? x->unknown_in_row + 1 : 0;
  x->resting = r->outcome == SEND_DOWN || x->unknown_in_row >= OUTBOX_UNKNOWN_MAX;
  o->tally[t]++;
  if (r->outcome != SEND_ACCEPTED) outbox_remember(o, t, m->a.entity.id, m->a.action, r->detail);
}

static store_code settle(outbox *o, const ready_message *m, int64_t attempt, const send_result *r, arena *scratch) {
  bool moved;
  store_code code = store_begin(o->s);
  if (code != STORE_OK) return code;
  code = store_attempt_end(o->s, attempt, slice_of(send_outcome_name(r->outcome)), r->provider_id, r->detail);
  if (code == STORE_OK)
    code = move(o, m->a.id, ACTION_sending, state_after(r->outcome),
                r->outcome == SEND_ACCEPTED ? (slice){0} : r->detail, &moved);
  if (code == STORE_OK) code = audit(o, m, "sent", send_outcome_name(r->outcome), scratch);
  if (code == STORE_OK && r->outcome == SEND_REJECTED) code = outbox_fall_back(o, m, r->detail, scratch);
  return finish(o, code);
}

static store_code deliver_one(outbox *o, int64_t id, arena *scratch) {
  ready_message m = {0};
  store_code code = load(o, id, scratch, &m);
  if (code != STORE_OK) return code == STORE_END ? STORE_OK : code;
  if (m.ch == CH_COUNT || !o->ch[m.ch].sender) {
    wait_for_next(o, &m, SLICE("the policy has no such channel any more"));
    return STORE_OK;
  }
  if (o->ch[m.ch].resting) {
    wait_for_next(o, &m, SLICE("the channel rests after a failure"));
    return STORE_OK;
  }
  gate_answer answer;
  int64_t attempt = 0;
  slice key = outbox_key(scratch, &m.a);
  code = pass(o, &m, key, scratch, &answer, &attempt);
  if (code != STORE_OK || answer != GATE_GO) return code;
  channel_message out = {.ch = m.ch,
                         .key = key,
                         .to_name = m.to_name,
                         .to = m.to,
                         .subject = m.subject,
                         .text = m.text,
                         .html = m.html,
                         .day = {m.a.on},
                         .customer = m.a.customer,
                         .number = m.a.entity.id};
  send_result r = o->ch[m.ch].driver->send(o->ch[m.ch].sender, &out, scratch);
  code = settle(o, &m, attempt, &r, scratch);
  if (code == STORE_OK) tally(o, &m, &r);
  return code;
}

/* What a refusal queues on the way is taken in the next round: ids rise. */
store_code outbox_deliver(outbox *o, void (*step)(void *self, uint32_t done, uint32_t of), void *self) {
  int64_t *ids, last = 0;
  size_t n;
  store_code code = STORE_OK;
  for (bool more = true; more && code == STORE_OK;) {
    more = false;
    code = ids_in_state(o, ACTION_ready, &ids, &n);
    for (size_t i = 0; i < n && code == STORE_OK; i++) {
      if (ids[i] <= last) continue;
      arena *scratch = arena_new();
      code = deliver_one(o, last = ids[i], scratch);
      arena_free(scratch);
      more = true;
      if (step) step(self, (uint32_t)i + 1, (uint32_t)n);
    }
  }
  return code;
}

/* ---- after a crash ---- */

/* The attempt that is still open, and when it began. */
static store_code open_attempt(outbox *o, int64_t id, int64_t *attempt, int64_t *begun_us) {
  const slice columns[] = {SLICE("id"), SLICE("begun_at")};
  const store_where where[] = {{"action", STORE_EQ, id, {0}}, {"ended_at", STORE_IS_NULL, 0, {0}}};
  store_query q = {.table = STORE_T_attempt, .columns = columns, .column_count = 2, .where = where, .where_count = 2};
  store_cursor *c;
  *attempt = 0;
  store_code code = store_scan(o->s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    *attempt = store_int(c, 0);
    *begun_us = store_int(c, 1);
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

static store_code recover_one(outbox *o, int64_t id, arena *scratch) {
  static const char WHY[] = "dun ended while it was being sent; find out whether it arrived";
  ready_message m = {0};
  slice state;
  int64_t attempt = 0, begun = 0;
  bool moved;
  store_code code = load_action(o, id, scratch, &m.a, &state);
  if (code == STORE_OK) code = open_attempt(o, id, &attempt, &begun);
  if (code != STORE_OK) return code;
  int64_t age_us = store_now_us(o->s) - begun;
  if (attempt && age_us < (int64_t)OUTBOX_SENDING_SECONDS_MAX * 1000000) {
    wait_for_next(o, &m, SLICE("another dun is sending it, or ended less than a minute ago"));
    return STORE_OK;
  }
  if (attempt) code = store_attempt_end(o->s, attempt, SLICE("unknown"), (slice){0}, slice_of(WHY));
  if (code == STORE_OK) code = move(o, id, ACTION_sending, ACTION_unknown, slice_of(WHY), &moved);
  if (code == STORE_OK) code = audit(o, &m, "recover", "unknown", scratch);
  o->tally[TALLY_UNKNOWN]++;
  outbox_remember(o, TALLY_UNKNOWN, m.a.entity.id, m.a.action, slice_of(WHY));
  return code;
}

store_code outbox_recover(outbox *o) {
  int64_t *ids;
  size_t n;
  store_code code = store_begin(o->s);
  if (code != STORE_OK) return code;
  code = ids_in_state(o, ACTION_sending, &ids, &n);
  for (size_t i = 0; i < n && code == STORE_OK; i++) {
    arena *scratch = arena_new();
    code = recover_one(o, ids[i], scratch);
    arena_free(scratch);
  }
  return finish(o, code);
}
