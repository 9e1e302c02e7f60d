/* Shared by the files of runtime/store: what a store is, and its prepared statements. */
#ifndef DUN_STORE_IMPL_H
#define DUN_STORE_IMPL_H

#include "db.h"
#include "pages.h"

#define STORE_STATEMENTS_MAX 512
#define STORE_SCANS_MAX 48

/* A SELECT of store_scan that was asked before: by its text. */
typedef struct store_scan_kept {
  char *sql;
  db_stmt *q;
  bool at_work;
} store_scan_kept;

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
  store_scan_kept scan[STORE_SCANS_MAX];
  size_t scan_count;
  int32_t notice_day;            /* DATE_NONE_DAY: the clock's */
  bool asked_ledger, has_ledger; /* whether there were invoices before this transaction */
  uint64_t noticed[STORE_HAPPENING_COUNT];
  struct {
    bool known, due; /* `due`: it is kept beside the log when the transaction ends */
    int64_t seq;
    uint8_t hash[STORE_HASH_BYTES];
  } audit_head;     /* of the open transaction: the log's last entry */
  bool login_known; /* audit.h: who is at work */
  int64_t login;
  store_paging paging;
  bool focused, focus_paused; /* agenda.h: a part of the ledger is at hand */
};

/* The prepared statement of an SQL literal (known by its address), reset, its values unbound by the next use. */
STORE_MUST store_code store_prepared(store *s, const char *sql, db_stmt **out);
/* The log's head is kept beside it, where this transaction moved it; before it is committed. */
STORE_MUST store_code store_audit_settle(store *s);
/* None is left; before the store has another database, or none. */
void store_statements_end(store *s);
/* Steps a statement that gives no rows, and resets it. */
STORE_MUST store_code store_do(store *s, db_stmt *q);
/* After the last step of a question, which said `code`: notes a failure, and the statement can be asked again. */
STORE_MUST store_code store_ended(store *s, db_stmt *q, store_code code);
/* The first column of its only row, and resets it: STORE_ROW, or STORE_END and 0. */
STORE_MUST store_code store_one_int(store *s, db_stmt *q, int64_t *out);
/* An entity's two values of a key, from this place on. */
void store_bind_entity(db_stmt *q, int at, store_entity e);
/* A rung's: the first five (track, kind, entity, cycle, "offset"). */
void store_bind_rung(db_stmt *q, slice track, store_entity e, int64_t cycle, slice offset);
/* Notes the engine's failure in s->why. */
STORE_MUST store_code store_failed(store *s);
STORE_MUST store_code store_misuse(store *s, const char *what, slice which);

/* Which rows of a table belong to the part of the ledger that is at hand (agenda.h), as a condition on `t`; NULL: all.
 */
const char *store_focus_sql(const store *s, store_table table);

/* A batch of facts that are seen now. */
STORE_MUST store_code store_batch_new(store *s, slice source, int64_t *id);

/* ---- noticing (notice.c) ---- */

/* An invoice as the policy's events see it. */
typedef struct invoice_state {
  char cur[4];
  int64_t amount, open;
  int32_t due, promise; /* DATE_NONE_DAY: no promise */
  bool paid, cancelled, disputed;
} invoice_state;
/* `SELECT row, ...` of an invoice by its number, and what it gives. */
extern const char NOTICE_FIND[];
invoice_state notice_read(db_stmt *q);
/* What the change of a row says, as happenings of the batch. */
STORE_MUST store_code notice_change(store *s, slice number, int64_t batch, const invoice_state *before,
                                    const invoice_state *after);
STORE_MUST store_code notice_new(store *s, slice number, int64_t batch, const invoice_state *after);
/* To be asked before the first invoice of a transaction is written. */
STORE_MUST store_code notice_begin(store *s);

/* The SQL of a column in a scan, and its order; for a writer, whether it may be written. */
const char *store_column_sql(const store_column *c);
bool store_column_written(const store_column *c);

#endif
