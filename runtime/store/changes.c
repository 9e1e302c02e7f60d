/* See changes.h. */
#include "changes.h"

#include "agenda.h"
#include "store_impl.h"

store_code store_keeps_little(store *s) { return db_reads_once(s->d, true) == STORE_OK ? STORE_OK : store_failed(s); }

static store_code mark_of(store *s, store_mark m, int64_t *out) {
  static const char *const LAST[] = {
#define MARK(id, table) "SELECT coalesce(max(rowid), 0) FROM " #table,
      STORE_MARKS(MARK)
#undef MARK
  };
  db_stmt *q;
  store_code code = store_prepared(s, LAST[m], &q);
  if (code == STORE_OK) code = store_one_int(s, q, out);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

static bool has(const store_changes *c, slice kind) {
  for (size_t i = 0; i < c->kind_count; i++)
    if (slice_eq(c->kind[i], kind)) return true;
  return false;
}

static store_code new_events(store *s, store_looked *at, arena *perm, store_changes *out) {
  enum { ENTRIES_MAX = 2000 };
  db_stmt *q;
  int64_t entries = 0;
  store_code code = store_prepared(s, "SELECT seq, kind FROM event WHERE seq > ?1 ORDER BY seq DESC LIMIT ?2", &q);
  if (code != STORE_OK) return code;
  int64_t last = at->event;
  db_bind_int(q, 1, at->event);
  db_bind_int(q, 2, ENTRIES_MAX);
  while ((code = db_step(q)) == STORE_ROW) {
    if (entries++ == 0) last = db_int(q, 0);
    slice kind = db_text(q, 1);
    if (has(out, kind)) continue;
    if (out->kind_count < STORE_KINDS_MAX)
      out->kind[out->kind_count++] = arena_slice(perm, kind);
    else
      out->more = true;
  }
  out->more |= entries == ENTRIES_MAX;
  at->event = last;
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

store_code store_changes_look(store *s, store_looked *at, arena *perm, store_changes *out) {
  int64_t version;
  *out = (store_changes){.any = false};
  store_code code = store_changed(s, &version);
  if (code != STORE_OK || version == at->version) return code;
  for (int m = 0; m < STORE_MARK_COUNT && code == STORE_OK; m++) {
    int64_t last;
    code = mark_of(s, (store_mark)m, &last);
    if (code != STORE_OK) break;
    if (last != at->mark[m]) out->grew |= 1u << m;
    at->mark[m] = last;
  }
  if (code == STORE_OK) code = new_events(s, at, perm, out);
  if (code != STORE_OK) return code; /* the version stays: the next look sees it again */
  out->any = true;
  at->version = version;
  return STORE_OK;
}
