/* What a person wrote into a query's file, looked at without understanding SQL: where its texts, names and comments
 * end, so that `:since` is replaced where it is a parameter and nowhere else. See sql_impl.h. */
#include <stdio.h>

#include "lang/base/text.h"
#include "sql_impl.h"

static bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Behind `mark`, which begins at `from`; the end of the text where there is none. */
static size_t behind(slice s, size_t from, const char *mark, size_t n) {
  for (size_t i = from; i + n <= s.n; i++)
    if (memcmp(s.p + i, mark, n) == 0) return i + n;
  return s.n;
}

/* $tag$ ... $tag$; `from` where it is no such text. */
static size_t dollars(slice s, size_t from) {
  size_t i = from + 1;
  while (i < s.n && is_name(s.p[i])) i++;
  if (i >= s.n || s.p[i] != '$' || (from && is_name(s.p[from - 1]))) return from;
  return behind(s, i + 1, s.p + from, i + 1 - from);
}

/* Behind the comment, text or quoted name that begins at `i`; `i` where none does. *blank: it was a comment. */
static size_t skip(slice s, size_t i, bool *blank) {
  *blank = false;
  char c = s.p[i], next = i + 1 < s.n ? s.p[i + 1] : 0;
  if ((c == '-' && next == '-') || (c == '/' && next == '*')) {
    *blank = true;
    return c == '-' ? behind(s, i, "\n", 1) : behind(s, i + 2, "*/", 2);
  }
  if (c == '\'' || c == '"' || c == '`') return behind(s, i + 1, &c, 1); /* a doubled quote begins the next one */
  return c == '$' ? dollars(s, i) : i;
}

const char *sql_one_statement(slice written, slice *out) {
  bool blank, any = false;
  size_t end = written.n;
  if (slice_starts(written, SLICE("\xEF\xBB\xBF"))) written = (slice){written.p + 3, written.n - 3}, end = written.n;
  for (size_t i = 0; i < written.n;) {
    size_t past = skip(written, i, &blank);
    char c = written.p[i];
    bool space = c == ' ' || c == '\n' || c == '\r' || c == '\t' || (past > i && blank);
    if (c == 0) return "it holds a NUL byte";
    if (!space && c == ';' && end == written.n)
      end = i;
    else if (!space && end < written.n && c != ';')
      return "it holds more than one statement: a file has one query";
    else if (!space && c != ';')
      any = true;
    i = past > i ? past : i + 1;
  }
  *out = (slice){written.p, end};
  return any ? NULL : "it is empty";
}

/* The name of the parameter that begins at `i` with a colon; empty: it is none (`::text`, `12:30`). */
static slice parameter(slice s, size_t i) {
  size_t n = i + 1;
  if (s.p[i] != ':' || (i && (s.p[i - 1] == ':' || is_name(s.p[i - 1])))) return (slice){0};
  while (n < s.n && is_name(s.p[n])) n++;
  bool letter = n > i + 1 && !(s.p[i + 1] >= '0' && s.p[i + 1] <= '9');
  return letter ? (slice){s.p + i + 1, n - i - 1} : (slice){0};
}

bool sql_names(slice written, const char *name) {
  bool blank;
  for (size_t i = 0; i < written.n;) {
    size_t past = skip(written, i, &blank);
    if (past == i && slice_eq(parameter(written, i), slice_of(name))) return true;
    i = past > i ? past : i + 1;
  }
  return false;
}

static const char *unknown(slice name, const char *const *names, size_t count, arena *perm) {
  text t = text_new(perm);
  text_printf(&t, "it asks for :%.*s, and there is ", (int)(name.n < 40 ? name.n : 40), name.p);
  for (size_t i = 0; i < count; i++) text_printf(&t, "%s:%s", i ? ", " : "", names[i]);
  if (count == 0) text_cstr(&t, "no parameter");
  return text_slice(&t).p;
}

const char *sql_prepare(const sql_engine *e, slice written, const char *const *names, const slice *values, size_t count,
                        arena *perm, sql_statement *out) {
  text t = text_new(perm);
  bool blank;
  out->values = 0;
  for (size_t i = 0; i < written.n;) {
    size_t past = skip(written, i, &blank), k = 0;
    slice name = past == i ? parameter(written, i) : (slice){0};
    if (!name.n) {
      past = past > i ? past : i + 1;
      text_add(&t, (slice){written.p + i, past - i});
      i = past;
      continue;
    }
    while (k < count && !slice_eq(name, slice_of(names[k]))) k++;
    if (k == count) return unknown(name, names, count, perm);
    if (out->values == SQL_VALUES_MAX) return "it has more parameters than are taken";
    char mark[64];
    int n = snprintf(mark, sizeof mark, strcmp(names[k], "since") == 0 ? e->since : e->value, out->values + 1);
    out->value[out->values++] = values[k];
    text_add(&t, (slice){mark, (size_t)n});
    i += name.n + 1;
  }
  out->text = text_slice(&t);
  return NULL;
}
