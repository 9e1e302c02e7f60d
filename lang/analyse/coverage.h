/* What of a policy can never happen, and what it forgets: an invoice that no ladder takes, a ladder or a rung that
 * others shadow, conditions that contradict or repeat themselves. */
#ifndef DUN_ANALYSE_COVERAGE_H
#define DUN_ANALYSE_COVERAGE_H

#include "lang/check/program.h"

/* Adds W0025, W0026 and W0050 to W0059 to `d`, unsorted. */
void analyse_coverage(arena *perm, const program *p, diags *d);

#endif
