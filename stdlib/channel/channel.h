/* A channel carries a rendered message to somebody. Each way to do it is one constant descriptor and one file: `connect
 * email smtp ...` is one, the files of the outbox folder (nothing is sent, everything can be read) are the default.
 *
 * Invariant: a send says exactly one of the outcomes below, and SEND_RETRY or SEND_DOWN only where the receiver surely
 * did nothing. No detail holds an address, a name or a secret. */
#ifndef DUN_CHANNEL_CHANNEL_H
#define DUN_CHANNEL_CHANNEL_H

#include "lang/check/program.h"
#include "runtime/world.h"
#include "stdlib/net/secret.h"

/* OUTCOME(id, name in the store, in words) */
#define SEND_OUTCOMES(OUTCOME)                                                                                         \
  OUTCOME(ACCEPTED, "accepted", "taken over by the receiver")                                                          \
  OUTCOME(REJECTED, "rejected", "refused for good")                                                                    \
  OUTCOME(RETRY, "retry", "refused for now; nothing was done")                                                         \
  OUTCOME(DOWN, "down", "the service cannot be used; nothing was done")                                                \
  OUTCOME(UNKNOWN, "unknown", "the answer is missing: it may have arrived")

typedef enum send_outcome {
#define OUTCOME(id, name, words) SEND_##id,
  SEND_OUTCOMES(OUTCOME)
#undef OUTCOME
      SEND_OUTCOME_COUNT
} send_outcome;

const char *send_outcome_name(send_outcome o);
const char *send_outcome_words(send_outcome o);

typedef struct send_result {
  send_outcome outcome;
  slice provider_id; /* Message-ID, file name */
  slice detail;      /* "550 5.1.1", "connection refused" */
  int64_t retry_s;   /* SEND_RETRY: not before so many seconds, as the receiver says; 0: it does not say */
} send_result;

typedef struct channel_message {
  channel ch;
  slice key; /* SHA-256 of the decision's key, hex: the same for every try of one decision */
  slice to_name, to;
  slice subject, text, html; /* subject and html of e-mail only; html may be empty */
  civil_date day;
  slice customer, number; /* ids, for a file's name */
} channel_message;

typedef struct sender sender;

typedef struct sender_options {
  const connection *connect; /* NULL: files */
  slice outbox;              /* the folder of the files */
  slice policy;              /* its name: what a file says it is from */
} sender_options;

/* What a channel takes: so many a minute, and so many at once after a pause. */
typedef struct channel_rate {
  uint32_t per_minute, at_once; /* 0: any number */
} channel_rate;

typedef struct channel_driver {
  const char *kind, *vendor; /* `connect KIND VENDOR`; NULL vendor: without a connect line */
  unsigned channels;         /* bit per channel */
  bool real;                 /* messages leave this machine */
  /* NULL: *why says what is wrong in the connect line. Nothing is reached yet. */
  sender *(*open)(world *w, arena *perm, const sender_options *o, slice *why);
  send_result (*send)(sender *s, const channel_message *m, arena *perm);
  void (*close)(sender *s); /* NULL is allowed */
  channel_rate rate;        /* where the connect line has no `rate` */
  bool honours_key;         /* the same key is carried out once: an unknown outcome may be tried again */
  /* What the receiver will call the message, as far as that is known before the call; NULL: it is not. */
  slice (*name)(sender *s, const channel_message *m, arena *perm);
  /* What became of a message whose answer is missing: SEND_ACCEPTED, SEND_RETRY (surely nothing arrived) or
   * SEND_UNKNOWN. `begun_s`: when the call was made, seconds since 1970. NULL: it cannot be found out. */
  send_result (*find)(sender *s, const channel_message *m, int64_t begun_s, arena *perm);
} channel_driver;

/* The driver of a channel under the policy's connect lines, and the line. NULL: there is a line, but nothing in this
 * program speaks to that vendor. */
const channel_driver *channel_driver_of(const program *p, channel ch, const connection **connect);

extern const channel_driver EMAIL_SMTP, OUTBOX_FILES;

/* A setting of a connect line, from the line or the environment; false where it is absent or its variable is unset
 * (*variable then names it). None that is a secret: those are asked for as such. */
bool connection_setting(world *w, const connection *c, const char *key, slice *value, slice *variable);
bool connection_secret(world *w, arena *perm, const connection *c, const char *key, secret *value, slice *variable);
/* `with rate "30 per minute"` (or second, or hour): what the line says, else the driver's own. False: it cannot be
 * read. */
bool connection_rate(world *w, const channel_driver *d, const connection *c, channel_rate *out);

#endif
