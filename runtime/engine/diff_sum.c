/* See diff_sum.h. */
#include "diff_sum.h"

#include <stdlib.h>

int64_t *diff_open(arena *perm, const facts *f) {
  uint32_t n = f->t[ENT_INVOICE].n;
  int64_t *open = ARENA_ARRAY(perm, n + 1, int64_t);
  for (uint32_t i = 0; i < n; i++) open[i] = fact_int(f, FIELD_INVOICE_OPEN, i);
  return open;
}

uint32_t diff_count(const diff_act *v, uint32_t n, int32_t day) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < n; i++) count += v[i].day == day;
  return count;
}

/* ---- totals ---- */

static bool counts(const diff_sums *s, const diff_item *i, unsigned kind, bool today) {
  return (kind == DIFF_ANY || i->kind == (diff_kind)kind) && (!today || diff_on(i, s->today));
}

static int by_code(const void *x, const void *y) {
  const money *a = x, *b = y;
  return strcmp(currency_code(a->cur), currency_code(b->cur));
}

/* The sums of the marked invoices. */
static void sum_open(arena *perm, const diff_sums *s, const bool *marked, diff_total *t) {
  money *sums = ARENA_ARRAY(perm, CURRENCY_COUNT, money), *out = ARENA_ARRAY(perm, CURRENCY_COUNT, money);
  bool *any = ARENA_ARRAY(perm, CURRENCY_COUNT, bool), *large = ARENA_ARRAY(perm, CURRENCY_COUNT, bool);
  for (uint32_t i = 0; i < s->f->t[ENT_INVOICE].n; i++) {
    currency c = s->f->cur[i];
    if (!marked[i] || s->open[i] == FACT_MISSING) continue;
    sums[c].cur = c;
    any[c] = true;
    if (!money_add(sums[c], (money){s->open[i], c}, &sums[c])) large[c] = true;
  }
  for (currency c = 0; c < CURRENCY_COUNT; c++) {
    t->too_large |= large[c];
    if (any[c] && !large[c]) out[t->open_count++] = sums[c];
  }
  if (t->open_count) qsort(out, t->open_count, sizeof *out, by_code);
  t->open = out;
}

diff_total diff_total_of(arena *perm, const diff_sums *s, unsigned kind, bool today) {
  diff_total t = {0};
  uint32_t invoices = s->f->t[ENT_INVOICE].n, customers = s->f->t[ENT_CUSTOMER].n;
  bool *marked = ARENA_ARRAY(perm, invoices + 1, bool), *who = ARENA_ARRAY(perm, customers + 1, bool);
  for (uint32_t i = 0; i < s->d->n; i++) {
    const diff_act *a = diff_shown(&s->d->v[i]);
    if (!counts(s, &s->d->v[i], kind, today)) continue;
    t.acts++;
    if (a->of == ENT_INVOICE && !marked[a->row]) marked[a->row] = true, t.invoices++;
    if (a->customer != VM_NO_ROW && !who[a->customer]) who[a->customer] = true, t.customers++;
  }
  sum_open(perm, s, marked, &t);
  return t;
}

/* ---- steps ---- */

static slice by_what(const diff_act *a) {
  return a->ch != CH_COUNT ? slice_of(CHANNELS[a->ch]) : slice_of(ACTIONS[a->kind].words);
}

/* About how many days after its anchor a rung stands ("-3d", "2w"): for the order alone. What is no rung stands last.
 */
static int64_t about(slice step) {
  int64_t n = 0, sign = 1;
  size_t i = 0;
  if (i < step.n && step.p[i] == '-') sign = -1, i++;
  if (i == step.n || step.p[i] < '0' || step.p[i] > '9') return INT64_MAX;
  for (; i < step.n && step.p[i] >= '0' && step.p[i] <= '9' && n < 1000000; i++) n = n * 10 + (step.p[i] - '0');
  char unit = i < step.n ? step.p[i] : 'd';
  return sign * n * (unit == 'w' ? 7 : unit == 'm' ? 30 : unit == 'y' ? 365 : 1);
}

static int by_step(const void *x, const void *y) {
  const diff_step *a = x, *b = y;
  int order = slice_cmp(a->ladder, b->ladder);
  int64_t i = about(a->rung), k = about(b->rung);
  if (!order) order = (i > k) - (i < k);
  if (!order) order = slice_cmp(a->rung, b->rung);
  return order ? order : slice_cmp(a->by, b->by);
}

uint32_t diff_steps(arena *perm, const diff_sums *s, const diff_step **out) {
  diff_step *v = ARENA_ARRAY(perm, s->d->n + 1, diff_step);
  uint32_t n = 0;
  for (uint32_t i = 0; i < s->d->n; i++) {
    const diff_item *x = &s->d->v[i];
    const diff_act *a = diff_shown(x);
    v[i] = (diff_step){.ladder = a->ladder, .rung = a->rung, .by = by_what(a)};
    v[i].all[x->kind] = 1;
    v[i].today[x->kind] = diff_on(x, s->today);
  }
  if (s->d->n) qsort(v, s->d->n, sizeof *v, by_step);
  for (uint32_t i = 0; i < s->d->n; i++) {
    if (n == 0 || by_step(&v[n - 1], &v[i]) != 0) {
      v[n++] = v[i];
      continue;
    }
    for (int k = 0; k < DIFF_KIND_COUNT; k++) v[n - 1].all[k] += v[i].all[k], v[n - 1].today[k] += v[i].today[k];
  }
  *out = v;
  return n;
}

/* ---- samples ---- */

typedef struct weighed {
  __int128 worth; /* with as many decimals in every currency */
  slice customer, number;
  const diff_item *item;
} weighed;

static __int128 worth(const diff_sums *s, uint32_t row) {
  __int128 w = s->open[row] == FACT_MISSING ? 0 : s->open[row];
  for (unsigned k = currency_minor(s->f->cur[row]); k < 4; k++) w *= 10;
  return w;
}

static int most_first(const void *x, const void *y) {
  const weighed *a = x, *b = y;
  if (a->worth != b->worth) return a->worth > b->worth ? -1 : 1;
  int order = slice_cmp(a->customer, b->customer);
  if (!order) order = slice_cmp(a->number, b->number);
  return order ? order : (a->item > b->item) - (a->item < b->item); /* one array: the earlier day */
}

uint32_t diff_samples(arena *perm, const diff_sums *s, diff_kind kind, uint32_t max, const diff_item **out) {
  weighed *v = ARENA_ARRAY(perm, s->d->n + 1, weighed);
  bool *taken = ARENA_ARRAY(perm, s->f->t[ENT_INVOICE].n + 1, bool);
  uint32_t n = 0;
  for (uint32_t i = 0; i < s->d->n; i++) {
    const diff_act *a = diff_shown(&s->d->v[i]);
    if (s->d->v[i].kind != kind || a->of != ENT_INVOICE || taken[a->row]) continue;
    taken[a->row] = true;
    slice customer = a->customer == VM_NO_ROW ? (slice){0} : s->f->t[ENT_CUSTOMER].number[a->customer];
    v[n++] = (weighed){worth(s, a->row), customer, s->f->t[ENT_INVOICE].number[a->row], &s->d->v[i]};
  }
  if (n) qsort(v, n, sizeof *v, most_first);
  for (uint32_t i = 0; i < n && i < max; i++) out[i] = v[i].item;
  return n < max ? n : max;
}
