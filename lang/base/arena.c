/* The arena: a list of blocks, each filled from its front. Invariant: memory of a block at and after both `used` and
 * `dirty` is zero: blocks come from calloc, and what a reset takes back is dirty until it is zeroed for the next. */
#include "arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __linux__
#include <sys/mman.h>
#endif

/* Under AddressSanitizer nothing of a block may be touched but the pieces handed out, with a gap between two, so that a
 * read or write past one is found; and nothing of a block that a reset took back. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define GAP_BYTES alignof(max_align_t)
#define CLOSE(p, bytes) ASAN_POISON_MEMORY_REGION((p), (bytes))
#define OPEN(p, bytes) ASAN_UNPOISON_MEMORY_REGION((p), (bytes))
#else
#define GAP_BYTES 0
#define CLOSE(p, bytes) ((void)(p), (void)(bytes))
#define OPEN(p, bytes) ((void)(p), (void)(bytes))
#endif

#define BLOCK_BYTES_FIRST ((size_t)16 * 1024)
#define BLOCK_BYTES_MAX ((size_t)1024 * 1024)
#define POPULATED_BYTES_MIN ((size_t)64 * 1024)
#define PAGE_BYTES ((uintptr_t)4096)

struct block {
  struct block *next;
  size_t used, dirty, room;
  alignas(max_align_t) char bytes[];
};

struct arena {
  struct block *top;   /* being filled; full ones behind it */
  struct block *spare; /* empty ones that a reset left */
  size_t block_bytes, handed_out;
  bool eager;
};

/* The pages of a block that is about to be filled are asked for at once: a fault for each costs more than the work on
 * what lies there. Where the system knows no such call, or has larger pages, they come one by one. */
static void populate(struct block *b) {
#ifdef MADV_POPULATE_WRITE
  uintptr_t at = ((uintptr_t)b->bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
  uintptr_t end = ((uintptr_t)b->bytes + b->room) & ~(PAGE_BYTES - 1);
  if (b->dirty || b->room < POPULATED_BYTES_MIN || at >= end) return;
  (void)madvise((void *)at, end - at, MADV_POPULATE_WRITE);
#else
  (void)b;
#endif
}

static struct block *block_new(arena *a, size_t room) {
  for (struct block **at = &a->spare; *at; at = &(*at)->next) {
    struct block *b = *at;
    if (b->room < room || b->room / 4 > room) continue; /* large blocks wait for large pieces */
    *at = b->next;
    return b;
  }
  if (room > SIZE_MAX - sizeof(struct block)) arena_exhausted();
  struct block *b = calloc(1, sizeof *b + room);
  if (!b) arena_exhausted();
  b->room = room;
  CLOSE(b->bytes, room);
  return b;
}

arena *arena_new(void) {
  arena *a = calloc(1, sizeof *a);
  if (!a) arena_exhausted();
  a->block_bytes = BLOCK_BYTES_FIRST;
  return a;
}

arena *arena_new_eager(void) {
  arena *a = arena_new();
  a->eager = true;
  return a;
}

static void blocks_free(struct block *b) {
  while (b) {
    struct block *next = b->next;
    free(b);
    b = next;
  }
}

void arena_free(arena *a) {
  if (!a) return;
  blocks_free(a->top);
  blocks_free(a->spare);
  free(a);
}

/* What this phase did not use is given back: an arena keeps what its last phase needed. */
void arena_reset(arena *a) {
  blocks_free(a->spare);
  a->spare = a->top;
  a->top = NULL;
  a->handed_out = 0;
  for (struct block *b = a->spare; b; b = b->next) {
    if (b->used > b->dirty) b->dirty = b->used;
    b->used = 0;
    CLOSE(b->bytes, b->room);
  }
}

/* A large piece gets a block of its own behind the top one, so that the rest of the top block is not lost. */
static struct block *block_large(arena *a, size_t bytes, bool zeroed) {
  struct block *b = block_new(a, bytes);
  if (a->eager && zeroed) populate(b);
  if (a->top) {
    b->next = a->top->next;
    a->top->next = b;
  } else {
    b->next = NULL;
    a->top = b;
  }
  return b;
}

static struct block *block_for(arena *a, size_t need, bool zeroed) {
  if (a->top && a->top->room - a->top->used >= need) return a->top;
  if (need > a->block_bytes / 4) return block_large(a, need, zeroed);
  struct block *b = block_new(a, a->block_bytes);
  populate(b);
  if (a->block_bytes < BLOCK_BYTES_MAX) a->block_bytes *= 2;
  b->next = a->top;
  a->top = b;
  return b;
}

static void *take(arena *a, size_t bytes, bool zeroed) {
  const size_t align = alignof(max_align_t);
  if (bytes > SIZE_MAX - align - GAP_BYTES) arena_exhausted();
  size_t need = (bytes + align - 1) / align * align;
  if (need == 0) need = align;
  a->handed_out += need;
  need += GAP_BYTES;
  struct block *b = block_for(a, need, zeroed);
  char *p = b->bytes + b->used;
  OPEN(p, need);
  if (zeroed && b->used < b->dirty) memset(p, 0, b->dirty - b->used < need ? b->dirty - b->used : need);
  b->used += need;
  if (!zeroed && b->used > b->dirty) b->dirty = b->used;
  CLOSE(p + bytes, need - bytes);
  return p;
}

void *arena_alloc(arena *a, size_t bytes) { return take(a, bytes, true); }

void *arena_room(arena *a, size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) arena_exhausted();
  return take(a, bytes, false);
}

void *arena_array(arena *a, size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) arena_exhausted();
  return arena_alloc(a, bytes);
}

char *arena_copy(arena *a, slice s) {
  if (s.n == SIZE_MAX) arena_exhausted();
  char *p = arena_alloc(a, s.n + 1);
  if (s.n) memcpy(p, s.p, s.n);
  return p;
}

slice arena_slice(arena *a, slice s) { return (slice){arena_copy(a, s), s.n}; }

slice arena_printf(arena *a, const char *format, ...) {
  char small[256]; /* most texts: formatted once */
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int n = vsnprintf(small, sizeof small, format, args);
  va_end(args);
  size_t bytes = n > 0 ? (size_t)n : 0; /* a format that fails gives the empty text */
  char *p = arena_alloc(a, bytes + 1);
  if (bytes >= sizeof small)
    vsnprintf(p, bytes + 1, format, again);
  else
    memcpy(p, small, bytes);
  va_end(again);
  return (slice){p, bytes};
}

size_t arena_bytes(const arena *a) { return a->handed_out; }
