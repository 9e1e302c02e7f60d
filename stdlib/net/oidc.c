/* See oidc.h. */
#include "oidc.h"

#include "http_text.h"
#include "lang/base/text.h"
#include "runtime/hash.h"
#include "sign.h"

enum { HURRY_MS = 8000, ANSWER_MAX = 1 << 20 };

struct oidc {
  world *w;
  arena *perm;
  connection line; /* what of the connect line is of the calls too: its authority */
  setting settings[2];
  slice issuer, client, scope;
  secret its_secret; /* none: a program that keeps none (PKCE alone) */
};

/* What an issuer is called, with no slash at its end. */
static slice bare(slice url) {
  while (url.n && url.p[url.n - 1] == '/') url.n--;
  return url;
}

oidc *oidc_open(world *w, arena *perm, const connection *c, slice *why) {
  oidc *o = ARENA_NEW(perm, oidc);
  slice variable;
  *o = (oidc){.w = w, .perm = perm, .scope = SLICE("openid email profile")};
  if (!c->url.n) {
    *why = SLICE("the line `connect login oidc` needs the provider's address: connect login oidc "
                 "\"https://accounts.example.com\"");
    return NULL;
  }
  o->issuer = c->url;
  if (!connection_needs(w, perm, c, "client", "client \"dun\"", &o->client, why)) return NULL;
  bool has_secret = connection_secret(w, perm, c, "secret", &o->its_secret, &variable);
  if (!has_secret && variable.n &&
      !connection_needs_secret(w, perm, c, "secret", "secret from env \"OIDC_SECRET\"", &o->its_secret, why))
    return NULL;
  (void)connection_setting(w, c, "scope", &o->scope, &variable);
  o->line =
      (connection){.kind = c->kind, .vendor = c->vendor, .folder = c->folder, .at = c->at, .settings = o->settings};
  for (uint32_t i = 0; i < c->setting_count && o->line.setting_count < 2; i++)
    if (slice_eq(c->settings[i].key, SLICE("ca"))) o->settings[o->line.setting_count++] = c->settings[i];
  return o;
}

slice oidc_issuer(const oidc *o) { return o->issuer; }

/* ---- what follows from the secret of a login ---- */

static slice derived(slice own, const char *what, arena *perm) {
  secret its = secret_of(perm, own);
  sign_key key = sign_key_of(&its);
  uint8_t mac[SIGN_SHA256_BYTES];
  slice part = slice_of(what);
  sign_hmac_sha256(&key, &part, 1, mac);
  return sign_base64url((slice){(const char *)mac, sizeof mac}, perm);
}

bool oidc_is_state(slice own, slice state, arena *scratch) {
  return own.n > 0 && sign_same(state, derived(own, "state", scratch));
}

/* ---- calls ---- */

/* Of "https://host:1/a/b" how much is its host's. */
static size_t origin_length(slice url) {
  size_t n = 0, slashes = 0;
  for (; n < url.n; n++) {
    slashes += url.p[n] == '/';
    if (slashes == 3 || url.p[n] == '?') break;
  }
  return n;
}

/* One call, by a person who waits. `proof` is of the token's place alone: a provider's keys may be at another host's.
 */
static const json *ask(oidc *o, slice url, const api_proof *proof, api_request *call, arena *perm, slice *why) {
  static const http_header ACCEPT = {{"Accept", 6}, {"application/json", 16}};
  size_t n = origin_length(url);
  slice where;
  api_options its = {.service = "the login provider",
                     .connect = &o->line,
                     .base = arena_copy(perm, (slice){url.p, n}),
                     .body_max = ANSWER_MAX};
  if (proof) its.proof = *proof;
  api *a = api_open(o->w, perm, &its, why);
  if (!a) return NULL;
  api_hurry(a, HURRY_MS);
  call->path = n < url.n ? (slice){url.p + n, url.n - n} : SLICE("/");
  call->headers = &ACCEPT;
  call->header_count = 1;
  http_answer got = api_ask(a, call, perm);
  const json *j = got.end == HTTP_OK && got.status == 200 ? json_parse(got.body, perm, &where) : NULL;
  *why = got.end == HTTP_OK && got.status == 200 ? SLICE("the login provider answers what is no JSON object")
                                                 : api_words(a, &got, perm);
  api_close(a);
  return json_kind_of(j) == JSON_OBJECT ? j : NULL;
}

static const json *get(oidc *o, slice url, arena *perm, slice *why) {
  api_request call = {.method = "GET", .safe = true};
  return ask(o, url, NULL, &call, perm, why);
}

/* What the provider says of itself; it must be who the line says. */
static const json *discover(oidc *o, arena *perm, slice *why) {
  slice base = bare(o->issuer);
  const json *j = get(o, arena_printf(perm, "%.*s/.well-known/openid-configuration", SLICE_ARG(base)), perm, why);
  if (!j) return NULL;
  if (slice_eq(bare(json_text_at(j, "issuer")), bare(o->issuer))) {
    o->issuer = arena_slice(perm, json_text_at(j, "issuer"));
    return j;
  }
  *why = SLICE("the login provider calls itself by another address than the connect line");
  return NULL;
}

bool oidc_begin(oidc *o, slice own, slice back, arena *perm, slice *url, slice *why) {
  const json *about = discover(o, perm, why);
  uint8_t hash[HASH_BYTES];
  slice to = json_text_at(about, "authorization_endpoint");
  if (!about) return false;
  if (!slice_starts(to, SLICE("https://")) && !slice_starts(to, SLICE("http://"))) {
    *why = SLICE("the login provider does not say where to log in");
    return false;
  }
  hash_of(derived(own, "verifier", perm), hash);
  const http_header fields[] = {
      {SLICE("response_type"), SLICE("code")},
      {SLICE("client_id"), o->client},
      {SLICE("redirect_uri"), back},
      {SLICE("scope"), o->scope},
      {SLICE("state"), derived(own, "state", perm)},
      {SLICE("nonce"), derived(own, "nonce", perm)},
      {SLICE("code_challenge"), sign_base64url((slice){(const char *)hash, HASH_BYTES}, perm)},
      {SLICE("code_challenge_method"), SLICE("S256")}};
  text t = text_new(perm);
  text_add(&t, to);
  char between = memchr(to.p, '?', to.n) ? '&' : '?';
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    text_char(&t, between);
    text_add(&t, fields[i].name);
    text_char(&t, '=');
    http_percent(&t, fields[i].value);
    between = '&';
  }
  *url = text_slice(&t);
  return true;
}

/* Whether the provider takes the secret in the body alone. */
static bool posts_secret(const json *about) {
  const json *ways = json_at(about, "token_endpoint_auth_methods_supported");
  bool basic = json_count(ways) == 0, post = false;
  for (size_t i = 0; i < json_count(ways); i++) {
    slice way = json_text(json_item(ways, i));
    basic |= slice_eq(way, SLICE("client_secret_basic"));
    post |= slice_eq(way, SLICE("client_secret_post"));
  }
  return post && !basic;
}

static void add_field(http_piece *v, size_t *n, const char *name, slice value, secret hidden) {
  v[(*n)++] = (http_piece){.text = slice_of(name)};
  v[(*n)++] = (http_piece){.text = value, .hidden = hidden, .form = HTTP_IN_FORM};
}

/* The code for an ID token. Id and secret are percent-encoded, then Basic (RFC 6749, 2.3.1). */
static bool exchange(oidc *o, const json *about, slice own, slice back, slice code, arena *perm, slice *token,
                     secret *access, slice *why) {
  enum { PIECES = 12 };
  http_piece v[PIECES];
  size_t n = 0;
  const secret none = {{0}};
  bool hidden = secret_is_there(&o->its_secret), post = hidden && posts_secret(about);
  add_field(v, &n, "grant_type=authorization_code&code=", code, none);
  add_field(v, &n, "&redirect_uri=", back, none);
  add_field(v, &n, "&code_verifier=", derived(own, "verifier", perm), none);
  if (!hidden || post) add_field(v, &n, "&client_id=", o->client, none);
  if (post) add_field(v, &n, "&client_secret=", (slice){0}, o->its_secret);
  text user = text_new(perm);
  http_percent(&user, o->client);
  const http_piece password = {.hidden = o->its_secret, .form = HTTP_IN_FORM};
  api_proof proof = {.user = arena_copy(perm, text_slice(&user))};
  if (hidden) proof.password = sign_joined(perm, &password, 1);
  api_request call = {.method = "POST", .type = "application/x-www-form-urlencoded", .body = v, .body_count = n};
  const json *j = ask(o, json_text_at(about, "token_endpoint"), hidden && !post ? &proof : NULL, &call, perm, why);
  *token = json_text_at(j, "id_token");
  if (json_text_at(j, "access_token").n) *access = secret_of(perm, json_text_at(j, "access_token"));
  if (j && token->n == 0) *why = SLICE("the login provider gives no ID token: is `openid` in its scope?");
  return token->n > 0;
}

/* Address and name of who it is, from a provider whose ID tokens have neither. What it says of another is nothing. */
static void ask_more(oidc *o, const json *about, const secret *access, arena *perm, id_token *who) {
  slice at = json_text_at(about, "userinfo_endpoint"), why;
  const http_piece bearer[] = {{.text = SLICE("Bearer ")}, {.hidden = *access}};
  const api_proof proof = {.name = "Authorization", .pieces = bearer, .count = 2};
  api_request call = {.method = "GET", .safe = true};
  if (who->email.n || at.n == 0 || !secret_is_there(access)) return;
  const json *j = ask(o, at, &proof, &call, perm, &why);
  if (!slice_eq(json_text_at(j, "sub"), who->subject)) return;
  who->email = json_text_at(j, "email");
  who->email_verified = json_true(json_at(j, "email_verified"));
  if (!who->name.n) who->name = json_text_at(j, "name");
}

bool oidc_finish(oidc *o, slice own, slice back, slice code, slice issuer, arena *perm, id_token *who, slice *why) {
  slice token;
  secret access = {{0}};
  const json *about = discover(o, perm, why);
  if (!about) return false;
  if (issuer.n && !slice_eq(issuer, o->issuer)) {
    *why = SLICE("the answer is of another login provider");
    return false;
  }
  if (!exchange(o, about, own, back, code, perm, &token, &access, why)) return false;
  const json *keys = get(o, json_text_at(about, "jwks_uri"), perm, why);
  if (!keys) return false;
  const id_token_wanted wanted = {.issuer = o->issuer,
                                  .client = o->client,
                                  .nonce = derived(own, "nonce", perm),
                                  .now_s = o->w->now_ns(o->w) / 1000000000};
  id_token_fault f = id_token_read(token, keys, &wanted, perm, who);
  if (f == ID_TOKEN_NONE) {
    ask_more(o, about, &access, perm, who);
    return true;
  }
  *why = arena_printf(perm, "the login provider's ID token: %s", id_token_fault_words(f));
  return false;
}
