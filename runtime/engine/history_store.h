/* History and store: positions, arming, stops and messages as they were recorded, and what a committed day adds. */
#ifndef DUN_ENGINE_HISTORY_STORE_H
#define DUN_ENGINE_HISTORY_STORE_H

#include "events.h"
#include "runtime/store/store.h"

/* Brings facts and the engine's (empty) history to the beginning of `today`: events and climbs are gone through again
 * in the order of their days, so that a changed due date places what was climbed as it did then. What earlier runs left
 * is in e->live: the events that `on` rules have not seen (on the first run: today's), what waits, which days of
 * `every` rules are done. */
STORE_MUST store_code history_replay(engine *e, store *s, const happening_list *events, civil_date today,
                                     arena *scratch);

/* The same as it was on the morning of a day that is over, without what was only known or done on it or after: `before`
 * are the happenings of a record (record.h) up to the day before. Nothing is in e->live. */
STORE_MUST store_code history_as_of(engine *e, store *s, const happening_list *before, civil_date day, arena *scratch);

/* What the plan's firings change: climbs, arming, stops, events seen, what is begun and waits, days of rules. Within
 * the caller's transaction. */
STORE_MUST store_code history_commit(engine *e, store *s, const day_plan *plan, const happening_list *events);

#endif
