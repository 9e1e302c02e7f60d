/* The ledger of a test, or of many at once, each with a customer of its own: written to a private store in memory and
 * loaded from there, so that a test reads facts as a plan does. What a test does not say: contacts exist, an invoice is
 * open in full, everything else is missing. */
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
  const policy_test *tests;
  uint32_t test_count;
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

/* A test's customer's code: invoices and contracts name it. Of many tests each has its own. */
static slice customer_id(const ledger_table *l, uint32_t test) {
  const test_given *id = given_of(&l->tests[test].customer, FIELD_CUSTOMER_ID);
  if (id) return id->value->text;
  return l->test_count > 1 ? arena_printf(l->perm, "C-%u", test + 1) : slice_of(CUSTOMER[0].value);
}

static slice contract_number(const ledger_table *l, uint32_t test) {
  const test_given *number = given_of(&l->tests[test].contract, FIELD_CONTRACT_NUMBER);
  if (number) return number->value->text;
  return l->test_count > 1 ? arena_printf(l->perm, "K-%u", test + 1) : slice_of(CONTRACT[0].value);
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

static store_code write_customers(ledger_table *t, slice *why) {
  (void)why;
  t->table = STORE_T_customer;
  for (uint32_t i = 0; i < t->test_count; i++)
    want_row(t, &t->tests[i].customer, CUSTOMER, sizeof CUSTOMER / sizeof *CUSTOMER);
  store_code code = begin(t);
  for (uint32_t i = 0; i < t->test_count && code == STORE_OK; i++) {
    store_put done;
    put_row(t, &t->tests[i].customer, CUSTOMER, sizeof CUSTOMER / sizeof *CUSTOMER);
    store_put_text(t->w, column_of(t, field_name(t->p, FIELD_CUSTOMER_ID)), customer_id(t, i));
    code = store_put_row(t->w, &done);
  }
  return code;
}

static store_code write_contracts(ledger_table *t, slice *why) {
  (void)why;
  bool any = false;
  t->table = STORE_T_contract;
  for (uint32_t i = 0; i < t->test_count; i++) {
    any = any || t->tests[i].has_contract;
    if (t->tests[i].has_contract) want_row(t, &t->tests[i].contract, CONTRACT, sizeof CONTRACT / sizeof *CONTRACT);
  }
  if (!any) return STORE_OK;
  size_t customer = column_of(t, SLICE("customer")), cur = column_of(t, SLICE("currency"));
  store_code code = begin(t);
  for (uint32_t i = 0; i < t->test_count && code == STORE_OK; i++) {
    if (!t->tests[i].has_contract) continue;
    store_put done;
    put_row(t, &t->tests[i].contract, CONTRACT, sizeof CONTRACT / sizeof *CONTRACT);
    store_put_text(t->w, column_of(t, field_name(t->p, FIELD_CONTRACT_NUMBER)), contract_number(t, i));
    store_put_text(t->w, customer, customer_id(t, i));
    store_put_text(t->w, cur, slice_of(currency_code(t->tests[i].contract.cur)));
    code = store_put_row(t->w, &done);
  }
  return code;
}

static slice invoice_number(const policy_test *t, uint32_t count, uint32_t test, uint32_t i, arena *perm) {
  const test_given *number = given_of(&t->invoices[i], FIELD_INVOICE_NUMBER);
  if (number) return number->value->text;
  return count > 1 ? arena_printf(perm, "T-%u-%u", test + 1, i + 1) : arena_printf(perm, "T-%u", i + 1);
}

static store_code put_invoice(ledger_table *t, uint32_t test, uint32_t i, slice *why) {
  const policy_test *of = &t->tests[test];
  const test_row *row = &of->invoices[i];
  slice number = invoice_number(of, t->test_count, test, i, t->perm);
  put_row(t, row, NULL, 0);
  put_amounts(t, row);
  store_put_text(t->w, column_of(t, SLICE("number")), number);
  store_put_text(t->w, column_of(t, SLICE("customer")), customer_id(t, test));
  store_put_text(t->w, column_of(t, SLICE("currency")), slice_of(currency_code(row->cur)));
  if (of->has_contract) store_put_text(t->w, column_of(t, SLICE("contract")), contract_number(t, test));
  store_put done;
  store_code code = store_put_row(t->w, &done);
  if (code == STORE_OK && done == STORE_PUT_REPEATED)
    *why = arena_printf(t->perm, "two invoices have the number \"%.*s\"", SLICE_ARG(number));
  return code;
}

static store_code write_invoices(ledger_table *t, slice *why) {
  static const char *const OWN[] = {"number", "customer",    "contract", "currency", "amount",
                                    "open",   "paid_amount", "status",   "due"};
  uint32_t count = 0;
  t->table = STORE_T_invoice;
  for (size_t i = 0; i < sizeof OWN / sizeof *OWN; i++) column_of(t, slice_of(OWN[i]));
  for (uint32_t k = 0; k < t->test_count; k++)
    for (uint32_t i = 0; i < t->tests[k].invoice_count; i++, count++) want_row(t, &t->tests[k].invoices[i], NULL, 0);
  if (!count) return STORE_OK;
  store_code code = begin(t);
  for (uint32_t k = 0; k < t->test_count; k++)
    for (uint32_t i = 0; i < t->tests[k].invoice_count && code == STORE_OK; i++) code = put_invoice(t, k, i, why);
  return code;
}

typedef store_code table_writer(ledger_table *t, slice *why);

static store_code write_all(store *s, const program *p, const policy_test *tests, uint32_t n, arena *perm, slice *why) {
  static table_writer *const WRITERS[] = {write_customers, write_contracts, write_invoices};
  store_code code = store_begin(s);
  for (size_t i = 0; i < sizeof WRITERS / sizeof *WRITERS && code == STORE_OK && !why->n; i++) {
    ledger_table table = {.p = p, .perm = perm, .s = s, .tests = tests, .test_count = n};
    code = WRITERS[i](&table, why);
    store_writer_close(table.w);
    if (table.full) *why = arena_printf(perm, "it gives more than %d fields", COLUMNS_MAX);
  }
  return code == STORE_OK ? store_commit(s) : code;
}

/* A reversed payment may bring all of it back. */
static void original_amounts(facts *f, const policy_test *tests, uint32_t n, arena *perm) {
  fact_require(f, FIELD_INVOICE_AMOUNT, FACT_MISSING);
  row_names names = row_names_of(perm, &f->t[ENT_INVOICE]);
  for (uint32_t k = 0; k < n; k++)
    for (uint32_t i = 0; i < tests[k].invoice_count; i++) {
      const test_row *row = &tests[k].invoices[i];
      int64_t amount = amount_of(row, FIELD_INVOICE_AMOUNT), open = amount_of(row, FIELD_INVOICE_OPEN);
      fact_set_int(f, FIELD_INVOICE_AMOUNT, row_names_find(&names, invoice_number(&tests[k], n, k, i, perm)),
                   amount == FACT_MISSING ? open : amount);
    }
}

bool test_ledgers_make(world *w, const program *p, const policy_test *tests, uint32_t n, arena *perm, facts **out,
                       slice *why) {
  store *s;
  store_error error;
  *why = (slice){0};
  if (store_open(w, ":memory:", &s, &error) != STORE_OK) {
    *why = arena_slice(perm, slice_of(error.text));
    return false;
  }
  store_code code = write_all(s, p, tests, n, perm, why);
  facts_options o = {.today = tests[0].first, .with_contacts = true};
  if (code == STORE_OK) code = facts_load(perm, s, p, &o, out);
  if (code != STORE_OK) *why = arena_slice(perm, slice_of(store_why(s)->text));
  store_close(s);
  if (why->n) return false;
  original_amounts(*out, tests, n, perm);
  return true;
}

bool test_ledger_make(world *w, const program *p, const policy_test *t, arena *perm, test_ledger *out, slice *why) {
  if (!test_ledgers_make(w, p, t, 1, perm, &out->f, why)) return false;
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
