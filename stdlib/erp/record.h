/* A record of somebody else's on its way into the store: a text a column becomes its value, or the record is rejected
 * with a sentence. What a connector by mapping (rest) and one by query (sql) share.
 *
 * Invariants: an amount is a decimal that its currency can hold, never a float and never rounded; what must be there
 * and is not rejects the record; of a rejected record's texts only what is no name and no address is shown. */
#ifndef DUN_ERP_RECORD_H
#define DUN_ERP_RECORD_H

#include "csv_cell.h"
#include "erp.h"

enum { RECORD_COLUMNS_MAX = 64 };

/* How dates are written where they are not 2026-03-31 (with or without a time behind it) or /Date(1439434356790+0000)/,
 * which are always read. RECORD_DATES(id, as a mapping says it) */
#define RECORD_DATE_FORMS(RECORD_DATES)                                                                                \
  RECORD_DATES(ISO, "yyyy-mm-dd")                                                                                      \
  RECORD_DATES(DMY, "dd/mm/yyyy")                                                                                      \
  RECORD_DATES(MDY, "mm/dd/yyyy")                                                                                      \
  RECORD_DATES(PLAIN, "yyyymmdd")                                                                                      \
  RECORD_DATES(SECONDS, "seconds")                                                                                     \
  RECORD_DATES(MILLISECONDS, "milliseconds")

typedef enum record_dates {
#define RECORD_DATES(id, said) RECORD_##id,
  RECORD_DATE_FORMS(RECORD_DATES)
#undef RECORD_DATES
      RECORD_DATES_COUNT
} record_dates;
const char *record_dates_name(record_dates d);

typedef struct record_column {
  slice name;
  store_type type;    /* of a custom field: STORE_TEXT, or what its texts are */
  record_dates dates; /* of a date */
  bool minor;         /* an amount in cents */
} record_column;

/* What the records of a feed have. */
typedef struct record_shape {
  store_table table;
  record_column column[RECORD_COLUMNS_MAX];
  store_written written[RECORD_COLUMNS_MAX]; /* the same, for the feed */
  size_t count;
  size_t key, source_id, customer, currency, status, amount, open, paid; /* count: there is none */
  currency fallback;                                                     /* of records that name none */
} record_shape;

/* `given`: the columns that there are texts for, in any order; those that every record needs are added behind them.
 * NULL: fine; else the name of a column that must be among them and is not. */
const char *record_shape_of(record_shape *h, store_table table, const record_column *given, size_t count,
                            currency fallback);
/* "2026-03-31T10:00:00", "/Date(1439434356790+0000)/", or as the form says. NULL: *day; else why not, as the end of a
 * sentence. */
const char *record_date(slice s, record_dates form, int32_t *day);

/* Puts a record: `cells` has h->count texts; one without bytes is missing. */
STORE_MUST store_code record_put(const record_shape *h, erp_page *p, const slice *cells);

#endif
