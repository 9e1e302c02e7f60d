/* What a run could not decide, and why: per field the rows, each counted once. Plans and simulations print it, so that
 * nothing is held back in silence. */
#ifndef DUN_ENGINE_UNDECIDED_H
#define DUN_ENGINE_UNDECIDED_H

#include "engine.h"

/* The reason that is told of a row is the first that is found. */
typedef enum undecided_why {
  UNDECIDED_MISSING,     /* the field has no value */
  UNDECIDED_CURRENCIES,  /* money of two currencies, and the policy names no rates */
  UNDECIDED_NO_EXCHANGE, /* of its rates none joins the two up to the day */
  UNDECIDED_NO_RATE,     /* the late fee's series has no rate for a day */
  UNDECIDED_WHY_COUNT
} undecided_why;

typedef struct undecided_field {
  field_use use;
  uint32_t rows[UNDECIDED_WHY_COUNT];
  currency a, b;  /* of the first row where two met */
  uint64_t *seen; /* bit per row of the entity that was asked about */
} undecided_field;

void undecided_init(engine *e);
/* An action waits because the invoice's interest cannot be told. */
void undecided_fees(engine *e, uint32_t invoice);

#endif
