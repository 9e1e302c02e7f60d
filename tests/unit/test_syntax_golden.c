/* The golden tests of lang/syntax, a file a test:
 *   tests/lang/parse/good/NAME.dun  parses without an error; its tree is NAME.ast
 *   tests/lang/parse/bad/NAME.dun   its diagnostics are NAME.errors: `CODE line:column`, a line each
 *   tests/lang/lex/NAME.dun         its tokens are NAME.tokens, its diagnostics behind them
 * and every policy.dun of tests/conformance parses. Run in the repository's root, or with its path as argument;
 * `--accept` writes what is found as what is expected (read the diff before committing it). */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/base/text.h"
#include "lang/syntax/parse.h"
#include "tests/support/printed.h"

enum { TESTS_MAX = 512 };

typedef enum suite { SUITE_GOOD, SUITE_BAD, SUITE_LEX, SUITE_CONFORMANCE, SUITE_COUNT } suite;

static const struct {
  const char *folder, *expected;
} suites[SUITE_COUNT] = {{"tests/lang/parse/good", ".ast"},
                         {"tests/lang/parse/bad", ".errors"},
                         {"tests/lang/lex", ".tokens"},
                         {"tests/conformance", NULL}};

typedef struct golden {
  char path[600]; /* without its ending */
  suite in;
  bool accept;
} golden;

static slice read_file(arena *a, const char *path) {
  FILE *f = fopen(path, "rb");
  if (!f) fail_msg("cannot read %s", path);
  text t = text_new(a);
  char buffer[4096];
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, f)) > 0;) text_add(&t, (slice){buffer, n});
  fclose(f);
  return text_slice(&t);
}

static void add_diagnostics(text *out, const diags *d, const source *src) {
  for (const diag *x = d->first; x; x = x->next) {
    uint32_t line, column;
    source_position(src, x->at.from, &line, &column);
    text_printf(out, "%s %u:%u\n", diag_name(x->code), line, column);
  }
}

static void compare(arena *a, const golden *g, slice found) {
  char path[640];
  snprintf(path, sizeof path, "%s%s", g->path, suites[g->in].expected);
  if (g->accept) {
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fwrite(found.p, 1, found.n, f);
    fclose(f);
    return;
  }
  assert_string_equal(arena_copy(a, found), arena_copy(a, read_file(a, path)));
}

static void run(void **state) {
  const golden *g = *state;
  char path[640];
  snprintf(path, sizeof path, "%s.dun", g->path);
  arena *a = arena_new(), *scratch = arena_new();
  diags d;
  diags_init(&d, a);
  source src = {slice_of(path), read_file(a, path)};
  text out = text_new(a);
  if (g->in == SUITE_LEX) {
    text_add(&out, tokens_print(a, scratch, &src, 0, &d));
    diags_sort(&d);
    add_diagnostics(&out, &d, &src);
  } else {
    ast_file *file = parse_file(a, scratch, &src, 0, &d);
    diags_sort(&d);
    if (g->in == SUITE_BAD) {
      add_diagnostics(&out, &d, &src);
      assert_true(d.errors + d.warnings > 0);
    } else {
      if (d.errors) print_error("%s", arena_copy(a, diags_render(&d, &src, 1, LANG_EN, false, a)));
      assert_true(file->ok);
      text_add(&out, ast_print(file->root, a));
    }
  }
  if (suites[g->in].expected) compare(a, g, text_slice(&out));
  arena_free(scratch);
  arena_free(a);
}

static void add(struct CMUnitTest *tests, size_t *n, suite in, const char *path, bool accept) {
  assert_true(*n < TESTS_MAX);
  golden *g = calloc(1, sizeof *g);
  assert_non_null(g);
  snprintf(g->path, sizeof g->path, "%s", path);
  g->in = in;
  g->accept = accept;
  tests[(*n)++] = (struct CMUnitTest){g->path, run, NULL, NULL, g};
}

static void find(struct CMUnitTest *tests, size_t *n, const char *root, suite in, bool accept) {
  char folder[256], path[600];
  snprintf(folder, sizeof folder, "%s/%s", root, suites[in].folder);
  struct dirent **entries = NULL;
  int count = scandir(folder, &entries, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    const char *name = entries[i]->d_name, *dot = strrchr(name, '.');
    if (in == SUITE_CONFORMANCE && name[0] >= '0' && name[0] <= '9') {
      snprintf(path, sizeof path, "%s/%.200s/policy", folder, name);
      add(tests, n, in, path, accept);
    } else if (in != SUITE_CONFORMANCE && dot && strcmp(dot, ".dun") == 0) {
      snprintf(path, sizeof path, "%s/%.*s", folder, (int)(dot - name), name);
      add(tests, n, in, path, accept);
    }
    free(entries[i]);
  }
  free(entries);
}

int main(int argc, char **argv) {
  const char *root = ".";
  bool accept = false;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--accept") == 0)
      accept = true;
    else
      root = argv[i];
  }
  static struct CMUnitTest tests[TESTS_MAX];
  size_t n = 0;
  for (suite s = 0; s < SUITE_COUNT; s++) {
    size_t before = n;
    find(tests, &n, root, s, accept);
    if (n == before) {
      fprintf(stderr, "nothing in %s/%s\n", root, suites[s].folder);
      return 1;
    }
  }
  int failed = _cmocka_run_group_tests("syntax_golden", tests, n, NULL, NULL);
  for (size_t i = 0; i < n; i++) free(tests[i].initial_state);
  return failed;
}
