/* See sign.h. RFC 2104 (HMAC, by runtime/hash.c), 4648 (base64). */
#include "sign.h"

#include "http_text.h"
#include "lang/base/text.h"
#include "runtime/hash.h"

static slice key_of(const sign_key *k) { return (slice){k->only_to_sign.bytes, k->only_to_sign.n}; }

sign_key sign_key_of(const secret *s) {
  slice its = slice_of(secret_reveal(s));
  return (sign_key){{its.p, its.n}};
}

bool sign_key_base64(arena *perm, const secret *s, const char *prefix, sign_key *out) {
  slice whole = slice_of(secret_reveal(s)), head = slice_of(prefix), bytes;
  if (!slice_starts(whole, head)) return false;
  if (!sign_base64_decode((slice){whole.p + head.n, whole.n - head.n}, perm, &bytes) || bytes.n == 0) return false;
  *out = (sign_key){{bytes.p, bytes.n}};
  return true;
}

void sign_hmac_sha1(const sign_key *key, const slice *parts, size_t n, uint8_t out[SIGN_SHA1_BYTES]) {
  hash_hmac(HASH_SHA1, key_of(key), parts, n, out);
}
void sign_hmac_sha256(const sign_key *key, const slice *parts, size_t n, uint8_t out[SIGN_SHA256_BYTES]) {
  hash_hmac(HASH_SHA256, key_of(key), parts, n, out);
}

bool sign_same(slice a, slice b) { return a.n == b.n && hash_same(a.p, b.p, a.n); }

/* Their hashes are compared: not even the length is told. */
bool sign_is_secret(const secret *s, slice given) {
  slice own = slice_of(secret_reveal(s));
  uint8_t a[HASH_BYTES], b[HASH_BYTES];
  if (own.n == 0) return false;
  hash_of(own, a);
  hash_of(given, b);
  return hash_same(a, b, HASH_BYTES);
}

/* ---- spellings ---- */

static slice encode(slice s, const char *alphabet, bool padded, arena *perm) {
  char *out = arena_room(perm, s.n / 3 * 4 + 5, 1);
  size_t n = 0;
  for (size_t i = 0; i < s.n; i += 3) {
    size_t left = s.n - i;
    uint32_t three = (uint32_t)(uint8_t)s.p[i] << 16;
    if (left > 1) three |= (uint32_t)(uint8_t)s.p[i + 1] << 8;
    if (left > 2) three |= (uint8_t)s.p[i + 2];
    out[n++] = alphabet[three >> 18];
    out[n++] = alphabet[three >> 12 & 63];
    if (left > 1 || padded) out[n++] = left > 1 ? alphabet[three >> 6 & 63] : '=';
    if (left > 2 || padded) out[n++] = left > 2 ? alphabet[three & 63] : '=';
  }
  out[n] = 0;
  return (slice){out, n};
}

#define LETTERS_AND_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
slice sign_base64(slice bytes, arena *perm) { return encode(bytes, LETTERS_AND_DIGITS "+/", true, perm); }
slice sign_base64url(slice bytes, arena *perm) { return encode(bytes, LETTERS_AND_DIGITS "-_", false, perm); }

static int sextet(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  return c == '/' || c == '_' ? 63 : -1;
}

bool sign_base64_decode(slice s, arena *perm, slice *out) {
  size_t padding = 0;
  while (padding < 2 && s.n > padding && s.p[s.n - 1 - padding] == '=') padding++;
  if (padding && s.n % 4 != 0) return false;
  s.n -= padding;
  if (s.n % 4 == 1) return false;
  char *to = arena_room(perm, s.n / 4 * 3 + 4, 1);
  size_t n = 0;
  uint32_t bits = 0;
  for (size_t i = 0; i < s.n; i++) {
    int six = sextet(s.p[i]);
    if (six < 0) return false;
    bits = bits << 6 | (uint32_t)six;
    if (i % 4 != 0) to[n++] = (char)(bits >> (6 - 2 * (i % 4)) & 255);
  }
  /* What is left over of the last letter is nothing: one text, one spelling. */
  if (s.n % 4 != 0 && (bits & (s.n % 4 == 2 ? 15 : 3)) != 0) return false;
  to[n] = 0;
  *out = (slice){to, n};
  return true;
}

slice sign_hex(slice bytes, arena *perm) {
  static const char DIGITS[] = "0123456789abcdef";
  char *out = arena_room(perm, 2 * bytes.n + 1, 1);
  for (size_t i = 0; i < bytes.n; i++) {
    out[2 * i] = DIGITS[(uint8_t)bytes.p[i] >> 4];
    out[2 * i + 1] = DIGITS[bytes.p[i] & 15];
  }
  out[2 * bytes.n] = 0;
  return (slice){out, 2 * bytes.n};
}

static int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 32;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool sign_hex_decode(slice s, arena *perm, slice *out) {
  if (s.n % 2) return false;
  char *to = arena_room(perm, s.n / 2 + 1, 1);
  for (size_t i = 0; i < s.n; i += 2) {
    int high = nibble(s.p[i]), low = nibble(s.p[i + 1]);
    if (high < 0 || low < 0) return false;
    to[i / 2] = (char)(high << 4 | low);
  }
  to[s.n / 2] = 0;
  *out = (slice){to, s.n / 2};
  return true;
}

/* ---- pieces ---- */

static slice join(arena *perm, const http_piece *v, size_t n) {
  text t = text_new(perm);
  for (size_t i = 0; i < n; i++) {
    const char *hidden = secret_reveal(&v[i].hidden);
    http_add_formed(&t, hidden ? slice_of(hidden) : v[i].text, v[i].form);
  }
  return text_slice(&t);
}

secret sign_joined(arena *perm, const http_piece *v, size_t n) { return secret_of(perm, join(perm, v, n)); }
secret sign_joined_base64(arena *perm, const http_piece *v, size_t n) {
  return secret_of(perm, sign_base64(join(perm, v, n), perm));
}

/* ---- a token ---- */

/* The environment of some services has no line ends: they are written as \\n. */
static slice with_lines(slice s, arena *perm) {
  text t = text_new(perm);
  for (size_t i = 0; i < s.n; i++) {
    bool end = s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] == 'n';
    text_char(&t, end ? '\n' : s.p[i]);
    i += end;
  }
  return text_slice(&t);
}

bool sign_jwt(const secret *pem, slice claims, arena *perm, secret *out) {
  static const char HEADER[] = "{\"alg\":\"RS256\",\"typ\":\"JWT\"}";
  enum { SIGNATURE_MAX = 1024 };
  uint8_t signature[SIGNATURE_MAX];
  slice head = sign_base64url(slice_of(HEADER), perm), body = sign_base64url(claims, perm);
  slice words = arena_printf(perm, "%.*s.%.*s", SLICE_ARG(head), SLICE_ARG(body));
  slice key = with_lines(slice_of(secret_reveal(pem)), perm);
  size_t n = hash_sign_rsa(key, words, signature, sizeof signature);
  if (n == 0) return false;
  slice sealed = sign_base64url((slice){(const char *)signature, n}, perm);
  *out = secret_of(perm, arena_printf(perm, "%.*s.%.*s", SLICE_ARG(words), SLICE_ARG(sealed)));
  return true;
}
