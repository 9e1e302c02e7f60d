/* See people.h: sessions and one-time links. Both are known by the SHA-256 of a token of 256 random bits, which needs
 * no salt: it cannot be guessed. */
#include "people_impl.h"
#include "runtime/hash.h"

static const int64_t HOUR_US = INT64_C(3600000000), MINUTE_US = INT64_C(60000000);

static void bind_token(db_stmt *q, int at, slice token, uint8_t room[HASH_BYTES]) {
  hash_of(token, room);
  db_bind_blob(q, at, room, HASH_BYTES);
}

/* ---- sessions ---- */

/* Those that are over, and of this person the oldest beyond the most that there may be. */
static store_code tidy_sessions(store *s, int64_t person) {
  db_stmt *q;
  store_code code = store_prepared(s, "DELETE FROM person_session WHERE ends_at <= ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, people_now_us(s));
  code = store_do(s, q);
  if (code == STORE_OK)
    code = store_prepared(s,
                          "DELETE FROM person_session WHERE id IN (SELECT id FROM person_session WHERE person = ?1 "
                          "ORDER BY id DESC LIMIT -1 OFFSET ?2)",
                          &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, person);
  db_bind_int(q, 2, PEOPLE_SESSIONS_MAX - 1);
  return store_do(s, q);
}

static store_code came_in(store *s, int64_t person, const char *way) {
  db_stmt *q;
  store_code code = store_prepared(s, "UPDATE person SET seen_at = ?2 WHERE id = ?1 RETURNING login", &q);
  if (code != STORE_OK) return code;
  arena *own = arena_new();
  slice login = {0};
  db_bind_int(q, 1, person);
  db_bind_int(q, 2, people_now_us(s));
  code = db_step(q);
  if (code == STORE_ROW) login = arena_slice(own, db_text(q, 0));
  code = store_ended(s, q, code);
  store_event e = {SLICE("login"), login, arena_printf(own, "person %.*s", SLICE_ARG(login)),
                   arena_printf(own, "{\"by\":\"%s\"}", way)};
  if (code == STORE_ROW) code = store_audit_append(s, &e);
  arena_free(own);
  return code;
}

store_code people_session_begin(store *s, int64_t person, slice token, const char *way, slice agent, int64_t *id) {
  db_stmt *q;
  uint8_t hash[HASH_BYTES];
  int64_t now = people_now_us(s);
  store_code code = tidy_sessions(s, person);
  if (code == STORE_OK)
    code = store_prepared(s,
                          "INSERT INTO person_session (token, person, way, agent, made_at, seen_at, ends_at) VALUES "
                          "(?1, ?2, ?3, ?4, ?5, ?5, ?6)",
                          &q);
  if (code != STORE_OK) return code;
  bind_token(q, 1, token, hash);
  db_bind_int(q, 2, person);
  db_bind_text(q, 3, slice_of(way));
  db_bind_text(q, 4, agent);
  db_bind_int(q, 5, now);
  db_bind_int(q, 6, now + PEOPLE_SESSION_HOURS * HOUR_US);
  code = store_do(s, q);
  if (code != STORE_OK) return code;
  *id = db_last_id(s->d);
  return came_in(s, person, way);
}

static people_session read_session(db_stmt *q, arena *perm) {
  return (people_session){.id = db_int(q, 0),
                          .way = arena_slice(perm, db_text(q, 1)),
                          .agent = arena_slice(perm, db_text(q, 2)),
                          .made_at = db_int(q, 3),
                          .seen_at = db_int(q, 4),
                          .ends_at = db_int(q, 5)};
}

store_code people_session_of(store *s, slice token, arena *perm, store_person *who, people_session *out, bool *stale) {
  db_stmt *q;
  uint8_t hash[HASH_BYTES];
  int64_t now = people_now_us(s), person_id = 0;
  store_code code = store_prepared(s,
                                   "SELECT id, way, agent, made_at, seen_at, ends_at, person FROM person_session WHERE "
                                   "token = ?1 AND ends_at > ?2 AND seen_at > ?3",
                                   &q);
  if (code != STORE_OK) return code;
  bind_token(q, 1, token, hash);
  db_bind_int(q, 2, now);
  db_bind_int(q, 3, now - PEOPLE_IDLE_HOURS * HOUR_US);
  code = db_step(q);
  if (code == STORE_ROW) {
    *out = read_session(q, perm);
    person_id = db_int(q, 6);
  }
  code = store_ended(s, q, code);
  if (code != STORE_ROW) return code;
  code = people_get(s, person_id, perm, who);
  *stale = now - out->seen_at >= PEOPLE_SEEN_MINUTES * MINUTE_US;
  return code == STORE_OK && who->disabled ? STORE_END : code;
}

store_code people_session_seen(store *s, int64_t id) {
  db_stmt *q;
  store_code code = store_prepared(s, "UPDATE person_session SET seen_at = ?2 WHERE id = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  db_bind_int(q, 2, people_now_us(s));
  return store_do(s, q);
}

store_code people_sessions(store *s, int64_t person, arena *perm, people_session **out, size_t *count) {
  db_stmt *q;
  int64_t now = people_now_us(s);
  *count = 0;
  *out = ARENA_ARRAY(perm, PEOPLE_SESSIONS_MAX, people_session);
  store_code code = store_prepared(s,
                                   "SELECT id, way, agent, made_at, seen_at, ends_at FROM person_session WHERE person "
                                   "= ?1 AND ends_at > ?2 AND seen_at > ?3 ORDER BY id DESC LIMIT ?4",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, person);
  db_bind_int(q, 2, now);
  db_bind_int(q, 3, now - PEOPLE_IDLE_HOURS * HOUR_US);
  db_bind_int(q, 4, PEOPLE_SESSIONS_MAX);
  while ((code = db_step(q)) == STORE_ROW) (*out)[(*count)++] = read_session(q, perm);
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

store_code people_session_end(store *s, int64_t person, int64_t id, int64_t keep, bool *ended) {
  db_stmt *q;
  *ended = false;
  store_code code =
      store_prepared(s, "DELETE FROM person_session WHERE person = ?1 AND (id = ?2 OR ?2 = 0) AND id <> ?3", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, person);
  db_bind_int(q, 2, id);
  db_bind_int(q, 3, keep);
  code = store_do(s, q);
  *ended = code == STORE_OK && db_changes(s->d) > 0;
  return code;
}

/* ---- one-time links ---- */

store_code people_links_end(store *s, int64_t person) {
  db_stmt *q;
  store_code code = store_prepared(s, "DELETE FROM person_link WHERE coalesce(person, 0) = ?1 AND used_at IS NULL", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, person);
  return store_do(s, q);
}

store_code people_link_put(store *s, int64_t person_id, slice token, slice by, int64_t *ends_at) {
  db_stmt *q;
  uint8_t hash[HASH_BYTES];
  arena *own = arena_new();
  store_person p = {.login = SLICE("first")};
  int64_t now = people_now_us(s);
  store_code code = person_id ? people_get(s, person_id, own, &p) : STORE_OK;
  bool known = p.password.n || p.subject.n || !person_id;
  *ends_at = now + (known ? PEOPLE_LINK_HOURS : PEOPLE_INVITATION_HOURS) * HOUR_US;
  if (code == STORE_OK) code = people_links_end(s, person_id);
  if (code == STORE_OK)
    code = store_prepared(s, "INSERT INTO person_link (token, person, made_at, ends_at) VALUES (?1, ?2, ?3, ?4)", &q);
  if (code == STORE_OK) {
    bind_token(q, 1, token, hash);
    if (person_id)
      db_bind_int(q, 2, person_id);
    else
      db_bind_null(q, 2);
    db_bind_int(q, 3, now);
    db_bind_int(q, 4, *ends_at);
    code = store_do(s, q);
  }
  if (code == STORE_OK) code = people_log(s, by, "link", p.login, NULL);
  arena_free(own);
  return code;
}

store_code people_link_of(store *s, slice token, int64_t *person, int64_t *ends_at) {
  db_stmt *q;
  uint8_t hash[HASH_BYTES];
  *person = *ends_at = 0;
  store_code code = store_prepared(s,
                                   "SELECT coalesce(person, 0), ends_at FROM person_link WHERE token = ?1 AND used_at "
                                   "IS NULL AND ends_at > ?2",
                                   &q);
  if (code != STORE_OK) return code;
  bind_token(q, 1, token, hash);
  db_bind_int(q, 2, people_now_us(s));
  code = db_step(q);
  if (code == STORE_ROW) {
    *person = db_int(q, 0);
    *ends_at = db_int(q, 1);
  }
  code = store_ended(s, q, code);
  return code == STORE_ROW ? STORE_OK : code;
}

store_code people_link_use(store *s, slice token, bool *fine) {
  db_stmt *q;
  uint8_t hash[HASH_BYTES];
  *fine = false;
  store_code code = store_prepared(
      s, "UPDATE person_link SET used_at = ?2 WHERE token = ?1 AND used_at IS NULL AND ends_at > ?2", &q);
  if (code != STORE_OK) return code;
  bind_token(q, 1, token, hash);
  db_bind_int(q, 2, people_now_us(s));
  code = store_do(s, q);
  *fine = code == STORE_OK && db_changes(s->d) == 1;
  return code;
}
