/* Can the rungs of one invoice alone meet a contact limit of the policy? Asked by `dun check`. */
#ifndef DUN_ANALYSE_CONTACT_LIMIT_H
#define DUN_ANALYSE_CONTACT_LIMIT_H

#include "lang/check/program.h"

/* Reports W0065 at the first message over a limit, for each limit and each ladder (with the `when`s beside it), with a
 * due date and the days; the hint says whether that message waits or is dropped. Standing rules, `every` and events are
 * not looked at: their days are not known. */
void analyse_contact_limit(arena *perm, const program *p, diags *d);

#endif
