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
  if (fact_field(e->f, FIELD_CONTRACT_IN_DEFAULT)->loaded) facts_index_contracts(e->f);
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

static bool is_overdue(engine *e, uint32_t row) {
  return fact_int(e->f, FIELD_INVOICE_STATUS, row) == STATUS_OPEN && fact_int(e->f, FIELD_INVOICE_OPEN, row) > 0 &&
         fees_overdue(e, row) > 0;
}

/* Whoever pays: an invoice may be another customer's than its contract (who pays for a subsidiary, say). */
static void contract_in_default(engine *e, uint32_t contract) {
  bool overdue = false;
  for (uint32_t k = e->f->of_contract_first[contract]; k < e->f->of_contract_first[contract + 1] && !overdue; k++)
    overdue = is_overdue(e, e->f->by_contract[k]);
  fact_set_int(e->f, FIELD_CONTRACT_IN_DEFAULT, contract, overdue);
}

/* A contract is in default where an invoice of it is overdue; where invoices name no contract, all of a customer with
 * an overdue invoice are. */
static void contracts_in_default(engine *e, uint32_t customer, bool overdue) {
  const facts *f = e->f;
  if (!fact_field(f, FIELD_CONTRACT_IN_DEFAULT)->loaded) return;
  for (uint32_t k = f->contract_of_customer_first[customer]; k < f->contract_of_customer_first[customer + 1]; k++)
    if (f->names_contracts)
      contract_in_default(e, f->contracts_by_customer[k]);
    else
      fact_set_int(e->f, FIELD_CONTRACT_IN_DEFAULT, f->contracts_by_customer[k], overdue);
  uint32_t last = VM_NO_ROW;
  for (uint32_t k = f->first_of[customer]; k < f->first_of[customer + 1] && f->names_contracts; k++) {
    uint32_t contract = f->contract[f->by_customer[k]];
    if (contract == VM_NO_ROW || contract == last || f->contract_customer[contract] == customer) continue;
    contract_in_default(e, contract);
    last = contract;
  }
}

void engine_totals(engine *e, uint32_t customer, int32_t today) {
  sum overdue = NOTHING, open = NOTHING, credit = NOTHING;
  int64_t count = 0, oldest = 0;
  int32_t before = e->today;
  e->today = today;
  engine_rates(e, today);
  uint32_t from = e->f->first_of[customer], to = e->f->first_of[customer + 1];
  for (uint32_t k = from; k < to; k++) {
    uint32_t row = e->f->by_customer[k];
    int64_t status = fact_int(e->f, FIELD_INVOICE_STATUS, row), balance = fact_int(e->f, FIELD_INVOICE_OPEN, row);
    if (balance < 0 && status != STATUS_CANCELLED)
      add(e, &credit, -balance, e->f->cur[row]); /* one paid too much too */
    if (status != STATUS_OPEN || balance <= 0) continue;
    add(e, &open, balance, e->f->cur[row]);
    int32_t late = fees_overdue(e, row);
    if (late <= 0) continue;
    count++;
    if (late > oldest) oldest = late;
    add(e, &overdue, balance, e->f->cur[row]);
  }
  contracts_in_default(e, customer, count > 0);
  e->today = before;
  fact_set_int(e->f, FIELD_CUSTOMER_OVERDUE_COUNT, customer, count);
  fact_set_int(e->f, FIELD_CUSTOMER_OLDEST_OVERDUE, customer, oldest);
  put(e, FIELD_CUSTOMER_OVERDUE_TOTAL, customer, &overdue);
  put(e, FIELD_CUSTOMER_OPEN_TOTAL, customer, &open);
  put(e, FIELD_CUSTOMER_CREDIT, customer, &credit);
}
