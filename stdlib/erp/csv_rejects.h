/* The rejects file: every row that was not taken, as it was, behind its line and the reason. It is a CSV file with the
 * header of the one it comes from, so that it can be corrected and imported. It is made with the first reject. */
#ifndef DUN_ERP_CSV_REJECTS_H
#define DUN_ERP_CSV_REJECTS_H

#include "csv.h"

typedef struct csv_rejects {
  world *w;
  arena *perm;
  const char *path; /* NULL: none is written */
  bool made;
  char separator;
  slice header;
  char buffer[1 << 16];
  size_t n;
} csv_rejects;

/* The path for the rejects of `file`: as the options say. */
WORLD_MUST world_code csv_rejects_path(world *w, const csv_options *o, const char *file, size_t files, arena *perm,
                                       const char **path);

/* One row: begin, any number of pieces of its raw text, end. */
WORLD_MUST world_code csv_reject_begin(csv_rejects *r, uint64_t line, const char *reason);
WORLD_MUST world_code csv_reject_piece(csv_rejects *r, slice raw);
WORLD_MUST world_code csv_reject_end(csv_rejects *r);
/* Writes what is still buffered. */
WORLD_MUST world_code csv_rejects_flush(csv_rejects *r);

#endif
