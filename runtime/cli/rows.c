/* See rows.h. */
#include "rows.h"

#include "lang/base/text.h"
#include "texts.h"

static const out_column MACHINE[ROW_COLUMNS] = {{"date", NULL, OUT_DATE, true},      {"entity", NULL, OUT_TEXT, true},
                                                {"customer", NULL, OUT_TEXT, false}, {"ladder", NULL, OUT_TEXT, false},
                                                {"rung", NULL, OUT_TEXT, false},     {"action", NULL, OUT_TEXT, true},
                                                {"to", NULL, OUT_TEXT, false}};

typedef struct titled {
  out_column column;
  text_id title;
} titled;

static const titled PERSON[] = {
    {{"date", NULL, OUT_DATE, true}, TXT_DATE_TITLE},       {{"customer", NULL, OUT_TEXT, false}, TXT_CUSTOMER_TITLE},
    {{"invoice", NULL, OUT_TEXT, true}, TXT_INVOICE_TITLE}, {{"open", NULL, OUT_NUMBER, true}, TXT_OPEN_TITLE},
    {{"rung", NULL, OUT_TEXT, false}, TXT_RUNG_TITLE},      {{"action", NULL, OUT_TEXT, false}, TXT_ACTION_TITLE},
    {{"to", NULL, OUT_TEXT, false}, TXT_TO_TITLE}};
static const titled RESULT_COLUMN = {{"result", NULL, OUT_TEXT, false}, TXT_RESULT_TITLE};
static const titled WAITS_COLUMN = {{"waits", NULL, OUT_TEXT, false}, TXT_WAITS_TITLE};

static out_column in_language(const row_style *s, const titled *t) {
  out_column c = t->column;
  c.title = texts_word(s->lang, t->title);
  return c;
}

static bool shows_results(const row_style *s) { return s->e->computes && s->format != OUT_csv; }

size_t row_columns(const row_style *s, out_column columns[ROW_COLUMNS_MAX]) {
  bool person = s->format == OUT_table;
  size_t n = 0;
  for (size_t i = person && s->one_day ? 1 : 0; i < ROW_COLUMNS; i++)
    columns[n++] = person ? in_language(s, &PERSON[i]) : MACHINE[i];
  if (shows_results(s)) columns[n++] = person ? in_language(s, &RESULT_COLUMN) : RESULT_COLUMN.column;
  if (s->waits) columns[n++] = person ? in_language(s, &WAITS_COLUMN) : WAITS_COLUMN.column;
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
  values[n++] = s->format == OUT_table ? texts_said(s->lang, perm, d->text) : d->text;
  values[n++] = d->no_contact && s->format == OUT_table ? texts_said(s->lang, perm, d->to) : d->to;
  if (shows_results(s)) values[n++] = s->format == OUT_table ? texts_said(s->lang, perm, d->sum.how) : d->sum.how;
  slice wait = slice_of(WAITS[d->wait]);
  if (s->waits) values[n++] = s->format == OUT_table ? texts_said(s->lang, perm, wait) : wait;
}
