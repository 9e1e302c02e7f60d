/* A slice: a piece of text that somebody else owns. Never NUL-terminated by contract. */
#ifndef DUN_BASE_SLICE_H
#define DUN_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct slice {
  const char *p;
  size_t n;
} slice;

#define SLICE(literal) ((slice){(literal), sizeof(literal) - 1})
#define SLICE_ARG(s) (int)(s).n, (s).p /* for "%.*s" */

static inline slice slice_of(const char *cstr) { return (slice){cstr, cstr ? strlen(cstr) : 0}; }
static inline bool slice_eq(slice a, slice b) { return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0); }
static inline bool slice_starts(slice s, slice head) {
  return head.n == 0 || (s.n >= head.n && memcmp(s.p, head.p, head.n) == 0);
}

/* Byte order, shorter first on a common prefix: <0, 0, >0. */
int slice_cmp(slice a, slice b);
/* FNV-1a over the bytes, its halves mixed: for tables in memory. */
uint32_t slice_hash(slice s);
/* Spaces, tabs, CR and LF taken off both ends. */
slice slice_trim(slice s);

#endif
