/* The table of idioms.def and its look-up. */
#include "lang/syntax/idiom.h"

#include <string.h>

#include "lang/base/utf8.h"
#include "parser.h"

enum { TK_ANY = -1, TK_BEGIN = -2 };

enum { MENDS_SAY, MENDS_WRITE, MENDS_GOES };

static const struct idiom {
  const char *words;
  int fits, mends;
  const char *says[LANG_COUNT];
} IDIOMS[] = {
#define IDIOM(words, fits, mends, en, pt, es) {words, TK_##fits, MENDS_##mends, {en, pt, es}},
#include "lang/syntax/idioms.def"
#undef IDIOM
};

bool idiom_is_article(slice word) { return utf8_fold_one_of(IDIOM_ARTICLES, word); }

static const struct idiom *find(slice word, bool keyword, const bool *fits, bool begins) {
  for (size_t i = 0; i < sizeof IDIOMS / sizeof *IDIOMS; i++) {
    int wants = IDIOMS[i].fits;
    bool holds = wants == TK_ANY ? !keyword : wants == TK_BEGIN ? begins : fits && fits[wants];
    if (holds && utf8_fold_one_of(IDIOMS[i].words, word)) return &IDIOMS[i];
  }
  return NULL;
}

slice idiom_hint(slice word, bool keyword, const bool *fits, bool begins, dun_lang lang) {
  const struct idiom *i = find(word, keyword, fits, begins);
  return i ? slice_of(i->says[lang]) : (slice){NULL, 0};
}

slice idiom_fix(slice word, bool keyword, const bool *fits, bool begins, dun_lang lang) {
  const struct idiom *i = find(word, keyword, fits, begins);
  if (!i || i->mends != MENDS_WRITE) return (slice){NULL, 0};
  const char *from = strchr(i->says[lang], '`') + 1; /* rows that WRITE have one */
  return (slice){from, strcspn(from, "`")};
}

bool idiom_goes(slice word, bool keyword, const bool *fits, bool begins) {
  const struct idiom *i = find(word, keyword, fits, begins);
  return i && i->mends == MENDS_GOES;
}
