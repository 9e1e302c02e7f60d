/* After a call: what came of it, and when it is tried again.
 *
 * Invariants: only an outcome that surely left nothing behind is tried again by itself; an answer that comes after
 * somebody else took the action over moves it no more. */
#include "documents.h"
#include "effect.h"
#include "outbox.h"

enum { BACKOFF_SECONDS = 60, BACKOFF_SECONDS_MAX = 3600, RETRY_SECONDS_MAX = 86400 };

/* Somewhere from 0 to `most`: many messages that failed together do not come back together. */
static int64_t jitter(outbox *o, int64_t most) {
  uint64_t n;
  if (o->w->random(o->w, &n, sizeof n) != WORLD_OK) return most;
  return (int64_t)(n % (uint64_t)(most + 1));
}

/* A minute, doubled with each try, to an hour; or what the receiver says, and a little more. */
static int64_t wait_us(outbox *o, const send_result *r, int64_t tries) {
  int64_t seconds = BACKOFF_SECONDS;
  for (int64_t i = 0; i < tries && seconds < BACKOFF_SECONDS_MAX; i++) seconds *= 2;
  if (seconds > BACKOFF_SECONDS_MAX) seconds = BACKOFF_SECONDS_MAX;
  int64_t said = r->retry_s < RETRY_SECONDS_MAX ? r->retry_s : RETRY_SECONDS_MAX;
  if (said > 0) return said * 1000000 + jitter(o, said * 100000);
  return jitter(o, seconds * 1000000);
}

static action_state state_after(const send_result *r, int64_t tries) {
  switch (r->outcome) {
  case SEND_ACCEPTED: return ACTION_accepted;
  case SEND_REJECTED: return ACTION_rejected;
  case SEND_RETRY:
  case SEND_LATER: return tries >= OUTBOX_TRIES_MAX ? ACTION_dead : ACTION_deferred;
  case SEND_DOWN: return ACTION_deferred; /* it is about the channel, not about this message */
  case SEND_UNKNOWN:
  case SEND_OUTCOME_COUNT: break;
  }
  return ACTION_unknown;
}

/* The attempt's end; one that a recovery has ended meanwhile stays as that said. */
static store_code end_attempt(outbox *o, const sent_result *x) {
  store_tried last;
  store_code code = store_try_last(o->s, x->m.a.id, &last);
  if (code != STORE_OK || last.id != x->attempt || !last.open) return code;
  return store_try_end(o->s, x->attempt, slice_of(send_outcome_name(x->r.outcome)), x->r.provider_id, x->r.detail);
}

static store_code move_on(outbox *o, const sent_result *x, action_state from, int64_t tries, arena *scratch) {
  bool moved = false;
  action_state to = state_after(&x->r, tries);
  int64_t id = x->m.a.id;
  if (!action_may_move(from, to)) return STORE_OK;
  if (to == ACTION_deferred) {
    int64_t now = o->w->now_ns(o->w) / 1000;
    store_code code = store_defer(o->s, id, now + wait_us(o, &x->r, tries ? tries - 1 : 0), tries);
    if (code != STORE_OK) return code;
  }
  slice reason = to == ACTION_dead
                     ? arena_printf(scratch, "given up after %d tries: %.*s", OUTBOX_TRIES_MAX, SLICE_ARG(x->r.detail))
                 : to == ACTION_accepted ? (slice){0}
                                         : x->r.detail;
  store_code code = outbox_move(o, id, from, to, reason, &moved);
  if (code == STORE_OK && to == ACTION_accepted) code = store_provider_events_found(o->s, id, x->r.provider_id);
  if (code == STORE_OK && to == ACTION_accepted && moved) code = outbox_took_effect(o->s, id, o->today, scratch);
  if (code == STORE_OK && to == ACTION_accepted && moved && x->r.file.n)
    code = document_keep(o->s, id, x->r.file, scratch);
  if (code == STORE_OK && to == ACTION_rejected && moved) code = outbox_fall_back(o, &x->m, x->r.detail, scratch);
  return code;
}

store_code outbox_settle(outbox *o, const sent_result *x, arena *scratch) {
  store_claim c = {0};
  store_code code = store_claim_of(o->s, x->m.a.id, scratch, &c);
  if (code == STORE_OK) code = end_attempt(o, x);
  if (code == STORE_OK) code = channel_learn(o, &x->m, &x->r, o->w->now_ns(o->w) / 1000, scratch);
  if (code == STORE_OK) code = outbox_audit(o, &x->m, "sent", send_outcome_name(x->r.outcome), scratch);
  /* `unknown` of our own claim: a recovery was faster than the answer, which is better than not knowing. */
  bool ours = c.fence == x->m.fence && (c.state == ACTION_sending || c.state == ACTION_unknown);
  if (code != STORE_OK || !ours) return code;
  return move_on(o, x, c.state, c.tries + (x->r.outcome == SEND_RETRY || x->r.outcome == SEND_LATER), scratch);
}
