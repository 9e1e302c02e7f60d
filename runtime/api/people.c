/* See people.h. */
#include "people.h"

void people_recognise(api_call *c) { c->who = (api_person){.id = 0}; }

bool api_saw(api_call *c, const char *what, slice subject) {
  store_code code = store_begin(c->s);
  if (code == STORE_OK)
    code = api_log(c, "read", arena_printf(c->perm, "%s %.*s", what, SLICE_ARG(subject)), (slice){0});
  if (code == STORE_OK) code = store_commit(c->s);
  return api_stored(c, code);
}
