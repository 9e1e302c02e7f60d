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
      cmocka_unit_test(a_pause_stops_what_is_decided),
      cmocka_unit_test(two_pauses_are_two),
      cmocka_unit_test(a_clock_that_went_back_holds),
      cmocka_unit_test(a_clock_that_jumps_while_it_runs_holds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
