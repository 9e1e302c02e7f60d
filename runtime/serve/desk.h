/* A desk: threads that take what is put before them, in its order, and a bounded row of what waits.
 *
 * Invariant: what was put is worked on once, also while the desk closes; what finds the row full is refused at once, so
 * that whoever came can be told to come again. */
#ifndef DUN_SERVE_DESK_H
#define DUN_SERVE_DESK_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/world.h"

typedef struct desk desk;

typedef struct desk_options {
  size_t threads, room;
  size_t batch;    /* at most so many items at a time */
  int64_t pace_ns; /* a thread begins its batches no closer together, unless a whole one waits; 0: as they come */
  void (*work)(void *self, size_t thread, void *const *items, size_t n);
  void *self;
} desk_options;

/* NULL: this machine gives no further thread. Its threads get no signal: those are for the thread that ticks. */
desk *desk_open(world *w, const desk_options *o);
bool desk_put(desk *d, void *item); /* false: the row is full, or the desk closes */
void desk_close(desk *d);           /* after what waits was worked on; NULL is allowed */

#endif
