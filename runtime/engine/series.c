/* See series.h. */
#include "series.h"

#include <assert.h>

#include "lang/base/suggest.h"
#include "lang/base/utf8.h"

enum { NAMES_MAX = 256 };

struct series_book {
  arena *perm;
  const struct embedded *own;
  const index_series *stored; /* as the store has them, by name */
  size_t stored_count;
};

/* ---- the store's ---- */

static bool figure(const store_cursor *c, size_t i, decimal *out) {
  return !store_is_null(c, i) && decimal_parse(store_text(c, i), out) == NUMBER_OK;
}

store_code series_open(arena *perm, store *s, const struct embedded *own, const series_book **out) {
  series_book *b = ARENA_NEW(perm, series_book);
  *b = (series_book){.perm = perm, .own = own};
  *out = b;
  int64_t rows = 0;
  store_code code = s ? store_count(s, STORE_T_series, &rows) : STORE_OK;
  if (code != STORE_OK || rows == 0) return code;
  index_month *months = ARENA_ARRAY(perm, (size_t)rows, index_month);
  index_series *all = ARENA_ARRAY(perm, (size_t)rows, index_series);
  const slice columns[] = {SLICE("name"), SLICE("date"), SLICE("value"), SLICE("year")};
  store_query q = {.table = STORE_T_series, .columns = columns, .column_count = 4};
  store_cursor *c;
  code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  size_t n = 0;
  while ((code = store_next(c)) == STORE_ROW && n < (size_t)rows) {
    index_month *m = &months[n++];
    slice name = store_text(c, 0);
    m->month = (civil_date){(int32_t)store_int(c, 1)};
    m->has_change = figure(c, 2, &m->change);
    m->has_published = figure(c, 3, &m->published_12m);
    if (!b->stored_count || !slice_eq(all[b->stored_count - 1].name, name))
      all[b->stored_count++] = (index_series){.name = arena_slice(perm, name), .v = m};
    all[b->stored_count - 1].count++;
    all[b->stored_count - 1].rates |= date_day(m->month) != 1;
  }
  store_cursor_close(c);
  b->stored = all;
  return code == STORE_END || code == STORE_ROW ? STORE_OK : code;
}

/* ---- by name ---- */

static bool text_has(const char *text, slice name) {
  slice rest = slice_of(text);
  for (slice own = index_text_name(&rest); own.n; own = index_text_name(&rest))
    if (utf8_fold_eq(name, own)) return true;
  return false;
}

static const struct embedded *find_text(const struct embedded *table, slice name) {
  for (const struct embedded *e = table; e && e->name; e++)
    if (text_has(e->text, name)) return e;
  return NULL;
}

static const index_series *build(arena *perm, const struct embedded *e) {
  if (!e) return NULL;
  index_fault fault;
  const index_series *s = index_series_build(perm, slice_of(e->text), &fault);
  assert(s && "a series' text has a fault");
  return s;
}

const index_series *series_named(const series_book *b, slice name) {
  if (name.n == 0) return NULL;
  const struct embedded *fixed = index_find_embedded(name), *own = find_text(b->own, name);
  /* Either knows aliases that the other one may not. */
  slice rest = fixed ? slice_of(fixed->text) : (slice){0};
  for (slice also = index_text_name(&rest); also.n && !own; also = index_text_name(&rest))
    own = find_text(b->own, also);
  rest = own ? slice_of(own->text) : (slice){0};
  for (slice also = index_text_name(&rest); also.n && !fixed; also = index_text_name(&rest))
    fixed = index_find_embedded(also);
  const index_series *s = index_series_over(b->perm, build(b->perm, fixed), build(b->perm, own));
  for (size_t i = 0; i < b->stored_count; i++) {
    slice stored = b->stored[i].name;
    if (utf8_fold_eq(stored, name) || (fixed && text_has(fixed->text, stored)) || (own && text_has(own->text, stored)))
      s = index_series_over(b->perm, s, &b->stored[i]);
  }
  return s;
}

const fee_rate *series_rates(const series_book *b, slice name, size_t *count) {
  const index_series *s = series_named(b, name);
  *count = 0;
  if (!s) return NULL;
  fee_rate *v = ARENA_ARRAY(b->perm, s->count + 1, fee_rate);
  for (size_t i = 0; i < s->count; i++)
    if (s->v[i].has_change) v[(*count)++] = (fee_rate){s->v[i].month, s->v[i].change};
  return v;
}

slice series_meant(const series_book *b, slice name) {
  slice names[NAMES_MAX];
  size_t n = index_embedded_names(names, NAMES_MAX);
  if (n > NAMES_MAX) n = NAMES_MAX;
  for (const struct embedded *e = b->own; e && e->name; e++) {
    slice rest = slice_of(e->text);
    for (slice own = index_text_name(&rest); own.n && n < NAMES_MAX; own = index_text_name(&rest)) names[n++] = own;
  }
  for (size_t i = 0; i < b->stored_count && n < NAMES_MAX; i++) names[n++] = b->stored[i].name;
  size_t at = did_you_mean(name, names, n);
  return at < n ? names[at] : (slice){0};
}
