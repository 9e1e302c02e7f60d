/* A store's life: opening it, bringing its schema up to date, transactions, the clock, and the table of its columns.
 *
 * Invariant: a schema change happens in one transaction with the version that says it happened. */
#include "store_impl.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "lang/base/date.h"
#include "lang/base/embedded.h"
#include "search.h"

extern const struct embedded store_schema[];

/* Version n + 1 is made from version n by the nth step. A released step never changes; a change is a new step. */
enum { SCHEMA_VERSION = 18 };

/* ---- columns ---- */

typedef struct column_row {
  const char *sql;
  bool written;
} column_row;

#define COLUMN(table, name, type, sql, written) STORE_C_##table##_##name,
enum {
#include "columns.def"
  COLUMN_COUNT
};
#undef COLUMN

#define COLUMN(table, name, type, sql, written) {#name, STORE_##type},
static const store_column COLUMNS[] = {
#include "columns.def"
};
#undef COLUMN

#define COLUMN(table, name, type, sql, written) {sql, written},
static const column_row COLUMN_ROWS[] = {
#include "columns.def"
};
#undef COLUMN

#define COLUMN(table, name, type, sql, written) STORE_T_##table,
static const store_table COLUMN_TABLE[] = {
#include "columns.def"
};
#undef COLUMN

static_assert(sizeof COLUMNS / sizeof *COLUMNS == COLUMN_COUNT, "one row a column");

const char *store_table_name(store_table table) {
  static const char *const name[] = {
#define TABLE(name, order) #name,
      STORE_TABLES(TABLE)
#undef TABLE
  };
  return name[table];
}

const store_column *store_columns(store_table table, size_t *count) {
  size_t from = 0;
  while (from < COLUMN_COUNT && COLUMN_TABLE[from] != table) from++;
  size_t to = from;
  while (to < COLUMN_COUNT && COLUMN_TABLE[to] == table) to++;
  *count = to - from;
  return COLUMNS + from;
}

const store_column *store_column_find(store_table table, slice name) {
  size_t count;
  const store_column *c = store_columns(table, &count);
  for (size_t i = 0; i < count; i++)
    if (slice_eq(slice_of(c[i].name), name)) return c + i;
  return NULL;
}

const char *store_column_sql(const store_column *c) { return COLUMN_ROWS[c - COLUMNS].sql; }
bool store_column_written(const store_column *c) { return COLUMN_ROWS[c - COLUMNS].written; }

/* ---- happenings and states: their tables ---- */

static const char *const HAPPENING_NAME[] = {
#define HAPPENING(id, kind, value, about) kind,
    STORE_HAPPENINGS(HAPPENING)
#undef HAPPENING
};

const char *store_happening_name(store_happening h) { return HAPPENING_NAME[h]; }

bool store_happening_find(slice kind, store_happening *out) {
  for (int i = 0; i < STORE_HAPPENING_COUNT; i++) {
    if (!slice_eq(slice_of(HAPPENING_NAME[i]), kind)) continue;
    *out = (store_happening)i;
    return true;
  }
  return false;
}

store_value store_happening_value(store_happening h) {
  static const store_value value[] = {
#define HAPPENING(id, kind, value, about) STORE_VALUE_##value,
      STORE_HAPPENINGS(HAPPENING)
#undef HAPPENING
  };
  return value[h];
}

store_entity_kind store_happening_about(store_happening h) {
  static const store_entity_kind about[] = {
#define HAPPENING(id, kind, value, about) STORE_ENTITY_##about,
      STORE_HAPPENINGS(HAPPENING)
#undef HAPPENING
  };
  return about[h];
}

static const struct {
  const char *name;
  bool final;
} ACTION_STATE[] = {
#define STATE(name, final) {#name, final},
    ACTION_STATES(STATE)
#undef STATE
};

const char *action_state_name(action_state state) { return ACTION_STATE[state].name; }
bool action_state_is_final(action_state state) { return ACTION_STATE[state].final; }
bool action_state_find(slice name, action_state *out) {
  for (int i = 0; i < ACTION_STATE_COUNT; i++) {
    if (!slice_eq(slice_of(ACTION_STATE[i].name), name)) continue;
    *out = (action_state)i;
    return true;
  }
  return false;
}

bool action_may_move(action_state from, action_state to) {
  static const bool MOVES[ACTION_STATE_COUNT][ACTION_STATE_COUNT] = {
#define MOVE(from, to, words) [ACTION_##from][ACTION_##to] = true,
#include "moves.def"
#undef MOVE
  };
  return MOVES[from][to];
}

/* ---- failures ---- */

const store_error *store_why(const store *s) { return &s->why; }

store_code store_failed(store *s) {
  db_explain(s->d, &s->why);
  return s->why.code;
}

store_code store_misuse(store *s, const char *what, slice which) {
  s->why.code = STORE_MISUSE;
  snprintf(s->why.text, sizeof s->why.text, "%s: %.*s", what, SLICE_ARG(which));
  return STORE_MISUSE;
}

/* ---- statements ---- */

store_code store_prepared(store *s, const char *sql, db_stmt **out) {
  for (size_t i = 0; i < s->statement_count; i++) {
    if (s->statement[i].sql != sql) continue;
    *out = s->statement[i].q;
    return STORE_OK;
  }
  assert(s->statement_count < STORE_STATEMENTS_MAX);
  db_stmt *q;
  if (db_prepare(s->d, sql, &q) != STORE_OK) return store_failed(s);
  s->statement[s->statement_count].sql = sql;
  s->statement[s->statement_count++].q = q;
  *out = q;
  return STORE_OK;
}

void store_statements_end(store *s) {
  for (size_t i = 0; i < s->statement_count; i++) db_finish(s->statement[i].q);
  for (size_t i = 0; i < s->scan_count; i++) {
    db_finish(s->scan[i].q);
    free(s->scan[i].sql);
  }
  s->statement_count = s->scan_count = 0;
}

store_code store_do(store *s, db_stmt *q) {
  store_code code = db_step(q);
  if (code != STORE_END && code != STORE_ROW) {
    code = store_failed(s); /* before the reset, which may forget why */
    db_reset(q);
    return code;
  }
  db_reset(q);
  return STORE_OK;
}

store_code store_ended(store *s, db_stmt *q, store_code code) {
  if (code != STORE_ROW && code != STORE_END) code = store_failed(s);
  db_reset(q);
  return code;
}

store_code store_one_int(store *s, db_stmt *q, int64_t *out) {
  store_code code = db_step(q);
  *out = code == STORE_ROW ? db_int(q, 0) : 0;
  return store_ended(s, q, code);
}

void store_bind_entity(db_stmt *q, int at, store_entity e) {
  db_bind_int(q, at, (int64_t)e.kind);
  db_bind_text(q, at + 1, e.id);
}

void store_bind_rung(db_stmt *q, slice track, store_entity e, int64_t cycle, slice offset) {
  db_bind_text(q, 1, track);
  store_bind_entity(q, 2, e);
  db_bind_int(q, 4, cycle);
  db_bind_text(q, 5, offset);
}

/* ---- life ---- */

static store_code run_script(store *s, const char *sql) {
  return db_script(s->d, sql) == STORE_OK ? STORE_OK : store_failed(s);
}

/* Another process may have made the schema while this one waited for the lock: look again inside. */
static store_code migrate(store *s) {
  int version;
  if (db_version(s->d, &version) != STORE_OK) return store_failed(s);
  if (version == SCHEMA_VERSION) return STORE_OK;
  store_code code = store_begin(s);
  if (code == STORE_OK && db_version(s->d, &version) != STORE_OK) code = store_failed(s);
  if (code == STORE_OK && version > SCHEMA_VERSION) {
    code = s->why.code = STORE_NEWER;
    snprintf(s->why.text, sizeof s->why.text,
             "the store was written by a newer dun (its schema is version %d, this program knows %d): use that one",
             version, SCHEMA_VERSION);
  }
  for (; code == STORE_OK && version < SCHEMA_VERSION; version++) code = run_script(s, store_schema[version].text);
  if (code == STORE_OK && db_set_version(s->d, SCHEMA_VERSION) != STORE_OK) code = store_failed(s);
  if (code == STORE_OK) return store_commit(s);
  store_rollback(s);
  return code;
}

static store *store_over(world *w, db *d) {
  store *s = calloc(1, sizeof *s);
  if (!s) arena_exhausted();
  s->w = w;
  s->d = d;
  s->notice_day = DATE_NONE_DAY;
  return s;
}

static store_code opened(store *s, store_code code, store **out, store_error *why) {
  if (code == STORE_OK) {
    *out = s;
    return STORE_OK;
  }
  *why = s->why;
  store_close(s);
  return code;
}

store_code store_open(world *w, const char *url, store **out, store_error *why) {
  *out = NULL;
  const char *path = strncmp(url, "sqlite:", 7) == 0 ? url + 7 : url;
  db *d;
  store_code code = db_open(path, &d, why);
  if (code != STORE_OK) return code;
  store *s = store_over(w, d);
  return opened(s, migrate(s), out, why);
}

store_code store_open_to_read(world *w, const char *path, store **out, store_error *why) {
  *out = NULL;
  db *d;
  int version = 0;
  store_code code = db_open_to_read(path, &d, why);
  if (code != STORE_OK) return code;
  store *s = store_over(w, d);
  code = db_version(d, &version) == STORE_OK ? STORE_OK : store_failed(s);
  if (code == STORE_OK && version != SCHEMA_VERSION)
    code = store_misuse(s, "the store is of another version of dun", slice_of(path));
  return opened(s, code, out, why);
}

store_code store_open_copy(world *w, const char *url, store **out, store_error *why) {
  *out = NULL;
  store *from;
  store_code code = store_open(w, url, &from, why);
  if (code != STORE_OK) return code;
  db *d;
  code = db_open(":memory:", &d, why);
  if (code == STORE_OK) {
    code = db_copy(from->d, d);
    if (code != STORE_OK) db_explain(from->d, why);
    db_close(code == STORE_OK ? from->d : d);
    if (code == STORE_OK) {
      store_statements_end(from);
      from->d = d;
      *out = from;
      return STORE_OK;
    }
  }
  store_close(from);
  return code;
}

void store_close(store *s) {
  if (!s) return;
  store_rollback(s);
  store_statements_end(s);
  db_close(s->d);
  free(s);
}

store_code store_begin(store *s) {
  if (db_in_transaction(s->d)) return store_misuse(s, "a transaction is already open", SLICE(""));
  s->asked_ledger = false;
  s->audit_head.known = s->audit_head.due = false;
  memset(s->noticed, 0, sizeof s->noticed);
  return run_script(s, "BEGIN IMMEDIATE");
}

store_code store_commit(store *s) {
  store_code code = store_search_settle(s);
  if (code == STORE_OK) code = store_audit_settle(s);
  if (code == STORE_OK) code = run_script(s, "COMMIT");
  s->audit_head.known = false;
  if (code != STORE_OK) store_rollback(s);
  return code;
}

void store_rollback(store *s) {
  s->audit_head.known = s->audit_head.due = false;
  /* A failed rollback leaves nothing behind either: the transaction was never committed. */
  if (db_in_transaction(s->d) && db_script(s->d, "ROLLBACK") != STORE_OK) return;
}

bool store_in_transaction(const store *s) { return db_in_transaction(s->d); }

int64_t store_now_us(store *s) {
  int64_t now = s->w->now_ns(s->w) / 1000;
  s->last_us = now > s->last_us ? now : s->last_us + 1;
  return s->last_us;
}
