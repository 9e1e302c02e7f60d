/* Foreign idioms: what to write instead of a word that belongs elsewhere (idioms.def). */
#ifndef DUN_SYNTAX_IDIOM_H
#define DUN_SYNTAX_IDIOM_H

#include <stdbool.h>

#include "lang/base/diag.h"

/* `keyword`: the word is one of the file's language, so that only advice for this very place holds. `fits`: the tokens
 * (TK_) that would fit at the place, NULL where any advice does; `begins`: a sentence begins there. Empty where the
 * word is nobody's idiom. */
slice idiom_hint(slice word, bool keyword, const bool *fits, bool begins, dun_lang lang);

/* What to write in the word's place; empty where that is not one thing. */
slice idiom_fix(slice word, bool keyword, const bool *fits, bool begins, dun_lang lang);
/* Whether it is to be taken out. */
bool idiom_goes(slice word, bool keyword, const bool *fits, bool begins);

/* Articles of the three languages, as a row of idioms.def. */
#define IDIOM_ARTICLES "an|the|a|um|uma|o|os|as|un|una|el|la|las|los"
bool idiom_is_article(slice word);

#endif
