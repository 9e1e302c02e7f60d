/* See oauth.h. */
#include "oauth.h"

#include "http_text.h"
#include "json.h"
#include "lang/base/text.h"
#include "sign.h"

enum { EARLIER_S_MAX = 300, PIECES_MAX = 32, OWN_TOKEN_S = 3600 };

struct oauth {
  world *w;
  oauth_options o;
  api *tokens;
  connection connect; /* of the line's settings those that are the login's too */
  setting settings[2];
};

/* The login's own connect line: its address and its authority. */
static const connection *own_line(oauth *a) {
  const connection *c = a->o.connect;
  a->connect = (connection){.settings = a->settings};
  for (uint32_t i = 0; c && i < c->setting_count; i++) {
    const setting *s = c->settings + i;
    setting *to = a->settings + a->connect.setting_count;
    bool url = a->o.url_key && slice_eq(s->key, slice_of(a->o.url_key)), ca = slice_eq(s->key, SLICE("ca"));
    if ((!url && !ca) || a->connect.setting_count == 2) continue;
    *to = *s;
    if (url) to->key = SLICE("url");
    a->connect.setting_count++;
  }
  return &a->connect;
}

oauth *oauth_open(world *w, arena *perm, const oauth_options *o, slice *why) {
  oauth *a = ARENA_NEW(perm, oauth);
  a->w = w;
  a->o = *o;
  api_options its = {.service = o->service, .connect = own_line(a), .base = o->base};
  if (o->basic) its.proof = (api_proof){.user = arena_copy(perm, o->client_id), .password = o->client_secret};
  a->tokens = api_open(w, perm, &its, why);
  return a->tokens ? a : NULL;
}

void oauth_close(oauth *o) {
  if (o) api_close(o->tokens);
}

/* ---- a token ---- */

static void add_field(http_piece *v, size_t *n, const char *name, slice value, secret hidden) {
  if (*n + 2 > PIECES_MAX) return;
  v[(*n)++] = (http_piece){.text = slice_of(name)};
  v[(*n)++] = (http_piece){.text = value, .hidden = hidden, .form = HTTP_IN_FORM};
}

/* Our own token, for the user. */
static bool own_token(const oauth *a, arena *scratch, secret *out) {
  int64_t now_s = a->w->now_ns(a->w) / 1000000000;
  json_writer *w = json_write(scratch);
  json_begin_object(w, NULL);
  json_put_text(w, "iss", a->o.client_id);
  json_put_text(w, "sub", a->o.user);
  json_put_text(w, "aud", a->o.audience);
  json_put_int(w, "iat", now_s);
  json_put_int(w, "exp", now_s + OWN_TOKEN_S);
  json_put_text(w, "scope", a->o.scope);
  json_end(w);
  return sign_jwt(&a->o.client_secret, json_written(w), scratch, out);
}

/* 0: the key is none. */
static size_t form_of(const oauth *a, http_piece *v, arena *scratch) {
  const oauth_options *o = &a->o;
  size_t n = 0;
  secret none = {0}, own;
  if (o->user.n) {
    if (!own_token(a, scratch, &own)) return 0;
    add_field(v, &n, "grant_type=", SLICE("urn:ietf:params:oauth:grant-type:jwt-bearer"), none);
    add_field(v, &n, "&assertion=", (slice){0}, own);
    return n;
  }
  add_field(v, &n, "grant_type=", SLICE("client_credentials"), none);
  if (o->scope.n) add_field(v, &n, "&scope=", o->scope, none);
  if (!o->basic) add_field(v, &n, "&client_id=", o->client_id, none);
  if (!o->basic) add_field(v, &n, "&client_secret=", (slice){0}, o->client_secret);
  for (size_t i = 0; i < o->more_count; i++)
    add_field(v, &n, arena_printf(scratch, "&%.*s=", SLICE_ARG(o->more[i].name)).p, o->more[i].value, none);
  return n;
}

/* "invalid_client": a word of the standard, or nothing. */
static slice error_of(const json *j) {
  slice s = json_text_at(j, "error");
  for (size_t i = 0; i < s.n; i++)
    if ((s.p[i] < 'a' || s.p[i] > 'z') && s.p[i] != '_') return (slice){0};
  return s.n <= 40 ? s : (slice){0};
}

static bool refused(const oauth *a, const http_answer *answer, const json *j, arena *perm, slice *why) {
  slice error = error_of(j), words = api_words(a->tokens, answer, perm);
  if (error.n)
    *why =
        arena_printf(perm, "%s refuses the id or the secret of the connect line: %.*s", a->o.service, SLICE_ARG(error));
  else
    *why = words;
  return false;
}

bool oauth_login(api *service, void *self, api_proof *proof, arena *perm, slice *why) {
  oauth *a = self;
  arena *scratch = arena_new();
  http_piece form[PIECES_MAX];
  if (service) api_patience(a->tokens, api_patience_of(service));
  static const http_header ACCEPT = {{"Accept", 6}, {"application/json", 16}};
  api_request call = {.method = "POST",
                      .path = a->o.path,
                      .headers = &ACCEPT,
                      .header_count = 1,
                      .type = "application/x-www-form-urlencoded",
                      .body = form,
                      .body_count = form_of(a, form, scratch),
                      .safe = true};
  if (call.body_count == 0) {
    *why = arena_printf(perm, "the private key for %s is none: RSA of 2048 bits or more, in PEM, without a passphrase",
                        a->o.service);
    arena_free(scratch);
    return false;
  }
  http_answer answer = api_ask(a->tokens, &call, scratch);
  slice ignored;
  const json *j = answer.end == HTTP_OK ? json_parse(answer.body, scratch, &ignored) : NULL;
  slice token = json_text_at(j, "access_token");
  int64_t lasts_s = 0;
  bool fine = answer.end == HTTP_OK && answer.status == 200 && token.n && http_value_fits(token);
  if (fine) {
    http_piece *pieces = ARENA_ARRAY(perm, 2, http_piece);
    pieces[0].text = SLICE("Bearer ");
    pieces[1].hidden = secret_of(perm, token);
    if (!json_int(json_at(j, "expires_in"), &lasts_s) || lasts_s < 0) lasts_s = 0;
    int64_t earlier_s = lasts_s / 10 < EARLIER_S_MAX ? lasts_s / 10 : EARLIER_S_MAX;
    *proof = (api_proof){.name = "Authorization", .pieces = pieces, .count = 2, .lasts_s = lasts_s - earlier_s};
  } else if (answer.end == HTTP_OK && answer.status == 200) {
    *why = arena_printf(perm, "the answer of %s has no token in it", a->o.service);
  } else {
    refused(a, &answer, j, perm, why);
  }
  arena_free(scratch);
  return fine;
}
