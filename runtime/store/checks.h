/* What is known of the policy's connections: their last checks, asked for on the page; when services last told
 * something; which rows of an ERP wait to be read alone; where the mailbox stands.
 *
 * Invariant: findings hold no secret and no personal datum (runtime/cli/doctor.h). Everything is in `perm`. */
#ifndef DUN_STORE_CHECKS_H
#define DUN_STORE_CHECKS_H

#include "store.h"

#define CHECK_RUNNING SLICE("running")
#define CHECK_DONE SLICE("done")
#define CHECK_BROKEN SLICE("broken")

typedef struct store_check {
  slice line;     /* "sms twilio" */
  slice state;    /* one of these; running for longer than CHECK_MINUTES: its program ended meanwhile */
  slice by;       /* who asked */
  slice findings; /* JSON: [{"fine":true,"what":"...","remedy":""}] */
  int64_t begun_us, ended_us;
} store_check;
enum { CHECK_MINUTES = 5 };
STORE_MUST store_code store_check_put(store *s, const store_check *c);
STORE_MUST store_code store_check_of(store *s, slice line, arena *perm, store_check *out); /* STORE_END: never */

typedef struct store_line_state {
  int64_t hook_us;       /* when an event of it was last taken over; 0: never */
  int64_t rechecks;      /* rows that wait to be read alone */
  int64_t hinted;        /* of them, that the ERP calls paid */
  int64_t recheck_tries; /* the most tries of one */
} store_line_state;
STORE_MUST store_code store_line_state_of(store *s, slice line, slice vendor, store_line_state *out);

/* The state's keys that begin so, each with its value. */
typedef struct store_named {
  slice key, value;
} store_named;
STORE_MUST store_code store_states_of(store *s, slice prefix, arena *perm, store_named *out, size_t room, size_t *n);

/* An ERP, or the mailbox, could not be read: since when and why; empty: it can. */
STORE_MUST store_code store_line_failed(store *s, slice line, slice why);

#endif
