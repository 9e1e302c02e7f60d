/* See audit.h. Reading compares with what writing would give: what is not written in the one way does not fit. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "runtime/hash.h"

static_assert(STORE_HASH_BYTES * 2 + 1 >= HASH_HEX_MAX, "a head holds a hash");

static void add_string(text *out, slice s) {
  text_char(out, '"');
  for (size_t i = 0; i < s.n; i++) {
    unsigned char c = (unsigned char)s.p[i];
    if (c < 0x20)
      text_printf(out, "\\u%04x", c);
    else if (c == '"' || c == '\\')
      text_printf(out, "\\%c", c);
    else
      text_char(out, (char)c);
  }
  text_char(out, '"');
}

static void add_hash(text *out, const audit_chain *c) {
  char hex[HASH_HEX_MAX];
  hash_hex(c->hash, hex);
  text_printf(out, "\"%s\"}\n", hex);
}

void audit_line(text *out, const audit_chain *c, int64_t at, const store_event *e) {
  text_printf(out, "{\"seq\":%lld,\"at\":%lld,\"kind\":", (long long)c->seq, (long long)at);
  add_string(out, e->kind);
  text_printf(out, ",\"actor\":");
  add_string(out, e->actor);
  text_printf(out, ",\"subject\":");
  add_string(out, e->subject);
  text_printf(out, ",\"detail\":");
  add_string(out, e->detail);
  text_printf(out, ",\"hash\":");
  add_hash(out, c);
}

void audit_last_line(text *out, const audit_chain *c) {
  text_printf(out, "{\"entries\":%lld,\"head\":", (long long)c->seq);
  add_hash(out, c);
}

/* ---- reading ---- */

typedef struct reader {
  const char *p, *end;
  arena *scratch;
} reader;

/* What stands after `key` at the reader, a number. */
static bool take_int(reader *r, const char *key, int64_t *value) {
  size_t n = strlen(key);
  char digits[24];
  size_t d = 0;
  if ((size_t)(r->end - r->p) < n || memcmp(r->p, key, n) != 0) return false;
  for (r->p += n; r->p < r->end && d + 1 < sizeof digits && (*r->p == '-' || (*r->p >= '0' && *r->p <= '9'));)
    digits[d++] = *r->p++;
  digits[d] = 0;
  *value = strtoll(digits, NULL, 10);
  return d > 0;
}

static bool take_string(reader *r, const char *key, slice *value) {
  size_t n = strlen(key);
  if ((size_t)(r->end - r->p) < n + 1 || memcmp(r->p, key, n) != 0 || r->p[n] != '"') return false;
  text t = text_new(r->scratch);
  for (r->p += n + 1; r->p < r->end && *r->p != '"'; r->p++) {
    if (*r->p != '\\') {
      text_char(&t, *r->p);
      continue;
    }
    if (r->end - r->p < 2) return false;
    if (*++r->p != 'u') {
      text_char(&t, *r->p);
      continue;
    }
    char hex[5] = {0};
    if (r->end - r->p < 5) return false;
    memcpy(hex, r->p + 1, 4);
    text_char(&t, (char)strtol(hex, NULL, 16));
    r->p += 4;
  }
  if (r->p == r->end) return false;
  r->p++;
  *value = text_slice(&t);
  return true;
}

/* One entry's line: it fits where the chain, moved on by what it says, writes the same bytes. */
static bool fits(slice line, audit_chain *c, arena *scratch) {
  reader r = {line.p, line.p + line.n, scratch};
  int64_t seq, at;
  store_event e;
  if (!take_int(&r, "{\"seq\":", &seq) || !take_int(&r, ",\"at\":", &at) || !take_string(&r, ",\"kind\":", &e.kind) ||
      !take_string(&r, ",\"actor\":", &e.actor) || !take_string(&r, ",\"subject\":", &e.subject) ||
      !take_string(&r, ",\"detail\":", &e.detail))
    return false;
  audit_link(c, at, &e);
  text again = text_new(scratch);
  audit_line(&again, c, at, &e);
  return slice_eq(text_slice(&again), line);
}

bool audit_verify_file(slice file, int64_t *entries, int64_t *line, char head[STORE_HASH_BYTES * 2 + 1]) {
  audit_chain c = {.seq = 0};
  bool ended = false, good = true;
  *entries = *line = 0;
  for (const char *p = file.p, *end = file.p + file.n; p < end && good;) {
    const char *newline = memchr(p, '\n', (size_t)(end - p));
    slice one = {p, newline ? (size_t)(newline - p) + 1 : (size_t)(end - p)};
    p += one.n;
    ++*line;
    arena *scratch = arena_new();
    text last = text_new(scratch);
    audit_last_line(&last, &c);
    if (ended)
      good = false; /* nothing stands after the last line */
    else if (slice_eq(text_slice(&last), one))
      ended = true;
    else if ((good = fits(one, &c, scratch)))
      ++*entries;
    arena_free(scratch);
  }
  hash_hex(c.hash, head);
  if (good && !ended) ++*line;
  return good && ended;
}
