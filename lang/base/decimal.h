/* Exact numbers: decimals (a count of 10^-scale) and rationals. No floats anywhere; what does not fit is reported,
 * never wrapped. */
#ifndef DUN_BASE_DECIMAL_H
#define DUN_BASE_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include "slice.h"

typedef __int128 int128;

/* Ties: to the even digit (ABNT NBR 5891, the default), away from zero, or everything towards zero. */
typedef enum rounding { ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_DOWN } rounding;

#define DECIMAL_SCALE_MAX 18

/* The number n / 10^scale. The scale is kept as written ("2.50" has scale 2); compare with decimal_cmp, not by fields.
 */
typedef struct decimal {
  int64_t n;
  uint8_t scale; /* 0 to DECIMAL_SCALE_MAX */
} decimal;

typedef enum number_status { NUMBER_OK, NUMBER_MALFORMED, NUMBER_OVERFLOW } number_status;

/* "1000", "1_000.50", "-3.5": an optional sign, digits with single underscores between digits, an optional point with
 * digits on both sides. Nothing else, no spaces. */
number_status decimal_parse(slice s, decimal *out) __attribute__((warn_unused_result));
/* <0, 0, >0; exact for any two scales. */
int decimal_cmp(decimal a, decimal b);
bool decimal_rescale(decimal d, uint8_t scale, rounding how, decimal *out) __attribute__((warn_unused_result));
bool decimal_add(decimal a, decimal b, decimal *out) __attribute__((warn_unused_result));
/* Trailing zeros after the point taken off. */
decimal decimal_trim(decimal d);
/* "-1000.50" with exactly d.scale decimals. Returns the length; `out` has room for DECIMAL_TEXT_MAX. */
#define DECIMAL_TEXT_MAX 24
size_t decimal_text(decimal d, char *out);

/* 10^k; k from 0 to 18. */
int64_t pow10_i64(unsigned k);
/* n / d rounded; d > 0. The only rounding in the product: everything that rounds comes through here. */
int128 div_round(int128 n, int128 d, rounding how);

/* num / den, den > 0, not necessarily reduced. */
typedef struct rational {
  int128 num, den;
} rational;

static inline rational rational_of(int64_t n) { return (rational){n, 1}; }
rational rational_of_decimal(decimal d);
/* All return false, leaving `*out` alone, when the reduced result does not fit (or at a division by zero). */
bool rational_add(rational a, rational b, rational *out) __attribute__((warn_unused_result));
bool rational_sub(rational a, rational b, rational *out) __attribute__((warn_unused_result));
bool rational_mul(rational a, rational b, rational *out) __attribute__((warn_unused_result));
bool rational_div(rational a, rational b, rational *out) __attribute__((warn_unused_result));
rational rational_reduce(rational a);
/* <0, 0, >0; exact for all values. */
int rational_cmp(rational a, rational b);
/* Rounded to an integer; false where that does not fit 64 bits. */
bool rational_round(rational a, rounding how, int64_t *out) __attribute__((warn_unused_result));

#endif
