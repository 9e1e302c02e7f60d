/* What `dun check` says of more than the policy: its templates, its customers, its connections. The lints of the policy
 * alone are lang/analyse/lints.h. */
#ifndef DUN_CLI_LINTS_H
#define DUN_CLI_LINTS_H

#include "session.h"

/* Warnings on standard error, in the order of their places. What it wants to know of the customers it reads from
 * --store or --data, or from the project's store where there is one; a status other than EXIT_FINE: it was asked for
 * and cannot be read. */
int lints_say(session *s);

#endif
