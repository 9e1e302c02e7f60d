/* The inside of fee.c, shared with fee_compound.c; nobody else includes this. */
#ifndef DUN_BASE_FEE_SPAN_H
#define DUN_BASE_FEE_SPAN_H

#include "fee.h"

/* Late days in which balance, rate, month and compounding period stay the same. */
typedef struct fee_span {
  civil_date to;   /* its last day; the next span begins after it */
  int32_t days;    /* as the day count counts them */
  int32_t divisor; /* days of the rate's unit */
  int64_t balance; /* principal, without joined interest; may be negative */
  int64_t rate;    /* over 10^fee_rate_scale */
  bool joins;      /* interest joins the principal after it */
} fee_span;

/* The span after s->to. */
fee_status fee_next_span(const fee_terms *t, const fee_case *c, int64_t corrected, civil_date start, fee_span *s)
    __attribute__((warn_unused_result));
/* The greatest number of decimals of the rates. */
uint8_t fee_rate_scale(const fee_terms *t);
/* Fills r->interest; r->start and r->corrected are known. */
fee_status fee_compound(const fee_terms *t, const fee_case *c, fee_result *r) __attribute__((warn_unused_result));

#endif
