/* Requests over HTTP from outside, bounded in size, number and time; http_server.c alone includes the library's header.
 *
 * Invariants: one thread, its own, asks the handler, one request after the other; a connection lives HTTP_SECONDS_MAX,
 * whatever comes or does not come over it; each answer ends its connection. */
#ifndef DUN_SERVE_HTTP_SERVER_H
#define DUN_SERVE_HTTP_SERVER_H

#include "door.h"

enum {
  HTTP_CONNECTIONS_MAX = 128,
  HTTP_SECONDS_MAX = 15, /* from the first byte of a connection to the last of its request */
  HTTP_HEADER_BYTES_MAX = 32768
};

typedef struct http_server http_server;
typedef void http_handler(void *self, const door_request *r, arena *perm, door_answer *out);

/* "127.0.0.1:8180", "[::1]:8180", "localhost:8180", port 0 any. False: it is none. */
typedef struct http_place {
  char address[64];
  uint16_t port;
  bool six, loopback;
} http_place;
bool http_place_read(slice s, http_place *out);

/* NULL: *why says what to do. */
http_server *http_server_open(world *w, const http_place *at, http_handler *ask, void *self, arena *perm, slice *why);
uint16_t http_server_port(const http_server *h);
/* Requests that are at hand are answered; returns when its thread has ended. NULL is allowed. */
void http_server_close(http_server *h);

#endif
