/* See user_link.h. */
#include "user_link.h"

#include "held.h"
#include "runtime/api/people.h"
#include "runtime/store/audit.h"
#include "stdlib/net/sign.h"

static const slice ADDRESS_KEY = {"page address", 12};

store_code user_note_address(store *s, slice address) {
  store_code code = store_begin(s);
  if (code == STORE_OK) code = store_state_set(s, ADDRESS_KEY, address);
  if (code == STORE_OK) return store_commit(s);
  store_rollback(s);
  return code;
}

/* --public-url, else where a service listened last. */
static slice address_of(session *s, store *to) {
  slice address;
  const arg_value *given = &s->a->value[ARG_public_url];
  if (given->given) {
    size_t n = given->text.n;
    while (n > 0 && given->text.p[n - 1] == '/') n--;
    return (slice){given->text.p, n};
  }
  return store_state_get(to, ADDRESS_KEY, s->perm, &address) == STORE_OK ? address : SLICE("http://127.0.0.1:8180");
}

int user_make_link(session *s, store *to, int64_t person, slice by, slice *url, int64_t *ends_at) {
  char bytes[PEOPLE_TOKEN_BYTES];
  slice address = address_of(s, to);
  if (s->w->random(s->w, bytes, sizeof bytes) != WORLD_OK) return COMPLAIN(s, EXIT_WORLD, NO_RANDOM);
  slice token = sign_base64url((slice){bytes, sizeof bytes}, s->perm);
  if (people_link_put(to, person, token, by, ends_at) != STORE_OK)
    return session_complain_said(s, EXIT_WORLD, store_why(to)->text);
  *url = arena_printf(s->perm, "%.*s" PEOPLE_LINK_PATH "%.*s", SLICE_ARG(address), SLICE_ARG(token));
  return EXIT_FINE;
}

void user_first_link(session *s, store *to, slice address) {
  bool any = true;
  slice url;
  int64_t ends;
  if (user_note_address(to, address) != STORE_OK || people_any(to, &any) != STORE_OK || any) return;
  if (store_begin(to) != STORE_OK) return;
  if (user_make_link(s, to, 0, SLICE("dun"), &url, &ends) == EXIT_FINE && store_commit(to) == STORE_OK)
    SAY(s, WORLD_STDERR, FIRST_LINK, url, held_instant(s, ends));
  store_rollback(to);
}
