/* See stream.h. */
#include "stream.h"

#include <pthread.h>
#include <stdlib.h>

#include "lang/base/arena.h"

struct stream {
  pthread_mutex_t lock;
  char bytes[STREAM_BYTES_MAX];
  size_t n;
  bool ended, left, asleep;
  int owners;
  void (*sleep)(void *of);
  void (*wake)(void *of);
  void *of;
};

stream *stream_new(void) {
  stream *s = calloc(1, sizeof *s);
  if (!s) arena_exhausted();
  pthread_mutex_init(&s->lock, NULL);
  s->owners = 2;
  return s;
}

/* With the lock held; gives it back. */
static void leave(stream *s, bool own) {
  if (own) s->owners--;
  bool last = s->owners == 0;
  pthread_mutex_unlock(&s->lock);
  if (!last) return;
  pthread_mutex_destroy(&s->lock);
  free(s);
}

static void wake(stream *s) {
  if (!s->asleep) return;
  s->asleep = false;
  s->wake(s->of);
}

bool stream_put(stream *s, slice bytes) {
  pthread_mutex_lock(&s->lock);
  bool fine = !s->left && !s->ended && bytes.n <= sizeof s->bytes - s->n;
  if (fine && bytes.n) memcpy(s->bytes + s->n, bytes.p, bytes.n);
  if (fine) s->n += bytes.n;
  wake(s);
  leave(s, false);
  return fine;
}

void stream_let_go(stream *s) {
  pthread_mutex_lock(&s->lock);
  s->ended = true;
  wake(s);
  leave(s, true);
}

void stream_attach(stream *s, void (*sleep)(void *of), void (*wakes)(void *of), void *of) {
  pthread_mutex_lock(&s->lock);
  s->sleep = sleep;
  s->wake = wakes;
  s->of = of;
  leave(s, false);
}

long stream_take(stream *s, char *out, size_t room) {
  pthread_mutex_lock(&s->lock);
  long took = (long)(s->n < room ? s->n : room);
  if (took > 0) {
    memcpy(out, s->bytes, (size_t)took);
    s->n -= (size_t)took;
    memmove(s->bytes, s->bytes + took, s->n);
  } else if (s->ended) {
    took = -1;
  } else {
    s->asleep = true;
    s->sleep(s->of);
  }
  leave(s, false);
  return took;
}

void stream_end(stream *s) {
  pthread_mutex_lock(&s->lock);
  s->ended = true;
  wake(s);
  leave(s, false);
}

void stream_left(stream *s) {
  pthread_mutex_lock(&s->lock);
  s->left = true;
  s->asleep = false;
  leave(s, true);
}
