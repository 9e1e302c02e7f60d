/* See people.h: failed tries to log in, and how long they make one wait. After the free ones each doubles the wait, up
 * to the most of its kind; a try that comes too early is not counted, so that nobody keeps another out for longer. */
#include <stdio.h>

#include "people_impl.h"
#include "runtime/hash.h"

static const int64_t SECOND_US = 1000000, HOUR_US = INT64_C(3600000000);

static const struct {
  const char *name;
  int64_t free, most_s;
} TRIES[] = {
#define TRY(id, free, most) {#id, free, most},
    PEOPLE_TRIES(TRY)
#undef TRY
};

static const char SALT_KEY[] = "people.salt";

/* Made with the first failure; without it nothing was counted. */
static store_code salt_of(store *s, bool make, arena *perm, slice *salt) {
  uint8_t bytes[HASH_BYTES];
  char hex[HASH_HEX_MAX];
  store_code code = store_state_get(s, slice_of(SALT_KEY), perm, salt);
  if (code != STORE_END || !make) return code;
  if (s->w->random(s->w, bytes, sizeof bytes) != WORLD_OK) {
    s->why.code = STORE_IO;
    snprintf(s->why.text, sizeof s->why.text, "this machine gives no random numbers");
    return STORE_IO;
  }
  hash_hex(bytes, hex);
  *salt = arena_slice(perm, slice_of(hex));
  return store_state_set(s, slice_of(SALT_KEY), *salt);
}

static void bind_key(db_stmt *q, slice salt, const people_try_key *k, uint8_t room[HASH_BYTES]) {
  hasher *h = hash_begin();
  hash_add_field(h, salt);
  hash_add_field(h, slice_of(TRIES[k->of].name));
  hash_add_field(h, k->what);
  hash_end(h, room);
  db_bind_blob(q, 1, room, HASH_BYTES);
}

store_code people_tries_wait(store *s, const people_try_key *v, size_t n, int64_t *wait_s) {
  db_stmt *q;
  arena *own = arena_new();
  slice salt;
  int64_t now = people_now_us(s), until;
  *wait_s = 0;
  store_code code = salt_of(s, false, own, &salt);
  for (size_t i = 0; i < n && code == STORE_OK; i++) {
    uint8_t key[HASH_BYTES];
    code = store_prepared(s, "SELECT wait_until FROM login_try WHERE key = ?1", &q);
    if (code != STORE_OK) break;
    bind_key(q, salt, v + i, key);
    code = store_one_int(s, q, &until);
    /* A clock that was put back keeps nobody out for longer than the most. */
    int64_t wait = (until - now + SECOND_US - 1) / SECOND_US;
    if (wait > TRIES[v[i].of].most_s) wait = TRIES[v[i].of].most_s;
    if (code == STORE_ROW && wait > *wait_s) *wait_s = wait;
    if (code == STORE_ROW || code == STORE_END) code = STORE_OK;
  }
  arena_free(own);
  return code == STORE_END ? STORE_OK : code;
}

static int64_t wait_after(people_try of, int64_t failures) {
  int64_t over = failures - TRIES[of].free, wait = 1; /* the free-th failure makes the first wait */
  if (over < 0) return 0;
  while (over-- > 0 && wait < TRIES[of].most_s) wait *= 2;
  return wait < TRIES[of].most_s ? wait : TRIES[of].most_s;
}

static store_code failed(store *s, slice salt, const people_try_key *k, bool *begins) {
  db_stmt *q;
  uint8_t key[HASH_BYTES];
  int64_t failures = 0, now = people_now_us(s);
  store_code code =
      store_prepared(s,
                     "INSERT INTO login_try (key, failures, last_at, wait_until) VALUES (?1, 1, ?2, 0) ON "
                     "CONFLICT (key) DO UPDATE SET failures = CASE WHEN last_at < ?3 THEN 1 ELSE failures "
                     "+ 1 END, last_at = ?2 RETURNING failures",
                     &q);
  if (code != STORE_OK) return code;
  bind_key(q, salt, k, key);
  db_bind_int(q, 2, now);
  db_bind_int(q, 3, now - PEOPLE_TRY_HOURS * HOUR_US);
  code = db_step(q);
  if (code == STORE_ROW) failures = db_int(q, 0);
  code = store_ended(s, q, code);
  if (code != STORE_ROW) return code;
  *begins |= failures == TRIES[k->of].free;
  code = store_prepared(s, "UPDATE login_try SET wait_until = ?2 WHERE key = ?1", &q);
  if (code != STORE_OK) return code;
  bind_key(q, salt, k, key);
  db_bind_int(q, 2, now + wait_after(k->of, failures) * SECOND_US);
  return store_do(s, q);
}

store_code people_tries_failed(store *s, const people_try_key *v, size_t n, bool *begins) {
  db_stmt *q;
  arena *own = arena_new();
  slice salt;
  store_code code = store_prepared(s, "DELETE FROM login_try WHERE last_at < ?1", &q);
  if (code == STORE_OK) {
    db_bind_int(q, 1, people_now_us(s) - PEOPLE_TRY_HOURS * HOUR_US);
    code = store_do(s, q);
  }
  *begins = false;
  if (code == STORE_OK) code = salt_of(s, true, own, &salt);
  for (size_t i = 0; i < n && code == STORE_OK; i++) code = failed(s, salt, v + i, begins);
  arena_free(own);
  return code;
}

store_code people_tries_forget(store *s, const people_try_key *v, size_t n) {
  db_stmt *q;
  arena *own = arena_new();
  slice salt;
  store_code code = salt_of(s, false, own, &salt);
  for (size_t i = 0; i < n && code == STORE_OK; i++) {
    uint8_t key[HASH_BYTES];
    code = store_prepared(s, "DELETE FROM login_try WHERE key = ?1", &q);
    if (code != STORE_OK) break;
    bind_key(q, salt, v + i, key);
    code = store_do(s, q);
  }
  arena_free(own);
  return code == STORE_END ? STORE_OK : code;
}

static store_code undo(store *s, slice salt, const people_try_key *k) {
  db_stmt *q;
  uint8_t key[HASH_BYTES];
  int64_t failures = 0;
  store_code code =
      store_prepared(s, "UPDATE login_try SET failures = max(failures - 1, 0) WHERE key = ?1 RETURNING failures", &q);
  if (code != STORE_OK) return code;
  bind_key(q, salt, k, key);
  code = store_one_int(s, q, &failures);
  if (code != STORE_ROW) return code == STORE_END ? STORE_OK : code;
  code = store_prepared(s, "UPDATE login_try SET wait_until = min(wait_until, ?2) WHERE key = ?1", &q);
  if (code != STORE_OK) return code;
  bind_key(q, salt, k, key);
  db_bind_int(q, 2, people_now_us(s) + wait_after(k->of, failures) * SECOND_US);
  return store_do(s, q);
}

store_code people_tries_undo(store *s, const people_try_key *v, size_t n) {
  arena *own = arena_new();
  slice salt;
  store_code code = salt_of(s, false, own, &salt);
  for (size_t i = 0; i < n && code == STORE_OK; i++) code = undo(s, salt, v + i);
  arena_free(own);
  return code == STORE_END ? STORE_OK : code;
}

store_code people_browser_mark(store *s, slice login, slice nonce, arena *perm, slice *mark) {
  slice salt;
  uint8_t hash[HASH_BYTES];
  char hex[HASH_HEX_MAX];
  store_code code = salt_of(s, true, perm, &salt);
  if (code != STORE_OK) return code;
  const slice parts[] = {SLICE("browser "), nonce, SLICE(" "), login};
  hash_hmac(HASH_SHA256, salt, parts, sizeof parts / sizeof *parts, hash);
  hash_hex(hash, hex);
  *mark = arena_slice(perm, slice_of(hex));
  return STORE_OK;
}
