/* What is in the mailbox of answers, into the store: each message once, in the order of its numbers; the inbox's door
 * is the way in, as for webhooks.
 *
 * Invariants: the place moves on behind a message only after what it says is committed, and a message that is read
 * again counts once; what a message holds can stop messages or fail one of ours, and never sends any. */
#ifndef DUN_SERVE_MAILBOX_H
#define DUN_SERVE_MAILBOX_H

#include "inbox.h"
#include "stdlib/channel/replies.h"

enum {
  MAILBOX_ROUND_MAX = 500,  /* messages in one round; the next one goes on there */
  MAILBOX_SECONDS_MAX = 30, /* of one round, and the message at hand: a service has more to do */
  MAILBOX_FIRST_DAYS = 7,   /* how far back the first look goes, and not before our first message */
  MAILBOX_TRIES_MAX = 3     /* a message that ended the program so often is left out */
};

/* MAILBOX(id, words) */
#define MAILBOX_COUNTS(MAILBOX)                                                                                        \
  MAILBOX(READ, "read")                                                                                                \
  MAILBOX(REPLIES, "replies")                                                                                          \
  MAILBOX(WISHES, "want no more messages, or want them again")                                                         \
  MAILBOX(REPORTS, "say what became of a message")                                                                     \
  MAILBOX(MACHINES, "automatic answers, lists")                                                                        \
  MAILBOX(UNCLEAR, "reports that cannot be read")                                                                      \
  MAILBOX(STRANGE, "about nothing of ours")

typedef enum mailbox_count {
#define MAILBOX(id, words) MAILBOX_##id,
  MAILBOX_COUNTS(MAILBOX)
#undef MAILBOX
      MAILBOX_COUNT_COUNT
} mailbox_count;
const char *mailbox_count_words(mailbox_count c);

typedef struct mailbox_round {
  uint64_t count[MAILBOX_COUNT_COUNT];
  bool more; /* there are messages that the round had no room for */
} mailbox_round;

/* One round. False: *why (in `perm`); what was read until then is stored. */
bool mailbox_read(world *w, store *s, const program *p, replies *r, arena *perm, mailbox_round *out, slice *why);

/* One message, as it came, into the store. `from`: the connection that it counts as. Its own transaction. */
STORE_MUST store_code mailbox_take(const inbox *b, slice own, slice bytes, arena *scratch, mailbox_round *out);
/* What the events of a mailbox are told by: `email imap`. */
extern const connection MAILBOX_CONNECTION;
/* The address that the policy's e-mails come from; empty: it sends none. */
slice mailbox_own_address(world *w, const program *p);

#endif
