/* The door: what a request over HTTP comes to. /health; /unsubscribe/... of an e-mail (stdlib/channel/leave.h), where
 * asking shows a page and posting is the wish; and /hooks/KIND/VENDOR[/TOKEN], which is the connection of the policy
 * with that kind and vendor: its driver says whether the request is genuine and what it tells, the inbox stores it, and
 * only then is it answered.
 *
 * Invariants: nothing is answered with 200 that is not in the store; why something is refused is said to nobody
 * outside; the operator's log gets no personal datum and no part of a request. */
#ifndef DUN_SERVE_DOOR_H
#define DUN_SERVE_DOOR_H

#include "inbox.h"

enum { DOOR_REFUSALS_MAX = 32, DOOR_LOCKED_SECONDS = 12 };

/* For one thread at a time. */
typedef struct door {
  world *w;
  store *s;
  const program *p;
  slice public_url; /* "https://dun.example.com", without a slash at its end; empty: what the request says it called */
  struct {
    const connection *from;
    uint32_t refused;
  } count[DOOR_REFUSALS_MAX];
} door;

typedef struct door_request {
  slice method, target; /* as they came: "/hooks/sms/twilio?key=1" */
  const http_header *headers;
  size_t header_count; /* names in lower case */
  slice body;
  bool too_long; /* the body was longer than HOOK_BYTES_MAX and is not all here */
  slice from;    /* the address at the connection's other end: "192.0.2.1"; empty: not known */
} door_request;

typedef struct door_answer {
  int status;
  slice body;
  const char *type;         /* NULL: none */
  const char *allow;        /* 405: the methods */
  int retry_s;              /* 0: none */
  const http_header *extra; /* further lines of its head; they stand in place of the server's own of the same name */
  size_t extra_count;
  bool lasting;           /* the body stays for as long as the program runs: it is not copied */
  struct stream *goes_on; /* its body, in place of the other (stream.h) */
} door_answer;

void door_ask(door *d, const door_request *r, arena *perm, door_answer *out);

typedef struct door_asked {
  const door_request *q;
  arena *perm;
  door_answer *out;
} door_asked;
/* Several at once, as if one after the other: what they tell goes into the store together, or each by itself. */
void door_ask_all(door *d, const door_asked *v, size_t n);
/* Whether a path is the door's, /health aside: it needs the store. */
bool door_is_of(slice path);

/* The driver's reader of what comes in by a connect line; NULL: nothing comes in by it. *signs_address: the provider's
 * signature covers the address that it calls. */
hook_reader *door_reader(const program *p, const connection *c, bool *signs_address);

#endif
