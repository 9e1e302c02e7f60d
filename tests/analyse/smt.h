/* Conditions in SMT-LIB 2, for Z3: written apart from the solver, from what LANGUAGE.md says. */
#ifndef DUN_TESTS_ANALYSE_SMT_H
#define DUN_TESTS_ANALYSE_SMT_H

#include "lang/analyse/solve.h"
#include "lang/base/text.h"

/* Appends one problem: declarations, what rows keep, what is asked, (check-sat). False where a condition has what is
 * not written here: business days, months, two currencies. */
bool smt_write(arena *perm, const solve_asked *asked, uint32_t n, text *out);

#endif
