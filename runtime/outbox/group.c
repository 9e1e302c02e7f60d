/* A group: one transaction stores what came of the last group and passes the next messages of the batch through the
 * gate; then the calls of those go out together.
 *
 * Invariants: the store says `sending` of each before the first byte of any leaves; no more are on their way than the
 * channel lets go together and has credit for; no two of a group are of one customer, so that what the gate counts for
 * the second is what became of the first; only an outcome that surely left nothing behind is tried again. */
#include "approve.h"
#include "carry.h"
#include "gate.h"
#include "runtime/store/message.h"

int64_t carry_now_us(const outbox *o) { return o->w->now_ns(o->w) / 1000; }

bool carry_lease_runs_out(const carrier *c) {
  return c->until_us - carry_now_us(c->o) < (int64_t)OUTBOX_LEFT_SECONDS_MIN * 1000000;
}

/* ---- what came of the last one ---- */

static void tally(outbox *o, const sent_result *x) {
  struct outbox_channel *ch = o->ch + x->m.ch;
  outbox_tally t = TALLY_UNKNOWN;
  switch (x->r.outcome) {
  case SEND_ACCEPTED: t = ch->driver->real ? TALLY_SENT : x->m.ch == OUTLET_DOCUMENTS ? TALLY_MADE : TALLY_FILED; break;
  case SEND_REJECTED: t = TALLY_REJECTED; break;
  case SEND_RETRY:
  case SEND_LATER: t = x->m.tries + 1 >= OUTBOX_TRIES_MAX ? TALLY_DEAD : TALLY_DEFERRED; break;
  case SEND_DOWN: t = TALLY_DEFERRED; break;
  case SEND_UNKNOWN:
  case SEND_OUTCOME_COUNT: break;
  }
  ch->resting |= x->r.outcome == SEND_DOWN;
  o->tally[t]++;
  if (x->r.outcome != SEND_ACCEPTED) outbox_remember(o, t, x->m.a.entity.id, x->m.a.action, x->r.detail);
}

store_code carry_settle(carrier *c) {
  store_code code = STORE_OK;
  for (size_t i = 0; i < c->called.n && code == STORE_OK; i++)
    code = outbox_settle(c->o, c->called.v + i, c->called.in);
  return code;
}

void carry_is_settled(carrier *c) {
  if (!c->called.in) return;
  for (size_t i = 0; i < c->called.n; i++) tally(c->o, c->called.v + i);
  arena_free(c->called.in);
  c->called.in = NULL;
  c->called.n = 0;
}

static store_code flush(carrier *c) {
  if (!c->called.in) return STORE_OK;
  store_code code = store_begin(c->o->s);
  if (code != STORE_OK) return code;
  code = outbox_end(c->o, carry_settle(c));
  if (code == STORE_OK) carry_is_settled(c);
  return code;
}

/* ---- the gate ---- */

/* Looked at once more, after it went back: it counts anew. */
static void forget(outbox *o, const ready_message *m) {
  if (outbox_forget(o, TALLY_WAITING, m->a.entity.id, m->a.action)) o->tally[TALLY_WAITING]--;
}

static void wait_for_next(outbox *o, const ready_message *m, slice reason) {
  o->tally[TALLY_WAITING]++;
  outbox_remember(o, TALLY_WAITING, m->a.entity.id, m->a.action, reason);
}

/* Within the transaction: `sending` and the attempt, before any byte leaves. */
static store_code pass(outbox *o, ready_message *m, slice key, arena *scratch, int64_t *attempt) {
  const struct outbox_channel *x = o->ch + m->ch;
  bool moved;
  store_code code = outbox_move(o, m->a.id, ACTION_leased, ACTION_sending, (slice){0}, &moved);
  if (code == STORE_OK && moved) code = outbox_letter_heads(o, m, key, scratch);
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
  if (code == STORE_OK) code = channel_take(o, m, carry_now_us(o), scratch);
  return code == STORE_OK ? outbox_audit(o, m, "send", "begun", scratch) : code;
}

/* What the gate says, within its transaction. */
static store_code ask(carrier *c, claimed *k, sent_result *x, slice key, arena *scratch, gate_answer *answer) {
  outbox *o = c->o;
  ready_message *m = &x->m;
  slice reason;
  bool moved = false;
  store_code code = outbox_watch(o, scratch);
  if (code == STORE_OK) code = outbox_gate(o, m, scratch, answer, &reason);
  if (code != STORE_OK) return code;
  switch (*answer) {
  case GATE_GO: k->over = true; return pass(o, m, key, scratch, &x->attempt);
  case GATE_AGAIN: break;
  case GATE_WAIT:
    k->reason = arena_slice(c->batch, reason);
    k->gate = slice_of(gate_row_name((gate_row)m->blocked));
    k->put_off = m->blocked == GATE_ROW_apart && !o->again_us;
    o->news_waits |= m->blocked == GATE_ROW_news;
    if (!k->put_off) wait_for_next(o, m, reason);
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

/* ---- a group ---- */

static bool of_a_customer_in(const group *g, const ready_message *m) {
  for (size_t i = 0; i < g->n; i++)
    if (slice_eq(g->v[i].m.a.customer, m->a.customer)) return true;
  return false;
}

/* One more of the batch, where it may go with those that the group has. */
static store_code join(carrier *c, claimed *k, group *g) {
  outbox *o = c->o;
  sent_result *x = g->v + g->n;
  action_state state;
  gate_answer answer = GATE_WAIT;
  *x = (sent_result){.m = {.fence = k->fence}};
  store_code code = outbox_load(o, k->id, g->in, &x->m, &state);
  x->m.fence = k->fence;
  bool gone = code == STORE_END, can = code == STORE_OK && x->m.ch != OUTLET_COUNT && o->ch[x->m.ch].sender;
  if (code != STORE_OK && !gone) return code;
  if (can && of_a_customer_in(g, &x->m)) return STORE_OK;
  k->looked = true;
  if (k->id > c->top)
    c->done++;
  else if (!gone)
    forget(o, &x->m);
  if (gone) return STORE_OK;
  if (!can) {
    k->gate = SLICE("channel");
    wait_for_next(o, &x->m, k->reason = SLICE("the policy has no such channel any more"));
    return STORE_OK;
  }
  code = ask(c, k, x, outbox_key(g->in, &x->m.a), g->in, &answer);
  if (code == STORE_OK && k->put_off) {
    int64_t until = carry_now_us(o) + receiver_wait_us(o, &x->m, carry_now_us(o));
    if (!c->back_to || until < c->back_us) c->back_us = until;
  }
  if (code == STORE_OK && answer == GATE_GO && x->attempt) g->n++;
  return code;
}

/* How many may be on their way at a time. Of a channel that has just failed, or that is to show that it is there again,
 * one; while a plan goes out no more than may be unknown without stopping it: so a kill alone does not. */
static store_code room_for(outbox *o, outlet ch, arena *scratch, int64_t *room) {
  store_channel state;
  *room = OUTBOX_GROUP_MAX;
  if (ch == OUTLET_COUNT || !o->ch[ch].sender) return STORE_OK;
  uint32_t together = o->ch[ch].rate.together ? o->ch[ch].rate.together : 1;
  store_code code = store_channel_get(o->s, slice_of(outlet_name(ch)), scratch, &state);
  if (code != STORE_OK) return code;
  if (together < *room) *room = together;
  int64_t credit = channel_room(o, ch, &state, carry_now_us(o));
  if (credit < *room) *room = credit > 1 ? credit : 1;
  if (o->activation && *room > RAMP_UNKNOWN_MAX) *room = RAMP_UNKNOWN_MAX;
  if (state.rests || state.failed_in_row || state.unknown_in_row) *room = 1;
  return STORE_OK;
}

static store_code gather(carrier *c, outlet ch, group *g) {
  outbox *o = c->o;
  int64_t room;
  store_code code = room_for(o, ch, g->in, &room);
  for (size_t i = 0; i < c->n && (int64_t)g->n < room && code == STORE_OK; i++) {
    claimed *k = c->v + i;
    if (k->looked || k->ch != ch) continue;
    /* The ramp is judged by what came back, of those before it too. */
    if (o->activation && o->ramp_next <= 0 && g->n) break;
    code = join(c, k, g);
  }
  return code;
}

/* ---- the calls ---- */

static bool too_late(const carrier *c) {
  return c->until_us - carry_now_us(c->o) < (int64_t)OUTBOX_CALL_SECONDS_MAX * 1000000;
}

static void call(carrier *c, group *g) {
  static const send_result LATE = {
      .outcome = SEND_RETRY,
      .detail = {"its lease ran out before the call", sizeof "its lease ran out before the call" - 1}};
  outlet ch = g->v[0].m.ch;
  const struct outbox_channel *x = c->o->ch + ch;
  channel_message *letters = ARENA_ARRAY(g->in, g->n, channel_message);
  send_result *results = ARENA_ARRAY(g->in, g->n, send_result);
  for (size_t i = 0; i < g->n; i++) letters[i] = outbox_letter(&g->v[i].m, outbox_key(g->in, &g->v[i].m.a));
  bool together = x->driver->send_all && !too_late(c);
  if (together) x->driver->send_all(x->sender, letters, g->n, results, g->in);
  for (size_t i = 0; i < g->n && !together; i++)
    results[i] = too_late(c) ? LATE : x->driver->send(x->sender, letters + i, g->in);
  for (size_t i = 0; i < g->n; i++) g->v[i].r = results[i];
}

/* Until the channel may take one more; nothing is left unstored meanwhile. */
static store_code wait_for_credit(carrier *c, outlet ch) {
  outbox *o = c->o;
  store_channel state;
  if (ch == OUTLET_COUNT || !o->ch[ch].sender) return STORE_OK;
  store_code code = store_channel_get(o->s, slice_of(outlet_name(ch)), c->batch, &state);
  int64_t wait = code == STORE_OK ? channel_wait_us(o, ch, &state, carry_now_us(o)) : 0;
  if (wait == 0) return code;
  code = flush(c);
  if (code == STORE_OK) o->w->sleep_ns(o->w, wait * 1000);
  return code;
}

store_code carry_group(carrier *c, bool *more) {
  outbox *o = c->o;
  size_t first = 0;
  while (first < c->n && c->v[first].looked) first++;
  *more = first < c->n;
  if (!*more) return STORE_OK;
  store_code code = wait_for_credit(c, c->v[first].ch);
  if (code == STORE_OK) code = store_begin(o->s);
  if (code != STORE_OK) return code;
  arena *in = arena_new();
  group *next = ARENA_NEW(in, group);
  *next = (group){.in = in};
  code = carry_settle(c);
  if (code == STORE_OK) code = gather(c, c->v[first].ch, next);
  code = outbox_end(o, code);
  if (code == STORE_OK) carry_is_settled(c);
  if (code == STORE_OK && next->n) {
    call(c, next);
    c->called = *next;
    return STORE_OK;
  }
  arena_free(in);
  return code;
}
