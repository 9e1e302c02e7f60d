/* The loops over a batch, at each width. See kernels.h; what is here must stay simple enough for the compiler to
 * vectorise. */
#include "lang/vm/kernels.h"

#define IVDEP _Pragma("GCC ivdep")
#define UNROLL _Pragma("GCC unroll 8")

/* X(bits, signed type, unsigned type) */
#define WIDTHS(X) X(8, int8_t, uint8_t) X(16, int16_t, uint16_t) X(32, int32_t, uint32_t) X(64, int64_t, uint64_t)

#define KERNELS(bits, T, U)                                                                                            \
  VM_CLONES static void range_##bits(const void *restrict data, uint32_t n, const vm_test *restrict t,                 \
                                     uint8_t *restrict out) {                                                          \
    const T *restrict v = data;                                                                                        \
    U lo = (U)t->lo, width = (U)t->span;                                                                               \
    uint8_t yes = t->yes, no = t->no;                                                                                  \
    for (uint32_t i = 0; i < n; i++) out[i] = (U)((U)v[i] - lo) <= width ? yes : no;                                   \
  }                                                                                                                    \
  VM_CLONES static void range_missing_##bits(const void *restrict data, uint32_t n, const vm_test *restrict t,         \
                                             uint8_t *restrict out) {                                                  \
    const T *restrict v = data;                                                                                        \
    U lo = (U)t->lo, width = (U)t->span;                                                                               \
    uint8_t yes = t->yes, no = t->no;                                                                                  \
    for (uint32_t i = 0; i < n; i++) {                                                                                 \
      uint8_t r = (U)((U)v[i] - lo) <= width ? yes : no;                                                               \
      out[i] = v[i] == INT##bits##_MIN ? TRI_UNDECIDED : r;                                                            \
    }                                                                                                                  \
  }                                                                                                                    \
  VM_CLONES static void codes_##bits(const void *restrict data, uint32_t n, const vm_test *restrict t,                 \
                                     uint8_t *restrict out) {                                                          \
    const T *restrict v = data;                                                                                        \
    T a = (T)t->code[0], b = (T)t->code[1], c = (T)t->code[2];                                                         \
    uint8_t yes = t->yes, no = t->no;                                                                                  \
    for (uint32_t i = 0; i < n; i++) out[i] = (v[i] == a) | (v[i] == b) | (v[i] == c) ? yes : no;                      \
  }                                                                                                                    \
  VM_CLONES static void codes_missing_##bits(const void *restrict data, uint32_t n, const vm_test *restrict t,         \
                                             uint8_t *restrict out) {                                                  \
    const T *restrict v = data;                                                                                        \
    T a = (T)t->code[0], b = (T)t->code[1], c = (T)t->code[2];                                                         \
    uint8_t yes = t->yes, no = t->no;                                                                                  \
    for (uint32_t i = 0; i < n; i++) {                                                                                 \
      uint8_t r = (v[i] == a) | (v[i] == b) | (v[i] == c) ? yes : no;                                                  \
      out[i] = v[i] == INT##bits##_MIN ? TRI_UNDECIDED : r;                                                            \
    }                                                                                                                  \
  }                                                                                                                    \
  static void table_##bits(const void *restrict data, uint32_t n, const vm_test *restrict t, uint8_t *restrict out) {  \
    const T *restrict v = data;                                                                                        \
    const uint8_t *restrict table = t->table;                                                                          \
    for (uint32_t i = 0; i < n; i++) out[i] = table[v[i]];                                                             \
  }                                                                                                                    \
  static void table_missing_##bits(const void *restrict data, uint32_t n, const vm_test *restrict t,                   \
                                   uint8_t *restrict out) {                                                            \
    const T *restrict v = data;                                                                                        \
    const uint8_t *restrict table = t->table;                                                                          \
    for (uint32_t i = 0; i < n; i++) out[i] = v[i] == INT##bits##_MIN ? TRI_UNDECIDED : table[v[i]];                   \
  }                                                                                                                    \
  static void gather_##bits(const void *restrict data, const uint32_t *restrict at, uint32_t n, void *restrict to) {   \
    const T *restrict v = data;                                                                                        \
    T *restrict out = to;                                                                                              \
    UNROLL for (uint32_t i = 0; i < n; i++) out[i] = v[at[i]];                                                         \
  }                                                                                                                    \
  static void gather_checked_##bits(const void *restrict data, const uint32_t *restrict at, uint32_t n,                \
                                    void *restrict to) {                                                               \
    const T *restrict v = data;                                                                                        \
    T *restrict out = to;                                                                                              \
    for (uint32_t i = 0; i < n; i++) out[i] = at[i] == VM_NO_ROW ? INT##bits##_MIN : v[at[i]];                         \
  }                                                                                                                    \
  VM_CLONES static void load_##bits(const void *restrict data, uint32_t n, int64_t plus, int64_t *restrict out) {      \
    const T *restrict v = data;                                                                                        \
    for (uint32_t i = 0; i < n; i++)                                                                                   \
      out[i] = v[i] == INT##bits##_MIN ? INT64_MIN : (int64_t)((uint64_t)v[i] + (uint64_t)plus);                       \
  }
WIDTHS(KERNELS)

#define ROW(name)                                                                                                      \
  { name##_8, name##_16, name##_32, name##_64 }
vm_test_fn *const VM_TESTS[TEST_COUNT][PHYS_I64 + 1] = {
    [TEST_RANGE] = ROW(range), [TEST_RANGE_MISSING] = ROW(range_missing),
    [TEST_CODES] = ROW(codes), [TEST_CODES_MISSING] = ROW(codes_missing),
    [TEST_TABLE] = ROW(table), [TEST_TABLE_MISSING] = ROW(table_missing),
};
vm_gather_fn *const VM_GATHER[PHYS_I64 + 1] = ROW(gather), *const VM_GATHER_CHECKED[PHYS_I64 + 1] = ROW(gather_checked);
vm_load_fn *const VM_LOADS[PHYS_I64 + 1] = ROW(load);

void vm_gather_rows(const uint32_t *via, const uint32_t *rows, uint32_t n, uint32_t *out) {
  UNROLL for (uint32_t i = 0; i < n; i++) out[i] = via[rows[i]];
}

VM_CLONES bool vm_any_no_row(const uint32_t *at, uint32_t n) {
  uint32_t any = 0;
  for (uint32_t i = 0; i < n; i++) any |= at[i] == VM_NO_ROW;
  return any != 0;
}

VM_CLONES bool vm_is_range(const uint32_t *rows, uint32_t n) {
  uint32_t other = 0;
  for (uint32_t i = 0; i < n; i++) other |= rows[i] - rows[0] - i;
  return other == 0;
}

VM_CLONES void vm_check_currency(const uint8_t *restrict cur, uint32_t n, currency c, uint8_t *restrict out) {
  for (uint32_t i = 0; i < n; i++) out[i] = (cur[i] == c) | (cur[i] == CURRENCY_ANY) ? out[i] : TRI_UNDECIDED;
}

VM_CLONES void vm_and(const uint8_t *a, const uint8_t *b, uint32_t n, uint8_t *out) {
  IVDEP for (uint32_t i = 0; i < n; i++) out[i] = a[i] < b[i] ? a[i] : b[i];
}

VM_CLONES void vm_or(const uint8_t *a, const uint8_t *b, uint32_t n, uint8_t *out) {
  IVDEP for (uint32_t i = 0; i < n; i++) out[i] = a[i] > b[i] ? a[i] : b[i];
}

VM_CLONES void vm_not(const uint8_t *a, uint32_t n, uint8_t *out) {
  IVDEP for (uint32_t i = 0; i < n; i++) out[i] = (uint8_t)(2 - a[i]);
}

VM_CLONES void vm_same(const uint8_t *a, const uint8_t *b, uint32_t n, uint8_t *out) {
  IVDEP for (uint32_t i = 0; i < n; i++) {
    uint8_t r = a[i] == b[i] ? TRI_YES : TRI_NO;
    out[i] = (a[i] == TRI_UNDECIDED) | (b[i] == TRI_UNDECIDED) ? TRI_UNDECIDED : r;
  }
}

VM_CLONES void vm_undecided(const uint8_t *a, uint32_t n, uint8_t *out) {
  IVDEP for (uint32_t i = 0; i < n; i++) out[i] = a[i] == TRI_UNDECIDED ? TRI_YES : TRI_NO;
}

VM_CLONES bool vm_all(const uint8_t *a, uint32_t n, tri t) {
  uint8_t other = 0;
  for (uint32_t i = 0; i < n; i++) other |= (uint8_t)(a[i] ^ t);
  return other == 0;
}

VM_CLONES void vm_overdue(const int64_t *due, uint32_t n, int64_t today, int64_t late_from, int64_t *out) {
  IVDEP for (uint32_t i = 0; i < n; i++) {
    int64_t d = due[i];
    int64_t days = (d > late_from) & (d <= today) ? 0 : (int64_t)((uint64_t)today - (uint64_t)d);
    out[i] = d == INT64_MIN ? INT64_MIN : days;
  }
}

VM_CLONES void vm_int_missing(const int64_t *restrict a, uint32_t n, uint8_t *restrict out) {
  for (uint32_t i = 0; i < n; i++) out[i] = a[i] == INT64_MIN ? TRI_YES : TRI_NO;
}

#define COMPARE(name, op)                                                                                              \
  VM_CLONES static void compare_##name(const int64_t *restrict a, const int64_t *restrict b, uint32_t n,               \
                                       uint8_t *restrict out) {                                                        \
    for (uint32_t i = 0; i < n; i++) {                                                                                 \
      uint8_t r = a[i] op b[i] ? TRI_YES : TRI_NO;                                                                     \
      out[i] = (a[i] == INT64_MIN) | (b[i] == INT64_MIN) ? TRI_UNDECIDED : r;                                          \
    }                                                                                                                  \
  }
COMPARE(eq, ==)
COMPARE(ne, !=)
COMPARE(lt, <)
COMPARE(le, <=)

void vm_int_compare(code_rel rel, const int64_t *a, const int64_t *b, uint32_t n, uint8_t *out) {
  switch (rel) {
  case REL_EQ: compare_eq(a, b, n, out); break;
  case REL_NE: compare_ne(a, b, n, out); break;
  case REL_LT: compare_lt(a, b, n, out); break;
  case REL_LE: compare_le(a, b, n, out); break;
  case REL_GT: compare_lt(b, a, n, out); break;
  case REL_GE: compare_le(b, a, n, out); break;
  case REL_IN:
  case REL_CONTAINS:
  case REL_STARTS:
  case REL_HAS:
  case REL_COUNT: break;
  }
}
