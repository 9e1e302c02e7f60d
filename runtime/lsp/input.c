/* See input.h. The reader's thread ends with the input, or is left in a read that nothing answers: nobody waits for
 * what a client that went away would have sent. */
#include "input.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct input {
  world *w;
  world_file *file;
  pthread_mutex_t lock;
  pthread_cond_t change;
  char *p, *taken; /* malloc's: what came; what was handed out last */
  size_t n, room;
  bool woken;
  bool ended, left; /* by the thread, by the server: who comes second frees it */
};

static void free_all(input *in) {
  in->w->close_file(in->w, in->file);
  pthread_cond_destroy(&in->change);
  pthread_mutex_destroy(&in->lock);
  free(in->taken);
  free(in->p);
  free(in);
}

static void *live(void *self) {
  input *in = self;
  char buffer[65536];
  for (;;) {
    size_t got = 0;
    world_code code = in->w->read(in->w, in->file, buffer, sizeof buffer, &got);
    pthread_mutex_lock(&in->lock);
    if (code != WORLD_OK || got == 0) in->ended = true;
    if (got && in->n + got > in->room) {
      in->room = (in->n + got) * 2;
      in->p = realloc(in->p, in->room);
      if (!in->p) arena_exhausted();
    }
    if (got) memcpy(in->p + in->n, buffer, got);
    in->n += got;
    bool ended = in->ended, last = in->left;
    pthread_cond_signal(&in->change);
    pthread_mutex_unlock(&in->lock);
    if (!ended) continue;
    if (last) free_all(in);
    return NULL;
  }
}

input *input_start(world *w) {
  world_file *file;
  if (!w->open_input || w->open_input(w, &file) != WORLD_OK) return NULL;
  input *in = calloc(1, sizeof *in);
  if (!in) arena_exhausted();
  in->w = w;
  in->file = file;
  pthread_mutex_init(&in->lock, NULL);
  pthread_condattr_t clock;
  pthread_condattr_init(&clock);
  pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
  pthread_cond_init(&in->change, &clock);
  pthread_condattr_destroy(&clock);
  pthread_t thread;
  if (pthread_create(&thread, NULL, live, in) != 0) {
    free_all(in);
    return NULL;
  }
  pthread_detach(thread);
  return in;
}

void input_end(input *in) {
  pthread_mutex_lock(&in->lock);
  bool last = in->ended;
  in->left = true;
  pthread_mutex_unlock(&in->lock);
  if (last) free_all(in);
}

static struct timespec until(world *w, int64_t wait_ns) {
  int64_t at = w->monotonic_ns(w) + wait_ns;
  return (struct timespec){.tv_sec = (time_t)(at / 1000000000), .tv_nsec = (long)(at % 1000000000)};
}

input_event input_take(input *in, int64_t wait_ns, slice *bytes) {
  struct timespec end = until(in->w, wait_ns < 0 ? 0 : wait_ns);
  bool quiet = false;
  *bytes = (slice){NULL, 0};
  free(in->taken);
  in->taken = NULL;
  pthread_mutex_lock(&in->lock);
  while (!in->n && !in->woken && !in->ended && !quiet) {
    if (wait_ns < 0)
      pthread_cond_wait(&in->change, &in->lock);
    else
      quiet = pthread_cond_timedwait(&in->change, &in->lock, &end) != 0;
  }
  input_event event = in->n ? INPUT_BYTES : in->woken ? INPUT_WOKEN : in->ended ? INPUT_ENDED : INPUT_QUIET;
  if (event == INPUT_BYTES) {
    in->taken = in->p;
    *bytes = (slice){in->p, in->n};
    in->p = NULL;
    in->n = in->room = 0;
  }
  if (event == INPUT_WOKEN) in->woken = false;
  pthread_mutex_unlock(&in->lock);
  return event;
}

bool input_waiting(input *in) {
  pthread_mutex_lock(&in->lock);
  bool yes = in->n > 0;
  pthread_mutex_unlock(&in->lock);
  return yes;
}

void input_wake(input *in) {
  pthread_mutex_lock(&in->lock);
  in->woken = true;
  pthread_cond_signal(&in->change);
  pthread_mutex_unlock(&in->lock);
}
