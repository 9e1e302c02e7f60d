/* dun backtest: a policy over what was recorded. The store is only read. */
#include "commands.h"
#include "html_report.h"
#include "lang/base/text.h"
#include "progress.h"
#include "runtime/engine/backtest.h"
#include "runtime/engine/history_store.h"
#include "runtime/engine/revision.h"
#include "runtime/outbox/approve.h"
#include "session.h"

enum { WINDOW_DAYS = 3, PAID_DAYS = 7, COLUMNS_MAX = 11 };

/* PART(id, title): a table of the result. */
#define PARTS(PART) PART(steps, BT_STEPS) PART(paid, BT_PAID) PART(contacts, BT_CONTACTS) PART(messages, BT_MESSAGES)
typedef enum part {
#define PART(id, title) PART_##id,
  PARTS(PART)
#undef PART
      PART_COUNT
} part;
static const char *const PART_NAMES[] = {
#define PART(id, title) #id,
    PARTS(PART)
#undef PART
};
static const text_id PART_TITLES[] = {
#define PART(id, title) TXT_##title,
    PARTS(PART)
#undef PART
};

typedef struct titled {
  const char *name;
  text_id title;
  out_kind kind;
} titled;

static const titled STEPS[] = {{"ladder", TXT_BT_LADDER_TITLE, OUT_TEXT},
                               {"rung", TXT_RUNG_TITLE, OUT_TEXT},
                               {"by", TXT_BY_TITLE, OUT_TEXT},
                               {"would", TXT_BT_WOULD_TITLE, OUT_NUMBER},
                               {"was", TXT_BT_WAS_TITLE, OUT_NUMBER},
                               {"both", TXT_BT_BOTH_TITLE, OUT_NUMBER}};
static const titled PAID[] = {
    {"ladder", TXT_BT_LADDER_TITLE, OUT_TEXT},        {"rung", TXT_RUNG_TITLE, OUT_TEXT},
    {"reached", TXT_BT_REACHED_TITLE, OUT_NUMBER},    {"reached_open", TXT_OPEN_TITLE, OUT_NUMBER},
    {"paid_before", TXT_BT_BEFORE_TITLE, OUT_NUMBER}, {"before_open", TXT_OPEN_TITLE, OUT_NUMBER},
    {"paid_after", TXT_BT_AFTER_TITLE, OUT_NUMBER},   {"after_open", TXT_OPEN_TITLE, OUT_NUMBER}};
static const titled CONTACTS[] = {{"by", TXT_BY_TITLE, OUT_TEXT},
                                  {"would", TXT_BT_WOULD_TITLE, OUT_NUMBER},
                                  {"was", TXT_BT_WAS_TITLE, OUT_NUMBER},
                                  {"added", TXT_BT_MORE_TITLE, OUT_NUMBER},
                                  {"customers_would", TXT_BT_WOULD_CUSTOMERS_TITLE, OUT_NUMBER},
                                  {"customers_was", TXT_BT_WAS_CUSTOMERS_TITLE, OUT_NUMBER},
                                  {"customers_fewer", TXT_BT_FEWER_TITLE, OUT_NUMBER},
                                  {"customers_more", TXT_BT_MORE_CUSTOMERS_TITLE, OUT_NUMBER}};
static const titled MESSAGES[] = {{"would", TXT_BT_WOULD_TITLE, OUT_DATE},
                                  {"was", TXT_BT_WAS_TITLE, OUT_DATE},
                                  {"entity", TXT_INVOICE_TITLE, OUT_TEXT},
                                  {"customer", TXT_CUSTOMER_TITLE, OUT_TEXT},
                                  {"ladder", TXT_BT_LADDER_TITLE, OUT_TEXT},
                                  {"rung", TXT_RUNG_TITLE, OUT_TEXT},
                                  {"by", TXT_BY_TITLE, OUT_TEXT},
                                  {"state", TXT_STATE_TITLE, OUT_TEXT}};
#define COUNT(a) (sizeof(a) / sizeof *(a))
static const struct {
  const titled *v;
  size_t n;
} COLUMNS[PART_COUNT] = {
    {STEPS, COUNT(STEPS)}, {PAID, COUNT(PAID)}, {CONTACTS, COUNT(CONTACTS)}, {MESSAGES, COUNT(MESSAGES)}};

/* ---- values ---- */

static slice number(arena *perm, int64_t n) { return arena_printf(perm, "%lld", (long long)n); }

static slice day(civil_date d, arena *perm) {
  char buffer[DATE_TEXT_MAX];
  return date_is_none(d) ? (slice){0} : arena_slice(perm, (slice){buffer, date_iso(d, buffer)});
}

/* "1000.00 BRL + 20.00 EUR" */
static slice sums(const session *s, const int64_t *v, arena *perm) {
  text all = text_new(perm);
  for (currency c = 0; c < CURRENCY_COUNT; c++) {
    char buffer[MONEY_TEXT_MAX];
    money m = {v[c], c};
    if (!v[c]) continue;
    if (all.n) text_cstr(&all, " + ");
    if (s->a->format == OUT_table) {
      text_add(&all, (slice){buffer, money_text(m, s->lang, buffer)});
    } else {
      text_add(&all, (slice){buffer, money_plain(m, buffer)});
      text_printf(&all, " %s", currency_code(c));
    }
  }
  return text_slice(&all);
}

static slice said(const session *s, slice english, arena *perm) {
  return s->a->format == OUT_table ? texts_said(s->lang, perm, english) : english;
}

static uint32_t rows_of(const backtest_result *r, part p) {
  switch (p) {
  case PART_steps: return r->step_count;
  case PART_paid: return r->rung_count;
  case PART_contacts: return r->contact_count;
  case PART_messages: return r->line_count;
  case PART_COUNT: break;
  }
  return 0;
}

static void values_of(const session *s, const backtest_result *r, part p, uint32_t i, slice *v, arena *perm) {
  switch (p) {
  case PART_steps: {
    const backtest_step *x = &r->steps[i];
    const slice values[] = {
        x->ladder, x->rung, said(s, x->by, perm), number(perm, x->would), number(perm, x->was), number(perm, x->both)};
    memcpy(v, values, sizeof values);
    return;
  }
  case PART_paid: {
    const backtest_rung *x = &r->rungs[i];
    const slice values[] = {x->ladder,
                            x->rung,
                            number(perm, x->reached),
                            sums(s, x->reached_sum, perm),
                            number(perm, x->before),
                            sums(s, x->before_sum, perm),
                            number(perm, x->after),
                            sums(s, x->after_sum, perm)};
    memcpy(v, values, sizeof values);
    return;
  }
  case PART_contacts: {
    const backtest_contacts *x = &r->contacts[i];
    const slice values[] = {said(s, x->by, perm),
                            number(perm, x->would),
                            number(perm, x->was),
                            number(perm, (int64_t)x->would - (int64_t)x->was),
                            number(perm, x->would_customers),
                            number(perm, x->was_customers),
                            number(perm, x->fewer),
                            number(perm, x->more)};
    memcpy(v, values, sizeof values);
    return;
  }
  case PART_messages: {
    const backtest_line *x = &r->lines[i];
    const backtest_step *step = &r->steps[x->step];
    const slice values[] = {
        day(x->would, perm),     day(x->was, perm),      x->number, x->customer, step->ladder, step->rung,
        said(s, step->by, perm), said(s, x->state, perm)};
    memcpy(v, values, sizeof values);
    return;
  }
  case PART_COUNT: return;
  }
}

static int print_part(session *s, const backtest_result *r, part p) {
  out_column columns[COLUMNS_MAX];
  bool person = s->a->format == OUT_table || s->a->format == OUT_md;
  for (size_t i = 0; i < COLUMNS[p].n; i++) {
    const titled *t = &COLUMNS[p].v[i];
    columns[i] = (out_column){t->name, person ? texts_word(s->lang, t->title) : NULL, t->kind, true};
  }
  out *o = out_begin(s->w, s->a->format, columns, COLUMNS[p].n);
  arena *scratch = arena_new();
  for (uint32_t i = 0; i < rows_of(r, p); i++) {
    slice values[COLUMNS_MAX];
    if (p == PART_steps && !r->steps[i].would && !r->steps[i].was) continue; /* all of it is another step's now */
    values_of(s, r, p, i, values, scratch);
    out_row(o, values);
    arena_reset(scratch);
  }
  arena_free(scratch);
  world_code why;
  if (out_end(o, &why) || why == WORLD_CLOSED) return EXIT_FINE;
  return COMPLAIN(s, EXIT_WORLD, CANNOT_WRITE_RESULT, texts_world(s->lang, s->perm, why));
}

/* ---- the whole ---- */

static int part_asked(session *s, part *asked) {
  const arg_value *given = &s->a->value[ARG_part];
  bool alone = s->a->format == OUT_csv || s->a->format == OUT_json;
  *asked = alone ? PART_steps : PART_COUNT;
  if (!given->given) return EXIT_FINE;
  for (int p = 0; p < PART_COUNT; p++)
    if (slice_eq(given->text, slice_of(PART_NAMES[p]))) *asked = (part)p;
  bool known = *asked != PART_COUNT && slice_eq(given->text, slice_of(PART_NAMES[*asked]));
  return known ? EXIT_FINE : COMPLAIN(s, EXIT_USAGE, BT_NO_PART, given->text);
}

static int terms_of(session *s, backtest_terms *t) {
  const arg_value *v = s->a->value;
  if (!v[ARG_since].given) return COMPLAIN(s, EXIT_USAGE, BT_NEEDS_SINCE);
  *t = (backtest_terms){.from = {(int32_t)v[ARG_since].number},
                        .to = v[ARG_until].given ? (civil_date){(int32_t)v[ARG_until].number}
                                                 : date_add_days(s->today, -1),
                        .window_days = v[ARG_window].given ? (int32_t)v[ARG_window].number : WINDOW_DAYS,
                        .paid_days = v[ARG_within].given ? (int32_t)v[ARG_within].number : PAID_DAYS};
  if (t->to.day > s->today.day) return COMPLAIN(s, EXIT_USAGE, BT_FUTURE, day(t->to, s->perm));
  if (t->to.day < t->from.day) return COMPLAIN(s, EXIT_USAGE, BT_UNTIL_BEFORE);
  return t->to.day - t->from.day > 3660 ? COMPLAIN(s, EXIT_USAGE, TEN_YEARS) : EXIT_FINE;
}

/* The happenings from the first day on are the simulation's; those before make the state that it begins with. */
static store_code begin(session *s, const backtest_terms *t, happening_list *rest) {
  store_code code = record_begin(s->e, s->s, t->from, &s->events, s->perm);
  happening_list before = s->events;
  before.n = 0;
  while (before.n < s->events.n && s->events.v[before.n].day < t->from.day) before.n++;
  *rest = (happening_list){.v = s->events.v + before.n, .n = s->events.n - before.n};
  if (code == STORE_OK) code = history_as_of(s->e, s->s, &before, t->from, s->perm);
  slice policy = revision_text(s->c.program, s->perm);
  if (code == STORE_OK) code = revision_settle_as_of(s->e, s->s, policy, t->from, s->perm);
  return code == STORE_OK ? outbox_leave_past(s->s, s->e, s->perm) : code;
}

static void tell(void *self, uint32_t done, uint32_t days) {
  (void)days;
  progress_at(self, done);
}

static store_code go(session *s, const backtest_terms *t, backtest_result *found, report *page) {
  happening_list events;
  store_code code = begin(s, t, &events);
  if (code != STORE_OK) return code;
  backtest *b = backtest_new(s->perm, s->e, t);
  progress bar;
  progress_begin(&bar, s->w, texts_word(s->lang, TXT_BT_LOOKING_BACK), (uint64_t)(t->to.day - t->from.day) + 1);
  simulation sim = {.from = t->from,
                    .to = t->to,
                    .events = &events,
                    .apply = backtest_apply,
                    .apply_self = b,
                    .decided = backtest_decided,
                    .self = b,
                    .settled = backtest_settled,
                    .settled_self = b,
                    .progress = tell,
                    .progress_self = &bar,
                    .want_report = s->a->value[ARG_html].given};
  simulate(s->e, &sim, s->perm, page);
  progress_end(&bar);
  code = backtest_read(b, s->s);
  if (code == STORE_OK) backtest_end(b, found);
  return code;
}

static void summary(session *s, const backtest_terms *t, const backtest_result *r) {
  uint64_t would = 0, was = 0;
  for (uint32_t i = 0; i < r->contact_count; i++) {
    would += r->contacts[i].would;
    was += r->contacts[i].was;
  }
  arena *perm = s->perm;
  slice days = texts_number(perm, (uint64_t)(t->to.day - t->from.day) + 1);
  world_printf(s->w, WORLD_STDERR, "\n");
  SAY(s, WORLD_STDERR, BT_WENT_ON, days, day(t->from, perm), day(t->to, perm), texts_number(perm, would),
      texts_number(perm, was));
  if (would < was) SAY(s, WORLD_STDERR, BT_SAVED, texts_number(perm, was - would));
  if (would > was) SAY(s, WORLD_STDERR, BT_ADDED, texts_number(perm, would - was));
  if (would == was) SAY(s, WORLD_STDERR, BT_SAME);
  if (r->unknown) SAY_COUNT(s, WORLD_STDERR, BT_UNKNOWN, r->unknown);
  if (s->a->value[ARG_html].given) SAY(s, WORLD_STDERR, PAGE_IS_IN, s->a->value[ARG_html].text);
}

static int print_all(session *s, const backtest_terms *t, const backtest_result *r, part asked) {
  if (asked != PART_COUNT) return print_part(s, r, asked);
  int status = EXIT_FINE;
  for (int p = 0; p < PART_messages && status == EXIT_FINE; p++) {
    slice within = texts_number(s->perm, (uint64_t)t->paid_days);
    slice title = texts_of(s->lang, s->perm, PART_TITLES[p], 1, &within);
    const char *mark = s->a->format == OUT_md ? "### " : "";
    world_printf(s->w, WORLD_STDOUT, "%s%s%.*s\n\n", p ? "\n" : "", mark, SLICE_ARG(title));
    status = print_part(s, r, (part)p);
  }
  return status;
}

int cmd_backtest(const args *a, world *w) {
  session s;
  part asked;
  backtest_terms terms;
  int status = session_compile(&s, a, w, a->word[0]);
  if (status == EXIT_FINE) status = session_today(&s);
  if (status == EXIT_FINE) status = part_asked(&s, &asked);
  if (status == EXIT_FINE) status = terms_of(&s, &terms);
  if (status == EXIT_FINE) status = session_open(&s);
  s.past = true;
  if (status == EXIT_FINE) status = session_engine(&s, terms.from, false);
  if (status == EXIT_FINE) {
    backtest_result r;
    report page;
    if (go(&s, &terms, &r, &page) != STORE_OK) {
      status = session_complain_said(&s, EXIT_WORLD, store_why(s.s)->text);
    } else {
      status = print_all(&s, &terms, &r, asked);
      if (status == EXIT_FINE && a->value[ARG_html].given) status = html_report_write(&s, &page);
      if (status == EXIT_FINE && !a->value[ARG_quiet].given) summary(&s, &terms, &r);
    }
  }
  session_close(&s);
  return status;
}
