/* An arena: memory of one phase, freed at once. What a function returns lives in the arena named `perm`; `scratch` is
 * its own to waste. When the system has no memory left, arena_exhausted() ends the process (the store's transactions
 * make that safe at any point): no function here returns NULL. */
#ifndef DUN_BASE_ARENA_H
#define DUN_BASE_ARENA_H

#include <stddef.h>

#include "slice.h"

typedef struct arena arena;

arena *arena_new(void);
/* One that is filled at once: the pages of its large zeroed pieces are asked for together, too. */
arena *arena_new_eager(void);
void arena_free(arena *a); /* NULL is allowed */
/* All that was handed out is gone; the memory stays for what comes next. */
void arena_reset(arena *a);
/* Zeroed memory, aligned for any type. */
void *arena_alloc(arena *a, size_t bytes) __attribute__((malloc, returns_nonnull));
void *arena_array(arena *a, size_t count, size_t size) __attribute__((malloc, returns_nonnull));
/* Not zeroed: for what is written before it is read. */
void *arena_room(arena *a, size_t count, size_t size) __attribute__((malloc, returns_nonnull));
/* A NUL-terminated copy. */
char *arena_copy(arena *a, slice s);
slice arena_slice(arena *a, slice s);
slice arena_printf(arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
size_t arena_bytes(const arena *a); /* handed out so far */

/* Not here: the program's own (runtime/world_posix.c) says that there is no memory left and ends with status 4. */
_Noreturn void arena_exhausted(void);

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, count, type) ((type *)arena_array((a), (count), sizeof(type)))

#endif
