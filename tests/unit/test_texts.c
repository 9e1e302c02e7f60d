/* The texts of the commands: each hole stands in all three languages, what the engine and the outbox can say has its
 * row, the language is that of --lang, else of the environment, else of the policy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/cli/args.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/texts.h"
#include "runtime/engine/decision.h"
#include "runtime/outbox/outbox.h"
#include "runtime/store/store.h"
#include "stdlib/channel/phone.h"
#include "stdlib/net/net_guard.h"

static const char *const ALL[][LANG_COUNT] = {
#define TEXT(id, en, pt, es) {en, pt, es},
#define SAID(en, pt, es) {en, pt, es},
#include "runtime/cli/texts.def"
#undef TEXT
#undef SAID
};

static unsigned holes_of(const char *pattern) {
  unsigned bits = 0;
  for (const char *p = pattern; *p; p++)
    if (p[0] == '{' && p[1] >= '0' && p[1] <= '9' && p[2] == '}') bits |= 1u << (p[1] - '0');
  return bits;
}

static void every_hole_stands_in_every_language(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof ALL / sizeof *ALL; i++)
    for (dun_lang l = LANG_EN; l < LANG_COUNT; l++) {
      if (holes_of(ALL[i][l]) != holes_of(ALL[i][LANG_EN]) || !*ALL[i][l]) fail_msg("%s", ALL[i][LANG_EN]);
    }
}

/* ---- every other table of texts ---- */

typedef struct three {
  const char *text[LANG_COUNT];
} three;

static const three TABLES[] = {
#define DIAG(code, severity, en, pt, es, fix_en, fix_pt, fix_es) {{en, pt, es}}, {{fix_en, fix_pt, fix_es}},
#include "lang/base/diag.def"
#undef DIAG
#define FAULT(id, en, pt, es) {{en, pt, es}},
#include "lang/base/calendar_faults.def"
#undef FAULT
#define HINT(id, en, pt, es) {{en, pt, es}},
#include "lang/check/hints.def"
#undef HINT
#define IDIOM(words, fits, mends, en, pt, es) {{en, pt, es}},
#include "lang/syntax/idioms.def"
#undef IDIOM
#define WORD(group, canonical, en, pt, es) {{en, pt, es}},
#include "lang/check/words.def"
#undef WORD
#define FIELD(id, of, en, pt, es, ty, source, missing, values, says_en, says_pt, says_es)                              \
  {{en, pt, es}}, {{says_en, says_pt, says_es}},
#include "lang/check/fields.def"
#undef FIELD
#define KW(id, token, en, pt, es) {{en, pt, es}},
#define KW_EITHER(token, one, other)
#include "grammar/keywords.def"
#undef KW
#undef KW_EITHER
};

/* A word may be the same in two languages, a sentence is not; nor are words to type (`list|show ID`) a sentence. */
static bool is_sentence(const char *s) {
  unsigned blanks = 0;
  if (strchr(s, '|')) return false;
  for (; *s; s++) blanks += *s == ' ';
  return blanks > 3;
}

static void every_row_has_three_languages(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof TABLES / sizeof *TABLES; i++) {
    const char *en = TABLES[i].text[LANG_EN];
    for (dun_lang l = LANG_EN; l < LANG_COUNT; l++) {
      const char *own = TABLES[i].text[l];
      if (!*own || holes_of(own) != holes_of(en)) fail_msg("%s", en);
      if (l != LANG_EN && is_sentence(en) && strcmp(own, en) == 0) fail_msg("not translated: %s", en);
    }
  }
  for (size_t i = 0; i < sizeof ALL / sizeof *ALL; i++)
    for (dun_lang l = LANG_PT; l < LANG_COUNT; l++)
      if (is_sentence(ALL[i][LANG_EN]) && strcmp(ALL[i][l], ALL[i][LANG_EN]) == 0)
        fail_msg("not translated: %s", ALL[i][LANG_EN]);
}

static void is_said(arena *a, const char *english) {
  slice s = slice_of(english);
  for (dun_lang l = LANG_PT; l < LANG_COUNT; l++)
    if (slice_eq(texts_said(l, a, s), s)) fail_msg("texts.def has no row SAID(\"%s\", ...)", english);
}

static void what_is_said_has_its_row(void **state) {
  (void)state;
  arena *a = arena_new();
  for (int i = WAIT_NONE + 1; i < WAIT_COUNT; i++) is_said(a, WAITS[i]);
  for (int i = 0; i < TALLY_COUNT; i++) is_said(a, outbox_tally_words((outbox_tally)i));
  for (int i = WORLD_OK + 1; i < WORLD_CODE_COUNT; i++) is_said(a, world_code_text((world_code)i));
  for (int i = PHONE_FINE + 1; i < PHONE_FAULT_COUNT; i++) is_said(a, phone_fault_words((phone_fault)i));
  for (int i = NET_FINE + 1; i < NET_VERDICT_COUNT; i++) is_said(a, net_verdict_words((net_verdict)i));
  for (int i = 0; i < STORE_HAPPENING_COUNT; i++) is_said(a, store_happening_name((store_happening)i));
  arena_free(a);
}

static void said(dun_lang lang, const char *english, const char *want) {
  arena *a = arena_new();
  slice got = texts_said(lang, a, slice_of(english));
  assert_string_equal(arena_copy(a, got), want);
  arena_free(a);
}

static void holes_are_said_too(void **state) {
  (void)state;
  said(LANG_PT, "Nothing happens to NF-1 today: held by the dispute of 2026-03-04.",
       "Nada acontece com NF-1 hoje: retida pela contestação de 2026-03-04.");
  said(LANG_ES, "NF-1 waits today: send email template \"a\": over the contact limit.",
       "NF-1 espera hoy: enviar email plantilla \"a\": por encima del límite de contactos.");
  said(LANG_PT, "NF-1 fires today: log \"x\", to Ana.", "NF-1 dispara hoje: registrar \"x\", para Ana.");
  said(LANG_EN, "it is held", "it is held");
  said(LANG_PT, "nobody wrote this row", "nobody wrote this row");
  said(LANG_PT, "", "");
}

static void counts_have_two_forms(void **state) {
  (void)state;
  arena *a = arena_new();
  assert_true(slice_eq(TEXTS_COUNT(LANG_EN, a, RUNGS, 1), SLICE("1 rung")));
  assert_true(slice_eq(TEXTS_COUNT(LANG_PT, a, RUNGS, 0), SLICE("0 degraus")));
  assert_true(
      slice_eq(TEXTS_COUNT(LANG_ES, a, ERRORS, 2, SLICE("a.dun")), SLICE("2 errores en a.dun; no se hizo nada.")));
  arena_free(a);
}

/* ---- which language ---- */

static const char *lc_all, *lang_of_environment;

static const char *environment(world *w, const char *name) {
  (void)w;
  if (strcmp(name, "LC_ALL") == 0) return lc_all;
  return strcmp(name, "LANG") == 0 ? lang_of_environment : NULL;
}

static dun_lang chosen(const char *all, const char *lang, const char *option, dun_lang of_policy) {
  static const command COMMANDS[] = {{"check", TXT_USE_check, TXT_SUM_check, TXT_NONE, ARG_BIT(lang), 0, 1, cmd_check}};
  world w = *world_posix();
  w.env = environment;
  lc_all = all;
  lang_of_environment = lang;
  char name[] = "check", flag[] = "--lang", value[32];
  strcpy(value, option ? option : "");
  char *argv[] = {name, flag, value};
  arena *a = arena_new();
  args to;
  int status;
  assert_true(args_parse(&w, COMMANDS, 1, option ? 3 : 1, argv, a, &to, &status));
  dun_lang lang_chosen = args_lang(&to, of_policy);
  arena_free(a);
  return lang_chosen;
}

static void the_language_is_chosen(void **state) {
  (void)state;
  assert_int_equal(chosen(NULL, NULL, NULL, LANG_PT), LANG_PT);
  assert_int_equal(chosen(NULL, "pt_BR.UTF-8", NULL, LANG_EN), LANG_PT);
  assert_int_equal(chosen(NULL, "es", NULL, LANG_PT), LANG_ES);
  assert_int_equal(chosen(NULL, "en_US.UTF-8", NULL, LANG_PT), LANG_PT);
  assert_int_equal(chosen("C.UTF-8", "pt_BR.UTF-8", NULL, LANG_ES), LANG_ES);
  assert_int_equal(chosen("", "pt_BR.UTF-8", NULL, LANG_EN), LANG_PT);
  assert_int_equal(chosen(NULL, "pt_BR.UTF-8", "en", LANG_ES), LANG_EN);
  assert_int_equal(chosen(NULL, NULL, "spanish", LANG_EN), LANG_ES);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_hole_stands_in_every_language),
      cmocka_unit_test(every_row_has_three_languages),
      cmocka_unit_test(what_is_said_has_its_row),
      cmocka_unit_test(holes_are_said_too),
      cmocka_unit_test(counts_have_two_forms),
      cmocka_unit_test(the_language_is_chosen),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
