/* The record reader of csv_read.h: memchr finds line ends, quotes and separators; only a line with a quote in it is
 * looked at byte by byte. */
#include "csv_read.h"

#include <stdlib.h>

#include "lang/base/utf8.h"

/* Room for a whole record and the piece that is read behind it. */
#define BUFFER_BYTES (CSV_RECORD_MAX + ((size_t)1 << 18))

world_code csv_open(csv_reader *r, world *w, const char *path) {
  *r = (csv_reader){.w = w, .separator = ',', .next_line = 1};
  world_code code = w->open_file(w, path, &r->file);
  if (code != WORLD_OK) return code;
  r->buffer = malloc(BUFFER_BYTES);
  if (!r->buffer) arena_exhausted();
  return WORLD_OK;
}

void csv_close(csv_reader *r) {
  if (!r->w) return;
  r->w->close_file(r->w, r->file);
  free(r->buffer);
  free(r->unquoted);
  free(r->composed);
  *r = (csv_reader){.w = NULL};
}

/* Reads behind `to`, after moving what is not read past to the front. */
static world_code refill(csv_reader *r) {
  if (r->from) {
    memmove(r->buffer, r->buffer + r->from, r->to - r->from);
    r->to -= r->from;
    r->from = 0;
  }
  size_t got = 0;
  world_code code = r->w->read(r->w, r->file, r->buffer + r->to, BUFFER_BYTES - r->to, &got);
  if (code != WORLD_OK) return code;
  bool first = r->done == 0 && r->to == 0;
  r->to += got;
  r->at_end = got == 0;
  if (first && r->to >= 3 && memcmp(r->buffer, "\xEF\xBB\xBF", 3) == 0) r->from = 3;
  return WORLD_OK;
}

/* The offset from `from` of the next line end at or after `at`, SIZE_MAX where the file or the longest record ends
 * before one. */
static world_code find_line_end(csv_reader *r, size_t at, size_t *end) {
  for (;;) {
    const char *p = r->buffer + r->from + at;
    const char *nl = r->to > r->from + at ? memchr(p, '\n', r->to - r->from - at) : NULL;
    if (nl) {
      *end = (size_t)(nl - (r->buffer + r->from));
      if (*end >= CSV_RECORD_MAX) *end = SIZE_MAX;
      return WORLD_OK;
    }
    at = r->to - r->from;
    *end = SIZE_MAX;
    if (r->at_end || at >= CSV_RECORD_MAX) return WORLD_OK;
    world_code code = refill(r);
    if (code != WORLD_OK) return code;
  }
}

static slice without_cr(slice s) {
  if (s.n && s.p[s.n - 1] == '\r') s.n--;
  return s;
}

static void read_past(csv_reader *r, size_t bytes) {
  r->from += bytes;
  r->done += bytes;
}

world_code csv_peek_line(csv_reader *r, slice *line) {
  size_t end;
  world_code code = find_line_end(r, 0, &end);
  size_t all = r->to - r->from;
  *line = without_cr((slice){r->buffer + r->from, end == SIZE_MAX ? all : end});
  return code;
}

static csv_got split_plain(csv_reader *r, slice line) {
  const char *p = line.p, *end = line.p + line.n;
  size_t count = 0;
  for (;;) {
    const char *separator = p < end ? memchr(p, r->separator, (size_t)(end - p)) : NULL;
    if (count == CSV_COLUMNS_MAX) return CSV_GOT_TOO_WIDE;
    r->field[count++] = (slice){p, (size_t)((separator ? separator : end) - p)};
    if (!separator) break;
    p = separator + 1;
  }
  r->count = count;
  return CSV_GOT_ROW;
}

/* A field whose quotes are doubled loses one of each pair, in memory of its own: `raw` stays as it was. */
static slice unquote(csv_reader *r, slice field) {
  if (!r->unquoted) r->unquoted = malloc(CSV_RECORD_MAX);
  if (!r->unquoted) arena_exhausted();
  char *to = r->unquoted + r->unquoted_n, *begin = to;
  for (size_t i = 0; i < field.n; i++) {
    *to++ = field.p[i];
    if (field.p[i] == '"') i++;
  }
  r->unquoted_n += (size_t)(to - begin);
  return (slice){begin, (size_t)(to - begin)};
}

/* Where the quoted field that begins at `at` (behind its quote) ends: the offset of its closing quote, SIZE_MAX where
 * it is not closed. *doubled: it has quotes inside. Reads on over line ends. */
static world_code find_closing_quote(csv_reader *r, size_t at, size_t *close, bool *doubled) {
  *doubled = false;
  for (;;) {
    const char *base = r->buffer + r->from;
    size_t have = r->to - r->from;
    const char *quote = at < have ? memchr(base + at, '"', have - at) : NULL;
    size_t offset = quote ? (size_t)(quote - base) : have;
    /* Whether the quote is doubled shows only with the byte behind it. */
    if (quote && (offset + 1 < have || r->at_end)) {
      if (offset + 1 < have && base[offset + 1] == '"') {
        *doubled = true;
        at = offset + 2;
        continue;
      }
      *close = offset < CSV_RECORD_MAX ? offset : SIZE_MAX;
      return WORLD_OK;
    }
    *close = SIZE_MAX;
    if (r->at_end || have >= CSV_RECORD_MAX) return WORLD_OK;
    at = offset;
    world_code code = refill(r);
    if (code != WORLD_OK) return code;
  }
}

/* The fields as offsets from `from`, since reading on moves the buffer. */
typedef struct part {
  size_t from, to;
  bool doubled;
} part;

static csv_got split_quoted(csv_reader *r, part *parts, size_t *count, size_t *end) {
  size_t at = 0;
  for (*count = 0;; at++) {
    if (*count == CSV_COLUMNS_MAX) return CSV_GOT_TOO_WIDE;
    size_t line_end;
    if ((r->failure = find_line_end(r, at, &line_end)) != WORLD_OK) return CSV_GOT_FAILURE;
    size_t have = r->to - r->from;
    if (line_end == SIZE_MAX && !r->at_end) return CSV_GOT_TOO_LONG;
    size_t stop = line_end == SIZE_MAX ? have : line_end;
    part *field = &parts[(*count)++];
    *field = (part){.from = at, .to = stop};
    if (at < stop && r->buffer[r->from + at] == '"') {
      field->from = at + 1;
      if ((r->failure = find_closing_quote(r, at + 1, &field->to, &field->doubled)) != WORLD_OK) return CSV_GOT_FAILURE;
      if (field->to == SIZE_MAX) return CSV_GOT_UNCLOSED;
      at = field->to + 1;
      if (at + 1 >= r->to - r->from && !r->at_end && (r->failure = refill(r)) != WORLD_OK) return CSV_GOT_FAILURE;
      have = r->to - r->from;
      const char *p = r->buffer + r->from;
      if (at + 1 < have && p[at] == '\r' && p[at + 1] == '\n') at++;
      if (at < have && p[at] != r->separator && p[at] != '\n') return CSV_GOT_BAD_QUOTE;
      if (at < have && p[at] == r->separator) continue;
      *end = at;
      return CSV_GOT_ROW;
    }
    const char *p = r->buffer + r->from;
    const char *separator = memchr(p + at, r->separator, stop - at);
    if (!separator) {
      if (stop > at && p[stop - 1] == '\r') field->to--;
      *end = stop;
      return CSV_GOT_ROW;
    }
    at = field->to = (size_t)(separator - p);
  }
}

static csv_got next_quoted(csv_reader *r, size_t first_line_end) {
  part parts[CSV_COLUMNS_MAX];
  size_t count, end = 0;
  csv_got got = split_quoted(r, parts, &count, &end);
  if (got == CSV_GOT_FAILURE) return got;
  if (got == CSV_GOT_ROW && end >= CSV_RECORD_MAX) got = CSV_GOT_TOO_LONG;
  if (got != CSV_GOT_ROW) {
    /* Only the line that it began on is put aside. */
    size_t have = r->to - r->from;
    end = first_line_end == SIZE_MAX ? have : first_line_end;
    if (got == CSV_GOT_TOO_LONG) got = CSV_GOT_UNCLOSED;
    count = 0;
  }
  const char *p = r->buffer + r->from;
  r->raw = without_cr((slice){p, end});
  r->unquoted_n = 0;
  for (size_t i = 0; i < count; i++) {
    slice field = {p + parts[i].from, parts[i].to - parts[i].from};
    r->field[i] = parts[i].doubled ? unquote(r, field) : field;
  }
  r->count = count;
  for (const char *nl = p; nl < p + end && (nl = memchr(nl, '\n', (size_t)(p + end - nl))); nl++) r->next_line++;
  r->next_line++;
  read_past(r, end + (r->from + end < r->to ? 1 : 0));
  return got;
}

static csv_got next_record(csv_reader *r) {
  size_t end;
  if ((r->failure = find_line_end(r, 0, &end)) != WORLD_OK) return CSV_GOT_FAILURE;
  size_t have = r->to - r->from;
  r->line = r->next_line;
  r->count = 0;
  if (end == SIZE_MAX && have == 0) return CSV_GOT_END;
  bool whole = end != SIZE_MAX || (r->at_end && have < CSV_RECORD_MAX);
  if (!whole) {
    r->raw = (slice){r->buffer + r->from, CSV_RECORD_MAX};
    r->next_line++;
    read_past(r, CSV_RECORD_MAX);
    return CSV_GOT_TOO_LONG;
  }
  slice line = {r->buffer + r->from, end == SIZE_MAX ? have : end};
  if (memchr(line.p, '"', line.n)) return next_quoted(r, end);
  r->next_line++;
  read_past(r, line.n + (end == SIZE_MAX ? 0 : 1));
  r->raw = without_cr(line);
  return split_plain(r, r->raw);
}

/* Some systems export decomposed accents; a policy is written in NFC, and both are one text. `raw` stays as it was. */
static void compose(csv_reader *r) {
  if (!r->composed) r->composed = malloc(CSV_RECORD_MAX);
  if (!r->composed) arena_exhausted();
  size_t used = 0;
  for (size_t i = 0; i < r->count; i++) {
    slice *field = &r->field[i];
    if (!utf8_has_marks(*field) || !utf8_valid(*field)) continue;
    field->n = utf8_compose(*field, r->composed + used);
    field->p = r->composed + used;
    used += field->n;
  }
}

csv_got csv_next(csv_reader *r) {
  csv_got got = next_record(r);
  if (got == CSV_GOT_ROW && utf8_has_marks(r->raw)) compose(r);
  return got;
}

world_code csv_rest(csv_reader *r, slice *piece) {
  if (r->from == r->to && !r->at_end) {
    world_code code = refill(r);
    if (code != WORLD_OK) return code;
  }
  const char *p = r->buffer + r->from;
  size_t have = r->to - r->from;
  const char *nl = have ? memchr(p, '\n', have) : NULL;
  *piece = (slice){p, nl ? (size_t)(nl - p) : have};
  if (nl && nl == p) { /* the line is over: its end is read past, an empty piece says so */
    read_past(r, 1);
    return WORLD_OK;
  }
  read_past(r, piece->n);
  return WORLD_OK;
}
