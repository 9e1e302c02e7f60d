/* Texts as somebody looks for them: words of letters and digits, folded, without accents. What is looked for is in a
 * text if each of its words begins one of the text's.
 *
 * Invariant: the same text gives the same words to who keeps them and to who looks for them. */
#ifndef DUN_STORE_WORDS_H
#define DUN_STORE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "lang/base/arena.h"
#include "lang/base/slice.h"

enum { WORDS_MAX = 48, WORD_BYTES_MAX = 40 }; /* longer ones are cut, more are left out */

typedef struct word_list {
  slice v[WORDS_MAX];
  size_t n;
} word_list;

/* Adds the words of a text; each is there once. `digits`: also the digits that follow letters ("F0012": "0012"). */
void word_list_add(word_list *l, slice text, bool digits, arena *perm);
/* Adds a telephone number: all its digits, and its ends without country and area. */
void words_add_phone(word_list *l, slice number, arena *perm);
/* The folded text: words with one space between. */
slice words_folded(slice text, arena *perm);
/* " maria silva ": as it is kept, for words_have; and back. */
slice words_joined(const word_list *l, arena *perm);
void words_split(slice joined, word_list *out);

/* What somebody typed. A number in groups ("912 345 678") is looked for as one, too. */
typedef struct word_query {
  word_list words;
  slice number; /* empty: none */
} word_query;
void words_asked(word_query *q, slice text, arena *perm);
bool words_have(slice joined, const word_query *q);

#endif
