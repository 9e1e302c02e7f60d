/* One's own account: who one is, password, language, sessions; and whom work can be given to. */
#include "people.h"

static bool commit(api_call *c, store_code code) {
  if (code == STORE_OK) code = store_commit(c->s);
  return api_stored(c, code);
}

void people_get_me(api_call *c) {
  store_person p;
  if (api_stored(c, people_get(c->s, c->who.id, c->perm, &p))) people_put_me(c, &p);
}

void people_post_me(api_call *c) {
  slice name, lang;
  store_person p;
  if (!api_text(c, "name", PEOPLE_NAME_MAX, false, &name) || !api_text(c, "lang", 2, false, &lang)) return;
  if (lang.n && !slice_eq(lang, SLICE("en")) && !slice_eq(lang, SLICE("pt")) && !slice_eq(lang, SLICE("es"))) {
    api_wrong(c, "lang", SLICE("the languages are en, pt and es"));
    return;
  }
  store_code code = store_begin(c->s);
  if (code == STORE_OK) code = people_get(c->s, c->who.id, c->perm, &p);
  if (code == STORE_OK) code = people_change_own(c->s, p.id, name.n ? name : p.name, lang.n ? lang : p.lang);
  if (code == STORE_OK)
    code = api_log(c, "person", arena_printf(c->perm, "person %.*s", SLICE_ARG(c->who.login)),
                   SLICE("{\"did\":\"changed\"}"));
  if (!commit(c, code) || !api_stored(c, people_get(c->s, c->who.id, c->perm, &p))) return;
  if (p.lang.n) c->lang = slice_eq(p.lang, SLICE("pt")) ? LANG_PT : slice_eq(p.lang, SLICE("es")) ? LANG_ES : LANG_EN;
  people_put_me(c, &p);
}

/* The old one is asked for, for a page that was left open; tries are counted like logins. */
void people_post_password(api_call *c) {
  store_person p;
  slice kept, was = json_text(json_member(c->json, SLICE("old")));
  bool begins;
  const people_try_key key = {PEOPLE_TRY_BROWSER, arena_printf(c->perm, "own %lld", (long long)c->who.id)};
  if (people_must_wait(c, &key, 1) || !api_stored(c, people_get(c->s, c->who.id, c->perm, &p))) return;
  if (!p.password.n) {
    api_fail(c, 409, "not_so", SLICE("you log in by the provider: an administrator's one-time link sets a password"));
    return;
  }
  if (!people_password_is(c, p.password, was)) {
    store_code code = c->answered ? STORE_OK : store_begin(c->s);
    if (code == STORE_OK && !c->answered) code = people_tries_failed(c->s, &key, 1, &begins);
    if (commit(c, code)) api_wrong(c, "old", SLICE("this is not the password"));
    return;
  }
  if (!people_new_password(c, "new", &p, &kept)) return;
  store_code code = store_begin(c->s);
  if (code == STORE_OK) code = people_tries_forget(c->s, &key, 1);
  if (code == STORE_OK) code = people_set_password(c->s, p.id, kept, c->who.session, c->who.login);
  if (commit(c, code)) api_nothing(c);
}

void people_get_sessions(api_call *c) {
  people_session *v;
  size_t n;
  if (!api_stored(c, people_sessions(c->s, c->who.id, c->perm, &v, &n))) return;
  json_begin_list(c->out, "rows");
  for (size_t i = 0; i < n; i++) {
    json_begin_object(c->out, NULL);
    json_put_int(c->out, "id", v[i].id);
    json_put_bool(c->out, "this", v[i].id == c->who.session);
    json_put_text(c->out, "way", v[i].way);
    json_put_text(c->out, "browser", v[i].agent);
    api_put_instant(c->out, "since", v[i].made_at);
    api_put_instant(c->out, "seen", v[i].seen_at);
    api_put_instant(c->out, "ends", v[i].ends_at);
    json_end(c->out);
  }
  json_end(c->out);
  json_put_null(c->out, "next");
}

/* One, or with `others` all but this one. */
void people_post_session_end(api_call *c) {
  int64_t id = 0;
  bool ended, others = json_true(json_member(c->json, SLICE("others")));
  if (!others && !api_whole(c, "id", 1, INT64_MAX, &id)) return;
  store_code code = store_begin(c->s);
  if (code == STORE_OK) code = people_session_end(c->s, c->who.id, id, others ? c->who.session : 0, &ended);
  if (code == STORE_OK && ended)
    code = api_log(c, "logout", arena_printf(c->perm, "person %.*s", SLICE_ARG(c->who.login)), (slice){0});
  if (!commit(c, code)) return;
  if (id == c->who.session) people_forget_cookies(c);
  if (ended || others)
    api_nothing(c);
  else
    api_fail(c, 404, "not_there", SLICE("there is no such session: it has ended"));
}

void people_get_names(api_call *c) {
  slice after;
  uint32_t most;
  size_t n;
  bool more;
  if (!api_rows_wanted(c, &most, &after)) return;
  store_person *v = ARENA_ARRAY(c->perm, most, store_person);
  if (!api_stored(c, people_list(c->s, after, most, c->perm, v, &n, &more))) return;
  json_begin_list(c->out, "rows");
  for (size_t i = 0; i < n; i++) {
    if (v[i].disabled) continue;
    json_begin_object(c->out, NULL);
    json_put_text(c->out, "login", v[i].login);
    json_put_text(c->out, "name", v[i].name);
    json_put_text(c->out, "role", slice_of(people_role_name(v[i].role)));
    json_end(c->out);
  }
  json_end(c->out);
  if (more)
    json_put_text(c->out, "next", v[n - 1].login);
  else
    json_put_null(c->out, "next");
}
