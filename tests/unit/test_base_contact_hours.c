/* Contact hours and caps: malformed rules, edges of a window, changes of the clock, caps that never open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/base/contact_hours.h"

#define ZONE_BYTES 64

static int new_arena(void **state) {
  *state = arena_new();
  return 0;
}

static int free_arena(void **state) {
  arena_free(*state);
  return 0;
}

static contact_hours hours_of(arena *a, const char *rule) {
  contact_hours h = {.cal = NULL};
  if (!contact_hours_parse(a, slice_of(rule), &h)) fail_msg("%s does not read", rule);
  return h;
}

/* A version 2 file without transitions: the rule holds for ever. */
static const tz *zone_of(arena *a, const char *rule) {
  char block[44] = "TZif2"; /* the counts of the header are big-endian numbers */
  block[39] = 1;            /* one local time type */
  block[43] = 1;            /* a byte of names */
  char bytes[2 * (44 + 7) + ZONE_BYTES] = {0};
  size_t n = 0;
  for (int i = 0; i < 2; i++) {
    memcpy(bytes + n, block, 44);
    n += 44 + 6 + 1; /* the type is UTC under an empty name */
  }
  n += (size_t)snprintf(bytes + n, ZONE_BYTES, "\n%s\n", rule);
  const tz *z = tz_parse(a, SLICE("Test/Zone"), bytes, n);
  if (!z) fail_msg("the zone does not read");
  return z;
}

static int64_t at(int y, int m, int d, int hour, int minute) {
  return (int64_t)date_of(y, m, d).day * 86400 + hour * 3600 + minute * 60;
}

static void malformed_rules(void **state) {
  static const char *const bad[] = {"",
                                    "mon",
                                    "mon=",
                                    "mon=08:00",
                                    "mon=08:00-08:00",
                                    "mon=20:00-08:00",
                                    "mon=08:00-24:01",
                                    "mon=08:60-09:00",
                                    "mon=8-9",
                                    "dom=08:00-09:00",
                                    "mon-xyz=08:00-09:00",
                                    "mon=08:00-09:00;x"};
  contact_hours h;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(contact_hours_parse(*state, slice_of(bad[i]), &h));
}

static void days_round_the_week_and_lines_add_up(void **state) {
  contact_hours h = hours_of(*state, "sat-mon=10:00-12:00; sat=13:00-24:00;");
  static const struct {
    int day, second;
    bool open;
  } cases[] = {{14, 36000, true}, {14, 35999, false}, {14, 43200, false}, {14, 46800, true}, {14, 86399, true},
               {15, 43199, true}, {15, 46800, false}, {16, 36000, true},  {17, 36000, false}}; /* the 14th: Saturday */
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_int_equal(contact_hours_open(&h, (local_time){date_of(2026, 3, cases[i].day), cases[i].second}),
                     cases[i].open);
}

static void assert_next(const contact_hours *h, const tz *z, int64_t from, int64_t expected) {
  int64_t next = 0;
  assert_true(contact_hours_next(h, z, from, &next));
  assert_true(next == expected);
}

static void holidays_are_closed_and_weekends_are_not(void **state) {
  contact_hours h = hours_of(*state, "mon-sun=09:00-10:00");
  tz *utc = tz_utc_zone(*state);
  h.cal = calendar_embedded(*state, SLICE("brazil"));
  assert_next(&h, utc, at(2026, 12, 24, 10, 0), at(2026, 12, 26, 9, 0)); /* Christmas on a Friday, then a Saturday */
  h.cal = NULL;
  assert_next(&h, utc, at(2026, 12, 24, 10, 0), at(2026, 12, 25, 9, 0));
  assert_next(&h, utc, at(2026, 12, 24, 9, 0) + 1, at(2026, 12, 24, 9, 0) + 1); /* open: now */
}

static void changes_of_the_clock(void **state) {
  const tz *york = zone_of(*state, "EST5EDT,M3.2.0,M11.1.0");
  contact_hours gap = hours_of(*state, "mon-sun=02:30-04:00"); /* 8 March 2026: 02:00 EST is 03:00 EDT, 07:00 UTC */
  assert_next(&gap, york, at(2026, 3, 8, 5, 10), at(2026, 3, 8, 7, 0));
  contact_hours inside = hours_of(*state, "mon-sun=02:00-03:00"); /* that day has no such hour */
  assert_next(&inside, york, at(2026, 3, 8, 5, 10), at(2026, 3, 9, 6, 0));
  contact_hours twice = hours_of(*state, "mon-sun=01:10-01:40"); /* 1 November 2026: from 01:00 to 02:00 twice */
  assert_next(&twice, york, at(2026, 11, 1, 4, 30), at(2026, 11, 1, 5, 10));
  assert_next(&twice, york, at(2026, 11, 1, 5, 40), at(2026, 11, 1, 6, 10));
  assert_next(&twice, york, at(2026, 11, 1, 6, 40), at(2026, 11, 2, 6, 10));
  contact_hours across = hours_of(*state, "mon-sun=00:30-01:20"); /* open again at the change itself */
  assert_next(&across, york, at(2026, 11, 1, 5, 30) + 7, at(2026, 11, 1, 6, 0));
  /* Chile's midnight of 6 September 2026 does not exist. */
  const tz *santiago = zone_of(*state, "<-04>4<-03>,M9.1.6/24,M4.1.6/24");
  contact_hours early = hours_of(*state, "sun=00:00-08:00");
  assert_next(&early, santiago, at(2026, 9, 5, 20, 0), at(2026, 9, 6, 4, 0));
  /* In Nuuk the last hour of 28 March 2026 does not: 22:59 is followed by midnight, 01:00 UTC. */
  const tz *nuuk = zone_of(*state, "<-02>2<-01>,M3.5.0/-1,M10.5.0/0");
  contact_hours late = hours_of(*state, "mon-sun=23:10-23:50");
  assert_next(&late, nuuk, at(2026, 3, 28, 23, 0), at(2026, 3, 30, 0, 10));
  /* In St. John's 00:01 was followed by 23:01 of the day before, until 2011: here, on 1 November 2026. */
  const tz *john = zone_of(*state, "NST3:30NDT,M3.2.0/0:01,M11.1.0/0:01");
  contact_hours night = hours_of(*state, "mon-sun=23:30-23:50");
  assert_next(&night, john, at(2026, 11, 1, 2, 35), at(2026, 11, 1, 3, 0));
  contact_hours morning = hours_of(*state, "mon-sun=08:00-09:00");
  assert_next(&morning, john, at(2026, 11, 1, 2, 35), at(2026, 11, 1, 11, 30));
}

static void never_open(void **state) {
  contact_hours h = {.v = NULL, .count = 0, .cal = NULL};
  int64_t next;
  assert_false(contact_hours_next(&h, tz_utc_zone(*state), 0, &next));
}

static void caps(void **state) {
  (void)state;
  contact_cap cap;
  static const char *const bad[] = {"",       "cap",     "cap:3",   "cap:3/0",  "cap:/7",
                                    "after:", "after:0", "cap:x/7", "limit:1/2"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(contact_cap_parse(slice_of(bad[i]), &cap));
  civil_date d = date_of(2026, 3, 10);
  assert_true(contact_cap_parse(SLICE("cap:0/7"), &cap));
  assert_false(contact_cap_allows(cap, NULL, 0, d));
  assert_true(date_is_none(contact_cap_next(cap, NULL, 0, d)));
  assert_true(contact_cap_parse(SLICE("cap:2/3"), &cap));
  assert_int_equal(contact_cap_next(cap, NULL, 0, d).day, d.day);
  /* Unordered, two on one day, one in the future. */
  const civil_date history[] = {{d.day}, {d.day - 2}, {d.day}, {d.day + 1}};
  assert_false(contact_cap_allows(cap, history, 4, d));
  assert_int_equal(contact_cap_next(cap, history, 4, d).day, d.day + 3); /* the future one still counts then: one */
  assert_true(contact_cap_parse(SLICE("after:1"), &cap));
  assert_false(contact_cap_allows(cap, history, 1, d));
  assert_true(contact_cap_allows(cap, history, 1, (civil_date){d.day + 1}));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(malformed_rules),
                                     cmocka_unit_test(days_round_the_week_and_lines_add_up),
                                     cmocka_unit_test(holidays_are_closed_and_weekends_are_not),
                                     cmocka_unit_test(changes_of_the_clock),
                                     cmocka_unit_test(never_open),
                                     cmocka_unit_test(caps)};
  return cmocka_run_group_tests(tests, new_arena, free_arena);
}
