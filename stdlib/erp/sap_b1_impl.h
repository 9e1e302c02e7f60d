/* Shared by the files of the connector to SAP Business One: the session, calls and their errors, the mapping.
 *
 * Invariants: of an error's words nothing goes on but its code and our own sentence: they may name a person; amounts
 * are read as decimals, never as floats. */
#ifndef DUN_ERP_SAP_B1_IMPL_H
#define DUN_ERP_SAP_B1_IMPL_H

#include "erp.h"
#include "lang/base/text.h"
#include "stdlib/net/json.h"

/* What items and prices are about: nobody among the customers. */
#define SAP_B1_NOBODY "sap_b1"
#define SAP_B1_BLOCKED "dunning_blocked" /* a tag */

typedef enum sap_reading { SAP_LOGIN, SAP_GONE, SAP_AGAIN, SAP_LATER, SAP_FAIL } sap_reading;
typedef enum sap_writing { SAP_W_REJECTED, SAP_W_RETRY, SAP_W_DOWN, SAP_W_LOOK, SAP_W_UNKNOWN } sap_writing;
typedef struct sap_error {
  int status, code;
  sap_reading reading;
  sap_writing writing;
  const char *words, *remedy;
} sap_error;
const sap_error *sap_error_at(size_t i); /* the table; NULL past its end */
/* "the user may not do that (403, -1): give the user ..." */
slice sap_error_words(const sap_error *x, int status, int64_t code, arena *perm);

/* What is the same of a customer: a group's name, who sells to it. */
typedef struct sap_names {
  bool asked;
  struct sap_name {
    int64_t code;
    slice text;
  } * v;
  size_t n;
} sap_names;

typedef enum sap_feed_id { SAP_CUSTOMERS, SAP_INVOICES, SAP_EVENTS, SAP_FEED_COUNT } sap_feed_id;
extern const erp_feed SAP_FEEDS[SAP_FEED_COUNT];

struct erp {
  world *w;
  arena *perm;
  const connection *connect;
  api *api;
  slice company, user;
  secret password;
  int version;
  bool whole_installments; /* a document is one invoice, whatever its installments */
  bool by_series;          /* its number is written "SERIES-DocNum" */
  bool logged_in;
  bool no_time; /* this Service Layer cannot be asked for UpdateTime */
  currency home;
  uint32_t page_rows;
  sap_names groups, sellers;
};

/* ---- calls (sap_b1.c) ---- */

/* `root`: the answer's object; NULL: `error` or the network says why. */
typedef struct sap_answer {
  const json *root;
  const sap_error *error;
  int64_t code; /* the Service Layer's */
  http_answer http;
} sap_answer;

/* "/b1s/v2" and what stands behind it. */
slice sap_path(const erp *e, arena *perm, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* What a query's value is in an address. */
slice sap_query(slice value, arena *perm);
/* 'C0001' of a text key, quotes doubled, for a path or, not yet encoded, a filter. */
slice sap_quoted(slice value, arena *perm);
sap_answer sap_get(erp *e, slice path, arena *perm);
void sap_get_all(erp *e, const slice *paths, size_t n, sap_answer *out, arena *perm);
sap_answer sap_send(erp *e, const char *method, slice path, slice body, slice etag, bool safe, arena *perm);
/* A question's answer as the code of a page: ERP_END where `root` is there or it is GONE. */
erp_code sap_asked(erp *e, const sap_answer *a, erp_failure *f, arena *perm);
bool sap_is_gone(const sap_answer *a);
const json *sap_rows(const sap_answer *a);
/* The next page's path, from "/b1s"; empty: there is none. */
slice sap_next(const erp *e, const sap_answer *a, arena *perm);

/* ---- time (sap_b1_read.c) ---- */

/* "2026-11-22T05:10:00", the Service Layer's own clock. */
typedef struct sap_stamp {
  civil_date day;
  int32_t second; /* of the day */
} sap_stamp;
bool sap_stamp_of(const json *row, const char *day, const char *time, sap_stamp *out);
int sap_stamp_cmp(sap_stamp a, sap_stamp b);
sap_stamp sap_stamp_minus(sap_stamp s, int32_t seconds);
bool sap_stamp_read(slice s, sap_stamp *out);
slice sap_stamp_text(sap_stamp s, arena *perm);
/* "(UpdateDate gt '...' or ...)": what changed at that moment or after it. */
slice sap_changed_since(const erp *e, sap_stamp s, const char *day, const char *time, arena *perm);
/* The newest change of a set; false: *f says why. Of an empty set it has no day (DATE_NONE). */
bool sap_newest(erp *e, const char *set, const char *day, const char *time, sap_stamp *out, erp_failure *f,
                arena *perm);
/* From when the next scan asks; where nothing was ever changed, from yesterday. */
sap_stamp sap_overlapped(const erp *e, sap_stamp newest);
bool sap_newest_key(erp *e, const char *set, const char *key, int64_t *out, erp_failure *f, arena *perm);

/* ---- mapping (sap_b1_map.c) ---- */

/* What payments have settled of an installment, in minor units. */
typedef struct sap_applied {
  int64_t doc, installment, home, foreign; /* in the company's currency, in the document's; millionths */
} sap_applied;
typedef struct sap_applied_list {
  sap_applied *v;
  size_t n, cap;
} sap_applied_list;

bool sap_date(slice s, civil_date *out); /* "2026-03-31", "2026-03-31T00:00:00Z" */
const char *sap_language(int64_t code);  /* NULL: none that messages are written in */
store_code sap_put_customer(erp *e, erp_page *p, const json *j);
store_code sap_put_document(erp *e, erp_page *p, const json *j, bool credit, const sap_applied_list *paid);
/* Whether the store's row is still one of the document's. */
bool sap_is_row_of(const erp *e, const json *j, slice source_id);
/* Whether it takes payments to say what is open of each installment. */
bool sap_needs_payments(const erp *e, const json *j);
void sap_add_applied(sap_applied_list *l, const json *payment, arena *perm);
slice sap_name_of(erp *e, sap_names *names, const char *set, const char *code, const char *name, int64_t wanted);

/* ---- events (sap_b1_events.c) ---- */

typedef struct sap_event_row {
  const char *thing, *set, *key;
  bool key_is_text;
  const char *number, *customer, *total, *date, *made_on, *made_at, *changed_on, *changed_at, *cancelled;
} sap_event_row;
const sap_event_row *sap_event_at(size_t i); /* NULL past its end */
bool sap_wants(const erp *e, const sap_event_row *r);
erp_code sap_page_events(erp *e, erp_page *p, erp_failure *f);
hook_reader sap_hook;

/* ---- the rest ---- */

erp_code sap_page(erp *e, erp_page *p, erp_failure *f);
erp_code sap_read(erp *e, erp_page *p, slice source_id, bool *there, erp_failure *f);
slice sap_refuses(const erp_order *o, arena *perm);
send_result sap_write(erp *e, const erp_order *o, arena *perm);
send_result sap_find(erp *e, const erp_order *o, int64_t begun_s, arena *perm);

#endif
