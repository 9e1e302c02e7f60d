/* Below the store: what it needs of an SQL engine, and no more. sqlite.c implements it; only runtime/store includes
 * this, and stdlib/erp/sql_sqlite.c for a database of somebody else's.
 *
 * Invariant: every statement is prepared and its values are bound; nothing a user wrote is ever part of an SQL text. */
#ifndef DUN_STORE_DB_H
#define DUN_STORE_DB_H

#include "store.h"

typedef struct db db;
typedef struct db_stmt db_stmt;

/* How long to wait for a lock before saying so. */
#define DB_BUSY_MS 1500

/* `path` is a file, made where there is none, or ":memory:". A database of another program is left alone. On failure
 * *why says what to do. */
STORE_MUST store_code db_open(const char *path, db **out, store_error *why);
void db_close(db *d);
/* Only to be read, and left as it is, whatever its settings. */
STORE_MUST store_code db_open_to_read(const char *path, db **out, store_error *why);
/* Somebody else's database, which must be there: its settings are left as they are. */
STORE_MUST store_code db_open_foreign(const char *path, bool to_write, db **out, store_error *why);
/* All of `from` into the empty `to`. */
STORE_MUST store_code db_copy(db *from, db *to);

/* All of it into a file that is not there yet, as it is committed now. */
STORE_MUST store_code db_copy_to_file(db *d, const char *path);
/* Everything into the one file, which another file may then take the place of. STORE_LOCKED: somebody else has it open.
 */
STORE_MUST store_code db_gather(db *d);
/* Several statements without values: schema and settings. */
STORE_MUST store_code db_script(db *d, const char *sql);
/* Reading a table once from end to end needs little of the cache that writing needs. */
STORE_MUST store_code db_reads_once(db *d, bool once);
STORE_MUST store_code db_prepare(db *d, const char *sql, db_stmt **out);
void db_finish(db_stmt *q); /* NULL is allowed */

int db_parameters(db_stmt *q); /* the highest number of a value */
/* Values are numbered from 1 (?1); texts must live until db_reset. */
void db_bind_null(db_stmt *q, int i);
void db_bind_int(db_stmt *q, int i, int64_t value);
void db_bind_text(db_stmt *q, int i, slice value);
void db_bind_blob(db_stmt *q, int i, const void *bytes, size_t count);

STORE_MUST store_code db_step(db_stmt *q); /* STORE_ROW, STORE_END or a failure */
void db_reset(db_stmt *q);

int db_columns(db_stmt *q);
const char *db_column_name(db_stmt *q, int i);
/* Columns of the row, from 0. */
bool db_is_null(db_stmt *q, int i);
int64_t db_int(db_stmt *q, int i);
slice db_text(db_stmt *q, int i); /* also a blob's bytes */

int64_t db_changes(db *d); /* rows of the last INSERT, UPDATE or DELETE */
int64_t db_last_id(db *d);
bool db_in_transaction(db *d);
/* The last failure, said with the store's name. */
void db_explain(db *d, store_error *why);
/* The same in the engine's own words. */
const char *db_message(db *d);

/* The version of the schema in the file, 0 for a new one; part of the transaction it is set in. */
STORE_MUST store_code db_version(db *d, int *version);
STORE_MUST store_code db_set_version(db *d, int version);

#endif
