/* Places of the protocol: line and character, both from 0, the character counted as the client and the server have
 * agreed (bytes of UTF-8, or units of UTF-16); and addresses of files. Here they become bytes and paths. */
#ifndef DUN_LSP_PLACE_H
#define DUN_LSP_PLACE_H

#include <stdint.h>

#include "lang/base/arena.h"
#include "lang/base/slice.h"

typedef enum place_units { PLACE_UTF16, PLACE_UTF8 } place_units;

typedef struct place {
  uint32_t line, character;
} place;

/* The starts of a text's lines. A line ends with LF, CR LF or CR. */
typedef struct line_table {
  slice text;
  const uint32_t *from;
  uint32_t n;
} line_table;

line_table lines_of_text(slice text, arena *perm);
/* A character past the line's end is its end, a line past the last is the end of the text; never inside of a
 * character. */
uint32_t place_bytes(const line_table *t, place at, place_units units);
place place_of_bytes(const line_table *t, uint32_t at, place_units units);

/* "file:///a/b%20c.dun" -> "/a/b c.dun"; what is no file's address is kept as it is. */
slice path_of_uri(slice uri, arena *perm);
slice uri_of_path(slice path, arena *perm);

#endif
