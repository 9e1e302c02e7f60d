/* allocation.csv: a payment through the parts of a debt, or over invoices. */
#include <string.h>

#include "lang/base/allocation.h"
#include "tests/vectors/vectors.h"

#define INVOICES_MAX 256

static const char *const parts[DEBT_PART_COUNT] = {
    [DEBT_COSTS] = "costs", [DEBT_FINE] = "fee", [DEBT_INTEREST] = "interest", [DEBT_PRINCIPAL] = "principal"};
static const char *const expected_parts[DEBT_PART_COUNT] = {[DEBT_COSTS] = "exp_costs",
                                                            [DEBT_FINE] = "exp_fee",
                                                            [DEBT_INTEREST] = "exp_interest",
                                                            [DEBT_PRINCIPAL] = "exp_principal"};

static bool read_order(slice text, settle_order *o) {
  *o = (settle_order){.count = 0};
  while (text.n) {
    debt_part part = debt_part_find(take_part(&text, '>'));
    if (part == DEBT_PART_COUNT || !settle_order_add(o, part)) return false;
  }
  return o->count > 0;
}

static void check_parts(run *r, const table *t, const row *x, int64_t payment) {
  settle_order order;
  debt_sums owed = {{0}}, paid;
  slice expected = SLICE(""), got = SLICE("");
  bool reads = read_order(cell(t, x, "order"), &order);
  for (int i = 0; i < DEBT_PART_COUNT && reads; i++) reads = cents_of(cell(t, x, parts[i]), &owed.part[i]);
  if (!reads) {
    judge(r, cell(t, x, "id"), SLICE("a row"), SLICE("a row that does not read"));
    return;
  }
  int64_t left = allocate_parts(&order, &owed, payment, &paid);
  for (int i = 0; i < DEBT_PART_COUNT; i++) {
    slice want = cell(t, x, expected_parts[i]);
    expected = arena_printf(r->perm, "%.*s%.*s;", SLICE_ARG(expected), SLICE_ARG(want));
    slice sum = want.n || paid.part[i] ? cents_slice(r, paid.part[i]) : SLICE(""); /* a part that the row leaves out */
    got = arena_printf(r->perm, "%.*s%.*s;", SLICE_ARG(got), SLICE_ARG(sum));
  }
  slice want = cell(t, x, "exp_unapplied"), unapplied = cents_slice(r, left);
  judge(r, cell(t, x, "id"), arena_printf(r->perm, "%.*s%.*s", SLICE_ARG(expected), SLICE_ARG(want)),
        arena_printf(r->perm, "%.*s%.*s", SLICE_ARG(got), SLICE_ARG(unapplied)));
}

static bool read_invoices(slice text, open_invoice *v, size_t *count) {
  for (*count = 0; text.n && *count < INVOICES_MAX; (*count)++) {
    slice part = take_part(&text, ';');
    open_invoice *o = &v[*count];
    o->id = take_part(&part, ':');
    if (!date_parse(take_part(&part, ':'), &o->due) || !cents_of(part, &o->open)) return false;
  }
  return text.n == 0;
}

static void check_invoices(run *r, const table *t, const row *x, int64_t payment) {
  open_invoice *v = ARENA_ARRAY(r->perm, INVOICES_MAX, open_invoice);
  invoice_order how = invoice_order_find(cell(t, x, "order"));
  size_t count;
  if (how == INVOICE_ORDER_COUNT || !read_invoices(cell(t, x, "invoices"), v, &count)) {
    judge(r, cell(t, x, "id"), SLICE("a row"), SLICE("a row that does not read"));
    return;
  }
  int64_t left = allocate_invoices(how, v, count, payment, r->perm);
  slice got = SLICE(""), paid = cell(t, x, "exp_invoices"), unapplied = cell(t, x, "exp_unapplied");
  for (size_t i = 0; i < count; i++)
    got = arena_printf(r->perm, "%.*s%s%.*s:%.*s", SLICE_ARG(got), i ? ";" : "", SLICE_ARG(v[i].id),
                       SLICE_ARG(cents_slice(r, v[i].paid)));
  judge(r, cell(t, x, "id"), arena_printf(r->perm, "%.*s left %.*s", SLICE_ARG(paid), SLICE_ARG(unapplied)),
        arena_printf(r->perm, "%.*s left %.*s", SLICE_ARG(got), SLICE_ARG(cents_slice(r, left))));
}

void check_allocation(run *r, const table *t) {
  for (size_t i = 0; i < t->count; i++) {
    const row *x = &t->rows[i];
    slice kind = cell(t, x, "kind");
    int64_t payment;
    bool reads = cents_of(cell(t, x, "payment"), &payment);
    if (reads && slice_eq(kind, SLICE("components")))
      check_parts(r, t, x, payment);
    else if (reads && slice_eq(kind, SLICE("invoices")))
      check_invoices(r, t, x, payment);
    else
      judge(r, cell(t, x, "id"), SLICE("components or invoices"), kind);
  }
}
