/* How plans and simulations are printed: the rows of one decision each, the same columns everywhere. */
#ifndef DUN_CLI_ROWS_H
#define DUN_CLI_ROWS_H

#include "out.h"
#include "runtime/engine/decision.h"

enum { ROW_COLUMNS = 7 };
extern const out_column ROWS[ROW_COLUMNS]; /* date,entity,customer,ladder,rung,action,to */

void row_of(const decision *d, slice values[ROW_COLUMNS], arena *perm);

#endif
