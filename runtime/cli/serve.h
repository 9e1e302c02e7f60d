/* A service: what it keeps between two ticks, and a tick. The loop around it is cmd_serve.c's.
 *
 * Invariant: a tick stores what `dun run` at that minute would store. It looks at the customers whom anything can have
 * happened to since it last looked (runtime/store/agenda.h); where that cannot be said of customers one by one, at all
 * of them. With nothing due it reads a few rows of indices, and no facts. */
#ifndef DUN_CLI_SERVE_H
#define DUN_CLI_SERVE_H

#include "serve_erp.h"
#include "serve_mail.h"
#include "tick.h"

typedef struct server {
  serve_erps erps;  /* none: nothing is read by itself */
  serve_mail mail;  /* the mailbox of replies */
  slice public_url; /* how the service is reached over HTTP; empty: it is not */
  session base;     /* the policy at hand; its arena is base.perm */
  store *s;
  bool ledger_cur[CURRENCY_COUNT];
  bool crosses; /* customers hang on each other by contracts: ticks are of everybody */
  bool whole;   /* the next one that decides is: a plan waits as a whole */
  bool began;   /* some tick has decided */
  bool held_said, failed_said, locked_said;
  int32_t day;                /* of the last tick */
  int64_t version;            /* of the store, as that tick left it */
  int64_t carry_us;           /* when what is ready is to be looked at again */
  int64_t recover_us;         /* when what is unknown is */
  int64_t wall_ns, steady_ns; /* both clocks at the last tick; steady_ns 0: none was */
  uint32_t looked_at;         /* customers, of the last tick; UINT32_MAX: all */
} server;

/* Over a store that is open: makes it a served one. */
STORE_MUST store_code serve_begin(server *v, const session *base, store *s);
/* Of a new revision of the policy: everything is to be looked at. */
void serve_revise(server *v, const session *base);
/* EXIT_FINE also where there was nothing to do; what went wrong was said, and the next tick tries again. */
int serve_tick(server *v);

#endif
