/* What is said of policies: an invoice on no ladder with its example, and what can never happen; what must stay unsaid.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/analyse/coverage.h"
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

static const diag *first_of(const diags *d, diag_code code) {
  const diag *x = d->first;
  while (x && x->code != code) x = x->next;
  return x;
}

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
    analyse_coverage(a, out.program, &d);
    const diag *said = first_of(&d, DIAG_W0026);
    assert_true((said != NULL) == (CASES[i].example != NULL));
    if (said) assert_string_equal(arena_copy(a, said->arg[0]), CASES[i].example);
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
    analyse_coverage(a, out.program, &d);
    assert_int_equal(first_of(&d, DIAG_W0026) != NULL, some[i].said);
    arena_free(a);
  }
}

/* ---- what can never happen ---- */

/* Below `currency BRL` as the first line; each warning as "CODE:LINE", in order. */
static const struct {
  const char *policy, *said;
} POLICIES[] = {
    /* a ladder that others shadow: by one, by two together, by one without a condition */
    {"ladder a for invoices where amount > 5\n at 1d log \"x\"\nladder b for invoices where amount > 9\n at 1d log "
     "\"x\"\n"
     "no ladder for amount <= 5\n",
     "W0050:4"},
    {"ladder a for invoices where amount > 5\n at 1d log \"x\"\nladder b for invoices where amount < 9\n at 1d log "
     "\"x\"\n"
     "ladder c for invoices where disputed\n at 1d log \"x\"\n",
     "W0050:6"},
    {"ladder a for invoices\n at 1d log \"x\"\nladder b for invoices where disputed\n at 1d log \"x\"\n", "W0050:4"},
    {"ladder a for invoices where customer.segment is \"gov\"\n at 1d log \"x\"\nladder b for invoices\n at 1d log "
     "\"x\"\n",
     ""},
    {"no ladder for amount < 5\nladder a for invoices where amount < 3\n at 1d log \"x\"\nladder b for invoices\n"
     " at 1d log \"x\"\n",
     "W0050:3"},
    /* conditions that contradict themselves */
    {"when amount > 5 and amount < 3 and overdue >= 1d log \"x\"\n", "W0052:2"},
    {"when amount between 9 and 3 and overdue >= 1d log \"x\"\n", "W0051:2"},
    {"when status is paid and overdue >= 1d log \"x\"\n", "W0051:2"},
    {"rule r: when amount is missing log \"x\"\n", "W0051:2"},
    {"when customer.segment is \"a\" and customer.segment is \"b\" and overdue >= 1d log \"x\"\n", "W0052:2"},
    {"when overdue >= 5d and today < due log \"x\"\n", "W0052:2"},
    {"when overdue >= 1d and (amount > 5 or disputed and not disputed) log \"x\"\n", "W0052:2"},
    /* and what always holds, or adds nothing */
    {"when overdue >= 1d and (amount > 5 or amount <= 5) log \"x\"\n", "W0053:2"},
    {"when overdue >= 1d and (disputed or amount > 5 or amount > 3) log \"x\"\n", "W0054:2"},
    {"when overdue >= 1d and amount > 5 and amount > 5 log \"x\"\n", "W0054:2"},
    {"when overdue >= 1d and overdue >= 5d log \"x\"\n", "W0054:2"},
    {"when overdue >= 1d and customer.segment is not missing and customer.segment is \"a\" log \"x\"\n", ""},
    {"define big as amount > 5\nwhen overdue >= 1d and big and amount > 5 log \"x\"\n", "W0054:3"},
    /* what always holds back */
    {"hold while amount > 5 or amount <= 5\nladder a for invoices\n at 1d log \"x\"\n", "W0058:2"},
    {"stop when overdue >= 0d or overdue < 9d\nladder a for invoices\n at 1d log \"x\"\n", "W0058:2"},
    {"hold while customer.segment is not missing or customer.segment is \"a\"\nladder a for invoices\n at 1d log "
     "\"x\"\n",
     "W0058:2"},
    /* lines where they stand */
    {"ladder a for invoices where amount < 100\n at 1d if amount > 200 log \"x\" otherwise log \"y\"\nladder b for "
     "invoices\n"
     " at 1d log \"x\"\n",
     "W0055:3"},
    {"ladder a for invoices where amount < 100\n at 1d log \"x\"\nladder b for invoices\n"
     " at 1d if amount < 50 log \"x\" otherwise log \"y\"\n",
     "W0055:5"},
    {"hold while disputed\nladder b for invoices\n at 1d if disputed log \"x\" otherwise log \"y\"\n", "W0055:4"},
    {"ladder b for invoices\n at 3d before due if overdue > 0d log \"x\"\n at 1d log \"y\"\n", "W0055:3"},
    {"ladder b for invoices\n at 3d if overdue >= 3d log \"x\" otherwise log \"y\"\n", "W0057:3"},
    {"ladder b for invoices\n at 3bd if overdue >= 3d log \"x\" otherwise log \"y\"\n", "W0057:3"},
    {"ladder b for invoices\n at 3d if overdue >= 4d log \"x\" otherwise log \"y\"\n", ""},
    {"ladder b for invoices\n at 3d if amount > 5 log \"x\" otherwise if amount <= 5 log \"y\" otherwise log \"z\"\n",
     "W0057:3"},
    /* rungs */
    {"ladder a for invoices where overdue >= 10d\n at 5d log \"x\"\n at 9d log \"x\"\n at 12d log \"y\"\nladder b for "
     "invoices\n at 1d log \"x\"\n",
     "W0056:3"},
    {"ladder a for invoices where overdue >= 10d\n at 3d before due log \"x\"\n at 12d log \"y\"\nladder b for "
     "invoices\n"
     " at 1d log \"x\"\n",
     "W0056:3"},
    {"after a gap send one by one\nladder a for invoices where overdue >= 10d\n at 5d log \"x\"\n at 9d log \"x\"\n"
     "ladder b for invoices\n at 1d log \"x\"\n",
     ""},
    {"stop when overdue > 30d\nladder a for invoices\n at 5d log \"x\"\n at 60d log \"y\"\n", "W0056:5"},
    {"stop when overdue > 2mo\nladder a for invoices\n at 5d log \"x\"\n at 60d log \"y\"\n at 3mo log \"z\"\n",
     "W0056:6"},
    {"ladder a for invoices where overdue < 5bd\n at 1d log \"x\"\n at 9bd log \"y\"\nladder b for invoices\n"
     " at 1d log \"x\"\n",
     "W0056:4"},
    /* what is not looked into, and what holds nothing back from it */
    {"when overdue >= 1d and amount > open * 2 log \"x\"\n", "W0059:2"},
    {"when overdue >= 1d and amount > open * 2 and disputed and not disputed log \"x\"\n", "W0059:2 W0052:2"},
    /* what must stay unsaid */
    {"ladder a for invoices where open > 0\n at 1d log \"x\"\n", ""},
    {"when overdue >= 5d and customer.overdue_count >= 3 log \"x\"\n", ""},
    {"rule r: when promised and promise < today log \"x\"\n", ""},
    {"ladder a for invoices where contract.status is active\n at 1d log \"x\"\nladder b for invoices\n at 1d log "
     "\"x\"\n",
     ""},
    {"ladder r for contracts where auto_renew is no counting from end\n at 60d before end log \"x\"\n", ""},
    {"ladder a for invoices where amount > 100 EUR\n at 1d log \"x\"\nladder b for invoices where amount <= 100 EUR or "
     "amount > 5\n at 1d log \"x\"\nladder c for invoices\n at 1d log \"x\"\n",
     ""},
};

static void never(void **state) {
  (void)state;
  size_t right = 0;
  for (size_t i = 0; i < sizeof POLICIES / sizeof *POLICIES; i++) {
    arena *a = arena_new();
    source file = {SLICE("p.dun"), arena_printf(a, "currency BRL\n%s", POLICIES[i].policy)};
    diags d;
    diags_init(&d, a);
    compiled out;
    assert_true(compile(a, &file, 1, &d, &out));
    diags_init(&d, a);
    analyse_coverage(a, out.program, &d);
    diags_sort(&d);
    text said = text_new(a);
    for (const diag *x = d.first; x; x = x->next) {
      uint32_t row, column;
      if (x->code == DIAG_W0026) continue;
      source_position(&file, x->at.from, &row, &column);
      text_printf(&said, "%s%s:%u", said.n ? " " : "", diag_name(x->code), row);
    }
    if (slice_eq(text_slice(&said), slice_of(POLICIES[i].said)))
      right++;
    else
      print_error("%.*s\nsays \"%.*s\", and should \"%s\"\n", SLICE_ARG(file.text), SLICE_ARG(text_slice(&said)),
                  POLICIES[i].said);
    arena_free(a);
  }
  assert_int_equal(right, sizeof POLICIES / sizeof *POLICIES);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(examples), cmocka_unit_test(without_conditions),
                                     cmocka_unit_test(never)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
