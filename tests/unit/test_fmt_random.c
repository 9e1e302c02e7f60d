/* Random programs in three languages, every spelling, any spacing, comments wherever one may stand: formatted, they are
 * the same program with the same comments, and stay as they are the second time; translated and back, they are what
 * they were. Seeded: a failure prints its round. Time-boxed: DUN_FMT_ROUNDS and DUN_FMT_SECONDS change the box. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "lang/fmt/fmt.h"
#include "lang/syntax/parse.h"
#include "tests/unit/fmt_programs.h"

static ast_file *parse(arena *a, arena *scratch, const source *src) {
  diags d;
  diags_init(&d, a);
  return parse_file(a, scratch, src, 0, &d);
}

static void fail_at(uint64_t seed, const char *what, slice before, slice after) {
  fail_msg("round %llu: %s\n---- before\n%.*s\n---- after\n%.*s", (unsigned long long)seed, what, SLICE_ARG(before),
           SLICE_ARG(after));
}

/* False where a name of the program is a word of that language. */
static bool translated(arena *a, arena *scratch, uint64_t seed, slice t, dun_lang to, slice *after) {
  source src = {SLICE("random.dun"), t};
  ast_file *file = parse(a, scratch, &src);
  diags d;
  diags_init(&d, a);
  if (!file->ok) fail_at(seed, "does not parse in another language", t, t);
  if (!fmt_translate(a, &src, file, to, &d)) return false;
  *after = fmt_file(a, scratch, &src, file);
  return true;
}

static bool there_and_back(arena *a, arena *scratch, uint64_t seed, slice t, dun_lang own) {
  slice now, at;
  if (!translated(a, scratch, seed, t, own, &now)) return false;
  at = now;
  for (unsigned i = 1; i <= LANG_COUNT; i++)
    if (!translated(a, scratch, seed, at, (dun_lang)((own + i) % LANG_COUNT), &at)) return false;
  if (!slice_eq(now, at)) fail_at(seed, "lost in translation", now, at);
  return true;
}

static bool one_round(uint64_t seed, unsigned *there) {
  arena *a = arena_new(), *scratch = arena_new();
  source src = {SLICE("random.dun"), fmt_program(a, seed)};
  ast_file *file = parse(a, scratch, &src);
  bool ok = file->ok;
  if (ok) {
    source once = {SLICE("once.dun"), fmt_file(a, scratch, &src, file)};
    ast_file *again = parse(a, scratch, &once);
    if (!again->ok || !fmt_same(&src, file, &once, again)) fail_at(seed, "not the same", src.text, once.text);
    slice twice = fmt_file(a, scratch, &once, again);
    if (!slice_eq(once.text, twice)) fail_at(seed, "not idempotent", once.text, twice);
    *there += there_and_back(a, scratch, seed, src.text, file->lang);
  } else if (getenv("DUN_FMT_SHOW")) {
    printf("---- round %llu does not parse\n%.*s\n", (unsigned long long)seed, SLICE_ARG(src.text));
  }
  arena_free(scratch);
  arena_free(a);
  return ok;
}

static unsigned long setting_of(const char *name_of, unsigned long otherwise) {
  const char *s = getenv(name_of);
  return s ? strtoul(s, NULL, 10) : otherwise;
}

static void random_programs(void **state) {
  (void)state;
  unsigned long rounds = setting_of("DUN_FMT_ROUNDS", 10000), seconds = setting_of("DUN_FMT_SECONDS", 60);
  unsigned long from = setting_of("DUN_FMT_FROM", 0);
  time_t end = time(NULL) + (time_t)seconds;
  unsigned long done = 0, parsed = 0;
  unsigned there = 0;
  for (; done < rounds && time(NULL) < end; done++) parsed += one_round(from + done, &there);
  printf("%lu programs, %lu of them parse, %u translated and back\n", done, parsed, there);
  assert_true(done >= (rounds < 500 ? rounds : 500));
  assert_true(parsed * 10 >= done * 8); /* the generator knows the language */
  assert_true(there * 10 >= parsed * 9);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(random_programs)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
