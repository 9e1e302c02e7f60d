/* See undecided.h. */
#include "undecided.h"

#include "fees.h"

static const field_use INTEREST_USE = {ENT_INVOICE, ENT_INVOICE, FIELD_INVOICE_INTEREST, TY_MONEY};

/* One a use, and the interest, which an action may need though no condition reads it. */
void undecided_init(engine *e) {
  uint32_t n = e->p->use_count;
  e->undecided = ARENA_ARRAY(e->perm, n + 1, undecided_field);
  for (uint32_t u = 0; u < n; u++) e->undecided[u].use = e->p->uses[u];
  e->undecided[n].use = INTEREST_USE;
  e->undecided_count = n + 1;
}

static void count(engine *e, undecided_field *u, entity of, uint32_t row, undecided_why why) {
  uint32_t n = e->f->t[of].n;
  if (!u->seen) u->seen = ARENA_ARRAY(e->perm, n / 64 + 1, uint64_t);
  uint64_t bit = (uint64_t)1 << (row % 64);
  if (u->seen[row / 64] & bit) return;
  u->seen[row / 64] |= bit;
  u->rows[why]++;
}

/* ---- two currencies ---- */

typedef struct pair {
  bool met;
  currency a, b;
} pair;

/* Rates may join the two on another day. */
static bool joined(const engine *e, const pair *p) {
  rational worth;
  return e->rates && exchange_worth(e->rates, rational_of(1), p->a, &worth) &&
         exchange_worth(e->rates, rational_of(1), p->b, &worth);
}

static void meet(const engine *e, pair *p, uint8_t a, uint8_t b) {
  pair these = {true, a, b};
  if (p->met || a == b || a == CURRENCY_ANY || b == CURRENCY_ANY || joined(e, &these)) return;
  *p = these;
}

/* The currency that an expression comes to for a row; CURRENCY_ANY: it is no money, or not there. */
static uint8_t currency_in(const engine *e, const expr *x, uint32_t row, pair *p) {
  if (!x) return CURRENCY_ANY;
  if (x->op == X_MONEY) return x->cur != CURRENCY_NONE ? x->cur : e->f->one_cur;
  if (x->op == X_FIELD) {
    const field_use *use = &e->p->uses[x->use];
    uint32_t at = x->ty == TY_MONEY ? fact_row(e->f, use, row) : VM_NO_ROW;
    if (at == VM_NO_ROW || fact_int(e->f, use->field, at) == FACT_MISSING) return CURRENCY_ANY;
    return fact_currency(e->f, use->field, at);
  }
  uint8_t a = currency_in(e, x->a, row, p), b = currency_in(e, x->b, row, p);
  if (x->a && x->b && x->a->ty == TY_MONEY && x->b->ty == TY_MONEY) meet(e, p, a, b);
  return x->ty != TY_MONEY ? CURRENCY_ANY : a != CURRENCY_ANY ? a : b;
}

/* A total is missing where the customer's invoices are in two currencies. */
static void total_pair(const engine *e, uint32_t customer, pair *p) {
  uint8_t first = CURRENCY_ANY;
  for (uint32_t k = e->f->first_of[customer]; k < e->f->first_of[customer + 1]; k++) {
    uint32_t row = e->f->by_customer[k];
    if (fact_int(e->f, FIELD_INVOICE_STATUS, row) != STATUS_OPEN) continue;
    if (first == CURRENCY_ANY) first = e->f->cur[row];
    meet(e, p, first, e->f->cur[row]);
  }
}

static bool is_total(const field_use *use) {
  return use->field < FIELD_COUNT && FIELDS[use->field].source == SRC_TOTAL && use->ty == TY_MONEY;
}
static bool is_fee(const field_use *use) { return use->field < FIELD_COUNT && FIELDS[use->field].source == SRC_FEE; }

static undecided_why two_currencies(const engine *e) { return e->rates ? UNDECIDED_NO_EXCHANGE : UNDECIDED_CURRENCIES; }

static void note_pair(engine *e, undecided_field *u, const pair *p, entity of, uint32_t row) {
  if (!u->rows[UNDECIDED_CURRENCIES] && !u->rows[UNDECIDED_NO_EXCHANGE]) u->a = p->a, u->b = p->b;
  count(e, u, of, row, two_currencies(e));
}

static void note_fee(engine *e, undecided_field *u, entity of, uint32_t row, uint32_t invoice) {
  money m;
  pair p = {true, e->fee_cur, e->f->cur[invoice]};
  if (fees_of(e, u->use.field, invoice, &m) == FEES_TWO_CURRENCIES)
    note_pair(e, u, &p, of, row);
  else
    count(e, u, of, row, UNDECIDED_NO_RATE);
}

/* ---- conditions ---- */

void engine_note_undecided(engine *e, uint32_t id, uint32_t row) {
  const cond *c = &e->p->conds[id];
  pair met = {0};
  (void)currency_in(e, c->e, row, &met);
  for (uint32_t i = 0; i < c->use_count; i++) {
    undecided_field *u = &e->undecided[c->uses[i]];
    if (u->use.field == FIELD_INVOICE_OVERDUE) continue;
    uint32_t at = fact_row(e->f, &u->use, row);
    bool there = at != VM_NO_ROW && fact_int(e->f, u->use.field, at) != FACT_MISSING;
    if (there && (u->use.ty != TY_MONEY || !met.met)) continue;
    if (there) {
      currency cur = fact_currency(e->f, u->use.field, at);
      if (cur == met.a || cur == met.b) note_pair(e, u, &met, c->of, row);
      met.met = false; /* told of one field */
      continue;
    }
    pair total = {0};
    if (at != VM_NO_ROW && is_total(&u->use)) total_pair(e, at, &total);
    if (total.met)
      note_pair(e, u, &total, c->of, row);
    else if (at != VM_NO_ROW && is_fee(&u->use))
      note_fee(e, u, c->of, row, at);
    else
      count(e, u, c->of, row, UNDECIDED_MISSING);
  }
}

void undecided_fees(engine *e, uint32_t invoice) {
  undecided_field *u = &e->undecided[e->p->use_count];
  for (uint32_t k = 0; k < e->p->use_count; k++)
    if (e->p->uses[k].field == FIELD_INVOICE_INTEREST && e->p->uses[k].context == ENT_INVOICE) u = &e->undecided[k];
  note_fee(e, u, ENT_INVOICE, invoice, invoice);
}
