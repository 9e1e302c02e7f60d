/* The outbox: decide, commit, then act. Decisions become actions with a unique key, their messages are rendered and
 * stored with them in one transaction; then each message passes a gate, is marked `sending` durably, and only then the
 * call is made.
 *
 * Invariants: one decision has at most one acceptance by a provider; what was `sending` when the program died is
 * `unknown` and never sent again by itself; planned = finished + visibly open. */
#ifndef DUN_OUTBOX_OUTBOX_H
#define DUN_OUTBOX_OUTBOX_H

#include "runtime/engine/engine.h"
#include "runtime/store/store.h"
#include "stdlib/channel/channel.h"
#include "stdlib/channel/templates.h"

enum {
  OUTBOX_SENDING_SECONDS_MAX = 60, /* a call lasts 20 s at most; what is `sending` longer has nobody behind it */
  OUTBOX_UNKNOWN_MAX = 3           /* in a row; then the channel rests until the next run */
};

/* TALLY(id, words of the summary) */
#define OUTBOX_TALLIES(TALLY)                                                                                          \
  TALLY(SENT, "sent")                                                                                                  \
  TALLY(FILED, "written as files, nothing sent")                                                                       \
  TALLY(RECORDED, "done inside dun (cards, tags, log)")                                                                \
  TALLY(NO_CONTACT, "reach nobody (no contact)")                                                                       \
  TALLY(SUPPRESSED, "held back at the gate")                                                                           \
  TALLY(EXPIRED, "expired before they could go")                                                                       \
  TALLY(REJECTED, "rejected")                                                                                          \
  TALLY(INSTEAD, "of those rejected go another way (or else)")                                                         \
  TALLY(UNKNOWN, "with an unknown outcome")                                                                            \
  TALLY(WAITING, "wait for the next run")                                                                              \
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
  slice folder; /* of files */
  civil_date today;
  bool today_given;   /* not the clock's: sending hours do not apply */
  int64_t last_event; /* the newest happening that the decisions knew */
  int64_t revision;   /* of the policy, in the store */
  struct outbox_channel {
    const channel_driver *driver; /* NULL: nothing uses this channel */
    sender *sender;
    bool resting;
    uint32_t unknown_in_row;
  } ch[CH_COUNT];
  struct outbox_hours *hours;
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
} outbox_need;
size_t outbox_needs(const program *p, arena *perm, const outbox_need **out);
/* Whether any channel that the policy uses reaches somebody outside of this machine. */
bool outbox_is_real(const program *p);

/* Opens what carries the messages of the policy's channels; reaches nobody yet. False: *why says what is wrong. */
bool outbox_open(outbox *o, slice *why);
void outbox_close(outbox *o);

/* ---- the three steps ---- */

/* What was `sending` when a run ended becomes `unknown`. In a transaction of its own. */
STORE_MUST store_code outbox_recover(outbox *o);
/* Within the caller's transaction, which also holds the positions: decisions that are not stored yet become actions. */
STORE_MUST store_code outbox_commit(outbox *o, const day_plan *plan, int64_t revision);
/* Every action that is ready, this run's and what earlier ones left. `step` after each, may be NULL. */
STORE_MUST store_code outbox_deliver(outbox *o, void (*step)(void *self, uint32_t done, uint32_t of), void *self);

/* ---- between the files of the outbox ---- */

void outbox_remember(outbox *o, outbox_tally t, slice number, slice what, slice reason);
void outbox_count_gaps(outbox *o, const template_gaps *gaps);
/* SHA-256 of the decision's key, hex: the idempotency key of every try. */
slice outbox_key(arena *perm, const store_action *a);
store_entity_kind outbox_kind(entity of);

/* An action that is ready, with its message. */
typedef struct ready_message {
  store_action a; /* its key, customer, `action` text, day and expiry */
  channel ch;
  slice to, to_name, subject, text, html;
  bool to_customer;
} ready_message;

typedef enum gate_answer { GATE_GO, GATE_WAIT, GATE_SUPPRESS, GATE_EXPIRE } gate_answer;
/* The gate, inside the transaction that marks the message as sending. It may put today's address into `m->to`. */
STORE_MUST store_code outbox_gate(outbox *o, ready_message *m, arena *scratch, gate_answer *answer, slice *reason);
/* The row of an entity in the engine's facts; VM_NO_ROW: none. */
uint32_t outbox_row(outbox *o, entity of, slice number);
/* A decision that goes by another way of its action than the decided one: stored and rendered like the first. */
STORE_MUST store_code outbox_commit_way(outbox *o, const decision *d, uint32_t way);
/* The message was refused for good: where its action has a further way (`or else`) and its rung is still the current
 * one, that way is queued. Within the transaction that stores the refusal. */
STORE_MUST store_code outbox_fall_back(outbox *o, const ready_message *m, slice why, arena *scratch);
/* What the policy itself says now about the message's invoices and its hour; empty: nothing stands against it. */
slice outbox_hold(outbox *o, const ready_message *m, const slice *invoices, size_t count, bool *hour);

#endif
