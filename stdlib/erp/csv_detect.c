/* See csv_detect.h. A cell that can be read in one way only decides; a file where all that matter can be read in two
 * ways is refused: a stray decimal point is a thousandfold error. */
#include "csv_detect.h"

#include "lang/base/date.h"
#include "lang/base/text.h"

typedef struct doubt {
  bool there;
  uint64_t line;
  slice title, cell, raw;
} doubt;

typedef struct detection {
  const csv_header *h;
  arena *perm;
  csv_dialect dialect;
  bool wants_decimal, wants_dates;
  doubt money, date;
  size_t kind, value; /* of a happening */
  size_t currency_at;
  currency fallback;
} detection;

store_value csv_value_of_kind(slice kind_cell, arena *scratch) {
  const char *word = csv_word(STORE_T_happening, "kind", slice_trim(kind_cell), scratch);
  store_happening h;
  return word && store_happening_find(slice_of(word), &h) ? store_happening_value(h) : STORE_VALUE_NONE;
}

static void note(detection *d, doubt *to, const csv_reader *r, size_t i) {
  if (to->there) return;
  slice raw = r->raw.n > 160 ? (slice){r->raw.p, 160} : r->raw;
  *to = (doubt){.there = true,
                .line = r->line,
                .title = d->h->column[i].title,
                .cell = arena_slice(d->perm, slice_trim(r->field[i])),
                .raw = arena_slice(d->perm, raw)};
}

/* A dinar has a thousand parts: three digits after the one separator are its decimals. */
static bool has_thousandths(const detection *d, const csv_reader *r) {
  currency cur = d->fallback;
  if (d->currency_at < r->count && d->currency_at < d->h->count) {
    slice code = slice_trim(r->field[d->currency_at]);
    if (code.n) cur = currency_find(code);
  }
  return cur != CURRENCY_NONE && currency_minor(cur) == 3;
}

static void look_at_money(detection *d, const csv_reader *r, size_t i) {
  switch (csv_money_evidence(r->field[i])) {
  case CSV_SHOWS_POINT:
    d->dialect.decimal = CSV_DECIMAL_POINT;
    d->wants_decimal = false;
    return;
  case CSV_SHOWS_COMMA:
    d->dialect.decimal = CSV_DECIMAL_COMMA;
    d->wants_decimal = false;
    return;
  case CSV_SHOWS_EITHER:
    if (has_thousandths(d, r)) {
      d->dialect.decimal = memchr(r->field[i].p, '.', r->field[i].n) ? CSV_DECIMAL_POINT : CSV_DECIMAL_COMMA;
      d->wants_decimal = false;
      return;
    }
    note(d, &d->money, r, i);
    return;
  case CSV_SHOWS_NOTHING:
  case CSV_SHOWS_ISO:
  case CSV_SHOWS_DMY:
  case CSV_SHOWS_MDY: return;
  }
}

static void look_at_date(detection *d, const csv_reader *r, size_t i) {
  csv_dates shown = CSV_DATES_UNKNOWN;
  switch (csv_date_evidence(r->field[i])) {
  case CSV_SHOWS_ISO: shown = CSV_DATES_ISO; break;
  case CSV_SHOWS_DMY: shown = CSV_DATES_DMY; break;
  case CSV_SHOWS_MDY: shown = CSV_DATES_MDY; break;
  case CSV_SHOWS_EITHER: note(d, &d->date, r, i); break;
  case CSV_SHOWS_NOTHING:
  case CSV_SHOWS_POINT:
  case CSV_SHOWS_COMMA: break;
  }
  /* ISO beside a date that can be read in two ways decides nothing about that one. */
  if (shown == CSV_DATES_UNKNOWN || (shown == CSV_DATES_ISO && d->date.there)) return;
  d->dialect.dates = shown;
  d->wants_dates = false;
}

static void look_at_row(detection *d, csv_reader *r) {
  const csv_header *h = d->h;
  for (size_t i = 0; i < h->count && i < r->count; i++) {
    const csv_column *c = &h->column[i];
    if (c->ignored || c->custom) continue;
    bool is_money = c->type == STORE_MONEY, is_date = c->type == STORE_DATE;
    if (i == d->value && d->kind < r->count) {
      store_value v = csv_value_of_kind(r->field[d->kind], d->perm);
      is_money = v == STORE_VALUE_MONEY;
      is_date = v == STORE_VALUE_DATE;
    }
    if (is_money && d->wants_decimal) look_at_money(d, r, i);
    if (is_date && d->wants_dates) look_at_date(d, r, i);
  }
}

static void show(text *t, const doubt *x) {
  text_printf(t, "line %llu: \"%.*s\" in column \"%.*s\" can be ", (unsigned long long)x->line, SLICE_ARG(x->cell),
              SLICE_ARG(x->title));
}
static void show_line(text *t, const doubt *x) {
  text_printf(t, "\n  %llu | %.*s", (unsigned long long)x->line, SLICE_ARG(x->raw));
}

static const char *money_doubt(const doubt *x, arena *perm) {
  text t = text_new(perm);
  int64_t point = 0, comma = 0;
  char as_point[MONEY_TEXT_MAX], as_comma[MONEY_TEXT_MAX];
  /* Three decimals show both readings whole. */
  bool read = !csv_money(x->cell, CSV_DECIMAL_POINT, CURRENCY_KWD, &point) &&
              !csv_money(x->cell, CSV_DECIMAL_COMMA, CURRENCY_KWD, &comma);
  show(&t, x);
  if (read) {
    money_plain((money){point, CURRENCY_KWD}, as_point);
    money_plain((money){comma, CURRENCY_KWD}, as_comma);
    text_printf(&t, "%s or %s", as_point, as_comma);
  } else {
    text_cstr(&t, "read in two ways");
  }
  text_cstr(&t, ", and no other row shows which: say --decimal point or --decimal comma");
  show_line(&t, x);
  return text_slice(&t).p;
}

static const char *date_doubt(const doubt *x, arena *perm) {
  text t = text_new(perm);
  civil_date dmy = DATE_NONE, mdy = DATE_NONE;
  char as_dmy[DATE_TEXT_MAX], as_mdy[DATE_TEXT_MAX];
  show(&t, x);
  if (!csv_date(x->cell, CSV_DATES_DMY, &dmy.day) && !csv_date(x->cell, CSV_DATES_MDY, &mdy.day)) {
    date_iso(dmy, as_dmy);
    date_iso(mdy, as_mdy);
    text_printf(&t, "%s or %s", as_dmy, as_mdy);
  } else {
    text_cstr(&t, "read in two ways");
  }
  text_cstr(&t, ", and no other row shows which: say --dates dmy or --dates mdy");
  show_line(&t, x);
  return text_slice(&t).p;
}

static world_code read_through(csv_reader *r, detection *d) {
  bool header = true;
  while (d->wants_decimal || d->wants_dates) {
    switch (csv_next(r)) {
    case CSV_GOT_FAILURE: return r->failure;
    case CSV_GOT_END: return WORLD_OK;
    case CSV_GOT_ROW:
      if (!header) look_at_row(d, r);
      header = false;
      break;
    case CSV_GOT_TOO_LONG: {
      slice piece;
      do {
        world_code code = csv_rest(r, &piece);
        if (code != WORLD_OK) return code;
      } while (piece.n);
      break;
    }
    case CSV_GOT_UNCLOSED:
    case CSV_GOT_BAD_QUOTE:
    case CSV_GOT_TOO_WIDE: break;
    }
  }
  return WORLD_OK;
}

world_code csv_detect(world *w, const char *path, const csv_shape *shape, csv_dialect *dialect, arena *perm,
                      const char **why) {
  const csv_header *h = shape->h;
  *why = NULL;
  detection d = {.h = h, .perm = perm, .dialect = *dialect, .kind = h->count, .value = h->count};
  d.currency_at = csv_column_at(h, "currency");
  d.fallback = shape->fallback;
  if (h->table == STORE_T_happening) {
    d.kind = csv_column_at(h, "kind");
    d.value = csv_column_at(h, "value");
  }
  bool events = d.value < h->count;
  for (size_t i = 0; i < h->count; i++) {
    d.wants_decimal |= events || (!h->column[i].custom && h->column[i].type == STORE_MONEY);
    d.wants_dates |= events || (!h->column[i].custom && h->column[i].type == STORE_DATE);
  }
  d.wants_decimal &= dialect->decimal == CSV_DECIMAL_UNKNOWN;
  d.wants_dates &= dialect->dates == CSV_DATES_UNKNOWN;
  if (!d.wants_decimal && !d.wants_dates) return WORLD_OK;
  csv_reader r;
  world_code code = csv_open(&r, w, path);
  r.separator = shape->separator;
  if (code == WORLD_OK) code = read_through(&r, &d);
  csv_close(&r);
  if (code != WORLD_OK) return code;
  if (d.wants_decimal && d.money.there)
    *why = money_doubt(&d.money, perm);
  else if (d.wants_dates && d.date.there)
    *why = date_doubt(&d.date, perm);
  *dialect = d.dialect;
  return WORLD_OK;
}
