/* UTF-8 text: validity, characters, terminal width, case folding. Lengths and offsets are in bytes unless they are
 * called characters or columns. Folding is Unicode *simple* folding (one character to one character; accents count):
 * "É" folds to "é", never to "e"; "ẞ" folds to "ß". */
#ifndef DUN_BASE_UTF8_H
#define DUN_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "slice.h"

/* No overlong forms, no surrogates, nothing above U+10FFFF. */
bool utf8_valid(slice s);
/* The offset of the first byte that is not UTF-8; s.n where all is. */
size_t utf8_bad_at(slice s);
/* Reads one character at the front of `s` (s.n > 0) into `*cp`; returns its bytes. An ill-formed byte counts alone and
 * gives U+FFFD. */
size_t utf8_decode(slice s, uint32_t *cp);
/* Writes one character, returns its bytes (1 to 4); `out` has room for 4. */
size_t utf8_encode(uint32_t cp, char *out);
/* Characters (code points). */
size_t utf8_count(slice s);
/* Columns in a terminal: combining marks and control characters 0, wide East Asian characters and emoji 2, others 1. */
size_t utf8_width(slice s);
unsigned utf8_char_width(uint32_t cp);
/* The longest head of `s` that takes at most `columns`. */
slice utf8_head(slice s, size_t columns);

/* A letter that a name may hold: ASCII letters, and letters above U+00A0; false for a combining mark, so that text
 * which is not NFC does not pass as a name. */
bool utf8_is_nfc_letter(uint32_t cp);
/* Where an ASCII letter is followed by a combining mark with which it has a composed form ("e" U+0301 for "é"): such a
 * file is not in NFC. The offset of the letter, s.n where there is none. */
size_t utf8_not_nfc_at(slice s);
/* A folded Latin letter of Portuguese or Spanish without its accent; others as they are. */
uint32_t utf8_plain_letter(uint32_t cp);
/* Whether some combining mark may stand in it; quick. */
bool utf8_has_marks(slice s);
/* The text with letters and their marks composed, as NFC writes them; never longer than `s`, whose room `out` has. */
size_t utf8_compose(slice s, char *out);

/* Simple folding of one character, all of Unicode. */
uint32_t utf8_fold_char(uint32_t cp);
/* The folded text in `perm`. */
slice utf8_fold(arena *perm, slice s);
/* Compares folded texts by code point: <0, 0, >0. No memory is used. */
int utf8_fold_cmp(slice a, slice b);
bool utf8_fold_eq(slice a, slice b);
/* Whether it is one of the words of a table's cell, which `|` separates. */
bool utf8_fold_one_of(const char *words, slice word);
/* Whether a's folded text contains, or starts with, b's. The empty text is in every text. */
bool utf8_fold_contains(slice a, slice b);
bool utf8_fold_starts(slice a, slice b);
/* A hash of the folded text: equal for texts that utf8_fold_eq calls equal. */
uint64_t utf8_fold_hash(slice s);

#endif
