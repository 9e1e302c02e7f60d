/* Is more asked for being late than the law of the place gives? Asked by `dun check`; the places and their limits are
 * the rows of fee_limits.def. */
#ifndef DUN_ANALYSE_FEE_LIMITS_H
#define DUN_ANALYSE_FEE_LIMITS_H

#include "lang/check/program.h"

/* Reports W0022 and W0071 to W0075 at the late fee's sentence. */
void analyse_fee_limits(arena *perm, const program *p, diags *d);

#endif
