/* What an agreement with a customer (runtime/store/agreement.h) does: its approval has the ERP write the new due date
 * by an order of the outbox, like a policy's own; once the ERP has it the cycle starts anew, the customer is told, and
 * the day of the next part is brought there when a part is met. One that is missed is broken, and the ladder goes on by
 * itself.
 *
 * Invariants: nothing is in force before the ERP has taken it over, and what it refuses has changed nothing; while an
 * order is under way nobody is reminded of the invoice (the gate's clause `agreed`); where the ERP cannot write due
 * dates, the date stands in Dun, and the agreement says so; what a customer is told passes the gate like any message.
 */
#ifndef DUN_OUTBOX_AGREEMENT_H
#define DUN_OUTBOX_AGREEMENT_H

#include "outbox.h"
#include "runtime/store/agreement.h"

/* WRONG(id, words): what is wrong in a proposal. */
#define AGREEMENT_WRONGS(WRONG)                                                                                        \
  WRONG(NOTHING, "")                                                                                                   \
  WRONG(SETTLED, "the invoice is settled")                                                                             \
  WRONG(ASKED, "an agreement about the invoice waits for an answer already")                                           \
  WRONG(NO_PARTS, "an agreement has at least one date, and at most 60")                                                \
  WRONG(PAST, "a date is over already")                                                                                \
  WRONG(FAR, "a date is more than five years away")                                                                    \
  WRONG(ORDER, "each date must come after the one before it")                                                          \
  WRONG(AMOUNT, "each amount must be more than zero")                                                                  \
  WRONG(SUM, "the amounts do not add up to the open balance")                                                          \
  WRONG(SAME, "the invoice is due on that day already")
typedef enum agreement_wrong {
#define WRONG(id, words) AGREEMENT_WRONG_##id,
  AGREEMENT_WRONGS(WRONG)
#undef WRONG
      AGREEMENT_WRONG_COUNT
} agreement_wrong;
const char *agreement_wrong_words(agreement_wrong w);
/* *at: the part that is wrong, from 0. Dates in themselves may be no business days: that is a warning of the caller's.
 */
agreement_wrong agreement_check(const agreement_invoice *i, const agreement_part *parts, size_t n, civil_date today,
                                size_t *at);

/* Who would write the due date: the vendor of a `connect erp` line. Empty: nobody can, and *why says why. */
slice agreement_writer(const program *p, const agreement_invoice *i, arena *perm, slice *why);

typedef enum agreement_answer {
  AGREED_DONE,
  AGREED_NOT_THERE,
  AGREED_CHANGED,     /* it has another version, or is not what it was */
  AGREED_SAME_PERSON, /* who proposed it may not approve it */
  AGREED_OVERTAKEN,   /* the invoice is settled, or its balance is not what was agreed on, or a date is over */
  AGREED_NO_RUN       /* the policy has never run: nothing can be ordered yet */
} agreement_answer;

typedef struct agreement_act {
  int64_t id, version;
  slice by, reason;
  civil_date today;
} agreement_act;

/* In the caller's transaction. */
STORE_MUST store_code agreement_approve(const program *p, store *s, const agreement_act *a, arena *scratch,
                                        agreement_answer *answer);
STORE_MUST store_code agreement_reject(store *s, const agreement_act *a, arena *scratch, agreement_answer *answer);
STORE_MUST store_code agreement_withdraw(store *s, const agreement_act *a, arena *scratch, agreement_answer *answer);

/* The day of the part at hand: to the ERP by an order, else it stands here. In the caller's transaction. */
STORE_MUST store_code agreement_bring(const program *p, store *s, const agreement *a, civil_date today, arena *scratch);
/* One that was in force about the same invoice gives way to it. */
STORE_MUST store_code agreement_end_earlier(store *s, const agreement *a, slice by);
/* Which orders of agreements are over, and what that makes of them; confirmations that are due. Inside a transaction.
 */
STORE_MUST store_code agreements_answered(outbox *o);
/* What a day's facts make of the agreements and the cards of the invoices at hand: parts met and missed, promises
 * broken, invoices paid. Inside the transaction of the decisions, after them. */
STORE_MUST store_code agreements_keep(outbox *o);
/* The customers of agreements whose day is over are to be looked at. In a transaction of its own; a served store. */
STORE_MUST store_code agreements_wake(store *s, civil_date today);

/* The column to which cards of paid invoices go: what the policy says of `payment in full`, else "Resolved". */
slice agreement_resolved_lane(const program *p);

/* Its words for the customer. */
typedef struct agreement_words {
  slice subject, text, language;
} agreement_words;
agreement_words agreement_confirmation(const agreement *a, const agreement_invoice *i, const program *p, arena *perm);

#endif
