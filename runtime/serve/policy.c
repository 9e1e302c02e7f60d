/* See policy.h. */
#include "policy.h"

#include <stdatomic.h>
#include <stdlib.h>

struct policy_kept {
  session s;
  atomic_uint keepers;
};

policy_kept *policy_keep(const session *s) {
  policy_kept *k = calloc(1, sizeof *k);
  if (!k) arena_exhausted();
  k->s = *s;
  atomic_init(&k->keepers, 1);
  return k;
}

policy_kept *policy_keep_too(policy_kept *k) {
  atomic_fetch_add(&k->keepers, 1);
  return k;
}

void policy_let_go(policy_kept *k) {
  if (!k || atomic_fetch_sub(&k->keepers, 1) != 1) return;
  arena_free(k->s.perm);
  free(k);
}

const session *policy_in(const policy_kept *k) { return &k->s; }
