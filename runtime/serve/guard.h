/* Who may call the page and its API, by what a browser says of itself: a page of somebody else's cannot, neither by
 * calling us under a name of its own (DNS rebinding: `Host`) nor from its own place (`Origin`, `Sec-Fetch-Site`).
 *
 * Invariant: a name is ours only where this machine or the operator (--public-url) says so. */
#ifndef DUN_SERVE_GUARD_H
#define DUN_SERVE_GUARD_H

#include "door.h"

typedef struct guard {
  slice public_url; /* "https://dun.example.com"; empty: none */
} guard;

/* GUARD(id, what is wrong) */
#define GUARDS(GUARD)                                                                                                  \
  GUARD(FINE, "")                                                                                                      \
  GUARD(NAME, "this service is not reached under that name: start it with --public-url https://NAME")                  \
  GUARD(PLACE, "this change did not come from the page: load the page again")
typedef enum guard_finding {
#define GUARD(id, words) GUARD_##id,
  GUARDS(GUARD)
#undef GUARD
      GUARD_COUNT
} guard_finding;
const char *guard_words(guard_finding f);

guard_finding guard_looks(const guard *g, const door_request *r);

#endif
