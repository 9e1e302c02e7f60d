/* What a person is asked about as a whole, as it is shown: the plan that waits, a day with more messages than may go
 * without asking. `dun approve` and the page show the same.
 *
 * Invariant: what is shown is what an answer is taken for (approval.h): the plan by its digest, the day by its number
 * of messages. */
#ifndef DUN_STORE_ASKED_H
#define DUN_STORE_ASKED_H

#include "approval.h"

typedef struct plan_asked {
  int64_t id; /* 0: no plan waits, and none was rejected last */
  slice policy, digest, why,
      by; /* `digest`: as much of it as is shown; `by`: the first yes of two, or who rejected it */
  int32_t on;
  int64_t messages, late;
  bool rejected;
} plan_asked;
/* The one that is open, or the last one where that was rejected. */
STORE_MUST store_code store_plan_asked(store *s, arena *perm, plan_asked *out);

/* A row of activation_row. */
typedef struct asked_row {
  slice part, step, channel, currency, customer, entity;
  int64_t messages, amount;
} asked_row;
STORE_MUST store_code store_plan_rows(store *s, int64_t id, arena *perm, asked_row **out, size_t *n);

typedef struct day_asked {
  int32_t on;
  int64_t asked, most;
  slice by;
  bool rejected;
} day_asked;
/* The latest day that was asked for; *any: and not allowed. */
STORE_MUST store_code store_day_asked(store *s, arena *perm, day_asked *out, bool *any);

#endif
