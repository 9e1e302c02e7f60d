/* Logging in through an OpenID provider: connect login oidc. Who may come in is who an administrator invited: known by
 * the provider's subject, or the first time by an e-mail address that the provider has verified.
 *
 * Invariant: what the provider says opens no door that is not there already: nobody is made, and no role changes. */
#include "lang/base/text.h"
#include "people.h"
#include "runtime/cli/session.h"
#include "stdlib/net/http_text.h"
#include "stdlib/net/oidc.h"
#include "stdlib/net/settings.h"
#include "stdlib/net/urlencoded.h"

static const char BACK[] = "/api/login/oidc/return", OWN_COOKIE[] = "dun_oidc", PLACE_COOKIE[] = "dun_next";
enum { LOGIN_SECONDS = 600, PLACE_MAX = 512 };

static const connection *provider_line(const api_call *c) {
  const program *p = c->policy->c.program;
  for (uint32_t i = p->connection_count; i-- > 0;)
    if (slice_eq(p->connections[i].kind, SLICE("login")) && slice_eq(p->connections[i].vendor, SLICE("oidc")))
      return p->connections + i;
  return NULL;
}

void people_put_provider(api_call *c) {
  const connection *its = provider_line(c);
  slice name, variable;
  if (!its) {
    json_put_null(c->out, "provider");
    return;
  }
  bool named = connection_setting(c->w, its, "name", &name, &variable);
  json_put_text(c->out, "provider", named ? name : SLICE(""));
}

slice people_issuer(const api_call *c) {
  const connection *its = provider_line(c);
  return its ? its->url : (slice){0};
}

static void send_to(api_call *c, slice url) {
  api_plain(c, "text/plain; charset=utf-8", NULL, (slice){0});
  api_status(c, 302);
  api_put_header(c, "Location", url);
  api_put_header(c, "Referrer-Policy", SLICE("no-referrer"));
}

/* Back to the page of the login, with why not; the words are the page's. */
static void fail(api_call *c, const char *why, slice said) {
  store_rollback(c->s);
  if (said.n) c->w->log(c->w, WORLD_WARN, arena_printf(c->perm, "login by the provider: %.*s", SLICE_ARG(said)));
  people_put_cookie(c, OWN_COOKIE, (slice){0}, "/api/login", false, 0);
  send_to(c, arena_printf(c->perm, "/login?failed=%s", why));
}

/* A page of ours: nothing that leads away. */
static slice place_of(slice s) {
  bool ours = s.n > 0 && s.n <= PLACE_MAX && s.p[0] == '/' && (s.n == 1 || (s.p[1] != '/' && s.p[1] != '\\'));
  for (size_t i = 0; i < s.n && ours; i++) ours = (unsigned char)s.p[i] > ' ' && (unsigned char)s.p[i] < 127;
  return ours ? s : SLICE("/");
}

static slice back_address(const api_call *c) {
  slice address = people_address(c);
  return arena_printf(c->perm, "%.*s%s", SLICE_ARG(address), BACK);
}

void people_get_oidc(api_call *c) {
  const connection *its = provider_line(c);
  slice own, url, why = {0};
  const people_try_key key = {PEOPLE_TRY_LINK, people_asker(c)};
  if (!its) {
    api_fail(c, 404, "not_there", SLICE("there is no such address"));
    return;
  }
  if (people_must_wait(c, &key, 1) || !people_token(c, &own)) return;
  oidc *o = oidc_open(c->w, c->perm, its, &why);
  if (!o || !oidc_begin(o, own, back_address(c), c->perm, &url, &why)) {
    fail(c, "away", why);
    return;
  }
  text place = text_new(c->perm);
  http_percent(&place, place_of(api_param(c, "next")));
  people_put_cookie(c, OWN_COOKIE, own, "/api/login", false, LOGIN_SECONDS);
  people_put_cookie(c, PLACE_COOKIE, text_slice(&place), "/api/login", false, LOGIN_SECONDS);
  send_to(c, url);
}

/* Who that is here; PEOPLE_... the word for the page, NULL: they may come in. Within the transaction. */
static store_code find(api_call *c, const id_token *who, store_person *p, const char **why) {
  store_code code = people_of_provider(c->s, people_issuer(c), who->subject,
                                       who->email_verified ? who->email : (slice){0}, c->perm, p);
  *why = code == STORE_END ? "unknown" : code == STORE_OK && p->disabled ? "disabled" : NULL;
  if (code == STORE_OK && !*why && !p->subject.n)
    code = people_tie(c->s, p->id, people_issuer(c), who->subject, p->login);
  if (code == STORE_OK && !*why && !p->name.n && who->name.n && who->name.n <= PEOPLE_NAME_MAX)
    code = people_change_own(c->s, p->id, who->name, p->lang);
  return code == STORE_END ? STORE_OK : code;
}

/* The browser comes from another site: its session's cookie is not sent with this, and need not be. */
static void come_in(api_call *c, const id_token *who) {
  store_person p;
  const char *why = NULL;
  slice place = api_cookie(c, PLACE_COOKIE), decoded = SLICE("/");
  store_code code = store_begin(c->s);
  if (code == STORE_OK) code = find(c, who, &p, &why);
  if (code == STORE_OK && !why) code = people_let_in(c, &p, "provider");
  if (code == STORE_OK && !why) code = store_commit(c->s);
  if (code != STORE_OK || why) {
    fail(c, why ? why : "away", code != STORE_OK ? slice_of(store_why(c->s)->text) : (slice){0});
    return;
  }
  const hook_value *v;
  size_t n;
  if (urlencoded_read(arena_printf(c->perm, "v=%.*s", SLICE_ARG(place)), c->perm, &v, &n))
    decoded = urlencoded_value(v, n, "v");
  people_put_cookie(c, OWN_COOKIE, (slice){0}, "/api/login", false, 0);
  send_to(c, place_of(decoded));
}

void people_get_oidc_return(api_call *c) {
  const connection *its = provider_line(c);
  slice own = api_cookie(c, OWN_COOKIE), code = api_param(c, "code"), why = {0};
  id_token who;
  if (!its || !oidc_is_state(own, api_param(c, "state"), c->perm)) {
    fail(c, "stale", (slice){0});
    return;
  }
  if (code.n == 0) {
    fail(c, "refused", (slice){0});
    return;
  }
  oidc *o = oidc_open(c->w, c->perm, its, &why);
  if (!o || !oidc_finish(o, own, back_address(c), code, api_param(c, "iss"), c->perm, &who, &why))
    fail(c, "away", why);
  else
    come_in(c, &who);
}
