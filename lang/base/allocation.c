/* Allocation. Invariant: the sums paid and what is left add up to the payment. */
#include "allocation.h"

#include <assert.h>
#include <stdlib.h>

#include "utf8.h"

debt_part debt_part_find(slice name) {
  static const char *const names[][2] = {
#define X(id, text, other) {text, other},
      DEBT_PARTS(X)
#undef X
  };
  for (int i = 0; i < DEBT_PART_COUNT; i++)
    if (utf8_fold_eq(name, slice_of(names[i][0])) || utf8_fold_eq(name, slice_of(names[i][1]))) return (debt_part)i;
  return DEBT_PART_COUNT;
}

invoice_order invoice_order_find(slice name) {
  static const char *const names[] = {
#define X(id, text) text,
      INVOICE_ORDERS(X)
#undef X
  };
  for (int i = 0; i < INVOICE_ORDER_COUNT; i++)
    if (utf8_fold_eq(name, slice_of(names[i]))) return (invoice_order)i;
  return INVOICE_ORDER_COUNT;
}

settle_order settle_order_default(void) {
  return (settle_order){{DEBT_COSTS, DEBT_INTEREST, DEBT_FINE, DEBT_PRINCIPAL}, DEBT_PART_COUNT};
}

bool settle_order_add(settle_order *o, debt_part part) {
  assert(part < DEBT_PART_COUNT);
  for (uint8_t i = 0; i < o->count; i++)
    if (o->part[i] == part) return false;
  o->part[o->count++] = part;
  return true;
}

/* Takes what `owed` can take off the payment. */
static int64_t take(int64_t owed, int64_t *payment) {
  int64_t paid = owed < *payment ? owed : *payment;
  if (paid <= 0) return 0;
  *payment -= paid;
  return paid;
}

int64_t allocate_parts(const settle_order *o, const debt_sums *owed, int64_t payment, debt_sums *paid) {
  *paid = (debt_sums){{0}};
  for (uint8_t i = 0; i < o->count; i++) paid->part[o->part[i]] = take(owed->part[o->part[i]], &payment);
  return payment;
}

/* --- invoices
 * --------------------------------------------------------------------------------------------------------- */

static const open_invoice *at(const void *p) { return *(open_invoice *const *)p; }
static int by_id(const void *a, const void *b) { return slice_cmp(at(a)->id, at(b)->id); }

static int by_oldest(const void *a, const void *b) {
  int c = date_cmp(at(a)->due, at(b)->due);
  return c ? c : by_id(a, b);
}

static int by_newest(const void *a, const void *b) {
  int c = date_cmp(at(b)->due, at(a)->due);
  return c ? c : by_id(a, b);
}

static int by_smallest(const void *a, const void *b) {
  int64_t x = at(a)->open, y = at(b)->open;
  return x != y ? (x > y) - (x < y) : by_id(a, b);
}

static int by_largest(const void *a, const void *b) {
  int64_t x = at(a)->open, y = at(b)->open;
  return x != y ? (x < y) - (x > y) : by_id(a, b);
}

int64_t allocate_invoices(invoice_order how, open_invoice *v, size_t count, int64_t payment, arena *scratch) {
  static int (*const orders[INVOICE_ORDER_COUNT])(const void *, const void *) = {[INVOICE_OLDEST] = by_oldest,
                                                                                 [INVOICE_NEWEST] = by_newest,
                                                                                 [INVOICE_LARGEST] = by_largest,
                                                                                 [INVOICE_SMALLEST] = by_smallest};
  assert(how < INVOICE_ORDER_COUNT);
  open_invoice **sorted = ARENA_ARRAY(scratch, count + 1, open_invoice *);
  for (size_t i = 0; i < count; i++) sorted[i] = &v[i];
  qsort(sorted, count, sizeof *sorted, orders[how]); /* pointers are sorted: NOLINT(bugprone-sizeof-expression) */
  for (size_t i = 0; i < count; i++) sorted[i]->paid = take(sorted[i]->open, &payment);
  return payment;
}
