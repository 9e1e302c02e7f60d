/* See csv_rates.h. A rate has one reading or none: with `1.234,5` nobody knows, and a rate a thousandfold too large
 * would send what nobody wants sent. */
#include "csv_rates.h"

#include "csv_header.h"

typedef enum rates_column { COL_DATE, COL_FROM, COL_TO, COL_RATE, COL_COUNT } rates_column;

/* The first is its name in messages; titles are folded: lower case, no accents. */
static const char *const TITLES[COL_COUNT][6] = {{"date", "data", "fecha", "dia", "day"},
                                                 {"from", "de", "desde"},
                                                 {"to", "para", "a"},
                                                 {"rate", "taxa", "cotacao", "tasa", "cotizacion"}};

typedef struct reading {
  csv_reader r;
  arena *perm;
  size_t at[COL_COUNT];
  exchange_rate *v;
  size_t n, cap;
  bool point, comma; /* what has been seen as decimal sign */
  rates_fault *fault;
} reading;

static bool wrong(reading *x, rates_fault_kind kind, slice cell) {
  *x->fault = (rates_fault){kind, (unsigned)x->r.line, arena_slice(x->perm, cell), x->r.failure};
  return false;
}

static bool header(reading *x) {
  slice first;
  world_code code = csv_peek_line(&x->r, &first);
  if (code == WORLD_OK) x->r.separator = csv_separator(first);
  if (code != WORLD_OK || csv_next(&x->r) != CSV_GOT_ROW) {
    x->r.failure = code;
    return wrong(x, code == WORLD_OK ? RATES_COLUMN : RATES_UNREADABLE, SLICE("date"));
  }
  for (int c = 0; c < COL_COUNT; c++) {
    x->at[c] = x->r.count;
    for (size_t i = x->r.count; i-- > 0;)
      for (size_t k = 0; k < sizeof TITLES[c] / sizeof *TITLES[c] && TITLES[c][k]; k++)
        if (slice_eq(csv_fold_name(x->r.field[i], x->perm), slice_of(TITLES[c][k]))) x->at[c] = i;
    if (x->at[c] == x->r.count) return wrong(x, RATES_COLUMN, slice_of(TITLES[c][0]));
  }
  return true;
}

/* "5.4321", or "5,4321" in a file that writes all of them so. */
static bool take_rate(reading *x, slice cell, decimal *out) {
  char text[DECIMAL_TEXT_MAX * 2];
  slice digits = {text, cell.n};
  if (cell.n == 0 || cell.n >= sizeof text) return wrong(x, RATES_RATE, cell);
  bool point = false, comma = false;
  for (size_t i = 0; i < cell.n; i++) {
    point |= cell.p[i] == '.';
    comma |= cell.p[i] == ',';
    if (cell.p[i] == '_') return wrong(x, RATES_RATE, cell);
    text[i] = cell.p[i] == ',' ? '.' : cell.p[i];
  }
  x->point |= point;
  x->comma |= comma;
  if (x->point && x->comma) return wrong(x, RATES_SIGNS, cell);
  if (decimal_parse(digits, out) != NUMBER_OK || out->n <= 0) return wrong(x, RATES_RATE, cell);
  return true;
}

static bool row(reading *x) {
  slice cell[COL_COUNT];
  exchange_rate e = {.line = (unsigned)x->r.line};
  if (x->r.count == 1 && slice_trim(x->r.field[0]).n == 0) return true; /* an empty line */
  for (int c = 0; c < COL_COUNT; c++) cell[c] = x->at[c] < x->r.count ? slice_trim(x->r.field[x->at[c]]) : (slice){0};
  if (!date_parse(cell[COL_DATE], &e.day)) return wrong(x, RATES_DATE, cell[COL_DATE]);
  for (int c = COL_FROM; c <= COL_TO; c++) {
    currency cur = currency_find(cell[c]);
    if (cur == CURRENCY_NONE) return wrong(x, RATES_CURRENCY, cell[c]);
    *(c == COL_FROM ? &e.from : &e.to) = cur;
  }
  if (e.from == e.to) return wrong(x, RATES_SAME, cell[COL_TO]);
  if (!take_rate(x, cell[COL_RATE], &e.rate)) return false;
  if (x->n == RATES_MAX) return wrong(x, RATES_TOO_MANY, (slice){0});
  if (x->n == x->cap) {
    x->cap = x->cap ? x->cap * 2 : 256;
    exchange_rate *v = ARENA_ARRAY(x->perm, x->cap, exchange_rate);
    if (x->n) memcpy(v, x->v, x->n * sizeof *v);
    x->v = v;
  }
  x->v[x->n++] = e;
  return true;
}

static bool rows(reading *x) {
  for (;;) {
    switch (csv_next(&x->r)) {
    case CSV_GOT_ROW:
      if (!row(x)) return false;
      break;
    case CSV_GOT_END: return true;
    case CSV_GOT_FAILURE: return wrong(x, RATES_UNREADABLE, (slice){0});
    case CSV_GOT_TOO_LONG:
    case CSV_GOT_UNCLOSED:
    case CSV_GOT_BAD_QUOTE:
    case CSV_GOT_TOO_WIDE: return wrong(x, RATES_RECORD, (slice){0});
    }
  }
}

const exchange *csv_rates(world *w, const char *path, arena *perm, rates_fault *fault) {
  reading *x = ARENA_NEW(perm, reading);
  x->perm = perm;
  x->fault = fault;
  *fault = (rates_fault){.kind = RATES_FINE};
  const exchange *out = NULL;
  x->r.failure = csv_open(&x->r, w, path);
  if (x->r.failure != WORLD_OK)
    (void)wrong(x, RATES_UNREADABLE, (slice){0});
  else if (header(x) && rows(x)) {
    unsigned twice = 0;
    out = exchange_build(perm, x->v, x->n, &twice);
    if (!out) *fault = (rates_fault){.kind = RATES_TWICE, .line = twice};
  }
  csv_close(&x->r);
  return out;
}
