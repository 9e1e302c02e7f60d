/* The address by which somebody gets no more e-mails (RFC 8058): https://HOST/unsubscribe/KEY/SIGNATURE. The key is the
 * message's; that a link is ours, its signature says, made by a secret that the store keeps.
 *
 * Invariants: a link names nobody; nothing happens by asking for it, only by posting to it. */
#ifndef DUN_CHANNEL_LEAVE_H
#define DUN_CHANNEL_LEAVE_H

#include "runtime/store/store.h"
#include "stdlib/net/secret.h"

#define LEAVE_PATH "/unsubscribe/"

/* The store's secret; with `make`, in the caller's transaction, one is made where there is none. Without it there may
 * be none: secret_is_there. */
STORE_MUST store_code leave_secret(world *w, store *s, bool make, arena *perm, secret *out);
slice leave_link(const secret *its, slice public_url, slice key, arena *perm);
/* The key of a path that leave_link has made; false: it is another one's. */
bool leave_read(const secret *its, slice path, slice *key);

#endif
