/* What is held and for whom, said to the operator with the command to write: in `dun run`, `dun plan`, `dun approve`.
 */
#ifndef DUN_CLI_HELD_H
#define DUN_CLI_HELD_H

#include "runtime/engine/engine.h"
#include "session.h"

/* "dun approve --digest 3f2a --by NAME --store x.db": as it is to be typed here. */
slice held_command(session *s, const char *command, slice rest);
/* The reader's language where no policy says it: --lang, the environment, else of the policy that ran last. */
int held_language(session *s);
/* From here on the audit log has the login of who is at work beside each entry. */
void held_login(session *s);
/* Who acts: --by, else the user's name; EXIT_USAGE where nobody is known. With held_login. */
int held_who(session *s, slice *name);
/* "22 November 2026", and "2026-11-22 02:15 UTC". */
slice held_day(session *s, int32_t day);
slice held_instant(session *s, int64_t us);

/* Pauses that have not ended; *count: how many. EXIT_FINE, or the store failed. */
int held_pauses(session *s, world_stream to, uint32_t *count);
/* What of an approved plan was let go, and when the next step may. */
int held_ramp(session *s);
/* With a plan: what a run would hold as a whole, and that lines are to be answered. */
void held_in_plan(session *s, const day_plan *plan);
/* After a run: what waits for a person, and pauses. *asks: something is held as a whole. */
int held_after_run(session *s, const day_plan *plan, bool *asks);

#endif
