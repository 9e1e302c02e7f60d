/* Which payment codes may reach a customer, the house's own Pix, and its picture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "lang/base/pix.h"
#include "runtime/world_fake.h"
#include "stdlib/channel/pay.h"
#include "stdlib/channel/qr.h"

static const money OPEN = {12345, CURRENCY_BRL}, TOTAL = {12600, CURRENCY_BRL};

static pay_bill bill(void) {
  civil_date due = date_of(2025, 2, 21);
  return (pay_bill){.number = SLICE("A-1"),
                    .open = OPEN,
                    .total_known = true,
                    .total = TOTAL,
                    .due = due,
                    .due_moved = due,
                    .today = date_of(2025, 3, 3)};
}

/* 123.45, due 2025-02-21: factor 9999, the last before it began anew. */
static const char SLIP[] = "00190.00009 01234.567897 01234.567012 7 99990000012345";
/* 9.99, due 2025-02-22: factor 1000 again. */
static const char AFTER[] = "34191.23454 67890.123457 67890.123457 6 10000000000999";

static const char *boleto_of(const pay_bill *b, const char *text) {
  static char said[200];
  arena *a = arena_new();
  slice typed = {0}, why = {0};
  bool fine = pay_boleto(b, slice_of(text), a, &typed, &why);
  snprintf(said, sizeof said, "%.*s", SLICE_ARG(fine ? typed : why));
  arena_free(a);
  return said;
}

static void a_boleto_goes_when_it_is_right(void **state) {
  (void)state;
  pay_bill b = bill();
  assert_string_equal(boleto_of(&b, SLIP), SLIP);
  assert_string_equal(boleto_of(&b, "00197999900000123450000001234567890123456701"), SLIP); /* the barcode */
  assert_string_equal(boleto_of(&b, "00190.00009 01234.567897 01234.567012 7 99990000012346"),
                      "its general check digit is wrong: it is mistyped");
  assert_string_equal(boleto_of(&b, "00190.00008 01234.567897 01234.567012 7 99990000012345"),
                      "the check digit of one of its fields is wrong: it is mistyped");
  assert_string_equal(boleto_of(&b, "soon"), "a boleto is made of digits, spaces and points alone");
}

static void a_boleto_asks_for_what_is_open(void **state) {
  (void)state;
  pay_bill b = bill();
  b.open.minor = 12300;
  assert_string_equal(boleto_of(&b, SLIP), "its amount is not what is open");
  b.total.minor = 12345; /* issued anew with fine and interest */
  assert_string_equal(boleto_of(&b, SLIP), "its amount is not what is open");
  b.shows_total = true;
  assert_string_equal(boleto_of(&b, SLIP), SLIP);
  b.total_known = false;
  assert_string_equal(boleto_of(&b, SLIP), "its amount is not what is open");
  b = bill();
  b.asks_total = true; /* the bank adds what is due for the delay */
  assert_string_equal(boleto_of(&b, SLIP), SLIP);
  b.open.cur = CURRENCY_USD;
  assert_string_equal(boleto_of(&b, SLIP), "it asks for reais and the invoice is in another currency");
  /* Without an amount: the bank knows it. */
  b = bill();
  assert_string_equal(boleto_of(&b, "23799.99002 00000.000000 00000.000018 1 00000000000000"),
                      "23799.99002 00000.000000 00000.000018 1 00000000000000");
}

static void a_boleto_is_due_with_its_invoice(void **state) {
  (void)state;
  pay_bill b = bill();
  b.due = b.due_moved = date_of(2025, 2, 20);
  assert_string_equal(boleto_of(&b, SLIP), "its due date is not the invoice's");
  b.due_moved = date_of(2025, 2, 21);
  assert_string_equal(boleto_of(&b, SLIP), SLIP);
  b = bill();
  b.open.minor = 999;
  b.due = b.due_moved = date_of(2025, 2, 22);
  assert_string_equal(boleto_of(&b, AFTER), AFTER);
  b.due = b.due_moved = date_of(2000, 7, 3); /* what the factor meant before 2025 */
  assert_string_equal(boleto_of(&b, AFTER), "its due date is not the invoice's");
}

/* ---- Pix ---- */

static const pay_receiver OWN = {SLICE("11222333000181"), SLICE("Padaria São João"), SLICE("São Paulo")};

static slice code_of(arena *a, const char *key, const char *url, int64_t cents) {
  pix_code c = {.key = slice_of(key), .url = slice_of(url), .name = SLICE("X"), .city = SLICE("Y"), .cents = cents};
  slice out;
  assert_int_equal(pix_write(&c, a, &out), PIX_FINE);
  return out;
}

static const char *pix_of(arena *a, const pay_bill *b, const pay_receiver *own, slice text) {
  slice code = {0}, why = {0};
  return arena_copy(a, pay_pix(b, own, text, a, &code, &why) ? code : why);
}

static void a_pix_asks_for_what_the_message_says(void **state) {
  (void)state;
  arena *a = arena_new();
  pay_bill b = bill();
  slice right = code_of(a, "a@b.example", "", 12345), total = code_of(a, "a@b.example", "", 12600);
  slice any = code_of(a, "a@b.example", "", 0), dynamic = code_of(a, "", "pix.example.com/qr/v2/cobv/1", 1);
  assert_string_equal(pix_of(a, &b, NULL, right), arena_copy(a, right));
  assert_string_equal(pix_of(a, &b, NULL, total), "its amount is not what is open");
  assert_string_equal(pix_of(a, &b, NULL, any), arena_copy(a, any));
  assert_string_equal(pix_of(a, &b, NULL, dynamic), arena_copy(a, dynamic));
  b.shows_total = true;
  assert_string_equal(pix_of(a, &b, NULL, right), arena_copy(a, right));
  assert_string_equal(pix_of(a, &b, NULL, total), arena_copy(a, total));
  b.asks_total = true; /* whoever paid the code would still owe the fees */
  assert_string_equal(pix_of(a, &b, NULL, right), "its amount is not what is open with fees");
  assert_string_equal(pix_of(a, &b, NULL, total), arena_copy(a, total));
  b.total_known = false;
  assert_string_equal(pix_of(a, &b, NULL, total), "what is due with fees is not known today");
  b = bill();
  char *broken = arena_copy(a, right);
  broken[30] = broken[30] == 'x' ? 'y' : 'x';
  assert_true(pix_of(a, &b, NULL, slice_of(broken))[0] == 'i');
  assert_string_equal(pix_of(a, &b, NULL, SLICE("")), "");
  b.open.cur = CURRENCY_USD;
  assert_string_equal(pix_of(a, &b, NULL, right), "it asks for reais and the invoice is in another currency");
  arena_free(a);
}

static void our_own_takes_the_place_of_none_and_of_a_wrong_one(void **state) {
  (void)state;
  arena *a = arena_new();
  pay_bill b = bill();
  pix_code x;
  b.number = SLICE("FAT/2026-0001 ção");
  assert_int_equal(pix_read(slice_of(pix_of(a, &b, &OWN, SLICE(""))), &x), PIX_FINE);
  assert_true(slice_eq(x.key, OWN.key) && slice_eq(x.name, SLICE("Padaria Sao Joao")));
  assert_true(slice_eq(x.city, SLICE("Sao Paulo")) && slice_eq(x.txid, SLICE("FAT20260001o")));
  assert_int_equal(x.cents, 12345);
  b.asks_total = true;
  assert_int_equal(pix_read(slice_of(pix_of(a, &b, &OWN, code_of(a, "a@b.example", "", 12345))), &x), PIX_FINE);
  assert_int_equal(x.cents, 12600);
  b.total_known = false;
  assert_string_equal(pix_of(a, &b, &OWN, SLICE("")), "what is due with fees is not known today");
  b = bill();
  b.open.minor = 0;
  assert_string_equal(pix_of(a, &b, &OWN, SLICE("")), "nothing is open");
  b.open = (money){500, CURRENCY_EUR};
  assert_string_equal(pix_of(a, &b, &OWN, SLICE("")), "Pix is in reais and the invoice in another currency");
  assert_true(
      slice_eq(pay_reference(SLICE("2026-00000000000000000000012345-6"), a), SLICE("0000000000000000000123456")));
  assert_int_equal(pay_reference(SLICE("ção/"), a).n, 1);
  arena_free(a);
}

static void keys(void **state) {
  (void)state;
  static const char *const GOOD[][2] = {
      {"11.222.333/0001-81", "11222333000181"},
      {"12.abc.345/01DE-35", "12ABC34501DE35"}, /* letters, as of July 2026 */
      {"529.982.247-25", "52998224725"},
      {"+55 (11) 99999-0000", "+5511999990000"},
      {" Cobranca@Example.COM ", "cobranca@example.com"},
      {"123E4567-E12B-12D1-A456-426655440000", "123e4567-e12b-12d1-a456-426655440000"}};
  static const char *const BAD[] = {"11.222.333/0001-82",
                                    "529.982.247-24",
                                    "111.111.111-11",
                                    "11999990000",
                                    "+1 415 555 0100",
                                    "a@",
                                    "@b",
                                    "",
                                    "padaria",
                                    "12.ABC.345/01DE-36"};
  arena *a = arena_new();
  for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++) {
    slice key;
    if (!pay_key(slice_of(GOOD[i][0]), a, &key)) fail_msg("%s", GOOD[i][0]);
    assert_string_equal(arena_copy(a, key), GOOD[i][1]);
  }
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
    slice key;
    if (pay_key(slice_of(BAD[i]), a, &key)) fail_msg("%s", BAD[i]);
  }
  arena_free(a);
}

static const char *line_says(const setting *v, uint32_t n, const char *vendor) {
  static char said[200];
  world *w = world_fake_new(0);
  arena *a = arena_new();
  connection c = {.kind = SLICE("pix"), .vendor = slice_of(vendor), .settings = v, .setting_count = n};
  program p = {.connections = &c, .connection_count = 1};
  pay_receiver r;
  slice why = {0};
  bool fine = pay_receiver_of(w, a, &p, &r, &why);
  snprintf(said, sizeof said, "%.*s", SLICE_ARG(fine ? r.key : why));
  arena_free(a);
  world_fake_free(w);
  return said;
}

static void the_line_says_who_is_paid(void **state) {
  (void)state;
  setting v[] = {{SLICE("receiver"), SLICE("11.222.333/0001-81"), false},
                 {SLICE("name"), SLICE("Padaria"), false},
                 {SLICE("city"), SLICE("São Paulo"), false}};
  assert_string_equal(line_says(v, 3, "static"), "11222333000181");
  assert_string_equal(line_says(v, 2, "static"), "its connect line needs: city \"São Paulo\"");
  assert_non_null(strstr(line_says(v, 3, "dynamic"), "connect pix static"));
  v[0].value = SLICE("11.222.333/0001-82");
  assert_non_null(strstr(line_says(v, 3, "static"), "no key of Pix"));
  v[0].value = SLICE("a@b.example");
  v[1].value = SLICE("中文");
  assert_string_equal(line_says(v, 3, "static"), "a Pix code needs the receiver's name and city");
}

static void its_picture_is_the_same_each_time(void **state) {
  (void)state;
  arena *a = arena_new();
  slice one, two, other;
  assert_true(qr_png(SLICE("00020126"), a, &one));
  assert_true(qr_png(SLICE("00020126"), a, &two));
  assert_true(qr_png(SLICE("00020127"), a, &other));
  assert_true(slice_eq(one, two));
  assert_false(slice_eq(one, other));
  assert_true(slice_starts(one, SLICE("\x89PNG\r\n\x1a\n")));
  assert_true(one.n < 4096);
  char *most = arena_alloc(a, 2332);
  memset(most, 'x', 2332);
  assert_true(qr_png((slice){most, 2331}, a, &one));
  assert_false(qr_png((slice){most, 2332}, a, &one));
  assert_false(qr_png((slice){0}, a, &one));
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_boleto_goes_when_it_is_right),
                                     cmocka_unit_test(a_boleto_asks_for_what_is_open),
                                     cmocka_unit_test(a_boleto_is_due_with_its_invoice),
                                     cmocka_unit_test(a_pix_asks_for_what_the_message_says),
                                     cmocka_unit_test(our_own_takes_the_place_of_none_and_of_a_wrong_one),
                                     cmocka_unit_test(keys),
                                     cmocka_unit_test(the_line_says_who_is_paid),
                                     cmocka_unit_test(its_picture_is_the_same_each_time)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
