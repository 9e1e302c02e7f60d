/* The sending hours at the gate through the hours in which clocks change: by the customer's clock as it hangs on the
 * wall, at every five minutes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "runtime/world_fake.h"
#include "tests/support/approve_fixture.h"

#define MINUTE_S 60
enum { MARCH_8 = 20520, NOVEMBER_1 = 20758 }; /* 2026 */

/* The zone's file into the made-up world. */
static void bring_zone(house *h, const char *path) {
  arena *own = arena_new();
  slice file;
  world *real = world_posix();
  assert_int_equal(real->read_file(real, path, own, &file), WORLD_OK);
  world_fake_put_file(h->w, path, file);
  arena_free(own);
}

static void put_zone(house *h, const char *zone) {
  const store_written columns[] = {{SLICE("id"), false}, {SLICE("timezone"), false}};
  store_writer *w;
  store_put how;
  must(h->s, store_begin(h->s));
  must(h->s, store_writer_open(h->s, STORE_T_customer, SLICE("zones"), columns, 2, &w));
  store_put_text(w, 0, SLICE("C1"));
  store_put_text(w, 1, slice_of(zone));
  must(h->s, store_put_row(w, &how));
  store_writer_close(w);
  must(h->s, store_commit(h->s));
}

static house in_new_york(int32_t due) {
  house h = begin_empty();
  bring_zone(&h, "/usr/share/zoneinfo/America/New_York");
  put_customer(&h, "C1", "c1@x.example", NULL);
  put_invoice(&h, "A-1", "C1", 10000, due, "open");
  return h;
}

/* Decided at noon (UTC) of the day before, in New York; asked at the gate on `day` at hh:mm UTC. */
static bool goes_at(const char *policy, int32_t day, int minute) {
  house h = in_new_york(day - 2);
  run r;
  run_commit(&h, &r, policy, day - 1);
  world_fake_set_now(h.w, ((int64_t)day * 86400 + (int64_t)minute * MINUTE_S) * 1000000000);
  run_deliver(&h, &r);
  const char *out = tallies(&r);
  bool went = strcmp(out, "SENT 1") == 0;
  assert_true(went || strcmp(out, "WAITING 1") == 0);
  run_end(&r);
  end(&h);
  return went;
}

/* From `first` to `last` (minutes of the day, UTC): open where it says so, at every five minutes. */
typedef struct hours {
  int from, to;
} hours;
static void check(const char *policy, int32_t day, int first, int last, const hours *open, size_t n) {
  for (int minute = first; minute <= last; minute += 5) {
    bool expected = false;
    for (size_t i = 0; i < n; i++) expected = expected || (minute >= open[i].from && minute < open[i].to);
    if (goes_at(policy, day, minute) != expected)
      fail_msg("day %d, %02d:%02d UTC: expected %s", day, minute / 60, minute % 60, expected ? "open" : "closed");
  }
}

#define NEW_YORK(window)                                                                                               \
  "policy \"P\"\n  currency BRL\n  timezone \"America/New_York\"\n  send between " window "\n" SMTP LADDER

/* 02:00 becomes 03:00 at 07:00 UTC. */
static void the_hour_that_is_skipped(void **state) {
  (void)state;
  const hours across[] = {{6 * 60 + 30, 8 * 60}}, from_it[] = {{7 * 60, 8 * 60}}, to_it[] = {{6 * 60 + 30, 7 * 60}};
  check(NEW_YORK("01:30 and 04:00"), MARCH_8, 6 * 60, 8 * 60 + 30, across, 1);
  check(NEW_YORK("02:30 and 04:00"), MARCH_8, 6 * 60, 8 * 60 + 30, from_it, 1);
  check(NEW_YORK("01:30 and 02:30"), MARCH_8, 6 * 60, 8 * 60 + 30, to_it, 1);
  /* No clock shows it on that day: the next day's. */
  check(NEW_YORK("02:15 and 02:45"), MARCH_8, 6 * 60, 8 * 60 + 30, NULL, 0);
  assert_true(goes_at(NEW_YORK("02:15 and 02:45"), MARCH_8, 24 * 60 + 6 * 60 + 20));
}

/* 02:00 becomes 01:00 at 06:00 UTC. */
static void the_hour_that_comes_twice(void **state) {
  (void)state;
  const hours twice[] = {{5 * 60 + 15, 5 * 60 + 45}, {6 * 60 + 15, 6 * 60 + 45}},
              long_one[] = {{4 * 60 + 30, 7 * 60 + 30}};
  check(NEW_YORK("01:15 and 01:45"), NOVEMBER_1, 5 * 60, 7 * 60, twice, 2);
  check(NEW_YORK("00:30 and 02:30"), NOVEMBER_1, 4 * 60 + 15, 7 * 60 + 45, long_one, 1);
}

/* The customer's clock, where it has one: New York changes, the policy's zone does not. */
static void the_customers_clock(void **state) {
  (void)state;
  static const char POLICY_UTC[] = "policy \"P\"\n  currency BRL\n  send between 02:30 and 04:00\n" SMTP LADDER;
  for (int minute = 6 * 60; minute <= 8 * 60 + 30; minute += 5) {
    house h = in_new_york(MARCH_8 - 2);
    put_zone(&h, "America/New_York");
    run r;
    run_commit(&h, &r, POLICY_UTC, MARCH_8 - 1);
    world_fake_set_now(h.w, ((int64_t)MARCH_8 * 86400 + (int64_t)minute * MINUTE_S) * 1000000000);
    run_deliver(&h, &r);
    assert_string_equal(tallies(&r), minute >= 7 * 60 && minute < 8 * 60 ? "SENT 1" : "WAITING 1");
    run_end(&r);
    end(&h);
  }
}

/* What went in the first of the two hours does not go in the second. */
static void twice_the_hour_once_the_message(void **state) {
  (void)state;
  house h = in_new_york(NOVEMBER_1 - 2);
  run r;
  run_commit(&h, &r, NEW_YORK("01:15 and 01:45"), NOVEMBER_1 - 1);
  for (int minute = 5 * 60; minute < 8 * 60; minute += 5) {
    world_fake_set_now(h.w, ((int64_t)NOVEMBER_1 * 86400 + (int64_t)minute * MINUTE_S) * 1000000000);
    run_deliver(&h, &r);
  }
  run_end(&r);
  whole_run(&h, NEW_YORK("01:15 and 01:45"), NOVEMBER_1);
  assert_int_equal(server.sent, 1);
  end(&h);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_hour_that_is_skipped),
      cmocka_unit_test(the_hour_that_comes_twice),
      cmocka_unit_test(the_customers_clock),
      cmocka_unit_test(twice_the_hour_once_the_message),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
