/* See row_set.h. */
#include "row_set.h"

#include <stdlib.h>
#include <string.h>

#include "lang/base/text.h"

enum { BYTES_MIN = 4096 };

bool row_set_has(const row_set *s, int64_t row) {
  size_t byte = (size_t)row >> 3;
  return byte < s->bytes && (s->bits[byte] >> (row & 7) & 1);
}

void row_set_add(row_set *s, int64_t row) {
  size_t byte = (size_t)row >> 3;
  if (byte >= s->bytes) {
    size_t bytes = (byte + 1) * 2 < BYTES_MIN ? BYTES_MIN : (byte + 1) * 2;
    s->bits = realloc(s->bits, bytes);
    if (!s->bits) arena_exhausted();
    memset(s->bits + s->bytes, 0, bytes - s->bytes);
    s->bytes = bytes;
  }
  s->bits[byte] = (uint8_t)(s->bits[byte] | 1u << (row & 7));
}

void row_set_free(row_set *s) {
  free(s->bits);
  *s = (row_set){0};
}

slice row_set_text(const row_set *s, arena *perm) {
  text out = text_new(perm);
  int64_t from = -1, end = (int64_t)s->bytes * 8;
  for (int64_t row = 0; row <= end; row++) {
    if (from < 0 && row + 8 <= end && (row & 7) == 0 && !s->bits[row >> 3]) {
      row += 7;
      continue;
    }
    bool has = row < end && row_set_has(s, row);
    if (has && from < 0) from = row;
    if (has || from < 0) continue;
    text_printf(&out, "%s%lld", out.n ? "," : "", (long long)from);
    if (row - 1 > from) text_printf(&out, "-%lld", (long long)(row - 1));
    from = -1;
  }
  return text_slice(&out);
}

static bool number(slice *s, int64_t *out) {
  size_t n = 0;
  *out = 0;
  while (n < s->n && n < 18 && s->p[n] >= '0' && s->p[n] <= '9') *out = *out * 10 + (s->p[n++] - '0');
  *s = (slice){s->p + n, s->n - n};
  return n > 0;
}

bool row_set_read(row_set *s, slice ranges) {
  while (ranges.n) {
    int64_t from, to;
    if (!number(&ranges, &from)) return false;
    to = from;
    if (ranges.n && *ranges.p == '-') {
      ranges = (slice){ranges.p + 1, ranges.n - 1};
      if (!number(&ranges, &to) || to < from) return false;
    }
    for (; from <= to; from++) row_set_add(s, from);
    if (ranges.n && *ranges.p != ',') return false;
    if (ranges.n) ranges = (slice){ranges.p + 1, ranges.n - 1};
  }
  return true;
}
