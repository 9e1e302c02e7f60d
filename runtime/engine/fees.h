/* Late fee, interest and days overdue of an invoice today, by the policy's sentence. */
#ifndef DUN_ENGINE_FEES_H
#define DUN_ENGINE_FEES_H

#include "engine.h"

/* Days overdue as LANGUAGE.md 6 counts them (moved dates, `late only after`); negative before the due date. */
int32_t fees_overdue(const engine *e, uint32_t invoice);
/* FIELD_INVOICE_FINE, _INTEREST or _TOTAL. Without a late fee sentence: 0, 0, open. */
money fees_of(const engine *e, uint32_t field, uint32_t invoice);

#endif
