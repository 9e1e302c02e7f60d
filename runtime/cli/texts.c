/* See texts.h. A sentence of the engine is found by matching it against the English column: a hole matches the shortest
 * piece after which the rest still matches. */
#include "texts.h"

#include <assert.h>
#include <stdio.h>

#include "lang/base/text.h"

enum { HOLES_MAX = 8 };

typedef struct row {
  const char *text[LANG_COUNT];
} row;

static const row TEXT_ROWS[] = {
#define TEXT(id, en, pt, es) {{en, pt, es}},
#define SAID(en, pt, es)
#include "texts.def"
#undef TEXT
#undef SAID
};
_Static_assert(sizeof TEXT_ROWS / sizeof *TEXT_ROWS == TXT_COUNT, "a row for each text");

static const row SAID_ROWS[] = {
#define TEXT(id, en, pt, es)
#define SAID(en, pt, es) {{en, pt, es}},
#include "texts.def"
#undef TEXT
#undef SAID
};

static bool is_hole(slice s, size_t i) {
  return s.p[i] == '{' && i + 2 < s.n && s.p[i + 2] == '}' && s.p[i + 1] >= '0' && s.p[i + 1] < '0' + HOLES_MAX;
}

slice texts_fill(arena *perm, slice pattern, size_t argc, const slice *argv) {
  text t = text_new(perm);
  for (size_t i = 0; i < pattern.n; i++) {
    if (!is_hole(pattern, i)) {
      text_char(&t, pattern.p[i]);
      continue;
    }
    size_t which = (size_t)(pattern.p[i + 1] - '0');
    assert(which < argc);
    text_add(&t, argv[which]);
    i += 2;
  }
  return text_slice(&t);
}

const char *texts_word(dun_lang lang, text_id id) { return TEXT_ROWS[id].text[lang]; }

slice texts_of(dun_lang lang, arena *perm, text_id id, size_t argc, const slice *argv) {
  return texts_fill(perm, slice_of(texts_word(lang, id)), argc, argv);
}

slice texts_count(dun_lang lang, arena *perm, text_id one, text_id many, uint64_t n, size_t argc, const slice *argv) {
  slice all[HOLES_MAX] = {texts_number(perm, n)};
  assert(argc < HOLES_MAX);
  for (size_t i = 0; i < argc; i++) all[i + 1] = argv[i];
  return texts_of(lang, perm, n == 1 ? one : many, argc + 1, all);
}

slice texts_number(arena *perm, uint64_t n) { return arena_printf(perm, "%llu", (unsigned long long)n); }

/* Whether `s` is the pattern with something in each hole. */
static bool matches(slice pattern, slice s, slice holes[HOLES_MAX]) {
  size_t i = 0;
  while (i < pattern.n && !is_hole(pattern, i)) i++;
  if (i > s.n || memcmp(pattern.p, s.p, i) != 0) return false;
  if (i == pattern.n) return s.n == i;
  size_t which = (size_t)(pattern.p[i + 1] - '0');
  slice after = {pattern.p + i + 3, pattern.n - i - 3}, rest = {s.p + i, s.n - i};
  for (size_t n = 1; n <= rest.n; n++) {
    if (!matches(after, (slice){rest.p + n, rest.n - n}, holes)) continue;
    holes[which] = (slice){rest.p, n};
    return true;
  }
  return false;
}

slice texts_said(dun_lang lang, arena *perm, slice english) {
  if (lang == LANG_EN || english.n == 0) return english;
  for (size_t i = 0; i < sizeof SAID_ROWS / sizeof *SAID_ROWS; i++) {
    slice holes[HOLES_MAX] = {{NULL, 0}};
    if (!matches(slice_of(SAID_ROWS[i].text[LANG_EN]), english, holes)) continue;
    for (size_t h = 0; h < HOLES_MAX; h++) holes[h] = texts_said(lang, perm, holes[h]);
    return texts_fill(perm, slice_of(SAID_ROWS[i].text[lang]), HOLES_MAX, holes);
  }
  return english;
}

bool texts_lang_of(world *w, dun_lang *lang) {
  static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
  const char *value = NULL;
  for (size_t i = 0; i < 3 && !(value && *value); i++) value = w->env(w, names[i]);
  if (!value) return false;
  if (strncmp(value, "pt", 2) == 0)
    *lang = LANG_PT;
  else if (strncmp(value, "es", 2) == 0)
    *lang = LANG_ES;
  else
    return false;
  return true;
}
