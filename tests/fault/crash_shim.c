/* Preloaded into the real dun by crash.py and sweep.py: counts what it asks of the operating system, and kills it, or
 * lets the call fail, at the one that is asked for. A build of its own (tests.mk); no part of the product.
 *
 * Owns nothing but the file named by DUN_FAULT, mapped by every process of a scenario: the counts go on from one to the
 * next. Time is the file's too: a sleep is a jump of it.
 *
 * Invariant: without a fault that is asked for, every call is passed on as it came, but for the time. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* As fault.py writes and reads it: 64-bit numbers in this order. */
struct fault_state {
  uint64_t boundaries, kill_at;   /* writes of every kind; SIGKILL before the nth */
  uint64_t mallocs, malloc_at;    /* the nth is refused */
  uint64_t malloc_to;             /* and all up to this one */
  uint64_t writes, write_at;      /* of files */
  uint64_t write_how, write_to;   /* enum write_fault; the last one that fails */
  uint64_t nets, net_at, net_how; /* calls of the network; enum net_fault */
  int64_t clock_ns, steady_ns;    /* added to the real clocks */
  uint64_t body_out;              /* bytes of a message have left, and nothing was stored since */
  uint64_t killed, failed;        /* it happened */
  char name[32];                  /* of the call it happened at */
};
enum write_fault { WRITE_FULL = 1, WRITE_BROKEN, WRITE_SHORT };
enum net_fault { NET_REFUSED = 1, NET_RESET, NET_TIMEOUT, NET_HALF };

static struct fault_state none, *st = &none;
static bool silent_net, ended_net; /* a time-out or the end of a half answer goes on */

#define NEXT(name) ((__typeof__(&name))next_of(#name))
static void *next_of(const char *name) {
  void *p = dlsym(RTLD_NEXT, name);
  if (!p) _exit(99);
  return p;
}

__attribute__((constructor)) static void map_state(void) {
  const char *path = getenv("DUN_FAULT");
  int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void *p = mmap(NULL, sizeof none, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (p != MAP_FAILED) st = p;
}

static void note(const char *name) { strncpy(st->name, name, sizeof st->name - 1); }

/* A write boundary: everything before it happened, nothing after it will. */
static void boundary(const char *name) {
  if (++st->boundaries != st->kill_at) return;
  st->killed = 1;
  note(name);
  raise(SIGKILL);
}

static bool is_socket(int fd) {
  struct stat s;
  return fstat(fd, &s) == 0 && S_ISSOCK(s.st_mode);
}
static bool is_file(int fd) {
  struct stat s;
  return fstat(fd, &s) == 0 && S_ISREG(s.st_mode);
}

/* ---- files ---- */

/* Whether this call fails; *bytes is cut where it is to be a short one. */
static bool fails(const char *name, size_t *bytes) {
  uint64_t n = ++st->writes;
  if (!st->write_at || n < st->write_at || n > (st->write_to ? st->write_to : st->write_at)) return false;
  if (st->write_how == WRITE_SHORT && (!bytes || *bytes < 2)) return false;
  st->failed++;
  note(name);
  if (st->write_how == WRITE_SHORT) {
    *bytes /= 2;
    return false;
  }
  errno = st->write_how == WRITE_FULL ? ENOSPC : EIO;
  return true;
}

static void stored(int fd) {
  char link[64], path[512];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path);
  if (n > 4 && memcmp(path + n - 4, "-wal", 4) == 0) st->body_out = 0;
}

ssize_t write(int fd, const void *p, size_t n) {
  boundary("write");
  if (is_file(fd) && fails("write", &n)) return -1;
  return NEXT(write)(fd, p, n);
}
ssize_t pwrite64(int fd, const void *p, size_t n, off_t at) {
  boundary("pwrite");
  if (fails("pwrite", &n)) return -1;
  return NEXT(pwrite64)(fd, p, n, at);
}
ssize_t pwrite(int fd, const void *p, size_t n, off_t at) {
  boundary("pwrite");
  if (fails("pwrite", &n)) return -1;
  return NEXT(pwrite)(fd, p, n, at);
}
int fsync(int fd) {
  boundary("fsync");
  if (fails("fsync", NULL)) return -1;
  int r = NEXT(fsync)(fd);
  stored(fd);
  return r;
}
int fdatasync(int fd) {
  boundary("fdatasync");
  if (fails("fdatasync", NULL)) return -1;
  int r = NEXT(fdatasync)(fd);
  stored(fd);
  return r;
}
int ftruncate64(int fd, off_t n) {
  boundary("ftruncate");
  if (fails("ftruncate", NULL)) return -1;
  return NEXT(ftruncate64)(fd, n);
}
int ftruncate(int fd, off_t n) {
  boundary("ftruncate");
  if (fails("ftruncate", NULL)) return -1;
  return NEXT(ftruncate)(fd, n);
}
int rename(const char *from, const char *to) {
  boundary("rename");
  if (fails("rename", NULL)) return -1;
  return NEXT(rename)(from, to);
}
int unlink(const char *path) {
  boundary("unlink");
  if (fails("unlink", NULL)) return -1;
  return NEXT(unlink)(path);
}

/* ---- the network ---- */

/* What a call of the network comes to: 0: pass it on. */
static int net_fault(const char *name) {
  uint64_t n = ++st->nets;
  if (silent_net) return NET_TIMEOUT;
  if (ended_net) return NET_HALF;
  if (n != st->net_at) return 0;
  st->failed++;
  note(name);
  return (int)st->net_how;
}

static bool after_data; /* DATA was sent: what is sent next is a message */

static ssize_t sent(int fd, const void *p, size_t n, ssize_t r) {
  (void)fd;
  if (r > 0 && after_data) {
    st->body_out = 1;
    after_data = false;
  }
  if (r == 6 && n == 6 && memcmp(p, "DATA\r\n", 6) == 0) after_data = true;
  return r;
}

static ssize_t refuse(int error) {
  errno = error;
  return -1;
}

static ssize_t send_faulty(const char *name, int fd, size_t *n) {
  switch (is_socket(fd) ? net_fault(name) : 0) {
  case NET_REFUSED: return refuse(EPIPE);
  case NET_RESET: return refuse(ECONNRESET);
  case NET_TIMEOUT: silent_net = true; return refuse(EAGAIN);
  case NET_HALF: *n = *n > 1 ? *n / 2 : *n; return 0;
  default: return 0;
  }
}

ssize_t send(int fd, const void *p, size_t n, int flags) {
  boundary("send");
  if (send_faulty("send", fd, &n) < 0) return -1;
  return sent(fd, p, n, NEXT(send)(fd, p, n, flags));
}
ssize_t sendto(int fd, const void *p, size_t n, int flags, const struct sockaddr *to, socklen_t size) {
  boundary("sendto");
  if (send_faulty("sendto", fd, &n) < 0) return -1;
  return sent(fd, p, n, NEXT(sendto)(fd, p, n, flags, to, size));
}
ssize_t recv(int fd, void *p, size_t n, int flags) {
  if (flags & MSG_PEEK) return NEXT(recv)(fd, p, n, flags);
  switch (net_fault("recv")) {
  case NET_REFUSED:
  case NET_RESET: return refuse(ECONNRESET);
  case NET_TIMEOUT: silent_net = true; return refuse(EAGAIN);
  case NET_HALF: {
    if (ended_net) return 0;
    ssize_t r = NEXT(recv)(fd, p, n, flags);
    ended_net = r > 0;
    return r > 1 ? r / 2 : r;
  }
  default: return NEXT(recv)(fd, p, n, flags);
  }
}
int connect(int fd, const struct sockaddr *to, socklen_t size) {
  boundary("connect");
  int family = to->sa_family;
  switch (family == AF_INET || family == AF_INET6 ? net_fault("connect") : 0) {
  case NET_REFUSED:
  case NET_HALF: return (int)refuse(ECONNREFUSED);
  case NET_RESET: return (int)refuse(ECONNRESET);
  case NET_TIMEOUT: silent_net = true; return (int)refuse(EINPROGRESS);
  default: return NEXT(connect)(fd, to, size);
  }
}
/* Where nothing comes any more, waiting for it takes no time but the state's. */
int poll(struct pollfd *v, nfds_t n, int ms) {
  if (!silent_net) return NEXT(poll)(v, n, ms);
  for (nfds_t i = 0; i < n; i++) v[i].revents = 0;
  st->clock_ns += (int64_t)(ms > 0 ? ms : 1000) * 1000000;
  st->steady_ns += (int64_t)(ms > 0 ? ms : 1000) * 1000000;
  return 0;
}

/* ---- time ---- */

int clock_gettime(clockid_t clock, struct timespec *t) {
  int r = NEXT(clock_gettime)(clock, t);
  bool wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
  bool steady = clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_MONOTONIC_COARSE;
  if (r != 0 || (!wall && !steady)) return r;
  int64_t ns = (int64_t)t->tv_sec * 1000000000 + t->tv_nsec + (wall ? st->clock_ns : st->steady_ns);
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
int nanosleep(const struct timespec *t, struct timespec *left) {
  (void)left;
  int64_t ns = (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
  st->clock_ns += ns;
  st->steady_ns += ns;
  return 0;
}

/* ---- memory ---- */

/* dlsym itself asks for memory: until it has answered, from here. */
static char early[16384] __attribute__((aligned(16)));
static size_t early_used;
static bool finding;
static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);
static void (*next_free)(void *);

static void find_memory(void) {
  if (next_free || finding) return;
  finding = true;
  next_malloc = NEXT(malloc);
  next_calloc = NEXT(calloc);
  next_realloc = NEXT(realloc);
  next_free = NEXT(free);
  finding = false;
}
static bool is_early(const void *p) { return (const char *)p >= early && (const char *)p < early + sizeof early; }
static void *early_alloc(size_t n) {
  n = (n + 15) / 16 * 16;
  if (early_used + n > sizeof early) _exit(98);
  void *p = early + early_used;
  early_used += n;
  return p;
}
static bool refused(const char *name) {
  uint64_t n = ++st->mallocs;
  if (!st->malloc_at || n < st->malloc_at || n > (st->malloc_to ? st->malloc_to : st->malloc_at)) return false;
  st->failed++;
  note(name);
  errno = ENOMEM;
  return true;
}

void *malloc(size_t n) {
  find_memory();
  if (!next_malloc) return early_alloc(n);
  return refused("malloc") ? NULL : next_malloc(n);
}
void *calloc(size_t count, size_t n) {
  find_memory();
  if (!next_calloc) return early_alloc(count * n);
  return refused("calloc") ? NULL : next_calloc(count, n);
}
void *realloc(void *p, size_t n) {
  find_memory();
  if (is_early(p)) {
    void *more = malloc(n);
    if (more) memcpy(more, p, n);
    return more;
  }
  return refused("realloc") ? NULL : next_realloc(p, n);
}
void free(void *p) {
  if (!p || is_early(p)) return;
  find_memory();
  next_free(p);
}
