/* Which policies leave an invoice on no ladder, and the example that is shown: a table of conditions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/analyse/no_ladder.h"
#include "lang/base/text.h"
#include "lang/compile.h"

/* The conditions of the ladders in order, up to three; what the example says, NULL: nothing is to be reported. */
static const struct {
  const char *where[3], *example;
} CASES[] = {
    {{"amount >= 1_000", "amount < 1_000"}, NULL},
    {{"amount > 1_000", "amount < 1_000"}, "amount = 1000.00"},
    {{"open > 500 or open <= 500"}, NULL},
    {{"open > 0"}, NULL}, /* nothing is dunned without a balance */
    {{"disputed", "not disputed"}, NULL},
    {{"disputed", "promised"}, "not disputed, not promised"},
    {{"customer.segment is \"gov\"", "customer.segment is not \"gov\""}, "customer.segment is missing"},
    {{"customer.segment is \"gov\"", "customer.segment is not \"gov\"", "customer.segment is missing"}, NULL},
    {{"customer.segment in (\"a\", \"b\")", "customer.segment is missing"}, "customer.segment = \"other\""},
    {{"status is open"}, NULL},
    {{"contract.status is active", "contract.status is not active"}, "contract.number is missing"},
    {{"contract.auto_renew", "contract.auto_renew is missing"}, "not contract.auto_renew"},
    {{"customer.tags has \"vip\"", "not customer.tags has \"vip\""}, NULL},
    {{"overdue >= 5bd", "overdue < 5bd"}, NULL},
    {{"overdue >= 2w", "overdue < 13d"}, "overdue = 13d"},
    {{"due >= 2026-03-01", "due < 2026-02-01"}, "due = 2026-02-28"},
    {{"customer.overdue_count > 1", "customer.overdue_count = 1"}, "customer.overdue_count = 0"},
    {{"amount > 1 and disputed", "amount > 1 unless disputed"}, "amount = 1.00"},
    {{"amount > open"}, "amount = 1000.00, open = 1000.00"},
    {{"amount > 100 + 5"}, "amount = 100.00"},
    {{"amount > 10", "open <= 10"}, NULL}, /* no balance is above its amount */
    {{"today >= 2026-01-01"}, "today = 2025-12-31"},
    {{"amount > open * 2"}, NULL}, /* not analysed: nothing is said */
};

static void examples(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    arena *a = arena_new();
    text t = text_new(a);
    for (int l = 0; l < 3 && CASES[i].where[l]; l++)
      text_printf(&t, "ladder x%d for invoices where %s\n  at 1d log \"x\"\n", l, CASES[i].where[l]);
    source file = {SLICE("p.dun"), text_slice(&t)};
    diags d;
    diags_init(&d, a);
    compiled out;
    assert_true(compile(a, &file, 1, &d, &out));
    diags_init(&d, a);
    analyse_no_ladder(a, out.program, &d);
    assert_true((d.first != NULL) == (CASES[i].example != NULL));
    if (d.first) assert_string_equal(arena_copy(a, d.first->arg[0]), CASES[i].example);
    arena_free(a);
  }
}

/* A ladder without a condition takes all; `no ladder for` is a condition like the others. */
static void without_conditions(void **state) {
  (void)state;
  static const struct {
    const char *policy;
    bool said;
  } some[] = {
      {"ladder a for invoices where amount > 5\n  at 1d log \"x\"\nladder b for invoices\n  at 1d log \"x\"\n", false},
      {"ladder a for invoices where amount > 5\n  at 1d log \"x\"\nno ladder for amount <= 5\n", false},
      {"ladder a for invoices where amount > 5\n  at 1d log \"x\"\nno ladder for amount < 5\n", true},
      {"no ladder for disputed\n", false},
      {"ladder a for contracts where auto_renew counting from end\n  at 1d before end log \"x\"\n", false},
  };
  for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
    arena *a = arena_new();
    source file = {SLICE("p.dun"), slice_of(some[i].policy)};
    diags d;
    diags_init(&d, a);
    compiled out;
    assert_true(compile(a, &file, 1, &d, &out));
    diags_init(&d, a);
    analyse_no_ladder(a, out.program, &d);
    assert_int_equal(d.first != NULL, some[i].said);
    arena_free(a);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(examples), cmocka_unit_test(without_conditions)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
