/* Exact decimals and rationals. Invariant: nothing wraps; every product that could leave 128 bits is checked. */
#include "decimal.h"

#include <assert.h>
#include <stdio.h>

typedef unsigned __int128 uint128;

static const int64_t powers[] = {1,
                                 10,
                                 100,
                                 1000,
                                 10000,
                                 100000,
                                 1000000,
                                 10000000,
                                 100000000,
                                 1000000000,
                                 10000000000,
                                 100000000000,
                                 1000000000000,
                                 10000000000000,
                                 100000000000000,
                                 1000000000000000,
                                 10000000000000000,
                                 100000000000000000,
                                 1000000000000000000};
_Static_assert(sizeof powers / sizeof *powers == DECIMAL_SCALE_MAX + 1, "a power for each scale");

int64_t pow10_i64(unsigned k) {
  assert(k <= DECIMAL_SCALE_MAX);
  return powers[k];
}

static bool fits_i64(int128 n) { return n >= INT64_MIN && n <= INT64_MAX; }
static uint128 magnitude(int128 n) { return n < 0 ? -(uint128)n : (uint128)n; }

int128 div_round(int128 n, int128 d, rounding how) {
  assert(d > 0);
  int128 q, r;
  if (fits_i64(n) && fits_i64(d)) { /* nearly always, and many times faster than 128 bits */
    q = (int64_t)n / (int64_t)d;
    r = (int64_t)n % (int64_t)d;
  } else {
    q = n / d;
    r = n % d;
  }
  if (r == 0) return q;
  int128 away = n < 0 ? -1 : 1;
  int128 half = r < 0 ? -r : r, other = d - half; /* half > other: past the middle, without doubling */
  switch (how) {
  case ROUND_DOWN: return q;
  case ROUND_HALF_UP: return half >= other ? q + away : q;
  case ROUND_HALF_EVEN: return half > other || (half == other && q % 2 != 0) ? q + away : q;
  }
  return q;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Adds one digit; false past 64 bits. Works downwards from 0, where 64 bits reach one further. */
static bool push_digit(int64_t *negative, char c) {
  return !__builtin_mul_overflow(*negative, 10, negative) && !__builtin_sub_overflow(*negative, c - '0', negative);
}

number_status decimal_parse(slice s, decimal *out) {
  bool minus = s.n && s.p[0] == '-';
  size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+');
  int64_t n = 0;
  unsigned scale = 0;
  bool fits = true, point = false, digit_before = false;
  for (; i < s.n; i++) {
    char c = s.p[i];
    if (is_digit(c)) {
      fits = fits && push_digit(&n, c);
      scale += point;
      digit_before = true;
      continue;
    }
    if (!digit_before || i + 1 == s.n || point) return NUMBER_MALFORMED;
    if (c == '.')
      point = true;
    else if (c != '_')
      return NUMBER_MALFORMED;
    digit_before = false;
  }
  if (!digit_before) return NUMBER_MALFORMED;
  if (!fits || scale > DECIMAL_SCALE_MAX || (!minus && n == INT64_MIN)) return NUMBER_OVERFLOW;
  *out = (decimal){minus ? n : -n, (uint8_t)scale};
  return NUMBER_OK;
}

int decimal_cmp(decimal a, decimal b) {
  uint8_t scale = a.scale > b.scale ? a.scale : b.scale;
  int128 x = (int128)a.n * powers[scale - a.scale], y = (int128)b.n * powers[scale - b.scale];
  return (x > y) - (x < y);
}

bool decimal_rescale(decimal d, uint8_t scale, rounding how, decimal *out) {
  assert(scale <= DECIMAL_SCALE_MAX);
  int128 n = scale >= d.scale ? (int128)d.n * powers[scale - d.scale] : div_round(d.n, powers[d.scale - scale], how);
  if (!fits_i64(n)) return false;
  *out = (decimal){(int64_t)n, scale};
  return true;
}

bool decimal_add(decimal a, decimal b, decimal *out) {
  uint8_t scale = a.scale > b.scale ? a.scale : b.scale;
  int128 n = (int128)a.n * powers[scale - a.scale] + (int128)b.n * powers[scale - b.scale];
  if (!fits_i64(n)) return false;
  *out = (decimal){(int64_t)n, scale};
  return true;
}

decimal decimal_trim(decimal d) {
  while (d.scale && d.n % 10 == 0) d.n /= 10, d.scale--;
  return d;
}

size_t decimal_text(decimal d, char *out) {
  uint64_t n = d.n < 0 ? 0 - (uint64_t)d.n : (uint64_t)d.n, unit = (uint64_t)powers[d.scale];
  const char *sign = d.n < 0 ? "-" : "";
  int len = d.scale ? snprintf(out, DECIMAL_TEXT_MAX, "%s%llu.%0*llu", sign, (unsigned long long)(n / unit),
                               (int)d.scale, (unsigned long long)(n % unit))
                    : snprintf(out, DECIMAL_TEXT_MAX, "%s%llu", sign, (unsigned long long)n);
  return (size_t)len;
}

rational rational_of_decimal(decimal d) { return (rational){d.n, powers[d.scale]}; }

static uint128 gcd(uint128 a, uint128 b) {
  while (b) {
    if ((uint64_t)a == a && (uint64_t)b == b) { /* 64 bits divide much faster than 128 */
      uint64_t x = (uint64_t)a, y = (uint64_t)b;
      while (y) {
        uint64_t r = x % y;
        x = y, y = r;
      }
      return x;
    }
    uint128 r = a % b;
    a = b, b = r;
  }
  return a;
}

rational rational_reduce(rational a) {
  uint128 g = gcd(magnitude(a.num), (uint128)a.den);
  if (g > 1) a.num /= (int128)g, a.den /= (int128)g;
  return a;
}

static bool add(rational a, rational b, rational *out) {
  if (a.den == b.den) {
    int128 sum;
    if (__builtin_add_overflow(a.num, b.num, &sum)) return false;
    *out = rational_reduce((rational){sum, a.den});
    return true;
  }
  int128 g = (int128)gcd((uint128)a.den, (uint128)b.den), x, y, den, num;
  if (__builtin_mul_overflow(a.num, b.den / g, &x) || __builtin_mul_overflow(b.num, a.den / g, &y) ||
      __builtin_mul_overflow(a.den, b.den / g, &den) || __builtin_add_overflow(x, y, &num))
    return false;
  *out = rational_reduce((rational){num, den});
  return true;
}

bool rational_add(rational a, rational b, rational *out) {
  return add(a, b, out) || add(rational_reduce(a), rational_reduce(b), out);
}

bool rational_sub(rational a, rational b, rational *out) {
  if (__builtin_sub_overflow((int128)0, b.num, &b.num)) return false;
  return rational_add(a, b, out);
}

bool rational_mul(rational a, rational b, rational *out) {
  rational x = rational_reduce((rational){a.num, b.den}), y = rational_reduce((rational){b.num, a.den}), product;
  if (__builtin_mul_overflow(x.num, y.num, &product.num) || __builtin_mul_overflow(x.den, y.den, &product.den))
    return false;
  *out = rational_reduce(product);
  return true;
}

bool rational_div(rational a, rational b, rational *out) {
  if (b.num == 0) return false;
  rational inverse = {b.den, b.num};
  if (inverse.den < 0) {
    inverse.num = -inverse.num;
    if (__builtin_sub_overflow((int128)0, inverse.den, &inverse.den)) return false;
  }
  return rational_mul(a, inverse, out);
}

static int128 floor_div(int128 n, int128 d, int128 *rest) {
  int128 q = n / d, r = n % d;
  if (r < 0) q--, r += d;
  *rest = r;
  return q;
}

int rational_cmp(rational a, rational b) {
  /* Term by term of the continued fractions: no product, so nothing can overflow. */
  for (int sign = 1;; sign = -sign) {
    int128 ra, rb, qa = floor_div(a.num, a.den, &ra), qb = floor_div(b.num, b.den, &rb);
    if (qa != qb) return qa < qb ? -sign : sign;
    if (ra == 0 || rb == 0) return ra == rb ? 0 : ra == 0 ? -sign : sign;
    a = (rational){a.den, ra}, b = (rational){b.den, rb};
  }
}

bool rational_round(rational a, rounding how, int64_t *out) {
  int128 n = div_round(a.num, a.den, how);
  if (!fits_i64(n)) return false;
  *out = (int64_t)n;
  return true;
}
