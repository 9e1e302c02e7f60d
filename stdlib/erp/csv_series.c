/* See csv_series.h. */
#include "csv_series.h"

#include <stdio.h>

#include "lang/base/date.h"
#include "lang/base/decimal.h"
#include "lang/base/utf8.h"

enum { FIGURE_MAX = 40, SHOWN_MAX = 40, REASON_MAX = 320, NAME_MAX_BYTES = 64 };

struct csv_series {
  store *s;
  const csv_header *h;
  csv_dialect dialect;
  int64_t batch;
  size_t name_at, date_at, value_at, year_at;
  char reason[REASON_MAX];
};

store_code csv_series_open(arena *perm, store *s, const csv_header *h, csv_dialect dialect, csv_series **out) {
  csv_series *x = ARENA_NEW(perm, csv_series);
  *x = (csv_series){.s = s,
                    .h = h,
                    .dialect = dialect,
                    .name_at = csv_column_at(h, "name"),
                    .date_at = csv_column_at(h, "date"),
                    .value_at = csv_column_at(h, "value"),
                    .year_at = csv_column_at(h, "year")};
  *out = x;
  return store_series_open(s, SLICE("csv"), &x->batch);
}

static const char *reject(csv_series *x, size_t i, slice cell, const char *why) {
  slice shown = utf8_head(cell, SHOWN_MAX), title = utf8_head(x->h->column[i].title, SHOWN_MAX);
  snprintf(x->reason, sizeof x->reason, "\"%.*s%s\" in column \"%.*s\" %s", SLICE_ARG(shown),
           shown.n < cell.n ? "..." : "", SLICE_ARG(title), why);
  return x->reason;
}

static slice cell_at(const csv_series *x, const csv_reader *r, size_t i) {
  return i < x->h->count ? slice_trim(r->field[i]) : SLICE("");
}

/* "2026-01", "01/2026", or a day as dates are written. */
static const char *read_date(const csv_series *x, slice cell, int32_t *day) {
  civil_date d;
  char iso[8];
  if (cell.n == 7 && (cell.p[2] == '/' || cell.p[2] == '-')) {
    snprintf(iso, sizeof iso, "%.4s-%.2s", cell.p + 3, cell.p);
    cell = (slice){iso, 7};
  }
  if (cell.n != 7) return csv_date(cell, x->dialect.dates, day);
  if (!date_parse_month(cell, &d)) return "is no month (2026-01)";
  *day = d.day;
  return NULL;
}

/* "0.33", "0,33", "0,33 %", "-0,11"; in `room` with a point and without the sign of percent. */
static const char *read_figure(slice cell, char room[FIGURE_MAX], slice *out) {
  static const char WHY[] = "is no percentage above -100 (0.33 or 0,33)";
  if (cell.n && cell.p[cell.n - 1] == '%') cell = slice_trim((slice){cell.p, cell.n - 1});
  if (cell.n >= FIGURE_MAX) return WHY;
  for (size_t i = 0; i < cell.n; i++) room[i] = (char)(cell.p[i] == ',' ? '.' : cell.p[i]);
  decimal d;
  *out = (slice){room, cell.n};
  if (cell.n == 0) return NULL;
  return decimal_parse(*out, &d) == NUMBER_OK && decimal_cmp(d, (decimal){-100, 0}) > 0 ? NULL : WHY;
}

static const char *read_row(csv_series *x, const csv_reader *r, store_figure *f, char value[FIGURE_MAX],
                            char year[FIGURE_MAX]) {
  slice name = cell_at(x, r, x->name_at), date = cell_at(x, r, x->date_at);
  slice said = cell_at(x, r, x->value_at), said_year = cell_at(x, r, x->year_at);
  if (name.n == 0) return reject(x, x->name_at, name, "is empty, and every row must have one");
  if (name.n > NAME_MAX_BYTES) return reject(x, x->name_at, name, "is too long for a name");
  f->name = name;
  f->keep_year = x->year_at == x->h->count;
  const char *why = read_date(x, date, &f->date);
  if (why) return reject(x, x->date_at, date, why);
  why = read_figure(said, value, &f->value);
  if (why) return reject(x, x->value_at, said, why);
  why = read_figure(said_year, year, &f->year);
  if (why) return reject(x, x->year_at, said_year, why);
  if (f->value.n == 0 && f->year.n == 0) return reject(x, x->value_at, said, "is empty, and every row must have one");
  return NULL;
}

store_code csv_series_put(csv_series *x, const csv_reader *r, store_put *outcome, const char **why) {
  char value[FIGURE_MAX], year[FIGURE_MAX];
  store_figure f = {0};
  *why = read_row(x, r, &f, value, year);
  if (*why) return STORE_OK;
  store_code code = store_series_put(x->s, x->batch, &f, outcome);
  if (code == STORE_OK && *outcome == STORE_PUT_REPEATED)
    *why = reject(x, x->date_at, cell_at(x, r, x->date_at), "is in this file already, further up, with another figure");
  return code;
}
