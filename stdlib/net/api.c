/* See api.h: opening, limits, logins, repeats. Times are the world's monotonic clock.
 *
 * The limit: calls leave at least `apart_ns` from each other in the long run, and `burst` of them may leave together
 * after a rest, so that within any minute there are never more than `per_minute`; a minute counts 61 seconds, since
 * calls do not all take equally long to arrive. */
#include "api_impl.h"

#include <strings.h>

#include "http_text.h"
#include "lang/check/setting.h"
#include "net_guard.h"

enum { AT_ONCE = 4, REPEATS_MAX = 5, PATIENCE_S = 120, CONNECT_MS = 10000, TOTAL_MS = 20000, BODY_MAX = 32 << 20 };
#define SECOND_NS INT64_C(1000000000)
#define MINUTE_NS (61 * SECOND_NS)

/* ---- the connect line ---- */

/* What proves who we are is a secret, and has a setting of its own. */
static bool is_proof(slice name) {
  static const char *const NAMES[] = {"authorization", "proxy-authorization", "cookie"};
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
    if (name.n == strlen(NAMES[i]) && strncasecmp(name.p, NAMES[i], name.n) == 0) return true;
  return setting_is_secret(name);
}

/* "Name: value; Name: value"; a semicolon before what is no name belongs to the value. */
static bool read_extra(api *a, slice s, slice *why) {
  a->extra = ARENA_ARRAY(a->perm, s.n / 2 + 1, http_header);
  for (size_t from = 0; from < s.n;) {
    const char *semicolon = memchr(s.p + from, ';', s.n - from);
    size_t end = semicolon ? (size_t)(semicolon - s.p) : s.n;
    slice part = slice_trim((slice){s.p + from, end - from});
    const char *colon = part.n ? memchr(part.p, ':', part.n) : NULL;
    slice name = colon ? (slice){part.p, (size_t)(colon - part.p)} : (slice){0};
    slice value = colon ? slice_trim((slice){colon + 1, part.n - name.n - 1}) : (slice){0};
    http_header *last = a->extra_count ? a->extra + a->extra_count - 1 : NULL;
    if (is_proof(name)) {
      *why = SLICE("`headers` is no place for a secret: it has a setting of its own");
      return false;
    }
    if (http_name_fits(name) && http_value_fits(value)) {
      a->extra[a->extra_count++] = (http_header){name, value};
    } else if (last && part.n && http_value_fits(part)) {
      last->value.n = (size_t)(part.p + part.n - last->value.p);
    } else if (part.n) {
      *why = SLICE("headers are written \"Name: value; Name: value\"");
      return false;
    }
    from = end + 1;
  }
  return true;
}

static bool read_rate(api *a, slice s, slice *why) {
  uint32_t at_once;
  if (setting_rate(s, &a->o.limits.per_minute, &at_once)) return true;
  *why = SLICE("`rate` is how many calls may leave in a minute: rate \"240\"");
  return false;
}

static bool read_base(api *a, slice *why) {
  const connection *c = a->o.connect;
  slice variable = {0};
  net_target target;
  if (secret_is_there(&a->o.base_hidden)) return true;
  if (c && c->url.n)
    a->base = c->url;
  else if ((!c || !connection_setting(a->w, c, "url", &a->base, &variable)) && !variable.n)
    a->base = slice_of(a->o.base);
  if (a->base.n == 0) {
    *why = variable.n ? arena_printf(a->perm, "the environment variable %.*s is not set", SLICE_ARG(variable))
                      : arena_printf(a->perm, "its connect line needs: %s", "url \"https://HOST\"");
    return false;
  }
  net_verdict v = a->o.allowed ? net_guard_url(a->base, a->o.allowed, a->o.allowed_count, &target)
                               : net_guard_own_url(a->base, &target);
  if (v != NET_FINE) {
    *why = slice_of(net_verdict_words(v));
    return false;
  }
  while (a->base.p[a->base.n - 1] == '/') a->base.n--;
  return true;
}

static bool read_settings(api *a, http_options *h, slice *why) {
  const connection *c = a->o.connect;
  slice value, variable;
  if (!read_base(a, why)) return false;
  const char *ca = a->w->env(a->w, "SSL_CERT_FILE");
  h->ca_file = ca && *ca ? ca : NULL;
  if (!c) return true;
  if (connection_setting(a->w, c, "ca", &value, &variable)) h->ca_file = arena_copy(a->perm, value);
  if (connection_setting(a->w, c, "headers", &value, &variable) && !read_extra(a, value, why)) return false;
  return !connection_setting(a->w, c, "rate", &value, &variable) || read_rate(a, value, why);
}

api *api_open(world *w, arena *perm, const api_options *o, slice *why) {
  api *a = ARENA_NEW(perm, api);
  *a = (api){.w = w, .perm = perm, .o = *o, .proof = o->proof, .patience_ns = PATIENCE_S * SECOND_NS};
  http_options h = {.connect_ms = CONNECT_MS,
                    .total_ms = o->total_ms ? o->total_ms : TOTAL_MS,
                    .body_max = o->body_max ? o->body_max : BODY_MAX,
                    .at_once = o->limits.at_once ? o->limits.at_once : AT_ONCE,
                    .allowed = o->allowed,
                    .allowed_count = o->allowed_count};
  if (!w->net) {
    *why = SLICE("this program has no network here");
    return NULL;
  }
  if (!read_settings(a, &h, why)) return NULL;
  uint32_t n = a->o.limits.per_minute;
  a->burst = n / 10 < h.at_once ? n / 10 : h.at_once;
  if (a->burst == 0) a->burst = 1;
  if (n) a->apart_ns = MINUTE_NS / (n - a->burst + 1);
  a->next_ns = INT64_MIN;
  a->closed_until_ns = INT64_MIN;
  a->client = w->net->http_open(&h);
  if (!a->client) *why = SLICE("the network library cannot be set up with it");
  return a->client ? a : NULL;
}

void api_close(api *a) {
  if (a) a->w->net->http_close(a->client);
}

void api_patience(api *a, int64_t seconds) { a->patience_ns = seconds * SECOND_NS; }
int64_t api_patience_of(const api *a) { return a->patience_ns / SECOND_NS; }

void api_hurry(api *a, long ms) {
  if (ms && !a->hurry_ms) a->unhurried_ns = a->patience_ns;
  if (!ms && a->hurry_ms) a->patience_ns = a->unhurried_ns;
  if (ms) a->patience_ns = 0;
  a->hurry_ms = ms;
}

/* ---- time ---- */

static int64_t now(const api *a) { return a->w->monotonic_ns(a->w); }

/* False: the program is asked to end. */
static bool wait_until(api *a, int64_t ns) {
  for (int64_t left = ns - now(a); left > 0; left = ns - now(a)) {
    if (world_is_to_end(a->w)) return false;
    a->w->sleep_ns(a->w, left < SECOND_NS ? left : SECOND_NS);
  }
  return true;
}

/* When `n` calls (at most a burst) may leave together. */
static int64_t may_leave(const api *a, size_t n) {
  return a->next_ns == INT64_MIN ? INT64_MIN : a->next_ns - (int64_t)(a->burst - n) * a->apart_ns;
}
static void has_left(api *a, int64_t at) { a->next_ns = (a->next_ns > at ? a->next_ns : at) + a->apart_ns; }

/* Growing, and never quite the same for two who were turned away together. */
static int64_t pause_ns(api *a, unsigned tries, int64_t asked_s) {
  uint32_t random = 0;
  if (a->w->random(a->w, &random, sizeof random) != WORLD_OK) random = 0;
  if (asked_s > 0) return asked_s * SECOND_NS + (int64_t)(random % 500) * (SECOND_NS / 1000);
  int64_t usual = (SECOND_NS / 2) << tries;
  return usual / 2 + (int64_t)((uint64_t)usual * (random % 1000) / 1000);
}

/* ---- one round of calls ---- */

typedef struct turn {
  bool done, asked, renewed;
  unsigned tries, login;       /* `login`: which one it left with */
  int64_t due_ns, deadline_ns; /* `deadline_ns`: of repeats, from its first leaving on */
} turn;

typedef struct batch {
  api *a;
  const api_request *calls;
  http_answer *out;
  turn *turns;
  size_t n;
  arena *perm;
} batch;

static bool whole_address(slice path) { return path.n && path.p[0] != '/' && path.p[0] != '?'; }

/* A whole address leads to the host of the base address. */
static bool same_host(const api *a, slice url) {
  net_target own, its;
  slice https = SLICE("https://");
  return a->base.n && net_guard_own_url(a->base, &own) == NET_FINE && net_guard_own_url(url, &its) == NET_FINE &&
         slice_starts(a->base, https) == slice_starts(url, https) && own.port == its.port && own.host.n == its.host.n &&
         strncasecmp(own.host.p, its.host.p, own.host.n) == 0;
}

static http_request request_of(const api *a, const api_request *c, arena *perm) {
  const api_proof *p = a->logging_in ? &a->o.proof : &a->proof;
  http_piece *url = ARENA_ARRAY(perm, 2, http_piece);
  http_header *headers = ARENA_ARRAY(perm, c->header_count + a->extra_count + p->extra_count + 1, http_header);
  size_t n = 0;
  if (!whole_address(c->path)) url[0] = (http_piece){.text = a->base, .hidden = a->o.base_hidden};
  url[1].text = c->path;
  for (size_t i = 0; i < c->header_count; i++) headers[n++] = c->headers[i];
  if (c->type) headers[n++] = (http_header){SLICE("Content-Type"), slice_of(c->type)};
  for (size_t i = 0; i < p->extra_count; i++) headers[n++] = p->extra[i];
  for (size_t i = 0; i < a->extra_count; i++) headers[n++] = a->extra[i];
  return (http_request){.method = c->method,
                        .url = url,
                        .url_count = 2,
                        .headers = headers,
                        .header_count = n,
                        .proof_name = p->name,
                        .proof = p->pieces,
                        .proof_count = p->count,
                        .user = p->user,
                        .password = p->password,
                        .body = c->body,
                        .body_count = c->body_count,
                        .total_ms = a->hurry_ms};
}

static http_answer refused(void) { return (http_answer){.end = HTTP_OK, .phase = HTTP_ANSWERED, .status = 401}; }

static bool log_in(api *a) {
  api_proof proof = {0};
  a->refused = (slice){0};
  a->logging_in = true;
  bool fine = a->o.login(a, a->o.self, &proof, a->perm, &a->refused);
  a->logging_in = false;
  if (!fine && a->refused.n == 0) a->refused = SLICE("the login was refused");
  if (fine) a->proof = proof;
  if (fine) a->logins++;
  a->login_ends_ns = !fine ? INT64_MIN : proof.lasts_s ? now(a) + proof.lasts_s * SECOND_NS : INT64_MAX;
  return fine;
}

static bool logged_in(api *a) {
  bool ours = a->o.login && !a->logging_in;
  return !ours || (a->logins > 0 && now(a) < a->login_ends_ns) || log_in(a);
}

static void finish(batch *b, size_t i, http_answer answer) {
  b->out[i] = answer;
  b->turns[i].done = true;
}

/* The service is closed to us for longer than there is patience: nobody is sent, all hear what it said. */
static bool closed_for_long(batch *b) {
  api *a = b->a;
  int64_t left = a->closed_until_ns == INT64_MIN ? 0 : a->closed_until_ns - now(a);
  if (left <= 0 || left <= a->patience_ns) return false;
  http_header *header = ARENA_NEW(b->perm, http_header);
  *header = (http_header){SLICE("retry-after"),
                          arena_printf(b->perm, "%lld", (long long)((left + SECOND_NS - 1) / SECOND_NS))};
  for (size_t i = 0; i < b->n; i++)
    if (!b->turns[i].done && !b->turns[i].asked)
      finish(b, i, (http_answer){HTTP_OK, HTTP_ANSWERED, a->closed_status, header, 1, {0}});
  return true;
}

/* ---- what an answer leads to ---- */

static bool asks_again(const http_answer *answer, int64_t now_s, int64_t *wait_s) {
  static const int STATUSES[] = {408, 425, 429, 500, 502, 503, 504};
  for (size_t i = 0; i < sizeof STATUSES / sizeof *STATUSES; i++) {
    if (answer->status != STATUSES[i]) continue;
    *wait_s = http_retry_after_s(answer, now_s);
    return true;
  }
  return false;
}

static bool could_not_be_reached(const http_answer *answer) {
  return answer->end == HTTP_NO_HOST || answer->end == HTTP_REFUSED || answer->end == HTTP_TIMEOUT ||
         answer->end == HTTP_LOST;
}

/* Whether the session has ended and there is a new one now. */
static bool renewed(batch *b, size_t i) {
  api *a = b->a;
  turn *t = b->turns + i;
  const http_answer *answer = b->out + i;
  if (!a->o.login || a->logging_in || t->renewed || answer->end != HTTP_OK) return false;
  if (a->o.expired ? !a->o.expired(answer) : answer->status != 401) return false;
  if (answer->status != 401 && !b->calls[i].safe) return false; /* it may have been done */
  t->renewed = true;
  if (t->login == a->logins && !log_in(a)) {
    b->out[i] = refused();
    return false;
  }
  return true;
}

static void settle(batch *b, size_t i) {
  api *a = b->a;
  turn *t = b->turns + i;
  int64_t wait_s = 0, now_s = a->w->now_ns(a->w) / SECOND_NS, at = now(a);
  const http_answer *answer = b->out + i;
  if (renewed(b, i)) {
    t->due_ns = at;
    return;
  }
  int64_t everybody_s = 0;
  bool busy = answer->end == HTTP_OK && asks_again(answer, now_s, &everybody_s);
  if (busy && everybody_s > 0 && answer->status != 500) {
    a->closed_until_ns = at + everybody_s * SECOND_NS;
    a->closed_status = answer->status;
  }
  bool again = answer->end != HTTP_OK ? could_not_be_reached(answer)
               : a->o.again           ? a->o.again(answer, &wait_s)
                                      : (wait_s = everybody_s, busy);
  int64_t due = at + pause_ns(a, t->tries, wait_s);
  t->done = !again || !b->calls[i].safe || t->tries == REPEATS_MAX || due > t->deadline_ns;
  t->due_ns = due;
  t->tries++;
}

/* ---- many calls ---- */

/* Those that are due first, at most a burst of them where there is a limit; *at: when they may leave. */
static size_t choose(batch *b, size_t *which, int64_t *at) {
  api *a = b->a;
  size_t n = 0, max = a->apart_ns ? a->burst : b->n;
  int64_t earliest = INT64_MAX, moment = now(a);
  for (size_t i = 0; i < b->n; i++)
    if (!b->turns[i].done && b->turns[i].due_ns < earliest) earliest = b->turns[i].due_ns;
  if (earliest == INT64_MAX) return 0;
  if (earliest > moment) moment = earliest;
  for (size_t i = 0; i < b->n && n < max; i++)
    if (!b->turns[i].done && b->turns[i].due_ns <= moment) which[n++] = i;
  int64_t allowed = a->apart_ns ? may_leave(a, n) : INT64_MIN;
  *at = allowed > moment ? allowed : moment;
  if (a->closed_until_ns > *at) *at = a->closed_until_ns;
  return n;
}

static void send_round(batch *b, const size_t *which, size_t n) {
  api *a = b->a;
  arena *scratch = arena_new();
  http_request *requests = ARENA_ARRAY(scratch, n, http_request);
  http_answer *answers = ARENA_ARRAY(scratch, n, http_answer);
  size_t sent = 0;
  size_t *its = ARENA_ARRAY(scratch, n, size_t);
  for (size_t k = 0; k < n; k++) {
    const api_request *c = b->calls + which[k];
    if (whole_address(c->path) && !same_host(a, c->path)) {
      finish(b, which[k], (http_answer){.end = HTTP_GUARDED});
      continue;
    }
    turn *t = b->turns + which[k];
    if (!t->asked) t->deadline_ns = now(a) + a->patience_ns;
    t->asked = true;
    t->login = a->logins;
    its[sent] = which[k];
    requests[sent++] = request_of(a, c, scratch);
    if (a->apart_ns) has_left(a, now(a));
  }
  if (sent) a->w->net->http_send(a->client, requests, sent, answers, b->perm);
  for (size_t k = 0; k < sent; k++) b->out[its[k]] = answers[k];
  for (size_t k = 0; k < sent; k++) settle(b, its[k]);
  arena_free(scratch);
}

void api_ask_all(api *a, const api_request *calls, size_t n, http_answer *out, arena *perm) {
  arena *scratch = arena_new();
  batch b = {a, calls, out, ARENA_ARRAY(scratch, n, turn), n, perm};
  size_t *which = ARENA_ARRAY(scratch, n, size_t);
  bool fine = logged_in(a);
  for (size_t i = 0; i < n; i++) b.turns[i].due_ns = INT64_MIN;
  for (size_t i = 0; i < n && !fine; i++) finish(&b, i, refused());
  for (;;) {
    int64_t at;
    if (closed_for_long(&b)) break;
    size_t chosen = choose(&b, which, &at);
    if (chosen == 0) break;
    if (!wait_until(a, at)) break;
    send_round(&b, which, chosen);
  }
  for (size_t i = 0; i < n; i++) /* the program is to end: who was not asked surely did nothing */
    if (!b.turns[i].done && !b.turns[i].asked) finish(&b, i, (http_answer){.end = HTTP_TIMEOUT});
  arena_free(scratch);
}

http_answer api_ask(api *a, const api_request *call, arena *perm) {
  http_answer answer;
  api_ask_all(a, call, 1, &answer, perm);
  return answer;
}
