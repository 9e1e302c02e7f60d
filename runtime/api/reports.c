/* Reports of the page: figures, their rows, CSV and PDF, by the functions of `dun report`. Who may look at what people
 * did is an approver. */
#include "jobs.h"
#include "reports_shelf.h"
#include "runtime/store/measure.h"
#include "stdlib/documents/pdf.h"

enum {
  LINES_MAX = 200,      /* of an aging by customer */
  CSV_ROWS_MAX = 50000, /* of a download; the rest behind its `next` */
  CSV_PAGE = 5000,
  CALLS_MAX = 300000 /* messages that a report looks through while somebody waits */
};

/* ---- what is asked ---- */

static bool asked_of(api_call *c, metrics_asked *a) {
  civil_date today = api_today(c);
  int64_t within = METRICS_WITHIN_DAYS;
  slice group = api_param(c, "group"), edges = api_param(c, "edges");
  *a = (metrics_asked){.from = DATE_NONE, .to = DATE_NONE, .rows_max = LINES_MAX};
  a->people = c->who.role >= API_APPROVER;
  a->home = api_param(c, "home").n > 0;
  if (!metrics_report_find(c->var[0], &a->report)) {
    api_fail(c, 404, "not_there", SLICE("there is no such report"));
    return false;
  }
  if (!api_param_day(c, "from", &a->from) || !api_param_day(c, "to", &a->to) ||
      !api_param_int(c, "within", 1, METRICS_DAYS_MAX, &within))
    return false;
  a->within_days = (int32_t)within;
  if (group.n && !metrics_group_find(group, &a->group))
    api_wrong(c, "group", SLICE("an aging is by customer, segment or owner"));
  else if (edges.n && !metrics_edges_read(edges, a))
    api_wrong(c, "edges", SLICE("buckets end at rising whole numbers of days such as 30,60,90, at most 12"));
  else if (!date_is_none(a->to) && a->to.day > today.day)
    api_wrong(c, "to", SLICE("that day is still to come: a report looks back"));
  if (c->answered) return false;
  report_terms(c->policy, today, c->perm, a);
  if (a->from.day > a->to.day)
    api_wrong(c, "from", SLICE("the period ends before it begins"));
  else if (a->to.day - a->from.day >= METRICS_DAYS_MAX)
    api_wrong(c, "from", SLICE("a report goes over 10 years at most"));
  return !c->answered;
}

/* A period with more messages than can be looked through at once. */
static bool short_enough(api_call *c, const metrics_asked *a) {
  int64_t n;
  civil_date before, end;
  if (a->report != METRICS_effectiveness) return true;
  metrics_before(a->from, a->to, &before, &end);
  if (!api_stored(c, measure_ask_count(c->s, before.day, date_add_days(a->to, a->within_days).day, &n))) return false;
  if (n > CALLS_MAX) api_wrong(c, "from", SLICE("there are too many messages in that period: choose a shorter one"));
  return n <= CALLS_MAX;
}

/* Books to read, to be given back. False: it was answered. */
static bool lend(api_call *c, report_lent *l) {
  *l = report_shelf_lend(c, api_today(c));
  if (c->answered || l->b) return l->b != NULL;
  if (l->trouble.n) {
    c->w->log(c->w, WORLD_ERROR, arena_printf(c->perm, "reports: %.*s", SLICE_ARG(l->trouble)));
    api_fail(c, 500, "broken", SLICE("the ledger cannot be read for reports: the service's log says why"));
  } else {
    c->answer->retry_s = 1;
    api_fail(c, 503, "busy", SLICE("the ledger is being read: try again in a moment"));
  }
  return false;
}

/* ---- the answer ---- */

static const char *const KINDS[] = {
    [METRICS_TEXT] = "text",       [METRICS_COUNT] = "count", [METRICS_MONEY] = "money", [METRICS_DAYS] = "days",
    [METRICS_PERCENT] = "percent", [METRICS_DATE] = "date",   [METRICS_SAID] = "text"};

static void put_value(api_call *c, const char *name, const metrics_value *v) {
  if (!v->known)
    json_put_null(c->out, name);
  else if (v->kind == METRICS_MONEY)
    api_put_money(c->out, name, (money){v->n, v->cur});
  else if (v->kind == METRICS_COUNT)
    json_put_int(c->out, name, v->n);
  else
    json_put_text(c->out, name, v->kind == METRICS_SAID ? api_said(c, v->text) : metrics_plain(v, c->perm));
}

static void put_text(api_call *c, const char *name, const char *english) {
  json_put_text(c->out, name, report_said(c->lang, c->perm, english));
}

static void put_figure(api_call *c, const metrics_figure *f) {
  json_writer *w = c->out;
  json_begin_object(w, NULL);
  json_put_text(w, "name", slice_of(f->name));
  put_text(c, "title", f->title);
  put_text(c, "how", f->how);
  json_put_text(w, "kind", slice_of(KINDS[f->now.kind]));
  json_put_text(w, "currency", slice_of(currency_code(f->cur)));
  put_value(c, "now", &f->now);
  put_value(c, "before", &f->before);
  json_put_text(w, "rows", f->rows);
  json_end(w);
}

static void put_table(api_call *c, const metrics_table *t) {
  json_writer *w = c->out;
  json_put_text(w, "name", slice_of(t->name));
  put_text(c, "title", t->title);
  json_put_text(w, "chart", slice_of(t->chart ? t->chart : ""));
  json_begin_list(w, "columns");
  for (uint32_t i = 0; i < t->column_count; i++) {
    json_begin_object(w, NULL);
    json_put_text(w, "name", slice_of(t->columns[i].name));
    put_text(c, "title", t->columns[i].title);
    json_put_text(w, "kind", slice_of(KINDS[t->columns[i].kind]));
    json_end(w);
  }
  json_end(w);
  json_begin_list(w, "rows");
  for (uint32_t i = 0; i < t->row_count; i++) {
    json_begin_object(w, NULL);
    json_begin_list(w, "cells");
    for (uint32_t k = 0; k < t->column_count; k++) put_value(c, NULL, &t->cells[(size_t)i * t->column_count + k]);
    json_end(w);
    json_begin_list(w, "opens");
    for (uint32_t k = 0; k < t->column_count; k++) json_put_text(w, NULL, t->rows[(size_t)i * t->column_count + k]);
    json_end(w);
    json_end(w);
  }
  json_end(w);
}

static void put_result(api_call *c, const metrics_result *r, bool old) {
  json_writer *w = c->out;
  json_put_text(w, "report", slice_of(metrics_report_name(r->report)));
  put_text(c, "title", metrics_report_title(r->report));
  api_put_day(w, "from", r->from.day);
  api_put_day(w, "to", r->to.day);
  api_put_day(w, "before_from", r->before_from.day);
  api_put_day(w, "before_to", r->before_to.day);
  json_put_bool(w, "old", old);
  json_begin_list(w, "figures");
  for (uint32_t i = 0; i < r->figure_count; i++) put_figure(c, &r->figures[i]);
  json_end(w);
  json_begin_list(w, "tables");
  for (uint32_t i = 0; i < r->table_count; i++) {
    json_begin_object(w, NULL);
    put_table(c, &r->tables[i]);
    json_end(w);
  }
  json_end(w);
  json_begin_list(w, "notes");
  for (uint32_t i = 0; i < r->note_count; i++) json_put_text(w, NULL, api_said(c, r->notes[i]));
  json_end(w);
}

/* Asked, short enough, made. `*l` is to be given back where it is true. */
static bool made(api_call *c, metrics_asked *a, report_lent *l, metrics_result *r) {
  if (!short_enough(c, a) || !lend(c, l)) return false;
  if (api_stored(c, metrics_make(l->b, c->s, a, c->perm, r))) return true;
  report_shelf_return(c->house->reports, l);
  return false;
}

void reports_get(api_call *c) {
  json_begin_list(c->out, "rows");
  for (int r = 0; r < METRICS_REPORT_COUNT; r++) {
    json_begin_object(c->out, NULL);
    json_put_text(c->out, "name", slice_of(metrics_report_name((metrics_report)r)));
    put_text(c, "title", metrics_report_title((metrics_report)r));
    json_end(c->out);
  }
  json_end(c->out);
  json_put_null(c->out, "next");
}

void report_get(api_call *c) {
  metrics_asked a;
  metrics_result r;
  report_lent l;
  if (!asked_of(c, &a) || !made(c, &a, &l, &r)) return;
  put_result(c, &r, l.old);
  report_shelf_return(c->house->reports, &l);
}

/* ---- rows ---- */

static bool rows_of(api_call *c, const metrics_asked *a, const report_lent *l, slice after, uint32_t most,
                    metrics_page *page) {
  if (!api_stored(c, metrics_rows(l->b, c->s, a, api_param(c, "which"), after, most, c->perm, page))) return false;
  if (!page->known) api_wrong(c, "which", SLICE("there are no such rows"));
  return page->known;
}

void report_rows_get(api_call *c) {
  metrics_asked a;
  metrics_page page;
  report_lent l;
  uint32_t most;
  slice after;
  if (!asked_of(c, &a) || !api_rows_wanted(c, &most, &after) || !lend(c, &l)) return;
  if (rows_of(c, &a, &l, after, most, &page)) {
    put_table(c, &page.table);
    if (page.next.n)
      json_put_text(c->out, "next", page.next);
    else
      json_put_null(c->out, "next");
  }
  report_shelf_return(c->house->reports, &l);
}

/* ---- CSV ---- */

static void answer_csv(api_call *c, const metrics_asked *a, const metrics_table *t) {
  char day[DATE_TEXT_MAX];
  date_iso(a->to, day);
  slice name = arena_printf(c->perm, "%s-%s-%s.csv", metrics_report_name(a->report), t->name, day);
  api_plain(c, "text/csv; charset=utf-8", arena_copy(c->perm, name), report_csv(t, api_param(c, "bom").n > 0, c->perm));
}

/* All pages of a number's rows, as far as a download goes; the header says where the rest begins. */
static bool all_rows(api_call *c, const metrics_asked *a, const report_lent *l, metrics_table *t) {
  slice after = api_param(c, "after");
  metrics_result own = {.perm = c->perm, .tables = ARENA_NEW(c->perm, metrics_table)};
  metrics_table *all = NULL;
  do {
    metrics_page page;
    if (!rows_of(c, a, l, after, CSV_PAGE, &page)) return false;
    if (!all)
      all = metrics_add_table(&own, page.table.name, page.table.title, page.table.columns, page.table.column_count);
    for (uint32_t i = 0; i < page.table.row_count; i++)
      memcpy(metrics_add_row(&own, all, NULL), page.table.cells + (size_t)i * all->column_count,
             all->column_count * sizeof *page.table.cells);
    after = page.next;
  } while (after.n && all->row_count < CSV_ROWS_MAX);
  if (after.n) api_put_header(c, "X-Next", after);
  *t = *all;
  return true;
}

void report_csv_get(api_call *c) {
  metrics_asked a;
  report_lent l;
  metrics_table t;
  if (!asked_of(c, &a)) return;
  a.rows_max = CSV_ROWS_MAX;
  if (api_param(c, "which").n) {
    if (!lend(c, &l)) return;
    if (all_rows(c, &a, &l, &t)) answer_csv(c, &a, &t);
  } else {
    metrics_result r;
    if (!made(c, &a, &l, &r)) return;
    slice name = api_param(c, "table");
    if (report_table_find(&r, name.n ? name : SLICE("figures"), c->perm, &t))
      answer_csv(c, &a, &t);
    else
      api_wrong(c, "table", SLICE("this report has no such table"));
  }
  report_shelf_return(c->house->reports, &l);
}

/* ---- PDF ---- */

static const char PDF_KIND[] = "report pdf";

typedef struct pdf_task {
  slice page, name;
} pdf_task;

typedef struct pdf_kept {
  slice bytes, name;
} pdf_kept;

static void work_pdf(job *j, void *self) {
  const pdf_task *t = self;
  pdf p = pdf_from_html(job_world(j), t->page, job_perm(j));
  if (p.code != PDF_MADE) {
    job_fail(j, p.code == PDF_NO_PROGRAM ? "not_installed" : "not_so", p.why);
    return;
  }
  pdf_kept *kept = ARENA_NEW(job_perm(j), pdf_kept);
  *kept = (pdf_kept){p.bytes, t->name};
  job_keep(j, kept);
  job_result(j, arena_printf(job_perm(j), "{\"bytes\":%zu}", p.bytes.n));
}

void report_pdf_post(api_call *c) {
  metrics_asked a;
  metrics_result r;
  report_lent l;
  char day[DATE_TEXT_MAX];
  if (!asked_of(c, &a) || !made(c, &a, &l, &r)) return;
  arena *perm = arena_new();
  pdf_task *t = ARENA_NEW(perm, pdf_task);
  date_iso(a.to, day);
  t->page = arena_slice(perm, report_page(&r, c->policy->c.program->name, c->lang, c->perm));
  t->name = arena_printf(perm, "%s-%s.pdf", metrics_report_name(a.report), day);
  report_shelf_return(c->house->reports, &l);
  slice id;
  job_wanted what = {.person = c->who.id, .kind = SLICE(PDF_KIND), .perm = perm, .work = work_pdf, .self = t};
  if (!c->house->jobs || !jobs_start(c->house->jobs, &what, c->perm, &id)) {
    api_fail(c, 429, "too_many", SLICE("there is too much being worked out already: wait for it, or cancel it"));
    return;
  }
  api_status(c, 202);
  json_put_text(c->out, "job", id);
}

void report_pdf_get(api_call *c) {
  job *hold;
  const pdf_kept *kept = jobs_kept(c->house->jobs, c->var[0], c->who.id, SLICE(PDF_KIND), &hold);
  if (!kept) {
    api_fail(c, 404, "not_there", SLICE("there is no such work any more: results are kept for half an hour"));
    return;
  }
  slice name = arena_slice(c->perm, kept->name);
  api_plain(c, "application/pdf", arena_copy(c->perm, name), arena_slice(c->perm, kept->bytes));
  jobs_release(c->house->jobs, hold);
}
