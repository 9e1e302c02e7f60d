/* Does a guarantee of the policy hold? First by analysis (lang/analyse/guarantee.h), which speaks of every invoice;
 * else by trying: an invoice of each kind, due on each of many days, run day by day through the same `decide` as
 * everything else, nobody paying. What was tried is counted and said; a case that breaks the guarantee is run again by
 * itself and comes back with its timeline.
 *
 * docs/internals/analysis.md says what is exhausted. Events (a payment, a reply, a dispute that begins) do not happen
 * in a trial, and nothing is asked of people: what waits for an approval waits on. */
#ifndef DUN_ENGINE_PROVE_H
#define DUN_ENGINE_PROVE_H

#include "lang/analyse/guarantee.h"
#include "prove_cases.h"

/* VERDICT(id, word): as csv and json have them. */
#define PROVE_VERDICTS(VERDICT)                                                                                        \
  VERDICT(PROVEN, "proven") /* for every invoice and every day */                                                      \
  VERDICT(HOLDS, "holds in all cases tried")                                                                           \
  VERDICT(BROKEN, "broken") /* an example */                                                                           \
  VERDICT(NOT_ANALYSED, "not analysed")
typedef enum prove_verdict {
#define VERDICT(id, word) PROVE_##id,
  PROVE_VERDICTS(VERDICT)
#undef VERDICT
      PROVE_VERDICT_COUNT
} prove_verdict;

/* One thing of the example's timeline. */
typedef struct prove_step {
  civil_date day;
  slice what;    /* the action in the file's language */
  slice text;    /* as a plan prints it */
  slice to;      /* whom it reaches */
  slice invoice; /* its number; of several: "T-1, T-2" */
  const action *act;
  const send_way *way;
  wait_reason wait; /* WAIT_NONE: it goes out */
  bool no_contact;
  bool breaks;    /* here the guarantee is broken */
  bool readdress; /* prove_same.h: it breaks by whom it reaches alone */
} prove_step;

typedef struct prove_timeline {
  prove_step *v;
  uint32_t n, cap;
} prove_timeline;

/* What was tried. */
typedef struct prove_bounds {
  uint64_t cases;
  uint32_t rows, dates, group; /* group: invoices of one customer, at most */
  civil_date first;
  bool all_kinds;    /* every kind of invoice; else one of these says why not */
  bool too_many;     /* more kinds than are tried */
  span not_analysed; /* a condition that is not looked through; `of` NULL: none */
  const program *of;
  const uint16_t *computed; /* fields that follow from the ledger: tried as they come */
  uint32_t computed_count;
} prove_bounds;

typedef struct prove_result {
  const guarantee *of;
  prove_verdict verdict;
  proof_why why; /* PROVEN */
  slice error;   /* NOT_ANALYSED: why nothing could be tried */
  prove_bounds tried;
  const policy_test *example; /* BROKEN */
  civil_date day;             /* BROKEN: on which, or by which it should have happened */
  prove_timeline timeline;
} prove_result;

/* One for each guarantee of the program. `first`: the first due date tried; at most `max` cases for each. */
void prove_guarantees(world *w, const compiled *c, civil_date first, uint32_t max, arena *perm, prove_result *out);

/* ---- between its files ---- */

/* Cases with an engine over them. */
typedef struct prove_trial {
  engine *e;
  const prove_cases *cases;
  uint32_t *case_of[ENT_COUNT]; /* per row */
  uint32_t *nth;                /* per invoice: which of its case */
} prove_trial;

/* False: `why`. */
bool trial_open(world *w, const compiled *c, const prove_cases *cases, arena *perm, prove_trial *out, slice *why);
/* From before the first place to after the last one; `until`: days after the due date to be seen in any case. */
void trial_run(prove_trial *t, int32_t until, void (*settled)(void *self, const engine *e, const day_plan *plan),
               void *self, arena *perm);
/* The same, told each decision. */
void trial_decisions(prove_trial *t, int32_t until, void (*decided)(void *self, const decision *d), void *self,
                     arena *perm);
/* Adds the cases to what was tried. */
void prove_tried(prove_bounds *b, const prove_rows *rows, const prove_cases *cases, uint32_t group);
/* One case by itself, with what is done and what waits. */
void trial_timeline(world *w, const compiled *c, const policy_test *example, int32_t until, dun_lang lang, arena *perm,
                    prove_timeline *out);

#endif
