/* See json.h: the reader. The text is copied once; names, texts and numbers are pieces of the copy, escapes are undone
 * in place. The members of an object and the items of a list lie side by side.
 *
 * Invariant: the copy ends with a NUL, which stands in no JSON, so that every scan ends there. */
#include "json.h"

#include <stdlib.h>

#include "lang/base/utf8.h"

struct json {
  const char *name; /* NULL: no member */
  union {
    const char *text; /* TEXT, NUMBER */
    const json *item; /* LIST, OBJECT */
  } v;
  uint32_t name_n, n; /* bytes, or items */
  json_kind kind;
};

typedef struct reader {
  char *at;
  const char *wrong; /* NULL: nothing so far */
  arena *perm;
  json *open; /* what has been read of lists and objects that have not ended, the innermost last */
  size_t n, room;
} reader;

/* ---- texts ---- */

/* What ends a run of plain bytes in a text: quote, backslash, control characters. Bytes from 0x80 on are 2. */
static const uint8_t BYTE[256] = {1, 1, 1, 1, 1,         1,          1,
                                  1, 1, 1, 1, 1,         1,          1,
                                  1, 1, 1, 1, 1,         1,          1,
                                  1, 1, 1, 1, 1,         1,          1,
                                  1, 1, 1, 1, ['"'] = 1, ['\\'] = 1, [128 ... 255] = 2};

static bool wrong(reader *r, const char *what) {
  if (!r->wrong) r->wrong = what;
  return false;
}

static bool hex4(const char *s, uint32_t *out) {
  *out = 0;
  for (int i = 0; i < 4; i++) {
    char c = s[i];
    uint32_t digit;
    if (c >= '0' && c <= '9')
      digit = (uint32_t)(c - '0');
    else if ((c | 32) >= 'a' && (c | 32) <= 'f')
      digit = (uint32_t)((c | 32) - 'a') + 10;
    else
      return false;
    *out = *out << 4 | digit;
  }
  return true;
}

/* Behind "\u"; writes what is never longer than the escape. */
static bool unicode(reader *r, char **to) {
  uint32_t cp, low;
  if (!hex4(r->at, &cp)) return wrong(r, "four hexadecimal digits are missing behind \\u");
  r->at += 4;
  if (cp >= 0xD800 && cp < 0xDC00 && r->at[0] == '\\' && r->at[1] == 'u' && hex4(r->at + 2, &low) && low >= 0xDC00 &&
      low < 0xE000) {
    r->at += 6;
    cp = 0x10000 + ((cp - 0xD800) << 10) + (low - 0xDC00);
  }
  if (cp == 0 || (cp >= 0xD800 && cp < 0xE000)) cp = 0xFFFD;
  *to += utf8_encode(cp, *to);
  return true;
}

static bool escape(reader *r, char **to) {
  static const char NAMES[] = "\"\\/bfnrt", MEANT[] = "\"\\/\b\f\n\r\t";
  char c = *r->at;
  const char *which = c ? strchr(NAMES, c) : NULL;
  if (c == 'u') {
    r->at++;
    return unicode(r, to);
  }
  if (!which) return wrong(r, "the backslash has no meaning");
  *(*to)++ = MEANT[which - NAMES];
  r->at++;
  return true;
}

/* At the quote; afterwards behind its partner. */
static bool read_text(reader *r, const char **out, uint32_t *n) {
  char *from = ++r->at, *to = from;
  uint8_t seen = 0;
  for (;;) {
    char *run = r->at;
    while (BYTE[(uint8_t)*r->at] != 1) seen |= BYTE[(uint8_t)*r->at++];
    size_t length = (size_t)(r->at - run);
    if (to != run) memmove(to, run, length);
    to += length;
    if (*r->at == '"') break;
    if (*r->at != '\\') return wrong(r, "a text does not end, or holds a control character");
    r->at++;
    if (!escape(r, &to)) return false;
  }
  r->at++;
  *out = from;
  *n = (uint32_t)(to - from);
  return !seen || utf8_valid((slice){from, *n}) || wrong(r, "a text is not UTF-8");
}

/* ---- values ---- */

static void skip_blank(reader *r) {
  while (*r->at == ' ' || *r->at == '\n' || *r->at == '\r' || *r->at == '\t') r->at++;
}

static size_t digits(const char *s) {
  size_t n = 0;
  while (s[n] >= '0' && s[n] <= '9') n++;
  return n;
}

/* The length of the number at `s`, which ends with a byte that is in none; 0: there is none. */
static size_t number_length(const char *s) {
  const char *at = s + (*s == '-');
  size_t whole = digits(at);
  if (whole == 0 || (whole > 1 && *at == '0')) return 0;
  at += whole;
  if (*at == '.') {
    size_t n = digits(at + 1);
    if (n == 0) return 0;
    at += n + 1;
  }
  if (*at == 'e' || *at == 'E') {
    at += 1 + (at[1] == '+' || at[1] == '-');
    size_t n = digits(at);
    if (n == 0) return 0;
    at += n;
  }
  return (size_t)(at - s);
}

static bool read_word(reader *r, const char *word, json_kind kind, json *out) {
  size_t n = strlen(word);
  if (strncmp(r->at, word, n) != 0) return wrong(r, "a value is expected");
  r->at += n;
  out->kind = kind;
  return true;
}

static void keep(reader *r, const json *value) {
  if (r->n == r->room) {
    r->room = r->room ? r->room * 2 : 256;
    r->open = realloc(r->open, r->room * sizeof *r->open);
    if (!r->open) arena_exhausted();
  }
  r->open[r->n++] = *value;
}

static bool read_value(reader *r, unsigned depth, json *out);

static bool read_member_name(reader *r, json *out) {
  if (*r->at != '"') return wrong(r, "a name in quotes is expected");
  if (!read_text(r, &out->name, &out->name_n)) return false;
  skip_blank(r);
  if (*r->at != ':') return wrong(r, "a colon is expected");
  r->at++;
  skip_blank(r);
  return true;
}

/* At the bracket; afterwards behind its partner. */
static bool read_inside(reader *r, unsigned depth, json *out) {
  size_t from = r->n;
  char end = *r->at == '{' ? '}' : ']';
  out->kind = *r->at == '{' ? JSON_OBJECT : JSON_LIST;
  if (depth == JSON_DEPTH_MAX) return wrong(r, "it is nested too deep");
  r->at++;
  skip_blank(r);
  bool more = *r->at != end;
  while (more) {
    json item = {0};
    if (end == '}' && !read_member_name(r, &item)) return false;
    if (!read_value(r, depth + 1, &item)) return false;
    keep(r, &item);
    skip_blank(r);
    more = *r->at == ',';
    if (!more && *r->at != end) return wrong(r, "a comma or the end of a list or object is expected");
    if (more) r->at++;
    if (more) skip_blank(r);
  }
  r->at++;
  size_t n = r->n - from;
  json *items = arena_room(r->perm, n, sizeof *items);
  if (n) memcpy(items, r->open + from, n * sizeof *items);
  out->v.item = items;
  out->n = (uint32_t)n;
  r->n = from;
  return true;
}

static bool read_value(reader *r, unsigned depth, json *out) {
  switch (*r->at) {
  case '{':
  case '[': return read_inside(r, depth, out);
  case '"': out->kind = JSON_TEXT; return read_text(r, &out->v.text, &out->n);
  case 't': return read_word(r, "true", JSON_TRUE, out);
  case 'f': return read_word(r, "false", JSON_FALSE, out);
  case 'n': return read_word(r, "null", JSON_NULL, out);
  default: break;
  }
  size_t n = number_length(r->at);
  if (n == 0) return wrong(r, "a value is expected");
  out->kind = JSON_NUMBER;
  out->v.text = r->at;
  out->n = (uint32_t)n;
  r->at += n;
  return true;
}

const json *json_parse(slice text, arena *perm, slice *why) {
  if (text.n > JSON_BYTES_MAX) {
    *why = SLICE("it is not JSON that is read here: it is longer than 256 MB");
    return NULL;
  }
  char *copy = arena_room(perm, text.n + 1, 1);
  if (text.n) memcpy(copy, text.p, text.n);
  copy[text.n] = 0;
  reader r = {.at = copy, .perm = perm};
  if (slice_starts(text, SLICE("\xEF\xBB\xBF"))) r.at += 3;
  json *root = ARENA_NEW(perm, json);
  skip_blank(&r);
  bool fine = read_value(&r, 0, root);
  if (fine) skip_blank(&r);
  size_t at = (size_t)(r.at - copy);
  fine = fine && (at == text.n || wrong(&r, "something stands behind the end"));
  free(r.open);
  if (fine) return root;
  *why = arena_printf(perm, "it is not JSON: at byte %zu %s", at, r.wrong);
  return NULL;
}

/* ---- what was read ---- */

static bool is_text(const json *j) { return j && (j->kind == JSON_TEXT || j->kind == JSON_NUMBER); }
static bool is_inside(const json *j) { return j && (j->kind == JSON_LIST || j->kind == JSON_OBJECT); }

json_kind json_kind_of(const json *j) { return j ? j->kind : JSON_NULL; }
slice json_name(const json *j) { return j ? (slice){j->name, j->name_n} : (slice){0}; }
size_t json_count(const json *j) { return is_inside(j) ? j->n : 0; }
const json *json_item(const json *j, size_t i) { return i < json_count(j) ? j->v.item + i : NULL; }

const json *json_member(const json *j, slice name) {
  if (!j || j->kind != JSON_OBJECT) return NULL;
  for (const json *m = j->v.item + j->n; m-- > j->v.item;)
    if (m->name_n == name.n && (name.n == 0 || memcmp(m->name, name.p, name.n) == 0)) return m;
  return NULL;
}

const json *json_at(const json *j, const char *path) {
  while (j && *path) {
    if (*path == '[') {
      size_t i = 0, n = digits(path + 1);
      if (n == 0 || n > 9 || path[n + 1] != ']' || j->kind != JSON_LIST) return NULL;
      for (size_t k = 0; k < n; k++) i = i * 10 + (size_t)(path[k + 1] - '0');
      j = json_item(j, i);
      path += n + 2;
    } else {
      size_t n = strcspn(path, ".[");
      j = json_member(j, (slice){path, n});
      path += n;
    }
    if (*path == '.') path++;
  }
  return j;
}

slice json_text(const json *j) {
  if (is_text(j)) return (slice){j->v.text, j->n};
  if (!j || (j->kind != JSON_TRUE && j->kind != JSON_FALSE)) return (slice){0};
  return j->kind == JSON_TRUE ? SLICE("true") : SLICE("false");
}
slice json_text_at(const json *j, const char *path) { return json_text(json_at(j, path)); }

bool json_true(const json *j) {
  static const char *const YES[] = {"true", "S", "Y", "tYES", "1"};
  slice s = json_text(j);
  for (size_t i = 0; i < sizeof YES / sizeof *YES; i++)
    if (slice_eq(s, slice_of(YES[i]))) return true;
  return false;
}

/* ---- numbers ---- */

/* The power of ten behind the e, bounded so that it can be reckoned with. */
static int exponent_of(slice s) {
  bool minus = s.n && s.p[0] == '-';
  int n = 0;
  for (size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+'); i < s.n && n < 1000; i++) n = n * 10 + (s.p[i] - '0');
  return minus ? -n : n;
}

bool json_decimal(const json *j, decimal *out) { return is_text(j) && json_decimal_of(json_text(j), out); }

bool json_decimal_of(slice s, decimal *out) {
  char written[64];
  if (s.n == 0 || s.n >= sizeof written) return false;
  memcpy(written, s.p, s.n);
  written[s.n] = 0;
  if (number_length(written) != s.n) return false;
  size_t e = strcspn(written, "eE");
  int power = e < s.n ? exponent_of((slice){s.p + e + 1, s.n - e - 1}) : 0;
  decimal d;
  if (decimal_parse((slice){s.p, e}, &d) != NUMBER_OK) return false;
  if (power != 0) d = decimal_trim(d);
  int scale = d.n == 0 && power != 0 ? 0 : (int)d.scale - power;
  for (; scale < 0; scale++)
    if (__builtin_mul_overflow(d.n, 10, &d.n)) return false;
  if (scale > DECIMAL_SCALE_MAX) return false;
  *out = (decimal){d.n, (uint8_t)scale};
  return true;
}

bool json_int(const json *j, int64_t *out) {
  decimal d;
  if (!json_decimal(j, &d)) return false;
  d = decimal_trim(d);
  if (d.scale != 0) return false;
  *out = d.n;
  return true;
}
