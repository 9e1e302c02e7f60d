/* See unreached.h. */
#include "unreached.h"

#include <stdlib.h>

#include "lang/base/utf8.h"
#include "runtime/hash.h"

static slice key_of(slice address, arena *scratch) {
  uint8_t digest[HASH_BYTES];
  char hex[HASH_HEX_MAX];
  hash_of(utf8_fold(scratch, slice_trim(address)), digest);
  hash_hex(digest, hex);
  return arena_printf(scratch, "unreached email %s", hex);
}

store_code unreached_is(store *s, slice address, int32_t today, arena *scratch, bool *yes) {
  slice value = {0};
  store_code code = store_state_get(s, key_of(address, scratch), scratch, &value);
  *yes = code == STORE_OK && value.n && today - strtol(arena_copy(scratch, value), NULL, 10) < UNREACHED_DAYS;
  return code == STORE_END ? STORE_OK : code;
}

store_code unreached_mark(store *s, slice address, int32_t today, arena *scratch) {
  return store_state_set(s, key_of(address, scratch), arena_printf(scratch, "%d", today));
}

store_code unreached_clear(store *s, slice address, arena *scratch) {
  return store_state_set(s, key_of(address, scratch), (slice){0});
}
