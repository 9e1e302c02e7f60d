/* What a person does to a message of the outbox: has it sent again, gives it up, says what became of it, holds it and
 * lets it go.
 *
 * Invariants: every act stands in the audit log of the same transaction with the person's name; a message that may have
 * arrived is sent again only where the person says so with open eyes. */
#ifndef DUN_OUTBOX_HUMAN_H
#define DUN_OUTBOX_HUMAN_H

#include "runtime/store/store.h"

/* ACT(id, word in the audit log, state it leads to) */
#define HUMAN_ACTS(ACT)                                                                                                \
  ACT(RETRY, "retry", ready)                                                                                           \
  ACT(CANCEL, "cancel", cancelled)                                                                                     \
  ACT(DELIVERED, "resolve delivered", delivered)                                                                       \
  ACT(NOT_SENT, "resolve not-sent", ready)                                                                             \
  ACT(HOLD, "hold", held)                                                                                              \
  ACT(RELEASE, "release", ready) /* or approved: where its plan still goes by steps */
typedef enum human_act {
#define ACT(id, word, to) HUMAN_##id,
  HUMAN_ACTS(ACT)
#undef ACT
      HUMAN_ACT_COUNT
} human_act;

typedef enum human_answer {
  HUMAN_DONE,
  HUMAN_NOT_THERE,  /* no action has that number */
  HUMAN_NO_MESSAGE, /* nothing of it can be sent */
  HUMAN_NOT_SO,     /* not from the state that it is in */
  HUMAN_NOT_SURE    /* it may have arrived: only where `sure` */
} human_answer;

typedef struct human_result {
  human_answer answer;
  int64_t lead; /* the action whose message it is: of one that joined another, that one */
  action_state was, is;
} human_result;
/* In a transaction of its own. `by`: the person. */
STORE_MUST store_code outbox_human(store *s, human_act act, int64_t id, slice by, bool sure, human_result *out);
/* The same within the caller's transaction: for many at once. What is not HUMAN_DONE has changed nothing. */
STORE_MUST store_code outbox_human_within(store *s, human_act act, int64_t id, slice by, bool sure, human_result *out);
/* Whether it may be done from that state at all, for who shows what can be done. */
bool human_may(human_act act, action_state from);

#endif
