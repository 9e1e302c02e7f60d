/* SHA-256, for the audit chain, policy revisions and message hashes. hash.c alone includes libcrypto's header. */
#ifndef DUN_RUNTIME_HASH_H
#define DUN_RUNTIME_HASH_H

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

#endif
