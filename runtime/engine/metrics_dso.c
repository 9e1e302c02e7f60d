/* See metrics_report.h: how long money is outstanding, and how much of what could be collected was. */
#include <stdlib.h>

#include "metrics_report.h"

typedef struct period {
  civil_date from, to;
  currency currencies[CURRENCY_COUNT];
  uint32_t currency_count;
  bool known; /* its beginning is */
  metrics_owed at_first[CURRENCY_COUNT], at_last[CURRENCY_COUNT];
  int64_t sales[CURRENCY_COUNT], collected[CURRENCY_COUNT];
  int64_t from_overdue[CURRENCY_COUNT];                   /* collected of what was overdue when it began */
  ratio weighted[CURRENCY_COUNT], simple[CURRENCY_COUNT]; /* days late of its payments */
} period;

static int32_t days_of(const period *p) { return date_days_between(p->from, p->to) + 1; }

/* As late as the policy counts it on the day. */
static int32_t late_on(const metrics_asked *a, int32_t due, int32_t day) {
  int64_t buckets[METRICS_EDGES_MAX + 2];
  int32_t late = 0;
  aging_terms t = {
      .as_of = {day}, .due_rule = a->due_rule, .cal = a->cal, .edges = a->edges, .edge_count = a->edge_count};
  aging_invoice one = {.due = {due}};
  return due != DATE_NONE_DAY && metrics_aging(&t, &one, 1, buckets, &late) ? late : 0;
}

/* Payments of the period: what they come to, how late they were, and what they took off the overdue of its first day.
 */
static void add_payments(const books *b, const metrics_asked *a, period *p, const book_position *first,
                         const metrics_buckets *k, arena *own) {
  late_payment *v = ARENA_ARRAY(own, b->payment_count + 1, late_payment);
  int64_t *left = ARENA_ARRAY(own, b->n + 1, int64_t);
  for (uint32_t i = 0; i < b->n; i++)
    if (first->open[i] > 0 && metrics_bucket(k, first->due[i]) > 0) left[i] = first->open[i];
  for (uint32_t c = 0; c < p->currency_count; c++) {
    currency cur = p->currencies[c];
    size_t n = 0;
    for (size_t i = 0; i < b->payment_count; i++) {
      const book_payment *x = &b->payments[i];
      if (b->cur[x->invoice] != cur || !metrics_is_paid(x, p->from, p->to)) continue;
      int64_t of_overdue = x->sum < left[x->invoice] ? x->sum : left[x->invoice];
      p->collected[cur] += x->sum;
      p->from_overdue[cur] += of_overdue;
      left[x->invoice] -= of_overdue;
      v[n++] = (late_payment){x->sum, late_on(a, x->due, x->day)};
    }
    if (!metrics_days_late(v, n, &p->weighted[cur], &p->simple[cur])) p->weighted[cur].known = false;
  }
}

/* Goes through the days of a period and stays at its end. */
typedef struct going {
  book_position x;
  size_t at;
} going;

static going start(const books *b, arena *own) {
  return (going){.x = books_position(b, (civil_date){DATE_DAY_MIN}, own)};
}

/* `before`: the period that ended the day before, whose end need not be looked at again; NULL: none did. Without
 * `payments` only what they come to. */
static void look_at(const books *b, const metrics_asked *a, going *g, period *p, const period *before, bool payments) {
  arena *own = arena_new();
  civil_date day_before = date_add_days(p->from, -1);
  p->known = metrics_knows(b, day_before);
  books_forward(b, &g->x, &g->at, day_before);
  if (before) {
    memcpy(p->at_first, before->at_last, sizeof p->at_first);
  } else {
    metrics_buckets k = metrics_buckets_of(a, day_before, own);
    metrics_owed_of(b, &g->x, &k, p->at_first);
    if (payments) add_payments(b, a, p, &g->x, &k, own);
  }
  for (size_t i = 0; i < b->payment_count && !payments; i++)
    if (metrics_is_paid(&b->payments[i], p->from, p->to))
      p->collected[b->cur[b->payments[i].invoice]] += b->payments[i].sum;
  books_forward(b, &g->x, &g->at, p->to);
  metrics_buckets k = metrics_buckets_of(a, p->to, own);
  metrics_owed_of(b, &g->x, &k, p->at_last);
  metrics_sales_of(b, p->from, p->to, p->sales);
  arena_free(own);
}

/* ---- figures ---- */

typedef ratio ratio_fn(const period *p, currency c);

static ratio dso(const period *p, currency c) { return metrics_dso(p->at_last[c].total, p->sales[c], days_of(p)); }
static ratio best_dso(const period *p, currency c) {
  return metrics_dso(p->at_last[c].current, p->sales[c], days_of(p));
}
static ratio delinquent(const period *p, currency c) {
  return metrics_add(p->at_last[c].total, p->at_last[c].current, p->sales[c], days_of(p));
}
static ratio cei(const period *p, currency c) {
  return metrics_cei(p->at_first[c].total, p->sales[c], 1, p->at_last[c].total, p->at_last[c].current);
}
static ratio recovery(const period *p, currency c) {
  return ratio_percent(p->from_overdue[c], (int128)p->at_first[c].total - p->at_first[c].current);
}
static ratio weighted(const period *p, currency c) { return p->weighted[c]; }

/* `begins`: the figure looks at what was owed before the period. */
static const struct {
  const char *name, *title, *how;
  metrics_kind kind;
  ratio_fn *of;
  bool begins;
  const char *rows;
} RATIOS[] = {
    {"dso", "days sales outstanding", "receivables at the end / sales of the period × days", METRICS_DAYS, dso, false,
     "list=open"},
    {"best_possible_dso", "best possible days outstanding", "receivables not yet due / sales of the period × days",
     METRICS_DAYS, best_dso, false, "list=open&bucket=0"},
    {"average_days_delinquent", "average days delinquent", "days sales outstanding - best possible days outstanding",
     METRICS_DAYS, delinquent, false, "list=open&bucket=overdue"},
    {"cei", "collection effectiveness",
     "(receivables at the beginning + sales - receivables at the end) / "
     "(receivables at the beginning + sales - receivables not yet due at the end)",
     METRICS_PERCENT, cei, true, "list=payments"},
    {"recovery_rate", "recovered of what was overdue",
     "paid in the period of what was overdue when it began / what was "
     "overdue then",
     METRICS_PERCENT, recovery, true, "list=payments"},
    {"weighted_days_late", "days late of payments, by amount", "sum of amount × days late / sum of amounts",
     METRICS_DAYS, weighted, true, "list=payments"},
};

static slice rows_for(metrics_result *r, const char *list, currency cur) {
  return arena_printf(r->perm, "%s&currency=%s", list, currency_code(cur));
}

static void put_sums(metrics_result *r, const period *now, const period *before, currency c) {
  const struct {
    const char *name, *title, *how, *rows;
    int64_t now, before;
    bool knows, knew;
  } SUMS[] = {
      {"receivables", "receivables", "all that is open at the end", "list=open", now->at_last[c].total,
       before->at_last[c].total, true, now->known},
      {"sales", "credit sales", "invoices issued in the period, less those cancelled", "list=sales", now->sales[c],
       before->sales[c], true, before->known},
      {"collected", "collected", "what payments of the period took off balances", "list=payments", now->collected[c],
       before->collected[c], now->known, before->known},
  };
  for (size_t i = 0; i < sizeof SUMS / sizeof *SUMS; i++) {
    metrics_figure *f = metrics_add_figure(r, SUMS[i].name, SUMS[i].title, SUMS[i].how, c);
    f->now = SUMS[i].knows ? metrics_money(SUMS[i].now, c) : metrics_unknown(METRICS_MONEY);
    f->before = SUMS[i].knew ? metrics_money(SUMS[i].before, c) : metrics_unknown(METRICS_MONEY);
    f->rows = rows_for(r, SUMS[i].rows, c);
  }
}

static metrics_value ratio_value(size_t i, const period *p, bool end_known, currency c) {
  bool known = end_known && (p->known || !RATIOS[i].begins);
  return known ? metrics_ratio(RATIOS[i].kind, RATIOS[i].of(p, c)) : metrics_unknown(RATIOS[i].kind);
}

/* Whole months back from the end, the first perhaps in part; as far as anything was issued. */
static void put_countback(const books *b, metrics_result *r, const period *p, currency c) {
  enum { MONTHS = 120 };
  month_sales v[MONTHS];
  size_t n = 0;
  int32_t first = INT32_MAX;
  for (uint32_t i = 0; i < b->n; i++)
    if (b->cur[i] == c && b->issued[i] != DATE_NONE_DAY && b->issued[i] < first) first = b->issued[i];
  int64_t by_month[MONTHS] = {0};
  for (uint32_t i = 0; i < b->n; i++) {
    if (b->cur[i] != c || !books_is_sale(b, i, (civil_date){DATE_DAY_MIN}, p->to)) continue;
    civil_date d = {b->issued[i]};
    int back = (date_year(p->to) - date_year(d)) * 12 + date_month(p->to) - date_month(d);
    if (back < MONTHS) by_month[back] += b->amount[i];
  }
  for (civil_date last = p->to; n < MONTHS && last.day >= first;) {
    v[n] = (month_sales){by_month[n], date_day(last)};
    n++;
    last = date_add_days(last, -date_day(last));
  }
  int64_t rest = 0;
  ratio x = metrics_dso_countback(p->at_last[c].total, v, n, &rest);
  metrics_figure *f =
      metrics_add_figure(r, "dso_countback", "days sales outstanding, counted back",
                         "months whose sales the receivables cover, the newest first, and the part of the next", c);
  f->now = n && rest == 0 ? metrics_ratio(METRICS_DAYS, x) : metrics_unknown(METRICS_DAYS);
  f->before = metrics_unknown(METRICS_DAYS);
  f->rows = rows_for(r, "list=open", c);
  if (n && rest)
    metrics_note(r, SLICE("the receivables are more than all known sales: days counted back are not known"));
}

/* ---- months ---- */

static const metrics_column MONTHS[] = {{"month", "month", METRICS_DATE},
                                        {"currency", "currency", METRICS_TEXT},
                                        {"receivables", "receivables", METRICS_MONEY},
                                        {"overdue", "overdue", METRICS_MONEY},
                                        {"sales", "credit sales", METRICS_MONEY},
                                        {"collected", "collected", METRICS_MONEY},
                                        {"dso", "days sales outstanding", METRICS_DAYS},
                                        {"cei", "collection effectiveness", METRICS_PERCENT}};

static void put_months(const books *b, const metrics_asked *a, metrics_result *r) {
  currency cur[CURRENCY_COUNT];
  uint32_t n = metrics_currencies(b, cur);
  metrics_table *t = metrics_add_table(r, "months", "Month by month", MONTHS, sizeof MONTHS / sizeof *MONTHS);
  t->chart = "line";
  arena *own = arena_new();
  going g = start(b, own);
  const period *before = NULL;
  for (int back = METRICS_TREND_MONTHS - 1; back >= 0; back--) {
    civil_date first = date_anchor_month(a->to, -back, 1);
    period *p = ARENA_NEW(r->perm, period);
    *p = (period){.from = first, .to = back ? date_month_end(first) : a->to};
    if (!metrics_knows(b, p->to)) continue;
    look_at(b, a, &g, p, before, false);
    before = p;
    for (uint32_t c = 0; c < n; c++) {
      slice *rows, when = arena_printf(r->perm, "&from=%d&to=%d", p->from.day, p->to.day);
      const char *code = currency_code(cur[c]);
      metrics_value *v = metrics_add_row(r, t, &rows);
      const metrics_owed *o = &p->at_last[cur[c]];
      bool known = p->known;
      const metrics_value values[] = {
          metrics_day(p->to.day),
          metrics_word(slice_of(code)),
          metrics_money(o->total, cur[c]),
          metrics_money(o->total - o->current, cur[c]),
          known ? metrics_money(p->sales[cur[c]], cur[c]) : metrics_unknown(METRICS_MONEY),
          known ? metrics_money(p->collected[cur[c]], cur[c]) : metrics_unknown(METRICS_MONEY),
          known ? metrics_ratio(METRICS_DAYS, dso(p, cur[c])) : metrics_unknown(METRICS_DAYS),
          known ? metrics_ratio(METRICS_PERCENT, cei(p, cur[c])) : metrics_unknown(METRICS_PERCENT)};
      memcpy(v, values, sizeof values);
      rows[2] = arena_printf(r->perm, "list=open&currency=%s%.*s", code, SLICE_ARG(when));
      rows[3] = arena_printf(r->perm, "list=open&bucket=overdue&currency=%s%.*s", code, SLICE_ARG(when));
      if (known) rows[4] = arena_printf(r->perm, "list=sales&currency=%s%.*s", code, SLICE_ARG(when));
      if (known) rows[5] = arena_printf(r->perm, "list=payments&currency=%s%.*s", code, SLICE_ARG(when));
    }
  }
  arena_free(own);
}

store_code metrics_make_dso(const books *b, const metrics_asked *a, metrics_result *r) {
  period *now = ARENA_NEW(r->perm, period), *before = ARENA_NEW(r->perm, period);
  currency cur[CURRENCY_COUNT];
  uint32_t n = metrics_currencies(b, cur);
  *now = (period){.from = a->from, .to = a->to};
  *before = (period){.from = r->before_from, .to = r->before_to};
  arena *own = arena_new();
  going g = start(b, own);
  now->currency_count = before->currency_count = n;
  memcpy(now->currencies, cur, sizeof cur);
  memcpy(before->currencies, cur, sizeof cur);
  look_at(b, a, &g, before, NULL, true);
  look_at(b, a, &g, now, NULL, true);
  arena_free(own);
  bool knows = metrics_knows(b, a->to), knew = metrics_knows(b, r->before_to);
  if (!knows) metrics_note(r, SLICE("the store knows nothing of that day"));
  for (uint32_t c = 0; c < n && knows; c++) {
    put_sums(r, now, before, cur[c]);
    for (size_t i = 0; i < sizeof RATIOS / sizeof *RATIOS; i++) {
      metrics_figure *f = metrics_add_figure(r, RATIOS[i].name, RATIOS[i].title, RATIOS[i].how, cur[c]);
      f->now = ratio_value(i, now, knows, cur[c]);
      f->before = ratio_value(i, before, knew && before->known, cur[c]);
      f->rows = rows_for(r, RATIOS[i].rows, cur[c]);
      if (!f->now.known && now->sales[cur[c]] == 0 && RATIOS[i].kind == METRICS_DAYS)
        metrics_note(r, SLICE("without sales in the period there are no days of them"));
    }
    put_countback(b, r, now, cur[c]);
  }
  if (knows && !now->known)
    metrics_note(r, SLICE("what was owed before the period is not known: figures that begin with it are not either"));
  if (knows) put_months(b, a, r);
  return STORE_OK;
}
