/* Do two policies decide the same? By what they say (lang/analyse/same.h), else by trying: the kinds of invoices that
 * either of them tells apart, alone and a few of one customer, through both. What is compared is what is done: the day,
 * the action, whom it reaches and which invoices it is about. */
#ifndef DUN_ENGINE_PROVE_SAME_H
#define DUN_ENGINE_PROVE_SAME_H

#include "lang/analyse/same.h"
#include "prove.h"

typedef struct same_result {
  prove_verdict verdict;
  slice error;       /* NOT_ANALYSED */
  same_answer where; /* not PROVEN: where they were seen to differ in words; `of` NULL: in no one place */
  prove_bounds tried;
  const policy_test *example;      /* BROKEN: in the first program's fields */
  civil_date day;                  /* BROKEN: the first day on which they differ */
  prove_timeline old_way, new_way; /* `breaks`: the other does not do it */
} same_result;

void prove_same(world *w, const compiled *a, const compiled *b, civil_date first, uint32_t max, arena *perm,
                same_result *out);

#endif
