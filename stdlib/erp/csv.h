/* The CSV connector: a ledger's customers, invoices, contracts and events from files into the store.
 *
 * Invariants: all files of an import go in together, in one transaction, or none; every row is stored, unchanged or
 * rejected with its line and a reason (rows = added + changed + unchanged + rejected); the same file again changes
 * nothing. */
#ifndef DUN_ERP_CSV_H
#define DUN_ERP_CSV_H

#include "csv_cell.h"
#include "runtime/store/store.h"

#define CSV_CURRENCY_ASSUMED "BRL"
#define CSV_REASONS_MAX 10 /* kept for the report; all are in the rejects file */

typedef struct csv_options {
  csv_dialect dialect;        /* what is declared; unknown: the file must show it */
  slice currency;             /* of rows that name none; empty: CSV_CURRENCY_ASSUMED */
  const char *rejects;        /* the rejects file (with several files: a folder); NULL: see below */
  const char *rejects_folder; /* where rejects files get names of their own; NULL: none are written */
  void (*at)(void *self, const char *file, uint64_t done_bytes, uint64_t total_bytes); /* NULL is allowed */
  void *self;
  /* A sentence of the import in the reader's language, in `perm`; NULL: English. */
  const char *(*say)(void *self, arena *perm, const char *english);
  void *say_self;
  /* Within the import's transaction, when all rows are in: what is kept of it beside. NULL is allowed. */
  STORE_MUST store_code (*also)(void *self, store *s);
  void *also_self;
} csv_options;

typedef struct csv_reason {
  uint64_t line;
  const char *text;
} csv_reason;

typedef struct csv_file {
  const char *path;
  store_table table;
  uint64_t rows, added, changed, unchanged, rejected;
  uint64_t assumed; /* new rows in the currency that is assumed where neither they nor the options say one */
  csv_reason reason[CSV_REASONS_MAX];
  size_t reasons;
  const char *rejects; /* the file they are in; NULL: none was written */
} csv_file;

typedef struct csv_report {
  csv_file *file;
  size_t count;
  slice *skipped; /* CSV files of a folder whose name says nothing to us */
  size_t skipped_count;
  const char *error; /* of a refused or failed import: says the file, the line and what to do */
} csv_report;

typedef enum csv_status {
  CSV_DONE,    /* committed; rejects may be there */
  CSV_REFUSED, /* a file cannot be read as what it should be: nothing was changed */
  CSV_FAILED   /* the store, the disk or a file failed: nothing was changed */
} csv_status;

/* Each path is a CSV file or a folder with customers.csv, invoices.csv, contracts.csv, events.csv, indices.csv (also in
 * Portuguese and Spanish). The report lives in `perm`. */
STORE_MUST csv_status csv_import(world *w, store *s, const char *const *paths, size_t count, const csv_options *o,
                                 arena *perm, csv_report *report);

/* The folder in a private store of its own, gone when that is closed. On failure *out is NULL. */
STORE_MUST csv_status csv_load(world *w, const char *folder, const csv_options *o, arena *perm, store **out,
                               csv_report *report);

#endif
