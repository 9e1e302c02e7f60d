/* Writing facts: rows of customer, invoice, contract and happening, put by their key.
 *
 * Invariants: a row that says what the store already knows changes nothing, not even a date; a row that differs gets
 * the next version and this batch; a key counts once for each writer. Which rows were met is one bit a row of the
 * table. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "delivery.h"
#include "erase.h"
#include "row_set.h"
#include "store_impl.h"

#define WRITER_COLUMNS_MAX 96
#define WRITER_SQL_MAX 16384

typedef enum value_kind { VALUE_NULL, VALUE_INT, VALUE_TEXT } value_kind;

typedef struct value {
  value_kind kind;
  int64_t i;
  slice text;
} value;

struct store_writer {
  store *s;
  store_table table;
  int64_t batch;
  size_t count;
  const store_column *column[WRITER_COLUMNS_MAX]; /* NULL: a custom field */
  bool only_new[WRITER_COLUMNS_MAX];
  char *name[WRITER_COLUMNS_MAX]; /* of custom fields */
  value value[WRITER_COLUMNS_MAX];
  bool any_custom;
  size_t key, customer, kind; /* indices into the columns; `count` where there is none */
  bool written;               /* anything, with this batch */
  bool look_first;            /* the table has rows: most keys will be there */
  bool any_erased;            /* there are customers that must not come back */
  db_stmt *insert, *find, *update;
  db_stmt *find_customer; /* of an invoice or contract */
  db_stmt *about[3];      /* of a happening: what it is about, by store_entity_kind */
  db_stmt *find_told;     /* of an event of an ERP: whether it is known */
  row_set met;
  invoice_state found; /* the invoice that `find` met last */
  char *json;
  size_t json_capacity;
};

typedef struct sql_text {
  char text[WRITER_SQL_MAX];
  size_t n;
} sql_text;

static void add(sql_text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(sql_text *t, const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  int n = vsnprintf(t->text + t->n, sizeof t->text - t->n, format, ap);
  va_end(ap);
  assert(n >= 0 && (size_t)n < sizeof t->text - t->n);
  t->n += (size_t)n;
}

/* The column in the table itself: `customer` of an invoice is kept as the customer's row. */
static const char *stored_name(const store_writer *w, size_t i, char out[64]) {
  const char *name = w->column[i]->name;
  if (i == w->customer)
    snprintf(out, 64, "customer_row");
  else if (w->table == STORE_T_happening && strcmp(name, "invoice") == 0)
    snprintf(out, 64, "entity");
  else
    snprintf(out, 64, "\"%s\"", name);
  return out;
}

static const char *placeholder(const store_writer *w, size_t i, char out[96]) {
  if (i == w->customer)
    snprintf(out, 96, "(SELECT row FROM customer WHERE id = ?%zu)", i + 1);
  else
    snprintf(out, 96, "?%zu", i + 1);
  return out;
}

/* After the columns come: the batch, the custom fields as JSON, and (for a happening) which of its equals it is. */
static size_t batch_at(const store_writer *w) { return w->count + 1; }
static size_t custom_at(const store_writer *w) { return w->count + 2; }
static size_t repeat_at(const store_writer *w) { return w->count + 2; }

static void insert_sql(const store_writer *w, sql_text *t) {
  char name[96];
  add(t, "INSERT OR IGNORE INTO %s (batch, version", store_table_name(w->table));
  for (size_t i = 0; i < w->count; i++)
    if (w->column[i]) add(t, ", %s", stored_name(w, i, name));
  if (w->any_custom) add(t, ", custom");
  if (w->table == STORE_T_happening) add(t, ", repeat");
  add(t, ") VALUES (?%zu, 1", batch_at(w));
  for (size_t i = 0; i < w->count; i++)
    if (w->column[i]) add(t, ", %s", placeholder(w, i, name));
  if (w->any_custom) add(t, ", nullif(json_patch('{}', ?%zu), '{}')", custom_at(w));
  if (w->table == STORE_T_happening) add(t, ", ?%zu", repeat_at(w));
  add(t, ")");
}

static bool is_updated(const store_writer *w, size_t i) { return w->column[i] && i != w->key && !w->only_new[i]; }

static void update_sql(const store_writer *w, sql_text *t) {
  char name[64], at[96];
  add(t, "UPDATE %s SET version = version + 1, batch = ?%zu", store_table_name(w->table), batch_at(w));
  for (size_t i = 0; i < w->count; i++)
    if (is_updated(w, i)) add(t, ", %s = %s", stored_name(w, i, name), placeholder(w, i, at));
  if (w->any_custom) add(t, ", custom = nullif(json_patch(coalesce(custom, '{}'), ?%zu), '{}')", custom_at(w));
  add(t, " WHERE %s = ?%zu AND (0", stored_name(w, w->key, name), w->key + 1);
  for (size_t i = 0; i < w->count; i++)
    if (is_updated(w, i)) add(t, " OR %s IS NOT %s", stored_name(w, i, name), placeholder(w, i, at));
  if (w->any_custom) add(t, " OR custom IS NOT nullif(json_patch(coalesce(custom, '{}'), ?%zu), '{}')", custom_at(w));
  add(t, ")");
}

static store_code prepare(store_writer *w, const char *sql, db_stmt **out) {
  return db_prepare(w->s->d, sql, out) == STORE_OK ? STORE_OK : store_failed(w->s);
}

static store_code prepare_all(store_writer *w) {
  sql_text *t = calloc(1, sizeof *t);
  if (!t) arena_exhausted();
  insert_sql(w, t);
  store_code code = prepare(w, t->text, &w->insert);
  if (code == STORE_OK && w->table == STORE_T_happening) {
    code = prepare(
        w,
        "SELECT seq FROM happening WHERE date = ?1 AND kind = ?2 AND entity = ?3 AND value = ?4 AND repeat = ?5 AND "
        "observed = 0",
        &w->find);
    static const char *const ABOUT[] = {[STORE_ENTITY_CUSTOMER] = "SELECT 1 FROM customer WHERE id = ?1",
                                        [STORE_ENTITY_INVOICE] = "SELECT 1 FROM invoice WHERE number = ?1",
                                        [STORE_ENTITY_CONTRACT] = "SELECT 1 FROM contract WHERE number = ?1"};
    for (int i = 0; i < 3 && code == STORE_OK; i++) code = prepare(w, ABOUT[i], &w->about[i]);
    if (code == STORE_OK)
      code = prepare(w, "SELECT seq FROM happening WHERE kind = 'erp event' AND value = ?1", &w->find_told);
  } else if (code == STORE_OK) {
    char name[64];
    t->n = 0;
    update_sql(w, t);
    code = prepare(w, t->text, &w->update);
    t->n = 0;
    add(t, "SELECT row FROM %s WHERE %s = ?1", store_table_name(w->table), stored_name(w, w->key, name));
    if (code == STORE_OK) code = prepare(w, w->table == STORE_T_invoice ? NOTICE_FIND : t->text, &w->find);
    if (code == STORE_OK) code = prepare(w, "SELECT row FROM customer WHERE id = ?1", &w->find_customer);
  }
  free(t);
  return code;
}

/* A name that goes into a JSON path and a policy: letters, digits, `_`; bytes above ASCII are letters here. */
static bool is_field_name(slice s) {
  if (s.n == 0 || s.n > 64 || (s.p[0] >= '0' && s.p[0] <= '9')) return false;
  for (size_t i = 0; i < s.n; i++) {
    unsigned char c = (unsigned char)s.p[i];
    if (!(c == '_' || c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
      return false;
  }
  return true;
}

static store_code note_custom_field(store_writer *w, slice name) {
  db_stmt *q;
  store_code code = store_prepared(w->s, "INSERT OR IGNORE INTO custom_field (kind, name) VALUES (?1, ?2)", &q);
  if (code != STORE_OK) return code;
  store_entity_kind kind = w->table == STORE_T_customer  ? STORE_ENTITY_CUSTOMER
                           : w->table == STORE_T_invoice ? STORE_ENTITY_INVOICE
                                                         : STORE_ENTITY_CONTRACT;
  db_bind_int(q, 1, (int64_t)kind);
  db_bind_text(q, 2, name);
  return store_do(w->s, q);
}

static store_code name_columns(store_writer *w, const store_written *columns) {
  bool happening = w->table == STORE_T_happening;
  slice key = w->table == STORE_T_customer ? SLICE("id") : happening ? SLICE("date") : SLICE("number");
  w->key = w->customer = w->kind = w->count;
  for (size_t i = 0; i < w->count; i++) {
    slice name = columns[i].name;
    const store_column *c = store_column_find(w->table, name);
    w->column[i] = c;
    w->only_new[i] = columns[i].only_new;
    if (c && !store_column_written(c)) return store_misuse(w->s, "this column is not for writing", name);
    if (slice_eq(name, key)) w->key = i;
    if (!happening && slice_eq(name, SLICE("customer"))) w->customer = i;
    if (happening && slice_eq(name, SLICE("kind"))) w->kind = i;
    if (c) continue;
    if (happening || !is_field_name(name)) return store_misuse(w->s, "this cannot be the name of a field", name);
    w->any_custom = true;
    w->name[i] = strndup(name.p, name.n);
    if (!w->name[i]) arena_exhausted();
    store_code code = note_custom_field(w, name);
    if (code != STORE_OK) return code;
  }
  if (w->key == w->count) return store_misuse(w->s, "the key must be among the columns", key);
  return STORE_OK;
}

store_code store_batch_new(store *s, slice source, int64_t *id) {
  db_stmt *q;
  store_code code = store_prepared(s, "INSERT INTO batch (source, seen_at) VALUES (?1, ?2)", &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, source);
  db_bind_int(q, 2, store_now_us(s));
  code = store_do(s, q);
  *id = db_last_id(s->d);
  return code;
}

store_code store_writer_open(store *s, store_table table, slice source, const store_written *columns, size_t count,
                             store_writer **out) {
  *out = NULL;
  if (count > WRITER_COLUMNS_MAX) return store_misuse(s, "too many columns", slice_of(store_table_name(table)));
  if (!store_in_transaction(s)) return store_misuse(s, "facts are written inside a transaction", SLICE(""));
  store_writer *w = calloc(1, sizeof *w);
  if (!w) arena_exhausted();
  w->s = s;
  w->table = table;
  w->count = count;
  store_code code = store_has_rows(s, table, &w->look_first);
  if (code == STORE_OK && table == STORE_T_invoice) code = notice_begin(s);
  if (code == STORE_OK && table == STORE_T_invoice && s->paging == STORE_NO_PAGES) code = store_synced(s);
  if (code == STORE_OK) code = name_columns(w, columns);
  if (code == STORE_OK) code = store_any_erased(s, &w->any_erased);
  w->any_erased &= table == STORE_T_customer || w->customer < w->count;
  if (code == STORE_OK) code = store_batch_new(s, source, &w->batch);
  if (code == STORE_OK) code = prepare_all(w);
  if (code != STORE_OK) {
    store_writer_close(w);
    return code;
  }
  *out = w;
  return STORE_OK;
}

/* A batch in which nothing was written did not happen. Failing to say so leaves one idle row, no more. */
static void forget_batch(store_writer *w) {
  db_stmt *q;
  if (w->written || !w->batch || !store_in_transaction(w->s)) return;
  if (store_prepared(w->s, "DELETE FROM batch WHERE id = ?1", &q) != STORE_OK) return;
  db_bind_int(q, 1, w->batch);
  if (store_do(w->s, q) != STORE_OK) return;
}

void store_writer_close(store_writer *w) {
  if (!w) return;
  forget_batch(w);
  db_finish(w->insert);
  db_finish(w->find);
  db_finish(w->update);
  db_finish(w->find_customer);
  for (int i = 0; i < 3; i++) db_finish(w->about[i]);
  db_finish(w->find_told);
  for (size_t i = 0; i < w->count; i++) free(w->name[i]);
  row_set_free(&w->met);
  free(w->json);
  free(w);
}

void store_put_int(store_writer *w, size_t i, int64_t number) { w->value[i] = (value){.kind = VALUE_INT, .i = number}; }
void store_put_text(store_writer *w, size_t i, slice text) { w->value[i] = (value){.kind = VALUE_TEXT, .text = text}; }

void store_put_nothing(store_writer *w) {
  for (size_t i = 0; i < w->count; i++) w->value[i].kind = VALUE_NULL;
}

slice store_writer_met(const store_writer *w, arena *perm) { return row_set_text(&w->met, perm); }

slice store_put_text_at(const store_writer *w, size_t i) {
  return w->value[i].kind == VALUE_TEXT ? w->value[i].text : SLICE("");
}

/* The custom fields as one JSON object; null takes a field away. */
static slice custom_json(store_writer *w) {
  size_t need = 3;
  for (size_t i = 0; i < w->count; i++)
    if (w->name[i]) need += strlen(w->name[i]) + 10 + 6 * w->value[i].text.n;
  if (need > w->json_capacity) {
    w->json = realloc(w->json, need);
    if (!w->json) arena_exhausted();
    w->json_capacity = need;
  }
  char *p = w->json;
  *p++ = '{';
  for (size_t i = 0; i < w->count; i++) {
    if (!w->name[i]) continue;
    if (p[-1] != '{') *p++ = ',';
    p += sprintf(p, "\"%s\":", w->name[i]);
    if (w->value[i].kind == VALUE_NULL) {
      p = stpcpy(p, "null");
      continue;
    }
    *p++ = '"';
    for (size_t k = 0; k < w->value[i].text.n; k++) {
      unsigned char c = (unsigned char)w->value[i].text.p[k];
      if (c < 0x20) {
        p += sprintf(p, "\\u%04x", c);
        continue;
      }
      if (c == '"' || c == '\\') *p++ = '\\';
      *p++ = (char)c;
    }
    *p++ = '"';
  }
  *p++ = '}';
  return (slice){w->json, (size_t)(p - w->json)};
}

static void bind_value(db_stmt *q, size_t at, const value *v) {
  switch (v->kind) {
  case VALUE_NULL: db_bind_null(q, (int)at); return;
  case VALUE_INT: db_bind_int(q, (int)at, v->i); return;
  case VALUE_TEXT: db_bind_text(q, (int)at, v->text); return;
  }
}

static void bind_row(store_writer *w, db_stmt *q, bool update, slice custom) {
  for (size_t i = 0; i < w->count; i++)
    if (update ? is_updated(w, i) || i == w->key : w->column[i] != NULL) bind_value(q, i + 1, &w->value[i]);
  db_bind_int(q, (int)batch_at(w), w->batch);
  if (w->any_custom) db_bind_text(q, (int)custom_at(w), custom);
}

/* Runs the insert that is bound: *row is its row id, or 0 where it was ignored. */
static store_code insert(store_writer *w, int64_t *row) {
  store_code code = store_do(w->s, w->insert);
  if (code != STORE_OK) return code;
  *row = db_changes(w->s->d) ? db_last_id(w->s->d) : 0;
  if (*row) row_set_add(&w->met, *row);
  return STORE_OK;
}

/* The first column of the one row, or 0. */
static store_code find(store_writer *w, db_stmt *q, int64_t *row) {
  store_code code = db_step(q);
  *row = code == STORE_ROW ? db_int(q, 0) : 0;
  if (*row && q == w->find && w->table == STORE_T_invoice) w->found = notice_read(q);
  if (code != STORE_ROW && code != STORE_END) code = store_failed(w->s);
  db_reset(q);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* The row as it is now, told beside what it was: NULL, it is new. */
static store_code notice(store_writer *w, const invoice_state *before) {
  int64_t row;
  if (w->table != STORE_T_invoice || (!before && !w->s->has_ledger)) return STORE_OK;
  slice number = w->value[w->key].text;
  bind_value(w->find, 1, &w->value[w->key]);
  store_code code = find(w, w->find, &row);
  if (code != STORE_OK) return code;
  return before ? notice_change(w->s, number, w->batch, before, &w->found)
                : notice_new(w->s, number, w->batch, &w->found);
}

static store_code update(store_writer *w, slice custom, store_put *outcome) {
  if (w->customer < w->count) {
    int64_t customer;
    bind_value(w->find_customer, 1, &w->value[w->customer]);
    store_code code = find(w, w->find_customer, &customer);
    if (code != STORE_OK) return code;
    if (!customer) {
      bool erased = false;
      if (w->any_erased) code = store_was_erased(w->s, w->value[w->customer].text, &erased);
      *outcome = erased ? STORE_PUT_ERASED : STORE_PUT_NO_CUSTOMER;
      return code;
    }
  }
  invoice_state before = w->found;
  bind_row(w, w->update, true, custom);
  store_code code = store_do(w->s, w->update);
  *outcome = db_changes(w->s->d) ? STORE_PUT_CHANGED : STORE_PUT_UNCHANGED;
  return code == STORE_OK && *outcome == STORE_PUT_CHANGED ? notice(w, &before) : code;
}

static store_code put_entity(store_writer *w, store_put *outcome) {
  slice custom = w->any_custom ? custom_json(w) : SLICE("");
  int64_t row = 0;
  store_code code = STORE_OK;
  for (int round = 0; round < 2; round++) {
    if (round == (w->look_first ? 1 : 0)) {
      bool erased = false;
      if (w->any_erased)
        code = store_was_erased(w->s, w->value[w->table == STORE_T_customer ? w->key : w->customer].text, &erased);
      if (code != STORE_OK || erased) {
        *outcome = STORE_PUT_ERASED;
        return code;
      }
      bind_row(w, w->insert, false, custom);
      code = insert(w, &row);
      *outcome = STORE_PUT_NEW;
      if (code == STORE_OK && row) return notice(w, NULL);
      if (code != STORE_OK) return code;
      continue;
    }
    bind_value(w->find, 1, &w->value[w->key]);
    code = find(w, w->find, &row);
    if (code != STORE_OK) return code;
    if (!row) continue;
    if (row_set_has(&w->met, row)) {
      *outcome = STORE_PUT_REPEATED;
      return STORE_OK;
    }
    code = update(w, custom, outcome);
    if (code == STORE_OK && *outcome != STORE_PUT_NO_CUSTOMER && *outcome != STORE_PUT_ERASED)
      row_set_add(&w->met, row);
    return code;
  }
  /* Neither there nor taken: of what a row must have, only its customer is for the store to judge. */
  if (w->customer == w->count)
    return store_misuse(w->s, "the row lacks a value that it must have", w->value[w->key].text);
  *outcome = STORE_PUT_NO_CUSTOMER;
  return STORE_OK;
}

/* The columns of a happening in the order of its key. */
static size_t column_at(const store_writer *w, const char *name) {
  for (size_t i = 0; i < w->count; i++)
    if (strcmp(w->column[i]->name, name) == 0) return i;
  return w->count;
}

static store_code put_happening(store_writer *w, store_put *outcome) {
  const size_t key[] = {column_at(w, "date"), column_at(w, "kind"), column_at(w, "invoice"), column_at(w, "value")};
  for (size_t k = 0; k < 4; k++)
    if (key[k] == w->count) return store_misuse(w->s, "a happening has date, kind, invoice and value", SLICE(""));
  store_happening h;
  if (!store_happening_find(w->value[w->kind].text, &h))
    return store_misuse(w->s, "no such kind of happening", w->value[w->kind].text);
  int64_t found;
  db_stmt *about = w->about[store_happening_about(h)];
  bind_value(about, 1, &w->value[key[2]]);
  store_code code = find(w, about, &found);
  if (code != STORE_OK) return code;
  if (!found) {
    *outcome = STORE_PUT_NO_ENTITY;
    return STORE_OK;
  }
  if (h == STORE_H_ERP_EVENT) { /* once, whoever tells of it and when */
    bind_value(w->find_told, 1, &w->value[key[3]]);
    code = find(w, w->find_told, &found);
    *outcome = STORE_PUT_UNCHANGED;
    if (code != STORE_OK || found) return code;
  }
  for (size_t k = 0; k < 4; k++) bind_value(w->find, k + 1, &w->value[key[k]]);
  for (int64_t repeat = 0;; repeat++) {
    db_bind_int(w->find, 5, repeat);
    code = find(w, w->find, &found);
    if (code != STORE_OK) return code;
    if (found && row_set_has(&w->met, found)) continue;
    *outcome = found ? STORE_PUT_UNCHANGED : STORE_PUT_NEW;
    if (found) {
      row_set_add(&w->met, found);
      return STORE_OK;
    }
    bind_row(w, w->insert, false, SLICE(""));
    db_bind_int(w->insert, (int)repeat_at(w), repeat);
    code = insert(w, &found);
    if (code == STORE_OK && !found) return store_misuse(w->s, "the happening lacks a value", w->value[w->kind].text);
    return code;
  }
}

store_code store_put_row(store_writer *w, store_put *outcome) {
  store_code code = w->table == STORE_T_happening ? put_happening(w, outcome) : put_entity(w, outcome);
  store_put_nothing(w);
  w->written |= code == STORE_OK && (*outcome == STORE_PUT_NEW || *outcome == STORE_PUT_CHANGED);
  return code;
}

store_code store_invoice_currency(store *s, slice number, char code[4]) {
  db_stmt *q;
  store_code result = store_prepared(s, "SELECT currency FROM invoice WHERE number = ?1", &q);
  if (result != STORE_OK) return result;
  db_bind_text(q, 1, number);
  result = db_step(q);
  if (result == STORE_ROW) {
    snprintf(code, 4, "%.*s", SLICE_ARG(db_text(q, 0)));
    result = STORE_OK;
  } else if (result != STORE_END) {
    result = store_failed(s);
  }
  db_reset(q);
  return result;
}
