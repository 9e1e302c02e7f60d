/* What the coverage lints share: asking the solver whether something can happen at all, remembering what it could not
 * say, and quoting the policy. Nobody else includes this. */
#ifndef DUN_ANALYSE_ASKS_H
#define DUN_ANALYSE_ASKS_H

#include "lang/analyse/solve.h"

enum {
  ASKS_MAX = 64,           /* conditions in one question */
  ASKS_WORK_MAX = 2000000, /* on one policy: some milliseconds */
};
#define ASKS_DAYS UINT64_C(1)

typedef struct asks {
  arena *perm;
  const program *p;
  diags *d;
  span *unknown; /* what was not analysed, each place once */
  uint32_t unknown_count, unknown_room;
  uint64_t work;        /* spent so far; beyond ASKS_WORK_MAX no more is asked */
  bool *seen;           /* by condition: it has been looked at */
  bool *never;          /* by condition: it is said already that it never holds */
  bool *idle;           /* by ladder: it is said already that it takes nothing */
  bool no_ladder_shown; /* W0026 is said */
} asks;

/* What must hold for something to happen. */
typedef struct context {
  solve_asked v[ASKS_MAX];
  span said[ASKS_MAX]; /* what to quote of each; empty: nothing */
  uint32_t n;
} context;

void context_add(context *c, const asks *a, uint32_t cond, unsigned want);
void context_add_expr(context *c, const asks *a, const expr *e, unsigned want);
void context_dunned(context *c, const asks *a);
void context_overdue(context *c, const asks *a, int64_t from, int64_t to, span said);
void context_reached(context *c, const asks *a, duration d,
                     span said); /* due + d is today or before, by its own unit */
/* The fields that a condition reads, as bits that may coincide; ASKS_DAYS: something that has to do with the day. */
uint64_t asks_reads(const asks *a, uint32_t cond);

/* Proven that it cannot happen. */
bool asks_never(asks *a, const context *c);
/* Of a context that cannot happen, which of 0 .. `first` - 1 stands in the way of the rest; `first`: none of them. */
uint32_t asks_blame(asks *a, const context *c, uint32_t first);
/* The policy's own words there, on one line. */
slice asks_quote(const asks *a, span at);
slice asks_cite(const asks *a, span at);         /* quoted, with its place: "`amount > 5` (policy.dun:3)" */
span cond_span(const program *p, uint32_t cond); /* of the condition without its `where` */
bool span_same(span a, span b);

/* ladders.c, terms.c, rungs.c, borders.c */
void lint_ladders(asks *a); /* W0026, W0050 */
void lint_terms(asks *a);   /* W0051 to W0054, W0058 */
void lint_rungs(asks *a);   /* W0055 to W0057 */
void lint_borders(asks *a); /* W0025 */

#endif
