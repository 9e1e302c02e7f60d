/* Carrying messages out: a batch is claimed; then for each gate, `sending` and attempt committed durably, the call, its
 * outcome committed together with the next one's gate.
 *
 * Invariant: the store says `sending` before the first byte leaves, and only an outcome that surely left nothing behind
 * is tried again. */
#include <stdlib.h>

#include "approve.h"
#include "runtime/store/message.h"

/* STORE_END where there is no such action. */
static store_code load_action(outbox *o, int64_t id, arena *perm, store_action *a, action_state *state) {
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
  if (code == STORE_ROW && !action_state_find(store_text(c, 10), state)) *state = ACTION_STATE_COUNT;
  store_cursor_close(c);
  return code == STORE_ROW ? STORE_OK : code;
}

store_code outbox_load(outbox *o, int64_t id, arena *perm, ready_message *m, action_state *state) {
  const slice columns[] = {SLICE("channel"), SLICE("recipient"), SLICE("recipient_name"), SLICE("to_customer"),
                           SLICE("subject"), SLICE("text"),      SLICE("html"),           SLICE("form")};
  store_where where = {"action", STORE_EQ, id, {0}};
  store_query q = {.table = STORE_T_message, .columns = columns, .column_count = 8, .where = &where, .where_count = 1};
  store_cursor *c;
  m->ch = OUTLET_COUNT;
  store_code code = load_action(o, id, perm, &m->a, state);
  if (code != STORE_OK) return code;
  code = store_scan(o->s, &q, &c);
  if (code != STORE_OK) return code;
  code = store_next(c);
  if (code == STORE_ROW) {
    m->ch = outlet_named(store_text(c, 0));
    m->to = arena_slice(perm, store_text(c, 1));
    m->to_name = arena_slice(perm, store_text(c, 2));
    m->to_customer = store_int(c, 3) != 0;
    m->subject = arena_slice(perm, store_text(c, 4));
    m->text = arena_slice(perm, store_text(c, 5));
    m->html = arena_slice(perm, store_text(c, 6));
    m->form = arena_slice(perm, store_text(c, 7));
  }
  store_cursor_close(c);
  return code == STORE_ROW ? STORE_OK : code;
}

channel_message outbox_letter(const ready_message *m, slice key) {
  return (channel_message){.ch = outlet_is_channel(m->ch) ? (channel)m->ch : CH_COUNT,
                           .key = key,
                           .to_name = m->to_name,
                           .to = m->to,
                           .subject = m->subject,
                           .text = m->text,
                           .html = m->html,
                           .day = {m->a.on},
                           .customer = m->a.customer,
                           .number = m->a.entity.id,
                           .form = m->form,
                           .country = m->country,
                           .heard_s = m->heard_s};
}

store_code outbox_move(outbox *o, int64_t id, action_state from, action_state to, slice reason, bool *moved) {
  store_code code = store_action_move(o->s, id, from, to, reason, moved);
  return code == STORE_OK && *moved ? store_action_move_joined(o->s, id, from, to, reason) : code;
}

store_code outbox_audit(outbox *o, const ready_message *m, const char *kind, const char *outcome, arena *scratch) {
  store_event e = {slice_of(kind), SLICE("dun run"), arena_printf(scratch, "action %lld", (long long)m->a.id),
                   arena_printf(scratch, "{\"channel\":\"%s\",\"outcome\":\"%s\"}", outlet_name(m->ch), outcome)};
  return store_audit_append(o->s, &e);
}

store_code outbox_end(outbox *o, store_code code) {
  if (code == STORE_OK) return store_commit(o->s);
  store_rollback(o->s);
  return code;
}

static void wait_for_next(outbox *o, const ready_message *m, slice reason) {
  o->tally[TALLY_WAITING]++;
  outbox_remember(o, TALLY_WAITING, m->a.entity.id, m->a.action, reason);
}

/* ---- one after the other ---- */

/* A claim of this run. */
typedef struct claimed {
  int64_t id, fence;
  bool over;    /* nothing is left to release */
  slice reason; /* why it is released */
} claimed;

/* A batch of claims, and the call whose outcome is not stored yet. */
typedef struct carrier {
  outbox *o;
  arena *batch;
  claimed v[OUTBOX_BATCH];
  size_t n;
  int64_t until_us, last; /* the batch's lease; the last id that was looked at */
  bool woken;             /* what waited long enough is ready: once a run */
  sent_result called;
  arena *called_in; /* where it lives; NULL: there is none */
} carrier;

static int64_t now_us(const outbox *o) { return o->w->now_ns(o->w) / 1000; }

static void tally(outbox *o, const sent_result *x) {
  struct outbox_channel *ch = o->ch + x->m.ch;
  outbox_tally t = TALLY_UNKNOWN;
  switch (x->r.outcome) {
  case SEND_ACCEPTED: t = ch->driver->real ? TALLY_SENT : TALLY_FILED; break;
  case SEND_REJECTED: t = TALLY_REJECTED; break;
  case SEND_RETRY: t = x->m.tries + 1 >= OUTBOX_TRIES_MAX ? TALLY_DEAD : TALLY_DEFERRED; break;
  case SEND_DOWN: t = TALLY_DEFERRED; break;
  case SEND_UNKNOWN:
  case SEND_OUTCOME_COUNT: break;
  }
  ch->resting |= x->r.outcome == SEND_DOWN;
  o->tally[t]++;
  if (x->r.outcome != SEND_ACCEPTED) outbox_remember(o, t, x->m.a.entity.id, x->m.a.action, x->r.detail);
}

/* Within the transaction: `sending` and the attempt, before any byte leaves. */
static store_code pass(outbox *o, ready_message *m, slice key, arena *scratch, int64_t *attempt) {
  const struct outbox_channel *x = o->ch + m->ch;
  bool moved;
  store_channel state;
  store_code code = outbox_move(o, m->a.id, ACTION_leased, ACTION_sending, (slice){0}, &moved);
  if (code != STORE_OK || !moved) return code;
  channel_message letter = outbox_letter(m, key);
  store_try t = {.action = m->a.id,
                 .provider = slice_of(x->driver->kind),
                 .key = key,
                 .provider_id = x->driver->name ? x->driver->name(x->sender, &letter, scratch) : (slice){0},
                 .fence = m->fence,
                 .asked_by = m->resend_by};
  code = store_try_begin(o->s, &t, attempt);
  if (code == STORE_OK) code = store_sent_on(o->s, m->a.id, o->today.day);
  if (code == STORE_OK) code = store_channel_get(o->s, slice_of(outlet_name(m->ch)), scratch, &state);
  if (code == STORE_OK) code = channel_take(o, m->ch, &state, now_us(o));
  return code == STORE_OK ? outbox_audit(o, m, "send", "begun", scratch) : code;
}

/* What the gate says, within its transaction. */
static store_code ask(carrier *c, claimed *k, ready_message *m, slice key, arena *scratch, gate_answer *answer,
                      int64_t *attempt) {
  outbox *o = c->o;
  slice reason;
  bool moved = false;
  store_code code = outbox_watch(o, scratch);
  if (code == STORE_OK) code = outbox_gate(o, m, scratch, answer, &reason);
  if (code != STORE_OK) return code;
  switch (*answer) {
  case GATE_GO: k->over = true; return pass(o, m, key, scratch, attempt);
  case GATE_AGAIN: break;
  case GATE_WAIT:
    k->reason = arena_slice(c->batch, reason);
    wait_for_next(o, m, reason);
    break;
  case GATE_SUPPRESS:
  case GATE_EXPIRE: {
    outbox_tally t = *answer == GATE_EXPIRE ? TALLY_EXPIRED : TALLY_SUPPRESSED;
    action_state to = *answer == GATE_EXPIRE ? ACTION_expired : ACTION_suppressed;
    k->over = true;
    code = outbox_move(o, m->a.id, ACTION_leased, to, reason, &moved);
    if (code == STORE_OK && moved) code = outbox_audit(o, m, "gate", action_state_name(to), scratch);
    o->tally[t]++;
    outbox_remember(o, t, m->a.entity.id, m->a.action, reason);
    break;
  }
  }
  return code;
}

/* The outcome of the last call is stored: where nothing waits for its transaction, in one of its own. */
static store_code store_called(carrier *c) {
  arena *scratch = arena_new();
  store_code code = c->called_in ? outbox_settle(c->o, &c->called, scratch) : STORE_OK;
  arena_free(scratch);
  return code;
}
static void called_is_stored(carrier *c) {
  if (!c->called_in) return;
  tally(c->o, &c->called);
  arena_free(c->called_in);
  c->called_in = NULL;
}
static store_code flush(carrier *c) {
  if (!c->called_in) return STORE_OK;
  store_code code = store_begin(c->o->s);
  if (code != STORE_OK) return code;
  code = outbox_end(c->o, store_called(c));
  if (code == STORE_OK) called_is_stored(c);
  return code;
}

/* Until the channel may take one more; nothing is left unstored meanwhile. */
static store_code wait_for_credit(carrier *c, outlet ch, arena *scratch) {
  store_channel state;
  store_code code = store_channel_get(c->o->s, slice_of(outlet_name(ch)), scratch, &state);
  int64_t wait = code == STORE_OK ? channel_wait_us(c->o, ch, &state, now_us(c->o)) : 0;
  if (wait == 0) return code;
  code = flush(c);
  if (code == STORE_OK) c->o->w->sleep_ns(c->o->w, wait * 1000);
  return code;
}

/* One transaction: what came of the last call, and the gate for this one. Then the call. */
static store_code deliver_one(carrier *c, claimed *k) {
  outbox *o = c->o;
  arena *scratch = arena_new();
  ready_message m = {0};
  action_state state;
  gate_answer answer = GATE_WAIT;
  int64_t attempt = 0;
  store_code code = outbox_load(o, k->id, scratch, &m, &state);
  bool can = code == STORE_OK && m.ch != OUTLET_COUNT && o->ch[m.ch].sender;
  if (code == STORE_OK && can) code = wait_for_credit(c, m.ch, scratch);
  if (code == STORE_OK && can) code = store_begin(o->s);
  if (code == STORE_OK && !can) wait_for_next(o, &m, k->reason = SLICE("the policy has no such channel any more"));
  if (code != STORE_OK || !can) {
    arena_free(scratch);
    return code == STORE_END ? STORE_OK : code;
  }
  m.fence = k->fence;
  slice key = outbox_key(scratch, &m.a);
  code = store_called(c);
  if (code == STORE_OK) code = ask(c, k, &m, key, scratch, &answer, &attempt);
  code = outbox_end(o, code);
  if (code == STORE_OK) called_is_stored(c);
  if (code != STORE_OK || answer != GATE_GO || !attempt) {
    arena_free(scratch);
    return code;
  }
  channel_message letter = outbox_letter(&m, key);
  bool late = c->until_us - now_us(o) < (int64_t)OUTBOX_CALL_SECONDS_MAX * 1000000;
  send_result r = late ? (send_result){.outcome = SEND_RETRY, .detail = SLICE("its lease ran out before the call")}
                       : o->ch[m.ch].driver->send(o->ch[m.ch].sender, &letter, scratch);
  c->called = (sent_result){m, attempt, r};
  c->called_in = scratch;
  return STORE_OK;
}

/* ---- batches ---- */

/* Claims the next ones, in one transaction. */
static store_code claim(carrier *c) {
  outbox *o = c->o;
  store_due due[OUTBOX_BATCH];
  size_t n = 0;
  int64_t released;
  store_code code = store_begin(o->s);
  if (code != STORE_OK) return code;
  int64_t now = now_us(o);
  c->n = 0;
  c->until_us = now + (int64_t)OUTBOX_LEASE_SECONDS * 1000000;
  if (!c->woken) code = store_wake(o->s, now, &released);
  c->woken = true;
  if (code == STORE_OK) code = store_due_next(o->s, c->last, c->batch, due, OUTBOX_BATCH, &n);
  for (size_t i = 0; i < n && code == STORE_OK; i++) {
    claimed *k = c->v + c->n;
    *k = (claimed){.id = due[i].id};
    code = store_lease(o->s, due[i].id, o->worker, c->until_us, &k->fence);
    if (k->fence) c->n++;
  }
  return outbox_end(o, code);
}

/* What is left of the batch goes back, in one transaction; with it the last call's outcome. */
static store_code release(carrier *c) {
  bool any = c->called_in != NULL;
  for (size_t i = 0; i < c->n; i++) any |= !c->v[i].over;
  if (!any) return STORE_OK;
  store_code code = store_begin(c->o->s);
  if (code != STORE_OK) return code;
  code = store_called(c);
  for (size_t i = 0; i < c->n && code == STORE_OK; i++)
    if (!c->v[i].over) code = store_release(c->o->s, c->v[i].id, c->v[i].fence, c->v[i].reason);
  code = outbox_end(c->o, code);
  if (code == STORE_OK) called_is_stored(c);
  return code;
}

static bool lease_runs_out(const carrier *c) {
  return c->until_us - now_us(c->o) < (int64_t)OUTBOX_LEFT_SECONDS_MIN * 1000000;
}

/* What a refusal queues on the way is taken in a later batch: ids rise. */
store_code outbox_deliver(outbox *o, void (*step)(void *self, uint32_t done, uint32_t of), void *self) {
  carrier c = {.o = o};
  int64_t due = 0, deferred = 0;
  uint32_t done = 0;
  store_code code = store_due_count(o->s, now_us(o), &due, &deferred);
  o->tally[TALLY_DEFERRED] += (uint32_t)deferred; /* by earlier runs; none is silent */
  for (bool more = true; more && code == STORE_OK;) {
    c.batch = arena_new();
    code = claim(&c);
    more = c.n > 0;
    for (size_t i = 0; i < c.n && code == STORE_OK && !lease_runs_out(&c) && !world_is_to_end(o->w); i++) {
      code = deliver_one(&c, c.v + i);
      c.last = c.v[i].id;
      done++;
      if (step) step(self, done, (uint32_t)(due > done ? due : done));
    }
    if (code == STORE_OK) code = release(&c);
    arena_free(c.batch);
    more &= !world_is_to_end(o->w);
  }
  if (c.called_in) arena_free(c.called_in);
  return code;
}
