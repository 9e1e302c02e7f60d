/* See origin.h. */
#include "origin.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "store_impl.h"

static int kind_of(store_table table) {
  assert(table == STORE_T_customer || table == STORE_T_invoice);
  return table == STORE_T_customer ? STORE_ENTITY_CUSTOMER : STORE_ENTITY_INVOICE;
}

store_code store_origin_of(store *s, store_table table, slice id, arena *perm, store_origin *out) {
  db_stmt *q;
  store_code code =
      store_prepared(s,
                     kind_of(table) == STORE_ENTITY_CUSTOMER
                         ? "SELECT t.row, b.source, coalesce(t.source_id, t.id), coalesce(r.read_at, 0) FROM customer "
                           "t JOIN batch b ON b.id = t.batch LEFT JOIN row_read r ON r.kind = 0 AND r.row = t.row "
                           "WHERE t.id = ?1"
                         : "SELECT t.row, b.source, coalesce(t.source_id, t.number), coalesce(r.read_at, 0) FROM "
                           "invoice t JOIN batch b ON b.id = t.batch LEFT JOIN row_read r ON r.kind = 1 AND r.row = "
                           "t.row WHERE t.number = ?1",
                     &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, id);
  code = db_step(q);
  if (code == STORE_ROW)
    *out = (store_origin){.row = db_int(q, 0),
                          .source = arena_slice(perm, db_text(q, 1)),
                          .source_id = arena_slice(perm, db_text(q, 2)),
                          .read_us = db_int(q, 3)};
  else if (code != STORE_END)
    code = store_failed(s);
  db_reset(q);
  return code == STORE_ROW ? STORE_OK : code;
}

store_code store_read_alone(store *s, store_table table, int64_t row, int64_t at_us) {
  db_stmt *q;
  store_code code = store_prepared(s, "INSERT OR REPLACE INTO row_read (kind, row, read_at) VALUES (?1, ?2, ?3)", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, kind_of(table));
  db_bind_int(q, 2, row);
  db_bind_int(q, 3, at_us);
  return store_do(s, q);
}

/* ---- a sync ---- */

enum { KEY_MAX = 96 };

static slice from_key(slice source, char room[KEY_MAX]) {
  int n = snprintf(room, KEY_MAX, "sync %.*s from", SLICE_ARG(source));
  return (slice){room, n < KEY_MAX ? (size_t)n : KEY_MAX - 1};
}

store_code store_synced_from(store *s, slice source, int64_t *begun_us) {
  char room[KEY_MAX];
  slice value;
  arena *own = arena_new();
  store_code code = store_state_get(s, from_key(source, room), own, &value);
  *begun_us = code == STORE_OK ? strtoll(arena_copy(own, value), NULL, 10) : 0;
  arena_free(own);
  return code == STORE_END ? STORE_OK : code;
}

store_code store_synced_from_set(store *s, slice source, int64_t begun_us) {
  char room[KEY_MAX], text[24];
  int n = snprintf(text, sizeof text, "%lld", (long long)begun_us);
  return store_state_set(s, from_key(source, room), (slice){text, (size_t)n});
}
