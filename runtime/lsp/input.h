/* What comes in: a thread of its own reads, so that the server can see whether more is waiting before it computes what
 * the next message would make stale, and can be woken by who works beside it. */
#ifndef DUN_LSP_INPUT_H
#define DUN_LSP_INPUT_H

#include "runtime/world.h"

typedef struct input input;

typedef enum input_event { INPUT_BYTES, INPUT_WOKEN, INPUT_QUIET, INPUT_ENDED } input_event;

/* NULL: this world has no input. */
input *input_start(world *w);
void input_end(input *in);
/* Waits until something is there, so long at most (negative: for ever). Of INPUT_BYTES all that came is in *bytes,
 * which stay until the next call. */
input_event input_take(input *in, int64_t wait_ns, slice *bytes);
/* Whether input_take would give bytes at once. */
bool input_waiting(input *in);
/* From any thread: the next input_take gives INPUT_WOKEN where no bytes wait. */
void input_wake(input *in);

#endif
