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
