/* Telephone numbers as people write them, and the words with which they stop and start messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "stdlib/channel/opt_out.h"
#include "stdlib/channel/phone.h"

static const char *read_in(const char *written, const char *country, const char *otherwise) {
  static char out[PHONE_TEXT_MAX + 64];
  phone_fault f = phone_read(slice_of(written), slice_of(country), slice_of(otherwise), out);
  static const char *const NAMES[] = {
#define PHONE_FAULT(id, words) #id,
      PHONE_FAULTS(PHONE_FAULT)
#undef PHONE_FAULT
  };
  return f == PHONE_FINE ? out : NAMES[f];
}

static void international_numbers(void **state) {
  (void)state;
  assert_string_equal(read_in("+55 11 98765-4321", "", ""), "+5511987654321");
  assert_string_equal(read_in("+55 (11) 98765.4321", "US", ""), "+5511987654321");
  assert_string_equal(read_in("whatsapp:+5511987654321", "", ""), "+5511987654321");
  assert_string_equal(read_in("tel: +49-30-123456", "", ""), "+4930123456");
  assert_string_equal(read_in("0049 30 123456", "", ""), "+4930123456");
  assert_string_equal(read_in("+44 (0)20 7946 0958", "", ""), "+442079460958");
  assert_string_equal(read_in("+55 011 98765-4321", "", ""), "+5511987654321");
  assert_string_equal(read_in("+55\xc2\xa0"
                              "11\xe2\x80\x91"
                              "98765\xe2\x80\x93"
                              "4321",
                              "", ""),
                      "+5511987654321");
  assert_string_equal(read_in("+1 415 555 0100", "BR", "BR"), "+14155550100");
  assert_string_equal(read_in("+123456789012345", "", ""), "+123456789012345");
  assert_string_equal(read_in("+1234567890123456", "", ""), "LENGTH");
  assert_string_equal(read_in("+123456", "", ""), "LENGTH");
  assert_string_equal(read_in("+0 11 98765-4321", "", ""), "LENGTH");
  assert_string_equal(read_in("+39 06 1234567", "", ""), "+39061234567");
}

static void national_numbers(void **state) {
  (void)state;
  assert_string_equal(read_in("(11) 98765-4321", "BR", ""), "+5511987654321");
  assert_string_equal(read_in("(011) 98765-4321", "Brazil", ""), "+5511987654321");
  assert_string_equal(read_in("11 3456-7890", "brasil", ""), "+551134567890");
  assert_string_equal(read_in("5511987654321", "BR", ""), "+5511987654321");
  assert_string_equal(read_in("551134567890", "BR", ""), "+551134567890");
  assert_string_equal(read_in("(55) 99876-5432", "BR", ""), "+5555998765432");
  assert_string_equal(read_in("98765-4321", "BR", ""), "LENGTH");
  assert_string_equal(read_in("0 21 11 98765-4321", "BR", ""), "LENGTH");
  assert_string_equal(read_in("(415) 555-0100", "US", ""), "+14155550100");
  assert_string_equal(read_in("1-415-555-0100", "US", ""), "+14155550100");
  assert_string_equal(read_in("030 123456", "DE", ""), "+4930123456");
  assert_string_equal(read_in("30 123456", "DE", ""), "LENGTH"); /* written without its 0 it is no German number */
  assert_string_equal(read_in("4930123456", "Alemania", ""), "+4930123456");
  assert_string_equal(read_in("912 345 678", "PT", ""), "+351912345678");
  assert_string_equal(read_in("06 1234567", "IT", ""), "+39061234567");
  assert_string_equal(read_in("393 331 2345", "IT", ""), "TWO_WAYS");
  assert_string_equal(read_in("600 123 456", "ES", ""), "+34600123456");
  assert_string_equal(read_in("98765-4321 x12", "BR", ""), "SIGNS");
}

static void the_country(void **state) {
  (void)state;
  assert_string_equal(read_in("11 98765-4321", "", "BR"), "+5511987654321");
  assert_string_equal(read_in("11 98765-4321", "  ", "BR"), "+5511987654321");
  assert_string_equal(read_in("912345678", "PT", "BR"), "+351912345678");
  assert_string_equal(read_in("11 98765-4321", "", ""), "NO_COUNTRY");
  assert_string_equal(read_in("11 98765-4321", "Atlantis", "BR"), "UNKNOWN_COUNTRY");
  assert_true(phone_country_known(SLICE("españa")));
  assert_false(phone_country_known(SLICE("Atlantis")));
}

static void what_is_no_number(void **state) {
  (void)state;
  assert_string_equal(read_in("", "BR", ""), "EMPTY");
  assert_string_equal(read_in("  ", "BR", ""), "EMPTY");
  assert_string_equal(read_in("n/a", "BR", ""), "SIGNS");
  assert_string_equal(read_in("+", "BR", ""), "SIGNS");
  assert_string_equal(read_in("11 98765-4321; 11 98765-4322", "BR", ""), "SIGNS");
  assert_string_equal(read_in("11 98765-4321 / 11 98765-4322", "BR", ""), "LENGTH");
  assert_string_equal(read_in("+55 11 +98765-4321", "BR", ""), "SIGNS");
  assert_string_equal(read_in("11111111111111111111111111111111111111", "BR", ""), "LENGTH");
  /* every fault has words, and none of them a digit of a number */
  for (int f = PHONE_FINE + 1; f < PHONE_FAULT_COUNT; f++) assert_true(strlen(phone_fault_words((phone_fault)f)) > 20);
}

/* Every row of the table: a national number of its shortest and longest kind is read, in all its names. */
static void every_country(void **state) {
  (void)state;
  static const struct {
    const char *name, *calling, *trunk;
    size_t fewest, most;
  } ROWS[] = {
#define PHONE_COUNTRY(code, en, pt, es, calling, trunk, written, fewest, most)                                         \
  {#code, calling, trunk, fewest, most}, {en, calling, trunk, fewest, most}, {pt, calling, trunk, fewest, most},       \
      {es, calling, trunk, fewest, most},
#include "stdlib/channel/phone.def"
#undef PHONE_COUNTRY
  };
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
    for (int longest = 0; longest < 2; longest++) {
      char number[32], wanted[32];
      int n = (int)(longest ? ROWS[i].most : ROWS[i].fewest);
      snprintf(number, sizeof number, "%s%.*s", ROWS[i].trunk, n, "8222222222222222");
      snprintf(wanted, sizeof wanted, "+%s%.*s", ROWS[i].calling, n, "8222222222222222");
      assert_string_equal(read_in(number, ROWS[i].name, ""), wanted);
    }
}

static void one_subscriber(void **state) {
  (void)state;
  assert_true(phone_same(SLICE("+5511987654321"), SLICE("5511987654321")));
  assert_true(phone_same(SLICE("+5511987654321"), SLICE("551187654321"))); /* WhatsApp's id of an old number */
  assert_true(phone_same(SLICE("+5491123456789"), SLICE("+541123456789")));
  assert_true(phone_same(SLICE("5215512345678"), SLICE("+525512345678")));
  assert_false(phone_same(SLICE("+5511987654321"), SLICE("+5511987654322")));
  assert_false(phone_same(SLICE("+5511887654321"), SLICE("+551187654321")));
  assert_false(phone_same(SLICE("+14155550100"), SLICE("+4155550100")));
  assert_false(phone_same(SLICE(""), SLICE("")));
}

/* ---- stop and start ---- */

static void whole_messages(void **state) {
  (void)state;
  static const char *const STOP[] = {"STOP",           "Stop.",         " stop!\n",     "SAIR",
                                     "sair",           "\"Sair\"",      "PARAR",        "Cancelar",
                                     "BAJA",           "¡Baja!",        "dar de  baja", "não quero mais",
                                     "NAO QUERO MAIS", "opt-out",       "🛑 stop",    "Cancelar suscripcio\xcc\x81n",
                                     "stop all",       "No quiero más."};
  static const char *const START[] = {"START", "Start!", "voltar", "ALTA", "alta.", "opt-in", "unstop"};
  static const char *const REPLY[] = {"",
                                      "please do not stop the service",
                                      "Vou pagar amanhã",
                                      "quero cancelar o contrato",
                                      "yes",
                                      "sim",
                                      "sí",
                                      "stop it or else",
                                      "!!!",
                                      "baja el precio",
                                      "\xff\xfe"};
  for (size_t i = 0; i < sizeof STOP / sizeof *STOP; i++)
    if (opt_wish_of(slice_of(STOP[i])) != OPT_OUT) fail_msg("%s", STOP[i]);
  for (size_t i = 0; i < sizeof START / sizeof *START; i++)
    if (opt_wish_of(slice_of(START[i])) != OPT_IN) fail_msg("%s", START[i]);
  for (size_t i = 0; i < sizeof REPLY / sizeof *REPLY; i++)
    if (opt_wish_of(slice_of(REPLY[i])) != OPT_NONE) fail_msg("%s", REPLY[i]);
  assert_int_equal(opt_event(SLICE("stop")), HOOK_OPT_OUT);
  assert_int_equal(opt_event(SLICE("start")), HOOK_OPT_IN);
  assert_int_equal(opt_event(SLICE("hello")), HOOK_REPLY);
}

/* Each row, as it stands, in capitals, with signs around; and inside a sentence it is a reply. */
static void every_word(void **state) {
  (void)state;
  static const struct {
    opt_wish wish;
    const char *words;
  } ROWS[] = {
#define OPT_WORD(wish, words) {OPT_##wish, words},
#include "stdlib/channel/opt_out.def"
#undef OPT_WORD
  };
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    char s[256];
    assert_int_equal(opt_wish_of(slice_of(ROWS[i].words)), ROWS[i].wish);
    snprintf(s, sizeof s, "  *%s*!!! ", ROWS[i].words);
    assert_int_equal(opt_wish_of(slice_of(s)), ROWS[i].wish);
    snprintf(s, sizeof s, "about %s, a question", ROWS[i].words);
    assert_int_equal(opt_wish_of(slice_of(s)), OPT_NONE);
  }
}

static void long_messages(void **state) {
  (void)state;
  char s[OPT_MESSAGE_MAX + 2];
  memset(s, ' ', sizeof s);
  memcpy(s, "stop", 4);
  assert_int_equal(opt_wish_of((slice){s, OPT_MESSAGE_MAX}), OPT_OUT);
  assert_int_equal(opt_wish_of((slice){s, OPT_MESSAGE_MAX + 1}), OPT_NONE);
  memset(s, 'a', sizeof s);
  assert_int_equal(opt_wish_of((slice){s, OPT_MESSAGE_MAX}), OPT_NONE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(international_numbers), cmocka_unit_test(national_numbers), cmocka_unit_test(the_country),
      cmocka_unit_test(what_is_no_number),     cmocka_unit_test(every_country),    cmocka_unit_test(one_subscriber),
      cmocka_unit_test(whole_messages),        cmocka_unit_test(every_word),       cmocka_unit_test(long_messages),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
