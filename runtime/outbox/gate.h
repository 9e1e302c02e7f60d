/* The gate's clauses as functions, one a row of gate.def. A clause says in *why what stands against the message; empty:
 * nothing. It reads the store inside the gate's transaction and changes nothing there. */
#ifndef DUN_OUTBOX_GATE_H
#define DUN_OUTBOX_GATE_H

#include "documents.h"
#include "outbox.h"

/* An invoice as the message speaks of it, and as the store has it now. */
typedef struct told {
  slice invoice, currency;
  int64_t amount, open, due;
  bool there;
  slice status_now, currency_now;
  int64_t amount_now, open_now, due_now;
  int64_t seen_us; /* its row last changed */
} told;

/* What the clauses look at: read once. */
typedef struct gate_case {
  outbox *o;
  ready_message *m;
  arena *scratch;
  int64_t now_us;
  store_claim claim;
  told *told;
  size_t told_count;
  bool addressed; /* the channel has an address among the customer's columns */
  bool has_customer;
  slice address, opted_out, opted_in, country;
  bool no_more;     /* the customer's own word */
  int64_t seen_us;  /* the customer's row last changed */
  int64_t heard_us; /* the customer last wrote on the channel */
  store_channel channel;
  store_channel place;     /* whose breaker it is: the channel's, or one receiver's */
  document_state document; /* of what is to be signed */
} gate_case;

typedef store_code gate_clause(gate_case *g, slice *why);

#define GATE(clause, answer, asks) gate_clause gate_##clause;
#include "gate.def"
#undef GATE

typedef enum gate_row {
#define GATE(clause, answer, asks) GATE_ROW_##clause,
#include "gate.def"
#undef GATE
  GATE_ROW_COUNT
} gate_row;
/* "lease" */
const char *gate_row_name(gate_row row);
gate_answer gate_row_blocked(gate_row row);
/* Reads what the clauses look at; then one of them is asked. */
STORE_MUST store_code gate_look(gate_case *g);
STORE_MUST store_code gate_ask(gate_case *g, gate_row row, slice *why);

/* Leaves this machine, for the customer. */
bool gate_reaches_out(const gate_case *g);

/* ---- the engine's part (hold.c) ---- */

/* Why the policy holds one of the message's invoices now; empty: it does not. */
slice outbox_hold(outbox *o, const slice *invoices, size_t count);
/* Whether the channel's hours are open now for the message. */
bool outbox_hours_open(outbox *o, const ready_message *m, const slice *invoices, size_t count);
/* Where they are closed: when they open, microseconds. */
int64_t outbox_hours_next(outbox *o, const ready_message *m, const slice *invoices, size_t count);

#endif
