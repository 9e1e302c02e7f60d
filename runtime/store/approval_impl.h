/* Shared by approval.c and approval_plan.c. */
#ifndef DUN_STORE_APPROVAL_IMPL_H
#define DUN_STORE_APPROVAL_IMPL_H

#include "approval.h"
#include "store_impl.h"

typedef enum approval_what { APPROVAL_LINE, APPROVAL_PLAN, APPROVAL_DAY } approval_what;

/* An answer to an open request, by its number (of a day: its date). */
STORE_MUST store_code approval_give(store *s, approval_what what, int64_t id, approval_by by, approval_answer *answer);
STORE_MUST store_code approval_audit(store *s, const char *kind, slice by, const char *subject, const char *detail);
bool approval_same_name(slice a, slice b);

#endif
