/* The audit log: entries that only grow, each with the hash of the one before it in its own.
 *
 * Invariant: hash(n) = SHA-256(hash(n-1), seq, at, kind, actor, subject, detail), every field after its length; the
 * hash before the first is zero. The head is kept beside the log, in sync_state, so that a log cut at its end shows
 * too. */
#include <assert.h>
#include <stdio.h>

#include "audit.h"
#include "runtime/hash.h"
#include "store_impl.h"

static_assert(STORE_HASH_BYTES == HASH_BYTES, "one hash");

static const char HEAD_KEY[] = "audit.head";

static void add_int(hasher *h, int64_t value) {
  char digits[24];
  int n = snprintf(digits, sizeof digits, "%lld", (long long)value);
  hash_add_field(h, (slice){digits, (size_t)n});
}

void audit_link(audit_chain *c, int64_t at, const store_event *e) {
  hasher *h = hash_begin();
  hash_add(h, (slice){(const char *)c->hash, sizeof c->hash});
  c->seq++;
  add_int(h, c->seq);
  add_int(h, at);
  hash_add_field(h, e->kind);
  hash_add_field(h, e->actor);
  hash_add_field(h, e->subject);
  hash_add_field(h, e->detail);
  hash_end(h, c->hash);
}

/* "SEQ HEX" */
static slice head_text(const audit_chain *c, char out[96]) {
  char hex[HASH_HEX_MAX];
  hash_hex(c->hash, hex);
  return (slice){out, (size_t)snprintf(out, 96, "%lld %s", (long long)c->seq, hex)};
}

static store_code last_entry(store *s, audit_chain *c) {
  *c = (audit_chain){.seq = 0};
  if (s->audit_head.known) {
    c->seq = s->audit_head.seq;
    memcpy(c->hash, s->audit_head.hash, sizeof c->hash);
    return STORE_OK;
  }
  db_stmt *q;
  store_code code = store_prepared(s, "SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1", &q);
  if (code != STORE_OK) return code;
  code = db_step(q);
  if (code == STORE_ROW) {
    c->seq = db_int(q, 0);
    slice hash = db_text(q, 1);
    memcpy(c->hash, hash.p, hash.n < sizeof c->hash ? hash.n : sizeof c->hash);
  } else if (code != STORE_END) {
    code = store_failed(s);
  }
  db_reset(q);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

void store_login_set(store *s, int64_t login) {
  s->login_known = true;
  s->login = login;
}

void store_login_forget(store *s) { s->login_known = false; }

/* {"answer":"approved"} becomes {"answer":"approved","login":1000}. */
static slice with_login(const store *s, slice detail, arena *own) {
  if (!s->login_known) return detail;
  size_t n = detail.n && detail.p[detail.n - 1] == '}' ? detail.n - 1 : 0;
  if (detail.n && !n) return detail;
  return arena_printf(own, "%.*s%s\"login\":%lld}", (int)n, n ? detail.p : "",
                      n == 0  ? "{"
                      : n > 1 ? ","
                              : "",
                      (long long)s->login);
}

static store_code append_as(store *s, const store_event *e) {
  audit_chain c;
  store_code code = last_entry(s, &c);
  db_stmt *q;
  if (code == STORE_OK)
    code = store_prepared(
        s, "INSERT INTO event (seq, at, kind, actor, subject, detail, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", &q);
  if (code != STORE_OK) return code;
  int64_t at = store_now_us(s);
  audit_link(&c, at, e);
  db_bind_int(q, 1, c.seq);
  db_bind_int(q, 2, at);
  db_bind_text(q, 3, e->kind);
  db_bind_text(q, 4, e->actor);
  db_bind_text(q, 5, e->subject);
  db_bind_text(q, 6, e->detail);
  db_bind_blob(q, 7, c.hash, sizeof c.hash);
  code = store_do(s, q);
  if (code != STORE_OK) return code;
  s->audit_head.known = s->audit_head.due = true;
  s->audit_head.seq = c.seq;
  memcpy(s->audit_head.hash, c.hash, sizeof c.hash);
  return STORE_OK;
}

store_code store_audit_settle(store *s) {
  if (!s->audit_head.due) return STORE_OK;
  audit_chain c;
  char head[96];
  store_code code = last_entry(s, &c);
  s->audit_head.due = false;
  return code == STORE_OK ? store_state_set(s, slice_of(HEAD_KEY), head_text(&c, head)) : code;
}

static store_code append(store *s, const store_event *e) {
  if (!s->login_known) return append_as(s, e);
  arena *own = arena_new();
  store_event one = *e;
  one.detail = with_login(s, e->detail, own);
  store_code code = append_as(s, &one);
  arena_free(own);
  return code;
}

/* The head and the entry belong together: outside of a transaction this makes one. */
store_code store_audit_append(store *s, const store_event *e) {
  if (store_in_transaction(s)) return append(s, e);
  store_code code = store_begin(s);
  if (code != STORE_OK) return code;
  code = append(s, e);
  if (code == STORE_OK) return store_commit(s);
  store_rollback(s);
  return code;
}

/* Whether the head that was kept is this one. A log that never had an entry has none. */
static store_code head_fits(store *s, const audit_chain *c, bool *fits) {
  db_stmt *q;
  store_code code = store_prepared(s, "SELECT value FROM sync_state WHERE key = 'audit.head'", &q);
  if (code != STORE_OK) return code;
  char head[96];
  code = db_step(q);
  *fits = code == STORE_ROW ? slice_eq(db_text(q, 0), head_text(c, head)) : c->seq == 0;
  code = store_ended(s, q, code);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* All of the log, each entry linked; `line` may be NULL. */
static store_code walk(store *s, text *lines, audit_chain *c, int64_t *entries, int64_t *broken_at) {
  *entries = *broken_at = 0;
  *c = (audit_chain){.seq = 0};
  db_stmt *q;
  store_code code = store_audit_settle(s);
  if (code != STORE_OK) return code;
  code = store_prepared(s, "SELECT seq, at, kind, actor, subject, detail, hash FROM event ORDER BY seq", &q);
  if (code != STORE_OK) return code;
  while ((code = db_step(q)) == STORE_ROW) {
    ++*entries;
    if (*broken_at) continue;
    store_event e = {.kind = db_text(q, 2), .actor = db_text(q, 3), .subject = db_text(q, 4), .detail = db_text(q, 5)};
    audit_link(c, db_int(q, 1), &e);
    slice ours = {(const char *)c->hash, sizeof c->hash};
    if (db_int(q, 0) != c->seq || !slice_eq(db_text(q, 6), ours)) *broken_at = c->seq;
    if (lines && !*broken_at) audit_line(lines, c, db_int(q, 1), &e);
  }
  code = store_ended(s, q, code);
  if (code != STORE_END) return code;
  bool fits = true;
  code = head_fits(s, c, &fits);
  if (code == STORE_OK && !fits && !*broken_at) *broken_at = c->seq + 1;
  return code;
}

store_code store_audit_verify(store *s, int64_t *entries, int64_t *broken_at) {
  audit_chain c;
  return walk(s, NULL, &c, entries, broken_at);
}

store_code audit_export(store *s, text *out, int64_t *broken_at) {
  audit_chain c;
  int64_t entries;
  store_code code = walk(s, out, &c, &entries, broken_at);
  if (code == STORE_OK && !*broken_at) audit_last_line(out, &c);
  return code;
}
