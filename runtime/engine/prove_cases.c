/* See prove_cases.h. */
#include "prove_cases.h"

enum { GIVEN_MAX = 64, PROMISE_SHORT_DAYS = 10, PROMISE_LONG_DAYS = 400, YEAR_DAYS = 365 };

/* ---- values ---- */

static expr *literal(arena *perm, expr_op op, type ty) {
  expr *e = ARENA_NEW(perm, expr);
  *e = (expr){.op = op, .ty = ty};
  return e;
}

static const expr *date_value(arena *perm, civil_date day) {
  expr *e = literal(perm, X_DATE, TY_DATE);
  e->date = day;
  return e;
}

static const expr *money_value(arena *perm, decimal num) {
  expr *e = literal(perm, X_MONEY, TY_MONEY);
  e->num = num;
  return e;
}

static const expr *value_of(arena *perm, const solve_value *v) {
  expr *e = NULL;
  switch (v->ty) {
  case TY_BOOL:
    e = literal(perm, X_BOOL, TY_BOOL);
    e->yes = v->yes;
    break;
  case TY_MONEY: return money_value(perm, v->num);
  case TY_NUMBER:
  case TY_PERCENT:
    e = literal(perm, X_NUMBER, v->ty);
    e->num = v->num;
    break;
  case TY_DATE: return date_value(perm, v->date);
  case TY_TEXT:
    e = literal(perm, X_TEXT, TY_TEXT);
    e->text = v->text;
    break;
  case TY_ERROR:
  case TY_DURATION:
  case TY_TIME:
  case TY_SET: break;
  }
  return e;
}

/* A row being put together. */
typedef struct row_list_of {
  test_given v[GIVEN_MAX];
  uint32_t n;
} row_fields;

static test_given *field_of(row_fields *r, uint16_t field) {
  for (uint32_t i = 0; i < r->n; i++)
    if (r->v[i].field == field) return &r->v[i];
  return NULL;
}

static test_given *add_field(row_fields *r, uint16_t field) {
  test_given *known = field_of(r, field);
  if (known || r->n == GIVEN_MAX) return known;
  r->v[r->n] = (test_given){.field = field};
  return &r->v[r->n++];
}

static void put(row_fields *r, uint16_t field, const expr *value) {
  test_given *g = add_field(r, field);
  if (g) g->value = value;
}

static test_row keep_row(arena *perm, const row_fields *r, currency cur) {
  test_given *v = ARENA_ARRAY(perm, r->n + 1, test_given);
  if (r->n) memcpy(v, r->v, r->n * sizeof *v);
  return (test_row){.fields = v, .count = r->n, .cur = cur};
}

/* ---- a kind's rows ---- */

typedef struct draft {
  row_fields of[ENT_COUNT];
  currency cur;
  bool has_contract;
} draft;

/* The field of the solver's value in the first program; false where a ledger cannot bring it. */
static bool field_in(const program *p, const solve_value *v, uint16_t *field) {
  if (v->today) return false;
  if (v->field < FIELD_COUNT) {
    *field = v->field;
    if (v->field == FIELD_INVOICE_DUE || v->field == FIELD_INVOICE_PROMISED || v->field == FIELD_CONTRACT_IN_DEFAULT)
      return false;
    return FIELDS[v->field].source == SRC_STORED || FIELDS[v->field].source == SRC_STATE;
  }
  for (uint32_t i = 0; i < p->custom_count; i++)
    if (p->custom[i].of == v->of && slice_eq(p->custom[i].name, v->name)) {
      *field = (uint16_t)(FIELD_COUNT + i);
      return true;
    }
  return false;
}

static void add_member(arena *perm, test_given *g, slice member) {
  slice *set = ARENA_ARRAY(perm, g->set_count + 1, slice);
  if (g->set_count) memcpy(set, g->set, g->set_count * sizeof *set);
  set[g->set_count] = member;
  g->set = set;
  g->set_count++;
}

static void take_value(arena *perm, const program *p, draft *d, const solve_value *v) {
  uint16_t field;
  if (!field_in(p, v, &field)) return;
  if (v->of == ENT_CONTRACT) d->has_contract = d->has_contract || !(v->missing && field == FIELD_CONTRACT_NUMBER);
  if (field == FIELD_CONTRACT_NUMBER || field == FIELD_INVOICE_STATUS) return;
  if (field < FIELD_COUNT && FIELDS[field].source == SRC_STATE && v->ty == TY_BOOL && !v->yes) return; /* as unsaid */
  if (field == FIELD_INVOICE_CURRENCY) d->cur = currency_find(v->text);
  test_given *g = add_field(&d->of[v->of], field);
  if (!g) return;
  g->missing = v->missing;
  if (v->missing) return;
  if (v->ty == TY_SET) {
    if (!g->set) g->set = ARENA_ARRAY(perm, 1, slice);
    if (v->yes) add_member(perm, g, v->text);
    return;
  }
  g->value = value_of(perm, v);
  if (v->ty == TY_MONEY && v->cur != CURRENCY_NONE) d->cur = v->cur;
}

/* What a kind leaves open: an invoice of 1000, a contract that has been running for a year. */
static void fill_up(arena *perm, draft *d) {
  row_fields *invoice = &d->of[ENT_INVOICE];
  if (!field_of(invoice, FIELD_INVOICE_AMOUNT) && !field_of(invoice, FIELD_INVOICE_OPEN))
    put(invoice, FIELD_INVOICE_AMOUNT, money_value(perm, (decimal){1000, 0}));
  if (d->has_contract && !field_of(&d->of[ENT_CONTRACT], FIELD_CONTRACT_PRICE))
    put(&d->of[ENT_CONTRACT], FIELD_CONTRACT_PRICE, money_value(perm, (decimal){1000, 0}));
}

/* ---- beside the conditions ---- */

typedef struct beside {
  bool promise, opt_in, small, contracts;
  unsigned contacts; /* channels that something else is sent by where their contact is missing */
  unsigned opt_ins;
  decimal below;
  bool any_below;
} beside;

static void note_lines(beside *b, const lines *body) {
  for (uint32_t i = 0; i < body->count; i++)
    for (uint32_t k = 0; k < body->v[i].branch_count; k++)
      for (uint32_t a = 0; a < body->v[i].branches[k].action_count; a++) {
        const action *act = &body->v[i].branches[k].actions[a];
        if (act->way_count > 1) b->contacts |= 1u << act->ways[0].ch;
      }
}

static void note_rungs(beside *b, const rung *v, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) note_lines(b, &v[i].body);
}

static void note_scope(beside *b, const scope *s) {
  b->promise = b->promise || s->hold_promised;
  b->opt_ins |= s->opt_in;
  if (s->has_ignore && (!b->any_below || decimal_cmp(s->ignore_below, b->below) < 0)) b->below = s->ignore_below;
  b->any_below = b->any_below || s->has_ignore;
}

static void note_program(beside *b, const program *p) {
  note_scope(b, &p->policy);
  for (uint32_t i = 0; i < p->ladder_count; i++) {
    note_scope(b, &p->ladders[i].own);
    note_rungs(b, p->ladders[i].rungs, p->ladders[i].rung_count);
    b->contracts = b->contracts || p->ladders[i].of == ENT_CONTRACT;
  }
  for (uint32_t i = 0; i < p->when_count; i++) {
    note_rungs(b, p->whens[i].rungs, p->whens[i].rung_count);
    note_lines(b, &p->whens[i].body);
    b->contracts = b->contracts || p->whens[i].of == ENT_CONTRACT;
  }
  for (uint32_t i = 0; i < p->every_count; i++) {
    note_lines(b, &p->everys[i].body);
    b->contracts = b->contracts || p->everys[i].of == ENT_CONTRACT;
  }
  for (uint32_t i = 0; i < p->use_count; i++)
    b->promise = b->promise || p->uses[i].field == FIELD_INVOICE_PROMISED || p->uses[i].field == FIELD_INVOICE_PROMISE;
}

static const uint16_t CONTACT_FIELD[CH_COUNT] = {
    [CH_EMAIL] = FIELD_CUSTOMER_EMAIL, [CH_WHATSAPP] = FIELD_CUSTOMER_WHATSAPP, [CH_SMS] = FIELD_CUSTOMER_PHONE};

static bool to_customers(channel ch) { return ch == CH_EMAIL || ch == CH_WHATSAPP || ch == CH_SMS; }

static void keep_draft(arena *perm, const draft *d, bool plain, prove_rows *out, uint32_t max) {
  if (out->n == max) {
    out->kinds.all = false;
    out->kinds.too_many = true;
    return;
  }
  prove_row *r = &out->v[out->n++];
  *r = (prove_row){.has_contract = d->has_contract, .plain = plain};
  r->invoice = keep_row(perm, &d->of[ENT_INVOICE], d->cur);
  r->customer = keep_row(perm, &d->of[ENT_CUSTOMER], d->cur);
  r->contract = keep_row(perm, &d->of[ENT_CONTRACT], d->cur);
}

/* A promise is written as days after the due date, which is not known yet: prove_cases_make puts it in. */
static void put_promise(arena *perm, draft *d, int32_t days) {
  put(&d->of[ENT_INVOICE], FIELD_INVOICE_PROMISE, date_value(perm, (civil_date){days}));
}

static void vary(arena *perm, const beside *b, const draft *kind, prove_rows *out, uint32_t max) {
  draft *d = ARENA_NEW(perm, draft);
  row_fields *customer = &d->of[ENT_CUSTOMER];
  *d = *kind;
  if (b->opt_ins && !field_of(customer, FIELD_CUSTOMER_OPTED_IN)) {
    test_given *g = add_field(customer, FIELD_CUSTOMER_OPTED_IN);
    for (unsigned ch = 0; g && ch < CH_COUNT; ch++)
      if (b->opt_ins >> ch & 1) add_member(perm, g, slice_of(CHANNELS[ch]));
    keep_draft(perm, d, true, out, max);
    *d = *kind;
    keep_draft(perm, d, false, out, max); /* has opted in to nothing */
  } else
    keep_draft(perm, d, true, out, max);
  for (int k = 0; k < 2 && b->promise; k++) {
    *d = *kind;
    put_promise(perm, d, k ? PROMISE_LONG_DAYS : PROMISE_SHORT_DAYS);
    keep_draft(perm, d, false, out, max);
  }
  for (unsigned ch = 0; ch < CH_COUNT; ch++) {
    if (!(b->contacts >> ch & 1) || !to_customers((channel)ch) ||
        field_of(&((draft *)kind)->of[ENT_CUSTOMER], CONTACT_FIELD[ch]))
      continue;
    *d = *kind;
    test_given *g = add_field(customer, CONTACT_FIELD[ch]);
    if (g) g->missing = true;
    keep_draft(perm, d, false, out, max);
  }
  decimal less;
  if (!b->any_below || !decimal_rescale(b->below, 2, ROUND_DOWN, &less) || less.n <= 1) return;
  *d = *kind;
  less.n--;
  put(&d->of[ENT_INVOICE], FIELD_INVOICE_OPEN, money_value(perm, less));
  keep_draft(perm, d, false, out, max);
}

void prove_rows_make(arena *perm, const program *const *programs, uint32_t count, const guarantee *also,
                     prove_rows *out) {
  *out = (prove_rows){0};
  analyse_kinds(perm, programs, count, also, PROVE_KINDS_MAX, &out->kinds);
  beside b = {0};
  for (uint32_t i = 0; i < count; i++) note_program(&b, programs[i]);
  uint32_t max = PROVE_CASES_MAX / PROVE_DATES_MIN;
  out->v = ARENA_ARRAY(perm, max + 1, prove_row);
  for (uint32_t k = 0; k < out->kinds.n; k++) {
    draft *d = ARENA_NEW(perm, draft);
    *d = (draft){.cur = programs[0]->cur, .has_contract = b.contracts};
    if (d->cur == CURRENCY_NONE) d->cur = currency_find(SLICE("BRL")); /* as an import does */
    for (uint32_t i = 0; i < out->kinds.v[k].n; i++) take_value(perm, programs[0], d, &out->kinds.v[k].v[i]);
    fill_up(perm, d);
    vary(perm, &b, d, out, max);
  }
}

/* ---- cases ---- */

/* The kind's fields with the dates that count from this due date. */
static test_row dated_invoice(arena *perm, const test_row *kind, civil_date due) {
  test_given *v = ARENA_ARRAY(perm, kind->count + 1, test_given);
  if (kind->count) memcpy(v, kind->fields, kind->count * sizeof *v);
  for (uint32_t i = 0; i < kind->count; i++)
    if (v[i].field == FIELD_INVOICE_PROMISE && v[i].value && v[i].value->date.day <= PROMISE_LONG_DAYS)
      v[i].value = date_value(perm, (civil_date){due.day + v[i].value->date.day});
  v[kind->count] = (test_given){.field = FIELD_INVOICE_DUE, .value = date_value(perm, due)};
  return (test_row){.fields = v, .count = kind->count + 1, .cur = kind->cur};
}

/* A contract ends, and is adjusted, when its invoice is due: what its ladders count from is tried on every day, too. */
static test_row dated_contract(arena *perm, const test_row *kind, civil_date due) {
  const struct {
    uint16_t field;
    int32_t days;
  } DATES[] = {{FIELD_CONTRACT_START, -YEAR_DAYS}, {FIELD_CONTRACT_END, 0}, {FIELD_CONTRACT_NEXT_ADJUSTMENT, 0}};
  row_fields *r = ARENA_NEW(perm, row_fields);
  for (uint32_t i = 0; i < kind->count; i++) r->v[r->n++] = kind->fields[i];
  for (size_t i = 0; i < sizeof DATES / sizeof *DATES; i++)
    if (!field_of(r, DATES[i].field)) put(r, DATES[i].field, date_value(perm, (civil_date){due.day + DATES[i].days}));
  return keep_row(perm, r, kind->cur);
}

static void put_case(arena *perm, const prove_row *row, const prove_shape *shape, civil_date due, policy_test *out) {
  test_row *invoices = ARENA_ARRAY(perm, shape->invoices, test_row);
  for (uint32_t i = 0; i < shape->invoices; i++)
    invoices[i] = dated_invoice(perm, &row->invoice, (civil_date){due.day + (int32_t)i * shape->apart});
  *out = (policy_test){.invoices = invoices,
                       .invoice_count = shape->invoices,
                       .customer = row->customer,
                       .has_contract = row->has_contract,
                       .of = ENT_INVOICE,
                       .first = due,
                       .last = due};
  if (row->has_contract) out->contract = dated_contract(perm, &row->contract, due);
}

void prove_cases_make(arena *perm, const prove_rows *rows, const prove_shape *shapes, uint32_t shape_count,
                      civil_date first, uint32_t max, prove_cases *out) {
  uint32_t used = 0;
  bool plain = shape_count > 1;
  for (uint32_t i = 0; i < rows->n; i++) used += !plain || rows->v[i].plain;
  uint32_t each = used * shape_count, dates = each ? max / each : 0;
  if (dates > PROVE_DATES_MAX) dates = PROVE_DATES_MAX;
  if (dates < PROVE_DATES_MIN) dates = PROVE_DATES_MIN;
  *out = (prove_cases){.v = ARENA_ARRAY(perm, (size_t)each * dates + 1, policy_test), .dates = dates, .first = first};
  for (uint32_t i = 0; i < rows->n; i++) {
    if (plain && !rows->v[i].plain) continue;
    for (uint32_t s = 0; s < shape_count; s++)
      for (uint32_t k = 0; k < dates; k++)
        put_case(perm, &rows->v[i], &shapes[s], (civil_date){first.day + (int32_t)k}, &out->v[out->n++]);
  }
}

/* ---- how far it reaches ---- */

/* No calendar's business days are further apart than that, in the mean of a policy's lengths of time. */
static int32_t days_of_unit(duration d) {
  static const int32_t DAYS[UNIT_COUNT] = {
      [UNIT_DAY] = 1, [UNIT_BUSINESS_DAY] = 2, [UNIT_WEEK] = 7, [UNIT_MONTH] = 31, [UNIT_YEAR] = 366};
  return d.n * DAYS[d.unit];
}

static void span_of(const rung *v, uint32_t n, int32_t *before, int32_t *after) {
  for (uint32_t i = 0; i < n; i++) {
    int32_t day = days_of_unit(v[i].off.base) + v[i].off.times * days_of_unit(v[i].off.step);
    if (-day > *before) *before = -day;
    if (day > *after) *after = day;
  }
}

void prove_span(const program *p, int32_t *before, int32_t *after) {
  *before = *after = 0;
  for (uint32_t i = 0; i < p->ladder_count; i++) span_of(p->ladders[i].rungs, p->ladders[i].rung_count, before, after);
  for (uint32_t i = 0; i < p->when_count; i++) span_of(p->whens[i].rungs, p->whens[i].rung_count, before, after);
}
