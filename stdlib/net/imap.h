/* A mailbox's folder, read over IMAP4rev1 (RFC 3501): which messages it has from a number on, and one message's bytes.
 *
 * Invariants: the folder is opened read-only (EXAMINE) and read with PEEK, so that nothing in it changes, not even what
 * is unread; whatever the server answers, what is kept of an answer is bounded. */
#ifndef DUN_NET_IMAP_H
#define DUN_NET_IMAP_H

#include "lang/base/date.h"
#include "net.h"

enum {
  IMAP_LINE_MAX = 1 << 20,     /* bytes of one answer, without its literals */
  IMAP_ANSWERS_MAX = 64 << 20, /* bytes of the answers to one command, without literals */
  IMAP_FOLDER_MAX = 400        /* bytes of a folder's name */
};

typedef struct imap imap;

typedef struct imap_folder {
  uint32_t validity; /* where it changes, the numbers below mean other messages */
  uint32_t next;     /* the number that the next message will get; 0: the server does not say */
} imap_folder;

typedef struct imap_item {
  uint32_t uid;
  uint64_t bytes;
} imap_item;

/* Over a connection that is logged in; both live as long as `perm`. */
imap *imap_over(const struct world_net *net, imap_line *line, arena *perm);
/* False, here and below: *why. After a broken connection nothing more can be asked. */
bool imap_examine(imap *m, slice folder, imap_folder *out, slice *why);
/* The lowest number of a message that came on that day (the server's) or later; 0: there is none. */
bool imap_since(imap *m, civil_date day, uint32_t *uid, slice *why);
/* The messages from `from` on, the lowest numbers first, `room` at most. */
bool imap_list(imap *m, uint32_t from, imap_item *out, size_t room, size_t *count, slice *why);
/* The first `most` bytes of a message; empty: it is gone. */
bool imap_read(imap *m, uint32_t uid, uint32_t most, arena *perm, slice *bytes, slice *why);
void imap_logout(imap *m);

#endif
