/* Why an invoice fires today, or why not: each question the decider asked about it, with the answer and the values it
 * was given by; each step of the policy, with what keeps it back; the smallest change that would make one fire. It asks
 * the same functions in the same order and decides nothing by itself.
 *
 * Invariant: a step has BLOCK_NONE exactly where the day's plan has it, going or waiting for the reason that is told.
 */
#ifndef DUN_ENGINE_EXPLAIN_H
#define DUN_ENGINE_EXPLAIN_H

#include "explain_past.h"
#include "plan.h"

typedef struct explanation {
  slice question; /* `hold while disputed` */
  slice answer;   /* yes, no, undecided, ... */
  slice because;  /* "disputed = no" */
  bool term;      /* a part of the condition before it */
} explanation;

/* BLOCK(id): what keeps a step from being in today's plan. */
#define EXPLAIN_BLOCKS(BLOCK)                                                                                          \
  BLOCK(NONE)         /* nothing: it goes or waits */                                                                  \
  BLOCK(SETTLED)      /* paid, cancelled, nothing open */                                                              \
  BLOCK(STOPPED)      /* a `stop when`, of the policy or of the ladder */                                              \
  BLOCK(HELD)         /* a `hold while`, a promise, the minimum */                                                     \
  BLOCK(OTHER_LADDER) /* it climbs another one, or none */                                                             \
  BLOCK(NO_ANCHOR)    /* the date that its ladder counts from is missing */                                            \
  BLOCK(NOT_YET)      /* its day is still to come */                                                                   \
  BLOCK(PASSED)       /* a higher rung is the current one */                                                           \
  BLOCK(CLIMBED)      /* done already */                                                                               \
  BLOCK(CONDITION)    /* a rule's condition does not hold, or cannot be decided */                                     \
  BLOCK(DISARMED)     /* a standing rule that fired and is not armed again */                                          \
  BLOCK(NO_EVENT)     /* nothing happened that it answers */                                                           \
  BLOCK(GUARD)        /* an `if` chooses another way, or none */                                                       \
  BLOCK(DONE)         /* of what is begun: this was done, or a person said no */
typedef enum explain_block {
#define BLOCK(id) BLOCK_##id,
  EXPLAIN_BLOCKS(BLOCK)
#undef BLOCK
      BLOCK_COUNT
} explain_block;

/* One action of the policy about the invoice. */
typedef struct explain_step {
  section_kind section;
  uint32_t index;
  const rung *r; /* NULL outside of rungs */
  const action *act;
  int32_t day; /* of a rung: from when on it is the current one; else DATE_NONE_DAY */
  explain_block block;
  wait_reason wait; /* where the block is NONE; WAIT_NONE: it goes out today */
  slice place;      /* "rung 5d of ladder standard" */
  slice text;       /* the action as plans print it */
  slice why;        /* why it is where it is, in canonical English */
  bool no_contact;  /* it goes, and reaches nobody */
  bool asked;       /* it is among those that the reader asked for */
} explain_step;

/* IF(id): how a fact would have to be. `value` and `was` of the field; an empty `was`: it is missing. */
#define EXPLAIN_IFS(IF)                                                                                                \
  IF(IS)    /* the field were `value` */                                                                               \
  IF(ABOVE) /* it were above `value` */                                                                                \
  IF(BELOW)                                                                                                            \
  IF(NOT) /* it were something else than `value` */                                                                    \
  IF(HAS) /* the set had `value` */                                                                                    \
  IF(HAS_NOT)                                                                                                          \
  IF(MISSING)                                                                                                          \
  IF(KNOWN)          /* it had a value, whichever */                                                                   \
  IF(DISPUTE_CLOSED) /* what a person says of these two */                                                             \
  IF(PROMISE_GONE)                                                                                                     \
  IF(APPROVED) /* a person let it pass: no field */
typedef enum explain_if_kind {
#define IF(id) IF_##id,
  EXPLAIN_IFS(IF)
#undef IF
} explain_if_kind;

typedef struct explain_if {
  explain_if_kind kind;
  slice field, value, was;
} explain_if;

enum { EXPLAIN_IFS_MAX = 3 };
/* Stands for any text that is there, where a change asks for no more than that: IF_KNOWN, IF_NOT. */
#define EXPLAIN_SOME_TEXT SLICE("\xe2\x80\xa6")

/* The smallest change that makes it fire: the fewest facts, then the shortest way. The decider says that it does. */
typedef struct explain_change {
  bool sought, any;
  decision d; /* what then goes out; d.day: on which day */
  explain_if ifs[EXPLAIN_IFS_MAX];
  uint32_t n;
  uint32_t tried;  /* plans made for it */
  slice looked_at; /* the facts that were changed, one by one and together */
} explain_change;

typedef struct explain_next {
  bool any;
  decision d; /* the next thing that happens to it, if nobody pays and nothing else happens */
} explain_next;

typedef struct explain_asked {
  dun_lang lang;      /* of the names of fields and of fixed values; sentences are canonical English */
  const slice *words; /* rungs, ladders, rules, actions; none: the invoice as a whole */
  uint32_t word_count;
  const explain_past *past; /* NULL: the store is not asked */
  /* An action in the reader's language; NULL: in English alone. */
  slice (*in_words)(void *self, arena *perm, slice english);
  void *self;
} explain_asked;

typedef struct explain {
  const explanation *v;
  uint32_t n;
  const explain_step *steps; /* every one that is about invoices */
  uint32_t step_count, asked_count;
  const day_plan *plan;
  const decision **today; /* what goes out about it today */
  uint32_t today_count;
  const decision **waits; /* what does not, and why */
  uint32_t wait_count;
  slice verdict; /* one sentence */
  slice *why;    /* more of them: of each that goes or waits, or of each other thing that keeps it back */
  uint32_t why_count;
  const uint32_t *conds; /* the conditions asked, in that order, each once: for explain_trace */
  uint32_t cond_count;
  explain_change change; /* where nothing goes out, or not what was asked for */
  explain_next next;
} explain;

/* `plan` is the whole day's plan, already made. The engine stands on the day and has its facts afterwards as before.
 * False: a word is neither a rung nor a ladder, rule or action of the policy; *unknown says which. */
bool explain_invoice(engine *e, const day_plan *plan, uint32_t row, const explain_asked *asked, arena *perm,
                     explain *out, slice *unknown);

/* The same, the questions and steps alone. */
bool explain_today(engine *e, const day_plan *plan, uint32_t row, const explain_asked *asked, arena *perm, explain *out,
                   slice *unknown);

#endif
