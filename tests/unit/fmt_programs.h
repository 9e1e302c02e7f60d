/* Random programs as text, in three languages: every spelling, any spacing, comments wherever one may stand. One seed,
 * one program. A few do not parse (Spanish `si no` is one word); most do. */
#ifndef DUN_TESTS_FMT_PROGRAMS_H
#define DUN_TESTS_FMT_PROGRAMS_H

#include "lang/base/arena.h"

#include <stdint.h>

slice fmt_program(arena *a, uint64_t seed);

#endif
