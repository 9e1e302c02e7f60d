/* See people.h: passwords that come in. Each costs 64 MB and a tenth of a second, so that only a few are looked at at a
 * time. */
#include <stdatomic.h>

#include "password_rules.h"
#include "people.h"
#include "runtime/password.h"

static bool begin_work(api_call *c) {
  if (!c->house->hashing || atomic_fetch_add(c->house->hashing, 1) < PEOPLE_HASHING_MAX) return true;
  atomic_fetch_sub(c->house->hashing, 1);
  c->answer->retry_s = 1;
  api_fail(c, 503, "busy", SLICE("many people are logging in just now: try again in a moment"));
  return false;
}

static void end_work(api_call *c) {
  if (c->house->hashing) atomic_fetch_sub(c->house->hashing, 1);
}

bool people_new_password(api_call *c, const char *field, const store_person *p, slice *kept) {
  slice typed = json_text(json_member(c->json, slice_of(field)));
  const slice own[] = {p->login, p->name, p->email, SLICE("dunning")};
  const char *wrong = password_wrong(typed, own, sizeof own / sizeof *own, c->perm);
  if (wrong) {
    api_wrong(c, field, slice_of(wrong));
    return false;
  }
  if (!begin_work(c)) return false;
  bool fine = password_hash(c->w, typed, c->perm, kept);
  end_work(c);
  if (!fine) api_fail(c, 503, "busy", SLICE("this machine has not the memory for that just now"));
  return fine;
}

bool people_password_is(api_call *c, slice kept, slice password) {
  if (!begin_work(c)) return false;
  bool is = password_is(kept, password);
  end_work(c);
  return is;
}
