/* The arena: a list of blocks, each filled from its front. Invariant: memory between `used` and `room` of a block is
 * zero, because blocks come from calloc and nothing is ever taken back. */
#include "arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOCK_BYTES_FIRST ((size_t)16 * 1024)
#define BLOCK_BYTES_MAX ((size_t)1024 * 1024)

struct block {
  struct block *next;
  size_t used, room;
  alignas(max_align_t) char bytes[];
};

struct arena {
  struct block *top; /* being filled; full ones behind it */
  size_t block_bytes, handed_out;
};

/* Status 4 is "the world failed" (docs): the store's transactions make an end at any point safe. */
static _Noreturn void out_of_memory(void) { exit(4); }

static struct block *block_new(size_t room) {
  if (room > SIZE_MAX - sizeof(struct block)) out_of_memory();
  struct block *b = calloc(1, sizeof *b + room);
  if (!b) out_of_memory();
  b->room = room;
  return b;
}

arena *arena_new(void) {
  arena *a = calloc(1, sizeof *a);
  if (!a) out_of_memory();
  a->block_bytes = BLOCK_BYTES_FIRST;
  return a;
}

void arena_free(arena *a) {
  if (!a) return;
  for (struct block *b = a->top; b;) {
    struct block *next = b->next;
    free(b);
    b = next;
  }
  free(a);
}

/* A large piece gets a block of its own behind the top one, so that the rest of the top block is not lost. */
static void *alloc_large(arena *a, size_t bytes) {
  struct block *b = block_new(bytes);
  b->used = bytes;
  if (a->top) {
    b->next = a->top->next;
    a->top->next = b;
  } else {
    a->top = b;
  }
  return b->bytes;
}

void *arena_alloc(arena *a, size_t bytes) {
  const size_t align = alignof(max_align_t);
  if (bytes > SIZE_MAX - align) out_of_memory();
  size_t need = (bytes + align - 1) / align * align;
  if (need == 0) need = align;
  a->handed_out += need;
  if (!a->top || a->top->room - a->top->used < need) {
    if (need > a->block_bytes / 4) return alloc_large(a, need);
    struct block *b = block_new(a->block_bytes);
    if (a->block_bytes < BLOCK_BYTES_MAX) a->block_bytes *= 2;
    b->next = a->top;
    a->top = b;
  }
  void *p = a->top->bytes + a->top->used;
  a->top->used += need;
  return p;
}

void *arena_array(arena *a, size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) out_of_memory();
  return arena_alloc(a, bytes);
}

char *arena_copy(arena *a, slice s) {
  if (s.n == SIZE_MAX) out_of_memory();
  char *p = arena_alloc(a, s.n + 1);
  if (s.n) memcpy(p, s.p, s.n);
  return p;
}

slice arena_slice(arena *a, slice s) { return (slice){arena_copy(a, s), s.n}; }

slice arena_printf(arena *a, const char *format, ...) {
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, format, args);
  va_end(args);
  size_t bytes = n > 0 ? (size_t)n : 0; /* a format that fails gives the empty text */
  char *p = arena_alloc(a, bytes + 1);
  if (bytes) vsnprintf(p, bytes + 1, format, again);
  va_end(again);
  return (slice){p, bytes};
}

size_t arena_bytes(const arena *a) { return a->handed_out; }
