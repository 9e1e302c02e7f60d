/* See part.h. */
#include "part.h"

#include "store_impl.h"

store_code store_part_put(store *s, const store_part *p) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "INSERT INTO message_part (message, ordinal, what, name, type, cid, source, gap, "
                                   "bytes, tries) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0)",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, p->message);
  db_bind_int(q, 2, p->ordinal);
  db_bind_text(q, 3, p->what);
  db_bind_text(q, 4, p->name);
  db_bind_text(q, 5, p->type);
  db_bind_text(q, 6, p->cid);
  db_bind_text(q, 7, p->source);
  db_bind_text(q, 8, p->gap);
  db_bind_blob(q, 9, p->bytes.n ? p->bytes.p : "", p->bytes.n);
  return store_do(s, q);
}

static store_part part_at(db_stmt *q, arena *perm) {
  return (store_part){.id = db_int(q, 0),
                      .message = db_int(q, 1),
                      .ordinal = (int32_t)db_int(q, 2),
                      .what = arena_slice(perm, db_text(q, 3)),
                      .name = arena_slice(perm, db_text(q, 4)),
                      .type = arena_slice(perm, db_text(q, 5)),
                      .cid = arena_slice(perm, db_text(q, 6)),
                      .source = arena_slice(perm, db_text(q, 7)),
                      .gap = arena_slice(perm, db_text(q, 8)),
                      .bytes = arena_slice(perm, db_text(q, 9)),
                      .tries = db_int(q, 10),
                      .asked_us = db_int(q, 11)};
}

static store_code parts_at(store *s, db_stmt *q, arena *perm, store_part *out, size_t room, size_t *count) {
  store_code code = STORE_END;
  while (*count < room && (code = db_step(q)) == STORE_ROW) out[(*count)++] = part_at(q, perm);
  code = store_ended(s, q, code);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

store_code store_parts_of(store *s, int64_t message, arena *perm, store_part out[STORE_PARTS_MAX], size_t *count) {
  db_stmt *q;
  *count = 0;
  store_code code = store_prepared(s,
                                   "SELECT id, message, ordinal, what, name, type, cid, source, gap, bytes, tries, "
                                   "coalesce(asked_at, 0) FROM message_part WHERE message = ?1 ORDER BY ordinal",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, message);
  return parts_at(s, q, perm, out, STORE_PARTS_MAX, count);
}

store_code store_parts_due(store *s, int64_t now_us, arena *perm, store_part *out, size_t room, size_t *count) {
  db_stmt *q;
  *count = 0;
  store_code code =
      store_prepared(s,
                     "SELECT p.id, p.message, p.ordinal, p.what, p.name, p.type, p.cid, p.source, p.gap, p.bytes, "
                     "p.tries, coalesce(p.asked_at, 0) FROM message_part p JOIN action a ON a.id = p.message "
                     "WHERE p.source <> '' AND coalesce(p.not_before, 0) <= ?1 AND a.state = 'ready' "
                     "ORDER BY p.message, p.ordinal LIMIT ?2",
                     &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, now_us);
  db_bind_int(q, 2, (int64_t)room);
  return parts_at(s, q, perm, out, room, count);
}

store_code store_parts_wanted(store *s, int64_t message, bool *yes) {
  db_stmt *q;
  int64_t any = 0;
  store_code code =
      store_prepared(s, "SELECT EXISTS (SELECT 1 FROM message_part WHERE message = ?1 AND source <> '')", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, message);
  code = store_one_int(s, q, &any);
  *yes = any != 0;
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

store_code store_part_came(store *s, int64_t id, slice name, slice type, slice bytes) {
  db_stmt *q;
  store_code code = store_prepared(
      s, "UPDATE message_part SET name = ?2, type = ?3, bytes = ?4, source = '' WHERE id = ?1 AND source <> ''", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  db_bind_text(q, 2, name);
  db_bind_text(q, 3, type);
  db_bind_blob(q, 4, bytes.n ? bytes.p : "", bytes.n);
  return store_do(s, q);
}

store_code store_part_later(store *s, int64_t id, int64_t asked_us, int64_t not_before_us) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "UPDATE message_part SET tries = tries + 1, asked_at = coalesce(asked_at, ?2), "
                                   "not_before = ?3 WHERE id = ?1 AND source <> ''",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  db_bind_int(q, 2, asked_us);
  db_bind_int(q, 3, not_before_us);
  return store_do(s, q);
}

store_code store_part_gap(store *s, int64_t id, slice gap) {
  db_stmt *q;
  store_code code = store_prepared(
      s, "UPDATE message_part SET gap = ?2, source = '', bytes = x'' WHERE id = ?1 AND source <> ''", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  db_bind_text(q, 2, gap);
  return store_do(s, q);
}
