/* Each civil date once: a served store ticks through the changes of clocks of the zones that have them about midnight.
 *
 * ZONES=1   all of them     EVERY=n   each nth of those that are taken */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/clock_changes.h"
#include "tests/support/served.h"

enum { DATES_MAX = 16 };
typedef struct dates {
  int32_t v[DATES_MAX];
  uint32_t n;
} dates;

static void date_add(dates *d, int32_t day) {
  for (uint32_t i = 0; i < d->n; i++)
    if (d->v[i] == day) return;
  assert_true(d->n < DATES_MAX);
  d->v[d->n++] = day;
}

static void write_to(lived *l, const char *name, const char *words) {
  char path[700];
  snprintf(path, sizeof path, "%s/%s", l->folder, name);
  assert_int_equal(l->w.write_file(&l->w, path, slice_of(words)), WORLD_OK);
}

/* Every civil date that the clock showed has each track's action once, and no other date has any. */
static void each_date_once(store *s, const dates *seen, const char *zone) {
  const slice columns[] = {SLICE("track"), SLICE("on")};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 2};
  store_cursor *c;
  uint32_t n[3][DATES_MAX] = {{0}};
  lived_must(s, store_scan(s, &q, &c));
  while (store_next(c) == STORE_ROW) {
    slice path = store_text(c, 0);
    uint32_t k = slice_eq(path, SLICE("ladder")) ? 0 : slice_eq(path, SLICE("every day")) ? 1 : 2;
    uint32_t i = 0;
    while (i < seen->n && seen->v[i] != (int32_t)store_int(c, 1)) i++;
    if (i == seen->n) fail_msg("%s: something was done on a day that never was", zone);
    n[k][i]++;
  }
  store_cursor_close(c);
  for (uint32_t i = 0; i < seen->n; i++) {
    /* A date that a zone never had is a day without a tick: its rule at an hour is made up for on the next one. */
    uint32_t rules = i > 0 && seen->v[i] - seen->v[i - 1] > 1 ? 3 : 2;
    if (n[0][i] != 1 || n[1][i] + n[2][i] != rules)
      fail_msg("%s: day %u of %u: %u rungs, %u and %u rules", zone, i, seen->n, n[0][i], n[1][i], n[2][i]);
  }
}

/* Ticks every half an hour, from two days before an instant to noon two days after it. */
static void through(const char *zone, int64_t around_s) {
  enum { DAY_S = 86400, HALF_HOUR_S = 1800 };
  lived *l = calloc(1, sizeof *l);
  char words[1024], path[500], day[DATE_TEXT_MAX];
  lived_begin(l);
  const tz *z = world_load_zone(&l->w, slice_of(zone), l->perm);
  assert_non_null(z);
  civil_date first = tz_local(z, around_s - 2 * DAY_S).date, last = tz_local(z, around_s + 2 * DAY_S).date;
  size_t n = (size_t)snprintf(
      words, sizeof words,
      "policy \"Z\"\n  currency BRL\n  timezone \"%s\"\nladder l for invoices\n  at due log \"d\"\n", zone);
  for (int k = 1; k < 7; k++) n += (size_t)snprintf(words + n, sizeof words - n, "  at %dd log \"d%d\"\n", k, k);
  snprintf(words + n, sizeof words - n,
           "every day for invoices where open > 0\n  log \"e\"\nevery day at 00:30 for customers where name is not "
           "missing\n  log \"h\"\n");
  write_to(l, "policy.dun", words);
  snprintf(path, sizeof path, "%s/data", l->folder);
  assert_int_equal(l->w.make_folders(&l->w, path), WORLD_OK);
  write_to(l, "data/customers.csv", "id,name\nc,C\n");
  day[date_iso(first, day)] = 0;
  snprintf(words, sizeof words, "number,customer,amount,due,status,currency\nN,c,9.00,%s,open,BRL\n", day);
  write_to(l, "data/invoices.csv", words);
  char policy[500];
  snprintf(policy, sizeof policy, "%s/policy.dun", l->folder);
  assert_true(lived_policy(l, policy));
  lived_way(l, &l->served, "served");
  lived_clock_ns = (around_s - 2 * DAY_S) * 1000000000;
  lived_import(l, &l->served, path);
  session base = l->x;
  base.a = &l->served.a;
  lived_must(l->served.s, serve_begin(&l->served.v, &base, l->served.s));
  dates seen = {.n = 0};
  for (int64_t at = around_s - 2 * DAY_S; at <= tz_utc(z, last, 43200); at += HALF_HOUR_S) {
    lived_clock_ns = at * 1000000000;
    date_add(&seen, tz_local(z, at).date.day);
    lived_tick(l);
  }
  each_date_once(l->served.s, &seen, zone);
  store_close(l->served.importer);
  store_close(l->served.s);
  lived_end(l);
  free(l);
}

static void each_civil_date_once(void **state) {
  (void)state;
  world *w = world_posix();
  arena *perm = arena_new();
  jumps *all = calloc(1, sizeof *all);
  find_jumps(w, all, perm);
  through("America/Sao_Paulo", 1541300400);   /* 2018-11-04 has no midnight */
  through("Australia/Lord_Howe", 1712415600); /* half an hour back */
  through("Pacific/Apia", 1325239200);        /* 2011-12-30 was none */
  through("America/Sao_Paulo", 1835395200);   /* 29 February 2028 */
  const char *every = getenv("EVERY");
  uint32_t step = all->n > 60 && !getenv("ZONES") ? all->n / 60 : 1, lived_through = 0;
  if (every && atoi(every) > 0) step *= (uint32_t)atoi(every);
  for (uint32_t i = 0; i < all->n; i += step, lived_through++) through(all->zone[i], all->v[i].at);
  printf("%u changes of clocks, %u of them about midnight and unlike, %u lived through\n", all->all, all->n,
         lived_through);
  assert_true(all->all > 1000 && lived_through > (every ? 2 : 20));
  free(all);
  arena_free(perm);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(each_civil_date_once)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
