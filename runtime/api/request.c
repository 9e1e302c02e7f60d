/* See api.h: what a request says. */
#include "api.h"
#include "runtime/cli/session.h"
#include "runtime/serve/inbox.h"
#include "stdlib/net/urlencoded.h"

slice api_param(const api_call *c, const char *name) {
  const hook_value *v;
  size_t n;
  return urlencoded_read(c->query, c->perm, &v, &n) ? urlencoded_value(v, n, name) : (slice){0};
}

static bool whole_of(slice s, int64_t least, int64_t most, int64_t *value) {
  int64_t v = 0;
  bool negative = s.n > 1 && s.p[0] == '-';
  for (size_t i = negative; i < s.n; i++) {
    if (s.p[i] < '0' || s.p[i] > '9' || v > (INT64_MAX - 9) / 10) return false;
    v = v * 10 + (s.p[i] - '0');
  }
  v = negative ? -v : v;
  if (v < least || v > most) return false;
  *value = v;
  return true;
}

bool api_param_int(api_call *c, const char *name, int64_t least, int64_t most, int64_t *value) {
  slice s = api_param(c, name);
  if (s.n == 0 || whole_of(s, least, most, value)) return true;
  api_wrong(c, name, SLICE("this is no number that fits here"));
  return false;
}

bool api_param_day(api_call *c, const char *name, civil_date *value) {
  slice s = api_param(c, name);
  if (s.n == 0 || date_parse(s, value)) return true;
  api_wrong(c, name, SLICE("this is no day: write it as 2026-12-31"));
  return false;
}

bool api_rows_wanted(api_call *c, uint32_t *most, slice *after) {
  int64_t n = API_ROWS;
  if (!api_param_int(c, "limit", 1, API_ROWS_MAX, &n)) return false;
  *most = (uint32_t)n;
  *after = api_param(c, "after");
  return true;
}

bool api_text(api_call *c, const char *name, size_t most, bool needed, slice *value) {
  const json *j = json_member(c->json, slice_of(name));
  *value = slice_trim(json_text(j));
  if (j && json_kind_of(j) != JSON_TEXT && json_kind_of(j) != JSON_NULL)
    api_wrong(c, name, SLICE("this must be a text"));
  else if (needed && value->n == 0)
    api_wrong(c, name, SLICE("this is needed"));
  else if (value->n > most)
    api_wrong(c, name, SLICE("this is too long"));
  return !c->answered;
}

bool api_whole(api_call *c, const char *name, int64_t least, int64_t most, int64_t *value) {
  if (json_int(json_member(c->json, slice_of(name)), value) && *value >= least && *value <= most) return true;
  api_wrong(c, name, SLICE("this is no number that fits here"));
  return false;
}

bool api_day(api_call *c, const char *name, civil_date *value) {
  if (date_parse(json_text(json_member(c->json, slice_of(name))), value)) return true;
  api_wrong(c, name, SLICE("this is no day: write it as 2026-12-31"));
  return false;
}

slice api_header(const api_call *c, const char *name) {
  for (size_t i = 0; i < c->request->header_count; i++)
    if (slice_eq(c->request->headers[i].name, slice_of(name))) return c->request->headers[i].value;
  return (slice){0};
}

slice api_cookie(const api_call *c, const char *name) {
  slice rest = api_header(c, "cookie");
  while (rest.n) {
    size_t n = 0, equals;
    while (n < rest.n && rest.p[n] != ';') n++;
    slice one = slice_trim((slice){rest.p, n});
    for (equals = 0; equals < one.n && one.p[equals] != '='; equals++) {
    }
    if (equals < one.n && slice_eq((slice){one.p, equals}, slice_of(name)))
      return (slice){one.p + equals + 1, one.n - equals - 1};
    rest = n < rest.n ? (slice){rest.p + n + 1, rest.n - n - 1} : (slice){0};
  }
  return (slice){0};
}

civil_date api_today(const api_call *c) { return inbox_today(c->w, c->policy->c.program, c->perm); }

bool api_session(const api_call *c, session *value) {
  arena *own = arena_new();
  args *a = ARENA_NEW(own, args);
  *a = *c->policy->a;
  a->perm = own;
  *value = (session){.unsaid = true};
  if (session_read(value, a, c->w, arena_slice(own, c->policy->policy_path)) == EXIT_FINE) return true;
  arena_free(own);
  return false;
}
