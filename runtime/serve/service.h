/* The service's HTTP side: the door behind a server's thread, with a connection to the store of its own.
 *
 * Invariant: the policy that webhooks are read by is the one in force; it changes between two requests. */
#ifndef DUN_SERVE_SERVICE_H
#define DUN_SERVE_SERVICE_H

#include "http_server.h"
#include "runtime/cli/session.h"

typedef struct service service;

typedef struct service_options {
  const char *store_url;
  slice listen;     /* empty: 127.0.0.1:8180 */
  slice public_url; /* empty: none */
} service_options;

/* NULL: *why says what to do. `perm` must stay, and `policy` until the next one. */
service *service_open(world *w, const service_options *o, const session *policy, arena *perm, slice *why);
/* "http://127.0.0.1:8180" */
slice service_address(const service *v, arena *perm);
void service_revise(service *v, const session *policy);
void service_close(service *v); /* NULL is allowed */

/* False: *why. Of a public address: https, or http of this machine; without a path of its own. Trailing slashes go. */
bool service_public_url(slice s, slice *out, slice *why);
/* A connection whose provider signs the address that it calls; NULL: there is none. */
const connection *service_needs_public_url(const program *p);

#endif
