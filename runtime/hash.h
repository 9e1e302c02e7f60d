/* SHA-256, for the audit chain, policy revisions and message hashes; HMAC and RSA, for the signatures of services.
 * hash.c alone includes libcrypto's header. */
#ifndef DUN_RUNTIME_HASH_H
#define DUN_RUNTIME_HASH_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/base/slice.h"

#define HASH_BYTES 32
#define HASH_HEX_MAX (2 * HASH_BYTES + 1)

typedef struct hasher hasher;

hasher *hash_begin(void);
void hash_add(hasher *h, slice bytes);
/* A field of a longer message: its length goes in first, so that no two lists of fields look alike. */
void hash_add_field(hasher *h, slice field);
void hash_end(hasher *h, uint8_t out[HASH_BYTES]); /* frees h */

void hash_of(slice bytes, uint8_t out[HASH_BYTES]);
/* Lower-case, NUL-terminated. */
void hash_hex(const uint8_t hash[HASH_BYTES], char out[HASH_HEX_MAX]);

/* HMAC over the parts as if they were one: 20 or 32 bytes. */
typedef enum hash_kind { HASH_SHA1, HASH_SHA256 } hash_kind;
void hash_hmac(hash_kind kind, slice key, const slice *parts, size_t n, uint8_t *out);

/* RSASSA-PKCS1-v1_5 with SHA-256 (RS256) by a private key in PEM, without a passphrase. At most `room` bytes; how many,
 * 0: it is no such key. */
size_t hash_sign_rsa(slice pem, slice text, uint8_t *out, size_t room);

/* Whether the signature over the text was made by the private half of a public key: RS256 with an RSA key of 2048 bits
 * or more (big-endian modulus and exponent), ES256 with a point of P-256 (its coordinates, 32 bytes each; the signature
 * 64). False too where it is no such key. */
bool hash_signed_rsa(slice modulus, slice exponent, slice text, slice signature);
bool hash_signed_p256(slice x, slice y, slice text, slice signature);

/* Takes as long whatever the bytes are. */
bool hash_same(const void *a, const void *b, size_t n);

#endif
