/* See password.h. The second recommended setting of RFC 9106, with one lane, which is what the library has. */
#include "password.h"

#include <sodium.h>

enum { PASSES = 3, MEMORY = 64 << 20, HASH_OF = 32 };
#define SETTINGS "$argon2id$v=19$m=65536,t=3,p=1$"

static slice spelled(const unsigned char *bytes, size_t n, arena *perm) {
  enum { KIND = sodium_base64_VARIANT_ORIGINAL_NO_PADDING };
  size_t room = sodium_base64_encoded_len(n, KIND);
  char *out = arena_room(perm, room, 1);
  sodium_bin2base64(out, room, bytes, n, KIND);
  return slice_of(out);
}

bool password_hash(world *w, slice password, arena *perm, slice *kept) {
  unsigned char salt[crypto_pwhash_SALTBYTES], hash[HASH_OF];
  if (sodium_init() < 0 || password.n > PASSWORD_BYTES_MAX || w->random(w, salt, sizeof salt) != WORLD_OK) return false;
  if (crypto_pwhash(hash, sizeof hash, password.p, password.n, salt, PASSES, MEMORY, crypto_pwhash_ALG_ARGON2ID13) != 0)
    return false;
  slice a = spelled(salt, sizeof salt, perm), b = spelled(hash, sizeof hash, perm);
  sodium_memzero(hash, sizeof hash);
  *kept = arena_printf(perm, SETTINGS "%.*s$%.*s", SLICE_ARG(a), SLICE_ARG(b));
  return true;
}

bool password_is(slice kept, slice password) {
  /* Nobody's: no password is known that has this hash. */
  static const char NOBODY[] = SETTINGS "AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  char text[crypto_pwhash_STRBYTES] = {0};
  bool there = kept.n > 0 && kept.n < sizeof text;
  if (sodium_init() < 0 || password.n > PASSWORD_BYTES_MAX) return false;
  memcpy(text, there ? kept.p : NOBODY, there ? kept.n : sizeof NOBODY);
  bool same = crypto_pwhash_str_verify(text, password.p, password.n) == 0;
  sodium_memzero(text, sizeof text);
  return same && there;
}

bool password_is_old(slice kept) { return !slice_starts(kept, SLICE(SETTINGS)); }
