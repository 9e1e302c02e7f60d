/* See unheeded.h. Money in two currencies without a rate stays undecided, which sends nothing. */
#include "unheeded.h"

size_t program_unheeded(const program *p, unheeded out[UNHEEDED_MAX]) {
  const struct {
    slice said;
    unheeded row;
  } all[UNHEEDED_MAX] = {{p->fee_series, {"interest \"SERIES\"", true, true}}};
  size_t n = 0;
  for (size_t i = 0; i < UNHEEDED_MAX; i++)
    if (all[i].said.n) out[n++] = all[i].row;
  return n;
}
