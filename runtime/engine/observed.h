/* What imports noticed when rows of the ledger changed (happening.observed), beside what events.csv told. The rows have
 * the former in them already: it is an occurrence for `on` rules and begins a new cycle, but moves no balance. */
#ifndef DUN_ENGINE_OBSERVED_H
#define DUN_ENGINE_OBSERVED_H

#include "events.h"

/* What was told and what was noticed may be one and the same: a payment that events.csv names on Friday and that the
 * row shows on Monday. The one that became known later is an `echo` and no occurrence; a told payment that the row
 * shows is `counted` and is not taken off again. */
void observed_pair(happening_list *l, arena *scratch);

/* What is noticed is known: an import's day after `day` (it is counted in UTC) is no reason to wait. */
void observed_known(happening_list *l, int32_t day);

/* For who begins with today's rows and no history. `keep_payments`: interest counts to the day of each. */
void observed_as_facts(happening_list *l, bool keep_payments);

/* Rows get the due dates that they had before the first noticed change, to go through the changes in their order. */
void observed_rewind(engine *e, const happening_list *l);

#endif
