/* See metrics_report.h: recurring revenue, what became of it, and what was billed of what was contracted.
 *
 * A contract's price is for the period of the rule that bills it; without such a rule nobody said what it is for.
 * Billed is what invoices that name the contract say; where no invoice names one, what `bill contract` billed. */
#include <stdlib.h>

#include "metrics_report.h"
#include "runtime/store/measure.h"

bool metrics_monthly(const books *b, uint32_t row, civil_date on, rational *mrr) {
  recurring one = {.per = b->contracts[row].per, .quantity = 1, .active = books_contract_active(b, row, on)};
  if (one.per == PERIOD_COUNT || !books_price(b, row, on, &one.amount)) return false;
  return metrics_mrr(&one, 1, mrr);
}

/* ---- revenue of a day ---- */

typedef struct revenue {
  int64_t *by_customer; /* rounded once, per customer */
  int64_t total;        /* of all, rounded once */
  uint32_t active, unknown;
} revenue;

/* Contracts by customer: each customer's are added exactly. */
static revenue revenue_on(const books *b, currency cur, civil_date on, arena *own) {
  revenue out = {.by_customer = ARENA_ARRAY(own, b->customer_count + 1, int64_t)};
  rational *sums = ARENA_ARRAY(own, b->customer_count + 1, rational), all = rational_of(0);
  for (uint32_t i = 0; i < b->customer_count; i++) sums[i] = rational_of(0);
  for (uint32_t i = 0; i < b->contract_count; i++) {
    const book_contract *c = &b->contracts[i];
    rational month;
    if (c->cur != cur || !books_contract_active(b, i, on)) continue;
    out.active++;
    if (!metrics_monthly(b, i, on, &month) || !rational_add(all, month, &all) ||
        !rational_add(sums[c->customer], month, &sums[c->customer]))
      out.unknown++;
  }
  for (uint32_t i = 0; i < b->customer_count; i++)
    if (!rational_round(sums[i], ROUND_HALF_EVEN, &out.by_customer[i])) out.unknown++;
  if (!rational_round(all, ROUND_HALF_EVEN, &out.total)) out.unknown++;
  return out;
}

/* metrics_revenue_move a customer at a time: its lists are searched from end to end. */
static bool moves_of(const books *b, const revenue *first, const revenue *last, revenue_move *out) {
  *out = (revenue_move){0};
  for (uint32_t i = 0; i < b->customer_count; i++) {
    if (!first->by_customer[i] && !last->by_customer[i]) continue;
    customer_revenue was = {SLICE("1"), first->by_customer[i]}, is = {SLICE("1"), last->by_customer[i]};
    revenue_move one;
    if (!metrics_revenue_move(&was, 1, &is, 1, &one)) return false;
    out->starting += one.starting;
    out->added += one.added;
    out->expansion += one.expansion;
    out->contraction += one.contraction;
    out->churned += one.churned;
    out->customers += one.customers;
    out->customers_churned += one.customers_churned;
  }
  return true;
}

typedef struct turn {
  revenue first, last;
  revenue_move move;
  bool fits;
} turn;

static turn turn_of(const books *b, currency cur, civil_date from, civil_date to, arena *own) {
  turn t = {revenue_on(b, cur, date_add_days(from, -1), own), revenue_on(b, cur, to, own), {0}, false};
  t.fits = moves_of(b, &t.first, &t.last, &t.move);
  return t;
}

/* ---- billed against contracted ---- */

typedef struct billing {
  const books *b;
  uint32_t *at; /* by the store's row, index + 1 */
  int64_t most;
  leakage_line *lines;
  bool any;
} billing;

static void add_billed(void *self, int64_t row, int64_t sum, int64_t n) {
  billing *x = self;
  (void)n;
  if (row > x->most || !x->at[row]) return;
  x->lines[x->at[row] - 1].billed += sum;
  x->any = true;
}

store_code metrics_leaks_of(const books *b, store *s, civil_date from, civil_date to, arena *perm, metrics_leaks *out) {
  *out = (metrics_leaks){.lines = ARENA_ARRAY(perm, b->contract_count + 1, leakage_line)};
  for (size_t i = 0; i < b->bill_count; i++) {
    const book_bill *x = &b->bills[i];
    if (x->day >= from.day && x->day <= to.day) out->lines[x->contract].expected += x->sum;
  }
  bool named = b->names_contracts && b->contract, dated = named;
  for (uint32_t i = 0; i < b->n && named; i++) {
    if (b->contract[i] == VM_NO_ROW || b->cancelled[i] != BOOK_NEVER) continue;
    dated = dated && b->issued[i] != DATE_NONE_DAY;
    if (books_is_sale(b, i, from, to)) out->lines[b->contract[i]].billed += b->amount[i];
  }
  out->known = dated;
  if (named) return STORE_OK;
  billing x = {.b = b, .lines = out->lines};
  for (uint32_t i = 0; i < b->contract_count; i++)
    if (b->contract_row[i] > x.most) x.most = b->contract_row[i];
  x.at = ARENA_ARRAY(perm, (size_t)x.most + 1, uint32_t);
  for (uint32_t i = 0; i < b->contract_count; i++) x.at[b->contract_row[i]] = i + 1;
  store_code code = measure_billed(s, from.day, to.day, add_billed, &x);
  out->known = x.any;
  return code;
}

/* The lines of one currency, those with something expected or billed. */
static bool leaks_in(const books *b, const metrics_leaks *l, currency cur, arena *own, leakage *out) {
  leakage_line *v = ARENA_ARRAY(own, b->contract_count + 1, leakage_line);
  size_t n = 0;
  for (uint32_t i = 0; i < b->contract_count; i++)
    if (b->contracts[i].cur == cur) v[n++] = l->lines[i];
  return metrics_leakage(v, n, out);
}

/* ---- figures ---- */

static slice rows_for(metrics_result *r, const char *list, currency cur) {
  return arena_printf(r->perm, "list=%s&currency=%s", list, currency_code(cur));
}

static void put_money(metrics_result *r, const char *const words[3], currency cur, metrics_value now,
                      metrics_value before, const char *list) {
  metrics_figure *f = metrics_add_figure(r, words[0], words[1], words[2], cur);
  f->now = now;
  f->before = before;
  f->rows = rows_for(r, list, cur);
}

static metrics_value money_if(bool known, int64_t n, currency cur) {
  return known ? metrics_money(n, cur) : metrics_unknown(METRICS_MONEY);
}

static void put_revenue(metrics_result *r, const turn *now, const turn *before, currency cur) {
  bool ends = now->fits && !now->last.unknown, begins = now->fits && !now->first.unknown;
  static const char *const MRR[] = {"mrr", "monthly recurring revenue",
                                    "prices of active contracts, brought to a month"},
                           *const ARR[] = {"arr", "yearly recurring revenue", "monthly recurring revenue × 12"},
                           *const NEW[] = {"new_mrr", "new revenue",
                                           "of customers that had none when the period began"},
                           *const MORE[] = {"expansion", "expansion", "more from customers of the beginning"},
                           *const LESS[] = {"contraction", "contraction", "less from customers that stay"},
                           *const LOST[] = {"churned_mrr", "churned revenue", "of customers that left"};
  put_money(r, MRR, cur, money_if(ends, now->last.total, cur), money_if(begins, now->first.total, cur), "revenue");
  put_money(r, ARR, cur, money_if(ends, now->last.total * 12, cur), money_if(begins, now->first.total * 12, cur),
            "revenue");
  bool known = ends && begins, was = before->fits && !before->last.unknown && !before->first.unknown;
  const revenue_move *m = &now->move, *m0 = &before->move;
  put_money(r, NEW, cur, money_if(known, m->added, cur), money_if(was, m0->added, cur), "moved");
  put_money(r, MORE, cur, money_if(known, m->expansion, cur), money_if(was, m0->expansion, cur), "moved");
  put_money(r, LESS, cur, money_if(known, m->contraction, cur), money_if(was, m0->contraction, cur), "moved");
  put_money(r, LOST, cur, money_if(known, m->churned, cur), money_if(was, m0->churned, cur), "moved");
  const struct {
    const char *name, *title, *how;
    ratio now, before;
  } RATES[] = {{"nrr", "net revenue retention", "(beginning + expansion - contraction - churned) / beginning",
                metrics_nrr(m), metrics_nrr(m0)},
               {"grr", "gross revenue retention", "(beginning - contraction - churned) / beginning", metrics_grr(m),
                metrics_grr(m0)},
               {"revenue_churn", "revenue churn", "(contraction + churned) / beginning", metrics_revenue_churn(m),
                metrics_revenue_churn(m0)},
               {"logo_churn", "customers churned", "customers that left / customers of the beginning",
                metrics_logo_churn(m), metrics_logo_churn(m0)}};
  for (size_t i = 0; i < sizeof RATES / sizeof *RATES; i++) {
    metrics_figure *f = metrics_add_figure(r, RATES[i].name, RATES[i].title, RATES[i].how, cur);
    f->now = known ? metrics_ratio(METRICS_PERCENT, RATES[i].now) : metrics_unknown(METRICS_PERCENT);
    f->before = was ? metrics_ratio(METRICS_PERCENT, RATES[i].before) : metrics_unknown(METRICS_PERCENT);
    f->rows = rows_for(r, "moved", cur);
  }
}

static void put_leakage(const books *b, metrics_result *r, const metrics_leaks *now, bool whole, currency cur,
                        arena *own) {
  leakage x;
  bool known = leaks_in(b, now, cur, own, &x) && now->known && whole;
  static const char *const DUE[] = {"contracted", "contracted", "what the billing rules were to bring in the period"},
                           *const NET[] = {"leakage", "leakage", "contracted - billed"},
                           *const LOW[] = {"underbilled", "billed too low",
                                           "contracts billed below what was contracted"};
  metrics_value unknown = metrics_unknown(METRICS_MONEY);
  put_money(r, DUE, cur, money_if(whole, x.expected, cur), unknown, "leakage");
  put_money(r, NET, cur, money_if(known, x.net, cur), unknown, "leakage");
  put_money(r, LOW, cur, money_if(known, x.underbilled, cur), unknown, "leakage");
  metrics_figure *f = metrics_add_figure(r, "leakage_percent", "leakage of contracted", "leakage / contracted", cur);
  f->now = known ? metrics_ratio(METRICS_PERCENT, ratio_percent(x.net, x.expected)) : metrics_unknown(METRICS_PERCENT);
  f->before = metrics_unknown(METRICS_PERCENT);
  f->rows = rows_for(r, "leakage", cur);
}

/* ---- months ---- */

static void put_months(const books *b, const metrics_asked *a, metrics_result *r, currency cur, metrics_table *t,
                       arena *own) {
  for (int back = METRICS_TREND_MONTHS - 1; back >= 0; back--) {
    civil_date first = date_anchor_month(a->to, -back, 1), last = back ? date_month_end(first) : a->to;
    turn x = turn_of(b, cur, first, last, own);
    bool known = x.fits && !x.first.unknown && !x.last.unknown;
    metrics_value *v = metrics_add_row(r, t, NULL);
    v[0] = metrics_day(last.day);
    v[1] = metrics_word(slice_of(currency_code(cur)));
    v[2] = money_if(!x.last.unknown, x.last.total, cur);
    v[3] = money_if(known, x.move.added, cur);
    v[4] = money_if(known, x.move.expansion, cur);
    v[5] = money_if(known, x.move.contraction, cur);
    v[6] = money_if(known, x.move.churned, cur);
    arena_reset(own);
  }
}

static void note_contracts(const books *b, metrics_result *r, bool unknown, bool whole, const metrics_leaks *leaks) {
  if (b->contract_count == 0) {
    metrics_note(r, SLICE("there are no contracts"));
    return;
  }
  metrics_note(r, SLICE("prices, dates and states that a source changed are known only as they are today"));
  if (unknown)
    metrics_note(r, SLICE("some active contract has no price, or no rule of the policy bills it: what its price is for "
                          "is not known"));
  uint32_t n = 0;
  for (uint32_t i = 0; i < b->contract_count; i++)
    n += b->contracts[i].churned == BOOK_ALWAYS || b->contracts[i].paused == BOOK_ALWAYS;
  if (n)
    metrics_note(r, arena_printf(r->perm,
                                 "contracts that left or pause on a day that nobody told, in no day's "
                                 "revenue: %u",
                                 n));
  if (!whole)
    metrics_note(r, SLICE("what was contracted is kept for 25 months, and the period is longer or begins before"));
  if (b->bills_lack) metrics_note(r, SLICE("some contract's bill cannot be told: it is not in what was contracted"));
  if (!leaks->known)
    metrics_note(r, SLICE("invoices of contracts have no day of issue, or there are none and nothing was billed here: "
                          "what was billed is not known"));
}

store_code metrics_make_contracts(const books *b, store *s, const metrics_asked *a, metrics_result *r) {
  static const metrics_column MONTHS[] = {{"month", "month", METRICS_DATE},
                                          {"currency", "currency", METRICS_TEXT},
                                          {"mrr", "monthly recurring revenue", METRICS_MONEY},
                                          {"new_mrr", "new revenue", METRICS_MONEY},
                                          {"expansion", "expansion", METRICS_MONEY},
                                          {"contraction", "contraction", METRICS_MONEY},
                                          {"churned_mrr", "churned revenue", METRICS_MONEY}};
  metrics_leaks leaks;
  arena *own = arena_new();
  bool unknown = false, whole = a->from.day >= b->bills_from;
  store_code code = metrics_leaks_of(b, s, a->from, a->to, r->perm, &leaks);
  metrics_table *t = NULL;
  for (uint32_t c = 0; c < CURRENCY_COUNT && code == STORE_OK; c++) {
    currency cur = (currency)c;
    bool any = false;
    for (uint32_t i = 0; i < b->contract_count && !any; i++) any = b->contracts[i].cur == cur;
    if (!any) continue;
    turn now = turn_of(b, cur, a->from, a->to, own), before = turn_of(b, cur, r->before_from, r->before_to, own);
    unknown |= now.first.unknown || now.last.unknown;
    put_revenue(r, &now, &before, cur);
    put_leakage(b, r, &leaks, whole, cur, own);
    arena_reset(own);
    if (!t) t = metrics_add_table(r, "months", "Month by month", MONTHS, sizeof MONTHS / sizeof *MONTHS);
    t->chart = "line";
    put_months(b, a, r, cur, t, own);
  }
  note_contracts(b, r, unknown, whole, &leaks);
  arena_free(own);
  return code;
}
