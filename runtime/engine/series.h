/* Published series by name: price indices ("IPCA") and rates ("ECB"), each a list of dated values. One place to ask;
 * where a figure comes from does not show: what `dun import` brought into the store counts before the project's
 * `indices/`, and that before what comes with Dun, figure by figure, so that one imported month adds to the others.
 *
 * Invariant: a book does not change after it was opened; what it returns lives as long as its arena. */
#ifndef DUN_ENGINE_SERIES_H
#define DUN_ENGINE_SERIES_H

#include "lang/base/embedded.h"
#include "lang/base/fee.h"
#include "lang/base/index_series.h"
#include "runtime/store/store.h"

typedef struct series_book series_book;

/* `own`: the project's files, ended by a NULL name, whose texts have no fault (NULL: none); `s` NULL: no store. */
STORE_MUST store_code series_open(arena *perm, store *s, const struct embedded *own, const series_book **out);

/* By name or alias, case folded; NULL: there is none. */
const index_series *series_named(const series_book *b, slice name);
/* The same as rates for fee_terms: rising by day. NULL: there is none. */
const fee_rate *series_rates(const series_book *b, slice name, size_t *count);
/* The nearest name to a misspelt one; empty where none is near. */
slice series_meant(const series_book *b, slice name);

#endif
