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
  bool written; /* only expressions that a policy can say */
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
void gen_new(gen_case *g, arena *perm, uint64_t seed, calendar *const *calendars, uint32_t calendar_count,
             bool written);
/* Between runs: other values in the same places. */
void gen_change_data(gen_case *g);
/* Some dictionary grows at its end and its column uses the new entry. */
void gen_grow_dictionary(gen_case *g);

const expr *gen_expr(gen_case *g, type ty, int depth);
/* An expression as a policy writes it, with no more brackets than it needs. */
slice gen_print(arena *perm, const program *p, const expr *e);
/* A policy whose ladders have the case's conditions. */
slice gen_policy(const gen_case *g);
/* The case's columns in the order of the uses of the program that the policy became; false where it reads another
 * field. */
bool gen_columns_for(const gen_case *g, const program *p, vm_column *out);

#endif
