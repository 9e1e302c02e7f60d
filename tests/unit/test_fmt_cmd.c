/* `dun fmt` in a world of its own: what it writes, prints and exits with, and that a file is whole or as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/cli/commands.h"
#include "runtime/world_fake.h"

static const command FMT = {
    "fmt", TXT_USE_fmt, TXT_SUM_fmt, TXT_NONE, ARG_BIT(check) | ARG_BIT(diff) | ARG_BIT(to_lang) | ARG_BIT(lang),
    0,     -1,          cmd_fmt};

static const char MESSY[] = "when amount>5 then\n and x log \"x\" # why\n";
static const char UGLY[] = "when   amount > 5 log \"x\"\n", FINE[] = "when amount > 5 log \"x\"\n";

static world *w;
static int set_up(void **state) {
  (void)state;
  w = world_fake_new(0);
  world_fake_put_file(w, "ugly.dun", slice_of(UGLY));
  world_fake_put_file(w, "fine.dun", slice_of(FINE));
  world_fake_put_file(w, "bad.dun", slice_of(MESSY));
  return 0;
}
static int tear_down(void **state) {
  (void)state;
  world_fake_free(w);
  return 0;
}

static int run(int argc, const char *const *words) {
  char *argv[8];
  for (int i = 0; i < argc; i++) argv[i] = (char *)(uintptr_t)words[i];
  arena *perm = arena_new();
  args a;
  int status;
  if (args_parse(w, &FMT, 1, argc, argv, perm, &a, &status)) status = a.command->run(&a, w);
  arena_free(perm);
  return status;
}
#define RUN(...)                                                                                                       \
  run((int)(sizeof((const char *[]){"fmt" __VA_OPT__(, ) __VA_ARGS__}) / sizeof(char *)),                              \
      (const char *[]){"fmt" __VA_OPT__(, ) __VA_ARGS__})

static void holds(const char *path, const char *content) {
  slice t;
  assert_true(world_fake_file(w, path, &t));
  assert_int_equal(t.n, strlen(content));
  assert_memory_equal(t.p, content, t.n);
}

static void prints(const char *expected) {
  slice t = world_fake_output(w, WORLD_STDOUT);
  assert_int_equal(t.n, strlen(expected));
  assert_memory_equal(t.p, expected, t.n);
}

static bool complains(const char *of) {
  slice t = world_fake_output(w, WORLD_STDERR);
  for (size_t i = 0; i + strlen(of) <= t.n; i++)
    if (memcmp(t.p + i, of, strlen(of)) == 0) return true;
  return false;
}

static void writes_what_changed(void **state) {
  (void)state;
  assert_int_equal(RUN("ugly.dun", "fine.dun"), EXIT_FINE);
  holds("ugly.dun", FINE);
  prints("ugly.dun\n");
  size_t writes = world_fake_writes(w);
  assert_int_equal(RUN("ugly.dun", "fine.dun"), EXIT_FINE);
  assert_int_equal(world_fake_writes(w), writes);
}

static void checks_without_writing(void **state) {
  (void)state;
  assert_int_equal(RUN("--check", "fine.dun"), EXIT_FINE);
  prints("");
  assert_int_equal(RUN("--check", "ugly.dun", "fine.dun"), EXIT_FINDINGS);
  prints("ugly.dun\n");
  holds("ugly.dun", UGLY);
}

static void shows_the_difference(void **state) {
  (void)state;
  assert_int_equal(RUN("--diff", "ugly.dun"), EXIT_FINE);
  prints("--- ugly.dun\n+++ ugly.dun\n@@ -1 +1 @@\n-when   amount > 5 log \"x\"\n+when amount > 5 log \"x\"\n");
  holds("ugly.dun", UGLY);
  assert_int_equal(RUN("--diff", "--check", "ugly.dun"), EXIT_FINDINGS);
  holds("ugly.dun", UGLY);
}

static void standard_input(void **state) {
  (void)state;
  world_fake_put_file(w, "/dev/stdin", slice_of(UGLY));
  assert_int_equal(RUN(), EXIT_FINE);
  prints(FINE);
  assert_int_equal(RUN("-", "--check"), EXIT_FINDINGS);
  assert_int_equal(RUN("-", "--to", "pt"), EXIT_FINE);
  slice t = world_fake_output(w, WORLD_STDOUT);
  assert_non_null(memmem(t.p, t.n, "quando valor > 5", strlen("quando valor > 5")));
  holds("/dev/stdin", UGLY);
}

static void errors_leave_the_file(void **state) {
  (void)state;
  assert_int_equal(RUN("bad.dun", "ugly.dun"), EXIT_COMPILE);
  holds("bad.dun", MESSY);
  holds("ugly.dun", FINE);
  assert_true(complains("bad.dun:1:"));
  assert_true(complains("left as it is"));
  assert_int_equal(RUN("nothing.dun"), EXIT_WORLD);
  assert_true(complains("cannot read nothing.dun"));
}

static void translates(void **state) {
  (void)state;
  assert_int_equal(RUN("--to", "portuguese", "fine.dun"), EXIT_FINE);
  holds("fine.dun", "idioma português\n\nquando valor > 5 registrar \"x\"\n");
  assert_int_equal(RUN("--to", "english", "fine.dun"), EXIT_FINE);
  holds("fine.dun", FINE);
  static const char name[] = "ladder se for invoices\n";
  world_fake_put_file(w, "name.dun", slice_of(name));
  assert_int_equal(RUN("--to", "pt", "name.dun"), EXIT_COMPILE);
  holds("name.dun", name);
  assert_true(complains("E0136"));
  assert_int_equal(RUN("--to", "french", "name.dun"), EXIT_USAGE);
}

static void a_full_disk_leaves_the_file(void **state) {
  (void)state;
  world_fake_fail_writes(w, 1, WORLD_NO_SPACE);
  assert_int_equal(RUN("ugly.dun"), EXIT_WORLD);
  world_fake_fail_writes(w, 0, WORLD_OK);
  holds("ugly.dun", UGLY);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(writes_what_changed),         TEST(checks_without_writing),
      TEST(shows_the_difference),        TEST(standard_input),
      TEST(errors_leave_the_file),       TEST(translates),
      TEST(a_full_disk_leaves_the_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
