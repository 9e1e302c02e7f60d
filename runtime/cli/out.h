/* Results on their way out: one row at a time into a table, CSV, JSON or Markdown. A command says which columns it has
 * and gives rows; how they look is decided here alone.
 *
 * Invariant: colour, truncation and alignment exist only in `table`; csv and json carry the values as they are. CSV:
 * RFC 4180 with LF line ends, quotes only where a field has a comma, a quote, CR or LF. */
#ifndef DUN_CLI_OUT_H
#define DUN_CLI_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lang/base/arena.h"
#include "lang/base/slice.h"
#include "runtime/world.h"

/* FORMAT(name) */
#define OUT_FORMATS(FORMAT) FORMAT(table) FORMAT(csv) FORMAT(json) FORMAT(md)

typedef enum out_format {
#define FORMAT(name) OUT_##name,
  OUT_FORMATS(FORMAT)
#undef FORMAT
      OUT_FORMAT_COUNT
} out_format;

bool out_format_find(slice name, out_format *format);

typedef enum out_kind {
  OUT_TEXT,
  OUT_NUMBER, /* to the right; in JSON a number where it is an integer, else a string */
  OUT_DATE,
  OUT_YESNO /* in JSON true or false for "yes" and "no" */
} out_kind;

typedef struct out_column {
  const char *name;  /* in csv and json */
  const char *title; /* in table and md; NULL: the name */
  out_kind kind;
  bool keep; /* a narrow terminal shortens the other columns first */
} out_column;

typedef struct out out;

/* Begins a result of `count` columns on the world's standard output. `columns` stays the caller's and must live on. */
out *out_begin(world *w, out_format format, const out_column *columns, size_t count);
/* One row of `count` values; an empty slice is an empty field (JSON: null). The texts are copied where needed. */
void out_row(out *o, const slice *values);
/* What a table without a row says instead of its header; `words` must live on. The other formats stay what they are. */
void out_if_empty(out *o, slice words);
/* Ends the result and frees it. False: it could not be written (disk full, reader gone); *why says so. */
bool out_end(out *o, world_code *why) __attribute__((warn_unused_result));
size_t out_rows(const out *o);

/* True where colour may be used on that stream: a terminal, and NO_COLOR unset or empty. */
bool out_color(world *w, world_stream stream);

/* How many columns of a terminal the text takes (wide and combining characters counted as such). */
size_t out_width(slice text);

/* One CSV field, quoted if it has to be, into `to` (as much as fits); how many bytes it takes. */
size_t out_csv_field(slice field, char *to, size_t capacity);

#endif
