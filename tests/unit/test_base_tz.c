/* Time zones from bytes built here, so that the test does not depend on the machine's zone files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/base/tz.h"

#define BYTES_MAX 512

struct bytes {
  uint8_t p[BYTES_MAX];
  size_t n;
};

static void put(struct bytes *b, uint64_t value, unsigned bytes) {
  assert_true(b->n + bytes <= BYTES_MAX);
  while (bytes--) b->p[b->n++] = (uint8_t)(value >> (8 * bytes));
}

static void put_text(struct bytes *b, const char *text) {
  while (*text) put(b, (uint8_t)*text++, 1);
}

static void put_header(struct bytes *b, char version, size_t times, size_t types) {
  put_text(b, "TZif");
  put(b, (uint8_t)version, 1);
  for (int i = 0; i < 15; i++) put(b, 0, 1);
  put(b, 0, 4), put(b, 0, 4), put(b, 0, 4);
  put(b, times, 4), put(b, types, 4), put(b, 4, 4);
}

struct change {
  int64_t at_s;
  uint8_t type;
};

/* Version 2: an empty first block, then transitions between the two offsets, then the footer. */
static struct bytes zone(const struct change *changes, size_t count, int32_t first_s, int32_t second_s,
                         const char *rule) {
  struct bytes b = {.n = 0};
  put_header(&b, '2', 0, 1);
  put(&b, 0, 6), put(&b, 0, 4);
  put_header(&b, '2', count, 2);
  for (size_t i = 0; i < count; i++) put(&b, (uint64_t)changes[i].at_s, 8);
  for (size_t i = 0; i < count; i++) put(&b, changes[i].type, 1);
  put(&b, (uint32_t)first_s, 4), put(&b, 0, 2);
  put(&b, (uint32_t)second_s, 4), put(&b, 0, 2);
  put(&b, 0, 4);
  put_text(&b, "\n");
  put_text(&b, rule);
  put_text(&b, "\n");
  return b;
}

static tz *parsed(arena *a, struct bytes b) {
  tz *z = tz_parse(a, SLICE("Test/Zone"), b.p, b.n);
  assert_non_null(z);
  return z;
}

static int64_t at(int y, int m, int d, int hour, int minute) {
  return (int64_t)date_of(y, m, d).day * 86400 + hour * 3600 + minute * 60;
}

/* Sao Paulo around 2018-11-04, when midnight did not exist. */
static void gaps_and_overlaps(void **state) {
  (void)state;
  arena *a = arena_new();
  int64_t spring = at(2018, 11, 4, 3, 0), autumn = at(2019, 2, 17, 2, 0);
  const struct change changes[] = {{spring, 1}, {autumn, 0}};
  tz *z = parsed(a, zone(changes, 2, -10800, -7200, "<-03>3"));
  assert_true(slice_eq(tz_name(z), SLICE("Test/Zone")));
  assert_int_equal(tz_offset(z, INT64_MIN / 2), -10800);
  assert_int_equal(tz_offset(z, spring - 1), -10800);
  assert_int_equal(tz_offset(z, spring), -7200);
  assert_int_equal(tz_offset(z, autumn), -10800);
  civil_date d = date_of(2018, 11, 4);
  for (int32_t s = 0; s < 3600; s += 599) assert_int_equal(tz_utc(z, d, s), spring); /* the hour that is not there */
  assert_int_equal(tz_utc(z, d, 3600), spring);
  assert_int_equal(tz_utc(z, d, 3601), spring + 1);
  assert_int_equal(tz_utc(z, (civil_date){d.day - 1}, 86399), spring - 1);
  local_time l = tz_local(z, spring);
  assert_int_equal(l.date.day, d.day);
  assert_int_equal(l.second, 3600);
  /* 16 February 23:30 is there twice: the first is meant */
  assert_int_equal(tz_utc(z, date_of(2019, 2, 16), 84600), autumn - 1800);
  assert_int_equal(tz_local(z, autumn - 1).second, 86399);
  assert_int_equal(tz_local(z, autumn).second, 82800);
  arena_free(a);
}

static void footer_rules(void **state) {
  (void)state;
  arena *a = arena_new();
  tz *new_york = parsed(a, zone(NULL, 0, -18000, -14400, "EST5EDT,M3.2.0,M11.1.0"));
  assert_int_equal(tz_offset(new_york, at(2026, 3, 8, 7, 0) - 1), -18000);
  assert_int_equal(tz_offset(new_york, at(2026, 3, 8, 7, 0)), -14400);
  assert_int_equal(tz_offset(new_york, at(2026, 11, 1, 6, 0) - 1), -14400);
  assert_int_equal(tz_offset(new_york, at(2026, 11, 1, 6, 0)), -18000);
  tz *sydney = parsed(a, zone(NULL, 0, 36000, 39600, "AEST-10AEDT,M10.1.0,M4.1.0/3"));
  assert_int_equal(tz_offset(sydney, at(2026, 1, 1, 0, 0)), 39600);
  assert_int_equal(tz_offset(sydney, at(2026, 7, 1, 0, 0)), 36000);
  tz *nuuk = parsed(a, zone(NULL, 0, -7200, -3600, "<-02>2<-01>,M3.5.0/-1,M10.5.0/0"));
  assert_int_equal(tz_offset(nuuk, at(2026, 3, 29, 1, 0) - 1), -7200);
  assert_int_equal(tz_offset(nuuk, at(2026, 3, 29, 1, 0)), -3600);
  tz *julian = parsed(a, zone(NULL, 0, 0, 3600, "AAA0BBB,J60/0,300/0")); /* 1 March, also in leap years */
  assert_int_equal(tz_offset(julian, at(2024, 2, 29, 12, 0)), 0);
  assert_int_equal(tz_offset(julian, at(2024, 3, 1, 0, 0)), 3600);
  assert_int_equal(tz_offset(julian, at(2025, 3, 1, 0, 0)), 3600);
  arena_free(a);
}

static void local_and_back(void **state) {
  (void)state;
  arena *a = arena_new();
  tz *z = parsed(a, zone(NULL, 0, 3600, 7200, "CET-1CEST,M3.5.0,M10.5.0/3"));
  for (int64_t t = at(2025, 1, 1, 0, 0); t < at(2027, 1, 1, 0, 0); t += 1789) {
    local_time l = tz_local(z, t);
    int64_t back = tz_utc(z, l.date, l.second);
    assert_true(back == t || back == t - 3600); /* of the hour that is there twice the first */
    local_time again = tz_local(z, back);
    assert_true(date_eq(again.date, l.date) && again.second == l.second);
  }
  tz *utc = tz_utc_zone(a);
  assert_int_equal(tz_local(utc, -1).second, 86399);
  assert_int_equal(tz_local(utc, -1).date.day, -1);
  assert_int_equal(tz_utc(utc, (civil_date){-1}, 86399), -1);
  arena_free(a);
}

static void bad_bytes_are_refused(void **state) {
  (void)state;
  arena *a = arena_new();
  const struct change changes[] = {{100, 1}, {200, 0}};
  struct bytes good = zone(changes, 2, 0, 3600, "EST5EDT,M3.2.0,M11.1.0");
  for (size_t n = 0; n < good.n; n++) {
    uint8_t *cut = malloc(n + 1); /* of just that size, so that reading past it is seen */
    memcpy(cut, good.p, n);
    assert_null(tz_parse(a, SLICE("x"), cut, n));
    free(cut);
  }
  static const char *const rules[] = {"E5",
                                      "EST",
                                      "EST5EDT",
                                      "EST5EDT,M3.2.0",
                                      "EST5EDT,M13.2.0,M1.1.0",
                                      "<-03",
                                      "EST99",
                                      "EST5EDT,M3.6.0,M11.1.0",
                                      "EST5EDT,J0,J2",
                                      "EST5EDT,J1,400",
                                      "EST5EDT,M3.2.0,M11.1.0x",
                                      "EST5EDT,M3.2.0/168,M11.1.0"};
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
    struct bytes b = zone(NULL, 0, 0, 3600, rules[i]);
    if (tz_parse(a, SLICE("x"), b.p, b.n)) fail_msg("reads: %s", rules[i]);
  }
  const struct change back[] = {{200, 1}, {100, 0}}, no_type[] = {{100, 2}};
  struct bytes b = zone(back, 2, 0, 3600, "");
  assert_null(tz_parse(a, SLICE("x"), b.p, b.n));
  b = zone(no_type, 1, 0, 3600, "");
  assert_null(tz_parse(a, SLICE("x"), b.p, b.n));
  b = zone(NULL, 0, 86400, 0, "");
  assert_null(tz_parse(a, SLICE("x"), b.p, b.n));
  arena_free(a);
}

/* Any byte may be anything: no crash, and what is accepted answers. */
static void flipped_bytes_do_no_harm(void **state) {
  (void)state;
  const struct change changes[] = {{100, 1}, {200, 0}};
  struct bytes good = zone(changes, 2, 0, 3600, "EST5EDT,M3.2.0,M11.1.0");
  for (size_t i = 0; i < good.n; i++) {
    for (unsigned v = 0; v < 256; v += 3) {
      arena *a = arena_new();
      struct bytes b = good;
      b.p[i] = (uint8_t)v;
      tz *z = tz_parse(a, SLICE("x"), b.p, b.n);
      if (z) {
        int32_t offset = tz_offset(z, at(2026, 7, 1, 0, 0));
        assert_true(offset > -90001 && offset < 90001);
        (void)tz_utc(z, date_of(2026, 7, 1), 0);
      }
      arena_free(a);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(gaps_and_overlaps), cmocka_unit_test(footer_rules),
                                     cmocka_unit_test(local_and_back), cmocka_unit_test(bad_bytes_are_refused),
                                     cmocka_unit_test(flipped_bytes_do_no_harm)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
