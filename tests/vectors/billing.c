/* billing.csv: due dates, schedules, proration, splits, renewals. */
#include "lang/base/billing.h"
#include "lang/base/proration.h"
#include "tests/vectors/vectors.h"

#define PARTS_MAX 1000

typedef struct billing_row {
  slice op, method;
  int64_t amount, amount2;
  civil_date start, end, change; /* DATE_NONE: empty; a month is its first day */
  long day, n;
  const calendar *cal;
} billing_row;

static slice dates_text(run *r, const civil_date *d, size_t count) {
  slice all = SLICE("");
  for (size_t i = 0; i < count; i++)
    all = arena_printf(r->perm, "%.*s%s%.*s", SLICE_ARG(all), i ? ";" : "", SLICE_ARG(date_slice(r, d[i])));
  return all;
}

static slice sums_text(run *r, const int64_t *sums, size_t count) {
  slice all = SLICE("");
  for (size_t i = 0; i < count; i++)
    all = arena_printf(r->perm, "%.*s%s%.*s", SLICE_ARG(all), i ? ";" : "", SLICE_ARG(cents_slice(r, sums[i])));
  return all;
}

static slice schedule_text(run *r, const billing_row *b) {
  slice rest = b->method;
  (void)take_part(&rest, '-');
  long every = number_of(take_part(&rest, '-'));
  if (every < 1 || b->n < 0 || b->n > PARTS_MAX) return SLICE("a schedule that does not read");
  civil_date *dates = ARENA_ARRAY(r->perm, (size_t)b->n + 1, civil_date);
  for (int i = 0; i < b->n; i++) dates[i] = billing_schedule(b->start, (int)b->day, (int32_t)every, i);
  return dates_text(r, dates, (size_t)b->n);
}

static slice due_text(run *r, const billing_row *b) {
  due_roll roll = b->method.n ? due_roll_find(b->method) : DUE_ROLL_NONE;
  if (roll == DUE_ROLL_COUNT) return SLICE("an unknown method");
  due_day due = {(int)b->day, roll, b->cal};
  if (slice_eq(b->op, SLICE("due_date"))) return date_slice(r, billing_due(&due, b->start));
  return date_slice(r, billing_run_due(&due, b->start, (int32_t)b->n));
}

static slice proration_text(run *r, const billing_row *b) {
  proration_rule how = proration_find(b->method);
  int64_t sum = 0;
  if (how == PRORATION_COUNT) return SLICE("an unknown method");
  proration_status status = PRORATION_OK;
  if (slice_eq(b->op, SLICE("prorate_start")))
    status = prorate_start(how, b->amount, b->start, ROUND_HALF_UP, &sum);
  else if (slice_eq(b->op, SLICE("prorate_end")))
    status = prorate_end(how, b->amount, b->end, ROUND_HALF_UP, &sum);
  else if (slice_eq(b->op, SLICE("prorate_days")))
    status =
        prorate_days(how, b->amount, (int32_t)b->n, date_is_none(b->start) ? b->end : b->start, ROUND_HALF_UP, &sum);
  else {
    price_change c = {b->amount, b->amount2, b->start, b->end, b->change};
    price_change_result x;
    status = prorate_change(how, &c, ROUND_HALF_UP, &x);
    if (status == PRORATION_OK) return sums_text(r, (int64_t[]){x.credit, x.charge, x.net}, 3);
  }
  return status == PRORATION_OK ? cents_slice(r, sum) : SLICE("not computed");
}

static slice split_text(run *r, const billing_row *b) {
  cents_rule how = cents_find(b->method);
  if (how == CENTS_COUNT || b->n < 1 || b->n > PARTS_MAX) return SLICE("a split that does not read");
  int64_t *parts = ARENA_ARRAY(r->perm, (size_t)b->n, int64_t);
  billing_split(b->amount, (size_t)b->n, how, parts);
  return sums_text(r, parts, (size_t)b->n);
}

static slice billing_answer(run *r, const billing_row *b) {
  if (slice_eq(b->op, SLICE("due_date")) || slice_eq(b->op, SLICE("bill_run"))) return due_text(r, b);
  if (slice_eq(b->op, SLICE("schedule"))) return schedule_text(r, b);
  if (slice_starts(b->op, SLICE("prorate_")) || slice_eq(b->op, SLICE("change"))) return proration_text(r, b);
  if (slice_eq(b->op, SLICE("split"))) return split_text(r, b);
  if (!slice_eq(b->op, SLICE("renewal"))) return SLICE("an unknown operation");
  renewal_dates w = billing_renewal(b->start, (int32_t)b->n, (int32_t)b->day);
  return dates_text(r, (civil_date[]){w.last_day, w.renews, w.notice_last}, 3);
}

static bool read_date(slice s, civil_date *out) {
  *out = DATE_NONE;
  return s.n == 0 || date_parse(s, out) || date_parse_month(s, out);
}

void check_billing(run *r, const table *t) {
  for (size_t i = 0; i < t->count; i++) {
    const row *x = &t->rows[i];
    billing_row b = {.op = cell(t, x, "op"),
                     .method = cell(t, x, "method"),
                     .day = number_of(cell(t, x, "day")),
                     .n = number_of(cell(t, x, "n")),
                     .cal = calendar_named(r, cell(t, x, "calendar"))};
    bool reads = cents_of(cell(t, x, "amount"), &b.amount) && cents_of(cell(t, x, "amount2"), &b.amount2) &&
                 read_date(cell(t, x, "start"), &b.start) && read_date(cell(t, x, "end"), &b.end) &&
                 read_date(cell(t, x, "change"), &b.change) && b.cal;
    judge(r, cell(t, x, "id"), cell(t, x, "expected"),
          reads ? billing_answer(r, &b) : SLICE("a row that does not read"));
  }
}
