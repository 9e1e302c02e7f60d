/* What `bill contract` bills: the price of the period that begins with the occurrence, and what `prorated by` makes of
 * periods that are not whole.
 *
 * A bill is for the days from its own date to the day before the rule's next one. With `prorated by`, the first bill
 * after the contract's start is also for the days from the start to it, the last one for the days to the contract's
 * end, and a price that changed inside the period before is made up for. */
#ifndef DUN_ENGINE_BILLS_H
#define DUN_ENGINE_BILLS_H

#include "engine.h"

contract_sum bill_sum(engine *e, const firing *f, const action *a, arena *perm);

/* The rule's dates for a row around one of them. */
civil_date every_next(const engine *e, const every_rule *r, uint32_t row, civil_date day);
civil_date every_before(const engine *e, const every_rule *r, uint32_t row, civil_date day);

/* What the rule bills a contract by; NULL: it does something else. */
const action *bill_of(const every_rule *r);
/* The next day from `today` on that a rule bills a contract whose condition holds now; none: DATE_NONE. */
civil_date bill_next(engine *e, uint32_t row, civil_date today);

#endif
