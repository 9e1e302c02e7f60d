/* The keyword table: spellings, and the finding of phrases. The table of one language is built anew for each parse, in
 * the parse's arena. Invariant: within a language, a spelling belongs to one row, or to two that KW_EITHER names. */
#include "lang/syntax/keyword.h"

#include <assert.h>

#include "lang/base/utf8.h"
#include "lang/syntax/lex.h"
#include "parser.h"

/* Rows that the grammar does not read: units stand after numbers only, others exist for kw_text. */
enum { TK_UNIT = -2, TK_NONE = -1 };

static const struct row {
  const char *name;
  int token;
  const char *text[LANG_COUNT];
} rows[KW_COUNT] = {
    [KW_NONE] = {"NONE", TK_NONE, {"", "", ""}},
#define KW(id, token, en, pt, es) [KW_##id] = {#id, TK_##token, {en, pt, es}},
#define KW_EITHER(token, one, other)
#include "grammar/keywords.def"
#undef KW
#undef KW_EITHER
};

static const struct either {
  int token;
  kw one, other;
} eithers[] = {
#define KW(id, token, en, pt, es)
#define KW_EITHER(token, one, other) {TK_##token, KW_##one, KW_##other},
#include "grammar/keywords.def"
#undef KW
#undef KW_EITHER
};

const char *kw_name(kw id) {
  assert(id < KW_COUNT);
  return rows[id].name;
}

int kw_token(kw id) {
  assert(id < KW_COUNT);
  return rows[id].token;
}

slice kw_spelling(kw id, dun_lang lang, size_t i) {
  assert(id < KW_COUNT && lang < LANG_COUNT);
  const char *p = rows[id].text[lang];
  for (; i > 0; i--) {
    p = strchr(p, '|');
    if (!p) return (slice){0};
    p++;
  }
  const char *end = strchr(p, '|');
  return (slice){p, end ? (size_t)(end - p) : strlen(p)};
}

slice kw_text(kw id, dun_lang lang) { return kw_spelling(id, lang, 0); }

kw kw_of_word(slice word, dun_lang lang) {
  for (kw id = KW_NONE + 1; id < KW_COUNT; id++) {
    if (kw_token(id) < 0) continue;
    for (size_t i = 0; kw_spelling(id, lang, i).n; i++)
      if (utf8_fold_eq(kw_spelling(id, lang, i), word)) return id;
  }
  return KW_NONE;
}

bool kw_begins_phrase(slice word, dun_lang lang) {
  for (kw id = KW_NONE + 1; id < KW_COUNT; id++) {
    for (size_t i = 0; kw_spelling(id, lang, i).n; i++) {
      slice s = kw_spelling(id, lang, i);
      const char *end = memchr(s.p, ' ', s.n);
      if (end && utf8_fold_eq((slice){s.p, (size_t)(end - s.p)}, word)) return true;
    }
  }
  return false;
}

typedef struct phrase {
  slice folded; /* empty: a free place */
  kw op;
  int token;
  bool units;
} phrase;

struct phrases {
  size_t mask;
  phrase *at;
};

static size_t phrase_hash(slice s, bool units) {
  uint64_t h = units ? 0x9e3779b97f4a7c15u : 0xcbf29ce484222325u;
  for (size_t i = 0; i < s.n; i++) h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
  return (size_t)(h ^ h >> 29);
}

static phrase *phrase_place(const phrases *p, slice folded, bool units) {
  size_t i = phrase_hash(folded, units) & p->mask;
  while (p->at[i].folded.n && !(p->at[i].units == units && slice_eq(p->at[i].folded, folded))) i = (i + 1) & p->mask;
  return &p->at[i];
}

static int token_of_two(const phrase *have, kw op) {
  if (have->op == KW_NONE) return rows[op].token;
  for (size_t i = 0; i < sizeof eithers / sizeof *eithers; i++)
    if (eithers[i].one == have->op && eithers[i].other == op) return eithers[i].token;
  assert(have->token == rows[op].token);
  return rows[op].token;
}

static void phrase_add(phrases *p, slice folded, kw op, bool units) {
  for (size_t n = 1; n < folded.n; n++) {
    if (folded.p[n] != ' ' && folded.p[n] != '-') continue;
    phrase *front = phrase_place(p, (slice){folded.p, n}, units);
    if (!front->folded.n) *front = (phrase){{folded.p, n}, KW_NONE, 0, units};
  }
  phrase *place = phrase_place(p, folded, units);
  place->token = token_of_two(place, op);
  if (place->op == KW_NONE) place->op = op;
  place->folded = folded;
  place->units = units;
}

phrases *phrases_new(arena *a, dun_lang lang) {
  enum { PLACES = 4096 }; /* about 1,200 are used */
  phrases *p = ARENA_NEW(a, phrases);
  p->mask = PLACES - 1;
  p->at = ARENA_ARRAY(a, PLACES, phrase);
  for (kw id = KW_NONE + 1; id < KW_COUNT; id++) {
    if (rows[id].token == TK_NONE) continue;
    for (size_t i = 0; kw_spelling(id, lang, i).n; i++)
      phrase_add(p, utf8_fold(a, kw_spelling(id, lang, i)), id, rows[id].token == TK_UNIT);
    /* The short units are understood in every language. */
    if (rows[id].token == TK_UNIT && phrase_place(p, kw_text(id, LANG_EN), true)->folded.n == 0)
      phrase_add(p, kw_text(id, LANG_EN), id, true);
  }
  return p;
}

phrase_hit phrases_find(const phrases *p, slice folded, bool units) {
  const phrase *hit = phrase_place(p, folded, units);
  return (phrase_hit){hit->op, hit->token, hit->folded.n != 0};
}
