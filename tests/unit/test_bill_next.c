/* When a contract is billed next: by day, week, month and year, on the day itself, at the end of short months; not one
 * that is no longer active, nor one that the rule's condition leaves out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/engine/bills.h"
#include "runtime/engine/facts_load.h"
#include "runtime/world_fake.h"
#include "stdlib/erp/csv.h"

static const char CONTRACTS[] = "number,customer,currency,price,start,status,due_day\n"
                                "K-1,C1,EUR,100.00,2025-03-10,active,5\n"
                                "K-2,C1,EUR,100.00,2025-03-10,churned,5\n"
                                "K-3,C1,EUR,900.00,2024-02-29,active,5\n";

/* "2026-02-05 - 2026-02-05": of each contract, "-" where it is not billed. */
static slice next_of(arena *perm, const char *rules, civil_date today) {
  world *w = world_fake_new((int64_t)today.day * 86400 * 1000000000);
  slice text = arena_printf(perm, "policy \"x\"\n  currency EUR\n\n%s\n", rules), all = {"", 0};
  const source policy = {SLICE("p.dun"), text};
  diags d;
  compiled c;
  store *s;
  facts *f;
  engine *e;
  csv_report report;
  world_fake_put_file(w, "data/customers.csv", SLICE("id,name\nC1,One\n"));
  world_fake_put_file(w, "data/contracts.csv", slice_of(CONTRACTS));
  world_fake_put_file(w, "data/invoices.csv", SLICE("number,customer,amount,due,status\n"));
  diags_init(&d, perm);
  if (!compile(perm, &policy, 1, &d, &c))
    fail_msg("%.*s", SLICE_ARG(diags_render(&d, &policy, 1, LANG_EN, false, perm)));
  csv_options o = {.currency = SLICE("EUR")};
  if (csv_load(w, "data", &o, perm, &s, &report) != CSV_DONE) fail_msg("%s", report.error);
  facts_options fo = {.today = today};
  assert_int_equal(facts_load(perm, s, c.program, &fo, &f), STORE_OK);
  assert_int_equal(engine_new(perm, &c, f, NULL, &e), ENGINE_OK);
  for (uint32_t row = 0; row < f->t[ENT_CONTRACT].n; row++) {
    char iso[DATE_TEXT_MAX];
    civil_date day = bill_next(e, row, today);
    slice said = date_is_none(day) ? SLICE("-") : (slice){iso, date_iso(day, iso)};
    all = arena_printf(perm, "%.*s%s%.*s", SLICE_ARG(all), row ? " " : "", SLICE_ARG(said));
  }
  store_close(s);
  world_fake_free(w);
  return all;
}

static void assert_next(const char *rules, int month, int day, const char *wanted) {
  arena *perm = arena_new();
  slice got = next_of(perm, rules, date_of(2026, month, day));
  if (!slice_eq(got, slice_of(wanted)))
    fail_msg("%s on 2026-%02d-%02d: %.*s, not %s", rules, month, day, SLICE_ARG(got), wanted);
  arena_free(perm);
}

static void by_its_rule(void **state) {
  (void)state;
  assert_next("every month on day 5 for contracts\n  bill contract", 2, 4, "2026-02-05 - 2026-02-05");
  assert_next("every month on day 5 for contracts\n  bill contract", 2, 5, "2026-02-05 - 2026-02-05");
  assert_next("every month on day 5 for contracts\n  bill contract", 2, 6, "2026-03-05 - 2026-03-05");
  assert_next("every month on day 31 for contracts\n  bill contract", 2, 10, "2026-02-28 - 2026-02-28");
  assert_next("every week on monday for contracts\n  bill contract", 2, 4, "2026-02-09 - 2026-02-09"); /* a Wednesday */
  assert_next("every week on monday for contracts\n  bill contract", 2, 9, "2026-02-09 - 2026-02-09");
  assert_next("every day for contracts\n  bill contract", 2, 4, "2026-02-04 - 2026-02-04");
  assert_next("every year on start for contracts\n  bill contract", 2, 4, "2026-03-10 - 2026-02-28");
  assert_next("every year on start for contracts\n  bill contract", 3, 11, "2027-03-10 - 2027-02-28");
}

static void by_its_condition(void **state) {
  (void)state;
  assert_next("every month on day 5 for contracts where price > 500\n  bill contract", 2, 4, "- - 2026-02-05");
  assert_next("every month on day 5 for contracts\n  log \"x\"", 2, 4, "- - -");
  assert_next(
      "every month on day 20 for contracts\n  bill contract\n\nevery month on day 9 for contracts where price > "
      "500\n  bill contract",
      2, 10, "2026-02-20 - 2026-02-20");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(by_its_rule), cmocka_unit_test(by_its_condition)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
