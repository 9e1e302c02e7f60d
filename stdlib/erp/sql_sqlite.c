/* SQLite as an engine of sql.c: somebody else's file, opened so that it can only be read. */
#include <stdio.h>
#include <stdlib.h>

#include "runtime/store/db.h"
#include "sql_impl.h"

struct sql_source {
  db *d;
  db_stmt *q;
  slice *names;
  size_t columns;
  arena *perm;
};

static slice words(arena *perm, const sql_source *s, store_code code) {
  switch (code) {
  case STORE_LOCKED: return SLICE("the database is locked by another program: it is read again with the next sync");
  case STORE_CORRUPT: return SLICE("the file is no SQLite database, or it is damaged");
  case STORE_READ_ONLY: return SLICE("this user may not write there, and the statement wants to");
  case STORE_FULL: return SLICE("the disk of the database is full");
  case STORE_IO: return SLICE("the disk of the database reports an error");
  case STORE_OK:
  case STORE_ROW:
  case STORE_END:
  case STORE_NEWER:
  case STORE_MISUSE:
  case STORE_FAILED: break;
  }
  return arena_printf(perm, "SQLite says: %s", db_message(s->d));
}

static sql_source *lite_open(const sql_place *at, bool to_write, arena *perm, slice *why) {
  sql_source *s = calloc(1, sizeof *s);
  store_error failed;
  if (!s) arena_exhausted();
  s->perm = perm;
  store_code code = db_open_foreign(at->address, to_write, &s->d, &failed);
  if (code == STORE_OK) return s;
  free(s);
  *why = arena_printf(perm, "the file %s cannot be opened: may this user read it?", at->address);
  return NULL;
}

static void lite_done(sql_source *s) {
  db_finish(s->q);
  s->q = NULL;
}

static void lite_close(sql_source *s) {
  if (!s) return;
  lite_done(s);
  db_close(s->d);
  free(s);
}

static store_code begin(sql_source *s, const sql_statement *q, arena *scratch) {
  const char *sql = arena_copy(scratch, q->text);
  lite_done(s);
  store_code code = db_prepare(s->d, sql, &s->q);
  if (code != STORE_OK) s->q = NULL;
  for (size_t i = 0; i < q->values && code == STORE_OK; i++)
    if (q->value[i].p)
      db_bind_text(s->q, (int)i + 1, q->value[i]);
    else
      db_bind_null(s->q, (int)i + 1);
  return code;
}

static bool lite_ask(sql_source *s, const sql_statement *q, arena *scratch, slice *why) {
  store_code code = begin(s, q, scratch);
  if (code != STORE_OK) {
    *why = words(scratch, s, code);
    return false;
  }
  s->columns = (size_t)db_columns(s->q);
  s->names = ARENA_ARRAY(s->perm, s->columns + 1, slice);
  for (size_t i = 0; i < s->columns; i++) s->names[i] = arena_slice(s->perm, slice_of(db_column_name(s->q, (int)i)));
  return true;
}

static bool lite_fetch(sql_source *s, size_t most, arena *scratch, sql_rows *out, slice *why) {
  slice *cells = ARENA_ARRAY(scratch, most * s->columns + 1, slice);
  *out = (sql_rows){.names = s->names, .cells = cells, .columns = s->columns};
  store_code code = STORE_ROW;
  if (!s->q) return true; /* all was given */
  while (out->rows < most && (code = db_step(s->q)) == STORE_ROW) {
    slice *row = cells + out->rows++ * s->columns;
    for (size_t i = 0; i < s->columns; i++)
      if (!db_is_null(s->q, (int)i)) row[i] = arena_slice(scratch, db_text(s->q, (int)i));
  }
  if (code == STORE_ROW) return true;
  if (code == STORE_END && out->rows == 0) return true;
  if (code == STORE_END) { /* stepping on would begin again */
    lite_done(s);
    return true;
  }
  *why = words(scratch, s, code);
  return false;
}

static send_result said(send_outcome outcome, slice detail) {
  return (send_result){.outcome = outcome, .detail = detail};
}

static send_result lite_change(sql_source *s, const sql_statement *q, arena *perm) {
  store_code code = db_script(s->d, "BEGIN IMMEDIATE");
  if (code != STORE_OK) return said(code == STORE_LOCKED ? SEND_RETRY : SEND_DOWN, words(perm, s, code));
  code = begin(s, q, perm);
  while (code == STORE_OK || code == STORE_ROW) code = db_step(s->q);
  int64_t changed = db_changes(s->d);
  slice why = code == STORE_END ? (slice){0} : words(perm, s, code);
  lite_done(s);
  if (code == STORE_END && changed == 1) {
    code = db_script(s->d, "COMMIT");
    if (code == STORE_OK) return said(SEND_ACCEPTED, (slice){0});
    why = words(perm, s, code);
    (void)!db_script(s->d, "ROLLBACK");
    return said(SEND_RETRY, why);
  }
  (void)!db_script(s->d, "ROLLBACK");
  if (code == STORE_END)
    return said(SEND_REJECTED, arena_printf(perm, "the statement would have changed %lld rows, and it must be one",
                                            (long long)changed));
  return said(code == STORE_LOCKED ? SEND_RETRY : SEND_REJECTED, why);
}

const sql_engine SQL_SQLITE = {
    .words = "SQLite",
    .value = "?%zu",
    .since = "?%zu",
    .open = lite_open,
    .close = lite_close,
    .ask = lite_ask,
    .fetch = lite_fetch,
    .done = lite_done,
    .change = lite_change,
};
