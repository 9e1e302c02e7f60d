/* What services tell of by themselves, as the store keeps it: which events were taken over, which rows are to be read
 * again from their ERP, who asked for no more messages, and whom an address belongs to.
 *
 * Invariants: an event counts once; a hint holds back until its row was read after it came, and marks nothing as paid.
 */
#ifndef DUN_STORE_HOOKS_H
#define DUN_STORE_HOOKS_H

#include "store.h"

/* Within a transaction. *is_new is false where the event was taken over before. */
STORE_MUST store_code store_hook_once(store *s, slice provider, slice event_id, const char *kind, bool *is_new);

/* ---- rows to be read again ---- */

typedef struct store_recheck {
  slice erp, of, source_id; /* `of`: "invoice", "customer", "contract" */
  bool hinted;
  int64_t asked_at_us;
  int64_t tries;
} store_recheck;
/* Asked for again is asked for now; a hint stays one until it was read. */
STORE_MUST store_code store_recheck_put(store *s, slice erp, slice of, slice source_id, bool hinted);
/* The next ones of an ERP that are due, hints first, the oldest first. */
STORE_MUST store_code store_recheck_next(store *s, slice erp, int64_t now_us, arena *perm, store_recheck *out,
                                         size_t room, size_t *count);
/* It was read; asked for once more meanwhile, it stays. */
STORE_MUST store_code store_recheck_done(store *s, const store_recheck *r);
STORE_MUST store_code store_recheck_later(store *s, const store_recheck *r, int64_t not_before_us);
/* Of an ERP whose changes were all read after they were asked for: what only changed needs no reading alone; with
 * `hints` what is said to be paid neither. */
STORE_MUST store_code store_recheck_synced(store *s, slice erp, int64_t begun_us, bool hints);
/* Whether the ERP has hinted that the invoice is paid, and it was not read since. */
STORE_MUST store_code store_hinted(store *s, slice invoice, bool *yes);

/* ---- people ---- */

STORE_MUST store_code store_wish_put(store *s, slice customer, slice channel, bool no_more);
/* *no_more: the customer's own last word on the channel. */
STORE_MUST store_code store_wish_of(store *s, slice customer, slice channel, bool *no_more);

/* A message that somebody answered: found by what the provider calls it, or the last one to a customer on a channel. */
typedef struct store_answered {
  int64_t action;          /* 0: none */
  slice customer, invoice; /* of the first invoice that it speaks of; in `perm` */
  int64_t sent_us;
} store_answered;
STORE_MUST store_code store_answered_by_id(store *s, slice provider_id, arena *perm, store_answered *out);
/* By our own key of the message, or what the provider calls it; *to: whom it went to. */
STORE_MUST store_code store_answered_to(store *s, slice name, arena *perm, store_answered *out, slice *to,
                                        slice *provider_id);
STORE_MUST store_code store_answered_last(store *s, slice customer, slice channel, arena *perm, store_answered *out);
/* What the provider called earlier messages on the channel to the same address about one of the same invoices, the
 * first and the last of them that were taken over; empty: there is none. */
STORE_MUST store_code store_thread_of(store *s, int64_t action, slice channel, slice to, arena *perm, slice out[2]);
/* When the first message of a channel began to be sent; *at_us 0: none was. */
STORE_MUST store_code store_first_sent(store *s, slice channel, int64_t *at_us);
/* The customers to whom the latest messages of a channel went, and where; newest first. */
typedef struct store_recipient {
  slice customer, country, address;
} store_recipient;
STORE_MUST store_code store_recipients(store *s, slice channel, arena *perm, store_recipient *out, size_t room,
                                       size_t *count);
/* An invoice of the customer, to say something about: an open one, the oldest due; else the newest. Empty: none. */
STORE_MUST store_code store_some_invoice(store *s, slice customer, arena *perm, slice *number);
/* The message's action, where it may, moves to `replied`; with those that joined it. `named`: the answer names the
 * message, which proves that it arrived; without that what is unknown stays so. */
STORE_MUST store_code store_replied(store *s, int64_t action, bool named);
/* The newest revision of a policy; 0: there was never a run. */
STORE_MUST store_code store_last_revision(store *s, int64_t *id);

/* ---- what providers' events come to ---- */

/* An event that nothing was made of yet (`told` 0), or whose message's other way was not looked at (1). */
typedef struct store_untold {
  int64_t event, action;
  slice channel, invoice, status; /* in `perm`; of an order the service's kind: "signature" */
  slice customer, detail;
  bool counts; /* it moved its message there, and is the first to say so */
  int64_t told;
} store_untold;
STORE_MUST store_code store_untold_next(store *s, int64_t told, arena *perm, store_untold *out, size_t room,
                                        size_t *count);
STORE_MUST store_code store_told(store *s, int64_t event, int64_t told);

#endif
