/* Allocation: orders, ties, credits, payments of nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/base/allocation.h"

static settle_order order_of(const char *const *names) {
  settle_order o = {.count = 0};
  for (; *names; names++)
    if (!settle_order_add(&o, debt_part_find(slice_of(*names)))) fail_msg("%s twice", *names);
  return o;
}

static void parts_in_their_order(void **state) {
  (void)state;
  const char *const words[] = {"interest", "fine", "principal", NULL};
  settle_order o = order_of(words);
  debt_sums owed = {{[DEBT_COSTS] = 50, [DEBT_FINE] = 20, [DEBT_INTEREST] = 10, [DEBT_PRINCIPAL] = 1000}}, paid;
  assert_int_equal(allocate_parts(&o, &owed, 31, &paid), 0);
  assert_true(paid.part[DEBT_INTEREST] == 10 && paid.part[DEBT_FINE] == 20 && paid.part[DEBT_PRINCIPAL] == 1);
  /* Costs are not in this order: they stay owed, and what is left is a credit. */
  assert_int_equal(allocate_parts(&o, &owed, 1100, &paid), 70);
  assert_int_equal(paid.part[DEBT_COSTS], 0);
  o = settle_order_default();
  assert_int_equal(allocate_parts(&o, &owed, 1100, &paid), 20);
  assert_int_equal(paid.part[DEBT_COSTS], 50);
  assert_false(settle_order_add(&o, DEBT_FINE));
  assert_int_equal(o.count, DEBT_PART_COUNT);
}

static void nothing_and_less_than_nothing(void **state) {
  (void)state;
  settle_order o = settle_order_default();
  debt_sums owed = {{[DEBT_FINE] = -20, [DEBT_PRINCIPAL] = 100}}, paid;
  assert_int_equal(allocate_parts(&o, &owed, 0, &paid), 0);
  assert_int_equal(paid.part[DEBT_PRINCIPAL], 0);
  assert_int_equal(allocate_parts(&o, &owed, -30, &paid), -30); /* a reversal settles nothing */
  assert_int_equal(allocate_parts(&o, &owed, 130, &paid), 30);
  assert_int_equal(paid.part[DEBT_FINE], 0);
  owed.part[DEBT_PRINCIPAL] = INT64_MAX;
  assert_int_equal(allocate_parts(&o, &owed, INT64_MAX, &paid), 0);
}

static void words_of_parts(void **state) {
  (void)state;
  assert_int_equal(debt_part_find(SLICE("fee")), DEBT_FINE);
  assert_int_equal(debt_part_find(SLICE("Fine")), DEBT_FINE);
  assert_int_equal(debt_part_find(SLICE("capital")), DEBT_PART_COUNT);
  assert_int_equal(invoice_order_find(SLICE("newest-due")), INVOICE_NEWEST);
  assert_int_equal(invoice_order_find(SLICE("oldest")), INVOICE_ORDER_COUNT);
}

/* B and A are due on one day, C and D are of one size. */
static void fill(open_invoice v[4]) {
  v[0] = (open_invoice){SLICE("B"), date_of(2026, 2, 10), 300, 7};
  v[1] = (open_invoice){SLICE("A"), date_of(2026, 2, 10), 200, 7};
  v[2] = (open_invoice){SLICE("D"), date_of(2026, 1, 10), 100, 7};
  v[3] = (open_invoice){SLICE("C"), date_of(2026, 3, 10), 100, 7};
}

static void orders_and_their_ties(void **state) {
  (void)state;
  static const struct {
    invoice_order how;
    int64_t payment, paid[4];
  } cases[] = {{INVOICE_OLDEST, 150, {0, 50, 100, 0}},    {INVOICE_OLDEST, 310, {10, 200, 100, 0}},
               {INVOICE_NEWEST, 150, {0, 50, 0, 100}},    {INVOICE_NEWEST, 310, {10, 200, 0, 100}},
               {INVOICE_LARGEST, 510, {300, 200, 0, 10}}, {INVOICE_LARGEST, 650, {300, 200, 50, 100}},
               {INVOICE_SMALLEST, 10, {0, 0, 0, 10}},     {INVOICE_SMALLEST, 250, {0, 50, 100, 100}},
               {INVOICE_SMALLEST, 0, {0, 0, 0, 0}},       {INVOICE_SMALLEST, 1000, {300, 200, 100, 100}}};
  arena *a = arena_new();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    open_invoice v[4];
    int64_t sum = 0;
    fill(v);
    int64_t left = allocate_invoices(cases[i].how, v, 4, cases[i].payment, a);
    for (int k = 0; k < 4; k++) {
      assert_int_equal(v[k].paid, cases[i].paid[k]);
      sum += v[k].paid;
    }
    assert_int_equal(sum + left, cases[i].payment);
  }
  arena_free(a);
}

static void credits_are_neither_paid_nor_used(void **state) {
  (void)state;
  arena *a = arena_new();
  open_invoice v[] = {{SLICE("A"), date_of(2026, 1, 1), -50, 0}, {SLICE("B"), date_of(2026, 2, 1), 100, 0}};
  assert_int_equal(allocate_invoices(INVOICE_OLDEST, v, 2, 80, a), 0);
  assert_true(v[0].paid == 0 && v[1].paid == 80);
  assert_int_equal(allocate_invoices(INVOICE_OLDEST, v, 0, 80, a), 80);
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(parts_in_their_order),
                                     cmocka_unit_test(nothing_and_less_than_nothing), cmocka_unit_test(words_of_parts),
                                     cmocka_unit_test(orders_and_their_ties),
                                     cmocka_unit_test(credits_are_neither_paid_nor_used)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
