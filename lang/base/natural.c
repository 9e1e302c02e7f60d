/* Natural numbers: school arithmetic, one limb at a time. Invariant: the highest limb is not 0. */
#include "natural.h"

#include <assert.h>

typedef unsigned __int128 uint128;

void natural_set(natural *a, uint64_t n) {
  a->count = n != 0;
  a->limb[0] = n;
}

int natural_cmp(const natural *a, const natural *b) {
  if (a->count != b->count) return a->count < b->count ? -1 : 1;
  for (size_t i = a->count; i-- > 0;)
    if (a->limb[i] != b->limb[i]) return a->limb[i] < b->limb[i] ? -1 : 1;
  return 0;
}

static bool push(natural *a, uint64_t limb) {
  if (limb == 0) return true;
  if (a->count == NATURAL_LIMBS_MAX) return false;
  a->limb[a->count++] = limb;
  return true;
}

bool natural_add(natural *a, const natural *b) {
  while (a->count < b->count) a->limb[a->count++] = 0;
  uint64_t carry = 0;
  for (size_t i = 0; i < a->count && (carry || i < b->count); i++) {
    uint128 sum = (uint128)a->limb[i] + (i < b->count ? b->limb[i] : 0) + carry;
    a->limb[i] = (uint64_t)sum;
    carry = (uint64_t)(sum >> 64);
  }
  return push(a, carry);
}

void natural_sub(natural *a, const natural *b) {
  assert(natural_cmp(a, b) >= 0);
  uint64_t borrow = 0;
  for (size_t i = 0; i < a->count && (borrow || i < b->count); i++) {
    uint128 take = (uint128)(i < b->count ? b->limb[i] : 0) + borrow;
    borrow = take > a->limb[i];
    a->limb[i] -= (uint64_t)take;
  }
  while (a->count && a->limb[a->count - 1] == 0) a->count--;
}

bool natural_mul(natural *a, uint64_t n) {
  if (n == 0) a->count = 0;
  uint64_t carry = 0;
  for (size_t i = 0; i < a->count; i++) {
    uint128 product = (uint128)a->limb[i] * n + carry;
    a->limb[i] = (uint64_t)product;
    carry = (uint64_t)(product >> 64);
  }
  return push(a, carry);
}

uint64_t natural_div(natural *a, uint64_t n) {
  assert(n > 0);
  uint128 rest = 0;
  for (size_t i = a->count; i-- > 0;) {
    rest = rest << 64 | a->limb[i];
    a->limb[i] = (uint64_t)(rest / n);
    rest %= n;
  }
  while (a->count && a->limb[a->count - 1] == 0) a->count--;
  return (uint64_t)rest;
}

/* Doubled before dividing, the last bit tells which side of the middle, the rests whether on it. */
bool natural_round(natural *a, uint64_t n, size_t k, rounding how, int64_t *out) {
  if (!natural_mul(a, 2)) return false;
  bool rest = false;
  for (size_t i = 0; i < k && a->count; i++) rest |= natural_div(a, n) != 0;
  if (a->count > 1) return false;
  uint64_t doubled = a->count ? a->limb[0] : 0, whole = doubled / 2;
  bool half = doubled & 1;
  switch (how) {
  case ROUND_DOWN: break;
  case ROUND_HALF_UP: whole += half; break;
  case ROUND_HALF_EVEN: whole += half && (rest || (whole & 1)); break;
  }
  if (whole > INT64_MAX) return false;
  *out = (int64_t)whole;
  return true;
}
