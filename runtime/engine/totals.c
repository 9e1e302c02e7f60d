/* See totals.h. LANGUAGE.md 3: counts and totals over nothing are 0, over two currencies missing; negative balances are
 * left out of the totals, their sum is the customer's credit. */
#include "totals.h"

#include "fees.h"

static const uint32_t TOTALS[] = {
    FIELD_CUSTOMER_OVERDUE_COUNT,  FIELD_CUSTOMER_OVERDUE_TOTAL, FIELD_CUSTOMER_OPEN_TOTAL, FIELD_CUSTOMER_CREDIT,
    FIELD_CUSTOMER_OLDEST_OVERDUE, FIELD_CUSTOMER_AVERAGE_DELAY, FIELD_CONTRACT_IN_DEFAULT};

void totals_init(engine *e) {
  for (uint32_t u = 0; u < e->p->use_count; u++) {
    uint32_t field = e->p->uses[u].field;
    if (field == FIELD_INVOICE_PROMISED) e->reads_promised = true;
    if (field < FIELD_COUNT && FIELDS[field].source == SRC_FEE) e->reads_fees = true;
    for (size_t k = 0; k < sizeof TOTALS / sizeof *TOTALS; k++) e->reads_totals |= field == TOTALS[k];
  }
  if (!e->reads_totals) return;
  uint32_t n = e->f->t[ENT_CUSTOMER].n;
  for (size_t k = 0; k < sizeof TOTALS / sizeof *TOTALS; k++) {
    fact_column *c = fact_field(e->f, TOTALS[k]);
    if (!c->loaded || c->ty != TY_MONEY) continue;
    c->cur = ARENA_ARRAY(e->perm, n + 1, uint8_t);
    for (uint32_t i = 0; i < n; i++) c->cur[i] = CURRENCY_ANY;
  }
}

bool engine_reads_totals(const engine *e) { return e->reads_totals; }

typedef struct sum {
  int64_t minor;
  uint8_t cur;    /* CURRENCY_ANY: nothing yet */
  bool mixed;     /* two currencies, or more than fits */
  rational worth; /* the same in the home currency, where the policy has rates */
  bool no_rate;
} sum;

static const sum NOTHING = {.cur = CURRENCY_ANY, .worth = {0, 1}};

static void add(const engine *e, sum *s, int64_t minor, uint8_t cur) {
  if (s->cur != CURRENCY_ANY && s->cur != cur) s->mixed = true;
  s->cur = cur;
  if (__builtin_add_overflow(s->minor, minor, &s->minor)) s->mixed = true;
  rational worth;
  if (e->rates &&
      (!exchange_worth(e->rates, rational_of(minor), cur, &worth) || !rational_add(s->worth, worth, &s->worth)))
    s->no_rate = true;
}

/* Two currencies add up in the home currency by the day's rates, rounded once. */
static void put(engine *e, uint32_t field, uint32_t customer, sum *s) {
  fact_column *c = fact_field(e->f, field);
  if (!c->loaded) return;
  if (s->mixed && e->rates && !s->no_rate && rational_round(s->worth, ROUND_HALF_EVEN, &s->minor)) {
    s->mixed = false;
    s->cur = e->rates->home;
  }
  column_set(e->f, &c->c, customer, s->mixed ? FACT_MISSING : s->minor);
  if (c->cur) c->cur[customer] = s->cur;
}

/* The customer is in default of a contract where an invoice of it is overdue; of all where invoices name no contract.
 */
static void contracts_in_default(engine *e, uint32_t customer, bool overdue) {
  if (!fact_field(e->f, FIELD_CONTRACT_IN_DEFAULT)->loaded) return;
  for (uint32_t k = e->f->contract_of_customer_first[customer]; k < e->f->contract_of_customer_first[customer + 1]; k++)
    fact_set_int(e->f, FIELD_CONTRACT_IN_DEFAULT, e->f->contracts_by_customer[k], overdue && !e->f->names_contracts);
}

void engine_totals(engine *e, uint32_t customer, int32_t today) {
  sum overdue = NOTHING, open = NOTHING, credit = NOTHING;
  int64_t count = 0, oldest = 0;
  int32_t before = e->today;
  e->today = today;
  engine_rates(e, today);
  uint32_t from = e->f->first_of[customer], to = e->f->first_of[customer + 1];
  for (int pass = 0; pass < 2; pass++) {
    for (uint32_t k = from; k < to; k++) {
      uint32_t row = e->f->by_customer[k];
      int64_t status = fact_int(e->f, FIELD_INVOICE_STATUS, row), balance = fact_int(e->f, FIELD_INVOICE_OPEN, row);
      if (pass == 0 && balance < 0 && status != STATUS_CANCELLED)
        add(e, &credit, -balance, e->f->cur[row]); /* one paid too much too */
      if (status != STATUS_OPEN) continue;
      int32_t late = fees_overdue(e, row);
      if (pass == 1) {
        if (balance > 0 && late > 0 && e->f->contract && e->f->contract[row] != VM_NO_ROW)
          fact_set_int(e->f, FIELD_CONTRACT_IN_DEFAULT, e->f->contract[row], 1);
        continue;
      }
      if (balance <= 0) continue;
      add(e, &open, balance, e->f->cur[row]);
      if (late <= 0) continue;
      count++;
      if (late > oldest) oldest = late;
      add(e, &overdue, balance, e->f->cur[row]);
    }
    if (pass == 0) contracts_in_default(e, customer, count > 0);
  }
  e->today = before;
  fact_set_int(e->f, FIELD_CUSTOMER_OVERDUE_COUNT, customer, count);
  fact_set_int(e->f, FIELD_CUSTOMER_OLDEST_OVERDUE, customer, oldest);
  put(e, FIELD_CUSTOMER_OVERDUE_TOTAL, customer, &overdue);
  put(e, FIELD_CUSTOMER_OPEN_TOTAL, customer, &open);
  put(e, FIELD_CUSTOMER_CREDIT, customer, &credit);
}
