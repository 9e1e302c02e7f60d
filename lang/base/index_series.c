/* Reads the text of a price index. Invariant: the months of a built series rise, so that a binary search finds one. */
#include "index_series.h"

#include <assert.h>

#include "utf8.h"

static slice take_line(slice *text) {
  const char *end = text->n ? memchr(text->p, '\n', text->n) : NULL;
  slice line = {text->p, end ? (size_t)(end - text->p) : text->n};
  size_t taken = line.n + (end != NULL);
  *text = (slice){text->p + taken, text->n - taken};
  const char *comment = line.n ? memchr(line.p, '#', line.n) : NULL;
  if (comment) line.n = (size_t)(comment - line.p);
  return slice_trim(line);
}

static slice take_word(slice *line) {
  size_t n = 0;
  while (n < line->n && line->p[n] != ' ' && line->p[n] != '\t') n++;
  slice word = {line->p, n};
  *line = slice_trim((slice){line->p + n, line->n - n});
  return word;
}

/* "0.21", or "-" where there is none. */
static bool take_figure(slice *line, decimal *d, bool *has) {
  slice word = take_word(line);
  *has = !slice_eq(word, SLICE("-"));
  if (!*has) return true;
  return decimal_parse(word, d) == NUMBER_OK && decimal_cmp(*d, (decimal){-100, 0}) > 0;
}

/* `2020-12 1.35 [4.52]`; NULL: no fault. */
static const char *take_month(slice line, civil_date last, index_month *m) {
  *m = (index_month){0};
  if (!date_parse_month(take_word(&line), &m->month)) return "a month (2026-03) or `index`, `alias` is needed";
  if (!date_is_none(last) && date_cmp(m->month, last) <= 0) return "the months must rise";
  if (!take_figure(&line, &m->change, &m->has_change)) return "a percentage above -100 is needed";
  if (line.n && !take_figure(&line, &m->published_12m, &m->has_published)) return "a percentage above -100 is needed";
  return line.n ? "nothing may follow here" : NULL;
}

const index_series *index_series_build(arena *perm, slice text, index_fault *fault) {
  size_t room = 1;
  for (size_t i = 0; i < text.n; i++) room += text.p[i] == '\n';
  index_series *s = ARENA_NEW(perm, index_series);
  index_month *v = ARENA_ARRAY(perm, room, index_month);
  s->v = v;
  *fault = (index_fault){0, NULL};
  while (text.n) {
    fault->line++;
    slice line = take_line(&text), rest = line;
    if (line.n == 0) continue;
    slice word = take_word(&rest);
    if (slice_eq(word, SLICE("index"))) {
      fault->what = s->name.n || !rest.n ? "one name is needed" : NULL;
      s->name = arena_slice(perm, rest);
    } else if (slice_eq(word, SLICE("alias"))) {
      fault->what = rest.n ? NULL : "a name is needed";
    } else {
      fault->what = take_month(line, s->count ? v[s->count - 1].month : DATE_NONE, &v[s->count]);
      s->count++;
    }
    if (fault->what) return NULL;
  }
  if (!s->name.n) fault->what = "the line `index NAME` is missing";
  return fault->what ? NULL : s;
}

const index_month *index_series_month(const index_series *s, civil_date d) {
  civil_date month = date_anchor_month(d, 0, 1);
  size_t lo = 0, hi = s->count;
  while (lo < hi) {
    size_t mid = (lo + hi) / 2;
    if (date_cmp(s->v[mid].month, month) < 0)
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo < s->count && date_eq(s->v[lo].month, month) ? &s->v[lo] : NULL;
}

/* --- the embedded ones
 * ------------------------------------------------------------------------------------------------ */

/* The next name or alias of a series' text; empty where there is none left. */
static slice next_name(slice *text) {
  while (text->n) {
    slice line = take_line(text), word = take_word(&line);
    if (slice_eq(word, SLICE("index")) || slice_eq(word, SLICE("alias"))) return line;
  }
  return SLICE("");
}

const struct embedded *index_find_embedded(slice name) {
  if (name.n == 0) return NULL;
  for (const struct embedded *e = stdlib_indices; e->name; e++) {
    slice text = slice_of(e->text);
    for (slice own = next_name(&text); own.n; own = next_name(&text))
      if (utf8_fold_eq(name, own)) return e;
  }
  return NULL;
}

const index_series *index_series_embedded(arena *perm, slice name) {
  const struct embedded *e = index_find_embedded(name);
  if (!e) return NULL;
  index_fault fault;
  const index_series *s = index_series_build(perm, slice_of(e->text), &fault);
  assert(s && "an embedded index has a fault");
  return s;
}

size_t index_embedded_names(slice *out, size_t max) {
  size_t count = 0;
  for (const struct embedded *e = stdlib_indices; e->name; e++) {
    slice text = slice_of(e->text);
    for (slice own = next_name(&text); own.n; own = next_name(&text)) {
      if (count < max) out[count] = own;
      count++;
    }
  }
  return count;
}
