/* What waits for a person: single lines, a plan over a backlog and its ramp, a day's messages; and pauses. Over a real
 * store with a mail server that does what the test says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/store/pause.h"
#include "runtime/world_fake.h"
#include "tests/support/outbox_fixture.h"

#define HEAD "policy \"P\"\n  currency BRL\n  one message per invoice\n"
#define MINUTE_NS ((int64_t)60 * 1000000000)

/* ---- what stands in the store ---- */

/* The column of the last row, as text: a state, a name. */
static const char *last_text(house *h, store_table table, const char *which) {
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

static int64_t last_int(house *h, store_table table, const char *which) {
  slice name = slice_of(which);
  store_query q = {.table = table, .columns = &name, .column_count = 1};
  store_cursor *c;
  int64_t n = 0;
  must(h->s, store_scan(h->s, &q, &c));
  while (store_next(c) == STORE_ROW) n = store_int(c, 0);
  store_cursor_close(c);
  return n;
}

static int64_t rows(house *h, store_table table) {
  int64_t n;
  must(h->s, store_count(h->s, table, &n));
  return n;
}

static int64_t in_state(house *h, const char *state) {
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

static approval_answer say_line(house *h, int64_t id, bool yes, const char *who) {
  approval_answer answer;
  must(h->s, store_begin(h->s));
  must(h->s, store_approval_answer(h->s, id, (approval_by){slice_of(who), yes}, &answer));
  must(h->s, store_commit(h->s));
  return answer;
}

static approval_answer say_plan(house *h, const char *digest, bool yes, const char *who, bool ramp) {
  approval_answer answer;
  must(h->s, store_begin(h->s));
  must(h->s, store_activation_answer(h->s, slice_of(digest), (approval_by){slice_of(who), yes}, ramp, &answer));
  must(h->s, store_commit(h->s));
  return answer;
}

static void approve_plan(house *h, bool ramp) {
  char digest[80];
  snprintf(digest, sizeof digest, "%s", last_text(h, STORE_T_activation, "digest"));
  assert_int_equal(say_plan(h, digest, true, "ana", ramp), ANSWER_TAKEN);
}

static approval_answer say_day(house *h, int32_t day, int64_t n, bool yes, const char *who) {
  approval_answer answer;
  must(h->s, store_begin(h->s));
  must(h->s, store_allowance_answer(h->s, day, n, (approval_by){slice_of(who), yes}, &answer));
  must(h->s, store_commit(h->s));
  return answer;
}

static approval_answer require(house *h, int people, const char *who) {
  approval_answer answer;
  must(h->s, store_begin(h->s));
  must(h->s, store_approvals_require(h->s, people, slice_of(who), &answer));
  must(h->s, store_commit(h->s));
  return answer;
}

static void pause_it(house *h, pause_scope what, const char *name) {
  bool is_new;
  must(h->s, store_begin(h->s));
  must(h->s, store_pause_put(h->s, what, slice_of(name), SLICE("ana"), SLICE("a check"), &is_new));
  must(h->s, store_commit(h->s));
  assert_true(is_new);
}

static int64_t resume_it(house *h, pause_scope what, const char *name) {
  int64_t ended;
  must(h->s, store_begin(h->s));
  must(h->s, store_pause_end(h->s, what, slice_of(name), SLICE("ana"), &ended));
  if (what == PAUSE_all) must(h->s, outbox_clock_trust(h->w, h->s));
  must(h->s, store_commit(h->s));
  return ended;
}

/* ---- single lines ---- */

#define ASKS HEAD SMTP "ask for approval before send email\n" LADDER
#define ASKS_TWO ASKS "  at 3d send email \"second {number}\"\n"

static void a_line_waits_and_goes_when_approved(void **state) {
  (void)state;
  house h = begin();
  assert_string_equal(whole_run(&h, ASKS, DAY), "");
  assert_string_equal(last_text(&h, STORE_T_approval, "state"), "open");
  assert_string_equal(last_text(&h, STORE_T_approval, "step"), "l 1d");
  assert_string_equal(last_text(&h, STORE_T_approval, "reason"), "the policy asks before this action");
  assert_int_equal(last_int(&h, STORE_T_approval, "amount"), 10000);
  assert_int_equal(rows(&h, STORE_T_position), 0);
  assert_string_equal(whole_run(&h, ASKS, DAY), "");
  assert_int_equal(rows(&h, STORE_T_approval), 1);
  assert_int_equal(say_line(&h, 1, true, "ana"), ANSWER_TAKEN);
  assert_int_equal(say_line(&h, 1, true, "ana"), ANSWER_NOT_OPEN);
  assert_int_equal(say_line(&h, 7, true, "ana"), ANSWER_NOT_THERE);
  assert_string_equal(whole_run(&h, ASKS, DAY + 1), "SENT 1");
  assert_string_equal(whole_run(&h, ASKS, DAY + 1), "");
  assert_int_equal(server.sent, 1);
  assert_chain(&h);
  end(&h);
}

static void a_rejection_counts_as_done(void **state) {
  (void)state;
  house h = begin();
  whole_run(&h, ASKS_TWO, DAY);
  assert_int_equal(say_line(&h, 1, false, "ana"), ANSWER_TAKEN);
  assert_string_equal(whole_run(&h, ASKS_TWO, DAY), "");
  assert_int_equal(rows(&h, STORE_T_position), 1);
  assert_int_equal(rows(&h, STORE_T_action), 0);
  /* The next rung asks for itself. */
  assert_string_equal(whole_run(&h, ASKS_TWO, DAY + 2), "");
  assert_int_equal(rows(&h, STORE_T_approval), 2);
  assert_string_equal(last_text(&h, STORE_T_approval, "step"), "l 3d");
  assert_int_equal(server.sent, 0);
  end(&h);
}

/* An approval may be taken back as long as the line is not done. */
static void a_yes_is_taken_back(void **state) {
  (void)state;
  house h = begin();
  whole_run(&h, ASKS, DAY);
  assert_int_equal(say_line(&h, 1, true, "ana"), ANSWER_TAKEN);
  assert_int_equal(say_line(&h, 1, false, "rui"), ANSWER_TAKEN);
  assert_string_equal(whole_run(&h, ASKS, DAY), "");
  assert_int_equal(server.sent, 0);
  end(&h);
}

static void another_amount_asks_again(void **state) {
  (void)state;
  house h = begin();
  whole_run(&h, ASKS, DAY);
  say_line(&h, 1, true, "ana");
  put_invoice(&h, "A-1", "C1", 6000, DAY - 1, "open");
  assert_string_equal(whole_run(&h, ASKS, DAY), "");
  assert_string_equal(last_text(&h, STORE_T_approval, "state"), "open");
  assert_string_equal(last_text(&h, STORE_T_approval, "answered_by"), "");
  assert_int_equal(last_int(&h, STORE_T_approval, "amount"), 6000);
  say_line(&h, 1, true, "ana");
  assert_string_equal(whole_run(&h, ASKS, DAY), "SENT 1");
  assert_string_equal(server.text[0], "A-1 R$60.00\n");
  end(&h);
}

/* An answer to what has been overtaken or settled is an answer to nothing. */
static void what_is_not_asked_any_more_is_over(void **state) {
  (void)state;
  house h = begin();
  whole_run(&h, ASKS_TWO, DAY);
  assert_string_equal(whole_run(&h, ASKS_TWO, DAY + 2), "");
  assert_int_equal(rows(&h, STORE_T_approval), 2);
  assert_int_equal(say_line(&h, 1, true, "ana"), ANSWER_NOT_OPEN);
  put_invoice(&h, "A-1", "C1", 0, DAY - 1, "paid");
  assert_string_equal(whole_run(&h, ASKS_TWO, DAY + 2), "");
  assert_int_equal(say_line(&h, 2, true, "ana"), ANSWER_NOT_OPEN);
  end(&h);
}

/* One question a line; what stands before the action that asks goes, what stands behind it waits and is dropped with
 * it. */
static void a_line_is_asked_once(void **state) {
  (void)state;
#define CHAIN                                                                                                          \
  HEAD SMTP                                                                                                            \
      "ask for approval before open card, send whatsapp\nladder l for invoices\n  at 1d send email \"one\" then "      \
      "open card in \"Board\" then send email \"two\"\n"
  for (int yes = 0; yes < 2; yes++) {
    house h = begin();
    assert_string_equal(whole_run(&h, CHAIN, DAY), "SENT 1");
    assert_int_equal(rows(&h, STORE_T_approval), 1);
    assert_string_equal(last_text(&h, STORE_T_approval, "what"), "open card in \"Board\" then send email \"two\"");
    say_line(&h, 1, yes, "ana");
    assert_string_equal(whole_run(&h, CHAIN, DAY), yes ? "SENT 1, RECORDED 1" : "");
    assert_int_equal(rows(&h, STORE_T_position), 1);
    assert_int_equal(rows(&h, STORE_T_card), yes);
    assert_int_equal(server.sent, 1 + yes);
    end(&h);
  }
}

static void a_condition_asks_and_says_so(void **state) {
  (void)state;
#define BIG "ask for approval when amount >= 50\n"
  house h = begin();
  put_invoice(&h, "A-2", "C1", 2000, DAY - 1, "open");
  assert_string_equal(whole_run(&h, HEAD SMTP BIG LADDER, DAY), "");
  assert_string_equal(last_text(&h, STORE_T_approval, "reason"), "a condition of the policy asks");
  end(&h);
}

static void two_people_have_two_names(void **state) {
  (void)state;
  house h = begin();
  whole_run(&h, ASKS, DAY);
  assert_int_equal(require(&h, 2, "ana"), ANSWER_TAKEN);
  assert_int_equal(say_line(&h, 1, true, "ana"), ANSWER_FIRST);
  assert_int_equal(say_line(&h, 1, true, " ANA"), ANSWER_SAME_NAME);
  assert_string_equal(whole_run(&h, ASKS, DAY), "");
  assert_string_equal(last_text(&h, STORE_T_approval, "answered_by"), "ana");
  assert_int_equal(say_line(&h, 1, true, "rui"), ANSWER_TAKEN);
  assert_string_equal(last_text(&h, STORE_T_approval, "second_by"), "rui");
  assert_string_equal(whole_run(&h, ASKS, DAY), "SENT 1");
  /* Nobody does away with it alone. */
  assert_int_equal(require(&h, 1, "ana"), ANSWER_FIRST);
  assert_int_equal(require(&h, 1, "Ana"), ANSWER_SAME_NAME);
  int people;
  must(h.s, store_approvals_needed(h.s, &people));
  assert_int_equal(people, 2);
  assert_int_equal(require(&h, 1, "rui"), ANSWER_TAKEN);
  must(h.s, store_approvals_needed(h.s, &people));
  assert_int_equal(people, 1);
  assert_chain(&h);
  end(&h);
}

/* ---- a day's messages ---- */

static void more_than_the_policy_allows_is_asked(void **state) {
  (void)state;
#define FEW HEAD "ask before sending more than 3 messages\n" SMTP LADDER
  house h = begin();
  several(&h);
  assert_string_equal(whole_run(&h, FEW, DAY), "");
  assert_int_equal(last_int(&h, STORE_T_allowance, "asked"), 6);
  assert_int_equal(say_day(&h, DAY, 5, true, "ana"), ANSWER_NOT_SHOWN);
  assert_int_equal(say_day(&h, DAY + 1, 6, true, "ana"), ANSWER_NOT_THERE);
  assert_int_equal(say_day(&h, DAY, 6, true, "ana"), ANSWER_TAKEN);
  /* One more than was allowed. */
  put_customer(&h, "C7", "c7@x.example", NULL);
  put_invoice(&h, "A-7", "C7", 10000, DAY - 1, "open");
  assert_string_equal(whole_run(&h, FEW, DAY), "");
  assert_int_equal(say_day(&h, DAY, 7, true, "ana"), ANSWER_TAKEN);
  assert_string_equal(whole_run(&h, FEW, DAY), "SENT 7");
  assert_string_equal(whole_run(&h, FEW, DAY), "");
  end(&h);
  /* What was allowed on one day is not on the next. */
  h = begin();
  several(&h);
  whole_run(&h, FEW, DAY);
  say_day(&h, DAY, 6, true, "ana");
  assert_string_equal(whole_run(&h, FEW, DAY + 1), "");
  assert_int_equal(server.sent, 0);
  end(&h);
}

/* ---- a plan over a backlog ---- */

/* C1 and n more, each with an invoice due 20 days ago. */
static house backlog(int n) {
  house h = begin();
  h.guard = true;
  put_invoice(&h, "A-1", "C1", 10000, DAY - 20, "open");
  for (int i = 2; i <= n; i++) {
    char number[24], customer[24], address[40];
    snprintf(number, sizeof number, "A-%d", i);
    snprintf(customer, sizeof customer, "C%d", i);
    snprintf(address, sizeof address, "c%d@x.example", i);
    put_customer(&h, customer, address, NULL);
    put_invoice(&h, number, customer, 10000 + i, DAY - 20, "open");
  }
  return h;
}

static void switching_on_over_a_backlog_sends_nothing(void **state) {
  (void)state;
  house h = backlog(2);
  assert_string_equal(whole_run(&h, POLICY, DAY), "");
  assert_int_equal(rows(&h, STORE_T_action), 0);
  assert_int_equal(rows(&h, STORE_T_position), 0);
  assert_int_equal(rows(&h, STORE_T_activation), 1);
  assert_int_equal(last_int(&h, STORE_T_activation, "messages"), 2);
  assert_int_equal(last_int(&h, STORE_T_activation, "late"), 2);
  /* The same plan asks once; that a run was there makes nothing of it old. */
  whole_run(&h, POLICY, DAY);
  assert_int_equal(rows(&h, STORE_T_activation), 1);
  assert_int_equal(say_plan(&h, "0123456789abcdef", true, "ana", true), ANSWER_NOT_SHOWN);
  char digest[80];
  snprintf(digest, sizeof digest, "%.7s", last_text(&h, STORE_T_activation, "digest"));
  assert_int_equal(say_plan(&h, digest, true, "ana", true), ANSWER_NOT_SHOWN);
  assert_int_equal(say_plan(&h, "", true, "ana", true), ANSWER_NOT_SHOWN);
  whole_run(&h, POLICY, DAY);
  assert_int_equal(server.sent, 0);
  approve_plan(&h, true);
  assert_int_equal(server.sent, 0);
  assert_string_equal(whole_run(&h, POLICY, DAY), "SENT 2");
  assert_string_equal(whole_run(&h, POLICY, DAY), "");
  assert_int_equal(server.sent, 2);
  assert_chain(&h);
  end(&h);
}

static void without_a_backlog_nothing_is_asked(void **state) {
  (void)state;
  house h = begin();
  h.guard = true;
  assert_string_equal(whole_run(&h, POLICY, DAY), "SENT 1");
  assert_int_equal(rows(&h, STORE_T_activation), 0);
  /* The weekend: Saturday's rung opens on Monday, as on any Monday. */
  end(&h);
  h = begin();
  h.guard = true;
  put_invoice(&h, "A-1", "C1", 10000, DAY - 3, "open");
  world_fake_set_now(h.w, NOON_NS);
#define WEEKDAYS HEAD "send between 08:00 and 18:00 on weekdays\n" SMTP LADDER
  assert_string_equal(whole_run(&h, WEEKDAYS, DAY), "SENT 1");
  end(&h);
}

static void a_rejected_plan_stays_rejected(void **state) {
  (void)state;
  house h = backlog(2);
  char digest[80];
  whole_run(&h, POLICY, DAY);
  snprintf(digest, sizeof digest, "%s", last_text(&h, STORE_T_activation, "digest"));
  assert_int_equal(say_plan(&h, digest, false, "ana", true), ANSWER_TAKEN);
  whole_run(&h, POLICY, DAY);
  assert_int_equal(rows(&h, STORE_T_activation), 1);
  assert_int_equal(say_plan(&h, digest, true, "rui", true), ANSWER_NOT_THERE);
  put_customer(&h, "C3", "c3@x.example", NULL);
  put_invoice(&h, "A-3", "C3", 10000, DAY - 20, "open");
  whole_run(&h, POLICY, DAY);
  assert_int_equal(rows(&h, STORE_T_activation), 2);
  assert_string_equal(last_text(&h, STORE_T_activation, "state"), "open");
  assert_int_equal(server.sent, 0);
  end(&h);
}

static void a_plan_that_has_grown_asks_again(void **state) {
  (void)state;
  house h = backlog(20);
  whole_run(&h, POLICY, DAY);
  approve_plan(&h, true);
  /* 20 + 10 % + 10 = 32 pass, 33 do not. */
  for (int i = 21; i <= 33; i++) {
    char number[24];
    snprintf(number, sizeof number, "A-%d", i);
    put_invoice(&h, number, "C1", 10000, DAY - 20, "open");
  }
  whole_run(&h, POLICY, DAY);
  assert_int_equal(rows(&h, STORE_T_activation), 2);
  assert_string_equal(last_text(&h, STORE_T_activation, "why"), "the plan has grown since it was approved");
  put_invoice(&h, "A-33", "C1", 0, DAY - 20, "paid");
  whole_run(&h, POLICY, DAY);
  assert_int_equal(server.sent, 0); /* the earlier yes is over */
  approve_plan(&h, false);
  assert_string_equal(whole_run(&h, POLICY, DAY), "SENT 32");
  end(&h);
}

/* A revision that reaches more: ten late messages go, eleven wait. */
static void an_edit_that_reaches_a_backlog_asks(void **state) {
  (void)state;
#define ONLY(from)                                                                                                     \
  HEAD SMTP "ladder l for invoices where amount >= 0 and open >= " from "\n  at 1d send email \"{number}\"\n"          \
            "no ladder for open < " from "\n"
  for (int late = 10; late <= 11; late++) {
    house h = backlog(late);
    put_invoice(&h, "A-1", "C1", 50000, DAY - 1, "open");
    put_customer(&h, "C99", "c99@x.example", NULL);
    put_invoice(&h, "A-99", "C99", 9000, DAY - 20, "open");
    assert_string_equal(whole_run(&h, ONLY("400"), DAY), "SENT 1");
    assert_string_equal(whole_run(&h, ONLY("400"), DAY), "");
    assert_string_equal(whole_run(&h, ONLY("50"), DAY), late == 10 ? "SENT 10" : "");
    assert_int_equal(rows(&h, STORE_T_activation), late == 10 ? 0 : 1);
    if (late == 11) approve_plan(&h, false);
    assert_string_equal(whole_run(&h, ONLY("50"), DAY), late == 10 ? "" : "SENT 11");
    end(&h);
  }
}

/* Cards of late rungs wait with the plan; today's go. */
static void cards_of_late_rungs_wait_too(void **state) {
  (void)state;
#define CARDS                                                                                                          \
  HEAD SMTP LADDER "  at 5d open card in \"Late\"\nwhen overdue >= 3d open card in \"Other\"; at 20d send email "      \
                   "\"x\"\n"
  house h = backlog(1);
  put_customer(&h, "C2", "c2@x.example", NULL);
  put_invoice(&h, "A-2", "C2", 10000, DAY - 5, "open");
  put_invoice(&h, "A-3", "C2", 10000, DAY - 3, "open");
  assert_string_equal(whole_run(&h, CARDS, DAY), "RECORDED 2");
  assert_int_equal(rows(&h, STORE_T_card), 2); /* A-2 on its fifth day, A-3 on its third */
  assert_int_equal(server.sent, 0);
  approve_plan(&h, true);
  whole_run(&h, CARDS, DAY);
  assert_int_equal(rows(&h, STORE_T_card), 4);
  assert_int_equal(server.sent, 2);
  end(&h);
}

/* A standing rule is true for nobody knows how long. */
static void a_rule_that_is_true_already_is_a_backlog(void **state) {
  (void)state;
#define RULE                                                                                                           \
  HEAD SMTP "rule many: when customer.overdue_count >= 1 and customer.name is not missing send email \"many "          \
            "{name}\"\n"
  house h = backlog(2);
  whole_run(&h, RULE, DAY);
  assert_int_equal(server.sent, 0);
  assert_int_equal(rows(&h, STORE_T_armed), 0);
  approve_plan(&h, false);
  assert_string_equal(whole_run(&h, RULE, DAY), "SENT 2");
  end(&h);
}

static void files_are_a_rehearsal(void **state) {
  (void)state;
#define FILES HEAD LADDER
  house h = backlog(3);
  h.guard = false;
  assert_string_equal(whole_run(&h, FILES, DAY), "FILED 3");
  h.guard = true;
  for (int i = 4; i <= 6; i++) {
    char number[24];
    snprintf(number, sizeof number, "A-%d", i);
    put_invoice(&h, number, "C1", 10000, DAY - 20, "open");
  }
  /* The first run for real asks, although a run was there. */
  assert_string_equal(whole_run(&h, POLICY, DAY), "");
  assert_int_equal(last_int(&h, STORE_T_activation, "messages"), 3);
  assert_string_equal(last_text(&h, STORE_T_activation, "why"),
                      "it is the first run that sends for real, and there is a backlog");
  end(&h);
}

/* ---- the ramp ---- */

static void later(house *h, int64_t *minutes, int by) {
  *minutes += by;
  world_fake_set_now(h->w, NOON_NS + *minutes * MINUTE_NS);
}

static void a_plan_goes_out_in_steps(void **state) {
  (void)state;
  house h = backlog(250);
  int64_t minutes = 0;
  whole_run(&h, POLICY, DAY);
  approve_plan(&h, true);
  whole_run(&h, POLICY, DAY);
  assert_int_equal(server.sent, 10);
  assert_int_equal(in_state(&h, "approved"), 240);
  whole_run(&h, POLICY, DAY);
  assert_int_equal(server.sent, 10);
  later(&h, &minutes, 14);
  whole_run(&h, POLICY, DAY);
  assert_int_equal(server.sent, 10);
  later(&h, &minutes, 2);
  whole_run(&h, POLICY, DAY); /* 1 % of 250 is less than 10: the next step is 10 % */
  assert_int_equal(server.sent, 25);
  later(&h, &minutes, 16);
  whole_run(&h, POLICY, DAY);
  assert_int_equal(server.sent, 250);
  whole_run(&h, POLICY, DAY);
  assert_string_equal(last_text(&h, STORE_T_activation, "state"), "done");
  assert_int_equal(server.sent, 250);
  assert_chain(&h);
  end(&h);
}

/* What the policy decides while a ramp goes on joins it. */
static void new_messages_join_the_ramp(void **state) {
  (void)state;
  house h = backlog(40);
  int64_t minutes = 0;
  whole_run(&h, POLICY, DAY);
  approve_plan(&h, true);
  whole_run(&h, POLICY, DAY);
  put_invoice(&h, "B-1", "C1", 10000, DAY - 1, "open");
  whole_run(&h, POLICY, DAY);
  assert_int_equal(server.sent, 10);
  assert_int_equal(in_state(&h, "approved"), 31);
  later(&h, &minutes, 16);
  whole_run(&h, POLICY, DAY);
  assert_int_equal(server.sent, 41);
  end(&h);
}

static void what_comes_back_stops_the_ramp(void **state) {
  (void)state;
  house h = backlog(40);
  int64_t minutes = 0;
  whole_run(&h, POLICY, DAY);
  approve_plan(&h, true);
  answers(1, GONE);
  whole_run(&h, POLICY, DAY);
  later(&h, &minutes, 20);
  whole_run(&h, POLICY, DAY);
  assert_int_equal(server.sent, 10);
  assert_string_equal(last_text(&h, STORE_T_pause, "reason"),
                      "1 of 10 messages of the approved plan bounced or were refused");
  assert_string_equal(last_text(&h, STORE_T_pause, "paused_by"), "dun");
  later(&h, &minutes, 600);
  whole_run(&h, POLICY, DAY);
  assert_int_equal(server.sent, 10);
  assert_int_equal(resume_it(&h, PAUSE_policy, "P"), 1);
  whole_run(&h, POLICY, DAY);
  assert_int_equal(server.sent, 40);
  assert_int_equal(rows(&h, STORE_T_pause), 1);
  end(&h);
}

static void people_who_opt_out_stop_the_ramp(void **state) {
  (void)state;
  house h = backlog(40);
  int64_t minutes = 0;
  whole_run(&h, POLICY, DAY);
  approve_plan(&h, true);
  whole_run(&h, POLICY, DAY);
  put_customer(&h, "C10", "c10@x.example", "sms; Email"); /* among the first ten */
  later(&h, &minutes, 20);
  whole_run(&h, POLICY, DAY);
  assert_int_equal(server.sent, 10);
  assert_string_equal(last_text(&h, STORE_T_pause, "reason"), "1 of 10 customers of the approved plan opted out");
  end(&h);
}

/* In the middle of its last step, too. */
static void a_last_step_is_watched(void **state) {
  (void)state;
  house h = backlog(200);
  whole_run(&h, POLICY, DAY);
  approve_plan(&h, false);
  answers(8, GONE);
  whole_run(&h, POLICY, DAY);
  assert_in_range(server.sent, 20, 60);
  assert_int_equal(in_state(&h, "ready"), 200 - (int64_t)server.sent);
  end(&h);
}

/* ---- pauses ---- */

static void paused(pause_scope what, const char *name, bool stops) {
  house h = begin();
  run r;
  run_commit(&h, &r, POLICY, DAY);
  pause_it(&h, what, name);
  run_deliver(&h, &r);
  assert_string_equal(tallies(&r), stops ? "WAITING 1" : "SENT 1");
  run_end(&r);
  assert_int_equal(resume_it(&h, what, name), 1);
  assert_string_equal(whole_run(&h, POLICY, DAY), stops ? "SENT 1" : "");
  assert_int_equal(server.sent, 1);
  assert_chain(&h);
  end(&h);
}

static void a_pause_stops_what_is_decided(void **state) {
  (void)state;
  paused(PAUSE_all, "", true);
  paused(PAUSE_policy, "P", true);
  paused(PAUSE_channel, "email", true);
  paused(PAUSE_customer, "C1", true);
  paused(PAUSE_policy, "Q", false);
  paused(PAUSE_channel, "whatsapp", false);
  paused(PAUSE_customer, "C2", false);
}

static void two_pauses_are_two(void **state) {
  (void)state;
  house h = begin();
  pause_it(&h, PAUSE_all, "");
  pause_it(&h, PAUSE_channel, "email");
  bool is_new;
  must(h.s, store_pause_put(h.s, PAUSE_all, (slice){0}, SLICE("rui"), (slice){0}, &is_new));
  assert_false(is_new);
  whole_run(&h, POLICY, DAY);
  assert_int_equal(resume_it(&h, PAUSE_all, ""), 1);
  assert_int_equal(resume_it(&h, PAUSE_all, ""), 0);
  assert_string_equal(whole_run(&h, POLICY, DAY), "WAITING 1");
  assert_int_equal(resume_it(&h, PAUSE_channel, "email"), 1);
  assert_string_equal(whole_run(&h, POLICY, DAY), "SENT 1");
  end(&h);
}

/* ---- the clock ---- */

static bool clock_held(house *h) {
  outbox o = {.w = h->w, .s = h->s, .perm = arena_new()};
  bool held;
  must(h->s, outbox_clock_begin(&o, &held));
  must(h->s, outbox_clock_end(&o));
  arena_free(o.perm);
  return held;
}

static void a_clock_that_went_back_holds(void **state) {
  (void)state;
  house h = begin();
  assert_false(clock_held(&h));
  world_fake_set_now(h.w, NOON_NS - 5 * MINUTE_NS);
  assert_false(clock_held(&h));
  world_fake_set_now(h.w, NOON_NS - 5 * MINUTE_NS - 1000);
  assert_true(clock_held(&h));
  assert_string_equal(last_text(&h, STORE_T_pause, "reason"), "the clock stands 5 min before the last run");
  /* It does not go on by itself, also when the clock is right again. */
  world_fake_set_now(h.w, NOON_NS);
  assert_true(clock_held(&h));
  world_fake_set_now(h.w, NOON_NS - 60 * MINUTE_NS);
  assert_int_equal(resume_it(&h, PAUSE_all, ""), 1);
  assert_false(clock_held(&h)); /* who resumes says that this is the time */
  assert_int_equal(rows(&h, STORE_T_pause), 1);
  end(&h);
}

static void a_clock_that_jumps_while_it_runs_holds(void **state) {
  (void)state;
  static const int64_t JUMP[] = {5, 6, -5, -6};
  for (size_t i = 0; i < 4; i++) {
    house h = begin();
    run r;
    bool held;
    run_commit(&h, &r, POLICY, DAY);
    must(h.s, outbox_clock_begin(&r.o, &held));
    world_fake_set_now(h.w, NOON_NS + JUMP[i] * MINUTE_NS);
    run_deliver(&h, &r);
    assert_string_equal(tallies(&r), i % 2 ? "WAITING 1" : "SENT 1");
    assert_int_equal(rows(&h, STORE_T_pause), i % 2);
    run_end(&r);
    end(&h);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_line_waits_and_goes_when_approved),
      cmocka_unit_test(a_rejection_counts_as_done),
      cmocka_unit_test(a_yes_is_taken_back),
      cmocka_unit_test(another_amount_asks_again),
      cmocka_unit_test(what_is_not_asked_any_more_is_over),
      cmocka_unit_test(a_line_is_asked_once),
      cmocka_unit_test(a_condition_asks_and_says_so),
      cmocka_unit_test(two_people_have_two_names),
      cmocka_unit_test(more_than_the_policy_allows_is_asked),
      cmocka_unit_test(switching_on_over_a_backlog_sends_nothing),
      cmocka_unit_test(without_a_backlog_nothing_is_asked),
      cmocka_unit_test(a_rejected_plan_stays_rejected),
      cmocka_unit_test(a_plan_that_has_grown_asks_again),
      cmocka_unit_test(an_edit_that_reaches_a_backlog_asks),
      cmocka_unit_test(cards_of_late_rungs_wait_too),
      cmocka_unit_test(a_rule_that_is_true_already_is_a_backlog),
      cmocka_unit_test(files_are_a_rehearsal),
      cmocka_unit_test(a_plan_goes_out_in_steps),
      cmocka_unit_test(new_messages_join_the_ramp),
      cmocka_unit_test(what_comes_back_stops_the_ramp),
      cmocka_unit_test(people_who_opt_out_stop_the_ramp),
      cmocka_unit_test(a_last_step_is_watched),
      cmocka_unit_test(a_pause_stops_what_is_decided),
      cmocka_unit_test(two_pauses_are_two),
      cmocka_unit_test(a_clock_that_went_back_holds),
      cmocka_unit_test(a_clock_that_jumps_while_it_runs_holds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
