/* Which dialect a file has: what is declared, or what one of its own cells proves. */
#ifndef DUN_ERP_CSV_DETECT_H
#define DUN_ERP_CSV_DETECT_H

#include "csv_header.h"

/* Reads the file from its start, as far as needed. Fills in what `dialect` does not know and the file shows. *why is
 * NULL, or says with the line and both readings that the file can be read in two ways. */
typedef struct csv_shape {
  const csv_header *h;
  char separator;
  currency fallback; /* of rows that name none */
} csv_shape;
WORLD_MUST world_code csv_detect(world *w, const char *path, const csv_shape *shape, csv_dialect *dialect, arena *perm,
                                 const char **why);

/* What a happening of this kind, as the cell says it, carries. */
store_value csv_value_of_kind(slice kind_cell, arena *scratch);

#endif
