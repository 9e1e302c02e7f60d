/* Tryton (6.0), by its JSON-RPC: the session, calls and their errors, the company. What is read is in tryton_read.c and
 * tryton_map.c, what is written in tryton_write.c.
 *
 * Invariant: a session is given back at the end; Tryton says most errors with status 200, and has then taken the whole
 * call back, but for the one that its session's record is gone: it marks the session as used after the call. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stdlib/net/http_text.h"
#include "stdlib/net/sign.h"
#include "tryton_impl.h"

enum { TOTAL_MS = 60000, PAGE_ROWS = 200, PAGE_ROWS_MAX = 1000, LOCKED_OUT_S = 300, LATER_S = 60 };

/* ---- errors ---- */

static const tryton_error ERRORS[] = {
#define TRYTON_ERROR(key, read, write, words, remedy) {key, TRYTON_##read, TRYTON_W_##write, words, remedy},
#include "tryton_errors.def"
#undef TRYTON_ERROR
};

const tryton_error *tryton_error_at(size_t i) { return i < sizeof ERRORS / sizeof *ERRORS ? &ERRORS[i] : NULL; }

static const tryton_error *error_of(slice key) {
  size_t i = 0;
  while (ERRORS[i].key[0] && !slice_eq(slice_of(ERRORS[i].key), key)) i++;
  return &ERRORS[i]; /* the last row is of all others */
}

slice tryton_error_words(const tryton_error *x, int status, arena *perm) {
  if (x->key[0]) return arena_printf(perm, "%s (%s): %s", x->words, x->key, x->remedy);
  return arena_printf(perm, "%s (%d): %s", x->words, status, x->remedy);
}

/* A person ends sessions in Tryton's client, and it clears those of a user whose password changes. Its sentence is in
 * English, since nobody is logged in where the session is marked. */
static bool about_session(const json *error) {
  slice words = json_text(json_item(json_item(error, 1), 0)), is = SLICE("of \"Session\" that don't exist anymore");
  return slice_eq(json_text(json_item(error, 0)), SLICE("UserError")) && words.n &&
         memmem(words.p, words.n, is.p, is.n);
}

static tryton_answer read_answer(http_answer http, arena *perm) {
  tryton_answer a = {.http = http};
  slice why;
  char status[8];
  if (http.end != HTTP_OK) return a;
  if (http.status != 200) {
    snprintf(status, sizeof status, "%d", http.status);
    a.error = error_of(slice_of(status));
    return a;
  }
  const json *root = json_parse(http.body, perm, &why);
  const json *error = json_member(root, SLICE("error"));
  if (error) {
    a.error = error_of(about_session(error) ? SLICE("Session") : json_text(json_item(error, 0)));
    return a;
  }
  a.result = json_member(root, SLICE("result"));
  a.fine = a.result != NULL;
  return a;
}

static bool expired(const http_answer *answer) {
  static const char SESSION[] = "Session\\\""; /* as it stands in a JSON text */
  if (answer->status != 200) return answer->status == 401;
  if (answer->body.n > 4096 || !memmem(answer->body.p, answer->body.n, SESSION, sizeof SESSION - 1)) return false;
  arena *scratch = arena_new();
  slice why;
  bool yes = about_session(json_member(json_parse(answer->body, scratch, &why), SLICE("error")));
  arena_free(scratch);
  return yes;
}

/* Who failed to log in too often is not helped by trying again. */
static bool asks_again(const http_answer *answer, int64_t *wait_s) {
  (void)wait_s;
  return answer->status == 408 || answer->status == 500 || (answer->status >= 502 && answer->status <= 504);
}

/* ---- the session ---- */

static slice numbered(erp *e, const char *method, arena *perm) {
  return arena_printf(perm, "{\"id\":%u,\"method\":\"%s\",\"params\":", e->asked++, method);
}

/* "Session base64(login:id:key)" */
static void prove(const erp *e, api_proof *proof, const json *result, arena *perm) {
  slice user = arena_printf(perm, "%.*s:%.*s:", SLICE_ARG(e->user), SLICE_ARG(json_text(json_item(result, 0))));
  const http_piece parts[] = {{.text = user}, {.hidden = secret_of(perm, json_text(json_item(result, 1)))}};
  http_piece *pieces = ARENA_ARRAY(perm, 2, http_piece);
  pieces[0] = (http_piece){.text = SLICE("Session ")};
  pieces[1] = (http_piece){.hidden = sign_joined_base64(perm, parts, 2)};
  proof->name = "Authorization";
  proof->pieces = pieces;
  proof->count = 2;
}

static bool login(api *a, void *self, api_proof *proof, arena *perm, slice *why) {
  erp *e = self;
  arena *scratch = arena_new();
  slice first = numbered(e, "common.db.login", scratch);
  slice head =
      arena_printf(scratch, "%.*s[%.*s,{\"password\":\"", SLICE_ARG(first), SLICE_ARG(tryton_quoted(e->user, scratch)));
  const http_piece body[] = {
      {.text = head}, {.hidden = e->password, .form = HTTP_IN_JSON}, {.text = SLICE("\"},\"en\"]}")}};
  const api_request call = {.method = "POST",
                            .path = e->path,
                            .type = "application/json",
                            .body = body,
                            .body_count = sizeof body / sizeof *body,
                            .safe = true};
  http_answer http = api_ask(a, &call, scratch);
  tryton_answer t = read_answer(http, scratch);
  bool fine = json_count(t.result) == 2 && json_text(json_item(t.result, 1)).n > 0;
  if (fine)
    prove(e, proof, t.result, perm);
  else if (t.error)
    *why = tryton_error_words(t.error, http.status, perm);
  else
    *why = http.end == HTTP_OK ? SLICE("Tryton gives no session") : api_words(a, &http, perm);
  e->logged_in |= fine;
  arena_free(scratch);
  return fine;
}

static void tryton_close(erp *e) {
  if (!e) return;
  if (e->logged_in) {
    arena *scratch = arena_new();
    api_patience(e->api, 0);
    (void)tryton_ask(e, "common.db.logout", SLICE("[]"), scratch);
    arena_free(scratch);
  }
  api_close(e->api);
}

/* ---- calls ---- */

static void ask_each(erp *e, const tryton_call *calls, size_t n, bool safe, tryton_answer *out, arena *perm) {
  api_request *v = ARENA_ARRAY(perm, n + 1, api_request);
  http_answer *answers = ARENA_ARRAY(perm, n + 1, http_answer);
  http_piece *body = ARENA_ARRAY(perm, n + 1, http_piece);
  for (size_t i = 0; i < n; i++) {
    slice head = numbered(e, calls[i].method, perm);
    body[i] = (http_piece){.text = arena_printf(perm, "%.*s%.*s}", SLICE_ARG(head), SLICE_ARG(calls[i].params))};
    v[i] = (api_request){
        .method = "POST", .path = e->path, .type = "application/json", .body = &body[i], .body_count = 1, .safe = safe};
  }
  if (n) api_ask_all(e->api, v, n, answers, perm);
  for (size_t i = 0; i < n; i++) out[i] = read_answer(answers[i], perm);
}

void tryton_ask_all(erp *e, const tryton_call *calls, size_t n, tryton_answer *out, arena *perm) {
  ask_each(e, calls, n, true, out, perm);
}

tryton_answer tryton_ask(erp *e, const char *method, slice params, arena *perm) {
  const tryton_call call = {method, params};
  tryton_answer a;
  ask_each(e, &call, 1, true, &a, perm);
  return a;
}

tryton_answer tryton_do(erp *e, const char *method, slice params, arena *perm) {
  const tryton_call call = {method, params};
  tryton_answer a;
  ask_each(e, &call, 1, false, &a, perm);
  return a;
}

erp_code tryton_asked(erp *e, const tryton_answer *a, erp_failure *f, arena *perm) {
  if (a->fine) return ERP_END;
  f->wait_s = http_retry_after_s(&a->http, e->w->now_ns(e->w) / 1000000000);
  if (!a->error || a->http.status == 401) { /* 401: why the login failed is known to the api */
    f->why = a->http.end == HTTP_OK && a->http.status == 200
                 ? SLICE("an answer of Tryton is not in the form that is documented")
                 : api_words(e->api, &a->http, perm);
    return ERP_FAILED;
  }
  f->why = tryton_error_words(a->error, a->http.status, perm);
  if (a->error->reading != TRYTON_LATER) return ERP_FAILED;
  if (!f->wait_s) f->wait_s = a->http.status == 429 ? LOCKED_OUT_S : LATER_S;
  return ERP_LATER;
}

slice tryton_quoted(slice s, arena *perm) { return arena_printf(perm, "\"%.*s\"", SLICE_ARG(json_escaped(s, perm))); }

slice tryton_context(const erp *e, bool inactive, arena *perm) {
  return arena_printf(perm, "{\"company\":%lld%s}", (long long)e->company, inactive ? ",\"active_test\":false" : "");
}

/* ---- the company ---- */

static bool says(erp_failure *f, slice why) {
  f->why = why;
  f->wait_s = 0;
  return false;
}

bool tryton_company(erp *e, erp_failure *f, arena *perm) {
  if (e->company) return true;
  slice domain;
  int64_t id;
  if (e->company_name.n) {
    domain = arena_printf(perm, "[\"party.name\",\"=\",%.*s]", SLICE_ARG(tryton_quoted(e->company_name, perm)));
  } else {
    tryton_answer own = tryton_ask(e, "model.res.user.get_preferences", SLICE("[true,{}]"), perm);
    if (tryton_asked(e, &own, f, perm) != ERP_END) return false;
    if (!json_int(json_member(own.result, SLICE("company")), &id))
      return says(f, SLICE("the user has no company: give it one in Tryton, or name it: company \"NAME\""));
    domain = arena_printf(perm, "[\"id\",\"=\",%lld]", (long long)id);
  }
  slice params = arena_printf(perm, "[[%.*s],0,2,null,[\"currency.code\"],{}]", SLICE_ARG(domain));
  tryton_answer a = tryton_ask(e, "model.company.company.search_read", params, perm);
  if (tryton_asked(e, &a, f, perm) != ERP_END) return false;
  const json *one = json_item(a.result, 0);
  if (json_count(a.result) != 1 || !json_int(json_member(one, SLICE("id")), &id))
    return says(f, SLICE("there is not exactly one company of that name that the user may read"));
  e->home = currency_find(json_text(json_member(json_member(one, SLICE("currency.")), SLICE("code"))));
  if (e->home == CURRENCY_NONE) return says(f, SLICE("the company's currency has no ISO 4217 code"));
  e->company = id;
  return true;
}

/* ---- the connect line ---- */

static bool read_choices(erp *e, const connection *c, slice *why) {
  slice value, variable;
  if (connection_setting(e->w, c, "company", &value, &variable)) e->company_name = arena_slice(e->perm, value);
  if (connection_setting(e->w, c, "category", &value, &variable)) e->category = arena_slice(e->perm, value);
  if (connection_setting(e->w, c, "numbers", &value, &variable)) {
    e->by_year = slice_eq(value, SLICE("year"));
    if (!e->by_year && !slice_eq(value, SLICE("plain"))) {
      *why = SLICE("`numbers` is \"plain\" (the invoice's number) or \"year\" (YEAR/NUMBER)");
      return false;
    }
  }
  e->page_rows = PAGE_ROWS;
  if (!connection_setting(e->w, c, "page", &value, &variable)) return true;
  long n = value.n && value.n < 6 ? strtol(arena_copy(e->perm, value), NULL, 10) : 0;
  if (n < 1 || n > PAGE_ROWS_MAX) {
    *why = arena_printf(e->perm, "`page` is how many rows a page has, 1 to %d", PAGE_ROWS_MAX);
    return false;
  }
  e->page_rows = (uint32_t)n;
  return true;
}

static void tryton_hurry(erp *e, bool yes) { api_hurry(e->api, yes ? ERP_HURRY_MS : 0); }

static erp *tryton_open(world *w, arena *perm, const connection *c, slice *why) {
  erp *e = ARENA_NEW(perm, erp);
  slice database;
  *e = (erp){.w = w, .perm = perm, .home = CURRENCY_NONE};
  if (!connection_needs(w, perm, c, "database", "database \"tryton\"", &database, why) ||
      !connection_needs(w, perm, c, "user", "user from env \"TRYTON_USER\"", &e->user, why) ||
      !connection_needs_secret(w, perm, c, "password", "password from env \"TRYTON_PASSWORD\"", &e->password, why) ||
      !read_choices(e, c, why))
    return NULL;
  text path = text_new(perm);
  text_char(&path, '/');
  http_percent(&path, database);
  text_char(&path, '/');
  e->path = text_slice(&path);
  const api_options o = {.service = "Tryton",
                         .connect = c,
                         .limits = TRYTON.limits,
                         .total_ms = TOTAL_MS,
                         .login = login,
                         .expired = expired,
                         .again = asks_again,
                         .self = e};
  e->api = api_open(w, perm, &o, why);
  return e->api ? e : NULL;
}

/* ---- doctor ---- */

static const struct may {
  const char *model;
  bool read, write, create;
  slice what, remedy;
} NEEDED[] = {
    {"party.party", true, false, false, SLICE("parties can be read"), SLICE("give the user the right to read parties")},
    {"party.contact_mechanism", true, false, false, SLICE("contact mechanisms can be read"),
     SLICE("give the user the right to read contact mechanisms")},
    {"account.invoice", true, false, false, SLICE("invoices can be read"),
     SLICE("put the user into the group Account")},
    {"account.move.line", true, true, false, SLICE("account move lines can be read, and due dates written"),
     SLICE("put the user into the group Account")},
    {"ir.note", true, false, true, SLICE("notes can be written"), SLICE("give the user the right to create notes")},
};

static bool has_right(const json *rights, const char *name) {
  int64_t n;
  const json *j = json_member(rights, slice_of(name));
  return json_true(j) || (json_int(j, &n) && n > 0);
}

static bool may_do(erp *e, const struct may *m, erp_failure *f, arena *perm) {
  slice params = arena_printf(perm, "[[\"%s\"],%.*s]", m->model, SLICE_ARG(tryton_context(e, false, perm)));
  tryton_answer a = tryton_ask(e, "model.ir.model.access.get_access", params, perm);
  if (tryton_asked(e, &a, f, perm) != ERP_END) return false;
  const json *rights = json_member(a.result, slice_of(m->model));
  f->why = SLICE("the user may not do what is needed");
  if (!rights || (m->read && !has_right(rights, "read")) || (m->write && !has_right(rights, "write")) ||
      (m->create && !has_right(rights, "create")))
    return false;
  /* A model that is not there has all rights: only a question tells. */
  params = arena_printf(perm, "[[],0,1,null,[\"id\"],%.*s]", SLICE_ARG(tryton_context(e, false, perm)));
  slice method = arena_printf(perm, "model.%s.search_read", m->model);
  a = tryton_ask(e, arena_copy(perm, method), params, perm);
  return tryton_asked(e, &a, f, perm) == ERP_END;
}

static bool tryton_check(erp *e, void (*say)(void *self, bool fine, slice what, slice remedy), void *self,
                         arena *perm) {
  erp_failure f = {0};
  bool all = tryton_company(e, &f, perm);
  say(self, all, all ? SLICE("Tryton lets us in, and the company is known") : f.why,
      all ? (slice){0} : SLICE("look at the connect line"));
  if (!all) return false;
  for (size_t i = 0; i < sizeof NEEDED / sizeof *NEEDED; i++) {
    bool fine = may_do(e, &NEEDED[i], &f, perm);
    all &= fine;
    say(self, fine, fine ? NEEDED[i].what : f.why, fine ? (slice){0} : NEEDED[i].remedy);
  }
  return all;
}

/* ---- the descriptor ---- */

#define COLUMN(id, name) {SLICE(name), false},
static const store_written PARTY_COLUMNS[] = {
#define TRYTON_PARTY COLUMN
#include "tryton_columns.def"
#undef TRYTON_PARTY
};
static const store_written LINE_COLUMNS[] = {
#define TRYTON_LINE COLUMN
#include "tryton_columns.def"
#undef TRYTON_LINE
};
#undef COLUMN

const erp_feed TRYTON_FEEDS[TRYTON_FEED_COUNT] = {
    [TRYTON_PARTIES] = {.name = "parties",
                        .table = STORE_T_customer,
                        .columns = PARTY_COLUMNS,
                        .column_count = sizeof PARTY_COLUMNS / sizeof *PARTY_COLUMNS,
                        .by_change = true},
    [TRYTON_RECEIVABLES] = {.name = "receivables",
                            .table = STORE_T_invoice,
                            .columns = LINE_COLUMNS,
                            .column_count = sizeof LINE_COLUMNS / sizeof *LINE_COLUMNS,
                            .by_change = true,
                            .open_only = true},
};

static void tryton_patience(erp *e, int64_t seconds) { api_patience(e->api, seconds); }

const erp_driver TRYTON = {
    .vendor = "tryton",
    .words = "Tryton",
    .limits = {.at_once = 2},
    .feeds = TRYTON_FEEDS,
    .feed_count = TRYTON_FEED_COUNT,
    .open = tryton_open,
    .close = tryton_close,
    .patience = tryton_patience,
    .page = tryton_page,
    .read = tryton_read,
    .hurry = tryton_hurry,
    .writes = 1u << ACT_UPDATE_DUE | 1u << ACT_MARK,
    .shows = 1u << ACT_UPDATE_DUE,
    .write = tryton_write,
    .find = tryton_find,
    .check = tryton_check,
};
