/* See rest_reading.h. */
#include "rest_reading.h"

#include <stdarg.h>
#include <stdio.h>

#include "lang/base/utf8.h"
#include "lang/check/setting.h"
#include "stdlib/net/http_text.h"

map_place map_inside(const map_place *at, slice name) {
  slice shown = utf8_head(name, 60);
  return (map_place){at->perm,
                     arena_printf(at->perm, "%.*s%s%.*s", SLICE_ARG(at->s), at->s.n ? "." : "", SLICE_ARG(shown))};
}
map_place map_item(const map_place *at, size_t i) {
  return (map_place){at->perm, arena_printf(at->perm, "%.*s[%zu]", SLICE_ARG(at->s), i)};
}

bool map_wrong(map_reading *r, const map_place *at, const char *format, ...) {
  char said[1024];
  va_list ap;
  va_start(ap, format);
  vsnprintf(said, sizeof said, format, ap);
  va_end(ap);
  *r->why = at->s.n ? arena_printf(r->perm, "the mapping %s, at %.*s: %s", r->m->file, SLICE_ARG(at->s), said)
                    : arena_printf(r->perm, "the mapping %s: %s", r->m->file, said);
  return false;
}

/* ---- members ---- */

/* Every member's name is one of those, which end with NULL. */
bool map_known(map_reading *r, const map_place *at, const json *j, const char *const *names) {
  if (json_kind_of(j) != JSON_OBJECT) return map_wrong(r, at, "an object is expected here: { ... }");
  for (size_t i = 0; i < json_count(j); i++) {
    slice name = json_name(json_item(j, i));
    size_t k = 0;
    while (names[k] && !slice_eq(name, slice_of(names[k]))) k++;
    if (names[k] || slice_eq(name, SLICE("about"))) continue; /* a remark of the author's */
    text all = text_new(r->perm);
    for (k = 0; names[k]; k++) text_printf(&all, "%s%s", k ? ", " : "", names[k]);
    return map_wrong(r, at, "\"%.*s\" is not known here; there is: %.*s", (int)(name.n < 60 ? name.n : 60), name.p,
                     SLICE_ARG(text_slice(&all)));
  }
  return true;
}

const json *map_member(const json *j, const char *name) { return json_member(j, slice_of(name)); }

/* A text that is absent leaves *out as it is. */
bool map_text(map_reading *r, const map_place *at, const json *j, const char *name, bool needed, slice *out) {
  const json *m = map_member(j, name);
  map_place here = map_inside(at, slice_of(name));
  if (!m) return !needed || map_wrong(r, &here, "it is missing: a text in quotes stands here");
  if (json_kind_of(m) != JSON_TEXT) return map_wrong(r, &here, "a text in quotes is expected");
  *out = arena_slice(r->perm, json_text(m));
  return !needed || out->n || map_wrong(r, &here, "it is empty");
}

bool map_number(map_reading *r, const map_place *at, const json *j, const char *name, int64_t least, int64_t most,
                int64_t *out) {
  const json *m = map_member(j, name);
  map_place here = map_inside(at, slice_of(name));
  if (!m) return true;
  if (json_kind_of(m) == JSON_NUMBER && json_int(m, out) && *out >= least && *out <= most) return true;
  return map_wrong(r, &here, "a whole number from %lld to %lld is expected", (long long)least, (long long)most);
}

bool map_yes(map_reading *r, const map_place *at, const json *j, const char *name, bool *out) {
  const json *m = map_member(j, name);
  map_place here = map_inside(at, slice_of(name));
  if (!m) return true;
  *out = json_kind_of(m) == JSON_TRUE;
  return *out || json_kind_of(m) == JSON_FALSE || map_wrong(r, &here, "true or false is expected");
}

/* One of the words, which end with NULL. */
bool map_word(map_reading *r, const map_place *at, const json *j, const char *name, const char *const *words,
              bool needed, size_t *out) {
  slice s = {0};
  map_place here = map_inside(at, slice_of(name));
  if (!map_text(r, at, j, name, needed, &s)) return false;
  if (!map_member(j, name)) return true;
  for (size_t i = 0; words[i]; i++) {
    *out = i;
    if (slice_eq(s, slice_of(words[i]))) return true;
  }
  text all = text_new(r->perm);
  for (size_t i = 0; words[i]; i++) text_printf(&all, "%s%s", i ? ", " : "", words[i]);
  return map_wrong(r, &here, "\"%.*s\" is none of %.*s", (int)(s.n < 60 ? s.n : 60), s.p, SLICE_ARG(text_slice(&all)));
}

bool map_path_of(map_reading *r, const map_place *at, slice s, rest_path *out) {
  const char *why = rest_path_read(s, r->perm, out);
  return !why || map_wrong(r, at, "%s", why);
}

/* A path that may be absent: *there says whether it is. */
bool map_path(map_reading *r, const map_place *at, const json *j, const char *name, bool *there, rest_path *out) {
  slice s = {0};
  map_place here = map_inside(at, slice_of(name));
  if (!map_text(r, at, j, name, false, &s)) return false;
  *there = map_member(j, name) != NULL;
  return map_path_of(r, &here, s, out);
}

/* ---- texts with holes ---- */

static bool is_setting(const map_reading *r, slice name) {
  for (uint32_t i = 0; i < r->c->setting_count; i++)
    if (slice_eq(r->c->settings[i].key, name)) return true;
  return false;
}

/* Its holes are of `names`, or settings of the connect line; what those say is filled in at once. */
bool map_pattern(map_reading *r, const map_place *at, slice s, const char *const *names, size_t count, rest_form form,
                 slice *out) {
  text t = text_new(r->perm);
  for (size_t from = 0; from < s.n;) {
    size_t next = from, k = 0;
    slice name = rest_next_hole(s, &next), value = {0}, variable;
    slice bare = name;
    const char *colon = name.n ? memchr(name.p, ':', name.n) : NULL;
    if (colon && names == REST_ORDER_NAMES) bare.n = (size_t)(colon - name.p);
    size_t until = name.p ? (size_t)(name.p - s.p) - 1 : s.n;
    text_add(&t, (slice){s.p + from, until - from});
    if (!name.p) break;
    while (k < count && !slice_eq(bare, slice_of(names[k]))) k++;
    from = next;
    if (k < count) {
      text_printf(&t, "{%.*s}", SLICE_ARG(name));
      continue;
    }
    if (setting_is_secret(name))
      return map_wrong(r, at, "{%.*s} is a secret: it is sent by `proof` alone", SLICE_ARG(name));
    if (!is_setting(r, name)) {
      text all = text_new(r->perm);
      for (k = 0; k < count; k++) text_printf(&all, "%s{%s}", k ? ", " : "; or one of ", names[k]);
      return map_wrong(r, at, "{%.*s} is a setting that the connect line lacks: %.*s \"...\"%.*s",
                       (int)(name.n < 60 ? name.n : 60), name.p, (int)(name.n < 60 ? name.n : 60), name.p,
                       SLICE_ARG(text_slice(&all)));
    }
    if (!connection_setting(r->w, r->c, arena_copy(r->perm, name), &value, &variable))
      return map_wrong(r, at, "the environment variable %.*s is not set", SLICE_ARG(variable));
    if (form == REST_IN_ADDRESS)
      http_percent(&t, value);
    else
      text_add(&t, value);
  }
  *out = text_slice(&t);
  return true;
}

bool map_address_path(map_reading *r, const map_place *at, const json *j, const char *name, const char *const *names,
                      size_t count, bool needed, slice *out) {
  slice s = {0};
  map_place here = map_inside(at, slice_of(name));
  if (!map_text(r, at, j, name, needed, &s)) return false;
  if (!map_member(j, name)) return true;
  if (!s.n || s.p[0] != '/') return map_wrong(r, &here, "a path begins with a slash: it stands behind `address`");
  for (size_t i = 0; i < s.n; i++)
    if (s.p[i] == '?' || s.p[i] == ' ' || s.p[i] == '#')
      return map_wrong(r, &here, "what stands behind ? belongs into \"query\": {\"name\": \"value\"}");
  return map_pattern(r, &here, s, names, count, REST_IN_ADDRESS, out);
}

bool map_pairs(map_reading *r, const map_place *at, const json *j, const char *name, const char *const *names,
               size_t count, bool headers, rest_pairs *out) {
  const json *m = map_member(j, name);
  map_place here = map_inside(at, slice_of(name));
  if (!m) return true;
  if (json_kind_of(m) != JSON_OBJECT) return map_wrong(r, &here, "an object is expected: {\"name\": \"value\"}");
  rest_pair *v = ARENA_ARRAY(r->perm, json_count(m) + 1, rest_pair);
  for (size_t i = 0; i < json_count(m); i++) {
    const json *one = json_item(m, i);
    map_place its = map_inside(&here, json_name(one));
    v[i].name = arena_slice(r->perm, json_name(one));
    if (json_kind_of(one) == JSON_OBJECT || json_kind_of(one) == JSON_LIST || json_kind_of(one) == JSON_NULL)
      return map_wrong(r, &its, "a text in quotes is expected");
    if (!map_pattern(r, &its, json_text(one), names, count, REST_PLAIN, &v[i].value)) return false;
    if (headers && (!http_name_fits(v[i].name) || !http_value_fits(v[i].value)))
      return map_wrong(r, &its, "no header can be written so");
    if (headers && (setting_is_secret(v[i].name) || slice_eq(v[i].name, SLICE("Authorization"))) &&
        names != REST_ORDER_NAMES)
      return map_wrong(r, &its, "what proves who we are belongs into `proof`");
  }
  *out = (rest_pairs){v, json_count(m)};
  return true;
}
