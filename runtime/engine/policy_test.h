/* The tests that stand beside a policy (LANGUAGE.md 10): one small ledger, run through the one `simulate`, its
 * decisions laid beside what the test expects. A test is the whole timeline: what fires on any of its days must be
 * expected on that day, and what is expected must fire. On one day the order does not count.
 *
 * Texts are compared as plans print them: the canonical action with its holes filled, without the recipient; `escalate
 * to WHO` and `escalate WHO` are one. Holes of an expected text are filled from the row that fired. */
#ifndef DUN_ENGINE_POLICY_TEST_H
#define DUN_ENGINE_POLICY_TEST_H

#include "coverage.h"
#include "events.h"

typedef enum test_match {
  TEST_AS_EXPECTED,
  TEST_NOT_HAPPENED, /* expected alone */
  TEST_UNEXPECTED,   /* happened alone */
  TEST_NO_CONTACT    /* decided, and nobody could be reached: nothing went out, so there is nothing to expect */
} test_match;

typedef struct test_entry {
  civil_date day;
  test_match match;
  slice expected;          /* both as the test's file would say it; empty where nothing was */
  slice actual;            /* empty where it did not happen */
  uint32_t expect, action; /* what it answers: an index of test.expects, and of its actions */
} test_entry;

typedef struct test_outcome {
  const policy_test *test;
  bool passed;
  slice error; /* why it could not be run; empty: it was */
  civil_date from, to;
  const test_entry *entries; /* by day; of a day: what happened in the order of a plan, then what did not */
  uint32_t count;
} test_outcome;

/* `cov` NULL: nobody asks. The outcome lives in `perm`. */
void policy_test_run(world *w, const compiled *c, const policy_test *t, coverage *cov, arena *perm, test_outcome *out);

/* ---- between its files ---- */

/* policy_test_facts.c: the ledger of a test as facts, in `perm`; false: `why` says what does not fit. */
typedef struct test_ledger {
  facts *f;
  happening_list events;
} test_ledger;
bool test_ledger_make(world *w, const program *p, const policy_test *t, arena *perm, test_ledger *out, slice *why);
/* Of many tests at once, each with a customer of its own: "C-1", "C-2", ... with invoices "T-1-1", "T-1-2", "T-2-1" and
 * contract "K-1", where they say no other. Their events are not looked at. */
bool test_ledgers_make(world *w, const program *p, const policy_test *tests, uint32_t n, arena *perm, facts **out,
                       slice *why);
/* The test's events as happenings, sorted by day. Needs the engine's facts. */
void test_happenings(const policy_test *t, facts *f, arena *perm, happening_list *out);

#endif
