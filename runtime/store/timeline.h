/* All that happened with a customer, in one list: what was sent and what became of it, what was heard, paid, promised,
 * disputed, agreed on, what people did. The newest day first, some rows at a time behind a key.
 *
 * Invariant: each entry stands once, in one order: by day, then by source, then by its number there. */
#ifndef DUN_STORE_TIMELINE_H
#define DUN_STORE_TIMELINE_H

#include "store.h"

/* KIND(id, its name in JSON and as a filter, the happenings that are of it: ";kind;kind;") */
#define TIMELINE_KINDS(KIND)                                                                                           \
  KIND(MESSAGE, "message", "")                                                                                         \
  KIND(REPLY, "reply", ";reply;extension requested;")                                                                  \
  KIND(PROMISE, "promise", ";promise;")                                                                                \
  KIND(PAYMENT, "payment", ";payment;payment reversed;")                                                               \
  KIND(DISPUTE, "dispute", ";dispute;dispute resolved;")                                                               \
  KIND(CARD, "card", "")                                                                                               \
  KIND(AGREEMENT, "agreement", "")                                                                                     \
  KIND(DUE, "due", ";due date changed;extension approved;")                                                            \
  KIND(NOTE, "note", "")                                                                                               \
  KIND(OTHER, "other", "")
typedef enum timeline_kind {
#define KIND(id, name, happenings) TIMELINE_##id,
  TIMELINE_KINDS(KIND)
#undef KIND
      TIMELINE_KIND_COUNT
} timeline_kind;
const char *timeline_kind_name(timeline_kind k);
STORE_MUST bool timeline_kind_find(slice name, timeline_kind *out);

typedef struct timeline_entry {
  timeline_kind kind;
  int32_t day;
  int64_t at_us; /* of what has a time of the day; 0: none */
  int64_t id;    /* of the action, the card, the agreement, the happening */
  slice what;    /* "payment", "reply"; an action as plans print it; a card's title; an agreement's state */
  slice entity;  /* the invoice, or the contract */
  slice text;    /* a message's subject, a reply, a note */
  slice channel, state, reason; /* of a message */
  slice who;                    /* the source of a fact ("csv", "omie"), a person, the rung that decided */
  slice currency;               /* empty: no amount */
  int64_t amount;
  int32_t date;  /* promised for, due on, closed on; DATE_NONE_DAY */
  bool observed; /* nobody told it: a row had changed */
} timeline_entry;

typedef struct timeline_ask {
  int64_t customer_row;
  slice customer;
  slice invoice;  /* empty: all of the customer's */
  uint32_t kinds; /* bits by timeline_kind; 0: all */
  size_t most;
  slice after; /* `next` of the page before */
} timeline_ask;

typedef struct timeline_list {
  timeline_entry *v;
  size_t n;
  slice next; /* empty: that is all */
} timeline_list;
STORE_MUST store_code store_timeline(store *s, const timeline_ask *ask, arena *perm, timeline_list *out);

#endif
