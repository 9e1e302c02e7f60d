/* An ID token of OpenID Connect (OpenID Connect Core 1.0, 3.1.3.7; RFC 7515, 7517, 7519): who somebody is, said and
 * signed by a provider. Pure.
 *
 * Invariant: nothing of a token is believed before its signature has been checked with a key of the provider's set, by
 * RS256 or ES256 and no other way; what it is signed by is the key's to say, not the token's alone. */
#ifndef DUN_NET_ID_TOKEN_H
#define DUN_NET_ID_TOKEN_H

#include "json.h"

/* ID_TOKEN_FAULT(id, what to say) */
#define ID_TOKEN_FAULTS(FAULT)                                                                                         \
  FAULT(NONE, "it is fine")                                                                                            \
  FAULT(SHAPE, "it is no signed token")                                                                                \
  FAULT(ALGORITHM, "it is signed in a way that is not taken: RS256 and ES256 are")                                     \
  FAULT(KEY, "the provider has no such key")                                                                           \
  FAULT(SIGNATURE, "its signature does not fit")                                                                       \
  FAULT(ISSUER, "it is of another provider")                                                                           \
  FAULT(AUDIENCE, "it was made for another program")                                                                   \
  FAULT(TIME, "it is too old, or of the future: is this machine's clock right?")                                       \
  FAULT(NONCE, "it does not belong to this login")                                                                     \
  FAULT(SUBJECT, "it does not say who it is")

typedef enum id_token_fault {
#define FAULT(id, words) ID_TOKEN_##id,
  ID_TOKEN_FAULTS(FAULT)
#undef FAULT
} id_token_fault;
const char *id_token_fault_words(id_token_fault f);

typedef struct id_token_wanted {
  slice issuer, client, nonce;
  int64_t now_s;
} id_token_wanted;

typedef struct id_token {
  slice issuer, subject, email, name;
  bool email_verified;
} id_token;

/* `keys`: the provider's set ({"keys":[...]}). */
id_token_fault id_token_read(slice token, const json *keys, const id_token_wanted *wanted, arena *perm, id_token *out)
    __attribute__((warn_unused_result));

#endif
