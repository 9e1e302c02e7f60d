/* The solver against brute force: random conditions, asked of the solver and tried on thousands of rows by the machine.
 * What it proves to be none no row may be; its witness must be one whatever the rest of the row is; and of fields
 * against constants it must know. DUN_SEED repeats a run, DUN_ROUNDS makes it longer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/code/code.h"
#include "lang/compile.h"
#include "tests/analyse/conditions.h"
#include "tests/analyse/rows.h"

enum { ROWS_TRIED = 1500, FILLS = 6, ASKED_MAX = 3 };

static uint64_t seed_of(const char *name, uint64_t otherwise) {
  const char *given = getenv(name);
  return given ? strtoull(given, NULL, 10) : otherwise;
}

typedef struct trial {
  arena *a;
  rng r;
  slice policy;
  compiled c;
  calendar *cal;
  rows *rows;
  bool home; /* the conditions speak of one currency: so do the rows */
  solve_asked asked[ASKED_MAX + 1];
  uint32_t n;
} trial;

static void say(const trial *t, const char *what) {
  static const char *const wants[] = {"",     "false",         "undecided",        "false or undecided",
                                      "true", "true or false", "true or undecided"};
  fprintf(stderr, "%s\n%.*s", what, SLICE_ARG(t->policy));
  for (uint32_t i = 0; i < t->n; i++) fprintf(stderr, "  l%u %s\n", i, wants[t->asked[i].want]);
}

static void trial_new(trial *t, uint64_t seed, condition_kind k) {
  static const char *const due[] = {"", "", "move due to the next business day\n"};
  text policy = text_new(t->a);
  t->r.state = seed;
  text_printf(&policy, "currency BRL\n%s%s", due[rng_below(&t->r, 3)], ROWS_DECLARE);
  t->n = 1 + rng_below(&t->r, ASKED_MAX);
  for (uint32_t i = 0; i < t->n; i++) {
    text_printf(&policy, "ladder l%u for invoices where ", i);
    condition_random(&t->r, k, 1 + (int)rng_below(&t->r, 3), &policy);
    text_cstr(&policy, "\n  at 1d log \"x\"\n");
  }
  t->policy = text_slice(&policy);
  t->home = !strstr(t->policy.p, "EUR") && !strstr(t->policy.p, "currency is");
  source file = {SLICE("p.dun"), t->policy};
  diags d;
  diags_init(&d, t->a);
  if (!compile(t->a, &file, 1, &d, &t->c)) {
    fprintf(stderr, "%.*s", SLICE_ARG(diags_render(&d, &file, 1, LANG_EN, false, t->a)));
    fail();
  }
  for (uint32_t i = 0; i < t->n; i++)
    t->asked[i] =
        (solve_asked){.p = t->c.program, .cond = t->c.program->ladders[i].where, .want = 1 + rng_below(&t->r, 6)};
  t->rows = rows_new(t->a, t->c.code, t->cal);
}

/* How many of the rows, all of one day, come out as asked; the first of them. */
static uint32_t satisfied(trial *t, const row *v, uint32_t n) {
  static uint8_t out[ASKED_MAX][ROWS_MAX];
  uint32_t count = 0;
  for (uint32_t i = 0; i < t->n; i++) rows_judge(t->rows, v, n, t->asked[i].cond, out[i]);
  for (uint32_t k = 0; k < n; k++) {
    bool all = true;
    for (uint32_t i = 0; i < t->n; i++) all = all && (1U << out[i][k] & t->asked[i].want);
    count += all;
  }
  return count;
}

static uint32_t by_force(trial *t) {
  row *v = ARENA_ARRAY(t->a, ROWS_MAX, row);
  uint32_t count = 0;
  for (uint32_t done = 0; done < ROWS_TRIED; done += ROWS_MAX / 2) {
    civil_date today = {ROWS_DAY + (int32_t)rng_below(&t->r, 9) - 4};
    for (uint32_t i = 0; i < ROWS_MAX / 2; i++) {
      rows_random(&t->r, &v[i]);
      v[i].today = today;
      if (t->home) row_in_home(&v[i]);
    }
    count += satisfied(t, v, ROWS_MAX / 2);
  }
  return count;
}

static void check_witness(trial *t, const solve_witness *w) {
  for (int i = 0; i < FILLS; i++) {
    row v;
    if (!rows_of_witness(t->a, &t->r, t->cal, t->c.program, w, &v)) {
      say(t, "the witness cannot be a row:");
      fprintf(stderr, "  %.*s\n", SLICE_ARG(solve_words(t->a, w, LANG_EN)));
      fail();
    }
    if (t->home) row_in_home(&v);
    if (satisfied(t, &v, 1)) continue;
    say(t, "the witness is none:");
    fprintf(stderr, "  %.*s\n", SLICE_ARG(solve_words(t->a, w, LANG_EN)));
    fail();
  }
}

typedef struct score {
  uint64_t none, found, unknown;
} score;

static void one_trial(uint64_t seed, condition_kind k, calendar *cal, score *s) {
  trial t = {.a = arena_new(), .cal = cal};
  trial_new(&t, seed, k);
  solve_witness w;
  solve_verdict verdict = solve(t.a, t.asked, t.n, &w);
  s->none += verdict == SOLVE_NONE, s->found += verdict == SOLVE_FOUND, s->unknown += verdict == SOLVE_NOT_ANALYSED;
  if (verdict == SOLVE_NONE && by_force(&t)) {
    say(&t, "there is such a row, and the solver says that there is none:");
    fail();
  }
  if (verdict == SOLVE_FOUND) check_witness(&t, &w);
  if (verdict == SOLVE_NOT_ANALYSED && k.plain) {
    say(&t, "not analysed:");
    fail();
  }
  arena_free(t.a);
}

static void trials(condition_kind k, uint64_t salt) {
  uint64_t seed = seed_of("DUN_SEED", 1), rounds = seed_of("DUN_ROUNDS", 1500);
  arena *a = arena_new();
  program none = {0};
  calendar *cal = program_calendar(&none, a);
  score s = {0};
  for (uint64_t i = 0; i < rounds; i++) one_trial((seed * 1000003 + i) * 7 + salt, k, cal, &s);
  print_message("%llu none, %llu found, %llu not analysed\n", (unsigned long long)s.none, (unsigned long long)s.found,
                (unsigned long long)s.unknown);
  assert_true(s.none > rounds / 20 && s.found > rounds / 3);
  arena_free(a);
}

static void against_constants(void **state) {
  (void)state;
  trials((condition_kind){.plain = true}, 1);
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
