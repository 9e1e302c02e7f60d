/* The solver against brute force: random conditions, asked of the solver and tried on rows by the machine. What it
 * proves to be none no row may be; its witness must be one whatever the rest of the row is; and of fields against
 * constants it must know. DUN_SEED repeats a run, DUN_ROUNDS makes it longer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/code/code.h"
#include "tests/analyse/trial.h"

enum { BATCH = 512, BATCHES = 4, FILLS = 6 };

/* How many of the rows, all of one day, come out as asked. */
static uint32_t satisfied(const trial *t, rows *r, const row *v, uint32_t n) {
  uint8_t out[ASKED_MAX][BATCH];
  uint32_t count = 0;
  for (uint32_t i = 0; i < t->n; i++) rows_judge(r, v, n, t->asked[i].cond, out[i]);
  for (uint32_t k = 0; k < n; k++) {
    bool all = true;
    for (uint32_t i = 0; i < t->n; i++) all = all && (1U << out[i][k] & t->asked[i].want);
    count += all;
  }
  return count;
}

static uint32_t by_force(trial *t, rows *r) {
  row *v = ARENA_ARRAY(t->a, BATCH, row);
  uint32_t count = 0;
  for (uint32_t done = 0; done < BATCHES && !count; done++) {
    civil_date today = {ROWS_DAY + (int32_t)rng_below(&t->r, 9) - 4};
    for (uint32_t i = 0; i < BATCH; i++) {
      rows_random(&t->r, &v[i]);
      v[i].today = today;
      if (t->home) row_in_home(&v[i]);
    }
    count += satisfied(t, r, v, BATCH);
  }
  return count;
}

static void check_witness(trial *t, rows *r, const calendar *cal, const solve_witness *w) {
  for (int i = 0; i < FILLS; i++) {
    row v;
    bool ok = rows_of_witness(t->a, &t->r, cal, t->c.program, w, &v);
    if (ok && t->home) row_in_home(&v);
    if (ok && satisfied(t, r, &v, 1)) continue;
    trial_say(t, ok ? "the witness is none:" : "the witness cannot be a row:");
    fprintf(stderr, "  %.*s\n", SLICE_ARG(solve_words(t->a, w, LANG_EN)));
    fail();
  }
}

typedef struct score {
  uint64_t none, found, unknown;
  uint64_t forced, hit; /* of those found: tried by force, and a row was met */
} score;

static void one_trial(uint64_t seed, condition_kind k, calendar *cal, score *s) {
  trial t;
  solve_witness w;
  arena *a = arena_new();
  assert_true(trial_new(&t, a, seed, k));
  rows *r = rows_new(a, t.c.code, cal);
  solve_verdict verdict = solve(a, t.asked, t.n, &w);
  s->none += verdict == SOLVE_NONE, s->found += verdict == SOLVE_FOUND, s->unknown += verdict == SOLVE_NOT_ANALYSED;
  if (verdict == SOLVE_NONE && by_force(&t, r)) {
    trial_say(&t, "there is such a row, and the solver says that there is none:");
    fail();
  }
  if (verdict == SOLVE_FOUND) check_witness(&t, r, cal, &w);
  if (verdict == SOLVE_FOUND && seed % 8 == 0) s->forced++, s->hit += by_force(&t, r) > 0;
  if (verdict == SOLVE_NOT_ANALYSED && k.plain && k.whole_days) {
    trial_say(&t, "not analysed:");
    fail();
  }
  arena_free(a);
}

/* Rows met by force where the solver has found one: a solver that wrongly said none would be noticed as often. */
static void trials(condition_kind k, uint64_t salt) {
  uint64_t seed = trial_number("DUN_SEED", 1), rounds = trial_number("DUN_ROUNDS", 1500);
  arena *a = arena_new();
  program none = {0};
  calendar *cal = program_calendar(&none, a);
  score s = {0};
  for (uint64_t i = 0; i < rounds; i++) one_trial((seed * 1000003 + i) * 7 + salt, k, cal, &s);
  print_message("%llu none, %llu found (%llu of %llu by force), %llu not analysed\n", (unsigned long long)s.none,
                (unsigned long long)s.found, (unsigned long long)s.hit, (unsigned long long)s.forced,
                (unsigned long long)s.unknown);
  assert_true(s.none > rounds / 20 && s.found > rounds / 3);
  assert_true(s.hit * 10 >= s.forced * 9);
  arena_free(a);
}

static void against_constants(void **state) {
  (void)state;
  trials((condition_kind){.plain = true, .whole_days = true}, 1);
}
static void against_fields(void **state) {
  (void)state;
  trials((condition_kind){0}, 2);
}
static void in_currencies(void **state) {
  (void)state;
  trials((condition_kind){.plain = true, .currencies = true}, 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(against_constants), cmocka_unit_test(against_fields),
                                     cmocka_unit_test(in_currencies)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
