/* See trial.h. */
#include "tests/analyse/trial.h"

#include <stdio.h>
#include <stdlib.h>

uint64_t trial_number(const char *name, uint64_t otherwise) {
  const char *given = getenv(name);
  return given ? strtoull(given, NULL, 10) : otherwise;
}

void trial_say(const trial *t, const char *what) {
  static const char *const wants[] = {"",     "false",         "undecided",        "false or undecided",
                                      "true", "true or false", "true or undecided"};
  fprintf(stderr, "%s\n%.*s", what, SLICE_ARG(t->policy));
  for (uint32_t i = 0; i < t->n; i++) fprintf(stderr, "  l%u %s\n", i, wants[t->asked[i].want]);
}

bool trial_new(trial *t, arena *a, uint64_t seed, condition_kind k) {
  static const char *const due[] = {"", "", "move due to the next business day\n"};
  *t = (trial){.a = a, .r.state = seed};
  text policy = text_new(a);
  text_printf(&policy, "currency BRL\n%s%s", due[rng_below(&t->r, 3)], ROWS_DECLARE);
  t->n = 1 + rng_below(&t->r, ASKED_MAX);
  for (uint32_t i = 0; i < t->n; i++) {
    text_printf(&policy, "ladder l%u for invoices where ", i);
    condition_random(&t->r, k, 1 + (int)rng_below(&t->r, 3), &policy);
    text_cstr(&policy, "\n  at 1d log \"x\"\n");
  }
  t->policy = text_slice(&policy);
  t->home = !strstr(t->policy.p, "EUR") && !strstr(t->policy.p, "currency is");
  source *file = ARENA_NEW(a, source);
  *file = (source){SLICE("p.dun"), t->policy};
  diags d;
  diags_init(&d, a);
  if (!compile(a, file, 1, &d, &t->c)) {
    fprintf(stderr, "%.*s", SLICE_ARG(diags_render(&d, file, 1, LANG_EN, false, a)));
    return false;
  }
  for (uint32_t i = 0; i < t->n; i++)
    t->asked[i] =
        (solve_asked){.p = t->c.program, .cond = t->c.program->ladders[i].where, .want = 1 + rng_below(&t->r, 6)};
  return true;
}
