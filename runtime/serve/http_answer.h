/* An answer's head: what the server says with every one, and what a browser has already.
 *
 * Invariant: what a handler says stands in place of what would be said with every answer, never beside it. */
#ifndef DUN_SERVE_HTTP_ANSWER_H
#define DUN_SERVE_HTTP_ANSWER_H

#include "door.h"

enum { HTTP_SAID_MAX = 40 };

typedef struct http_said {
  const char *name, *value;
} http_said;

/* The lines of the head, all of them in `perm`; how many. */
size_t http_head(const door_answer *a, arena *perm, http_said out[HTTP_SAID_MAX]);

/* A browser that has the same bytes (If-None-Match) is told so: 304, without them. */
void http_conditional(const door_request *q, door_answer *a);

#endif
