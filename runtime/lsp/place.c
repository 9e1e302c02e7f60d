/* See place.h. */
#include "place.h"

#include "lang/base/text.h"
#include "lang/base/utf8.h"

line_table lines_of_text(slice all, arena *perm) {
  uint32_t n = 1;
  for (size_t i = 0; i < all.n; i++) n += all.p[i] == '\n' || all.p[i] == '\r';
  uint32_t *from = ARENA_ARRAY(perm, n, uint32_t);
  n = 1;
  for (size_t i = 0; i < all.n; i++) {
    bool pair = all.p[i] == '\r' && i + 1 < all.n && all.p[i + 1] == '\n';
    if ((all.p[i] == '\n' || all.p[i] == '\r') && !pair) from[n++] = (uint32_t)i + 1;
  }
  return (line_table){all, from, n};
}

static slice line_at(const line_table *t, uint32_t line) {
  uint32_t from = t->from[line], to = line + 1 < t->n ? t->from[line + 1] : (uint32_t)t->text.n;
  while (to > from && (t->text.p[to - 1] == '\n' || t->text.p[to - 1] == '\r')) to--;
  return (slice){t->text.p + from, to - from};
}

static uint32_t units_of(uint32_t cp, size_t bytes, place_units units) {
  return units == PLACE_UTF8 ? (uint32_t)bytes : cp >= 0x10000 ? 2 : 1;
}

uint32_t place_bytes(const line_table *t, place at, place_units units) {
  if (at.line >= t->n) return (uint32_t)t->text.n;
  slice line = line_at(t, at.line);
  uint32_t passed = 0;
  size_t i = 0;
  for (; i < line.n && passed < at.character && (unsigned char)line.p[i] < 0x80; i++) passed++;
  while (i < line.n) {
    uint32_t cp;
    size_t n = utf8_decode((slice){line.p + i, line.n - i}, &cp);
    passed += units_of(cp, n, units);
    if (passed > at.character) break;
    i += n;
  }
  return t->from[at.line] + (uint32_t)i;
}

place place_of_bytes(const line_table *t, uint32_t at, place_units units) {
  uint32_t low = 0, high = t->n;
  if (at > t->text.n) at = (uint32_t)t->text.n;
  while (high - low > 1) {
    uint32_t middle = low + (high - low) / 2;
    if (t->from[middle] <= at)
      low = middle;
    else
      high = middle;
  }
  place p = {low, 0};
  uint32_t i = t->from[low];
  for (; i < at && (unsigned char)t->text.p[i] < 0x80; i++) p.character++; /* one unit, whichever they are */
  while (i < at) {
    uint32_t cp;
    size_t n = utf8_decode((slice){t->text.p + i, t->text.n - i}, &cp);
    p.character += units_of(cp, n, units);
    i += (uint32_t)n;
  }
  return p;
}

static int hex(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

slice path_of_uri(slice uri, arena *perm) {
  slice head = SLICE("file://");
  if (!slice_starts(uri, head)) return uri;
  uri.p += head.n;
  uri.n -= head.n;
  const char *slash = uri.n ? memchr(uri.p, '/', uri.n) : NULL; /* behind a host's name, `localhost` */
  if (slash) uri = (slice){slash, uri.n - (size_t)(slash - uri.p)};
  text t = text_new(perm);
  for (size_t i = 0; i < uri.n; i++) {
    int a = i + 2 < uri.n ? hex(uri.p[i + 1]) : -1, b = i + 2 < uri.n ? hex(uri.p[i + 2]) : -1;
    if (uri.p[i] == '%' && a >= 0 && b >= 0 && a + b > 0) {
      text_char(&t, (char)(a * 16 + b));
      i += 2;
    } else {
      text_char(&t, uri.p[i]);
    }
  }
  return text_slice(&t);
}

slice uri_of_path(slice path, arena *perm) {
  static const char PLAIN[] = "/-._~";
  if (!path.n || path.p[0] != '/') return path;
  text t = text_new(perm);
  text_cstr(&t, "file://");
  for (size_t i = 0; i < path.n; i++) {
    unsigned char c = (unsigned char)path.p[i];
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr(PLAIN, c));
    if (plain)
      text_char(&t, (char)c);
    else
      text_printf(&t, "%%%02X", c);
  }
  return text_slice(&t);
}
