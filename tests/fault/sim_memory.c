/* The memory of the simulator's processes, in place of the C library's: pieces of one stretch, from its front, and
 * lists of pieces that came back, by size. A child's stretch is the same pages again that the child before it had
 * (there is one at each depth, and one in the place of each service): what would cost most of so short a life,
 * thousands of times, is done once.
 *
 * Invariant: a piece says its size just before it; one that the keeper had from its own stretch may be freed or grown
 * in a child. What malloc hands out is not zero. */
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

#include "sim.h"

enum { STEPS = 4, SIZES = 48 * STEPS, HEAD = 16, LEAST = 32, INSIDE = SIZES };
static const size_t KEEPER_BYTES = (size_t)1 << 32, CHILD_BYTES = (size_t)1 << 30, READY_BYTES = (size_t)1 << 20;

typedef struct piece {
  size_t size;        /* its kind; INSIDE: it begins within another one, for its address's sake */
  struct piece *next; /* INSIDE: the one it is in */
} piece;

static piece *piece_at(void *at) { return (piece *)((char *)at - HEAD); }
static piece *whole(piece *p) { return p->size == INSIDE ? p->next : p; }

static char *front, *end;
static piece *returned[SIZES];
static char *stretch_of[DEPTH_MAX + SERVERS_MAX];

static void *stretch(size_t bytes, int how) {
  void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, how | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) abort();
  return p;
}

/* Four sizes to each power of two. */
static size_t kind_of(size_t bytes) {
  size_t n = bytes + HEAD;
  if (n < LEAST) n = LEAST;
  unsigned top = 63u - (unsigned)__builtin_clzll(n - 1); /* 2^top < n <= 2^(top+1) */
  return (top - 4) * STEPS + (((n - 1) >> (top - 2)) & (STEPS - 1));
}
static size_t bytes_of(size_t kind) {
  size_t top = kind / STEPS + 4;
  return ((size_t)1 << top) + (kind % STEPS + 1) * ((size_t)1 << (top - 2));
}

void *malloc(size_t bytes) {
  if (bytes > CHILD_BYTES) {
    errno = ENOMEM;
    return NULL;
  }
  size_t kind = kind_of(bytes);
  piece *p = returned[kind];
  if (p) {
    returned[kind] = p->next;
    return (char *)p + HEAD;
  }
  size_t n = (bytes_of(kind) + HEAD - 1) & ~(size_t)(HEAD - 1);
  if (!front) {
    front = stretch(KEEPER_BYTES, MAP_PRIVATE);
    end = front + KEEPER_BYTES;
  }
  if ((size_t)(end - front) < n) {
    errno = ENOMEM;
    return NULL;
  }
  p = (piece *)front;
  front += n;
  p->size = kind;
  return (char *)p + HEAD;
}

void free(void *at) {
  if (!at) return;
  piece *p = whole(piece_at(at));
  p->next = returned[p->size];
  returned[p->size] = p;
}

void *calloc(size_t n, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(n, size, &bytes)) {
    errno = ENOMEM;
    return NULL;
  }
  void *p = malloc(bytes);
  if (p) memset(p, 0, bytes);
  return p;
}

void *realloc(void *at, size_t bytes) {
  if (!at) return malloc(bytes);
  piece *own = whole(piece_at(at));
  size_t kind = own->size, room = bytes_of(kind) - (size_t)((char *)at - (char *)own);
  if (bytes <= CHILD_BYTES && kind_of(bytes) == kind && own == piece_at(at)) return at;
  void *p = malloc(bytes);
  if (!p) return NULL;
  memcpy(p, at, room < bytes ? room : bytes);
  free(at);
  return p;
}

void *aligned_alloc(size_t align, size_t bytes) {
  if (align <= HEAD) return malloc(bytes);
  char *room = bytes > CHILD_BYTES ? NULL : malloc(bytes + align + HEAD);
  if (!room) return NULL;
  uintptr_t at = ((uintptr_t)room + HEAD + align - 1) & ~(uintptr_t)(align - 1);
  char *out = room + (at - (uintptr_t)room);
  *piece_at(out) = (piece){INSIDE, piece_at(room)};
  return out;
}
int posix_memalign(void **out, size_t align, size_t bytes) {
  *out = aligned_alloc(align, bytes);
  return *out ? 0 : ENOMEM;
}

/* ---- the processes ---- */

void sim_memory_keeper(void) {
  for (size_t i = 0; i < DEPTH_MAX + SERVERS_MAX; i++) stretch_of[i] = stretch(CHILD_BYTES, MAP_SHARED);
}

void sim_memory_child(int which) {
  front = stretch_of[which];
  end = front + CHILD_BYTES;
  memset(returned, 0, sizeof returned);
#ifdef MADV_POPULATE_WRITE
  (void)madvise(front, READY_BYTES, MADV_POPULATE_WRITE);
#endif
}

void *sim_zeroed(size_t bytes) { return stretch(bytes, MAP_PRIVATE); }
