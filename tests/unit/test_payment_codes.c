/* Boletos and Pix codes: read, written, mistyped. The slips were made with the layouts' arithmetic by another program;
 * the first Pix code is the example of Banco Central's manual. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lang/base/boleto.h"
#include "lang/base/pix.h"

static const civil_date TODAY = {20544}; /* 2026-04-01 */

static const struct {
  const char *line, *barcode, *due;
  int64_t cents;
} SLIPS[] = {
    {"00190.00009 01234.567897 01234.567012 7 99990000012345", "00197999900000123450000001234567890123456701",
     "2025-02-21", 12345},
    /* 1000 is 2000-07-03 or 2025-02-22 */
    {"34191.23454 67890.123457 67890.123457 6 10000000000999", "34196100000000009991234567890123456789012345",
     "2025-02-22", 999},
    {"23799.99002 00000.000000 00000.000018 1 00000000000000", "23791000000000000009990000000000000000000001", "", 0},
    /* the general digit's rest is 1 */
    {"10491.11113 11111.111115 11111.111115 1 15000000000002", "10491150000000000021111111111111111111111111",
     "2026-07-07", 2},
    {"83600000002-3 12450001234-7 56789012345-6 67890123456-0", "83600000002124500012345678901234567890123456", "",
     21245},
    {"81830000000-0 99009876543-7 21098765432-2 10987654321-2", "81830000000990098765432109876543210987654321", "",
     9900},
};

static void a_slip_is_read_from_its_line_and_its_barcode(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof SLIPS / sizeof *SLIPS; i++) {
    const char *const ways[] = {SLIPS[i].line, SLIPS[i].barcode};
    for (size_t k = 0; k < 2; k++) {
      boleto b;
      char due[DATE_TEXT_MAX] = "";
      assert_int_equal(boleto_read(slice_of(ways[k]), TODAY, &b), BOLETO_FINE);
      assert_string_equal(b.line, SLIPS[i].line);
      assert_string_equal(b.barcode, SLIPS[i].barcode);
      if (!date_is_none(b.due)) date_iso(b.due, due);
      assert_string_equal(due, SLIPS[i].due);
      assert_int_equal(b.cents, SLIPS[i].cents);
      assert_int_equal(b.collection, SLIPS[i].line[0] == '8');
    }
  }
}

/* Where the rest by 11 is 0 or 1 the layout writes the same digit for both, and one typing error in eleven passes:
 * those slips are left out. */
static void each_mistyped_digit_is_found(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof SLIPS / sizeof *SLIPS; i++) {
    if (i == 2 || i == 3) continue;
    char line[BOLETO_LINE_MAX];
    for (size_t k = 0; SLIPS[i].line[k]; k++) {
      if (SLIPS[i].line[k] < '0' || SLIPS[i].line[k] > '9') continue;
      boleto b;
      memcpy(line, SLIPS[i].line, strlen(SLIPS[i].line) + 1);
      line[k] = line[k] == '9' ? '0' : (char)(line[k] + 1);
      assert_int_not_equal(boleto_read(slice_of(line), TODAY, &b), BOLETO_FINE);
    }
  }
}

static void what_is_no_slip_says_why(void **state) {
  (void)state;
  boleto b;
  assert_int_equal(boleto_read(SLICE(""), TODAY, &b), BOLETO_LENGTH);
  assert_int_equal(boleto_read(SLICE("0019"), TODAY, &b), BOLETO_LENGTH);
  assert_int_equal(boleto_read(SLICE("https://bank.example.com/b/1"), TODAY, &b), BOLETO_NOT_DIGITS);
  assert_int_equal(boleto_read(SLICE("0019000009012345678970123456701279999000001234511"), TODAY, &b), BOLETO_LENGTH);
  for (int f = BOLETO_NOT_DIGITS; f <= BOLETO_GENERAL_DIGIT; f++)
    assert_true(strlen(boleto_fault_words((boleto_fault)f)) > 10);
}

/* Of the two days of a factor, the one nearer to today. */
static void the_factor_began_anew(void **state) {
  (void)state;
  boleto b;
  char due[DATE_TEXT_MAX];
  assert_int_equal(boleto_read(slice_of(SLIPS[1].line), date_of(2000, 8, 1), &b), BOLETO_FINE);
  date_iso(b.due, due);
  assert_string_equal(due, "2000-07-03");
  assert_int_equal(boleto_read(slice_of(SLIPS[0].line), date_of(2049, 10, 1), &b), BOLETO_FINE);
  date_iso(b.due, due);
  assert_string_equal(due, "2049-10-13");
}

static const char MANUAL[] =
    "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR5913Fulano de "
    "Tal6008BRASILIA62070503***63041D3D";

static void the_manuals_example_is_read_and_written(void **state) {
  (void)state;
  pix_code c;
  slice again;
  arena *perm = arena_new();
  assert_int_equal(pix_crc(SLICE("123456789")), 0x29B1);
  assert_int_equal(pix_read(SLICE(MANUAL), &c), PIX_FINE);
  assert_true(slice_eq(c.key, SLICE("123e4567-e12b-12d1-a456-426655440000")));
  assert_true(slice_eq(c.name, SLICE("Fulano de Tal")));
  assert_int_equal(c.cents, 0);
  assert_int_equal(pix_write(&c, perm, &again), PIX_FINE);
  assert_true(slice_eq(again, SLICE(MANUAL)));
  arena_free(perm);
}

static void a_changed_character_is_found(void **state) {
  (void)state;
  char code[sizeof MANUAL];
  pix_code c;
  for (size_t i = 0; i + 1 < sizeof MANUAL; i++) {
    memcpy(code, MANUAL, sizeof MANUAL);
    code[i] = code[i] == '7' ? '8' : '7';
    assert_int_not_equal(pix_read(SLICE(code), &c), PIX_FINE);
    code[i] = 0;
    assert_int_not_equal(pix_read(slice_of(code), &c), PIX_FINE);
  }
}

static void what_is_written_can_be_read(void **state) {
  (void)state;
  arena *perm = arena_new();
  slice out;
  pix_code c, in = {.key = SLICE("financeiro@example.com"),
                    .description = SLICE("Fatura A-1"),
                    .name = SLICE("Comércio de Pães São João Ltda"),
                    .city = SLICE("São José dos Campos"),
                    .cents = 123405,
                    .txid = SLICE("A1")};
  assert_int_equal(pix_write(&in, perm, &out), PIX_FINE);
  assert_int_equal(pix_read(out, &c), PIX_FINE);
  assert_true(slice_eq(c.name, SLICE("Comercio de Paes Sao Joao")));
  assert_true(slice_eq(c.city, SLICE("Sao Jose dos Ca")));
  assert_int_equal(c.cents, 123405);
  assert_true(slice_eq(c.txid, SLICE("A1")));
  assert_true(slice_eq(c.description, SLICE("Fatura A-1")));
  assert_non_null(memmem(out.p, out.n, "54071234.05", 11));
  in.url = SLICE("pix.example.com/qr/v2/9d36b84fc70b478fb95c12729b90ca25");
  assert_int_equal(pix_write(&in, perm, &out), PIX_KEY);
  in.key = in.description = (slice){0};
  assert_int_equal(pix_write(&in, perm, &out), PIX_FINE);
  assert_int_equal(pix_read(out, &c), PIX_FINE);
  assert_true(slice_eq(c.url, in.url));
  arena_free(perm);
}

static void what_no_code_can_be_made_of_says_why(void **state) {
  (void)state;
  arena *perm = arena_new();
  slice out;
  pix_code good = {.key = SLICE("a@example.com"), .name = SLICE("A"), .city = SLICE("B")}, c = good;
  assert_int_equal(pix_write(&c, perm, &out), PIX_FINE);
  c.name = SLICE("中文");
  assert_int_equal(pix_write(&c, perm, &out), PIX_NAME);
  c = good;
  c.cents = 1000000000000;
  assert_int_equal(pix_write(&c, perm, &out), PIX_AMOUNT);
  c = good;
  c.txid = SLICE("A-1");
  assert_int_equal(pix_write(&c, perm, &out), PIX_TXID);
  c = good;
  c.description = SLICE("0123456789012345678901234567890123456789012345678901234567890123456789");
  assert_int_equal(pix_write(&c, perm, &out), PIX_LENGTH);
  assert_int_equal(pix_read(SLICE("https://pix.example.com/1"), &c), PIX_SHAPE);
  assert_int_equal(pix_read(SLICE(""), &c), PIX_SHAPE);
  arena_free(perm);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_slip_is_read_from_its_line_and_its_barcode),
      cmocka_unit_test(each_mistyped_digit_is_found),
      cmocka_unit_test(what_is_no_slip_says_why),
      cmocka_unit_test(the_factor_began_anew),
      cmocka_unit_test(the_manuals_example_is_read_and_written),
      cmocka_unit_test(a_changed_character_is_found),
      cmocka_unit_test(what_is_written_can_be_read),
      cmocka_unit_test(what_no_code_can_be_made_of_says_why),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
