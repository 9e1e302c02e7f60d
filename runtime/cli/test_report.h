/* What `dun test` says of the tests of one policy: plain text, JUnit's XML, and the policy's text with its expectations
 * rewritten. Each writes into a text; who prints or stores it is cmd_test.c alone. */
#ifndef DUN_CLI_TEST_REPORT_H
#define DUN_CLI_TEST_REPORT_H

#include "lang/base/text.h"
#include "runtime/engine/policy_test.h"

typedef struct tested {
  slice path;
  const source *sources;
  uint32_t source_count;
  const program *p;      /* NULL: it does not compile, or could not be read */
  const test_outcome *v; /* one per test, in the order of the file */
  uint32_t n, failed;
  dun_lang lang; /* of what is said */
} tested;

/* Both timelines of a test side by side. */
typedef struct test_pair {
  char mark; /* ' ' as expected, '-' it did not happen, '+' nobody expected it, '!' another thing happened instead */
  test_match match;
  civil_date day;
  slice expected, actual;
} test_pair;
/* `rows` has room for each entry; how many there are. */
uint32_t test_pairs(const tested *t, const test_outcome *o, test_pair *rows, arena *perm);

/* A line per test; of one that failed both timelines side by side. */
void test_plain(text *to, const tested *t, bool color);
/* What the marks mean and what to do, once below all. */
void test_legend(text *to, dun_lang lang);
void test_coverage(text *to, const tested *t, const coverage_report *r);
void test_junit(text *to, const tested *v, size_t n);

/* The text of source `file` with the expectations of some failed tests rewritten to what happened: `only[i]` of each
 * test says whether. Comments stay. False: two edits meet; nothing was made. */
bool test_rewrite(const tested *t, const bool *only, uint16_t file, arena *perm, slice *out)
    __attribute__((warn_unused_result));

#endif
