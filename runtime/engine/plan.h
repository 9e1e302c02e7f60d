/* What a day's run would do: the store's facts and history as of today, decided once over the whole ledger. Nothing is
 * stored; `dun run` commits the same plan. */
#ifndef DUN_ENGINE_PLAN_H
#define DUN_ENGINE_PLAN_H

#include "history_store.h"

/* After history_replay; the plan lives in `perm`. `plan_settle` makes no decisions of it: engine_list. */
void plan_settle(engine *e, civil_date today, arena *perm, day_plan *out);
void plan_make(engine *e, civil_date today, arena *perm, day_plan *out);

#endif
