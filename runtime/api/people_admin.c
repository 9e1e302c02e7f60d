/* People, as an administrator sees them: who may come in, and what they may do. */
#include "people.h"

static bool commit(api_call *c, store_code code) {
  if (code == STORE_OK) code = store_commit(c->s);
  return api_stored(c, code);
}

static void put_person(api_call *c, const char *name, const store_person *p) {
  json_writer *w = c->out;
  const char *state = p->disabled ? "disabled" : p->password.n || p->subject.n ? "active" : "invited";
  json_begin_object(w, name);
  json_put_int(w, "id", p->id);
  json_put_text(w, "login", p->login);
  json_put_text(w, "name", p->name);
  json_put_text(w, "email", p->email);
  json_put_text(w, "role", slice_of(people_role_name(p->role)));
  json_put_text(w, "state", slice_of(state));
  json_put_bool(w, "password", p->password.n > 0);
  json_put_text(w, "subject", p->subject);
  api_put_instant(w, "since", p->made_at);
  json_put_text(w, "by", p->made_by);
  api_put_instant(w, "seen", p->seen_at);
  api_put_instant(w, "link_ends", p->link_ends > c->w->now_ns(c->w) / 1000 ? p->link_ends : 0);
  json_put_int(w, "version", p->version);
  json_end(w);
}

void people_get_list(api_call *c) {
  slice after;
  uint32_t most;
  size_t n;
  bool more;
  if (!api_rows_wanted(c, &most, &after)) return;
  store_person *v = ARENA_ARRAY(c->perm, most, store_person);
  if (!api_stored(c, people_list(c->s, after, most, c->perm, v, &n, &more))) return;
  json_begin_list(c->out, "rows");
  for (size_t i = 0; i < n; i++) put_person(c, NULL, v + i);
  json_end(c->out);
  if (more)
    json_put_text(c->out, "next", v[n - 1].login);
  else
    json_put_null(c->out, "next");
}

static bool read_role(api_call *c, store_person *p) {
  slice name;
  if (!api_text(c, "role", 16, true, &name)) return false;
  if (people_role_find(name, &p->role)) return true;
  api_wrong(c, "role", SLICE("the roles are viewer, operator, approver and admin"));
  return false;
}

static bool read_email(api_call *c, store_person *p) {
  if (!api_text(c, "email", PEOPLE_EMAIL_MAX, false, &p->email)) return false;
  if (p->email.n == 0) return true;
  const char *at = memchr(p->email.p, '@', p->email.n);
  bool blank = memchr(p->email.p, ' ', p->email.n) != NULL;
  if (at && at > p->email.p && at + 1 < p->email.p + p->email.n && !blank) return true;
  api_wrong(c, "email", SLICE("this is no e-mail address"));
  return false;
}

static void put_link(api_call *c, slice token, int64_t ends_at) {
  slice address = people_address(c);
  json_begin_object(c->out, "link");
  json_put_text(c->out, "url",
                arena_printf(c->perm, "%.*s" PEOPLE_LINK_PATH "%.*s", SLICE_ARG(address), SLICE_ARG(token)));
  api_put_instant(c->out, "ends", ends_at);
  json_end(c->out);
}

void people_post_invite(api_call *c) {
  store_person p = {.id = 0};
  slice login, token;
  int64_t ends;
  people_answer answer;
  if (!api_text(c, "login", PEOPLE_LOGIN_MAX, true, &login) || !api_text(c, "name", PEOPLE_NAME_MAX, false, &p.name) ||
      !read_email(c, &p) || !read_role(c, &p))
    return;
  if (!people_login_read(login, c->perm, &p.login)) {
    api_wrong(c, "login", SLICE("a login has 2 to 64 letters of a to z, digits, and . _ - + @"));
    return;
  }
  if (!people_token(c, &token)) return;
  store_code code = store_begin(c->s);
  if (code == STORE_OK) code = people_add(c->s, &p, c->who.login, &p.id, &answer);
  if (!api_stored(c, code) || !people_done(c, answer)) return;
  code = people_link_put(c->s, p.id, token, c->who.login, &ends);
  if (code == STORE_OK) code = people_get(c->s, p.id, c->perm, &p);
  if (!commit(c, code)) return;
  api_status(c, 201);
  put_person(c, "person", &p);
  put_link(c, token, ends);
}

static bool find(api_call *c, store_person *p) {
  int64_t id = 0;
  for (size_t i = 0; i < c->var[0].n && i < 16; i++) {
    if (c->var[0].p[i] < '0' || c->var[0].p[i] > '9') id = -1;
    if (id >= 0) id = id * 10 + (c->var[0].p[i] - '0');
  }
  store_code code = people_get(c->s, id, c->perm, p);
  if (code == STORE_END) {
    api_fail(c, 404, "not_there", SLICE("there is no such person"));
    return false;
  }
  return api_stored(c, code);
}

/* What the body does not name stays. */
static bool read_changes(api_call *c, store_person *p) {
  const json *off = json_member(c->json, SLICE("disabled"));
  if (!api_whole(c, "version", 1, INT64_MAX, &p->version)) return false;
  if (json_member(c->json, SLICE("name")) && !api_text(c, "name", PEOPLE_NAME_MAX, false, &p->name)) return false;
  if (json_member(c->json, SLICE("email")) && !read_email(c, p)) return false;
  if (json_member(c->json, SLICE("role")) && !read_role(c, p)) return false;
  if (off) p->disabled = json_true(off);
  return !json_member(c->json, SLICE("subject")) || api_text(c, "subject", 255, false, &p->subject);
}

/* Within the transaction. False: it is answered: somebody else is known by it. */
static bool tie(api_call *c, const store_person *p) {
  store_person other;
  if (!json_member(c->json, SLICE("subject"))) return true;
  slice issuer = people_issuer(c);
  store_code code =
      p->subject.n ? people_of_provider(c->s, issuer, p->subject, (slice){0}, c->perm, &other) : STORE_END;
  if (code == STORE_OK && other.id != p->id) {
    api_wrong(c, "subject", SLICE("somebody else is known to the provider by this"));
    return false;
  }
  if (code == STORE_OK || code == STORE_END) code = people_tie(c->s, p->id, issuer, p->subject, c->who.login);
  return api_stored(c, code);
}

void people_post_change(api_call *c) {
  store_person p;
  people_answer answer;
  if (!find(c, &p) || !read_changes(c, &p)) return;
  store_code code = store_begin(c->s);
  if (code == STORE_OK) code = people_change(c->s, &p, c->who.login, &answer);
  if (!api_stored(c, code) || !people_done(c, answer)) return;
  if (!tie(c, &p)) return;
  code = people_get(c->s, p.id, c->perm, &p);
  if (commit(c, code)) put_person(c, "person", &p);
}

/* A link for somebody who lost a password, or whose invitation ended. */
void people_post_link(api_call *c) {
  store_person p;
  slice token;
  int64_t ends;
  if (!find(c, &p)) return;
  if (p.disabled) {
    api_fail(c, 409, "not_so", SLICE("this person may not come in: let them in again first"));
    return;
  }
  if (!people_token(c, &token)) return;
  store_code code = store_begin(c->s);
  if (code == STORE_OK) code = people_link_put(c->s, p.id, token, c->who.login, &ends);
  if (!commit(c, code)) return;
  api_status(c, 201);
  put_link(c, token, ends);
}
