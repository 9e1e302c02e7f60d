/* Reports: figures and tables over the books and the store, each figure with the rows that it sums. The same for `dun
 * report`, the page, CSV and PDF, which only show it.
 *
 * Invariants: sums of two currencies are never added but at the policy's own rates, and said so; a ratio over nothing,
 * or of a day that the store knows too little of, is not known, and a note says why; the formulas are those of
 * lang/base/metrics.h. */
#ifndef DUN_ENGINE_METRICS_REPORT_H
#define DUN_ENGINE_METRICS_REPORT_H

#include "lang/base/exchange.h"
#include "metrics_books.h"

/* REPORT(id, title) */
#define METRICS_REPORTS(REPORT)                                                                                        \
  REPORT(aging, "Aging")                                                                                               \
  REPORT(dso, "Days sales outstanding and collection")                                                                 \
  REPORT(effectiveness, "Promises and recovery")                                                                       \
  REPORT(activity, "Activity")                                                                                         \
  REPORT(contracts, "Contracts")
typedef enum metrics_report {
#define REPORT(id, title) METRICS_##id,
  METRICS_REPORTS(REPORT)
#undef REPORT
      METRICS_REPORT_COUNT
} metrics_report;
const char *metrics_report_name(metrics_report r);
const char *metrics_report_title(metrics_report r);
bool metrics_report_find(slice name, metrics_report *out) __attribute__((warn_unused_result));

/* GROUP(id): what an aging's lines are about. */
#define METRICS_GROUPS(GROUP) GROUP(all) GROUP(customer) GROUP(segment) GROUP(owner)
typedef enum metrics_group {
#define GROUP(id) METRICS_BY_##id,
  METRICS_GROUPS(GROUP)
#undef GROUP
      METRICS_GROUP_COUNT
} metrics_group;
bool metrics_group_find(slice name, metrics_group *out) __attribute__((warn_unused_result));
const char *metrics_group_name(metrics_group g);

enum { METRICS_EDGES_MAX = 12, METRICS_WITHIN_DAYS = 7, METRICS_DAYS_MAX = 3660, METRICS_TREND_MONTHS = 12 };

typedef struct metrics_asked {
  metrics_report report;
  civil_date from, to; /* both included */
  metrics_group group;
  bool home;           /* sums in the policy's currency besides, at the rates of the day */
  bool people;         /* who did what is for those who may know */
  int32_t within_days; /* after a message a payment counts as following it */
  int32_t edges[METRICS_EDGES_MAX];
  uint32_t edge_count;
  uint32_t rows_max; /* of an aging by customer: the largest ones; 0: all */
  /* of the policy: metrics_policy */
  fee_due due_rule;
  const calendar *cal;
  const exchange *rates; /* NULL: the policy has none */
  currency home_cur;     /* CURRENCY_NONE: unsaid */
  duration promise_grace;
  const struct tz *zone; /* NULL: UTC */
} metrics_asked;

/* What the policy says of due dates, rates and promises; the calendar lives in `perm`. Edges 30, 60, 90 and what else
 * is usual. */
void metrics_policy(const program *p, arena *perm, metrics_asked *out);
/* "15,30,60": rising whole numbers from 1. */
bool metrics_edges_read(slice s, metrics_asked *out) __attribute__((warn_unused_result));
/* The period of the same length before; of whole months as many months. */
void metrics_before(civil_date from, civil_date to, civil_date *before_from, civil_date *before_to);

typedef enum metrics_kind {
  METRICS_TEXT,
  METRICS_COUNT,
  METRICS_MONEY,
  METRICS_DAYS,
  METRICS_PERCENT,
  METRICS_DATE,
  METRICS_SAID /* a text of ours, in the reader's language where it is shown */
} metrics_kind;

typedef struct metrics_value {
  metrics_kind kind;
  bool known;
  int64_t n; /* COUNT, MONEY, DATE */
  currency cur;
  ratio r; /* DAYS, PERCENT */
  slice text;
} metrics_value;

/* One number of the report. Words are canonical English; `rows` is what metrics_rows is asked for it: empty where there
 * are none. */
typedef struct metrics_figure {
  const char *name, *title, *how;
  currency cur; /* CURRENCY_NONE: it has none */
  metrics_value now, before;
  slice rows;
} metrics_figure;

typedef struct metrics_column {
  const char *name, *title;
  metrics_kind kind;
} metrics_column;

/* `cells`: row by row; `rows`: one a cell, what it sums; empty: nothing to open. */
typedef struct metrics_table {
  const char *name, *title;
  const char *chart; /* "stack", "line", "bar"; NULL: none. Over the first column of text or date */
  metrics_column *columns;
  uint32_t column_count;
  metrics_value *cells;
  slice *rows;
  uint32_t row_count, row_room;
} metrics_table;

enum { METRICS_FIGURES_MAX = CURRENCY_COUNT * 12, METRICS_TABLES_MAX = 16, METRICS_NOTES_MAX = 16 };

typedef struct metrics_result {
  metrics_report report;
  civil_date from, to, before_from, before_to;
  metrics_figure *figures;
  uint32_t figure_count;
  metrics_table *tables;
  uint32_t table_count;
  slice *notes; /* canonical English, for texts_said */
  uint32_t note_count;
  arena *perm;
} metrics_result;

STORE_MUST store_code metrics_make(const books *b, store *s, const metrics_asked *a, arena *perm, metrics_result *out);

/* The rows of a number: `which` is a figure's or a cell's `rows`, `after` the key of the last one shown. */
typedef struct metrics_page {
  metrics_table table;
  slice next; /* empty: that was all */
  bool known; /* false: `which` or `after` is nothing of ours */
} metrics_page;
STORE_MUST store_code metrics_rows(const books *b, store *s, const metrics_asked *a, slice which, slice after,
                                   uint32_t limit, arena *perm, metrics_page *out);

/* "1234.50", "12.34", "2026-03-31"; empty where it is not known. */
slice metrics_plain(const metrics_value *v, arena *perm);
/* As a reader of the language writes it; empty where it is not known. */
slice metrics_text(const metrics_value *v, dun_lang lang, arena *perm);

/* ---- between the files ---- */

metrics_value metrics_money(int64_t minor, currency cur);
metrics_value metrics_count_of(int64_t n);
metrics_value metrics_ratio(metrics_kind kind, ratio r);
metrics_value metrics_word(slice s);
metrics_value metrics_said(const char *english);
metrics_value metrics_day(int32_t day);
metrics_value metrics_unknown(metrics_kind kind);

metrics_figure *metrics_add_figure(metrics_result *r, const char *name, const char *title, const char *how,
                                   currency cur);
metrics_table *metrics_add_table(metrics_result *r, const char *name, const char *title, const metrics_column *columns,
                                 uint32_t count);
/* The cells of a new row; `*rows` what each opens. */
metrics_value *metrics_add_row(metrics_result *r, metrics_table *t, slice **rows);
void metrics_note(metrics_result *r, slice english);

/* The currencies of the ledger, in the order of their codes. */
uint32_t metrics_currencies(const books *b, currency out[CURRENCY_COUNT]);
/* Whether the store knows what was owed on the day. */
bool metrics_knows(const books *b, civil_date on);

/* A text as a value of `rows`: "segment=%C3%A9lite". */
slice metrics_escaped(slice s, arena *perm);
/* A currency's worth in the policy's own on a day, summed exactly; unknown where there is no rate. */
metrics_value metrics_home(const exchange_day *x, const int64_t *sums, size_t stride, const currency *cur,
                           uint32_t count);

/* Which bucket a due date falls in on a day: metrics_aging, asked once a due date. */
typedef struct metrics_buckets {
  aging_terms terms;
  int32_t first, last; /* due dates that are in `of` */
  uint8_t *of;
  uint16_t *late;
} metrics_buckets;
metrics_buckets metrics_buckets_of(const metrics_asked *a, civil_date on, arena *perm);
uint8_t metrics_bucket(const metrics_buckets *k, int32_t due);
int32_t metrics_days_overdue(const metrics_buckets *k, int32_t due);

/* What was owed on a day, by currency. */
typedef struct metrics_owed {
  int64_t total, current;
  int64_t invoices;
} metrics_owed;
void metrics_owed_of(const books *b, const book_position *p, const metrics_buckets *k,
                     metrics_owed out[CURRENCY_COUNT]);
void metrics_sales_of(const books *b, civil_date from, civil_date to, int64_t out[CURRENCY_COUNT]);
/* A payment counts on its day, unless it was taken back by the end. */
bool metrics_is_paid(const book_payment *p, civil_date from, civil_date to);

store_code metrics_make_aging(const books *b, store *s, const metrics_asked *a, metrics_result *r);
store_code metrics_make_dso(const books *b, const metrics_asked *a, metrics_result *r);
store_code metrics_make_effectiveness(const books *b, store *s, const metrics_asked *a, metrics_result *r);
store_code metrics_make_activity(const books *b, store *s, const metrics_asked *a, metrics_result *r);
store_code metrics_make_contracts(const books *b, store *s, const metrics_asked *a, metrics_result *r);

/* The instant at which a day begins. */
int64_t metrics_begins(const metrics_asked *a, civil_date day);

/* A promise is judged among those of its period, unless it was over before its day. */
bool metrics_promise_counts(const book_promise *p, civil_date from, civil_date to);
promise_case metrics_promise_case(const books *b, const metrics_asked *a, const book_promise *p, civil_date to,
                                  arena *perm);

/* Messages of a period with what followed them. */
typedef struct metrics_ask {
  uint32_t invoice;
  int32_t day;
  int64_t action, asked, recovered;
  currency cur;
  uint32_t step, channel, by_template; /* into the texts */
} metrics_ask;
typedef struct metrics_asks {
  metrics_ask *v; /* by invoice, then day, then as they were sent */
  uint32_t n;
  const slice *texts;
  uint32_t text_count;
} metrics_asks;
STORE_MUST store_code metrics_asks_of(const books *b, store *s, const metrics_asked *a, civil_date from, civil_date to,
                                      arena *perm, metrics_asks *out);

/* Billed against contracted, of a period, per contract of the books. */
typedef struct metrics_leaks {
  leakage_line *lines;
  bool known; /* something tells what was billed */
} metrics_leaks;
STORE_MUST store_code metrics_leaks_of(const books *b, store *s, civil_date from, civil_date to, arena *perm,
                                       metrics_leaks *out);
/* A contract's revenue of a month on a day; false: its period or its price is not known. */
bool metrics_monthly(const books *b, uint32_t contract, civil_date on, rational *mrr);

#endif
