/* See outcome.h. */
#include "outcome.h"

static const char *const NAMES[] = {
#define OUTCOME(id, name, words) name,
    SEND_OUTCOMES(OUTCOME)
#undef OUTCOME
};

const char *send_outcome_name(send_outcome o) { return NAMES[o]; }
