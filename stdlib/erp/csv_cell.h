/* What a cell of a CSV file says: money, dates, numbers, yes/no, sets, words. How a file writes decimals and dates is
 * its dialect: declared, or proved by one of its own cells, never guessed. */
#ifndef DUN_ERP_CSV_CELL_H
#define DUN_ERP_CSV_CELL_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/base/arena.h"
#include "lang/base/money.h"
#include "lang/base/slice.h"

typedef enum csv_decimal { CSV_DECIMAL_UNKNOWN, CSV_DECIMAL_POINT, CSV_DECIMAL_COMMA } csv_decimal;
typedef enum csv_dates { CSV_DATES_UNKNOWN, CSV_DATES_ISO, CSV_DATES_DMY, CSV_DATES_MDY } csv_dates;

typedef struct csv_dialect {
  csv_decimal decimal;
  csv_dates dates;
} csv_dialect;

/* What one cell shows about the dialect. */
typedef enum csv_evidence {
  CSV_SHOWS_NOTHING,
  CSV_SHOWS_EITHER, /* it can be read both ways: "1.500", "03/04/2026" */
  CSV_SHOWS_POINT,
  CSV_SHOWS_COMMA,
  CSV_SHOWS_ISO,
  CSV_SHOWS_DMY,
  CSV_SHOWS_MDY
} csv_evidence;
csv_evidence csv_money_evidence(slice cell);
csv_evidence csv_date_evidence(slice cell);

/* NULL: fine. Otherwise why the cell cannot be that, as the end of a sentence. */
const char *csv_money(slice cell, csv_decimal marks, currency cur, int64_t *minor);
const char *csv_date(slice cell, csv_dates dates, int32_t *day);
const char *csv_number(slice cell, int64_t *value);
const char *csv_yesno(slice cell, bool *yes);

/* Members trimmed, empty ones left out, joined with ';', in `room`, which has cell.n bytes. */
slice csv_set(slice cell, char *room);

/* Folded for comparing names: lower case, without accents, everything but letters and digits as single '_', in `perm`.
 * "Data de Emissão" is "data_de_emissao". */
slice csv_fold_name(slice name, arena *perm);

bool csv_utf8_ok(slice s, size_t *bad_at); /* valid and without NUL bytes; fast on ASCII */

#endif
