/* An answer that goes on: bytes are put in by one thread, and taken out by the server's while the browser stays.
 *
 * Invariants: a stream has two owners, who feeds it and the server; it is gone when both have let go, in any order.
 * What is not taken is bounded: a browser that does not read is given up, not waited for. */
#ifndef DUN_SERVE_STREAM_H
#define DUN_SERVE_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "lang/base/slice.h"

enum { STREAM_BYTES_MAX = 65536 };

typedef struct stream stream;

stream *stream_new(void);

/* ---- who feeds it ---- */

bool stream_put(stream *s, slice bytes); /* false: nobody reads it any more, or too slowly */
void stream_let_go(stream *s);           /* what was put is taken still, and then it ends */

/* ---- the server ---- */

/* `sleep` and `wake`: of the connection `of`, which is asleep from the one to the other. */
void stream_attach(stream *s, void (*sleep)(void *of), void (*wake)(void *of), void *of);
/* 0: nothing is there, and the connection sleeps; -1: it has ended. */
long stream_take(stream *s, char *out, size_t room);
void stream_end(stream *s);  /* as if its feeder had let go */
void stream_left(stream *s); /* the connection is no more */

#endif
