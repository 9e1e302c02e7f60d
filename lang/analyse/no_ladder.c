/* See no_ladder.h. One question: an invoice that may be dunned, and no ladder's condition holds. */
#include "lang/analyse/no_ladder.h"

#include "lang/analyse/solve.h"

void analyse_no_ladder(arena *perm, const program *p, diags *d) {
  solve_asked *asked = ARENA_ARRAY(perm, p->ladder_count + 2, solve_asked);
  const ladder *last = NULL;
  uint32_t n = 0;
  asked[n++] = (solve_asked){.p = p, .cond = SOLVE_DUNNED, .want = SOLVE_TRUE};
  asked[n++] = (solve_asked){.p = p, .cond = SOLVE_USUAL, .want = SOLVE_TRUE};
  bool some = false;
  for (uint32_t l = 0; l < p->ladder_count; l++) {
    const ladder *x = &p->ladders[l];
    if (x->of != ENT_INVOICE) continue;
    if (x->where == NO_COND) return; /* it takes all that come to it */
    asked[n++] = (solve_asked){.p = p, .cond = x->where, .want = SOLVE_NOT_TRUE};
    some = some || !x->none;
    last = x;
  }
  solve_witness w;
  if (!some || solve(perm, asked, n, &w) != SOLVE_FOUND) return;
  slice example = solve_words(perm, &w, p->lang);
  diag_add(d, DIAG_W0026, last->at, (slice){0}, 1, &example);
}
