/* See id_token.h. */
#include "id_token.h"

#include "runtime/hash.h"
#include "sign.h"

enum { TOKEN_MAX = 65536, APART_S = 120, AGE_S_MAX = 3600 };

const char *id_token_fault_words(id_token_fault f) {
  static const char *const WORDS[] = {
#define FAULT(id, words) words,
      ID_TOKEN_FAULTS(FAULT)
#undef FAULT
  };
  return WORDS[f];
}

typedef struct parts {
  slice signed_text, signature;
  const json *head, *body;
} parts;

static const json *json_part(slice spelled, arena *perm) {
  slice bytes, why;
  if (!sign_base64_decode(spelled, perm, &bytes)) return NULL;
  const json *j = json_parse(bytes, perm, &why);
  return json_kind_of(j) == JSON_OBJECT ? j : NULL;
}

static bool split(slice token, arena *perm, parts *out) {
  size_t at[2], dots = 0;
  for (size_t i = 0; i < token.n; i++) {
    if (token.p[i] != '.') continue;
    if (dots == 2) return false;
    at[dots++] = i;
  }
  if (dots != 2 || token.n > TOKEN_MAX) return false;
  out->signed_text = (slice){token.p, at[1]};
  out->head = json_part((slice){token.p, at[0]}, perm);
  out->body = json_part((slice){token.p + at[0] + 1, at[1] - at[0] - 1}, perm);
  slice last = {token.p + at[1] + 1, token.n - at[1] - 1};
  return out->head && out->body && sign_base64_decode(last, perm, &out->signature);
}

/* ---- the key ---- */

static bool is_text(const json *j, const char *name, const char *value) {
  return slice_eq(json_text_at(j, name), slice_of(value));
}

/* A key that may sign this: of the kind that the way of signing needs, not marked for another use. */
static bool key_fits(const json *key, bool rsa, slice id) {
  slice its_id = json_text_at(key, "kid");
  if (id.n && !slice_eq(its_id, id)) return false;
  if (json_text_at(key, "use").n && !is_text(key, "use", "sig")) return false;
  if (json_text_at(key, "alg").n && !is_text(key, "alg", rsa ? "RS256" : "ES256")) return false;
  return rsa ? is_text(key, "kty", "RSA") : is_text(key, "kty", "EC") && is_text(key, "crv", "P-256");
}

static bool bytes_of(const json *key, const char *name, arena *perm, slice *out) {
  slice spelled = json_text_at(key, name);
  return spelled.n > 0 && sign_base64_decode(spelled, perm, out);
}

static bool signed_by(const json *key, bool rsa, const parts *p, arena *perm) {
  slice a, b;
  if (!bytes_of(key, rsa ? "n" : "x", perm, &a) || !bytes_of(key, rsa ? "e" : "y", perm, &b)) return false;
  return rsa ? hash_signed_rsa(a, b, p->signed_text, p->signature)
             : hash_signed_p256(a, b, p->signed_text, p->signature);
}

static id_token_fault check_signature(const parts *p, const json *keys, arena *perm) {
  enum { KEYS_MAX = 64 };
  bool rsa = is_text(p->head, "alg", "RS256"), any = false;
  const json *list = json_at(keys, "keys");
  if (!rsa && !is_text(p->head, "alg", "ES256")) return ID_TOKEN_ALGORITHM;
  if (json_at(p->head, "crit")) return ID_TOKEN_ALGORITHM; /* what must be understood, and is not */
  for (size_t i = 0; i < json_count(list) && i < KEYS_MAX; i++) {
    const json *key = json_item(list, i);
    if (!key_fits(key, rsa, json_text_at(p->head, "kid"))) continue;
    if (signed_by(key, rsa, p, perm)) return ID_TOKEN_NONE;
    any = true;
  }
  return any ? ID_TOKEN_SIGNATURE : ID_TOKEN_KEY;
}

/* ---- what it says ---- */

/* Of several programs ours must be the one that it was made for. */
static bool audience_fits(const json *body, slice client) {
  const json *aud = json_at(body, "aud");
  slice party = json_text_at(body, "azp");
  bool there = false;
  if (party.n && !slice_eq(party, client)) return false;
  if (json_kind_of(aud) == JSON_TEXT) return slice_eq(json_text(aud), client);
  for (size_t i = 0; i < json_count(aud); i++) there |= slice_eq(json_text(json_item(aud, i)), client);
  return there && json_kind_of(aud) == JSON_LIST && (json_count(aud) == 1 || party.n > 0);
}

static bool time_fits(const json *body, int64_t now_s) {
  int64_t ends, made, from = now_s;
  const json *not_before = json_at(body, "nbf");
  if (!json_int(json_at(body, "exp"), &ends) || !json_int(json_at(body, "iat"), &made)) return false;
  if (not_before && !json_int(not_before, &from)) return false;
  return ends > now_s - APART_S && made <= now_s + APART_S && made > now_s - AGE_S_MAX && from <= now_s + APART_S;
}

id_token_fault id_token_read(slice token, const json *keys, const id_token_wanted *wanted, arena *perm, id_token *out) {
  parts p;
  *out = (id_token){.email_verified = false};
  if (!split(token, perm, &p)) return ID_TOKEN_SHAPE;
  id_token_fault f = check_signature(&p, keys, perm);
  if (f != ID_TOKEN_NONE) return f;
  if (!wanted->issuer.n || !slice_eq(json_text_at(p.body, "iss"), wanted->issuer)) return ID_TOKEN_ISSUER;
  if (!wanted->client.n || !audience_fits(p.body, wanted->client)) return ID_TOKEN_AUDIENCE;
  if (!time_fits(p.body, wanted->now_s)) return ID_TOKEN_TIME;
  if (!wanted->nonce.n || !sign_same(json_text_at(p.body, "nonce"), wanted->nonce)) return ID_TOKEN_NONCE;
  slice subject = json_text_at(p.body, "sub");
  if (subject.n == 0 || subject.n > 255) return ID_TOKEN_SUBJECT;
  *out = (id_token){.issuer = wanted->issuer,
                    .subject = subject,
                    .email = json_text_at(p.body, "email"),
                    .name = json_text_at(p.body, "name"),
                    .email_verified = json_true(json_at(p.body, "email_verified"))};
  return ID_TOKEN_NONE;
}
