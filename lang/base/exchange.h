/* Exchange rates as data: what one unit of a currency costs in another, by day. A day has the rate published last, up
 * to that day: markets close at weekends, and a company may publish once a month. A table is built once and does not
 * change. */
#ifndef DUN_BASE_EXCHANGE_H
#define DUN_BASE_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "date.h"
#include "decimal.h"
#include "money.h"

typedef struct exchange_rate {
  civil_date day;
  currency from, to;
  decimal rate;  /* units of `to` for one of `from`; above 0 */
  unsigned line; /* of its file */
} exchange_rate;

/* The rates between two currencies: count of them from `first` on, rising by day. */
typedef struct exchange_pair {
  currency from, to;
  size_t first, count;
} exchange_pair;

typedef struct exchange {
  const exchange_rate *v; /* by from, to, day */
  size_t count;
  const exchange_pair *pairs;
  size_t pair_count;
  civil_date last; /* the last day with a rate; DATE_NONE: there is none */
} exchange;

/* NULL where one day has two different rates of a pair: `*twice` is the later line's. `v` is put in order. */
const exchange *exchange_build(arena *perm, exchange_rate *v, size_t count, unsigned *twice);

/* What one minor unit of each currency is worth in minor units of `home` on a day: by the pair's own rate, or the other
 * way round, whichever was published later; without either, over one currency between. den 0: not known. */
typedef struct exchange_day {
  currency home;
  rational worth[CURRENCY_COUNT];
} exchange_day;
void exchange_on(const exchange *x, currency home, civil_date day, exchange_day *out);

/* The first day after `day` on which a rate changes; DATE_NONE: none. */
civil_date exchange_next(const exchange *x, civil_date day);

/* Minor units in the home currency, exact; false where it is not known or does not fit. */
bool exchange_worth(const exchange_day *d, rational minor, currency of, rational *out)
    __attribute__((warn_unused_result));

#endif
