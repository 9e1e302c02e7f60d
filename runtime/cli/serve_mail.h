/* The mailbox of replies while a service runs, and for a run or a sync without one: read every few minutes, or now. */
#ifndef DUN_CLI_SERVE_MAIL_H
#define DUN_CLI_SERVE_MAIL_H

#include "runtime/serve/mailbox.h"
#include "session.h"

enum { SERVE_MAIL_MINUTES = 2 }; /* where the connect line has no `interval` */

typedef struct serve_mail {
  const connection *connect; /* NULL: the policy has none */
  replies *open;
  arena *perm;               /* of `open` */
  int64_t every_us, next_us; /* next_us 0: at once */
  bool failing;              /* and it was said */
} serve_mail;

/* That of the policy at hand. False: *why says what is wrong in its line. */
bool serve_mail_find(serve_mail *x, world *w, const program *p, arena *perm, slice *why);
void serve_mail_close(serve_mail *x);
/* Where it is due one round; `now`: all that is there. What came of it, and what went wrong, was said. *did: the store
 * was written to. False: it failed. */
bool serve_mail_read(serve_mail *x, session *s, bool now, bool *did);

#endif
