/* Do two policies say the same, so that no invoice can tell them apart? Sentence by sentence: conditions may be written
 * differently where the solver proves that they come out the same for every invoice; all else must be the same words.
 */
#ifndef DUN_ANALYSE_SAME_H
#define DUN_ANALYSE_SAME_H

#include "lang/analyse/solve.h"

typedef struct same_answer {
  bool proven;
  const program *of; /* where it was seen first that they may differ: in which of the two, and there */
  span at;
} same_answer;

/* What names and orders alone differ in is the same: names of ladders and of the policy, definitions, tests,
 * guarantees, comments. False says only that it is not proven. */
same_answer analyse_same(arena *perm, const program *a, const program *b);

#endif
