/* Inside lang/vm: the loops over a batch. Each reads columns and registers and writes one register; none allocates. A
 * column is read at its own width; missing is the smallest value of the width. Where a destination may be one of the
 * sources it is that one exactly, element for element. */
#ifndef DUN_VM_KERNELS_H
#define DUN_VM_KERNELS_H

#include "lang/code/code.h"
#include "lang/vm/vm.h"

/* One plain C source, built for several vector widths; the loader takes the widest that the machine has. */
#if defined(__x86_64__) && defined(__ELF__) && __GNUC__ >= 12 && !defined(__clang__) &&                                \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && defined(__OPTIMIZE__)
#define VM_CLONES __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define VM_CLONES
#endif

/* Every predicate on a column comes down to one of these. */
typedef enum vm_test_kind {
  TEST_RANGE,         /* lo <= v <= lo + span, without missing values */
  TEST_RANGE_MISSING, /* the same; missing is undecided */
  TEST_CODES,         /* one of three codes */
  TEST_CODES_MISSING,
  TEST_TABLE, /* a byte for each code */
  TEST_TABLE_MISSING,
  TEST_COUNT
} vm_test_kind;

typedef struct vm_test {
  uint64_t lo, span;
  int64_t code[3];
  const uint8_t *table;
  uint8_t yes, no; /* what to write */
} vm_test;

typedef void vm_test_fn(const void *v, uint32_t n, const vm_test *t, uint8_t *out);
extern vm_test_fn *const VM_TESTS[TEST_COUNT][PHYS_I64 + 1];

static inline size_t vm_phys_size(vm_phys p) { return (size_t)1 << (unsigned)p; }
static inline int64_t vm_phys_min(vm_phys p) { return (int64_t)(-(UINT64_C(1) << (8 * vm_phys_size(p) - 1))); }
static inline int64_t vm_phys_max(vm_phys p) { return -(vm_phys_min(p) + 1); }

/* out[i] = data[at[i]]; the second also where at[i] is VM_NO_ROW: missing. */
typedef void vm_gather_fn(const void *data, const uint32_t *at, uint32_t n, void *out);
extern vm_gather_fn *const VM_GATHER[PHYS_I64 + 1], *const VM_GATHER_CHECKED[PHYS_I64 + 1];
void vm_gather_rows(const uint32_t *via, const uint32_t *rows, uint32_t n, uint32_t *out);
bool vm_any_no_row(const uint32_t *at, uint32_t n);
/* Whether the rows are rows[0], rows[0] + 1, ... */
bool vm_is_range(const uint32_t *rows, uint32_t n);

/* Undecided where the row's currency is neither `c` nor CURRENCY_ANY. */
void vm_check_currency(const uint8_t *cur, uint32_t n, currency c, uint8_t *out);

void vm_and(const uint8_t *a, const uint8_t *b, uint32_t n, uint8_t *out);
void vm_or(const uint8_t *a, const uint8_t *b, uint32_t n, uint8_t *out);
void vm_not(const uint8_t *a, uint32_t n, uint8_t *out);
void vm_same(const uint8_t *a, const uint8_t *b, uint32_t n, uint8_t *out);
void vm_undecided(const uint8_t *a, uint32_t n, uint8_t *out);
bool vm_all(const uint8_t *a, uint32_t n, tri t);

/* The bank of integers; missing is INT64_MIN. */
typedef void vm_load_fn(const void *v, uint32_t n, int64_t plus, int64_t *out);
extern vm_load_fn *const VM_LOADS[PHYS_I64 + 1];
/* today - due; 0 where late_from < due <= today. */
void vm_overdue(const int64_t *due, uint32_t n, int64_t today, int64_t late_from, int64_t *out);
void vm_int_missing(const int64_t *a, uint32_t n, uint8_t *out);
void vm_int_compare(code_rel rel, const int64_t *a, const int64_t *b, uint32_t n, uint8_t *out);

#endif
