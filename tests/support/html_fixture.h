/* Reports built by hand, for the tests of their page. */
#ifndef DUN_TESTS_HTML_FIXTURE_H
#define DUN_TESTS_HTML_FIXTURE_H

#include "lang/base/arena.h"
#include "runtime/engine/report.h"

typedef struct fixture {
  arena *mem;
  report r;
  program p;
  report_rung *rungs;
  ladder *ladders;
  uint32_t (*messages)[CH_COUNT];
  uint32_t *internal;
  uint32_t seed;
} fixture;

/* Nothing happens in it. Everything lives in .mem: arena_free it. */
fixture report_fixture(civil_date from, uint32_t days);
/* reached grows with it. */
report_rung *add_rung(fixture *f, uint32_t ladder_index, const char *written, int32_t days, uint32_t invoices);
ladder *add_ladder(fixture *f, const char *name);

fixture report_rich(void);    /* two ladders with their policy, 92 days, two currencies, something to look at */
fixture report_hostile(void); /* texts that would break out of a careless page */
fixture report_large(void);   /* ten ladders, up to 100 rungs, two years, three currencies, long names */

#endif
