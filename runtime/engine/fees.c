/* See fees.h. */
#include "fees.h"

#include "charges.h"
#include "settle.h"

int32_t fees_overdue(const engine *e, uint32_t row) {
  int32_t due = (int32_t)fact_int(e->f, FIELD_INVOICE_DUE, row), days = e->today - due;
  if (e->p->due == DUE_LATE_AFTER && days > 0 && e->today <= calendar_next(e->cal, (civil_date){due}).day) return 0;
  return days;
}

typedef struct owed {
  fee_case c;
  fee_payment payments[FEES_PAYMENTS_MAX];
  int64_t fine, interest; /* paid since, or in the balance */
} owed;

/* What was owed after the last day on time, and what of it was paid since. */
static void late_part(const engine *e, uint32_t row, civil_date last_on_time, owed *o) {
  size_t n = 0;
  int64_t minor = o->c.amount.minor;
  for (const payment_made *p = payments_last(e, row); p && n < FEES_PAYMENTS_MAX; p = payments_before(e, p)) {
    if (p->amount <= 0 || p->beside || p->day <= last_on_time.day || p->day > e->today) continue;
    int64_t principal = settled_principal(p);
    if (__builtin_add_overflow(minor, principal, &minor)) break;
    o->payments[n++] = (fee_payment){{p->day}, principal};
    o->fine += p->fine;
    o->interest += p->interest;
  }
  o->c.amount.minor = minor;
  o->c.payments = o->payments;
  o->c.payment_count = n;
}

/* A sum of the sentence's currency in the invoice's, by the day's rate. */
static bool in_currency(const engine *e, int64_t *minor, currency cur) {
  rational sum, worth, v;
  return e->rates && exchange_worth(e->rates, rational_of(*minor), e->fee_cur, &sum) &&
         exchange_worth(e->rates, rational_of(1), cur, &worth) && rational_div(sum, worth, &v) &&
         rational_round(v, ROUND_HALF_EVEN, minor);
}

static bool names_sums(const fee_terms *t) {
  return t->tier_count || t->fee_capped || (t->unit == FEE_MONEY_PER_DAY && t->rate_count);
}

/* ---- the sentence ---- */

/* What FEE_SUM_DECIMALS count, in minor units of the data's currency. */
static int64_t in_minor(const engine *e, int64_t sum) {
  decimal d;
  return decimal_rescale((decimal){sum, FEE_SUM_DECIMALS}, (uint8_t)currency_minor(e->fee_cur), ROUND_HALF_EVEN, &d)
             ? d.n
             : sum;
}

void fees_bind(engine *e) {
  fee_terms *t = &e->fee;
  *t = e->p->fee;
  e->fee_cur = e->p->fee_cur;
  if (e->fee_cur != CURRENCY_NONE) return;
  e->fee_cur = e->f->one_cur;
  fee_tier *tiers = ARENA_ARRAY(e->perm, t->tier_count + 1, fee_tier);
  for (size_t i = 0; i < t->tier_count; i++)
    tiers[i] = (fee_tier){in_minor(e, t->tiers[i].from_minor), in_minor(e, t->tiers[i].sum_minor)};
  t->tiers = tiers;
  t->fee_max_minor = in_minor(e, t->fee_max_minor);
}

enum { TIERS_MAX = 64 };

typedef struct terms {
  fee_terms t;
  fee_tier tiers[TIERS_MAX];
  fee_rate day;
} terms;

/* The sentence for invoices in this currency. A sum a day is rounded to its minor unit. */
static bool terms_in(const engine *e, currency cur, terms *x) {
  x->t = e->fee;
  if (cur == e->fee_cur || !names_sums(&x->t)) return true;
  if (x->t.tier_count > TIERS_MAX) return false;
  for (size_t i = 0; i < x->t.tier_count; i++) {
    x->tiers[i] = x->t.tiers[i];
    if (!in_currency(e, &x->tiers[i].from_minor, cur) || !in_currency(e, &x->tiers[i].sum_minor, cur)) return false;
  }
  x->t.tiers = x->tiers;
  if (x->t.fee_capped && !in_currency(e, &x->t.fee_max_minor, cur)) return false;
  if (x->t.unit != FEE_MONEY_PER_DAY || !x->t.rate_count) return true;
  money sum;
  x->day = x->t.rates[0];
  x->t.rates = &x->day;
  if (money_of_decimal(x->day.value, e->fee_cur, &sum) != MONEY_OK || !in_currency(e, &sum.minor, cur)) return false;
  x->day.value = (decimal){sum.minor, (uint8_t)currency_minor(cur)};
  return true;
}

static fees_status computed(const engine *e, uint32_t field, const fee_terms *t, const fee_case *c, fee_result *r) {
  bool no_series = e->p->fee_series.n && t->rate_count == 0;
  fee_status status = fee_compute(t, c, r);
  if (field == FIELD_INVOICE_FINE && status == FEE_NO_RATE) { /* known without the rate */
    fee_terms alone = *t;
    alone.rate_count = 0;
    status = fee_compute(&alone, c, r);
  } else if (status == FEE_OK && no_series && r->late && field != FIELD_INVOICE_FINE) {
    status = FEE_NO_RATE;
  }
  return status == FEE_OK ? FEES_KNOWN : status == FEE_NO_RATE ? FEES_NO_RATE : FEES_TOO_LARGE;
}

fees_status fees_of(const engine *e, uint32_t field, uint32_t row, money *out) {
  int64_t open = fact_int(e->f, FIELD_INVOICE_OPEN, row), due = fact_int(e->f, FIELD_INVOICE_DUE, row);
  currency cur = e->f->cur[row];
  *out = (money){field == FIELD_INVOICE_TOTAL ? open : 0, cur};
  bool cancelled = fact_int(e->f, FIELD_INVOICE_STATUS, row) == STATUS_CANCELLED;
  if (!e->p->has_fee || cancelled || due == FACT_MISSING || due >= e->today) return FEES_KNOWN;
  charged_sums charged = charges_in_balance(e, row); /* no fee is counted on a fee */
  owed o = {.c = {.amount = {open > charged.all ? open - charged.all : 0, cur},
                  .due = {(int32_t)due},
                  .on = {e->today},
                  .cal = e->cal,
                  .factor = {1, 0}}};
  terms x;
  if (!terms_in(e, cur, &x)) return FEES_TWO_CURRENCIES;
  civil_date last_on_time;
  if (!fee_last_on_time(&x.t, &o.c, &last_on_time)) return FEES_TOO_LARGE;
  late_part(e, row, last_on_time, &o);
  if (x.t.base == FEE_ON_ORIGINAL && o.c.amount.minor > 0 && fact_field(e->f, FIELD_INVOICE_AMOUNT)->loaded)
    o.c.amount.minor = fact_int(e->f, FIELD_INVOICE_AMOUNT, row) - charged.all;
  if (open <= 0 && o.c.payment_count) o.c.on = o.payments[0].date; /* nothing is late once all is paid */
  if (o.c.amount.minor <= 0) return FEES_KNOWN;
  fee_result r;
  fees_status status = computed(e, field, &x.t, &o.c, &r);
  if (status != FEES_KNOWN) return status;
  o.fine += charged.fine;
  o.interest += charged.interest;
  r.fee = r.fee > o.fine ? r.fee - o.fine : 0;
  r.interest = r.interest > o.interest ? r.interest - o.interest : 0;
  if (field == FIELD_INVOICE_FINE)
    out->minor = r.fee;
  else if (field == FIELD_INVOICE_INTEREST)
    out->minor = r.interest;
  else if (__builtin_add_overflow(open, r.fee, &out->minor) ||
           __builtin_add_overflow(out->minor, r.interest, &out->minor))
    return FEES_TOO_LARGE;
  return FEES_KNOWN;
}
