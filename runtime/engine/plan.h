/* What a day's run would do: the store's facts and history as of today, decided once over the whole ledger. Nothing is
 * stored; `dun run` commits the same plan. */
#ifndef DUN_ENGINE_PLAN_H
#define DUN_ENGINE_PLAN_H

#include "events.h"
#include "history_store.h"

/* `events`: for `on` rules; the plan lives in `perm`. Broken promises of the day are found here. `plan_settle` makes no
 * decisions of it: engine_list. */
STORE_MUST store_code plan_settle(engine *e, store *s, const happening_list *happenings, civil_date today, arena *perm,
                                  day_plan *out);
STORE_MUST store_code plan_make(engine *e, store *s, const happening_list *happenings, civil_date today, arena *perm,
                                day_plan *out);

#endif
