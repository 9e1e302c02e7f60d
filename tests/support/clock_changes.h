/* Changes of clocks, as the machine's zones have them. */
#ifndef DUN_TESTS_CLOCK_CHANGES_H
#define DUN_TESTS_CLOCK_CHANGES_H

#include "lang/base/tz.h"
#include "runtime/world.h"

typedef struct jump {
  int64_t at;
  int32_t before, after;
} jump;

/* Each zone of the machine, by every name that it has; `z` lives in `perm`. */
void each_zone(world *w, arena *perm, void (*zone)(void *self, const char *name, const tz *z), void *self);
/* The first change after `*t`, which goes on to it; false: there is none up to `to`. */
bool next_jump(const tz *z, int64_t *t, int64_t to, jump *out);

enum { JUMPS_MAX = 4096 };
typedef struct jumps {
  jump v[JUMPS_MAX];
  char zone[JUMPS_MAX][200];
  uint32_t n, all;
} jumps;

/* Those about midnight from 2009 to the end of 2037, each kind of a zone once; `all` counts every one. */
void find_jumps(world *w, jumps *all, arena *perm);

#endif
