/* Agreements with customers: a new due date, or instalments, for one invoice; who proposed them, who approved them, and
 * what became of them. What they do to the ledger and the ERP is runtime/outbox/agreement.h's.
 *
 * Invariants: an invoice has at most one that is asked for or under way, and one in force; its parts add up to the
 * balance that was agreed on and their days rise; who proposed one never approves it; every change of state stands in
 * the history of the invoice's cards, in the same transaction. */
#ifndef DUN_STORE_AGREEMENT_H
#define DUN_STORE_AGREEMENT_H

#include "store.h"

enum { AGREEMENT_PARTS_MAX = 60, AGREEMENT_WORDS_MAX = 2000 };

/* STATE(id, word, nothing more will happen to it) */
#define AGREEMENT_STATES(STATE)                                                                                        \
  STATE(PROPOSED, "proposed", false)                                                                                   \
  STATE(REJECTED, "rejected", true)                                                                                    \
  STATE(WITHDRAWN, "withdrawn", true)                                                                                  \
  STATE(ORDERED, "ordered", false)                                                                                     \
  STATE(IN_FORCE, "in force", false)                                                                                   \
  STATE(REFUSED, "refused", true)                                                                                      \
  STATE(KEPT, "kept", true)                                                                                            \
  STATE(BROKEN, "broken", true)                                                                                        \
  STATE(REPLACED, "replaced", true)                                                                                    \
  STATE(OVERRIDDEN, "overridden", true)
typedef enum agreement_state {
#define STATE(id, word, ends) AGREEMENT_##id,
  AGREEMENT_STATES(STATE)
#undef STATE
      AGREEMENT_STATE_COUNT
} agreement_state;
const char *agreement_state_name(agreement_state st);
STORE_MUST bool agreement_state_find(slice name, agreement_state *out);

typedef struct agreement_part {
  int32_t due;
  int64_t amount;
  int32_t met_on; /* DATE_NONE_DAY: not yet */
} agreement_part;

typedef struct agreement {
  int64_t id, version;
  slice invoice, customer, currency;
  int64_t card; /* 0: proposed from the invoice */
  int64_t open; /* minor units that the parts add up to */
  int32_t due_was;
  slice note; /* the proposer's words */
  agreement_state state;
  int32_t at_hand; /* the part whose day is the due date, from 1 */
  slice erp;       /* who took the date over; empty: it stands in Dun alone */
  int64_t action;  /* the order to the ERP; 0: none */
  bool waits;      /* that order is under way */
  slice proposed_by, answered_by, reason;
  int64_t proposed_us, answered_us, ended_us;
  int64_t told; /* the message that confirms it; 0: none yet */
  agreement_part *parts;
  size_t part_count;
} agreement;

/* ---- reading ---- */

STORE_MUST store_code agreement_find(store *s, int64_t id, arena *perm, agreement *out); /* STORE_END: none */
/* The one that is asked for, under way or in force for an invoice, the newest; STORE_END: none. */
STORE_MUST store_code agreement_of(store *s, slice invoice, arena *perm, agreement *out);
/* The newest first, behind the id `after` (0: from the first). Empty `state`, `customer`, `invoice`: any. */
typedef struct agreement_filter {
  slice state, customer, invoice;
} agreement_filter;
STORE_MUST store_code agreement_list(store *s, const agreement_filter *f, int64_t after, arena *perm, agreement *out,
                                     size_t room, size_t *count);
/* Those in a state, the oldest first, behind `after`: what a run looks after. */
STORE_MUST store_code agreement_next(store *s, agreement_state st, int64_t after, arena *perm, agreement *out);
/* Whether any has something to send: an order under way, a confirmation. Then its ERP and its channels are needed. */
STORE_MUST store_code agreement_any(store *s, bool *yes);
/* Whether an order of an agreement on this invoice is under way. */
STORE_MUST store_code agreement_waits(store *s, slice invoice, bool *yes);
/* Whether an agreement has brought, or is to bring, this due date into the ERP. */
STORE_MUST store_code agreement_has_date(store *s, slice invoice, int32_t due, bool *yes);

/* Those in force whose day at hand is over. */
STORE_MUST store_code agreement_overdue(store *s, int32_t today, bool *any);
/* Inside a transaction, in a served store: their customers are looked at next. */
STORE_MUST store_code agreement_touch_overdue(store *s, int32_t today);

/* An invoice as an agreement speaks of it; STORE_END: there is none. */
typedef struct agreement_invoice {
  slice number, customer, currency, status, erp, source_id, customer_source_id;
  int64_t open;
  int32_t due;
  /* Who reads about it. */
  slice name, language, country, email, phone, whatsapp, opted_out;
} agreement_invoice;
STORE_MUST store_code agreement_invoice_of(store *s, slice number, arena *perm, agreement_invoice *out);

/* ---- writing, inside a transaction ---- */

/* A new one, `proposed`: of `a` its invoice, customer, card, currency, open, due_was, note, parts and proposed_by. */
STORE_MUST store_code agreement_propose(store *s, const agreement *a, int64_t *id);

/* Another state, with who brought it about; `reason` empty: it stays. Told in the history of the cards. */
typedef struct agreement_move {
  int64_t id;
  agreement_state from, to;
  slice by, reason;
  bool answers; /* `by` is the person who approved or rejected */
} agreement_move;
/* *moved false: it was not in `from` any more. */
STORE_MUST store_code agreement_move_to(store *s, const agreement_move *m, bool *moved);
/* The order to the ERP that brings its date at hand there: under way. */
STORE_MUST store_code agreement_order_set(store *s, int64_t id, int64_t action, slice erp);
/* The order is over. `erp` empty: the date stands in Dun alone; `reason` why. */
STORE_MUST store_code agreement_order_over(store *s, int64_t id, slice erp, slice reason);
STORE_MUST store_code agreement_part_met(store *s, int64_t id, int32_t ordinal, int32_t on);
STORE_MUST store_code agreement_at_hand(store *s, int64_t id, int32_t ordinal);
STORE_MUST store_code agreement_told(store *s, int64_t id, int64_t action);

/* ---- what became known of an invoice ---- */

/* "extension approved" or "promise" for a day, told by `from` on `on`. */
STORE_MUST store_code agreement_say(store *s, slice from, store_happening kind, slice invoice, int32_t on, int32_t day);
/* Another part's date is the due date now, by Dun itself: no event. The ledger's row keeps its own. */
STORE_MUST store_code agreement_due_here(store *s, slice invoice, int32_t on, int32_t day);

#endif
