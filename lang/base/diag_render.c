/* Draws diagnostics for a person:
 *
 *   error[E0112]: there is no field "custmer.segment"
 *     --> policies/standard.dun:11:40
 *      |
 *   11 | ladder key_accounts for invoices where custmer.segment in ("gov")
 *      |                                        ^^^^^^^ did you mean "customer"?
 *
 * Invariant: what is printed of the source holds no control character, so that a policy cannot drive the terminal. */
#include <assert.h>

#include "diag.h"
#include "text.h"
#include "utf8.h"

#define TAB_COLUMNS 4
/* A line wider than this is cut to a window around the place. */
#define LINE_COLUMNS_MAX 160
#define WINDOW_BEFORE 60

#define BOLD "\x1b[1m"
#define BLUE "\x1b[1;34m"
#define PLAIN "\x1b[0m"

static const struct {
  const char *word[LANG_COUNT], *color;
} severities[] = {[DIAG_ERROR] = {{"error", "erro", "error"}, "\x1b[1;31m"},
                  [DIAG_WARNING] = {{"warning", "aviso", "advertencia"}, "\x1b[1;33m"},
                  [DIAG_NOTE] = {{"note", "nota", "nota"}, "\x1b[1;36m"}};

static uint32_t line_start(slice s, uint32_t offset) {
  while (offset > 0 && s.p[offset - 1] != '\n') offset--;
  return offset;
}

static uint32_t newlines(slice s, uint32_t from, uint32_t to) {
  uint32_t count = 0;
  const char *p = s.p + from, *end = s.p + to;
  while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) p++, count++;
  return count;
}

void source_position(const source *s, uint32_t offset, uint32_t *line, uint32_t *column) {
  if (offset > s->text.n) offset = (uint32_t)s->text.n;
  uint32_t start = line_start(s->text, offset);
  *line = 1 + newlines(s->text, 0, start);
  *column = 1 + (uint32_t)utf8_count((slice){s->text.p + start, offset - start});
}

/* A known line, so that the lines of a file are counted once for all its diagnostics in order, not once for each. */
struct cursor {
  uint16_t file;
  uint32_t start, line; /* line 0: none known */
};

static uint32_t line_number(struct cursor *c, const source *s, uint16_t file, uint32_t start) {
  if (c->line && c->file == file && c->start <= start)
    c->line += newlines(s->text, c->start, start);
  else
    c->line = 1 + newlines(s->text, 0, start);
  c->file = file;
  c->start = start;
  return c->line;
}

/* The shown line: its text, and the columns [from, to) of the place in it. */
struct shown {
  text line;
  size_t from, to;
};

static void show_char(text *out, size_t *column, uint32_t cp) {
  if (cp == '\t') {
    size_t spaces = TAB_COLUMNS - *column % TAB_COLUMNS;
    text_repeat(out, ' ', spaces);
    *column += spaces;
    return;
  }
  if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || (cp >= 0x2028 && cp <= 0x202E) || (cp >= 0x2066 && cp <= 0x2069))
    cp = 0xFFFD; /* control, and what would reorder the line */
  text_rune(out, cp);
  *column += utf8_char_width(cp);
}

static slice line_at(slice s, uint32_t start) {
  const char *end = memchr(s.p + start, '\n', s.n - start);
  slice line = {s.p + start, end ? (size_t)(end - s.p) - start : s.n - start};
  if (line.n && line.p[line.n - 1] == '\r') line.n--;
  return line;
}

/* Draws the bytes of `line`; the place is at the bytes [from, to). Of a long line only a window. */
static struct shown show_line(arena *perm, slice line, size_t from, size_t to) {
  struct shown s = {text_new(perm), 0, 0};
  size_t begin = 0, column = 0;
  if (line.n > LINE_COLUMNS_MAX && from > WINDOW_BEFORE) {
    begin = from - WINDOW_BEFORE;
    while (begin < from && ((unsigned char)line.p[begin] & 0xC0) == 0x80) begin++;
    text_cstr(&s.line, "…");
    column = 1;
  }
  size_t i = begin;
  while (i < line.n && column < LINE_COLUMNS_MAX) {
    if (i <= from) s.from = column;
    uint32_t cp;
    i += utf8_decode((slice){line.p + i, line.n - i}, &cp);
    show_char(&s.line, &column, cp);
    if (i <= to) s.to = column;
  }
  if (from >= i) s.from = column;
  if (i < line.n) text_cstr(&s.line, "…");
  if (s.to <= s.from) s.to = s.from + 1; /* an empty place still gets one caret */
  return s;
}

static unsigned digits_of(uint32_t n) {
  unsigned count = 1;
  while (n /= 10) count++;
  return count;
}

/* Text without control characters (a hint may have several lines). */
static void add_clean(text *out, slice s) {
  for (size_t column = 0; s.n;) {
    uint32_t cp;
    size_t len = utf8_decode(s, &cp);
    if (cp == '\n')
      text_char(out, '\n');
    else
      show_char(out, &column, cp);
    s.p += len, s.n -= len;
  }
}

static void render_place(text *out, const diag *d, const source *src, struct cursor *cursor, bool color, arena *perm) {
  const char *blue = color ? BLUE : "", *plain = color ? PLAIN : "";
  const char *mark = color ? severities[diag_severity_of(d->code)].color : "";
  uint32_t from = d->at.from < src->text.n ? d->at.from : (uint32_t)src->text.n;
  uint32_t start = line_start(src->text, from), number = line_number(cursor, src, d->at.file, start);
  size_t column = 1 + utf8_count((slice){src->text.p + start, from - start});
  slice line = line_at(src->text, start);
  size_t to = d->at.to > start ? d->at.to - start : 0;
  struct shown s = show_line(perm, line, from - start, to < line.n ? to : line.n);
  unsigned gutter = digits_of(number);
  text_repeat(out, ' ', gutter);
  text_printf(out, "%s-->%s ", blue, plain);
  add_clean(out, src->name);
  text_printf(out, ":%u:%zu\n", number, column);
  text_repeat(out, ' ', gutter);
  text_printf(out, " %s|%s\n%s%u |%s ", blue, plain, blue, number, plain);
  text_add(out, text_slice(&s.line));
  text_char(out, '\n');
  text_repeat(out, ' ', gutter);
  text_printf(out, " %s|%s ", blue, plain);
  text_repeat(out, ' ', s.from);
  text_cstr(out, mark);
  text_repeat(out, '^', s.to - s.from);
  if (d->hint.n) {
    text_char(out, ' ');
    add_clean(out, d->hint);
  }
  text_cstr(out, plain);
  text_char(out, '\n');
}

slice diags_render(const diags *d, const source *sources, size_t count, dun_lang lang, bool color, arena *perm) {
  text out = text_new(perm);
  struct cursor cursor = {0, 0, 0};
  for (const diag *x = d->first; x; x = x->next) {
    assert(x->at.file < count);
    diag_severity severity = diag_severity_of(x->code);
    if (color) text_cstr(&out, severities[severity].color);
    text_printf(&out, "%s[%s]", severities[severity].word[lang], diag_name(x->code));
    if (color) text_cstr(&out, PLAIN BOLD);
    text_cstr(&out, ": ");
    add_clean(&out, diag_text(x, lang, perm));
    if (color) text_cstr(&out, PLAIN);
    text_char(&out, '\n');
    render_place(&out, x, &sources[x->at.file], &cursor, color, perm);
    text_char(&out, '\n');
  }
  return text_slice(&out);
}
