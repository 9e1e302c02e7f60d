/* The bytecode of the conditions that an explanation asked, taken step by step for its invoice: what `dun explain
 * --trace` prints. */
#ifndef DUN_ENGINE_EXPLAIN_TRACE_H
#define DUN_ENGINE_EXPLAIN_TRACE_H

#include "engine.h"

typedef struct trace_step {
  uint32_t cond; /* condition, as `dun disasm` counts them */
  uint32_t op;   /* instruction in its chunk */
  slice name;    /* "CMP_MONEY" */
  slice does;    /* "t0 = amount > 1000" */
  span at;       /* where in the policy it comes from */
  slice reads;   /* "amount = 800.00" */
  slice gives;   /* "no" */
} trace_step;

/* As the facts are now. */
const trace_step *explain_trace(engine *e, const uint32_t *conds, uint32_t n, uint32_t row, dun_lang lang, arena *perm,
                                uint32_t *count);

#endif
