/* The reference: a plain tree-walking evaluator of typed expressions, one row at a time, with arithmetic of its own. It
 * exists to disagree with the machine when one of the two is wrong; it is never part of the product. */
#ifndef DUN_TESTS_REFERENCE_H
#define DUN_TESTS_REFERENCE_H

#include "lang/vm/vm.h"

typedef struct ref_world {
  const program *p;
  const vm_column *columns;
  vm_world w;
  civil_date today;
} ref_world;

typedef struct ref_value {
  bool missing;
  bool unsure;     /* the reference's own arithmetic was too narrow: nothing can be said */
  bool yes;        /* TY_BOOL, when not missing */
  int128 num, den; /* numbers, money in minor units, durations in days, dates as days; reduced, den > 0 */
  uint8_t cur;
  slice text; /* texts, sets */
} ref_value;

ref_value ref_eval(const ref_world *w, const expr *e, uint32_t row);

#endif
