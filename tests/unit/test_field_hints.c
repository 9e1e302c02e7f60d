/* What people call a field elsewhere leads to the field: every word of lang/check/synonyms.def, in every language of
 * the policy, and every field's name in the other languages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lang/base/utf8.h"
#include "lang/check/fields.h"

static const struct {
  uint16_t field;
  const char *words;
} ROWS[] = {
#define SYNONYM(field, words) {FIELD_##field, words},
#include "lang/check/synonyms.def"
#undef SYNONYM
};
enum { ROW_COUNT = sizeof ROWS / sizeof *ROWS };

/* The words of a row, one after the other; false: there are no more. */
static bool next_word(slice *rest, slice *word) {
  size_t n = 0;
  if (!rest->n) return false;
  while (n < rest->n && rest->p[n] != '|') n++;
  *word = (slice){rest->p, n};
  *rest = n < rest->n ? (slice){rest->p + n + 1, rest->n - n - 1} : (slice){0};
  return true;
}

static void leads_to(uint16_t field, slice word) {
  for (dun_lang l = LANG_EN; l < LANG_COUNT; l++) {
    slice near = field_nearest(NULL, 0, FIELDS[field].of, word, l);
    if (!slice_eq(near, slice_of(FIELDS[field].name[l])))
      fail_msg("%.*s leads to %.*s, not to %s", SLICE_ARG(word), SLICE_ARG(near), FIELDS[field].name[l]);
  }
}

static void every_synonym(void **state) {
  (void)state;
  size_t count = 0;
  for (size_t i = 0; i < ROW_COUNT; i++) {
    slice rest = slice_of(ROWS[i].words), word;
    while (next_word(&rest, &word)) {
      assert_true(word.n > 0);
      leads_to(ROWS[i].field, word);
      count++;
    }
  }
  assert_true(count > 150);
}

/* A word means one thing: else the second row is never asked. */
static void no_word_twice(void **state) {
  (void)state;
  for (size_t i = 0; i < ROW_COUNT; i++)
    for (size_t k = i + 1; k < ROW_COUNT; k++) {
      slice rest = slice_of(ROWS[i].words), word;
      if (FIELDS[ROWS[i].field].of != FIELDS[ROWS[k].field].of) continue;
      while (next_word(&rest, &word))
        if (utf8_fold_one_of(ROWS[k].words, word))
          fail_msg("%.*s is both %s and %s", SLICE_ARG(word), FIELDS[ROWS[i].field].name[0],
                   FIELDS[ROWS[k].field].name[0]);
    }
}

static void names_of_other_languages(void **state) {
  (void)state;
  const struct {
    entity of;
    const char *word, *en, *pt, *es;
  } HINTS[] = {{ENT_INVOICE, "vencimento", "due", "vencimento", "vencimiento"},
               {ENT_INVOICE, "VENCIMIENTO", "due", "vencimento", "vencimiento"},
               {ENT_CUSTOMER, "correo", "email", "email", "email"}};
  for (size_t i = 0; i < sizeof HINTS / sizeof *HINTS; i++) {
    const char *const wanted[] = {HINTS[i].en, HINTS[i].pt, HINTS[i].es};
    for (dun_lang l = LANG_EN; l < LANG_COUNT; l++) {
      slice near = field_nearest(NULL, 0, HINTS[i].of, slice_of(HINTS[i].word), l);
      if (!slice_eq(near, slice_of(wanted[l])))
        fail_msg("%s in language %d: %.*s, not %s", HINTS[i].word, (int)l, SLICE_ARG(near), wanted[l]);
    }
  }
}

/* `balance` is `open`; what is merely near is suggested too; what is far is not. */
static void aliases_and_slips(void **state) {
  (void)state;
  field_ref a = field_by_path(NULL, 0, ENT_INVOICE, SLICE("balance"), LANG_EN);
  assert_int_equal(a.status, FIELD_FOUND);
  assert_int_equal(a.field, FIELD_INVOICE_OPEN);
  slice near = field_nearest(NULL, 0, ENT_INVOICE, SLICE("amuont"), LANG_EN);
  assert_true(slice_eq(near, SLICE("amount")));
  near = field_nearest(NULL, 0, ENT_INVOICE, SLICE("zzzzzzzz"), LANG_EN);
  assert_int_equal(near.n, 0);
  const custom_field custom = {.name = SLICE("project"), .of = ENT_INVOICE};
  near = field_nearest(&custom, 1, ENT_INVOICE, SLICE("projet"), LANG_EN);
  assert_true(slice_eq(near, SLICE("project")));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_synonym), cmocka_unit_test(no_word_twice),
                                     cmocka_unit_test(names_of_other_languages), cmocka_unit_test(aliases_and_slips)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
