/* What every world shares: the words for its codes, zones, and printf. */
#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lang/base/tz.h"

const char *world_code_text(world_code code) {
  static const char *const text[] = {
#define WORLD_CODE(name, text) text,
      WORLD_CODES(WORLD_CODE)
#undef WORLD_CODE
  };
  return text[code];
}

static bool names_a_zone(slice name) {
  if (name.n == 0 || name.n > 255 || name.p[0] == '/') return false;
  for (size_t i = 0; i < name.n; i++) {
    char c = name.p[i];
    if (c == 0 || (c == '.' && i + 1 < name.n && name.p[i + 1] == '.')) return false;
  }
  return true;
}

const tz *world_load_zone(world *w, slice name, arena *perm) {
  if (!names_a_zone(name)) return NULL;
  if (slice_eq(name, SLICE("UTC"))) return tz_utc_zone(perm);
  const char *folder = w->env(w, "TZDIR");
  if (!folder || !*folder) folder = "/usr/share/zoneinfo";
  slice path = arena_printf(perm, "%s/%.*s", folder, SLICE_ARG(name));
  slice bytes;
  if (w->read_file(w, path.p, perm, &bytes) != WORLD_OK) return NULL;
  return tz_parse(perm, name, bytes.p, bytes.n);
}

bool world_is_to_end(world *w) { return w->asked && (w->asked(w, false) & WORLD_ASKED_TO_END); }

void world_printf(world *w, world_stream stream, const char *format, ...) {
  char small[1024];
  va_list ap;
  va_start(ap, format);
  int n = vsnprintf(small, sizeof small, format, ap);
  va_end(ap);
  if (n < 0) return;
  char *text = small;
  if ((size_t)n >= sizeof small) {
    text = malloc((size_t)n + 1);
    if (!text) arena_exhausted();
    va_start(ap, format);
    vsnprintf(text, (size_t)n + 1, format, ap);
    va_end(ap);
  }
  world_code ignored = w->print(w, stream, (slice){text, (size_t)n});
  (void)ignored;
  if (text != small) free(text);
}

world_code world_look(world *w, const char *path) {
  uint32_t mode;
  bool writable;
  world_file *f;
  if (w->mode_of) return w->mode_of(w, path, &mode, &writable);
  world_code code = w->open_file(w, path, &f);
  if (code == WORLD_OK) w->close_file(w, f);
  return code;
}
