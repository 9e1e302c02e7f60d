/* The formatter. Golden: tests/lang/fmt/NAME.dun is written as NAME.out; `--accept` writes what is found. Every policy
 * of the repository keeps its meaning and its comments, stays as it is the second time, and goes through three
 * languages and back. Run in the repository's root, or with its path as argument. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "lang/check/fields.h"
#include "lang/compile.h"
#include "lang/fmt/fmt.h"
#include "lang/syntax/limits.h"
#include "lang/syntax/parse.h"

enum { PATHS_MAX = 2000, PATH_BYTES = 700 };

static bool accept_found;
static char paths[PATHS_MAX][PATH_BYTES];
static size_t path_count;

static slice read_file(arena *a, const char *path) {
  FILE *f = fopen(path, "rb");
  if (!f) fail_msg("cannot read %s", path);
  text t = text_new(a);
  char buffer[4096];
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, f)) > 0;) text_add(&t, (slice){buffer, n});
  fclose(f);
  return text_slice(&t);
}

static bool ends_with(const char *s, const char *end) {
  size_t n = strlen(s), m = strlen(end);
  return n >= m && strcmp(s + n - m, end) == 0;
}

static void find(const char *folder) {
  struct dirent **entries = NULL;
  int count = scandir(folder, &entries, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%.400s/%.255s", folder, entries[i]->d_name);
    if (entries[i]->d_name[0] != '.') {
      if (ends_with(path, ".dun") && path_count < PATHS_MAX)
        memcpy(paths[path_count++], path, sizeof path);
      else if (!strchr(entries[i]->d_name, '.'))
        find(path);
    }
    free(entries[i]);
  }
  free(entries);
}

/* ---- one text ---- */

static ast_file *parse(arena *a, const source *src, diags *d) {
  arena *scratch = arena_new();
  diags_init(d, a);
  ast_file *file = parse_file(a, scratch, src, 0, d);
  arena_free(scratch);
  return file;
}

static slice formatted(arena *a, slice t) {
  source src = {SLICE("x.dun"), t};
  diags d;
  ast_file *file = parse(a, &src, &d);
  if (!file->ok) fail_msg("%.*s", SLICE_ARG(diags_render(&d, &src, 1, LANG_EN, false, a)));
  return fmt_file(a, a, &src, file);
}

/* Codes and columns of what stands in the way; empty: nothing did. */
static slice translate(arena *a, slice t, dun_lang to, slice *after) {
  source src = {SLICE("x.dun"), t};
  diags d;
  ast_file *file = parse(a, &src, &d);
  text wrong = text_new(a);
  if (file->ok && fmt_translate(a, &src, file, to, &d)) {
    *after = fmt_file(a, a, &src, file);
  } else {
    for (const diag *x = d.first; x; x = x->next) {
      if (diag_severity_of(x->code) != DIAG_ERROR) continue;
      uint32_t row, column;
      source_position(&src, x->at.from, &row, &column);
      text_printf(&wrong, "%s %u:%u\n", diag_name(x->code), row, column);
    }
  }
  return text_slice(&wrong);
}

static void assert_text(arena *a, slice found, const char *expected) {
  assert_string_equal(arena_copy(a, found), expected);
}

/* ---- files ---- */

static void golden(void **state) {
  (void)state;
  size_t seen = 0;
  for (size_t i = 0; i < path_count; i++) {
    if (!strstr(paths[i], "tests/lang/fmt/")) continue;
    seen++;
    arena *a = arena_new();
    slice out = formatted(a, read_file(a, paths[i]));
    char path[PATH_BYTES + 8];
    snprintf(path, sizeof path, "%.*s.out", (int)strlen(paths[i]) - 4, paths[i]);
    if (accept_found) {
      FILE *f = fopen(path, "wb");
      assert_non_null(f);
      fwrite(out.p, 1, out.n, f);
      fclose(f);
    }
    assert_text(a, out, arena_copy(a, read_file(a, path)));
    arena_free(a);
  }
  assert_true(seen >= 4);
}

static void every_policy_keeps_its_meaning(void **state) {
  (void)state;
  size_t seen = 0;
  for (size_t i = 0; i < path_count; i++) {
    arena *a = arena_new();
    source src = {slice_of(paths[i]), read_file(a, paths[i])}, once = src;
    diags d;
    ast_file *file = parse(a, &src, &d);
    if (file->ok) {
      seen++;
      once.text = fmt_file(a, a, &src, file);
      ast_file *again = parse(a, &once, &d);
      if (!again->ok || !fmt_same(&src, file, &once, again)) fail_msg("%s: not the same", paths[i]);
      slice twice = fmt_file(a, a, &once, again);
      if (!slice_eq(once.text, twice)) fail_msg("%s: not idempotent", paths[i]);
    }
    arena_free(a);
  }
  assert_true(seen >= 60);
}

/* Names that are keywords elsewhere stop a translation; nothing else may. */
static bool there_and_back(arena *a, const char *path, slice t, dun_lang own) {
  slice now, next, at;
  if (translate(a, t, own, &now).n) fail_msg("%s: not into its own language", path);
  at = now;
  for (unsigned i = 1; i <= LANG_COUNT; i++, at = next) {
    slice wrong = translate(a, at, (dun_lang)((own + i) % LANG_COUNT), &next);
    if (!wrong.n) continue;
    if (strncmp(arena_copy(a, wrong), "E0136", 5) != 0) fail_msg("%s: %.*s", path, SLICE_ARG(wrong));
    return false;
  }
  if (!slice_eq(now, at)) fail_msg("%s: lost in translation:\n%.*s\n%.*s", path, SLICE_ARG(now), SLICE_ARG(at));
  return true;
}

static void every_policy_translates(void **state) {
  (void)state;
  size_t seen = 0, there = 0;
  for (size_t i = 0; i < path_count; i++) {
    arena *a = arena_new();
    source src = {slice_of(paths[i]), read_file(a, paths[i])};
    diags d;
    ast_file *file = parse(a, &src, &d);
    if (file->ok) {
      seen++;
      there += there_and_back(a, paths[i], src.text, file->lang);
    }
    arena_free(a);
  }
  assert_true(there * 4 >= seen * 3);
}

/* The bytecode of a policy's conditions, without the lines that show how they are written; empty: it has errors. */
static slice code_of(arena *a, slice t) {
  source *src = ARENA_NEW(a, source);
  *src = (source){SLICE("x.dun"), t};
  diags d;
  diags_init(&d, a);
  compiled c;
  if (!compile(a, src, 1, &d, &c)) return (slice){0};
  slice all = code_disasm(a, c.code);
  text out = text_new(a);
  text_cstr(&out, "code\n");
  for (size_t from = 0, to; from < all.n; from = to) {
    const char *end = memchr(all.p + from, '\n', all.n - from);
    to = end ? (size_t)(end - all.p) + 1 : all.n;
    slice row = {all.p + from, to - from};
    bool shows = slice_starts(row, SLICE("condition")) || slice_starts(row, SLICE("value"));
    if (!shows) text_add(&out, row);
  }
  return text_slice(&out);
}

static void every_policy_compiles_to_the_same(void **state) {
  (void)state;
  size_t seen = 0;
  for (size_t i = 0; i < path_count; i++) {
    if (!strstr(paths[i], "conformance/") && !strstr(paths[i], "examples/") && !strstr(paths[i], "check/good/"))
      continue;
    arena *a = arena_new();
    slice t = read_file(a, paths[i]), code = code_of(a, t);
    if (code.n) {
      seen++;
      assert_text(a, code_of(a, formatted(a, t)), arena_copy(a, code));
      for (dun_lang to = LANG_EN; to < LANG_COUNT; to++) {
        slice there;
        if (translate(a, t, to, &there).n) continue;
        slice same = code_of(a, there);
        if (!slice_eq(same, code)) fail_msg("%s: not the same in\n%.*s", paths[i], SLICE_ARG(there));
      }
    }
    arena_free(a);
  }
  assert_true(seen >= 20);
}

/* ---- what translation rests on ---- */

/* A bare name is translated without asking whose field it is. */
static void fields_are_called_alike(void **state) {
  (void)state;
  for (int i = 0; i < FIELD_COUNT; i++)
    for (int k = 0; k < i; k++)
      for (dun_lang l = LANG_EN; l < LANG_COUNT; l++) {
        if (!utf8_fold_eq(slice_of(FIELDS[i].name[l]), slice_of(FIELDS[k].name[l]))) continue;
        for (dun_lang m = LANG_EN; m < LANG_COUNT; m++) assert_string_equal(FIELDS[i].name[m], FIELDS[k].name[m]);
      }
}

static void translation_in_full(void **state) {
  (void)state;
  arena *a = arena_new();
  slice out;
  slice en = SLICE("# top\npolicy \"P\"\n  currency BRL\n\n"
                   "ladder vip for contracts where status = churned and balance > 5 counting from end\n"
                   "  at 3d before end  escalate to owner \"{customer.name}: {project}\"\n"
                   "  at 5bd            if not auto_renew open card in \"X\" priority high for rep\n\n"
                   "every week on monday, friday at 09:30 for customers where opted_out has email\n"
                   "  tag customer \"open\"\n");
  assert_int_equal(translate(a, en, LANG_PT, &out).n, 0);
  assert_text(
      a, out,
      "idioma português\n\n# top\npolítica \"P\"\n  moeda BRL\n\n"
      "régua vip para contratos onde situação = perdido e saldo_em_aberto > 5 contando de fim\n"
      "  aos 3d antes do fim  escalar para responsável \"{cliente.nome}: {project}\"\n"
      "  aos 5du              se não renovação_automática abrir cartão em \"X\" prioridade alta para representante\n\n"
      "a cada semana em segunda, sexta às 09:30 para clientes onde descadastrado tem email\n"
      "  etiquetar cliente \"open\"\n");
  assert_int_equal(translate(a, out, LANG_ES, &out).n, 0);
  assert_non_null(strstr(arena_copy(a, out), "si es falso que renovación_automática"));
  assert_int_equal(translate(a, out, LANG_EN, &out).n, 0);
  assert_text(a, out, arena_copy(a, en));
  arena_free(a);
}

static void names_in_the_way(void **state) {
  (void)state;
  arena *a = arena_new();
  slice out;
  assert_text(a, translate(a, SLICE("ladder se for invoices\n"), LANG_PT, &out), "E0136 1:8\n");
  assert_text(a, translate(a, SLICE("define valor as amount > 5\nwhen valor log \"x\"\n"), LANG_PT, &out),
              "E0136 1:8\n");
  assert_text(a, translate(a, SLICE("field invoice.valor as text\n"), LANG_PT, &out), "E0136 1:15\n");
  assert_text(a, translate(a, SLICE("rule cuando: when amount > 5\n  alert se \"x\" then mark si\n"), LANG_ES, &out),
              "E0136 1:6\nE0136 2:26\n");
  assert_text(a, translate(a, SLICE("when amount > 5 escalate representante\n"), LANG_ES, &out), "E0136 1:26\n");
  assert_text(a, translate(a, SLICE("idioma português\nquando situação = saldo registrar \"x\"\n"), LANG_EN, &out),
              "E0136 2:19\n");
  assert_int_equal(translate(a, SLICE("ladder email for invoices\n"), LANG_ES, &out).n,
                   0); /* a keyword here as there */
  arena_free(a);
}

/* ---- small things ---- */

static void nothing_and_limits(void **state) {
  (void)state;
  arena *a = arena_new();
  assert_int_equal(formatted(a, SLICE("")).n, 0);
  assert_int_equal(formatted(a, SLICE(" \n\n ; \n")).n, 0);
  assert_text(a, formatted(a, SLICE("#c")), "#c\n");
  assert_text(a,
              formatted(a, SLICE("\xef\xbb\xbf"
                                 "currency BRL\r\n\r\n\r\n# c  \r\n")),
              "currency BRL\n\n# c\n");
  text deep = text_new(a), wide = text_new(a);
  text_cstr(&deep, "when ");
  text_repeat(&deep, '(', BRACKETS_DEPTH_MAX);
  text_cstr(&deep, "amount > 1");
  text_repeat(&deep, ')', BRACKETS_DEPTH_MAX);
  text_cstr(&deep, " log \"x\"\n");
  assert_text(a, formatted(a, text_slice(&deep)), "when (amount > 1) log \"x\"\n");
  text_cstr(&wide, "when amount > 0");
  for (int i = 0; i < 4000; i++) text_printf(&wide, " or amount > %d", i);
  text_cstr(&wide, " log \"x\"\n");
  slice out = formatted(a, text_slice(&wide));
  size_t column = 0;
  for (size_t i = 0; i < out.n; i++) {
    column = out.p[i] == '\n' ? 0 : column + 1;
    assert_true(column <= 120);
  }
  assert_text(a, formatted(a, out), arena_copy(a, out));
  arena_free(a);
}

static slice diff_of(arena *a, const char *before, const char *after) {
  return unified_diff(a, SLICE("a"), SLICE("b"), slice_of(before), slice_of(after));
}

static void diffs(void **state) {
  (void)state;
  arena *a = arena_new();
  assert_int_equal(diff_of(a, "x\n", "x\n").n, 0);
  assert_text(a, diff_of(a, "", "x\n"), "--- a\n+++ b\n@@ -0,0 +1 @@\n+x\n");
  assert_text(a, diff_of(a, "x\ny\n", ""), "--- a\n+++ b\n@@ -1,2 +0,0 @@\n-x\n-y\n");
  assert_text(a, diff_of(a, "x", "x\n"), "--- a\n+++ b\n@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+x\n");
  assert_text(a, diff_of(a, "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nX\n6\n7\n8\n9\n"),
              "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+X\n 6\n 7\n 8\n");
  assert_text(a, diff_of(a, "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n"),
              "--- a\n+++ b\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n");
  assert_text(a, diff_of(a, "a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n"),
              "--- a\n+++ b\n@@ -1,7 +1,6 @@\n-a\n-b\n c\n+b\n a\n b\n-b\n a\n+c\n");
  text all_new = text_new(a), all_old = text_new(a);
  for (int i = 0; i < 5000; i++) {
    text_printf(&all_old, "old %d\n", i);
    text_printf(&all_new, "new %d\n", i);
  }
  slice far = unified_diff(a, SLICE("a"), SLICE("b"), text_slice(&all_old), text_slice(&all_new));
  size_t rows = 0;
  for (size_t i = 0; i < far.n; i++) rows += far.p[i] == '\n';
  assert_int_equal(rows, 3 + 10000);
  arena_free(a);
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--accept") == 0)
      accept_found = true;
    else if (chdir(argv[i]) != 0)
      return 2;
  }
  find("tests");
  find("examples");
  find("docs");
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(golden),
      cmocka_unit_test(every_policy_keeps_its_meaning),
      cmocka_unit_test(every_policy_translates),
      cmocka_unit_test(every_policy_compiles_to_the_same),
      cmocka_unit_test(fields_are_called_alike),
      cmocka_unit_test(translation_in_full),
      cmocka_unit_test(names_in_the_way),
      cmocka_unit_test(nothing_and_limits),
      cmocka_unit_test(diffs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
