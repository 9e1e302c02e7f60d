/* Answers to lines and days, and how many people it takes. See approval.h. */
#include "approval.h"

#include <stdio.h>

#include "approval_impl.h"
#include "lang/base/utf8.h"

static const char *const STATE_NAME[] = {
#define STATE(name) #name,
    APPROVAL_STATES(STATE)
#undef STATE
};
const char *approval_state_name(approval_state s) { return STATE_NAME[s]; }

bool approval_state_find(slice name, approval_state *out) {
  for (int i = 0; i < APPROVAL_STATE_COUNT; i++) {
    if (!slice_eq(name, slice_of(STATE_NAME[i]))) continue;
    *out = (approval_state)i;
    return true;
  }
  return false;
}

bool approval_same_name(slice a, slice b) { return utf8_fold_eq(slice_trim(a), slice_trim(b)); }

store_code approval_audit(store *s, const char *kind, slice by, const char *subject, const char *detail) {
  store_event e = {slice_of(kind), by, slice_of(subject), slice_of(detail)};
  return store_audit_append(s, &e);
}

store_code approval_one_int(store *s, db_stmt *q, int64_t *out) {
  store_code code = db_step(q);
  *out = code == STORE_ROW ? db_int(q, 0) : 0;
  if (code != STORE_ROW && code != STORE_END) code = store_failed(s);
  db_reset(q);
  return code;
}

/* ---- how many people ---- */

static const slice REQUIRED = {"approvals required", 18}, LESS_ASKED = {"fewer approvals asked by", 24};

store_code store_approvals_needed(store *s, int *people) {
  arena *own = arena_new();
  slice value;
  store_code code = store_state_get(s, REQUIRED, own, &value);
  *people = code == STORE_OK && slice_eq(value, SLICE("2")) ? 2 : 1;
  arena_free(own);
  return code == STORE_END ? STORE_OK : code;
}

static store_code require_now(store *s, int people, slice by) {
  char detail[32];
  snprintf(detail, sizeof detail, "{\"people\":%d}", people);
  store_code code = store_state_set(s, REQUIRED, people == 2 ? SLICE("2") : (slice){0});
  if (code == STORE_OK) code = store_state_set(s, LESS_ASKED, (slice){0});
  return code == STORE_OK ? approval_audit(s, "approvals required", by, "store", detail) : code;
}

store_code store_approvals_require(store *s, int people, slice by, approval_answer *answer) {
  int now;
  *answer = ANSWER_TAKEN;
  store_code code = store_approvals_needed(s, &now);
  if (code != STORE_OK) return code;
  if (people >= now) return require_now(s, people, by);
  arena *own = arena_new();
  slice first;
  code = store_state_get(s, LESS_ASKED, own, &first);
  if (code == STORE_END) {
    *answer = ANSWER_FIRST;
    code = store_state_set(s, LESS_ASKED, by);
    if (code == STORE_OK) code = approval_audit(s, "fewer approvals asked", by, "store", "{\"people\":1}");
  } else if (code == STORE_OK && approval_same_name(first, by)) {
    *answer = ANSWER_SAME_NAME;
  } else if (code == STORE_OK) {
    code = require_now(s, people, by);
  }
  arena_free(own);
  return code;
}

/* What an answer to an open request with that first name comes to. */
approval_answer approval_step(int people, approval_by by, slice first) {
  if (!by.approve || people < 2) return ANSWER_TAKEN;
  if (first.n == 0) return ANSWER_FIRST;
  return approval_same_name(first, by.name) ? ANSWER_SAME_NAME : ANSWER_TAKEN;
}

/* ---- lines ---- */

static const char LINE_FIND[] = "SELECT id, state, currency, amount FROM approval WHERE track = ?1 AND kind = ?2 AND "
                                "entity = ?3 AND cycle = ?4 AND \"offset\" = ?5 AND ordinal = ?6";
static const char LINE_INSERT[] =
    "INSERT INTO approval (track, kind, entity, cycle, \"offset\", ordinal, customer, asked_on, asked_at, seen_at, "
    "step, what, reason, currency, amount, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
    "?15, 'open')";
/* An answer to another amount is no answer; a first of two neither. */
static const char LINE_AGAIN[] =
    "UPDATE approval SET seen_at = ?2, step = ?3, what = ?4, reason = ?5, "
    "asked_on = CASE WHEN state = 'open' AND currency = ?6 AND amount = ?7 THEN asked_on ELSE ?8 END, "
    "asked_at = CASE WHEN state = 'open' AND currency = ?6 AND amount = ?7 THEN asked_at ELSE ?2 END, "
    "answered_by = CASE WHEN state = 'open' AND currency = ?6 AND amount = ?7 THEN answered_by ELSE '' END, "
    "answered_at = CASE WHEN state = 'open' AND currency = ?6 AND amount = ?7 THEN answered_at ELSE NULL END, "
    "second_by = '', second_at = NULL, currency = ?6, amount = ?7, state = 'open' WHERE id = ?1";

static store_code line_find(store *s, const store_approval *a, int64_t *id) {
  db_stmt *q;
  store_code code = store_prepared(s, LINE_FIND, &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, a->track);
  db_bind_int(q, 2, (int64_t)a->entity.kind);
  db_bind_text(q, 3, a->entity.id);
  db_bind_int(q, 4, a->cycle);
  db_bind_text(q, 5, a->offset);
  db_bind_int(q, 6, a->ordinal);
  return approval_one_int(s, q, id);
}

store_code store_approval_ask(store *s, const store_approval *a, int64_t run_us) {
  int64_t id;
  db_stmt *q;
  store_code code = line_find(s, a, &id);
  if (code == STORE_ROW) {
    code = store_prepared(s, LINE_AGAIN, &q);
    if (code != STORE_OK) return code;
    db_bind_int(q, 1, id);
    db_bind_int(q, 2, run_us);
    db_bind_text(q, 3, a->step);
    db_bind_text(q, 4, a->what);
    db_bind_text(q, 5, a->reason);
    db_bind_text(q, 6, a->currency);
    db_bind_int(q, 7, a->amount);
    db_bind_int(q, 8, a->on);
    return store_do(s, q);
  }
  if (code != STORE_END) return code;
  code = store_prepared(s, LINE_INSERT, &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, a->track);
  db_bind_int(q, 2, (int64_t)a->entity.kind);
  db_bind_text(q, 3, a->entity.id);
  db_bind_int(q, 4, a->cycle);
  db_bind_text(q, 5, a->offset);
  db_bind_int(q, 6, a->ordinal);
  db_bind_text(q, 7, a->customer);
  db_bind_int(q, 8, a->on);
  db_bind_int(q, 9, run_us);
  db_bind_int(q, 10, run_us);
  db_bind_text(q, 11, a->step);
  db_bind_text(q, 12, a->what);
  db_bind_text(q, 13, a->reason);
  db_bind_text(q, 14, a->currency);
  db_bind_int(q, 15, a->amount);
  return store_do(s, q);
}

store_code store_approvals_over(store *s, int64_t run_us) {
  db_stmt *q;
  store_code code = store_prepared(
      s,
      s->focused ? "UPDATE approval SET state = 'over' WHERE state = 'open' AND seen_at <> ?1 AND customer IN (SELECT "
                   "id FROM temp.focus)"
                 : "UPDATE approval SET state = 'over' WHERE state = 'open' AND seen_at <> ?1",
      &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, run_us);
  return store_do(s, q);
}

/* ---- answering: the same for lines, plans and days ---- */

static const char *const FIND_OPEN[] = {[APPROVAL_LINE] = "SELECT state, answered_by FROM approval WHERE id = ?1",
                                        [APPROVAL_PLAN] = "SELECT state, answered_by FROM activation WHERE id = ?1",
                                        [APPROVAL_DAY] = "SELECT state, answered_by FROM allowance WHERE on_day = ?1"};
static const char *const SET_FIRST[] = {
    [APPROVAL_LINE] = "UPDATE approval SET answered_by = ?2, answered_at = ?3, state = ?4 WHERE id = ?1",
    [APPROVAL_PLAN] = "UPDATE activation SET answered_by = ?2, answered_at = ?3, state = ?4 WHERE id = ?1",
    [APPROVAL_DAY] = "UPDATE allowance SET answered_by = ?2, answered_at = ?3, state = ?4 WHERE on_day = ?1"};
static const char *const SET_SECOND[] = {
    [APPROVAL_LINE] = "UPDATE approval SET second_by = ?2, second_at = ?3, state = ?4 WHERE id = ?1",
    [APPROVAL_PLAN] = "UPDATE activation SET second_by = ?2, second_at = ?3, state = ?4 WHERE id = ?1",
    [APPROVAL_DAY] = "UPDATE allowance SET second_by = ?2, second_at = ?3, state = ?4 WHERE on_day = ?1"};

/* The first of two names that stands there, and whether it is still asked. A line that was approved can be rejected as
 * long as it is not done. */
static store_code find_open(store *s, approval_what what, int64_t id, bool approve, arena *own, slice *first,
                            approval_answer *answer) {
  db_stmt *q;
  store_code code = store_prepared(s, FIND_OPEN[what], &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  code = db_step(q);
  *answer = ANSWER_NOT_THERE;
  if (code == STORE_ROW) {
    bool taken_back = !approve && what == APPROVAL_LINE && slice_eq(db_text(q, 0), SLICE("approved"));
    *answer = taken_back || slice_eq(db_text(q, 0), SLICE("open")) ? ANSWER_TAKEN : ANSWER_NOT_OPEN;
    *first = arena_slice(own, db_text(q, 1));
  } else if (code != STORE_END) {
    code = store_failed(s);
  }
  db_reset(q);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

static store_code set_answer(store *s, approval_what what, int64_t id, approval_by by, bool second,
                             approval_answer answer) {
  static const char *const WHAT[] = {"line", "plan", "day"};
  char subject[48], detail[64];
  approval_state state = answer == ANSWER_FIRST ? APPROVAL_open : by.approve ? APPROVAL_approved : APPROVAL_rejected;
  db_stmt *q;
  store_code code = store_prepared(s, second ? SET_SECOND[what] : SET_FIRST[what], &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  db_bind_text(q, 2, by.name);
  db_bind_int(q, 3, store_now_us(s));
  db_bind_text(q, 4, slice_of(approval_state_name(state)));
  code = store_do(s, q);
  snprintf(subject, sizeof subject, "%s %lld", WHAT[what], (long long)id);
  snprintf(detail, sizeof detail, "{\"answer\":\"%s\"}", answer == ANSWER_FIRST ? "first of two" : STATE_NAME[state]);
  return code == STORE_OK ? approval_audit(s, by.approve ? "approve" : "reject", by.name, subject, detail) : code;
}

store_code approval_give(store *s, approval_what what, int64_t id, approval_by by, approval_answer *answer) {
  arena *own = arena_new();
  slice first = {0};
  int people = 1;
  store_code code = find_open(s, what, id, by.approve, own, &first, answer);
  if (code == STORE_OK && *answer == ANSWER_TAKEN) code = store_approvals_needed(s, &people);
  if (code == STORE_OK && *answer == ANSWER_TAKEN) {
    *answer = approval_step(people, by, first);
    if (*answer != ANSWER_SAME_NAME) code = set_answer(s, what, id, by, first.n > 0 && by.approve, *answer);
  }
  arena_free(own);
  return code;
}

store_code store_approval_answer(store *s, int64_t id, approval_by by, approval_answer *answer) {
  return approval_give(s, APPROVAL_LINE, id, by, answer);
}

/* ---- days ---- */

store_code store_allowance_ask(store *s, int32_t day, int64_t most, int64_t asked) {
  db_stmt *q;
  store_code code =
      store_prepared(s,
                     "INSERT INTO allowance (on_day, most, asked, asked_at, state) VALUES (?1, ?2, ?3, ?4, 'open') "
                     "ON CONFLICT (on_day) DO UPDATE SET most = ?2, asked = ?3, asked_at = ?4, "
                     "answered_by = CASE WHEN asked = ?3 AND state <> 'approved' THEN answered_by ELSE '' END, "
                     "answered_at = CASE WHEN asked = ?3 AND state <> 'approved' THEN answered_at ELSE NULL END, "
                     "second_by = '', second_at = NULL, "
                     "state = CASE WHEN asked = ?3 AND state = 'rejected' THEN 'rejected' ELSE 'open' END",
                     &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, day);
  db_bind_int(q, 2, most);
  db_bind_int(q, 3, asked);
  db_bind_int(q, 4, store_now_us(s));
  return store_do(s, q);
}

store_code store_allowance_answer(store *s, int32_t day, int64_t messages, approval_by by, approval_answer *answer) {
  db_stmt *q;
  int64_t asked;
  store_code code = store_prepared(s, "SELECT asked FROM allowance WHERE on_day = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, day);
  code = approval_one_int(s, q, &asked);
  *answer = code == STORE_END ? ANSWER_NOT_THERE : ANSWER_NOT_SHOWN;
  if (code == STORE_END || (code == STORE_ROW && asked != messages)) return STORE_OK;
  if (code == STORE_ROW) code = approval_give(s, APPROVAL_DAY, day, by, answer);
  if (code != STORE_OK || *answer != ANSWER_TAKEN || !by.approve) return code;
  code = store_prepared(s, "UPDATE allowance SET messages = asked WHERE on_day = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, day);
  return store_do(s, q);
}

store_code store_allowance_of(store *s, int32_t day, int64_t *messages) {
  db_stmt *q;
  store_code code = store_prepared(s, "SELECT messages FROM allowance WHERE on_day = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, day);
  code = approval_one_int(s, q, messages);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}
