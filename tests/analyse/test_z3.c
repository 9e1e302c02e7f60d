/* The solver against Z3: the same random questions, written in SMT-LIB (smt.c). Where the solver says that it knows, Z3
 * must say the same. DUN_Z3 names the program; without it nothing is compared (`make soak` has it). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/analyse/smt.h"
#include "tests/analyse/trial.h"

enum { PROBLEMS = 300 }; /* of one run of Z3 */

typedef struct asked_of_z3 {
  uint64_t seed;
  solve_verdict said;
} asked_of_z3;

static uint32_t write_problems(arena *a, FILE *to, uint64_t seed, condition_kind k, asked_of_z3 *v) {
  uint32_t n = 0;
  text problems = text_new(a);
  for (uint64_t i = 0; i < PROBLEMS; i++) {
    trial t;
    assert_true(trial_new(&t, a, seed + i, k));
    if (!smt_write(a, t.asked, t.n, &problems)) continue;
    v[n++] = (asked_of_z3){seed + i, solve(a, t.asked, t.n, NULL)};
  }
  assert_true(fwrite(problems.p, 1, problems.n, to) == problems.n);
  assert_int_equal(fclose(to), 0);
  return n;
}

/* One answer a answer, in order. */
static void compare(arena *a, const char *z3, const char *path, const asked_of_z3 *v, uint32_t n, condition_kind k,
                    uint64_t *known) {
  char answer[256];
  slice command = arena_printf(a, "%s -t:3000 %s", z3, path);
  FILE *answers = popen(command.p, "r");
  assert_non_null(answers);
  for (uint32_t i = 0; i < n; i++) {
    assert_non_null(fgets(answer, sizeof answer, answers));
    bool sat = strcmp(answer, "sat\n") == 0, unsat = strcmp(answer, "unsat\n") == 0;
    bool gave_up = strcmp(answer, "unknown\n") == 0 || strcmp(answer, "timeout\n") == 0;
    if (!sat && !unsat && !gave_up) fail_msg("Z3 says %s", answer);
    if (v[i].said == SOLVE_NOT_ANALYSED || !(sat || unsat)) continue;
    ++*known;
    if (sat == (v[i].said == SOLVE_FOUND)) continue;
    trial t;
    assert_true(trial_new(&t, a, v[i].seed, k));
    trial_say(&t, sat ? "Z3 finds a row, the solver none:" : "the solver finds a row, Z3 none:");
    fail();
  }
  assert_int_equal(pclose(answers), 0);
}

static void against_z3(condition_kind k, uint64_t salt) {
  const char *z3 = getenv("DUN_Z3");
  if (!z3) skip();
  uint64_t seed = trial_number("DUN_SEED", 1), rounds = trial_number("DUN_ROUNDS", 900), known = 0, all = 0;
  for (uint64_t done = 0; done < rounds; done += PROBLEMS) {
    arena *a = arena_new();
    asked_of_z3 v[PROBLEMS];
    char path[] = "/tmp/dun-smt-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    uint32_t n = write_problems(a, fdopen(fd, "w"), (seed * 1000003 + done) * 7 + salt, k, v);
    compare(a, z3, path, v, n, k, &known);
    all += n;
    unlink(path);
    arena_free(a);
  }
  print_message("%llu questions, %llu answered by both\n", (unsigned long long)all, (unsigned long long)known);
  assert_true(known * 10 > all * 8);
}

static void constants(void **state) {
  (void)state;
  against_z3((condition_kind){.plain = true, .whole_days = true}, 11);
}
static void fields(void **state) {
  (void)state;
  against_z3((condition_kind){.whole_days = true}, 12);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(constants), cmocka_unit_test(fields)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
