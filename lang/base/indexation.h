/* Indexation: a price adjusted by the change of a price index. Exact: the monthly changes multiply as whole numbers
 * over a power of ten, and one rounding gives the price (or two, where the contract rounds the factor). Sources: IBGE
 * and FGV (figures); Brazil Lei 10.192/2001 art. 2 par. 1 (not within a year); STJ Tema 678 (negative months count, the
 * nominal value is kept). Not legal advice. */
#ifndef DUN_BASE_INDEXATION_H
#define DUN_BASE_INDEXATION_H

#include "index_series.h"
#include "money.h"

/* `official` is the figure published for 12 months (24 months: two of them); it differs from the chain by up to 0.02
 * points, so that a contract has to say which it means. */
typedef enum index_figure { INDEX_CHAINED, INDEX_OFFICIAL } index_figure;
/* What falls is kept from falling: not at all, the whole (at least floor_percent), or each month (counts as 0). */
typedef enum index_floor { INDEX_FLOOR_NONE, INDEX_FLOOR_TOTAL, INDEX_FLOOR_MONTHLY } index_floor;
/* Among several indices, the one that changed least or most over the whole time. */
typedef enum index_pick { INDEX_MIN, INDEX_MAX } index_pick;

#define INDEX_NAMES_MAX 8
#define INDEX_MONTHS_MAX 600
#define INDEX_LAG_MAX 600
#define FACTOR_DECIMALS_MAX 12
#define FACTOR_EXACT (-1)

/* Steps, in this order: change of the index; pick; floor; cap; plus; rounding of the factor; price times factor. */
typedef struct index_terms {
  slice names[INDEX_NAMES_MAX]; /* `count` of them: "IPCA", or those of "min(IPCA;IGP-M)" */
  uint8_t count;
  index_pick pick;
  int32_t months; /* `over 12 months` */
  int32_t lag;    /* `lagging 1 month`: the month of the adjustment minus this is the last one used */
  index_figure figure;
  index_floor floor;
  decimal floor_percent; /* `at least 0%`; with INDEX_FLOOR_TOTAL */
  bool capped;
  decimal cap_percent;    /* `at most 10%` */
  decimal plus_percent;   /* `plus 2%`: points on what floor and cap left */
  int8_t factor_decimals; /* FACTOR_EXACT: not rounded */
  rounding factor_round, round;
} index_terms;

/* What a sentence means that names an index and says nothing else: chained over 12 months up to the month before the
 * adjustment (its own is not published yet), no floor, no cap, the factor exact, the price half even. */
index_terms index_terms_default(void);
/* "IPCA", "min(IPCA;IGP-M)", "max(IPCA; IGP-M)" into names, count and pick, pointing into the text; false where it is
 * malformed or names too many. */
bool index_names_parse(slice text, index_terms *t) __attribute__((warn_unused_result));

typedef enum index_status {
  INDEX_OK,
  INDEX_MISSING, /* `missing` of the result says which figure */
  INDEX_TERMS,   /* months or lag out of bounds, or official figures of months that are no whole years or with a
                    monthly floor */
  INDEX_OVERFLOW /* a price that 64 bits of minor units do not hold */
} index_status;

typedef struct index_result {
  civil_date first, last;   /* months used, by their first days */
  slice index;              /* the one picked */
  decimal accumulated;      /* percent to 4 decimals, after a monthly floor and before all later steps; half even */
  decimal factor;           /* to 8 decimals, after all steps; half even */
  int64_t price;            /* minor units */
  slice missing_index;      /* INDEX_MISSING: this index has no figure */
  civil_date missing_month; /* for this month; DATE_NONE: there is no such index */
} index_result;

/* `series[i]` is that of terms->names[i]; NULL: there is none. */
index_status index_adjust(const index_terms *t, const index_series *const *series, civil_date on, int64_t price,
                          index_result *out) __attribute__((warn_unused_result));

/* `adjust price by ...`, whole: by an index, by a percentage, or by a sum. */
typedef enum adjust_kind { ADJUST_INDEX, ADJUST_PERCENT, ADJUST_SUM } adjust_kind;
typedef struct price_adjustment {
  adjust_kind kind;
  index_terms index; /* ADJUST_INDEX */
  decimal percent;   /* ADJUST_PERCENT; clauses do not apply */
  decimal sum;       /* ADJUST_SUM: added, in the major unit of `cur` (CURRENCY_NONE: the price's) */
  currency cur;
} price_adjustment;

/* By percentage or sum; false on overflow, another currency, or a sum finer than the currency. */
bool price_adjust_plain(const price_adjustment *a, money price, money *out) __attribute__((warn_unused_result));

/* The first day on which an indexed price may change again: a year after the last change (Lei 10.192). */
civil_date index_earliest(civil_date last_change);

#endif
