/* Is there an invoice that no ladder takes? Asked by `dun check` of policies whose conditions can be looked through. */
#ifndef DUN_ANALYSE_NO_LADDER_H
#define DUN_ANALYSE_NO_LADDER_H

#include "lang/check/program.h"

/* Reports W0026 with an example where an open invoice can match none of the ladders and no `no ladder for`. Exact where
 * conditions compare fields with constants; where they do more, or where there are too many cases, it says nothing. */
void analyse_no_ladder(arena *perm, const program *p, diags *d);

#endif
