/* What contracts cost: the price that `adjust price by ...` makes, and what has become of prices so far.
 *
 * Invariant: doubt never changes a price. A figure that is not there, a price that is missing or a sum that does not
 * fit leaves it as it is, and says why. */
#ifndef DUN_ENGINE_PRICES_H
#define DUN_ENGINE_PRICES_H

#include "engine.h"
#include "series.h"

/* One change of one contract's price. */
typedef struct price_set {
  uint32_t contract;
  uint32_t before; /* the contract's change before it, index + 1; 0: none */
  civil_date on;   /* the first day at the new price */
  int64_t from, to;
  const action *by; /* NULL: of an earlier run */
} price_set;

/* A figure that an adjustment asked for and no series has. */
typedef struct figure_missing {
  slice series;
  civil_date month; /* DATE_NONE: there is no such series */
  uint32_t prices;  /* how many stay as they are */
} figure_missing;

/* Whether the program adjusts or bills: makes room for what is remembered. Called once the facts are in. */
void prices_init(engine *e);

/* What the action makes of the contract's price today, for an occurrence of `day`. */
contract_sum price_adjusted(engine *e, const action *a, uint32_t contract, civil_date day, arena *perm);
/* Why it cannot be done today; WAIT_NONE: it can. */
wait_reason price_waits(engine *e, const action *a, uint32_t contract, civil_date day);

/* The adjustments of a settled day, so that what is billed on it is billed at the new prices. */
void prices_of_day(engine *e, const day_plan *plan);
/* The price of a day: as adjusted by then. FACT_MISSING: the contract has none. */
int64_t price_on(const engine *e, uint32_t contract, civil_date day);
/* The contract's changes, the last one first (those of the day at hand too); NULL: there is none (before). */
const price_set *prices_last(const engine *e, uint32_t contract);
const price_set *prices_before(const engine *e, const price_set *p);

/* A carried out adjustment is remembered. That its price is the fact from the next day on: own_state.h. */
void price_take_effect(engine *e, const decision *d);

/* Adjustments in the store's actions: what "within a year of the last one" and a changed price in a period look at. */
STORE_MUST store_code prices_load(engine *e, store *s);

/* Notes a figure that is not there. */
void price_note_missing(engine *e, slice series, civil_date month);

#endif
