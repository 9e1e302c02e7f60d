/* See search.h: indices, triggers, and what settles them. */
#include "search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_impl.h"

#define TRIGGER(name, when, what)                                                                                      \
  "DROP TRIGGER IF EXISTS search_" name ";"                                                                            \
  "CREATE TRIGGER search_" name " AFTER " when " BEGIN " what " END;"
#define DUE(what, row) "INSERT OR IGNORE INTO search_due (what, row) VALUES (" what ", " row ");"

static const char *const SCRIPT[] = {
    "CREATE INDEX IF NOT EXISTS customer_owner ON customer (owner) WHERE owner IS NOT NULL;"
    "CREATE INDEX IF NOT EXISTS customer_segment ON customer (segment) WHERE segment IS NOT NULL;"
    "CREATE INDEX IF NOT EXISTS customer_language ON customer (language) WHERE language IS NOT NULL;"
    "CREATE INDEX IF NOT EXISTS customer_opted_out ON customer (row) WHERE opted_out <> '';"
    "CREATE INDEX IF NOT EXISTS invoice_customer ON invoice (customer_row);",
    "CREATE INDEX IF NOT EXISTS invoice_due ON invoice (due, row);"
    "CREATE INDEX IF NOT EXISTS invoice_open_due ON invoice (due, row) WHERE status = 'open';"
    "CREATE INDEX IF NOT EXISTS invoice_amount ON invoice (currency, amount, row);"
    "CREATE INDEX IF NOT EXISTS invoice_disputed ON invoice (row) WHERE disputed = 1;"
    "CREATE INDEX IF NOT EXISTS invoice_promised ON invoice (row) WHERE promised = 1 OR promise IS NOT NULL;"
    "CREATE INDEX IF NOT EXISTS happening_entity ON happening (entity);"
    "CREATE INDEX IF NOT EXISTS happening_said ON happening (kind, entity) WHERE kind = 'dispute' OR kind = 'promise';"
    "CREATE INDEX IF NOT EXISTS position_entity ON position (kind, entity);"
    "CREATE INDEX IF NOT EXISTS position_rung ON position (track, \"offset\", entity) WHERE kind = 1;"
    "CREATE INDEX IF NOT EXISTS contract_customer ON contract (customer_row);"
    "CREATE INDEX IF NOT EXISTS contract_currency ON contract (currency);"
    "CREATE INDEX IF NOT EXISTS action_entity ON action (kind, entity);",
    TRIGGER("customer_new", "INSERT ON customer", DUE("0", "NEW.row")),
    TRIGGER("customer", "UPDATE OF id, name, email, phone, whatsapp ON customer", DUE("0", "NEW.row")),
    TRIGGER("invoice_new", "INSERT ON invoice", DUE("1", "NEW.customer_row")),
    TRIGGER("invoice",
            "UPDATE OF customer_row, currency, open, due, status ON invoice WHEN OLD.open IS NOT NEW.open OR OLD.due "
            "IS NOT NEW.due OR OLD.status IS NOT NEW.status OR OLD.currency IS NOT NEW.currency OR OLD.customer_row IS "
            "NOT NEW.customer_row",
            DUE("1", "OLD.customer_row") DUE("1", "NEW.customer_row")),
    TRIGGER("card_new", "INSERT ON card", DUE("2", "NEW.id")),
    TRIGGER("card", "UPDATE OF title ON card", DUE("2", "NEW.id")),
    TRIGGER("card_gone", "DELETE ON card", DUE("2", "OLD.id")),
};

static const slice MARK = {"search", 6}; /* the last row of invoices whose number's words are kept */

static store_code script(store *s, const char *sql) {
  return db_script(s->d, sql) == STORE_OK ? STORE_OK : store_failed(s);
}

static store_code do_all(store *s, const char *const *sql, size_t n) {
  store_code code = STORE_OK;
  for (size_t i = 0; i < n && code == STORE_OK; i++) {
    db_stmt *q;
    code = store_prepared(s, sql[i], &q);
    if (code == STORE_OK) code = store_do(s, q);
  }
  return code;
}

store_code store_search_open(store *s) {
  arena *scratch = arena_new();
  slice mark;
  store_code code = store_state_get(s, MARK, scratch, &mark);
  bool first = code == STORE_END;
  arena_free(scratch);
  if (code == STORE_END) code = STORE_OK;
  for (size_t i = 0; i < sizeof SCRIPT / sizeof *SCRIPT && code == STORE_OK; i++) code = script(s, SCRIPT[i]);
  if (code != STORE_OK || !first) return code;
  static const char *const EVERYBODY[] = {"INSERT OR IGNORE INTO search_due (what, row) SELECT 0, row FROM customer",
                                          "INSERT OR IGNORE INTO search_due (what, row) SELECT 1, row FROM customer",
                                          "INSERT OR IGNORE INTO search_due (what, row) SELECT 2, id FROM card"};
  code = do_all(s, EVERYBODY, sizeof EVERYBODY / sizeof *EVERYBODY);
  if (code == STORE_OK) code = store_state_set(s, MARK, SLICE("0"));
  return code == STORE_OK ? store_search_settle(s) : code;
}

/* ---- words ---- */

/* New words of one kind, gathered and put in their order: a tree that is written in order is written fast. */
typedef struct new_word {
  uint64_t head; /* its first bytes, for a quick look */
  slice word;
  int64_t row;
} new_word;

enum { GATHERED_MAX = 300000 };

typedef struct gathered {
  store *s;
  found_kind kind;
  arena *perm; /* of the words */
  new_word *v; /* room for GATHERED_MAX and the words of one row */
  size_t n, room;
} gathered;

static int in_order(const void *a, const void *b) {
  const new_word *x = a, *y = b;
  if (x->head != y->head) return x->head < y->head ? -1 : 1;
  int d = memcmp(x->word.p, y->word.p, x->word.n < y->word.n ? x->word.n : y->word.n);
  if (!d) d = (x->word.n > y->word.n) - (x->word.n < y->word.n);
  return d ? d : (x->row > y->row) - (x->row < y->row);
}

static void gather(gathered *g, slice word, int64_t row) {
  if (g->n == g->room) {
    g->room = g->room ? g->room * 2 : 256;
    g->v = realloc(g->v, g->room * sizeof *g->v);
    if (!g->v) arena_exhausted();
  }
  uint64_t head = 0;
  for (size_t i = 0; i < 8; i++) head = head << 8 | (i < word.n ? (unsigned char)word.p[i] : 0u);
  g->v[g->n++] = (new_word){head, arena_slice(g->perm, word), row};
}

static store_code put_gathered(gathered *g) {
  db_stmt *q;
  if (g->n == 0) return STORE_OK;
  qsort(g->v, g->n, sizeof *g->v, in_order);
  store_code code = store_prepared(g->s, "INSERT OR IGNORE INTO search_word (kind, word, row) VALUES (?1, ?2, ?3)", &q);
  for (size_t i = 0; i < g->n && code == STORE_OK; i++) {
    db_bind_int(q, 1, (int64_t)g->kind);
    db_bind_text(q, 2, g->v[i].word);
    db_bind_int(q, 3, g->v[i].row);
    code = store_do(g->s, q);
  }
  g->n = 0;
  arena_reset(g->perm);
  return code;
}

static store_code drop_word(gathered *g, slice word, int64_t row) {
  db_stmt *q;
  store_code code = store_prepared(g->s, "DELETE FROM search_word WHERE kind = ?1 AND word = ?2 AND row = ?3", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, (int64_t)g->kind);
  db_bind_text(q, 2, word);
  db_bind_int(q, 3, row);
  return store_do(g->s, q);
}

/* From the words that were kept to those of now. */
static store_code change_words(gathered *g, int64_t row, slice before, const word_list *now) {
  word_list old;
  store_code code = STORE_OK;
  words_split(before, &old);
  for (size_t i = 0; i < old.n && code == STORE_OK; i++) code = drop_word(g, old.v[i], row);
  for (size_t i = 0; i < now->n; i++) gather(g, now->v[i], row);
  return code;
}

static store_code put_face(store *s, int64_t row, slice words, slice name) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "INSERT INTO customer_face (row, words, name) VALUES (?1, ?2, ?3) ON CONFLICT (row) "
                                   "DO UPDATE SET words = ?2, name = ?3",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, row);
  db_bind_text(q, 2, words);
  db_bind_text(q, 3, name);
  return store_do(s, q);
}

static store_code settle_customer(gathered *g, db_stmt *q, arena *perm) {
  word_list now = {.n = 0};
  int64_t row = db_int(q, 0);
  for (int i = 1; i <= 3; i++) word_list_add(&now, db_text(q, i), i == 1, perm); /* id, name, e-mail */
  words_add_phone(&now, db_text(q, 4), perm);
  words_add_phone(&now, db_text(q, 5), perm);
  slice words = words_joined(&now, perm), before = arena_slice(perm, db_text(q, 6));
  slice name = words_folded(db_text(q, 2).n ? db_text(q, 2) : db_text(q, 1), perm);
  store_code code = STORE_OK;
  if (!slice_eq(words, before)) code = change_words(g, row, before, &now);
  return code == STORE_OK ? put_face(g->s, row, words, name) : code;
}

static store_code settle_card(gathered *g, db_stmt *q, arena *perm) {
  word_list now = {.n = 0};
  int64_t row = db_int(q, 0);
  word_list_add(&now, db_text(q, 1), true, perm);
  store_code code = change_words(g, row, arena_slice(perm, db_text(q, 2)), &now);
  db_stmt *put;
  if (code == STORE_OK)
    code = store_prepared(g->s, "INSERT OR REPLACE INTO card_face (row, words) VALUES (?1, ?2)", &put);
  if (code != STORE_OK) return code;
  db_bind_int(put, 1, row);
  db_bind_text(put, 2, words_joined(&now, perm));
  return store_do(g->s, put);
}

/* A number's first word is found by the index of the numbers. */
static store_code settle_number(gathered *g, db_stmt *q, arena *perm) {
  word_list now = {.n = 0};
  word_list_add(&now, db_text(q, 1), true, perm);
  for (size_t i = 1; i < now.n; i++) gather(g, now.v[i], db_int(q, 0));
  return STORE_OK;
}

typedef store_code settle_row(gathered *g, db_stmt *q, arena *perm);

/* Each row of the question; the table that it walks along is not changed meanwhile. *last: the first column of the
 * last one. */
static store_code each(store *s, const char *sql, int64_t from, found_kind kind, settle_row *settle, int64_t *last) {
  enum { ROWS_AT_ONCE = 256 };
  db_stmt *q;
  store_code code = store_prepared(s, sql, &q);
  if (code != STORE_OK) return code;
  if (db_parameters(q)) db_bind_int(q, 1, from);
  arena *scratch = arena_new();
  gathered g = {.s = s, .kind = kind, .perm = arena_new()};
  store_code done = STORE_OK;
  for (int n = 1; done == STORE_OK && (code = db_step(q)) == STORE_ROW; n++) {
    *last = db_int(q, 0);
    done = settle(&g, q, scratch);
    if (done == STORE_OK && g.n >= GATHERED_MAX) done = put_gathered(&g);
    if (n % ROWS_AT_ONCE == 0) arena_reset(scratch);
  }
  if (done == STORE_OK && code == STORE_END) done = put_gathered(&g);
  free(g.v);
  arena_free(g.perm);
  arena_free(scratch);
  if (done != STORE_OK) {
    db_reset(q);
    return done;
  }
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

/* ---- settling ---- */

static const char *const BALANCES[] = {
    "DELETE FROM balance WHERE customer_row IN (SELECT row FROM search_due WHERE what = 1)",
    "INSERT INTO balance (customer_row, currency, open, invoices, oldest) "
    "SELECT i.customer_row, i.currency, sum(i.open), sum(i.open > 0), min(CASE WHEN i.open > 0 THEN i.due END) "
    "FROM search_due d CROSS JOIN invoice i "
    "WHERE d.what = 1 AND i.customer_row = d.row AND i.status = 'open' AND i.open <> 0 GROUP BY i.customer_row, "
    "i.currency",
    "UPDATE customer_face SET oldest = (SELECT min(b.oldest) FROM balance b WHERE b.customer_row = customer_face.row) "
    "WHERE row IN (SELECT row FROM search_due WHERE what = 1)",
};
static const char *const DONE[] = {"DELETE FROM search_due"};

static store_code settle_numbers(store *s) {
  arena *scratch = arena_new();
  slice mark;
  char text[24];
  int64_t last = 0;
  store_code code = store_state_get(s, MARK, scratch, &mark);
  int64_t from = code == STORE_OK ? strtoll(arena_copy(scratch, mark), NULL, 10) : 0;
  arena_free(scratch);
  if (code != STORE_OK) return code == STORE_END ? STORE_OK : code;
  code =
      each(s, "SELECT row, number FROM invoice WHERE row > ?1 ORDER BY row", from, FOUND_INVOICE, settle_number, &last);
  if (code != STORE_OK || !last) return code;
  return store_state_set(s, MARK, (slice){text, (size_t)snprintf(text, sizeof text, "%lld", (long long)last)});
}

store_code store_search_settle(store *s) {
  db_stmt *q;
  int64_t any, last;
  store_code code = store_prepared(s, "SELECT EXISTS (SELECT 1 FROM search_due)", &q);
  if (code != STORE_OK) return code;
  code = store_one_int(s, q, &any);
  if (code != STORE_ROW || !any) return code == STORE_ROW ? STORE_OK : code;
  code = each(s,
              "SELECT d.row, c.id, c.name, c.email, c.phone, c.whatsapp, f.words FROM search_due d JOIN customer c ON "
              "c.row = d.row LEFT JOIN customer_face f ON f.row = d.row WHERE d.what = 0",
              0, FOUND_CUSTOMER, settle_customer, &last);
  if (code == STORE_OK) code = do_all(s, BALANCES, sizeof BALANCES / sizeof *BALANCES);
  if (code == STORE_OK) code = settle_numbers(s);
  if (code == STORE_OK)
    code = each(s,
                "SELECT d.row, c.title, f.words FROM search_due d LEFT JOIN card c ON c.id = d.row LEFT JOIN card_face "
                "f ON f.row = d.row WHERE d.what = 2",
                0, FOUND_CARD, settle_card, &last);
  return code == STORE_OK ? do_all(s, DONE, 1) : code;
}
