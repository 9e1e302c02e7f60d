/* Natural numbers of up to NATURAL_LIMBS_MAX * 64 bits, for the few sums that leave 128 bits (compound interest over
 * many periods). A value on the stack; what does not fit is reported. */
#ifndef DUN_BASE_NATURAL_H
#define DUN_BASE_NATURAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decimal.h"

#define NATURAL_LIMBS_MAX 256

/* limb[0] is the lowest; limb[count - 1] != 0; 0 has no limbs. */
typedef struct natural {
  size_t count;
  uint64_t limb[NATURAL_LIMBS_MAX];
} natural;

void natural_set(natural *a, uint64_t n);
/* <0, 0, >0 */
int natural_cmp(const natural *a, const natural *b);
/* a += b; false where it does not fit, and `a` is then of no use. */
bool natural_add(natural *a, const natural *b) __attribute__((warn_unused_result));
/* a -= b; a >= b */
void natural_sub(natural *a, const natural *b);
/* a *= n */
bool natural_mul(natural *a, uint64_t n) __attribute__((warn_unused_result));
/* a /= n, towards zero; returns the rest. n > 0 */
uint64_t natural_div(natural *a, uint64_t n);
/* a / n^k rounded, n > 1; false where that does not fit `*out` or twice `a` does not fit. `a` is then of no use. */
bool natural_round(natural *a, uint64_t n, size_t k, rounding how, int64_t *out) __attribute__((warn_unused_result));

#endif
