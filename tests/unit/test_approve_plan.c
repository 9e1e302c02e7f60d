/* A plan over a backlog waits as a whole, and goes out by a ramp once it is approved. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/world_fake.h"
#include "tests/support/approve_fixture.h"

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

/* More invoices of C1, as late. */
static void put_late(house *h, int from, int to) {
  for (int i = from; i <= to; i++) {
    char number[24];
    snprintf(number, sizeof number, "A-%d", i);
    put_invoice(h, number, "C1", 10000, DAY - 20, "open");
  }
}

/* A backlog whose plan is approved; the next run sends. */
static house approved_backlog(int n, bool ramp) {
  house h = backlog(n);
  whole_run(&h, POLICY, DAY);
  approve_plan(&h, ramp);
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

/* What was asked over a backlog is not answered by a day on which each rung happens to be on its own day. */
static void a_first_plan_waits_for_an_answer(void **state) {
  (void)state;
#define TWO_RUNGS POLICY "  at 22d send email \"again {number}\"\n"
  for (int said_no = 0; said_no < 2; said_no++) {
    house h = backlog(1);
    assert_string_equal(whole_run(&h, TWO_RUNGS, DAY), "");
    char digest[80];
    snprintf(digest, sizeof digest, "%s", last_text(&h, STORE_T_activation, "digest"));
    if (said_no) assert_int_equal(say_plan(&h, digest, false, "ana", true), ANSWER_TAKEN);
    assert_string_equal(whole_run(&h, TWO_RUNGS, DAY + 2), "");
    assert_int_equal(server.sent, 0);
    assert_int_equal(rows(&h, STORE_T_activation), 2);
    assert_string_equal(last_text(&h, STORE_T_activation, "state"), "open");
    assert_int_equal(last_int(&h, STORE_T_activation, "late"), 0);
    approve_plan(&h, true);
    assert_string_equal(whole_run(&h, TWO_RUNGS, DAY + 2), "SENT 1");
    end(&h);
  }
  /* It is over where nobody is to be written to any more. */
  house h = backlog(1);
  whole_run(&h, TWO_RUNGS, DAY);
  put_invoice(&h, "A-1", "C1", 0, DAY - 20, "paid");
  assert_string_equal(whole_run(&h, TWO_RUNGS, DAY + 1), "");
  put_invoice(&h, "A-2", "C1", 5000, DAY + 1, "open");
  assert_string_equal(whole_run(&h, TWO_RUNGS, DAY + 2), "SENT 1");
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
  house h = approved_backlog(20, true);
  /* 20 + 10 % + 10 = 32 pass, 33 do not. */
  put_late(&h, 21, 33);
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

/* Cards wait with the plan, today's too: nobody approved the policy that opens them. */
static void cards_wait_too(void **state) {
  (void)state;
#define CARDS                                                                                                          \
  HEAD SMTP LADDER "  at 5d open card in \"Late\"\nwhen overdue >= 3d open card in \"Other\"; at 20d send email "      \
                   "\"x\"\n"
  house h = backlog(1);
  put_customer(&h, "C2", "c2@x.example", NULL);
  put_invoice(&h, "A-2", "C2", 10000, DAY - 5, "open");
  put_invoice(&h, "A-3", "C2", 10000, DAY - 3, "open");
  assert_string_equal(whole_run(&h, CARDS, DAY), "");
  assert_int_equal(rows(&h, STORE_T_card), 0);
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
  put_late(&h, 4, 6);
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

/* A run, and how many messages have gone by then. */
static void run_to(house *h, uint64_t sent) {
  whole_run(h, POLICY, DAY);
  assert_int_equal(server.sent, sent);
}

static void a_plan_goes_out_in_steps(void **state) {
  (void)state;
  house h = approved_backlog(250, true);
  int64_t minutes = 0;
  run_to(&h, 10);
  assert_int_equal(in_state(&h, "approved"), 240);
  run_to(&h, 10);
  later(&h, &minutes, 14);
  run_to(&h, 10);
  later(&h, &minutes, 2);
  run_to(&h, 25); /* 1 % of 250 is less than 10: the next step is 10 % */
  later(&h, &minutes, 16);
  run_to(&h, 250);
  whole_run(&h, POLICY, DAY);
  assert_string_equal(last_text(&h, STORE_T_activation, "state"), "done");
  assert_int_equal(server.sent, 250);
  assert_chain(&h);
  end(&h);
}

/* What the policy decides while a ramp goes on joins it. */
static void new_messages_join_the_ramp(void **state) {
  (void)state;
  house h = approved_backlog(40, true);
  int64_t minutes = 0;
  whole_run(&h, POLICY, DAY);
  put_invoice(&h, "B-1", "C1", 10000, DAY - 1, "open");
  run_to(&h, 10);
  assert_int_equal(in_state(&h, "approved"), 31);
  later(&h, &minutes, 16);
  run_to(&h, 41);
  end(&h);
}

static void what_comes_back_stops_the_ramp(void **state) {
  (void)state;
  house h = approved_backlog(40, true);
  int64_t minutes = 0;
  answers(1, GONE);
  whole_run(&h, POLICY, DAY);
  later(&h, &minutes, 20);
  run_to(&h, 10);
  assert_string_equal(last_text(&h, STORE_T_pause, "reason"),
                      "1 of 10 messages of the approved plan bounced or were refused");
  assert_string_equal(last_text(&h, STORE_T_pause, "paused_by"), "dun");
  later(&h, &minutes, 600);
  run_to(&h, 10);
  assert_int_equal(resume_it(&h, PAUSE_policy, "P"), 1);
  run_to(&h, 40);
  assert_int_equal(rows(&h, STORE_T_pause), 1);
  end(&h);
}

static void people_who_opt_out_stop_the_ramp(void **state) {
  (void)state;
  house h = approved_backlog(40, true);
  int64_t minutes = 0;
  whole_run(&h, POLICY, DAY);
  put_customer(&h, "C10", "c10@x.example", "sms; Email"); /* among the first ten */
  later(&h, &minutes, 20);
  run_to(&h, 10);
  assert_string_equal(last_text(&h, STORE_T_pause, "reason"), "1 of 10 customers of the approved plan opted out");
  end(&h);
}

/* Two are borne, a third is not; between those that arrive, so that the channel goes on. */
static void unknown_outcomes_stop_the_ramp(void **state) {
  (void)state;
  for (size_t n = 2; n <= 3; n++) {
    house h = approved_backlog(40, true);
    int64_t minutes = 0;
    answers(6, (mail_report){MAIL_OK, MAIL_ANSWERED, 250, ""});
    for (size_t i = 0; i < n; i++) server.answer[2 * i] = TIMEOUT;
    whole_run(&h, POLICY, DAY);
    later(&h, &minutes, 20);
    run_to(&h, n == 2 ? 40 : 10);
    if (n == 3)
      assert_string_equal(last_text(&h, STORE_T_pause, "reason"),
                          "3 messages of the approved plan have an unknown outcome");
    assert_int_equal(rows(&h, STORE_T_pause), n == 3);
    end(&h);
  }
}

/* In the middle of its last step, too. */
static void a_last_step_is_watched(void **state) {
  (void)state;
  house h = approved_backlog(200, false);
  answers(8, GONE);
  whole_run(&h, POLICY, DAY);
  assert_in_range(server.sent, 20, 60);
  assert_int_equal(in_state(&h, "ready"), 200 - (int64_t)server.sent);
  end(&h);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(switching_on_over_a_backlog_sends_nothing),
      cmocka_unit_test(without_a_backlog_nothing_is_asked),
      cmocka_unit_test(a_first_plan_waits_for_an_answer),
      cmocka_unit_test(a_rejected_plan_stays_rejected),
      cmocka_unit_test(a_plan_that_has_grown_asks_again),
      cmocka_unit_test(an_edit_that_reaches_a_backlog_asks),
      cmocka_unit_test(cards_wait_too),
      cmocka_unit_test(a_rule_that_is_true_already_is_a_backlog),
      cmocka_unit_test(files_are_a_rehearsal),
      cmocka_unit_test(a_plan_goes_out_in_steps),
      cmocka_unit_test(new_messages_join_the_ramp),
      cmocka_unit_test(what_comes_back_stops_the_ramp),
      cmocka_unit_test(people_who_opt_out_stop_the_ramp),
      cmocka_unit_test(unknown_outcomes_stop_the_ramp),
      cmocka_unit_test(a_last_step_is_watched),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
