/* Growing text. Invariant: p[n] is NUL once anything was added. */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>

#include "utf8.h"

static void make_room(text *t, size_t more) {
  if (t->room - t->n > more) return;
  size_t room = t->room ? t->room * 2 : 64;
  while (room - t->n <= more) room *= 2;
  char *p = arena_alloc(t->perm, room);
  if (t->n) memcpy(p, t->p, t->n);
  t->p = p;
  t->room = room;
}

void text_add(text *t, slice s) {
  make_room(t, s.n);
  if (s.n) memcpy(t->p + t->n, s.p, s.n);
  t->n += s.n;
  t->p[t->n] = 0;
}

void text_cstr(text *t, const char *s) { text_add(t, slice_of(s)); }
void text_char(text *t, char c) { text_add(t, (slice){&c, 1}); }

void text_repeat(text *t, char c, size_t count) {
  make_room(t, count);
  memset(t->p + t->n, c, count);
  t->n += count;
  t->p[t->n] = 0;
}

void text_rune(text *t, uint32_t cp) {
  char bytes[4];
  text_add(t, (slice){bytes, utf8_encode(cp, bytes)});
}

void text_printf(text *t, const char *format, ...) {
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  size_t left = t->room - t->n;
  int n = vsnprintf(left ? t->p + t->n : NULL, left, format, args); /* it fits, mostly */
  va_end(args);
  if (n > 0 && (size_t)n >= left) {
    make_room(t, (size_t)n);
    vsnprintf(t->p + t->n, (size_t)n + 1, format, again);
  }
  if (n > 0) t->n += (size_t)n;
  va_end(again);
}

slice text_slice(const text *t) { return (slice){t->n ? t->p : "", t->n}; }
