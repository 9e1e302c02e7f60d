/* Whether a guarantee holds by what the policy says alone, whatever the invoice and the day. */
#ifndef DUN_ANALYSE_GUARANTEE_H
#define DUN_ANALYSE_GUARANTEE_H

#include "lang/analyse/solve.h"

/* PROOF(id, words): why it is so. */
#define PROOFS(PROOF)                                                                                                  \
  PROOF(NONE, "")                                                                                                      \
  PROOF(LIMIT, "a limit of the policy allows no more")                                                                 \
  PROOF(WINDOW, "the policy's sending days leave these days out")                                                      \
  PROOF(NO_SUCH, "no line of the policy does it")                                                                      \
  PROOF(CONDITIONS, "no invoice passes the conditions of a line that does it")
typedef enum proof_why {
#define PROOF(id, words) PROOF_##id,
  PROOFS(PROOF)
#undef PROOF
} proof_why;

/* PROOF_NONE: it may hold all the same. */
proof_why analyse_guarantee(arena *perm, const program *p, const guarantee *g);

/* Whether a day is one of those that a guarantee is about (`on` and `outside` read). */
bool guarantee_day(const guarantee *g, const calendar *cal, civil_date day);

#endif
