/* index_series.csv and indexation.csv. The figures are those of the folder's index_series.csv; where it has none of an
 * index, the embedded ones. */
#include "lang/base/indexation.h"
#include "tests/vectors/vectors.h"

/* The rows of one index as the text of a series, read by the product's own reader. */
static const index_series *series_named(run *r, const table *t, slice name) {
  slice text = arena_printf(r->perm, "index %.*s\n", SLICE_ARG(name));
  size_t rows = 0;
  for (size_t i = 0; i < t->count; i++) {
    const row *x = &t->rows[i];
    if (!slice_eq(cell(t, x, "index"), name)) continue;
    slice month = cell(t, x, "month"), change = cell(t, x, "change_pct"), year = cell(t, x, "published_12m_pct");
    if (!change.n) change = SLICE("-");
    text = arena_printf(r->perm, "%.*s%.*s %.*s %.*s\n", SLICE_ARG(text), SLICE_ARG(month), SLICE_ARG(change),
                        SLICE_ARG(year));
    rows++;
  }
  index_fault fault;
  if (rows == 0) return index_series_embedded(r->perm, name);
  const index_series *s = index_series_build(r->perm, text, &fault);
  if (!s) judge(r, name, SLICE("a series"), arena_printf(r->perm, "line %u: %s", fault.line, fault.what));
  return s;
}

static slice figure(run *r, bool has, decimal d) {
  char text[DECIMAL_TEXT_MAX];
  return has ? arena_slice(r->perm, (slice){text, decimal_text(d, text)}) : SLICE("");
}

static slice month_text(run *r, const index_month *m) {
  if (!m) return SLICE("no such month");
  slice change = figure(r, m->has_change, m->change), year = figure(r, m->has_published, m->published_12m);
  return arena_printf(r->perm, "%.*s %.*s", SLICE_ARG(change), SLICE_ARG(year));
}

/* Every figure reads, and is the embedded one where stdlib has that month. */
void check_index_series(run *r, const table *t) {
  slice name = SLICE("");
  const index_series *read = NULL, *own = NULL;
  for (size_t i = 0; i < t->count; i++) {
    const row *x = &t->rows[i];
    slice index = cell(t, x, "index"), change = cell(t, x, "change_pct"), year = cell(t, x, "published_12m_pct");
    if (!slice_eq(index, name)) {
      name = index;
      read = series_named(r, t, name);
      own = index_series_embedded(r->perm, name);
    }
    civil_date month = DATE_NONE;
    bool dated = date_parse_month(cell(t, x, "month"), &month);
    slice id = arena_printf(r->perm, "%.*s %.*s", SLICE_ARG(index), SLICE_ARG(cell(t, x, "month")));
    slice expected = arena_printf(r->perm, "%.*s %.*s", SLICE_ARG(change), SLICE_ARG(year));
    if (!dated || !read) {
      judge(r, id, expected, SLICE("a row that does not read"));
      continue;
    }
    const index_month *embedded = own ? index_series_month(own, month) : NULL;
    slice got = month_text(r, index_series_month(read, month));
    judge(r, id, expected, slice_eq(got, expected) && embedded ? month_text(r, embedded) : got);
  }
}

/* --- indexation
 * ------------------------------------------------------------------------------------------------------- */

static bool read_terms(const table *t, const row *x, index_terms *terms) {
  slice floor = cell(t, x, "floor"), cap = cell(t, x, "cap_pct"), decimals = cell(t, x, "factor_dp");
  *terms = index_terms_default();
  terms->lag = (int32_t)number_of(cell(t, x, "lag"));
  terms->months = (int32_t)number_of(cell(t, x, "months"));
  terms->floor = slice_eq(floor, SLICE("total"))     ? INDEX_FLOOR_TOTAL
                 : slice_eq(floor, SLICE("monthly")) ? INDEX_FLOOR_MONTHLY
                                                     : INDEX_FLOOR_NONE;
  terms->capped = cap.n > 0;
  if (decimals.n) terms->factor_decimals = (int8_t)number_of(decimals);
  return index_names_parse(cell(t, x, "index"), terms) &&
         (!cap.n || decimal_parse(cap, &terms->cap_percent) == NUMBER_OK);
}

static slice month_slice(run *r, civil_date d) {
  slice date = date_slice(r, d);
  return (slice){date.p, date.n > 3 ? date.n - 3 : date.n};
}

static slice indexation_answer(run *r, const table *t, const row *x) {
  index_terms terms;
  index_result a;
  int64_t amount;
  civil_date on;
  const index_series *series[INDEX_NAMES_MAX];
  if (!read_terms(t, x, &terms) || !cents_of(cell(t, x, "amount"), &amount) ||
      !date_parse_month(cell(t, x, "adjust_month"), &on))
    return SLICE("a row that does not read");
  table figures = read_table(r, "index_series.csv");
  for (uint8_t i = 0; i < terms.count; i++) series[i] = series_named(r, &figures, terms.names[i]);
  switch (index_adjust(&terms, series, on, amount, &a)) {
  case INDEX_OK: break;
  case INDEX_MISSING:
    return arena_printf(r->perm, "no figure of %.*s for %.*s", SLICE_ARG(a.missing_index),
                        SLICE_ARG(month_slice(r, a.missing_month)));
  case INDEX_TERMS: return SLICE("terms out of bounds");
  case INDEX_OVERFLOW: return SLICE("overflow");
  }
  slice first = month_slice(r, a.first), last = month_slice(r, a.last), sum = cents_slice(r, a.price);
  slice accumulated = figure(r, true, a.accumulated), factor = figure(r, true, a.factor);
  return arena_printf(r->perm, "%.*s to %.*s: %.*s %.*s = %.*s", SLICE_ARG(first), SLICE_ARG(last),
                      SLICE_ARG(accumulated), SLICE_ARG(factor), SLICE_ARG(sum));
}

void check_indexation(run *r, const table *t) {
  for (size_t i = 0; i < t->count; i++) {
    const row *x = &t->rows[i];
    slice first = cell(t, x, "first_month"), last = cell(t, x, "last_month"), sum = cell(t, x, "new_amount");
    slice accumulated = cell(t, x, "accumulated_pct"), factor = cell(t, x, "factor");
    slice expected = arena_printf(r->perm, "%.*s to %.*s: %.*s %.*s = %.*s", SLICE_ARG(first), SLICE_ARG(last),
                                  SLICE_ARG(accumulated), SLICE_ARG(factor), SLICE_ARG(sum));
    judge(r, cell(t, x, "id"), expected, indexation_answer(r, t, x));
  }
}
