/* Seeded random programs, columns and worlds for the differential test. One seed, one case, on every machine. */
#ifndef DUN_TESTS_GENERATE_H
#define DUN_TESTS_GENERATE_H

#include "lang/vm/vm.h"

typedef struct rng {
  uint64_t state;
} rng;
uint32_t rng_next(rng *r);
/* 0 .. n - 1 */
uint32_t rng_below(rng *r, uint32_t n);
bool rng_one_in(rng *r, uint32_t n);

enum { GEN_CONDS = 3, GEN_VALUES = 2, GEN_ROWS = 48, GEN_ROWS_MANY = VM_ROWS / 2, GEN_USES = 20 };

typedef struct gen_case {
  arena *perm;
  rng r;
  program p;
  vm_world w;
  civil_date today;
  uint32_t rows[ENT_COUNT]; /* of each entity */
  uint32_t *via[ENT_COUNT]; /* from an invoice */
  vm_column columns[GEN_USES];
  vm_dict dicts[GEN_USES];
} gen_case;

/* Calendars are slow to build: they are made once and lent to each case. The case stays where it is:
 * columns point into it. */
void gen_new(gen_case *g, arena *perm, uint64_t seed, calendar *const *calendars, uint32_t calendar_count);
/* Between runs: other values in the same places. */
void gen_change_data(gen_case *g);
/* Some dictionary grows at its end and its column uses the new entry. */
void gen_grow_dictionary(gen_case *g);

const expr *gen_expr(gen_case *g, type ty, int depth);
/* An expression as text. */
slice gen_print(arena *perm, const program *p, const expr *e);

#endif
