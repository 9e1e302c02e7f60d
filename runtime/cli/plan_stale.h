/* A saved plan against what is decided now: whether it may be carried out, and if not what has changed since.
 *
 * Invariant: it may only where both stand on the same and come to the same. The one thing that may differ is what a
 * person said: an action that waited for an approval when the plan was saved, and has it now, is part of the plan. */
#ifndef DUN_CLI_PLAN_STALE_H
#define DUN_CLI_PLAN_STALE_H

#include "plan_file.h"

/* EXIT_FINE: they are the same. Else why not is said, with the actions gained, lost and changed: EXIT_FINDINGS. */
int plan_stale(session *s, const plan_file *saved, const plan_file *now);

#endif
