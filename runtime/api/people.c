/* See people.h: sessions and what all of this area share. */
#include "people.h"

#include <assert.h>

#include "lang/base/text.h"
#include "runtime/store/audit.h"
#include "stdlib/net/sign.h"

static_assert((int)API_VIEWER == (int)PEOPLE_VIEWER + 1 && (int)API_ADMIN == (int)PEOPLE_ADMIN + 1, "the same order");
api_role people_api_role(people_role r) { return (api_role)((int)r + 1); }

bool people_may_approve(const api_person *who, slice proposed_by) {
  return who->id != 0 && who->role >= API_APPROVER && !slice_eq(who->login, proposed_by);
}

/* ---- where we are ---- */

bool people_is_https(const api_call *c) { return slice_starts(c->house->public_url, SLICE("https://")); }

slice people_address(const api_call *c) {
  if (c->house->public_url.n) return c->house->public_url;
  return arena_printf(c->perm, "http://%.*s", SLICE_ARG(api_header(c, "host")));
}

/* Behind a proxy of our own the last address that it adds is who asked it. */
static slice asker(const api_call *c) {
  slice from = c->request->from, by = api_header(c, "x-forwarded-for");
  bool here = slice_starts(from, SLICE("127.")) || slice_eq(from, SLICE("::1"));
  if (!here || !c->house->public_url.n || !by.n) return from;
  size_t at = by.n;
  while (at > 0 && by.p[at - 1] != ',') at--;
  return slice_trim((slice){by.p + at, by.n - at});
}

slice people_asker(const api_call *c) {
  enum { NETWORK_PARTS = 4 };
  slice s = asker(c);
  size_t colons = 0, n = 0;
  if (!memchr(s.p ? s.p : "", ':', s.n)) return s;
  for (; n < s.n && colons < NETWORK_PARTS; n++) colons += s.p[n] == ':';
  return (slice){s.p, n};
}

bool people_from_our_page(api_call *c) {
  slice site = api_header(c, "sec-fetch-site"), origin = api_header(c, "origin"), host = api_header(c, "host");
  size_t at = 0;
  while (at + 2 < origin.n && memcmp(origin.p + at, "://", 3) != 0) at++;
  slice its_host = at + 2 < origin.n ? (slice){origin.p + at + 3, origin.n - at - 3} : origin;
  bool fine = !site.n || slice_eq(site, SLICE("same-origin")) || slice_eq(site, SLICE("none"));
  bool ours = slice_eq(its_host, host) || (c->house->public_url.n && slice_eq(origin, c->house->public_url));
  if (fine && (!origin.n || ours)) return true;
  api_fail(c, 403, "not_allowed", SLICE("this change did not come from the page: load the page again"));
  return false;
}

/* ---- tokens and cookies ---- */

bool people_token(api_call *c, slice *token) {
  char bytes[PEOPLE_TOKEN_BYTES];
  if (c->w->random(c->w, bytes, sizeof bytes) != WORLD_OK) {
    api_fail(c, 500, "broken", SLICE("this machine gives no random numbers"));
    return false;
  }
  *token = sign_base64url((slice){bytes, sizeof bytes}, c->perm);
  return true;
}

static const char *session_cookie(const api_call *c) { return people_is_https(c) ? "__Host-dun" : "dun_session"; }

slice people_session_token(const api_call *c) { return api_cookie(c, session_cookie(c)); }

void people_put_cookie(api_call *c, const char *name, slice value, const char *path, bool strict, int64_t seconds) {
  api_put_header(c, "Set-Cookie",
                 arena_printf(c->perm, "%s=%.*s; Path=%s; Max-Age=%lld; HttpOnly; SameSite=%s%s", name,
                              SLICE_ARG(value), path, (long long)seconds, strict ? "Strict" : "Lax",
                              people_is_https(c) ? "; Secure" : ""));
}

void people_forget_cookies(api_call *c) { people_put_cookie(c, session_cookie(c), (slice){0}, "/", true, 0); }

/* What a change must carry: it follows from the session's token, which only our page's requests bring. */
static slice csrf_of(slice token, arena *perm) {
  secret its = secret_of(perm, token);
  sign_key key = sign_key_of(&its);
  uint8_t mac[SIGN_SHA256_BYTES];
  slice what = SLICE("csrf");
  sign_hmac_sha256(&key, &what, 1, mac);
  return sign_base64url((slice){(const char *)mac, sizeof mac}, perm);
}

/* ---- sessions ---- */

static dun_lang lang_of(const api_call *c, slice lang) {
  if (slice_eq(lang, SLICE("en"))) return LANG_EN;
  if (slice_eq(lang, SLICE("pt"))) return LANG_PT;
  return slice_eq(lang, SLICE("es")) ? LANG_ES : c->lang;
}

static void become(api_call *c, const store_person *p, slice token, int64_t id) {
  c->who = (api_person){.id = p->id,
                        .login = p->login,
                        .name = p->name,
                        .role = people_api_role(p->role),
                        .lang = lang_of(c, p->lang),
                        .csrf = csrf_of(token, c->perm),
                        .session = id};
  c->lang = c->who.lang;
  store_login_set(c->s, PEOPLE_LOGIN_FROM + p->id);
}

/* When somebody was last here is known roughly: a store that is busy just now need not know. */
static void note_seen(api_call *c, int64_t id) {
  store_code code = store_begin(c->s);
  if (code == STORE_OK) code = people_session_seen(c->s, id);
  if (code == STORE_OK) code = store_commit(c->s);
  if (code != STORE_OK) store_rollback(c->s);
}

void people_recognise(api_call *c) {
  slice token = api_cookie(c, session_cookie(c));
  store_person p;
  people_session its;
  bool stale = false;
  c->who = (api_person){.id = 0};
  store_login_forget(c->s);
  if (token.n == 0 || token.n > 2 * PEOPLE_TOKEN_BYTES) return;
  store_code code = people_session_of(c->s, token, c->perm, &p, &its, &stale);
  if (code == STORE_END || !api_stored(c, code)) return;
  become(c, &p, token, its.id);
  if (stale) note_seen(c, its.id);
}

/* "Firefox, Linux": enough to know one's own sessions apart. */
static slice browser(const api_call *c) {
  static const char *const BROWSERS[][2] = {{"Edg/", "Edge"},        {"OPR/", "Opera"},      {"Firefox/", "Firefox"},
                                            {"Chrome/", "Chrome"},   {"Safari/", "Safari"},  {"curl/", "curl"},
                                            {"Python", "a program"}, {"python", "a program"}};
  static const char *const SYSTEMS[][2] = {{"Windows", "Windows"}, {"iPhone", "iPhone"},  {"iPad", "iPad"},
                                           {"Android", "Android"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"}};
  slice agent = api_header(c, "user-agent");
  const char *by = "", *on = "";
  for (size_t i = 0; i < sizeof BROWSERS / sizeof *BROWSERS && !*by; i++)
    if (agent.n && memmem(agent.p, agent.n, BROWSERS[i][0], strlen(BROWSERS[i][0]))) by = BROWSERS[i][1];
  for (size_t i = 0; i < sizeof SYSTEMS / sizeof *SYSTEMS && !*on; i++)
    if (agent.n && memmem(agent.p, agent.n, SYSTEMS[i][0], strlen(SYSTEMS[i][0]))) on = SYSTEMS[i][1];
  return arena_printf(c->perm, "%s%s%s", by, *by && *on ? ", " : "", on);
}

store_code people_let_in(api_call *c, const store_person *p, const char *way) {
  slice token;
  int64_t id;
  bool ended;
  store_code code = STORE_OK;
  if (!people_token(c, &token)) return STORE_IO;
  /* Who comes in anew in the same browser leaves nothing behind. */
  if (c->who.id) code = people_session_end(c->s, c->who.id, c->who.session, 0, &ended);
  if (code != STORE_OK) return code;
  store_login_set(c->s, PEOPLE_LOGIN_FROM + p->id);
  code = people_session_begin(c->s, p->id, token, way, browser(c), &id);
  if (code != STORE_OK) return code;
  become(c, p, token, id);
  people_put_cookie(c, session_cookie(c), token, "/", true, (int64_t)PEOPLE_SESSION_HOURS * 3600);
  return STORE_OK;
}

void people_put_me(api_call *c, const store_person *p) {
  static const char *const LANGS[LANG_COUNT] = {[LANG_EN] = "en", [LANG_PT] = "pt", [LANG_ES] = "es"};
  json_writer *w = c->out;
  json_begin_object(w, "person");
  json_put_int(w, "id", p->id);
  json_put_text(w, "login", p->login);
  json_put_text(w, "name", p->name);
  json_put_text(w, "email", p->email);
  json_put_text(w, "role", slice_of(people_role_name(p->role)));
  json_put_bool(w, "password", p->password.n > 0);
  json_put_bool(w, "provider", p->subject.n > 0);
  json_end(w);
  json_put_text(w, "csrf", c->who.csrf);
  json_put_text(w, "lang", slice_of(LANGS[c->lang]));
}

/* ---- answers ---- */

bool people_must_wait(api_call *c, const people_try_key *v, size_t n) {
  int64_t wait = 0;
  if (!api_stored(c, people_tries_wait(c->s, v, n, &wait))) return true;
  if (wait == 0) return false;
  c->answer->retry_s = (int)wait;
  api_fail(c, 429, "too_many",
           wait == 1 ? SLICE("too many tries: wait 1 second")
                     : arena_printf(c->perm, "too many tries: wait %lld seconds", (long long)wait));
  return true;
}

bool people_done(api_call *c, people_answer a) {
  switch (a) {
  case PEOPLE_DONE: return true;
  case PEOPLE_NOT_THERE: api_fail(c, 404, "not_there", SLICE("there is no such person")); break;
  case PEOPLE_LOGIN_TAKEN: api_wrong(c, "login", SLICE("somebody has this login already")); break;
  case PEOPLE_EMAIL_TAKEN: api_wrong(c, "email", SLICE("somebody has this e-mail address already")); break;
  case PEOPLE_CHANGED:
    api_fail(c, 409, "changed_meanwhile", SLICE("somebody changed this meanwhile: look at it again"));
    break;
  case PEOPLE_LAST_ADMIN:
    api_fail(c, 409, "not_so", SLICE("this is the last administrator who can log in: make somebody else one first"));
    break;
  case PEOPLE_TOO_MANY: api_fail(c, 409, "not_so", SLICE("there are too many people: nobody more can be added")); break;
  }
  store_rollback(c->s);
  return false;
}
