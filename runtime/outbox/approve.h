/* What a run may do without asking, and what it asks: answers of people go into the engine before the day is decided;
 * what waits for them is stored with the run's decisions; an approved plan over a backlog goes out by a ramp.
 *
 * Invariants: over a backlog nothing goes to a customer of a real channel unless the store holds an approval of a plan
 * of that revision and about that size. A run that is held as a whole stores nothing but what it asks: with the policy
 * of before, everything is as if it had not been. */
#ifndef DUN_OUTBOX_APPROVE_H
#define DUN_OUTBOX_APPROVE_H

#include "outbox.h"
#include "runtime/engine/approvals.h"
#include "runtime/store/approval.h"
#include "runtime/store/pause.h"

enum {
  APPROVE_LATE_MAX = 10, /* late messages that a new revision may send without asking; a first run: none */
  /* Steps that come back without asking, of what is open in the ledger, and APPROVE_LATE_MAX in any case: after a hold;
   * of invoices that an import opened again. */
  APPROVE_RETURNED_PCT = 10,
  APPROVE_REOPENED_PCT = 1,
  RAMP_FIRST = 10, /* messages of the first step */
  RAMP_STEPS = 4,  /* 10 messages, 1 %, 10 %, all */
  RAMP_STEP_MINUTES = 15,
  RAMP_BOUNCED_PCT = 5, /* more than that stops it, */
  RAMP_OPTED_OUT_PCT = 2,
  RAMP_UNKNOWN_MAX = 2,
  RAMP_JUDGED_FROM = 20 /* messages; fewer are judged when their step is settled */
};

/* What is known before a day is decided. */
typedef struct outbox_leave {
  engine_leave l;
  store *s;
  struct answers *answers;
  const engine *past; /* of days that are over: an answer counts from the day on which it was given; NULL: all count */
  bool all_returned;  /* whatever comes back is held: it is a part of what is */
  slice hash;         /* of the policy's text */
  bool guarded;       /* its messages leave this machine, from a store that stays */
  bool first;         /* no run of this store sent for real */
  bool approved;      /* a plan of this revision is, and no run has used it yet */
} outbox_leave;

/* What of the ledger no run has looked at, for the guard; and after a run that sends for real, what it looked at. */
STORE_MUST store_code outbox_unseen_load(store *s, engine *e, outbox_leave *v, arena *perm);
STORE_MUST store_code outbox_unseen_keep(store *s, const day_plan *plan);
/* A run over a part of the ledger (a tick) while something is held: it cannot see how much that is, so it holds what it
 * sees of it, and neither asks nor ends a question. */
STORE_MUST store_code outbox_part_of_held(store *s, bool *yes);

/* `real`: messages leave this machine. Fills e->leave, which lives in `perm`. */
STORE_MUST store_code outbox_leave_load(store *s, engine *e, slice policy_text, civil_date today, bool real,
                                        arena *perm, outbox_leave **out);

/* For days that are over: what people answered by then about single lines, and no guard. */
STORE_MUST store_code outbox_leave_past(store *s, engine *e, arena *perm);

/* Within the transaction of the decisions, before and after they are stored: the plan whose ramp new messages join, and
 * what waits for a person. `whole`: the plan looked at everything, so what it did not ask is asked no more. */
STORE_MUST store_code outbox_ramp_find(outbox *o);
STORE_MUST store_code outbox_ask(outbox *o, const outbox_leave *leave, const day_plan *plan, int64_t revision,
                                 bool whole);
/* Why the guard holds a plan, in a person's words. */
slice outbox_held_why(const outbox_leave *leave, const plan_guard *guarded);
/* Which rows wait to be approved as a whole: of a plan that was told (engine_tell). */
slice outbox_plan_digest(const day_plan *plan, arena *perm);
/* The rows of a plan that waits as a whole, and its digest. */
STORE_MUST store_code outbox_ask_plan(outbox *o, const outbox_leave *leave, const day_plan *plan, int64_t revision);

/* "standard 15d" */
slice outbox_step_of(const decision *d, arena *perm);

/* The next step of the ramp, where it is time; in a transaction of its own. */
STORE_MUST store_code outbox_ramp(outbox *o);
/* Before the gate, in its transaction: what came back so far may stop the ramp. */
STORE_MUST store_code outbox_ramp_judge(outbox *o, arena *scratch);

/* ---- pauses (pause.c) ---- */

enum { CLOCK_JUMP_MINUTES = 5 };

/* Before a run decides, in a transaction of its own: whether Dun itself holds everything (the clock went back, ...). */
STORE_MUST store_code outbox_clock_begin(outbox *o, bool *held);
/* The same where the store is an older copy that was put back (runtime/store/backup.h). A store that was never marked
 * is. */
STORE_MUST store_code outbox_lineage_begin(outbox *o, const char *url, bool *held);
/* How much further the wall's clock went than the steady one, in the caller's transaction: from 5 minutes on Dun pauses
 * everything. */
STORE_MUST store_code outbox_clock_apart(store *s, int64_t apart_us, arena *scratch);
/* Before the gate, in its transaction: Dun pauses where the clock jumped or a ramp is to stop. */
STORE_MUST store_code outbox_watch(outbox *o, arena *scratch);
/* For the gate: why this message may not leave; empty: no pause covers it. */
STORE_MUST store_code outbox_paused(outbox *o, const ready_message *m, arena *scratch, slice *why);
STORE_MUST store_code outbox_clock_end(outbox *o);
/* A person ends pauses, in the caller's transaction: what waited under them since earlier days goes by steps where it
 * is much. Whoever ends one of everything says that the clock is right now. */
STORE_MUST store_code outbox_resume(world *w, store *s, pause_scope what, slice name, slice by, int64_t *ended,
                                    int64_t *stepped);
/* The clock at hand is right: a person says so. */
STORE_MUST store_code outbox_clock_trust(world *w, store *s);

#endif
