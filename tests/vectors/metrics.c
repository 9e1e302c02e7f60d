/* metrics.json: each case's inputs as the structs of lang/base/metrics.h; every expected member is compared. The one
 * test source that reads JSON. */
#include <jansson.h>
#include <stdlib.h>

#include "lang/base/metrics.h"
#include "tests/vectors/vectors.h"

typedef struct metric_case {
  run *r;
  const json_t *in;
  json_t *got;
  bool reads; /* every input so far */
} metric_case;

/* --- reading
 * ---------------------------------------------------------------------------------------------------------- */

static slice text_of(const json_t *o, const char *key) {
  const char *text = json_string_value(json_object_get(o, key));
  return text ? slice_of(text) : SLICE("");
}

/* A sum in cents; a number is one too. What does not read fails the case. */
static int64_t sum_value(metric_case *m, const json_t *v) {
  int64_t n = 0;
  if (json_is_integer(v)) return json_integer_value(v) * 100;
  m->reads = m->reads && json_is_string(v) && cents_of(slice_of(json_string_value(v)), &n);
  return n;
}

static int64_t sum_of(metric_case *m, const json_t *o, const char *key) {
  return sum_value(m, json_object_get(o, key));
}
static int64_t sum_in(metric_case *m, const char *key) { return sum_of(m, m->in, key); }

static int32_t whole_or(const json_t *o, const char *key, int32_t otherwise) {
  const json_t *v = json_object_get(o, key);
  return v ? (int32_t)json_integer_value(v) : otherwise;
}

static civil_date date_in(metric_case *m, const json_t *o, const char *key) {
  civil_date d = {0};
  m->reads = m->reads && date_parse(text_of(o, key), &d);
  return d;
}

/* --- telling
 * ---------------------------------------------------------------------------------------------------------- */

static void tell_sum_in(metric_case *m, json_t *o, const char *key, int64_t n) {
  json_object_set_new(o, key, json_string(cents_slice(m->r, n).p));
}

static void tell_sum(metric_case *m, const char *key, int64_t n) { tell_sum_in(m, m->got, key, n); }

/* In two decimals; null where it is unknown. */
static void tell_ratio_in(metric_case *m, json_t *o, const char *key, ratio x) {
  decimal d;
  json_object_set_new(o, key, ratio_show(x, 2, &d) ? json_string(cents_slice(m->r, d.n).p) : json_null());
}

static void tell_ratio(metric_case *m, const char *key, ratio x) { tell_ratio_in(m, m->got, key, x); }
static void tell_count(metric_case *m, const char *key, uint32_t n) {
  json_object_set_new(m->got, key, json_integer(n));
}

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
  const json_t *list = json_object_get(m->in, "invoices"), *edges = json_object_get(m->in, "bucket_edges");
  size_t count = json_array_size(list), edge_count = json_array_size(edges);
  aging_invoice *v = ARENA_ARRAY(m->r->perm, count + 1, aging_invoice);
  int32_t *edge = ARENA_ARRAY(m->r->perm, edge_count + 1, int32_t), *late = ARENA_ARRAY(m->r->perm, count + 1, int32_t);
  int64_t *buckets = ARENA_ARRAY(m->r->perm, edge_count + 2, int64_t), total = 0;
  for (size_t i = 0; i < edge_count; i++) edge[i] = (int32_t)json_integer_value(json_array_get(edges, i));
  for (size_t i = 0; i < count; i++) {
    const json_t *o = json_array_get(list, i);
    v[i] = (aging_invoice){text_of(o, "id"), date_in(m, o, "due"), sum_of(m, o, "open")};
  }
  aging_terms t = {.as_of = date_in(m, m->in, "as_of"), .edges = edge, .edge_count = edge_count};
  read_due_rule(m, &t);
  if (!m->reads || !metrics_aging(&t, v, count, buckets, late)) return;
  json_t *by_bucket = json_object(), *days = json_object();
  for (size_t i = 0; i < edge_count + 2; i++) {
    slice name = aging_bucket_name(&t, i, m->r->perm);
    tell_sum_in(m, by_bucket, arena_copy(m->r->perm, name), buckets[i]);
    total += buckets[i];
  }
  for (size_t i = 0; i < count; i++) json_object_set_new(days, arena_copy(m->r->perm, v[i].id), json_integer(late[i]));
  json_object_set_new(m->got, "buckets", by_bucket);
  json_object_set_new(m->got, "days_late", days);
  tell_sum(m, "total", total);
}

static void dso(metric_case *m) {
  tell_ratio(m, "days", metrics_dso(sum_in(m, "receivables"), sum_in(m, "credit_sales"), whole_or(m->in, "days", 0)));
}

static void dso_countback(metric_case *m) {
  const json_t *list = json_object_get(m->in, "months_newest_first");
  size_t count = json_array_size(list);
  month_sales *v = ARENA_ARRAY(m->r->perm, count + 1, month_sales);
  for (size_t i = 0; i < count; i++) {
    const json_t *o = json_array_get(list, i);
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
  const json_t *list = json_object_get(m->in, "promises");
  size_t count = json_array_size(list);
  promise_case *v = ARENA_ARRAY(m->r->perm, count + 1, promise_case);
  for (size_t i = 0; i < count; i++) {
    const json_t *o = json_array_get(list, i), *paid = json_object_get(o, "payments");
    dated_sum *payments = ARENA_ARRAY(m->r->perm, json_array_size(paid) + 1, dated_sum);
    for (size_t k = 0; k < json_array_size(paid); k++)
      payments[k] =
          (dated_sum){date_in(m, json_array_get(paid, k), "date"), sum_of(m, json_array_get(paid, k), "amount")};
    v[i] = (promise_case){sum_of(m, o, "amount"), date_in(m, o, "due"), payments, json_array_size(paid)};
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
  const json_t *steps = json_object_get(m->in, "steps"), *paid = json_object_get(m->in, "payments");
  size_t count = json_array_size(steps), payment_count = json_array_size(paid), results;
  step_run *runs = ARENA_ARRAY(m->r->perm, count + 1, step_run);
  step_payment *payments = ARENA_ARRAY(m->r->perm, payment_count + 1, step_payment);
  step_recovery *out = ARENA_ARRAY(m->r->perm, count + 1, step_recovery);
  for (size_t i = 0; i < count; i++) {
    const json_t *o = json_array_get(steps, i);
    runs[i] = (step_run){text_of(o, "step"), text_of(o, "invoice"), date_in(m, o, "date"), sum_of(m, o, "overdue")};
  }
  for (size_t i = 0; i < payment_count; i++) {
    const json_t *o = json_array_get(paid, i);
    payments[i] = (step_payment){text_of(o, "invoice"), date_in(m, o, "date"), sum_of(m, o, "amount")};
  }
  if (!metrics_recovery(runs, count, payments, payment_count, whole_or(m->in, "window_days", 0), out, &results)) return;
  for (size_t i = 0; i < results; i++) {
    json_t *o = json_object();
    tell_sum_in(m, o, "overdue", out[i].overdue);
    tell_sum_in(m, o, "recovered", out[i].recovered);
    tell_ratio_in(m, o, "percent", out[i].percent);
    json_object_set_new(m->got, arena_copy(m->r->perm, out[i].step), o);
  }
}

static void recovery_rate(metric_case *m) {
  tell_ratio(m, "percent", ratio_percent(sum_in(m, "collected"), sum_in(m, "outstanding")));
}

static void delinquency_rate(metric_case *m) {
  tell_ratio(m, "percent", ratio_percent(sum_in(m, "overdue"), sum_in(m, "total_receivables")));
}

static void weighted_days_late(metric_case *m) {
  const json_t *list = json_object_get(m->in, "payments");
  size_t count = json_array_size(list);
  late_payment *v = ARENA_ARRAY(m->r->perm, count + 1, late_payment);
  for (size_t i = 0; i < count; i++) {
    const json_t *o = json_array_get(list, i);
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
  const json_t *list = json_object_get(m->in, "contracts");
  size_t count = json_array_size(list);
  recurring *v = ARENA_ARRAY(m->r->perm, count + 1, recurring);
  for (size_t i = 0; i < count; i++) {
    const json_t *o = json_array_get(list, i);
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
  json_t *o = json_object_get(m->in, key), *value;
  const char *name;
  customer_revenue *v = ARENA_ARRAY(m->r->perm, json_object_size(o) + 1, customer_revenue);
  *count = 0;
  json_object_foreach(o, name, value) v[(*count)++] = (customer_revenue){slice_of(name), sum_value(m, value)};
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
  const json_t *list = json_object_get(m->in, "lines");
  size_t count = json_array_size(list);
  leakage_line *v = ARENA_ARRAY(m->r->perm, count + 1, leakage_line);
  for (size_t i = 0; i < count; i++) {
    const json_t *o = json_array_get(list, i);
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

static slice dumped(metric_case *m, const json_t *v) {
  char *text = v ? json_dumps(v, JSON_SORT_KEYS | JSON_ENCODE_ANY) : NULL;
  slice copy = text ? arena_slice(m->r->perm, slice_of(text)) : SLICE("nothing");
  free(text);
  return copy;
}

static void check_metric(metric_case *m, const json_t *x) {
  json_t *expected = json_object_get(x, "expected"), *want, *shown = json_object();
  const char *key;
  for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++)
    if (slice_eq(text_of(x, "metric"), slice_of(metrics[i].name))) metrics[i].compute(m);
  json_object_foreach(expected, key, want) {
    json_t *got = json_object_get(m->got, key);
    if (got) json_object_set(shown, key, got);
  }
  slice got = m->reads ? dumped(m, shown) : SLICE("a case that does not read");
  judge(m->r, text_of(x, "id"), dumped(m, expected), got);
  json_decref(shown);
}

void check_metrics(run *r, slice text) {
  json_error_t error;
  json_t *cases = json_loadb(text.p, text.n, 0, &error);
  if (!json_is_array(cases)) judge(r, SLICE("metrics.json"), SLICE("an array"), SLICE("no array"));
  for (size_t i = 0; i < json_array_size(cases); i++) {
    const json_t *x = json_array_get(cases, i);
    metric_case m = {.r = r, .in = json_object_get(x, "inputs"), .got = json_object(), .reads = true};
    check_metric(&m, x);
    json_decref(m.got);
  }
  json_decref(cases);
}
