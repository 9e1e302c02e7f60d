/* The ramp of an approved plan over a backlog: 10 messages, then 1 %, 10 % and all of them; each step when what the one
 * before it sent is settled and 15 minutes are over; stopped by what comes back.
 *
 * Invariant: a message of the plan is ready only if a step let it go; a stop is a pause, which a person alone ends. */
#include "approve.h"
#include "runtime/store/message.h"
#include "runtime/store/pause.h"

store_code outbox_ramp_find(outbox *o) {
  store_ramp r;
  o->activation = 0;
  store_code code = store_ramp_open(o->s, o->perm, &r);
  if (code == STORE_OK && !(r.part && r.used)) o->activation = r.id;
  o->activation_part = code == STORE_OK && r.part;
  return code == STORE_END ? STORE_OK : code;
}

/* ---- stopping ---- */

/* Why it stops; empty: it does not. */
static slice stops(const store_ramp *r, arena *perm) {
  if (r->unknown > RAMP_UNKNOWN_MAX)
    return arena_printf(perm, "%lld messages of the approved plan have an unknown outcome", (long long)r->unknown);
  if (r->moving > 0 && r->gone < RAMP_JUDGED_FROM) return (slice){0};
  if (r->bounced * 100 > r->gone * RAMP_BOUNCED_PCT)
    return arena_printf(perm, "%lld of %lld messages of the approved plan bounced or were refused",
                        (long long)r->bounced, (long long)r->gone);
  if (r->opted_out * 100 > r->gone * RAMP_OPTED_OUT_PCT)
    return arena_printf(perm, "%lld of %lld customers of the approved plan opted out", (long long)r->opted_out,
                        (long long)r->gone);
  return (slice){0};
}

static store_code judge(outbox *o, const store_ramp *r, arena *perm, slice *why) {
  bool is_new;
  *why = stops(r, perm);
  if (!why->n) return STORE_OK;
  store_code code = store_pause_put(o->s, PAUSE_policy, r->policy, PAUSE_BY_DUN, *why, &is_new);
  return code == STORE_OK ? store_ramp_judged(o->s, r) : code;
}

/* Looked at again after each twentieth part of the plan, and at least every 20 messages: the sums are not free. */
store_code outbox_ramp_judge(outbox *o, arena *scratch) {
  slice why;
  if (!o->activation || o->ramp_next-- > 0) return STORE_OK;
  store_ramp r;
  store_code code = store_ramp_open(o->s, scratch, &r);
  if (code != STORE_OK) return code == STORE_END ? STORE_OK : code;
  o->ramp_next = r.total / 20 > RAMP_JUDGED_FROM ? r.total / 20 : RAMP_JUDGED_FROM;
  return judge(o, &r, scratch, &why);
}

/* ---- going on ---- */

/* How many messages of the plan may be out by the end of a step. */
static int64_t target(const store_ramp *r, int32_t step) {
  if (!r->ramp || step >= RAMP_STEPS) return r->total;
  int64_t part = step == 1 ? 0 : (r->total + (step == 2 ? 99 : 9)) / (step == 2 ? 100 : 10);
  int64_t most = part > RAMP_FIRST ? part : RAMP_FIRST;
  return most < r->total ? most : r->total;
}

static store_code ids_waiting(outbox *o, int64_t activation, int64_t n, int64_t **out, int64_t *count) {
  const slice columns[] = {SLICE("id")};
  const store_where where[] = {{"activation", STORE_EQ, activation, {0}},
                               {"state", STORE_EQ, 0, slice_of(action_state_name(ACTION_approved))},
                               {"lead", STORE_IS_NULL, 0, {0}}};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 1, .where = where, .where_count = 3};
  store_cursor *c;
  *out = ARENA_ARRAY(o->perm, (size_t)n + 1, int64_t);
  *count = 0;
  store_code code = store_scan(o->s, &q, &c);
  if (code != STORE_OK) return code;
  while (*count < n && (code = store_next(c)) == STORE_ROW) (*out)[(*count)++] = store_int(c, 0);
  store_cursor_close(c);
  return code == STORE_END || code == STORE_ROW ? STORE_OK : code;
}

static store_code let_go(outbox *o, const store_ramp *r, int32_t step, int64_t n) {
  int64_t *ids, count;
  bool moved;
  store_code code = ids_waiting(o, r->id, n, &ids, &count);
  for (int64_t i = 0; i < count && code == STORE_OK; i++) {
    code = store_action_move(o->s, ids[i], ACTION_approved, ACTION_ready, (slice){0}, &moved);
    if (code == STORE_OK && moved)
      code = store_action_move_joined(o->s, ids[i], ACTION_approved, ACTION_ready, (slice){0});
    if (code == STORE_OK) code = store_ramp_member(o->s, ids[i], step);
  }
  return code == STORE_OK ? store_ramp_step(o->s, r, step) : code;
}

static store_code go_on(outbox *o, const store_ramp *r) {
  store_pause pause;
  slice why;
  o->tally[TALLY_APPROVED] = (uint32_t)r->waiting;
  store_code code = judge(o, r, o->perm, &why);
  if (code != STORE_OK || why.n) return code;
  if (r->waiting == 0) return (r->total || r->used) && r->moving == 0 ? store_ramp_through(o->s, r->id) : STORE_OK;
  code = store_pause_of(o->s, r->policy, (slice){0}, (slice){0}, o->perm, &pause);
  if (code != STORE_END) return code;
  bool early = r->ramp && r->step > 0 && r->step < RAMP_STEPS &&
               (r->moving > 0 || store_now_us(o->s) - r->step_at_us < (int64_t)RAMP_STEP_MINUTES * 60 * 1000000);
  if (early) return STORE_OK;
  int64_t out = r->total - r->waiting;
  int32_t step = r->step < RAMP_STEPS ? r->step + 1 : RAMP_STEPS;
  if (!r->ramp) step = RAMP_STEPS;
  while (step < RAMP_STEPS && target(r, step) <= out) step++;
  int64_t n = target(r, step) - out;
  o->tally[TALLY_APPROVED] = (uint32_t)(r->waiting - n);
  return let_go(o, r, step, n);
}

store_code outbox_ramp(outbox *o) {
  store_ramp r;
  store_code code = store_begin(o->s);
  if (code != STORE_OK) return code;
  code = store_ramp_open(o->s, o->perm, &r);
  if (code == STORE_OK) code = store_ramp_adopt(o->s, r.id);
  if (code == STORE_OK) code = store_ramp_open(o->s, o->perm, &r);
  if (code == STORE_OK) {
    o->activation = r.id;
    o->ramp_next = RAMP_JUDGED_FROM;
    code = go_on(o, &r);
  } else if (code == STORE_END) {
    code = STORE_OK;
  }
  if (code == STORE_OK) return store_commit(o->s);
  store_rollback(o->s);
  return code;
}
