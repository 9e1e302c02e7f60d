/* When each customer is to be looked at next: what a served store's agenda is made of. Everything that is decided about
 * an entity hangs on its customer's rows, so the day is the customer's: the first of all its rows'. */
#ifndef DUN_ENGINE_NEXT_DUE_H
#define DUN_ENGINE_NEXT_DUE_H

#include "live.h"

/* After the day's plan was made and kept (history_commit), where nothing of it changed the customer: by customer row,
 * the first day after `today` on which anything can happen by time alone; INT32_MAX: never. `news`: customers of whom
 * something is begun or waits for the first time, or of whom something became known. */
void next_due(engine *e, const happening_list *events, const day_plan *plan, int32_t *days, uint8_t *news);

/* Whether some `every` rule has a day that is to be done now: it looks at all rows. Without an engine. */
STORE_MUST store_code next_due_every(const program *p, store *s, civil_date today, int32_t minute, bool *due);

/* Some invoice is of a contract of another customer: what is decided then hangs on more than one customer. */
bool next_due_crosses(const facts *f);

#endif
