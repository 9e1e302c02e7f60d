/* Seeded random conditions on the fields of rows.h, as a policy writes them. */
#ifndef DUN_TESTS_ANALYSE_CONDITIONS_H
#define DUN_TESTS_ANALYSE_CONDITIONS_H

#include "lang/base/text.h"
#include "tests/diff/generate.h"

/* `plain`: fields against constants alone; `currencies`: amounts in two of them, and the field `currency`;
 * `whole_days`: no business days, no months. */
typedef struct condition_kind {
  bool plain, currencies, whole_days;
} condition_kind;

void condition_random(rng *r, condition_kind k, int depth, text *out);

#endif
