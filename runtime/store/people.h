/* People who work on the page: who they are, what they may, how they came in, and how often somebody failed to. Reading
 * them needs no transaction; each change is made inside one and is in the audit log, with the login of who makes it.
 *
 * Invariants: the store has the hash of a session's or a link's token, never the token; a session ends with the
 * password, the role and the person's being allowed in; there is always an administrator who can log in, once there was
 * one. */
#ifndef DUN_STORE_PEOPLE_H
#define DUN_STORE_PEOPLE_H

#include "store.h"

/* PEOPLE_ROLE(id, name): each may what those before it may. */
#define PEOPLE_ROLES(ROLE)                                                                                             \
  ROLE(VIEWER, "viewer") ROLE(OPERATOR, "operator") ROLE(APPROVER, "approver") ROLE(ADMIN, "admin")
typedef enum people_role {
#define ROLE(id, name) PEOPLE_##id,
  PEOPLE_ROLES(ROLE)
#undef ROLE
      PEOPLE_ROLE_COUNT
} people_role;
const char *people_role_name(people_role r);
STORE_MUST bool people_role_find(slice name, people_role *out);

enum {
  PEOPLE_LOGIN_MAX = 64,
  PEOPLE_NAME_MAX = 120,
  PEOPLE_EMAIL_MAX = 254,
  PEOPLE_MAX = 2000,
  PEOPLE_SESSIONS_MAX = 20,        /* of one person: the oldest goes */
  PEOPLE_IDLE_HOURS = 2,           /* without a request */
  PEOPLE_SESSION_HOURS = 12,       /* whatever happens */
  PEOPLE_SEEN_MINUTES = 5,         /* how exactly the last request is known */
  PEOPLE_LINK_HOURS = 24,          /* of somebody who is here */
  PEOPLE_INVITATION_HOURS = 24 * 7 /* of somebody who has never been */
};

/* What stands as `login` in the audit log's entries (audit.h), and tells two people apart where two must agree: the
 * person's number from here on, above the operating system's. */
#define PEOPLE_LOGIN_FROM (INT64_C(1) << 40)

typedef struct store_person {
  int64_t id;
  slice login, name, email;
  people_role role;
  slice lang;     /* "en", "pt", "es"; empty: the browser's */
  slice password; /* as runtime/password.h keeps it; empty: none */
  slice issuer, subject;
  bool disabled;
  int64_t made_at, password_at, seen_at; /* 0: never */
  slice made_by;
  int64_t version;
  int64_t link_ends; /* of the last link that was not used; 0: none */
} store_person;

/* Lower case: letters, digits and . _ - + @, from 2 to PEOPLE_LOGIN_MAX. False: it is none. */
STORE_MUST bool people_login_read(slice s, arena *perm, slice *out);

/* What a change comes to. */
typedef enum people_answer {
  PEOPLE_DONE,
  PEOPLE_NOT_THERE,
  PEOPLE_LOGIN_TAKEN,
  PEOPLE_EMAIL_TAKEN,
  PEOPLE_CHANGED,    /* another version than the one that was seen */
  PEOPLE_LAST_ADMIN, /* nobody could let anybody in any more */
  PEOPLE_TOO_MANY
} people_answer;

STORE_MUST store_code people_any(store *s, bool *any);
/* STORE_END: there is none. Texts in `perm`. */
STORE_MUST store_code people_find(store *s, slice login, arena *perm, store_person *out);
STORE_MUST store_code people_get(store *s, int64_t id, arena *perm, store_person *out);
/* By the provider's word: the subject, else (`email` not empty) an address that no subject has been tied to yet. */
STORE_MUST store_code people_of_provider(store *s, slice issuer, slice subject, slice email, arena *perm,
                                         store_person *out);
/* By login, from behind `after`; *more: there are others. */
STORE_MUST store_code people_list(store *s, slice after, uint32_t limit, arena *perm, store_person *out, size_t *count,
                                  bool *more);

/* ---- changes, inside a transaction; `by`: the login of who makes them ---- */

STORE_MUST store_code people_add(store *s, const store_person *p, slice by, int64_t *id, people_answer *answer);
/* Name, e-mail, role, whether they may come in. `version`: what was seen, 0: it does not matter. Another role, and
 * coming in no more, end the sessions; the latter its links too. */
STORE_MUST store_code people_change(store *s, const store_person *p, slice by, people_answer *answer);
/* The person's own: name and language. */
STORE_MUST store_code people_change_own(store *s, int64_t id, slice name, slice lang);
/* All sessions end, but `keep` (0: none); so do links. */
STORE_MUST store_code people_set_password(store *s, int64_t id, slice kept, int64_t keep, slice by);
/* The hash alone, of the same password. */
STORE_MUST store_code people_renew_password(store *s, int64_t id, slice kept);
/* `subject` empty: none any more. The provider's subject of a person who is known by e-mail, or whom an administrator
 * knows by it. */
STORE_MUST store_code people_tie(store *s, int64_t id, slice issuer, slice subject, slice by);

/* ---- sessions ---- */

/* `token`: what the cookie holds. */
typedef struct people_session {
  int64_t id;
  slice way, agent;
  int64_t made_at, seen_at, ends_at;
} people_session;

STORE_MUST store_code people_session_begin(store *s, int64_t person, slice token, const char *way, slice agent,
                                           int64_t *id);
/* Who it is: STORE_END where it has ended, or its person may not come in. *stale: it is time for people_session_seen.
 */
STORE_MUST store_code people_session_of(store *s, slice token, arena *perm, store_person *who, people_session *out,
                                        bool *stale);
STORE_MUST store_code people_session_seen(store *s, int64_t id);
STORE_MUST store_code people_sessions(store *s, int64_t person, arena *perm, people_session **out, size_t *count);
/* One of a person's; *ended: it was there. `id` 0: all but `keep`. */
STORE_MUST store_code people_session_end(store *s, int64_t person, int64_t id, int64_t keep, bool *ended);

/* ---- one-time links ---- */

/* A link for a person, or (0) for the first one. Those of before end. */
STORE_MUST store_code people_link_put(store *s, int64_t person, slice token, slice by, int64_t *ends_at);
/* Whom it is for; *person 0: the first. STORE_END: it was used, has ended, or never was. */
STORE_MUST store_code people_link_of(store *s, slice token, int64_t *person, int64_t *ends_at);
/* Used now; *fine false: somebody was faster. */
STORE_MUST store_code people_link_use(store *s, slice token, bool *fine);

/* ---- tries to log in ---- */

/* PEOPLE_TRY(id, tries that are free, longest wait in seconds): what failed tries are counted by. A whole company is
 * behind one address, and anybody can try somebody's login: those two wait briefly, and not at all in a browser that
 * the person has logged in with before. */
#define PEOPLE_TRIES(TRY)                                                                                              \
  TRY(LOGIN_THERE, 5, 900)                                                                                             \
  TRY(LOGIN, 20, 60)                                                                                                   \
  TRY(ADDRESS, 50, 30)                                                                                                 \
  TRY(BROWSER, 5, 900)                                                                                                 \
  TRY(LINK, 20, 900)
typedef enum people_try {
#define TRY(id, free, most) PEOPLE_TRY_##id,
  PEOPLE_TRIES(TRY)
#undef TRY
      PEOPLE_TRY_COUNT
} people_try;
enum { PEOPLE_TRY_HOURS = 24 }; /* after so long without one nothing is remembered */

/* A keyed hash of what is counted: no list of logins and addresses is kept. */
typedef struct people_try_key {
  people_try of;
  slice what; /* "ana", "ana 192.0.2.1", "192.0.2.1" */
} people_try_key;
/* How long to wait, of all of them the longest; 0: it may be tried. */
STORE_MUST store_code people_tries_wait(store *s, const people_try_key *v, size_t n, int64_t *wait_s);
/* Within a transaction. *begins: from here on there is a wait. */
STORE_MUST store_code people_tries_failed(store *s, const people_try_key *v, size_t n, bool *begins);
STORE_MUST store_code people_tries_forget(store *s, const people_try_key *v, size_t n);
/* The last failure was none: each was counted before it was looked at, so that a thousand at once are a thousand. */
STORE_MUST store_code people_tries_undo(store *s, const people_try_key *v, size_t n);
/* What a browser keeps that a login was used in, hex: nobody else can make it. Within a transaction. */
STORE_MUST store_code people_browser_mark(store *s, slice login, slice nonce, arena *perm, slice *mark);

#endif
