/* See gzip.h: zlib's deflate, in one piece. */
#include "gzip.h"

#include <limits.h>
#include <string.h>
#include <zlib.h>

enum { WINDOW_BITS = 15, AS_GZIP = 16, MEMORY_LEVEL = 8 };

bool gzip_bytes(slice in, arena *perm, slice *out) {
  if (in.n == 0 || in.n > INT_MAX) return false;
  z_stream z;
  memset(&z, 0, sizeof z);
  if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_BITS + AS_GZIP, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) !=
      Z_OK)
    return false;
  unsigned char *room = ARENA_ARRAY(perm, in.n, unsigned char);
  z.next_in = (z_const Bytef *)in.p;
  z.avail_in = (uInt)in.n;
  z.next_out = room;
  z.avail_out = (uInt)in.n;
  bool whole = deflate(&z, Z_FINISH) == Z_STREAM_END;
  *out = (slice){(const char *)room, in.n - z.avail_out};
  (void)deflateEnd(&z);
  return whole;
}
