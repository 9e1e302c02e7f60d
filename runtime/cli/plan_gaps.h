/* What the messages of a plan would go without: they are composed as a run would, and thrown away. Files are not
 * fetched. */
#ifndef DUN_CLI_PLAN_GAPS_H
#define DUN_CLI_PLAN_GAPS_H

#include "runtime/engine/plan.h"
#include "session.h"

enum { PLAN_GAPS_MESSAGES_MAX = 1000 }; /* looked at: the first ones tell what is missing */

/* Before the engine is made: the templates, where the policy's messages take something along and all of them are fine.
 */
void plan_gaps_prepare(session *s);
/* Lines below the plan, as `dun run` would say them. */
void plan_gaps_say(session *s, const day_plan *p, const plan_item *v, uint32_t n);

#endif
