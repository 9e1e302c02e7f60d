/* Slices, arena, growing text, UTF-8, nearest names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/base/suggest.h"
#include "lang/base/text.h"
#include "lang/base/utf8.h"

#define assert_slice(s, text) assert_true(slice_eq((s), SLICE(text)))

static void slices_compare_by_bytes(void **state) {
  (void)state;
  assert_int_equal(slice_cmp(SLICE("a"), SLICE("a")), 0);
  assert_true(slice_cmp(SLICE("a"), SLICE("ab")) < 0);
  assert_true(slice_cmp(SLICE("b"), SLICE("ab")) > 0);
  assert_true(slice_cmp(SLICE("z"), SLICE("é")) < 0);
  assert_int_equal(slice_cmp((slice){NULL, 0}, SLICE("")), 0);
  assert_slice(slice_trim(SLICE(" \t a b \r\n")), "a b");
  assert_slice(slice_trim(SLICE(" \n")), "");
}

static void arena_memory_is_zeroed_and_aligned(void **state) {
  (void)state;
  arena *a = arena_new();
  for (size_t n = 0; n < 3000; n++) {
    unsigned char *p = arena_alloc(a, n);
    assert_int_equal((uintptr_t)p % 16, 0);
    for (size_t i = 0; i < n; i++) assert_int_equal(p[i], 0);
    memset(p, 0xAA, n);
  }
  unsigned char *large = arena_alloc(a, 5 * 1024 * 1024);
  assert_int_equal(large[5 * 1024 * 1024 - 1], 0);
  assert_true(arena_bytes(a) >= 3000 * 2999 / 2 + 5 * 1024 * 1024);
  assert_string_equal(arena_copy(a, SLICE("héllo")), "héllo");
  assert_slice(arena_printf(a, "%s-%d", "x", 42), "x-42");
  arena_free(a);
  arena_free(NULL);
}

static void text_grows(void **state) {
  (void)state;
  arena *a = arena_new();
  text t = text_new(a);
  assert_slice(text_slice(&t), "");
  for (int i = 0; i < 1000; i++) text_printf(&t, "%d,", i % 10);
  assert_int_equal(text_slice(&t).n, 2000);
  text_repeat(&t, '^', 3);
  text_rune(&t, 0x20AC);
  assert_slice(((slice){text_slice(&t).p + 1998, text_slice(&t).n - 1998}), "9,^^^€");
  arena_free(a);
}

static void utf8_rejects_what_is_ill_formed(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t n, bad;
  } cases[] = {{"abc", 3, 3},
               {"a\xC3\xA9", 3, 3},
               {"\xC0\xAF", 2, 0},         /* overlong */
               {"\xE0\x80\xAF", 3, 0},     /* overlong */
               {"\xED\xA0\x80", 3, 0},     /* surrogate */
               {"\xF4\x90\x80\x80", 4, 0}, /* above U+10FFFF */
               {"\xF4\x8F\xBF\xBF", 4, 4}, /* U+10FFFF */
               {"ab\xE2\x82", 4, 2},       /* cut */
               {"12345678\xFF", 9, 8},     /* after eight plain bytes */
               {"1234567\x80", 8, 7},
               {"", 0, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_int_equal(utf8_bad_at((slice){cases[i].bytes, cases[i].n}), cases[i].bad);
  uint32_t cp;
  assert_int_equal(utf8_decode((slice){"\xE2\x82", 2}, &cp), 1);
  assert_int_equal(cp, 0xFFFD);
}

static void utf8_goes_round(void **state) {
  (void)state;
  for (uint32_t c = 0; c < 0x110000; c++) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    char bytes[4];
    uint32_t back;
    size_t n = utf8_encode(c, bytes);
    assert_int_equal(utf8_decode((slice){bytes, n}, &back), n);
    assert_int_equal(back, c);
  }
}

static void widths(void **state) {
  (void)state;
  assert_int_equal(utf8_width(SLICE("João")), 4);
  assert_int_equal(utf8_width(SLICE("Joa\u0303o")), 4);
  assert_int_equal(utf8_count(SLICE("Joa\u0303o")), 5);
  assert_int_equal(utf8_width(SLICE("請求書")), 6);
  assert_int_equal(utf8_width(SLICE("\x1b[1m")), 3);
  assert_slice(utf8_head(SLICE("請求書"), 5), "請求");
  assert_slice(utf8_head(SLICE("não"), 2), "nã");
  assert_slice(utf8_head(SLICE("não"), 9), "não");
}

static void folding_keeps_accents(void **state) {
  (void)state;
  arena *a = arena_new();
  assert_slice(utf8_fold(a, SLICE("QUANDO É AÇÃO")), "quando é ação");
  assert_slice(utf8_fold(a, SLICE("ΣΟΦΊΑ")), "σοφία");
  assert_slice(utf8_fold(a, SLICE("ПРИВЕТ")), "привет");
  assert_slice(utf8_fold(a, SLICE("STRAẞE")), "straße");
  assert_slice(utf8_fold(a, SLICE("ȺŁŐ")), "ⱥłő");
  arena_free(a);
  assert_true(utf8_fold_eq(SLICE("Élan"), SLICE("éLAN")));
  assert_false(utf8_fold_eq(SLICE("elan"), SLICE("élan")));
  assert_true(utf8_fold_cmp(SLICE("Abc"), SLICE("abD")) < 0);
  assert_true(utf8_fold_cmp(SLICE("abc"), SLICE("AB")) > 0);
  assert_true(utf8_fold_contains(SLICE("Companhia São João"), SLICE("SÃO")));
  assert_false(utf8_fold_contains(SLICE("Companhia Sao"), SLICE("são")));
  assert_true(utf8_fold_contains(SLICE(""), SLICE("")));
  assert_true(utf8_fold_contains(SLICE("ab"), SLICE("")));
  /* The Kelvin sign folds to k, the long s to s. */
  assert_true(utf8_fold_contains(SLICE("abc 10 \xe2\x84\xaa"), SLICE("10 K")));
  assert_true(utf8_fold_contains(SLICE("ab \xe2\x84\xaaz"), SLICE("kZ")));
  assert_true(utf8_fold_contains(SLICE("xx SZ"), SLICE("\xc5\xbfz")));
  assert_true(utf8_fold_starts(SLICE("Ação"), SLICE("AÇ")));
  assert_false(utf8_fold_starts(SLICE("A"), SLICE("AÇ")));
  assert_true(utf8_fold_hash(SLICE("AÇÃO")) == utf8_fold_hash(SLICE("ação")));
  assert_true(utf8_fold_hash(SLICE("acao")) != utf8_fold_hash(SLICE("ação")));
}

static void names_are_composed_letters(void **state) {
  (void)state;
  assert_true(utf8_is_nfc_letter('a') && utf8_is_nfc_letter(0xE9) && utf8_is_nfc_letter(0x416));
  assert_false(utf8_is_nfc_letter('_') || utf8_is_nfc_letter('1') || utf8_is_nfc_letter(0x301));
  assert_false(utf8_is_nfc_letter(0xD7) || utf8_is_nfc_letter(0x20AC) || utf8_is_nfc_letter(0xA0));
  assert_int_equal(utf8_not_nfc_at(SLICE("ação")), 6);
  assert_int_equal(utf8_not_nfc_at(SLICE("ac\u0327ao")), 1);
  assert_int_equal(utf8_not_nfc_at(SLICE("q\u0301")), 3); /* has no composed form */
  assert_int_equal(utf8_not_nfc_at(SLICE("\u0301")), 2);
}

static void distances(void **state) {
  (void)state;
  assert_int_equal(edit_distance(SLICE("segment"), SLICE("segment"), 3), 0);
  assert_int_equal(edit_distance(SLICE("SEGMENT"), SLICE("segmnet"), 3), 1); /* swap, case */
  assert_int_equal(edit_distance(SLICE("custmer"), SLICE("customer"), 3), 1);
  assert_int_equal(edit_distance(SLICE("acao"), SLICE("ação"), 3), 2);
  assert_int_equal(edit_distance(SLICE("kitten"), SLICE("sitting"), 3), 3);
  assert_int_equal(edit_distance(SLICE("kitten"), SLICE("sitting"), 2), 3);
  assert_int_equal(edit_distance(SLICE(""), SLICE("ab"), 2), 2);
  char longest[SUGGEST_CHARS_MAX + 1];
  memset(longest, 'x', sizeof longest);
  slice at = {longest, SUGGEST_CHARS_MAX}, past = {longest, SUGGEST_CHARS_MAX + 1};
  assert_int_equal(edit_distance(at, at, 1), 0);
  assert_int_equal(edit_distance(past, past, 1), 2);
}

static void suggestions(void **state) {
  (void)state;
  const slice names[] = {SLICE("amount"), SLICE("open"), SLICE("overdue"), SLICE("customer")};
  assert_int_equal(did_you_mean(SLICE("custmer"), names, 4), 3);
  assert_int_equal(did_you_mean(SLICE("ovredue"), names, 4), 2);
  assert_int_equal(did_you_mean(SLICE("opne"), names, 4), 1);
  assert_int_equal(did_you_mean(SLICE("Amount"), names, 4), 0);
  assert_int_equal(did_you_mean(SLICE("banana"), names, 4), 4);
  assert_int_equal(did_you_mean(SLICE("o"), names, 4), 4);
  assert_int_equal(did_you_mean(SLICE("amount"), names, 0), 0);
}

static slice composed(const char *s, char *out) { return (slice){out, utf8_compose(slice_of(s), out)}; }

static void letters_and_their_marks_compose(void **state) {
  (void)state;
  static const struct {
    const char *from, *to;
  } cases[] = {
      {"", ""},
      {"plain", "plain"},
      {"e\u0301", "\u00E9"},
      {"Sa\u0303o Jose\u0301", "S\u00E3o Jos\u00E9"},
      {"\u00E9", "\u00E9"},        /* it is composed already */
      {"a\u0302\u0301", "\u1EA5"}, /* one mark after the other */
      {"\u00E2\u0301", "\u1EA5"},  /* from half-way */
      {"\u0301e", "\u0301e"},      /* a mark without a letter */
      {"q\u0301", "q\u0301"},      /* no such letter */
      {"q\u0301\u0301e\u0301", "q\u0301\u0301\u00E9"},
      {"e \u0301", "e \u0301"}, /* a mark on a blank is not the letter's */
      {"e\u0301e\u0301", "\u00E9\u00E9"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char out[64];
    slice got = composed(cases[i].from, out);
    if (!slice_eq(got, slice_of(cases[i].to))) fail_msg("case %zu: %.*s", i, SLICE_ARG(got));
    assert_true(got.n <= strlen(cases[i].from));
    char again[64];
    memcpy(again, got.p, got.n); /* what is composed stays so */
    again[got.n] = 0;
    assert_true(slice_eq(composed(again, out), slice_of(cases[i].to)));
  }
  assert_true(utf8_has_marks(SLICE("e\u0301")));
  assert_false(utf8_has_marks(SLICE("\u00E9")) || utf8_has_marks(SLICE("")));
}

static void one_of_a_cells_words(void **state) {
  (void)state;
  assert_true(utf8_fold_one_of("a|b\u00C9|c", SLICE("B\u00E9")));
  assert_true(utf8_fold_one_of("a|b|c", SLICE("a")) && utf8_fold_one_of("a|b|c", SLICE("C")));
  assert_false(utf8_fold_one_of("ab|c", SLICE("a")) || utf8_fold_one_of("ab|c", SLICE("abc")));
  assert_false(utf8_fold_one_of("", SLICE("a")) || utf8_fold_one_of("ab|c", SLICE("ab|c")));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(letters_and_their_marks_compose),
                                     cmocka_unit_test(one_of_a_cells_words),
                                     cmocka_unit_test(slices_compare_by_bytes),
                                     cmocka_unit_test(arena_memory_is_zeroed_and_aligned),
                                     cmocka_unit_test(text_grows),
                                     cmocka_unit_test(utf8_rejects_what_is_ill_formed),
                                     cmocka_unit_test(utf8_goes_round),
                                     cmocka_unit_test(widths),
                                     cmocka_unit_test(folding_keeps_accents),
                                     cmocka_unit_test(names_are_composed_letters),
                                     cmocka_unit_test(distances),
                                     cmocka_unit_test(suggestions)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
