/* Diagnostics: what is collected, in which order, and how it is drawn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/base/diag.h"

static slice draw(arena *a, const char *text, span at, const char *hint, bool color) {
  diags d;
  diags_init(&d, a);
  diag_add(&d, DIAG_E0001, at, slice_of(hint), 0, NULL);
  source s = {SLICE("p.dun"), slice_of(text)};
  return diags_render(&d, &s, 1, LANG_EN, color, a);
}

#define assert_drawn(text, from, to, hint, want)                                                                       \
  do {                                                                                                                 \
    arena *a_ = arena_new();                                                                                           \
    assert_string_equal(arena_copy(a_, draw(a_, text, (span){from, to, 0}, hint, false)),                              \
                        "error[E0001]: the file is not valid UTF-8\n" want "\n");                                      \
    arena_free(a_);                                                                                                    \
  } while (0)

static void places_are_underlined(void **state) {
  (void)state;
  assert_drawn("at 5d\nhold wile x\n", 11, 15, "did you mean \"while\"?",
               " --> p.dun:2:6\n  |\n2 | hold wile x\n  |      ^^^^ did you mean \"while\"?\n");
  /* accents are one column, wide characters two in the picture and one in the count */
  assert_drawn("ação x", 7, 8, "", " --> p.dun:1:6\n  |\n1 | ação x\n  |      ^\n");
  assert_drawn("請求 x", 7, 8, "", " --> p.dun:1:4\n  |\n1 | 請求 x\n  |      ^\n");
  /* a tab is drawn as spaces and counts as one character */
  assert_drawn("a\tbc", 2, 4, "", " --> p.dun:1:3\n  |\n1 | a   bc\n  |     ^^\n");
  /* the end of the file, an empty file, a place over several lines, a place past the end */
  assert_drawn("ab", 2, 2, "", " --> p.dun:1:3\n  |\n1 | ab\n  |   ^\n");
  assert_drawn("", 0, 0, "", " --> p.dun:1:1\n  |\n1 | \n  | ^\n");
  assert_drawn("abc\ndef", 1, 6, "", " --> p.dun:1:2\n  |\n1 | abc\n  |  ^^\n");
  assert_drawn("ab", 90, 95, "", " --> p.dun:1:3\n  |\n1 | ab\n  |   ^\n");
  assert_drawn("a\r\nb\r\n", 3, 4, "", " --> p.dun:2:1\n  |\n2 | b\n  | ^\n");
  /* what would drive a terminal is not printed; bad bytes neither */
  assert_drawn("\x1b[2Jx", 4, 5, "", " --> p.dun:1:5\n  |\n1 | \uFFFD[2Jx\n  |     ^\n");
  assert_drawn("a\xFFz", 2, 3, "", " --> p.dun:1:3\n  |\n1 | a\uFFFDz\n  |   ^\n");
}

static void the_gutter_is_as_wide_as_the_number(void **state) {
  (void)state;
  assert_drawn("\n\n\n\n\n\n\n\n\n\nladder x", 10, 16, "hint",
               "  --> p.dun:11:1\n   |\n11 | ladder x\n   | ^^^^^^ hint\n");
}

static void long_lines_are_cut(void **state) {
  (void)state;
  arena *a = arena_new();
  char *line = arena_alloc(a, 100001);
  memset(line, 'a', 100000);
  memcpy(line + 50000, "HERE", 4);
  slice out = draw(a, line, (span){50000, 50004, 0}, "", false);
  assert_true(out.n < 1000);
  const char *here = strstr(arena_copy(a, out), "HERE");
  assert_non_null(here);
  assert_non_null(strstr(here, "^^^^\n"));
  arena_free(a);
}

static void colors_only_when_asked(void **state) {
  (void)state;
  arena *a = arena_new();
  slice plain = draw(a, "abc", (span){0, 1, 0}, "x", false), color = draw(a, "abc", (span){0, 1, 0}, "x", true);
  assert_null(memchr(plain.p, 0x1b, plain.n));
  assert_non_null(memchr(color.p, 0x1b, color.n));
  arena_free(a);
}

static void the_severity_is_translated(void **state) {
  (void)state;
  arena *a = arena_new();
  diags d;
  diags_init(&d, a);
  diag_add(&d, DIAG_E0001, (span){0, 1, 0}, SLICE(""), 0, NULL);
  source s = {SLICE("p.dun"), SLICE("abc")};
  assert_true(slice_starts(diags_render(&d, &s, 1, LANG_PT, false, a), SLICE("erro[E0001]: o arquivo não é UTF-8")));
  assert_true(slice_starts(diags_render(&d, &s, 1, LANG_ES, false, a), SLICE("error[E0001]: el archivo no es")));
  arena_free(a);
}

static void repeated_ones_are_one_and_order_is_by_place(void **state) {
  (void)state;
  arena *a = arena_new();
  diags d;
  diags_init(&d, a);
  for (int round = 0; round < 2; round++)
    for (uint32_t i = 0; i < 1000; i++)
      diag_add(&d, DIAG_E0001, (span){(i * 7919) % 1000, 2000, (uint16_t)(i % 3)}, SLICE(""), 0, NULL);
  assert_int_equal(d.errors, 1000);
  assert_int_equal(d.warnings, 0);
  diags_sort(&d);
  size_t count = 1;
  for (const diag *x = d.first; x->next; x = x->next, count++) {
    const diag *y = x->next;
    assert_true(x->at.file < y->at.file || (x->at.file == y->at.file && x->at.from < y->at.from));
    assert_true(y->next || d.last == y);
  }
  assert_int_equal(count, 1000);
  arena_free(a);
}

static void arguments_are_put_in(void **state) {
  (void)state;
  arena *a = arena_new();
  const slice args[3] = {SLICE("<first>"), SLICE("<second>"), SLICE("<third>")};
  for (int i = 0; i < DIAG_COUNT; i++) {
    for (int lang = 0; lang < LANG_COUNT; lang++) {
      diags d;
      diags_init(&d, a);
      diag_add(&d, (diag_code)i, (span){0, 0, 0}, SLICE(""), 3, args);
      const char *says = arena_copy(a, diag_says((diag_code)i, (dun_lang)lang));
      const char *text = arena_copy(a, diag_text(d.first, (dun_lang)lang, a));
      assert_int_equal(strstr(says, "{0}") != NULL, strstr(text, "<first>") != NULL);
      assert_int_equal(strstr(says, "{1}") != NULL, strstr(text, "<second>") != NULL);
      assert_null(strstr(text, "{0}"));
    }
  }
  arena_free(a);
}

static void every_row_is_whole(void **state) {
  (void)state;
  arena *a = arena_new();
  for (int i = 0; i < DIAG_COUNT; i++) {
    diag_code code = (diag_code)i;
    const char *name = diag_name(code);
    assert_true(strlen(name) == 5 && (name[0] == 'E' || name[0] == 'W'));
    /* the letter says the severity; a note may have either */
    if (diag_severity_of(code) == DIAG_WARNING) assert_int_equal(name[0], 'W');
    if (diag_severity_of(code) == DIAG_ERROR) assert_int_equal(name[0], 'E');
    assert_int_equal(diag_find(slice_of(name)), code);
    for (int lang = 0; lang < LANG_COUNT; lang++) {
      assert_true(diag_says(code, (dun_lang)lang).n > 0);
      assert_true(diag_remedy(code, (dun_lang)lang).n > 0);
      const char *english = arena_copy(a, diag_says(code, LANG_EN)), *other = diag_says(code, (dun_lang)lang).p;
      for (int arg = 0; arg < 3; arg++) { /* the three languages have the same holes */
        char hole[] = {'{', (char)('0' + arg), '}', 0};
        if ((strstr(english, hole) != NULL) != (strstr(other, hole) != NULL))
          fail_msg("%s: %s differs between the languages", name, hole);
      }
    }
  }
  assert_int_equal(diag_find(SLICE("e0001")), DIAG_E0001);
  assert_int_equal(diag_find(SLICE("E9999")), DIAG_COUNT);
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(places_are_underlined),      cmocka_unit_test(the_gutter_is_as_wide_as_the_number),
      cmocka_unit_test(long_lines_are_cut),         cmocka_unit_test(colors_only_when_asked),
      cmocka_unit_test(the_severity_is_translated), cmocka_unit_test(repeated_ones_are_one_and_order_is_by_place),
      cmocka_unit_test(arguments_are_put_in),       cmocka_unit_test(every_row_is_whole)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
