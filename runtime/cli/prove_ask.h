/* The questions of `dun prove`: equivalent, implies, disjoint, never. */
#ifndef DUN_CLI_PROVE_ASK_H
#define DUN_CLI_PROVE_ASK_H

#include "prove_show.h"
#include "runtime/engine/prove.h"
#include "session.h"

/* False: the first word is no question. */
bool prove_ask(const struct args *a, world *w, int *status);

/* cmd_prove.c: the policy's guarantees as `dun check` asks them: with fewer cases, as errors and warnings at their
 * lines. */
int prove_check(session *s);
int prove_first_day(session *s, civil_date *first);
int prove_print(session *s, const prove_result *v, uint32_t n, prove_said as);

#endif
