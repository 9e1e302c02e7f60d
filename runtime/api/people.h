/* Who asks: the person of a request's session; letting people in and out.
 *
 * Invariants: the session's token is in its cookie alone, which no script reads and no other site's page sends; a login
 * that nobody has is answered like a wrong password, as slowly. */
#ifndef DUN_API_PEOPLE_H
#define DUN_API_PEOPLE_H

#include "api.h"
#include "runtime/store/people.h"

/* What a person opens who has a one-time link: the token is behind a #, which no browser sends and no server logs. */
#define PEOPLE_LINK_PATH "/welcome#"

enum { PEOPLE_TOKEN_BYTES = 32, PEOPLE_HASHING_MAX = 4 };

/* Fills in c->who, of the session's cookie; nobody where there is none, or it has ended. */
void people_recognise(api_call *c);

/* What the session's cookie holds; empty: there is none. */
slice people_session_token(const api_call *c);

/* Whether a person may approve what somebody proposed or asked for: nobody approves their own, not even an
 * administrator. Both are logins. */
bool people_may_approve(const api_person *who, slice proposed_by);

/* ---- for the files of this area ---- */

api_role people_api_role(people_role r);
/* 256 random bits as they stand in a cookie or a link; false: it is answered. */
bool people_token(api_call *c, slice *token);
/* A change by nobody comes from our own page too: no other site's page may log somebody in. False: it is answered. */
bool people_from_our_page(api_call *c);
/* Within the transaction: a session, and its cookie. `way`: "password", "link", "provider". */
STORE_MUST store_code people_let_in(api_call *c, const store_person *p, const char *way);
/* The cookies go; the session is the caller's to end. */
void people_forget_cookies(api_call *c);
void people_put_cookie(api_call *c, const char *name, slice value, const char *path, bool strict, int64_t seconds);
/* "https://dun.example.com", or what the request says that it asked. */
slice people_address(const api_call *c);
bool people_is_https(const api_call *c);
/* Members of the answer: who is logged in. */
void people_put_me(api_call *c, const store_person *p);
/* The password of the body, as it was typed, kept safe; false: it is answered. `p`: whose it is to be. */
bool people_new_password(api_call *c, const char *field, const store_person *p, slice *kept);
/* Whether it is the one; false too where it was answered: too many are being looked at. */
bool people_password_is(api_call *c, slice kept, slice password);
/* "192.0.2.1", of an IPv6 address its network: who tries. */
slice people_asker(const api_call *c);
/* Where tries are to wait: it is answered, and true. */
bool people_must_wait(api_call *c, const people_try_key *v, size_t n);
/* Members of the answer: `provider`, another way to log in than by password, or null. */
void people_put_provider(api_call *c);
/* The address of the provider; empty: there is none. */
slice people_issuer(const api_call *c);
/* The answer of a change that was not made; true: it was. */
bool people_done(api_call *c, people_answer a);

#endif
