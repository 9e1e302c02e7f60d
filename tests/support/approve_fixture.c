/* See approve_fixture.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "approve_fixture.h"

/* ---- what stands in the store ---- */

/* The column of the last row, as text: a state, a name. */
const char *last_text(house *h, store_table table, const char *which) {
  static char out[256];
  slice name = slice_of(which);
  store_query q = {.table = table, .columns = &name, .column_count = 1};
  store_cursor *c;
  out[0] = 0;
  must(h->s, store_scan(h->s, &q, &c));
  while (store_next(c) == STORE_ROW) snprintf(out, sizeof out, "%.*s", SLICE_ARG(store_text(c, 0)));
  store_cursor_close(c);
  return out;
}

int64_t last_int(house *h, store_table table, const char *which) {
  slice name = slice_of(which);
  store_query q = {.table = table, .columns = &name, .column_count = 1};
  store_cursor *c;
  int64_t n = 0;
  must(h->s, store_scan(h->s, &q, &c));
  while (store_next(c) == STORE_ROW) n = store_int(c, 0);
  store_cursor_close(c);
  return n;
}

int64_t rows(house *h, store_table table) {
  int64_t n;
  must(h->s, store_count(h->s, table, &n));
  return n;
}

int64_t in_state(house *h, const char *state) {
  slice name = SLICE("id");
  store_where where = {"state", STORE_EQ, 0, slice_of(state)};
  store_query q = {.table = STORE_T_action, .columns = &name, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *c;
  int64_t n = 0;
  must(h->s, store_scan(h->s, &q, &c));
  while (store_next(c) == STORE_ROW) n++;
  store_cursor_close(c);
  return n;
}

/* ---- what people say ---- */

approval_answer say_line(house *h, int64_t id, bool yes, const char *who) {
  approval_answer answer;
  must(h->s, store_begin(h->s));
  must(h->s, store_approval_answer(h->s, id, (approval_by){slice_of(who), yes}, &answer));
  must(h->s, store_commit(h->s));
  return answer;
}

approval_answer say_plan(house *h, const char *digest, bool yes, const char *who, bool ramp) {
  approval_answer answer;
  must(h->s, store_begin(h->s));
  must(h->s, store_activation_answer(h->s, slice_of(digest), (approval_by){slice_of(who), yes}, ramp, &answer));
  must(h->s, store_commit(h->s));
  return answer;
}

void approve_plan(house *h, bool ramp) {
  char digest[80];
  snprintf(digest, sizeof digest, "%s", last_text(h, STORE_T_activation, "digest"));
  assert_int_equal(say_plan(h, digest, true, "ana", ramp), ANSWER_TAKEN);
}

approval_answer say_day(house *h, int32_t day, int64_t n, bool yes, const char *who) {
  approval_answer answer;
  must(h->s, store_begin(h->s));
  must(h->s, store_allowance_answer(h->s, day, n, (approval_by){slice_of(who), yes}, &answer));
  must(h->s, store_commit(h->s));
  return answer;
}

approval_answer require(house *h, int people, const char *who) {
  approval_answer answer;
  must(h->s, store_begin(h->s));
  must(h->s, store_approvals_require(h->s, (approvals_rule){.people = people}, slice_of(who), &answer));
  must(h->s, store_commit(h->s));
  return answer;
}

void pause_it(house *h, pause_scope what, const char *name) {
  bool is_new;
  must(h->s, store_begin(h->s));
  must(h->s, store_pause_put(h->s, what, slice_of(name), SLICE("ana"), SLICE("a check"), &is_new));
  must(h->s, store_commit(h->s));
  assert_true(is_new);
}

int64_t resume_it(house *h, pause_scope what, const char *name) {
  int64_t ended, stepped;
  must(h->s, store_begin(h->s));
  must(h->s, outbox_resume(h->w, h->s, what, slice_of(name), SLICE("ana"), &ended, &stepped));
  must(h->s, store_commit(h->s));
  return ended;
}
