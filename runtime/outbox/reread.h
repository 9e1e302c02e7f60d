/* The fresh read: what the ERPs say now of the invoices of messages that are about to go to customers. Rows that were
 * not read within the time that the connect line says (`reread "10 minutes"`) are read again before their batch is
 * claimed, outside of any transaction; the gate then sees what is stored, and its clause `fresh` keeps back whatever
 * could not be read.
 *
 * Invariant: no message of an invoice that comes from an ERP goes to a customer unless the ERP was asked for it, alone
 * or by a whole sync, within that time. */
#ifndef DUN_OUTBOX_REREAD_H
#define DUN_OUTBOX_REREAD_H

#include "outbox.h"
#include "stdlib/erp/erp.h"

enum {
  REREAD_MINUTES = 10,     /* where the connect line has no `reread` */
  REREAD_SLOW_SECONDS = 3, /* a failure that took longer ends the tries of this run */
  REREAD_FAILURES_MAX = 2, /* so do so many in a row */
  REREAD_REST_MINUTES = 2  /* then a service does not ask again so soon */
};

/* A row that could not be read. */
typedef struct reread_failure {
  store_table table;
  int64_t row;
  slice why;
} reread_failure;

typedef struct reread_line {
  const connection *connect;
  const erp_driver *driver;
  int64_t keeps_us;
  erp *open;
  bool lent; /* not ours to close */
  bool down; /* nothing more is asked for in this run: `why` */
  slice why;
} reread_line;

struct outbox_rereads {
  reread_line *v;
  size_t count;
  reread_failure *failed;
  size_t failed_count, failed_room;
  uint32_t read; /* rows that were read in this run */
};

/* The ERPs of the policy from which a row can be read alone. False: *why says which setting cannot be read. */
bool outbox_rereads_open(outbox *o, slice *why);
void outbox_rereads_close(outbox *o);
/* What the next messages after `after`, at most `room` of them, wait for is read. */
STORE_MUST store_code outbox_reread(outbox *o, int64_t after, size_t room, void (*step)(void *self), void *self);
/* For the gate: why the row counts as not read lately; empty: it does, or no ERP is asked for it. */
STORE_MUST store_code outbox_fresh(outbox *o, store_table table, slice id, arena *scratch, slice *why);
/* Whether the ERP that the customer's row comes from is asked for it, too. */
STORE_MUST store_code outbox_contact_moves(outbox *o, slice customer, arena *scratch, bool *yes);

#endif
