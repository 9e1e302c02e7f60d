/* The kinds of invoices that policies tell apart: two of one kind are the same to every condition, whatever the day, as
 * far as the conditions look at what does not change by itself. `dun prove` runs one invoice of each kind through the
 * policy, day by day; the parts of conditions that read the day are tried by the days themselves. */
#ifndef DUN_ANALYSE_KINDS_H
#define DUN_ANALYSE_KINDS_H

#include "lang/analyse/solve.h"

typedef struct kinds {
  solve_witness *v; /* an invoice of each: fields that are not named may be anything */
  uint32_t n;
  bool all;           /* there are no others; else `why` */
  bool too_many;      /* more than were asked for */
  span not_analysed;  /* a part of a condition that the solver does not look through; `of` NULL: there is none */
  const program *of;  /* whose file that is in */
  uint16_t *computed; /* fields that Dun computes from the ledger and that a condition reads: tried as they come */
  uint32_t computed_count;
} kinds;

/* Of invoices that are dunned (open, with a balance), and their customers and contracts. At most `max`. Of guarantees'
 * conditions those of `also` alone are looked at, a guarantee of the first program; NULL: none. */
void analyse_kinds(arena *perm, const program *const *programs, uint32_t count, const guarantee *also, uint32_t max,
                   kinds *out);

#endif
