/* See desk.h. */
#include "desk.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

typedef struct desk_thread {
  desk *d;
  size_t number;
  pthread_t thread;
} desk_thread;

struct desk {
  world *w;
  desk_options o;
  pthread_mutex_t lock; /* over the row and `closes` */
  pthread_cond_t came;
  void **row; /* a ring */
  size_t first, waiting;
  bool closes;
  desk_thread *thread;
  size_t thread_count;
};

/* What waits, at least one; 0: the desk closes and nothing does. */
static size_t next_batch(desk *d, void **items) {
  pthread_mutex_lock(&d->lock);
  while (!d->waiting && !d->closes) pthread_cond_wait(&d->came, &d->lock);
  size_t n = d->waiting < d->o.batch ? d->waiting : d->o.batch;
  for (size_t i = 0; i < n; i++) items[i] = d->row[(d->first + i) % d->o.room];
  d->first = (d->first + n) % d->o.room;
  d->waiting -= n;
  pthread_mutex_unlock(&d->lock);
  return n;
}

static bool more_can_come(desk *d) {
  pthread_mutex_lock(&d->lock);
  bool yes = d->waiting < d->o.batch && !d->closes;
  pthread_mutex_unlock(&d->lock);
  return yes;
}

static void *live(void *self) {
  desk_thread *t = self;
  desk *d = t->d;
  void **items = calloc(d->o.batch, sizeof *items);
  if (!items) arena_exhausted();
  for (;;) {
    size_t n = next_batch(d, items);
    if (n == 0) break;
    int64_t began = d->w->monotonic_ns(d->w);
    d->o.work(d->o.self, t->number, items, n);
    int64_t took = d->w->monotonic_ns(d->w) - began;
    if (took < d->o.pace_ns && more_can_come(d)) d->w->sleep_ns(d->w, d->o.pace_ns - took);
  }
  free(items);
  return NULL;
}

static bool start(desk_thread *t) {
  sigset_t all, before;
  sigfillset(&all);
  if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) return false;
  bool fine = pthread_create(&t->thread, NULL, live, t) == 0;
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
  return fine;
}

desk *desk_open(world *w, const desk_options *o) {
  desk *d = calloc(1, sizeof *d);
  if (!d) arena_exhausted();
  *d = (desk){.w = w, .o = *o};
  d->row = calloc(o->room, sizeof *d->row);
  d->thread = calloc(o->threads, sizeof *d->thread);
  if (!d->row || !d->thread) arena_exhausted();
  pthread_mutex_init(&d->lock, NULL);
  pthread_cond_init(&d->came, NULL);
  for (size_t i = 0; i < o->threads; i++) {
    d->thread[i] = (desk_thread){.d = d, .number = i};
    if (!start(&d->thread[i])) {
      desk_close(d);
      return NULL;
    }
    d->thread_count++;
  }
  return d;
}

bool desk_put(desk *d, void *item) {
  pthread_mutex_lock(&d->lock);
  bool fine = d->waiting < d->o.room && !d->closes;
  if (fine) d->row[(d->first + d->waiting++) % d->o.room] = item;
  pthread_cond_signal(&d->came);
  pthread_mutex_unlock(&d->lock);
  return fine;
}

void desk_close(desk *d) {
  if (!d) return;
  pthread_mutex_lock(&d->lock);
  d->closes = true;
  pthread_cond_broadcast(&d->came);
  pthread_mutex_unlock(&d->lock);
  for (size_t i = 0; i < d->thread_count; i++) pthread_join(d->thread[i].thread, NULL);
  pthread_cond_destroy(&d->came);
  pthread_mutex_destroy(&d->lock);
  free(d->thread);
  free(d->row);
  free(d);
}
