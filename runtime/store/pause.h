/* Pauses: what must not leave now. Reading them is a scan of `pause`.
 *
 * Invariant: a pause ends by a person alone, also one that Dun set itself. */
#ifndef DUN_STORE_PAUSE_H
#define DUN_STORE_PAUSE_H

#include "store.h"

/* SCOPE(name): what it covers. */
#define PAUSE_SCOPES(SCOPE) SCOPE(all) SCOPE(policy) SCOPE(channel) SCOPE(customer)
typedef enum pause_scope {
#define SCOPE(name) PAUSE_##name,
  PAUSE_SCOPES(SCOPE)
#undef SCOPE
      PAUSE_SCOPE_COUNT
} pause_scope;
const char *pause_scope_name(pause_scope s);
STORE_MUST bool pause_scope_find(slice name, pause_scope *out);

/* Who sets the pauses that are nobody's. Of scope `all` they have a name: what went wrong. */
#define PAUSE_BY_DUN SLICE("dun")
#define PAUSE_CLOCK SLICE("clock")
#define PAUSE_RESTORED SLICE("restored")

typedef struct store_pause {
  pause_scope scope;
  slice name; /* of `all`: empty, or what Dun found */
  slice by, reason;
  int64_t at_us;
} store_pause;

/* *is_new is false where the same is paused already: that one stays as it is. */
STORE_MUST store_code store_pause_put(store *s, pause_scope scope, slice name, slice by, slice reason, bool *is_new);
/* Ends those of the scope and name; of `all` every one, whatever its name. *ended: how many there were. */
STORE_MUST store_code store_pause_end(store *s, pause_scope scope, slice name, slice by, int64_t *ended);
/* After it, in the same transaction (resume.c): where more than `most` messages to customers of days that are over
 * stand ready (of that channel; empty: of any), they go by the steps of an approved plan. *stepped: how many, 0: none.
 */
STORE_MUST store_code store_resume_by_steps(store *s, slice channel, int64_t most, slice by, int64_t *stepped);
/* State: the name of the policy that ran last. */
#define POLICY_NAME SLICE("policy name")

/* The first pause that covers a message; STORE_END: none. `customer` empty: to our own people. Texts in `perm`. */
STORE_MUST store_code store_pause_of(store *s, slice policy, slice channel, slice customer, arena *perm,
                                     store_pause *out);
/* One that Dun set over everything: nothing is decided until a person has looked. STORE_END: none. */
STORE_MUST store_code store_pause_own(store *s, arena *perm, store_pause *out);

#endif
