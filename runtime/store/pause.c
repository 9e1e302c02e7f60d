/* See pause.h. */
#include "pause.h"

#include <stdio.h>

#include "store_impl.h"

static const char *const SCOPE_NAME[] = {
#define SCOPE(name) #name,
    PAUSE_SCOPES(SCOPE)
#undef SCOPE
};
const char *pause_scope_name(pause_scope s) { return SCOPE_NAME[s]; }

bool pause_scope_find(slice name, pause_scope *out) {
  for (int i = 0; i < PAUSE_SCOPE_COUNT; i++) {
    if (!slice_eq(name, slice_of(SCOPE_NAME[i]))) continue;
    *out = (pause_scope)i;
    return true;
  }
  return false;
}

/* The reason is a person's own words and stays out of the log. */
static store_code audit(store *s, const char *kind, slice by, pause_scope scope, int64_t n) {
  char detail[64];
  snprintf(detail, sizeof detail, "{\"scope\":\"%s\",\"pauses\":%lld}", SCOPE_NAME[scope], (long long)n);
  store_event e = {slice_of(kind), by, slice_of("outbox"), slice_of(detail)};
  return store_audit_append(s, &e);
}

store_code store_pause_put(store *s, pause_scope scope, slice name, slice by, slice reason, bool *is_new) {
  db_stmt *q;
  *is_new = false;
  store_code code = store_prepared(
      s, "INSERT OR IGNORE INTO pause (scope, name, paused_by, at, reason) VALUES (?1, ?2, ?3, ?4, ?5)", &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, slice_of(SCOPE_NAME[scope]));
  db_bind_text(q, 2, name);
  db_bind_text(q, 3, by);
  db_bind_int(q, 4, store_now_us(s));
  db_bind_text(q, 5, reason);
  code = store_do(s, q);
  *is_new = code == STORE_OK && db_changes(s->d) == 1;
  return *is_new ? audit(s, "pause", by, scope, 1) : code;
}

store_code store_pause_end(store *s, pause_scope scope, slice name, slice by, int64_t *ended) {
  db_stmt *q;
  *ended = 0;
  store_code code = store_prepared(s,
                                   "UPDATE pause SET ended_at = ?3, ended_by = ?4 WHERE ended_at IS NULL AND "
                                   "scope = ?1 AND (name = ?2 OR scope = 'all')",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, slice_of(SCOPE_NAME[scope]));
  db_bind_text(q, 2, name);
  db_bind_int(q, 3, store_now_us(s));
  db_bind_text(q, 4, by);
  code = store_do(s, q);
  if (code == STORE_OK) *ended = db_changes(s->d);
  return *ended ? audit(s, "resume", by, scope, *ended) : code;
}

/* The row at hand, and the statement reset. */
static store_code take(store *s, db_stmt *q, arena *perm, store_pause *out) {
  store_code code = db_step(q);
  if (code == STORE_ROW) {
    *out = (store_pause){.name = arena_slice(perm, db_text(q, 1)),
                         .by = arena_slice(perm, db_text(q, 2)),
                         .reason = arena_slice(perm, db_text(q, 3)),
                         .at_us = db_int(q, 4)};
    if (!pause_scope_find(db_text(q, 0), &out->scope)) out->scope = PAUSE_all;
  } else if (code != STORE_END) {
    code = store_failed(s);
  }
  db_reset(q);
  return code == STORE_ROW ? STORE_OK : code;
}

store_code store_pause_of(store *s, slice policy, slice channel, slice customer, arena *perm, store_pause *out) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "SELECT scope, name, paused_by, reason, at FROM pause WHERE ended_at IS NULL AND "
                                   "(scope = 'all' OR (scope = 'policy' AND name = ?1) OR (scope = 'channel' AND "
                                   "name = ?2) OR (scope = 'customer' AND name = ?3 AND ?3 <> '')) ORDER BY id LIMIT 1",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, policy);
  db_bind_text(q, 2, channel);
  db_bind_text(q, 3, customer);
  return take(s, q, perm, out);
}

store_code store_pause_own(store *s, arena *perm, store_pause *out) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "SELECT scope, name, paused_by, reason, at FROM pause WHERE ended_at IS NULL AND "
                                   "scope = 'all' AND name <> '' ORDER BY id LIMIT 1",
                                   &q);
  return code == STORE_OK ? take(s, q, perm, out) : code;
}
