/* The ERPs of a policy while a service runs: each is read again by itself every few minutes, and single rows as soon as
 * something says that they changed.
 *
 * Invariants: what a hint holds back goes on only after its row was read from the ERP, or with it everything; an ERP
 * that is slow or does not answer keeps a tick from its messages for a bounded time, and is gone on with in the next.
 */
#ifndef DUN_CLI_SERVE_ERP_H
#define DUN_CLI_SERVE_ERP_H

#include "session.h"
#include "stdlib/erp/erp.h"

enum {
  SERVE_ERPS_MAX = 8,
  SERVE_SYNC_MINUTES = 5,        /* where the connect line has no `interval` */
  SERVE_OPEN_MINUTES = 60,       /* then a connection is made anew: what it needed in memory is given back */
  SERVE_FAILURES_MAX = 2,        /* rows that cannot be read, then it waits for the next tick */
  SERVE_PATIENCE_SECONDS = 10,   /* with one call to an ERP that does not answer: the tick has more to do */
  SERVE_READ_SECONDS = 30,       /* of a tick, for all ERPs: then what is left goes on in the next one */
  SERVE_RECHECKS_MAX = 200,      /* rows read alone in one tick */
  SERVE_RECHECK_MINUTES_MAX = 60 /* between two tries to read a row */
};

typedef struct serve_erp {
  const connection *connect;
  const erp_driver *driver;
  erp *open;                            /* NULL: not now */
  arena *perm;                          /* of `open` */
  int64_t opened_us, every_us, next_us; /* next_us 0: at once */
  bool failing;                         /* and it was said */
} serve_erp;

typedef struct serve_erps {
  serve_erp v[SERVE_ERPS_MAX];
  size_t count;
  size_t turn;      /* whose turn it is first */
  int64_t until_us; /* of this tick; 0: as long as it takes */
} serve_erps;

/* Those of the policy at hand. False: *why says which setting cannot be read. */
bool serve_erps_find(serve_erps *x, world *w, const program *p, arena *perm, slice *why);
void serve_erps_close(serve_erps *x);
/* What is due now: whole syncs, and rows to be read again. What went wrong was said. *did: the store was written to.
 * `now`: all of them at once, however long it takes (`dun run --sync`). False: one of them failed. */
bool serve_erps_read(serve_erps *x, session *s, bool now, bool *did);

/* An open connection, for a while; NULL: there is none now. `self`: the serve_erps. */
erp *serve_erps_lend(void *self, const connection *c);

#endif
