/* The vector runner: data files in, one verdict a case out. A file's check is one function over its rows. */
#ifndef DUN_TESTS_VECTORS_H
#define DUN_TESTS_VECTORS_H

#include <stddef.h>

#include "lang/base/arena.h"
#include "lang/base/calendar.h"
#include "lang/base/slice.h"
#include "lang/base/tz.h"

#define COLUMNS_MAX 32

typedef struct row {
  slice cell[COLUMNS_MAX];
} row;

typedef struct table {
  slice column[COLUMNS_MAX];
  size_t columns, count;
  row *rows;
} table;

typedef struct run {
  arena *perm;
  const char *folder; /* of the vectors */
  unsigned passed, failed;
} run;

/* The cell of a column; empty where the file has no such column. */
slice cell(const table *t, const row *r, const char *column);
/* A case: prints its id with expected and got where they differ. */
void judge(run *r, slice id, slice expected, slice got);
/* A calendar of its name, built once a run; NULL (and a failed case) where there is none. */
const calendar *calendar_named(run *r, slice name);
slice date_slice(run *r, civil_date d);
long number_of(slice s);
/* Takes the part in front of `separator` off `*s`; all of it where there is none. */
slice take_part(slice *s, char separator);
/* Another file of the folder; no rows where there is none. */
table read_table(run *r, const char *name);
/* Money in two decimals as a count of cents, and back; an empty cell is 0. */
bool cents_of(slice s, int64_t *out);
slice cents_slice(run *r, int64_t n);
/* A zone of the system; NULL where it has none of that name. */
const tz *zone_named(run *r, slice name);
/* "2026-03-01T02:59:59", with or without Z */
bool read_time(slice s, civil_date *d, int32_t *second);
slice time_text(run *r, civil_date d, int32_t second, const char *end);

void check_fees(run *r, const table *t);
void check_business_days(run *r, const table *t);
void check_dates(run *r, const table *t);
void check_daycount(run *r, const table *t);
void check_holidays_br(run *r, const table *t);
void check_holidays_intl(run *r, const table *t);
void check_billing(run *r, const table *t);
void check_index_series(run *r, const table *t);
void check_indexation(run *r, const table *t);
void check_allocation(run *r, const table *t);
void check_contact(run *r, const table *t);
void check_metrics(run *r, slice json);

/* The late days of a case by its due rule, for business_days.csv. */
slice late_days_text(run *r, slice due, slice on, slice rule, const calendar *c);

#endif
