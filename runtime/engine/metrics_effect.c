/* See metrics_report.h: promises that were kept, and what followed messages.
 *
 * A payment belongs to the latest message about its invoice on or before its day, if that lies within the window: to
 * one message alone, so that what rungs, channels or templates recovered is never counted twice. It shows what
 * followed, not what caused it. */
#include <stdlib.h>

#include "lang/base/text.h"
#include "lang/check/rung_day.h"
#include "metrics_report.h"
#include "runtime/store/measure.h"

/* ---- promises ---- */

bool metrics_promise_counts(const book_promise *p, civil_date from, civil_date to) {
  return p->due >= from.day && p->due <= to.day && p->over > p->due;
}

promise_case metrics_promise_case(const books *b, const metrics_asked *a, const book_promise *p, civil_date to,
                                  arena *perm) {
  uint32_t first = b->first_payment[p->invoice], last = b->first_payment[p->invoice + 1];
  dated_sum *v = ARENA_ARRAY(perm, last - first + 1, dated_sum);
  size_t n = 0;
  for (uint32_t i = first; i < last; i++) {
    const book_payment *x = &b->payments[i];
    if (x->at >= p->after && x->back > to.day) v[n++] = (dated_sum){{x->day}, x->sum};
  }
  return (promise_case){p->sum, {duration_after(a->cal, a->promise_grace, p->due)}, v, n};
}

typedef struct promise_sums {
  promise_result of[CURRENCY_COUNT];
  bool any[CURRENCY_COUNT];
} promise_sums;

static bool judge(const books *b, const metrics_asked *a, civil_date from, civil_date to, arena *own,
                  promise_sums *out) {
  currency cur[CURRENCY_COUNT];
  uint32_t currencies = metrics_currencies(b, cur);
  promise_case *v = ARENA_ARRAY(own, b->promise_count + 1, promise_case);
  civil_date by = to.day < b->today.day ? to : b->today;
  for (uint32_t c = 0; c < currencies; c++) {
    size_t n = 0;
    for (size_t i = 0; i < b->promise_count; i++)
      if (b->cur[b->promises[i].invoice] == cur[c] && metrics_promise_counts(&b->promises[i], from, to))
        v[n++] = metrics_promise_case(b, a, &b->promises[i], by, own);
    out->any[cur[c]] = n > 0;
    if (!metrics_promises(by, 0, v, n, &out->of[cur[c]])) return false;
  }
  return true;
}

static void put_promises(const books *b, const metrics_asked *a, metrics_result *r) {
  arena *own = arena_new();
  promise_sums *now = ARENA_NEW(own, promise_sums), *before = ARENA_NEW(own, promise_sums);
  bool fits = judge(b, a, a->from, a->to, own, now) && judge(b, a, r->before_from, r->before_to, own, before);
  bool knows = metrics_knows(b, a->to), knew = metrics_knows(b, r->before_to);
  for (uint32_t c = 0; c < CURRENCY_COUNT && fits; c++) {
    if (!now->any[c] && !before->any[c]) continue;
    currency cur = (currency)c;
    const promise_result *is = &now->of[c], *was = &before->of[c];
    const struct {
      const char *name, *title, *how, *state;
      uint32_t now, before;
    } COUNTS[] = {
        {"promises_kept", "promises kept", "paid in full by the promised day and its grace", "kept", is->kept,
         was->kept},
        {"promises_broken", "promises broken", "not paid in full on the day after", "broken", is->broken, was->broken},
        {"promises_partial", "of them paid in part", "broken, with something paid in time", "partial", is->partial,
         was->partial},
        {"promises_pending", "promises pending", "their day has not passed: they are in no rate", "pending",
         is->pending, was->pending}};
    for (size_t i = 0; i < sizeof COUNTS / sizeof *COUNTS; i++) {
      metrics_figure *f = metrics_add_figure(r, COUNTS[i].name, COUNTS[i].title, COUNTS[i].how, cur);
      f->now = knows ? metrics_count_of(COUNTS[i].now) : metrics_unknown(METRICS_COUNT);
      f->before = knew ? metrics_count_of(COUNTS[i].before) : metrics_unknown(METRICS_COUNT);
      f->rows = arena_printf(r->perm, "list=promises&currency=%s&state=%s", currency_code(cur), COUNTS[i].state);
    }
    const struct {
      const char *name, *title, *how;
      ratio now, before;
    } RATES[] = {
        {"promise_kept", "promises kept, by count", "kept / (kept + broken)", is->rate_by_count, was->rate_by_count},
        {"promise_kept_amount", "promises kept, by amount", "paid in time / promised, pending ones left out",
         is->rate_by_amount, was->rate_by_amount}};
    for (size_t i = 0; i < sizeof RATES / sizeof *RATES; i++) {
      metrics_figure *f = metrics_add_figure(r, RATES[i].name, RATES[i].title, RATES[i].how, cur);
      f->now = knows ? metrics_ratio(METRICS_PERCENT, RATES[i].now) : metrics_unknown(METRICS_PERCENT);
      f->before = knew ? metrics_ratio(METRICS_PERCENT, RATES[i].before) : metrics_unknown(METRICS_PERCENT);
      f->rows = arena_printf(r->perm, "list=promises&currency=%s", currency_code(cur));
    }
  }
  arena_free(own);
}

/* ---- messages ---- */

typedef struct taking {
  const books *b;
  arena *perm;
  metrics_asks *out;
  uint32_t room;
  dictionary texts;
} taking;

static void take(void *self, const measure_ask *m) {
  taking *t = self;
  metrics_asks *out = t->out;
  uint32_t row = m->invoice_row <= t->b->row_max ? t->b->row_of[m->invoice_row] : 0;
  if (!row) return; /* of after the books were made */
  if (out->n == t->room) {
    t->room = t->room ? t->room * 2 : 1024;
    metrics_ask *v = ARENA_ARRAY(t->perm, t->room, metrics_ask);
    if (out->n) memcpy(v, out->v, out->n * sizeof *v);
    out->v = v;
  }
  char step[256];
  size_t n = 0;
  for (size_t i = 0; i < m->ladder.n && n < 120; i++) step[n++] = m->ladder.p[i];
  if (m->ladder.n && m->rung.n) step[n++] = ' ';
  for (size_t i = 0; i < m->rung.n && n < 250; i++) step[n++] = m->rung.p[i];
  currency cur = currency_find(m->currency);
  out->v[out->n++] = (metrics_ask){.invoice = row - 1,
                                   .day = m->day,
                                   .action = m->action,
                                   .asked = m->open,
                                   .cur = cur,
                                   .step = dictionary_code(t->perm, &t->texts, (slice){step, n}),
                                   .channel = dictionary_code(t->perm, &t->texts, m->channel),
                                   .by_template = dictionary_code(t->perm, &t->texts, m->template_name)};
}

static int by_invoice(const void *va, const void *vb) {
  const metrics_ask *a = va, *b = vb;
  if (a->invoice != b->invoice) return a->invoice < b->invoice ? -1 : 1;
  if (a->day != b->day) return a->day < b->day ? -1 : 1;
  return (a->action > b->action) - (a->action < b->action);
}

/* One invoice's messages against its payments: metrics_recovery with each message as a step of its own says which it
 * was. */
static bool follow(const books *b, const metrics_asked *a, metrics_ask *v, uint32_t n, civil_date to, arena *own) {
  uint32_t first = b->first_payment[v->invoice], last = b->first_payment[v->invoice + 1];
  step_run *runs = ARENA_ARRAY(own, n, step_run);
  step_payment *paid = ARENA_ARRAY(own, last - first + 1, step_payment);
  step_recovery *got = ARENA_ARRAY(own, n, step_recovery);
  size_t paid_n = 0, got_n = 0;
  for (uint32_t i = 0; i < n; i++) runs[i] = (step_run){arena_printf(own, "%u", i), SLICE("1"), {v[i].day}, v[i].asked};
  for (uint32_t i = first; i < last; i++)
    if (b->payments[i].back > to.day && b->payments[i].day <= b->today.day)
      paid[paid_n++] = (step_payment){SLICE("1"), {b->payments[i].day}, b->payments[i].sum};
  if (!metrics_recovery(runs, n, paid, paid_n, a->within_days, got, &got_n)) return false;
  for (uint32_t i = 0; i < got_n; i++) v[i].recovered = got[i].recovered; /* steps in the order of their runs */
  return true;
}

store_code metrics_asks_of(const books *b, store *s, const metrics_asked *a, civil_date from, civil_date to,
                           arena *perm, metrics_asks *out) {
  *out = (metrics_asks){0};
  taking t = {.b = b, .perm = perm, .out = out};
  dictionary_hashed(perm, &t.texts);
  /* Later messages take payments over that would else be of these. */
  store_code code = measure_asks(s, from.day, date_add_days(to, a->within_days).day, take, &t);
  if (code != STORE_OK) return code;
  out->texts = t.texts.v;
  out->text_count = t.texts.d.count;
  if (out->n) qsort(out->v, out->n, sizeof *out->v, by_invoice);
  arena *own = arena_new();
  for (uint32_t i = 0, n; i < out->n; i += n) {
    for (n = 1; i + n < out->n && out->v[i + n].invoice == out->v[i].invoice;) n++;
    if (!follow(b, a, out->v + i, n, b->today, own)) break;
    arena_reset(own);
  }
  arena_free(own);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < out->n; i++)
    if (out->v[i].day <= to.day) out->v[kept++] = out->v[i];
  out->n = kept;
  return STORE_OK;
}

/* ---- what they recovered ---- */

typedef struct recovered {
  uint32_t text, messages;
  currency cur;
  int64_t asked, got;
} recovered;

static uint32_t text_of(const metrics_ask *x, int by) {
  return by == 0 ? x->step : by == 1 ? x->channel : x->by_template;
}

static int by_currency(const void *va, const void *vb) {
  const recovered *a = va, *b = vb;
  if (a->cur != b->cur) return a->cur < b->cur ? -1 : 1;
  return a->got != b->got ? (a->got > b->got ? -1 : 1) : (a->text > b->text) - (a->text < b->text);
}

/* Sums by a text and a currency. */
static recovered *sums_of(const metrics_asks *m, int by, arena *own, uint32_t *count) {
  uint32_t *at = ARENA_ARRAY(own, (size_t)m->text_count * CURRENCY_COUNT + 1, uint32_t), n = 0;
  recovered *v = ARENA_ARRAY(own, m->n + 1, recovered);
  for (uint32_t i = 0; i < m->n; i++) {
    const metrics_ask *x = &m->v[i];
    uint32_t code = text_of(x, by), *k = &at[(size_t)code * CURRENCY_COUNT + x->cur];
    if (!*k) {
      v[n] = (recovered){.text = code, .cur = x->cur};
      *k = ++n;
    }
    recovered *sum = &v[*k - 1];
    sum->messages++;
    sum->asked += x->asked;
    sum->got += x->recovered;
  }
  qsort(v, n, sizeof *v, by_currency);
  *count = n;
  return v;
}

static void put_recovery(const metrics_asks *m, metrics_result *r, int by) {
  static const struct {
    const char *name, *title, *column;
  } TABLES[] = {{"recovery_by_rung", "Recovered by rung", "rung"},
                {"recovery_by_channel", "Recovered by channel", "channel"},
                {"recovery_by_template", "Recovered by template", "template"}};
  const metrics_column columns[] = {{TABLES[by].column, TABLES[by].column, METRICS_TEXT},
                                    {"currency", "currency", METRICS_TEXT},
                                    {"messages", "asked in messages", METRICS_COUNT},
                                    {"asked", "asked for", METRICS_MONEY},
                                    {"recovered", "recovered", METRICS_MONEY},
                                    {"percent", "recovered %", METRICS_PERCENT}};
  metrics_table *t = metrics_add_table(r, TABLES[by].name, TABLES[by].title, columns, 6);
  t->chart = "bar";
  arena *own = arena_new();
  uint32_t n;
  const recovered *v = sums_of(m, by, own, &n);
  for (uint32_t i = 0; i < n; i++) {
    slice *rows, label = arena_slice(r->perm, m->texts[v[i].text]);
    metrics_value *c = metrics_add_row(r, t, &rows);
    c[0] = label.n ? metrics_word(label) : metrics_said(by == 2 ? "text of the policy" : "no rung");
    c[1] = metrics_word(slice_of(currency_code(v[i].cur)));
    c[2] = metrics_count_of(v[i].messages);
    c[3] = metrics_money(v[i].asked, v[i].cur);
    c[4] = metrics_money(v[i].got, v[i].cur);
    c[5] = metrics_ratio(METRICS_PERCENT, ratio_percent(v[i].got, v[i].asked));
    rows[2] = rows[3] = rows[4] = arena_printf(r->perm, "list=messages&currency=%s&%s=%.*s", currency_code(v[i].cur),
                                               TABLES[by].column, SLICE_ARG(metrics_escaped(label, r->perm)));
    rows[4] = arena_printf(r->perm, "%.*s&recovered=yes", SLICE_ARG(rows[4]));
  }
  arena_free(own);
}

static void put_recovered(const metrics_asks *now, const metrics_asks *before, bool knew, metrics_result *r) {
  int64_t asked[2][CURRENCY_COUNT] = {{0}}, got[2][CURRENCY_COUNT] = {{0}};
  const metrics_asks *of[2] = {now, before};
  for (int k = 0; k < 2; k++)
    for (uint32_t i = 0; i < of[k]->n; i++) {
      asked[k][of[k]->v[i].cur] += of[k]->v[i].asked;
      got[k][of[k]->v[i].cur] += of[k]->v[i].recovered;
    }
  for (uint32_t c = 0; c < CURRENCY_COUNT; c++) {
    if (!asked[0][c] && !asked[1][c]) continue;
    currency cur = (currency)c;
    metrics_figure *f = metrics_add_figure(r, "recovered", "recovered after messages",
                                           "paid within the window after the latest message about the invoice", cur);
    f->now = metrics_money(got[0][c], cur);
    f->before = knew ? metrics_money(got[1][c], cur) : metrics_unknown(METRICS_MONEY);
    f->rows = arena_printf(r->perm, "list=messages&currency=%s&recovered=yes", currency_code(cur));
  }
}

store_code metrics_make_effectiveness(const books *b, store *s, const metrics_asked *a, metrics_result *r) {
  put_promises(b, a, r);
  metrics_asks now, before;
  store_code code = metrics_asks_of(b, s, a, a->from, a->to, r->perm, &now);
  if (code == STORE_OK) code = metrics_asks_of(b, s, a, r->before_from, r->before_to, r->perm, &before);
  if (code != STORE_OK) return code;
  put_recovered(&now, &before, metrics_knows(b, r->before_to), r);
  for (int by = 0; by < 3; by++) put_recovery(&now, r, by);
  metrics_note(r, arena_printf(r->perm,
                               "a payment belongs to the latest message about its invoice in the %d days up to it, and "
                               "to that one alone",
                               a->within_days));
  return STORE_OK;
}
