/* Published series: those of the project's folder `indices/`, those of the store, and what was missing of them. */
#include "lang/base/path.h"
#include "project.h"
#include "runtime/engine/bills.h"
#include "runtime/engine/prices.h"
#include "session.h"

enum { PROJECT_SERIES_MAX = 256, SERIES_BYTES_MAX = 1 << 20 };

static bool is_series(slice name) { return name.n > 4 && memcmp(name.p + name.n - 4, ".idx", 4) == 0; }

/* One file as a row of the table; false: what is wrong is said. */
static bool read_one(session *s, slice path, struct embedded *row, int *status) {
  slice text;
  world_code code = s->w->read_file(s->w, arena_copy(s->perm, path), s->perm, &text);
  if (code != WORLD_OK) {
    *status = COMPLAIN(s, EXIT_WORLD, CANNOT_READ, path, texts_world(s->lang, s->perm, code));
    return false;
  }
  if (text.n > SERIES_BYTES_MAX) {
    *status = COMPLAIN(s, EXIT_COMPILE, LARGER_THAN, path, texts_number(s->perm, SERIES_BYTES_MAX));
    return false;
  }
  if (memchr(text.p, '\0', text.n)) {
    *status = COMPLAIN(s, EXIT_COMPILE, NOT_A_TEXT, path);
    return false;
  }
  index_fault fault;
  if (!index_series_build(s->perm, text, &fault)) {
    *status = COMPLAIN(s, EXIT_COMPILE, SERIES_FAULT, path, texts_number(s->perm, fault.line),
                       texts_said(s->lang, s->perm, slice_of(fault.what)));
    return false;
  }
  *row = (struct embedded){arena_copy(s->perm, path), arena_copy(s->perm, text)};
  return true;
}

int session_project_series(session *s) {
  slice folder = project_folder(s->w, s->perm, s->policy_folder, "indices"), *names;
  bool there = false;
  size_t n = 0, own = 0;
  if (s->w->is_folder(s->w, arena_copy(s->perm, folder), &there) != WORLD_OK || !there) return EXIT_FINE;
  world_code code = s->w->list_folder(s->w, arena_copy(s->perm, folder), s->perm, &names, &n);
  if (code != WORLD_OK) return COMPLAIN(s, EXIT_WORLD, CANNOT_READ_FOLDER, folder, texts_world(s->lang, s->perm, code));
  struct embedded *table = ARENA_ARRAY(s->perm, n + 1, struct embedded);
  int status = EXIT_FINE;
  for (size_t i = 0; i < n; i++) {
    if (!is_series(names[i])) continue;
    if (own == PROJECT_SERIES_MAX)
      return COMPLAIN(s, EXIT_COMPILE, SERIES_MANY, folder, texts_number(s->perm, PROJECT_SERIES_MAX));
    if (!read_one(s, path_join(s->perm, folder, names[i]), &table[own], &status)) return status;
    own++;
  }
  s->series = table;
  return EXIT_FINE;
}

store_code session_series(session *s) { return series_open(s->perm, s->s, s->series, &s->e->series); }

void session_say_figures(session *s) {
  for (uint32_t i = 0; i < s->e->figure_count; i++) {
    const figure_missing *f = &s->e->figures[i];
    if (date_is_none(f->month)) {
      slice meant = series_meant(s->e->series, f->series);
      if (meant.n)
        SAY(s, WORLD_STDERR, NO_INDEX_MEANT, f->series, meant);
      else
        SAY(s, WORLD_STDERR, NO_INDEX, f->series);
      continue;
    }
    char day[DATE_TEXT_MAX];
    date_iso(f->month, day);
    SAY_COUNT(s, WORLD_STDERR, FIGURE_MISSING, f->prices, f->series, arena_slice(s->perm, (slice){day, 7}));
  }
}

void session_say_unbilled(session *s, world_stream stream, const unbilled_list *l) {
  enum { SHOWN_MAX = 20 };
  for (uint32_t i = 0; i < l->n && i < SHOWN_MAX; i++) {
    const unbilled_period *p = &l->v[i];
    char from[DATE_TEXT_MAX], to[DATE_TEXT_MAX];
    civil_date day = {p->day}, next = every_next(s->e, &s->e->p->everys[p->rule], p->contract, day);
    date_iso(day, from);
    date_iso(date_is_none(next) ? day : date_add_days(next, -1), to);
    SAY(s, stream, UNBILLED, s->f->t[ENT_CONTRACT].number[p->contract], slice_of(from), slice_of(to),
        texts_said(s->lang, s->perm, slice_of(UNBILLED_WORDS[p->why])));
  }
  if (l->n > SHOWN_MAX) SAY(s, stream, AND_MORE, texts_number(s->perm, l->n - SHOWN_MAX));
}
