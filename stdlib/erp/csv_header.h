/* The header line of a CSV file: which separator it has, which table it is for, which column is what. */
#ifndef DUN_ERP_CSV_HEADER_H
#define DUN_ERP_CSV_HEADER_H

#include "csv_cell.h"
#include "csv_read.h"
#include "runtime/store/store.h"

typedef struct csv_column {
  slice title; /* as the file has it */
  slice name;  /* of the store's column, or of the custom field */
  store_type type;
  bool custom, ignored; /* ignored: what a rejects file has in front */
} csv_column;

typedef struct csv_header {
  store_table table;
  csv_column column[CSV_COLUMNS_MAX];
  size_t count;
} csv_header;

char csv_separator(slice header_line);

/* The table that a file's name speaks of; false: none. */
bool csv_table_of_name(slice file_name, store_table *table);
/* The table whose required columns are all there; false: none. */
bool csv_table_of_columns(const slice *titles, size_t count, arena *scratch, store_table *table);

/* NULL: fine. Otherwise what is wrong: a required column is missing, two columns are one, a column has no name. */
const char *csv_read_header(csv_header *h, store_table table, const slice *titles, size_t count, arena *perm);

/* The same without asking for the required ones. */
const char *csv_name_columns(csv_header *h, store_table table, const slice *titles, size_t count, arena *perm);

bool csv_is_required(store_table table, slice name);

/* The index of a store's column, h->count where the file lacks it. */
size_t csv_column_at(const csv_header *h, const char *name);

/* The stored word for a cell of a column with fixed words (status, kind); NULL: it is none of them. */
const char *csv_word(store_table table, const char *column, slice cell, arena *scratch);

#endif
