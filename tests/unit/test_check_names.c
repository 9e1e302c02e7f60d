/* Names of the checker: paths from each kind of rows, words of three languages, files together, and the tables below
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/check/fields.h"
#include "lang/check/table.h"
#include "lang/check/words.h"
#include "lang/compile.h"

static field_ref look(entity from, const char *path, dun_lang lang) {
  return field_by_path(NULL, 0, from, slice_of(path), lang);
}

static void paths_lead_from_rows_to_fields(void **state) {
  (void)state;
  assert_int_equal(look(ENT_INVOICE, "amount", LANG_EN).field, FIELD_INVOICE_AMOUNT);
  assert_int_equal(look(ENT_INVOICE, "AMOUNT", LANG_EN).field, FIELD_INVOICE_AMOUNT);
  assert_int_equal(look(ENT_INVOICE, "balance", LANG_EN).field, FIELD_INVOICE_OPEN);
  assert_int_equal(look(ENT_INVOICE, "saldo", LANG_PT).field, FIELD_INVOICE_OPEN);
  assert_int_equal(look(ENT_INVOICE, "cliente.segmento", LANG_ES).field, FIELD_CUSTOMER_SEGMENT);
  assert_int_equal(look(ENT_INVOICE, "customer.segment", LANG_PT).field, FIELD_CUSTOMER_SEGMENT);
  assert_int_equal(look(ENT_CONTRACT, "status", LANG_EN).field, FIELD_CONTRACT_STATUS);
  assert_int_equal(look(ENT_CONTRACT, "contract.price", LANG_EN).field, FIELD_CONTRACT_PRICE);
  assert_int_equal(look(ENT_INVOICE, "situação", LANG_PT).field, FIELD_INVOICE_STATUS);
  /* accents count */
  assert_int_equal(look(ENT_INVOICE, "situacao", LANG_PT).status, FIELD_NO_NAME);
  assert_int_equal(look(ENT_INVOICE, "custmer.name", LANG_EN).status, FIELD_NO_HEAD);
  assert_int_equal(look(ENT_INVOICE, "customer.nme", LANG_EN).status, FIELD_NO_NAME);
  assert_int_equal(look(ENT_CUSTOMER, "invoice.amount", LANG_EN).status, FIELD_TOO_FAR);
  assert_int_equal(look(ENT_CONTRACT, "invoice.amount", LANG_EN).status, FIELD_TOO_FAR);
  assert_int_equal(look(ENT_CONTRACT, "customer.name", LANG_EN).status, FIELD_FOUND);
  custom_field own[] = {{ENT_CUSTOMER, SLICE("risk"), TY_PERCENT}};
  assert_int_equal(field_by_path(own, 1, ENT_INVOICE, SLICE("customer.risk"), LANG_EN).field, FIELD_COUNT);
  assert_int_equal(field_by_path(own, 1, ENT_INVOICE, SLICE("risk"), LANG_EN).status, FIELD_NO_NAME);
}

/* In every language every field is found by the name that the table gives it, and it is the field of that name. */
static void every_name_of_the_table_is_found(void **state) {
  (void)state;
  for (uint16_t f = 0; f < FIELD_COUNT; f++)
    for (dun_lang lang = LANG_EN; lang < LANG_COUNT; lang++)
      assert_int_equal(field_by_name(FIELDS[f].of, slice_of(FIELDS[f].name[lang]), lang), f);
}

static void words_mean_one_thing_a_group(void **state) {
  (void)state;
  assert_true(slice_eq(word_find(WORD_VALUE, SLICE("Aberta"), LANG_PT), SLICE("open")));
  assert_true(slice_eq(word_find(WORD_EXTRA, SLICE("extrato"), LANG_PT), SLICE("statement")));
  assert_true(slice_eq(word_find(WORD_WHO, SLICE("representante"), LANG_ES), SLICE("rep")));
  assert_int_equal(word_find(WORD_WHO, SLICE("amount"), LANG_EN).n, 0);
  assert_int_equal(word_index(WORD_EXTRA, SLICE("boleto"), LANG_EN), 1);
  assert_int_equal(1u << word_index(WORD_EXTRA, SLICE("statement"), LANG_EN), WITH_STATEMENT);
  assert_int_equal(1u << word_index(WORD_EXTRA, SLICE("fees"), LANG_EN), WITH_FEES);
  assert_int_equal(word_index(WORD_ENTITY, SLICE("contrato"), LANG_PT), ENT_CONTRACT);
  assert_true(slice_eq(word_text(WORD_PRIORITY, 0, LANG_PT), SLICE("alta")));
}

static void a_map_keeps_what_it_was_given(void **state) {
  (void)state;
  enum { NAMES = 5000 };
  arena *a = arena_new();
  name_map m = {0};
  assert_int_equal(name_map_get(&m, 0, SLICE("x")), NAME_NONE);
  for (uint32_t i = 0; i < NAMES; i++)
    assert_int_equal(name_map_add(a, &m, i % 3, arena_printf(a, "name%u", i / 3), i), NAME_NONE);
  for (uint32_t i = 0; i < NAMES; i++) {
    assert_int_equal(name_map_get(&m, i % 3, arena_printf(a, "NAME%u", i / 3)), i);
    assert_int_equal(name_map_add(a, &m, i % 3, arena_printf(a, "name%u", i / 3), 7), i);
  }
  assert_int_equal(name_map_get(&m, 4, SLICE("name1")), NAME_NONE);
  arena_free(a);
}

/* A definition of one file is used in the next, each in its own language. */
static void files_are_one_policy(void **state) {
  (void)state;
  arena *a = arena_new();
  source files[] = {
      {SLICE("a.dun"), SLICE("currency BRL\ndefine key as customer.segment is \"gov\"\ninclude \"b.dun\"\n")},
      {SLICE("b.dun"), SLICE("idioma português\nrégua um para faturas onde key e valor > 5\n"
                             "  aos 1d  registrar \"{número}\"\n")}};
  diags d;
  compiled out;
  diags_init(&d, a);
  assert_true(compile(a, files, 2, &d, &out));
  assert_int_equal(out.program->ladder_count, 1);
  assert_int_equal(out.program->cond_count, 1);
  assert_int_equal(out.program->use_count, 3); /* segment, amount, number */
  /* the other way around the name is used above its line */
  source back[] = {files[1], {SLICE("c.dun"), SLICE("define key as customer.segment is \"gov\"\n")}};
  diags_init(&d, a);
  assert_false(compile(a, back, 2, &d, &out));
  assert_int_equal(d.errors, 1);
  assert_int_equal(d.first->code, DIAG_E0115);
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(paths_lead_from_rows_to_fields), cmocka_unit_test(every_name_of_the_table_is_found),
      cmocka_unit_test(words_mean_one_thing_a_group),   cmocka_unit_test(a_map_keeps_what_it_was_given),
      cmocka_unit_test(files_are_one_policy),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
