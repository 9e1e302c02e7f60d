/* Editing never re-sends (LANGUAGE.md 5): a rung that the previous revision of the policy lacked, whose date had passed
 * when this revision took effect, is climbed silently by what is already on the track. */
#ifndef DUN_ENGINE_REVISION_H
#define DUN_ENGINE_REVISION_H

#include "engine.h"
#include "runtime/store/store.h"

/* All that the policy at hand says, as one text: its file where it is alone; else every file and every calendar of its
 * own, each below a line with its length and its path from the policy. The same wherever it is run from. */
slice revision_text(const program *p, arena *perm);

/* Compares `text`, the policy at hand, with the store's last revision. Where they differ, this one takes effect today:
 * the silent climbs go into the engine's history, and into history.quiet for the commit. After history_replay. */
STORE_MUST store_code revision_settle(engine *e, store *s, slice policy_text, civil_date today, arena *perm);

/* The same of a day that is over, after history_as_of: with the revision that was in force the day before. */
STORE_MUST store_code revision_settle_as_of(engine *e, store *s, slice policy_text, civil_date day, arena *perm);

/* The revision with this id has run: within the run's transaction. */
STORE_MUST store_code revision_in_force(store *s, int64_t id);

#endif
