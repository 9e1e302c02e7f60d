/* What waits for a person, and what people said: single lines, a plan as a whole (an activation), a civil day's number
 * of messages. Reading them is a scan of their tables.
 *
 * Invariants: an answer is given to what is open, once; where two people must agree they have two names and, where
 * these are known, two logins of the operating system; everything that a person does here stands in the audit log of
 * the same transaction. */
#ifndef DUN_STORE_APPROVAL_H
#define DUN_STORE_APPROVAL_H

#include "store.h"

/* STATE(name) of a request */
#define APPROVAL_STATES(STATE) STATE(open) STATE(approved) STATE(rejected) STATE(over) STATE(done)
typedef enum approval_state {
#define STATE(name) APPROVAL_##name,
  APPROVAL_STATES(STATE)
#undef STATE
      APPROVAL_STATE_COUNT
} approval_state;
const char *approval_state_name(approval_state s);
STORE_MUST bool approval_state_find(slice name, approval_state *out);

/* ANSWER(id): what came of an answer. */
typedef enum approval_answer {
  ANSWER_TAKEN,      /* approved or rejected now */
  ANSWER_FIRST,      /* the first of two: another person must agree */
  ANSWER_SAME_NAME,  /* the second must be another person */
  ANSWER_SAME_LOGIN, /* another name from the login of the first */
  ANSWER_NOT_OPEN,   /* answered already, or not asked any more */
  ANSWER_NOT_THERE,  /* nothing has that number, digest or day */
  ANSWER_NOT_SHOWN   /* another digest or number is the one that waits */
} approval_answer;

typedef struct approval_by {
  slice name;
  bool approve; /* else rejects: one person is enough */
} approval_by;

/* How many people must agree: 1, or 2 where a person asked for it. `shared_login`: everybody works under one login, so
 * that two names are all that can be asked for. */
typedef struct approvals_rule {
  int people;
  bool shared_login;
} approvals_rule;
STORE_MUST store_code store_approvals_needed(store *s, approvals_rule *rule);
/* Asking for more is done at once; for less only when a second person asks for the same. The machine's administrator
 * (login 0) needs no second login for that: a house with one login alone could not get out. */
STORE_MUST store_code store_approvals_require(store *s, approvals_rule rule, slice by, approval_answer *answer);

/* ---- lines ---- */

typedef struct store_approval {
  slice track;
  store_entity entity;
  int64_t cycle;
  slice offset;
  int32_t ordinal;
  slice customer;
  int32_t on;
  slice step;   /* "standard 15d" */
  slice what;   /* the line's actions */
  slice reason; /* which sentence asks */
  slice currency;
  int64_t amount;
} store_approval;

/* `run_us`: of the run that asks. A line approved for another amount is asked again; one that waits has today's amount.
 */
STORE_MUST store_code store_approval_ask(store *s, const store_approval *a, int64_t run_us);
/* What no run asks any more: those that are open and that run did not ask for. */
STORE_MUST store_code store_approvals_over(store *s, int64_t run_us);
STORE_MUST store_code store_approval_answer(store *s, int64_t id, approval_by by, approval_answer *answer);

/* ---- plans ---- */

typedef struct store_activation {
  int64_t id, revision;
  slice policy, digest, why;
  int32_t on;
  int64_t messages, late;
  bool part; /* only of what no run has looked at */
} store_activation;

typedef struct store_activation_row {
  const char *part;
  slice step, channel;
  int64_t messages;
  slice currency;
  int64_t amount;
  slice customer, entity;
} store_activation_row;

/* What a plan of so many messages may have grown to until it is used: 10 % and 10 messages. */
enum { ACTIVATION_GROWTH_PCT = 10, ACTIVATION_GROWTH_MORE = 10 };
int64_t activation_growth(int64_t messages);
/* *is_new: it was not asked with that digest; rows are to be put, and what was open is over. One that was rejected
 * stays rejected until the plan is another. The first yes of two stays with the plan that takes its place while that
 * has not grown over the bound since it was given. */
STORE_MUST store_code store_activation_ask(store *s, store_activation *a, bool *is_new);
STORE_MUST store_code store_activation_row_put(store *s, int64_t activation, int32_t ordinal,
                                               const store_activation_row *r);
/* `digest`: as shown, at least 8 of its digits. */
enum { ACTIVATION_DIGEST_SHOWN = 12, ACTIVATION_DIGEST_LEAST = 8 };
STORE_MUST store_code store_activation_answer(store *s, slice digest, approval_by by, bool ramp,
                                              approval_answer *answer);
/* A run was not held: the plan approved of that revision is used up. */
STORE_MUST store_code store_activation_used(store *s, int64_t revision);
/* Those that are open or approved are over: nothing of them waits. */
STORE_MUST store_code store_activations_over(store *s);

/* ---- the ramp of an approved plan ---- */

typedef struct store_ramp {
  int64_t id;
  bool ramp; /* false: all at once */
  bool part; /* of it only what no run had looked at goes by the ramp, */
  bool used; /* and nothing that was decided after the run which used it */
  int32_t step, judged;
  int64_t step_at_us;
  slice policy;
  /* Messages: waiting for their step, on their way, gone out (of steps above `judged`), of which refused or bounced,
   * opted out afterwards, with an unknown outcome. */
  int64_t total, waiting, moving, gone, bounced, opted_out, unknown;
} store_ramp;
/* The latest approved plan whose ramp is not through; STORE_END: there is none. */
STORE_MUST store_code store_ramp_open(store *s, arena *perm, store_ramp *out);
/* What still waits for the ramp of an earlier plan goes with this one, which took its place. */
STORE_MUST store_code store_ramp_adopt(store *s, int64_t activation);
/* Messages that wait for the plan's ramp, with what joined them. */
STORE_MUST store_code store_ramp_join(store *s, int64_t activation, int64_t lead);
STORE_MUST store_code store_ramp_step(store *s, const store_ramp *r, int32_t step);
STORE_MUST store_code store_ramp_member(store *s, int64_t lead, int32_t step);
STORE_MUST store_code store_ramp_judged(store *s, const store_ramp *r);
STORE_MUST store_code store_ramp_through(store *s, int64_t id);

/* ---- days ---- */

/* A run would send `asked` messages on that day, more than `most`. */
STORE_MUST store_code store_allowance_ask(store *s, int32_t day, int64_t most, int64_t asked);
STORE_MUST store_code store_allowance_answer(store *s, int32_t day, int64_t messages, approval_by by,
                                             approval_answer *answer);
/* Messages allowed on that day; 0: nobody was asked. */
STORE_MUST store_code store_allowance_of(store *s, int32_t day, int64_t *messages);

#endif
