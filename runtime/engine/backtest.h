/* A policy over what was recorded: what it would have sent day by day, against what was sent; what was paid before each
 * of its steps; how many contacts that saves or adds. The days are a simulation's (simulate.h) over a record
 * (record.h); here it is listened to, and compared with the store's actions.
 *
 * Invariant: a contact of one side is matched with at most one of the other: the nearest day within the window, of the
 * same invoice (or contract, or customer) and by the same channel. */
#ifndef DUN_ENGINE_BACKTEST_H
#define DUN_ENGINE_BACKTEST_H

#include "record.h"
#include "simulate.h"

typedef struct backtest_terms {
  civil_date from, to;
  int32_t window_days; /* so far apart two days may lie and be the same contact */
  int32_t paid_days;   /* so long after a step a payment counts as following it */
} backtest_terms;

/* A step by one channel; of what is no message `by` is the action: "open card". */
typedef struct backtest_step {
  slice ladder, rung, by;
  bool contact; /* a message to the customer */
  uint32_t would, was, both;
} backtest_step;

/* A step of a ladder: invoices that reached it, that were paid in full before it or within `paid_days` after it; and
 * what was open on them, by currency. */
typedef struct backtest_rung {
  slice ladder, rung;
  uint32_t reached, before, after;
  int64_t *reached_sum, *before_sum, *after_sum; /* [CURRENCY_COUNT] minor units */
} backtest_rung;

/* Messages to customers by one channel: invoices that share one count once. */
typedef struct backtest_contacts {
  slice by;
  uint32_t would, was;
  uint32_t would_customers, was_customers; /* who got one at least */
  uint32_t fewer, more;                    /* customers who would have got fewer, or more, than they did */
} backtest_contacts;

/* One action about one entity; a day is none where that side has it not. */
typedef struct backtest_line {
  civil_date would, was;
  slice number, customer;
  uint32_t step; /* of the steps */
  slice state;   /* of what was sent: "accepted" */
} backtest_line;

typedef struct backtest_result {
  const backtest_step *steps;
  const backtest_rung *rungs;
  const backtest_contacts *contacts;
  const backtest_line *lines;
  uint32_t step_count, rung_count, contact_count, line_count;
  uint32_t unknown; /* actions about what the ledger has no more */
} backtest_result;

typedef struct backtest backtest;
backtest *backtest_new(arena *perm, engine *e, const backtest_terms *t);
/* For the simulation: its `decided`, `settled` and `apply`, with the backtest as their self. */
void backtest_decided(void *self, const decision *d);
void backtest_settled(void *self, const engine *e, const day_plan *plan);
void backtest_apply(void *self, engine *e, const happening *h, occurrence_list *out);
/* What was sent, from the store; then all of it compared. */
STORE_MUST store_code backtest_read(backtest *b, store *s);
void backtest_end(backtest *b, backtest_result *out);

#endif
