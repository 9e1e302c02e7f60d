/* See series_names.h. Names and aliases compare without regard to case, as where a series is looked up. */
#include "lang/analyse/series_names.h"

#include "lang/base/index_series.h"
#include "lang/base/suggest.h"
#include "lang/base/utf8.h"

enum { NAMES_MAX = 1024 };

static size_t known_names(const program *p, slice *out) {
  size_t n = index_embedded_names(out, NAMES_MAX);
  if (n > NAMES_MAX) n = NAMES_MAX;
  for (const struct embedded *e = p->series_table; e && e->name; e++) {
    slice rest = slice_of(e->text);
    for (slice name = index_text_name(&rest); name.n && n < NAMES_MAX; name = index_text_name(&rest)) out[n++] = name;
  }
  return n;
}

void analyse_series_names(arena *perm, const program *p, diags *d) {
  static const char *const ask[LANG_COUNT] = {"did you mean \"%.*s\"?", "você quis dizer \"%.*s\"?",
                                              "¿quiso decir \"%.*s\"?"};
  if (!p->series_named_count) return;
  slice *names = ARENA_ARRAY(perm, NAMES_MAX, slice);
  size_t n = known_names(p, names);
  for (uint32_t i = 0; i < p->series_named_count; i++) {
    slice name = p->series_named[i].name;
    size_t at = 0;
    while (at < n && !utf8_fold_eq(names[at], name)) at++;
    if (at < n) continue;
    at = did_you_mean(name, names, n);
    slice hint = at < n ? arena_printf(perm, ask[p->lang], SLICE_ARG(names[at])) : (slice){0};
    diag_add(d, DIAG_W0028, p->series_named[i].at, hint, 1, &name);
  }
}
