/* See looked.h. The mark is one line of small named state: "day customer invoice contract happening". */
#include "looked.h"

#include <stdlib.h>

#include "store_impl.h"

static const slice LOOKED = {"looked at", 9};

store_code store_looked_get(store *s, store_looked *out) {
  arena *own = arena_new();
  slice value;
  *out = (store_looked){0};
  store_code code = store_state_get(s, LOOKED, own, &value);
  if (code == STORE_OK) {
    char *at = arena_copy(own, value);
    out->day = (int32_t)strtol(at, &at, 10);
    for (int k = 0; k < LOOKED_KINDS; k++) out->row[k] = strtoll(at, &at, 10);
    out->happening = strtoll(at, &at, 10);
  }
  arena_free(own);
  return code;
}

store_code store_looked_all(store *s, int32_t day) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "SELECT coalesce((SELECT max(row) FROM customer), 0), coalesce((SELECT max(row) "
                                   "FROM invoice), 0), coalesce((SELECT max(row) FROM contract), 0), "
                                   "coalesce((SELECT max(seq) FROM happening), 0)",
                                   &q);
  if (code != STORE_OK) return code;
  arena *own = arena_new();
  slice value = {0};
  code = db_step(q);
  if (code == STORE_ROW)
    value = arena_printf(own, "%d %lld %lld %lld %lld", day, (long long)db_int(q, 0), (long long)db_int(q, 1),
                         (long long)db_int(q, 2), (long long)db_int(q, 3));
  code = code == STORE_ROW ? STORE_OK : store_failed(s);
  db_reset(q);
  if (code == STORE_OK) code = store_state_set(s, LOOKED, value);
  arena_free(own);
  return code;
}

static const char *const NEW[LOOKED_KINDS] = {[STORE_ENTITY_CUSTOMER] = "SELECT id FROM customer WHERE row > ?1",
                                              [STORE_ENTITY_INVOICE] = "SELECT number FROM invoice WHERE row > ?1",
                                              [STORE_ENTITY_CONTRACT] = "SELECT number FROM contract WHERE row > ?1"};
static const char MOVED[] = "SELECT entity FROM happening WHERE seq > ?1 AND kind = 'due date changed' AND (was IS "
                            "NULL OR day < was)";

static const char REOPENED[] = "SELECT entity FROM happening WHERE seq > ?1 AND kind IN ('payment reversed', 'dispute "
                               "resolved')";

store_code store_unlooked(store *s, const store_looked *mark, store_entity_kind kind, looked_which which, arena *perm,
                          store_names *out) {
  size_t cap = 0;
  db_stmt *q;
  *out = (store_names){0};
  const char *sql = which == LOOKED_NEW ? NEW[kind] : which == LOOKED_MOVED ? MOVED : REOPENED;
  store_code code = store_prepared(s, sql, &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, which == LOOKED_NEW ? mark->row[kind] : mark->happening);
  while ((code = db_step(q)) == STORE_ROW) {
    if (out->n == cap) {
      cap = cap ? cap * 2 : 64;
      slice *v = ARENA_ARRAY(perm, cap, slice);
      if (out->n) memcpy(v, out->v, out->n * sizeof *v);
      out->v = v;
    }
    out->v[out->n++] = arena_slice(perm, db_text(q, 0));
  }
  code = code == STORE_END ? STORE_OK : store_failed(s);
  db_reset(q);
  return code;
}

store_code store_ledger_open(store *s, int64_t *rows) {
  db_stmt *q;
  store_code code = store_prepared(
      s, "SELECT (SELECT count(*) FROM invoice WHERE status = 'open') + (SELECT count(*) FROM contract)", &q);
  if (code != STORE_OK) return code;
  code = db_step(q);
  *rows = code == STORE_ROW ? db_int(q, 0) : 0;
  code = code == STORE_ROW ? STORE_OK : store_failed(s);
  db_reset(q);
  return code;
}
