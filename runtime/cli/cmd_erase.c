/* dun erase: a person's data out of the store, for good, without a hole in the books or in the audit log. */
#include "commands.h"
#include "held.h"
#include "runtime/serve/inbox_people.h"
#include "runtime/store/backup.h"
#include "runtime/store/erase.h"
#include "session.h"

static int store_said(session *s) { return session_complain(s, EXIT_WORLD, slice_of(store_why(s->s)->text)); }

/* Open invoices are a reason to keep the data, unless a person says otherwise. */
static int may(session *s, slice id) {
  int64_t open = 0;
  store_code code = store_customer_open(s->s, id, &open);
  if (code == STORE_END) return COMPLAIN(s, EXIT_USAGE, ERASE_NOBODY, id);
  if (code != STORE_OK) return store_said(s);
  if (open == 0 || s->a->value[ARG_yes].given) return EXIT_FINE;
  return session_complain(s, EXIT_USAGE, TEXTS_COUNT(s->lang, s->perm, ERASE_OPEN, (uint64_t)open, id));
}

static int erase(session *s, slice id, store_erased *gone) {
  inbox_addresses was;
  int64_t cards = 0;
  store_code code = store_begin(s->s);
  if (code == STORE_OK) code = inbox_addresses_of(s->s, id, s->perm, &was);
  if (code == STORE_OK) code = store_erase_customer(s->s, id, gone);
  if (code == STORE_OK) code = inbox_forget(s->s, &was, s->perm, &cards);
  if (code == STORE_OK) gone->cards += cards;
  if (code == STORE_OK) {
    /* The log never names the person: the row's number is enough to find what was done. */
    const store_event e = {SLICE("erase"), SLICE("dun erase"),
                           arena_printf(s->perm, "customer erased-%lld", (long long)gone->row), SLICE("{}")};
    code = store_audit_append(s->s, &e);
  }
  if (code == STORE_OK) code = store_commit(s->s);
  if (code == STORE_OK) return EXIT_FINE;
  store_rollback(s->s);
  return store_said(s);
}

static void say(session *s, slice id, const store_erased *gone) {
  arena *p = s->perm;
  SAY(s, WORLD_STDOUT, ERASED, id, arena_printf(p, "erased-%lld", (long long)gone->row),
      texts_number(p, (uint64_t)gone->messages), texts_number(p, (uint64_t)gone->actions),
      texts_number(p, (uint64_t)gone->cards), texts_number(p, (uint64_t)gone->replies),
      texts_number(p, (uint64_t)gone->invoices), texts_number(p, (uint64_t)gone->contracts));
  SAY(s, WORLD_STDOUT, ERASED_ELSEWHERE);
}

int cmd_erase(const args *a, world *w) {
  session s = {.w = w, .a = a, .perm = a->perm, .lang = a->lang};
  store_erased gone;
  if (!slice_eq(a->word[0], SLICE("customer"))) return COMPLAIN(&s, EXIT_USAGE, ERASE_WHAT);
  slice id = a->word[1];
  int status = session_open(&s);
  if (status == EXIT_FINE) status = may(&s, id);
  held_login(&s);
  if (status == EXIT_FINE) status = erase(&s, id, &gone);
  if (status == EXIT_FINE) {
    say(&s, id, &gone);
    const char *path = session_store_url(a);
    store_code code = store_erase_settle(s.s);
    if (code == STORE_LOCKED) SAY(&s, WORLD_STDERR, ERASED_STILL_READ, slice_of(path));
    if (code != STORE_OK) status = code == STORE_LOCKED ? EXIT_FINDINGS : store_said(&s);
  }
  session_close(&s);
  return status;
}
