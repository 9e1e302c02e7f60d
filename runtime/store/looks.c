/* See looks.h. */
#include "looks.h"

#include "store_impl.h"

#define ASKED "asked: "

static slice key_of(arena *own, slice what) { return arena_printf(own, ASKED "%.*s", SLICE_ARG(what)); }

store_code store_look_ask(store *s, slice what) {
  arena *own = arena_new();
  store_code code = store_state_set(s, key_of(own, what), arena_printf(own, "%lld", (long long)store_now_us(s)));
  arena_free(own);
  return code;
}

/* `;` is the character behind `:`. */
store_code store_look_any(store *s, bool *yes) {
  db_stmt *q;
  int64_t one;
  store_code code = store_prepared(s, "SELECT 1 FROM sync_state WHERE key > 'asked: ' AND key < 'asked;' LIMIT 1", &q);
  *yes = false;
  if (code != STORE_OK) return code;
  code = store_one_int(s, q, &one);
  *yes = code == STORE_ROW;
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

store_code store_look_waits(store *s, slice what, bool *yes) {
  arena *own = arena_new();
  slice value;
  store_code code = store_state_get(s, key_of(own, what), own, &value);
  *yes = code == STORE_OK;
  arena_free(own);
  return code == STORE_END ? STORE_OK : code;
}

static store_code take(store *s, arena *perm, slice out[LOOKS_MAX], size_t *n) {
  db_stmt *q;
  store_code code = store_prepared(
      s, "SELECT key FROM sync_state WHERE key > 'asked: ' AND key < 'asked;' ORDER BY key LIMIT ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, LOOKS_MAX);
  while ((code = db_step(q)) == STORE_ROW && *n < LOOKS_MAX) {
    slice key = db_text(q, 0);
    out[(*n)++] = arena_slice(perm, (slice){key.p + sizeof ASKED - 1, key.n - (sizeof ASKED - 1)});
  }
  if (code == STORE_ROW) code = STORE_END;
  code = store_ended(s, q, code);
  for (size_t i = 0; i < *n && code == STORE_END; i++)
    if ((code = store_state_set(s, key_of(perm, out[i]), (slice){0})) == STORE_OK) code = STORE_END;
  return code == STORE_END ? STORE_OK : code;
}

store_code store_looks_take(store *s, arena *perm, slice out[LOOKS_MAX], size_t *n) {
  bool any;
  *n = 0;
  store_code code = store_look_any(s, &any);
  if (code != STORE_OK || !any) return code;
  code = store_begin(s);
  if (code != STORE_OK) return code;
  code = take(s, perm, out, n);
  if (code == STORE_OK) return store_commit(s);
  store_rollback(s);
  *n = 0;
  return code;
}
