/* Long work beside the requests: a person asks for it, looks how far it is, and takes its result. A job runs in a
 * thread of its own with its own compile and its own connection to the store; few at once, the others wait in line.
 *
 * Invariants: a job is its person's alone; what it needs and leaves is in its arena, which goes when the result has
 * been kept long enough or newer ones take its place, never while somebody reads it; a job that is given up ends at the
 * next place where it looks (job_is_over). Everything here is locked. */
#ifndef DUN_API_JOBS_H
#define DUN_API_JOBS_H

#include "runtime/world.h"

/* STATE(id, word in JSON) */
#define JOB_STATES(STATE)                                                                                              \
  STATE(WAITS, "waits")                                                                                                \
  STATE(RUNS, "runs")                                                                                                  \
  STATE(DONE, "done")                                                                                                  \
  STATE(FAILED, "failed")                                                                                              \
  STATE(CANCELLED, "cancelled")
typedef enum job_state {
#define STATE(id, word) JOB_##id,
  JOB_STATES(STATE)
#undef STATE
      JOB_STATE_COUNT
} job_state;
const char *job_state_word(job_state s);

enum {
  JOBS_AT_ONCE = 2,        /* threads */
  JOBS_OPEN_EACH = 4,      /* of a person: running or in line */
  JOBS_OPEN = 24,          /* of all */
  JOBS_KEPT_EACH = 6,      /* results of a person */
  JOBS_KEPT = 48,          /* of all */
  JOBS_KEPT_MINUTES = 30,  /* since somebody last looked */
  JOB_RESULT_MAX = 8 << 20 /* bytes of a result */
};

typedef struct jobs jobs;
typedef struct job job;

/* The work. What it leaves it says by job_result or job_fail. */
typedef void job_work(job *j, void *self);

typedef struct job_wanted {
  int64_t person;
  slice kind;  /* "diff": a result is looked at as what it is */
  arena *perm; /* `self` and all it points to; the job's from now on, also where it is not taken */
  job_work *work;
  void *self;
} job_wanted;

/* NULL: no thread could be begun. */
jobs *jobs_open(world *w);
/* Gives up what runs, and waits for it. */
void jobs_close(jobs *all); /* NULL is allowed */

/* The job's id in `out`, in `perm`. False: the person has too many, or all have. */
WORLD_MUST bool jobs_start(jobs *all, const job_wanted *what, arena *perm, slice *out);

typedef struct job_seen {
  job_state state;
  slice kind;
  uint64_t done, of; /* progress; of 0: not known yet */
  slice code, says;  /* FAILED */
  slice result;      /* DONE: JSON */
  int64_t began_ns, ended_ns;
} job_seen;
/* False: the person has no such job. What is seen is a copy in `perm`. */
bool jobs_look(jobs *all, slice id, int64_t person, arena *perm, job_seen *out);
bool jobs_cancel(jobs *all, slice id, int64_t person);
/* What a job of the kind kept beside its result (job_keep), for reading; NULL: there is none. It stays until it is
 * released. */
const void *jobs_kept(jobs *all, slice id, int64_t person, slice kind, job **hold);
void jobs_release(jobs *all, job *hold);

/* ---- for the work ---- */

arena *job_perm(job *j);
world *job_world(const job *j);
void job_progress(job *j, uint64_t done, uint64_t of);
bool job_is_over(job *j); /* nobody wants it any more: end */
void job_result(job *j, slice result);
void job_keep(job *j, const void *data);
void job_fail(job *j, const char *code, slice says);

#endif
