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

static int dates_of(session *s, civil_date today, civil_date *from, civil_date *to) {
  const args *a = s->a;
  *from = a->value[ARG_from].given ? (civil_date){(int32_t)a->value[ARG_from].number} : today;
  *to = a->value[ARG_to].given ? (civil_date){(int32_t)a->value[ARG_to].number} : date_add_days(*from, 89);
  if (to->day < from->day) {
    return COMPLAIN(s, EXIT_USAGE, TO_BEFORE_FROM);
  }
  if (to->day - from->day > 3660) {
    return COMPLAIN(s, EXIT_USAGE, TEN_YEARS);
  }
  return EXIT_FINE;
}

/* The closing lines: on standard error, so that csv and json stay clean. */
static void summary(session *s, const report *r, uint64_t rows) {
  uint64_t messages = 0;
  for (uint32_t d = 0; d < r->days; d++)
    for (int c = 0; c < CH_COUNT; c++) messages += r->messages[d][c];
  arena *perm = s->perm;
  world_printf(s->w, WORLD_STDERR, "\n");
  SAY(s, WORLD_STDERR, SIMULATED, texts_number(perm, r->invoices), texts_number(perm, r->reached),
      texts_number(perm, rows), texts_number(perm, r->days), texts_number(perm, messages));
  if (r->no_contact) SAY_COUNT(s, WORLD_STDERR, NOBODY, r->no_contact);
  if (r->waiting_end) SAY_COUNT(s, WORLD_STDERR, STILL_WAIT, r->waiting_end);
  session_say_unbilled(s, WORLD_STDERR, &r->unbilled);
  session_say_undecided(s, r->undecided, r->undecided_count);
  session_say_figures(s);
  if (s->a->value[ARG_html].given) SAY(s, WORLD_STDERR, PAGE_IS_IN, s->a->value[ARG_html].text);
}

int cmd_simulate(const args *a, world *w) {
  session s;
  int status = session_compile(&s, a, w, a->word[0]);
  if (status == EXIT_FINE) status = session_today(&s);
  civil_date from = {0}, to = {0};
  if (status == EXIT_FINE) status = dates_of(&s, s.today, &from, &to);
  if (status == EXIT_FINE) status = session_open(&s);
  if (status == EXIT_FINE) status = session_engine(&s, from, false);
  if (status == EXIT_FINE) {
    printing p = {.style = {s.e, a->format, s.lang, false, false}, .scratch = arena_new()};
    out_column columns[ROW_COLUMNS_MAX];
    size_t n = row_columns(&p.style, columns);
    p.o = out_begin(w, a->format, columns, n);
    progress bar;
    progress_begin(&bar, w, texts_word(s.lang, TXT_SIMULATING), (uint64_t)(to.day - from.day) + 1);
    simulation sim = {.from = from,
                      .to = to,
                      .events = &s.events,
                      .decided = print_decision,
                      .self = &p,
                      .progress = tell,
                      .progress_self = &bar,
                      .want_report = true};
    report r;
    simulate(s.e, &sim, s.perm, &r);
    arena_free(p.scratch);
    progress_end(&bar);
    world_code why;
    if (!out_end(p.o, &why)) {
      if (why != WORLD_CLOSED) (void)COMPLAIN(&s, EXIT_WORLD, CANNOT_WRITE_RESULT, texts_world(s.lang, s.perm, why));
      status = why == WORLD_CLOSED ? EXIT_FINE : EXIT_WORLD;
    }
    if (status == EXIT_FINE && a->value[ARG_html].given) status = html_report_write(&s, &r);
    if (status == EXIT_FINE && !a->value[ARG_quiet].given) summary(&s, &r, p.rows);
  }
  session_close(&s);
  return status;
}
