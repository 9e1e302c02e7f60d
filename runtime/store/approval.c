/* Answers to lines and days, and how many people it takes. See approval.h. */
#include "approval.h"

#include <stdio.h>
#include <stdlib.h>

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

/* ---- how many people ---- */

static const slice REQUIRED = {"approvals required", 18}, LESS_ASKED = {"fewer approvals asked by", 24};

/* From the least to the most: as the store's state has them. */
enum { RULE_ONE, RULE_TWO_NAMES, RULE_TWO_LOGINS, RULE_COUNT };
static const char *const RULES[RULE_COUNT] = {"", "2 shared login", "2"};

static int rule_of(approvals_rule r) {
  return r.people < 2 ? RULE_ONE : r.shared_login ? RULE_TWO_NAMES : RULE_TWO_LOGINS;
}

store_code store_approvals_needed(store *s, approvals_rule *rule) {
  arena *own = arena_new();
  slice value = {0};
  store_code code = store_state_get(s, REQUIRED, own, &value);
  bool shared = code == STORE_OK && slice_eq(value, slice_of(RULES[RULE_TWO_NAMES]));
  *rule = (approvals_rule){code == STORE_OK && (shared || slice_eq(value, slice_of(RULES[RULE_TWO_LOGINS]))) ? 2 : 1,
                           shared};
  arena_free(own);
  return code == STORE_END ? STORE_OK : code;
}

static store_code require_now(store *s, approvals_rule rule, slice by) {
  char detail[64];
  snprintf(detail, sizeof detail, "{\"people\":%d%s}", rule.people, rule.shared_login ? ",\"shared_login\":true" : "");
  store_code code = store_state_set(s, REQUIRED, slice_of(RULES[rule_of(rule)]));
  if (code == STORE_OK) code = store_state_set(s, LESS_ASKED, (slice){0});
  return code == STORE_OK ? approval_audit(s, "approvals required", by, "store", detail) : code;
}

/* Who gave the first of two answers. */
typedef struct first_answer {
  slice name; /* empty: nobody yet */
  bool login_known;
  int64_t login;
} first_answer;

static bool same_login(const store *s, const first_answer *first) {
  return s->login_known && first->login_known && s->login == first->login;
}

/* "0 1000 ana": the rule that was asked for, the login or -1, the name. */
static store_code less_asked(store *s, int rule, slice by, arena *own) {
  slice value = arena_printf(own, "%d %lld %.*s", rule, (long long)(s->login_known ? s->login : -1), SLICE_ARG(by));
  store_code code = store_state_set(s, LESS_ASKED, value);
  char detail[32];
  snprintf(detail, sizeof detail, "{\"people\":%d}", rule == RULE_ONE ? 1 : 2);
  return code == STORE_OK ? approval_audit(s, "fewer approvals asked", by, "store", detail) : code;
}

static store_code first_of_less(store *s, arena *own, int *rule, first_answer *first) {
  slice value;
  *rule = -1;
  store_code code = store_state_get(s, LESS_ASKED, own, &value);
  if (code != STORE_OK) return code == STORE_END ? STORE_OK : code;
  char *at = arena_copy(own, value), *end;
  long asked = strtol(at, &end, 10);
  bool old = end == at || *end != ' '; /* of before logins: the name alone */
  *rule = old ? RULE_ONE : (int)asked;
  first->login = old ? -1 : strtoll(end, &end, 10);
  first->login_known = first->login >= 0;
  first->name = old ? value : slice_of(*end == ' ' ? end + 1 : end);
  return code;
}

store_code store_approvals_require(store *s, approvals_rule rule, slice by, approval_answer *answer) {
  approvals_rule now;
  *answer = ANSWER_TAKEN;
  store_code code = store_approvals_needed(s, &now);
  if (code != STORE_OK) return code;
  if (rule_of(rule) >= rule_of(now)) return require_now(s, rule, by);
  arena *own = arena_new();
  first_answer first = {0};
  int asked;
  bool administrator = s->login_known && s->login == 0;
  code = first_of_less(s, own, &asked, &first);
  if (code == STORE_OK && asked != rule_of(rule)) {
    *answer = ANSWER_FIRST;
    code = less_asked(s, rule_of(rule), by, own);
  } else if (code == STORE_OK && approval_same_name(first.name, by)) {
    *answer = ANSWER_SAME_NAME;
  } else if (code == STORE_OK && !now.shared_login && !administrator && same_login(s, &first)) {
    *answer = ANSWER_SAME_LOGIN;
  } else if (code == STORE_OK) {
    code = require_now(s, rule, by);
  }
  arena_free(own);
  return code;
}

/* What an answer to an open request with that first one comes to. */
static approval_answer second_answer(const store *s, approvals_rule rule, approval_by by, const first_answer *given) {
  int people = rule.people;
  slice first = given->name;
  if (!by.approve || people < 2) return ANSWER_TAKEN;
  if (first.n == 0) return ANSWER_FIRST;
  if (!approval_same_name(first, by.name) && !rule.shared_login && same_login(s, given)) return ANSWER_SAME_LOGIN;
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
  store_bind_rung(q, a->track, a->entity, a->cycle, a->offset);
  db_bind_int(q, 6, a->ordinal);
  return store_one_int(s, q, id);
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
  store_bind_rung(q, a->track, a->entity, a->cycle, a->offset);
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

static const char *const FIND_OPEN[] = {
    [APPROVAL_LINE] = "SELECT state, answered_by, answered_login FROM approval WHERE id = ?1",
    [APPROVAL_PLAN] = "SELECT state, answered_by, answered_login FROM activation WHERE id = ?1",
    [APPROVAL_DAY] = "SELECT state, answered_by, answered_login FROM allowance WHERE on_day = ?1"};
static const char *const SET_FIRST[] = {
    [APPROVAL_LINE] =
        "UPDATE approval SET answered_by = ?2, answered_at = ?3, state = ?4, answered_login = ?5 WHERE id = ?1",
    [APPROVAL_PLAN] =
        "UPDATE activation SET answered_by = ?2, answered_at = ?3, state = ?4, answered_login = ?5 WHERE id = ?1",
    [APPROVAL_DAY] =
        "UPDATE allowance SET answered_by = ?2, answered_at = ?3, state = ?4, answered_login = ?5 WHERE on_day = ?1"};
static const char *const SET_SECOND[] = {
    [APPROVAL_LINE] = "UPDATE approval SET second_by = ?2, second_at = ?3, state = ?4 WHERE id = ?1",
    [APPROVAL_PLAN] = "UPDATE activation SET second_by = ?2, second_at = ?3, state = ?4 WHERE id = ?1",
    [APPROVAL_DAY] = "UPDATE allowance SET second_by = ?2, second_at = ?3, state = ?4 WHERE on_day = ?1"};

/* The first of two names that stands there, and whether it is still asked. A line that was approved can be rejected as
 * long as it is not done. */
static store_code find_open(store *s, approval_what what, int64_t id, bool approve, arena *own, first_answer *first,
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
    *first = (first_answer){arena_slice(own, db_text(q, 1)), !db_is_null(q, 2), db_int(q, 2)};
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
  if (!second && s->login_known) db_bind_int(q, 5, s->login);
  if (!second && !s->login_known) db_bind_null(q, 5);
  code = store_do(s, q);
  snprintf(subject, sizeof subject, "%s %lld", WHAT[what], (long long)id);
  snprintf(detail, sizeof detail, "{\"answer\":\"%s\"}", answer == ANSWER_FIRST ? "first of two" : STATE_NAME[state]);
  return code == STORE_OK ? approval_audit(s, by.approve ? "approve" : "reject", by.name, subject, detail) : code;
}

store_code approval_give(store *s, approval_what what, int64_t id, approval_by by, approval_answer *answer) {
  arena *own = arena_new();
  first_answer first = {0};
  approvals_rule rule = {.people = 1};
  store_code code = find_open(s, what, id, by.approve, own, &first, answer);
  if (code == STORE_OK && *answer == ANSWER_TAKEN) code = store_approvals_needed(s, &rule);
  if (code == STORE_OK && *answer == ANSWER_TAKEN) {
    *answer = second_answer(s, rule, by, &first);
    if (*answer == ANSWER_TAKEN || *answer == ANSWER_FIRST)
      code = set_answer(s, what, id, by, first.name.n > 0 && by.approve, *answer);
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
  code = store_one_int(s, q, &asked);
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
  code = store_one_int(s, q, messages);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}
