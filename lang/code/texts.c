/* What text relations mean: without regard to case by Unicode simple folding, `exactly` by bytes. Stateless. */
#include "lang/base/utf8.h"
#include "lang/code/code.h"

#include <assert.h>

static bool same(bool exact, slice a, slice b) { return exact ? slice_eq(a, b) : utf8_fold_eq(a, b); }

/* A set is its members separated by ';'; the empty text is the empty set and never a member. */
static bool has(bool exact, slice set, slice member) {
  while (set.n) {
    const char *end = memchr(set.p, ';', set.n);
    slice head = {set.p, end ? (size_t)(end - set.p) : set.n};
    if (head.n && same(exact, head, member)) return true;
    size_t skip = end ? head.n + 1 : head.n;
    set.p += skip, set.n -= skip;
  }
  return false;
}

static bool contains(bool exact, slice a, slice b) {
  if (!exact) return utf8_fold_contains(a, b);
  return b.n == 0 || (a.n >= b.n && memmem(a.p, a.n, b.p, b.n));
}

bool code_text_holds(code_rel rel, bool exact, slice a, slice b) {
  switch (rel) {
  case REL_EQ:
  case REL_IN: return same(exact, a, b);
  case REL_NE: return !same(exact, a, b);
  case REL_LT: return (exact ? slice_cmp(a, b) : utf8_fold_cmp(a, b)) < 0;
  case REL_LE: return (exact ? slice_cmp(a, b) : utf8_fold_cmp(a, b)) <= 0;
  case REL_GT: return (exact ? slice_cmp(a, b) : utf8_fold_cmp(a, b)) > 0;
  case REL_GE: return (exact ? slice_cmp(a, b) : utf8_fold_cmp(a, b)) >= 0;
  case REL_CONTAINS: return contains(exact, a, b);
  case REL_STARTS: return exact ? slice_starts(a, b) : utf8_fold_starts(a, b);
  case REL_HAS: return has(exact, a, b);
  case REL_COUNT: break;
  }
  assert(!"a relation of texts");
  return false;
}
