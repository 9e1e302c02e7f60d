/* A secret: a password, a key, a token. A type of its own, without the members that slices and texts have, so that no
 * format, table, log or store takes one: what would print it does not compile.
 *
 * Invariant: secret_reveal is called where a secret is handed to the library that needs it, or becomes a signature or a
 * secret again (sign.h), and nowhere else (scripts/check_house.sh). */
#ifndef DUN_NET_SECRET_H
#define DUN_NET_SECRET_H

#include "lang/base/arena.h"

typedef struct secret {
  struct hidden {
    const char *bytes; /* NULL: none */
  } only_by_reveal;
} secret;

static inline secret secret_of(arena *perm, slice bytes) { return (secret){{arena_copy(perm, bytes)}}; }
static inline bool secret_is_there(const secret *s) { return s->only_by_reveal.bytes != NULL; }
static inline const char *secret_reveal(const secret *s) { return s->only_by_reveal.bytes; }

#endif
