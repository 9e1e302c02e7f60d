/* Why an invoice fires today, or why not: each question the decider asked about it, with the answer and the values it
 * was given by. It asks the same functions in the same order; it decides nothing by itself. */
#ifndef DUN_ENGINE_EXPLAIN_H
#define DUN_ENGINE_EXPLAIN_H

#include "plan.h"

typedef struct explanation {
  slice question; /* `hold while disputed` */
  slice answer;   /* yes, no, undecided, ... */
  slice because;  /* "disputed = no" */
} explanation;

typedef struct explain_next {
  bool any;
  decision d; /* the next thing that happens to it, if nobody pays and nothing else happens */
} explain_next;

typedef struct explain {
  const explanation *v;
  uint32_t n;
  const day_plan *plan;
  const decision **today; /* what goes out about it today */
  uint32_t today_count;
  const decision **waits; /* what does not, and why */
  uint32_t wait_count;
  slice verdict; /* one sentence */
  explain_next next;
} explain;

/* `plan` is the whole day's plan, already made; after this the engine stands in the future. `lang`: of the names of
 * fields and of fixed values; sentences are canonical English. */
void explain_invoice(engine *e, const day_plan *plan, uint32_t row, dun_lang lang, arena *perm, explain *out);

/* "amount = 1500.00, customer.segment is missing" */
slice explain_values(engine *e, uint32_t cond_id, uint32_t row, dun_lang lang, arena *perm);

#endif
