/* After a crash, and after an answer that never came: what was being sent is unknown, and what is unknown is looked
 * for.
 *
 * Invariant: an action leaves `unknown` only by a proof: the channel knows that it arrived, or that nothing did, or
 * carries the same key out once. */
#include "effect.h"
#include "outbox.h"

typedef struct id_list {
  int64_t *v;
  size_t n, room;
} id_list;

static store_code ids_in_state(outbox *o, action_state state, id_list *l) {
  const slice columns[] = {SLICE("id")};
  const store_where where[] = {{"state", STORE_EQ, 0, slice_of(action_state_name(state))},
                               {"lead", STORE_IS_NULL, 0, {0}}};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 1, .where = where, .where_count = 2};
  store_cursor *c;
  *l = (id_list){0};
  store_code code = store_scan(o->s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    if (l->n == l->room) {
      l->room = l->room ? l->room * 2 : 64;
      int64_t *v = ARENA_ARRAY(o->perm, l->room, int64_t);
      if (l->n) memcpy(v, l->v, l->n * sizeof *v);
      l->v = v;
    }
    l->v[l->n++] = store_int(c, 0);
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

/* ---- sending, and nobody behind it ---- */

static store_code recover_one(outbox *o, int64_t id, arena *scratch) {
  static const char WHY[] = "dun ended while it was being sent; find out whether it arrived";
  ready_message m = {0};
  action_state state;
  store_tried last = {0};
  bool moved;
  store_code code = outbox_load(o, id, scratch, &m, &state);
  if (code == STORE_END) code = STORE_OK;
  if (code == STORE_OK) code = store_try_last(o->s, id, &last);
  if (code != STORE_OK) return code;
  int64_t age_us = store_now_us(o->s) - last.begun_us;
  if (last.open && age_us < (int64_t)OUTBOX_SENDING_SECONDS_MAX * 1000000) {
    o->tally[TALLY_WAITING]++;
    outbox_remember(o, TALLY_WAITING, m.a.entity.id, m.a.action,
                    SLICE("another dun is sending it, or ended less than a minute ago"));
    return STORE_OK;
  }
  if (last.open) code = store_try_end(o->s, last.id, SLICE("unknown"), (slice){0}, slice_of(WHY));
  if (code == STORE_OK) code = outbox_move(o, id, ACTION_sending, ACTION_unknown, slice_of(WHY), &moved);
  if (code == STORE_OK) code = outbox_audit(o, &m, "recover", "unknown", scratch);
  o->tally[TALLY_UNKNOWN]++;
  outbox_remember(o, TALLY_UNKNOWN, m.a.entity.id, m.a.action, slice_of(WHY));
  return code;
}

static store_code recover_sending(outbox *o) {
  id_list l;
  store_code code = store_begin(o->s);
  if (code != STORE_OK) return code;
  code = ids_in_state(o, ACTION_sending, &l);
  for (size_t i = 0; i < l.n && code == STORE_OK; i++) {
    arena *scratch = arena_new();
    code = recover_one(o, l.v[i], scratch);
    arena_free(scratch);
  }
  return outbox_end(o, code);
}

/* ---- unknown ---- */

/* What the channel can tell of it; SEND_UNKNOWN: nothing. */
static send_result found(outbox *o, ready_message *m, int64_t begun_us, arena *scratch) {
  const struct outbox_channel *x = o->ch + m->ch;
  if (x->driver->find) {
    if (m->ch == OUTLET_ERP && outbox_made_before(o->s, m->a.id, scratch, &m->made, &m->made_count) != STORE_OK)
      return (send_result){.outcome = SEND_UNKNOWN, .detail = SLICE("the store could not be read")};
    channel_message letter = outbox_letter(m, outbox_key(scratch, &m->a));
    return x->driver->find(x->sender, &letter, begun_us / 1000000, scratch);
  }
  bool again = x->driver->honours_key && m->tries + 1 < OUTBOX_TRIES_MAX;
  return (send_result){.outcome = again ? SEND_RETRY : SEND_UNKNOWN,
                       .detail = SLICE("the provider carries the same key out once")};
}

static store_code reconcile_one(outbox *o, int64_t id, arena *scratch) {
  ready_message m = {0};
  action_state state;
  store_tried last;
  store_claim claim;
  bool moved = false;
  store_code code = outbox_load(o, id, scratch, &m, &state);
  if (code != STORE_OK || m.ch == OUTLET_COUNT || !o->ch[m.ch].sender) return code == STORE_END ? STORE_OK : code;
  code = store_try_last(o->s, id, &last);
  if (code == STORE_OK) code = store_claim_of(o->s, id, scratch, &claim);
  if (code != STORE_OK) return code;
  m.tries = claim.tries;
  send_result r = found(o, &m, last.begun_us, scratch);
  if (r.outcome != SEND_ACCEPTED && r.outcome != SEND_RETRY) return STORE_OK;
  bool arrived = r.outcome == SEND_ACCEPTED;
  code = store_begin(o->s);
  if (code != STORE_OK) return code;
  code = outbox_move(o, id, ACTION_unknown, arrived ? ACTION_accepted : ACTION_deferred, r.detail, &moved);
  if (code == STORE_OK && moved && arrived) code = store_try_named(o->s, last.id, r.provider_id);
  if (code == STORE_OK && moved && arrived) code = outbox_took_effect(o->s, id, o->today, scratch);
  if (code == STORE_OK && moved && !arrived) code = store_defer(o->s, id, o->w->now_ns(o->w) / 1000, claim.tries + 1);
  if (code == STORE_OK && moved)
    code = outbox_audit(o, &m, "reconcile", arrived ? "accepted" : "nothing arrived", scratch);
  code = outbox_end(o, code);
  if (code == STORE_OK && moved && outbox_forget(o, TALLY_UNKNOWN, m.a.entity.id, m.a.action))
    o->tally[TALLY_UNKNOWN]--;
  if (code == STORE_OK && moved && arrived) o->tally[o->ch[m.ch].driver->real ? TALLY_SENT : TALLY_FILED]++;
  return code;
}

store_code outbox_recover(outbox *o) {
  id_list l;
  store_code code = recover_sending(o);
  if (code == STORE_OK) code = ids_in_state(o, ACTION_unknown, &l);
  for (size_t i = 0; code == STORE_OK && i < l.n; i++) {
    arena *scratch = arena_new();
    code = reconcile_one(o, l.v[i], scratch);
    arena_free(scratch);
  }
  return code;
}
