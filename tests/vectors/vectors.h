/* The vector runner: data files in, one verdict a case out. A file's check is one function over its rows. */
#ifndef DUN_TESTS_VECTORS_H
#define DUN_TESTS_VECTORS_H

#include <stddef.h>

#include "lang/base/arena.h"
#include "lang/base/calendar.h"
#include "lang/base/slice.h"

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

void check_fees(run *r, const table *t);
void check_business_days(run *r, const table *t);
void check_dates(run *r, const table *t);
void check_daycount(run *r, const table *t);
void check_holidays_br(run *r, const table *t);
void check_holidays_intl(run *r, const table *t);

/* The late days of a case by its due rule, for business_days.csv. */
slice late_days_text(run *r, slice due, slice on, slice rule, const calendar *c);

#endif
