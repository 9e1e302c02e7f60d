/* A repository's history and its branches: which revisions touched some paths, and a commit of one changed file on a
 * branch. Beside world_git.c the only callers of libgit2; no hook and nothing else of the repository's configuration is
 * run.
 *
 * Invariant: the work tree, the index and HEAD stay as they are. A branch moves only from where the caller saw it to a
 * child of that, never a branch that a work tree has checked out, and only one below the prefix that is asked for. */
#ifndef DUN_RUNTIME_WORLD_GIT_LOG_H
#define DUN_RUNTIME_WORLD_GIT_LOG_H

#include "world_git.h"

typedef struct git_revision {
  slice id;     /* 40 digits */
  slice branch; /* of git_log_branches; else empty */
  slice author, title;
  int64_t at; /* seconds, of the author's signature */
  bool merged;
} git_revision;

enum { GIT_LOG_WALK_MAX = 20000, GIT_BRANCHES_MAX = 200, GIT_BRANCH_BYTES_MAX = 120, GIT_MESSAGE_BYTES_MAX = 4000 };

/* The revisions behind `g` that changed one of the paths (files or folders, as the world has them), newest first, after
 * `after` where that is given: at most `max`. *more: there may be others, after the last one (or, with none, after
 * `*next`, up to where it looked). False: git failed. */
WORLD_MUST bool git_log_list(const world_git *g, arena *perm, const slice *paths, uint32_t path_count, slice after,
                             uint32_t max, git_revision *out, uint32_t *count, slice *next);
/* What HEAD is: "main"; empty: no branch. */
slice git_log_head(const world_git *g, arena *perm);
/* The branches whose name begins so ("dun/"), newest first. merged: its revision is behind HEAD. */
WORLD_MUST bool git_log_branches(const world_git *g, arena *perm, slice prefix, git_revision *out, uint32_t *count);
/* The revision that a branch is at; empty: there is none of that name. */
slice git_log_tip(const world_git *g, arena *perm, slice branch);
/* A name that git takes for a branch below the prefix: what it does not take becomes `-`. */
slice git_log_branch_name(arena *perm, slice prefix, slice login, slice name);

/* SAVED(id): what came of it. */
#define GIT_SAVES(SAVED)                                                                                               \
  SAVED(DONE)                                                                                                          \
  SAVED(MOVED)       /* the branch is not where the caller saw it, or is there already */                              \
  SAVED(SAME)        /* the file has that text already */                                                              \
  SAVED(CHECKED_OUT) /* a work tree stands on the branch */                                                            \
  SAVED(NO_FILE)     /* the revision has no such file */                                                               \
  SAVED(NAME)        /* no name of a branch */                                                                         \
  SAVED(BROKEN)      /* anything else: the repository cannot be written, ... */
typedef enum git_save_result {
#define SAVED(id) GIT_SAVE_##id,
  GIT_SAVES(SAVED)
#undef SAVED
} git_save_result;

typedef struct git_save {
  slice branch; /* "dun/ana/standard" */
  slice tip;    /* where the caller saw it: the parent; empty: it is to be new, and the parent is the revision of `g` */
  slice path;   /* of the file, as the world has it */
  slice text;
  slice message, name, login; /* "Ana Souza <ana>" */
  int64_t at;                 /* seconds */
} git_save;

/* *id: of the commit, or of where the branch is (MOVED); *why: what libgit2 said. */
git_save_result git_save_text(const world_git *g, arena *perm, const git_save *what, slice *id, slice *why)
    __attribute__((warn_unused_result));

#endif
