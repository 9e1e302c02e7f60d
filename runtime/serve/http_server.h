/* Requests over HTTP from outside, bounded in size, number and time; http_server.c alone includes the library's header.
 *
 * Invariants: one thread, the server's own, reads and writes; what is asked is answered at a desk (desk.h), by a few
 * threads for the page, by one for webhooks, so that neither waits for the other. Who is slow loses his connection: a
 * request comes within HTTP_SECONDS_MAX, its answer is taken in a time that its length allows, and where connections
 * become few the one that has kept us waiting longest goes first. An answer tells a browser to do nothing with it that
 * was not said. */
#ifndef DUN_SERVE_HTTP_SERVER_H
#define DUN_SERVE_HTTP_SERVER_H

#include "door.h"

enum {
  HTTP_CONNECTIONS_MAX = 512,
  HTTP_CONNECTIONS_FEW = 448, /* then the slowest one goes for the next */
  HTTP_SECONDS_MAX = 15,      /* from the first byte of a request to its last; of a connection without one */
  HTTP_TAKING_BYTES = 65536,  /* of an answer that are taken in a second, at the least */
  HTTP_HEADER_BYTES_MAX = 32768,
  HTTP_BODIES_BYTES_MAX = 128 << 20, /* of all requests that are coming in */
  HTTP_WAITING_MAX = 256,            /* at a desk: then 503 */
  HTTP_PAGE_THREADS = 6,
  HTTP_HOOKS_TOGETHER = 64,
  HTTP_HOOKS_PACE_MS = 10 /* from one batch of webhooks to the next */
};

/* Who answers what. HTTP_LANES(LANE): (id, threads, requests at a time, milliseconds from one batch to the next) */
#define HTTP_LANES(LANE)                                                                                               \
  LANE(PAGE, HTTP_PAGE_THREADS, 1, 0)                                                                                  \
  LANE(HOOKS, 1, HTTP_HOOKS_TOGETHER, HTTP_HOOKS_PACE_MS)
typedef enum http_lane {
#define LANE(id, threads, together, pace) HTTP_##id,
  HTTP_LANES(LANE)
#undef LANE
      HTTP_LANE_COUNT,
  HTTP_AT_ONCE = HTTP_LANE_COUNT /* by the server's thread: nothing that waits for anything */
} http_lane;

/* A request and its answer. */
typedef struct http_asked {
  door_request q;
  arena *perm; /* of this one: gone when it is answered */
  door_answer a;
} http_asked;

typedef struct http_host {
  void *self;
  http_lane (*lane)(void *self, const door_request *q); /* by the server's thread, at once */
  /* The `thread`th of the lane's threads; `n` is 1 but for webhooks. */
  void (*answer)(void *self, http_lane lane, size_t thread, http_asked *const *v, size_t n);
} http_host;

typedef struct http_server http_server;

/* "127.0.0.1:8180", "[::1]:8180", "localhost:8180", port 0 any. False: it is none. */
typedef struct http_place {
  char address[64];
  uint16_t port;
  bool six, loopback;
} http_place;
bool http_place_read(slice s, http_place *out);
/* `trouble`: what the library said when it could not listen there. */
slice http_place_why_not(const http_place *at, const char *trouble, arena *perm);

/* NULL: *why says what to do. */
http_server *http_server_open(world *w, const http_place *at, const http_host *host, arena *perm, slice *why);
uint16_t http_server_port(const http_server *h);
/* Requests that are at hand are answered; returns when its threads have ended. NULL is allowed. */
void http_server_close(http_server *h);

#endif
