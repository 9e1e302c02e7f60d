/* The table of idioms.def and its look-up. */
#include "lang/syntax/idiom.h"

#include "lang/base/utf8.h"
#include "parser.h"

enum { TK_ANY = -1, TK_BEGIN = -2 };

static const struct {
  const char *words;
  int fits;
  const char *says[LANG_COUNT];
} IDIOMS[] = {
#define IDIOM(words, fits, en, pt, es) {words, TK_##fits, {en, pt, es}},
#include "lang/syntax/idioms.def"
#undef IDIOM
};

bool idiom_is_article(slice word) { return utf8_fold_one_of(IDIOM_ARTICLES, word); }

slice idiom_hint(slice word, bool keyword, const bool *fits, bool begins, dun_lang lang) {
  for (size_t i = 0; i < sizeof IDIOMS / sizeof *IDIOMS; i++) {
    int wants = IDIOMS[i].fits;
    bool holds = wants == TK_ANY ? !keyword : wants == TK_BEGIN ? begins : fits && fits[wants];
    if (holds && utf8_fold_one_of(IDIOMS[i].words, word)) return slice_of(IDIOMS[i].says[lang]);
  }
  return (slice){NULL, 0};
}
