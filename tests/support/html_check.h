/* Assertions on pages of HTML (cmocka): for what a browser would forgive and a person would see. */
#ifndef DUN_TESTS_HTML_CHECK_H
#define DUN_TESTS_HTML_CHECK_H

#include "lang/base/slice.h"

/* Every element is closed in its order, every attribute quoted, no bare < > &, no NUL. */
void assert_well_formed(slice page);
/* No script, no address, no file from elsewhere, and a content policy that forbids them. */
void assert_self_contained(slice page);
/* In the n-th picture (from 0) no two texts of the class overlap across. */
void assert_labels_apart(slice page, size_t picture, const char *class);
size_t occurrences(slice page, const char *what);

/* `what` stands in the page; says what was missed where not. */
#define assert_has(page, what)                                                                                         \
  do {                                                                                                                 \
    if (!occurrences((page), (what))) fail_msg("the page lacks: %s", (what));                                          \
  } while (0)
#define assert_lacks(page, what) assert_int_equal(occurrences((page), (what)), 0)

#endif
