/* The JSON API of the page: what a request under /api comes to. One row of routes.def a route, one handler each; what
 * all of them share is here: who asks, the policy in force, the body, the answer.
 *
 * Invariants: nothing is answered to whom a route is not for; a change (POST) is refused without the session's token;
 * a handler that fails leaves no transaction open; words to people are in the person's language, and no personal datum
 * is in an error. */
#ifndef DUN_API_API_H
#define DUN_API_API_H

#include "lang/base/date.h"
#include "lang/base/money.h"
#include "runtime/cli/texts.h"
#include "runtime/serve/door.h"
#include "runtime/store/store.h"
#include "stdlib/net/json.h"

typedef struct session session; /* runtime/cli/session.h */

/* Each may what those before it may. API_ROLES(ROLE): (id, its name in the store and in JSON) */
#define API_ROLES(ROLE)                                                                                                \
  ROLE(ANYONE, "")                                                                                                     \
  ROLE(VIEWER, "viewer")                                                                                               \
  ROLE(OPERATOR, "operator")                                                                                           \
  ROLE(APPROVER, "approver")                                                                                           \
  ROLE(ADMIN, "admin")
typedef enum api_role {
#define ROLE(id, name) API_##id,
  API_ROLES(ROLE)
#undef ROLE
      API_ROLE_COUNT
} api_role;
const char *api_role_name(api_role r);
STORE_MUST bool api_role_find(slice name, api_role *out); /* false: no person has that role */

typedef struct api_person {
  int64_t id; /* 0: nobody has logged in */
  slice login, name;
  api_role role;
  dun_lang lang;
  slice csrf;      /* what a change must carry in the header X-CSRF */
  int64_t session; /* the row of the store */
} api_person;

/* What all requests share; it stays while the service runs. */
typedef struct api_house {
  world *w;
  const char *store_url;
  slice public_url;             /* "https://dun.example.com"; empty: none was given */
  _Atomic int *hashing;         /* passwords that are being looked at; NULL: they are not counted */
  struct live *live;            /* runtime/serve/live.h: who is told of changes */
  struct jobs *jobs;            /* jobs.h: long work */
  struct report_shelf *reports; /* reports_shelf.h */
} api_house;

enum { API_VARS_MAX = 4, API_ROWS_MAX = 200, API_ROWS = 50, API_BODY_MAX = 1 << 20 };

typedef struct api_call {
  world *w;
  const api_house *house;
  store *s;              /* this thread's own; no transaction is open when the handler begins */
  const session *policy; /* in force; it stays until the handler returns, and is only read */
  const door_request *request;
  arena *perm; /* of this request */
  slice path, query;
  slice var[API_VARS_MAX]; /* what stands in the places {name} of the route, decoded */
  const json *json;        /* the body of a POST: an object */
  api_person who;
  dun_lang lang;    /* of the person, else of the browser, else of the policy */
  json_writer *out; /* an open object: the answer, with status 200, unless the handler says otherwise */
  door_answer *answer;
  bool answered; /* by api_fail, api_plain or api_nothing: `out` does not count */
  http_header *headers;
  size_t header_count, header_room;
} api_call;

typedef void api_handler(api_call *c);

/* ---- the request ---- */

/* A value of the query, decoded; empty: it is not there. */
slice api_param(const api_call *c, const char *name);
/* False: it is there and no whole number within these; then 422 is answered. Not there: *out stays. */
bool api_param_int(api_call *c, const char *name, int64_t least, int64_t most, int64_t *out);
bool api_param_day(api_call *c, const char *name, civil_date *out);
/* `limit`, and `after`: the key behind which a list goes on. */
bool api_rows_wanted(api_call *c, uint32_t *most, slice *after);
/* A text of the body; what is longer than `most` bytes, or not there and `needed`, is answered with 422. */
bool api_text(api_call *c, const char *name, size_t most, bool needed, slice *out);
bool api_whole(api_call *c, const char *name, int64_t least, int64_t most, int64_t *out);
bool api_day(api_call *c, const char *name, civil_date *out);
slice api_header(const api_call *c, const char *name); /* its name in lower case */
slice api_cookie(const api_call *c, const char *name);

/* ---- the answer ---- */

/* {"error":{"code":"not_there","message":"..."}}; `english` goes through texts_said. The codes are in brief:
 * bad_request 400, not_logged_in 401, not_allowed 403, not_there 404, changed_meanwhile and not_so 409, wrong 422,
 * too_many 429, broken 500, busy 503. */
void api_fail(api_call *c, int status, const char *code, slice english);
/* 422, about a field of the body or the query. */
void api_wrong(api_call *c, const char *field, slice english);
/* The store failed: 503 where it is busy or full, else 500. True: it did not. */
bool api_stored(api_call *c, store_code code);
/* Bytes that are no JSON: a file, a picture. `type` and `name` stay; `name` NULL: it is shown, else downloaded. */
void api_plain(api_call *c, const char *type, const char *name, slice body);
void api_nothing(api_call *c); /* 204 */
void api_status(api_call *c, int status);
void api_put_header(api_call *c, const char *name, slice value);

void api_put_money(json_writer *w, const char *name, money m);      /* {"amount":"1234.50","currency":"BRL"} */
void api_put_day(json_writer *w, const char *name, int32_t day);    /* null where there is none */
void api_put_instant(json_writer *w, const char *name, int64_t us); /* "2026-11-22T15:04:05Z"; 0: null */
/* What our parts say in English, in the person's language. */
slice api_said(const api_call *c, slice english);

/* ---- what handlers share ---- */

/* Today where the policy is. */
civil_date api_today(const api_call *c);
/* An entry of the audit log: the person is its actor. Within the transaction. */
STORE_MUST store_code api_log(api_call *c, const char *kind, slice subject, slice detail);
/* Somebody looks at personal data: `what` ("customer", "conversation", "message"), of whom. False: it could not be
 * stored, and the answer says so: nothing is shown unseen. */
bool api_saw(api_call *c, const char *what, slice subject);
/* The policy compiled anew for long work, in an arena of its own (session.perm, freed by the caller); false: its files
 * do not compile now. */
bool api_session(const api_call *c, session *out);

/* ---- routes ---- */

typedef struct api_route {
  const char *method, *path; /* "/api/cards/{id}/move" */
  api_role role;
  api_handler *handle;
  const char *words;
} api_route;
const api_route *api_routes(size_t *count);
#define ROUTE(method, path, role, handler, words) api_handler handler;
#include "routes.def"
#undef ROUTE

/* A request under /api or for the page. */
void api_serve(const api_house *h, store *s, const session *policy, const door_request *r, arena *perm,
               door_answer *out);
/* Whether a path is the page's or the API's: all that no other part of the door knows. */
bool api_is_of(slice path);

#endif
