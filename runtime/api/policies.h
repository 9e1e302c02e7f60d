/* The policies of the project whose policy is in force: found, read as on disk or at a revision of git, looked at,
 * tried and edited. Everything that is said of them is said by the functions of the commands.
 *
 * Invariants: a policy is named by its file's name in the project, never by a path, and a file by its place in the list
 * of what the policy is made of: nothing outside can be asked for. Nothing here changes a file, and the policy in force
 * is another program's to change: git's. */
#ifndef DUN_API_POLICIES_H
#define DUN_API_POLICIES_H

#include "api.h"
#include "jobs.h"
#include "runtime/lsp/policies.h"
#include "runtime/world_git_log.h"

enum { POLICY_NAME_MAX = 200, POLICY_TEXT_MAX = 512 << 10, POLICY_REVISION_MAX = 200, POLICY_DAYS_MAX = 366 };

/* Branches that are saved here begin so. */
#define POLICY_BRANCHES "dun/"

/* The arguments of a command as this service was started, for a person and an arena. */
args *policy_args(const session *of, dun_lang lang, arena *perm);

/* One policy of the project, and the world that it is read by. */
typedef struct policy_place {
  arena *perm;
  args *a;
  slice name, path; /* "standard", "policies/standard.dun" */
  bool in_force;
  world_git *git; /* NULL: as on disk */
  documents open; /* what is read in place of its file */
  overlay over;   /* what is printed there is kept */
  slice trouble;  /* why it could not be read */
  session s;      /* of policy_place_read */
} policy_place;

/* All of the project; the one in force is among them. */
void policies_of(const session *in_force, world *w, args *a, arena *perm, slice **paths, size_t *count);
slice policy_name_of(slice path);

/* The policy {name} of the route, as on disk. False: it was answered with 404. To be closed. */
bool policy_place_find(api_call *c, policy_place *p);
/* The same for work without a request: all of it lives in `perm`. */
void policy_place_open(policy_place *p, world *w, args *a, slice path, arena *perm);
/* From now on as of a revision, "" meaning the files on disk. False: `trouble` says why. */
bool policy_place_at(policy_place *p, world *w, slice rev);
/* Compiled; false: `trouble` says why not, with its diagnostics where it does not compile. */
bool policy_place_read(policy_place *p);
void policy_place_close(policy_place *p);

/* An id or a name, and no more of what git understands: its patterns may take long. */
bool policy_is_revision(slice rev);
/* Of a route with {name} and perhaps ?rev=: found, and at its revision; else answered. */
bool policy_asked(api_call *c, policy_place *p, slice rev);

/* Why its revisions cannot be read, in the person's language. */
slice policy_git_says(dun_lang lang, arena *perm, const world_git_error *why, slice path, slice rev);
/* HEAD of the policy's repository; NULL: `why`. */
world_git *policy_git_open(world *w, arena *perm, slice path, slice rev, world_git_error *why);

/* ---- handlers ---- */

api_handler policies_get, policy_get, policy_picture_get;                                    /* policies_view.c */
api_handler policy_revisions_get, policy_text_get, policy_branches_get, policy_save_post;    /* policies_git.c */
api_handler policy_diff_post, policy_test_post, policy_prove_post, job_get, job_cancel_post; /* policies_jobs.c */
api_handler policy_simulate_post, policy_simulated_get;                                      /* policies_simulate.c */
api_handler policy_check_post, policy_complete_post, policy_hover_post, policy_format_post;  /* policies_edit.c */

/* ---- policies_jobs.c ---- */

/* Begins a job and answers 202 with its id. */
void policy_job_begin(api_call *c, const char *kind, arena *perm, job_work *work, void *self);

/* What a job about a policy is told. */
typedef struct policy_task {
  args *a;
  slice path, from, to, text; /* to "": the files on disk; text: in place of the policy's file */
  bool has_text;
  int64_t days;
} policy_task;

/* Of the policy of the route, as on disk, at the body's `rev`, or with its `text`. */
void policy_task_begin(api_call *c, const char *kind, job_work *work, int64_t days);
/* Its policy read, into `own`; false: the job has failed. To be closed. */
bool policy_task_read(job *j, const policy_task *t, arena *own, policy_place *p);
/* What the job found, into its own arena; `own` is gone. */
void policy_task_end(job *j, arena *own, json_writer *w);

#endif
