/* The policy over days that have not come: the same decide, from one day on which something can happen to the next.
 * Nobody pays unless an event says so. Cost follows the things that happen, not invoices times days. */
#ifndef DUN_ENGINE_SIMULATE_H
#define DUN_ENGINE_SIMULATE_H

#include "events.h"
#include "report.h"

typedef struct simulation {
  civil_date from, to;
  const happening_list *events; /* those before `from` are facts without actions */
  bool live; /* the engine's history is that of a store (history_replay on `from`): the first day is the run's of it */
  /* What one of them does to facts and history; NULL: happening_apply. */
  void (*apply)(void *self, engine *e, const happening *h, occurrence_list *out);
  void *apply_self;
  /* Called for each decision in the order in which it is printed; what it points to lives until it returns. */
  void (*decided)(void *self, const decision *d); /* NULL: nobody asks */
  void *self;
  /* NULL, or called for each day with what was settled, before anything is told: for who needs no texts. Without
   * `decided` and a report, rows that cannot bear on each other are gone through part by part: then for each day of
   * each part. */
  void (*settled)(void *self, const engine *e, const day_plan *plan);
  void *settled_self;
  void (*progress)(void *self, uint32_t done, uint32_t days); /* NULL: silent */
  bool (*ends)(void *self); /* NULL, or asked before each day: true, and the days that are left do not come */
  void *progress_self;
  bool want_report;
} simulation;

/* Changes the engine's facts and history. `out`, where a report is wanted, lives in `perm`. */
void simulate(engine *e, const simulation *s, arena *perm, report *out);

#endif
