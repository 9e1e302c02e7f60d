/* See frame.h. */
#include "frame.h"

#include <stdint.h>
#include <stdlib.h>

static void drop(frame_reader *r, size_t bytes) {
  if (bytes) memmove(r->p, r->p + bytes, r->n - bytes);
  r->n -= bytes;
}

static void settle(frame_reader *r) {
  drop(r, r->taken);
  r->taken = 0;
  size_t skip = r->skipped < r->n ? r->skipped : r->n;
  drop(r, skip);
  r->skipped -= skip;
}

void frame_feed(frame_reader *r, slice bytes) {
  settle(r);
  if (r->n + bytes.n > r->room) {
    r->room = (r->n + bytes.n) * 2;
    r->p = realloc(r->p, r->room);
    if (!r->p) arena_exhausted();
  }
  if (bytes.n) memcpy(r->p + r->n, bytes.p, bytes.n);
  r->n += bytes.n;
  settle(r);
}

/* Behind the empty line that ends the headers; 0: it is not there yet. A line may end with LF alone. */
static size_t headers_end(const frame_reader *r) {
  for (size_t i = 0; i < r->n; i++) {
    if (r->p[i] != '\n') continue;
    size_t next = i + 1;
    if (next < r->n && r->p[next] == '\r') next++;
    if (next < r->n && r->p[next] == '\n') return next + 1;
  }
  return 0;
}

static bool same_word(slice s, slice word) {
  if (s.n != word.n) return false;
  for (size_t i = 0; i < s.n; i++) {
    char c = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] - 'A' + 'a') : s.p[i];
    if (c != word.p[i]) return false;
  }
  return true;
}

/* What Content-Length says; SIZE_MAX: it is not there, or no number. */
static size_t length_said(slice headers) {
  while (headers.n) {
    const char *end = memchr(headers.p, '\n', headers.n);
    size_t bytes = end ? (size_t)(end - headers.p) : headers.n;
    slice line = {headers.p, bytes};
    const char *colon = bytes ? memchr(line.p, ':', line.n) : NULL;
    size_t name = colon ? (size_t)(colon - line.p) : 0;
    headers.p += bytes + (end != NULL);
    headers.n -= bytes + (end != NULL);
    if (!colon || !same_word(slice_trim((slice){line.p, name}), SLICE("content-length"))) continue;
    slice digits = slice_trim((slice){line.p + name + 1, line.n - name - 1});
    size_t said = 0;
    for (size_t i = 0; i < digits.n; i++) {
      if (digits.p[i] < '0' || digits.p[i] > '9' || said > SIZE_MAX / 20) return SIZE_MAX;
      said = said * 10 + (size_t)(digits.p[i] - '0');
    }
    return digits.n ? said : SIZE_MAX;
  }
  return SIZE_MAX;
}

frame_status frame_next(frame_reader *r, slice *message) {
  *message = (slice){NULL, 0};
  settle(r);
  size_t headers = headers_end(r);
  if (!headers || headers > FRAME_HEADER_MAX) {
    if (!headers && r->n <= FRAME_HEADER_MAX) return FRAME_MORE;
    drop(r, headers ? headers : r->n);
    return FRAME_BROKEN;
  }
  size_t bytes = length_said((slice){r->p, headers});
  if (bytes > FRAME_BYTES_MAX) {
    drop(r, headers);
    if (bytes != SIZE_MAX) r->skipped = bytes;
    return FRAME_BROKEN;
  }
  if (r->n - headers < bytes) return FRAME_MORE;
  *message = (slice){r->p + headers, bytes};
  r->taken = headers + bytes;
  return FRAME_MESSAGE;
}

void frame_free(frame_reader *r) {
  free(r->p);
  *r = (frame_reader){0};
}

slice frame_written(slice message, arena *perm) {
  return arena_printf(perm, "Content-Length: %zu\r\n\r\n%.*s", message.n, SLICE_ARG(message));
}
