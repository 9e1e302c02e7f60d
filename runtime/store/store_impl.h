/* Shared by the files of runtime/store: what a store is, and its prepared statements. */
#ifndef DUN_STORE_IMPL_H
#define DUN_STORE_IMPL_H

#include "db.h"

#define STORE_STATEMENTS_MAX 48

struct store {
  world *w;
  db *d;
  store_error why;
  int64_t last_us;
  struct {
    const char *sql;
    db_stmt *q;
  } statement[STORE_STATEMENTS_MAX];
  size_t statement_count;
};

/* The prepared statement of an SQL literal (known by its address), reset, its values unbound by the next use. */
STORE_MUST store_code store_prepared(store *s, const char *sql, db_stmt **out);
/* Steps a statement that gives no rows, and resets it. */
STORE_MUST store_code store_do(store *s, db_stmt *q);
/* Notes the engine's failure in s->why. */
STORE_MUST store_code store_failed(store *s);
STORE_MUST store_code store_misuse(store *s, const char *what, slice which);

/* The SQL of a column in a scan, and its order; for a writer, whether it may be written. */
const char *store_column_sql(const store_column *c);
bool store_column_written(const store_column *c);

#endif
