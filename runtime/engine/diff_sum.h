/* What a difference adds up to: how many actions, about how many invoices of how many customers, and what is open of
 * them; per step and channel; and the invoices that show it best. Sums are exact; an invoice counts once in each. */
#ifndef DUN_ENGINE_DIFF_SUM_H
#define DUN_ENGINE_DIFF_SUM_H

#include "diff.h"

/* What is open of each invoice on the first day, before the days are gone through. */
int64_t *diff_open(arena *perm, const facts *f);

typedef struct diff_sums {
  const effect_diff *d;
  const facts *f; /* of either side */
  const int64_t *open;
  int32_t today;
} diff_sums;

enum { DIFF_ANY = DIFF_KIND_COUNT }; /* in the place of a kind */

typedef struct diff_total {
  uint32_t acts, invoices, customers;
  const money *open; /* a sum a currency, in the order of their codes */
  uint32_t open_count;
  bool too_large; /* a sum that no amount can hold is left out */
} diff_total;

/* Of a kind or DIFF_ANY. `today`: what either side does on the first day. */
diff_total diff_total_of(arena *perm, const diff_sums *s, unsigned kind, bool today);

/* One step by one channel, or by one kind of action. */
typedef struct diff_step {
  slice ladder, rung;
  slice by; /* "email", "escalate" */
  uint32_t today[DIFF_KIND_COUNT], all[DIFF_KIND_COUNT];
} diff_step;
uint32_t diff_steps(arena *perm, const diff_sums *s, const diff_step **out);

/* At most `max` items of a kind, one an invoice, those with most money first. */
uint32_t diff_samples(arena *perm, const diff_sums *s, diff_kind kind, uint32_t max, const diff_item **out);

/* How many acts of a side are of the day, or of all days. */
uint32_t diff_count(const diff_act *v, uint32_t n, int32_t day);

#endif
