/* Where a mapping's values are in an answer, and what becomes of a text with holes. See rest_map.h. */
#include <stdio.h>

#include "rest_map.h"
#include "stdlib/net/http_text.h"

enum { STEPS_MAX = 32 };

/* ---- reading a path ---- */

/* A name up to one of the marks; in single quotes it may hold any. */
static slice name_at(slice s, size_t *i, const char *marks) {
  size_t from = *i;
  if (from < s.n && s.p[from] == '\'') {
    const char *end = memchr(s.p + from + 1, '\'', s.n - from - 1);
    if (!end) return (slice){0};
    *i = (size_t)(end - s.p) + 1;
    return (slice){s.p + from + 1, *i - from - 2};
  }
  while (*i < s.n && !strchr(marks, s.p[*i])) ++*i;
  return (slice){s.p + from, *i - from};
}

static const char *bracket(slice s, size_t *i, rest_step *out) {
  static const char WRONG[] = "in brackets stands a number ([0]), nothing ([]), or name=value ([Type=MOBILE])";
  size_t at = *i + 1;
  *out = (rest_step){.kind = REST_EACH};
  if (at < s.n && s.p[at] == ']') {
    *i = at + 1;
    return NULL;
  }
  bool digits = at < s.n;
  for (size_t k = at; k < s.n && s.p[k] != ']'; k++) digits &= s.p[k] >= '0' && s.p[k] <= '9' && k - at < 6;
  if (digits) {
    out->kind = REST_INDEX;
    for (; at < s.n && s.p[at] != ']'; at++) out->index = out->index * 10 + (size_t)(s.p[at] - '0');
  } else {
    out->kind = REST_WHERE;
    out->name = name_at(s, &at, "=]");
    if (!out->name.n || at >= s.n || s.p[at] != '=') return WRONG;
    at++;
    out->value = name_at(s, &at, "]");
  }
  if (at >= s.n || s.p[at] != ']') return WRONG;
  *i = at + 1;
  return NULL;
}

const char *rest_path_read(slice s, arena *perm, rest_path *out) {
  rest_step v[STEPS_MAX];
  size_t n = 0;
  s = slice_trim(s);
  *out = (rest_path){.n = 0};
  for (size_t i = 0; i < s.n;) {
    const char *wrong = NULL;
    if (n == STEPS_MAX) return "the path is longer than is taken";
    v[n] = (rest_step){.kind = REST_NAME};
    if (s.p[i] == '[') {
      wrong = bracket(s, &i, &v[n]);
    } else {
      v[n].name = name_at(s, &i, ".[");
      if (!v[n].name.n) wrong = "a name is missing: a path is written Contact.ContactID, or Phones[0].Number";
    }
    if (wrong) return wrong;
    n++;
    if (i < s.n && s.p[i] == '.') {
      if (++i == s.n) return "a name is missing behind the last point";
    } else if (i < s.n && s.p[i] != '[') {
      return "behind ] or a quoted name stands a point, a bracket or nothing";
    }
  }
  rest_step *kept = ARENA_ARRAY(perm, n + 1, rest_step);
  if (n) memcpy(kept, v, n * sizeof *kept);
  *out = (rest_path){kept, n};
  return NULL;
}

/* ---- walking it ---- */

typedef struct walk {
  const json *found[REST_MATCHES_MAX];
  size_t n;
} walk;

static void step(walk *w, const json *j, const rest_step *v, size_t n) {
  if (!j || w->n == REST_MATCHES_MAX) return;
  if (n == 0) {
    w->found[w->n++] = j;
    return;
  }
  bool list = json_kind_of(j) == JSON_LIST;
  switch (v->kind) {
  case REST_NAME: step(w, json_member(j, v->name), v + 1, n - 1); return;
  case REST_INDEX: step(w, list ? json_item(j, v->index) : NULL, v + 1, n - 1); return;
  case REST_EACH:
  case REST_WHERE: break;
  }
  for (size_t i = 0; list && i < json_count(j); i++) {
    const json *one = json_item(j, i);
    if (v->kind == REST_EACH || slice_eq(json_text(json_member(one, v->name)), v->value)) step(w, one, v + 1, n - 1);
  }
}

const json *rest_at(const json *j, const rest_path *p) {
  bool plain = true;
  for (size_t i = 0; i < p->n; i++) plain &= p->v[i].kind == REST_NAME;
  for (size_t i = 0; plain && i < p->n && j; i++) j = json_member(j, p->v[i].name);
  if (plain) return j;
  walk w;
  w.n = 0;
  step(&w, j, p->v, p->n);
  return w.n ? w.found[0] : NULL;
}

slice rest_text(const json *j, const rest_path *p, arena *perm) {
  bool many = false;
  for (size_t i = 0; i < p->n; i++) many |= p->v[i].kind == REST_EACH || p->v[i].kind == REST_WHERE;
  if (!many) return json_text(rest_at(j, p));
  walk w;
  text t = text_new(perm);
  w.n = 0;
  step(&w, j, p->v, p->n);
  for (size_t i = 0; i < w.n; i++) {
    slice one = slice_trim(json_text(w.found[i]));
    if (!one.n) continue;
    if (t.n) text_char(&t, ';');
    text_add(&t, one);
  }
  return t.n ? text_slice(&t) : (slice){0};
}

/* ---- values ---- */

static slice meant(const rest_value *v, slice said) {
  if (v->word_count == 0 && !v->has_otherwise) return said;
  for (size_t i = 0; i < v->word_count; i++)
    if (slice_eq(v->words[i].said, said)) return v->words[i].means;
  return v->has_otherwise ? v->otherwise : said;
}

slice rest_value_of(const rest_value *v, const json *record, arena *perm) {
  slice found = {0};
  if (v->constant) return v->with;
  if (!v->join) {
    for (size_t i = 0; i < v->at_count && !found.n; i++) found = slice_trim(rest_text(record, &v->at[i], perm));
    return meant(v, found);
  }
  text t = text_new(perm);
  for (size_t i = 0; i < v->at_count; i++) {
    slice one = slice_trim(rest_text(record, &v->at[i], perm));
    if (!one.n) continue;
    if (t.n) text_add(&t, v->with);
    text_add(&t, one);
  }
  return t.n ? meant(v, text_slice(&t)) : (slice){0};
}

bool rest_passes(const rest_filter *f, size_t n, const json *record, arena *perm) {
  for (size_t i = 0; i < n; i++) {
    slice is = rest_text(record, &f[i].at, perm);
    bool named = false;
    for (size_t k = 0; k < f[i].count && !named; k++) named = slice_eq(is, f[i].texts[k]);
    if (named == f[i].except) return false;
  }
  return true;
}

/* ---- texts with holes ---- */

slice rest_next_hole(slice s, size_t *at) {
  for (size_t i = *at; i < s.n; i++) {
    const char *end = s.p[i] == '{' ? memchr(s.p + i, '}', s.n - i) : NULL;
    if (!end) continue;
    *at = (size_t)(end - s.p) + 1;
    return (slice){s.p + i + 1, *at - i - 2};
  }
  *at = s.n;
  return (slice){0};
}

slice rest_fill(slice s, const rest_hole *holes, size_t n, rest_form form, arena *perm) {
  text t = text_new(perm);
  for (size_t from = 0; from < s.n;) {
    size_t at = from;
    slice name = rest_next_hole(s, &at);
    if (!name.p) {
      text_add(&t, (slice){s.p + from, s.n - from});
      break;
    }
    text_add(&t, (slice){s.p + from, (size_t)(name.p - s.p) - 1 - from});
    for (size_t i = 0; i < n; i++) {
      if (!slice_eq(name, slice_of(holes[i].name))) continue;
      if (form == REST_IN_ADDRESS)
        http_percent(&t, holes[i].value);
      else
        text_add(&t, holes[i].value);
      break;
    }
    from = at;
  }
  return text_slice(&t);
}
