/* Between connections.c and connection_check.c. */
#ifndef DUN_API_CONNECTIONS_H
#define DUN_API_CONNECTIONS_H

#include "api.h"
#include "runtime/cli/session.h"

/* The line that teams and what makes documents are checked under. */
#define CONNECTIONS_OTHERS SLICE("others")

/* "sms twilio" */
slice connections_line(arena *perm, const connection *c);
/* Of the policy in force; NULL: there is none. */
const connection *connections_find(const api_call *c, slice name);
/* "check": the last one of a line. False: answered. */
bool connections_put_check(api_call *c, slice name);

#endif
