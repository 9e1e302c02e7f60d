/* The machine: runs a compiled program's conditions over columns, a batch of up to VM_ROWS rows at a time, one opcode
 * over the whole batch. It allocates when bound, never when run. Bytecode is verified before it is bound, then trusted.
 */
#ifndef DUN_VM_VM_H
#define DUN_VM_VM_H

#include "lang/base/calendar.h"
#include "lang/base/exchange.h"
#include "lang/check/program.h"

enum { VM_ROWS = 1024 };

typedef enum vm_phys { PHYS_I8, PHYS_I16, PHYS_I32, PHYS_I64 } vm_phys;

/* A text, set or fixed-value column holds codes of a dictionary; it may grow at its end between runs. */
typedef struct vm_dict {
  const slice *v; /* sets: members separated by ';' */
  uint32_t count;
} vm_dict;

enum { CURRENCY_ANY = 255 }; /* in `cur`: a total over nothing, equal to 0 of any currency */

/* One field over all rows of its entity. Missing is the smallest value of the physical type.
 *   dates        days since day_base       money       minor units of the row's currency
 *   durations    whole days                yes/no      0, 1
 *   numbers      millionths in I64 when `millionths`, else whole        texts, sets   dictionary codes
 * A use of `overdue` has the column of the due date (moved where the policy says `move due`): the machine counts from
 * it. */
typedef struct vm_column {
  vm_phys phys;
  const void *data;
  const uint32_t
      *via; /* row of the context entity -> row of the field's entity (VM_NO_ROW: missing); NULL: the same row */
  bool has_missing; /* false promises that no value of `data` is missing (via may still say VM_NO_ROW) */
  bool millionths;
  int32_t day_base;
  const vm_dict *dict;
  const uint8_t *cur; /* money: currency of each row of the field's entity; NULL: all are one_cur */
  currency one_cur;
} vm_column;
enum { VM_NO_ROW = UINT32_MAX };

typedef struct vm_code vm_code; /* emitted and verified: lang/code/code.h */
typedef struct vm vm;

typedef struct vm_world {
  currency cur;           /* of literals that name none */
  const calendar *cal;    /* for business days; NULL only where neither the program nor `due` needs them */
  due_rule due;           /* DUE_LATE_AFTER: overdue is 0d until the grace day has passed */
  const exchange_day *fx; /* the day's rates, renewed by the caller before vm_set_today; NULL: there are none */
} vm_world;

/* `columns` has one entry per program.uses and stays the caller's: data may change between runs, addresses may not
 * unless vm_rebind is called. */
vm *vm_bind(arena *perm, const vm_code *code, const vm_column *columns, const vm_world *w);
/* The day of the evaluation. Cheap. */
void vm_set_today(vm *m, civil_date today);
void vm_rebind(vm *m);

/* Condition `chunk` over rows: rows[0..n) or, where rows is NULL, first..first+n. n <= VM_ROWS. out[i] is a tri. */
void vm_cond(vm *m, uint32_t chunk, const uint32_t *rows, uint32_t first, uint32_t n, uint8_t *out);

/* One value of program.values for one row. */
typedef struct vm_value {
  bool missing;
  type ty;
  rational num; /* money: minor units; number; duration in days */
  currency cur;
  civil_date date;
  slice text;
} vm_value;
vm_value vm_value_of(vm *m, uint32_t value, uint32_t row);

/* Condition `chunk` for one row, step by step as vm_cond runs it. */
typedef struct vm_step {
  uint32_t op;    /* index into the chunk */
  bool jumps;     /* of a jump: it was taken */
  vm_value value; /* of the register written, or returned: TY_BOOL, missing where it is undecided; TY_ERROR: none */
} vm_step;
typedef void vm_step_fn(void *self, const vm_step *s);
tri vm_trace(vm *m, uint32_t chunk, uint32_t row, vm_step_fn *fn, void *self);

#endif
