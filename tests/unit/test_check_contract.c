/* The sentences about a contract's price as terms: from the words of a policy to the new price. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/compile.h"

static int new_arena(void **state) {
  *state = arena_new();
  return 0;
}

static int free_arena(void **state) {
  arena_free(*state);
  return 0;
}

static const program *program_of(arena *a, const char *text) {
  source s = {SLICE("test.dun"), slice_of(text)};
  diags d;
  compiled c;
  diags_init(&d, a);
  compile(a, &s, 1, &d, &c);
  if (d.errors) fail_msg("%s", diags_render(&d, &s, 1, LANG_EN, false, a).p);
  return c.program;
}

/* The one action of a yearly rule. */
static const price_adjustment *adjustment_of(arena *a, const char *words) {
  slice text =
      arena_printf(a, "currency BRL\nevery year on next_adjustment for contracts\n  adjust price by %s\n", words);
  const program *p = program_of(a, text.p);
  const action *act = &p->everys[0].body.v[0].branches[0].actions[0];
  assert_int_equal(act->kind, ACT_ADJUST_PRICE);
  assert_null(act->prorated);
  return act->adjust;
}

static int64_t adjusted(arena *a, const char *words, civil_date on, int64_t price) {
  const price_adjustment *x = adjustment_of(a, words);
  const index_series *series[INDEX_NAMES_MAX];
  index_result r;
  money plain;
  if (x->kind != ADJUST_INDEX) {
    if (!price_adjust_plain(x, (money){price, CURRENCY_BRL}, &plain)) fail_msg("%s", words);
    return plain.minor;
  }
  for (uint8_t i = 0; i < x->index.count; i++) series[i] = index_series_embedded(a, x->index.names[i]);
  if (index_adjust(&x->index, series, on, price, &r) != INDEX_OK) fail_msg("%s", words);
  return r.price;
}

static void an_adjustment_from_its_words(void **state) {
  civil_date january = date_of(2023, 1, 15), october = date_of(2022, 10, 1), may = date_of(2022, 5, 1);
  static const struct {
    const char *words;
    int which;
    int64_t price;
  } cases[] = {{"index \"IPCA\"", 0, 1057848},
               {"index \"IPCA\" over 1 year lagging 1 month chained", 0, 1057848},
               {"index \"IPCA\" official", 0, 1057900},
               {"index \"IPCA\" over 2 years official", 0, 1164325},
               {"index \"IPCA\" over 12 months lagging 0 months plus 2%", 1, 1084700},
               {"index \"IPCA\" over 3 months", 1, 986755},
               {"index \"IPCA\" over 3 months only up", 1, 1000000},
               {"index \"IPCA\" over 3 months at least 0.5% plus 1%", 1, 1015000},
               {"index \"IPCA\" at most 10%", 2, 1100000},
               {"index \"min(IPCA;ipca)\" at most 10% plus 2%", 2, 1120000},
               {"5%", 0, 1050000},
               {"R$ 40", 0, 1004000},
               {"12.50", 0, 1001250}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    civil_date on = cases[i].which == 0 ? january : cases[i].which == 1 ? october : may;
    int64_t got = adjusted(*state, cases[i].words, on, 1000000);
    if (got != cases[i].price) fail_msg("%s: %lld", cases[i].words, (long long)got);
  }
}

static void the_words_stay_for_the_reader(void **state) {
  const program *p = program_of(*state, "every year on next_adjustment for contracts\n"
                                        "  adjust price by index \"max(IPCA;IGP-M)\" only up\n");
  const action *a = &p->everys[0].body.v[0].branches[0].actions[0];
  assert_true(slice_eq(a->rest, SLICE("index \"max(IPCA;IGP-M)\" only up")));
  assert_true(a->adjust->index.count == 2 && a->adjust->index.pick == INDEX_MAX);
  assert_true(slice_eq(a->adjust->index.names[1], SLICE("IGP-M")));
}

static void proration_from_its_words(void **state) {
  static const struct {
    const char *words;
    proration_rule rule;
    cents_rule cents;
  } cases[] = {{"prorated by actual days", PRORATION_ACTUAL, CENTS_LAST},
               {"prorated by actual days inclusive", PRORATION_ACTUAL, CENTS_LAST},
               {"prorated by 30 days", PRORATION_30_EXCLUSIVE, CENTS_LAST},
               {"prorated by 30 days inclusive cents to the first", PRORATION_30, CENTS_FIRST},
               {"prorated by 365 days cents spread", PRORATION_365, CENTS_SPREAD}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    slice text = arena_printf(*state, "%s\nevery month on day 1 for contracts\n  bill contract %s\n", cases[i].words,
                              cases[i].words);
    const program *p = program_of(*state, text.p);
    const price_proration *own = p->everys[0].body.v[0].branches[0].actions[0].prorated;
    assert_true(p->proration->rule == cases[i].rule && p->proration->cents == cases[i].cents);
    assert_true(own->rule == cases[i].rule && own->cents == cases[i].cents);
  }
  const program *p = program_of(*state, "every month on day 1 for contracts\n  bill contract\n");
  assert_null(p->proration);
  assert_null(p->everys[0].body.v[0].branches[0].actions[0].prorated);
}

static void what_payments_settle(void **state) {
  const program *p = program_of(*state, "payments settle interest then fine then principal\n");
  assert_int_equal(p->settle_parts.count, 3);
  assert_true(p->settle_parts.part[0] == DEBT_INTEREST && p->settle_parts.part[1] == DEBT_FINE &&
              p->settle_parts.part[2] == DEBT_PRINCIPAL);
  assert_int_equal(program_of(*state, "currency BRL\n")->settle_parts.count, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_adjustment_from_its_words), cmocka_unit_test(the_words_stay_for_the_reader),
      cmocka_unit_test(proration_from_its_words), cmocka_unit_test(what_payments_settle)};
  return cmocka_run_group_tests(tests, new_arena, free_arena);
}
