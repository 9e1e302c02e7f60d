/* Totals over a customer's invoices (SRC_TOTAL fields), kept in columns where the program reads them. */
#ifndef DUN_ENGINE_TOTALS_H
#define DUN_ENGINE_TOTALS_H

#include "engine.h"

/* Finds out which of them the program reads and fills their columns with no day yet. */
void totals_init(engine *e);

#endif
