/* Shared by the files of the connector to Tryton: the session, calls and their errors, the mapping.
 *
 * Invariants: of an error's words nothing goes on but its class and our own sentence: they may name a person; amounts
 * are read as decimals, never as floats. */
#ifndef DUN_ERP_TRYTON_IMPL_H
#define DUN_ERP_TRYTON_IMPL_H

#include "erp.h"
#include "lang/base/text.h"
#include "stdlib/net/json.h"

typedef enum tryton_reading { TRYTON_LATER, TRYTON_FAIL } tryton_reading;
typedef enum tryton_writing { TRYTON_W_REJECTED, TRYTON_W_RETRY, TRYTON_W_DOWN, TRYTON_W_UNKNOWN } tryton_writing;
typedef struct tryton_error {
  const char *key; /* "404", "UserError" */
  tryton_reading reading;
  tryton_writing writing;
  const char *words, *remedy;
} tryton_error;
const tryton_error *tryton_error_at(size_t i); /* the table; NULL past its end */
/* "there is no such database (404): look at ..." */
slice tryton_error_words(const tryton_error *x, int status, arena *perm);

typedef struct tryton_names { /* of categories, by their ids */
  bool asked;
  struct tryton_name {
    int64_t id;
    slice text;
  } * v;
  size_t n;
} tryton_names;

typedef enum tryton_feed_id { TRYTON_PARTIES, TRYTON_RECEIVABLES, TRYTON_FEED_COUNT } tryton_feed_id;
extern const erp_feed TRYTON_FEEDS[TRYTON_FEED_COUNT];

struct erp {
  world *w;
  arena *perm;
  api *api;
  slice path;           /* "/database/" */
  slice user, language; /* who logs in */
  secret password;
  slice company_name; /* as the connect line has it; empty: the user's own */
  int64_t company;    /* 0: not asked for yet */
  currency home;      /* the company's */
  slice category;     /* parties of that one alone; empty: all */
  bool by_year;       /* "2026/INV-7" */
  bool logged_in;
  uint32_t page_rows;
  uint32_t asked; /* the number of the next call */
  tryton_names categories;
};

/* ---- calls (tryton.c) ---- */

/* `result` counts where it is `fine`; else `error` or the network says why. */
typedef struct tryton_answer {
  bool fine;
  const json *result;
  const tryton_error *error;
  http_answer http;
} tryton_answer;

typedef struct tryton_call {
  const char *method; /* "model.party.party.search_read" */
  slice params;       /* a JSON list */
} tryton_call;

/* All may be asked again: they read, or doing them twice is doing them once. */
void tryton_ask_all(erp *e, const tryton_call *calls, size_t n, tryton_answer *out, arena *perm);
tryton_answer tryton_ask(erp *e, const char *method, slice params, arena *perm);
/* This leaves once. */
tryton_answer tryton_do(erp *e, const char *method, slice params, arena *perm);
/* An answer as the code of a page: ERP_END where it is fine. */
erp_code tryton_asked(erp *e, const tryton_answer *a, erp_failure *f, arena *perm);
/* Which company's books are read: asked for once. False: *f says why it is not known. */
bool tryton_company(erp *e, erp_failure *f, arena *perm);
/* "{"company":1}"; `inactive`: what is switched off counts too. */
slice tryton_context(const erp *e, bool inactive, arena *perm);
/* In quotes, as a JSON text. */
slice tryton_quoted(slice s, arena *perm);

/* ---- values (tryton_map.c) ---- */

bool tryton_date(const json *j, civil_date *out);
slice tryton_date_written(civil_date d, arena *perm);
/* A moment of the database's own clock, in seconds; false: null. */
bool tryton_moment(const json *j, int64_t *out);
slice tryton_moment_written(int64_t seconds, arena *perm);
const json *tryton_row_of(const json *rows, int64_t id); /* by `id`; NULL: it is not among them */

/* ---- mapping (tryton_map.c) ---- */

/* Of each party: its own ways of contact and addresses are among those of the page. */
store_code tryton_put_party(erp *e, erp_page *p, const json *party, const json *contacts, const json *addresses);
/* An invoice's lines to pay, each a row; `rows`: these and those that pay it. */
store_code tryton_put_invoice(erp *e, erp_page *p, const json *invoice, const json *rows);
/* A receivable that is no invoice's: an opening balance, a credit that nobody has applied yet. */
store_code tryton_put_entry(erp *e, erp_page *p, const json *line);

/* ---- the rest ---- */

/* The fields that tryton_put_... read, as JSON lists. */
#define TRYTON_LINE_FIELDS                                                                                             \
  "[\"debit\",\"credit\",\"amount_second_currency\",\"second_currency.code\",\"maturity_date\",\"date\","              \
  "\"reconciliation\",\"reconciliation.date\"]"

erp_code tryton_page(erp *e, erp_page *p, erp_failure *f);
erp_code tryton_read(erp *e, erp_page *p, slice source_id, bool *there, erp_failure *f);
send_result tryton_write(erp *e, const erp_order *o, arena *perm);
send_result tryton_find(erp *e, const erp_order *o, int64_t begun_s, arena *perm);

#endif
