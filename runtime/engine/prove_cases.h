/* What `dun prove` tries: an invoice of each kind that the policy tells apart (lang/analyse/kinds.h), due on each of
 * many days, with the few things beside the conditions that can change what is done: a promise, a contact that is
 * missing, what a customer has opted in to, a balance below the minimum. And groups of invoices of one customer.
 *
 * Invariant: each case is a test's ledger (policy_test.h) with a customer of its own, so that no case bears on another
 * and any of them can be run again by itself. */
#ifndef DUN_ENGINE_PROVE_CASES_H
#define DUN_ENGINE_PROVE_CASES_H

#include "lang/analyse/kinds.h"
#include "policy_test.h"

enum {
  PROVE_KINDS_MAX = 96,
  PROVE_CASES_MAX = 40000,
  PROVE_CASES_FEW = 6000, /* where somebody waits for it: `dun check` */
  PROVE_DATES_MAX = 366,
  PROVE_DATES_MIN = 14, /* every weekday, twice */
  PROVE_GROUP_MAX = 10, /* invoices of one customer */
  PROVE_APART_MAX = 7   /* days from one's due date to the next one's */
};

/* The kinds with what stands beside the conditions: rows without a due date. */
typedef struct prove_row {
  test_row invoice, customer, contract;
  bool has_contract, plain; /* plain: nothing was put in beside the kind */
} prove_row;

typedef struct prove_rows {
  kinds kinds;
  prove_row *v;
  uint32_t n;
} prove_rows;

/* For one program, or for two that are compared; with what the guarantee `also` of the first asks for. */
void prove_rows_make(arena *perm, const program *const *programs, uint32_t count, const guarantee *also,
                     prove_rows *out);

/* `invoices` of one customer, due `apart` days one after the other. */
typedef struct prove_shape {
  uint32_t invoices;
  int32_t apart;
} prove_shape;

typedef struct prove_cases {
  policy_test *v;
  uint32_t n, dates; /* dates: due dates of the first invoice, one day after the other */
  civil_date first;
} prove_cases;

/* Each row due on each day from `first` on, in each shape; fewer days where there would be more than `max` cases.
 * Groups are of rows with nothing put in. */
void prove_cases_make(arena *perm, const prove_rows *rows, const prove_shape *shapes, uint32_t shape_count,
                      civil_date first, uint32_t max, prove_cases *out);

/* How far the policy's places reach from the due date: the days before the first, and after the last. */
void prove_span(const program *p, int32_t *before, int32_t *after);

#endif
