/* A published series as data. A price index: the monthly change in percent and, where it is known, the figure published
 * for the 12 months that end there. A rate: percent, each in force from its day on. A series is read from its text
 * (stdlib/indices, format in the README there) and does not change. */
#ifndef DUN_BASE_INDEX_SERIES_H
#define DUN_BASE_INDEX_SERIES_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "date.h"
#include "decimal.h"
#include "embedded.h"
#include "slice.h"

typedef struct index_month {
  civil_date month; /* its first day; of a rate the first day on which it is in force */
  bool has_change, has_published;
  decimal change;        /* percent; above -100. The rate itself, of a rate */
  decimal published_12m; /* percent, of the 12 months that end with this one */
} index_month;

typedef struct index_series {
  slice name; /* "IPCA" */
  const index_month *v;
  size_t count; /* rising by month; months may be absent */
  bool rates;   /* a rate, not an index */
} index_series;

/* What is wrong in a series' text. */
typedef struct index_fault {
  unsigned line; /* from 1 */
  const char *what;
} index_fault;

/* NULL, with `*fault` told, where the text is wrong. Texts are copied into `perm`. */
const index_series *index_series_build(arena *perm, slice text, index_fault *fault);
/* The next name or alias in a series' text, which is taken off it; empty where there is none left. */
slice index_text_name(slice *text);
/* `under` with what `over` knows put in its place: a figure that only one of them has stays. Either may be NULL. The
 * name is that of `under`. */
const index_series *index_series_over(arena *perm, const index_series *under, const index_series *over);
/* The embedded series of a name or alias ("IPCA", "IGPM"), case folded; NULL where there is none. */
const struct embedded *index_find_embedded(slice name);
/* Finds and builds it; NULL where there is none. The embedded texts are tested: they have no fault. */
const index_series *index_series_embedded(arena *perm, slice name);
/* Names and aliases of the embedded series; returns how many, writes at most `max`. */
size_t index_embedded_names(slice *out, size_t max);

/* The month of a date; NULL where the series has none. */
const index_month *index_series_month(const index_series *s, civil_date d);

#endif
