/* How plans and simulations are printed: one row a decision. Machines (csv, json, md) get the seven columns of the
 * conformance cases; a person's table has the customer's name and what is open as well, and leaves out what a heading
 * says already. Where the policy bills or adjusts prices, all but csv have what that comes to as well. */
#ifndef DUN_CLI_ROWS_H
#define DUN_CLI_ROWS_H

#include "out.h"
#include "runtime/engine/engine.h"

enum { ROW_COLUMNS = 7, ROW_COLUMNS_MAX = 10 };

typedef struct row_style {
  const engine *e;
  out_format format;
  dun_lang lang;
  bool one_day; /* the day stands in a heading */
  bool waits;   /* a last column says why something waits */
} row_style;

/* Fills `columns`, which must live as long as the result; how many. */
size_t row_columns(const row_style *s, out_column columns[ROW_COLUMNS_MAX]);
void row_values(const row_style *s, const decision *d, slice values[ROW_COLUMNS_MAX], arena *perm);

/* "NF-1 NF-2": the numbers of a decision's subjects, the lead first. */
slice row_entity(const decision *d, arena *perm);

#endif
