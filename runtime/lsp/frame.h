/* Messages in a stream of bytes, as the language server protocol frames them: headers of a line each, an empty line,
 * then as many bytes as Content-Length says. Pure: bytes in, messages out.
 *
 * Invariant: whatever comes in, the reader goes on; what it keeps is at most the bounds below. Of headers that say no
 * length it skips to the next that do. */
#ifndef DUN_LSP_FRAME_H
#define DUN_LSP_FRAME_H

#include "lang/base/arena.h"
#include "lang/base/slice.h"

enum { FRAME_HEADER_MAX = 4096, FRAME_BYTES_MAX = 64 << 20 };

typedef enum frame_status {
  FRAME_MORE,    /* no whole message is there */
  FRAME_MESSAGE, /* one is */
  FRAME_BROKEN   /* headers without a length, or with one past the bound: they were skipped */
} frame_status;

typedef struct frame_reader {
  char *p; /* malloc's: what came and was not handed out */
  size_t n, room;
  size_t taken;   /* of them, by the last message */
  size_t skipped; /* bytes of an oversized message that are still to come */
} frame_reader;

void frame_feed(frame_reader *r, slice bytes);
/* The next message; it stays until the reader is asked or fed again. */
frame_status frame_next(frame_reader *r, slice *message);
void frame_free(frame_reader *r);
/* A message with its headers. */
slice frame_written(slice message, arena *perm);

#endif
