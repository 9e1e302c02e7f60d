/* What came of one call that does something outside: a message handed over, a row written in an ERP.
 *
 * Invariant: a call says exactly one of these, and RETRY, LATER or DOWN only where the receiver surely did nothing;
 * RETRY and DOWN say something of the service, LATER of this one call alone. No detail
 * holds an address, a name or a secret. */
#ifndef DUN_NET_OUTCOME_H
#define DUN_NET_OUTCOME_H

#include <stdint.h>

#include "lang/base/slice.h"

/* OUTCOME(id, name in the store, in words) */
#define SEND_OUTCOMES(OUTCOME)                                                                                         \
  OUTCOME(ACCEPTED, "accepted", "taken over by the receiver")                                                          \
  OUTCOME(REJECTED, "rejected", "refused for good")                                                                    \
  OUTCOME(RETRY, "retry", "refused for now; nothing was done")                                                         \
  OUTCOME(LATER, "later", "this message cannot go yet; nothing was done")                                              \
  OUTCOME(DOWN, "down", "the service cannot be used; nothing was done")                                                \
  OUTCOME(UNKNOWN, "unknown", "the answer is missing: it may have arrived")

typedef enum send_outcome {
#define OUTCOME(id, name, words) SEND_##id,
  SEND_OUTCOMES(OUTCOME)
#undef OUTCOME
      SEND_OUTCOME_COUNT
} send_outcome;

const char *send_outcome_name(send_outcome o);

typedef struct send_result {
  send_outcome outcome;
  slice provider_id; /* Message-ID, file name, the ERP's number */
  slice detail;      /* "550 5.1.1", "connection refused" */
  slice file;        /* SEND_ACCEPTED: what it made and gave back (a document's PDF); empty: nothing */
  int64_t retry_s;   /* SEND_RETRY: not before so many seconds, as the receiver says; 0: it does not say */
} send_result;

#endif
