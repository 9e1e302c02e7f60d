/* One random question: a policy whose ladders have random conditions, and what is asked of each. */
#ifndef DUN_TESTS_ANALYSE_TRIAL_H
#define DUN_TESTS_ANALYSE_TRIAL_H

#include "lang/compile.h"
#include "tests/analyse/conditions.h"
#include "tests/analyse/rows.h"

enum { ASKED_MAX = 3 };

typedef struct trial {
  arena *a;
  rng r;
  slice policy;
  compiled c;
  solve_asked asked[ASKED_MAX];
  uint32_t n;
  bool home; /* the conditions speak of one currency: so do the rows */
} trial;

/* False where the policy does not compile, which is said. */
bool trial_new(trial *t, arena *a, uint64_t seed, condition_kind k);
void trial_say(const trial *t, const char *what); /* on standard error */
/* A number from the environment. */
uint64_t trial_number(const char *name, uint64_t otherwise);

#endif
