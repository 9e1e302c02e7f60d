/* Whatever the bytes are, the parser ends, reads nothing outside of them, and keeps its word: no error means a whole
 * tree, within the height that others recurse over. Seeded: a failure prints its round. Run in the repository's root.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/syntax/limits.h"
#include "lang/syntax/parse.h"
#include "tests/support/printed.h"

enum { ROUNDS = 400, SEEDS_MAX = 64, SEED_BYTES_MAX = 8192 };

static uint64_t rng_state;

static uint32_t rng(uint32_t below) {
  rng_state = rng_state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(rng_state >> 33) % below;
}

static void check_tree(const ast *n, unsigned depth) {
  assert_true(depth <= AST_HEIGHT_MAX + 4); /* file, section, rung above a statement's own tree */
  for (const ast *k = n->kid; k; k = k->next) {
    assert_true(k->kind < AST_KIND_COUNT);
    check_tree(k, depth + 1);
  }
}

/* The text is in a block of its exact size, so that the sanitiser sees a read past it. */
static void parse_bytes(const char *p, size_t n) {
  char *exact = malloc(n ? n : 1);
  assert_non_null(exact);
  memcpy(exact, p, n);
  arena *perm = arena_new(), *scratch = arena_new();
  diags d;
  diags_init(&d, perm);
  source src = {SLICE("fuzz.dun"), {exact, n}};
  ast_file *file = parse_file(perm, scratch, &src, 0, &d);
  assert_true(file->ok == (d.errors == 0));
  check_tree(file->root, 0);
  assert_true(ast_print(file->root, perm).n > 0);
  diags_sort(&d);
  diags_render(&d, &src, 1, file->lang, false, perm);
  arena_free(scratch);
  arena_free(perm);
  free(exact);
}

static struct {
  char p[SEED_BYTES_MAX];
  size_t n;
} seeds[SEEDS_MAX];
static size_t seed_count;

static void load(const char *folder) {
  struct dirent **entries = NULL;
  int count = scandir(folder, &entries, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    char path[800];
    snprintf(path, sizeof path, "%s/%.200s", folder, entries[i]->d_name);
    size_t n = strlen(path);
    FILE *f = n > 4 && strcmp(path + n - 4, ".dun") == 0 && seed_count < SEEDS_MAX ? fopen(path, "rb") : NULL;
    if (f) {
      seeds[seed_count].n = fread(seeds[seed_count].p, 1, SEED_BYTES_MAX, f);
      seed_count++;
      fclose(f);
    }
    free(entries[i]);
  }
  free(entries);
}

static void random_bytes_end(void **state) {
  (void)state;
  char buffer[256];
  for (unsigned round = 0; round < ROUNDS; round++) {
    rng_state = round;
    size_t n = rng(sizeof buffer);
    for (size_t i = 0; i < n; i++) buffer[i] = (char)(rng(4) ? 32 + rng(95) : rng(256));
    parse_bytes(buffer, n);
  }
}

/* Bytes changed, taken out, put in; pieces of one file in another. */
static size_t mutate(char *p, size_t n, size_t room) {
  static const char *const odd[] = {"(",  ")",  "\"",    "{",     "}",           "\n",
                                    ";",  "-",  " not ", "1,000", " then ",      "\xc3",
                                    "\\", ".",  " at ",  " if ",  " otherwise ", " unless ",
                                    "5d", "R$", "#",     "\r",    " idioma ",    "\xf0\x9f\x98\x80"};
  for (unsigned i = rng(8) + 1; i > 0 && n > 0; i--) {
    size_t at = rng((uint32_t)n);
    size_t length = rng(12) + 1;
    if (length > n - at) length = n - at;
    switch (rng(4)) {
    case 0: p[at] = (char)rng(256); break;
    case 1:
      memmove(p + at, p + at + length, n - at - length);
      n -= length;
      break;
    case 2: {
      const char *s = odd[rng(sizeof odd / sizeof *odd)];
      size_t m = strlen(s);
      if (n + m > room) break;
      memmove(p + at + m, p + at, n - at);
      memcpy(p + at, s, m);
      n += m;
      break;
    }
    case 3: {
      size_t other = rng((uint32_t)seed_count), from = rng((uint32_t)seeds[other].n);
      size_t m = seeds[other].n - from < length * 4 ? seeds[other].n - from : length * 4;
      if (n + m > room) break;
      memmove(p + at + m, p + at, n - at);
      memcpy(p + at, seeds[other].p + from, m);
      n += m;
      break;
    }
    }
  }
  return n;
}

static void mutations_end(void **state) {
  (void)state;
  static char buffer[SEED_BYTES_MAX * 2];
  assert_true(seed_count > 5);
  for (unsigned round = 0; round < ROUNDS; round++) {
    rng_state = 77777 + round;
    size_t seed = rng((uint32_t)seed_count);
    memcpy(buffer, seeds[seed].p, seeds[seed].n);
    parse_bytes(buffer, mutate(buffer, seeds[seed].n, sizeof buffer));
  }
}

/* Every front of every file. */
static void fronts_end(void **state) {
  (void)state;
  for (size_t i = 0; i < seed_count; i++)
    for (size_t n = 0; n < seeds[i].n; n += 31) parse_bytes(seeds[i].p, n);
}

static void a_megabyte_of_mistakes_ends(void **state) {
  (void)state;
  static const char *const line[] = {"zzz ladder\n", "(((((", "\"\n", "at -3d then then\n", "1,000.00 ", "not "};
  for (size_t i = 0; i < sizeof line / sizeof *line; i++) {
    size_t m = strlen(line[i]), n = FILE_BYTES_MAX / m * m;
    char *p = malloc(n);
    assert_non_null(p);
    for (size_t at = 0; at < n; at += m) memcpy(p + at, line[i], m);
    arena *perm = arena_new(), *scratch = arena_new();
    diags d;
    diags_init(&d, perm);
    source src = {SLICE("big.dun"), {p, n}};
    assert_false(parse_file(perm, scratch, &src, 0, &d)->ok);
    arena_free(scratch);
    arena_free(perm);
    free(p);
  }
}

int main(int argc, char **argv) {
  char folder[512];
  static const char *const folders[] = {"tests/lang/parse/good", "tests/lang/parse/bad", "tests/lang/lex"};
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
    snprintf(folder, sizeof folder, "%s/%s", argc > 1 ? argv[1] : ".", folders[i]);
    load(folder);
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_bytes_end),
      cmocka_unit_test(mutations_end),
      cmocka_unit_test(fronts_end),
      cmocka_unit_test(a_megabyte_of_mistakes_ends),
  };
  return cmocka_run_group_tests_name("syntax_fuzz", tests, NULL, NULL);
}
