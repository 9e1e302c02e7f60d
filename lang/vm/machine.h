/* Inside lang/vm: the machine's state. Beside each instruction stands a `bound`: what its constants come to for these
 * columns, this world and this day. bind.c makes them, today.c and dict.c renew those that the day or a dictionary
 * changes, run.c reads them. All memory is taken when bound, but for a dictionary that outgrows its table. */
#ifndef DUN_VM_MACHINE_H
#define DUN_VM_MACHINE_H

#include "lang/code/code.h"
#include "lang/vm/kernels.h"

typedef struct bound {
  vm_test_fn *test; /* NULL: every row gives `fill` */
  vm_test t;
  uint8_t fill;
  bool check_cur; /* each row's currency must be `cur` */
  bool worth;     /* or else the day's rates decide: of money `num` in `cur` */
  currency cur;
  int64_t whole;  /* DAY, SPAN; INT64_MIN: missing */
  rational num;   /* NUMBER, MONEY */
  uint8_t *table; /* TEXT: whether it holds of each code */
  uint32_t table_count, table_room;
} bound;

/* Scratch of a use: its values where they had to be gathered, in the run numbered `run`. */
typedef struct gathered {
  uint64_t run;
  void *values;
  uint8_t *cur;
} gathered;

typedef struct int_reg {
  int64_t *v;
  uint8_t *cur; /* CURRENCY_NONE where it is no money */
} int_reg;

typedef struct rat_reg {
  rational *v;
  uint8_t *missing; /* 0, 1 */
  uint8_t *cur;
} rat_reg;

struct vm {
  arena *perm;
  const vm_code *code;
  const vm_column *columns;
  vm_world w;
  bound *bounds;         /* one an instruction */
  const uint32_t *daily; /* instructions that a day changes */
  uint32_t daily_count;
  gathered *uses;        /* one a field use */
  uint32_t *at;          /* scratch: rows through via and rows */
  int64_t *left, *right; /* scratch: codes of two text columns */
  uint8_t *t[CODE_REGS_MAX];
  int_reg i[CODE_REGS_MAX];
  rat_reg r[CODE_REGS_MAX];
  bool has_today, needs_today;
  civil_date today;
  int64_t late_from; /* the latest due date that counts as late: today - 1, or further back while a grace day lasts */
  /* of the run at hand */
  uint64_t run;
  const uint32_t *rows;
  uint32_t first, n;
};

/* ---- days.c ---- */

civil_date vm_add_duration(const calendar *cal, civil_date d, duration by);
/* Whole days; INT64_MIN for units that have no fixed number of them. */
int64_t vm_whole_days(duration d);
/* The latest due date whose `due + by` is on or before `day`; INT64_MIN + 1 and INT64_MAX where none and all are. */
int64_t vm_latest_due(const calendar *cal, int64_t day, duration by);

/* ---- bind.c ---- */

/* lo <= v <= hi in the column's own units; `negated`: outside of it. */
void vm_bind_range(bound *b, const vm_column *c, int128 lo, int128 hi, bool negated);
/* v rel floor (+ a fraction where it is not exact). */
void vm_bind_order(bound *b, const vm_column *c, code_rel rel, int128 floor, bool exact);
void vm_bind_fill(bound *b, tri t);
static inline bool vm_column_misses(const vm_column *c) { return c->has_missing || c->via; }

/* ---- today.c ---- */

void vm_bind_day(vm *m, const code_op *o, bound *b);

/* ---- dict.c ---- */

void vm_bind_text(vm *m, const code_op *o, bound *b);

/* ---- arith.c ---- */

void vm_int_op(vm *m, const code_op *o, const bound *b);
void vm_rat_op(vm *m, const code_op *o, const bound *b);

bool vm_order_holds(code_rel rel, int order);

/* ---- worth.c: money of two currencies, by the day's rates ---- */

/* Whether the machine has rates. Both sums become money of the home currency; false: a rate is missing. */
bool vm_worths(const vm *m, rational *a, uint8_t *ca, rational *b, uint8_t *cb);
/* A sum of two whole sums in two currencies, in the home currency and rounded to its minor unit; false: not known. */
bool vm_worth_sum(const vm *m, int64_t a, uint8_t ca, int64_t b, uint8_t cb, bool minus, int64_t *sum, uint8_t *cur);
tri vm_worth_compare(const vm *m, code_rel rel, rational a, uint8_t ca, rational b, uint8_t cb);
/* OP_CMP_MONEY: the rows whose currency is not the literal's. */
void vm_worth_rows(vm *m, const code_op *o, const bound *b, uint8_t *out);

/* ---- run.c ---- */

/* The column's values for the rows at hand, at the column's width. */
const void *vm_values(vm *m, uint32_t use);
/* Their currencies, for a column that has them row by row; call vm_values first. */
const uint8_t *vm_currencies(const vm *m, uint32_t use);

#endif
