/* See urlencoded.h. */
#include "urlencoded.h"

#include "lang/base/utf8.h"

static int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/* A % without two digits behind it stands for itself. */
static slice decoded(slice s, arena *perm) {
  char *p = ARENA_ARRAY(perm, s.n + 1, char);
  size_t n = 0;
  for (size_t i = 0; i < s.n; i++) {
    bool coded = s.p[i] == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0;
    p[n++] = coded ? (char)(hex(s.p[i + 1]) * 16 + hex(s.p[i + 2])) : s.p[i] == '+' ? ' ' : s.p[i];
    if (coded) i += 2;
  }
  return (slice){p, n};
}

static size_t up_to(slice s, char c) {
  const char *at = s.n ? memchr(s.p, c, s.n) : NULL;
  return at ? (size_t)(at - s.p) : s.n;
}

static slice behind(slice s, size_t n) { return n < s.n ? (slice){s.p + n, s.n - n} : (slice){0}; }

bool urlencoded_read(slice s, arena *perm, const hook_value **out, size_t *count) {
  hook_value *v = ARENA_ARRAY(perm, URLENCODED_FIELDS_MAX, hook_value);
  *count = 0;
  *out = v;
  while (s.n) {
    slice pair = {s.p, up_to(s, '&')};
    s = behind(s, pair.n + 1);
    if (pair.n == 0) continue;
    if (*count == URLENCODED_FIELDS_MAX) return false;
    slice name = {pair.p, up_to(pair, '=')};
    hook_value x = {decoded(name, perm), decoded(behind(pair, name.n + 1), perm)};
    if (!utf8_valid(x.name) || !utf8_valid(x.value) || (x.value.n && memchr(x.value.p, 0, x.value.n))) return false;
    v[(*count)++] = x;
  }
  return true;
}

slice urlencoded_value(const hook_value *v, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++)
    if (slice_eq(v[i].name, slice_of(name))) return v[i].value;
  return (slice){0};
}
