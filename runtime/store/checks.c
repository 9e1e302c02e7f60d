/* See checks.h. */
#include "checks.h"

#include "store_impl.h"

store_code store_check_put(store *s, const store_check *c) {
  db_stmt *q;
  store_code code =
      store_prepared(s,
                     "INSERT OR REPLACE INTO connection_check (line, state, asked_by, begun_at, ended_at, "
                     "findings) VALUES (?1, ?2, ?3, ?4, nullif(?5, 0), ?6)",
                     &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, c->line);
  db_bind_text(q, 2, c->state);
  db_bind_text(q, 3, c->by);
  db_bind_int(q, 4, c->begun_us);
  db_bind_int(q, 5, c->ended_us);
  db_bind_text(q, 6, c->findings);
  return store_do(s, q);
}

store_code store_check_of(store *s, slice line, arena *perm, store_check *out) {
  db_stmt *q;
  store_code code = store_prepared(
      s, "SELECT state, asked_by, begun_at, coalesce(ended_at, 0), findings FROM connection_check WHERE line = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, line);
  code = db_step(q);
  if (code == STORE_ROW)
    *out = (store_check){.line = line,
                         .state = arena_slice(perm, db_text(q, 0)),
                         .by = arena_slice(perm, db_text(q, 1)),
                         .begun_us = db_int(q, 2),
                         .ended_us = db_int(q, 3),
                         .findings = arena_slice(perm, db_text(q, 4))};
  code = store_ended(s, q, code);
  return code == STORE_ROW ? STORE_OK : code;
}

store_code store_line_state_of(store *s, slice line, slice vendor, store_line_state *out) {
  db_stmt *q;
  *out = (store_line_state){0};
  store_code code = store_prepared(
      s,
      "SELECT coalesce((SELECT max(seen_at) FROM hook_event WHERE provider = ?1), 0), count(*), coalesce(sum(hinted), "
      "0), coalesce(max(tries), 0) FROM recheck WHERE erp = ?2",
      &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, line);
  db_bind_text(q, 2, vendor);
  code = db_step(q);
  if (code == STORE_ROW) *out = (store_line_state){db_int(q, 0), db_int(q, 1), db_int(q, 2), db_int(q, 3)};
  code = store_ended(s, q, code);
  return code == STORE_ROW ? STORE_OK : code;
}

store_code store_states_of(store *s, slice prefix, arena *perm, store_named *out, size_t room, size_t *n) {
  db_stmt *q;
  *n = 0;
  store_code code = store_prepared(
      s, "SELECT key, value FROM sync_state WHERE key >= ?1 AND substr(key, 1, length(?1)) = ?1 ORDER BY key LIMIT ?2",
      &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, prefix);
  db_bind_int(q, 2, (int64_t)room);
  while (*n < room && (code = db_step(q)) == STORE_ROW)
    out[(*n)++] = (store_named){arena_slice(perm, db_text(q, 0)), arena_slice(perm, db_text(q, 1))};
  if (code == STORE_ROW) code = STORE_END;
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

store_code store_line_failed(store *s, slice line, slice why) {
  arena *own = arena_new();
  slice key = arena_printf(own, "failed: %.*s", SLICE_ARG(line)), was = {0};
  store_code code = store_state_get(s, key, own, &was);
  bool known = code == STORE_OK;
  if (code == STORE_END) code = STORE_OK;
  if (code == STORE_OK && why.n && !known)
    code = store_state_set(s, key, arena_printf(own, "%lld %.*s", (long long)store_now_us(s), SLICE_ARG(why)));
  if (code == STORE_OK && !why.n && known) code = store_state_set(s, key, (slice){0});
  arena_free(own);
  return code;
}
