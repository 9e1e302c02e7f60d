/* The policy in force, kept by whoever reads it: the service's next tick, and each request until it is answered.
 *
 * Invariant: what was read of a policy stays, with the arena that it stands in, until the last who keeps it lets go;
 * nobody waits for anybody. */
#ifndef DUN_SERVE_POLICY_H
#define DUN_SERVE_POLICY_H

#include "runtime/cli/session.h"

typedef struct policy_kept policy_kept;

policy_kept *policy_keep(const session *s); /* a copy of it; its arena is freed with it */
policy_kept *policy_keep_too(policy_kept *k);
void policy_let_go(policy_kept *k); /* NULL is allowed */
const session *policy_in(const policy_kept *k);

#endif
