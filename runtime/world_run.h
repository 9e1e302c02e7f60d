/* What world_posix.c and world_run.c share. */
#ifndef DUN_RUNTIME_WORLD_RUN_H
#define DUN_RUNTIME_WORLD_RUN_H

#include "world.h"

/* What errno means. */
world_code world_code_of(int error);
world_code world_run_posix(world *w, const world_program *program, arena *perm, world_ran *out);

#endif
