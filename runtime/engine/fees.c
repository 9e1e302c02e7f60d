/* See fees.h. */
#include "fees.h"

int32_t fees_overdue(const engine *e, uint32_t row) {
  int32_t due = (int32_t)fact_int(e->f, FIELD_INVOICE_DUE, row), days = e->today - due;
  if (e->p->due == DUE_LATE_AFTER && days > 0 && e->today <= calendar_next(e->cal, (civil_date){due}).day) return 0;
  return days;
}

money fees_of(const engine *e, uint32_t field, uint32_t row) {
  int64_t open = fact_int(e->f, FIELD_INVOICE_OPEN, row);
  money zero = {0, e->f->cur[row]}, all = {open, e->f->cur[row]};
  if (!e->p->has_fee || open <= 0) return field == FIELD_INVOICE_TOTAL ? all : zero;
  /* The balance is known, not when its parts were paid: interest counts on what is open (or on the original sum). */
  int64_t amount = e->p->fee.base == FEE_ON_ORIGINAL && fact_field(e->f, FIELD_INVOICE_AMOUNT)->loaded
                       ? fact_int(e->f, FIELD_INVOICE_AMOUNT, row)
                       : open;
  fee_case c = {.amount = {amount, e->f->cur[row]},
                .due = {(int32_t)fact_int(e->f, FIELD_INVOICE_DUE, row)},
                .on = {e->today},
                .cal = e->cal,
                .factor = {1, 0}};
  fee_result r;
  if (fee_compute(&e->p->fee, &c, &r) != FEE_OK) return field == FIELD_INVOICE_TOTAL ? all : zero;
  if (field == FIELD_INVOICE_FINE) return (money){r.fee, all.cur};
  if (field == FIELD_INVOICE_INTEREST) return (money){r.interest, all.cur};
  return (money){open + r.fee + r.interest, all.cur};
}
