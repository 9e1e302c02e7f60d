/* The service's HTTP side: page, API and webhooks behind one server, each thread with a connection to the store of its
 * own.
 *
 * Invariant: what is answered is answered by the policy that was in force when it was asked; the next one does not wait
 * for it. */
#ifndef DUN_SERVE_SERVICE_H
#define DUN_SERVE_SERVICE_H

#include "http_server.h"
#include "policy.h"

typedef struct service service;

typedef struct service_options {
  const char *store_url; /* stays while the service does, as all of these */
  slice listen;          /* empty: 127.0.0.1:8180 */
  slice public_url;      /* empty: none */
} service_options;

/* NULL: *why, in `perm`, says what to do. */
service *service_open(world *w, const service_options *o, policy_kept *policy, arena *perm, slice *why);
/* "http://127.0.0.1:8180" */
slice service_address(const service *v, arena *perm);
void service_revise(service *v, policy_kept *policy);
void service_close(service *v); /* NULL is allowed */

/* False: *why. Of a public address: https, or http of this machine; without a path of its own. Trailing slashes go. */
bool service_public_url(slice s, slice *url, slice *why);
/* A connection whose provider signs the address that it calls; NULL: there is none. */
const connection *service_needs_public_url(const program *p);

#endif
