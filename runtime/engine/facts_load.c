/* See facts_load.h. A load asks the store for exactly the columns it will keep; each has a sink that says how a value
 * becomes one of the column. */
#include "facts_load.h"

typedef enum sink_kind {
  SINK_FIELD,
  SINK_NUMBER,
  SINK_CUSTOMER_ROW,
  SINK_CONTRACT,
  SINK_CURRENCY,
  SINK_STORE_ROW
} sink_kind;

typedef struct sink {
  sink_kind kind;
  slice name;
  uint32_t field;
  fact_column *c;
  bool text;
} sink;

/* More columns than any policy can name: the fields of the table and every custom one. */
enum { SINKS_MAX = FIELD_COUNT + 1024 + 8 };

typedef struct load {
  arena *perm;
  store *s;
  facts *f;
  const facts_options *o;
  sink v[SINKS_MAX];
  size_t n;
  uint32_t *row_of; /* store row of a customer -> its row here */
  int64_t row_max;
  dictionary contracts; /* numbers, to resolve invoice.contract */
  slice cur_text;
  currency cur;
  char *pool; /* texts packed without the arena's alignment */
  size_t pool_left;
} load;

static slice packed(load *l, slice s) {
  enum { POOL_BYTES = 64 * 1024 };
  if (s.n > POOL_BYTES / 4) return arena_slice(l->perm, s);
  if (l->pool_left < s.n) {
    l->pool = arena_alloc(l->perm, POOL_BYTES);
    l->pool_left = POOL_BYTES;
  }
  char *p = l->pool;
  if (s.n) memcpy(p, s.p, s.n);
  l->pool += s.n;
  l->pool_left -= s.n;
  return (slice){p, s.n};
}

static void want(load *l, sink_kind kind, const char *name) {
  l->v[l->n++] = (sink){.kind = kind, .name = slice_of(name)};
}

/* Names that the engine itself reads whatever the policy says. */
static const uint32_t ALWAYS[] = {FIELD_INVOICE_OPEN,       FIELD_INVOICE_DUE,      FIELD_INVOICE_STATUS,
                                  FIELD_INVOICE_DISPUTED,   FIELD_INVOICE_PROMISE,  FIELD_CONTRACT_STATUS,
                                  FIELD_CONTRACT_START,     FIELD_CONTRACT_END,     FIELD_CUSTOMER_TIMEZONE,
                                  FIELD_CUSTOMER_OPTED_OUT, FIELD_CUSTOMER_OPTED_IN};
static const uint32_t CONTACTS[] = {FIELD_CUSTOMER_EMAIL, FIELD_CUSTOMER_PHONE, FIELD_CUSTOMER_WHATSAPP,
                                    FIELD_CUSTOMER_OWNER, FIELD_CUSTOMER_NAME};

static bool unique_text(uint32_t field) {
  switch (field) {
  case FIELD_CUSTOMER_NAME:
  case FIELD_CUSTOMER_EMAIL:
  case FIELD_CUSTOMER_PHONE:
  case FIELD_CUSTOMER_WHATSAPP:
  case FIELD_INVOICE_PAYMENT_LINK:
  case FIELD_INVOICE_BOLETO:
  case FIELD_INVOICE_PIX:
  case FIELD_INVOICE_NUMBER:
  case FIELD_CUSTOMER_ID:
  case FIELD_CONTRACT_NUMBER: return true;
  default: return false;
  }
}

static void want_field(load *l, entity of, uint32_t field) {
  const program *p = l->f->p;
  bool own = field < FIELD_COUNT;
  if ((own ? FIELDS[field].of : p->custom[field - FIELD_COUNT].of) != of) return;
  fact_column *c = fact_field(l->f, field);
  if (c->loaded) return;
  bool told = field == FIELD_CUSTOMER_AVERAGE_DELAY; /* a source may know it better than the payments seen here */
  if (own && !told &&
      (FIELDS[field].source == SRC_DAY || FIELDS[field].source == SRC_TOTAL || FIELDS[field].source == SRC_FEE ||
       field == FIELD_INVOICE_CURRENCY))
    return; /* computed, not read */
  fact_column_init(l->f, c, field);
  if (c->ty == TY_TEXT || c->ty == TY_SET) {
    if (!unique_text(field)) dictionary_hashed(l->perm, &c->dict);
    const char *values = own ? FIELDS[field].values : "";
    if (c->ty == TY_TEXT)
      for (const char *v = values; *v;) { /* fixed values have their codes in the table's order */
        size_t n = strcspn(v, " ");
        dictionary_code(l->perm, &c->dict, (slice){v, n});
        v += n + (v[n] == ' ');
      }
  }
  slice name = own ? slice_of(FIELDS[field].name[LANG_EN]) : p->custom[field - FIELD_COUNT].name;
  l->v[l->n++] =
      (sink){.kind = SINK_FIELD, .name = name, .field = field, .c = c, .text = c->ty == TY_TEXT || c->ty == TY_SET};
}

static void want_fields(load *l, entity of) {
  for (size_t i = 0; i < sizeof ALWAYS / sizeof *ALWAYS; i++) want_field(l, of, ALWAYS[i]);
  if (l->o->with_contacts)
    for (size_t i = 0; i < sizeof CONTACTS / sizeof *CONTACTS; i++) want_field(l, of, CONTACTS[i]);
  for (uint32_t u = 0; u < l->f->p->use_count && l->n < SINKS_MAX; u++) want_field(l, of, l->f->p->uses[u].field);
}

/* A custom field is kept as text by the store: read by the type that the policy declares. */
static int64_t custom_value(type ty, slice text) {
  decimal d;
  civil_date day;
  switch (ty) {
  case TY_DATE: return date_parse(text, &day) ? day.day : FACT_MISSING;
  case TY_NUMBER:
  case TY_PERCENT:
    if (decimal_parse(text, &d) != NUMBER_OK || !decimal_rescale(d, 6, ROUND_HALF_EVEN, &d)) return FACT_MISSING;
    return d.n;
  case TY_MONEY: /* read in two decimals: a custom amount names no currency */
    if (decimal_parse(text, &d) != NUMBER_OK || !decimal_rescale(d, 2, ROUND_HALF_EVEN, &d)) return FACT_MISSING;
    return d.n;
  case TY_BOOL:
    if (slice_eq(text, SLICE("yes")) || slice_eq(text, SLICE("true")) || slice_eq(text, SLICE("1"))) return 1;
    return slice_eq(text, SLICE("no")) || slice_eq(text, SLICE("false")) || slice_eq(text, SLICE("0")) ? 0
                                                                                                       : FACT_MISSING;
  case TY_DURATION: /* whole days: "12" or "12d" */
    if (text.n && text.p[text.n - 1] == 'd') text.n--;
    return decimal_parse(text, &d) == NUMBER_OK && decimal_rescale(d, 0, ROUND_HALF_EVEN, &d) ? d.n : FACT_MISSING;
  case TY_TIME: /* "08:30": minutes from midnight */
    if (text.n != 5 || text.p[2] != ':') return FACT_MISSING;
    for (size_t i = 0; i < 5; i++)
      if (i != 2 && (text.p[i] < '0' || text.p[i] > '9')) return FACT_MISSING;
    return ((text.p[0] - '0') * 10 + text.p[1] - '0') * 60 + (text.p[3] - '0') * 10 + text.p[4] - '0';
  case TY_ERROR:
  case TY_TEXT:
  case TY_SET: break;
  }
  return FACT_MISSING;
}

static void take_field(load *l, const sink *k, const store_cursor *c, size_t i) {
  fact_column *fc = k->c;
  if ((k->field >= FIELD_COUNT && !k->text) || k->field == FIELD_CUSTOMER_AVERAGE_DELAY) {
    column_push(l->perm, &fc->c, store_is_null(c, i) ? FACT_MISSING : custom_value(fc->ty, store_text(c, i)));
    return;
  }
  if (store_is_null(c, i)) {
    bool absent_is_no = fc->ty == TY_BOOL && k->field < FIELD_COUNT;
    if (fc->ty == TY_SET)
      column_push(l->perm, &fc->c, dictionary_code(l->perm, &fc->dict, SLICE("")));
    else
      column_push(l->perm, &fc->c, absent_is_no ? 0 : FACT_MISSING);
    return;
  }
  if (!k->text) {
    column_push(l->perm, &fc->c, store_int(c, i));
    return;
  }
  slice t = store_text(c, i);
  column_push(l->perm, &fc->c,
              fc->dict.slots ? dictionary_code(l->perm, &fc->dict, t) : dictionary_push(l->perm, &fc->dict, t));
}

static currency currency_of(load *l, slice t) {
  if (l->cur_text.n != t.n || !slice_eq(l->cur_text, t)) {
    l->cur = currency_find(t);
    l->cur_text = arena_slice(l->perm, t);
  }
  return l->cur;
}

static uint32_t customer_of(const load *l, int64_t row) { return row >= 0 && row <= l->row_max ? l->row_of[row] : 0; }

static void take_row(load *l, entity of, uint32_t row, const store_cursor *c) {
  facts *f = l->f;
  for (size_t i = 0; i < l->n; i++) {
    const sink *k = &l->v[i];
    switch (k->kind) {
    case SINK_FIELD: take_field(l, k, c, i); break;
    case SINK_NUMBER: f->t[of].number[row] = packed(l, store_text(c, i)); break;
    case SINK_STORE_ROW: f->t[of].store_row[row] = store_int(c, i); break;
    case SINK_CUSTOMER_ROW:
      (of == ENT_INVOICE ? f->customer : f->contract_customer)[row] = customer_of(l, store_int(c, i));
      break;
    case SINK_CURRENCY: (of == ENT_INVOICE ? f->cur : f->contract_cur)[row] = currency_of(l, store_text(c, i)); break;
    case SINK_CONTRACT:
      f->contract[row] = VM_NO_ROW;
      if (store_is_null(c, i)) break;
      slice t = store_text(c, i);
      uint32_t known = l->contracts.d.count;
      uint32_t code = known ? dictionary_code(l->perm, &l->contracts, t) : VM_NO_ROW;
      if (code < f->t[ENT_CONTRACT].n) f->contract[row] = code;
      break;
    }
  }
}

static store_table table_of(entity of) {
  switch (of) {
  case ENT_INVOICE: return STORE_T_invoice;
  case ENT_CONTRACT: return STORE_T_contract;
  case ENT_CUSTOMER:
  case ENT_COUNT: break;
  }
  return STORE_T_customer;
}

static store_code read_table(load *l, entity of) {
  facts *f = l->f;
  int64_t rows;
  store_code code = store_count(l->s, table_of(of), &rows);
  if (code != STORE_OK) return code;
  uint32_t cap = (uint32_t)rows;
  fact_table *t = &f->t[of];
  t->number = ARENA_ARRAY(l->perm, cap + 1, slice);
  for (size_t i = 0; i < l->n; i++)
    if (l->v[i].kind == SINK_FIELD) column_reserve(l->perm, &l->v[i].c->c, cap + 1);
  slice names[SINKS_MAX];
  for (size_t i = 0; i < l->n; i++) names[i] = l->v[i].name;
  /* In any order: what is decided stands by its own keys, and sorting a ledger costs more than reading it. */
  store_query q = {.table = table_of(of), .columns = names, .column_count = l->n, .any_order = true};
  store_cursor *c;
  code = store_scan(l->s, &q, &c);
  if (code != STORE_OK) return code;
  while (t->n < cap && (code = store_next(c)) == STORE_ROW) {
    take_row(l, of, t->n, c);
    t->n++;
    if (l->o->progress && (t->n & 0xffff) == 0) l->o->progress(l->o->progress_self, t->n);
  }
  store_cursor_close(c);
  return code == STORE_END || code == STORE_ROW || t->n == cap ? STORE_OK : code;
}

static store_code read_customers(load *l) {
  facts *f = l->f;
  l->n = 0;
  want(l, SINK_NUMBER, "id");
  want(l, SINK_STORE_ROW, "customer_row");
  want_fields(l, ENT_CUSTOMER);
  int64_t rows;
  store_code code = store_count(l->s, STORE_T_customer, &rows);
  if (code != STORE_OK) return code;
  f->t[ENT_CUSTOMER].store_row = ARENA_ARRAY(l->perm, (size_t)rows + 1, int64_t);
  code = read_table(l, ENT_CUSTOMER);
  if (code != STORE_OK) return code;
  for (uint32_t i = 0; i < f->t[ENT_CUSTOMER].n; i++)
    if (f->t[ENT_CUSTOMER].store_row[i] > l->row_max) l->row_max = f->t[ENT_CUSTOMER].store_row[i];
  l->row_of = ARENA_ARRAY(l->perm, (size_t)l->row_max + 1, uint32_t);
  for (uint32_t i = 0; i < f->t[ENT_CUSTOMER].n; i++) l->row_of[f->t[ENT_CUSTOMER].store_row[i]] = i;
  return STORE_OK;
}

static store_code read_contracts(load *l) {
  facts *f = l->f;
  int64_t rows;
  store_code code = store_count(l->s, STORE_T_contract, &rows);
  if (code != STORE_OK) return code;
  f->contract_customer = ARENA_ARRAY(l->perm, (size_t)rows + 1, uint32_t);
  f->contract_cur = ARENA_ARRAY(l->perm, (size_t)rows + 1, uint8_t);
  l->n = 0;
  want(l, SINK_NUMBER, "number");
  want(l, SINK_CUSTOMER_ROW, "customer_row");
  want(l, SINK_CURRENCY, "currency");
  want_fields(l, ENT_CONTRACT);
  code = read_table(l, ENT_CONTRACT);
  if (code != STORE_OK) return code;
  if (rows) dictionary_hashed(l->perm, &l->contracts);
  for (uint32_t i = 0; i < f->t[ENT_CONTRACT].n; i++)
    dictionary_code(l->perm, &l->contracts, f->t[ENT_CONTRACT].number[i]);
  return STORE_OK;
}

static store_code read_invoices(load *l) {
  facts *f = l->f;
  int64_t rows;
  store_code code = store_count(l->s, STORE_T_invoice, &rows);
  if (code != STORE_OK) return code;
  f->customer = ARENA_ARRAY(l->perm, (size_t)rows + 1, uint32_t);
  f->cur = ARENA_ARRAY(l->perm, (size_t)rows + 1, uint8_t);
  l->n = 0;
  want(l, SINK_NUMBER, "number");
  want(l, SINK_CUSTOMER_ROW, "customer_row");
  want(l, SINK_CURRENCY, "currency");
  if (f->t[ENT_CONTRACT].n) {
    f->contract = ARENA_ARRAY(l->perm, (size_t)rows + 1, uint32_t);
    want(l, SINK_CONTRACT, "contract");
  }
  want_fields(l, ENT_INVOICE);
  int64_t events;
  code = store_count(l->s, STORE_T_happening, &events);
  if (code != STORE_OK) return code;
  /* a reversed payment may bring back all that was paid; interest may count on the original sum */
  if (events > 0 || (f->p->has_fee && f->p->fee.base == FEE_ON_ORIGINAL))
    want_field(l, ENT_INVOICE, FIELD_INVOICE_AMOUNT);
  return read_table(l, ENT_INVOICE);
}

store_code facts_load(arena *perm, store *s, const program *p, const facts_options *o, facts **out) {
  *out = NULL;
  load *l = ARENA_NEW(perm, load);
  l->perm = perm;
  l->s = s;
  l->o = o;
  l->f = facts_new(perm, p, o->today.day);
  store_code code = read_customers(l);
  if (code == STORE_OK) code = read_contracts(l);
  if (code == STORE_OK) code = read_invoices(l);
  if (code != STORE_OK) return code;
  facts_index(l->f);
  *out = l->f;
  return STORE_OK;
}
