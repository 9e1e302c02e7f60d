/* See jobs.h. One list, one lock; a job is linked until its arena goes. */
#include "jobs.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>

enum { ID_BYTES = 12 };

struct job {
  job *next; /* newest first */
  jobs *all;
  job_wanted what;
  char id[ID_BYTES * 2 + 1];
  job_state state;
  uint64_t order, done, of;
  slice code, says, result;
  const void *data;
  int64_t began_ns, ended_ns, looked_ns;
  unsigned held; /* readers of `data` */
  bool over;
};

struct jobs {
  world *w;
  pthread_mutex_t lock;
  pthread_cond_t change;
  pthread_t threads[JOBS_AT_ONCE];
  unsigned thread_count;
  bool ends;
  uint64_t orders;
  job *first;
};

static const char *const WORDS[JOB_STATE_COUNT] = {
#define STATE(id, word) [JOB_##id] = word,
    JOB_STATES(STATE)
#undef STATE
};

const char *job_state_word(job_state s) { return WORDS[s]; }

static bool is_open(const job *j) { return j->state == JOB_WAITS || j->state == JOB_RUNS; }

static void job_free(job *j) {
  arena_free(j->what.perm);
  free(j);
}

/* ---- what is kept ---- */

static void drop(jobs *all, job *gone) {
  job **at = &all->first;
  while (*at != gone) at = &(*at)->next;
  *at = gone->next;
  job_free(gone);
}

/* The one that goes first where there are too many: looked at longest ago. `person` 0: of all. */
static job *oldest(jobs *all, int64_t person, unsigned *kept) {
  job *found = NULL;
  *kept = 0;
  for (job *j = all->first; j; j = j->next) {
    if (is_open(j) || (person && j->what.person != person)) continue;
    ++*kept;
    if (!j->held && (!found || j->looked_ns < found->looked_ns)) found = j;
  }
  return found;
}

static void keep_few(jobs *all, int64_t person, unsigned most) {
  unsigned kept;
  for (job *j; (j = oldest(all, person, &kept)) && kept > most;) drop(all, j);
}

static void sweep(jobs *all, int64_t person) {
  int64_t now = all->w->monotonic_ns(all->w), most = (int64_t)JOBS_KEPT_MINUTES * 60 * 1000000000;
  for (job *j = all->first, *next; j; j = next) {
    next = j->next;
    if (!is_open(j) && !j->held && now - j->looked_ns > most) drop(all, j);
  }
  keep_few(all, person, JOBS_KEPT_EACH);
  keep_few(all, 0, JOBS_KEPT);
}

/* ---- the threads ---- */

static job *next_waiting(jobs *all) {
  job *found = NULL;
  for (job *j = all->first; j; j = j->next)
    if (j->state == JOB_WAITS && (!found || j->order < found->order)) found = j;
  return found;
}

static void end(jobs *all, job *j) {
  j->ended_ns = j->looked_ns = all->w->monotonic_ns(all->w);
  if (j->over)
    j->state = JOB_CANCELLED;
  else
    j->state = j->code.n ? JOB_FAILED : JOB_DONE;
}

static void *work(void *self) {
  jobs *all = self;
  pthread_mutex_lock(&all->lock);
  while (!all->ends) {
    job *j = next_waiting(all);
    if (!j) {
      pthread_cond_wait(&all->change, &all->lock);
      continue;
    }
    j->state = JOB_RUNS;
    j->began_ns = all->w->monotonic_ns(all->w);
    pthread_mutex_unlock(&all->lock);
    j->what.work(j, j->what.self);
    malloc_trim(0); /* a ledger that it had in memory is the system's again */
    pthread_mutex_lock(&all->lock);
    end(all, j);
    sweep(all, j->what.person);
  }
  pthread_mutex_unlock(&all->lock);
  return NULL;
}

jobs *jobs_open(world *w) {
  jobs *all = calloc(1, sizeof *all);
  if (!all) return NULL;
  all->w = w;
  pthread_mutex_init(&all->lock, NULL);
  pthread_cond_init(&all->change, NULL);
  while (all->thread_count < JOBS_AT_ONCE && pthread_create(&all->threads[all->thread_count], NULL, work, all) == 0)
    all->thread_count++;
  if (all->thread_count) return all;
  jobs_close(all);
  return NULL;
}

void jobs_close(jobs *all) {
  if (!all) return;
  pthread_mutex_lock(&all->lock);
  all->ends = true;
  for (job *j = all->first; j; j = j->next) j->over = true;
  pthread_cond_broadcast(&all->change);
  pthread_mutex_unlock(&all->lock);
  for (unsigned i = 0; i < all->thread_count; i++) pthread_join(all->threads[i], NULL);
  for (job *j = all->first, *next; j; j = next) {
    next = j->next;
    job_free(j);
  }
  pthread_cond_destroy(&all->change);
  pthread_mutex_destroy(&all->lock);
  free(all);
}

/* ---- asking ---- */

static bool has_room(const jobs *all, int64_t person) {
  unsigned own = 0, open = 0;
  for (const job *j = all->first; j; j = j->next) {
    if (!is_open(j)) continue;
    open++;
    own += j->what.person == person;
  }
  return own < JOBS_OPEN_EACH && open < JOBS_OPEN && !all->ends;
}

/* Nobody guesses an id, and one of before a restart is nobody's. */
static bool name(jobs *all, job *j) {
  static const char DIGITS[] = "0123456789abcdef";
  unsigned char bytes[ID_BYTES];
  if (all->w->random(all->w, bytes, sizeof bytes) != WORLD_OK) return false;
  for (size_t i = 0; i < ID_BYTES; i++) {
    j->id[2 * i] = DIGITS[bytes[i] >> 4];
    j->id[2 * i + 1] = DIGITS[bytes[i] & 15];
  }
  return true;
}

bool jobs_start(jobs *all, const job_wanted *what, arena *perm, slice *out) {
  job *j = calloc(1, sizeof *j);
  if (j) *j = (job){.all = all, .what = *what};
  if (!j || !name(all, j)) {
    arena_free(what->perm);
    free(j);
    return false;
  }
  pthread_mutex_lock(&all->lock);
  sweep(all, what->person);
  bool room = has_room(all, what->person);
  if (room) {
    j->order = ++all->orders;
    j->looked_ns = all->w->monotonic_ns(all->w);
    j->next = all->first;
    all->first = j;
    *out = arena_slice(perm, slice_of(j->id));
    pthread_cond_signal(&all->change);
  }
  pthread_mutex_unlock(&all->lock);
  if (!room) job_free(j);
  return room;
}

static job *find(jobs *all, slice id, int64_t person) {
  job *j = all->first;
  while (j && !(j->what.person == person && slice_eq(slice_of(j->id), id))) j = j->next;
  if (j) j->looked_ns = all->w->monotonic_ns(all->w);
  return j;
}

bool jobs_look(jobs *all, slice id, int64_t person, arena *perm, job_seen *out) {
  pthread_mutex_lock(&all->lock);
  const job *j = find(all, id, person);
  if (j) {
    *out =
        (job_seen){.state = j->state, .done = j->done, .of = j->of, .began_ns = j->began_ns, .ended_ns = j->ended_ns};
    out->kind = arena_slice(perm, j->what.kind);
    bool ended = !is_open(j); /* until then they are the thread's */
    if (ended && j->state == JOB_FAILED) out->code = arena_slice(perm, j->code), out->says = arena_slice(perm, j->says);
    if (ended && j->state == JOB_DONE) out->result = arena_slice(perm, j->result);
  }
  pthread_mutex_unlock(&all->lock);
  return j != NULL;
}

bool jobs_cancel(jobs *all, slice id, int64_t person) {
  pthread_mutex_lock(&all->lock);
  job *j = find(all, id, person);
  if (j && is_open(j)) j->over = true;
  if (j && j->state == JOB_WAITS) end(all, j);
  pthread_mutex_unlock(&all->lock);
  return j != NULL;
}

const void *jobs_kept(jobs *all, slice id, int64_t person, slice kind, job **hold) {
  pthread_mutex_lock(&all->lock);
  job *j = find(all, id, person);
  const void *data = j && j->state == JOB_DONE && slice_eq(j->what.kind, kind) ? j->data : NULL;
  *hold = data ? j : NULL;
  if (data) j->held++;
  pthread_mutex_unlock(&all->lock);
  return data;
}

void jobs_release(jobs *all, job *hold) {
  if (!hold) return;
  pthread_mutex_lock(&all->lock);
  hold->held--;
  pthread_mutex_unlock(&all->lock);
}

/* ---- for the work ---- */

arena *job_perm(job *j) { return j->what.perm; }

world *job_world(const job *j) { return j->all->w; }

void job_progress(job *j, uint64_t done, uint64_t of) {
  pthread_mutex_lock(&j->all->lock);
  j->done = done;
  j->of = of;
  pthread_mutex_unlock(&j->all->lock);
}

bool job_is_over(job *j) {
  pthread_mutex_lock(&j->all->lock);
  bool over = j->over;
  pthread_mutex_unlock(&j->all->lock);
  return over;
}

void job_result(job *j, slice result) {
  if (result.n > JOB_RESULT_MAX)
    job_fail(j, "too_many", SLICE("the result is too large to be shown: ask for less"));
  else
    j->result = result;
}

void job_keep(job *j, const void *data) { j->data = data; }

void job_fail(job *j, const char *code, slice says) {
  j->code = slice_of(code);
  j->says = arena_slice(j->what.perm, says);
}
