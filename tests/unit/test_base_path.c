/* Paths as text: joining, folders, and the way from a folder to a file and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/base/path.h"

#define SAME(a, b) assert_string_equal(arena_copy(*state, (a)), (b))

static void joined(void **state) {
  static const char *const rows[][3] = {{".", "a.dun", "a.dun"},
                                        {"p", "a.dun", "p/a.dun"},
                                        {"p", "../a.dun", "a.dun"},
                                        {"p", "../../a.dun", "../a.dun"},
                                        {".", "../a.dun", "../a.dun"},
                                        {"..", "../a.dun", "../../a.dun"},
                                        {"/x/p", "../a.dun", "/x/a.dun"},
                                        {"/", "../a.dun", "/a.dun"},
                                        {"p", "/x/./y/../a", "/x/a"},
                                        {"./p//q", "./a", "p/q/a"},
                                        {"p", "..", "."},
                                        {"", "", "."}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    SAME(path_join(*state, slice_of(rows[i][0]), slice_of(rows[i][1])), rows[i][2]);
}

static void parts(void **state) {
  SAME(path_folder(SLICE("a/b.dun")), "a");
  SAME(path_folder(SLICE("b.dun")), ".");
  SAME(path_folder(SLICE("/b.dun")), "/");
  SAME(path_base(SLICE("a/b.dun")), "b.dun");
  SAME(path_base(SLICE("b.dun")), "b.dun");
  SAME(path_base(SLICE("a/")), "");
}

/* Where it is looked from does not change the way. */
static void from_a_folder(void **state) {
  static const char *const rows[][3] = {{"policies", "policies/b.dun", "b.dun"},
                                        {"policies", "b.dun", "../b.dun"},
                                        {".", "../b.dun", "../b.dun"},
                                        {"../x/p", "../x/b.dun", "../b.dun"},
                                        {"/w/p", "/w/q/b.dun", "../q/b.dun"},
                                        {"p", "/w/b.dun", "/w/b.dun"},
                                        {"p/q", "p", ".."},
                                        {"p", "p", "."}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    slice folder = slice_of(rows[i][0]), path = slice_of(rows[i][1]), way = path_from(*state, folder, path);
    SAME(way, rows[i][2]);
    SAME(path_join(*state, folder, way), rows[i][1]);
  }
}

static int begin(void **state) {
  *state = arena_new();
  return 0;
}

static int end(void **state) {
  arena_free(*state);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(joined, begin, end),
                                     cmocka_unit_test_setup_teardown(parts, begin, end),
                                     cmocka_unit_test_setup_teardown(from_a_folder, begin, end)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
