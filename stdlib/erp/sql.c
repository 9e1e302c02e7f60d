/* `connect erp sql with database "postgresql://host/db" and invoices "invoices.sql"`: customers, contracts and invoices
 * by queries of the user's own, whose result columns have the names of Dun's fields, as a CSV file's header has.
 *
 * Invariants: a page is read before the store is written to; a query that was cut off begins again, since its rows have
 * no order that one could go on from, and rows that are there already cost nothing; each row alone is asked for by the
 * same query. */
#include <stdio.h>

#include "csv_header.h"
#include "lang/base/text.h"
#include "record.h"
#include "sql_impl.h"

enum { PAGE_ROWS = 1000, QUERY_BYTES_MAX = 1 << 20, COLUMNS_MAX = RECORD_COLUMNS_MAX - 4, OVERLAP_S = 86400 };

typedef enum feed_id { F_CUSTOMERS, F_CONTRACTS, F_INVOICES, FEED_COUNT } feed_id;
static const struct {
  const char *name;
  store_table table;
} FEEDS[FEED_COUNT] = {[F_CUSTOMERS] = {"customers", STORE_T_customer},
                       [F_CONTRACTS] = {"contracts", STORE_T_contract},
                       [F_INVOICES] = {"invoices", STORE_T_invoice}};

/* A query with what is known of its result. */
typedef struct query {
  const char *file;
  slice text;
  store_table table;
  record_shape shape;
  slice names[COLUMNS_MAX]; /* of the result, by which its columns were understood */
  size_t columns;
} query;

struct erp {
  world *w;
  arena *perm;
  const sql_engine *engine;
  sql_place at;
  currency fallback;
  query query[FEED_COUNT];
  erp_feed feed[FEED_COUNT];
  size_t feeds;
  slice update;        /* the statement of `due_date`; empty: none */
  sql_source *source;  /* NULL: not connected */
  size_t reading;      /* the feed whose rows are being fetched; FEED_COUNT: none */
  uint64_t read_until; /* rows of it */
  arena *open;         /* of the connection at hand */
};

/* ---- the connect line ---- */

static bool read_file(erp *e, const connection *c, slice name, const char **path, slice *out, slice *why) {
  *path = connection_path(e->w, e->perm, c, name, why);
  if (!*path) return false;
  world_code code = e->w->read_file(e->w, *path, e->perm, out);
  const char *wrong = NULL;
  if (code != WORLD_OK)
    *why = arena_printf(e->perm, "cannot read %s: %s", *path, world_code_text(code));
  else if (out->n > QUERY_BYTES_MAX)
    wrong = "it is longer than a query may be";
  else
    wrong = sql_one_statement(*out, out);
  if (wrong) *why = arena_printf(e->perm, "%s: %s", *path, wrong);
  return code == WORLD_OK && !wrong;
}

static bool read_queries(erp *e, const connection *c, slice *why) {
  slice name, variable;
  static const char *const SINCE[] = {"since"};
  const slice none = {0};
  for (size_t i = 0; i < FEED_COUNT; i++) {
    if (!connection_setting(e->w, c, FEEDS[i].name, &name, &variable)) continue;
    query *q = &e->query[e->feeds];
    sql_statement ignored;
    if (!read_file(e, c, name, &q->file, &q->text, why)) return false;
    const char *wrong = sql_prepare(e->engine, q->text, SINCE, &none, 1, e->perm, &ignored);
    if (wrong) {
      *why = arena_printf(e->perm, "%s: %s", q->file, wrong);
      return false;
    }
    q->table = FEEDS[i].table;
    e->feed[e->feeds++] = (erp_feed){.name = FEEDS[i].name,
                                     .table = q->table,
                                     .by_change = sql_names(q->text, "since"),
                                     .columns = q->shape.written};
  }
  if (e->feeds) return true;
  *why = SLICE("its connect line needs a query: invoices \"invoices.sql\" and customers \"customers.sql\"");
  return false;
}

/* "paid": the query has what is open alone. "kept": what is gone from it is left as it is. */
static bool read_gone(erp *e, const connection *c, slice *why) {
  slice value, variable;
  if (!connection_setting(e->w, c, "gone", &value, &variable)) return true;
  bool paid = slice_eq(value, SLICE("paid")), kept = slice_eq(value, SLICE("kept"));
  for (size_t i = 0; i < e->feeds; i++) {
    if (paid && e->feed[i].by_change && e->feed[i].table == STORE_T_invoice) {
      *why = arena_printf(e->perm, "%s: with gone \"paid\" it lists all that is open: take :since out of it",
                          e->query[i].file);
      return false;
    }
    e->feed[i].paid_when_gone = paid;
    e->feed[i].never_alone = kept;
  }
  if (paid || kept || slice_eq(value, SLICE("cancelled"))) return true;
  *why = SLICE("`gone` says what an invoice is that the query does not give any more: \"cancelled\", \"paid\" or "
               "\"kept\"");
  return false;
}

static bool has_password(slice url) {
  const char *at = url.n ? memmem(url.p, url.n, "://", 3) : NULL;
  bool colon = false;
  for (const char *p = at ? at + 3 : url.p + url.n; p < url.p + url.n && *p != '/'; p++) {
    if (*p == '@') return colon;
    colon |= *p == ':';
  }
  return url.n && memmem(url.p, url.n, "password=", 9) != NULL;
}

static bool read_database(erp *e, const connection *c, slice *why) {
  static const slice LITE = {"sqlite://", 9};
  slice url = c->url, user, variable;
  bool from_env = false;
  if (!url.n && !connection_needs(e->w, e->perm, c, "database", "database \"postgresql://HOST/DATABASE\"", &url, why))
    return false;
  (void)connection_setting(e->w, c, "database", &user, &variable);
  from_env = variable.n > 0;
  if (!from_env && has_password(url)) {
    *why = SLICE("the address has a password in it: take it out, and write password from env \"...\"");
    return false;
  }
  if (slice_starts(url, LITE)) {
    /* sqlite:///data/erp.db is /data/erp.db; sqlite://erp.db stands beside the policy. */
    e->engine = &SQL_SQLITE;
    e->at.address = connection_path(e->w, e->perm, c, (slice){url.p + LITE.n, url.n - LITE.n}, why);
    return e->at.address != NULL;
  }
  if (!slice_starts(url, SLICE("postgresql://")) && !slice_starts(url, SLICE("postgres://"))) {
    *why = SLICE("`database` begins with postgresql:// or sqlite://");
    return false;
  }
  e->engine = &SQL_POSTGRES;
  e->at.address = arena_copy(e->perm, url);
  if (connection_setting(e->w, c, "user", &user, &variable))
    e->at.user = arena_copy(e->perm, user);
  else if (variable.n)
    return connection_needs(e->w, e->perm, c, "user", "", &user, why);
  if (!connection_secret(e->w, e->perm, c, "password", &e->at.password, &variable) && variable.n)
    return connection_needs_secret(e->w, e->perm, c, "password", "", &e->at.password, why);
  return true;
}

static bool read_update(erp *e, const connection *c, slice *why) {
  slice name, variable;
  const char *path;
  if (!connection_setting(e->w, c, "due_date", &name, &variable)) return true;
  if (!read_file(e, c, name, &path, &e->update, why)) return false;
  if (sql_names(e->update, "date") && (sql_names(e->update, "id") || sql_names(e->update, "number"))) return true;
  *why = arena_printf(e->perm, "%s: it sets :date where the row's number is :id (or :number)", path);
  return false;
}

static erp *sql_open(world *w, arena *perm, const connection *c, slice *why) {
  slice code, variable;
  erp *e = ARENA_NEW(perm, erp);
  *e = (erp){.w = w, .perm = perm, .fallback = CURRENCY_NONE, .reading = FEED_COUNT};
  if (connection_setting(w, c, "currency", &code, &variable) && (e->fallback = currency_find(code)) == CURRENCY_NONE) {
    *why = SLICE("`currency` is an ISO 4217 code, such as \"BRL\"");
    return NULL;
  }
  bool fine = read_database(e, c, why) && read_queries(e, c, why) && read_gone(e, c, why) && read_update(e, c, why);
  return fine ? e : NULL;
}

static void disconnect(erp *e) {
  if (e->source) e->engine->close(e->source);
  if (e->open) arena_free(e->open);
  e->source = NULL;
  e->open = NULL;
  e->reading = FEED_COUNT;
}

static void sql_close(erp *e) {
  if (e) disconnect(e);
}

static const erp_feed *sql_feeds(const erp *e, size_t *count) {
  *count = e->feeds;
  return e->feed;
}

/* ---- queries ---- */

/* What went wrong is said with the file; the next call connects anew. */
static bool failed(erp *e, const query *q, slice why, slice *out, arena *perm) {
  *out = q ? arena_printf(perm, "%s: %.*s", q->file, SLICE_ARG(why)) : arena_slice(perm, why);
  disconnect(e);
  return false;
}

static bool connect(erp *e, slice *why, arena *perm) {
  slice said = {0};
  if (e->source) return true;
  e->open = arena_new();
  e->source = e->engine->open(&e->at, false, e->open, &said);
  return e->source || failed(e, NULL, said, why, perm);
}

/* Whether the result's columns are what the query's shape was made of; else it is made. */
static const char *understand(erp *e, query *q, const sql_rows *r, arena *scratch) {
  csv_header *h = ARENA_NEW(scratch, csv_header);
  record_column given[COLUMNS_MAX];
  bool same = r->columns == q->columns && q->columns;
  for (size_t i = 0; i < r->columns && same; i++) same = slice_eq(r->names[i], q->names[i]);
  if (same) return NULL;
  if (r->columns > COLUMNS_MAX) return "the result has more columns than are taken";
  const char *why = csv_name_columns(h, q->table, r->names, r->columns, e->perm);
  if (why) return why;
  for (size_t i = 0; i < r->columns; i++) {
    const csv_column *c = &h->column[i];
    given[i] = (record_column){.name = c->ignored ? SLICE("reject_line") : c->name, .type = c->type};
    q->names[i] = arena_slice(e->perm, r->names[i]);
  }
  const char *missing = record_shape_of(&q->shape, q->table, given, r->columns, e->fallback);
  if (missing) {
    text t = text_new(scratch);
    text_printf(&t, "the result has no column \"%s\": name one so, with AS %s; it has: ", missing, missing);
    for (size_t i = 0; i < r->columns; i++) text_printf(&t, "%s%.*s", i ? ", " : "", SLICE_ARG(r->names[i]));
    return text_slice(&t).p;
  }
  q->columns = r->columns;
  erp_feed *f = &e->feed[q - e->query];
  f->columns = q->shape.written;
  f->column_count = q->shape.count;
  return NULL;
}

static store_code put_rows(erp *e, query *q, const sql_rows *r, erp_page *p) {
  (void)e;
  slice cells[RECORD_COLUMNS_MAX] = {{0}};
  store_code code = erp_rows(p);
  for (size_t k = 0; k < r->rows && code == STORE_OK; k++) {
    for (size_t i = 0; i < r->columns; i++) cells[i] = r->cells[k * r->columns + i];
    code = record_put(&q->shape, p, cells);
  }
  p->read += r->rows;
  return code;
}

/* The query, as the whole of another one: so that it is one that reads. */
static bool ask(erp *e, query *q, slice since, const slice *source_id, slice *why, arena *scratch) {
  static const char *const NAMES[] = {"since", "dun_row"};
  const slice values[] = {since, source_id ? *source_id : (slice){0}};
  slice whole = arena_printf(scratch, "SELECT * FROM (\n%.*s\n) AS dun_rows", SLICE_ARG(q->text));
  sql_statement s;
  slice said = {0};
  if (source_id) { /* by the result's own name of what is the row's number */
    const record_shape *h = &q->shape;
    size_t at = h->source_id < q->columns ? h->source_id : h->key;
    text t = text_new(scratch);
    text_printf(&t, "%.*s WHERE CAST(dun_rows.\"", SLICE_ARG(whole));
    for (size_t i = 0; i < q->names[at].n; i++) {
      if (q->names[at].p[i] == '"') text_char(&t, '"');
      text_char(&t, q->names[at].p[i]);
    }
    text_cstr(&t, "\" AS text) = :dun_row");
    whole = text_slice(&t);
  }
  const char *wrong = sql_prepare(e->engine, whole, NAMES, values, 2, scratch, &s);
  if (wrong) return failed(e, q, slice_of(wrong), why, scratch);
  return e->engine->ask(e->source, &s, scratch, &said) || failed(e, q, said, why, scratch);
}

static bool fetch(erp *e, query *q, sql_rows *r, slice *why, arena *scratch) {
  slice said = {0};
  const char *wrong = NULL;
  if (!e->engine->fetch(e->source, PAGE_ROWS, scratch, r, &said)) return failed(e, q, said, why, scratch);
  if (r->names) wrong = understand(e, q, r, scratch);
  return !wrong || failed(e, q, slice_of(wrong), why, scratch);
}

/* ---- pages ---- */

static slice utc(int64_t seconds, arena *perm) {
  char day[DATE_TEXT_MAX];
  civil_date d = {(int32_t)(seconds / 86400)};
  int64_t s = seconds % 86400;
  date_iso(d, day);
  return arena_printf(perm, "%s %02d:%02d:%02d+00", day, (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
}

/* SQLite knows no zones: its own CURRENT_TIMESTAMP is UTC. */
static slice since_of(const erp *e, const erp_page *p) {
  slice s = p->since;
  if (!s.n) return (slice){0}; /* NULL: everything */
  return e->engine == &SQL_SQLITE && s.n > 3 ? (slice){s.p, s.n - 3} : s;
}

static erp_code sql_page(erp *e, erp_page *p, erp_failure *f) {
  query *q = &e->query[p->feed];
  sql_rows r;
  uint64_t place = 0;
  for (size_t i = 0; i < p->cursor.n; i++) place = place * 10 + (uint64_t)(p->cursor.p[i] - '0');
  if (p->cursor.n == 0) disconnect(e); /* a service's server may have been away, a file have been replaced, meanwhile */
  if (!connect(e, &f->why, p->perm)) return ERP_FAILED;
  if (p->cursor.n == 0) p->mark = utc(e->w->now_ns(e->w) / 1000000000 - OVERLAP_S, p->perm);
  if (e->reading != p->feed || place == 0 || place != e->read_until) {
    if (!ask(e, q, since_of(e, p), NULL, &f->why, p->perm)) return ERP_FAILED;
    e->reading = p->feed;
    e->read_until = 0;
  }
  if (!fetch(e, q, &r, &f->why, p->perm)) return ERP_FAILED;
  e->read_until += r.rows;
  bool last = r.rows < PAGE_ROWS;
  if (last) {
    e->reading = FEED_COUNT;
    p->cursor = (slice){0};
  } else {
    p->cursor = arena_printf(p->perm, "%llu", (unsigned long long)e->read_until);
  }
  store_code code = put_rows(e, q, &r, p);
  if (last && e->source) e->engine->done(e->source);
  if (code != STORE_OK) return ERP_FAILED;
  return last ? ERP_END : ERP_MORE;
}

/* The result's columns must be known before a row can be asked for by one of them. */
static bool know_columns(erp *e, query *q, slice *why, arena *scratch) {
  sql_rows r;
  if (q->columns) return true;
  bool fine = ask(e, q, (slice){0}, NULL, why, scratch) && fetch(e, q, &r, why, scratch);
  if (fine) e->engine->done(e->source);
  return fine;
}

static erp_code sql_read(erp *e, erp_page *p, slice source_id, bool *there, erp_failure *f) {
  query *q = &e->query[p->feed];
  sql_rows r;
  e->reading = FEED_COUNT;
  if (!connect(e, &f->why, p->perm) || !know_columns(e, q, &f->why, p->perm) ||
      !ask(e, q, (slice){0}, &source_id, &f->why, p->perm) || !fetch(e, q, &r, &f->why, p->perm))
    return ERP_FAILED;
  *there = r.rows > 0;
  store_code code = r.rows ? put_rows(e, q, &r, p) : STORE_OK;
  if (e->source) e->engine->done(e->source);
  return code == STORE_OK ? ERP_END : ERP_FAILED;
}

/* ---- writing ---- */

static send_result sql_write(erp *e, const erp_order *o, arena *perm) {
  static const char *const NAMES[] = {"date", "id", "number"};
  char day[DATE_TEXT_MAX];
  slice why = {0};
  sql_statement s;
  if (e->update.n == 0)
    return (send_result){.outcome = SEND_REJECTED,
                         .detail = SLICE("the connect line has no statement for it: due_date \"due_date.sql\"")};
  const slice values[] = {{day, date_iso(o->date, day)}, o->source_id, o->number};
  const char *wrong = sql_prepare(e->engine, e->update, NAMES, values, 3, perm, &s);
  if (wrong) return (send_result){.outcome = SEND_REJECTED, .detail = slice_of(wrong)};
  sql_source *to = e->engine->open(&e->at, true, perm, &why);
  if (!to) return (send_result){.outcome = SEND_DOWN, .detail = why};
  send_result r = e->engine->change(to, &s, perm);
  r.detail = arena_slice(perm, r.detail);
  e->engine->close(to);
  return r;
}

/* The same date twice is one. */
static send_result sql_find(erp *e, const erp_order *o, int64_t begun_s, arena *perm) {
  (void)e;
  (void)o;
  (void)begun_s;
  (void)perm;
  return (send_result){.outcome = SEND_RETRY, .detail = SLICE("the same date twice is one")};
}

/* ---- doctor ---- */

static bool sql_check(erp *e, void (*say)(void *self, bool fine, slice what, slice remedy), void *self, arena *perm) {
  slice why = {0};
  bool all = true;
  if (!connect(e, &why, perm)) {
    say(self, false, why, SLICE("look at `database`, `user` and `password` in the connect line"));
    return false;
  }
  say(self, true, arena_printf(perm, "%s lets us in", e->engine->words), (slice){0});
  for (size_t i = 0; i < e->feeds; i++) {
    bool fine = connect(e, &why, perm) && know_columns(e, &e->query[i], &why, perm);
    say(self, fine, fine ? arena_printf(perm, "%s can be read", e->query[i].file) : why,
        fine ? (slice){0} : SLICE("mend the query; its columns are named as the fields are"));
    all &= fine;
  }
  return all;
}

const erp_driver SQL = {
    .vendor = "sql",
    .words = "the database",
    .open = sql_open,
    .close = sql_close,
    .feeds_of = sql_feeds,
    .page = sql_page,
    .read = sql_read,
    .writes = 1u << ACT_UPDATE_DUE,
    .shows = 1u << ACT_UPDATE_DUE,
    .write = sql_write,
    .find = sql_find,
    .check = sql_check,
};
