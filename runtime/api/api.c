/* See api.h: from a request to its handler and back. */
#include "api.h"

#include "lang/base/text.h"
#include "page_files.h"
#include "people.h"
#include "runtime/cli/session.h"
#include "runtime/hash.h"
#include "stdlib/net/urlencoded.h"

const char *api_role_name(api_role r) {
  static const char *const NAMES[API_ROLE_COUNT] = {
#define ROLE(id, name) name,
      API_ROLES(ROLE)
#undef ROLE
  };
  return NAMES[r];
}

bool api_role_find(slice name, api_role *found) {
  for (int r = API_VIEWER; r < API_ROLE_COUNT; r++)
    if (slice_eq(name, slice_of(api_role_name((api_role)r)))) {
      *found = (api_role)r;
      return true;
    }
  return false;
}

/* ---- routes ---- */

static const api_route ROUTES[] = {
#define ROUTE(method, path, role, handler, words) {#method, path, API_##role, handler, words},
#include "routes.def"
#undef ROUTE
};

const api_route *api_routes(size_t *count) {
  *count = sizeof ROUTES / sizeof *ROUTES;
  return ROUTES;
}

/* One part of a path, up to the next slash. */
static slice next_part(slice *rest) {
  size_t n = 0;
  while (n < rest->n && rest->p[n] != '/') n++;
  slice part = {rest->p, n};
  *rest = n < rest->n ? (slice){rest->p + n + 1, rest->n - n - 1} : (slice){rest->p + n, 0};
  return part;
}

/* %XX, and nothing else: a plus is a plus in a path. False: it is not UTF-8, or has a NUL. */
static bool decoded(arena *perm, slice s, slice *plain) {
  text t = text_new(perm);
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] == '+')
      text_add(&t, SLICE("%2B"));
    else
      text_char(&t, s.p[i]);
  }
  const hook_value *v;
  size_t n;
  slice pair = arena_printf(perm, "v=%.*s", SLICE_ARG(text_slice(&t)));
  if (!urlencoded_read(pair, perm, &v, &n)) return false;
  *plain = urlencoded_value(v, n, "v");
  return true;
}

static bool fits(api_call *c, const char *pattern) {
  slice asked = c->path, wanted = slice_of(pattern);
  size_t vars = 0;
  while (asked.n || wanted.n) {
    slice a = next_part(&asked), p = next_part(&wanted);
    if (p.n && p.p[0] == '{') {
      if (a.n == 0 || vars == API_VARS_MAX || !decoded(c->perm, a, &c->var[vars++])) return false;
    } else if (!slice_eq(a, p)) {
      return false;
    }
  }
  return true;
}

/* NULL: *path says whether the path is known by another method. */
static const api_route *route_of(api_call *c, slice method, bool *path) {
  *path = false;
  for (size_t i = 0; i < sizeof ROUTES / sizeof *ROUTES; i++) {
    if (!fits(c, ROUTES[i].path)) continue;
    if (slice_eq(method, slice_of(ROUTES[i].method))) return ROUTES + i;
    *path = true;
  }
  return NULL;
}

/* ---- a request ---- */

static bool may(api_call *c, const api_route *r) {
  if (r->role != API_ANYONE && !c->who.id)
    api_fail(c, 401, "not_logged_in", SLICE("you are not logged in, or were logged out: log in again"));
  else if (c->who.role < r->role && r->role != API_ANYONE)
    api_fail(c, 403, "not_allowed", SLICE("your role does not allow this: ask an administrator"));
  return !c->answered;
}

static bool same_text(slice a, slice b) { return a.n == b.n && hash_same(a.p, b.p, a.n); }

/* A change comes from our own page, and its body is an object. */
static bool may_change(api_call *c, const api_route *r) {
  slice why;
  if (r->role != API_ANYONE && !(c->who.csrf.n && same_text(c->who.csrf, api_header(c, "x-csrf"))))
    api_fail(c, 403, "not_allowed", SLICE("this change did not come from the page: load the page again"));
  else if (c->request->too_long || c->request->body.n > API_BODY_MAX)
    api_fail(c, 413, "bad_request", SLICE("that is too much at once"));
  else if (!slice_starts(api_header(c, "content-type"), SLICE("application/json")) ||
           json_kind_of(c->json = json_parse(c->request->body, c->perm, &why)) != JSON_OBJECT)
    api_fail(c, 400, "bad_request", SLICE("the body must be a JSON object"));
  return !c->answered;
}

static dun_lang language_of(const api_call *c) {
  if (c->who.id) return c->who.lang;
  slice wanted = api_header(c, "accept-language");
  if (slice_starts(wanted, SLICE("pt"))) return LANG_PT;
  if (slice_starts(wanted, SLICE("es"))) return LANG_ES;
  return slice_starts(wanted, SLICE("en")) ? LANG_EN : c->policy->c.program->lang;
}

static void handle(api_call *c) {
  bool get = slice_eq(c->request->method, SLICE("GET")), head = slice_eq(c->request->method, SLICE("HEAD")), known;
  const api_route *r = route_of(c, head ? SLICE("GET") : c->request->method, &known);
  if (!r) {
    if (known)
      api_fail(c, 405, "bad_request", SLICE("this address takes another method"));
    else
      api_fail(c, 404, "not_there", SLICE("there is no such address"));
    return;
  }
  if (!may(c, r) || (!get && !head && !may_change(c, r))) return;
  r->handle(c);
  store_rollback(c->s); /* of a handler that gave up */
}

static bool is_api(slice path) { return slice_starts(path, SLICE("/api/")); }

bool api_is_of(slice path) { return is_api(path) || page_is_of(path); }

void api_serve(const api_house *h, store *s, const session *policy, const door_request *r, arena *perm,
               door_answer *answer) {
  size_t n = 0;
  while (n < r->target.n && r->target.p[n] != '?') n++;
  api_call c = {.w = h->w,
                .house = h,
                .s = s,
                .policy = policy,
                .request = r,
                .perm = perm,
                .path = {r->target.p, n},
                .query = n < r->target.n ? (slice){r->target.p + n + 1, r->target.n - n - 1} : (slice){0},
                .answer = answer};
  *answer = (door_answer){.status = 200, .type = "application/json"};
  c.lang = language_of(&c);
  c.out = json_write(perm);
  json_begin_object(c.out, NULL);
  if (is_api(c.path)) {
    people_recognise(&c);
    c.lang = language_of(&c);
    if (!c.answered) handle(&c);
  } else {
    page_answer(&c);
  }
  if (!c.answered) {
    json_end(c.out);
    answer->body = json_written(c.out);
  }
  answer->extra = c.headers;
  answer->extra_count = c.header_count;
}

/* ---- the description ---- */

/* The members of `part` of each description, in one object. */
static void put_parts(json_writer *w, arena *perm, const json *const *parts, size_t n, const char *part) {
  for (size_t i = 0; i < n; i++) {
    const json *of = json_at(parts[i], part);
    for (size_t k = 0; k < json_count(of); k++) {
      const json *one = json_item(of, k);
      json_put_json(w, arena_copy(perm, json_name(one)), one);
    }
  }
}

void openapi_get(api_call *c) {
  enum { PARTS_MAX = 32 };
  const json *parts[PARTS_MAX];
  size_t n = 0;
  slice why;
  for (const struct embedded *e = openapi_parts; e->name && n < PARTS_MAX; e++)
    parts[n++] = json_parse(slice_of(e->text), c->perm, &why);
  json_writer *w = c->out;
  json_put_text(w, "openapi", SLICE("3.0.3"));
  json_begin_object(w, "info");
  json_put_text(w, "title", SLICE("Dun"));
  json_put_text(w, "version", SLICE("1"));
  json_end(w);
  json_begin_object(w, "paths");
  put_parts(w, c->perm, parts, n, "paths");
  json_end(w);
  json_begin_object(w, "components");
  json_begin_object(w, "schemas");
  put_parts(w, c->perm, parts, n, "components.schemas");
  json_end(w);
  json_end(w);
}
