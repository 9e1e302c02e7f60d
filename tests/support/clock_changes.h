/* Changes of clocks, as the machine's zones have them from 2009 to the end of 2037. */
#ifndef DUN_TESTS_CLOCK_CHANGES_H
#define DUN_TESTS_CLOCK_CHANGES_H

#include "lang/base/tz.h"
#include "runtime/world.h"

typedef struct jump {
  int64_t at;
  int32_t before, after;
} jump;

enum { JUMPS_MAX = 4096 };
typedef struct jumps {
  jump v[JUMPS_MAX];
  char zone[JUMPS_MAX][200];
  uint32_t n, all;
} jumps;

/* Those about midnight, each kind of a zone once; `all` counts every one. */
void find_zones(world *w, jumps *all, const char *folder, const char *prefix, arena *perm);

#endif
