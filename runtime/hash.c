/* SHA-256 through libcrypto's EVP. It fails only without memory, or in a build of the library without SHA-256: both end
 * the process like an arena that cannot grow. */
#include "hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
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
