/* Omie: the connection, its calls and their faults. What is read is in omie_read.c and omie_map.c, what is written in
 * omie_write.c, webhooks in omie_hook.c.
 *
 * Invariant: a call that does something leaves once; every fault is a row of omie_faults.def. */
#include <stdio.h>
#include <string.h>

#include "omie_impl.h"

#define OMIE_BASE "https://app.omie.com.br/api/v1"
enum { FAULT_BYTES_MAX = 8192, BLOCKED_SECONDS = 1800, REDUNDANT_SECONDS = 60, BUSY_SECONDS = 5, FAILED_SECONDS = 2 };

static const struct {
  const char *name, *path;
  omie_group group;
} METHODS[OMIE_METHOD_COUNT] = {
#define OMIE_METHOD(id, path, group) {#id, path, OMIE_##group},
    OMIE_METHODS(OMIE_METHOD)
#undef OMIE_METHOD
};

/* ---- faults ---- */

static const omie_fault FAULTS[] = {
#define OMIE_FAULT(code, id, read, write, words) {code, words, OMIE_##read, OMIE_W_##write, 0, {0}},
#include "omie_faults.def"
#undef OMIE_FAULT
};

const omie_fault *omie_fault_at(size_t i) { return i < sizeof FAULTS / sizeof *FAULTS ? &FAULTS[i] : NULL; }

static const omie_fault *fault_row(slice code) {
  for (size_t i = 0; i < code.n; i++)
    if (code.p[i] == ':') code = (slice){code.p + i + 1, code.n - i - 1}, i = 0;
  bool client = slice_starts(code, SLICE("Client"));
  slice end = slice_starts(code, SLICE("Client-")) ? (slice){code.p + 7, code.n - 7} : code;
  if (slice_starts(code, SLICE("Server"))) end = SLICE("Server");
  for (size_t i = 0; i < sizeof FAULTS / sizeof *FAULTS; i++)
    if (slice_eq(end, slice_of(FAULTS[i].code))) return &FAULTS[i];
  for (size_t i = 0; i < sizeof FAULTS / sizeof *FAULTS; i++)
    if (slice_eq(slice_of(FAULTS[i].code), client ? SLICE("Client") : SLICE(""))) return &FAULTS[i];
  return NULL; /* the last row is of all others */
}

/* "Aguarde 57 segundos": the number before "segundo". */
static int64_t seconds_in(slice words) {
  static const char UNIT[] = " segundo";
  for (size_t i = 0; i + sizeof UNIT - 1 <= words.n; i++) {
    if (memcmp(words.p + i, UNIT, sizeof UNIT - 1) != 0) continue;
    size_t from = i;
    int64_t n = 0;
    while (from && words.p[from - 1] >= '0' && words.p[from - 1] <= '9') from--;
    for (size_t k = from; k < i && k < from + 6; k++) n = n * 10 + (words.p[k] - '0');
    return n;
  }
  return 0;
}

static int64_t pause_of(const omie_fault *row) {
  if (row->reading == OMIE_LATER) return BLOCKED_SECONDS;
  if (strcmp(row->code, "6") == 0 || strcmp(row->code, "1100") == 0 || strcmp(row->code, "429") == 0)
    return REDUNDANT_SECONDS;
  return strcmp(row->code, "1880") == 0 ? BUSY_SECONDS : FAILED_SECONDS;
}

/* The end of a faultcode, where it is one. */
static slice shown(slice code) {
  enum { CODE_MAX = 32 };
  size_t from = code.n;
  while (from && code.p[from - 1] != ':') from--;
  slice end = {code.p + from, code.n - from};
  bool plain = end.n > 0 && end.n <= CODE_MAX;
  for (size_t i = 0; i < end.n && plain; i++) {
    char c = end.p[i];
    plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
  }
  return plain ? end : (slice){0};
}

bool omie_fault_of(const http_answer *http, arena *perm, omie_fault *out) {
  slice why;
  if (http->end != HTTP_OK || http->body.n == 0 || http->body.n > FAULT_BYTES_MAX ||
      !memmem(http->body.p, http->body.n, "\"faultcode\"", 11))
    return false;
  const json *root = json_parse(http->body, perm, &why);
  slice code = json_text_at(root, "faultcode");
  if (code.n == 0) return false;
  const omie_fault *row = fault_row(code);
  *out = *row;
  out->said = shown(code);
  out->wait_s = seconds_in(json_text_at(root, "faultstring"));
  if (out->wait_s == 0) out->wait_s = pause_of(row);
  return true;
}

/* A question that is to be asked again, whatever its status; what api.c asks again by itself stays. */
static bool asks_again(const http_answer *a, int64_t *wait_s) {
  arena *scratch = arena_new();
  omie_fault fault;
  bool has = omie_fault_of(a, scratch, &fault), again;
  if (has) {
    again = fault.reading == OMIE_AGAIN;
    if (again) *wait_s = fault.wait_s;
  } else {
    again = a->status == 408 || a->status == 429 || a->status == 500 || (a->status >= 502 && a->status <= 504);
  }
  arena_free(scratch);
  return again;
}

/* ---- calls ---- */

static omie_answer read_answer(const http_answer *http, arena *perm) {
  omie_answer a = {.http = *http};
  omie_fault *fault = ARENA_NEW(perm, omie_fault);
  if (omie_fault_of(http, perm, fault)) {
    a.fault = fault;
    return a;
  }
  slice why;
  if (http->end == HTTP_OK && http->status == 200) a.root = json_parse(http->body, perm, &why);
  if (json_kind_of(a.root) != JSON_OBJECT) a.root = NULL;
  return a;
}

typedef struct body {
  http_piece piece[5];
  char head[96];
} body;

static api_request call_of(erp *e, omie_method m, slice param, bool safe, body *b) {
  int n = snprintf(b->head, sizeof b->head, "{\"call\":\"%s\",\"app_key\":\"", METHODS[m].name);
  b->piece[0] = (http_piece){.text = {b->head, (size_t)n}};
  b->piece[1] = (http_piece){.hidden = e->key, .form = HTTP_IN_JSON};
  b->piece[2] = (http_piece){.text = SLICE("\",\"app_secret\":\"")};
  b->piece[3] = (http_piece){.hidden = e->secret_key, .form = HTTP_IN_JSON};
  b->piece[4] = (http_piece){.text = param};
  return (api_request){.method = "POST",
                       .path = slice_of(METHODS[m].path),
                       .type = "application/json",
                       .body = b->piece,
                       .body_count = 5,
                       .safe = safe};
}

static slice wrapped(slice param, arena *perm) { return arena_printf(perm, "\",\"param\":[%.*s]}", SLICE_ARG(param)); }

omie_answer omie_call(erp *e, omie_method m, slice param, bool safe, arena *perm) {
  body b;
  api_request call = call_of(e, m, wrapped(param, perm), safe, &b);
  http_answer http = api_ask(e->group[METHODS[m].group], &call, perm);
  return read_answer(&http, perm);
}

void omie_call_all(erp *e, omie_method m, const slice *params, size_t n, bool safe, omie_answer *out, arena *perm) {
  body *bodies = ARENA_ARRAY(perm, n + 1, body);
  api_request *calls = ARENA_ARRAY(perm, n + 1, api_request);
  http_answer *http = ARENA_ARRAY(perm, n + 1, http_answer);
  for (size_t i = 0; i < n; i++) calls[i] = call_of(e, m, wrapped(params[i], perm), safe, &bodies[i]);
  if (n) api_ask_all(e->group[METHODS[m].group], calls, n, http, perm);
  for (size_t i = 0; i < n; i++) out[i] = read_answer(&http[i], perm);
}

bool omie_is_gone(const omie_answer *a) { return a->fault && a->fault->reading == OMIE_GONE; }

erp_code omie_asked(erp *e, omie_method m, const omie_answer *a, erp_failure *f, arena *perm) {
  if (a->root || (a->fault && (a->fault->reading == OMIE_GO_ON || a->fault->reading == OMIE_GONE))) return ERP_END;
  if (a->fault) {
    slice said = a->fault->said.n ? a->fault->said : SLICE("fault");
    f->why = arena_printf(perm, "%s (%.*s, %s)", a->fault->words, SLICE_ARG(said), METHODS[m].name);
    f->wait_s = a->fault->wait_s;
    return a->fault->reading == OMIE_LATER || a->fault->reading == OMIE_AGAIN ? ERP_LATER : ERP_FAILED;
  }
  bool answered = a->http.end == HTTP_OK && a->http.status == 200;
  f->why = answered ? arena_printf(perm, "its answer to %s is not in the form that is documented", METHODS[m].name)
                    : api_words(e->group[METHODS[m].group], &a->http, perm);
  f->wait_s = 0;
  return ERP_FAILED;
}

/* ---- the connection ---- */

/* `with payment "boleto, pix"` */
static bool read_means(erp *e, slice value) {
  while (value.n) {
    size_t n = 0;
    while (n < value.n && value.p[n] != ',') n++;
    slice word = slice_trim((slice){value.p, n});
    bool boleto = slice_eq(word, SLICE("boleto")), pix = slice_eq(word, SLICE("pix"));
    if (!boleto && !pix) return false;
    e->boletos |= boleto;
    e->pix |= pix;
    value = n < value.n ? (slice){value.p + n + 1, value.n - n - 1} : (slice){0};
  }
  return true;
}

static bool digits_only(slice s) {
  for (size_t i = 0; i < s.n; i++)
    if (s.p[i] < '0' || s.p[i] > '9') return false;
  return s.n > 0 && s.n < 19;
}

static bool read_settings(erp *e, const connection *c, arena *perm, slice *why) {
  slice value, variable;
  if (!connection_needs_secret(e->w, perm, c, "key", "key from env \"OMIE_APP_KEY\"", &e->key, why)) return false;
  if (!connection_needs_secret(e->w, perm, c, "secret", "secret from env \"OMIE_APP_SECRET\"", &e->secret_key, why))
    return false;
  if (connection_setting(e->w, c, "payment", &value, &variable) && !read_means(e, value)) {
    *why = SLICE("`payment` is written \"boleto\", \"pix\" or \"boleto, pix\"");
    return false;
  }
  if (connection_setting(e->w, c, "write_off_account", &value, &variable)) {
    if (!digits_only(value)) {
      *why = SLICE("`write_off_account` is the number of an account in Omie, of digits alone");
      return false;
    }
    e->account = arena_slice(perm, value);
  }
  return true;
}

static void omie_close(erp *e) {
  for (int g = 0; e && g < OMIE_GROUP_COUNT; g++) api_close(e->group[g]);
}

static void omie_hurry(erp *e, bool yes) {
  for (int g = 0; g < OMIE_GROUP_COUNT; g++) api_hurry(e->group[g], yes ? ERP_HURRY_MS : 0);
}

static erp *omie_open(world *w, arena *perm, const connection *c, slice *why) {
  erp *e = ARENA_NEW(perm, erp);
  *e = (erp){.w = w};
  if (!read_settings(e, c, perm, why)) return NULL;
  const api_options o = {.service = "Omie",
                         .connect = c,
                         .base = OMIE_BASE,
                         .limits = OMIE.limits,
                         .total_ms = 60000,
                         .again = asks_again,
                         .self = e};
  for (int g = 0; g < OMIE_GROUP_COUNT; g++) {
    e->group[g] = api_open(w, perm, &o, why);
    if (!e->group[g]) {
      omie_close(e);
      return NULL;
    }
  }
  return e;
}

/* ---- doctor ---- */

static bool omie_check(erp *e, void (*say)(void *self, bool fine, slice what, slice remedy), void *self, arena *perm) {
  static const struct {
    omie_method method;
    slice param, what;
  } ASKS[] = {
      {OMIE_ListarClientes, SLICE("{\"pagina\":1,\"registros_por_pagina\":1}"), SLICE("customers can be read")},
      {OMIE_ListarContratos, SLICE("{\"pagina\":1,\"registros_por_pagina\":1}"), SLICE("contracts can be read")},
      {OMIE_PesquisarLancamentos, SLICE("{\"nPagina\":1,\"nRegPorPagina\":1,\"cNatureza\":\"R\"}"),
       SLICE("receivables can be read")},
  };
  bool all = true;
  for (size_t i = 0; i < sizeof ASKS / sizeof *ASKS; i++) {
    erp_failure f = {0};
    omie_answer a = omie_call(e, ASKS[i].method, ASKS[i].param, true, perm);
    bool fine = omie_asked(e, ASKS[i].method, &a, &f, perm) == ERP_END;
    all &= fine;
    say(self, fine, fine ? ASKS[i].what : f.why,
        fine ? (slice){0}
             : SLICE("look in Omie under Configurações, Resumo do App: the key and its secret, and that the app is "
                     "active"));
  }
  return all;
}

static void omie_patience(erp *e, int64_t seconds) {
  for (size_t i = 0; i < OMIE_GROUP_COUNT; i++) api_patience(e->group[i], seconds);
}

const erp_driver OMIE = {
    .vendor = "omie",
    .words = "Omie",
    .limits = {.per_minute = 240, .at_once = 4},
    .feeds = OMIE_FEEDS,
    .feed_count = OMIE_FEED_COUNT,
    .open = omie_open,
    .close = omie_close,
    .patience = omie_patience,
    .page = omie_page,
    .read = omie_read,
    .hurry = omie_hurry,
    .writes = 1u << ACT_CHARGE_FEE | 1u << ACT_CHARGE_INTEREST | 1u << ACT_UPDATE_DUE | 1u << ACT_WRITE_OFF |
              1u << ACT_SUSPEND_SERVICE | 1u << ACT_RESUME_SERVICE | 1u << ACT_MARK | 1u << ACT_UNMARK |
              1u << ACT_BILL_CONTRACT,
    .shows = 1u << ACT_CHARGE_FEE | 1u << ACT_CHARGE_INTEREST | 1u << ACT_UPDATE_DUE | 1u << ACT_WRITE_OFF |
             1u << ACT_SUSPEND_SERVICE | 1u << ACT_RESUME_SERVICE,
    .refuses = omie_refuses,
    .write = omie_write,
    .find = omie_find,
    .hook = omie_hook,
    .address = OMIE_BASE,
    .check = omie_check,
};
