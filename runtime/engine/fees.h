/* Late fee, interest and days overdue of an invoice today, by the policy's sentence. */
#ifndef DUN_ENGINE_FEES_H
#define DUN_ENGINE_FEES_H

#include "engine.h"

/* Payments of one invoice that count with their dates; where there are more, the oldest count as paid in time. */
enum { FEES_PAYMENTS_MAX = 256 };

/* Days overdue as LANGUAGE.md 6 counts them (moved dates, `late only after`); negative before the due date. */
int32_t fees_overdue(const engine *e, uint32_t invoice);

typedef enum fees_status {
  FEES_KNOWN,
  FEES_NO_RATE,        /* the series has no rate for a late day, or there is no such series */
  FEES_TWO_CURRENCIES, /* the sentence names sums in another currency than the invoice's, and no rate joins them */
  FEES_TOO_LARGE
} fees_status;

/* The policy's sentence, its sums in one currency: before the first day, once the facts are in. */
void fees_bind(engine *e);

/* FIELD_INVOICE_FINE, _INTEREST or _TOTAL. Without a late fee sentence: 0, 0, open. Interest is on the balance of each
 * day: a payment whose date is known counts from the day after it; what was paid on a day that nobody told counts as
 * paid in time. The fine is on what was not paid in time. */
fees_status fees_of(const engine *e, uint32_t field, uint32_t invoice, money *out);

/* What the action says or charges cannot be told today; it is noted as undecided. `way`: a message's, else NULL. */
bool fees_lack(engine *e, const action *a, const send_way *way, entity of, uint32_t row);

#endif
