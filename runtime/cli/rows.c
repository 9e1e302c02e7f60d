/* See rows.h. */
#include "rows.h"

#include "lang/base/text.h"

static const out_column MACHINE[ROW_COLUMNS] = {
    {"date", NULL, OUT_DATE, true},  {"entity", NULL, OUT_TEXT, true}, {"customer", NULL, OUT_TEXT, false}, {"ladder", NULL, OUT_TEXT, false},
    {"rung", NULL, OUT_TEXT, false}, {"action", NULL, OUT_TEXT, true}, {"to", NULL, OUT_TEXT, false}};

static const out_column PERSON[] = {
    {"date", NULL, OUT_DATE, true},        {"customer", NULL, OUT_TEXT, false}, {"invoice", NULL, OUT_TEXT, true},
    {"open", NULL, OUT_NUMBER, true},      {"rung", NULL, OUT_TEXT, false},     {"action", "what happens", OUT_TEXT, false},
    {"to", NULL, OUT_TEXT, false}};

static const out_column WAITS_COLUMN = {"waits", "waits because", OUT_TEXT, false};

size_t row_columns(const row_style *s, out_column columns[ROW_COLUMNS_MAX]) {
  bool person = s->format == OUT_table;
  size_t n = 0;
  for (size_t i = person && s->one_day ? 1 : 0; i < ROW_COLUMNS; i++) columns[n++] = person ? PERSON[i] : MACHINE[i];
  if (s->waits) columns[n++] = WAITS_COLUMN;
  return n;
}

slice row_entity(const decision *d, arena *perm) {
  if (d->subject_count == 1) return d->subjects[0].number;
  text names = text_new(perm);
  for (uint32_t i = 0; i < d->subject_count; i++) {
    if (i) text_char(&names, ' ');
    text_add(&names, d->subjects[i].number);
  }
  return text_slice(&names);
}

/* What is open over the invoices of a decision, one sum per currency. */
static slice open_of(const row_style *s, const decision *d, arena *perm) {
  text sums = text_new(perm);
  for (currency c = 0; c < CURRENCY_COUNT; c++) {
    money sum = {0, c};
    bool any = false;
    for (uint32_t i = 0; i < d->subject_count; i++) {
      const subject *b = &d->subjects[i];
      if (b->of != ENT_INVOICE || s->e->f->cur[b->row] != c) continue;
      any |= money_add(sum, (money){fact_int(s->e->f, FIELD_INVOICE_OPEN, b->row), c}, &sum);
    }
    char buffer[MONEY_TEXT_MAX];
    if (!any) continue;
    if (sums.n) text_cstr(&sums, " + ");
    text_add(&sums, (slice){buffer, money_text(sum, s->lang, buffer)});
  }
  return text_slice(&sums);
}

static slice iso(civil_date day, arena *perm) {
  char buffer[DATE_TEXT_MAX];
  return arena_slice(perm, (slice){buffer, date_iso(day, buffer)});
}

/* "standard 15d" */
static slice place_of(const decision *d, arena *perm) {
  return d->ladder.n ? arena_printf(perm, "%.*s %.*s", SLICE_ARG(d->ladder), SLICE_ARG(d->rung)) : d->rung;
}

void row_values(const row_style *s, const decision *d, slice values[ROW_COLUMNS_MAX], arena *perm) {
  size_t n = 0;
  if (s->format == OUT_table) {
    if (!s->one_day) values[n++] = iso(d->day, perm);
    slice name = d->customer_row == VM_NO_ROW ? (slice){0} : fact_text(s->e->f, FIELD_CUSTOMER_NAME, d->customer_row);
    values[n++] = name.n ? name : d->customer;
    values[n++] = d->subjects[0].of == ENT_CUSTOMER ? (slice){0} : row_entity(d, perm);
    values[n++] = open_of(s, d, perm);
    values[n++] = place_of(d, perm);
  } else {
    values[n++] = iso(d->day, perm);
    values[n++] = row_entity(d, perm);
    values[n++] = d->customer;
    values[n++] = d->ladder;
    values[n++] = d->rung;
  }
  values[n++] = d->text;
  values[n++] = d->to;
  if (s->waits) values[n++] = slice_of(WAITS[d->wait]);
}
