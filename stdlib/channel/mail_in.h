/* What an e-mail that came back is: the words of a person, an answering machine's, a mail server's report of what
 * became of a message, or our own. Pure: which of our messages it is about, the store finds by the ids.
 *
 * Invariants: what a machine wrote is never taken for a person's words; a message counts as failed only where a report
 * says that it was given up; no detail holds an address or a name. */
#ifndef DUN_CHANNEL_MAIL_IN_H
#define DUN_CHANNEL_MAIL_IN_H

#include "opt_out.h"
#include "stdlib/net/mail_read.h"

/* SORT(id, what becomes of it) */
#define MAIL_SORTS(SORT)                                                                                               \
  SORT(WORDS, "a reply, or a wish about messages")                                                                     \
  SORT(REPORT, "what became of a message")                                                                             \
  SORT(MACHINE, "an answering machine: its message arrived, nobody has replied")                                       \
  SORT(UNCLEAR, "a mail server's report that cannot be read: a card")                                                  \
  SORT(OWN, "ours: nothing")

typedef enum mail_sort {
#define SORT(id, words) MAIL_IS_##id,
  MAIL_SORTS(SORT)
#undef SORT
      MAIL_SORT_COUNT
} mail_sort;

enum { MAIL_MENTIONED_MAX = MAIL_IDS_MAX * 2 + 1 };

typedef struct mail_sorted {
  mail_sort sort;
  opt_wish wish;                 /* WORDS */
  slice text;                    /* WORDS: without what it quotes and its signature; else the subject */
  const char *state;             /* REPORT, MACHINE: of an action, "rejected"; NULL: it says nothing */
  slice detail;                  /* "came back: 5.1.1" */
  bool no_address;               /* it says that there is no such address: 5.1.x */
  slice ids[MAIL_MENTIONED_MAX]; /* of the messages that it may be about, the likeliest first */
  size_t id_count;
} mail_sorted;

/* `own`: the address that our messages come from. */
void mail_sort_of(const mail *m, slice own, arena *perm, mail_sorted *out);

/* The words of a reply: without quoted lines, what follows them, and the signature. */
slice mail_answer(slice said, arena *perm);

/* The subject of a message to our address that means: no more of these. `id`: of the message. */
slice mail_unsubscribe_subject(slice id, arena *perm);

#endif
