/* A customer's statement: all that is open, as a page of HTML that becomes a PDF. */
#ifndef DUN_OUTBOX_STATEMENT_H
#define DUN_OUTBOX_STATEMENT_H

#include "runtime/engine/engine.h"

enum { STATEMENT_ROWS_MAX = 2000 };

/* Of the decision's customer, as of today: every open invoice by due date and number, with fine and interest where the
 * policy has a late fee; totals and age, a currency each; what stands to the customer's credit. */
slice statement_page(engine *e, const decision *d, dun_lang lang, arena *perm);

#endif
