/* See metrics_report.h: what was owed on a day, by how late it was, by whom it is owed. Sums are kept per pair of a
 * line (all, a customer, a segment, an owner) and a currency; only pairs that owe have a place. */
#include <stdlib.h>

#include "metrics_report.h"
#include "runtime/store/measure.h"

typedef struct pair {
  uint32_t line, cur; /* cur: index into `currencies` */
} pair;

typedef struct aging {
  const books *b;
  const metrics_asked *a;
  arena *own;
  currency currencies[CURRENCY_COUNT];
  uint32_t currency_count, lines, width; /* width: buckets */
  uint32_t *at;                          /* per line and currency: index + 1 of its pair */
  pair *pairs;
  uint32_t pair_count;
  int64_t *sums; /* per pair: its buckets */
} aging;

static uint32_t line_count(const books *b, metrics_group g) {
  switch (g) {
  case METRICS_BY_all: return 1;
  case METRICS_BY_customer: return b->customer_count;
  case METRICS_BY_segment: return b->segment_count;
  case METRICS_BY_owner: return b->owner_count;
  case METRICS_GROUP_COUNT: break;
  }
  return 1;
}

static uint32_t line_of(const books *b, metrics_group g, uint32_t invoice) {
  uint32_t customer = b->customer[invoice];
  switch (g) {
  case METRICS_BY_all: return 0;
  case METRICS_BY_customer: return customer;
  case METRICS_BY_segment: return b->segment[customer];
  case METRICS_BY_owner: return b->owner[customer];
  case METRICS_GROUP_COUNT: break;
  }
  return 0;
}

static void find_pairs(aging *g, const book_position *p, const uint8_t *cur_at) {
  const books *b = g->b;
  g->lines = line_count(b, g->a->group);
  g->at = ARENA_ARRAY(g->own, (size_t)g->lines * g->currency_count + 1, uint32_t);
  for (uint32_t i = 0; i < b->n; i++)
    if (p->open[i]) {
      uint32_t *at = &g->at[(size_t)line_of(b, g->a->group, i) * g->currency_count + cur_at[b->cur[i]]];
      if (!*at) *at = ++g->pair_count;
    }
  g->pairs = ARENA_ARRAY(g->own, g->pair_count + 1, pair);
  for (uint32_t at_line = 0; at_line < g->lines; at_line++)
    for (uint32_t c = 0; c < g->currency_count; c++) {
      uint32_t k = g->at[(size_t)at_line * g->currency_count + c];
      if (k) g->pairs[k - 1] = (pair){at_line, c};
    }
}

static void add_up(aging *g, const book_position *p) {
  const books *b = g->b;
  uint8_t cur_at[CURRENCY_COUNT] = {0};
  g->currency_count = metrics_currencies(b, g->currencies);
  for (uint32_t c = 0; c < g->currency_count; c++) cur_at[g->currencies[c]] = (uint8_t)c;
  g->width = g->a->edge_count + 2;
  find_pairs(g, p, cur_at);
  metrics_buckets k = metrics_buckets_of(g->a, p->on, g->own);
  g->sums = ARENA_ARRAY(g->own, (size_t)g->pair_count * g->width + 1, int64_t);
  for (uint32_t i = 0; i < b->n; i++) {
    if (!p->open[i]) continue;
    uint32_t at = g->at[(size_t)line_of(b, g->a->group, i) * g->currency_count + cur_at[b->cur[i]]] - 1;
    g->sums[(size_t)at * g->width + metrics_bucket(&k, p->due[i])] += p->open[i];
  }
}

static int64_t total_of(const aging *g, uint32_t at) {
  int64_t sum = 0;
  for (uint32_t k = 0; k < g->width; k++) sum += g->sums[(size_t)at * g->width + k];
  return sum;
}

/* ---- lines ---- */

typedef struct sorted {
  uint32_t at, line, cur;
  int64_t overdue;
} sorted;

/* By currency, the one that owes most overdue first. */
static int by_overdue(const void *va, const void *vb) {
  const sorted *a = va, *b = vb;
  if (a->cur != b->cur) return a->cur < b->cur ? -1 : 1;
  if (a->overdue != b->overdue) return a->overdue > b->overdue ? -1 : 1;
  return (a->line > b->line) - (a->line < b->line);
}

static sorted *in_order(const aging *g) {
  sorted *v = ARENA_ARRAY(g->own, g->pair_count + 1, sorted);
  for (uint32_t i = 0; i < g->pair_count; i++)
    v[i] = (sorted){i, g->pairs[i].line, g->pairs[i].cur, total_of(g, i) - g->sums[(size_t)i * g->width]};
  qsort(v, g->pair_count, sizeof *v, by_overdue);
  return v;
}

/* "list=open&currency=BRL&segment=gov": what a number of this line sums. */
static slice rows_of(const aging *g, metrics_result *r, uint32_t at_line, currency cur, const char *more) {
  const books *b = g->b;
  slice who = {0};
  if (g->a->group == METRICS_BY_customer)
    who = arena_printf(r->perm, "&customer=%lld", (long long)b->customer_row[at_line]);
  if (g->a->group == METRICS_BY_segment)
    who = arena_printf(r->perm, "&segment=%.*s", SLICE_ARG(metrics_escaped(b->segments[at_line], r->perm)));
  if (g->a->group == METRICS_BY_owner)
    who = arena_printf(r->perm, "&owner=%.*s", SLICE_ARG(metrics_escaped(b->owners[at_line], r->perm)));
  return arena_printf(r->perm, "list=open&currency=%s%.*s%s", currency_code(cur), SLICE_ARG(who), more);
}

static metrics_table *new_table(const aging *g, metrics_result *r, const char *name, const char *title) {
  metrics_column columns[METRICS_EDGES_MAX + 10];
  uint32_t n = 0;
  metrics_group by = g->a->group;
  if (by == METRICS_BY_customer) {
    columns[n++] = (metrics_column){"customer", "customer", METRICS_TEXT};
    columns[n++] = (metrics_column){"name", "name", METRICS_TEXT};
  } else if (by != METRICS_BY_all) {
    columns[n++] = (metrics_column){metrics_group_name(by), metrics_group_name(by), METRICS_TEXT};
  }
  columns[n++] = (metrics_column){"currency", "currency", METRICS_TEXT};
  aging_terms t = {.edges = g->a->edges, .edge_count = g->a->edge_count};
  for (uint32_t k = 0; k < g->width; k++) {
    slice bucket = aging_bucket_name(&t, k, r->perm);
    const char *text = arena_copy(r->perm, bucket);
    columns[n++] = (metrics_column){text, text, METRICS_MONEY};
  }
  columns[n++] = (metrics_column){"overdue", "overdue", METRICS_MONEY};
  columns[n++] = (metrics_column){"total", "total", METRICS_MONEY};
  columns[n++] = (metrics_column){"overdue_percent", "overdue %", METRICS_PERCENT};
  metrics_table *t2 = metrics_add_table(r, name, title, columns, n);
  t2->chart = "stack";
  return t2;
}

static store_code put_who(const aging *g, store *s, metrics_result *r, uint32_t at_line, metrics_value *v,
                          uint32_t *at) {
  const books *b = g->b;
  measure_names names;
  store_code code = STORE_OK;
  switch (g->a->group) {
  case METRICS_BY_all: break;
  case METRICS_BY_customer:
    code = measure_names_of(s, STORE_ENTITY_CUSTOMER, b->customer_row[at_line], r->perm, &names);
    v[(*at)++] = metrics_word(names.customer);
    v[(*at)++] = metrics_word(names.name);
    break;
  case METRICS_BY_segment: v[(*at)++] = metrics_word(b->segments[at_line]); break;
  case METRICS_BY_owner: v[(*at)++] = metrics_word(b->owners[at_line]); break;
  case METRICS_GROUP_COUNT: break;
  }
  return code;
}

static store_code put_line(const aging *g, store *s, metrics_result *r, metrics_table *t, const sorted *x) {
  slice *rows;
  uint32_t n = 0;
  currency cur = g->currencies[x->cur];
  const int64_t *sums = &g->sums[(size_t)x->at * g->width];
  int64_t total = total_of(g, x->at);
  metrics_value *v = metrics_add_row(r, t, &rows);
  store_code code = put_who(g, s, r, x->line, v, &n);
  v[n++] = metrics_word(slice_of(currency_code(cur)));
  for (uint32_t k = 0; k < g->width; k++) {
    char more[32];
    slice bucket = arena_printf(r->perm, "&bucket=%u", k);
    memcpy(more, bucket.p, bucket.n);
    more[bucket.n] = '\0';
    rows[n] = rows_of(g, r, x->line, cur, more);
    v[n++] = metrics_money(sums[k], cur);
  }
  rows[n] = rows_of(g, r, x->line, cur, "&bucket=overdue");
  v[n++] = metrics_money(total - sums[0], cur);
  rows[n] = rows_of(g, r, x->line, cur, "");
  v[n++] = metrics_money(total, cur);
  v[n++] = metrics_ratio(METRICS_PERCENT, ratio_percent((int128)total - sums[0], total));
  return code;
}

/* ---- all in one currency ---- */

slice metrics_escaped(slice s, arena *perm) {
  char *out = arena_alloc(perm, s.n * 3 + 1);
  size_t n = 0;
  for (size_t i = 0; i < s.n; i++) {
    unsigned char c = (unsigned char)s.p[i];
    bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '.';
    if (plain) {
      out[n++] = (char)c;
    } else {
      out[n++] = '%';
      out[n++] = "0123456789ABCDEF"[c >> 4];
      out[n++] = "0123456789ABCDEF"[c & 15];
    }
  }
  return (slice){out, n};
}

metrics_value metrics_home(const exchange_day *x, const int64_t *sums, size_t stride, const currency *cur,
                           uint32_t count) {
  rational all = rational_of(0);
  for (uint32_t c = 0; c < count; c++) {
    rational one;
    if (sums[c * stride] == 0) continue;
    if (!exchange_worth(x, rational_of(sums[c * stride]), cur[c], &one) || !rational_add(all, one, &all))
      return metrics_unknown(METRICS_MONEY);
  }
  int64_t minor;
  if (!rational_round(all, ROUND_HALF_EVEN, &minor)) return metrics_unknown(METRICS_MONEY);
  return metrics_money(minor, x->home);
}

/* The line's sums of all its currencies: a row of `width` for each. */
static const int64_t *sums_of_line(const aging *g, uint32_t at_line, int64_t *room) {
  for (uint32_t c = 0; c < g->currency_count; c++) {
    uint32_t k = g->at[(size_t)at_line * g->currency_count + c];
    for (uint32_t w = 0; w < g->width; w++) room[c * g->width + w] = k ? g->sums[(size_t)(k - 1) * g->width + w] : 0;
  }
  return room;
}

static store_code put_home(const aging *g, store *s, metrics_result *r) {
  if (!g->a->rates || g->a->home_cur == CURRENCY_NONE) {
    metrics_note(r, SLICE("the policy names no rates: its currencies are not added"));
    return STORE_OK;
  }
  exchange_day *x = ARENA_NEW(g->own, exchange_day);
  exchange_on(g->a->rates, g->a->home_cur, g->a->to, x);
  metrics_table *t = new_table(g, r, "home", "In the policy's currency, at its rates of the day");
  int64_t *room = ARENA_ARRAY(g->own, (size_t)g->currency_count * g->width + 1, int64_t);
  store_code code = STORE_OK;
  for (uint32_t at_line = 0; at_line < g->lines && code == STORE_OK; at_line++) {
    bool owes = false;
    for (uint32_t c = 0; c < g->currency_count; c++) owes |= g->at[(size_t)at_line * g->currency_count + c] != 0;
    if (!owes || (g->a->rows_max && t->row_count == g->a->rows_max)) continue;
    const int64_t *sums = sums_of_line(g, at_line, room);
    uint32_t n = 0;
    metrics_value *v = metrics_add_row(r, t, NULL);
    code = put_who(g, s, r, at_line, v, &n);
    v[n++] = metrics_word(slice_of(currency_code(g->a->home_cur)));
    int64_t total = 0, overdue = 0;
    bool known = true;
    for (uint32_t w = 0; w < g->width; w++) {
      v[n] = metrics_home(x, sums + w, g->width, g->currencies, g->currency_count);
      known = known && v[n].known;
      total += v[n].known ? v[n].n : 0;
      overdue += w && v[n].known ? v[n].n : 0;
      n++;
    }
    v[n++] = known ? metrics_money(overdue, g->a->home_cur) : metrics_unknown(METRICS_MONEY);
    v[n++] = known ? metrics_money(total, g->a->home_cur) : metrics_unknown(METRICS_MONEY);
    v[n++] = known ? metrics_ratio(METRICS_PERCENT, ratio_percent(overdue, total)) : metrics_unknown(METRICS_PERCENT);
    if (!known) metrics_note(r, SLICE("the policy's rates lack a currency: what is owed in it is in no sum of all"));
  }
  return code;
}

/* ---- the report ---- */

static void put_figures(const books *b, const metrics_asked *a, metrics_result *r, const book_position *now,
                        const book_position *before, arena *own) {
  metrics_owed is[CURRENCY_COUNT], was[CURRENCY_COUNT];
  metrics_buckets k = metrics_buckets_of(a, now->on, own), k0 = metrics_buckets_of(a, before->on, own);
  metrics_owed_of(b, now, &k, is);
  metrics_owed_of(b, before, &k0, was);
  bool knew = metrics_knows(b, before->on), knows = metrics_knows(b, now->on);
  for (uint32_t c = 0; c < CURRENCY_COUNT; c++) {
    currency cur = (currency)c;
    if (!is[c].invoices && !was[c].invoices) continue;
    const struct {
      const char *name, *title, *how, *bucket;
      int64_t now, before;
    } SUMS[] = {{"receivables", "receivables", "all that is open", "", is[c].total, was[c].total},
                {"overdue", "overdue", "what is open after its due date", "&bucket=overdue",
                 is[c].total - is[c].current, was[c].total - was[c].current}};
    for (size_t i = 0; i < sizeof SUMS / sizeof *SUMS; i++) {
      metrics_figure *f = metrics_add_figure(r, SUMS[i].name, SUMS[i].title, SUMS[i].how, cur);
      f->now = knows ? metrics_money(SUMS[i].now, cur) : metrics_unknown(METRICS_MONEY);
      f->before = knew ? metrics_money(SUMS[i].before, cur) : metrics_unknown(METRICS_MONEY);
      f->rows = arena_printf(r->perm, "list=open&currency=%s%s", currency_code(cur), SUMS[i].bucket);
    }
    metrics_figure *f = metrics_add_figure(r, "delinquency_rate", "overdue of all", "overdue / receivables", cur);
    ratio now_is = ratio_percent((int128)is[c].total - is[c].current, is[c].total);
    ratio was_is = ratio_percent((int128)was[c].total - was[c].current, was[c].total);
    f->now = knows ? metrics_ratio(METRICS_PERCENT, now_is) : metrics_unknown(METRICS_PERCENT);
    f->before = knew ? metrics_ratio(METRICS_PERCENT, was_is) : metrics_unknown(METRICS_PERCENT);
  }
}

store_code metrics_make_aging(const books *b, store *s, const metrics_asked *a, metrics_result *r) {
  aging g = {.b = b, .a = a, .own = arena_new()};
  civil_date day_before = date_add_days(a->from, -1);
  book_position now = books_position(b, a->to, g.own), before = books_position(b, day_before, g.own);
  store_code code = STORE_OK;
  put_figures(b, a, r, &now, &before, g.own);
  if (metrics_knows(b, a->to)) {
    add_up(&g, &now);
    const sorted *v = in_order(&g);
    metrics_table *t = new_table(&g, r, "aging", "What is open, by days overdue");
    uint32_t most = a->group == METRICS_BY_customer && a->rows_max ? a->rows_max : UINT32_MAX;
    for (uint32_t i = 0; i < g.pair_count && t->row_count < most && code == STORE_OK; i++)
      code = put_line(&g, s, r, t, &v[i]);
    if (t->row_count < g.pair_count)
      metrics_note(r, arena_printf(r->perm, "the largest lines are shown: %u of %u", t->row_count, g.pair_count));
    if (a->home && code == STORE_OK) code = put_home(&g, s, r);
  } else {
    metrics_note(r, SLICE("the store knows nothing of that day"));
  }
  arena_free(g.own);
  return code;
}
