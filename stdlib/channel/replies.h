/* The mailbox that answers come to: `connect replies imap "imaps://imap.example.com/INBOX" with user ... and password
 * from env "..."`; for Microsoft 365 with `tenant`, `client` and `secret` in place of the password, for Google
 * Workspace with `client` and `key`.
 *
 * Invariant: nothing in the mailbox changes (imap.h). */
#ifndef DUN_CHANNEL_REPLIES_H
#define DUN_CHANNEL_REPLIES_H

#include "stdlib/net/imap.h"
#include "stdlib/net/settings.h"

typedef struct replies replies;

/* The policy's line; NULL: there is none. */
const connection *replies_line(const program *p);
/* Where answers are to go, if it is not the address that messages come from; empty: it is. */
slice replies_address(world *w, const connection *c);

/* NULL: *why says what is wrong in the connect line. Nothing is reached yet. */
replies *replies_open(world *w, arena *perm, const connection *c, slice *why);
void replies_close(replies *r); /* NULL is allowed */
/* Connects, logs in and opens the folder; NULL: *why. What it gives lives until the next one, or replies_close. */
imap *replies_begin(replies *r, imap_folder *folder, slice *why);
/* "imap.example.com/INBOX" */
slice replies_where(const replies *r);

#endif
