/* A test's ledger: written to a private store in memory and loaded from there, so that a test reads facts as a plan
 * does. What the test does not say: contacts exist, an invoice is open in full, everything else is missing. */
#include <stdlib.h>

#include "facts_load.h"
#include "policy_test.h"

enum { COLUMNS_MAX = 90 };

/* One table being written. */
typedef struct ledger_table {
  const program *p;
  arena *perm;
  store *s;
  store_table table;
  store_written columns[COLUMNS_MAX];
  size_t n;
  bool full; /* more fields than fit: the test is not run */
  store_writer *w;
} ledger_table;

typedef struct default_value {
  uint32_t field;
  const char *value;
} default_value;

/* An address of a reserved domain and a number that nobody has. */
static const default_value CUSTOMER[] = {{FIELD_CUSTOMER_ID, "C-1"},
                                         {FIELD_CUSTOMER_NAME, "Customer"},
                                         {FIELD_CUSTOMER_EMAIL, "customer@example.com"},
                                         {FIELD_CUSTOMER_PHONE, "+15555550100"},
                                         {FIELD_CUSTOMER_WHATSAPP, "+15555550100"},
                                         {FIELD_CUSTOMER_OWNER, "owner@example.com"}};
static const default_value CONTRACT[] = {{FIELD_CONTRACT_NUMBER, "K-1"}, {FIELD_CONTRACT_STATUS, "active"}};

static const test_given *given_of(const test_row *row, uint32_t field) {
  for (uint32_t i = 0; i < row->count; i++)
    if (row->fields[i].field == field) return &row->fields[i];
  return NULL;
}

static slice field_name(const program *p, uint32_t field) {
  return field < FIELD_COUNT ? slice_of(FIELDS[field].name[LANG_EN]) : p->custom[field - FIELD_COUNT].name;
}

static size_t column_of(ledger_table *t, slice name) {
  for (size_t i = 0; i < t->n; i++)
    if (slice_eq(t->columns[i].name, name)) return i;
  if (t->n == COLUMNS_MAX) {
    t->full = true;
    return 0;
  }
  t->columns[t->n] = (store_written){.name = name};
  return t->n++;
}

static void want_row(ledger_table *t, const test_row *row, const default_value *defaults, size_t count) {
  for (size_t i = 0; i < count; i++) column_of(t, field_name(t->p, defaults[i].field));
  for (uint32_t i = 0; i < row->count; i++) column_of(t, field_name(t->p, row->fields[i].field));
}

static slice joined_set(arena *perm, const test_given *g) {
  slice all = {0};
  for (uint32_t i = 0; i < g->set_count; i++)
    all = i ? arena_printf(perm, "%.*s;%.*s", SLICE_ARG(all), SLICE_ARG(g->set[i])) : g->set[i];
  return all;
}

static bool minor_of(const expr *e, currency cur, int64_t *out) {
  money m;
  if (money_of_decimal(e->num, cur, &m) != MONEY_OK) return false;
  *out = m.minor;
  return true;
}

/* The store keeps custom fields as text. */
static slice custom_text(arena *perm, const expr *e) {
  char buffer[DECIMAL_TEXT_MAX > DATE_TEXT_MAX ? DECIMAL_TEXT_MAX : DATE_TEXT_MAX];
  if (e->op == X_TEXT) return e->text;
  if (e->op == X_BOOL) return e->yes ? SLICE("yes") : SLICE("no");
  if (e->op == X_DATE) return arena_slice(perm, (slice){buffer, date_iso(e->date, buffer)});
  return arena_slice(perm, (slice){buffer, decimal_text(e->num, buffer)});
}

static void put_given(ledger_table *t, const test_row *row, const test_given *g) {
  size_t at = column_of(t, field_name(t->p, g->field));
  int64_t minor;
  if (g->missing) return;
  if (g->set)
    store_put_text(t->w, at, joined_set(t->perm, g));
  else if (g->field >= FIELD_COUNT || g->value->op == X_TEXT)
    store_put_text(t->w, at, custom_text(t->perm, g->value));
  else if (g->value->op == X_BOOL)
    store_put_int(t->w, at, g->value->yes);
  else if (g->value->op == X_DATE)
    store_put_int(t->w, at, g->value->date.day);
  else if (g->value->op == X_NUMBER)
    store_put_int(t->w, at, decimal_trim(g->value->num).n);
  else if (minor_of(g->value, row->cur, &minor))
    store_put_int(t->w, at, minor);
}

static void put_row(ledger_table *t, const test_row *row, const default_value *defaults, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!given_of(row, defaults[i].field))
      store_put_text(t->w, column_of(t, field_name(t->p, defaults[i].field)), slice_of(defaults[i].value));
  for (uint32_t i = 0; i < row->count; i++) put_given(t, row, &row->fields[i]);
}

/* A test's customer's code: invoices and contracts name it. */
static slice customer_id(const policy_test *t) {
  const test_given *id = given_of(&t->customer, FIELD_CUSTOMER_ID);
  return id ? id->value->text : slice_of(CUSTOMER[0].value);
}

static slice contract_number(const policy_test *t) {
  const test_given *number = given_of(&t->contract, FIELD_CONTRACT_NUMBER);
  return number ? number->value->text : slice_of(CONTRACT[0].value);
}

static int64_t amount_of(const test_row *row, uint32_t field) {
  const test_given *g = given_of(row, field);
  int64_t minor;
  return g && g->value && minor_of(g->value, row->cur, &minor) ? minor : FACT_MISSING;
}

/* What is said of amount, open and paid_amount makes the rest. */
static void put_amounts(ledger_table *t, const test_row *row) {
  int64_t amount = amount_of(row, FIELD_INVOICE_AMOUNT), open = amount_of(row, FIELD_INVOICE_OPEN);
  int64_t paid = amount_of(row, FIELD_INVOICE_PAID_AMOUNT);
  const test_given *status = given_of(row, FIELD_INVOICE_STATUS);
  bool settled = status && slice_eq(status->value->text, SLICE("paid"));
  if (paid == FACT_MISSING)
    paid = open != FACT_MISSING && amount != FACT_MISSING ? amount - open
           : settled && open == FACT_MISSING              ? amount
                                                          : 0;
  if (open == FACT_MISSING) open = amount - paid;
  if (amount == FACT_MISSING && __builtin_add_overflow(open, paid, &amount)) amount = INT64_MAX;
  store_put_int(t->w, column_of(t, SLICE("amount")), amount);
  store_put_int(t->w, column_of(t, SLICE("open")), open);
  store_put_int(t->w, column_of(t, SLICE("paid_amount")), paid);
  if (!status) store_put_text(t->w, column_of(t, SLICE("status")), SLICE("open"));
}

static store_code begin(ledger_table *t) {
  return store_writer_open(t->s, t->table, SLICE("test"), t->columns, t->n, &t->w);
}

static store_code write_customer(ledger_table *t, const policy_test *test, slice *why) {
  (void)why;
  store_put done;
  t->table = STORE_T_customer;
  want_row(t, &test->customer, CUSTOMER, sizeof CUSTOMER / sizeof *CUSTOMER);
  store_code code = begin(t);
  if (code != STORE_OK) return code;
  put_row(t, &test->customer, CUSTOMER, sizeof CUSTOMER / sizeof *CUSTOMER);
  return store_put_row(t->w, &done);
}

static store_code write_contract(ledger_table *t, const policy_test *test, slice *why) {
  (void)why;
  store_put done;
  if (!test->has_contract) return STORE_OK;
  t->table = STORE_T_contract;
  want_row(t, &test->contract, CONTRACT, sizeof CONTRACT / sizeof *CONTRACT);
  size_t customer = column_of(t, SLICE("customer")), cur = column_of(t, SLICE("currency"));
  store_code code = begin(t);
  if (code != STORE_OK) return code;
  put_row(t, &test->contract, CONTRACT, sizeof CONTRACT / sizeof *CONTRACT);
  store_put_text(t->w, customer, customer_id(test));
  store_put_text(t->w, cur, slice_of(currency_code(test->contract.cur)));
  return store_put_row(t->w, &done);
}

static slice invoice_number(const policy_test *t, uint32_t i, arena *perm) {
  const test_given *number = given_of(&t->invoices[i], FIELD_INVOICE_NUMBER);
  return number ? number->value->text : arena_printf(perm, "T-%u", i + 1);
}

static store_code write_invoices(ledger_table *t, const policy_test *test, slice *why) {
  static const char *const OWN[] = {"number", "customer",    "contract", "currency", "amount",
                                    "open",   "paid_amount", "status",   "due"};
  if (!test->invoice_count) return STORE_OK;
  t->table = STORE_T_invoice;
  for (size_t i = 0; i < sizeof OWN / sizeof *OWN; i++) column_of(t, slice_of(OWN[i]));
  for (uint32_t i = 0; i < test->invoice_count; i++) want_row(t, &test->invoices[i], NULL, 0);
  store_code code = begin(t);
  for (uint32_t i = 0; i < test->invoice_count && code == STORE_OK; i++) {
    const test_row *row = &test->invoices[i];
    put_row(t, row, NULL, 0);
    put_amounts(t, row);
    store_put_text(t->w, column_of(t, SLICE("number")), invoice_number(test, i, t->perm));
    store_put_text(t->w, column_of(t, SLICE("customer")), customer_id(test));
    store_put_text(t->w, column_of(t, SLICE("currency")), slice_of(currency_code(row->cur)));
    if (test->has_contract) store_put_text(t->w, column_of(t, SLICE("contract")), contract_number(test));
    store_put done;
    code = store_put_row(t->w, &done);
    if (code == STORE_OK && done == STORE_PUT_REPEATED)
      *why =
          arena_printf(t->perm, "two invoices have the number \"%.*s\"", SLICE_ARG(invoice_number(test, i, t->perm)));
  }
  return code;
}

typedef store_code table_writer(ledger_table *t, const policy_test *test, slice *why);

bool test_ledger_make(world *w, const program *p, const policy_test *t, arena *perm, test_ledger *out, slice *why) {
  static table_writer *const WRITERS[] = {write_customer, write_contract, write_invoices};
  store *s;
  store_error error;
  *why = (slice){0};
  if (store_open(w, ":memory:", &s, &error) != STORE_OK) {
    *why = arena_slice(perm, slice_of(error.text));
    return false;
  }
  store_code code = store_begin(s);
  for (size_t i = 0; i < sizeof WRITERS / sizeof *WRITERS && code == STORE_OK && !why->n; i++) {
    ledger_table table = {.p = p, .perm = perm, .s = s};
    code = WRITERS[i](&table, t, why);
    store_writer_close(table.w);
    if (table.full) *why = arena_printf(perm, "it gives more than %d fields", COLUMNS_MAX);
  }
  if (code == STORE_OK) code = store_commit(s);
  facts_options o = {.today = t->first, .with_contacts = true};
  if (code == STORE_OK) code = facts_load(perm, s, p, &o, &out->f);
  if (code != STORE_OK) *why = arena_slice(perm, slice_of(store_why(s)->text));
  store_close(s);
  if (why->n) return false;
  fact_require(out->f, FIELD_INVOICE_AMOUNT, FACT_MISSING); /* a reversed payment may bring all of it back */
  row_names names = row_names_of(perm, &out->f->t[ENT_INVOICE]);
  for (uint32_t i = 0; i < t->invoice_count; i++) {
    int64_t amount = amount_of(&t->invoices[i], FIELD_INVOICE_AMOUNT),
            open = amount_of(&t->invoices[i], FIELD_INVOICE_OPEN);
    fact_set_int(out->f, FIELD_INVOICE_AMOUNT, row_names_find(&names, invoice_number(t, i, perm)),
                 amount == FACT_MISSING ? open : amount);
  }
  test_happenings(t, out->f, perm, &out->events);
  return true;
}

/* ---- what happens ---- */

typedef struct happenings {
  happening_list *out;
  uint32_t cap;
  arena *perm;
  const policy_test *t;
  uint32_t *by_due; /* rows, oldest due first */
  int64_t *open;    /* per row, as far as the test's own payments go */
  uint32_t n;
} happenings;

static void add(happenings *h, const test_event *e, happening_kind kind, uint32_t row, int64_t amount) {
  happening_list *l = h->out;
  if (l->n == h->cap) {
    h->cap = h->cap ? h->cap * 2 : 16;
    happening *v = ARENA_ARRAY(h->perm, h->cap, happening);
    if (l->n) memcpy(v, l->v, l->n * sizeof *v);
    l->v = v;
  }
  bool dated = kind == HAPPENING_PROMISE || kind == HAPPENING_DUE_CHANGED;
  l->v[l->n] = (happening){.seq = l->n,
                           .day = e->day.day,
                           .kind = kind,
                           .row = row,
                           .amount = amount,
                           .of = kind == HAPPENING_CHURN ? ENT_CONTRACT : ENT_INVOICE,
                           .date = dated ? e->date.day : DATE_NONE_DAY,
                           .text = e->text};
  l->n++;
}

/* A sum pays the oldest due first; what is over stays on the last. */
static void pay(happenings *h, const test_event *e) {
  int64_t rest = FACT_MISSING;
  if (e->value && !minor_of(e->value, h->t->invoices[0].cur, &rest)) return;
  for (uint32_t i = 0; i < h->n; i++) {
    uint32_t row = h->by_due[i];
    int64_t take = h->open[row] < rest && i + 1 < h->n ? h->open[row] : rest;
    if (!e->value)
      take = FACT_MISSING;
    else if (take <= 0)
      continue;
    else
      rest -= take;
    add(h, e, HAPPENING_PAYMENT, row, take);
    h->open[row] = e->value ? h->open[row] - take : 0;
  }
}

static void each(happenings *h, const test_event *e, happening_kind kind) {
  for (uint32_t i = 0; i < h->n; i++) add(h, e, kind, h->by_due[i], FACT_MISSING);
}

static void take_event(happenings *h, const test_event *e) {
  switch (e->kind) {
  case TEST_PAID: pay(h, e); return;
  case TEST_PAYMENT_REVERSED: each(h, e, HAPPENING_PAYMENT_REVERSED); return;
  case TEST_DISPUTED: each(h, e, HAPPENING_DISPUTE); return;
  case TEST_DISPUTE_RESOLVED: each(h, e, HAPPENING_DISPUTE_RESOLVED); return;
  case TEST_PROMISED: each(h, e, HAPPENING_PROMISE); return;
  case TEST_DUE_CHANGED: each(h, e, HAPPENING_DUE_CHANGED); return;
  case TEST_REPLIED: add(h, e, HAPPENING_REPLY, h->by_due[0], FACT_MISSING); return;
  case TEST_OPTED_OUT: add(h, e, HAPPENING_OPT_OUT, h->by_due[0], FACT_MISSING); return;
  case TEST_CHURNED: add(h, e, HAPPENING_CHURN, 0, FACT_MISSING); return;
  case TEST_EVENT_COUNT: return;
  }
}

void test_happenings(const policy_test *t, facts *f, arena *perm, happening_list *out) {
  happenings h = {.out = out, .perm = perm, .t = t, .n = f->t[ENT_INVOICE].n};
  *out = (happening_list){0};
  h.by_due = ARENA_ARRAY(perm, h.n + 1, uint32_t);
  h.open = ARENA_ARRAY(perm, h.n + 1, int64_t);
  for (uint32_t i = 0; i < h.n; i++) {
    uint32_t at = i; /* rows are in the order of their numbers: ties stay in it */
    for (; at > 0 && fact_int(f, FIELD_INVOICE_DUE, h.by_due[at - 1]) > fact_int(f, FIELD_INVOICE_DUE, i); at--)
      h.by_due[at] = h.by_due[at - 1];
    h.by_due[at] = i;
    h.open[i] = fact_int(f, FIELD_INVOICE_OPEN, i);
  }
  bool *done = ARENA_ARRAY(perm, t->event_count + 1, bool);
  for (uint32_t k = 0; k < t->event_count; k++) { /* by day; of a day in the order written */
    uint32_t next = UINT32_MAX;
    for (uint32_t i = 0; i < t->event_count; i++)
      if (!done[i] && (next == UINT32_MAX || t->events[i].day.day < t->events[next].day.day)) next = i;
    done[next] = true;
    take_event(&h, &t->events[next]);
  }
}
