/* Preloaded into the real dun by service.py: its clocks are numbers in a file, and a sleep lasts until the test lets
 * time go on. A build of its own (tests.mk); no part of the product.
 *
 * Owns nothing but the file named by DUN_CLOCK, mapped by the test and every process that it starts.
 *
 * Invariant: time stands still while a process works; nothing but a sleep moves it, and never beyond `until_ns`. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* As service.py writes and reads it: 64-bit numbers in this order. */
struct clock_state {
  volatile int64_t steady_ns; /* the clock that only goes forward */
  volatile int64_t wall_ns;   /* added to it: UTC since 1970 */
  volatile int64_t until_ns;  /* of steady_ns: sleeps may go on to there */
  volatile int64_t asleep;    /* a process waits for `until_ns` to grow */
};
static struct clock_state none, *st = &none;

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void map_state(void) {
  const char *path = getenv("DUN_CLOCK");
  int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void *p = mmap(NULL, sizeof none, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (p != MAP_FAILED) st = p;
}

int clock_gettime(clockid_t clock, struct timespec *t) {
  int r = NEXT(clock_gettime)(clock, t);
  bool wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
  bool steady = clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_MONOTONIC_COARSE ||
                clock == CLOCK_BOOTTIME;
  if (st == &none || r != 0 || (!wall && !steady)) return r;
  int64_t ns = st->steady_ns + (wall ? st->wall_ns : 0);
  *t = (struct timespec){.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};
  return 0;
}
int gettimeofday(struct timeval *t, void *zone) {
  (void)zone;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  *t = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
  return 0;
}
time_t time(time_t *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}

/* A signal ends it early, as it ends the real one. */
int nanosleep(const struct timespec *t, struct timespec *left) {
  static const struct timespec MOMENT = {0, 200000};
  if (st == &none) return NEXT(nanosleep)(t, left);
  int64_t end = st->steady_ns + (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
  while (end > st->until_ns) {
    st->asleep = 1;
    if (NEXT(nanosleep)(&MOMENT, NULL) != 0 && errno == EINTR) return -1;
  }
  st->asleep = 0;
  if (st->steady_ns < end) st->steady_ns = end;
  return 0;
}
