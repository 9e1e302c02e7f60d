/* One row of a CSV file on its way into the store: its cells become values, or a reason why not. */
#ifndef DUN_ERP_CSV_ROW_H
#define DUN_ERP_CSV_ROW_H

#include "csv_header.h"
#include "csv_series.h"

#define CSV_REASON_MAX 320
#define CSV_WORD_MEMO 8

typedef struct csv_rows {
  const csv_header *h;
  csv_dialect dialect;
  store *s;
  store_writer *to;      /* NULL: a file of series */
  csv_series *series;    /* NULL: any other file */
  bool currency_assumed; /* the row at hand names none */
  bool about_customer;   /* the row at hand is an event of an ERP */
  currency currency_default;
  size_t at[CSV_COLUMNS_MAX]; /* the writer's column of each of the file's */
  bool required[CSV_COLUMNS_MAX];
  /* Columns of the writer; SIZE_MAX: it has none. */
  size_t to_currency, to_status, to_open, to_amount, to_day, to_value, to_name, to_said;
  /* Columns of the file; h->count: it has none. */
  size_t currency_at, status_at, open_at, kind_at, value_at, invoice_at;
  arena *perm;
  char *room; /* for sets and canonical values; CSV_RECORD_MAX bytes */
  size_t room_n;
  struct {
    slice said;
    const char *word;
  } memo[CSV_WORD_MEMO]; /* words of the last rows, so that they are not folded again */
  size_t memo_next;
  currency currency_last;
  char currency_last_code[4];
  char reason[CSV_REASON_MAX];
} csv_rows;

/* Opens the writer with the file's columns and what they leave out. */
STORE_MUST store_code csv_rows_open(csv_rows *x, store *s, const csv_header *h, csv_dialect dialect, currency fallback,
                                    arena *perm);
void csv_rows_close(csv_rows *x);

/* Puts the reader's row. *why is NULL, or says why it was rejected (valid until the next row). */
STORE_MUST store_code csv_row_put(csv_rows *x, const csv_reader *r, store_put *outcome, const char **why);

#endif
