/* What has been done on the tracks so far: positions, arming, revisions, and small named state.
 *
 * Invariant: a position is only ever added; an old cycle's rows stay, so that a reversed payment can resume it. */
#include "store_impl.h"

store_code store_climb_add(store *s, const store_climb *c) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "INSERT OR IGNORE INTO position (track, kind, entity, cycle, \"offset\", place, "
                                   "climbed_on, quiet) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                                   &q);
  if (code != STORE_OK) return code;
  store_bind_rung(q, c->track, c->entity, c->cycle, c->offset);
  db_bind_int(q, 6, c->place);
  db_bind_int(q, 7, c->on);
  db_bind_int(q, 8, c->quiet);
  return store_do(s, q);
}

store_code store_armed_set(store *s, slice rule, store_entity entity, bool armed, int32_t since) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "INSERT INTO armed (rule, kind, entity, armed, since) VALUES (?1, ?2, ?3, ?4, ?5) "
                                   "ON CONFLICT (rule, kind, entity) DO UPDATE SET armed = ?4, since = ?5",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, rule);
  store_bind_entity(q, 2, entity);
  db_bind_int(q, 4, armed);
  db_bind_int(q, 5, since);
  return store_do(s, q);
}

store_code store_own_set(store *s, store_entity entity, slice what, int32_t since, slice value) {
  db_stmt *q;
  store_code code =
      store_prepared(s,
                     "INSERT INTO own_state (kind, entity, what, since, value) VALUES (?1, ?2, ?3, ?4, ?5) "
                     "ON CONFLICT (kind, entity, what, since) DO UPDATE SET value = ?5, ended = NULL",
                     &q);
  if (code != STORE_OK) return code;
  store_bind_entity(q, 1, entity);
  db_bind_text(q, 3, what);
  db_bind_int(q, 4, since);
  db_bind_text(q, 5, value);
  return store_do(s, q);
}

store_code store_begun_clear(store *s) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   s->focused ? "DELETE FROM begun WHERE (kind, entity) IN (SELECT kind, id FROM "
                                                "temp.focus_entity)"
                                              : "DELETE FROM begun",
                                   &q);
  return code == STORE_OK ? store_do(s, q) : code;
}

store_code store_begun_drop(store *s, const store_begun *b) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "DELETE FROM begun WHERE track = ?1 AND kind = ?2 AND entity = ?3 AND "
                                   "\"offset\" = ?4 AND day = ?5 AND seq = ?6",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, b->track);
  store_bind_entity(q, 2, b->entity);
  db_bind_text(q, 4, b->offset);
  db_bind_int(q, 5, b->day);
  db_bind_int(q, 6, b->seq);
  return store_do(s, q);
}

store_code store_begun_put(store *s, const store_begun *b) {
  db_stmt *q;
  store_code code =
      store_prepared(s,
                     "INSERT OR REPLACE INTO begun (track, kind, entity, cycle, \"offset\", day, seq, "
                     "place, ladder, done, lines_done, shape) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
                     "?10, ?11, ?12)",
                     &q);
  if (code != STORE_OK) return code;
  store_bind_rung(q, b->track, b->entity, b->cycle, b->offset);
  db_bind_int(q, 6, b->day);
  db_bind_int(q, 7, b->seq);
  db_bind_int(q, 8, b->place);
  db_bind_text(q, 9, b->ladder);
  db_bind_int(q, 10, (int64_t)b->done);
  db_bind_int(q, 11, (int64_t)b->lines_done);
  db_bind_text(q, 12, b->shape);
  return store_do(s, q);
}

store_code store_rule_runs_clear(store *s) {
  db_stmt *q;
  store_code code = store_prepared(s, "DELETE FROM rule_run", &q);
  return code == STORE_OK ? store_do(s, q) : code;
}

store_code store_rule_run_set(store *s, slice rule, int32_t since, int32_t done) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "INSERT INTO rule_run (rule, since, done) VALUES (?1, ?2, ?3) "
                                   "ON CONFLICT (rule) DO UPDATE SET since = ?2, done = ?3",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, rule);
  db_bind_int(q, 2, since);
  db_bind_int(q, 3, done);
  return store_do(s, q);
}

store_code store_anchor_set(store *s, store_entity entity, slice field, int32_t day, int32_t cycle) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "INSERT INTO anchor (kind, entity, field, day, cycle) VALUES (?1, ?2, ?3, ?4, ?5) "
                                   "ON CONFLICT (kind, entity, field) DO UPDATE SET day = ?4, cycle = ?5",
                                   &q);
  if (code != STORE_OK) return code;
  store_bind_entity(q, 1, entity);
  db_bind_text(q, 3, field);
  db_bind_int(q, 4, day);
  db_bind_int(q, 5, cycle);
  return store_do(s, q);
}

static store_code revision_find(store *s, slice hash, int64_t *id) {
  db_stmt *q;
  store_code code = store_prepared(s, "SELECT id FROM revision WHERE hash = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, hash);
  code = store_one_int(s, q, id);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

store_code store_revision_put(store *s, const store_revision *r, int64_t *id, bool *is_new) {
  *is_new = false;
  store_code code = revision_find(s, r->hash, id);
  if (code != STORE_OK || *id) return code;
  db_stmt *q;
  code = store_prepared(s,
                        "INSERT OR IGNORE INTO revision (hash, git_commit, text, effective_on, at) "
                        "VALUES (?1, ?2, ?3, ?4, ?5)",
                        &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, r->hash);
  db_bind_text(q, 2, r->git_commit);
  db_bind_text(q, 3, r->text);
  db_bind_int(q, 4, r->effective_on);
  db_bind_int(q, 5, store_now_us(s));
  code = store_do(s, q);
  if (code != STORE_OK) return code;
  *is_new = db_changes(s->d) == 1;
  return revision_find(s, r->hash, id);
}

store_code store_state_set(store *s, slice key, slice value) {
  db_stmt *q;
  store_code code = value.n ? store_prepared(s,
                                             "INSERT INTO sync_state (key, value) VALUES (?1, ?2) "
                                             "ON CONFLICT (key) DO UPDATE SET value = ?2",
                                             &q)
                            : store_prepared(s, "DELETE FROM sync_state WHERE key = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, key);
  if (value.n) db_bind_text(q, 2, value);
  return store_do(s, q);
}

store_code store_state_get(store *s, slice key, arena *perm, slice *value) {
  *value = SLICE("");
  db_stmt *q;
  store_code code = store_prepared(s, "SELECT value FROM sync_state WHERE key = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, key);
  code = db_step(q);
  if (code == STORE_ROW) {
    *value = arena_slice(perm, db_text(q, 0));
    code = STORE_OK;
  } else if (code != STORE_END) {
    code = store_failed(s);
  }
  db_reset(q);
  return code;
}
