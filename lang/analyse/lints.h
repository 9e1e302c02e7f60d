/* The lints that need the policy alone: what `dun check` and an editor say beside errors. Never said by a plan or a
 * run. */
#ifndef DUN_ANALYSE_LINTS_H
#define DUN_ANALYSE_LINTS_H

#include "lang/check/program.h"

/* Adds warnings to `d`, unsorted. */
void analyse_lints(arena *perm, const program *p, diags *d);

#endif
