/* Is there a message that its sending hours never let out, whatever the due date? Asked by `dun check`. */
#ifndef DUN_ANALYSE_WINDOWS_SHUT_H
#define DUN_ANALYSE_WINDOWS_SHUT_H

#include "lang/check/program.h"

/* Reports W0066 at each such message, with the reason. */
void analyse_windows_shut(arena *perm, const program *p, diags *d);

#endif
