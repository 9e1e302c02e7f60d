/* Reads the text of a price index or a rate. Invariant: the months of a built series rise, so that a binary search
 * finds one. */
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

/* `2020-12 1.35 [4.52]`, of a rate `2024-06-12 4.25`; NULL: no fault. */
static const char *take_month(slice line, bool rates, civil_date last, index_month *m) {
  *m = (index_month){0};
  slice when = take_word(&line);
  if (rates ? !date_parse(when, &m->month) : !date_parse_month(when, &m->month))
    return rates ? "a day (2026-03-01) or `rate`, `alias` is needed"
                 : "a month (2026-03) or `index`, `alias` is needed";
  if (!date_is_none(last) && date_cmp(m->month, last) <= 0) return "the months must rise";
  if (!take_figure(&line, &m->change, &m->has_change)) return "a percentage above -100 is needed";
  if (rates && !m->has_change) return "a rate is needed";
  if (line.n && !rates && !take_figure(&line, &m->published_12m, &m->has_published))
    return "a percentage above -100 is needed";
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
    bool rate = slice_eq(word, SLICE("rate"));
    if (rate || slice_eq(word, SLICE("index"))) {
      fault->what = s->name.n || s->count || !rest.n ? "one name is needed, in front" : NULL;
      s->name = arena_slice(perm, rest);
      s->rates = rate;
    } else if (slice_eq(word, SLICE("alias"))) {
      fault->what = rest.n ? NULL : "a name is needed";
    } else {
      fault->what = take_month(line, s->rates, s->count ? v[s->count - 1].month : DATE_NONE, &v[s->count]);
      s->count++;
    }
    if (fault->what) return NULL;
  }
  if (!s->name.n) fault->what = "the line `index NAME` (or `rate NAME`) is missing";
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

/* --- one over another
 * ------------------------------------------------------------------------------------------------- */

static index_month month_over(const index_month *under, const index_month *over) {
  index_month m = *under;
  if (over->has_change) {
    m.has_change = true;
    m.change = over->change;
  }
  if (over->has_published) {
    m.has_published = true;
    m.published_12m = over->published_12m;
  }
  return m;
}

const index_series *index_series_over(arena *perm, const index_series *under, const index_series *over) {
  if (!under || !over) return under ? under : over;
  index_series *s = ARENA_NEW(perm, index_series);
  index_month *v = ARENA_ARRAY(perm, under->count + over->count + 1, index_month);
  *s = *under;
  s->v = v;
  s->count = 0;
  for (size_t i = 0, k = 0; i < under->count || k < over->count;) {
    int order = i == under->count ? 1 : k == over->count ? -1 : date_cmp(under->v[i].month, over->v[k].month);
    v[s->count++] = order < 0 ? under->v[i] : order > 0 ? over->v[k] : month_over(&under->v[i], &over->v[k]);
    i += order <= 0;
    k += order >= 0;
  }
  return s;
}

/* --- the embedded ones
 * ------------------------------------------------------------------------------------------------ */

slice index_text_name(slice *text) {
  while (text->n) {
    slice line = take_line(text), word = take_word(&line);
    if (slice_eq(word, SLICE("index")) || slice_eq(word, SLICE("rate")) || slice_eq(word, SLICE("alias"))) return line;
  }
  return SLICE("");
}

const struct embedded *index_find_embedded(slice name) {
  if (name.n == 0) return NULL;
  for (const struct embedded *e = stdlib_indices; e->name; e++) {
    slice text = slice_of(e->text);
    for (slice own = index_text_name(&text); own.n; own = index_text_name(&text))
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
    for (slice own = index_text_name(&text); own.n; own = index_text_name(&text)) {
      if (count < max) out[count] = own;
      count++;
    }
  }
  return count;
}
