/* See facts_load.h. A load asks the store for exactly the columns it will keep; each has a sink that says how a value
 * becomes one of the column. */
#include "facts_load.h"

#include "lang/base/utf8.h"

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
static const uint32_t ALWAYS[] = {FIELD_INVOICE_OPEN,      FIELD_INVOICE_DUE,        FIELD_INVOICE_STATUS,
                                  FIELD_INVOICE_DISPUTED,  FIELD_INVOICE_PROMISE,    FIELD_CONTRACT_STATUS,
                                  FIELD_CONTRACT_START,    FIELD_CONTRACT_END,       FIELD_CONTRACT_PRICE,
                                  FIELD_CUSTOMER_TIMEZONE, FIELD_CUSTOMER_OPTED_OUT, FIELD_CUSTOMER_OPTED_IN};
static const uint32_t CONTACTS[] = {FIELD_CUSTOMER_EMAIL, FIELD_CUSTOMER_PHONE, FIELD_CUSTOMER_WHATSAPP,
                                    FIELD_CUSTOMER_OWNER, FIELD_CUSTOMER_NAME};

static const uint32_t PAST[] = {FIELD_INVOICE_AMOUNT, FIELD_INVOICE_ISSUED};

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

/* A custom column is kept by its title without case and accents (csv_fold_name). */
static slice custom_column(load *l, slice name) {
  char *out = arena_alloc(l->perm, name.n * 2 + 4); /* folding makes three bytes of two at most */
  size_t used = 0;
  while (name.n) {
    uint32_t cp;
    size_t n = utf8_decode(name, &cp);
    used += utf8_encode(utf8_plain_letter(utf8_fold_char(cp)), out + used);
    name = (slice){name.p + n, name.n - n};
  }
  return (slice){out, used};
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
  slice name = own ? slice_of(FIELDS[field].name[LANG_EN]) : custom_column(l, p->custom[field - FIELD_COUNT].name);
  l->v[l->n++] =
      (sink){.kind = SINK_FIELD, .name = name, .field = field, .c = c, .text = c->ty == TY_TEXT || c->ty == TY_SET};
}

static void want_fields(load *l, entity of) {
  for (size_t i = 0; i < sizeof ALWAYS / sizeof *ALWAYS; i++) want_field(l, of, ALWAYS[i]);
  if (l->o->with_contacts)
    for (size_t i = 0; i < sizeof CONTACTS / sizeof *CONTACTS; i++) want_field(l, of, CONTACTS[i]);
  if (l->o->with_past)
    for (size_t i = 0; i < sizeof PAST / sizeof *PAST; i++) want_field(l, of, PAST[i]);
  for (uint32_t u = 0; u < l->f->p->use_count && l->n < SINKS_MAX; u++) want_field(l, of, l->f->p->uses[u].field);
}

/* A custom amount names no currency: it is in its row's. A customer's is in the ledger's one, known only once the
 * invoices are read, so that it is kept in the finest decimals until then. */
enum { CUSTOM_SCALE = 4 };

static bool custom_yesno(slice text, bool *yes) {
  static const char *const words[2][8] = {{"no", "não", "false", "0", "n", "f", "falso", "nao"},
                                          {"yes", "sim", "true", "1", "y", "s", "sí", "si"}};
  for (size_t i = 0; i < 8; i++)
    for (int w = 0; w < 2; w++)
      if (utf8_fold_eq(text, slice_of(words[w][i]))) {
        *yes = w == 1;
        return true;
      }
  return false;
}

/* `2.5%` is what a person writes, 0.025 what a program does. */
static int64_t custom_number(slice text, uint8_t scale, bool percent) {
  decimal d;
  bool sign = percent && text.n && text.p[text.n - 1] == '%';
  if (sign) text = slice_trim((slice){text.p, text.n - 1});
  if (decimal_parse(text, &d) != NUMBER_OK) return FACT_MISSING;
  if (sign && d.scale + 2 <= DECIMAL_SCALE_MAX) d.scale = (uint8_t)(d.scale + 2);
  return decimal_rescale(d, scale, ROUND_HALF_EVEN, &d) ? d.n : FACT_MISSING;
}

/* A custom field is kept as text by the store: read by the type that the policy declares. */
int64_t facts_custom_value(type ty, slice text, uint8_t minor) {
  civil_date day;
  bool yes;
  switch (ty) {
  case TY_DATE: return date_parse(text, &day) ? day.day : FACT_MISSING;
  case TY_NUMBER:
  case TY_PERCENT: return custom_number(text, 6, ty == TY_PERCENT);
  case TY_MONEY: return custom_number(text, minor, false);
  case TY_BOOL: return custom_yesno(text, &yes) ? yes : FACT_MISSING;
  case TY_DURATION: /* whole days: "12" or "12d" */
    if (text.n && text.p[text.n - 1] == 'd') text.n--;
    return custom_number(text, 0, false);
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

static uint8_t custom_scale(const facts *f, entity of, uint32_t row) {
  switch (of) {
  case ENT_INVOICE: return (uint8_t)currency_minor(f->cur[row]);
  case ENT_CONTRACT: return (uint8_t)currency_minor(f->contract_cur[row]);
  case ENT_CUSTOMER:
  case ENT_COUNT: break;
  }
  return CUSTOM_SCALE;
}

/* What customers have of custom amounts, in the decimals of the ledger's currency. */
static void settle_customers(facts *f) {
  currency cur = f->one_cur != CURRENCY_NONE ? f->one_cur : CURRENCY_BRL;
  for (uint32_t i = 0; i < f->p->custom_count; i++) {
    const custom_field *own = &f->p->custom[i];
    fact_column *c = fact_field(f, FIELD_COUNT + i);
    if (own->of != ENT_CUSTOMER || own->ty != TY_MONEY || !c->loaded) continue;
    for (uint32_t row = 0; row < f->t[ENT_CUSTOMER].n; row++) {
      decimal d = {.n = column_get(&c->c, row), .scale = CUSTOM_SCALE};
      if (d.n == FACT_MISSING) continue;
      bool fits = decimal_rescale(d, (uint8_t)currency_minor(cur), ROUND_HALF_EVEN, &d);
      column_set(f, &c->c, row, fits ? d.n : FACT_MISSING);
    }
  }
}

/* What was paid, where the ledger does not say: what is no longer open. */
static void settle_paid(facts *f) {
  fact_column *paid = fact_field(f, FIELD_INVOICE_PAID_AMOUNT);
  if (!paid->loaded) return;
  const column *amount = &fact_field(f, FIELD_INVOICE_AMOUNT)->c, *open = &fact_field(f, FIELD_INVOICE_OPEN)->c;
  const column *status = &fact_field(f, FIELD_INVOICE_STATUS)->c;
  for (uint32_t row = 0; row < f->t[ENT_INVOICE].n; row++) {
    if (column_get(&paid->c, row) != FACT_MISSING) continue;
    int64_t all = column_get(amount, row), left = column_get(open, row), out;
    if (all == FACT_MISSING || left == FACT_MISSING || __builtin_sub_overflow(all, left, &out)) continue;
    bool settled = column_get(status, row) == STATUS_PAID && left == all; /* `open` was not given */
    column_set(f, &paid->c, row, settled ? all : out);
  }
}

static void take_field(load *l, const sink *k, entity of, uint32_t row, const store_cursor *c, size_t i) {
  fact_column *fc = k->c;
  if ((k->field >= FIELD_COUNT && !k->text) || k->field == FIELD_CUSTOMER_AVERAGE_DELAY) {
    uint8_t scale = fc->ty == TY_MONEY ? custom_scale(l->f, of, row) : 0;
    column_push(l->perm, &fc->c,
                store_is_null(c, i) ? FACT_MISSING : facts_custom_value(fc->ty, store_text(c, i), scale));
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
    case SINK_FIELD: take_field(l, k, of, row, c, i); break;
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
      if (code >= f->t[ENT_CONTRACT].n) break;
      f->contract[row] = code;
      f->names_contracts = true;
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
  f->t[ENT_CONTRACT].store_row = ARENA_ARRAY(l->perm, (size_t)rows + 1, int64_t);
  l->n = 0;
  want(l, SINK_NUMBER, "number");
  want(l, SINK_STORE_ROW, "contract_row");
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
  if (l->o->with_past) {
    f->t[ENT_INVOICE].store_row = ARENA_ARRAY(l->perm, (size_t)rows + 1, int64_t);
    want(l, SINK_STORE_ROW, "invoice_row");
  }
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
  if (fact_field(f, FIELD_INVOICE_PAID_AMOUNT)->loaded) want_field(l, ENT_INVOICE, FIELD_INVOICE_AMOUNT);
  return read_table(l, ENT_INVOICE);
}

store_code facts_load(arena *perm, store *s, const program *p, const facts_options *o, facts **out) {
  *out = NULL;
  load *l = ARENA_NEW(perm, load);
  l->perm = perm;
  l->s = s;
  l->o = o;
  l->f = facts_new(perm, p, o->today.day);
  l->f->ledger_cur = o->ledger_cur;
  store_code code = read_customers(l);
  if (code == STORE_OK) code = read_contracts(l);
  if (code == STORE_OK) code = read_invoices(l);
  if (code != STORE_OK) return code;
  facts_index(l->f);
  settle_customers(l->f);
  settle_paid(l->f);
  *out = l->f;
  return STORE_OK;
}
