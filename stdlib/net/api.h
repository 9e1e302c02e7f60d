/* Somebody else's service over HTTP: what every connector and channel has in common is here, once. Base address,
 * proof of identity and its renewal, limits, waiting as asked, repeating what may be repeated, extra headers, words
 * for what went wrong.
 *
 * Invariants: a call that is not `safe` leaves at most once, but for one that was answered "not logged in"; nobody is
 * asked more often, or more at once, than the limits say; no word that comes out of here holds a secret or a personal
 * datum. */
#ifndef DUN_NET_API_H
#define DUN_NET_API_H

#include "net.h"
#include "outcome.h"
#include "settings.h"

typedef struct api_limits {
  uint32_t per_minute; /* 0: any number */
  uint32_t at_once;    /* 0: 4 */
} api_limits;

typedef struct api api;

/* What proves who we are, on every call. The pieces live as long as the api. */
typedef struct api_proof {
  const char *name; /* of the header, "Authorization"; NULL: none */
  const http_piece *pieces;
  size_t count;
  const char *user; /* Basic */
  secret password;
  http_header extra[4]; /* cookies */
  size_t extra_count;
  int64_t lasts_s; /* of a login: after so many seconds there is another; 0: until an answer says that it has ended */
} api_proof;

typedef struct api_options {
  const char *service;       /* in words to people: "Omie" */
  const connection *connect; /* url, `headers "Name: value; Name: value"`, `rate`, `ca` are read from it */
  const char *base;          /* where the line has no address; NULL: it must have one */
  secret base_hidden;        /* the address itself is the secret (a webhook's): in place of both */
  api_limits limits;
  long total_ms;        /* of one call; 0: 20,000 */
  size_t body_max;      /* 0: 32 MB */
  const slice *allowed; /* as in http_options */
  size_t allowed_count;
  /* Logs in: before the first call, when the proof has lasted its time, and once after an answer that `expired` takes
   * for "not logged in" (NULL: status 401; with another status what is not `safe` is not asked again). False: *why says
   * it. NULL: `proof` counts as it is. */
  bool (*login)(api *a, void *self, api_proof *proof, arena *perm, slice *why);
  bool (*expired)(const http_answer *answer);
  /* More than the status says: a fault in the body that asks to come again, and when. NULL: 408, 425, 429, 500, 502,
   * 503 and 504 do, with their Retry-After. */
  bool (*again)(const http_answer *answer, int64_t *wait_s);
  void *self;
  api_proof proof;
} api_options;

/* NULL: *why says what is wrong in the connect line. Nothing is reached yet. What `o` points to must stay. */
api *api_open(world *w, arena *perm, const api_options *o, slice *why);
void api_close(api *a); /* NULL is allowed */

typedef struct api_request {
  const char *method;
  slice path; /* behind the base address, beginning with a slash or a question mark, percent-encoded; or a whole address
                 of the same host (a next link) */
  const http_header *headers;
  size_t header_count;
  const char *type; /* of the body: "application/json" */
  const http_piece *body;
  size_t body_count;
  bool safe; /* may be asked again: it changes nothing, or the same twice is once */
} api_request;

/* One call, or many at once. An answer is there in every case: what went wrong stands in its `end`. A `safe` call is
 * repeated where the service asks to come again or could not be reached: up to five times, with growing pauses, within
 * `patience_s`. */
http_answer api_ask(api *a, const api_request *call, arena *perm);
void api_ask_all(api *a, const api_request *calls, size_t n, http_answer *out, arena *perm);
int64_t api_patience_of(const api *a);
void api_patience(api *a, int64_t seconds); /* 120 where it is not said; 0: nothing is repeated or waited for */

/* Somebody waits: nothing is repeated or waited for but the limits, and no call takes longer; 0: with the patience of
 * before. */
void api_hurry(api *a, long ms);

/* The answer's header; empty: it has none. */
slice http_header_of(const http_answer *answer, const char *name);
/* "Sun, 22 Nov 2026 06:00:00 GMT". False: it is none. */
bool http_date(slice s, int64_t *seconds);
/* Seconds to wait, from Retry-After (seconds or a date), X-RateLimit-Reset and their kind; 0: it does not say. */
int64_t http_retry_after_s(const http_answer *answer, int64_t now_s);
/* "Omie cannot be reached: the connection was refused"; "Omie answered 503". */
slice api_words(const api *a, const http_answer *answer, arena *perm);
/* What a call that does something comes to by its status alone: 2xx accepted; 408, 429 and 503 with Retry-After, and
 * what surely did not arrive: for now; 401, 403 and 404 of our own settings: down; other 4xx: rejected; no answer, or
 * 5xx, after bytes have left: unknown. */
send_result api_outcome(const api *a, const http_answer *answer, arena *perm);

#endif
