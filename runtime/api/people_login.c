/* Logging in by password, logging out, and one-time links: the first one's, an invitation, a lost password. */
#include "people.h"
#include "runtime/password.h"
#include "stdlib/net/sign.h"

static const char BROWSER_COOKIE[] = "dun_browser";
enum { BROWSER_DAYS = 180, NONCE_BYTES = 18, KEYS_MAX = 3 };

/* Reads what is stored for sure: each step's failure is answered. */
static bool commit(api_call *c, store_code code) {
  if (code == STORE_OK) code = store_commit(c->s);
  return api_stored(c, code);
}

/* What the page of the login shows, also before there is anybody. */
void people_get_login(api_call *c) {
  bool any = true;
  if (!api_stored(c, people_any(c->s, &any))) return;
  json_put_bool(c->out, "first", !any);
  people_put_provider(c);
}

/* ---- by password ---- */

typedef struct attempt {
  slice login, password;
  people_try_key key[KEYS_MAX];
  size_t keys;
  store_person p;
  bool there; /* somebody has the login, and may come in */
} attempt;

/* Whether this browser was used to log in as this before: then only its own tries count. */
static store_code known_browser(api_call *c, slice login, slice *nonce) {
  slice cookie = api_cookie(c, BROWSER_COOKIE), mark;
  size_t n = 0;
  *nonce = (slice){0};
  while (n < cookie.n && cookie.p[n] != '.') n++;
  if (n == 0 || n >= cookie.n || cookie.n > 128) return STORE_OK;
  slice its = {cookie.p, n}, proof = {cookie.p + n + 1, cookie.n - n - 1};
  store_code code = people_browser_mark(c->s, login, its, c->perm, &mark);
  if (code == STORE_OK && sign_same(proof, mark)) *nonce = its;
  return code;
}

static store_code keys_of(api_call *c, attempt *a) {
  slice nonce, from = people_asker(c);
  store_code code = known_browser(c, a->login, &nonce);
  if (nonce.n) {
    a->key[a->keys++] = (people_try_key){PEOPLE_TRY_BROWSER, nonce};
    return code;
  }
  slice both = arena_printf(c->perm, "%.*s %.*s", SLICE_ARG(a->login), SLICE_ARG(from));
  a->key[a->keys++] = (people_try_key){PEOPLE_TRY_LOGIN_THERE, both};
  a->key[a->keys++] = (people_try_key){PEOPLE_TRY_LOGIN, a->login};
  a->key[a->keys++] = (people_try_key){PEOPLE_TRY_ADDRESS, from};
  return code;
}

/* Counts the try before the password is looked at. False: it is answered. */
static bool count(api_call *c, attempt *a) {
  bool begins = false;
  store_code code = store_begin(c->s);
  if (code == STORE_OK) code = keys_of(c, a);
  if (!api_stored(c, code)) return false;
  if (people_must_wait(c, a->key, a->keys)) {
    store_rollback(c->s);
    return false;
  }
  code = people_find(c->s, a->login, c->perm, &a->p);
  a->there = code == STORE_OK && !a->p.disabled;
  if (code == STORE_END) code = STORE_OK;
  if (code == STORE_OK) code = people_tries_failed(c->s, a->key, a->keys, &begins);
  if (code == STORE_OK && begins && a->there) {
    store_event e = {SLICE("login"), SLICE("dun"), arena_printf(c->perm, "person %.*s", SLICE_ARG(a->login)),
                     SLICE("{\"did\":\"refused, tried too often\"}")};
    code = store_audit_append(c->s, &e);
  }
  return commit(c, code);
}

/* This browser is known from now on. */
static store_code mark_browser(api_call *c, slice login) {
  char random[NONCE_BYTES];
  slice mark;
  if (c->w->random(c->w, random, sizeof random) != WORLD_OK) return STORE_OK; /* it goes without */
  slice nonce = sign_base64url((slice){random, sizeof random}, c->perm);
  store_code code = people_browser_mark(c->s, login, nonce, c->perm, &mark);
  if (code == STORE_OK)
    people_put_cookie(c, BROWSER_COOKIE, arena_printf(c->perm, "%.*s.%.*s", SLICE_ARG(nonce), SLICE_ARG(mark)),
                      "/api/login", true, (int64_t)BROWSER_DAYS * 86400);
  return code;
}

static void come_in(api_call *c, attempt *a) {
  slice kept = {0};
  bool old = password_is_old(a->p.password) && password_hash(c->w, a->password, c->perm, &kept);
  store_code code = store_begin(c->s);
  /* Of the address this try alone: whoever has one login here shall not try all others. */
  if (code == STORE_OK) code = people_tries_undo(c->s, a->key, a->keys);
  if (code == STORE_OK && a->keys) code = people_tries_forget(c->s, a->key, 1);
  if (code == STORE_OK && old) code = people_renew_password(c->s, a->p.id, kept);
  if (code == STORE_OK) code = people_let_in(c, &a->p, "password");
  if (code == STORE_OK) code = mark_browser(c, a->p.login);
  if (commit(c, code)) people_put_me(c, &a->p);
}

void people_post_login(api_call *c) {
  attempt a = {.keys = 0};
  slice login;
  if (!people_from_our_page(c) || !api_text(c, "login", PEOPLE_EMAIL_MAX, true, &login)) return;
  a.password = json_text(json_member(c->json, SLICE("password")));
  if (a.password.n == 0 || a.password.n > PASSWORD_BYTES_MAX) {
    api_wrong(c, "password", a.password.n ? SLICE("this is too long") : SLICE("this is needed"));
    return;
  }
  if (!people_login_read(login, c->perm, &a.login)) a.login = login; /* nobody's, and counted like any other */
  if (!count(c, &a)) return;
  bool is = people_password_is(c, a.there ? a.p.password : (slice){0}, a.password);
  if (c->answered) return;
  if (is)
    come_in(c, &a);
  else
    api_fail(c, 401, "not_logged_in", SLICE("the login or the password is not right"));
}

void people_post_logout(api_call *c) {
  bool ended;
  store_code code = store_begin(c->s);
  if (code == STORE_OK) code = people_session_end(c->s, c->who.id, c->who.session, 0, &ended);
  if (code == STORE_OK)
    code = api_log(c, "logout", arena_printf(c->perm, "person %.*s", SLICE_ARG(c->who.login)), (slice){0});
  if (!commit(c, code)) return;
  people_forget_cookies(c);
  api_nothing(c);
}

/* ---- one-time links ---- */

typedef struct link {
  slice token;
  store_person p; /* id 0: of the first one */
  int64_t ends_at;
} link;

static bool no_such_link(api_call *c) {
  api_fail(c, 404, "not_there",
           SLICE("this link was used, has ended, or never was: ask an administrator for another one"));
  return false;
}

/* False: it is answered. Guesses are counted by where they come from. */
static bool find_link(api_call *c, link *l) {
  int64_t id;
  bool any = false, begins;
  const people_try_key key = {PEOPLE_TRY_LINK, people_asker(c)};
  if (!people_from_our_page(c) || !api_text(c, "token", 128, true, &l->token)) return false;
  if (people_must_wait(c, &key, 1)) return false;
  store_code code = people_link_of(c->s, l->token, &id, &l->ends_at);
  if (code == STORE_END) {
    code = store_begin(c->s);
    if (code == STORE_OK) code = people_tries_failed(c->s, &key, 1, &begins);
    return commit(c, code) && no_such_link(c);
  }
  if (code == STORE_OK && id) code = people_get(c->s, id, c->perm, &l->p);
  if (code == STORE_OK && !id) code = people_any(c->s, &any);
  if (!api_stored(c, code)) return false;
  if (any || l->p.disabled) return no_such_link(c);
  if (!id) l->p = (store_person){.role = PEOPLE_ADMIN};
  return true;
}

void people_post_link_look(api_call *c) {
  link l = {.token = {0}};
  if (!find_link(c, &l)) return;
  json_put_bool(c->out, "first", l.p.id == 0);
  json_put_bool(c->out, "known", l.p.password.n > 0 || l.p.subject.n > 0);
  json_put_text(c->out, "login", l.p.login);
  json_put_text(c->out, "name", l.p.name);
  json_put_text(c->out, "role", slice_of(people_role_name(l.p.role)));
  api_put_instant(c->out, "ends", l.ends_at);
}

/* The first one says who they are. */
static bool read_first(api_call *c, store_person *p) {
  slice login;
  if (!api_text(c, "login", PEOPLE_LOGIN_MAX, true, &login)) return false;
  if (!people_login_read(login, c->perm, &p->login)) {
    api_wrong(c, "login", SLICE("a login has 2 to 64 letters of a to z, digits, and . _ - + @"));
    return false;
  }
  return true;
}

/* Within the transaction. */
static store_code use(api_call *c, link *l, slice kept, bool *fine, people_answer *answer) {
  bool any = false;
  *answer = PEOPLE_DONE;
  store_code code = people_link_use(c->s, l->token, fine);
  if (code != STORE_OK || !*fine) return code;
  if (!l->p.id) {
    code = people_any(c->s, &any);
    *fine = !any;
    if (code != STORE_OK || any) return code;
    code = people_add(c->s, &l->p, l->p.login, &l->p.id, answer);
    if (code != STORE_OK || *answer != PEOPLE_DONE) return code;
  } else if (l->p.name.n) {
    code = people_change_own(c->s, l->p.id, l->p.name, l->p.lang);
  }
  if (code == STORE_OK) code = people_set_password(c->s, l->p.id, kept, 0, l->p.login);
  l->p.password = kept;
  return code == STORE_OK ? people_let_in(c, &l->p, "link") : code;
}

void people_post_link_use(api_call *c) {
  link l = {.token = {0}};
  slice kept, name;
  bool fine = false;
  people_answer answer = PEOPLE_DONE;
  if (!find_link(c, &l) || (!l.p.id && !read_first(c, &l.p))) return;
  if (!api_text(c, "name", PEOPLE_NAME_MAX, false, &name)) return;
  if (name.n) l.p.name = name;
  if (!people_new_password(c, "password", &l.p, &kept)) return;
  store_code code = store_begin(c->s);
  if (code == STORE_OK) code = use(c, &l, kept, &fine, &answer);
  if (!api_stored(c, code) || !people_done(c, answer)) return;
  if (!fine) {
    store_rollback(c->s);
    (void)no_such_link(c);
    return;
  }
  if (commit(c, STORE_OK)) people_put_me(c, &l.p);
}
