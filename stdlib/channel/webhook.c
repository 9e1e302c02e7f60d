/* `connect webhook crm "https://crm.example.com/hooks/dun" with secret from env "CRM_SECRET"`: what a decision tells
 * another program, signed as Standard Webhooks 1.0 says. The address may be the secret itself: `from env "CRM_URL"`.
 *
 * The receiver knows one decision by its webhook-id, which is the same on every try: what it may have heard already is
 * said again, and it answers once.
 *
 * Invariants: only https and only the host of the connect line is called, and of it only addresses of the public
 * internet, unless the line says `network private`; no redirect is followed; the body is the stored text of the order,
 * byte by byte. */
#include "channel.h"
#include "stdlib/net/api.h"
#include "stdlib/net/net_guard.h"
#include "stdlib/net/sign.h"
#include "webhook_in.h"

enum { TOTAL_MS = 15000, ANSWER_BYTES_MAX = 64 << 10, STATUS_GONE = 410 };

typedef struct receiver {
  slice name, host;
  secret secret; /* the key lives as long as it does */
  sign_key key;
  api *a;
} receiver;

struct sender {
  world *w;
  receiver *v;
  size_t count;
};

/* ---- the connect lines ---- */

/* `network private`: the house's own. */
static bool read_network(world *w, const connection *c, bool *own, slice *why) {
  static const char *const OWN[] = {"private", "privada", "privado"};
  slice value, variable;
  *own = false;
  if (!connection_setting(w, c, "network", &value, &variable)) return true;
  for (size_t i = 0; i < sizeof OWN / sizeof *OWN; i++) *own |= slice_eq(value, slice_of(OWN[i]));
  if (!*own && !slice_eq(value, SLICE("public")))
    *why = SLICE("`network private` lets an address of the house's own network be called; else leave it out");
  return *own || slice_eq(value, SLICE("public"));
}

/* A line without an address is for what comes in alone (webhook_in.h). */
static bool calls_out(const connection *c) {
  for (uint32_t i = 0; i < c->setting_count; i++)
    if (slice_eq(c->settings[i].key, SLICE("url")) || slice_eq(c->settings[i].key, SLICE("from"))) return true;
  return c->url.n > 0;
}

/* The address: behind the name, or of the environment. */
static bool address_of(world *w, arena *perm, const connection *c, slice *url, slice *why) {
  *url = c->url;
  if (c->url.n) return true;
  for (uint32_t i = 0; i < c->setting_count; i++)
    if (slice_eq(c->settings[i].key, SLICE("url"))) return connection_needs(w, perm, c, "url", "", url, why);
  return connection_needs(w, perm, c, "from", "from env \"URL\", or its address", url, why);
}

static bool secret_of_line(world *w, arena *perm, const connection *c, receiver *r, slice *why) {
  if (!connection_needs_secret(w, perm, c, "secret", "secret from env \"WEBHOOK_SECRET\"", &r->secret, why))
    return false;
  if (sign_key_base64(perm, &r->secret, "whsec_", &r->key)) return true;
  *why = SLICE("`secret` is written whsec_ and then base64: what the receiver shows, or a new one of 24 random bytes");
  return false;
}

static bool open_receiver(world *w, arena *perm, const connection *c, receiver *r, slice *why) {
  slice url;
  net_target target;
  bool own;
  api_options o = {.service = arena_printf(perm, "webhook %.*s", SLICE_ARG(c->vendor)).p,
                   .connect = c,
                   .total_ms = TOTAL_MS,
                   .body_max = ANSWER_BYTES_MAX};
  r->name = c->vendor;
  if (!address_of(w, perm, c, &url, why) || !secret_of_line(w, perm, c, r, why) || !read_network(w, c, &own, why))
    return false;
  net_verdict v = net_guard_own_url(url, &target);
  if (v == NET_FINE && !own) {
    r->host = target.port == 443 ? arena_slice(perm, target.host)
                                 : arena_printf(perm, "%.*s:%d", SLICE_ARG(target.host), target.port);
    o.allowed = &r->host;
    o.allowed_count = 1;
    v = net_guard_url(url, o.allowed, 1, &target);
  }
  if (v != NET_FINE) {
    *why = v == NET_NOT_PUBLIC ? SLICE("its address is one of this machine or of its own network: only the internet is "
                                       "called, unless the line says `network private`")
                               : slice_of(net_verdict_words(v));
    return false;
  }
  o.base_hidden = secret_of(perm, url);
  r->a = api_open(w, perm, &o, why);
  if (r->a) api_patience(r->a, 0);
  return r->a != NULL;
}

static void close_webhooks(sender *s) {
  for (size_t i = 0; s && i < s->count; i++) api_close(s->v[i].a);
}

static sender *open_webhooks(world *w, arena *perm, const sender_options *o, slice *why) {
  const program *p = o->p;
  sender *s = ARENA_NEW(perm, sender);
  *s = (sender){.w = w, .v = ARENA_ARRAY(perm, p->connection_count + 1, receiver)};
  for (uint32_t i = 0; i < p->connection_count; i++) {
    const connection *c = p->connections + i;
    slice reason;
    if (!slice_eq(c->kind, SLICE("webhook")) || !calls_out(c)) continue;
    s->v[s->count] = (receiver){0};
    if (open_receiver(w, perm, c, s->v + s->count, &reason)) {
      s->count++;
      continue;
    }
    *why = arena_printf(perm, "connect webhook %.*s: %.*s", SLICE_ARG(c->vendor), SLICE_ARG(reason));
    close_webhooks(s);
    return NULL;
  }
  return s;
}

/* ---- a call ---- */

static slice signature(const receiver *r, slice id, slice at, slice body, arena *perm) {
  uint8_t hash[SIGN_SHA256_BYTES];
  const slice parts[] = {id, SLICE("."), at, SLICE("."), body};
  sign_hmac_sha256(&r->key, parts, sizeof parts / sizeof *parts, hash);
  slice base64 = sign_base64((slice){(const char *)hash, sizeof hash}, perm);
  return arena_printf(perm, "v1,%.*s", SLICE_ARG(base64));
}

static send_result send_webhook(sender *s, const channel_message *m, arena *perm) {
  const receiver *r = NULL;
  for (size_t i = 0; i < s->count && !r; i++)
    if (slice_eq(s->v[i].name, m->to)) r = s->v + i;
  if (!r)
    return (send_result){.outcome = SEND_REJECTED,
                         .detail = SLICE("the policy has no such webhook any more, or no address of it")};
  slice at = arena_printf(perm, "%lld", (long long)(s->w->now_ns(s->w) / 1000000000));
  const http_header headers[] = {{SLICE("webhook-id"), m->key},
                                 {SLICE("webhook-timestamp"), at},
                                 {SLICE("webhook-signature"), signature(r, m->key, at, m->text, perm)}};
  http_piece body = {.text = m->text};
  api_request call = {.method = "POST",
                      .headers = headers,
                      .header_count = 3,
                      .type = "application/json",
                      .body = &body,
                      .body_count = 1};
  http_answer answer = api_ask(r->a, &call, perm);
  send_result result = api_outcome(r->a, &answer, perm);
  if (answer.end == HTTP_OK && answer.status == STATUS_GONE) {
    result.outcome = SEND_DOWN;
    result.detail = SLICE("the receiver has switched the webhook off (410): take it out of the policy, or have it "
                          "switched on again");
  }
  return result;
}

/* The receiver knows the call by its webhook-id. */
static slice name_webhook(sender *s, const channel_message *m, arena *perm) {
  (void)s;
  (void)perm;
  return m->key;
}

const channel_driver ORDER_WEBHOOK = {.kind = "webhook",
                                      .real = true,
                                      .open = open_webhooks,
                                      .send = send_webhook,
                                      .close = close_webhooks,
                                      .rate = {.per_minute = 600, .at_once = 10},
                                      .each_alone = true,
                                      .honours_key = true,
                                      .hook = webhook_in,
                                      .name = name_webhook};
