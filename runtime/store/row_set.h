/* Rows of a table, by their numbers: one bit each. As text they are ranges, "1-500,502".
 *
 * Invariant: what row_set_text writes, row_set_read takes back. */
#ifndef DUN_STORE_ROW_SET_H
#define DUN_STORE_ROW_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lang/base/arena.h"
#include "lang/base/slice.h"

typedef struct row_set {
  uint8_t *bits;
  size_t bytes;
} row_set; /* zero: none */

bool row_set_has(const row_set *s, int64_t row);
void row_set_add(row_set *s, int64_t row);
void row_set_free(row_set *s);
slice row_set_text(const row_set *s, arena *perm);
/* Adds the rows of a text; false: it is none of ours. */
bool row_set_read(row_set *s, slice ranges);

#endif
