/* See csv_row.h. The store's own words and canonical texts go in; what a cell says about money, dates and words is
 * decided by csv_cell.c and csv_words.def. */
#include "csv_row.h"

#include <stdio.h>
#include <stdlib.h>

#include "lang/base/date.h"
#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "lang/check/erp_events.h"

#define SHOWN_MAX 40 /* bytes of a cell in a reason */

/* `"2026-02-30" in column "due" is not a day of the calendar`. What a reason shows may end in a log: an address that
 * slipped into the column is not shown; the file with the rejects has the row. */
static const char *reject_cell(csv_rows *x, size_t i, slice cell, const char *why) {
  const csv_column *c = &x->h->column[i];
  bool address = cell.n && memchr(cell.p, '@', cell.n);
  slice shown = address ? SLICE("") : utf8_head(cell, SHOWN_MAX), title = utf8_head(c->title, SHOWN_MAX);
  snprintf(x->reason, sizeof x->reason, "\"%.*s%s\" in column \"%.*s\" %s", SLICE_ARG(shown),
           shown.n < cell.n ? "..." : "", SLICE_ARG(title), why);
  return x->reason;
}

/* ---- opening ---- */

typedef struct column_list {
  store_written column[CSV_COLUMNS_MAX + 4];
  size_t count;
} column_list;

static size_t add(column_list *l, slice name, bool only_new) {
  l->column[l->count] = (store_written){.name = name, .only_new = only_new};
  return l->count++;
}

/* The writer's column of that name, added as a default where the file has none. */
static size_t ensure(csv_rows *x, column_list *l, const char *name, bool only_new) {
  size_t i = csv_column_at(x->h, name);
  return i < x->h->count ? x->at[i] : add(l, slice_of(name), only_new);
}

static void add_defaults(csv_rows *x, column_list *l) {
  store_table table = x->h->table;
  if (table == STORE_T_invoice || table == STORE_T_contract) {
    x->to_currency = ensure(x, l, "currency", true);
    x->to_status = ensure(x, l, "status", true);
  }
  if (table == STORE_T_invoice) {
    x->to_amount = ensure(x, l, "amount", false);
    x->to_open = ensure(x, l, "open", false);
  }
  if (table == STORE_T_happening) {
    x->to_value = ensure(x, l, "value", false);
    x->to_amount = add(l, SLICE("amount"), false);
    x->to_day = add(l, SLICE("day"), false);
    x->to_name = add(l, SLICE("name"), false);
    x->to_said = add(l, SLICE("said"), false);
  }
}

store_code csv_rows_open(csv_rows *x, store *s, const csv_header *h, csv_dialect dialect, currency fallback,
                         arena *perm) {
  *x = (csv_rows){.h = h, .dialect = dialect, .s = s, .currency_default = fallback, .perm = perm};
  x->to_currency = x->to_status = x->to_open = x->to_amount = x->to_day = x->to_value = SIZE_MAX;
  if (h->table == STORE_T_series) return csv_series_open(perm, s, h, dialect, &x->series);
  x->currency_at = csv_column_at(h, "currency");
  x->status_at = csv_column_at(h, "status");
  x->open_at = csv_column_at(h, "open");
  x->kind_at = csv_column_at(h, "kind");
  x->value_at = csv_column_at(h, "value");
  x->invoice_at = csv_column_at(h, "invoice");
  x->room = malloc(CSV_RECORD_MAX + DATE_TEXT_MAX + MONEY_TEXT_MAX);
  column_list *l = calloc(1, sizeof *l);
  if (!x->room || !l) arena_exhausted();
  for (size_t i = 0; i < h->count; i++) {
    const csv_column *c = &h->column[i];
    x->at[i] = c->ignored ? SIZE_MAX : add(l, c->name, false);
    x->required[i] = csv_is_required(h->table, c->name) && !c->custom && !c->ignored;
  }
  add_defaults(x, l);
  store_code code = store_writer_open(s, h->table, SLICE("csv"), l->column, l->count, &x->to);
  free(l);
  return code;
}

void csv_rows_close(csv_rows *x) {
  store_writer_close(x->to);
  free(x->room);
  x->to = NULL;
  x->room = NULL;
}

/* ---- cells ---- */

static const char *word_of(csv_rows *x, const char *column, slice cell) {
  for (size_t i = 0; i < CSV_WORD_MEMO; i++)
    if (x->memo[i].word && slice_eq(x->memo[i].said, cell)) return x->memo[i].word;
  arena *scratch = arena_new();
  const char *word = cell.n < 64 ? csv_word(x->h->table, column, cell, scratch) : NULL;
  arena_free(scratch);
  if (!word) return NULL;
  size_t slot = x->memo_next++ % CSV_WORD_MEMO;
  if (x->memo_next <= 64) { /* a file has few spellings; past that they are looked up each time */
    x->memo[slot].said = arena_slice(x->perm, cell);
    x->memo[slot].word = word;
  }
  return word;
}

static slice cell_at(const csv_rows *x, const csv_reader *r, size_t i) {
  return i < x->h->count ? slice_trim(r->field[i]) : SLICE("");
}

static const char *row_currency(csv_rows *x, const csv_reader *r, currency *cur) {
  *cur = x->currency_default;
  slice code = cell_at(x, r, x->currency_at);
  x->currency_assumed = code.n == 0;
  if (code.n) {
    if (code.n != 3 || memcmp(code.p, x->currency_last_code, 3) != 0) {
      x->currency_last = currency_find(code);
      if (x->currency_last == CURRENCY_NONE) x->currency_last = currency_by_symbol(code);
      if (x->currency_last == CURRENCY_NONE) {
        x->currency_last_code[0] = 0;
        return reject_cell(x, x->currency_at, code, "is not an ISO 4217 currency code");
      }
      memset(x->currency_last_code, 0, sizeof x->currency_last_code);
      if (code.n == 3) memcpy(x->currency_last_code, code.p, 3);
    }
    *cur = x->currency_last;
  }
  store_put_text(x->to, x->to_currency, slice_of(currency_code(*cur)));
  return NULL;
}

static slice in_room(csv_rows *x, slice s) {
  char *to = x->room + x->room_n;
  memcpy(to, s.p, s.n);
  x->room_n += s.n;
  return (slice){to, s.n};
}

static const char *put_cell(csv_rows *x, size_t i, slice cell, currency cur, int64_t *number) {
  const char *why = NULL;
  int32_t day = 0;
  bool yes = false;
  size_t to = x->at[i];
  switch (x->h->column[i].type) {
  case STORE_MONEY:
    why = csv_money(cell, x->dialect.decimal, cur, number);
    if (!why) store_put_int(x->to, to, *number);
    break;
  case STORE_DATE:
    why = csv_date(cell, x->dialect.dates, &day);
    if (!why) store_put_int(x->to, to, day);
    break;
  case STORE_INT:
    why = csv_number(cell, number);
    if (!why) store_put_int(x->to, to, *number);
    break;
  case STORE_YESNO:
    why = csv_yesno(cell, &yes);
    if (!why) store_put_int(x->to, to, yes);
    break;
  case STORE_SET: {
    slice set = csv_set(cell, x->room + x->room_n);
    x->room_n += set.n;
    store_put_text(x->to, to, set);
    break;
  }
  case STORE_TEXT:
  case STORE_INSTANT:
  case STORE_BLOB: store_put_text(x->to, to, cell); break;
  }
  return why ? reject_cell(x, i, cell, why) : NULL;
}

/* ---- rows ---- */

static const char *put_status(csv_rows *x, const csv_reader *r, const char *fallback, const char *allowed) {
  slice cell = cell_at(x, r, x->status_at);
  const char *word = cell.n ? word_of(x, "status", cell) : fallback;
  if (!word) return reject_cell(x, x->status_at, cell, allowed);
  store_put_text(x->to, x->to_status, slice_of(word));
  return NULL;
}

static const char *put_entity(csv_rows *x, const csv_reader *r) {
  const csv_header *h = x->h;
  bool invoice = h->table == STORE_T_invoice;
  currency cur = CURRENCY_NONE;
  const char *why = h->table == STORE_T_customer ? NULL : row_currency(x, r, &cur);
  if (!why && invoice) why = put_status(x, r, "open", "is none of open, paid, cancelled");
  if (!why && h->table == STORE_T_contract)
    why = put_status(x, r, "active", "is none of active, paused, churned, ended");
  if (why) return why;
  int64_t amount = 0;
  bool has_open = false;
  for (size_t i = 0; i < h->count; i++) {
    if (x->at[i] == SIZE_MAX || x->at[i] == x->to_currency || x->at[i] == x->to_status) continue;
    slice cell = slice_trim(r->field[i]);
    if (cell.n == 0) {
      if (x->required[i]) return reject_cell(x, i, cell, "is empty, and every row must have one");
      continue;
    }
    int64_t number = 0;
    why = put_cell(x, i, cell, cur, &number);
    if (why) return why;
    if (x->at[i] == x->to_amount) amount = number;
    has_open |= x->at[i] == x->to_open;
  }
  if (invoice && !has_open) store_put_int(x->to, x->to_open, amount);
  return NULL;
}

/* A payment reversed without an amount is the invoice's last one. */
static bool may_be_bare(store_happening kind) {
  return store_happening_value(kind) == STORE_VALUE_NONE || kind == STORE_H_PAYMENT_REVERSED;
}

/* The canonical text of what a happening carries, and its typed form. */
static const char *put_value(csv_rows *x, store_happening kind, slice cell, const char *code) {
  size_t to = x->to_value;
  int64_t minor = 0;
  civil_date d = DATE_NONE;
  const char *why = NULL;
  char plain[MONEY_TEXT_MAX > DATE_TEXT_MAX ? MONEY_TEXT_MAX : DATE_TEXT_MAX];
  if (cell.n == 0 && may_be_bare(kind)) {
    store_put_text(x->to, to, SLICE(""));
    return NULL;
  }
  switch (store_happening_value(kind)) {
  case STORE_VALUE_NONE: store_put_text(x->to, to, SLICE("")); return NULL;
  case STORE_VALUE_TEXT: store_put_text(x->to, to, cell); return NULL;
  case STORE_VALUE_MONEY: {
    currency cur = currency_find(slice_of(code));
    why = csv_money(cell, x->dialect.decimal, cur, &minor);
    if (why) break;
    store_put_int(x->to, x->to_amount, minor);
    store_put_text(x->to, to, in_room(x, (slice){plain, money_plain((money){minor, cur}, plain)}));
    return NULL;
  }
  case STORE_VALUE_DATE:
    why = csv_date(cell, x->dialect.dates, &d.day);
    if (why) break;
    store_put_int(x->to, x->to_day, d.day);
    store_put_text(x->to, to, in_room(x, (slice){plain, date_iso(d, plain)}));
    return NULL;
  }
  return reject_cell(x, x->value_at, cell, why);
}

/* "number=4711; total=1500.00" of an order is what the event says: a line each, "order_number=4711". */
static slice said_of(csv_rows *x, slice thing, slice cell) {
  text t = text_new(x->perm);
  for (size_t i = 0; i < cell.n;) {
    size_t end = i;
    while (end < cell.n && cell.p[end] != ';') end++;
    slice one = slice_trim((slice){cell.p + i, end - i});
    for (size_t k = 0; k < thing.n && one.n; k++) text_char(&t, thing.p[k] == ' ' ? '_' : thing.p[k]);
    if (one.n) text_printf(&t, "_%.*s\n", SLICE_ARG(one));
    i = end + 1;
  }
  return text_slice(&t);
}

/* `sap order created`, about a customer: what an ERP's connector tells of. */
static bool put_erp_event(csv_rows *x, slice date, slice kind, slice customer, slice value) {
  slice near, name = (slice){0};
  for (int lang = 0; lang < LANG_COUNT && !name.n; lang++)
    name = erp_event_canonical(x->perm, kind, (dun_lang)lang, &near);
  size_t head = 0, tail = name.n;
  while (head < name.n && name.p[head] != ' ') head++;
  while (tail > head && name.p[tail - 1] != ' ') tail--;
  slice vendor = {name.p, head};
  if (!slice_eq(vendor, SLICE("sap")) && !slice_eq(vendor, SLICE("erp"))) return false;
  slice thing = {name.p + head + 1, tail - head - 2};
  store_put_text(x->to, x->at[x->kind_at], slice_of(store_happening_name(STORE_H_ERP_EVENT)));
  store_put_text(x->to, x->at[x->invoice_at], customer);
  store_put_text(x->to, x->to_name, name);
  store_put_text(x->to, x->to_said, said_of(x, thing, value));
  store_put_text(x->to, x->to_value,
                 arena_printf(x->perm, "csv %.*s %.*s %.*s %.*s", SLICE_ARG(date), SLICE_ARG(name), SLICE_ARG(customer),
                              SLICE_ARG(value)));
  return true;
}

static store_code put_happening(csv_rows *x, const csv_reader *r, const char **why) {
  size_t date_at = csv_column_at(x->h, "date");
  slice date = cell_at(x, r, date_at), kind = cell_at(x, r, x->kind_at), invoice = cell_at(x, r, x->invoice_at);
  slice value = cell_at(x, r, x->value_at);
  int64_t number = 0;
  store_happening h;
  const char *word = word_of(x, "kind", kind);
  x->about_customer = !word && invoice.n && put_erp_event(x, date, kind, invoice, value);
  if (x->about_customer) {
    *why = put_cell(x, date_at, date, CURRENCY_NONE, &number);
    return STORE_OK;
  }
  if (!word || !store_happening_find(slice_of(word), &h)) {
    *why = reject_cell(x, x->kind_at, kind, "is no kind of event (payment, dispute, promise, reply, ...)");
    return STORE_OK;
  }
  *why = put_cell(x, date_at, date, CURRENCY_NONE, &number);
  if (!*why && invoice.n == 0) *why = reject_cell(x, x->invoice_at, invoice, "is empty, and every row must have one");
  if (*why) return STORE_OK;
  store_put_text(x->to, x->at[x->kind_at], slice_of(word));
  store_put_text(x->to, x->at[x->invoice_at], invoice);
  if (x->value_at == x->h->count) { /* the file has no values: only kinds without one can be in it */
    if (!may_be_bare(h)) *why = reject_cell(x, x->kind_at, kind, "needs a column \"value\"");
    store_put_text(x->to, x->to_value, SLICE(""));
    return STORE_OK;
  }
  char code[4] = "";
  store_code result = STORE_OK;
  if (store_happening_value(h) == STORE_VALUE_MONEY) result = store_invoice_currency(x->s, invoice, code);
  if (result == STORE_END) {
    *why = reject_cell(x, x->invoice_at, invoice, "is no invoice of the store");
    return STORE_OK;
  }
  if (result == STORE_OK) *why = put_value(x, h, value, code);
  return result;
}

static const char *refused(csv_rows *x, const csv_reader *r, store_put outcome) {
  const csv_header *h = x->h;
  size_t key = csv_column_at(h, h->table == STORE_T_customer ? "id" : "number");
  switch (outcome) {
  case STORE_PUT_NEW:
  case STORE_PUT_CHANGED:
  case STORE_PUT_UNCHANGED: return NULL;
  case STORE_PUT_REPEATED: return reject_cell(x, key, cell_at(x, r, key), "is in this file already, further up");
  case STORE_PUT_NO_CUSTOMER: {
    size_t at = csv_column_at(h, "customer");
    return reject_cell(x, at, cell_at(x, r, at), "is no customer of the store (import customers.csv with it)");
  }
  case STORE_PUT_ERASED: {
    size_t at = h->table == STORE_T_customer ? key : csv_column_at(h, "customer");
    return reject_cell(x, at, cell_at(x, r, at), "was erased from the store and does not come back");
  }
  case STORE_PUT_NO_ENTITY:
    return reject_cell(x, x->invoice_at, cell_at(x, r, x->invoice_at),
                       x->about_customer ? "is no customer of the store (import customers.csv with it)"
                                         : "is no invoice or contract of the store");
  }
  return NULL;
}

static const char *check_row(csv_rows *x, const csv_reader *r) {
  size_t bad;
  if (!csv_utf8_ok(r->raw, &bad)) {
    snprintf(x->reason, sizeof x->reason, "byte %zu of the row (0x%02X) is not UTF-8 text: save the file as UTF-8",
             bad + 1, (unsigned)(unsigned char)r->raw.p[bad]);
    return x->reason;
  }
  size_t filled = r->count;
  while (filled > x->h->count && slice_trim(r->field[filled - 1]).n == 0) filled--;
  if (r->count < x->h->count || filled > x->h->count) {
    snprintf(x->reason, sizeof x->reason, "the row has %zu fields, the header has %zu%s", r->count, x->h->count,
             r->count > x->h->count ? ": quote a text that has the separator in it" : "");
    return x->reason;
  }
  return NULL;
}

store_code csv_row_put(csv_rows *x, const csv_reader *r, store_put *outcome, const char **why) {
  x->room_n = 0;
  store_code code = STORE_OK;
  *why = check_row(x, r);
  if (x->series) return *why ? STORE_OK : csv_series_put(x->series, r, outcome, why);
  if (!*why && x->h->table == STORE_T_happening)
    code = put_happening(x, r, why);
  else if (!*why)
    *why = put_entity(x, r);
  if (code != STORE_OK) return code;
  if (*why) {
    store_put_nothing(x->to);
    return STORE_OK;
  }
  code = store_put_row(x->to, outcome);
  if (code == STORE_OK) *why = refused(x, r, *outcome);
  return code;
}
