/* metrics.json: each case's inputs as the structs of lang/base/metrics.h; every expected member is compared. */
#include <stdlib.h>

#include "lang/base/metrics.h"
#include "stdlib/net/json.h"
#include "tests/vectors/vectors.h"

typedef struct metric_case {
  run *r;
  const json *in;
  json_writer *got;
  bool reads; /* every input so far */
} metric_case;

/* --- reading
 * ---------------------------------------------------------------------------------------------------------- */

static slice text_of(const json *o, const char *key) {
  const json *v = json_member(o, slice_of(key));
  return json_kind_of(v) == JSON_TEXT ? json_text(v) : SLICE("");
}

/* A sum in cents; a number is one too. What does not read fails the case. */
static int64_t sum_value(metric_case *m, const json *v) {
  int64_t n = 0;
  if (json_kind_of(v) == JSON_NUMBER && json_int(v, &n)) return n * 100;
  m->reads = m->reads && json_kind_of(v) == JSON_TEXT && cents_of(json_text(v), &n);
  return n;
}

static int64_t sum_of(metric_case *m, const json *o, const char *key) {
  return sum_value(m, json_member(o, slice_of(key)));
}
static int64_t sum_in(metric_case *m, const char *key) { return sum_of(m, m->in, key); }

static int32_t whole_or(const json *o, const char *key, int32_t otherwise) {
  const json *v = json_member(o, slice_of(key));
  int64_t n;
  return json_int(v, &n) ? (int32_t)n : otherwise;
}

static civil_date date_in(metric_case *m, const json *o, const char *key) {
  civil_date d = {0};
  m->reads = m->reads && date_parse(text_of(o, key), &d);
  return d;
}

/* --- telling
 * ---------------------------------------------------------------------------------------------------------- */

static void tell_sum(metric_case *m, const char *key, int64_t n) { json_put_text(m->got, key, cents_slice(m->r, n)); }

/* In two decimals; null where it is unknown. */
static void tell_ratio(metric_case *m, const char *key, ratio x) {
  decimal d;
  if (ratio_show(x, 2, &d))
    json_put_text(m->got, key, cents_slice(m->r, d.n));
  else
    json_put_null(m->got, key);
}
static void tell_count(metric_case *m, const char *key, uint32_t n) { json_put_int(m->got, key, n); }

/* --- receivables
 * ------------------------------------------------------------------------------------------------------ */

static void read_due_rule(metric_case *m, aging_terms *t) {
  slice rule = text_of(m->in, "due_rule"), name = take_part(&rule, ':'), cal = text_of(m->in, "calendar");
  int32_t days = (int32_t)number_of(rule);
  if (slice_eq(name, SLICE("grace"))) t->due_rule = FEE_DUE_GRACE;
  if (slice_eq(name, SLICE("roll"))) t->due_rule = FEE_DUE_ROLL;
  if (slice_eq(name, SLICE("threshold"))) t->tolerance_days = days;
  if (slice_eq(name, SLICE("defer"))) t->deferred_days = days;
  if (cal.n) t->cal = calendar_named(m->r, cal);
}

static void aging(metric_case *m) {
  const json *list = json_member(m->in, slice_of("invoices")), *edges = json_member(m->in, slice_of("bucket_edges"));
  size_t count = json_count(list), edge_count = json_count(edges);
  aging_invoice *v = ARENA_ARRAY(m->r->perm, count + 1, aging_invoice);
  int32_t *edge = ARENA_ARRAY(m->r->perm, edge_count + 1, int32_t), *late = ARENA_ARRAY(m->r->perm, count + 1, int32_t);
  int64_t *buckets = ARENA_ARRAY(m->r->perm, edge_count + 2, int64_t), total = 0;
  for (size_t i = 0; i < edge_count; i++) edge[i] = (int32_t)number_of(json_text(json_item(edges, i)));
  for (size_t i = 0; i < count; i++) {
    const json *o = json_item(list, i);
    v[i] = (aging_invoice){text_of(o, "id"), date_in(m, o, "due"), sum_of(m, o, "open")};
  }
  aging_terms t = {.as_of = date_in(m, m->in, "as_of"), .edges = edge, .edge_count = edge_count};
  read_due_rule(m, &t);
  if (!m->reads || !metrics_aging(&t, v, count, buckets, late)) return;
  json_begin_object(m->got, "buckets");
  for (size_t i = 0; i < edge_count + 2; i++) {
    slice name = aging_bucket_name(&t, i, m->r->perm);
    tell_sum(m, arena_copy(m->r->perm, name), buckets[i]);
    total += buckets[i];
  }
  json_end(m->got);
  json_begin_object(m->got, "days_late");
  for (size_t i = 0; i < count; i++) json_put_int(m->got, arena_copy(m->r->perm, v[i].id), late[i]);
  json_end(m->got);
  tell_sum(m, "total", total);
}

static void dso(metric_case *m) {
  tell_ratio(m, "days", metrics_dso(sum_in(m, "receivables"), sum_in(m, "credit_sales"), whole_or(m->in, "days", 0)));
}

static void dso_countback(metric_case *m) {
  const json *list = json_member(m->in, slice_of("months_newest_first"));
  size_t count = json_count(list);
  month_sales *v = ARENA_ARRAY(m->r->perm, count + 1, month_sales);
  for (size_t i = 0; i < count; i++) {
    const json *o = json_item(list, i);
    v[i] = (month_sales){sum_of(m, o, "sales"), whole_or(o, "days", 0)};
  }
  int64_t unexplained;
  tell_ratio(m, "days", metrics_dso_countback(sum_in(m, "receivables"), v, count, &unexplained));
  tell_sum(m, "unexplained", unexplained);
}

static void add(metric_case *m) {
  int64_t receivables = sum_in(m, "receivables"), current = sum_in(m, "current_receivables");
  int64_t sales = sum_in(m, "credit_sales");
  int32_t days = whole_or(m->in, "days", 0);
  tell_ratio(m, "dso", metrics_dso(receivables, sales, days));
  tell_ratio(m, "best_possible_dso", metrics_dso(current, sales, days));
  tell_ratio(m, "add", metrics_add(receivables, current, sales, days));
}

static void cei(metric_case *m) {
  tell_ratio(m, "percent",
             metrics_cei(sum_in(m, "beginning_receivables"), sum_in(m, "credit_sales"),
                         whole_or(m->in, "divide_sales_by", 1), sum_in(m, "ending_receivables"),
                         sum_in(m, "ending_current")));
}

static void promise_kept(metric_case *m) {
  const json *list = json_member(m->in, slice_of("promises"));
  size_t count = json_count(list);
  promise_case *v = ARENA_ARRAY(m->r->perm, count + 1, promise_case);
  for (size_t i = 0; i < count; i++) {
    const json *o = json_item(list, i), *paid = json_member(o, slice_of("payments"));
    dated_sum *payments = ARENA_ARRAY(m->r->perm, json_count(paid) + 1, dated_sum);
    for (size_t k = 0; k < json_count(paid); k++)
      payments[k] = (dated_sum){date_in(m, json_item(paid, k), "date"), sum_of(m, json_item(paid, k), "amount")};
    v[i] = (promise_case){sum_of(m, o, "amount"), date_in(m, o, "due"), payments, json_count(paid)};
  }
  promise_result x;
  if (!metrics_promises(date_in(m, m->in, "as_of"), whole_or(m->in, "grace_days", 0), v, count, &x)) return;
  tell_count(m, "kept", x.kept);
  tell_count(m, "broken", x.broken);
  tell_count(m, "pending", x.pending);
  tell_count(m, "partial", x.partial);
  tell_ratio(m, "rate_by_count", x.rate_by_count);
  tell_ratio(m, "rate_by_amount", x.rate_by_amount);
}

static void recovery_by_step(metric_case *m) {
  const json *steps = json_member(m->in, slice_of("steps")), *paid = json_member(m->in, slice_of("payments"));
  size_t count = json_count(steps), payment_count = json_count(paid), results;
  step_run *runs = ARENA_ARRAY(m->r->perm, count + 1, step_run);
  step_payment *payments = ARENA_ARRAY(m->r->perm, payment_count + 1, step_payment);
  step_recovery *out = ARENA_ARRAY(m->r->perm, count + 1, step_recovery);
  for (size_t i = 0; i < count; i++) {
    const json *o = json_item(steps, i);
    runs[i] = (step_run){text_of(o, "step"), text_of(o, "invoice"), date_in(m, o, "date"), sum_of(m, o, "overdue")};
  }
  for (size_t i = 0; i < payment_count; i++) {
    const json *o = json_item(paid, i);
    payments[i] = (step_payment){text_of(o, "invoice"), date_in(m, o, "date"), sum_of(m, o, "amount")};
  }
  if (!metrics_recovery(runs, count, payments, payment_count, whole_or(m->in, "window_days", 0), out, &results)) return;
  for (size_t i = 0; i < results; i++) {
    json_begin_object(m->got, arena_copy(m->r->perm, out[i].step));
    tell_sum(m, "overdue", out[i].overdue);
    tell_sum(m, "recovered", out[i].recovered);
    tell_ratio(m, "percent", out[i].percent);
    json_end(m->got);
  }
}

static void recovery_rate(metric_case *m) {
  tell_ratio(m, "percent", ratio_percent(sum_in(m, "collected"), sum_in(m, "outstanding")));
}

static void delinquency_rate(metric_case *m) {
  tell_ratio(m, "percent", ratio_percent(sum_in(m, "overdue"), sum_in(m, "total_receivables")));
}

static void weighted_days_late(metric_case *m) {
  const json *list = json_member(m->in, slice_of("payments"));
  size_t count = json_count(list);
  late_payment *v = ARENA_ARRAY(m->r->perm, count + 1, late_payment);
  for (size_t i = 0; i < count; i++) {
    const json *o = json_item(list, i);
    v[i] = (late_payment){sum_of(m, o, "amount"), whole_or(o, "days_late", 0)};
  }
  ratio weighted, simple;
  if (!metrics_days_late(v, count, &weighted, &simple)) return;
  tell_ratio(m, "weighted", weighted);
  tell_ratio(m, "simple", simple);
}

/* --- revenue
 * ---------------------------------------------------------------------------------------------------------- */

static void mrr(metric_case *m) {
  const json *list = json_member(m->in, slice_of("contracts"));
  size_t count = json_count(list);
  recurring *v = ARENA_ARRAY(m->r->perm, count + 1, recurring);
  for (size_t i = 0; i < count; i++) {
    const json *o = json_item(list, i);
    slice status = text_of(o, "status");
    billing_period per = billing_period_find(text_of(o, "per"));
    m->reads = m->reads && per != PERIOD_COUNT;
    v[i] = (recurring){sum_of(m, o, "amount"), per, whole_or(o, "quantity", 1),
                       status.n == 0 || slice_eq(status, SLICE("active"))};
  }
  rational cents, year;
  if (!m->reads || !metrics_mrr(v, count, &cents) || !rational_mul(cents, rational_of(12), &year)) return;
  int64_t sum = 0, year_sum = 0;
  if (!rational_round(cents, ROUND_HALF_UP, &sum) || !rational_round(year, ROUND_HALF_UP, &year_sum)) return;
  tell_sum(m, "mrr", sum);
  tell_sum(m, "arr", year_sum);
}

static void tell_move(metric_case *m, const revenue_move *x) {
  tell_ratio(m, "nrr_percent", metrics_nrr(x));
  tell_ratio(m, "grr_percent", metrics_grr(x));
  tell_ratio(m, "revenue_churn_percent", metrics_revenue_churn(x));
}

static void nrr(metric_case *m) {
  revenue_move x = {.starting = sum_in(m, "starting_mrr"),
                    .expansion = sum_in(m, "expansion"),
                    .contraction = sum_in(m, "contraction"),
                    .churned = sum_in(m, "churned")};
  tell_move(m, &x);
}

static customer_revenue *read_customers(metric_case *m, const char *key, size_t *count) {
  const json *o = json_member(m->in, slice_of(key));
  customer_revenue *v = ARENA_ARRAY(m->r->perm, json_count(o) + 1, customer_revenue);
  *count = json_count(o);
  for (size_t i = 0; i < *count; i++)
    v[i] = (customer_revenue){json_name(json_item(o, i)), sum_value(m, json_item(o, i))};
  return v;
}

static void nrr_from_customers(metric_case *m) {
  size_t start_count, end_count;
  customer_revenue *start = read_customers(m, "start", &start_count), *end = read_customers(m, "end", &end_count);
  revenue_move x;
  if (!metrics_revenue_move(start, start_count, end, end_count, &x)) return;
  tell_sum(m, "new", x.added);
  tell_sum(m, "expansion", x.expansion);
  tell_sum(m, "contraction", x.contraction);
  tell_sum(m, "churned", x.churned);
  tell_move(m, &x);
  tell_ratio(m, "logo_churn_percent", metrics_logo_churn(&x));
}

static void revenue_leakage(metric_case *m) {
  const json *list = json_member(m->in, slice_of("lines"));
  size_t count = json_count(list);
  leakage_line *v = ARENA_ARRAY(m->r->perm, count + 1, leakage_line);
  for (size_t i = 0; i < count; i++) {
    const json *o = json_item(list, i);
    v[i] = (leakage_line){sum_of(m, o, "expected"), sum_of(m, o, "billed")};
  }
  leakage x;
  if (!metrics_leakage(v, count, &x)) return;
  tell_sum(m, "net", x.net);
  tell_sum(m, "gross_underbilled", x.underbilled);
  tell_ratio(m, "net_percent", ratio_percent(x.net, x.expected));
  tell_ratio(m, "gross_percent", ratio_percent(x.underbilled, x.expected));
}

/* --- cases
 * ------------------------------------------------------------------------------------------------------------ */

static const struct {
  const char *name;
  void (*compute)(metric_case *);
} metrics[] = {{"aging", aging},
               {"dso", dso},
               {"dso_countback", dso_countback},
               {"add", add},
               {"cei", cei},
               {"promise_kept", promise_kept},
               {"recovery_by_step", recovery_by_step},
               {"recovery_rate", recovery_rate},
               {"delinquency_rate", delinquency_rate},
               {"weighted_days_late", weighted_days_late},
               {"mrr", mrr},
               {"nrr", nrr},
               {"nrr_from_customers", nrr_from_customers},
               {"revenue_leakage", revenue_leakage}};

static int by_name(const void *a, const void *b) {
  return slice_cmp(json_name(*(const json *const *)a), json_name(*(const json *const *)b));
}

/* Members by their names: two texts are the same where two values are. Of an object whose `like` is another one, only
 * the members that both have. */
static void put_sorted(metric_case *m, json_writer *w, const char *name, const json *v, const json *like) {
  size_t n = json_count(v);
  if (json_kind_of(v) != JSON_OBJECT) {
    json_put_json(w, name, v);
    return;
  }
  const json **members = ARENA_ARRAY(m->r->perm, n + 1, const json *);
  for (size_t i = 0; i < n; i++) members[i] = json_item(v, i);
  qsort(members, n, sizeof *members, by_name);
  json_begin_object(w, name);
  for (size_t i = 0; i < n; i++) {
    slice its = json_name(members[i]);
    if (!like || json_member(like, its)) put_sorted(m, w, arena_copy(m->r->perm, its), members[i], NULL);
  }
  json_end(w);
}

static slice shown(metric_case *m, const json *v, const json *like) {
  json_writer *w = json_write(m->r->perm);
  put_sorted(m, w, NULL, v, like);
  return json_written(w);
}

static void check_metric(metric_case *m, const json *x) {
  const json *expected = json_member(x, SLICE("expected"));
  slice why;
  json_begin_object(m->got, NULL);
  for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++)
    if (slice_eq(text_of(x, "metric"), slice_of(metrics[i].name))) metrics[i].compute(m);
  json_end(m->got);
  const json *got = json_parse(json_written(m->got), m->r->perm, &why);
  slice told = m->reads ? shown(m, got, expected) : SLICE("a case that does not read");
  judge(m->r, text_of(x, "id"), shown(m, expected, NULL), told);
}

void check_metrics(run *r, slice text) {
  slice why;
  const json *cases = json_parse(text, r->perm, &why);
  if (json_kind_of(cases) != JSON_LIST) judge(r, SLICE("metrics.json"), SLICE("an array"), SLICE("no array"));
  for (size_t i = 0; i < json_count(cases); i++) {
    const json *x = json_item(cases, i);
    metric_case m = {.r = r, .in = json_member(x, SLICE("inputs")), .got = json_write(r->perm), .reads = true};
    check_metric(&m, x);
  }
}
