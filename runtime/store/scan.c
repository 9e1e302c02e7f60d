/* Reading: one SELECT that names the columns asked for, stepped row by row.
 *
 * Invariant: the SQL is put together from columns.def alone; names and values of the caller are bound. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "store_impl.h"

#define SCAN_COLUMNS_MAX 64
#define SCAN_SQL_MAX 8192

struct store_cursor {
  store *s;
  db_stmt *q;
  char *paths;           /* JSON paths of custom fields, bound to the statement */
  bool once;             /* a bulk load: the engine's cache is small while it lasts */
  store_scan_kept *kept; /* whose statement it is; NULL: its own */
};

typedef struct sql_text {
  char text[SCAN_SQL_MAX];
  size_t n;
} sql_text;

static void add(sql_text *t, const char *piece) {
  size_t n = strlen(piece);
  assert(t->n + n < sizeof t->text);
  memcpy(t->text + t->n, piece, n + 1);
  t->n += n;
}

static bool has_custom(store_table table) {
  return table == STORE_T_customer || table == STORE_T_invoice || table == STORE_T_contract;
}

static const char *order_sql(store_table table) {
  switch (table) {
  case STORE_T_customer: return " ORDER BY t.id";
  case STORE_T_invoice:
  case STORE_T_contract: return " ORDER BY o.id, t.number";
  case STORE_T_happening: return " ORDER BY t.date, t.seq";
  case STORE_T_position: return " ORDER BY t.track, t.kind, t.entity, t.cycle, t.place";
  case STORE_T_armed: return " ORDER BY t.rule, t.kind, t.entity";
  case STORE_T_revision:
  case STORE_T_action:
  case STORE_T_card:
  case STORE_T_provider_event:
  case STORE_T_approval:
  case STORE_T_activation:
  case STORE_T_pause:
  case STORE_T_attempt: return " ORDER BY t.id";
  case STORE_T_event: return " ORDER BY t.seq";
  case STORE_T_sync_state: return " ORDER BY t.key";
  case STORE_T_custom_field: return " ORDER BY t.kind, t.name";
  case STORE_T_message: return " ORDER BY t.action";
  case STORE_T_message_invoice: return " ORDER BY t.message, t.ordinal";
  case STORE_T_channel_state: return " ORDER BY t.channel";
  case STORE_T_activation_row: return " ORDER BY t.activation, t.part, t.ordinal";
  case STORE_T_allowance: return " ORDER BY t.on_day";
  case STORE_T_series: return " ORDER BY t.name, t.date";
  case STORE_T_series_was: return " ORDER BY t.name, t.date, t.version";
  case STORE_T_own_state: return " ORDER BY t.kind, t.entity, t.what, t.since";
  case STORE_T_begun: return " ORDER BY t.track, t.kind, t.entity, t.\"offset\", t.day, t.seq";
  case STORE_T_rule_run: return " ORDER BY t.rule";
  case STORE_T_anchor: return " ORDER BY t.kind, t.entity, t.field";
  case STORE_T_next_due: return " ORDER BY t.kind, t.row";
  case STORE_TABLE_COUNT: break;
  }
  return "";
}

static const char *op_sql(store_op op) {
  switch (op) {
  case STORE_EQ: return " = ?";
  case STORE_NE: return " <> ?";
  case STORE_LT: return " < ?";
  case STORE_LE: return " <= ?";
  case STORE_GT: return " > ?";
  case STORE_GE: return " >= ?";
  case STORE_IS_NULL: return " IS NULL";
  case STORE_NOT_NULL: return " IS NOT NULL";
  case STORE_NUMBER_ENDS:
  case STORE_ADDRESS: break;
  }
  return "";
}

/* The expressions of schema_13.sql, as they stand there: so the indexes over them are used. */
static void add_where(sql_text *sql, const store_column *c, store_op op) {
  if (op == STORE_ADDRESS) {
    add(sql, "lower(trim(");
    add(sql, store_column_sql(c));
    add(sql, ")) = lower(?)");
    return;
  }
  if (op == STORE_NUMBER_ENDS) {
    add(sql, "t.row IN (SELECT t.row FROM customer t WHERE "
             "substr(replace(replace(replace(replace(replace(replace(");
    add(sql, store_column_sql(c));
    add(sql, ", ' ', ''), '-', ''), '(', ''), ')', ''), '.', ''), '/', ''), -4) = ? "
             "UNION ALL SELECT t.row FROM customer t WHERE ");
    add(sql, store_column_sql(c));
    add(sql, " GLOB '*[^0-9 ()./+-]*')");
    return;
  }
  add(sql, store_column_sql(c));
  add(sql, op_sql(op));
}

static bool op_has_value(store_op op) { return op != STORE_IS_NULL && op != STORE_NOT_NULL; }

static bool is_text(store_type type) { return type == STORE_TEXT || type == STORE_SET; }

static store_code build(store *s, const store_query *q, sql_text *sql) {
  add(sql, "SELECT ");
  for (size_t i = 0; i < q->column_count; i++) {
    const store_column *c = store_column_find(q->table, q->columns[i]);
    if (!c && !has_custom(q->table)) return store_misuse(s, "there is no such column", q->columns[i]);
    if (i) add(sql, ", ");
    add(sql, c ? store_column_sql(c) : "json_extract(t.custom, ?)");
  }
  if (q->column_count == 0) add(sql, "NULL");
  add(sql, " FROM ");
  add(sql, store_table_name(q->table));
  add(sql, " t");
  bool joined = !q->any_order && (q->table == STORE_T_invoice || q->table == STORE_T_contract);
  if (joined) add(sql, " CROSS JOIN customer o ON o.row = t.customer_row");
  for (size_t i = 0; i < q->where_count; i++) {
    const store_column *c = store_column_find(q->table, slice_of(q->where[i].column));
    if (!c) return store_misuse(s, "there is no such column", slice_of(q->where[i].column));
    add(sql, i ? " AND " : " WHERE ");
    add_where(sql, c, q->where[i].op);
  }
  const char *part = store_focus_sql(s, q->table);
  if (part) {
    add(sql, q->where_count ? " AND " : " WHERE ");
    add(sql, part);
  }
  if (!q->any_order)
    add(sql, order_sql(q->table));
  else if (part && has_custom(q->table))
    add(sql, " ORDER BY t.row"); /* as reading all of it has them: what is asked is asked in the same order */
  return STORE_OK;
}

/* `$."name"`: a name holds letters, digits and _ only, see the writer. */
static void bind(store_cursor *c, const store_query *q) {
  int at = 1;
  char *path = c->paths;
  for (size_t i = 0; i < q->column_count; i++) {
    if (store_column_find(q->table, q->columns[i])) continue;
    size_t n = (size_t)sprintf(path, "$.\"%.*s\"", SLICE_ARG(q->columns[i]));
    db_bind_text(c->q, at++, (slice){path, n});
    path += n + 1;
  }
  for (size_t i = 0; i < q->where_count; i++) {
    const store_where *w = &q->where[i];
    if (!op_has_value(w->op)) continue;
    if (is_text(store_column_find(q->table, slice_of(w->column))->type))
      db_bind_text(c->q, at++, w->text);
    else
      db_bind_int(c->q, at++, w->i);
  }
}

/* The statement of that text: one that was asked before and rests, else a new one, which is kept where there is room.
 */
static store_code prepare(store *s, store_cursor *c, const char *sql) {
  for (size_t i = 0; i < s->scan_count; i++) {
    store_scan_kept *k = s->scan + i;
    if (k->at_work || strcmp(k->sql, sql) != 0) continue;
    c->kept = k;
    c->q = k->q;
    k->at_work = true;
    return STORE_OK;
  }
  store_code code = db_prepare(s->d, sql, &c->q);
  if (code != STORE_OK || s->scan_count == STORE_SCANS_MAX) return code;
  char *text = strdup(sql);
  if (!text) arena_exhausted();
  c->kept = s->scan + s->scan_count++;
  *c->kept = (store_scan_kept){text, c->q, true};
  return STORE_OK;
}

store_code store_scan(store *s, const store_query *q, store_cursor **out) {
  *out = NULL;
  assert(q->column_count <= SCAN_COLUMNS_MAX);
  sql_text sql = {.n = 0};
  store_code code = build(s, q, &sql);
  if (code != STORE_OK) return code;
  size_t path_bytes = 1;
  for (size_t i = 0; i < q->column_count; i++) path_bytes += q->columns[i].n + 6;
  store_cursor *c = calloc(1, sizeof *c);
  if (!c || !(c->paths = malloc(path_bytes))) arena_exhausted();
  c->s = s;
  c->once = q->any_order && !q->where_count;
  if ((c->once && db_reads_once(s->d, true) != STORE_OK) || prepare(s, c, sql.text) != STORE_OK) {
    code = store_failed(s);
    store_cursor_close(c);
    return code;
  }
  bind(c, q);
  *out = c;
  return STORE_OK;
}

store_code store_next(store_cursor *c) {
  store_code code = db_step(c->q);
  return code == STORE_ROW || code == STORE_END ? code : store_failed(c->s);
}

store_code store_row(store *s, store_table table, const char *key, slice value, const slice *columns,
                     size_t column_count, store_cursor **out) {
  const store_where where = {key, STORE_EQ, 0, value};
  store_query q = {.table = table,
                   .any_order = true,
                   .columns = columns,
                   .column_count = column_count,
                   .where = &where,
                   .where_count = 1};
  *out = NULL;
  store_code code = store_scan(s, &q, out);
  return code == STORE_OK ? store_next(*out) : code;
}

void store_cursor_close(store_cursor *c) {
  if (!c) return;
  if (c->kept) {
    db_reset(c->q);
    c->kept->at_work = false;
  } else {
    db_finish(c->q);
  }
  if (c->once && db_reads_once(c->s->d, false) != STORE_OK) c->once = false; /* slower, not wrong */
  free(c->paths);
  free(c);
}

bool store_is_null(const store_cursor *c, size_t i) { return db_is_null(c->q, (int)i); }
int64_t store_int(const store_cursor *c, size_t i) { return db_int(c->q, (int)i); }
slice store_text(const store_cursor *c, size_t i) { return db_text(c->q, (int)i); }

store_code store_count(store *s, store_table table, int64_t *rows) {
  char sql[256];
  const char *part = store_focus_sql(s, table);
  snprintf(sql, sizeof sql, "SELECT count(*) FROM %s t%s%s", store_table_name(table), part ? " WHERE " : "",
           part ? part : "");
  db_stmt *q;
  if (db_prepare(s->d, sql, &q) != STORE_OK) return store_failed(s);
  store_code code = db_step(q) == STORE_ROW ? STORE_OK : store_failed(s);
  *rows = code == STORE_OK ? db_int(q, 0) : 0;
  db_finish(q);
  return code;
}
