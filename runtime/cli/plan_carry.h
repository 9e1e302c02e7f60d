/* `dun run FILE`: a saved plan, carried out once. The mark that it was decided stands in the transaction of its
 * decisions: killed before, nothing of it happened; killed after, what has not gone out yet goes when it is run again.
 */
#ifndef DUN_CLI_PLAN_CARRY_H
#define DUN_CLI_PLAN_CARRY_H

#include "plan_file.h"
#include "runtime/outbox/outbox.h"

/* The policy and, where none is named, the store of the plan. */
void plan_carry_args(args *a, const plan_file *saved);
/* Whether it was decided before. *goes_on: messages of it are still to go; else EXIT_FINDINGS, and it is said. */
int plan_carry_again(session *s, const plan_file *saved, bool *goes_on);
/* Facts and engine for the gate, without a decision. */
int plan_carry_load(session *s, outbox *o);
/* Within the transaction: decided anew, compared, stored and marked. A stale one: EXIT_FINDINGS, nothing is stored. */
int plan_carry_decide(session *s, outbox *o, const plan_file *saved, day_plan *plan);

#endif
