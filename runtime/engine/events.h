/* What happens to a ledger on a day: payments, disputes, promises, replies. Events change facts, and on the day itself
 * they are occurrences for `on` rules. Before the first day of a simulation (or of a plan) they are facts without
 * actions. */
#ifndef DUN_ENGINE_EVENTS_H
#define DUN_ENGINE_EVENTS_H

#include "engine.h"
#include "runtime/store/store.h"

/* HAPPENING(id, words in events.csv) */
#define HAPPENINGS(HAPPENING)                                                                                          \
  HAPPENING(PAYMENT, "payment")                                                                                        \
  HAPPENING(PAYMENT_REVERSED, "payment reversed")                                                                      \
  HAPPENING(DISPUTE, "dispute")                                                                                        \
  HAPPENING(DISPUTE_RESOLVED, "dispute resolved")                                                                      \
  HAPPENING(PROMISE, "promise")                                                                                        \
  HAPPENING(DUE_CHANGED, "due date changed")                                                                           \
  HAPPENING(EXTENSION_REQUESTED, "extension requested")                                                                \
  HAPPENING(EXTENSION_APPROVED, "extension approved")                                                                  \
  HAPPENING(REPLY, "reply")                                                                                            \
  HAPPENING(CHURN, "churn")                                                                                            \
  HAPPENING(OPT_OUT, "opt out")                                                                                        \
  HAPPENING(OPT_IN, "opt in")                                                                                          \
  HAPPENING(INVOICE_CREATED, "invoice created")                                                                        \
  HAPPENING(INVOICE_CANCELLED, "invoice cancelled")                                                                    \
  HAPPENING(MESSAGE_FAILED, "message failed")                                                                          \
  HAPPENING(MESSAGE_BOUNCED, "message bounced")                                                                        \
  HAPPENING(MESSAGE_READ, "message read")                                                                              \
  HAPPENING(CONTRACT_CHANGED, "contract changed")                                                                      \
  HAPPENING(DOCUMENT_SIGNED, "document signed")                                                                        \
  HAPPENING(DOCUMENT_REFUSED, "document refused")                                                                      \
  HAPPENING(DOCUMENT_EXPIRED, "document expired")                                                                      \
  HAPPENING(ERP_EVENT, "erp event")

typedef enum happening_kind {
#define HAPPENING(id, words) HAPPENING_##id,
  HAPPENINGS(HAPPENING)
#undef HAPPENING
      HAPPENING_COUNT
} happening_kind;

typedef struct happening {
  int64_t seq; /* of the store: in the order in which they became known */
  int32_t day;
  int32_t happened; /* of a record (record.h): its own day, where `day` is the one on which it was known */
  happening_kind kind;
  entity of;
  uint32_t row;
  int64_t amount; /* minor units; FACT_MISSING: unsaid */
  int32_t date;   /* DATE_NONE_DAY: unsaid */
  slice text;
  slice name;    /* of an ERP's event: "sap order created"; `text` is then what it says (event_values.h) */
  bool observed; /* noticed in a changed row, which has it in it: observed.h */
  bool own;      /* Dun itself brought it about: true, and no occurrence */
  bool echo;     /* something else says the same and was known before: no occurrence */
  bool counted;  /* told by an event, and the row has it in it */
  int64_t was;   /* of what was observed: the balance before a payment, the due date before a new one */
} happening;

typedef struct happening_list {
  happening *v;
  uint32_t n;
  uint32_t unknown; /* that name no invoice or contract of the ledger */
} happening_list;

/* Rows of an entity by their number or id. */
typedef struct row_names {
  const slice *v;
  uint32_t *slots, cap;
} row_names;
row_names row_names_of(arena *perm, const fact_table *t);
uint32_t row_names_find(const row_names *n, slice s); /* VM_NO_ROW: none */

/* All of the store's, by date and then as they came; what imports noticed, as known on `day` at the latest. */
STORE_MUST store_code happenings_load(arena *perm, store *s, const facts *f, civil_date day, happening_list *out);

typedef struct occurrence_list {
  arena *perm;
  occurrence *v;
  uint32_t n, cap;
} occurrence_list;
void occurrence_add(occurrence_list *l, event_kind kind, entity of, uint32_t row, slice text);

/* The invoice's due date as the ledger would write it: the policy's own moves are applied. */
void due_set(engine *e, uint32_t row, int32_t written);

/* Takes the event into the facts and the history; `out` NULL: facts alone. */
void happening_apply(engine *e, const happening *h, occurrence_list *out);

/* The day on which a promise still open is judged: the first after its date and grace, the policy's or that of the
 * ladder it is on today, the longer. DATE_NONE_DAY: none. `promise_earliest`: whatever its ladder, not before. */
int32_t promise_judged(engine *e, uint32_t invoice);
int32_t promise_earliest(const engine *e, uint32_t invoice);

#endif
