/* A text that grows in an arena. The arena keeps the outgrown copies until it is freed, so that a text costs at most
 * about twice its final length. */
#ifndef DUN_BASE_TEXT_H
#define DUN_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "slice.h"

typedef struct text {
  arena *perm;
  char *p;
  size_t n, room;
} text;

static inline text text_new(arena *perm) { return (text){perm, NULL, 0, 0}; }
void text_add(text *t, slice s);
void text_cstr(text *t, const char *s);
void text_char(text *t, char c);
void text_repeat(text *t, char c, size_t count);
/* One character as UTF-8. */
void text_rune(text *t, uint32_t cp);
void text_printf(text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What it holds now, NUL-terminated behind its end; valid until the next addition. */
slice text_slice(const text *t);

#endif
