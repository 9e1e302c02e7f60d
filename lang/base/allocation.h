/* Allocation: what a payment settles. Within one debt the parts are paid in an agreed order (Brazil CC 354: interest
 * before principal; Germany BGB 367: costs, interest, principal; BGB 497 (3) for consumer credit: interest last). Among
 * invoices the debtor's silence means the oldest due one first (CC 355). Sums are minor units of one currency; what is
 * left over is never lost: it is reported as unapplied, a credit. */
#ifndef DUN_BASE_ALLOCATION_H
#define DUN_BASE_ALLOCATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "date.h"
#include "slice.h"

/* X(name, text, other) : the words of an order */
#define DEBT_PARTS(X)                                                                                                  \
  X(COSTS, "costs", "costs")                                                                                           \
  X(FINE, "fine", "fee")                                                                                               \
  X(INTEREST, "interest", "interest")                                                                                  \
  X(PRINCIPAL, "principal", "principal")

typedef enum debt_part {
#define X(name, text, other) DEBT_##name,
  DEBT_PARTS(X)
#undef X
      DEBT_PART_COUNT
} debt_part;

/* By either word, any case; DEBT_PART_COUNT where there is none. */
debt_part debt_part_find(slice name);

/* The order in which parts are settled, each at most once. A part that it does not name is not settled. */
typedef struct settle_order {
  debt_part part[DEBT_PART_COUNT];
  uint8_t count;
} settle_order;

/* Where nothing is agreed: costs, interest, fine, principal. */
settle_order settle_order_default(void);
/* One more part at the end; false where it is already in. */
bool settle_order_add(settle_order *o, debt_part part) __attribute__((warn_unused_result));

typedef struct debt_sums {
  int64_t part[DEBT_PART_COUNT];
} debt_sums;

/* What of `payment` goes to each part; returns what is left. A part of 0 or less takes nothing; so does a payment of 0
 * or less, which is left as it is. */
int64_t allocate_parts(const settle_order *o, const debt_sums *owed, int64_t payment, debt_sums *paid);

/* X(name, text): ties go by id, in byte order */
#define INVOICE_ORDERS(X)                                                                                              \
  X(OLDEST, "oldest-due")                                                                                              \
  X(NEWEST, "newest-due")                                                                                              \
  X(LARGEST, "largest")                                                                                                \
  X(SMALLEST, "smallest")

typedef enum invoice_order {
#define X(name, text) INVOICE_##name,
  INVOICE_ORDERS(X)
#undef X
      INVOICE_ORDER_COUNT
} invoice_order;

invoice_order invoice_order_find(slice name);

typedef struct open_invoice {
  slice id;
  civil_date due;
  int64_t open;
  int64_t paid; /* filled by allocate_invoices */
} open_invoice;

/* Fills `paid` of each invoice, leaving their order alone; returns what is left of the payment. A credit (open below 0)
 * is neither paid nor used. */
int64_t allocate_invoices(invoice_order how, open_invoice *v, size_t count, int64_t payment, arena *scratch);

#endif
