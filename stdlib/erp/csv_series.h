/* indices.csv: figures of price indices and rates, a row each. Invariant: no figure is guessed; a decimal comma and a
 * decimal point mean the same, because a percentage has no groups of three. */
#ifndef DUN_ERP_CSV_SERIES_H
#define DUN_ERP_CSV_SERIES_H

#include "csv_header.h"

typedef struct csv_series csv_series;

/* Of one file; `perm` holds it. */
STORE_MUST store_code csv_series_open(arena *perm, store *s, const csv_header *h, csv_dialect dialect,
                                      csv_series **out);
/* Puts the reader's row. *why is NULL, or says why it was rejected (valid until the next row). */
STORE_MUST store_code csv_series_put(csv_series *x, const csv_reader *r, store_put *outcome, const char **why);

#endif
