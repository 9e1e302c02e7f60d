/* See json.h: the writer.
 *
 * Invariant: what comes out is JSON whatever the texts hold. */
#include <assert.h>

#include "json.h"
#include "lang/base/text.h"
#include "lang/base/utf8.h"

struct json_writer {
  text t;
  unsigned depth;
  char end[JSON_DEPTH_MAX]; /* of the open lists and objects */
  bool filled[JSON_DEPTH_MAX];
  bool begun;
};

json_writer *json_write(arena *perm) {
  json_writer *w = ARENA_NEW(perm, json_writer);
  w->t = text_new(perm);
  return w;
}

static void escape_one(text *t, unsigned char c) {
  static const char MEANT[] = "\"\\\b\f\n\r\t", NAMES[] = "\"\\bfnrt";
  const char *which = c ? strchr(MEANT, c) : NULL;
  if (which) {
    text_char(t, '\\');
    text_char(t, NAMES[which - MEANT]);
  } else {
    text_printf(t, "\\u%04X", c);
  }
}

static void add_escaped(text *t, slice s) {
  size_t bad = utf8_bad_at(s);
  for (size_t from = 0; from <= s.n;) {
    size_t at = from;
    while (at < s.n && at < bad && (unsigned char)s.p[at] >= ' ' && s.p[at] != '"' && s.p[at] != '\\') at++;
    if (at > from) text_add(t, (slice){s.p + from, at - from});
    if (at == s.n) return;
    if (at == bad) {
      text_cstr(t, "\xEF\xBF\xBD");
      bad = at + 1 + utf8_bad_at((slice){s.p + at + 1, s.n - at - 1});
    } else {
      escape_one(t, (unsigned char)s.p[at]);
    }
    from = at + 1;
  }
}

slice json_escaped(slice value, arena *perm) {
  text t = text_new(perm);
  add_escaped(&t, value);
  return text_slice(&t);
}

static void add_quoted(text *t, slice s) {
  text_char(t, '"');
  add_escaped(t, s);
  text_char(t, '"');
}

/* What stands before a value: the comma, and its name. */
static text *before(json_writer *w, const slice *name) {
  if (w->depth == 0) {
    assert(!w->begun && !name);
    w->begun = true;
    return &w->t;
  }
  unsigned in = w->depth - 1;
  assert((w->end[in] == '}') == (name != NULL));
  if (w->filled[in]) text_char(&w->t, ',');
  w->filled[in] = true;
  if (name) add_quoted(&w->t, *name);
  if (name) text_char(&w->t, ':');
  return &w->t;
}

static text *named(json_writer *w, const char *name) {
  slice s = slice_of(name);
  return before(w, name ? &s : NULL);
}

static void open_one(json_writer *w, const slice *name, char begin, char end) {
  text_char(before(w, name), begin);
  assert(w->depth < JSON_DEPTH_MAX);
  w->end[w->depth] = end;
  w->filled[w->depth++] = false;
}

void json_begin_object(json_writer *w, const char *name) {
  slice s = slice_of(name);
  open_one(w, name ? &s : NULL, '{', '}');
}
void json_begin_list(json_writer *w, const char *name) {
  slice s = slice_of(name);
  open_one(w, name ? &s : NULL, '[', ']');
}
void json_end(json_writer *w) {
  assert(w->depth > 0);
  text_char(&w->t, w->end[--w->depth]);
}

void json_put_text(json_writer *w, const char *name, slice value) { add_quoted(named(w, name), value); }
void json_put_int(json_writer *w, const char *name, int64_t value) {
  char digits[24];
  size_t at = sizeof digits;
  uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  do digits[--at] = (char)('0' + left % 10);
  while (left /= 10);
  if (value < 0) digits[--at] = '-';
  text_add(named(w, name), (slice){digits + at, sizeof digits - at});
}
void json_put_number(json_writer *w, const char *name, slice digits) { text_add(named(w, name), digits); }
void json_put_bool(json_writer *w, const char *name, bool value) {
  text_cstr(named(w, name), value ? "true" : "false");
}
void json_put_null(json_writer *w, const char *name) { text_cstr(named(w, name), "null"); }

static void put_value(json_writer *w, const slice *name, const json *value) {
  json_kind kind = json_kind_of(value);
  switch (kind) {
  case JSON_NULL: text_cstr(before(w, name), "null"); return;
  case JSON_FALSE:
  case JSON_TRUE:
  case JSON_NUMBER: text_add(before(w, name), json_text(value)); return;
  case JSON_TEXT: add_quoted(before(w, name), json_text(value)); return;
  case JSON_LIST:
  case JSON_OBJECT: break;
  }
  bool object = kind == JSON_OBJECT;
  open_one(w, name, object ? '{' : '[', object ? '}' : ']');
  for (size_t i = 0; i < json_count(value); i++) {
    const json *item = json_item(value, i);
    slice its = json_name(item);
    put_value(w, object ? &its : NULL, item);
  }
  json_end(w);
}

void json_put_json(json_writer *w, const char *name, const json *value) {
  slice s = slice_of(name);
  put_value(w, name ? &s : NULL, value);
}

slice json_written(json_writer *w) {
  assert(w->depth == 0 && w->begun);
  return text_slice(&w->t);
}
