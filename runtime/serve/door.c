/* See door.h. */
#include "door.h"

#include "runtime/store/hooks.h"
#include "stdlib/channel/channel.h"
#include "stdlib/channel/leave.h"
#include "stdlib/channel/webhook_in.h"
#include "stdlib/documents/signature.h"
#include "stdlib/erp/erp.h"

hook_reader *door_reader(const program *p, const connection *c, bool *signs_address) {
  *signs_address = false;
  if (slice_eq(c->kind, SLICE("erp"))) {
    const erp_driver *d = erp_driver_of(c->vendor);
    return d ? d->hook : NULL;
  }
  if (slice_eq(c->kind, SLICE("signature"))) {
    const channel_driver *d = signature_driver_of(c->vendor);
    return d ? d->hook : NULL;
  }
  if (slice_eq(c->kind, SLICE("webhook"))) return webhook_in;
  for (int ch = 0; ch < CH_COUNT; ch++) {
    const connection *of;
    if (!slice_eq(c->kind, slice_of(CHANNELS[ch]))) continue;
    const channel_driver *d = channel_driver_of(p, (channel)ch, &of);
    if (!d || !of || !slice_eq(of->vendor, c->vendor)) return NULL;
    *signs_address = d->hook_signs_address;
    return d->hook;
  }
  return NULL;
}

/* ---- the way to a connection ---- */

/* The part of a path up to the next slash; the rest is behind it. */
static slice part(slice *rest) {
  size_t n = 0;
  while (n < rest->n && rest->p[n] != '/') n++;
  slice out = {rest->p, n};
  *rest = n < rest->n ? (slice){rest->p + n + 1, rest->n - n - 1} : (slice){0};
  return out;
}

static const connection *connection_at(const program *p, slice path) {
  slice prefix = SLICE("/hooks/");
  if (!slice_starts(path, prefix)) return NULL;
  slice rest = {path.p + prefix.n, path.n - prefix.n};
  slice kind = part(&rest), vendor = part(&rest);
  for (uint32_t i = p->connection_count; i-- > 0;)
    if (slice_eq(p->connections[i].kind, kind) && slice_eq(p->connections[i].vendor, vendor)) return p->connections + i;
  return NULL;
}

static slice header(const door_request *r, const char *name) {
  for (size_t i = 0; i < r->header_count; i++)
    if (slice_eq(r->headers[i].name, slice_of(name))) return r->headers[i].value;
  return (slice){0};
}

static hook_request hook_of(const door *d, const door_request *r, arena *perm) {
  size_t n = 0;
  while (n < r->target.n && r->target.p[n] != '?') n++;
  slice host = header(r, "host");
  slice url = d->public_url.n ? arena_printf(perm, "%.*s%.*s", SLICE_ARG(d->public_url), SLICE_ARG(r->target))
                              : arena_printf(perm, "http://%.*s%.*s", SLICE_ARG(host), SLICE_ARG(r->target));
  return (hook_request){.method = r->method,
                        .url = url,
                        .path = {r->target.p, n},
                        .query = n < r->target.n ? (slice){r->target.p + n + 1, r->target.n - n - 1} : (slice){0},
                        .headers = r->headers,
                        .header_count = r->header_count,
                        .body = r->body,
                        .now_s = d->w->now_ns(d->w) / 1000000000};
}

/* ---- what it comes to ---- */

static int status_of(hook_answer a) {
  static const int STATUS[HOOK_ANSWER_COUNT] = {
#define HOOK_ANSWER(id, status) status,
      HOOK_ANSWERS(HOOK_ANSWER)
#undef HOOK_ANSWER
  };
  return a < HOOK_ANSWER_COUNT ? STATUS[a] : 400;
}

/* The first of a connection, the tenth, the hundredth: an attack does not fill the log. */
static void log_refusal(door *d, const connection *c, hook_answer a, arena *perm) {
  static const char *const WHY[HOOK_ANSWER_COUNT] = {
      [HOOK_ANSWER_NOT_GENUINE] = "its signature or token does not fit the connect line",
      [HOOK_ANSWER_TOO_OLD] = "it was signed too long ago: is this machine's clock right?",
      [HOOK_ANSWER_NOT_UNDERSTOOD] = "it cannot be read"};
  size_t i = 0;
  while (i < DOOR_REFUSALS_MAX && d->count[i].from && d->count[i].from != c) i++;
  if (i == DOOR_REFUSALS_MAX) return;
  d->count[i].from = c;
  uint32_t n = ++d->count[i].refused, power = 1;
  while (power <= n / 10) power *= 10;
  if (n != power) return;
  d->w->log(d->w, WORLD_WARN,
            arena_printf(perm, "a webhook for %.*s %.*s was refused: %s (%u so far)", SLICE_ARG(c->kind),
                         SLICE_ARG(c->vendor), WHY[a], n));
}

static const char *type_of(slice say) {
  if (say.n == 0) return NULL;
  return say.p[0] == '<'   ? "text/xml; charset=utf-8"
         : say.p[0] == '{' ? "application/json"
                           : "text/plain; charset=utf-8";
}

/* What genuine webhooks tell, on its way into the store. */
typedef struct telling {
  const door_asked *asked;
  hook_events events;
} telling;

/* A tick may hold the store for a while; the provider waits so long, and many ask only once. */
static store_code take_all(door *d, const inbox_work *v, size_t n) {
  int64_t until = d->w->monotonic_ns(d->w) + (int64_t)DOOR_LOCKED_SECONDS * 1000000000;
  for (;;) {
    store_code code = inbox_take_all(v, n);
    if (code != STORE_LOCKED || d->w->monotonic_ns(d->w) >= until) return code;
    d->w->sleep_ns(d->w, 20000000);
  }
}

static store_code take(door *d, const connection *c, const hook_events *events, arena *perm) {
  const inbox_work one = {{d->w, d->s, d->p, c}, events, perm};
  return take_all(d, &one, 1);
}

static void told(door *d, const telling *t, store_code code) {
  enum { AGAIN_SECONDS = 30 };
  if (code == STORE_OK) {
    *t->asked->out = (door_answer){.status = 200, .body = t->events.say, .type = type_of(t->events.say)};
    return;
  }
  d->w->log(d->w, WORLD_ERROR,
            arena_printf(t->asked->perm, "a webhook could not be stored: %s", store_why(d->s)->text));
  *t->asked->out = (door_answer){.status = 503, .retry_s = AGAIN_SECONDS};
}

/* One that cannot be stored keeps no other from it. */
static void tell_all(door *d, const telling *v, const inbox_work *work, size_t n) {
  if (n == 0) return;
  store_code code = take_all(d, work, n);
  bool alone = code != STORE_OK && code != STORE_LOCKED && n > 1;
  for (size_t i = 0; i < n; i++) told(d, v + i, alone ? inbox_take_all(work + i, 1) : code);
}

/* The ERP whose row it names: the one that it says, or the policy's only one. */
static const connection *erp_meant(const program *p, slice vendor) {
  const connection *found = NULL;
  size_t n = 0;
  for (uint32_t i = 0; i < p->connection_count; i++) {
    const connection *c = p->connections + i;
    if (!slice_eq(c->kind, SLICE("erp")) || (vendor.n && !slice_eq(c->vendor, vendor))) continue;
    found = c;
    n++;
  }
  const erp_driver *driver = n == 1 ? erp_driver_of(found->vendor) : NULL;
  return driver && driver->read ? found : NULL;
}

/* False: it is about an ERP that nothing could be read from. */
static bool find_whose(const program *p, hook_events *events) {
  for (size_t i = 0; i < events->count; i++) {
    hook_event *e = events->v + i;
    if (!e->as || !slice_eq(e->as->kind, SLICE("erp"))) continue;
    e->as = erp_meant(p, e->as->vendor);
    if (!e->as) return false;
  }
  return true;
}

static bool hear(door *d, const connection *c, hook_reader *read, const door_asked *x, hook_events *events) {
  hook_request h = hook_of(d, x->q, x->perm);
  hook_answer a = read(d->w, c, &h, x->perm, events);
  if (a == HOOK_ANSWER_TAKEN && !find_whose(d->p, events)) a = HOOK_ANSWER_NOT_UNDERSTOOD;
  x->out->status = status_of(a);
  if (a != HOOK_ANSWER_TAKEN) log_refusal(d, c, a, x->perm);
  return a == HOOK_ANSWER_TAKEN;
}

/* ---- no more e-mails ---- */

/* A page of two sentences; nothing of the request is in it. */
static slice leave_page(const door *d, bool done, arena *perm) {
  static const struct {
    const char *tag, *title, *ask, *button, *done;
  } WORDS[LANG_COUNT] = {
      [LANG_EN] = {"en", "E-mails about invoices", "Do you want no more e-mails from us about invoices?",
                   "No more e-mails", "You get no more e-mails from us about invoices. What is owed stays owed."},
      [LANG_PT] = {"pt", "E-mails sobre faturas", "Não quer mais receber nossos e-mails sobre faturas?",
                   "Não receber mais",
                   "Você não receberá mais nossos e-mails sobre faturas. O que é devido continua devido."},
      [LANG_ES] = {"es", "Correos sobre facturas", "¿No quiere recibir más correos nuestros sobre facturas?",
                   "No recibir más",
                   "Ya no recibirá correos nuestros sobre facturas. Lo que se debe sigue debiéndose."},
  };
  dun_lang l = d->p->lang;
  slice inside = done ? arena_printf(perm, "<p>%s</p>", WORDS[l].done)
                      : arena_printf(perm,
                                     "<form method=\"post\"><p>%s</p><input type=\"hidden\" name=\"List-Unsubscribe\" "
                                     "value=\"One-Click\"><button>%s</button></form>",
                                     WORDS[l].ask, WORDS[l].button);
  return arena_printf(perm,
                      "<!doctype html><html lang=\"%s\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
                      "content=\"width=device-width\"><meta name=\"referrer\" content=\"no-referrer\"><title>%s</title>"
                      "</head><body>%.*s</body></html>\n",
                      WORDS[l].tag, WORDS[l].title, SLICE_ARG(inside));
}

/* The message says whose address it is that wants no more. */
static store_code leave(door *d, slice key, arena *perm, bool *known) {
  static const connection BY = {.kind = {"email", 5}, .vendor = {"unsubscribe", 11}};
  store_answered a;
  slice to, provider_id;
  store_code code = store_answered_to(d->s, key, perm, &a, &to, &provider_id);
  *known = code == STORE_OK && a.action != 0;
  if (!*known) return code;
  int64_t minute = d->w->now_ns(d->w) / 60000000000;
  hook_event e = {.kind = HOOK_OPT_OUT,
                  .id = arena_printf(perm, "%.*s %lld", SLICE_ARG(key), (long long)minute),
                  .provider_id = provider_id,
                  .from = to,
                  .text = SLICE("unsubscribe")};
  return take(d, &BY, &(hook_events){.v = &e, .count = 1}, perm);
}

static void ask_leave(door *d, const door_request *r, slice path, arena *perm, door_answer *out) {
  static const char HTML[] = "text/html; charset=utf-8";
  secret its;
  slice key;
  bool known = true, get = slice_eq(r->method, SLICE("GET")) || slice_eq(r->method, SLICE("HEAD"));
  store_code code = leave_secret(d->w, d->s, false, perm, &its);
  if (code == STORE_OK && !leave_read(&its, path, &key)) return; /* 404 */
  if (code == STORE_OK && get) {
    *out = (door_answer){.status = 200, .body = leave_page(d, false, perm), .type = HTML};
    return;
  }
  bool posts = slice_eq(r->method, SLICE("POST"));
  bool asks = posts && r->body.n && memmem(r->body.p, r->body.n, "One-Click", 9);
  if (code == STORE_OK && !asks) {
    *out = posts ? (door_answer){.status = 400} : (door_answer){.status = 405, .allow = "GET, HEAD, POST"};
    return;
  }
  if (code == STORE_OK) code = leave(d, key, perm, &known);
  if (code == STORE_OK && known) *out = (door_answer){.status = 200, .body = leave_page(d, true, perm), .type = HTML};
  if (code == STORE_OK) return;
  d->w->log(d->w, WORLD_ERROR, arena_printf(perm, "an unsubscription could not be stored: %s", store_why(d->s)->text));
  *out = (door_answer){.status = 503, .retry_s = 30};
}

bool door_is_of(slice path) { return slice_starts(path, SLICE("/hooks/")) || slice_starts(path, SLICE(LEAVE_PATH)); }

/* True: it is a genuine webhook, and *c and *events what it tells; else it is answered. */
static bool comes_in(door *d, const door_asked *x, const connection **c, hook_events *events) {
  const door_request *r = x->q;
  size_t n = 0;
  while (n < r->target.n && r->target.p[n] != '?') n++;
  const slice path = {r->target.p, n};
  bool get = slice_eq(r->method, SLICE("GET")), head = slice_eq(r->method, SLICE("HEAD")), signs;
  *x->out = (door_answer){.status = 404};
  if (slice_eq(path, SLICE("/health"))) {
    *x->out = get || head ? (door_answer){.status = 200, .body = SLICE("ok\n"), .type = "text/plain; charset=utf-8"}
                          : (door_answer){.status = 405, .allow = "GET, HEAD"};
    return false;
  }
  if (slice_starts(path, SLICE(LEAVE_PATH))) {
    ask_leave(d, r, path, x->perm, x->out);
    return false;
  }
  *c = d->p ? connection_at(d->p, path) : NULL;
  hook_reader *read = *c ? door_reader(d->p, *c, &signs) : NULL;
  if (!read) return false;
  if (get || slice_eq(r->method, SLICE("POST"))) {
    if (!r->too_long && r->body.n <= HOOK_BYTES_MAX) return hear(d, *c, read, x, events);
    *x->out = (door_answer){.status = 413};
  } else {
    *x->out = (door_answer){.status = 405, .allow = "GET, POST"};
  }
  return false;
}

void door_ask_all(door *d, const door_asked *v, size_t n) {
  if (n == 0) return;
  telling *tells = ARENA_ARRAY(v->perm, n, telling);
  inbox_work *work = ARENA_ARRAY(v->perm, n, inbox_work);
  size_t count = 0;
  for (size_t i = 0; i < n; i++) {
    telling *t = tells + count;
    const connection *c;
    *t = (telling){.asked = v + i};
    if (!comes_in(d, v + i, &c, &t->events)) continue;
    work[count++] = (inbox_work){{d->w, d->s, d->p, c}, &t->events, v[i].perm};
  }
  tell_all(d, tells, work, count);
}

void door_ask(door *d, const door_request *r, arena *perm, door_answer *out) {
  door_ask_all(d, &(door_asked){r, perm, out}, 1);
}
