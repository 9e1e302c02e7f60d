/* CSV records (RFC 4180) out of a file, one at a time, in flat memory: quoted fields with separators, line ends and
 * doubled quotes; LF or CRLF; a byte order mark is skipped.
 *
 * Invariant: `raw` is always what stood in the file, and after a broken record reading goes on at the line below the
 * one it began on, so that one bad quote costs one line and not the rest of the file. */
#ifndef DUN_ERP_CSV_READ_H
#define DUN_ERP_CSV_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/world.h"

#define CSV_RECORD_MAX ((size_t)1 << 20) /* bytes of a record, its line end counted */
#define CSV_COLUMNS_MAX 240

typedef enum csv_got {
  CSV_GOT_ROW,
  CSV_GOT_END,
  CSV_GOT_TOO_LONG,  /* past CSV_RECORD_MAX: raw is its beginning, csv_rest gives the rest of the line */
  CSV_GOT_UNCLOSED,  /* a quote is not closed by the end of the file or within CSV_RECORD_MAX */
  CSV_GOT_BAD_QUOTE, /* text after a closing quote */
  CSV_GOT_TOO_WIDE,  /* more than CSV_COLUMNS_MAX fields */
  CSV_GOT_FAILURE    /* the world: see `failure` */
} csv_got;

typedef struct csv_reader {
  world *w;
  world_file *file;
  char separator;
  world_code failure;

  /* The record at hand; valid until the next call. */
  slice raw;                    /* without its line end */
  uint64_t line;                /* on which it begins, from 1 */
  slice field[CSV_COLUMNS_MAX]; /* in NFC */
  size_t count;

  uint64_t done; /* bytes read past, for a progress bar */

  char *buffer;
  size_t from, to; /* not yet read past */
  bool at_end;
  uint64_t next_line;
  char *unquoted; /* of fields with doubled quotes */
  size_t unquoted_n;
  char *composed; /* of fields with combining marks */
} csv_reader;

WORLD_MUST world_code csv_open(csv_reader *r, world *w, const char *path);
void csv_close(csv_reader *r); /* also after a failed csv_open */

/* The first line, without its end and byte order mark, not read past; to look which separator it has. */
WORLD_MUST world_code csv_peek_line(csv_reader *r, slice *line);

WORLD_MUST csv_got csv_next(csv_reader *r);
/* After CSV_GOT_TOO_LONG: more of the line's raw bytes; an empty piece when it is over. */
WORLD_MUST world_code csv_rest(csv_reader *r, slice *piece);

#endif
