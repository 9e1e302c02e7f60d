/* What carrying a message out needs of the store: claims, tries, channels that rest, what providers say later. All
 * times are microseconds since 1970-01-01T00:00Z.
 *
 * Invariants: a claim raises the action's fence, so that whoever held it before can no longer move it; an event of a
 * provider is stored once and moves an action only forward. What is done to an action is done to those that joined its
 * message. */
#ifndef DUN_STORE_DELIVERY_H
#define DUN_STORE_DELIVERY_H

#include "store.h"

/* ---- claims ---- */

/* An action that is due: it leads a message. */
typedef struct store_due {
  int64_t id;
  slice channel; /* in `perm`; empty: it has no message */
} store_due;
/* Those whose wait is over are ready again: deferred until now, leased until now. *released: leases that ran out. */
STORE_MUST store_code store_wake(store *s, int64_t now_us, int64_t *released);
/* The first `room` that are ready, by id, after `after`. */
STORE_MUST store_code store_due_next(store *s, int64_t after, arena *perm, store_due *out, size_t room, size_t *count);
/* How many are ready, and how many wait for their next try. */
STORE_MUST store_code store_due_count(store *s, int64_t now_us, int64_t *ready, int64_t *deferred);
/* ready to leased, under the next fence. *fence 0: somebody else was faster. */
STORE_MUST store_code store_lease(store *s, int64_t id, slice worker, int64_t until_us, int64_t *fence);
/* leased to ready, where the claim is still ours. */
STORE_MUST store_code store_release(store *s, int64_t id, int64_t fence, slice reason);
/* The gate's clause that kept it back when it was last looked at: what waits is told by it (today.h). Empty: none. */
STORE_MUST store_code store_gate_kept(store *s, int64_t id, slice clause);
/* Who has it; STORE_END: there is no such action. */
typedef struct store_claim {
  action_state state;
  int64_t fence, until_us, tries;
  slice worker, resend_by;
  int64_t activation;
} store_claim;
STORE_MUST store_code store_claim_of(store *s, int64_t id, arena *perm, store_claim *out);

/* The civil day of a call that is about to be made, and that nobody waits for its repetition any more. */
STORE_MUST store_code store_sent_on(store *s, int64_t id, int32_t day);
/* When it may be tried again, and how many tries surely did nothing. */
STORE_MUST store_code store_defer(store *s, int64_t id, int64_t not_before_us, int64_t tries);
/* A person has it sent again: its tries begin anew. */
STORE_MUST store_code store_resend(store *s, int64_t id, slice by);

/* ---- attempts ---- */

typedef struct store_try {
  int64_t action;
  slice provider, key, provider_id; /* the id as it is known before the call; may be empty */
  int64_t fence;
  slice asked_by;
} store_try;
/* A try stands in the store before its call is made; its end is filled in after it, once. */
STORE_MUST store_code store_try_begin(store *s, const store_try *t, int64_t *id);
STORE_MUST store_code store_try_end(store *s, int64_t attempt, slice outcome, slice provider_id, slice detail);
/* What the receiver calls it, found out later; empty: nothing changes. */
STORE_MUST store_code store_try_named(store *s, int64_t attempt, slice provider_id);
/* The last one. Before another one begins it has ended, so that no other is open. */
typedef struct store_tried {
  int64_t id; /* 0: it was never tried */
  int64_t begun_us;
  bool open;
} store_tried;
STORE_MUST store_code store_try_last(store *s, int64_t action, store_tried *out);

/* ---- channels ---- */

/* credit: millionths of a message, as of credit_at. */
typedef struct store_channel {
  int64_t credit, credit_at_us;
  int64_t unknown_in_row, failed_in_row;
  int64_t rest_until_us, rests, probe_until_us;
  slice reason; /* of the rest */
} store_channel;
/* *out is all 0 where nothing is known of the channel. */
STORE_MUST store_code store_channel_get(store *s, slice channel, arena *perm, store_channel *out);
STORE_MUST store_code store_channel_put(store *s, slice channel, const store_channel *c);

/* ---- what providers say later ---- */

typedef struct store_provider_event {
  slice provider, event_id;
  slice provider_id; /* of the message */
  action_state status;
  int64_t happened_at_us;
  slice detail;
  slice key; /* our own for the message, where the provider gives it back: finds it where no answer told the id */
} store_provider_event;
typedef enum store_event_effect {
  STORE_EVENT_REPEATED, /* known already */
  STORE_EVENT_LOST,     /* nothing of ours has that id; kept, in case that it comes */
  STORE_EVENT_LATE,     /* it says nothing new */
  STORE_EVENT_MOVED
} store_event_effect;
/* In the caller's transaction. *action: the one it is about, 0: none. */
STORE_MUST store_code store_provider_event_put(store *s, const store_provider_event *e, int64_t *action,
                                               store_event_effect *effect);
/* Events that came before the id of their message was known. */
STORE_MUST store_code store_provider_events_found(store *s, int64_t action, slice provider_id);

/* When the ledger was last read in, changed or not; 0: never. */
STORE_MUST store_code store_synced_at(store *s, int64_t *at_us);
STORE_MUST store_code store_synced(store *s);

#endif
