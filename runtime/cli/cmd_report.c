/* dun report: figures of the ledger and of what was done about it. The store is only read. */
#include "commands.h"
#include "report_read.h"
#include "stdlib/documents/pdf.h"

/* The columns of a table as a terminal, or a machine, gets them. */
static out_column *columns_of(const session *s, const metrics_table *t) {
  bool person = s->a->format == OUT_table || s->a->format == OUT_md;
  out_column *v = ARENA_ARRAY(s->perm, t->column_count, out_column);
  for (uint32_t i = 0; i < t->column_count; i++) {
    const metrics_column *c = &t->columns[i];
    metrics_kind kind = c->kind;
    bool number = kind == METRICS_COUNT || kind == METRICS_MONEY || kind == METRICS_DAYS || kind == METRICS_PERCENT;
    bool figure = slice_eq(slice_of(t->name), SLICE("figures")) && (i == 2 || i == 3);
    slice title = report_said(s->lang, s->perm, c->title);
    v[i] = (out_column){.name = c->name,
                        .title = person ? arena_copy(s->perm, title) : NULL,
                        .kind = number || figure       ? OUT_NUMBER
                                : kind == METRICS_DATE ? OUT_DATE
                                                       : OUT_TEXT,
                        .keep = i == 0 || number || figure};
  }
  return v;
}

static slice cell(const session *s, const metrics_value *v, arena *perm) {
  bool person = s->a->format == OUT_table || s->a->format == OUT_md;
  if (!person) return metrics_plain(v, perm);
  if (!v->known) return TEXTS(s->lang, perm, RP_UNKNOWN);
  return v->kind == METRICS_SAID ? texts_said(s->lang, perm, v->text) : metrics_text(v, s->lang, perm);
}

/* People get no column of what machines ask the rows with. */
static int print_table(session *s, const metrics_table *t) {
  bool person = s->a->format == OUT_table || s->a->format == OUT_md;
  bool figures = slice_eq(slice_of(t->name), SLICE("figures"));
  uint32_t shown = person && figures ? t->column_count - 2 : t->column_count;
  out *o = out_begin(s->w, s->a->format, columns_of(s, t), shown);
  out_if_empty(o, TEXTS(s->lang, s->perm, RP_NOTHING));
  arena *scratch = arena_new();
  for (uint32_t i = 0; i < t->row_count; i++) {
    slice *values = ARENA_ARRAY(scratch, t->column_count, slice);
    for (uint32_t c = 0; c < shown; c++) values[c] = cell(s, &t->cells[(size_t)i * t->column_count + c], scratch);
    out_row(o, values);
    arena_reset(scratch);
  }
  arena_free(scratch);
  world_code why;
  if (out_end(o, &why) || why == WORLD_CLOSED) return EXIT_FINE;
  return COMPLAIN(s, EXIT_WORLD, CANNOT_WRITE_RESULT, texts_world(s->lang, s->perm, why));
}

static int print_titled(session *s, const metrics_table *t, bool first) {
  slice title = report_said(s->lang, s->perm, t->title);
  world_printf(s->w, WORLD_STDOUT, "%s%s%.*s\n\n", first ? "" : "\n", s->a->format == OUT_md ? "### " : "",
               SLICE_ARG(title));
  return print_table(s, t);
}

static int print_all(session *s, const metrics_result *r) {
  bool alone = s->a->format == OUT_csv || s->a->format == OUT_json;
  const arg_value *part = &s->a->value[ARG_part];
  slice name = part->given                                    ? part->text
               : r->report == METRICS_aging && r->table_count ? SLICE("aging")
                                                              : SLICE("figures");
  metrics_table t;
  if (part->given || alone) {
    if (!report_table_find(r, name, s->perm, &t)) return COMPLAIN(s, EXIT_USAGE, RP_NO_TABLE, name);
    return print_table(s, &t);
  }
  t = report_figures(r, s->perm);
  int status = t.row_count ? print_titled(s, &t, true) : EXIT_FINE;
  for (uint32_t i = 0; i < r->table_count && status == EXIT_FINE; i++)
    status = print_titled(s, &r->tables[i], i == 0 && t.row_count == 0);
  return status;
}

/* All pages of them, one after the other. */
static int print_rows(session *s, const books *b, const metrics_asked *a) {
  enum { PAGE = 10000 };
  metrics_page page;
  metrics_table all = {0};
  slice after = {0}, which = s->a->value[ARG_rows].text;
  metrics_result own = {.perm = s->perm, .tables = ARENA_NEW(s->perm, metrics_table)};
  metrics_table *t = NULL;
  do {
    if (metrics_rows(b, s->s, a, which, after, PAGE, s->perm, &page) != STORE_OK)
      return session_complain_said(s, EXIT_WORLD, store_why(s->s)->text);
    if (!page.known) return COMPLAIN(s, EXIT_USAGE, RP_NO_ROWS, which);
    if (!t) t = metrics_add_table(&own, page.table.name, page.table.title, page.table.columns, page.table.column_count);
    for (uint32_t i = 0; i < page.table.row_count; i++)
      memcpy(metrics_add_row(&own, t, NULL), page.table.cells + (size_t)i * t->column_count,
             t->column_count * sizeof *page.table.cells);
    after = page.next;
  } while (after.n);
  all = *t;
  return print_table(s, &all);
}

static void say_notes(session *s, const metrics_result *r) {
  char from[DATE_TEXT_MAX], to[DATE_TEXT_MAX];
  slice first = {from, date_text(r->from, s->lang, from)}, last = {to, date_text(r->to, s->lang, to)};
  world_printf(s->w, WORLD_STDERR, "\n");
  SAY(s, WORLD_STDERR, RP_PERIOD, first, last);
  for (uint32_t i = 0; i < r->note_count; i++) SAY(s, WORLD_STDERR, RP_NOTE, texts_said(s->lang, s->perm, r->notes[i]));
}

/* ---- files ---- */

static int write_file(session *s, slice path, slice bytes) {
  world_code code = s->w->write_file(s->w, path.p, bytes);
  if (code == WORLD_OK) return EXIT_FINE;
  return COMPLAIN(s, EXIT_WORLD, CANNOT_WRITE_RESULT, texts_world(s->lang, s->perm, code));
}

static int write_files(session *s, const metrics_result *r) {
  const arg_value *html = &s->a->value[ARG_html], *as_pdf = &s->a->value[ARG_pdf];
  if (!html->given && !as_pdf->given) return EXIT_FINE;
  slice page = report_page(r, s->c.program->name, s->lang, s->perm);
  int status = html->given ? write_file(s, html->text, page) : EXIT_FINE;
  if (status != EXIT_FINE || !as_pdf->given) return status;
  pdf p = pdf_from_html(s->w, page, s->perm);
  if (p.code != PDF_MADE) return session_complain(s, EXIT_WORLD, texts_said(s->lang, s->perm, p.why));
  return write_file(s, as_pdf->text, p.bytes);
}

/* ---- what is asked ---- */

static int asked_of(session *s, metrics_asked *a) {
  const arg_value *v = s->a->value;
  slice name = s->a->word[0];
  *a = (metrics_asked){.from = DATE_NONE, .to = DATE_NONE, .people = true, .home = v[ARG_home].given};
  if (!metrics_report_find(name, &a->report)) return COMPLAIN(s, EXIT_USAGE, RP_NO_REPORT, name);
  if (v[ARG_per].given && !metrics_group_find(v[ARG_per].text, &a->group))
    return COMPLAIN(s, EXIT_USAGE, RP_NO_GROUP, v[ARG_per].text);
  if (v[ARG_edges].given && !metrics_edges_read(v[ARG_edges].text, a))
    return COMPLAIN(s, EXIT_USAGE, RP_NO_EDGES, v[ARG_edges].text);
  if (v[ARG_within].given) {
    if (v[ARG_within].number < 1 || v[ARG_within].number > METRICS_DAYS_MAX) return COMPLAIN(s, EXIT_USAGE, RP_WITHIN);
    a->within_days = (int32_t)v[ARG_within].number;
  }
  if (v[ARG_from].given) a->from = (civil_date){(int32_t)v[ARG_from].number};
  if (v[ARG_to].given) a->to = (civil_date){(int32_t)v[ARG_to].number};
  if (v[ARG_to].given && a->to.day > s->today.day) return COMPLAIN(s, EXIT_USAGE, RP_FUTURE);
  report_terms(s, s->today, s->perm, a);
  if (a->from.day > a->to.day) return COMPLAIN(s, EXIT_USAGE, RP_BACKWARDS);
  return a->to.day - a->from.day >= METRICS_DAYS_MAX ? COMPLAIN(s, EXIT_USAGE, TEN_YEARS) : EXIT_FINE;
}

int cmd_report(const args *a, world *w) {
  session s;
  metrics_asked asked;
  books *b = NULL;
  int status = session_compile(&s, a, w, a->word_count > 1 ? a->word[1] : (slice){0});
  if (status == EXIT_FINE) status = session_today(&s);
  if (status == EXIT_FINE) status = asked_of(&s, &asked);
  if (status == EXIT_FINE) status = session_open(&s);
  if (status == EXIT_FINE) status = report_books(&s, s.today, s.perm, &b);
  if (status == EXIT_FINE && a->value[ARG_rows].given) {
    status = print_rows(&s, b, &asked);
  } else if (status == EXIT_FINE) {
    metrics_result r;
    if (metrics_make(b, s.s, &asked, s.perm, &r) != STORE_OK)
      status = session_complain_said(&s, EXIT_WORLD, store_why(s.s)->text);
    if (status == EXIT_FINE) status = write_files(&s, &r);
    if (status == EXIT_FINE) status = print_all(&s, &r);
    if (status == EXIT_FINE && !a->value[ARG_quiet].given) say_notes(&s, &r);
  }
  session_close(&s);
  return status;
}
