/* Two revisions of a policy found, compiled and compared: the rules, the files beside them, and what each would do over
 * one snapshot of a store. Both are read the way files are, by a world that is one (runtime/world_git.h). Nothing is
 * stored, nothing is printed but what is wrong. */
#ifndef DUN_CLI_DIFF_FIND_H
#define DUN_CLI_DIFF_FIND_H

#include "diff_result.h"
#include "runtime/world_git.h"

/* One side at work: its files, then its session. */
typedef struct diff_opened {
  diff_side side;
  world_git *git; /* NULL: the files on disk */
  world *w;
  session s;
} diff_opened;

typedef struct diff_found {
  diff_opened was, now;
  diff_result r; /* points into `now` */
} diff_found;

/* a->word: one revision, to be compared with the files on disk, or two; --policy, --store or --data, --days as `dun
 * diff` has them. Exit status; also of a failure to be closed. */
int diff_find(const args *a, world *w, const diff_watch *watch, diff_found *f);
void diff_found_close(diff_found *f);

/* Why a revision could not be read, and what to do. */
slice diff_git_says(dun_lang lang, arena *perm, const world_git_error *why, slice folder, slice rev);

/* Csv and json say rules in canonical English. */
bool diff_for_machines(const args *a);

#endif
