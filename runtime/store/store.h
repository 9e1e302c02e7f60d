/* The store: facts (customers, invoices, contracts, what happened to them), positions, decided actions with their
 * attempts, and the audit log. ONE interface; sqlite.c is the implementation, and it keeps these invariants:
 *  - money is a count of minor units beside an ISO 4217 code, a date is days since 1970-01-01, an instant is
 * microseconds since 1970-01-01T00:00Z, a state is a word from a table; NULL is "missing", never 0 or "";
 *  - one decision is stored once (unique key of `action`); the audit log only grows and each entry carries the hash of
 * the one before it;
 *  - a failure is a value: the store never ends the process, and what was not committed did not happen. */
#ifndef DUN_RUNTIME_STORE_H
#define DUN_RUNTIME_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lang/base/arena.h"
#include "lang/base/slice.h"
#include "runtime/world.h"

#define STORE_MUST __attribute__((warn_unused_result))

typedef enum store_code {
  STORE_OK,
  STORE_ROW,       /* store_next: there is one */
  STORE_END,       /* store_next: there are no more; store_find_...: there is none */
  STORE_LOCKED,    /* another process writes */
  STORE_FULL,      /* the disk, or the quota, is full */
  STORE_CORRUPT,   /* not a store, or a damaged one */
  STORE_READ_ONLY, /* no right to write here */
  STORE_NEWER,     /* written by a newer dun */
  STORE_IO,        /* the device failed */
  STORE_MISUSE,    /* the caller's fault: a column or a state that does not exist */
  STORE_FAILED     /* anything else the engine reports */
} store_code;

/* What went wrong, in one sentence that says what to do; no personal data. */
typedef struct store_error {
  store_code code;
  char text[640];
} store_error;

typedef struct store store;

/* `url` is a path, `sqlite:PATH`, or `:memory:` (private, gone when closed). The file is made where there is none. On
 * failure *out is NULL and *why is filled in. */
STORE_MUST store_code store_open(world *w, const char *url, store **out, store_error *why);
/* A private copy in memory, gone when closed: what is changed in it changes nothing else. */
STORE_MUST store_code store_open_copy(world *w, const char *url, store **out, store_error *why);
/* Only to look at, and left byte for byte as it is: one of another version is STORE_MISUSE. */
STORE_MUST store_code store_open_to_read(world *w, const char *path, store **out, store_error *why);
void store_close(store *s); /* NULL is allowed; an open transaction is rolled back */
/* The last failure of this store. */
const store_error *store_why(const store *s);

/* Transactions do not nest. A failed store_commit has rolled back. */
STORE_MUST store_code store_begin(store *s); /* takes the write lock at once */
STORE_MUST store_code store_commit(store *s);
void store_rollback(store *s); /* without a transaction: nothing */
bool store_in_transaction(const store *s);

/* Microseconds of the world's clock, never twice the same and never going back within this store. */
int64_t store_now_us(store *s);

/* ---- Tables and their columns -------------------------------------------------------------------------------------
 */

/* TABLE(name, fixed order of its rows in a scan) */
#define STORE_TABLES(TABLE)                                                                                            \
  TABLE(customer, "id")                                                                                                \
  TABLE(invoice, "customer, number")                                                                                   \
  TABLE(contract, "customer, number")                                                                                  \
  TABLE(happening, "date, seq")                                                                                        \
  TABLE(position, "track, kind, entity, cycle, place")                                                                 \
  TABLE(armed, "rule, kind, entity")                                                                                   \
  TABLE(revision, "id")                                                                                                \
  TABLE(action, "id")                                                                                                  \
  TABLE(attempt, "id")                                                                                                 \
  TABLE(event, "seq")                                                                                                  \
  TABLE(sync_state, "key")                                                                                             \
  TABLE(custom_field, "kind, name")                                                                                    \
  TABLE(message, "action")                                                                                             \
  TABLE(message_invoice, "message, ordinal")                                                                           \
  TABLE(card, "id")                                                                                                    \
  TABLE(provider_event, "id")                                                                                          \
  TABLE(channel_state, "channel")                                                                                      \
  TABLE(approval, "id")                                                                                                \
  TABLE(activation, "id")                                                                                              \
  TABLE(activation_row, "activation, part, ordinal")                                                                   \
  TABLE(allowance, "on_day")                                                                                           \
  TABLE(pause, "id")                                                                                                   \
  TABLE(next_due, "kind, row")                                                                                         \
  TABLE(series, "name, date")                                                                                          \
  TABLE(series_was, "name, date, version")                                                                             \
  TABLE(own_state, "kind, entity, what, since")                                                                        \
  TABLE(begun, "track, kind, entity, \"offset\", day, seq")                                                            \
  TABLE(rule_run, "rule")                                                                                              \
  TABLE(anchor, "kind, entity, field")

typedef enum store_table {
#define TABLE(name, order) STORE_T_##name,
  STORE_TABLES(TABLE)
#undef TABLE
      STORE_TABLE_COUNT
} store_table;

/* MONEY: int, minor units of the row's `currency`. DATE: int, days. INSTANT: int, microseconds. YESNO: int 0 or 1.
 * SET: text, members separated by ';'. */
typedef enum store_type {
  STORE_TEXT,
  STORE_INT,
  STORE_MONEY,
  STORE_DATE,
  STORE_INSTANT,
  STORE_YESNO,
  STORE_SET,
  STORE_BLOB
} store_type;

typedef enum store_entity_kind { STORE_ENTITY_CUSTOMER, STORE_ENTITY_INVOICE, STORE_ENTITY_CONTRACT } store_entity_kind;

typedef struct store_column {
  const char *name; /* as LANGUAGE.md section 3 calls it, without `customer.` or `contract.` */
  store_type type;
} store_column;

const char *store_table_name(store_table table);
/* All of a table, in the order of columns.def. */
const store_column *store_columns(store_table table, size_t *count);
/* NULL: no such column (for the three entities: a custom field may still have that name). */
const store_column *store_column_find(store_table table, slice name);

/* ---- Reading ------------------------------------------------------------------------------------------------------
 */

typedef enum store_op {
  STORE_EQ,
  STORE_NE,
  STORE_LT,
  STORE_LE,
  STORE_GT,
  STORE_GE,
  STORE_IS_NULL,
  STORE_NOT_NULL,
  /* Of a customer's telephone number: its last four digits are these, or it is written in a way that no index knows.
   * All that can be it, and others: the caller looks at each. */
  STORE_NUMBER_ENDS,
  STORE_ADDRESS /* of a customer's e-mail: without regard to case, of an address of ASCII alone */
} store_op;

/* `column op value`. A text column compares `text`, every other one `i`. */
typedef struct store_where {
  const char *column;
  store_op op;
  int64_t i;
  slice text;
} store_where;

/* Which columns of which rows. For customer, invoice and contract a name that is no column is a custom field (TEXT).
 * Rows come in the table's fixed order (STORE_TABLES), text compared by bytes; `any_order` gives them as they are
 * stored, which is what a bulk load wants: there `customer_row`, a small integer that both an invoice and its customer
 * have, says whose it is without a text being compared. All of `where` must hold. */
typedef struct store_query {
  store_table table;
  bool any_order;
  const slice *columns;
  size_t column_count;
  const store_where *where;
  size_t where_count;
} store_query;

typedef struct store_cursor store_cursor;

/* Cursors see one state of the store (a snapshot) while open; close them before store_close. Only the columns asked for
 * are read: 1,000,000 rows cost what the bare SELECT costs. */
STORE_MUST store_code store_scan(store *s, const store_query *q, store_cursor **out);
STORE_MUST store_code store_next(store_cursor *c); /* STORE_ROW, STORE_END or a failure */
/* The one row whose `key` is the value: STORE_ROW and a cursor on it, or STORE_END. The cursor is to be closed whatever
 * comes of it. */
STORE_MUST store_code store_row(store *s, store_table table, const char *key, slice value, const slice *columns,
                                size_t column_count, store_cursor **out);
void store_cursor_close(store_cursor *c); /* NULL is allowed */

/* Column `i` of the query, of the row that store_next reached; text stays valid until the next store_next. */
bool store_is_null(const store_cursor *c, size_t i);
int64_t store_int(const store_cursor *c, size_t i);
slice store_text(const store_cursor *c, size_t i); /* empty where NULL */

STORE_MUST store_code store_count(store *s, store_table table, int64_t *rows);

/* HAPPENING(id, kind as events.csv and LANGUAGE.md 8 say it, what its value is, what it is about) */
#define STORE_HAPPENINGS(HAPPENING)                                                                                    \
  HAPPENING(PAYMENT, "payment", MONEY, INVOICE)                                                                        \
  HAPPENING(PAYMENT_REVERSED, "payment reversed", MONEY, INVOICE)                                                      \
  HAPPENING(DISPUTE, "dispute", NONE, INVOICE)                                                                         \
  HAPPENING(DISPUTE_RESOLVED, "dispute resolved", NONE, INVOICE)                                                       \
  HAPPENING(PROMISE, "promise", DATE, INVOICE)                                                                         \
  HAPPENING(DUE_DATE_CHANGED, "due date changed", DATE, INVOICE)                                                       \
  HAPPENING(EXTENSION_REQUESTED, "extension requested", NONE, INVOICE)                                                 \
  HAPPENING(EXTENSION_APPROVED, "extension approved", DATE, INVOICE)                                                   \
  HAPPENING(INVOICE_CREATED, "invoice created", NONE, INVOICE)                                                         \
  HAPPENING(INVOICE_CANCELLED, "invoice cancelled", NONE, INVOICE)                                                     \
  HAPPENING(REPLY, "reply", TEXT, INVOICE)                                                                             \
  HAPPENING(OPT_OUT, "opt out", TEXT, INVOICE)                                                                         \
  HAPPENING(OPT_IN, "opt in", TEXT, INVOICE)                                                                           \
  HAPPENING(MESSAGE_FAILED, "message failed", NONE, INVOICE)                                                           \
  HAPPENING(MESSAGE_BOUNCED, "message bounced", NONE, INVOICE)                                                         \
  HAPPENING(MESSAGE_READ, "message read", NONE, INVOICE)                                                               \
  HAPPENING(CHURN, "churn", NONE, CONTRACT)                                                                            \
  HAPPENING(CONTRACT_CHANGED, "contract changed", NONE, CONTRACT)                                                      \
  HAPPENING(DOCUMENT_SIGNED, "document signed", NONE, CUSTOMER)                                                        \
  HAPPENING(DOCUMENT_REFUSED, "document refused", NONE, CUSTOMER)                                                      \
  HAPPENING(DOCUMENT_EXPIRED, "document expired", NONE, CUSTOMER)                                                      \
  HAPPENING(ERP_EVENT, "erp event", TEXT, CUSTOMER)

typedef enum store_happening {
#define HAPPENING(id, kind, value, about) STORE_H_##id,
  STORE_HAPPENINGS(HAPPENING)
#undef HAPPENING
      STORE_HAPPENING_COUNT
} store_happening;

typedef enum store_value { STORE_VALUE_NONE, STORE_VALUE_MONEY, STORE_VALUE_DATE, STORE_VALUE_TEXT } store_value;

const char *store_happening_name(store_happening h);
STORE_MUST bool store_happening_find(slice kind, store_happening *out);
store_value store_happening_value(store_happening h);
store_entity_kind store_happening_about(store_happening h);

/* ---- Writing facts ------------------------------------------------------------------------------------------------
 */

typedef enum store_put {
  STORE_PUT_NEW,
  STORE_PUT_CHANGED,
  STORE_PUT_UNCHANGED,
  STORE_PUT_REPEATED,    /* the key was already put through this writer: not stored */
  STORE_PUT_NO_CUSTOMER, /* it names a customer that the store does not have: not stored */
  STORE_PUT_ERASED,      /* its customer was erased and must not come back: not stored */
  STORE_PUT_NO_ENTITY    /* a happening names an invoice or contract that the store does not have: not stored */
} store_put;

typedef struct store_writer store_writer;

/* A writer takes rows of customer, invoice, contract or happening with these columns (a name that is no column is a
 * custom field), inside a transaction. The key must be among them: customer `id`, invoice and contract `number`; a
 * happening is known by (date, kind, entity, value) and how many like it came before through this writer; an event of
 * an ERP (schema_8.sql) by its value alone. A column that is not named keeps its value in rows that exist. `source`
 * names where the facts come from ("csv"). */
typedef struct store_written {
  slice name;
  bool only_new; /* a default for rows that are new: rows that exist keep what they have */
} store_written;
STORE_MUST store_code store_writer_open(store *s, store_table table, slice source, const store_written *columns,
                                        size_t count, store_writer **out);
void store_writer_close(store_writer *w); /* NULL is allowed */

/* Values of the row at hand; what is not set since the last store_put_row is NULL. Texts must live until store_put_row.
 */
void store_put_int(store_writer *w, size_t i, int64_t value);
void store_put_text(store_writer *w, size_t i, slice value);
STORE_MUST store_code store_put_row(store_writer *w, store_put *outcome);
void store_put_nothing(store_writer *w); /* forgets the values of the row at hand */

/* A row of an invoice that changes says what happened: what is paid, due on another day, disputed, promised, cancelled.
 * The writer notices it, once, as a happening that is `observed`; and a new invoice, once the ledger has been imported
 * before. Such happenings have the civil date set here, or the clock's (UTC). */
void store_notice_on(store *s, int32_t day);
/* How many of a kind were noticed in this transaction, or in the last one. */
uint64_t store_noticed(const store *s, store_happening h);

/* A figure of a published series: percent as text; an empty one is not known. `date`: a month's first day, or the first
 * day of a rate. */
typedef struct store_figure {
  slice name;
  int32_t date;
  slice value, year; /* `year`: of the 12 months that end there */
  bool keep_year;    /* nothing is said about it: what is there stays */
} store_figure;
/* Figures that go in together: what is put twice in one batch with two values is STORE_PUT_REPEATED. Inside a
 * transaction. */
STORE_MUST store_code store_series_open(store *s, slice source, int64_t *batch);
/* A figure that is revised leaves the old one in series_was. */
STORE_MUST store_code store_series_put(store *s, int64_t batch, const store_figure *f, store_put *outcome);

/* The ISO code in which an invoice is kept; STORE_END where there is no such invoice. */
STORE_MUST store_code store_invoice_currency(store *s, slice number, char code[4]);

/* ---- Positions, arming, revisions, state --------------------------------------------------------------------------
 */

typedef struct store_entity {
  store_entity_kind kind;
  slice id; /* invoice or contract number, customer id */
} store_entity;

/* One rung climbed: the place on the time axis and the offset as written ("5bd"). `quiet`: climbed without firing. */
typedef struct store_climb {
  slice track;
  store_entity entity;
  int64_t cycle;
  slice offset;
  int32_t place;
  int32_t on; /* civil date */
  bool quiet;
} store_climb;

/* A written offset is climbed once in a cycle: again is fine and changes nothing. */
STORE_MUST store_code store_climb_add(store *s, const store_climb *c);

STORE_MUST store_code store_armed_set(store *s, slice rule, store_entity entity, bool armed, int32_t since);

/* Finds the revision with this content hash, or stores it as taking effect now. *is_new: it was not there. */
typedef struct store_revision {
  slice hash;       /* SHA-256 of the policy's text, hex */
  slice git_commit; /* empty: not in git */
  slice text;       /* the policy itself: which rungs it had is read from it */
  int32_t effective_on;
} store_revision;
STORE_MUST store_code store_revision_put(store *s, const store_revision *r, int64_t *id, bool *is_new);

/* What Dun set itself (schema_4.sql): a contract's status, billing, end, price or next_adjustment, a customer's `tag
 * NAME`. It counts from the day after `since`; the last one of a day stands. A source that changes its own value ends
 * it. */
STORE_MUST store_code store_own_set(store *s, store_entity entity, slice what, int32_t since, slice value);

/* A rung, rule or occurrence that is begun or waits. The key: track, entity, offset, day, seq. */
typedef struct store_begun {
  slice track;
  store_entity entity;
  int64_t cycle;
  slice offset; /* of a rung, as written; else empty */
  int32_t day;
  int64_t seq; /* of the happening that is answered; 0: none */
  int32_t place;
  slice ladder;
  uint64_t done, lines_done;
  slice shape;
} store_begun;
STORE_MUST store_code store_begun_put(store *s, const store_begun *b);
STORE_MUST store_code store_begun_clear(store *s);                      /* all of them */
STORE_MUST store_code store_begun_drop(store *s, const store_begun *b); /* the one of its key */

/* An `every` rule: known since a day, decided up to one. */
STORE_MUST store_code store_rule_runs_clear(store *s);
STORE_MUST store_code store_rule_run_set(store *s, slice rule, int32_t since, int32_t done);

/* The date that an entity's ladder counts from, and the cycle that it began. */
STORE_MUST store_code store_anchor_set(store *s, store_entity entity, slice field, int32_t day, int32_t cycle);

/* Small named values (last sync, lineage). Setting an empty value removes it. store_state_get: STORE_END where unset.
 */
STORE_MUST store_code store_state_set(store *s, slice key, slice value);
STORE_MUST store_code store_state_get(store *s, slice key, arena *perm, slice *value);

/* ---- Actions ------------------------------------------------------------------------------------------------------
 */

/* STATE(name, nothing more will happen to it by itself, and nobody need look at it) */
#define ACTION_STATES(STATE)                                                                                           \
  STATE(planned, false)                                                                                                \
  STATE(held, false)                                                                                                   \
  STATE(approved, false)                                                                                               \
  STATE(ready, false)                                                                                                  \
  STATE(leased, false)                                                                                                 \
  STATE(sending, false)                                                                                                \
  STATE(accepted, true)                                                                                                \
  STATE(delivered, true)                                                                                               \
  STATE(read, true)                                                                                                    \
  STATE(replied, true)                                                                                                 \
  STATE(deferred, false)                                                                                               \
  STATE(suppressed, true)                                                                                              \
  STATE(expired, true)                                                                                                 \
  STATE(rejected, true)                                                                                                \
  STATE(unknown, false)                                                                                                \
  STATE(dead, false)                                                                                                   \
  STATE(cancelled, true)

typedef enum action_state {
#define STATE(name, final) ACTION_##name,
  ACTION_STATES(STATE)
#undef STATE
      ACTION_STATE_COUNT
} action_state;

const char *action_state_name(action_state state);
bool action_state_is_final(action_state state);
STORE_MUST bool action_state_find(slice name, action_state *out);
/* Whether moves.def has it. */
bool action_may_move(action_state from, action_state to);

/* A decision. The key is (track, entity, cycle, offset, ordinal, way): neither the revision nor the address is in it.
 */
typedef struct store_action {
  int64_t id; /* given by the store */
  slice track;
  store_entity entity;
  int64_t cycle;
  slice offset;    /* as written: "5bd", "0d"; a standing rule's name and firing; an `every`'s period */
  int32_t ordinal; /* of the action in its rung */
  int32_t way;     /* 0: the decision itself; else the way of its action that stands in for a refused one */

  int32_t on;      /* civil date of the decision */
  slice customer;  /* customer id */
  slice ladder;    /* its name, empty without one */
  slice rung;      /* as the plan prints it */
  slice action;    /* as the plan prints it, holes filled */
  slice recipient; /* address, or "no contact" */
  slice channel, template;
  int64_t revision;
  int64_t lead;                      /* the action whose message this one joined; 0: its own */
  slice message_hash;                /* of the rendered message; empty until rendered */
  int64_t not_before_us, expires_us; /* 0: none */
  action_state state;
  slice reason; /* of held, suppressed, deferred, rejected, ... */
  /* What it comes to, of a bill or an adjusted price. */
  slice currency;
  bool has_amount, has_amount_was;
  int64_t amount, amount_was; /* `amount_was`: the price before */
  slice computed;             /* how */
} store_action;

/* Inserts unless a decision with that key is there. *is_new says which; *id is the id in both cases. */
STORE_MUST store_code store_action_put(store *s, const store_action *a, int64_t *id, bool *is_new);
/* Moves from one state to another; *moved is false where it was not in `from` any more (somebody else was faster). A
 * move that moves.def does not have is a misuse. */
STORE_MUST store_code store_action_move(store *s, int64_t id, action_state from, action_state to, slice reason,
                                        bool *moved);

/* ---- Audit log ----------------------------------------------------------------------------------------------------
 */

#define STORE_HASH_BYTES 32

/* One entry. `detail` is a JSON object; personal data stay outside of the log (it can never be erased). */
typedef struct store_event {
  slice kind; /* "import", "decide", "send", ... */
  slice actor;
  slice subject; /* "invoice A-1", "plan 2026-03-02" */
  slice detail;
} store_event;
STORE_MUST store_code store_audit_append(store *s, const store_event *e);
/* Walks the chain. *entries: how many; *broken_at: the first whose content or link does not fit, 0: none. An entry
 * taken off the end shows because the head is kept apart. */
STORE_MUST store_code store_audit_verify(store *s, int64_t *entries, int64_t *broken_at);

#endif
