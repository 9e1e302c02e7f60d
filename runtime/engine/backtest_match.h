/* Two lists of what was done about whom, compared. Between the files of the backtest. */
#ifndef DUN_ENGINE_BACKTEST_MATCH_H
#define DUN_ENGINE_BACKTEST_MATCH_H

#include "backtest.h"

typedef enum match_side { MATCH_WOULD, MATCH_WAS, MATCH_SIDES } match_side;

typedef struct match_one {
  entity of;
  uint32_t row, customer, step;
  int32_t day, other; /* other: the day of its match, DATE_NONE_DAY */
  bool lead;          /* of a message about several: the first */
  slice state;
} match_one;

typedef struct match_table {
  arena *perm;
  int32_t window_days;
  backtest_step *steps;
  uint32_t step_count, step_cap, step_last;
  match_one *v[MATCH_SIDES];
  uint32_t n[MATCH_SIDES], cap[MATCH_SIDES], unknown;
} match_table;

/* The number of the step, which is new where nobody asked for it before. */
uint32_t match_step(match_table *t, slice ladder, slice rung, slice by, bool contact);
void match_add(match_table *t, match_side side, const match_one *one);
/* Fills steps, contacts and lines of `out`. */
void match_end(match_table *t, const engine *e, backtest_result *out);

#endif
