/* tests/lang/check: every program of bad/ gives exactly the diagnostics of its .expect (code line:column, a line each),
 * every program of good/ gives no error, and its typed program is the .types beside it where there is one.
 * tests/lang/analyse: the same of the lints of `dun check`, on programs that compile; those of good/ and the examples
 * give nothing at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <dirent.h>

#include "lang/analyse/lints.h"
#include "lang/base/text.h"
#include "lang/compile.h"
#include "tests/support/printed.h"

#define FOLDER "tests/lang/check/"
#define LINTS "tests/lang/analyse/"

typedef enum folder_kind { BAD, GOOD, LINTED, SILENT } folder_kind;

static slice read_all(arena *a, const char *path) {
  FILE *f = fopen(path, "rb");
  if (!f) return (slice){NULL, 0};
  text t = text_new(a);
  char block[4096];
  for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;) text_add(&t, (slice){block, n});
  fclose(f);
  text_cstr(&t, "");
  return text_slice(&t);
}

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }
static int is_policy(const struct dirent *e) {
  size_t n = strlen(e->d_name);
  return n > 4 && strcmp(e->d_name + n - 4, ".dun") == 0;
}

/* The file beside the policy with another ending. */
static slice beside(arena *a, slice path, const char *ending) {
  slice name = arena_printf(a, "%.*s%s", (int)(path.n - 4), path.p, ending);
  return read_all(a, name.p);
}

static slice list_of(arena *a, const diags *d, const source *s) {
  text t = text_new(a);
  for (const diag *g = d->first; g; g = g->next) {
    uint32_t row, column;
    source_position(s, g->at.from, &row, &column);
    text_printf(&t, "%s %u:%u\n", diag_name(g->code), row, column);
  }
  return text_slice(&t);
}

static void show(const char *path, slice want, slice got, slice drawn) {
  print_error("%s\n--- expected\n%.*s--- got\n%.*s%.*s", path, SLICE_ARG(want), SLICE_ARG(got), SLICE_ARG(drawn));
}

static bool check_bad(arena *a, const source *s, const diags *d) {
  slice want = beside(a, s->name, ".expect"), got = list_of(a, d, s);
  if (want.n && slice_eq(want, got)) return true;
  show(s->name.p, want, got, diags_render(d, s, 1, LANG_EN, false, a));
  return false;
}

static bool check_good(arena *a, const source *s, const diags *d, const compiled *c) {
  slice want = beside(a, s->name, ".types");
  slice got = d->errors == 0 ? program_dump(c->program, a) : diags_render(d, s, 1, LANG_EN, false, a);
  if (d->errors == 0 && c->ok && (want.p == NULL || slice_eq(want, got))) return true;
  show(s->name.p, want, got, (slice){"", 0});
  return false;
}

static bool check_silent(arena *a, const source *s, const diags *d, const compiled *c) {
  if (c->ok && !d->first) return true;
  show(s->name.p, (slice){"", 0}, list_of(a, d, s), diags_render(d, s, 1, LANG_EN, false, a));
  return false;
}

static bool check_one(arena *a, slice path, folder_kind kind) {
  source s = {path, read_all(a, path.p)};
  diags d;
  compiled out;
  diags_init(&d, a);
  compile(a, &s, 1, &d, &out);
  if (kind >= LINTED && out.ok) {
    analyse_lints(a, out.program, &d);
    diags_sort(&d);
  }
  switch (kind) {
  case BAD:
  case LINTED: return check_bad(a, &s, &d) && (kind == BAD || out.ok);
  case GOOD: return check_good(a, &s, &d, &out);
  case SILENT: break;
  }
  return check_silent(a, &s, &d, &out);
}

static void run_folder(const char *folder, folder_kind kind) {
  struct dirent **names;
  int n = scandir(folder, &names, is_policy, by_name);
  unsigned failed = 0;
  assert_true(n > 0);
  for (int i = 0; i < n; i++) {
    arena *a = arena_new();
    slice path = arena_printf(a, "%s%s", folder, names[i]->d_name);
    failed += !check_one(a, path, kind);
    arena_free(a);
    free(names[i]);
  }
  free(names);
  assert_int_equal(failed, 0);
}

static void bad_programs_give_their_errors(void **state) {
  (void)state;
  run_folder(FOLDER "bad/", BAD);
}

static void good_programs_give_none(void **state) {
  (void)state;
  run_folder(FOLDER "good/", GOOD);
}

static void lints_say_what_is_expected(void **state) {
  (void)state;
  run_folder(LINTS "bad/", LINTED);
}

static void lints_are_silent_elsewhere(void **state) {
  (void)state;
  run_folder(LINTS "good/", SILENT);
  struct dirent **names;
  int n = scandir("examples", &names, NULL, by_name);
  assert_true(n > 5);
  for (int i = 0; i < n; i++) {
    arena *a = arena_new();
    slice path = arena_printf(a, "examples/%s/", names[i]->d_name);
    if (names[i]->d_name[0] != '.') run_folder(path.p, SILENT);
    arena_free(a);
    free(names[i]);
  }
  free(names);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bad_programs_give_their_errors),
      cmocka_unit_test(good_programs_give_none),
      cmocka_unit_test(lints_say_what_is_expected),
      cmocka_unit_test(lints_are_silent_elsewhere),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
