/* What the tests of a policy reached: its rungs and rules, what its guards said, its `otherwise` branches. Counts are
 * of things written in the policy, each once; nothing is estimated. */
#ifndef DUN_ENGINE_COVERAGE_H
#define DUN_ENGINE_COVERAGE_H

#include "engine.h"

typedef struct coverage coverage;

coverage *coverage_new(arena *perm, const program *p);
/* An engine's `watch`, with the coverage as its self. */
void coverage_watch(void *self, const struct line_ref *l, uint32_t branch, tri guard);

typedef enum coverage_kind { COVER_RUNG, COVER_RULE, COVER_GUARD, COVER_OTHERWISE, COVER_KIND_COUNT } coverage_kind;

/* Something that no test reached. */
typedef struct coverage_gap {
  coverage_kind kind;
  span at;
  slice section; /* "standard", "every month on day 1"; may be empty */
  slice rung;    /* "5d"; empty for rules */
  tri outcome;   /* of a guard: what it never said */
} coverage_gap;

typedef struct coverage_report {
  uint32_t all[COVER_KIND_COUNT], reached[COVER_KIND_COUNT]; /* of guards: outcomes, two or three each */
  const coverage_gap *gaps;                                  /* by place in the file */
  uint32_t gap_count;
} coverage_report;
void coverage_sum(const coverage *c, arena *perm, coverage_report *out);

#endif
