/* See people.h: the people themselves. Sessions, links and tries are in people_session.c and people_try.c. */
#include "people.h"

#include <stdio.h>

#include "people_impl.h"

static const char *const ROLE_NAME[] = {
#define ROLE(id, name) name,
    PEOPLE_ROLES(ROLE)
#undef ROLE
};
const char *people_role_name(people_role r) { return ROLE_NAME[r]; }

bool people_role_find(slice name, people_role *out) {
  for (int i = 0; i < PEOPLE_ROLE_COUNT; i++) {
    if (!slice_eq(name, slice_of(ROLE_NAME[i]))) continue;
    *out = (people_role)i;
    return true;
  }
  return false;
}

bool people_login_read(slice s, arena *perm, slice *out) {
  static const char SIGNS[] = "._-+@";
  s = slice_trim(s);
  if (s.n < 2 || s.n > PEOPLE_LOGIN_MAX) return false;
  char *to = arena_copy(perm, s);
  for (size_t i = 0; i < s.n; i++) {
    if (to[i] >= 'A' && to[i] <= 'Z') to[i] = (char)(to[i] + 32);
    bool letter = (to[i] >= 'a' && to[i] <= 'z') || (to[i] >= '0' && to[i] <= '9');
    if (!letter && !memchr(SIGNS, to[i], sizeof SIGNS - 1)) return false;
  }
  *out = (slice){to, s.n};
  return true;
}

int64_t people_now_us(store *s) { return s->w->now_ns(s->w) / 1000; }

store_code people_log(store *s, slice by, const char *did, slice login, const char *role) {
  char detail[96];
  arena *own = arena_new();
  snprintf(detail, sizeof detail, role ? "{\"did\":\"%s\",\"role\":\"%s\"}" : "{\"did\":\"%s\"}", did, role);
  store_event e = {SLICE("person"), by, arena_printf(own, "person %.*s", SLICE_ARG(login)), slice_of(detail)};
  store_code code = store_audit_append(s, &e);
  arena_free(own);
  return code;
}

/* ---- reading ---- */

#define COLUMNS                                                                                                        \
  "p.id, p.login, p.name, p.email, p.role, p.lang, p.password, p.issuer, p.subject, p.disabled, p.made_at, "           \
  "p.made_by, coalesce(p.password_at, 0), coalesce(p.seen_at, 0), p.version, coalesce((SELECT max(l.ends_at) FROM "    \
  "person_link l WHERE l.person = p.id AND l.used_at IS NULL), 0)"

static void read_person(db_stmt *q, arena *perm, store_person *out) {
  *out = (store_person){.id = db_int(q, 0),
                        .login = arena_slice(perm, db_text(q, 1)),
                        .name = arena_slice(perm, db_text(q, 2)),
                        .email = arena_slice(perm, db_text(q, 3)),
                        .lang = arena_slice(perm, db_text(q, 5)),
                        .password = arena_slice(perm, db_text(q, 6)),
                        .issuer = arena_slice(perm, db_text(q, 7)),
                        .subject = arena_slice(perm, db_text(q, 8)),
                        .disabled = db_int(q, 9) != 0,
                        .made_at = db_int(q, 10),
                        .made_by = arena_slice(perm, db_text(q, 11)),
                        .password_at = db_int(q, 12),
                        .seen_at = db_int(q, 13),
                        .version = db_int(q, 14),
                        .link_ends = db_int(q, 15)};
  if (!people_role_find(db_text(q, 4), &out->role)) out->role = PEOPLE_VIEWER;
}

/* The one row of a question that is bound. */
static store_code one(store *s, db_stmt *q, arena *perm, store_person *out) {
  store_code code = db_step(q);
  if (code == STORE_ROW) read_person(q, perm, out);
  code = store_ended(s, q, code);
  return code == STORE_ROW ? STORE_OK : code;
}

store_code people_any(store *s, bool *any) {
  db_stmt *q;
  int64_t found = 0;
  store_code code = store_prepared(s, "SELECT EXISTS (SELECT 1 FROM person)", &q);
  if (code == STORE_OK) code = store_one_int(s, q, &found);
  *any = found != 0;
  return code == STORE_ROW ? STORE_OK : code;
}

store_code people_find(store *s, slice login, arena *perm, store_person *out) {
  db_stmt *q;
  store_code code = store_prepared(s, "SELECT " COLUMNS " FROM person p WHERE p.login = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, login);
  return one(s, q, perm, out);
}

store_code people_get(store *s, int64_t id, arena *perm, store_person *out) {
  db_stmt *q;
  store_code code = store_prepared(s, "SELECT " COLUMNS " FROM person p WHERE p.id = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  return one(s, q, perm, out);
}

store_code people_of_provider(store *s, slice issuer, slice subject, slice email, arena *perm, store_person *out) {
  db_stmt *q;
  store_code code = store_prepared(s, "SELECT " COLUMNS " FROM person p WHERE p.issuer = ?1 AND p.subject = ?2", &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, issuer);
  db_bind_text(q, 2, subject);
  code = one(s, q, perm, out);
  if (code != STORE_END || email.n == 0) return code;
  code = store_prepared(
      s, "SELECT " COLUMNS " FROM person p WHERE p.email <> '' AND lower(p.email) = lower(?1) AND p.subject IS NULL",
      &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, email);
  return one(s, q, perm, out);
}

store_code people_list(store *s, slice after, uint32_t limit, arena *perm, store_person *out, size_t *count,
                       bool *more) {
  db_stmt *q;
  *count = 0;
  *more = false;
  store_code code =
      store_prepared(s, "SELECT " COLUMNS " FROM person p WHERE p.login > ?1 ORDER BY p.login LIMIT ?2", &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, after);
  db_bind_int(q, 2, (int64_t)limit + 1);
  while ((code = db_step(q)) == STORE_ROW) {
    *more = *count == limit;
    if (!*more) read_person(q, perm, out + (*count)++);
  }
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

/* ---- changes ---- */

/* Whether somebody else has the address. */
static store_code email_taken(store *s, slice email, int64_t but, bool *taken) {
  db_stmt *q;
  int64_t found = 0;
  *taken = false;
  if (email.n == 0) return STORE_OK;
  store_code code = store_prepared(
      s, "SELECT EXISTS (SELECT 1 FROM person WHERE email <> '' AND lower(email) = lower(?1) AND id <> ?2)", &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, email);
  db_bind_int(q, 2, but);
  code = store_one_int(s, q, &found);
  *taken = found != 0;
  return code == STORE_ROW ? STORE_OK : code;
}

static store_code may_add(store *s, const store_person *p, people_answer *answer) {
  db_stmt *q;
  int64_t many = 0, found = 0;
  bool taken;
  *answer = PEOPLE_DONE;
  store_code code = store_prepared(s, "SELECT count(*) FROM person", &q);
  if (code == STORE_OK) code = store_one_int(s, q, &many);
  if (code != STORE_ROW) return code;
  code = store_prepared(s, "SELECT EXISTS (SELECT 1 FROM person WHERE login = ?1)", &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, p->login);
  code = store_one_int(s, q, &found);
  if (code != STORE_ROW) return code;
  code = email_taken(s, p->email, 0, &taken);
  if (code != STORE_OK) return code;
  if (many >= PEOPLE_MAX) *answer = PEOPLE_TOO_MANY;
  if (taken) *answer = PEOPLE_EMAIL_TAKEN;
  if (found) *answer = PEOPLE_LOGIN_TAKEN;
  return STORE_OK;
}

store_code people_add(store *s, const store_person *p, slice by, int64_t *id, people_answer *answer) {
  db_stmt *q;
  *id = 0;
  store_code code = may_add(s, p, answer);
  if (code != STORE_OK || *answer != PEOPLE_DONE) return code;
  code = store_prepared(s,
                        "INSERT INTO person (login, name, email, role, lang, made_at, made_by) VALUES (?1, ?2, ?3, ?4, "
                        "?5, ?6, ?7)",
                        &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, p->login);
  db_bind_text(q, 2, p->name);
  db_bind_text(q, 3, p->email);
  db_bind_text(q, 4, slice_of(ROLE_NAME[p->role]));
  db_bind_text(q, 5, p->lang);
  db_bind_int(q, 6, people_now_us(s));
  db_bind_text(q, 7, by);
  code = store_do(s, q);
  if (code != STORE_OK) return code;
  *id = db_last_id(s->d);
  return people_log(s, by, "invited", p->login, ROLE_NAME[p->role]);
}

/* Whether an administrator who can log in is left without this one. */
static store_code other_admin(store *s, int64_t but, bool *there) {
  db_stmt *q;
  int64_t found = 0;
  store_code code =
      store_prepared(s,
                     "SELECT EXISTS (SELECT 1 FROM person WHERE role = 'admin' AND disabled = 0 AND id <> "
                     "?1 AND (password IS NOT NULL OR subject IS NOT NULL))",
                     &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, but);
  code = store_one_int(s, q, &found);
  *there = found != 0;
  return code == STORE_ROW ? STORE_OK : code;
}

static store_code may_change(store *s, const store_person *was, const store_person *p, people_answer *answer) {
  bool there = true, taken;
  store_code code = email_taken(s, p->email, p->id, &taken);
  bool leaves = was->role == PEOPLE_ADMIN && !was->disabled && (p->role != PEOPLE_ADMIN || p->disabled);
  if (code == STORE_OK && leaves) code = other_admin(s, p->id, &there);
  if (taken) *answer = PEOPLE_EMAIL_TAKEN;
  if (!there) *answer = PEOPLE_LAST_ADMIN;
  if (p->version && p->version != was->version) *answer = PEOPLE_CHANGED;
  return code;
}

static store_code end_all(store *s, const store_person *was, const store_person *p) {
  bool ended;
  store_code code = STORE_OK;
  if (p->disabled || p->role != was->role) code = people_session_end(s, p->id, 0, 0, &ended);
  return code == STORE_OK && p->disabled ? people_links_end(s, p->id) : code;
}

static store_code log_change(store *s, const store_person *was, const store_person *p, slice by) {
  store_code code = STORE_OK;
  if (p->role != was->role) code = people_log(s, by, "role", was->login, ROLE_NAME[p->role]);
  if (code == STORE_OK && p->disabled != was->disabled)
    code = people_log(s, by, p->disabled ? "disabled" : "enabled", was->login, NULL);
  if (code == STORE_OK && (!slice_eq(p->name, was->name) || !slice_eq(p->email, was->email)))
    code = people_log(s, by, "changed", was->login, NULL);
  return code;
}

store_code people_change(store *s, const store_person *p, slice by, people_answer *answer) {
  db_stmt *q;
  arena *own = arena_new();
  store_person was;
  *answer = PEOPLE_DONE;
  store_code code = people_get(s, p->id, own, &was);
  if (code == STORE_END) *answer = PEOPLE_NOT_THERE;
  if (code == STORE_OK) code = may_change(s, &was, p, answer);
  if (code == STORE_OK && *answer == PEOPLE_DONE) {
    code = store_prepared(s,
                          "UPDATE person SET name = ?2, email = ?3, role = ?4, disabled = ?5, version = version + 1 "
                          "WHERE id = ?1",
                          &q);
    if (code == STORE_OK) {
      db_bind_int(q, 1, p->id);
      db_bind_text(q, 2, p->name);
      db_bind_text(q, 3, p->email);
      db_bind_text(q, 4, slice_of(ROLE_NAME[p->role]));
      db_bind_int(q, 5, p->disabled);
      code = store_do(s, q);
    }
    if (code == STORE_OK) code = end_all(s, &was, p);
    if (code == STORE_OK) code = log_change(s, &was, p, by);
  }
  arena_free(own);
  return code == STORE_END ? STORE_OK : code;
}

store_code people_change_own(store *s, int64_t id, slice name, slice lang) {
  db_stmt *q;
  store_code code =
      store_prepared(s, "UPDATE person SET name = ?2, lang = ?3, version = version + 1 WHERE id = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  db_bind_text(q, 2, name);
  db_bind_text(q, 3, lang);
  return store_do(s, q);
}

/* The login of a person who is there. */
static store_code log_of(store *s, int64_t id, slice by, const char *did) {
  arena *own = arena_new();
  store_person p;
  store_code code = people_get(s, id, own, &p);
  if (code == STORE_OK) code = people_log(s, by.n ? by : p.login, did, p.login, NULL);
  arena_free(own);
  return code;
}

store_code people_set_password(store *s, int64_t id, slice kept, int64_t keep, slice by) {
  db_stmt *q;
  bool ended;
  store_code code =
      store_prepared(s, "UPDATE person SET password = ?2, password_at = ?3, version = version + 1 WHERE id = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  db_bind_text(q, 2, kept);
  db_bind_int(q, 3, people_now_us(s));
  code = store_do(s, q);
  if (code == STORE_OK) code = people_session_end(s, id, 0, keep, &ended);
  if (code == STORE_OK) code = people_links_end(s, id);
  return code == STORE_OK ? log_of(s, id, by, "password") : code;
}

store_code people_renew_password(store *s, int64_t id, slice kept) {
  db_stmt *q;
  store_code code = store_prepared(s, "UPDATE person SET password = ?2 WHERE id = ?1 AND password IS NOT NULL", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  db_bind_text(q, 2, kept);
  return store_do(s, q);
}

store_code people_tie(store *s, int64_t id, slice issuer, slice subject, slice by) {
  db_stmt *q;
  store_code code =
      store_prepared(s, "UPDATE person SET issuer = ?2, subject = ?3, version = version + 1 WHERE id = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  if (subject.n) {
    db_bind_text(q, 2, issuer);
    db_bind_text(q, 3, subject);
  } else {
    db_bind_null(q, 2);
    db_bind_null(q, 3);
  }
  code = store_do(s, q);
  return code == STORE_OK ? log_of(s, id, by, subject.n ? "tied to a provider" : "untied from a provider") : code;
}
