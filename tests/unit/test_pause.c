/* Pauses, by people and by Dun itself where the clock jumps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/world_fake.h"
#include "tests/support/approve_fixture.h"

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

/* ---- what waited while it was paused ---- */

static void many(house *h, int n, int32_t due) {
  for (int i = 1; i <= n; i++) {
    char number[24], customer[24];
    snprintf(number, sizeof number, "N-%d", i);
    snprintf(customer, sizeof customer, "D%d", i);
    put_customer(h, customer, "d@x.example", NULL);
    put_invoice(h, number, customer, 10000 + i, due, "open");
  }
}

#define TWO_STEPS POLICY "  at 10d send email \"second {number}\"\n"

/* Weeks of a pause: one message an invoice, its current one, and by steps. */
static void what_waited_for_days_goes_by_steps(void **state) {
  (void)state;
  house h = begin();
  h.guard = true;
  many(&h, 200, DAY);
  assert_string_equal(whole_run(&h, TWO_STEPS, DAY), "SENT 1"); /* */
  pause_it(&h, PAUSE_channel, "email");
  for (int day = 1; day <= 12; day++) whole_run(&h, TWO_STEPS, DAY + day);
  assert_int_equal(server.sent, 1);
  assert_int_equal(resume_it(&h, PAUSE_channel, "email"), 1);
  assert_int_equal(in_state(&h, "ready"), 0);
  assert_string_equal(last_text(&h, STORE_T_activation, "answered_by"), "ana");
  assert_string_equal(last_text(&h, STORE_T_activation, "policy"), "P");
  /* 201 are current: 10, a tenth (a hundredth is less than 10), all. */
  static const size_t SENT[] = {11, 22, 202};
  for (int step = 0; step < 3; step++) {
    whole_run(&h, TWO_STEPS, DAY + 12);
    assert_int_equal(server.sent, SENT[step]);
    whole_run(&h, TWO_STEPS, DAY + 12);
    assert_int_equal(server.sent, SENT[step]);
    pass_seconds(&h, 16 * 60);
  }
  assert_int_equal(in_state(&h, "suppressed"), 200);
  assert_chain(&h);
  end(&h);
}

/* A few, or those of the day itself, go at once, as they would have. */
static void a_few_or_of_today_go_at_once(void **state) {
  (void)state;
  for (int n = 10; n <= 11; n++) {
    house h = begin();
    h.guard = true;
    many(&h, n, DAY);
    whole_run(&h, POLICY, DAY);
    pause_it(&h, PAUSE_policy, "P");
    whole_run(&h, POLICY, DAY + 1);
    whole_run(&h, POLICY, DAY + 2);
    resume_it(&h, PAUSE_policy, "P");
    assert_string_equal(whole_run(&h, POLICY, DAY + 2), n == 10 ? "SENT 10" : "SENT 10, APPROVED 1");
    end(&h);
  }
  house h = begin();
  h.guard = true;
  many(&h, 30, DAY);
  whole_run(&h, POLICY, DAY);
  pause_it(&h, PAUSE_all, "");
  whole_run(&h, POLICY, DAY + 1);
  resume_it(&h, PAUSE_all, "");
  assert_string_equal(whole_run(&h, POLICY, DAY + 1), "SENT 30");
  end(&h);
}

/* What comes back stops these steps too; a second resume goes on with them. */
static void bounces_stop_what_was_resumed(void **state) {
  (void)state;
  house h = begin();
  h.guard = true;
  many(&h, 40, DAY);
  whole_run(&h, POLICY, DAY);
  pause_it(&h, PAUSE_all, "");
  whole_run(&h, POLICY, DAY + 1);
  whole_run(&h, POLICY, DAY + 2);
  resume_it(&h, PAUSE_all, "");
  answers(2, GONE);
  assert_string_equal(whole_run(&h, POLICY, DAY + 2), "SENT 8, REJECTED 2, APPROVED 30");
  pass_seconds(&h, 16 * 60);
  assert_string_equal(whole_run(&h, POLICY, DAY + 2), "APPROVED 30");
  assert_string_equal(last_text(&h, STORE_T_pause, "name"), "P");
  assert_string_equal(last_text(&h, STORE_T_pause, "paused_by"), "dun");
  resume_it(&h, PAUSE_policy, "P");
  assert_string_equal(whole_run(&h, POLICY, DAY + 2), "SENT 30");
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
      cmocka_unit_test(a_pause_stops_what_is_decided),          cmocka_unit_test(two_pauses_are_two),
      cmocka_unit_test(what_waited_for_days_goes_by_steps),     cmocka_unit_test(a_few_or_of_today_go_at_once),
      cmocka_unit_test(bounces_stop_what_was_resumed),          cmocka_unit_test(a_clock_that_went_back_holds),
      cmocka_unit_test(a_clock_that_jumps_while_it_runs_holds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
