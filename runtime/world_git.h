/* A revision of a git repository as a world: what reads files reads those of the revision, by the paths that they have
 * on disk. Owns the calls of libgit2; the repository is only read, and nothing of its configuration is run.
 *
 * Invariant: below the repository's work tree a path means the revision's file, whatever stands there on disk, and a
 * link that leads out of the revision leads nowhere. Every other path, and all else that a world does, is the world's
 * below. */
#ifndef DUN_RUNTIME_WORLD_GIT_H
#define DUN_RUNTIME_WORLD_GIT_H

#include "world.h"

/* GIT_FAULT(name): why there is no such world. */
#define WORLD_GIT_FAULTS(GIT_FAULT)                                                                                    \
  GIT_FAULT(NO_REPOSITORY) /* the folder stands in no repository */                                                    \
  GIT_FAULT(BARE)          /* the repository has no work tree */                                                       \
  GIT_FAULT(OWNER)         /* it belongs to another user: git's safe.directory */                                      \
  GIT_FAULT(NO_REVISION)   /* nothing has that name, or it names no commit */                                          \
  GIT_FAULT(AMBIGUOUS)     /* a short id that several have */                                                          \
  GIT_FAULT(SHALLOW)       /* the clone has not that much history */                                                   \
  GIT_FAULT(NOT_RELATED)   /* A...B: the two have no commit in common */                                               \
  GIT_FAULT(BROKEN)        /* anything else: `why` */

typedef enum world_git_fault {
  WORLD_GIT_FINE,
#define GIT_FAULT(name) WORLD_GIT_##name,
  WORLD_GIT_FAULTS(GIT_FAULT)
#undef GIT_FAULT
} world_git_fault;

typedef struct world_git world_git;

typedef struct world_git_error {
  world_git_fault fault; /* WORLD_GIT_FINE: none */
  slice folder;          /* OWNER, BARE: the repository's */
  slice why;             /* what libgit2 said */
} world_git_error;

/* The revision `rev` of the repository that `folder` stands in. `rev` is whatever git understands (HEAD~1, a branch, a
 * tag, an id), and `A...B` for where the two parted. NULL: `why` says so. In `perm`; `below` must live on. */
world_git *world_git_open(world *below, arena *perm, const char *folder, slice rev, world_git_error *why)
    __attribute__((warn_unused_result));
void world_git_close(world_git *g); /* NULL is allowed */

/* The same until it is closed. */
world *world_git_world(world_git *g);
/* The id of its commit, 40 digits. */
slice world_git_id(const world_git *g);

/* ---- between its files ---- */

struct git_repository;
struct git_repository *world_git_repository(const world_git *g);
/* Of the work tree, as the system resolves it. */
slice world_git_root(const world_git *g);
/* A path of the world as one from the root of the work tree; false: it lies outside. */
bool world_git_inside(const world_git *g, arena *perm, slice path, slice *inside);

#endif
