/* See leave.h. */
#include "leave.h"

#include "stdlib/net/sign.h"

enum { SECRET_BYTES = 32, KEY_HEX = 64, SIGNATURE_HEX = 40 };

static const slice STATE = {"unsubscribe", 11};

store_code leave_secret(world *w, store *s, bool make, arena *perm, secret *out) {
  slice value = {0};
  char random[SECRET_BYTES];
  *out = (secret){0};
  store_code code = store_state_get(s, STATE, perm, &value);
  if (code == STORE_END && make && w->random(w, random, sizeof random) == WORLD_OK) {
    value = sign_hex((slice){random, sizeof random}, perm);
    code = store_state_set(s, STATE, value);
  }
  if (code == STORE_OK && value.n) *out = secret_of(perm, value);
  return code == STORE_END ? STORE_OK : code;
}

static void signature(const secret *its, slice key, char out[SIGNATURE_HEX]) {
  static const char DIGITS[] = "0123456789abcdef";
  sign_key with = sign_key_of(its);
  uint8_t hash[SIGN_SHA256_BYTES];
  const slice parts[] = {SLICE("unsubscribe email "), key};
  sign_hmac_sha256(&with, parts, 2, hash);
  for (size_t i = 0; i < SIGNATURE_HEX; i++) out[i] = DIGITS[hash[i / 2] >> (i % 2 ? 0 : 4) & 15];
}

slice leave_link(const secret *its, slice public_url, slice key, arena *perm) {
  char made[SIGNATURE_HEX];
  signature(its, key, made);
  return arena_printf(perm, "%.*s" LEAVE_PATH "%.*s/%.*s", SLICE_ARG(public_url), SLICE_ARG(key), SIGNATURE_HEX, made);
}

bool leave_read(const secret *its, slice path, slice *key) {
  slice head = SLICE(LEAVE_PATH);
  char made[SIGNATURE_HEX];
  if (!secret_is_there(its) || path.n != head.n + KEY_HEX + 1 + SIGNATURE_HEX || !slice_starts(path, head))
    return false;
  *key = (slice){path.p + head.n, KEY_HEX};
  if (path.p[head.n + KEY_HEX] != '/') return false;
  signature(its, *key, made);
  return sign_same((slice){made, SIGNATURE_HEX}, (slice){path.p + head.n + KEY_HEX + 1, SIGNATURE_HEX});
}
