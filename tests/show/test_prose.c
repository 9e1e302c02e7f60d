/* Nothing is silent: for every policy of the repository's cases and examples, each literal changed and each line taken
 * out gives another prose, in all three languages, unless the program does not compile then. */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/base/text.h"
#include "lang/compile.h"
#include "lang/fmt/prose.h"

#ifdef __SANITIZE_ADDRESS__
enum { STEP = 5 }; /* every so many policies */
#else
enum { STEP = 1 };
#endif
enum { POLICIES_MAX = 1000, PATH = 300, POLICIES_MIN = 100, CHANGES_MIN = 2000 };

static char paths[POLICIES_MAX][PATH];
static size_t path_count;

static int keep_policy(const char *path, const struct stat *s, int kind, struct FTW *at) {
  (void)s;
  (void)at;
  size_t n = strlen(path);
  if (kind != FTW_F || n < 5 || n >= PATH || strcmp(path + n - 4, ".dun") != 0 || path_count == POLICIES_MAX) return 0;
  memcpy(paths[path_count++], path, n + 1);
  return 0;
}

static int find_policies(void **state) {
  (void)state;
  static const char *const folders[] = {"tests/conformance", "examples", "stdlib/templates/new",
                                        "tests/lang/check/good", "tests/show"};
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) (void)nftw(folders[i], keep_policy, 16, FTW_PHYS);
  return 0;
}

static slice read_all(arena *a, const char *path) {
  FILE *f = fopen(path, "rb");
  assert_non_null(f);
  char *bytes = arena_room(a, 1 << 20, 1);
  size_t n = fread(bytes, 1, 1 << 20, f);
  (void)fclose(f);
  return (slice){bytes, n};
}

/* All of the prose in one text; empty where the policy does not compile. */
static slice prose_text(arena *a, slice policy, dun_lang lang) {
  source src = {SLICE("policy.dun"), policy};
  diags d;
  compiled made;
  diags_init(&d, a);
  if (!compile(a, &src, 1, &d, &made)) return SLICE("");
  prose words = prose_of(a, made.program, lang);
  text t = text_new(a);
  for (uint32_t i = 0; i < words.n; i++) {
    text_add(&t, words.v[i].lead);
    text_cstr(&t, ": ");
    text_add(&t, words.v[i].text);
    text_char(&t, '\n');
  }
  return text_slice(&t);
}

/* What is said of the changed policy differs from `said`; false: it does not. Where it does not compile there is
 * nothing to say. */
static bool says_more(const char *path, slice changed, const slice *said, size_t row, size_t *changes) {
  arena *a = arena_new();
  bool ok = true;
  for (dun_lang lang = LANG_EN; lang < LANG_COUNT && ok; lang++) {
    slice now = prose_text(a, changed, lang);
    if (!now.n) break;
    *changes += lang == LANG_EN;
    ok = !slice_eq(now, said[lang]);
  }
  if (!ok) print_error("%s:%zu: the change is not in the prose\n", path, row);
  arena_free(a);
  return ok;
}

static bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

/* Lines that say what holds anyway, or nothing of what is done: their prose may be the same without them. */
static bool says_nothing(slice s) {
  static const char *const heads[] = {"#",
                                      "edition",
                                      "edição",
                                      "edición",
                                      "language",
                                      "idioma",
                                      "define",
                                      "definir",
                                      "together by customer",
                                      "after a gap send only the latest",
                                      "include",
                                      "incluir"};
  s = slice_trim(s);
  if (slice_starts(s, SLICE("\xef\xbb\xbf"))) s = (slice){s.p + 3, s.n - 3}; /* of a file that begins with a mark */
  if (!s.n) return true;
  for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
    if (slice_starts(s, slice_of(heads[i]))) return true;
  return false;
}

static slice spliced(arena *a, slice all, size_t from, size_t to, slice with) {
  text t = text_new(a);
  text_add(&t, (slice){all.p, from});
  text_add(&t, with);
  text_add(&t, (slice){all.p + to, all.n - to});
  return text_slice(&t);
}

/* The year of `every year on 2026-03-15` says nothing. */
static bool is_idle_year(slice s, size_t begin, size_t i) {
  slice head = {s.p + begin, i - begin};
  return i + 4 < s.n && s.p[i + 4] == '-' && slice_starts(slice_trim(head), SLICE("every year on"));
}

/* The literal at `i`: where it ends, and another in its place. A text gets one more letter, a number another last
 * digit. */
static size_t literal_at(arena *a, slice s, size_t i, slice *other) {
  size_t end = i + 1;
  if (s.p[i] == '"') {
    while (end < s.n && s.p[end] != '"' && s.p[end] != '\n') end += s.p[end] == '\\' ? 2 : 1;
    if (end >= s.n || s.p[end] != '"') return i;
    *other = arena_printf(a, "%.*sz\"", (int)(end - i), s.p + i);
    return end + 1;
  }
  bool digit = s.p[i] >= '0' && s.p[i] <= '9';
  if (!digit || (i && (is_word(s.p[i - 1]) || s.p[i - 1] == '.'))) return i;
  while (end < s.n && ((s.p[end] >= '0' && s.p[end] <= '9') || s.p[end] == '_')) end++;
  text t = text_new(a);
  text_add(&t, (slice){s.p + i, end - i - 1});
  text_char(&t, s.p[end - 1] == '9' ? '8' : (char)(s.p[end - 1] + 1));
  *other = text_slice(&t);
  return end;
}

static bool all_literals(const char *path, slice policy, const slice *said, size_t *changes) {
  bool ok = true;
  size_t row = 1, begin = 0;
  for (size_t i = 0; i < policy.n; i++) {
    if (policy.p[i] == '\n') row++, begin = i + 1;
    if (policy.p[i] == '#') {
      while (i + 1 < policy.n && policy.p[i + 1] != '\n') i++;
      continue;
    }
    arena *a = arena_new();
    slice other = {0};
    size_t end = literal_at(a, policy, i, &other);
    if (end > i && !is_idle_year(policy, begin, i) && !says_nothing((slice){policy.p + begin, policy.n - begin}))
      ok = says_more(path, spliced(a, policy, i, end, other), said, row, changes) && ok;
    if (end > i) i = end - 1;
    arena_free(a);
  }
  return ok;
}

static bool all_lines(const char *path, slice policy, const slice *said, size_t *changes) {
  bool ok = true;
  size_t row = 1;
  for (size_t from = 0; from < policy.n; row++) {
    size_t to = from;
    while (to < policy.n && policy.p[to] != '\n') to++;
    arena *a = arena_new();
    if (!says_nothing((slice){policy.p + from, to - from}))
      ok = says_more(path, spliced(a, policy, from, to, SLICE("")), said, row, changes) && ok;
    arena_free(a);
    from = to + 1;
  }
  return ok;
}

static void nothing_is_silent(void **state) {
  (void)state;
  const char *every = getenv("EVERY");
  size_t step = every && atoi(every) > 0 ? (size_t)atoi(every) : STEP, changes = 0, compiled_count = 0;
  bool ok = true;
  for (size_t i = 0; i < path_count; i += step) {
    arena *a = arena_new();
    slice policy = read_all(a, paths[i]), said[LANG_COUNT];
    for (dun_lang lang = LANG_EN; lang < LANG_COUNT; lang++) said[lang] = prose_text(a, policy, lang);
    if (said[LANG_EN].n) {
      compiled_count++;
      ok = all_literals(paths[i], policy, said, &changes) && ok;
      ok = all_lines(paths[i], policy, said, &changes) && ok;
    }
    arena_free(a);
  }
  print_message("%zu policies, %zu changes\n", compiled_count, changes);
  assert_true(ok);
  assert_true(compiled_count * step >= POLICIES_MIN);
  assert_true(changes * step >= CHANGES_MIN);
}

/* The prose of a policy in each language is the prose of its translations: checked by what differs least, the count of
 * its blocks and where they stand. */
static void blocks_are_alike(void **state) {
  (void)state;
  for (size_t i = 0; i < path_count; i++) {
    arena *a = arena_new();
    source src = {SLICE("policy.dun"), read_all(a, paths[i])};
    diags d;
    compiled made;
    diags_init(&d, a);
    if (compile(a, &src, 1, &d, &made)) {
      prose en = prose_of(a, made.program, LANG_EN);
      for (dun_lang lang = LANG_PT; lang < LANG_COUNT; lang++) {
        prose other = prose_of(a, made.program, lang);
        assert_int_equal(en.n, other.n);
        for (uint32_t b = 0; b < en.n; b++) {
          assert_int_equal(en.v[b].kind, other.v[b].kind);
          assert_int_equal(en.v[b].at.from, other.v[b].at.from);
          assert_true(other.v[b].text.n > 0);
        }
      }
    }
    arena_free(a);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_silent), cmocka_unit_test(blocks_are_alike)};
  return cmocka_run_group_tests(tests, find_policies, NULL);
}
