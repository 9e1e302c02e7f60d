/* PostgreSQL as an engine of sql.c: the one file that includes libpq's header. Rows come through a cursor of the
 * server's, so that a result of any length costs a page of memory.
 *
 * Invariants: what reads runs in a transaction that is read-only by PostgreSQL's own word; every wait has an end; of
 * the server's words those go on that speak of the statement, and none that may hold a value of a row. */
#include <postgresql/libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "lang/base/text.h"
#include "sql_impl.h"

#define CONNECT_SECONDS "10"
#define TCP_MS "60000"

struct sql_source {
  PGconn *c;
  PGresult *page;
  slice *names;
  size_t columns;
  arena *perm;
  bool asking;
};

/* ---- words ---- */

static bool has(const char *s, const char *part) { return s && strstr(s, part); }

/* The first line, without the server's prefix. */
static slice first_line(const char *s, arena *perm) {
  static const char *const HEADS[] = {"ERROR:", "FATAL:"};
  for (size_t i = 0; i < 2; i++) {
    const char *at = strstr(s, HEADS[i]);
    if (at) s = at + strlen(HEADS[i]);
  }
  return arena_slice(perm, slice_trim((slice){s, strcspn(s, "\n")}));
}

/* Why there is no connection: libpq has no code for it. */
static slice no_connection(const char *said, arena *perm) {
  static const struct {
    const char *part, *words;
  } KNOWN[] = {
      {"password authentication failed", "the database refuses user or password: look at `user` and `password`"},
      {"no password supplied", "the database asks for a password: write password from env \"...\""},
      {"no pg_hba.conf entry",
       "the database lets nobody in from here: its administrator adds this machine to pg_hba.conf"},
      {"could not translate host name", "the name of the database's host cannot be resolved"},
      {"timeout expired", "the database did not answer in time"},
      {"Connection refused", "the database cannot be reached: the connection was refused"},
      {"No such file or directory", "the database cannot be reached: no server listens at that socket"},
      {"certificate", "the certificate of the database's server is not valid: look at sslmode and sslrootcert"},
      {"server does not support SSL", "the server offers no encryption: let it, or write ?sslmode=disable behind the "
                                      "address where nobody else can listen"},
      {"too many", "the database takes no more connections for now"},
      {"starting up", "the database is starting"},
      {"shutting down", "the database is shutting down"},
  };
  for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
    if (has(said, KNOWN[i].part)) return slice_of(KNOWN[i].words);
  if (has(said, "database \"") && has(said, "does not exist")) return SLICE("there is no database of that name");
  if (has(said, "role \"") && has(said, "does not exist")) return SLICE("the database does not know that user");
  return arena_printf(perm, "PostgreSQL says: %.*s", SLICE_ARG(first_line(said, perm)));
}

/* Classes whose words speak of the statement alone; of others the code is said. */
static slice words(const sql_source *s, const PGresult *r, arena *perm) {
  static const struct {
    const char *state, *words;
  } KNOWN[] = {
      {"57014", "the query took longer than it may: let it ask for less, or give it an index"},
      {"25006", "the query wants to change something: it may only read"},
      {"22P02", "a value in the query cannot be converted (22P02): look at its casts"},
      {"40001", "another transaction was faster: it is read again with the next sync"},
  };
  const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
  const char *primary = r ? PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY) : NULL;
  if (!state) {
    if (PQstatus(s->c) != CONNECTION_OK) return SLICE("the connection to the database broke");
    return arena_printf(perm, "PostgreSQL says: %.*s", SLICE_ARG(first_line(PQerrorMessage(s->c), perm)));
  }
  for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
    if (strcmp(state, KNOWN[i].state) == 0) return slice_of(KNOWN[i].words);
  if ((memcmp(state, "42", 2) == 0 || memcmp(state, "0A", 2) == 0) && primary)
    return arena_printf(perm, "PostgreSQL says: %.*s", SLICE_ARG(first_line(primary, perm)));
  return arena_printf(perm, "PostgreSQL reports the error %s: its log has the words", state);
}

/* ---- the connection ---- */

/* Encryption is asked for wherever bytes leave this machine and the address does not say otherwise. */
static const char *sslmode_of(const char *address) {
  char *wrong = NULL;
  PQconninfoOption *all = PQconninfoParse(address, &wrong);
  bool away = false, here = true;
  PQfreemem(wrong);
  for (PQconninfoOption *o = all; o && o->keyword; o++) {
    if (strcmp(o->keyword, "host") != 0 && strcmp(o->keyword, "hostaddr") != 0) continue;
    if (!o->val || !*o->val) continue;
    here = o->val[0] == '/' || strcmp(o->val, "localhost") == 0 || strcmp(o->val, "127.0.0.1") == 0 ||
           strcmp(o->val, "::1") == 0;
    away |= !here;
  }
  PQconninfoFree(all);
  return away ? "require" : "prefer";
}

static bool set_up(sql_source *s, bool to_write, slice *why) {
  static const char *const SETTINGS[] = {"SET statement_timeout = '120s'",
                                         "SET lock_timeout = '30s'",
                                         "SET idle_in_transaction_session_timeout = '15min'",
                                         "SET datestyle = 'ISO, YMD'",
                                         "SET client_encoding = 'UTF8'",
                                         "SET bytea_output = 'hex'",
                                         "SET default_transaction_read_only = on"};
  size_t n = sizeof SETTINGS / sizeof *SETTINGS;
  for (size_t i = 0; i < n - to_write; i++) {
    PGresult *r = PQexec(s->c, SETTINGS[i]);
    bool fine = PQresultStatus(r) == PGRES_COMMAND_OK;
    if (!fine) *why = words(s, r, s->perm);
    PQclear(r);
    if (!fine) return false;
  }
  return true;
}

static void pg_close(sql_source *s) {
  if (!s) return;
  PQclear(s->page);
  PQfinish(s->c);
  free(s);
}

static sql_source *pg_open(const sql_place *at, bool to_write, arena *perm, slice *why) {
  const char *names[] = {
      "connect_timeout", "tcp_user_timeout", "application_name", "sslmode", "dbname", "user", "password", NULL};
  const char *values[] = {CONNECT_SECONDS,
                          TCP_MS,
                          "dun",
                          sslmode_of(at->address),
                          at->address,
                          at->user,
                          secret_reveal(&at->password),
                          NULL};
  sql_source *s = calloc(1, sizeof *s);
  if (!s) arena_exhausted();
  s->perm = perm;
  s->c = PQconnectdbParams(names, values, 1);
  if (!s->c) arena_exhausted();
  if (PQstatus(s->c) != CONNECTION_OK)
    *why = no_connection(PQerrorMessage(s->c), perm);
  else if (set_up(s, to_write, why))
    return s;
  pg_close(s);
  return NULL;
}

/* ---- reading ---- */

static bool ran(sql_source *s, PGresult *r, arena *perm, slice *why) {
  ExecStatusType status = PQresultStatus(r);
  bool fine = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
  if (!fine) *why = words(s, r, perm);
  PQclear(r);
  return fine;
}

static void pg_done(sql_source *s) {
  PQclear(s->page);
  s->page = NULL;
  if (s->asking) PQclear(PQexec(s->c, "ROLLBACK"));
  s->asking = false;
}

static PGresult *send(sql_source *s, const sql_statement *q, const char *head, arena *scratch) {
  const char *values[SQL_VALUES_MAX];
  for (size_t i = 0; i < q->values; i++) values[i] = q->value[i].p ? arena_copy(scratch, q->value[i]) : NULL;
  const char *whole = arena_printf(scratch, "%s%.*s", head, SLICE_ARG(q->text)).p;
  return PQexecParams(s->c, whole, (int)q->values, NULL, values, NULL, NULL, 0);
}

static bool pg_ask(sql_source *s, const sql_statement *q, arena *scratch, slice *why) {
  pg_done(s);
  s->names = NULL;
  s->asking = true;
  if (ran(s, PQexec(s->c, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"), scratch, why) &&
      ran(s, send(s, q, "DECLARE dun NO SCROLL CURSOR FOR ", scratch), scratch, why))
    return true;
  pg_done(s);
  return false;
}

/* A boolean is written t or f: as words both are read the same everywhere. */
static slice cell_of(const PGresult *p, int row, int column) {
  enum { BOOLEAN = 16 };
  if (PQgetisnull(p, row, column)) return (slice){0};
  slice s = {PQgetvalue(p, row, column), (size_t)PQgetlength(p, row, column)};
  if (PQftype(p, column) == BOOLEAN) return *s.p == 't' ? SLICE("true") : SLICE("false");
  return s;
}

static bool pg_fetch(sql_source *s, size_t most, arena *scratch, sql_rows *out, slice *why) {
  char fetch[64];
  *out = (sql_rows){.rows = 0};
  PQclear(s->page);
  snprintf(fetch, sizeof fetch, "FETCH FORWARD %zu FROM dun", most);
  s->page = PQexec(s->c, fetch);
  if (PQresultStatus(s->page) != PGRES_TUPLES_OK) {
    *why = words(s, s->page, scratch);
    return false;
  }
  size_t rows = (size_t)PQntuples(s->page), columns = (size_t)PQnfields(s->page);
  if (!s->names) {
    s->columns = columns;
    s->names = ARENA_ARRAY(s->perm, columns + 1, slice);
    for (size_t i = 0; i < columns; i++) s->names[i] = arena_slice(s->perm, slice_of(PQfname(s->page, (int)i)));
  }
  slice *cells = ARENA_ARRAY(scratch, rows * columns + 1, slice);
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < columns; i++) cells[r * columns + i] = cell_of(s->page, (int)r, (int)i);
  *out = (sql_rows){.names = s->names, .cells = cells, .columns = columns, .rows = rows};
  return true;
}

/* ---- changing ---- */

static send_result said(send_outcome outcome, slice detail) {
  return (send_result){.outcome = outcome, .detail = detail};
}

static send_result pg_change(sql_source *s, const sql_statement *q, arena *perm) {
  slice why = {0};
  pg_done(s);
  if (!ran(s, PQexec(s->c, "BEGIN"), perm, &why)) return said(SEND_RETRY, why);
  s->asking = true;
  PGresult *r = send(s, q, "", perm);
  long changed = strtol(PQcmdTuples(r), NULL, 10);
  const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
  bool later = state && (memcmp(state, "40", 2) == 0 || memcmp(state, "55", 2) == 0 || memcmp(state, "57", 2) == 0);
  later |= PQstatus(s->c) != CONNECTION_OK; /* nothing was committed */
  if (!ran(s, r, perm, &why)) {
    pg_done(s);
    return said(later ? SEND_RETRY : SEND_REJECTED, why);
  }
  if (changed != 1) {
    pg_done(s);
    return said(SEND_REJECTED,
                arena_printf(perm, "the statement would have changed %ld rows, and it must be one", changed));
  }
  s->asking = false;
  if (ran(s, PQexec(s->c, "COMMIT"), perm, &why)) return said(SEND_ACCEPTED, (slice){0});
  return said(SEND_UNKNOWN, why); /* the answer to COMMIT alone is missing */
}

const sql_engine SQL_POSTGRES = {
    .words = "PostgreSQL",
    .value = "$%zu",
    .since = "($%zu::timestamptz)",
    .open = pg_open,
    .close = pg_close,
    .ask = pg_ask,
    .fetch = pg_fetch,
    .done = pg_done,
    .change = pg_change,
};
