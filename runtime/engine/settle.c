/* See settle.h. Invariant: the parts of a payment add up to it; what no part takes lowers the balance, so that a
 * payment is never lost. */
#include "settle.h"

#include "fees.h"

/* What is owed of it on the day at hand; a sum that is not known takes nothing. */
static int64_t owed_now(const engine *e, uint32_t field, uint32_t row) {
  money m;
  return fees_of(e, field, row, &m) == FEES_KNOWN ? m.minor : 0;
}

void settle_payment(engine *e, payment_made *p, bool whole) {
  if (!e->p->settle_parts.count) return;
  int32_t today = e->today;
  e->today = p->day;
  debt_sums owed = {{0}}, paid = {{0}};
  owed.part[DEBT_FINE] = owed_now(e, FIELD_INVOICE_FINE, p->row);
  owed.part[DEBT_INTEREST] = owed_now(e, FIELD_INVOICE_INTEREST, p->row);
  owed.part[DEBT_PRINCIPAL] = fact_int(e->f, FIELD_INVOICE_OPEN, p->row);
  e->today = today;
  int64_t all;
  if (whole && !__builtin_add_overflow(owed.part[DEBT_FINE], owed.part[DEBT_INTEREST], &all) &&
      !__builtin_add_overflow(all, owed.part[DEBT_PRINCIPAL], &all))
    p->amount = all;
  (void)allocate_parts(&e->p->settle_parts, &owed, p->amount, &paid);
  p->fine = paid.part[DEBT_FINE];
  p->interest = paid.part[DEBT_INTEREST];
}
