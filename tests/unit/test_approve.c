/* Single lines and a day's messages that wait for a person; two people. Over a real store with a mail server that does
 * what the test says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/store/audit.h"
#include "runtime/world_fake.h"
#include "tests/support/approve_fixture.h"

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
  approvals_rule rule;
  must(h.s, store_approvals_needed(h.s, &rule));
  assert_int_equal(rule.people, 2);
  assert_int_equal(require(&h, 1, "rui"), ANSWER_TAKEN);
  must(h.s, store_approvals_needed(h.s, &rule));
  assert_int_equal(rule.people, 1);
  assert_chain(&h);
  end(&h);
}

static approval_answer require_as(house *h, approvals_rule rule, const char *who, int64_t login) {
  approval_answer answer;
  store_login_set(h->s, login);
  must(h->s, store_begin(h->s));
  must(h->s, store_approvals_require(h->s, rule, slice_of(who), &answer));
  must(h->s, store_commit(h->s));
  return answer;
}

static approval_answer line_as(house *h, int64_t id, const char *who, int64_t login) {
  store_login_set(h->s, login);
  return say_line(h, id, true, who);
}

/* A name is what somebody says; the login is what the system says. */
static void two_people_have_two_logins(void **state) {
  (void)state;
  house h = begin();
  put_invoice(&h, "A-2", "C1", 5000, DAY - 1, "open");
  whole_run(&h, ASKS, DAY);
  assert_int_equal(require_as(&h, (approvals_rule){2, false}, "ana", 1000), ANSWER_TAKEN);
  assert_int_equal(line_as(&h, 1, "ana", 1000), ANSWER_FIRST);
  assert_int_equal(line_as(&h, 1, "rui", 1000), ANSWER_SAME_LOGIN);
  assert_int_equal(line_as(&h, 1, "ana", 1001), ANSWER_SAME_NAME);
  assert_string_equal(last_text(&h, STORE_T_event, "detail"), "{\"answer\":\"first of two\",\"login\":1000}");
  assert_int_equal(line_as(&h, 1, "rui", 1001), ANSWER_TAKEN);
  assert_string_equal(last_text(&h, STORE_T_event, "detail"), "{\"answer\":\"approved\",\"login\":1001}");
  /* Less strict only when two logins ask for the same, in whatever words; the administrator's is enough. */
  assert_int_equal(require_as(&h, (approvals_rule){2, true}, "ana", 1000), ANSWER_FIRST);
  assert_int_equal(require_as(&h, (approvals_rule){2, true}, "rui", 1000), ANSWER_SAME_LOGIN);
  assert_int_equal(require_as(&h, (approvals_rule){1, false}, "rui", 1001), ANSWER_FIRST);
  assert_int_equal(require_as(&h, (approvals_rule){2, true}, "ana", 1000), ANSWER_FIRST);
  approvals_rule rule;
  must(h.s, store_approvals_needed(h.s, &rule));
  assert_false(rule.shared_login);
  assert_int_equal(require_as(&h, (approvals_rule){2, true}, "root", 0), ANSWER_TAKEN);
  must(h.s, store_approvals_needed(h.s, &rule));
  assert_true(rule.people == 2 && rule.shared_login);
  /* One login for all: the names are compared, and the audit log has the login all the same. */
  assert_int_equal(line_as(&h, 2, "ana", 1000), ANSWER_FIRST);
  assert_int_equal(line_as(&h, 2, " Ana ", 1000), ANSWER_SAME_NAME);
  assert_int_equal(line_as(&h, 2, "rui", 1000), ANSWER_TAKEN);
  /* More strict at once. */
  assert_int_equal(require_as(&h, (approvals_rule){2, false}, "ana", 1000), ANSWER_TAKEN);
  must(h.s, store_approvals_needed(h.s, &rule));
  assert_true(rule.people == 2 && !rule.shared_login);
  assert_chain(&h);
  end(&h);
}

/* A store of before logins: what was asked there, and answers without one. */
static void answers_without_a_login_have_names_alone(void **state) {
  (void)state;
  house h = begin();
  whole_run(&h, ASKS, DAY);
  assert_int_equal(require(&h, 2, "ana"), ANSWER_TAKEN);
  assert_int_equal(say_line(&h, 1, true, "ana"), ANSWER_FIRST);
  must(h.s, store_begin(h.s));
  must(h.s, store_state_set(h.s, SLICE("fewer approvals asked by"), SLICE("ana")));
  must(h.s, store_commit(h.s));
  assert_int_equal(require_as(&h, (approvals_rule){1, false}, "Ana", 1000), ANSWER_SAME_NAME);
  assert_int_equal(line_as(&h, 1, "rui", 1000), ANSWER_TAKEN);
  assert_int_equal(require_as(&h, (approvals_rule){1, false}, "rui", 1000), ANSWER_TAKEN);
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
      cmocka_unit_test(two_people_have_two_logins),
      cmocka_unit_test(answers_without_a_login_have_names_alone),
      cmocka_unit_test(more_than_the_policy_allows_is_asked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
