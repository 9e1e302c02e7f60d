/* The files of one policy: the one that was named and what it includes, each read once; and the calendars of its
 * project. */
#ifndef DUN_CLI_POLICY_FILES_H
#define DUN_CLI_POLICY_FILES_H

#include "lang/base/diag.h"
#include "lang/base/embedded.h"
#include "runtime/world.h"

enum { POLICY_FILES_MAX = 64, PROJECT_CALENDARS_MAX = 200, CALENDAR_BYTES_MAX = 1 << 20 };

typedef struct policy_files {
  source *v; /* v[0] is the policy itself; what is included has a path as path_join gives it */
  uint32_t count;
} policy_files;

/* Only the policy itself is a world_code; what is wrong with what it includes is said in `d`. */
WORLD_MUST world_code policy_files_load(world *w, arena *perm, slice path, diags *d, policy_files *out);

#endif
