/* What a look at the ledger decided and did not do: outside of sending hours, over a limit, silent after a reply, a
 * figure or a customer's data missing. What waits for a person is not among it: that is asked (approval.h).
 *
 * Invariants: a look replaces what it saw, and only that: of the customers at hand (agenda.h), or all of it. Of a field
 * without a value one row stands for all entities that lack it. Everything is in `perm`. */
#ifndef DUN_STORE_WAITING_H
#define DUN_STORE_WAITING_H

#include "today.h"

enum { WAITING_GROUPS_MAX = 200, WAITING_ROWS_MAX = 50000 /* of a look; `rows` of the last one counts the rest */ };

/* A row of field values that are missing: `what` is the field. */
#define WAITING_FIELD SLICE("undecided field")

typedef struct store_waiting {
  slice why;  /* as waits.def words it, or WAITING_FIELD */
  slice step; /* "standard 15d"; of a field why: "the field has no value" */
  slice what; /* the action, as a plan prints it */
  slice outlet, customer, entity, currency;
  int64_t open, rows;
  int32_t on;
} store_waiting;

/* Within the transaction of the decisions. `fields`: the rows of fields are told anew, too: a look at everything. */
STORE_MUST store_code store_waiting_clear(store *s, bool fields);
STORE_MUST store_code store_waiting_put(store *s, const store_waiting *w, int64_t seen_us);

typedef struct waiting_group {
  slice why, step, outlet;
  int64_t count, seen_us; /* `seen_us`: the latest look at one of it */
  today_sums open;
} waiting_group;
STORE_MUST store_code store_waiting_groups(store *s, arena *perm, waiting_group **out, size_t *n);

typedef struct waiting_row {
  int64_t id;
  store_waiting w;
  slice name; /* the customer's */
} waiting_row;
/* Of a group, by id. */
STORE_MUST store_code store_waiting_page(store *s, slice why, slice step, slice outlet, int64_t after, arena *perm,
                                         waiting_row *out, size_t room, size_t *n);

#endif
