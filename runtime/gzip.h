/* Bytes as gzip writes them, for who takes them so (RFC 1952). */
#ifndef DUN_GZIP_H
#define DUN_GZIP_H

#include <stdbool.h>

#include "lang/base/arena.h"
#include "lang/base/slice.h"

/* False: it would not be shorter, or there is no memory. *out in `perm`. */
bool gzip_bytes(slice in, arena *perm, slice *out);

#endif
