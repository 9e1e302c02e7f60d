/* The page's words: words_AREA.def, rows WORD(key, English, Portuguese, Spanish), which the browser gets as the module
 * words_AREA.LANG.js, the table of one area in one language. */
#ifndef DUN_PAGE_WORDS_H
#define DUN_PAGE_WORDS_H

#include "lang/base/arena.h"
#include "lang/base/diag.h"
#include "lang/base/slice.h"
#include "runtime/hash.h"

/* "words_board.pt.js"; false: there is no such table. */
bool page_words(slice name, arena *perm, slice *out);
void page_words_hash(hasher *h);

#endif
