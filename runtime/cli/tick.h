/* What `dun run` and each tick of `dun serve` have in common: the policy's needs, and the day decided and stored.
 *
 * Invariant: there is one way to decide a day on a store; a run does it over everything, a tick over those whom
 * anything can have happened to (runtime/store/agenda.h), and both store the same. */
#ifndef DUN_CLI_TICK_H
#define DUN_CLI_TICK_H

#include "runtime/outbox/outbox.h"
#include "session.h"

/* What the policy needs and does not have: said, EXIT_COMPILE. */
int tick_needs(session *s);
/* Until which minute of the policy's day `every ... at` rules are due: the clock's; of another day than today, all of
 * it. */
int32_t tick_minute(session *s, bool today_given);
/* Whether --today names another day than today's. */
int tick_other_day(session *s, bool *other);
/* Within the transaction: what is read is what is decided on. In two steps for who looks at the plan in between. */
int tick_load(session *s, outbox *o, int32_t minute);
int tick_store(session *s, outbox *o, const day_plan *plan);
int tick_decide(session *s, outbox *o, int32_t minute, day_plan *plan);
/* Where Dun itself holds everything, nothing is decided either: on which day would it be? */
int tick_held(session *s);
int tick_failed(session *s); /* the store's last failure */

#endif
