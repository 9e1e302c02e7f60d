/* What earlier runs left for today's: events that no run has seen, what is begun and waits (begun.c), up to which day
 * each `every` rule is done (periods.c). A simulation has none of it: it goes from day to day in memory. */
#ifndef DUN_ENGINE_LIVE_H
#define DUN_ENGINE_LIVE_H

#include "events.h"

/* Known since the day of the first run that had the rule; all its days up to `done` are decided. */
typedef struct rule_days {
  int32_t since, done;
} rule_days;

/* A rung or standing rule that was begun, and whose lines an edit has changed: what is left of it nobody knows, so it
 * counts as done. Not stored as such yet. */
typedef struct lost_rest {
  uint32_t track, row;
  int64_t cycle;
  slice offset; /* empty: a standing rule */
  int32_t place, day;
} lost_rest;

/* What the store has of what is begun. `left_out`: more, which the policy or the ledger knows no more. */
typedef struct begun_row begun_row;
typedef struct begun_list {
  begun_row *v;
  uint32_t n;
  bool left_out;
} begun_list;

typedef struct live {
  int32_t last_run; /* DATE_NONE_DAY: this is the first */
  occurrence_list news;
  rule_days *rules;        /* [every_count] */
  uint32_t *new_contracts; /* rows that no run has seen */
  uint32_t new_contract_count;
  row_list judged; /* invoices whose promise is judged, which the store does not know; `track`: the promise's day */
  begun_list begun;
  lost_rest *lost;
  uint32_t lost_count, lost_cap;
} live;

/* ---- begun.c ---- */

STORE_MUST store_code begun_load(engine *e, store *s, const row_names names[ENT_COUNT], arena *scratch,
                                 begun_list *out);
/* What is begun of an invoice, up to its cycle at hand: before a new due date places it anew. */
void begun_of_cycle(engine *e, begun_list *l, uint32_t row);
/* All the rest, when the ledger is as it is today; once each stands in its cycle, what an edit left nothing of is lost.
 */
void begun_rest(engine *e, begun_list *l, const happening_list *events);
void begun_finish(engine *e, live *x, begun_list *l);
/* Writes what the plan leaves begun or waiting and the store does not have so. */
STORE_MUST store_code begun_commit(engine *e, store *s, const day_plan *plan, arena *scratch);

/* The track's name in the store, and the other way round; UINT32_MAX: the policy has none of that name. */
slice track_name(const program *p, uint32_t id, arena *perm);
uint32_t track_find(const engine *e, slice name, entity of, arena *scratch);
store_entity_kind entity_kind(entity of);
entity entity_of_kind(int64_t kind);

/* ---- sent.c ---- */

/* The messages of earlier days, and how many went out today. `before`: those of the days before it alone. */
enum { SENT_ALL = INT32_MAX };
STORE_MUST store_code sent_load(engine *e, store *s, const row_names names[ENT_COUNT], int32_t before);

/* ---- standing_past.c ---- */

/* After what the store has of the days before: standing rules whose firing is known by their actions alone. */
STORE_MUST store_code standing_as_of(engine *e, store *s, const row_names names[ENT_COUNT], int32_t before,
                                     arena *scratch);

/* Of an action's state: the message reached the provider, or may have; it counts against limits and as the last
 * contact.
 */
bool sent_counts(slice state);

/* ---- anchors.c ---- */

STORE_MUST store_code anchors_load(engine *e, store *s, const row_names *contracts);
STORE_MUST store_code anchors_commit(engine *e, store *s);

/* ---- periods.c ---- */

/* The rules alone, which need no facts. */
STORE_MUST store_code periods_rules(engine *e, store *s, live *x, civil_date today, arena *scratch);
STORE_MUST store_code periods_load(engine *e, store *s, live *x, civil_date today, arena *scratch);
/* Of a simulation: since when the store's runs know each rule. */
STORE_MUST store_code periods_since(engine *e, store *s, arena *scratch);
/* The days that are to be done now, at the minute of the engine's day. */
const every_due *periods_due(const engine *e, arena *perm, uint32_t *count);
STORE_MUST store_code periods_commit(engine *e, store *s, arena *scratch);

#endif
