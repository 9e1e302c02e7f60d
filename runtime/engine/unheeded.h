/* What a policy may say and this program does not act on yet. Every command says so; where sums would be wrong by it,
 * nothing is sent. Whoever makes one of them work takes its row out here. */
#ifndef DUN_ENGINE_UNHEEDED_H
#define DUN_ENGINE_UNHEEDED_H

#include "lang/check/program.h"

typedef struct unheeded {
  const char *words;
  bool no_interest; /* with it, all interest is 0 */
  bool sums;        /* totals are others than the policy says */
} unheeded;

enum { UNHEEDED_MAX = 4 };
size_t program_unheeded(const program *p, unheeded out[UNHEEDED_MAX]);

#endif
