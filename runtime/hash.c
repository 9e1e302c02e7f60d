/* SHA-256 and HMAC through libcrypto's EVP. It fails only without memory, or in a build of the library without them:
 * both end the process like an arena that cannot grow. */
#include "hash.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>

#include "lang/base/arena.h"

struct hasher {
  EVP_MD_CTX *context;
};

static void must(int fine) {
  if (fine != 1) arena_exhausted();
}

hasher *hash_begin(void) {
  hasher *h = malloc(sizeof *h);
  must(h != NULL);
  must(OSSL_LIB_CTX_get0_global_default() != NULL); /* the library goes on without, and crashes */
  h->context = EVP_MD_CTX_new();
  must(h->context != NULL);
  must(EVP_DigestInit_ex(h->context, EVP_sha256(), NULL));
  return h;
}

void hash_add(hasher *h, slice bytes) {
  if (bytes.n) must(EVP_DigestUpdate(h->context, bytes.p, bytes.n));
}

void hash_add_field(hasher *h, slice field) {
  uint8_t length[8];
  for (int i = 0; i < 8; i++) length[i] = (uint8_t)((uint64_t)field.n >> (8 * i));
  must(EVP_DigestUpdate(h->context, length, sizeof length));
  hash_add(h, field);
}

void hash_end(hasher *h, uint8_t out[HASH_BYTES]) {
  must(EVP_DigestFinal_ex(h->context, out, NULL));
  EVP_MD_CTX_free(h->context);
  free(h);
}

void hash_of(slice bytes, uint8_t out[HASH_BYTES]) {
  hasher *h = hash_begin();
  hash_add(h, bytes);
  hash_end(h, out);
}

void hash_hex(const uint8_t hash[HASH_BYTES], char out[HASH_HEX_MAX]) {
  static const char digit[] = "0123456789abcdef";
  for (int i = 0; i < HASH_BYTES; i++) {
    out[2 * i] = digit[hash[i] >> 4];
    out[2 * i + 1] = digit[hash[i] & 15];
  }
  out[2 * HASH_BYTES] = 0;
}

void hash_hmac(hash_kind kind, slice key, const slice *parts, size_t n, uint8_t *out) {
  static char *const NAMES[] = {[HASH_SHA1] = "SHA1", [HASH_SHA256] = "SHA256"};
  static const size_t BYTES[] = {[HASH_SHA1] = 20, [HASH_SHA256] = HASH_BYTES};
  EVP_MAC *mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
  must(mac != NULL);
  EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);
  must(context != NULL);
  const OSSL_PARAM settings[] = {OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, NAMES[kind], 0), OSSL_PARAM_END};
  must(EVP_MAC_init(context, (const uint8_t *)(key.n ? key.p : ""), key.n, settings));
  for (size_t i = 0; i < n; i++)
    if (parts[i].n) must(EVP_MAC_update(context, (const uint8_t *)parts[i].p, parts[i].n));
  size_t written;
  must(EVP_MAC_final(context, out, &written, BYTES[kind]));
  EVP_MAC_CTX_free(context);
  EVP_MAC_free(mac);
}

bool hash_same(const void *a, const void *b, size_t n) { return n == 0 || CRYPTO_memcmp(a, b, n) == 0; }

/* A key with a passphrase is none: nobody is asked at a terminal. */
static int no_passphrase(char *to, int room, int writes, void *self) {
  (void)to;
  (void)room;
  (void)writes;
  (void)self;
  return 0;
}

size_t hash_sign_rsa(slice pem, slice text, uint8_t *out, size_t room) {
  size_t n = 0, needed = 0;
  BIO *from = pem.n && pem.n <= 65536 ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
  EVP_PKEY *key = from ? PEM_read_bio_PrivateKey(from, NULL, no_passphrase, NULL) : NULL;
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  must(context != NULL);
  bool fine = key && EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) >= 2048 &&
              EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
              EVP_DigestSign(context, NULL, &needed, (const uint8_t *)text.p, text.n) == 1 && needed <= room;
  n = room;
  if (!fine || EVP_DigestSign(context, out, &n, (const uint8_t *)text.p, text.n) != 1) n = 0;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  BIO_free(from);
  return n;
}

/* ---- signatures of others ---- */

static EVP_PKEY *public_key(const char *kind, OSSL_PARAM *parts) {
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
  must(context != NULL);
  if (EVP_PKEY_fromdata_init(context) != 1 || EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parts) != 1)
    key = NULL;
  EVP_PKEY_CTX_free(context);
  return key;
}

/* Frees the key. */
static bool verify(EVP_PKEY *key, slice text, slice signature) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  must(context != NULL);
  bool fine =
      key && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
      EVP_DigestVerify(context, (const uint8_t *)signature.p, signature.n, (const uint8_t *)text.p, text.n) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  return fine;
}

bool hash_signed_rsa(slice modulus, slice exponent, slice text, slice signature) {
  enum { MODULUS_MAX = 1024, EXPONENT_MAX = 8 };
  uint8_t n[MODULUS_MAX], e[EXPONENT_MAX];
  if (modulus.n == 0 || modulus.n > sizeof n || exponent.n == 0 || exponent.n > sizeof e) return false;
  /* The library takes numbers as the machine has them. */
  const uint16_t one = 1;
  const bool turned = *(const uint8_t *)&one == 1;
  for (size_t i = 0; i < modulus.n; i++) n[i] = (uint8_t)modulus.p[turned ? modulus.n - 1 - i : i];
  for (size_t i = 0; i < exponent.n; i++) e[i] = (uint8_t)exponent.p[turned ? exponent.n - 1 - i : i];
  OSSL_PARAM parts[] = {OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, n, modulus.n),
                        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, e, exponent.n), OSSL_PARAM_construct_end()};
  EVP_PKEY *key = public_key("RSA", parts);
  if (key && EVP_PKEY_get_bits(key) >= 2048) return verify(key, text, signature);
  EVP_PKEY_free(key);
  return false;
}

/* 32 bytes, without leading zeros, with one where the first bit is set: an INTEGER of ASN.1. */
static size_t add_integer(uint8_t *to, const char *bytes) {
  size_t from = 0, n = 0;
  while (from < 31 && bytes[from] == 0) from++;
  bool high = (uint8_t)bytes[from] & 0x80;
  to[n++] = 2;
  to[n++] = (uint8_t)(32 - from + high);
  if (high) to[n++] = 0;
  memcpy(to + n, bytes + from, 32 - from);
  return n + 32 - from;
}

bool hash_signed_p256(slice x, slice y, slice text, slice signature) {
  uint8_t point[65] = {4}, der[72];
  if (x.n != 32 || y.n != 32 || signature.n != 64) return false;
  memcpy(point + 1, x.p, 32);
  memcpy(point + 33, y.p, 32);
  OSSL_PARAM parts[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char[]){"prime256v1"}, 0),
                        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
                        OSSL_PARAM_construct_end()};
  size_t n = 2;
  n += add_integer(der + n, signature.p);
  n += add_integer(der + n, signature.p + 32);
  der[0] = 0x30;
  der[1] = (uint8_t)(n - 2);
  return verify(public_key("EC", parts), text, (slice){(const char *)der, n});
}
