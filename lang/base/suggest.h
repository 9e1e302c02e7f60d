/* "did you mean ...?": the nearest of the known names to a misspelt one. */
#ifndef DUN_BASE_SUGGEST_H
#define DUN_BASE_SUGGEST_H

#include <stddef.h>

#include "slice.h"

/* Names longer than this (in characters) are never near to anything. */
#define SUGGEST_CHARS_MAX 64

/* Edits (insert, delete, replace, swap of neighbours) between the folded texts, in characters; max + 1 where there are
 * more than `max`. */
size_t edit_distance(slice a, slice b, size_t max);

/* Index of the nearest of `names`, the first on a tie; `count` where none is near enough: at most one edit up to 4
 * characters, two up to 8, three above. */
size_t did_you_mean(slice wrong, const slice *names, size_t count);

#endif
