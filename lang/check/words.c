/* Looks words up in words.def. The groups are small (ten words at most): they are searched in order. */
#include "lang/check/words.h"

#include "lang/base/utf8.h"

typedef struct word_row {
  word_group group;
  const char *canonical;
  const char *spelling[LANG_COUNT];
} word_row;

static const word_row WORDS[] = {
#define WORD(group, canonical, en, pt, es) {WORD_##group, canonical, {en, pt, es}},
#include "lang/check/words.def"
#undef WORD
};
enum { WORD_ROWS = sizeof WORDS / sizeof WORDS[0] };

/* The language's own words go first: in Spanish `recargo` is the fine, whatever it may be elsewhere. */
unsigned word_index(word_group group, slice word, dun_lang lang) {
  for (int pass = 0; pass < 2; pass++) {
    unsigned i = 0;
    for (size_t row = 0; row < WORD_ROWS; row++) {
      if (WORDS[row].group != group) continue;
      if (utf8_fold_one_of(WORDS[row].spelling[pass == 0 ? lang : LANG_EN], word)) return i;
      i++;
    }
  }
  return word_count(group);
}

unsigned word_count(word_group group) {
  unsigned n = 0;
  for (size_t row = 0; row < WORD_ROWS; row++) n += WORDS[row].group == group;
  return n;
}

static const word_row *nth(word_group group, unsigned i) {
  for (size_t row = 0; row < WORD_ROWS; row++)
    if (WORDS[row].group == group && i-- == 0) return &WORDS[row];
  return NULL;
}

bool word_means(word_group group, unsigned i, slice word, dun_lang lang) {
  const word_row *row = nth(group, i);
  return row && (utf8_fold_one_of(row->spelling[lang], word) || utf8_fold_one_of(row->spelling[LANG_EN], word));
}

slice word_canonical(word_group group, unsigned i) {
  const word_row *row = nth(group, i);
  return row ? slice_of(row->canonical) : (slice){NULL, 0};
}

slice word_text(word_group group, unsigned i, dun_lang lang) {
  const word_row *row = nth(group, i);
  if (!row) return (slice){NULL, 0};
  slice all = slice_of(row->spelling[lang]);
  for (size_t n = 0; n < all.n; n++)
    if (all.p[n] == '|') return (slice){all.p, n};
  return all;
}

slice word_find(word_group group, slice word, dun_lang lang) {
  return word_canonical(group, word_index(group, word, lang));
}
