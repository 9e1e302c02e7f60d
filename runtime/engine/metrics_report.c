/* See metrics_report.h: what all reports share. */
#include "metrics_report.h"

#include <assert.h>

#include "lang/base/tz.h"

static const struct {
  const char *name, *title;
} REPORTS[METRICS_REPORT_COUNT] = {
#define REPORT(id, title) {#id, title},
    METRICS_REPORTS(REPORT)
#undef REPORT
};
static const char *const GROUPS[METRICS_GROUP_COUNT] = {
#define GROUP(id) #id,
    METRICS_GROUPS(GROUP)
#undef GROUP
};

const char *metrics_report_name(metrics_report r) { return REPORTS[r].name; }
const char *metrics_report_title(metrics_report r) { return REPORTS[r].title; }
const char *metrics_group_name(metrics_group g) { return GROUPS[g]; }

bool metrics_report_find(slice name, metrics_report *out) {
  for (int r = 0; r < METRICS_REPORT_COUNT; r++)
    if (slice_eq(name, slice_of(REPORTS[r].name))) {
      *out = (metrics_report)r;
      return true;
    }
  return false;
}

bool metrics_group_find(slice name, metrics_group *out) {
  for (int g = 0; g < METRICS_GROUP_COUNT; g++)
    if (slice_eq(name, slice_of(GROUPS[g]))) {
      *out = (metrics_group)g;
      return true;
    }
  return false;
}

/* ---- what is asked ---- */

void metrics_policy(const program *p, arena *perm, metrics_asked *out) {
  out->due_rule = p->due == DUE_LATE_AFTER ? FEE_DUE_GRACE : FEE_DUE_EXACT; /* the books have moved dates already */
  out->cal = program_calendar(p, perm);
  out->rates = p->exchange;
  out->home_cur = p->cur;
  out->promise_grace = p->policy.promised_grace;
  if (out->within_days == 0) out->within_days = METRICS_WITHIN_DAYS;
  if (out->edge_count == 0) {
    static const int32_t USUAL[] = {30, 60, 90};
    out->edge_count = sizeof USUAL / sizeof *USUAL;
    memcpy(out->edges, USUAL, sizeof USUAL);
  }
}

bool metrics_edges_read(slice s, metrics_asked *out) {
  int32_t v = 0, last = 0;
  bool digits = false;
  out->edge_count = 0;
  for (size_t i = 0; i <= s.n; i++) {
    if (i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && v < METRICS_DAYS_MAX) {
      v = v * 10 + (s.p[i] - '0');
      digits = true;
    } else {
      bool ends = i == s.n || s.p[i] == ',';
      if (!ends || !digits || v <= last || v > METRICS_DAYS_MAX || out->edge_count == METRICS_EDGES_MAX) return false;
      out->edges[out->edge_count++] = last = v;
      v = 0;
      digits = false;
    }
  }
  return true;
}

void metrics_before(civil_date from, civil_date to, civil_date *before_from, civil_date *before_to) {
  *before_to = date_add_days(from, -1);
  if (date_day(from) == 1 && date_eq(to, date_month_end(to))) {
    int months = (date_year(to) - date_year(from)) * 12 + date_month(to) - date_month(from) + 1;
    *before_from = date_add_months(from, -months);
  } else {
    *before_from = date_add_days(from, -((int64_t)to.day - from.day + 1));
  }
}

int64_t metrics_begins(const metrics_asked *a, civil_date day) {
  return (a->zone ? tz_utc(a->zone, day, 0) : (int64_t)day.day * 86400) * 1000000;
}

/* ---- values ---- */

metrics_value metrics_money(int64_t minor, currency cur) {
  return (metrics_value){.kind = METRICS_MONEY, .known = true, .n = minor, .cur = cur};
}
metrics_value metrics_count_of(int64_t n) { return (metrics_value){.kind = METRICS_COUNT, .known = true, .n = n}; }
metrics_value metrics_ratio(metrics_kind kind, ratio r) {
  return (metrics_value){.kind = kind, .known = r.known, .r = r};
}
metrics_value metrics_word(slice s) { return (metrics_value){.kind = METRICS_TEXT, .known = true, .text = s}; }
metrics_value metrics_said(const char *english) {
  return (metrics_value){.kind = METRICS_SAID, .known = true, .text = slice_of(english)};
}
metrics_value metrics_day(int32_t day) {
  return (metrics_value){.kind = METRICS_DATE, .known = day != DATE_NONE_DAY, .n = day};
}
metrics_value metrics_unknown(metrics_kind kind) { return (metrics_value){.kind = kind}; }

static slice ratio_text(ratio r, arena *perm) {
  decimal d;
  char text[DECIMAL_TEXT_MAX];
  if (!ratio_show(r, 2, &d)) return (slice){0};
  return arena_slice(perm, (slice){text, decimal_text(d, text)});
}

slice metrics_plain(const metrics_value *v, arena *perm) {
  char money_is[MONEY_TEXT_MAX], day[DATE_TEXT_MAX];
  if (!v->known) return (slice){0};
  switch (v->kind) {
  case METRICS_SAID:
  case METRICS_TEXT: return v->text;
  case METRICS_COUNT: return arena_printf(perm, "%lld", (long long)v->n);
  case METRICS_MONEY: return arena_slice(perm, (slice){money_is, money_plain((money){v->n, v->cur}, money_is)});
  case METRICS_DAYS:
  case METRICS_PERCENT: return ratio_text(v->r, perm);
  case METRICS_DATE: return arena_slice(perm, (slice){day, date_iso((civil_date){(int32_t)v->n}, day)});
  }
  return (slice){0};
}

slice metrics_text(const metrics_value *v, dun_lang lang, arena *perm) {
  char text[MONEY_TEXT_MAX > DATE_TEXT_MAX ? MONEY_TEXT_MAX : DATE_TEXT_MAX];
  if (!v->known) return (slice){0};
  if (v->kind == METRICS_MONEY) return arena_slice(perm, (slice){text, money_text((money){v->n, v->cur}, lang, text)});
  if (v->kind == METRICS_DATE)
    return arena_slice(perm, (slice){text, date_text((civil_date){(int32_t)v->n}, lang, text)});
  slice s = metrics_plain(v, perm);
  bool is_ratio = v->kind == METRICS_DAYS || v->kind == METRICS_PERCENT;
  if (!is_ratio) return s;
  char *point = lang == LANG_EN ? NULL : memchr(s.p, '.', s.n);
  slice with = v->kind == METRICS_PERCENT ? arena_printf(perm, "%.*s%%", SLICE_ARG(s)) : arena_slice(perm, s);
  if (point) ((char *)with.p)[point - s.p] = ',';
  return with;
}

/* ---- lists ---- */

metrics_figure *metrics_add_figure(metrics_result *r, const char *name, const char *title, const char *how,
                                   currency cur) {
  assert(r->figure_count < METRICS_FIGURES_MAX);
  metrics_figure *f = &r->figures[r->figure_count++];
  *f = (metrics_figure){.name = name, .title = title, .how = how, .cur = cur};
  return f;
}

metrics_table *metrics_add_table(metrics_result *r, const char *name, const char *title, const metrics_column *columns,
                                 uint32_t count) {
  assert(r->table_count < METRICS_TABLES_MAX);
  metrics_table *t = &r->tables[r->table_count++];
  *t = (metrics_table){.name = name, .title = title, .column_count = count};
  t->columns = ARENA_ARRAY(r->perm, count, metrics_column);
  memcpy(t->columns, columns, count * sizeof *columns);
  return t;
}

metrics_value *metrics_add_row(metrics_result *r, metrics_table *t, slice **rows) {
  if (t->row_count == t->row_room) {
    uint32_t room = t->row_room ? t->row_room * 2 : 16;
    metrics_value *cells = ARENA_ARRAY(r->perm, (size_t)room * t->column_count, metrics_value);
    slice *open = ARENA_ARRAY(r->perm, (size_t)room * t->column_count, slice);
    if (t->row_count) {
      memcpy(cells, t->cells, (size_t)t->row_count * t->column_count * sizeof *cells);
      memcpy(open, t->rows, (size_t)t->row_count * t->column_count * sizeof *open);
    }
    t->cells = cells;
    t->rows = open;
    t->row_room = room;
  }
  size_t at = (size_t)t->row_count++ * t->column_count;
  if (rows) *rows = t->rows + at;
  return t->cells + at;
}

void metrics_note(metrics_result *r, slice english) {
  for (uint32_t i = 0; i < r->note_count; i++)
    if (slice_eq(r->notes[i], english)) return;
  if (r->note_count < METRICS_NOTES_MAX) r->notes[r->note_count++] = english;
}

/* ---- the ledger of a day ---- */

uint32_t metrics_currencies(const books *b, currency out[CURRENCY_COUNT]) {
  bool there[CURRENCY_COUNT] = {false};
  uint32_t n = 0;
  for (uint32_t i = 0; i < b->n; i++) there[b->cur[i]] = true;
  for (uint32_t i = 0; i < b->contract_count; i++) there[b->contracts[i].cur] = true;
  for (uint32_t c = 0; c < CURRENCY_COUNT; c++)
    if (there[c]) out[n++] = (currency)c;
  return n;
}

/* At the end of the day before the first one there is a beginning. */
bool metrics_knows(const books *b, civil_date on) { return on.day >= b->known_from - 1; }

/* Due dates further back are in the last bucket, whatever the calendar: its holidays move none by years. */
enum { DUE_DAYS = METRICS_DAYS_MAX + 400 };

metrics_buckets metrics_buckets_of(const metrics_asked *a, civil_date on, arena *perm) {
  metrics_buckets k = {
      .terms = {.as_of = on, .due_rule = a->due_rule, .cal = a->cal, .edges = a->edges, .edge_count = a->edge_count},
      .first = on.day - DUE_DAYS,
      .last = on.day};
  k.of = ARENA_ARRAY(perm, DUE_DAYS + 1, uint8_t);
  k.late = ARENA_ARRAY(perm, DUE_DAYS + 1, uint16_t);
  for (int32_t day = k.first; day <= k.last; day++) {
    int64_t buckets[METRICS_EDGES_MAX + 2];
    int32_t late = 0;
    aging_invoice one = {.due = {day}, .open = 1};
    uint8_t at = 0;
    if (metrics_aging(&k.terms, &one, 1, buckets, &late))
      while (at < a->edge_count + 1 && buckets[at] == 0) at++;
    k.of[day - k.first] = at;
    k.late[day - k.first] = (uint16_t)late;
  }
  return k;
}

uint8_t metrics_bucket(const metrics_buckets *k, int32_t due) {
  if (due == DATE_NONE_DAY || due > k->last) return 0;
  return k->of[due < k->first ? 0 : due - k->first];
}

int32_t metrics_days_overdue(const metrics_buckets *k, int32_t due) {
  if (due == DATE_NONE_DAY || due > k->last) return 0;
  return due < k->first ? k->last - due : k->late[due - k->first];
}

void metrics_owed_of(const books *b, const book_position *p, const metrics_buckets *k,
                     metrics_owed out[CURRENCY_COUNT]) {
  memset(out, 0, CURRENCY_COUNT * sizeof *out);
  for (uint32_t i = 0; i < b->n; i++) {
    if (p->open[i] == 0) continue;
    metrics_owed *o = &out[b->cur[i]];
    o->total += p->open[i];
    o->invoices++;
    if (metrics_bucket(k, p->due[i]) == 0) o->current += p->open[i];
  }
}

void metrics_sales_of(const books *b, civil_date from, civil_date to, int64_t out[CURRENCY_COUNT]) {
  memset(out, 0, CURRENCY_COUNT * sizeof *out);
  for (uint32_t i = 0; i < b->n; i++)
    if (books_is_sale(b, i, from, to)) out[b->cur[i]] += b->amount[i];
}

bool metrics_is_paid(const book_payment *p, civil_date from, civil_date to) {
  return p->day >= from.day && p->day <= to.day && p->back > to.day;
}

/* ---- the whole ---- */

static void note_history(const books *b, const metrics_asked *a, metrics_result *r) {
  char day[DATE_TEXT_MAX];
  bool ledger = a->report != METRICS_activity;
  if (ledger && r->before_from.day < b->seen_from) {
    slice iso = {day, date_iso((civil_date){b->seen_from}, day)};
    metrics_note(r, arena_printf(r->perm,
                                 "the ledger was first read in on %.*s: of the days before it only what was brought "
                                 "along is known",
                                 SLICE_ARG(iso)));
  }
  bool sums = a->report == METRICS_dso;
  if (sums && b->unissued)
    metrics_note(r, arena_printf(r->perm, "invoices without a day of issue, in no sales: %u", b->unissued));
  if (sums && b->unexplained)
    metrics_note(r, arena_printf(r->perm,
                                 "invoices that came in paid, wholly or partly, without the day of the payment, which "
                                 "is in no collection: %u",
                                 b->unexplained));
}

store_code metrics_make(const books *b, store *s, const metrics_asked *a, arena *perm, metrics_result *r) {
  *r = (metrics_result){.report = a->report, .from = a->from, .to = a->to, .perm = perm};
  metrics_before(a->from, a->to, &r->before_from, &r->before_to);
  r->figures = ARENA_ARRAY(perm, METRICS_FIGURES_MAX, metrics_figure);
  r->tables = ARENA_ARRAY(perm, METRICS_TABLES_MAX, metrics_table);
  r->notes = ARENA_ARRAY(perm, METRICS_NOTES_MAX, slice);
  store_code code = STORE_OK;
  switch (a->report) {
  case METRICS_aging: code = metrics_make_aging(b, s, a, r); break;
  case METRICS_dso: code = metrics_make_dso(b, a, r); break;
  case METRICS_effectiveness: code = metrics_make_effectiveness(b, s, a, r); break;
  case METRICS_activity: code = metrics_make_activity(b, s, a, r); break;
  case METRICS_contracts: code = metrics_make_contracts(b, s, a, r); break;
  case METRICS_REPORT_COUNT: break;
  }
  note_history(b, a, r);
  return code;
}
