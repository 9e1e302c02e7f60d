/* See door.h. */
#include "door.h"

#include "stdlib/channel/channel.h"
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

/* A tick may hold the store for a while; the provider waits so long, and many ask only once. */
static store_code take(door *d, const connection *c, const hook_events *events, arena *perm) {
  const inbox b = {d->w, d->s, d->p, c};
  int64_t until = d->w->monotonic_ns(d->w) + (int64_t)DOOR_LOCKED_SECONDS * 1000000000;
  for (;;) {
    store_code code = inbox_take(&b, events, perm);
    if (code != STORE_LOCKED || d->w->monotonic_ns(d->w) >= until) return code;
    d->w->sleep_ns(d->w, 20000000);
  }
}

static void ask_hook(door *d, const connection *c, hook_reader *read, const door_request *r, arena *perm,
                     door_answer *out) {
  enum { AGAIN_SECONDS = 30 };
  hook_request h = hook_of(d, r, perm);
  hook_events events = {0};
  hook_answer a = read(d->w, c, &h, perm, &events);
  out->status = status_of(a);
  if (a != HOOK_ANSWER_TAKEN) {
    log_refusal(d, c, a, perm);
    return;
  }
  store_code code = take(d, c, &events, perm);
  if (code != STORE_OK) {
    d->w->log(d->w, WORLD_ERROR, arena_printf(perm, "a webhook could not be stored: %s", store_why(d->s)->text));
    *out = (door_answer){.status = 503, .retry_s = AGAIN_SECONDS};
    return;
  }
  out->body = events.say;
  out->type = type_of(events.say);
}

void door_ask(door *d, const door_request *r, arena *perm, door_answer *out) {
  size_t n = 0;
  while (n < r->target.n && r->target.p[n] != '?') n++;
  const slice path = {r->target.p, n};
  bool get = slice_eq(r->method, SLICE("GET")), head = slice_eq(r->method, SLICE("HEAD"));
  *out = (door_answer){.status = 404};
  if (slice_eq(path, SLICE("/health"))) {
    *out = get || head ? (door_answer){.status = 200, .body = SLICE("ok\n"), .type = "text/plain; charset=utf-8"}
                       : (door_answer){.status = 405, .allow = "GET, HEAD"};
    return;
  }
  bool signs;
  const connection *c = connection_at(d->p, path);
  hook_reader *read = c ? door_reader(d->p, c, &signs) : NULL;
  if (!read) return;
  if (!get && !slice_eq(r->method, SLICE("POST")))
    *out = (door_answer){.status = 405, .allow = "GET, POST"};
  else if (r->too_long || r->body.n > HOOK_BYTES_MAX)
    *out = (door_answer){.status = 413};
  else
    ask_hook(d, c, read, r, perm, out);
}
