/* The outbox: decide, commit, then act. Decisions become actions with a unique key, their messages are rendered and
 * stored with them in one transaction; then each message passes a gate, is marked `sending` durably, and only then the
 * call is made.
 *
 * Invariants: one decision has at most one acceptance by a provider; what was `sending` when the program died is
 * `unknown` and never sent again by itself; planned = finished + visibly open. */
#ifndef DUN_OUTBOX_OUTBOX_H
#define DUN_OUTBOX_OUTBOX_H

#include "outlet.h"
#include "runtime/engine/engine.h"
#include "runtime/store/delivery.h"
#include "runtime/store/hooks.h"
#include "stdlib/channel/channel.h"
#include "stdlib/channel/pay.h"
#include "stdlib/channel/templates.h"

enum {
  OUTBOX_CALL_SECONDS_MAX = 20,
  OUTBOX_LEASE_SECONDS = 60,       /* of a claim */
  OUTBOX_LEFT_SECONDS_MIN = 30,    /* no call begins with less of its lease left */
  OUTBOX_SENDING_SECONDS_MAX = 60, /* what is `sending` longer has nobody behind it */
  OUTBOX_BATCH = 128,              /* messages claimed in one transaction, at most */
  OUTBOX_TRIES_MAX = 8,            /* then it is a dead letter */
  OUTBOX_STALE_HOURS = 48          /* since the ledger was read in: nothing reaches a customer */
};

/* TALLY(id, words of the summary) */
#define OUTBOX_TALLIES(TALLY)                                                                                          \
  TALLY(SENT, "sent")                                                                                                  \
  TALLY(FILED, "written as files, nothing sent")                                                                       \
  TALLY(MADE, "documents made")                                                                                        \
  TALLY(RECORDED, "done inside dun (cards, tags, log)")                                                                \
  TALLY(NO_CONTACT, "reach nobody (no contact)")                                                                       \
  TALLY(SUPPRESSED, "held back at the gate")                                                                           \
  TALLY(EXPIRED, "expired before they could go")                                                                       \
  TALLY(DEAD, "given up after the last try (dead letters)")                                                            \
  TALLY(REJECTED, "rejected")                                                                                          \
  TALLY(INSTEAD, "of those rejected go another way (or else)")                                                         \
  TALLY(UNKNOWN, "with an unknown outcome")                                                                            \
  TALLY(APPROVED, "wait for their step of the approved plan")                                                          \
  TALLY(WAITING, "wait for the next run")                                                                              \
  TALLY(DEFERRED, "are tried again later")                                                                             \
  TALLY(KNOWN, "decided before, not repeated")

typedef enum outbox_tally {
#define TALLY(id, words) TALLY_##id,
  OUTBOX_TALLIES(TALLY)
#undef TALLY
      TALLY_COUNT
} outbox_tally;
const char *outbox_tally_words(outbox_tally t);

/* Something a person should see. */
typedef struct outbox_remark {
  outbox_tally tally;
  slice number; /* of the lead invoice, or the customer's id */
  slice what;   /* "email template "reminder"" */
  slice reason;
} outbox_remark;

typedef struct outbox_gap {
  slice name; /* of the hole */
  uint32_t messages;
} outbox_gap;

typedef struct outbox {
  world *w;
  store *s;
  arena *perm;
  const program *p;
  const template_set *templates;
  engine *e;
  slice folder;     /* of files */
  pay_receiver pay; /* who is paid by the house's own Pix */
  slice public_url; /* how customers reach the service over HTTP; empty: they do not */
  civil_date today;
  bool today_given;           /* not the clock's: sending hours do not apply */
  int64_t last_event;         /* the newest happening that the decisions knew */
  int64_t revision;           /* of the policy, in the store */
  int64_t activation;         /* the approved plan whose ramp new messages join (approve.h); 0: none */
  bool activation_part;       /* those alone that are about what no run has looked at join it */
  int64_t ramp_next;          /* messages until the ramp is judged again */
  int64_t wall_ns, steady_ns; /* both clocks when the run began, where it watches them */
  bool clock_watched;
  struct outbox_channel {
    const channel_driver *driver; /* NULL: nothing uses this outlet */
    sender *sender;
    channel_rate rate;
    bool resting; /* it could not be used, in this run */
  } ch[OUTLET_COUNT];
  struct outbox_hours *hours;
  struct outbox_rereads *rereads;                             /* ERPs that are asked before messages go (reread.h) */
  struct erp *(*erp_lent)(void *lender, const connection *c); /* a service's connection to one; NULL: our own */
  void *erp_lender;
  bool news_waits;              /* something waits for what became known: the run is to look again */
  struct outbox_recent *recent; /* to whom messages went just now (throttle.c) */
  int64_t decided_us;           /* when the decisions were made: rows that changed since are news; 0: no matter */
  int64_t stale_hours;          /* 0: OUTBOX_STALE_HOURS */
  slice worker;                 /* who claims: random, of this run */
  int64_t again_us; /* a service's: when what waits is to be looked at again, as far as time alone can tell */
  uint32_t tally[TALLY_COUNT];
  outbox_remark *remarks;
  uint32_t remark_count, remark_room;
  outbox_gap *gaps;
  uint32_t gap_count, gap_room;
} outbox;

/* ---- before anything is done ---- */

/* What a policy needs and does not have: one row a place. */
typedef struct outbox_need {
  slice section, rung, action;
  slice missing; /* what is */
  slice remedy;  /* the line to write */
  span at;       /* of the action */
  bool no_team;  /* the team is not defined: the policy's check has said so */
} outbox_need;
size_t outbox_needs(const program *p, arena *perm, const outbox_need **out);
/* Whether any channel that the policy uses reaches somebody outside of this machine. */
bool outbox_is_real(const program *p);

/* Opens what carries the messages of the policy's channels; reaches nobody yet. False: *why says what is wrong. */
bool outbox_open(outbox *o, slice *why);
void outbox_close(outbox *o);

/* ---- the three steps ---- */

/* What was `sending` when a run ended becomes `unknown`; what is unknown is looked for where the channel can tell. In
 * transactions of its own. */
STORE_MUST store_code outbox_recover(outbox *o);
/* Within the caller's transaction, which also holds the positions: decisions that are not stored yet become actions. */
STORE_MUST store_code outbox_commit(outbox *o, const day_plan *plan, int64_t revision);
/* Every action that is ready, this run's and what earlier ones left. `step` after each, may be NULL. */
STORE_MUST store_code outbox_deliver(outbox *o, void (*step)(void *self, uint32_t done, uint32_t of), void *self);

/* Whether something waits for news that an ERP told on the way: then the run decides and delivers once more, and what
 * was counted as waiting is looked at anew. */
bool outbox_look_again(outbox *o);

/* ---- between the files of the outbox ---- */

void outbox_remember(outbox *o, outbox_tally t, slice number, slice what, slice reason);
/* What was remembered in this run turned out otherwise; false: it was not. */
bool outbox_forget(outbox *o, outbox_tally t, slice number, slice what);
void outbox_count_gaps(outbox *o, const template_gaps *gaps);
/* SHA-256 of the decision's key, hex: the idempotency key of every try. */
slice outbox_key(arena *perm, const store_action *a);
store_entity_kind outbox_kind(entity of);

/* An action that is claimed, with its message. */
typedef struct ready_message {
  store_action a; /* its key, customer, `action` text, day and expiry */
  outlet ch;
  slice to, to_name, subject, text, html, form;
  slice country;     /* the customer's, as of the gate */
  int64_t heard_s;   /* when the customer last wrote there, as of the gate; 0: not known */
  const slice *made; /* of an order to an ERP, as of the gate (effect.h) */
  size_t made_count;
  bool to_customer;
  int64_t fence, tries;           /* of the claim; calls that surely did nothing */
  slice resend_by;                /* the person who has it sent again */
  const struct email_part *parts; /* what goes along */
  size_t part_count;
  int blocked;                /* which row of the gate (gate.h) blocked it */
  bool unreached;             /* as below */
  slice thread[2], leave_url; /* of e-mail, as of the gate (letter.c) */
} ready_message;
/* The action with its message; STORE_END: there is no such action, or it has none. */
STORE_MUST store_code outbox_load(outbox *o, int64_t id, arena *perm, ready_message *m, action_state *state);
channel_message outbox_letter(const ready_message *m, slice key);
/* What an e-mail that may go says beside its words: which earlier ones it belongs to, how to get no more of them.
 * Within the gate's transaction. */
STORE_MUST store_code outbox_letter_heads(outbox *o, ready_message *m, slice key, arena *scratch);
/* The message's actions, all of them, from one state to another. */
STORE_MUST store_code outbox_move(outbox *o, int64_t id, action_state from, action_state to, slice reason, bool *moved);
STORE_MUST store_code outbox_audit(outbox *o, const ready_message *m, const char *kind, const char *outcome,
                                   arena *scratch);
/* After a call (settle.c): what came of it, in the caller's transaction. */
typedef struct sent_result {
  ready_message m;
  int64_t attempt;
  send_result r;
} sent_result;
STORE_MUST store_code outbox_settle(outbox *o, const sent_result *x, arena *scratch);
/* Ends the transaction: commits where all is well. */
STORE_MUST store_code outbox_end(outbox *o, store_code code);

/* How long until the channel may take one more; 0: now. */
int64_t channel_wait_us(const outbox *o, outlet ch, const store_channel *c, int64_t now_us);
/* For how many there is credit. */
int64_t channel_room(const outbox *o, outlet ch, const store_channel *c, int64_t now_us);
bool channel_rests(const store_channel *c, int64_t now_us);
/* One message is about to go; what came of a call. In the caller's transaction. */
STORE_MUST store_code channel_take(outbox *o, const ready_message *m, int64_t now_us, arena *scratch);
STORE_MUST store_code channel_learn(outbox *o, const ready_message *m, const send_result *r, int64_t now_us,
                                    arena *scratch);
/* Whose failures count together: the name of the channel, or of one receiver of it. */
slice channel_place(const outbox *o, const ready_message *m, arena *scratch);
/* How long until the receiver may get another message of the channel; that one goes there now. Of this run alone. */
int64_t receiver_wait_us(const outbox *o, const ready_message *m, int64_t now_us);
void receiver_note(outbox *o, const ready_message *m, int64_t now_us);

typedef enum gate_answer { GATE_GO, GATE_AGAIN, GATE_WAIT, GATE_SUPPRESS, GATE_EXPIRE } gate_answer;
/* The gate (gate.def), inside the transaction that marks the message as sending. It may put today's address into
 * `m->to`. */
STORE_MUST store_code outbox_gate(outbox *o, ready_message *m, arena *scratch, gate_answer *answer, slice *reason);
/* The row of an entity in the engine's facts; VM_NO_ROW: none. */
uint32_t outbox_row(outbox *o, entity of, slice number);
/* A decision that goes by another way of its action than the decided one: stored and rendered like the first. */
STORE_MUST store_code outbox_commit_way(outbox *o, const decision *d, uint32_t way);
/* The message was refused for good: where its action has a further way (`or else`) and its rung is still the current
 * one, that way is queued. Within the transaction that stores the refusal. */
STORE_MUST store_code outbox_fall_back(outbox *o, const ready_message *m, slice why, arena *scratch);
/* The same for messages that were taken over and came back (store_untold_next, told 1). Within a transaction. */
STORE_MUST store_code outbox_come_back(outbox *o, const store_untold *v, size_t n, arena *scratch);

#endif
