/* Passwords of people: Argon2id (RFC 9106) through libsodium; password.c alone includes its header. What is kept is the
 * usual text "$argon2id$v=19$m=65536,t=3,p=1$SALT$HASH".
 *
 * Invariant: a password is in no result, no log and no error; comparing takes as long whoever asks. */
#ifndef DUN_RUNTIME_PASSWORD_H
#define DUN_RUNTIME_PASSWORD_H

#include <stdbool.h>

#include "lang/base/arena.h"
#include "world.h"

enum { PASSWORD_BYTES_MAX = 512 };

/* False: this machine has no random numbers, or not the memory (64 MB) that it takes. */
WORLD_MUST bool password_hash(world *w, slice password, arena *perm, slice *kept);
/* Whether the password is the one. `kept` empty: nobody's, which takes as long as a wrong one. */
WORLD_MUST bool password_is(slice kept, slice password);
/* Kept under weaker settings than today's: to be made anew when it is known. */
WORLD_MUST bool password_is_old(slice kept);

#endif
