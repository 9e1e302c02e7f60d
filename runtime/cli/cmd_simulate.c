/* dun simulate: what a policy would do over the coming days, to whom, and what that adds up to. */
#include "commands.h"
#include "html_report.h"
#include "progress.h"
#include "rows.h"
#include "runtime/engine/simulate.h"
#include "session.h"

typedef struct printing {
  out *o;
  row_style style;
  uint64_t rows;
  arena *scratch; /* of a row */
} printing;

static void print_decision(void *self, const decision *d) {
  printing *p = self;
  slice values[ROW_COLUMNS_MAX];
  row_values(&p->style, d, values, p->scratch);
  out_row(p->o, values);
  p->rows++;
  arena_reset(p->scratch);
}

static void tell(void *self, uint32_t done, uint32_t days) {
  (void)days;
  progress_at(self, done);
}

static int dates_of(const args *a, world *w, civil_date today, civil_date *from, civil_date *to) {
  *from = a->value[ARG_from].given ? (civil_date){(int32_t)a->value[ARG_from].number} : today;
  *to = a->value[ARG_to].given ? (civil_date){(int32_t)a->value[ARG_to].number} : date_add_days(*from, 89);
  if (to->day < from->day) {
    args_complain(w, a, "--to lies before --from");
    return EXIT_USAGE;
  }
  if (to->day - from->day > 3660) {
    args_complain(w, a, "a simulation goes over 10 years at most");
    return EXIT_USAGE;
  }
  return EXIT_FINE;
}

static int write_page(session *s, const report *r) {
  const char *path = s->a->value[ARG_html].text.p;
  world_code code = s->w->write_file(s->w, path, html_report(r, s->c.program, s->a->lang, s->perm));
  if (code == WORLD_OK) return EXIT_FINE;
  args_complain(s->w, s->a, "cannot write %s: %s", path, world_code_text(code));
  return EXIT_WORLD;
}

/* The closing lines: on standard error, so that csv and json stay clean. */
static void summary(session *s, const report *r, uint64_t rows) {
  uint64_t messages = 0;
  for (uint32_t d = 0; d < r->days; d++)
    for (int c = 0; c < CH_COUNT; c++) messages += r->messages[d][c];
  world_printf(s->w, WORLD_STDERR, "\n%u open invoices, %u of them reached; %llu actions on %u days, %llu of them messages to customers.\n",
               r->invoices, r->reached, (unsigned long long)rows, r->days, (unsigned long long)messages);
  if (r->no_contact) world_printf(s->w, WORLD_STDERR, "%u send%s found nobody to send to (no contact).\n", r->no_contact, r->no_contact == 1 ? "" : "s");
  if (r->waiting_end) world_printf(s->w, WORLD_STDERR, "%u actions still wait on the last day.\n", r->waiting_end);
  for (uint32_t i = 0; i < r->undecided_count; i++)
    world_printf(s->w, WORLD_STDERR, "undecided: %.*s is missing in %u rows that a condition asked for it.\n",
                 SLICE_ARG(r->undecided[i].field), r->undecided[i].rows);
  if (s->a->value[ARG_html].given)
    world_printf(s->w, WORLD_STDERR, "The page is in %s\n", s->a->value[ARG_html].text.p);
}

int cmd_simulate(const args *a, world *w) {
  session s;
  int status = session_compile(&s, a, w, a->word[0]);
  if (status == EXIT_FINE) status = session_today(&s);
  civil_date from = {0}, to = {0};
  if (status == EXIT_FINE) status = dates_of(a, w, s.today, &from, &to);
  if (status == EXIT_FINE) status = session_open(&s);
  if (status == EXIT_FINE) status = session_engine(&s, from, false);
  if (status == EXIT_FINE) {
    printing p = {.style = {s.e, a->format, s.lang, false, false}, .scratch = arena_new()};
    out_column columns[ROW_COLUMNS_MAX];
    size_t n = row_columns(&p.style, columns);
    p.o = out_begin(w, a->format, columns, n);
    progress bar;
    progress_begin(&bar, w, "simulating", (uint64_t)(to.day - from.day + 1));
    simulation sim = {.from = from, .to = to, .events = &s.events, .decided = print_decision, .self = &p,
                      .progress = tell, .progress_self = &bar, .want_report = true};
    report r;
    simulate(s.e, &sim, s.perm, &r);
    arena_free(p.scratch);
    progress_end(&bar);
    world_code why;
    if (!out_end(p.o, &why)) {
      if (why != WORLD_CLOSED) args_complain(w, a, "cannot write the result: %s", world_code_text(why));
      status = why == WORLD_CLOSED ? EXIT_FINE : EXIT_WORLD;
    }
    if (status == EXIT_FINE && a->value[ARG_html].given) status = write_page(&s, &r);
    if (status == EXIT_FINE && !a->value[ARG_quiet].given) summary(&s, &r, p.rows);
  }
  session_close(&s);
  return status;
}
