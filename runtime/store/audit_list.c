/* See audit_list.h. */
#include "audit_list.h"

#include "store_impl.h"

#define ENTRY "SELECT seq, at, kind, actor, subject, detail FROM event WHERE seq BETWEEN ?1 AND ?2 "
#define NEWEST "ORDER BY seq DESC LIMIT ?3"

/* The first entry at this time or after it; STORE_END: there is none. */
static store_code first_from(store *s, int64_t us, int64_t *seq) {
  db_stmt *q;
  store_code code = store_prepared(s, "SELECT seq FROM event WHERE at >= ?1 ORDER BY at LIMIT 1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, us);
  code = store_one_int(s, q, seq);
  return code == STORE_ROW ? STORE_OK : code;
}

static store_code last_before(store *s, int64_t us, int64_t *seq) {
  db_stmt *q;
  store_code code = store_prepared(s, "SELECT seq FROM event WHERE at < ?1 ORDER BY at DESC LIMIT 1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, us);
  code = store_one_int(s, q, seq);
  return code == STORE_ROW ? STORE_OK : code;
}

/* The narrowest index that there is for what is asked; the rest is looked at row by row. */
static store_code ask(store *s, const audit_filter *f, db_stmt **q) {
  store_code code =
      f->subject.n ? store_prepared(
                         s, ENTRY "AND subject = ?6 AND (?4 = '' OR kind = ?4) AND (?5 = '' OR actor = ?5) " NEWEST, q)
      : f->actor.n ? store_prepared(s, ENTRY "AND actor = ?5 AND (?4 = '' OR kind = ?4) " NEWEST, q)
      : f->kind.n  ? store_prepared(s, ENTRY "AND kind = ?4 " NEWEST, q)
                   : store_prepared(s, ENTRY NEWEST, q);
  if (code != STORE_OK) return code;
  const int last = db_parameters(*q);
  if (last >= 4) db_bind_text(*q, 4, f->kind);
  if (last >= 5) db_bind_text(*q, 5, f->actor);
  if (last >= 6) db_bind_text(*q, 6, f->subject);
  return STORE_OK;
}

store_code audit_list(store *s, const audit_filter *f, int64_t before, uint32_t limit, arena *perm, audit_entry *out,
                      size_t *count, bool *more) {
  db_stmt *q;
  int64_t from = 1, to = INT64_MAX;
  *count = 0;
  *more = false;
  store_code code = f->from_us ? first_from(s, f->from_us, &from) : STORE_OK;
  if (code == STORE_OK && f->to_us) code = last_before(s, f->to_us, &to);
  if (code == STORE_OK && before && before - 1 < to) to = before - 1;
  if (code == STORE_OK) code = ask(s, f, &q);
  if (code != STORE_OK) return code == STORE_END ? STORE_OK : code;
  db_bind_int(q, 1, from);
  db_bind_int(q, 2, to);
  db_bind_int(q, 3, (int64_t)limit + 1);
  while ((code = db_step(q)) == STORE_ROW) {
    *more = *count == limit;
    if (*more) continue;
    out[(*count)++] = (audit_entry){.seq = db_int(q, 0),
                                    .at = db_int(q, 1),
                                    .kind = arena_slice(perm, db_text(q, 2)),
                                    .actor = arena_slice(perm, db_text(q, 3)),
                                    .subject = arena_slice(perm, db_text(q, 4)),
                                    .detail = arena_slice(perm, db_text(q, 5))};
  }
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

/* From one to the next in the index: as many steps as there are kinds, not entries. */
store_code audit_kinds(store *s, arena *perm, slice *out, size_t *count) {
  db_stmt *q;
  *count = 0;
  store_code code = store_prepared(s,
                                   "WITH RECURSIVE k(v) AS (SELECT min(kind) FROM event UNION ALL SELECT (SELECT "
                                   "min(kind) FROM event WHERE kind > v) FROM k WHERE v IS NOT NULL) SELECT v FROM k "
                                   "WHERE v IS NOT NULL LIMIT ?1",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, AUDIT_KINDS_MAX);
  while ((code = db_step(q)) == STORE_ROW) out[(*count)++] = arena_slice(perm, db_text(q, 0));
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

store_code audit_whole(store *s, arena *perm, int64_t *entries, int64_t *broken_at, slice *head) {
  slice kept = {0};
  *head = (slice){0};
  if (db_script(s->d, "BEGIN") != STORE_OK) return store_failed(s); /* it writes nothing: one state, read to its end */
  store_code code = store_audit_verify(s, entries, broken_at);
  if (code == STORE_OK) code = store_state_get(s, SLICE("audit.head"), perm, &kept);
  store_rollback(s);
  size_t n = 0;
  while (n < kept.n && kept.p[n] != ' ') n++;
  if (n < kept.n) *head = (slice){kept.p + n + 1, kept.n - n - 1};
  return code == STORE_END ? STORE_OK : code;
}
