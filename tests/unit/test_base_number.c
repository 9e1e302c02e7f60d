/* Decimals, rationals, long numbers, money. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/base/money.h"
#include "lang/base/natural.h"

static decimal dec(const char *text) {
  decimal d;
  if (decimal_parse(slice_of(text), &d) != NUMBER_OK) fail_msg("%s does not read", text);
  return d;
}

static void decimals_read(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int64_t n;
    unsigned scale;
  } good[] = {{"0", 0, 0},
              {"1000", 1000, 0},
              {"1_000.50", 100050, 2},
              {"-3.5", -35, 1},
              {"+7", 7, 0},
              {"0.033", 33, 3},
              {"1_0_0", 100, 0},
              {"9223372036854775807", INT64_MAX, 0},
              {"-9223372036854775808", INT64_MIN, 0},
              {"0.000000000000000001", 1, 18}};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    decimal d = dec(good[i].text);
    assert_int_equal(d.n, good[i].n);
    assert_int_equal(d.scale, good[i].scale);
  }
  static const char *const malformed[] = {"",     "-",     ".",     "1.", ".5", "1__0", "_1",  "1_",  "1_.5",
                                          "1._5", "1.5.5", "1,000", " 1", "1 ", "1e3",  "--1", "0x1", "1.5_0"};
  decimal d;
  for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++)
    assert_int_equal(decimal_parse(slice_of(malformed[i]), &d), NUMBER_MALFORMED);
  static const char *const large[] = {"9223372036854775808", "-9223372036854775809", "99999999999999999999999",
                                      "0.0000000000000000001"};
  for (size_t i = 0; i < sizeof large / sizeof *large; i++)
    assert_int_equal(decimal_parse(slice_of(large[i]), &d), NUMBER_OVERFLOW);
}

static void decimals_print_what_they_read(void **state) {
  (void)state;
  static const char *const texts[] = {"0", "-0.05", "1000.50", "-9223372036854775808", "0.000000000000000001"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    char out[DECIMAL_TEXT_MAX];
    assert_int_equal(decimal_text(dec(texts[i]), out), strlen(texts[i]));
    assert_string_equal(out, texts[i]);
  }
}

static void decimals_compare_and_rescale(void **state) {
  (void)state;
  assert_int_equal(decimal_cmp(dec("1.50"), dec("1.5")), 0);
  assert_true(decimal_cmp(dec("9223372036854775807"), dec("0.000000000000000001")) > 0);
  assert_true(decimal_cmp(dec("-1"), dec("0.5")) < 0);
  static const struct {
    const char *text;
    int64_t even, up, down;
  } cases[] = {{"0.205", 20, 21, 20},  {"0.215", 22, 22, 21},    {"-0.205", -20, -21, -20},
               {"0.2051", 21, 21, 20}, {"0.2049", 20, 20, 20},   {"-0.2051", -21, -21, -20},
               {"0.2", 20, 20, 20},    {"-0.215", -22, -22, -21}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    decimal d = dec(cases[i].text), out;
    assert_true(decimal_rescale(d, 2, ROUND_HALF_EVEN, &out));
    assert_int_equal(out.n, cases[i].even);
    assert_true(decimal_rescale(d, 2, ROUND_HALF_UP, &out));
    assert_int_equal(out.n, cases[i].up);
    assert_true(decimal_rescale(d, 2, ROUND_DOWN, &out));
    assert_int_equal(out.n, cases[i].down);
  }
  decimal out;
  assert_false(decimal_rescale(dec("9223372036854775807"), 1, ROUND_DOWN, &out));
  assert_false(decimal_add(dec("9223372036854775807"), dec("0.1"), &out));
  assert_true(decimal_add(dec("1.5"), dec("-0.25"), &out));
  assert_int_equal(decimal_cmp(out, dec("1.25")), 0);
  assert_int_equal(decimal_trim(dec("10.500")).scale, 1);
  assert_int_equal(decimal_trim(dec("0.000")).scale, 0);
}

static const int128 huge = ((int128)1 << 126) - 1 + ((int128)1 << 126); /* the greatest */

static void rounding_at_the_edges(void **state) {
  (void)state;
  assert_true(div_round(huge, huge, ROUND_HALF_UP) == 1);
  assert_true(div_round(huge - 1, huge, ROUND_HALF_EVEN) == 1);
  assert_true(div_round(1, huge, ROUND_HALF_UP) == 0);
  assert_true(div_round(-5, 10, ROUND_HALF_UP) == -1);
  assert_true(div_round(-5, 10, ROUND_HALF_EVEN) == 0);
  assert_true(div_round(-15, 10, ROUND_HALF_EVEN) == -2);
}

static void rationals_are_exact_or_say_no(void **state) {
  (void)state;
  rational r, third = {1, 3}, sixth = {1, 6};
  assert_true(rational_add(third, sixth, &r) && r.num == 1 && r.den == 2);
  assert_true(rational_sub(third, sixth, &r) && r.num == 1 && r.den == 6);
  assert_true(rational_mul(third, sixth, &r) && r.num == 1 && r.den == 18);
  assert_true(rational_div(third, (rational){-1, 6}, &r) && r.num == -2 && r.den == 1);
  assert_false(rational_div(third, rational_of(0), &r));
  assert_false(rational_add((rational){huge, 1}, rational_of(1), &r));
  assert_false(rational_add((rational){1, huge}, (rational){1, huge - 1}, &r));
  assert_false(rational_mul((rational){huge, 1}, (rational){2, 1}, &r));
  assert_true(rational_mul((rational){huge, 1}, (rational){1, huge}, &r) && r.num == 1 && r.den == 1);
  int64_t n;
  assert_true(rational_round((rational){7, 2}, ROUND_HALF_EVEN, &n) && n == 4);
  assert_false(rational_round((rational){huge, 1}, ROUND_DOWN, &n));
}

static void rationals_compare_without_products(void **state) {
  (void)state;
  assert_int_equal(rational_cmp((rational){huge, huge - 1}, (rational){huge - 1, huge - 2}), -1);
  assert_int_equal(rational_cmp((rational){2, 4}, (rational){1, 2}), 0);
  assert_int_equal(rational_cmp((rational){-1, 2}, (rational){-1, 3}), -1);
  assert_int_equal(rational_cmp((rational){1, 3}, (rational){-1, 3}), 1);
  for (int a = -8; a <= 8; a++)
    for (int b = 1; b <= 8; b++)
      for (int c = -8; c <= 8; c++)
        for (int d = 1; d <= 8; d++)
          assert_int_equal(rational_cmp((rational){a, b}, (rational){c, d}), (a * d > c * b) - (a * d < c * b));
}

static void long_numbers(void **state) {
  (void)state;
  natural a, b;
  natural_set(&a, 1);
  for (uint64_t i = 2; i <= 100; i++) assert_true(natural_mul(&a, i)); /* 100! */
  b = a;
  assert_true(natural_add(&a, &b));
  assert_true(natural_cmp(&a, &b) > 0);
  natural_sub(&a, &b);
  assert_int_equal(natural_cmp(&a, &b), 0);
  for (uint64_t i = 100; i >= 2; i--) assert_int_equal(natural_div(&a, i), 0);
  assert_int_equal(a.count, 1);
  assert_int_equal(a.limb[0], 1);
  natural_set(&b, UINT64_MAX);
  natural_set(&a, 1);
  assert_true(natural_add(&b, &a)); /* carries into a new limb */
  assert_int_equal(b.count, 2);
  natural_sub(&b, &a);
  assert_int_equal(b.count, 1);
  assert_true(b.limb[0] == UINT64_MAX);
  natural_set(&a, UINT64_MAX);
  for (int i = 1; i < NATURAL_LIMBS_MAX; i++) assert_true(natural_mul(&a, UINT64_MAX));
  assert_false(natural_mul(&a, UINT64_MAX)); /* one past the limit */
  natural_set(&a, 5);
  assert_true(natural_mul(&a, 0));
  assert_int_equal(a.count, 0);
}

static void currencies(void **state) {
  (void)state;
  assert_int_equal(currency_find(SLICE("brl")), CURRENCY_BRL);
  assert_int_equal(currency_find(SLICE("XQX")), CURRENCY_NONE);
  assert_int_equal(currency_find(SLICE("NONE")), CURRENCY_NONE);
  assert_int_equal(currency_numeric(CURRENCY_BRL), 986);
  assert_int_equal(currency_minor(CURRENCY_JPY), 0);
  assert_int_equal(currency_minor(CURRENCY_KWD), 3);
  assert_string_equal(currency_code(CURRENCY_NONE), "");
  assert_int_equal(currency_by_symbol(SLICE("R$")), CURRENCY_BRL);
  assert_int_equal(currency_by_symbol(SLICE("€")), CURRENCY_EUR);
  assert_int_equal(currency_by_symbol(SLICE("£")), CURRENCY_GBP);
  assert_int_equal(currency_by_symbol(SLICE("US$")), CURRENCY_USD);
  assert_int_equal(currency_by_symbol(SLICE("$")), CURRENCY_NONE); /* of a dozen currencies */
  assert_int_equal(currency_by_symbol(SLICE("")), CURRENCY_NONE);
  for (unsigned c = 1; c < CURRENCY_COUNT; c++) {
    assert_int_equal(currency_find(slice_of(currency_code((currency)c))), c);
    if (c > 1) assert_true(strcmp(currency_code((currency)(c - 1)), currency_code((currency)c)) < 0);
  }
}

static void amounts_read_exactly(void **state) {
  (void)state;
  money m;
  assert_int_equal(money_parse(SLICE("1_000.5"), CURRENCY_BRL, &m), MONEY_OK);
  assert_int_equal(m.minor, 100050);
  assert_int_equal(money_parse(SLICE("1.500"), CURRENCY_BRL, &m), MONEY_OK);
  assert_int_equal(m.minor, 150);
  assert_int_equal(money_parse(SLICE("1.005"), CURRENCY_BRL, &m), MONEY_TOO_PRECISE);
  assert_int_equal(money_parse(SLICE("1.005"), CURRENCY_KWD, &m), MONEY_OK);
  assert_int_equal(money_parse(SLICE("0.5"), CURRENCY_JPY, &m), MONEY_TOO_PRECISE);
  assert_int_equal(money_parse(SLICE("1,5"), CURRENCY_BRL, &m), MONEY_MALFORMED);
  assert_int_equal(money_parse(SLICE("92233720368547758.07"), CURRENCY_BRL, &m), MONEY_OK);
  assert_int_equal(m.minor, INT64_MAX);
  assert_int_equal(money_parse(SLICE("92233720368547758.08"), CURRENCY_BRL, &m), MONEY_OVERFLOW);
  assert_int_equal(money_parse(SLICE("92233720368547759"), CURRENCY_BRL, &m), MONEY_OVERFLOW);
}

static void sums_keep_their_currency(void **state) {
  (void)state;
  money a = {INT64_MAX, CURRENCY_BRL}, one = {1, CURRENCY_BRL}, euro = {1, CURRENCY_EUR}, out = {7, CURRENCY_NONE};
  assert_false(money_add(a, one, &out));
  assert_false(money_add(one, euro, &out));
  assert_int_equal(out.minor, 7);
  assert_true(money_sub(a, one, &out));
  assert_int_equal(out.minor, INT64_MAX - 1);
  assert_false(money_sub((money){INT64_MIN, CURRENCY_BRL}, one, &out));
}

static void amounts_are_written_for_their_reader(void **state) {
  (void)state;
  static const struct {
    int64_t minor;
    currency cur;
    const char *plain, *en, *pt, *es;
  } cases[] = {{150000, CURRENCY_BRL, "1500.00", "R$1,500.00", "R$ 1.500,00", "1.500,00 BRL"},
               {-4, CURRENCY_USD, "-0.04", "-$0.04", "-US$ 0,04", "-0,04 US$"},
               {99999, CURRENCY_EUR, "999.99", "€999.99", "€ 999,99", "999,99 €"},
               {1234567, CURRENCY_CHF, "12345.67", "CHF 12,345.67", "CHF 12.345,67", "12.345,67 CHF"},
               {1000, CURRENCY_JPY, "1000", "¥1,000", "JP¥ 1.000", "1.000 JPY"},
               {100575, CURRENCY_KWD, "100.575", "KWD 100.575", "KWD 100,575", "100,575 KWD"},
               {0, CURRENCY_GBP, "0.00", "£0.00", "£ 0,00", "0,00 GBP"},
               {5, CURRENCY_NONE, "0.05", "0.05", "0,05", "0,05"},
               {INT64_MIN, CURRENCY_BRL, "-92233720368547758.08", "-R$92,233,720,368,547,758.08",
                "-R$ 92.233.720.368.547.758,08", "-92.233.720.368.547.758,08 BRL"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    money m = {cases[i].minor, cases[i].cur};
    char out[MONEY_TEXT_MAX];
    assert_int_equal(money_plain(m, out), strlen(cases[i].plain));
    assert_string_equal(out, cases[i].plain);
    assert_int_equal(money_text(m, LANG_EN, out), strlen(cases[i].en));
    assert_string_equal(out, cases[i].en);
    money_text(m, LANG_PT, out);
    assert_string_equal(out, cases[i].pt);
    money_text(m, LANG_ES, out);
    assert_string_equal(out, cases[i].es);
  }
  char out[MONEY_TEXT_MAX];
  money_number_text((money){-123456789, CURRENCY_BRL}, LANG_PT, out);
  assert_string_equal(out, "-1.234.567,89");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(decimals_read),
                                     cmocka_unit_test(decimals_print_what_they_read),
                                     cmocka_unit_test(decimals_compare_and_rescale),
                                     cmocka_unit_test(rounding_at_the_edges),
                                     cmocka_unit_test(rationals_are_exact_or_say_no),
                                     cmocka_unit_test(rationals_compare_without_products),
                                     cmocka_unit_test(long_numbers),
                                     cmocka_unit_test(currencies),
                                     cmocka_unit_test(amounts_read_exactly),
                                     cmocka_unit_test(sums_keep_their_currency),
                                     cmocka_unit_test(amounts_are_written_for_their_reader)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
