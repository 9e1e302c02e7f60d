/* Shared by the files of the connector to databases: what an engine must be able to do, and what is known of a query.
 *
 * Invariants: a query runs in a transaction that can only read; what a person wrote into a query's file is the query,
 * and values are bound, never written into it; no word that comes out of here holds a value of a row. */
#ifndef DUN_ERP_SQL_IMPL_H
#define DUN_ERP_SQL_IMPL_H

#include "erp.h"

enum { SQL_VALUES_MAX = 32 };

/* Where the database is. Texts end with NUL. */
typedef struct sql_place {
  const char *address; /* postgresql://... ; of SQLite the file's path */
  const char *user;    /* NULL: none is said */
  secret password;
} sql_place;

/* A statement with its values: what it calls `:since` is a number here. */
typedef struct sql_statement {
  slice text;
  slice value[SQL_VALUES_MAX]; /* NULL where there is no byte address */
  size_t values;
} sql_statement;

/* Rows of a result: `cells` are rows * columns; NULL has no byte address. They are valid until the next call. */
typedef struct sql_rows {
  const slice *names, *cells;
  size_t columns, rows;
} sql_rows;

typedef struct sql_source sql_source; /* an open database; each engine has its own */

typedef struct sql_engine {
  const char *words; /* "PostgreSQL" */
  const char *value; /* how a statement writes its first value: "$%zu" */
  const char *since; /* the same of a time */
  /* NULL: *why says why, and what to do. */
  sql_source *(*open)(const sql_place *at, bool to_write, arena *perm, slice *why);
  void (*close)(sql_source *s); /* NULL is allowed */
  /* Begins to read: in a transaction that sees one state and can change nothing. False: *why. */
  bool (*ask)(sql_source *s, const sql_statement *q, arena *scratch, slice *why);
  bool (*fetch)(sql_source *s, size_t most, arena *scratch, sql_rows *out, slice *why); /* no rows: that was all */
  void (*done)(sql_source *s);                                                          /* ends the reading */
  /* One statement that changes, in a transaction of its own, kept only where it changed one row. ACCEPTED: that is so;
   * REJECTED: it is not, or the database refuses it; RETRY: surely nothing was done; UNKNOWN. */
  send_result (*change)(sql_source *s, const sql_statement *q, arena *perm);
} sql_engine;

extern const sql_engine SQL_SQLITE, SQL_POSTGRES;

/* A query's or statement's text with `:name` replaced by the engine's own marks; quotes and comments are left alone.
 * `names` are those that there are values for. NULL: fine; else what is wrong with it, as a sentence. */
const char *sql_prepare(const sql_engine *e, slice written, const char *const *names, const slice *values, size_t count,
                        arena *perm, sql_statement *out);
/* Whether the text asks for it. */
bool sql_names(slice written, const char *name);
/* "select ..." alone, without a semicolon behind it. NULL: fine; else what is wrong. */
const char *sql_one_statement(slice written, slice *out);

#endif
