/* OAuth 2.0: a program proves who it is, and gets a token for a while. By its own id and secret (client credentials,
 * RFC 6749, 4.4), or by a token of its own that it signs for a user (JWT bearer, RFC 7523). The login of an api.
 *
 * Invariant: id, secret and token are in no word that comes out of here. */
#ifndef DUN_NET_OAUTH_H
#define DUN_NET_OAUTH_H

#include "api.h"

typedef struct oauth oauth;

typedef struct oauth_options {
  const char *service;       /* in words to people: "Microsoft's login" */
  const connection *connect; /* its `ca`, and its setting `url_key` */
  const char *url_key;       /* the setting with another address than `base`: "login"; NULL: there is none */
  const char *base;          /* "https://login.microsoftonline.com" */
  slice path;                /* "/TENANT/oauth2/v2.0/token" */
  slice client_id;
  secret client_secret;
  slice scope; /* empty: none is asked for */
  bool basic;  /* id and secret as Basic, not in the form */
  /* Where there is one, it is by a token of our own: `client_id` its issuer, `client_secret` the private key in PEM. */
  slice user, audience;
  const http_header *more; /* fields of the form beside these */
  size_t more_count;
} oauth_options;

/* NULL: *why. Nothing is reached yet. What `o` points to must stay. */
oauth *oauth_open(world *w, arena *perm, const oauth_options *o, slice *why);
void oauth_close(oauth *o); /* NULL is allowed */

/* Of an api_options: `login` = oauth_login, `self` = the oauth; or called from a login of one's own. The proof says how
 * long it lasts, and the api comes again shortly before. `a`'s patience is the login's too; NULL: its own. */
bool oauth_login(api *a, void *self, api_proof *proof, arena *perm, slice *why);

#endif
