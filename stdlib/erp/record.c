/* See record.h. */
#include "record.h"

#include <stdio.h>

#include "csv_header.h"
#include "lang/base/date.h"
#include "lang/base/utf8.h"
#include "stdlib/net/json.h"

enum { SHOWN_MAX = 40, KEY_MAX = 200, TEXT_MAX = 16384 };

static const char *const DATES[] = {
#define RECORD_DATES(id, said) said,
    RECORD_DATE_FORMS(RECORD_DATES)
#undef RECORD_DATES
};
const char *record_dates_name(record_dates d) { return d < RECORD_DATES_COUNT ? DATES[d] : NULL; }

/* ---- shapes ---- */

static size_t column_at(const record_shape *h, const char *name) {
  size_t i = 0;
  while (i < h->count && !slice_eq(h->column[i].name, slice_of(name))) i++;
  return i;
}

static void ensure(record_shape *h, const char *name) {
  const store_column *c = store_column_find(h->table, slice_of(name));
  if (!c || column_at(h, name) < h->count || h->count == RECORD_COLUMNS_MAX) return;
  h->column[h->count++] = (record_column){.name = slice_of(c->name), .type = c->type};
}

const char *record_shape_of(record_shape *h, store_table table, const record_column *given, size_t count,
                            currency fallback) {
  static const char *const NEEDED[] = {"id", "number", "customer", "amount", "due"};
  static const char *const ADDED[] = {"source_id", "currency", "status", "open"};
  *h = (record_shape){.table = table, .fallback = fallback};
  for (size_t i = 0; i < count && i + sizeof ADDED / sizeof *ADDED < RECORD_COLUMNS_MAX; i++)
    h->column[h->count++] = given[i];
  for (size_t i = 0; i < sizeof NEEDED / sizeof *NEEDED; i++)
    if (csv_is_required(table, slice_of(NEEDED[i])) && column_at(h, NEEDED[i]) == h->count) return NEEDED[i];
  for (size_t i = 0; i < sizeof ADDED / sizeof *ADDED; i++) ensure(h, ADDED[i]);
  for (size_t i = 0; i < h->count; i++) h->written[i] = (store_written){h->column[i].name, false};
  h->key = column_at(h, table == STORE_T_customer ? "id" : "number");
  h->source_id = column_at(h, "source_id");
  h->customer = column_at(h, "customer");
  h->currency = column_at(h, "currency");
  h->status = column_at(h, "status");
  h->amount = column_at(h, "amount");
  h->open = column_at(h, "open");
  h->paid = column_at(h, "paid_amount");
  return NULL;
}

/* ---- dates ---- */

static bool digits_of(slice s, size_t *i, int64_t *out) {
  size_t from = *i;
  *out = 0;
  for (; *i < s.n && *i - from < 18 && s.p[*i] >= '0' && s.p[*i] <= '9'; ++*i) *out = *out * 10 + (s.p[*i] - '0');
  return *i > from;
}

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

static bool day_of_seconds(int64_t seconds, int32_t *day) {
  int64_t d = floor_div(seconds, 86400);
  *day = (int32_t)d;
  return d >= DATE_DAY_MIN && d <= DATE_DAY_MAX;
}

/* "/Date(1439434356790+0000)/": milliseconds, and how far the day that was meant is from them. */
static bool net_date(slice s, int32_t *day) {
  int64_t ms, zone = 0;
  size_t i = 6;
  bool minus = i < s.n && s.p[i] == '-';
  i += minus;
  if (!digits_of(s, &i, &ms)) return false;
  if (minus) ms = -ms;
  if (i < s.n && (s.p[i] == '+' || s.p[i] == '-')) {
    bool west = s.p[i++] == '-';
    size_t from = i;
    if (!digits_of(s, &i, &zone) || i - from != 4 || zone % 100 > 59 || zone > 1459) return false;
    zone = (zone / 100 * 60 + zone % 100) * (west ? -60 : 60);
  }
  return i + 2 == s.n && s.p[i] == ')' && s.p[i + 1] == '/' && day_of_seconds(floor_div(ms, 1000) + zone, day);
}

static bool since_1970(slice s, int64_t per_second, int32_t *day) {
  int64_t n;
  size_t i = s.n && s.p[0] == '-';
  bool minus = i == 1;
  if (!digits_of(s, &i, &n)) return false;
  if (i < s.n && s.p[i] == '.') { /* a part of a second */
    int64_t part;
    i++;
    if (!digits_of(s, &i, &part)) return false;
  }
  return i == s.n && day_of_seconds(floor_div(minus ? -n : n, per_second), day);
}

const char *record_date(slice s, record_dates form, int32_t *day) {
  static const char NO_DAY[] = "is not a day of the calendar";
  civil_date d;
  bool zeroed = s.n >= 10 && memcmp(s.p, "0000-00-00", 10) == 0;
  if (slice_starts(s, SLICE("/Date("))) return net_date(s, day) ? NULL : NO_DAY;
  if (s.n > 10 && s.p[4] == '-' && (s.p[10] == 'T' || s.p[10] == ' ')) s.n = 10; /* a time behind it */
  if (s.n == 10 && s.p[4] == '-' && s.p[7] == '-') {
    *day = date_parse(s, &d) ? d.day : DATE_NONE_DAY;
    return *day == DATE_NONE_DAY && !zeroed ? NO_DAY : NULL;
  }
  switch (form) {
  case RECORD_DMY:
  case RECORD_MDY:
    if (s.n > 10 && s.p[10] == ' ') s.n = 10;
    return csv_date(s, form == RECORD_DMY ? CSV_DATES_DMY : CSV_DATES_MDY, day);
  case RECORD_SECONDS: return since_1970(s, 1, day) ? NULL : "is no number of seconds since 1970";
  case RECORD_MILLISECONDS: return since_1970(s, 1000, day) ? NULL : "is no number of milliseconds since 1970";
  case RECORD_PLAIN: {
    int64_t n;
    size_t i = 0;
    if (s.n != 8 || !digits_of(s, &i, &n) || i != 8) return "is not a date written 20260331";
    d = date_of((int)(n / 10000), (int)(n / 100 % 100), (int)(n % 100));
    *day = d.day;
    return date_is_none(d) ? NO_DAY : NULL;
  }
  case RECORD_ISO:
  case RECORD_DATES_COUNT: break;
  }
  return "is not a date (write 2026-03-31)";
}

/* ---- cells ---- */

typedef struct row {
  const record_shape *h;
  erp_page *p;
  const slice *cells;
  currency cur;
  bool has_amount, has_open, has_paid;
  int64_t amount, open, paid;
} row;

/* Exact, in the currency's minor unit. A database may write any number of zeros behind the point. */
static const char *amount_of(slice s, currency cur, bool minor, int64_t *out) {
  decimal d;
  if (memchr(s.p, '.', s.n) && !memchr(s.p, 'e', s.n) && !memchr(s.p, 'E', s.n)) {
    while (s.p[s.n - 1] == '0') s.n--;
    if (s.p[s.n - 1] == '.') s.n--;
  }
  if (!json_decimal_of(s, &d)) return "is not an amount (write 1500.00)";
  d = decimal_trim(d);
  uint8_t scale = minor ? 0 : (uint8_t)currency_minor(cur);
  if (d.scale > scale) return minor ? "is not a whole number of cents" : "has more decimals than its currency";
  if (!decimal_rescale(d, scale, ROUND_HALF_EVEN, &d)) return "is too large";
  *out = d.n;
  return NULL;
}

static const char *number_of(slice s, int64_t *out) {
  decimal d;
  if (!json_decimal_of(s, &d)) return "is not a whole number";
  d = decimal_trim(d);
  *out = d.n;
  return d.scale ? "is not a whole number" : NULL;
}

/* A custom field's text is what its type says: a date as 2026-03-31. */
static const char *put_custom_date(row *x, size_t i, slice cell) {
  char iso[DATE_TEXT_MAX];
  civil_date d;
  const char *why = record_date(cell, x->h->column[i].dates, &d.day);
  if (why || date_is_none(d)) return why;
  size_t n = date_iso(d, iso);
  store_put_text(x->p->rows, i, arena_slice(x->p->perm, (slice){iso, n}));
  return NULL;
}

static const char *put_cell(row *x, size_t i, slice cell) {
  const record_column *c = &x->h->column[i];
  store_writer *to = x->p->rows;
  const char *why = NULL;
  int64_t n = 0;
  int32_t day = 0;
  bool yes = false, custom = !store_column_find(x->h->table, c->name);
  size_t bad;
  if (cell.n > TEXT_MAX) return "is longer than is taken";
  if (!csv_utf8_ok(cell, &bad)) return "is not UTF-8 text";
  if (custom) {
    if (c->type == STORE_DATE) return put_custom_date(x, i, cell);
    store_put_text(to, i, cell);
    return NULL;
  }
  switch (c->type) {
  case STORE_MONEY:
    why = amount_of(cell, x->cur, c->minor, &n);
    if (why) break;
    store_put_int(to, i, n);
    if (i == x->h->amount) x->amount = n, x->has_amount = true;
    if (i == x->h->open) x->open = n, x->has_open = true;
    if (i == x->h->paid) x->paid = n, x->has_paid = true;
    break;
  case STORE_DATE:
    why = record_date(cell, c->dates, &day);
    if (!why && day == DATE_NONE_DAY)
      why = csv_is_required(x->h->table, c->name) ? "is not a day of the calendar" : NULL;
    else if (!why)
      store_put_int(to, i, day);
    break;
  case STORE_INT:
    why = number_of(cell, &n);
    if (!why) store_put_int(to, i, n);
    break;
  case STORE_YESNO:
    why = csv_yesno(cell, &yes);
    if (!why) store_put_int(to, i, yes);
    break;
  case STORE_SET: store_put_text(to, i, csv_set(cell, arena_room(x->p->perm, cell.n + 1, 1))); break;
  case STORE_TEXT:
  case STORE_INSTANT:
  case STORE_BLOB: store_put_text(to, i, cell); break;
  }
  return why;
}

/* ---- records ---- */

/* `"2026-02-30" in column "due" is not a day of the calendar`; a text that may be somebody's is not shown. */
static const char *sentence(row *x, size_t i, slice cell, const char *why) {
  const record_column *c = &x->h->column[i];
  bool plain = c->type == STORE_TEXT && i != x->h->currency && i != x->h->status;
  slice shown = plain || memchr(cell.p ? cell.p : "", '@', cell.n) ? SLICE("") : utf8_head(cell, SHOWN_MAX);
  size_t bad;
  if (!csv_utf8_ok(shown, &bad)) shown = SLICE("");
  return arena_printf(x->p->perm, "\"%.*s%s\" in column \"%.*s\" %s", SLICE_ARG(shown), shown.n < cell.n ? "..." : "",
                      SLICE_ARG(c->name), why)
      .p;
}

static slice cell_at(const row *x, size_t i) { return i < x->h->count ? slice_trim(x->cells[i]) : (slice){0}; }

static const char *put_currency(row *x) {
  const record_shape *h = x->h;
  if (h->currency == h->count) return NULL;
  slice code = cell_at(x, h->currency);
  x->cur = h->fallback;
  if (code.n) {
    x->cur = currency_find(code);
    if (x->cur == CURRENCY_NONE) x->cur = currency_by_symbol(code);
    if (x->cur == CURRENCY_NONE) return sentence(x, h->currency, code, "is not an ISO 4217 currency code");
  }
  if (x->cur == CURRENCY_NONE)
    return "it has no currency: say which one, currency \"BRL\", in the connect line or in the mapping";
  store_put_text(x->p->rows, h->currency, slice_of(currency_code(x->cur)));
  return NULL;
}

/* What is open and the status, each from the other where one is not said. */
static const char *put_status(row *x) {
  const record_shape *h = x->h;
  slice cell = cell_at(x, h->status);
  const char *word = NULL;
  if (h->status == h->count) return NULL;
  if (cell.n) {
    word = csv_word(h->table, "status", cell, x->p->perm);
    if (!word)
      return sentence(x, h->status, cell,
                      h->table == STORE_T_invoice ? "is none of open, paid, cancelled"
                                                  : "is none of active, paused, churned, ended");
  }
  if (h->table != STORE_T_invoice) {
    store_put_text(x->p->rows, h->status, slice_of(word ? word : "active"));
    return NULL;
  }
  if (!x->has_open) x->open = x->has_paid ? x->amount - x->paid : x->amount;
  if (word && strcmp(word, "paid") == 0 && !x->has_open) x->open = 0;
  if (!word) word = x->open == 0 && x->amount != 0 ? "paid" : "open";
  store_put_text(x->p->rows, h->status, slice_of(word));
  store_put_int(x->p->rows, h->open, x->open);
  return NULL;
}

static const char *put_cells(row *x) {
  const record_shape *h = x->h;
  const char *why = put_currency(x);
  for (size_t i = 0; i < h->count && !why; i++) {
    slice cell = cell_at(x, i);
    if (i == h->currency || i == h->status) continue;
    if (cell.n == 0) {
      if (csv_is_required(h->table, h->column[i].name))
        why = sentence(x, i, cell, "is empty, and every row must have one");
      continue;
    }
    if (i == h->key && cell.n > KEY_MAX) return sentence(x, i, cell, "is longer than is taken");
    why = put_cell(x, i, cell);
    if (why) why = sentence(x, i, cell, why);
  }
  return why ? why : put_status(x);
}

store_code record_put(const record_shape *h, erp_page *p, const slice *cells) {
  row x = {.h = h, .p = p, .cells = cells};
  slice key = cell_at(&x, h->key), source_id = cell_at(&x, h->source_id);
  size_t bad;
  if (!source_id.n) source_id = key;
  const char *why = put_cells(&x);
  if (!why) {
    store_put_text(p->rows, h->source_id, source_id);
    return erp_put(p);
  }
  erp_reject(p, csv_utf8_ok(source_id, &bad) ? utf8_head(source_id, SHOWN_MAX) : SLICE(""), why);
  return STORE_OK;
}
