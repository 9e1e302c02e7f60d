/* Signatures and the spellings of bytes that services use: HMAC, base64, hexadecimal, comparisons that take as long
 * whatever is compared, secrets made of pieces.
 *
 * Invariant: what comes out of a secret is a signature or a secret again. */
#ifndef DUN_NET_SIGN_H
#define DUN_NET_SIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "net.h"
#include "secret.h"

enum { SIGN_SHA1_BYTES = 20, SIGN_SHA256_BYTES = 32 };

/* What signs: a secret's text, or the bytes that it stands for. */
typedef struct sign_key {
  struct hidden_key {
    const char *bytes;
    size_t n;
  } only_to_sign;
} sign_key;

sign_key sign_key_of(const secret *s); /* lives as long as the secret */
/* "whsec_MfKQ...": base64 behind the prefix. False: it is not. */
bool sign_key_base64(arena *perm, const secret *s, const char *prefix, sign_key *out);

/* Over the parts as if they were one. */
void sign_hmac_sha1(const sign_key *key, const slice *parts, size_t n, uint8_t out[SIGN_SHA1_BYTES]);
void sign_hmac_sha256(const sign_key *key, const slice *parts, size_t n, uint8_t out[SIGN_SHA256_BYTES]);

/* A JSON Web Token (RFC 7519) of these claims, signed RS256 by a private key in PEM; its lines may be written as one,
 * with
 * \n between. Whoever has the token is who signed it. False: it is no such key. */
bool sign_jwt(const secret *pem, slice claims, arena *perm, secret *out);

/* The time that it takes tells at most whether the lengths differ. */
bool sign_same(slice a, slice b);
/* Whether a text from outside is the secret; false where there is none. */
bool sign_is_secret(const secret *s, slice given);

slice sign_base64(slice bytes, arena *perm);
slice sign_base64url(slice bytes, arena *perm); /* without padding */
/* Either alphabet, with its padding or without any; no blanks. False: it is none. */
bool sign_base64_decode(slice s, arena *perm, slice *out);
slice sign_hex(slice bytes, arena *perm); /* lower case */
bool sign_hex_decode(slice s, arena *perm, slice *out);

/* Pieces joined, or their base64 ("login:id:key" for a session's header): as secret as what is in them. */
secret sign_joined(arena *perm, const http_piece *v, size_t n);
secret sign_joined_base64(arena *perm, const http_piece *v, size_t n);

#endif
