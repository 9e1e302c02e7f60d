/* Does the policy name published series that nobody knows? Asked by `dun check`: an import may still bring them. */
#ifndef DUN_ANALYSE_SERIES_NAMES_H
#define DUN_ANALYSE_SERIES_NAMES_H

#include "lang/check/program.h"

/* Reports W0028 at each name that neither comes with Dun nor stands in the project's `indices/`. */
void analyse_series_names(arena *perm, const program *p, diags *d);

#endif
