/* The four formats of out.h. A table is held back until its widths are known (all of it, or its first rows if there are
 * many); the others go straight out. */
#include "out.h"

#include <stdio.h>
#include <stdlib.h>

#include "lang/base/utf8.h"
#include "stdlib/net/json.h"

#define HELD_ROWS_MAX 1000 /* of a table, to find its widths */
#define GAP 2              /* spaces between the columns of a table */
#define NARROWEST 8        /* to which a column is shortened */

struct out {
  world *w;
  out_format format;
  const out_column *column;
  size_t count, rows;
  world_code failure;
  char buffer[1 << 15];
  size_t n;
  arena *perm; /* of a table's held rows; of a JSON row while it is written */
  /* table */
  slice *held;
  size_t held_rows;
  size_t *width;
  bool begun, color;
  slice empty; /* said instead of a table without a row */
};

/* ---- formats and the terminal ---- */

static const char *const FORMAT_NAME[] = {
#define FORMAT(name) #name,
    OUT_FORMATS(FORMAT)
#undef FORMAT
};

bool out_format_find(slice name, out_format *format) {
  for (int i = 0; i < OUT_FORMAT_COUNT; i++) {
    if (!slice_eq(slice_of(FORMAT_NAME[i]), name)) continue;
    *format = (out_format)i;
    return true;
  }
  return false;
}

bool out_color(world *w, world_stream stream) {
  const char *no = w->env(w, "NO_COLOR"), *term = w->env(w, "TERM");
  return w->is_terminal(w, stream) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

size_t out_width(slice text) { return utf8_width(text); }

/* ---- the buffer ---- */

static void flush(out *o) {
  if (o->n && o->failure == WORLD_OK) o->failure = o->w->print(o->w, WORLD_STDOUT, (slice){o->buffer, o->n});
  o->n = 0;
}

static void put(out *o, slice s) {
  while (s.n) {
    size_t n = sizeof o->buffer - o->n < s.n ? sizeof o->buffer - o->n : s.n;
    memcpy(o->buffer + o->n, s.p, n);
    o->n += n;
    s = (slice){s.p + n, s.n - n};
    if (o->n == sizeof o->buffer) flush(o);
  }
}

static void put_times(out *o, char c, size_t times) {
  while (times--) put(o, (slice){&c, 1});
}

/* ---- csv ---- */

static bool needs_quotes(slice s) {
  for (size_t i = 0; i < s.n; i++)
    if (s.p[i] == ',' || s.p[i] == '"' || s.p[i] == '\r' || s.p[i] == '\n') return true;
  return false;
}

size_t out_csv_field(slice field, char *to, size_t capacity) {
  bool quoted = needs_quotes(field);
  size_t n = 0;
  if (quoted && n++ < capacity) to[0] = '"';
  for (size_t i = 0; i < field.n; i++) {
    if (quoted && field.p[i] == '"' && n++ < capacity) to[n - 1] = '"';
    if (n++ < capacity) to[n - 1] = field.p[i];
  }
  if (quoted && n++ < capacity) to[n - 1] = '"';
  return n;
}

static void csv_row(out *o, const slice *values) {
  for (size_t i = 0; i < o->count; i++) {
    if (i) put(o, SLICE(","));
    if (!needs_quotes(values[i])) {
      put(o, values[i]);
      continue;
    }
    size_t n = out_csv_field(values[i], NULL, 0);
    char *field = malloc(n);
    if (!field) arena_exhausted();
    out_csv_field(values[i], field, n);
    put(o, (slice){field, n});
    free(field);
  }
  put(o, SLICE("\n"));
}

static void csv_header(out *o) {
  for (size_t i = 0; i < o->count; i++) {
    if (i) put(o, SLICE(","));
    put(o, slice_of(o->column[i].name));
  }
  put(o, SLICE("\n"));
}

/* ---- json ---- */

static bool whole_number(slice s, int64_t *value) {
  if (s.n == 0 || s.n > 18) return false;
  bool negative = s.p[0] == '-';
  if (negative && s.n == 1) return false;
  int64_t n = 0;
  for (size_t i = negative; i < s.n; i++) {
    if (s.p[i] < '0' || s.p[i] > '9') return false;
    n = n * 10 + (s.p[i] - '0');
  }
  *value = negative ? -n : n;
  return true;
}

static void json_value(json_writer *j, const out_column *c, slice s) {
  int64_t n;
  if (s.n == 0) {
    json_put_null(j, c->name);
    return;
  }
  switch (c->kind) {
  case OUT_NUMBER:
    if (!whole_number(s, &n)) break;
    json_put_int(j, c->name, n);
    return;
  case OUT_YESNO:
    if (!slice_eq(s, SLICE("yes")) && !slice_eq(s, SLICE("no"))) break;
    json_put_bool(j, c->name, slice_eq(s, SLICE("yes")));
    return;
  case OUT_TEXT:
  case OUT_DATE: break;
  }
  json_put_text(j, c->name, s);
}

static void json_row(out *o, const slice *values) {
  json_writer *j = json_write(o->perm);
  json_begin_object(j, NULL);
  for (size_t i = 0; i < o->count; i++) json_value(j, &o->column[i], values[i]);
  json_end(j);
  put(o, o->rows ? SLICE(",\n  ") : SLICE("[\n  "));
  put(o, json_written(j));
  arena_reset(o->perm);
}

/* ---- table and md ---- */

static slice title_of(const out_column *c) { return slice_of(c->title ? c->title : c->name); }

/* Without what would move the cursor: line ends, escapes and other control characters become spaces. */
static slice one_line(out *o, slice s) {
  bool clean = true;
  for (size_t i = 0; i < s.n && clean; i++) {
    unsigned char c = (unsigned char)s.p[i];
    clean = c >= 0x20 && c != 0x7F && !(c == 0xC2 && i + 1 < s.n && (unsigned char)s.p[i + 1] < 0xA0);
  }
  if (clean) return s;
  char *copy = arena_copy(o->perm, s);
  for (size_t i = 0; i < s.n; i++) {
    unsigned char c = (unsigned char)copy[i];
    if (c < 0x20 || c == 0x7F) copy[i] = ' ';
    if (c == 0xC2 && i + 1 < s.n && (unsigned char)copy[i + 1] < 0xA0) copy[i] = copy[i + 1] = ' ';
  }
  return (slice){copy, s.n};
}

static void md_cell(out *o, slice s) {
  s = one_line(o, s);
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] == '|' || s.p[i] == '\\') put(o, SLICE("\\"));
    put(o, (slice){s.p + i, 1});
  }
}

static void md_row(out *o, const slice *values) {
  put(o, SLICE("|"));
  for (size_t i = 0; i < o->count; i++) {
    put(o, SLICE(" "));
    md_cell(o, values[i]);
    put(o, SLICE(" |"));
  }
  put(o, SLICE("\n"));
}

static void md_header(out *o) {
  put(o, SLICE("|"));
  for (size_t i = 0; i < o->count; i++) {
    put(o, SLICE(" "));
    md_cell(o, title_of(&o->column[i]));
    put(o, SLICE(" |"));
  }
  put(o, SLICE("\n|"));
  for (size_t i = 0; i < o->count; i++) put(o, o->column[i].kind == OUT_NUMBER ? SLICE(" ---: |") : SLICE(" --- |"));
  put(o, SLICE("\n"));
}

static size_t total_width(const out *o) {
  size_t total = 0;
  for (size_t i = 0; i < o->count; i++) total += o->width[i] + (i ? GAP : 0);
  return total;
}

/* The widest column gives a column of the terminal at a time; those to keep give only when no other can. */
static void fit(out *o, size_t columns) {
  for (int keeping = 1; keeping >= 0; keeping--) {
    while (total_width(o) > columns) {
      size_t widest = o->count;
      for (size_t i = 0; i < o->count; i++) {
        if (o->width[i] <= NARROWEST || (keeping && o->column[i].keep)) continue;
        if (widest == o->count || o->width[i] > o->width[widest]) widest = i;
      }
      if (widest == o->count) break;
      o->width[widest]--;
    }
  }
}

static void table_cell(out *o, size_t i, slice s) {
  bool last = i + 1 == o->count, right = o->column[i].kind == OUT_NUMBER;
  size_t width = utf8_width(s), room = o->width[i];
  bool cut = width > room && o->w->is_terminal(o->w, WORLD_STDOUT);
  if (cut) s = utf8_head(s, room - 1);
  if (cut) width = utf8_width(s) + 1;
  size_t pad = width < room ? room - width : 0;
  if (last && s.n == 0) return; /* no spaces at the end of a line */
  if (i) put_times(o, ' ', GAP);
  if (right) put_times(o, ' ', pad);
  put(o, s);
  if (cut) put(o, SLICE("…"));
  if (!right && !last) put_times(o, ' ', pad);
}

static void table_line(out *o, const slice *values) {
  for (size_t i = 0; i < o->count; i++) table_cell(o, i, values[i]);
  put(o, SLICE("\n"));
}

static void table_header(out *o) {
  if (o->color) put(o, SLICE("\x1b[1m"));
  for (size_t i = 0; i < o->count; i++) table_cell(o, i, title_of(&o->column[i]));
  if (o->color) put(o, SLICE("\x1b[0m"));
  put(o, SLICE("\n"));
  if (o->color) put(o, SLICE("\x1b[2m"));
  for (size_t i = 0; i < o->count; i++) {
    if (i) put_times(o, ' ', GAP);
    for (size_t k = 0; k < o->width[i]; k++) put(o, SLICE("─"));
  }
  if (o->color) put(o, SLICE("\x1b[0m"));
  put(o, SLICE("\n"));
}

/* The widths are those of the titles and the rows held back; then everything goes out as it comes. */
static void table_begin(out *o) {
  o->begun = true;
  for (size_t i = 0; i < o->count; i++) {
    o->width[i] = utf8_width(title_of(&o->column[i]));
    for (size_t r = 0; r < o->held_rows; r++) {
      size_t width = utf8_width(o->held[r * o->count + i]);
      if (width > o->width[i]) o->width[i] = width;
    }
  }
  int columns = o->w->is_terminal(o->w, WORLD_STDOUT) ? o->w->terminal_columns(o->w) : 0;
  if (columns > 0) fit(o, (size_t)columns);
  table_header(o);
  for (size_t r = 0; r < o->held_rows; r++) table_line(o, o->held + r * o->count);
}

static void table_row(out *o, const slice *values) {
  if (!o->begun && o->held_rows == HELD_ROWS_MAX) table_begin(o);
  if (!o->begun) {
    slice *row = o->held + o->held_rows++ * o->count;
    for (size_t i = 0; i < o->count; i++) row[i] = one_line(o, arena_slice(o->perm, values[i]));
    return;
  }
  for (size_t i = 0; i < o->count; i++) table_cell(o, i, one_line(o, values[i]));
  put(o, SLICE("\n"));
}

/* ---- the interface ---- */

out *out_begin(world *w, out_format format, const out_column *columns, size_t count) {
  out *o = calloc(1, sizeof *o);
  if (!o) arena_exhausted();
  o->w = w;
  o->format = format;
  o->column = columns;
  o->count = count;
  o->color = format == OUT_table && out_color(w, WORLD_STDOUT);
  o->perm = arena_new();
  o->width = ARENA_ARRAY(o->perm, count, size_t);
  switch (format) {
  case OUT_table: o->held = ARENA_ARRAY(o->perm, HELD_ROWS_MAX * count, slice); break;
  case OUT_csv: csv_header(o); break;
  case OUT_json: break;
  case OUT_md: md_header(o); break;
  case OUT_FORMAT_COUNT: break;
  }
  return o;
}

void out_row(out *o, const slice *values) {
  switch (o->format) {
  case OUT_table: table_row(o, values); break;
  case OUT_csv: csv_row(o, values); break;
  case OUT_json: json_row(o, values); break;
  case OUT_md: md_row(o, values); break;
  case OUT_FORMAT_COUNT: break;
  }
  o->rows++;
}

void out_if_empty(out *o, slice words) { o->empty = words; }

bool out_end(out *o, world_code *why) {
  bool says = o->format == OUT_table && o->rows == 0 && o->empty.n;
  if (says) put(o, o->empty);
  if (says) put(o, SLICE("\n"));
  if (o->format == OUT_table && !o->begun && !says) table_begin(o);
  if (o->format == OUT_json) put(o, o->rows ? SLICE("\n]\n") : SLICE("[]\n"));
  flush(o);
  *why = o->failure;
  bool fine = o->failure == WORLD_OK;
  arena_free(o->perm);
  free(o);
  return fine;
}

size_t out_rows(const out *o) { return o->rows; }
