/* SAP Business One, by its Service Layer (v1: OData 3, v2: OData 4): the session, calls and their errors. What is read
 * is in sap_b1_read.c, sap_b1_map.c and sap_b1_events.c, what is written in sap_b1_write.c.
 *
 * Invariant: a session stays with the node that gave it (ROUTEID) and is given back at the end. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sap_b1_impl.h"
#include "stdlib/net/http_text.h"

enum { TOTAL_MS = 60000, PAGE_ROWS = 100, PAGE_ROWS_MAX = 5000, ERROR_BYTES_MAX = 65536 };

/* ---- errors ---- */

static const sap_error ERRORS[] = {
#define SAP_ERROR(status, code, read, write, words, remedy) {status, code, SAP_##read, SAP_W_##write, words, remedy},
#include "sap_b1_errors.def"
#undef SAP_ERROR
};
static const sap_error OTHER = {
    0, 0, SAP_FAIL, SAP_W_UNKNOWN, "an answer that is not documented", "look at the Service Layer's log"};

const sap_error *sap_error_at(size_t i) { return i < sizeof ERRORS / sizeof *ERRORS ? &ERRORS[i] : NULL; }

/* v1 writes the code as a number, v2 as a text. */
static int64_t code_in(const http_answer *http, arena *scratch) {
  slice why;
  if (http->body.n == 0 || http->body.n > ERROR_BYTES_MAX) return 0;
  slice code = json_text_at(json_parse(http->body, scratch, &why), "error.code");
  return code.n ? strtoll(arena_copy(scratch, code), NULL, 10) : 0;
}

static const sap_error *error_of(int status, int64_t code) {
  for (size_t i = 0; i < sizeof ERRORS / sizeof *ERRORS; i++)
    if (ERRORS[i].status == status && (ERRORS[i].code == 0 || ERRORS[i].code == code)) return &ERRORS[i];
  return &OTHER;
}

slice sap_error_words(const sap_error *x, int status, int64_t code, arena *perm) {
  return arena_printf(perm, "%s (%d, %lld): %s", x->words, status, (long long)code, x->remedy);
}

static bool expired(const http_answer *answer) {
  arena *scratch = arena_new();
  bool yes = answer->end == HTTP_OK && answer->status == 401 && code_in(answer, scratch) != -304;
  arena_free(scratch);
  return yes;
}

/* ---- the session ---- */

/* "B1SESSION=...; Path=/b1s" is the cookie's name and value up to the semicolon. */
static void add_cookie(text *t, slice header, bool *session) {
  const char *semicolon = header.n ? memchr(header.p, ';', header.n) : NULL;
  slice pair = slice_trim((slice){header.p, semicolon ? (size_t)(semicolon - header.p) : header.n});
  bool own = slice_starts(pair, SLICE("B1SESSION=")), route = slice_starts(pair, SLICE("ROUTEID="));
  if (!own && !route) return;
  *session |= own;
  if (t->n) text_cstr(t, "; ");
  text_add(t, pair);
}

static bool login(api *a, void *self, api_proof *proof, arena *perm, slice *why) {
  erp *e = self;
  arena *scratch = arena_new();
  json_writer *w = json_write(scratch);
  json_begin_object(w, NULL);
  json_put_text(w, "CompanyDB", e->company);
  json_put_text(w, "UserName", e->user);
  json_end(w);
  slice head = json_written(w);
  const http_piece body[] = {{.text = {head.p, head.n - 1}},
                             {.text = SLICE(",\"Password\":\"")},
                             {.hidden = e->password, .form = HTTP_IN_JSON},
                             {.text = SLICE("\"}")}};
  const api_request call = {.method = "POST",
                            .path = sap_path(e, scratch, "/Login"),
                            .type = "application/json",
                            .body = body,
                            .body_count = sizeof body / sizeof *body,
                            .safe = true};
  http_answer http = api_ask(a, &call, scratch);
  text cookies = text_new(perm);
  bool session = false;
  for (size_t i = 0; http.end == HTTP_OK && http.status == 200 && i < http.header_count; i++)
    if (slice_eq(http.headers[i].name, SLICE("set-cookie"))) add_cookie(&cookies, http.headers[i].value, &session);
  if (session)
    proof->extra[proof->extra_count++] = (http_header){SLICE("Cookie"), text_slice(&cookies)};
  else if (http.end != HTTP_OK)
    *why = api_words(a, &http, perm);
  else if (http.status == 200)
    *why = SLICE("SAP Business One gives no session (B1SESSION)");
  else
    *why = sap_error_words(error_of(http.status, code_in(&http, scratch)), http.status, code_in(&http, scratch), perm);
  e->logged_in |= session;
  arena_free(scratch);
  return session;
}

static void sap_close(erp *e) {
  if (!e) return;
  if (e->logged_in) {
    arena *scratch = arena_new();
    const api_request call = {.method = "POST", .path = sap_path(e, scratch, "/Logout"), .safe = true};
    api_patience(e->api, 0);
    (void)api_ask(e->api, &call, scratch);
    arena_free(scratch);
  }
  api_close(e->api);
}

/* ---- calls ---- */

slice sap_path(const erp *e, arena *perm, const char *format, ...) {
  char room[6144];
  va_list ap;
  va_start(ap, format);
  int n = vsnprintf(room, sizeof room, format, ap);
  va_end(ap);
  if (n < 0 || (size_t)n >= sizeof room) n = 0;
  return arena_printf(perm, "/b1s/v%d%.*s", e->version, n, room);
}

slice sap_query(slice value, arena *perm) {
  text t = text_new(perm);
  http_percent(&t, value);
  return text_slice(&t);
}

slice sap_quoted(slice value, arena *perm) {
  text t = text_new(perm);
  text_char(&t, '\'');
  for (size_t i = 0; i < value.n; i++) {
    if (value.p[i] == '\'') text_char(&t, '\'');
    text_char(&t, value.p[i]);
  }
  text_char(&t, '\'');
  return text_slice(&t);
}

static sap_answer read_answer(http_answer http, arena *perm) {
  sap_answer a = {.http = http};
  slice why;
  bool fine = http.end == HTTP_OK && http.status >= 200 && http.status < 300;
  if (fine && http.body.n) a.root = json_parse(http.body, perm, &why);
  if (json_kind_of(a.root) != JSON_OBJECT) a.root = NULL;
  if (fine || http.end != HTTP_OK) return a;
  a.code = code_in(&http, perm);
  a.error = error_of(http.status, a.code);
  return a;
}

void sap_get_all(erp *e, const slice *paths, size_t n, sap_answer *out, arena *perm) {
  api_request *calls = ARENA_ARRAY(perm, n + 1, api_request);
  http_answer *answers = ARENA_ARRAY(perm, n + 1, http_answer);
  http_header *prefer = ARENA_NEW(perm, http_header);
  *prefer = (http_header){SLICE("Prefer"), arena_printf(perm, "odata.maxpagesize=%u", e->page_rows)};
  for (size_t i = 0; i < n; i++)
    calls[i] = (api_request){.method = "GET", .path = paths[i], .headers = prefer, .header_count = 1, .safe = true};
  if (n) api_ask_all(e->api, calls, n, answers, perm);
  for (size_t i = 0; i < n; i++) out[i] = read_answer(answers[i], perm);
}

sap_answer sap_get(erp *e, slice path, arena *perm) {
  sap_answer a;
  sap_get_all(e, &path, 1, &a, perm);
  return a;
}

sap_answer sap_send(erp *e, const char *method, slice path, slice body, slice etag, bool safe, arena *perm) {
  const http_header match = {SLICE("If-Match"), etag};
  const http_piece piece = {.text = body};
  const api_request call = {.method = method,
                            .path = path,
                            .headers = &match,
                            .header_count = etag.n ? 1 : 0,
                            .type = "application/json",
                            .body = &piece,
                            .body_count = 1,
                            .safe = safe};
  return read_answer(api_ask(e->api, &call, perm), perm);
}

bool sap_is_gone(const sap_answer *a) { return a->error && a->error->reading == SAP_GONE; }

const json *sap_rows(const sap_answer *a) { return json_member(a->root, SLICE("value")); }

erp_code sap_asked(erp *e, const sap_answer *a, erp_failure *f, arena *perm) {
  if (a->root || sap_is_gone(a)) return ERP_END;
  f->wait_s = http_retry_after_s(&a->http, e->w->now_ns(e->w) / 1000000000);
  if (!a->error || a->http.status == 401) { /* 401: why the login failed is known to the api */
    bool answered = a->http.end == HTTP_OK && a->http.status < 300;
    f->why = answered ? SLICE("an answer of SAP Business One is not in the form that is documented")
                      : api_words(e->api, &a->http, perm);
    return ERP_FAILED;
  }
  f->why = sap_error_words(a->error, a->http.status, a->code, perm);
  return a->error->reading == SAP_LATER || a->error->reading == SAP_AGAIN ? ERP_LATER : ERP_FAILED;
}

/* "https://h/b1s/v2/Invoices?...", "/b1s/v2/Invoices?..." or "Invoices?...". */
slice sap_next(const erp *e, const sap_answer *a, arena *perm) {
  slice link = json_text(json_member(a->root, SLICE("@odata.nextLink")));
  if (link.n == 0) link = json_text(json_member(a->root, SLICE("odata.nextLink")));
  if (link.n == 0) return link;
  const char *at = memmem(link.p, link.n, "/b1s/", 5);
  const char *query = memchr(link.p, '?', link.n);
  if (at && (!query || at < query)) return arena_slice(perm, (slice){at, link.n - (size_t)(at - link.p)});
  return arena_printf(perm, "/b1s/v%d/%.*s", e->version, SLICE_ARG(link));
}

/* ---- the connect line ---- */

static bool one_of(slice value, const char *a, const char *b, bool *is_b) {
  *is_b = slice_eq(value, slice_of(b));
  return *is_b || slice_eq(value, slice_of(a));
}

static bool read_choices(erp *e, slice *why) {
  slice value, variable;
  bool second = true;
  const connection *c = e->connect;
  if (connection_setting(e->w, c, "version", &value, &variable) && !one_of(value, "v1", "v2", &second)) {
    *why = SLICE("`version` is \"v1\" or \"v2\"");
    return false;
  }
  e->version = second ? 2 : 1;
  if (connection_setting(e->w, c, "installments", &value, &variable) &&
      !one_of(value, "separate", "whole", &e->whole_installments)) {
    *why = SLICE("`installments` is \"separate\" (each is an invoice of its own) or \"whole\"");
    return false;
  }
  if (connection_setting(e->w, c, "numbers", &value, &variable) && !one_of(value, "plain", "series", &e->by_series)) {
    *why = SLICE("`numbers` is \"plain\" (DocNum) or \"series\" (SERIES-DocNum)");
    return false;
  }
  e->home = CURRENCY_NONE;
  if (connection_setting(e->w, c, "currency", &value, &variable) && (e->home = currency_find(value)) == CURRENCY_NONE) {
    *why = SLICE("`currency` is the ISO 4217 code of the company's currency, such as \"BRL\"");
    return false;
  }
  e->page_rows = PAGE_ROWS;
  if (connection_setting(e->w, c, "page", &value, &variable)) {
    long n = value.n && value.n < 6 ? strtol(arena_copy(e->perm, value), NULL, 10) : 0;
    if (n < 1 || n > PAGE_ROWS_MAX) {
      *why = arena_printf(e->perm, "`page` is how many rows a page has, 1 to %d", PAGE_ROWS_MAX);
      return false;
    }
    e->page_rows = (uint32_t)n;
  }
  return true;
}

static void sap_hurry(erp *e, bool yes) { api_hurry(e->api, yes ? ERP_HURRY_MS : 0); }

static erp *sap_open(world *w, arena *perm, const connection *c, slice *why) {
  erp *e = ARENA_NEW(perm, erp);
  *e = (erp){.w = w, .perm = perm, .connect = c};
  slice variable;
  if (!connection_needs(w, perm, c, "company", "company \"SBODEMO\"", &e->company, why) ||
      !connection_needs(w, perm, c, "user", "user from env \"B1_USER\"", &e->user, why) ||
      !connection_needs_secret(w, perm, c, "password", "password from env \"B1_PASSWORD\"", &e->password, why) ||
      !read_choices(e, why))
    return NULL;
  slice url = c->url;
  if (!url.n) (void)connection_setting(w, c, "url", &url, &variable);
  if (url.n && memmem(url.p, url.n, "/b1s", 4)) {
    *why = SLICE("the address ends with the port: https://HOST:50000, without /b1s");
    return NULL;
  }
  const api_options o = {.service = "SAP Business One",
                         .connect = c,
                         .limits = SAP_B1.limits,
                         .total_ms = TOTAL_MS,
                         .login = login,
                         .expired = expired,
                         .self = e};
  e->api = api_open(w, perm, &o, why);
  return e->api ? e : NULL;
}

/* ---- doctor ---- */

typedef void doctor_say(void *self, bool fine, slice what, slice remedy);

/* False: nothing more is to be asked, the login is refused. */
static bool may_read(erp *e, const char *path, slice what, slice remedy, doctor_say *say, void *self, arena *perm,
                     bool *all) {
  erp_failure f = {0};
  sap_answer a = sap_get(e, sap_path(e, perm, "%s", path), perm);
  bool fine = sap_asked(e, &a, &f, perm) == ERP_END;
  *all &= fine;
  say(self, fine, fine ? what : f.why, fine ? (slice){0} : remedy);
  return fine || a.http.status != 401;
}

static bool sap_check(erp *e, doctor_say *say, void *self, arena *perm) {
  static const struct {
    const char *path;
    slice what, remedy;
  } ASKS[] = {
      {"/BusinessPartners?$top=1&$select=CardCode", SLICE("business partners can be read"),
       SLICE("authorization Business Partner Master Data: Read Only")},
      {"/Invoices?$top=1&$select=DocEntry", SLICE("A/R invoices can be read"),
       SLICE("authorization Sales - A/R, A/R Invoice: Full, so that due dates can be written too")},
      {"/IncomingPayments?$top=1&$select=DocEntry", SLICE("incoming payments can be read"),
       SLICE("authorization Banking, Incoming Payments: Read Only")},
      {"/CreditNotes?$top=1&$select=DocEntry", SLICE("credit notes can be read"),
       SLICE("authorization Sales - A/R, A/R Credit Memo: Read Only")},
      {"/Activities?$top=1&$select=ActivityCode", SLICE("activities can be read"),
       SLICE("authorization Business Partners, Activity: Full")},
      {"/SalesPersons?$top=1&$select=SalesEmployeeCode", SLICE("sales employees can be read"),
       SLICE("authorization Sales Employees: Read Only; without it no customer has an owner")},
      {"/BusinessPartnerGroups?$top=1&$select=Code", SLICE("groups of business partners can be read"),
       SLICE("authorization Business Partner Groups: Read Only; without it no customer has a segment")},
  };
  bool all = true, let_in = true;
  for (size_t i = 0; i < sizeof ASKS / sizeof *ASKS && let_in; i++)
    let_in = may_read(e, ASKS[i].path, ASKS[i].what, ASKS[i].remedy, say, self, perm, &all);
  const sap_event_row *r;
  for (size_t i = 0; (r = sap_event_at(i)) && let_in; i++) {
    if (!*r->key || !sap_wants(e, r)) continue;
    slice path = arena_printf(perm, "/%s?$top=1&$select=%s", r->set, r->key);
    let_in = may_read(e, path.p, arena_printf(perm, "a rule listens to %s: they can be read", r->set),
                      arena_printf(perm, "a rule listens to %s: give the user the authorization to read them", r->set),
                      say, self, perm, &all);
  }
  return all;
}

#define COLUMN(id, name) {SLICE(name), false},
static const store_written CUSTOMER_COLUMNS[] = {
#define SAP_CUSTOMER COLUMN
#include "sap_b1_columns.def"
#undef SAP_CUSTOMER
};
static const store_written INVOICE_COLUMNS[] = {
#define SAP_INVOICE COLUMN
#include "sap_b1_columns.def"
#undef SAP_INVOICE
};
static const store_written HAPPENING_COLUMNS[] = {
#define SAP_HAPPENING COLUMN
#include "sap_b1_columns.def"
#undef SAP_HAPPENING
};
#undef COLUMN

#define FEED(title, of, list)                                                                                          \
  {                                                                                                                    \
    .name = title, .table = STORE_T_##of, .columns = list, .column_count = sizeof list / sizeof *list,                 \
    .by_change = true                                                                                                  \
  }
const erp_feed SAP_FEEDS[SAP_FEED_COUNT] = {
    [SAP_CUSTOMERS] = FEED("business partners", customer, CUSTOMER_COLUMNS),
    [SAP_INVOICES] = FEED("invoices", invoice, INVOICE_COLUMNS),
    [SAP_EVENTS] = FEED("events", happening, HAPPENING_COLUMNS),
};
#undef FEED

static void sap_patience(erp *e, int64_t seconds) { api_patience(e->api, seconds); }

const erp_driver SAP_B1 = {
    .vendor = "sap_b1",
    .words = "SAP Business One",
    .limits = {.at_once = 4},
    .feeds = SAP_FEEDS,
    .feed_count = SAP_FEED_COUNT,
    .open = sap_open,
    .close = sap_close,
    .patience = sap_patience,
    .page = sap_page,
    .read = sap_read,
    .hurry = sap_hurry,
    .contact_moves = true,
    .writes = 1u << ACT_UPDATE_DUE | 1u << ACT_MARK | 1u << ACT_UNMARK | 1u << ACT_OPEN_CARD | 1u << ACT_ESCALATE,
    .shows = 1u << ACT_UPDATE_DUE,
    .refuses = sap_refuses,
    .write = sap_write,
    .find = sap_find,
    .hook = sap_hook,
    .check = sap_check,
};
