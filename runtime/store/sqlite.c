/* SQLite under the store: the one file that includes its header. Owns the connection's settings and turns SQLite's
 * result codes into sentences that say what to do.
 *
 * Invariant: journal WAL and synchronous FULL, so that what was committed survives a loss of power, and readers never
 * wait for the one writer. */
#include "db.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

/* "DunS": marks the file as ours. */
#define APPLICATION_ID 1148546643

struct db {
  sqlite3 *handle;
  char *name;
};

/* A quota and the largest file size are a full disk to the person who must make room. */
static bool is_full(sqlite3 *handle) {
  int error = handle ? sqlite3_system_errno(handle) : 0;
  return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

static store_code code_of(sqlite3 *handle, int rc) {
  switch (rc & 0xff) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED: return STORE_LOCKED;
  case SQLITE_FULL: return STORE_FULL;
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
  case SQLITE_FORMAT: return STORE_CORRUPT;
  case SQLITE_READONLY:
  case SQLITE_PERM:
  case SQLITE_AUTH: return STORE_READ_ONLY;
  case SQLITE_IOERR: return is_full(handle) ? STORE_FULL : STORE_IO;
  case SQLITE_RANGE:
  case SQLITE_MISUSE: return STORE_MISUSE;
  default: return STORE_FAILED;
  }
}

static void explain(sqlite3 *handle, const char *name, store_error *why) {
  int rc = handle ? sqlite3_extended_errcode(handle) : SQLITE_NOMEM;
  const char *engine = handle ? sqlite3_errmsg(handle) : "out of memory";
  why->code = code_of(handle, rc);
  const size_t n = sizeof why->text;
  switch (why->code) {
  case STORE_LOCKED:
    snprintf(
        why->text, n,
        "the store %s is locked by another process (an import, a run or an open sqlite3 session): wait until it has "
        "finished, or end it, and try again; nothing was changed",
        name);
    return;
  case STORE_FULL:
    snprintf(why->text, n,
             "the disk with the store %s is full (or its quota is): make room and try again; nothing was changed",
             name);
    return;
  case STORE_CORRUPT:
    snprintf(why->text, n,
             "%s is not a store, or it is damaged (%s): restore it from a backup, or name another file with --store",
             name, engine);
    return;
  case STORE_READ_ONLY:
    snprintf(why->text, n, "the store %s cannot be written: the file or its folder is read-only for this user", name);
    return;
  case STORE_IO:
    snprintf(why->text, n,
             "the store %s cannot be read or written (%s): is its disk full or over a quota, or does the device fail? "
             "Nothing "
             "was changed",
             name, engine);
    return;
  case STORE_OK:
  case STORE_ROW:
  case STORE_END:
  case STORE_NEWER:
  case STORE_MISUSE:
  case STORE_FAILED:
    if ((rc & 0xff) == SQLITE_CANTOPEN) {
      snprintf(why->text, n, "the store %s cannot be opened: does its folder exist, and may this user write there?",
               name);
      return;
    }
    snprintf(why->text, n, "the store %s: %s", name, engine);
    return;
  }
}

void db_explain(db *d, store_error *why) { explain(d->handle, d->name, why); }

static store_code result(db *d, int rc) {
  switch (rc) {
  case SQLITE_OK: return STORE_OK;
  case SQLITE_ROW: return STORE_ROW;
  case SQLITE_DONE: return STORE_END;
  default: return code_of(d->handle, rc);
  }
}

store_code db_script(db *d, const char *sql) { return result(d, sqlite3_exec(d->handle, sql, NULL, NULL, NULL)); }

static store_code read_pragma(db *d, const char *sql, int64_t *value) {
  db_stmt *q;
  store_code code = db_prepare(d, sql, &q);
  if (code != STORE_OK) return code;
  code = db_step(q);
  if (code == STORE_ROW) {
    *value = db_int(q, 0);
    code = STORE_OK;
  }
  db_finish(q);
  return code;
}

store_code db_version(db *d, int *version) {
  int64_t stored = 0;
  store_code code = read_pragma(d, "PRAGMA user_version", &stored);
  *version = (int)stored;
  return code;
}

store_code db_set_version(db *d, int version) {
  char sql[96];
  snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION_ID, version);
  return db_script(d, sql);
}

/* A file with tables that is not marked as ours belongs to somebody else. */
static store_code is_foreign(db *d, bool *foreign) {
  int64_t mark = 0, tables = 0;
  store_code code = read_pragma(d, "PRAGMA application_id", &mark);
  if (code == STORE_OK) code = read_pragma(d, "SELECT count(*) FROM sqlite_schema", &tables);
  *foreign = mark != APPLICATION_ID && (mark != 0 || tables != 0);
  return code;
}

#define CACHE_FULL "PRAGMA cache_size = -65536;" /* KiB */
#define CACHE_SMALL "PRAGMA cache_size = -2048;"

store_code db_reads_once(db *d, bool once) { return db_script(d, once ? CACHE_SMALL : CACHE_FULL); }

static store_code set_up(db *d, bool writes, bool *foreign) {
  sqlite3_extended_result_codes(d->handle, 1);
  sqlite3_busy_timeout(d->handle, DB_BUSY_MS);
  /* A store is data, and a damaged or hostile one must not run code of its own (views with functions, odd schemas). */
  sqlite3_db_config(d->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config(d->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  store_code code = is_foreign(d, foreign);
  if (code != STORE_OK || *foreign || !writes) return code;
  return db_script(d, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;" CACHE_FULL
                      "PRAGMA temp_store = FILE; PRAGMA journal_size_limit = 67108864;");
}

static store_code open_with(const char *path, int flags, db **out, store_error *why) {
  *out = NULL;
  db *d = calloc(1, sizeof *d);
  char *name = strdup(path);
  if (!d || !name) {
    free(d);
    free(name);
    explain(NULL, path, why);
    return why->code;
  }
  d->name = name;
  /* Counting every allocation takes a lock each time; refused, and fine, once the library is running. */
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  int rc = sqlite3_open_v2(path, &d->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);
  bool foreign = false;
  store_code code = rc == SQLITE_OK ? set_up(d, !(flags & SQLITE_OPEN_READONLY), &foreign) : code_of(d->handle, rc);
  if (code != STORE_OK) {
    explain(d->handle, path, why);
    db_close(d);
    return why->code;
  }
  if (foreign) {
    why->code = STORE_CORRUPT;
    snprintf(why->text, sizeof why->text, "%s is a database of another program: name another file with --store", path);
    db_close(d);
    return why->code;
  }
  *out = d;
  return STORE_OK;
}

store_code db_open(const char *path, db **out, store_error *why) {
  return open_with(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, out, why);
}
store_code db_open_to_read(const char *path, db **out, store_error *why) {
  return open_with(path, SQLITE_OPEN_READONLY, out, why);
}

store_code db_open_foreign(const char *path, bool to_write, db **out, store_error *why) {
  enum { BUSY_MS = 10000 };
  db *d = calloc(1, sizeof *d);
  *out = NULL;
  if (!d || !(d->name = strdup(path))) {
    free(d);
    explain(NULL, path, why);
    return why->code;
  }
  int flags = to_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
  int rc = sqlite3_open_v2(path, &d->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);
  if (rc == SQLITE_OK) {
    sqlite3_extended_result_codes(d->handle, 1);
    sqlite3_busy_timeout(d->handle, BUSY_MS);
    sqlite3_db_config(d->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(d->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    *out = d;
    return STORE_OK;
  }
  explain(d->handle, path, why);
  db_close(d);
  return why->code;
}

void db_close(db *d) {
  if (!d) return;
  sqlite3_close_v2(d->handle);
  free(d->name);
  free(d);
}

store_code db_copy(db *from, db *to) {
  sqlite3_backup *b = sqlite3_backup_init(to->handle, "main", from->handle, "main");
  if (!b) return code_of(to->handle, sqlite3_errcode(to->handle));
  int rc = sqlite3_backup_step(b, -1);
  int end = sqlite3_backup_finish(b);
  return rc == SQLITE_DONE && end == SQLITE_OK ? STORE_OK : code_of(from->handle, rc == SQLITE_DONE ? end : rc);
}

store_code db_copy_to_file(db *d, const char *path) {
  db_stmt *q;
  store_code code = db_prepare(d, "VACUUM INTO ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, (slice){path, strlen(path)});
  code = db_step(q);
  db_finish(q);
  return code == STORE_END ? STORE_OK : code;
}

store_code db_gather(db *d) {
  db_stmt *q;
  store_code code = db_prepare(d, "PRAGMA journal_mode = DELETE", &q);
  if (code != STORE_OK) return code;
  code = db_step(q);
  if (code == STORE_ROW) code = slice_eq(db_text(q, 0), SLICE("delete")) ? STORE_OK : STORE_LOCKED;
  db_finish(q);
  return code;
}

store_code db_prepare(db *d, const char *sql, db_stmt **out) {
  sqlite3_stmt *q = NULL;
  int rc = sqlite3_prepare_v3(d->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &q, NULL);
  *out = (db_stmt *)q;
  return result(d, rc);
}

static sqlite3_stmt *raw(db_stmt *q) { return (sqlite3_stmt *)q; }

const char *db_message(db *d) { return sqlite3_errmsg(d->handle); }
int db_columns(db_stmt *q) { return sqlite3_column_count(raw(q)); }
const char *db_column_name(db_stmt *q, int i) { return sqlite3_column_name(raw(q), i); }
int db_parameters(db_stmt *q) { return sqlite3_bind_parameter_count(raw(q)); }
void db_finish(db_stmt *q) { sqlite3_finalize(raw(q)); }

/* Binding fails only for an index that the statement lacks or a text past SQLite's length limit: the step that follows
 * would then store NULL, so it is an error of the program and stops it. */
static void bound(int rc) {
  if (rc == SQLITE_NOMEM) arena_exhausted();
  if (rc != SQLITE_OK) abort();
}

void db_bind_null(db_stmt *q, int i) { bound(sqlite3_bind_null(raw(q), i)); }
void db_bind_int(db_stmt *q, int i, int64_t value) { bound(sqlite3_bind_int64(raw(q), i, value)); }
void db_bind_text(db_stmt *q, int i, slice value) {
  bound(sqlite3_bind_text64(raw(q), i, value.n ? value.p : "", value.n, SQLITE_STATIC, SQLITE_UTF8));
}
void db_bind_blob(db_stmt *q, int i, const void *bytes, size_t count) {
  bound(sqlite3_bind_blob64(raw(q), i, bytes, count, SQLITE_STATIC));
}

store_code db_step(db_stmt *q) {
  int rc = sqlite3_step(raw(q));
  if (rc == SQLITE_ROW) return STORE_ROW;
  return rc == SQLITE_DONE ? STORE_END : code_of(sqlite3_db_handle(raw(q)), rc);
}
void db_reset(db_stmt *q) { sqlite3_reset(raw(q)); }

bool db_is_null(db_stmt *q, int i) { return sqlite3_column_type(raw(q), i) == SQLITE_NULL; }
int64_t db_int(db_stmt *q, int i) { return sqlite3_column_int64(raw(q), i); }
slice db_text(db_stmt *q, int i) {
  const char *p = sqlite3_column_type(raw(q), i) == SQLITE_BLOB ? sqlite3_column_blob(raw(q), i)
                                                                : (const char *)sqlite3_column_text(raw(q), i);
  /* No memory for it, or the empty text: the one must never be taken for the other. */
  if (!p && sqlite3_errcode(sqlite3_db_handle(raw(q))) == SQLITE_NOMEM) arena_exhausted();
  return (slice){p ? p : "", p ? (size_t)sqlite3_column_bytes(raw(q), i) : 0};
}

int64_t db_changes(db *d) { return sqlite3_changes64(d->handle); }
int64_t db_last_id(db *d) { return sqlite3_last_insert_rowid(d->handle); }
bool db_in_transaction(db *d) { return !sqlite3_get_autocommit(d->handle); }
