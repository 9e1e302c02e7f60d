/* dun approve: what waits for a person, and the answer. An answer names what was seen: the numbers of lines, a plan's
 * digest, a day's messages. All of it is one transaction: a wrong number answers nothing. */
#include <stdlib.h>

#include "approve_list.h"
#include "commands.h"
#include "held.h"
#include "plan_carry.h"
#include "runtime/outbox/approve.h"
#include "runtime/store/asked.h"

static int store_said(session *s) { return session_complain_said(s, EXIT_WORLD, store_why(s->s)->text); }

static bool given(const session *s, arg_option o) { return s->a->value[o].given; }

/* ---- lines ---- */

static int line_refused(session *s, approval_answer answer, int64_t id, slice who) {
  slice number = texts_number(s->perm, (uint64_t)id);
  switch (answer) {
  case ANSWER_SAME_NAME: return COMPLAIN(s, EXIT_FINDINGS, LINE_SAME_NAME, number, who);
  case ANSWER_SAME_LOGIN: return COMPLAIN(s, EXIT_FINDINGS, LINE_SAME_LOGIN, number);
  case ANSWER_NOT_OPEN: return COMPLAIN(s, EXIT_FINDINGS, LINE_NOT_OPEN, number);
  case ANSWER_NOT_THERE:
  case ANSWER_NOT_SHOWN: return COMPLAIN(s, EXIT_FINDINGS, LINE_NOT_THERE, number);
  case ANSWER_TAKEN:
  case ANSWER_FIRST: break;
  }
  return EXIT_FINE;
}

static int read_ids(session *s, int64_t **ids, size_t *n) {
  *ids = ARENA_ARRAY(s->perm, s->a->word_count + 1, int64_t);
  *n = s->a->word_count;
  for (size_t i = 0; i < *n; i++) {
    char *rest;
    (*ids)[i] = strtoll(s->a->word[i].p, &rest, 10);
    if (*rest || (*ids)[i] <= 0) return COMPLAIN(s, EXIT_USAGE, NOT_A_LINE, s->a->word[i]);
  }
  return EXIT_FINE;
}

static int all_ids(session *s, int64_t **ids, size_t *n) {
  const slice columns[] = {SLICE("id")};
  store_where where = {"state", STORE_EQ, 0, slice_of(approval_state_name(APPROVAL_open))};
  store_query q = {.table = STORE_T_approval, .columns = columns, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *c;
  int64_t rows;
  if (store_count(s->s, STORE_T_approval, &rows) != STORE_OK) return store_said(s);
  *ids = ARENA_ARRAY(s->perm, (size_t)rows + 1, int64_t);
  *n = 0;
  if (store_scan(s->s, &q, &c) != STORE_OK) return store_said(s);
  store_code code;
  while ((code = store_next(c)) == STORE_ROW) (*ids)[(*n)++] = store_int(c, 0);
  store_cursor_close(c);
  return code == STORE_END ? EXIT_FINE : store_said(s);
}

static int answer_lines(session *s, approval_by by) {
  int64_t *ids = NULL;
  size_t n = 0;
  uint64_t taken = 0, first = 0;
  bool all = given(s, ARG_all);
  int status = all ? all_ids(s, &ids, &n) : read_ids(s, &ids, &n);
  for (size_t i = 0; i < n && status == EXIT_FINE; i++) {
    approval_answer answer;
    if (store_approval_answer(s->s, ids[i], by, &answer) != STORE_OK) return store_said(s);
    /* Of all of them those that this person said yes to already are passed over. */
    if (!all || answer != ANSWER_SAME_NAME) status = line_refused(s, answer, ids[i], by.name);
    taken += answer == ANSWER_TAKEN;
    first += answer == ANSWER_FIRST;
  }
  if (status != EXIT_FINE) return status;
  if (taken && by.approve) SAY_COUNT(s, WORLD_STDOUT, APPROVED_LINES, taken);
  if (taken && !by.approve) SAY_COUNT(s, WORLD_STDOUT, REJECTED_LINES, taken);
  if (first) SAY_COUNT(s, WORLD_STDOUT, FIRST_LINES, first);
  if (!taken && !first) SAY(s, WORLD_STDOUT, NOTHING_TO_APPROVE);
  return EXIT_FINE;
}

/* ---- a plan, a day, how many people ---- */

static int whole_refused(session *s, approval_answer answer, slice who, text_id none, text_id other, slice shown) {
  switch (answer) {
  case ANSWER_SAME_NAME: return COMPLAIN(s, EXIT_FINDINGS, SAME_NAME, who);
  case ANSWER_SAME_LOGIN: return COMPLAIN(s, EXIT_FINDINGS, SAME_LOGIN);
  case ANSWER_NOT_OPEN: return COMPLAIN(s, EXIT_FINDINGS, ANSWERED_ALREADY);
  case ANSWER_NOT_THERE: return session_complain(s, EXIT_FINDINGS, slice_of(texts_word(s->lang, none)));
  case ANSWER_NOT_SHOWN: return session_complain(s, EXIT_FINDINGS, texts_of(s->lang, s->perm, other, 1, &shown));
  case ANSWER_FIRST: SAY(s, WORLD_STDOUT, FIRST_OF_TWO); return EXIT_FINE;
  case ANSWER_TAKEN: break;
  }
  return EXIT_FINE;
}

static int answer_plan(session *s, approval_by by) {
  approval_answer answer;
  slice digest = s->a->value[ARG_digest].text;
  if (store_activation_answer(s->s, digest, by, !given(s, ARG_no_ramp), &answer) != STORE_OK) return store_said(s);
  int status = whole_refused(s, answer, by.name, TXT_NO_PLAN_WAITS, TXT_OTHER_PLAN, digest);
  if (answer != ANSWER_TAKEN) return status;
  if (by.approve)
    SAY(s, WORLD_STDOUT, PLAN_APPROVED);
  else
    SAY(s, WORLD_STDOUT, PLAN_IS_REJECTED);
  return status;
}

static int answer_day(session *s, approval_by by) {
  approval_answer answer;
  day_asked asked;
  bool any;
  const arg_value *n = &s->a->value[ARG_messages];
  store_code code = store_day_asked(s->s, s->perm, &asked, &any);
  if (code == STORE_OK) code = store_allowance_answer(s->s, asked.on, n->number, by, &answer);
  if (code != STORE_OK) return store_said(s);
  int status = whole_refused(s, answer, by.name, TXT_NO_DAY_WAITS, TXT_OTHER_NUMBER, n->text);
  if (answer != ANSWER_TAKEN) return status;
  if (by.approve)
    SAY(s, WORLD_STDOUT, DAY_APPROVED, n->text, held_day(s, asked.on));
  else
    SAY(s, WORLD_STDOUT, DAY_IS_REJECTED, held_day(s, asked.on));
  return status;
}

static int require(session *s, approval_by by) {
  approval_answer answer;
  int64_t people = s->a->value[ARG_require].number;
  if (people != 1 && people != 2) return COMPLAIN(s, EXIT_USAGE, ONE_OR_TWO);
  approvals_rule rule = {(int)people, given(s, ARG_shared_login)};
  if (people == 1 && rule.shared_login) return COMPLAIN(s, EXIT_USAGE, SHARED_LOGIN_OF_TWO);
  if (store_approvals_require(s->s, rule, by.name, &answer) != STORE_OK) return store_said(s);
  if (answer == ANSWER_SAME_NAME) return COMPLAIN(s, EXIT_FINDINGS, SAME_NAME, by.name);
  if (answer == ANSWER_SAME_LOGIN) return COMPLAIN(s, EXIT_FINDINGS, SAME_LOGIN);
  if (answer == ANSWER_FIRST)
    SAY(s, WORLD_STDOUT, LESS_NEEDS_TWO);
  else
    SAY_COUNT(s, WORLD_STDOUT, REQUIRED_NOW, (uint64_t)people);
  if (answer != ANSWER_FIRST && people == 2 && !rule.shared_login) SAY(s, WORLD_STDOUT, TWO_LOGINS);
  return EXIT_FINE;
}

/* ---- the command ---- */

/* Each of them is an answer of its own; none: the list. */
static int which(session *s, int *answers) {
  *answers = (s->a->word_count > 0) + given(s, ARG_all) + given(s, ARG_digest) + given(s, ARG_messages) +
             given(s, ARG_require);
  bool odd = *answers > 1 || (*answers == 0 && (given(s, ARG_reject) || given(s, ARG_no_ramp))) ||
             (given(s, ARG_shared_login) && !given(s, ARG_require));
  return odd ? COMPLAIN(s, EXIT_USAGE, ONE_ANSWER) : EXIT_FINE;
}

static int answer(session *s) {
  approval_by by = {.approve = !given(s, ARG_reject)};
  int status = held_who(s, &by.name);
  if (status != EXIT_FINE) return status;
  if (store_begin(s->s) != STORE_OK) return store_said(s);
  if (given(s, ARG_digest))
    status = answer_plan(s, by);
  else if (given(s, ARG_messages))
    status = answer_day(s, by);
  else if (given(s, ARG_require))
    status = require(s, by);
  else
    status = answer_lines(s, by);
  if (status == EXIT_FINE) return store_commit(s->s) == STORE_OK ? EXIT_FINE : store_said(s);
  store_rollback(s->s);
  return status;
}

/* `dun approve FILE`: the digest of what waits as a whole stands in a plan that was saved, and so does its store. */
static int of_plan(session *s, args *own) {
  plan_file saved;
  int status = EXIT_FINE;
  if (s->a->word_count != 1 || !plan_file_read(s, s->a->word[0], &saved, &status) || status != EXIT_FINE) return status;
  if (!saved.held.n) return COMPLAIN(s, EXIT_FINDINGS, PF_NO_PLAN_HELD, s->a->word[0]);
  plan_carry_args(own, &saved);
  own->word_count = 0;
  own->value[ARG_digest] = (arg_value){.given = true, .text = saved.held};
  return EXIT_FINE;
}

int cmd_approve(const args *given, world *w) {
  args own = *given, *a = &own;
  session s = {.w = w, .a = a, .perm = a->perm, .lang = a->lang};
  int answers = 0, status = of_plan(&s, &own);
  if (status == EXIT_FINE) status = which(&s, &answers);
  if (status == EXIT_FINE) status = session_open(&s);
  if (status == EXIT_FINE) status = held_language(&s);
  if (status == EXIT_FINE) status = answers ? answer(&s) : approve_list(&s);
  session_close(&s);
  return status;
}
