/* The keywords of the language: one id a row of grammar/keywords.def, its spellings in three languages. */
#ifndef DUN_SYNTAX_KEYWORD_H
#define DUN_SYNTAX_KEYWORD_H

#include <stdbool.h>
#include <stddef.h>

#include "lang/base/arena.h"
#include "lang/base/diag.h"
#include "lang/base/slice.h"

typedef enum kw {
  KW_NONE,
#define KW(id, token, en, pt, es) KW_##id,
#define KW_EITHER(token, one, other)
#include "grammar/keywords.def"
#undef KW
#undef KW_EITHER
  KW_COUNT
} kw;

const char *kw_name(kw id);          /* "HOLD_WHILE", as dumps print it */
slice kw_text(kw id, dun_lang lang); /* the canonical spelling */
/* The i-th spelling, the canonical one first; empty past the last. */
slice kw_spelling(kw id, dun_lang lang, size_t i);
/* Whether `word` (any case) is, by itself, a keyword of that language: what `fmt --to` asks of names. KW_NONE: it is
 * not. */
kw kw_of_word(slice word, dun_lang lang);
/* Whether a keyword of several words begins with it: what stands behind the word may then make it one. */
bool kw_begins_phrase(slice word, dun_lang lang);

#endif
