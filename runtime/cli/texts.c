/* See texts.h. A sentence of the engine is found by matching it against the English column: a hole matches the shortest
 * piece after which the rest still matches. What stands in a hole is said too, unless the row has it between quotes:
 * that is a cell, a name, a line of the user's own. */
#include "texts.h"

#include <assert.h>
#include <stdio.h>

#include "lang/base/text.h"
#include "lang/check/fields.h"
#include "lang/fmt/fmt.h"
#include "lang/syntax/keyword.h"
#include "lang/syntax/parse.h"

enum { HOLES_MAX = 8 };

typedef struct row {
  const char *text[LANG_COUNT];
} row;

static const row TEXT_ROWS[] = {
    {{"", "", ""}},
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

/* The holes that stand between quotes. */
static bool is_quoted(slice pattern, size_t hole) {
  for (size_t i = 1; i < pattern.n; i++)
    if (is_hole(pattern, i) && (size_t)(pattern.p[i + 1] - '0') == hole) return pattern.p[i - 1] == '"';
  return false;
}

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

/* ---- actions ---- */

/* The keyword that the sentence begins with, where it is an action's; KW_NONE: it is no action. */
static kw action_word(slice s) {
  for (int k = 0; k < ACT_COUNT; k++) {
    slice words = slice_of(ACTIONS[k].words);
    if (!slice_starts(s, words) || (s.n > words.n && s.p[words.n] != ' ')) continue;
    for (kw id = KW_NONE + 1; id < KW_COUNT; id++)
      if (slice_eq(kw_text(id, LANG_EN), words)) return id;
    return KW_CHARGE; /* `charge fee`: two words of the table */
  }
  return KW_NONE;
}

/* One line of it: the formatter breaks what is long. Texts have no line ends of their own. */
static slice joined(arena *perm, slice s) {
  text t = text_new(perm);
  for (size_t i = 0; i < s.n; i++) {
    text_char(&t, s.p[i] == '\n' ? ' ' : s.p[i]);
    while (s.p[i] == '\n' && i + 1 < s.n && s.p[i + 1] == ' ') i++;
  }
  return slice_trim(text_slice(&t));
}

/* An action as plans print it, as a policy of the language would write it: a rule is made of it and translated. What is
 * no whole action keeps what follows its first words. */
static slice action_in(dun_lang lang, arena *perm, slice english, kw first) {
  arena *own = arena_new();
  source src = {SLICE(""), arena_printf(own, "on reply %.*s\n", SLICE_ARG(english))};
  slice head = arena_printf(own, "%.*s %.*s", SLICE_ARG(kw_text(KW_ON, lang)), SLICE_ARG(kw_text(KW_EV_REPLY, lang)));
  slice word = kw_text(first, LANG_EN), out = english;
  diags d;
  diags_init(&d, own);
  ast_file *file = parse_file(own, own, &src, 0, &d);
  if (file->ok && fmt_translate(own, &src, file, lang, &d)) {
    slice written = fmt_file(own, own, &src, file);
    const char *at = memmem(written.p, written.n, head.p, head.n);
    if (at) out = joined(perm, (slice){at + head.n, written.n - (size_t)(at - written.p) - head.n});
  } else if (slice_starts(english, word)) {
    slice rest = {english.p + word.n, english.n - word.n};
    out = arena_printf(perm, "%.*s%.*s", SLICE_ARG(kw_text(first, lang)), SLICE_ARG(rest));
  }
  arena_free(own);
  return out;
}

slice texts_said(dun_lang lang, arena *perm, slice english) {
  if (lang == LANG_EN || english.n == 0) return english;
  for (size_t i = 0; i < sizeof SAID_ROWS / sizeof *SAID_ROWS; i++) {
    slice holes[HOLES_MAX] = {{NULL, 0}}, pattern = slice_of(SAID_ROWS[i].text[LANG_EN]);
    if (!matches(pattern, english, holes)) continue;
    for (size_t h = 0; h < HOLES_MAX; h++)
      if (holes[h].n && !is_quoted(pattern, h)) holes[h] = texts_said(lang, perm, holes[h]);
    return texts_fill(perm, slice_of(SAID_ROWS[i].text[lang]), HOLES_MAX, holes);
  }
  kw first = action_word(english);
  return first != KW_NONE ? action_in(lang, perm, english, first) : english;
}

const char *texts_say(void *lang, arena *perm, const char *english) {
  return arena_copy(perm, texts_said(*(const dun_lang *)lang, perm, slice_of(english)));
}

slice texts_field(dun_lang lang, arena *perm, slice path) {
  field_ref r = field_by_path(NULL, 0, ENT_INVOICE, path, LANG_EN);
  if (r.status != FIELD_FOUND || r.field >= FIELD_COUNT) return path;
  slice name = slice_of(FIELDS[r.field].name[lang]);
  if (!memchr(path.p, '.', path.n)) return name;
  return arena_printf(perm, "%.*s.%.*s", SLICE_ARG(entity_text(FIELDS[r.field].of, lang)), SLICE_ARG(name));
}

slice texts_world(dun_lang lang, arena *perm, world_code code) {
  return texts_said(lang, perm, slice_of(world_code_text(code)));
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
