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
} door_request;

typedef struct door_answer {
  int status;
  slice body;
  const char *type;  /* NULL: none */
  const char *allow; /* 405: the methods */
  int retry_s;       /* 0: none */
  const http_header *extra;
  size_t extra_count;
} door_answer;

void door_ask(door *d, const door_request *r, arena *perm, door_answer *out);

/* The driver's reader of what comes in by a connect line; NULL: nothing comes in by it. *signs_address: the provider's
 * signature covers the address that it calls. */
hook_reader *door_reader(const program *p, const connection *c, bool *signs_address);

#endif
