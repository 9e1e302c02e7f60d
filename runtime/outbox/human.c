/* See human.h. */
#include "human.h"

#include "effect.h"
#include "runtime/store/approval.h"
#include "runtime/store/delivery.h"
#include "runtime/store/message.h"

static const struct {
  const char *word;
  action_state to;
} ACTS[] = {
#define ACT(id, word, to) {word, ACTION_##to},
    HUMAN_ACTS(ACT)
#undef ACT
};

bool human_may(human_act act, action_state st) {
  switch (act) {
  case HUMAN_RETRY: return st == ACTION_rejected || st == ACTION_dead || st == ACTION_deferred || st == ACTION_unknown;
  case HUMAN_CANCEL:
    return st == ACTION_held || st == ACTION_approved || st == ACTION_ready || st == ACTION_leased ||
           st == ACTION_deferred || st == ACTION_dead;
  case HUMAN_DELIVERED:
  case HUMAN_NOT_SENT: return st == ACTION_unknown;
  case HUMAN_HOLD: return st == ACTION_ready || st == ACTION_approved || st == ACTION_deferred;
  case HUMAN_RELEASE: return st == ACTION_held;
  case HUMAN_ACT_COUNT: break;
  }
  return false;
}

/* The lead, its state, and whether it has a message. */
static store_code find(store *s, int64_t id, human_result *r, bool *has_message) {
  const slice columns[] = {SLICE("state"), SLICE("lead")}, message[] = {SLICE("action")};
  store_cursor *c;
  r->lead = id;
  for (bool joined = true; joined;) {
    const store_where where = {"id", STORE_EQ, r->lead, {0}};
    store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 2, .where = &where, .where_count = 1};
    store_code code = store_scan(s, &q, &c);
    if (code != STORE_OK) return code;
    code = store_next(c);
    joined = code == STORE_ROW && !store_is_null(c, 1);
    bool known = code == STORE_ROW && action_state_find(store_text(c, 0), &r->was);
    if (joined) r->lead = store_int(c, 1);
    store_cursor_close(c);
    if (code == STORE_ROW && !known) return STORE_CORRUPT;
    if (code != STORE_ROW) return code;
  }
  const store_where where = {"action", STORE_EQ, r->lead, {0}};
  store_query q = {.table = STORE_T_message, .columns = message, .column_count = 1, .where = &where, .where_count = 1};
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  code = store_next(c);
  *has_message = code == STORE_ROW;
  store_cursor_close(c);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

static store_code audit(store *s, human_act act, slice by, const human_result *r, arena *scratch) {
  store_event e = {SLICE("outbox"), by, arena_printf(scratch, "action %lld", (long long)r->lead),
                   arena_printf(scratch, "{\"act\":\"%s\",\"from\":\"%s\",\"to\":\"%s\"}", ACTS[act].word,
                                action_state_name(r->was), action_state_name(r->is))};
  return store_audit_append(s, &e);
}

/* What is let go joins the steps of its plan again, where these are not through. */
static store_code where_released(store *s, human_result *r, arena *scratch) {
  store_claim claim;
  store_ramp ramp;
  store_code code = store_claim_of(s, r->lead, scratch, &claim);
  if (code != STORE_OK || !claim.activation) return code;
  code = store_ramp_open(s, scratch, &ramp);
  if (code == STORE_OK && ramp.id == claim.activation) r->is = ACTION_approved;
  return code == STORE_END ? STORE_OK : code;
}

static store_code act_on(store *s, human_act act, slice by, human_result *r, arena *scratch) {
  bool moved = false;
  slice reason = arena_printf(scratch, "%s by %.*s", ACTS[act].word, SLICE_ARG(by));
  store_code code = act == HUMAN_RELEASE ? where_released(s, r, scratch) : STORE_OK;
  if (code == STORE_OK) code = store_action_move(s, r->lead, r->was, r->is, reason, &moved);
  if (code == STORE_OK && !moved) {
    r->answer = HUMAN_NOT_SO; /* somebody was faster */
    return STORE_OK;
  }
  if (code == STORE_OK) code = store_action_move_joined(s, r->lead, r->was, r->is, reason);
  if (code == STORE_OK && act == HUMAN_DELIVERED) code = outbox_took_effect(s, r->lead, DATE_NONE, scratch);
  if (code == STORE_OK && act == HUMAN_RETRY) code = store_resend(s, r->lead, by);
  if (code == STORE_OK && act == HUMAN_HOLD) code = store_gate_kept(s, r->lead, (slice){0});
  return code == STORE_OK ? audit(s, act, by, r, scratch) : code;
}

store_code outbox_human_within(store *s, human_act act, int64_t id, slice by, bool sure, human_result *out) {
  *out = (human_result){.answer = HUMAN_DONE, .is = ACTS[act].to};
  bool has_message = false;
  store_code code = find(s, id, out, &has_message);
  if (code == STORE_END) {
    out->answer = HUMAN_NOT_THERE;
    return STORE_OK;
  }
  if (code != STORE_OK) return code;
  if (!human_may(act, out->was))
    out->answer = HUMAN_NOT_SO;
  else if (act == HUMAN_RETRY && !has_message)
    out->answer = HUMAN_NO_MESSAGE;
  else if (act == HUMAN_RETRY && out->was == ACTION_unknown && !sure)
    out->answer = HUMAN_NOT_SURE;
  if (out->answer != HUMAN_DONE) return STORE_OK;
  arena *scratch = arena_new();
  code = act_on(s, act, by, out, scratch);
  arena_free(scratch);
  return code;
}

store_code outbox_human(store *s, human_act act, int64_t id, slice by, bool sure, human_result *out) {
  store_code code = store_begin(s);
  if (code != STORE_OK) return code;
  code = outbox_human_within(s, act, id, by, sure, out);
  if (code == STORE_OK && out->answer == HUMAN_DONE) return store_commit(s);
  store_rollback(s);
  return code;
}
