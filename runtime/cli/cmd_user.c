/* dun user: people who work on the page, for who has the machine: the first one, and whoever is locked out. */
#include "commands.h"
#include "held.h"
#include "runtime/store/people.h"
#include "user_link.h"

static int store_said(session *s) { return session_complain_said(s, EXIT_WORLD, store_why(s->s)->text); }

/* ---- list ---- */

enum { LIST_COLUMNS = 6, LIST_ROWS = 200 };

static slice state_of(session *s, const store_person *p) {
  if (p->disabled) return slice_of(texts_word(s->lang, TXT_USER_DISABLED));
  return slice_of(texts_word(s->lang, p->password.n || p->subject.n ? TXT_USER_ACTIVE : TXT_USER_INVITED));
}

static const char *plain_state(const store_person *p) {
  return p->disabled ? "disabled" : p->password.n || p->subject.n ? "active" : "invited";
}

static store_code add_rows(session *s, out *table) {
  slice after = {0};
  store_person *v = ARENA_ARRAY(s->perm, LIST_ROWS, store_person);
  for (bool more = true; more;) {
    size_t n;
    store_code code = people_list(s->s, after, LIST_ROWS, s->perm, v, &n, &more);
    if (code != STORE_OK) return code;
    for (size_t i = 0; i < n; i++) {
      bool person_reads = s->a->format == OUT_table;
      const slice values[LIST_COLUMNS] = {v[i].login,
                                          v[i].name,
                                          v[i].email,
                                          slice_of(people_role_name(v[i].role)),
                                          person_reads ? state_of(s, v + i) : slice_of(plain_state(v + i)),
                                          v[i].seen_at ? held_instant(s, v[i].seen_at) : (slice){0}};
      out_row(table, values);
    }
    if (n) after = v[n - 1].login;
  }
  return STORE_OK;
}

static int list(session *s) {
  const out_column columns[LIST_COLUMNS] = {{"login", texts_word(s->lang, TXT_USER_LOGIN), OUT_TEXT, true},
                                            {"name", texts_word(s->lang, TXT_USER_NAME), OUT_TEXT, false},
                                            {"email", texts_word(s->lang, TXT_USER_EMAIL), OUT_TEXT, false},
                                            {"role", texts_word(s->lang, TXT_USER_ROLE), OUT_TEXT, true},
                                            {"state", texts_word(s->lang, TXT_USER_STATE), OUT_TEXT, true},
                                            {"seen", texts_word(s->lang, TXT_USER_SEEN), OUT_TEXT, true}};
  out *table = out_begin(s->w, s->a->format, columns, LIST_COLUMNS);
  out_if_empty(table, TEXTS(s->lang, s->perm, USER_NOBODY));
  store_code code = add_rows(s, table);
  world_code why;
  bool written = out_end(table, &why) || why == WORLD_CLOSED;
  if (code != STORE_OK) return store_said(s);
  return written ? EXIT_FINE : COMPLAIN(s, EXIT_WORLD, CANNOT_WRITE_RESULT, texts_world(s->lang, s->perm, why));
}

/* ---- changes ---- */

static int no_change(session *s, people_answer a, slice login) {
  switch (a) {
  case PEOPLE_DONE: return EXIT_FINE;
  case PEOPLE_NOT_THERE: return COMPLAIN(s, EXIT_USAGE, USER_NO_SUCH, login);
  case PEOPLE_LOGIN_TAKEN: return COMPLAIN(s, EXIT_USAGE, USER_TAKEN, login);
  case PEOPLE_EMAIL_TAKEN:
  case PEOPLE_CHANGED: return COMPLAIN(s, EXIT_FINDINGS, USER_CHANGED);
  case PEOPLE_LAST_ADMIN: return COMPLAIN(s, EXIT_FINDINGS, USER_LAST_ADMIN);
  case PEOPLE_TOO_MANY: return COMPLAIN(s, EXIT_FINDINGS, USER_TOO_MANY);
  }
  return EXIT_WORLD;
}

static int read_role(session *s, slice word, people_role *role) {
  return people_role_find(word, role) ? EXIT_FINE : COMPLAIN(s, EXIT_USAGE, USER_ROLES, word);
}

static int find(session *s, slice word, store_person *p) {
  slice login;
  store_code code = people_login_read(word, s->perm, &login) ? people_find(s->s, login, s->perm, p) : STORE_END;
  if (code == STORE_END) return COMPLAIN(s, EXIT_USAGE, USER_NO_SUCH, word);
  return code == STORE_OK ? EXIT_FINE : store_said(s);
}

static int commit(session *s) { return store_commit(s->s) == STORE_OK ? EXIT_FINE : store_said(s); }

/* Within the transaction: a link, and it is said. */
static int give_link(session *s, int64_t person, slice by) {
  slice url;
  int64_t ends;
  int status = user_make_link(s, s->s, person, by, &url, &ends);
  if (status == EXIT_FINE) status = commit(s);
  if (status == EXIT_FINE) SAY(s, WORLD_STDOUT, USER_LINK, url, held_instant(s, ends));
  return status;
}

static int invite(session *s, slice by) {
  const args *a = s->a;
  store_person p = {.id = 0};
  people_answer answer;
  int status = read_role(s, a->word[2], &p.role);
  if (status != EXIT_FINE) return status;
  if (!people_login_read(a->word[1], s->perm, &p.login)) return COMPLAIN(s, EXIT_USAGE, USER_BAD_LOGIN, a->word[1]);
  if (people_add(s->s, &p, by, &p.id, &answer) != STORE_OK) return store_said(s);
  status = no_change(s, answer, p.login);
  return status == EXIT_FINE ? give_link(s, p.id, by) : status;
}

static int change(session *s, slice by, bool role, bool disabled) {
  store_person p;
  people_answer answer;
  int status = find(s, s->a->word[1], &p);
  if (status == EXIT_FINE && role) status = read_role(s, s->a->word[2], &p.role);
  if (status != EXIT_FINE) return status;
  if (!role) p.disabled = disabled;
  if (people_change(s->s, &p, by, &answer) != STORE_OK) return store_said(s);
  status = no_change(s, answer, p.login);
  if (status == EXIT_FINE) status = commit(s);
  if (status == EXIT_FINE)
    SAY(s, WORLD_STDOUT, USER_IS_NOW, p.login, slice_of(people_role_name(p.role)), state_of(s, &p));
  return status;
}

/* Without a login: for the first person. */
static int link_again(session *s, slice by) {
  store_person p = {.id = 0};
  bool any = false;
  if (s->a->word_count == 1) {
    if (people_any(s->s, &any) != STORE_OK) return store_said(s);
    if (any) return COMPLAIN(s, EXIT_USAGE, USER_WHOSE_LINK);
  } else {
    int status = find(s, s->a->word[1], &p);
    if (status != EXIT_FINE) return status;
    if (p.disabled) return COMPLAIN(s, EXIT_FINDINGS, USER_IS_DISABLED, p.login);
  }
  return give_link(s, p.id, by);
}

static int act(session *s, slice by) {
  const slice what = s->a->word[0];
  const size_t words = s->a->word_count;
  if (slice_eq(what, SLICE("invite")) && words == 3) return invite(s, by);
  if (slice_eq(what, SLICE("role")) && words == 3) return change(s, by, true, false);
  if (slice_eq(what, SLICE("disable")) && words == 2) return change(s, by, false, true);
  if (slice_eq(what, SLICE("enable")) && words == 2) return change(s, by, false, false);
  if (slice_eq(what, SLICE("link")) && words <= 2) return link_again(s, by);
  return COMPLAIN(s, EXIT_USAGE, USER_WHAT);
}

int cmd_user(const args *a, world *w) {
  session s = {.w = w, .a = a, .perm = a->perm, .lang = a->lang};
  slice by;
  int status = session_open(&s);
  if (status == EXIT_FINE) status = held_language(&s);
  if (status == EXIT_FINE && slice_eq(a->word[0], SLICE("list")) && a->word_count == 1) {
    status = list(&s);
  } else if (status == EXIT_FINE) {
    status = held_who(&s, &by);
    if (status == EXIT_FINE && store_begin(s.s) != STORE_OK) status = store_said(&s);
    if (status == EXIT_FINE) status = act(&s, by);
    if (s.s) store_rollback(s.s);
  }
  session_close(&s);
  return status;
}
