/* OpenID Connect with a provider of the house's own: the code flow with PKCE (OpenID Connect Core 1.0, Discovery 1.0,
 * RFC 6749, 7636, 9207). Two steps: where the browser is sent to; and what the code that it brings back comes to.
 *
 * Invariants: nothing is kept between the steps but a secret of the browser's own, from which state, nonce and verifier
 * follow; secret, code and tokens are in no word that comes out of here. */
#ifndef DUN_NET_OIDC_H
#define DUN_NET_OIDC_H

#include "api.h"
#include "id_token.h"

typedef struct oidc oidc;

/* connect login oidc "https://accounts.example.com" with client "dun" and secret from env "OIDC_SECRET". NULL: *why.
 * Nothing is reached yet; nothing is to be closed. */
oidc *oidc_open(world *w, arena *perm, const connection *c, slice *why);
slice oidc_issuer(const oidc *o);

/* The address that the browser is sent to; `own`: the secret of this login, `back`: where it is sent back to. False:
 * *why. */
bool oidc_begin(oidc *o, slice own, slice back, arena *perm, slice *url, slice *why);
/* Whether a state belongs to the secret. */
bool oidc_is_state(slice own, slice state, arena *scratch);
/* Who it is. `issuer`: what the answer says of itself (RFC 9207); empty: nothing. False: *why. */
bool oidc_finish(oidc *o, slice own, slice back, slice code, slice issuer, arena *perm, id_token *who, slice *why);

#endif
