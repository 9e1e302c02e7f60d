/* dun prove: what a policy guarantees, and questions about policies and conditions (prove_ask.c). Status 1 is a
 * counterexample, or a question that was not analysed: nobody should take silence for a proof. */
#include "commands.h"
#include "out.h"
#include "prove_ask.h"
#include "prove_show.h"
#include "runtime/engine/action_written.h"

/* The year that the first due date is taken from is today's: reviews look ahead. */
int prove_first_day(session *s, civil_date *first) {
  int status = session_today(s);
  if (status == EXIT_FINE) *first = s->today;
  return status;
}

static uint32_t line_of(const session *s, span at) {
  uint32_t row, at_column;
  source_position(&s->c.program->sources[at.file], at.from, &row, &at_column);
  return row;
}

/* ---- for people ---- */

static text_id broken_text(const prove_result *r, prove_said as) {
  if (as == PROVE_SAID_QUESTION) return TXT_PROVE_NO_ON;
  return r->of->kind == GUARANTEE_REACHES ? TXT_PROVE_BROKEN_BY : TXT_PROVE_BROKEN_ON;
}

static void put_example(session *s, const prove_result *r, prove_said as, text *t) {
  char buffer[DATE_TEXT_MAX];
  slice when[] = {{buffer, date_iso(r->day, buffer)}, prove_show_weekday(s->lang, r->day)};
  text_cstr(t, "  ");
  text_add(t, texts_of(s->lang, s->perm, broken_text(r, as), 2, when));
  text_char(t, '\n');
  prove_show_given(t, s->c.program, r->example, 4);
  prove_show_steps(t, s->c.program, s->lang, &r->timeline, 4);
}

static void put_result(session *s, const prove_result *r, prove_said as, text *t) {
  slice why = prove_show_why(s->c.program, s->lang, r, s->perm);
  if (as == PROVE_SAID_GUARANTEE)
    text_printf(t, "%.*s:%u: ", SLICE_ARG(s->c.program->sources[r->of->at.file].name), line_of(s, r->of->at));
  text_add(t, source_line(s->c.program, r->of->at, s->perm));
  text_char(t, '\n');
  switch (r->verdict) {
  case PROVE_PROVEN: text_printf(t, "  %.*s\n", SLICE_ARG(TEXTS(s->lang, s->perm, PROVE_PROVEN, why))); break;
  case PROVE_HOLDS:
    text_printf(t, "  %.*s\n",
                SLICE_ARG(TEXTS(s->lang, s->perm, PROVE_HOLDS, prove_show_number(s->perm, r->tried.cases), why)));
    break;
  case PROVE_BROKEN: put_example(s, r, as, t); break;
  case PROVE_NOT_ANALYSED:
    text_printf(t, "  %.*s\n", SLICE_ARG(TEXTS(s->lang, s->perm, PROVE_NOT_ANALYSED, why)));
    break;
  case PROVE_VERDICT_COUNT: break;
  }
}

static void put_sum(session *s, const prove_result *v, uint32_t n, text *t) {
  uint32_t counts[PROVE_VERDICT_COUNT] = {0};
  for (uint32_t i = 0; i < n; i++) counts[v[i].verdict]++;
  slice words[PROVE_VERDICT_COUNT];
  for (unsigned k = 0; k < PROVE_VERDICT_COUNT; k++) words[k] = prove_show_number(s->perm, counts[k]);
  text_add(t, TEXTS(s->lang, s->perm, PROVE_SUM, words[PROVE_PROVEN], words[PROVE_HOLDS], words[PROVE_BROKEN],
                    words[PROVE_NOT_ANALYSED]));
  text_char(t, '\n');
}

/* ---- for machines and pages ---- */

static slice timeline_text(session *s, const prove_result *r) {
  text t = text_new(s->perm);
  for (uint32_t i = 0; i < r->timeline.n; i++) {
    const prove_step *step = &r->timeline.v[i];
    char buffer[DATE_TEXT_MAX];
    size_t n = date_iso(step->day, buffer);
    text_printf(&t, "%s%.*s %.*s", t.n ? "; " : "", (int)n, buffer, SLICE_ARG(step->what));
    if (step->wait != WAIT_NONE) text_printf(&t, " (waits: %s)", WAITS[step->wait]);
    if (step->no_contact) text_cstr(&t, " (no contact)");
  }
  return text_slice(&t);
}

static bool print_rows(session *s, const prove_result *v, uint32_t n, prove_said as, world_code *why) {
  dun_lang lang = s->lang;
  bool page = s->a->format == OUT_md;
  /* A question stands in no file. */
  const size_t skipped = as == PROVE_SAID_QUESTION ? 2 : 0;
  const out_column columns[] = {{"file", NULL, OUT_TEXT, false},
                                {"line", texts_word(lang, TXT_PROVE_COL_LINE), OUT_NUMBER, true},
                                {"guarantee", texts_word(lang, TXT_PROVE_COL_WHAT), OUT_TEXT, true},
                                {"verdict", texts_word(lang, TXT_PROVE_COL_VERDICT), OUT_TEXT, true},
                                {"why", texts_word(lang, TXT_PROVE_COL_WHY), OUT_TEXT, false},
                                {"cases", NULL, OUT_NUMBER, false},
                                {"day", texts_word(lang, TXT_PROVE_COL_DAY), OUT_DATE, false},
                                {"example", texts_word(lang, TXT_PROVE_EXAMPLE), OUT_TEXT, false},
                                {"timeline", NULL, OUT_TEXT, false}};
  out *o = out_begin(s->w, s->a->format, columns + skipped, sizeof columns / sizeof *columns - skipped);
  for (uint32_t i = 0; i < n; i++) {
    const prove_result *r = &v[i];
    bool broken = r->verdict == PROVE_BROKEN;
    slice verdict = slice_of(prove_verdict_word(r->verdict, as));
    char buffer[DATE_TEXT_MAX];
    slice values[] = {s->c.program->sources[r->of->at.file].name,
                      texts_number(s->perm, line_of(s, r->of->at)),
                      source_line(s->c.program, r->of->at, s->perm),
                      page ? texts_said(lang, s->perm, verdict) : verdict,
                      prove_show_why(s->c.program, page ? lang : LANG_EN, r, s->perm),
                      texts_number(s->perm, r->tried.cases),
                      broken ? arena_slice(s->perm, (slice){buffer, date_iso(r->day, buffer)}) : (slice){0},
                      broken ? prove_show_row(s->c.program, r->example, s->perm) : (slice){0},
                      broken ? timeline_text(s, r) : (slice){0}};
    out_row(o, values + skipped);
  }
  return out_end(o, why);
}

/* ---- the whole ---- */

int prove_print(session *s, const prove_result *v, uint32_t n, prove_said as) {
  bool found = false;
  for (uint32_t i = 0; i < n; i++) found = found || v[i].verdict == PROVE_BROKEN || v[i].verdict == PROVE_NOT_ANALYSED;
  world_code why = WORLD_OK;
  if (s->a->format == OUT_table) {
    text t = text_new(s->perm);
    for (uint32_t i = 0; i < n; i++) put_result(s, &v[i], as, &t);
    if (n > 1) put_sum(s, v, n, &t);
    why = s->w->print(s->w, WORLD_STDOUT, text_slice(&t));
  } else if (print_rows(s, v, n, as, &why))
    why = WORLD_OK;
  if (why != WORLD_OK && why != WORLD_CLOSED)
    return COMPLAIN(s, EXIT_WORLD, CANNOT_WRITE_RESULT, texts_world(s->lang, s->perm, why));
  return found ? EXIT_FINDINGS : EXIT_FINE;
}

int prove_check(session *s) {
  const program *p = s->c.program;
  civil_date first;
  int status = p->guarantee_count ? prove_first_day(s, &first) : EXIT_FINE;
  if (status != EXIT_FINE || !p->guarantee_count) return status;
  prove_result *v = ARENA_ARRAY(s->perm, p->guarantee_count, prove_result);
  prove_guarantees(s->w, &s->c, first, PROVE_CASES_FEW, s->perm, v);
  diags_init(&s->diags, s->perm);
  for (uint32_t i = 0; i < p->guarantee_count; i++) {
    slice why = prove_show_why(p, s->lang, &v[i], s->perm);
    if (v[i].verdict == PROVE_BROKEN) diag_add(&s->diags, DIAG_E0370, v[i].of->at, (slice){0}, 1, &why);
    if (v[i].verdict == PROVE_NOT_ANALYSED) diag_add(&s->diags, DIAG_W0060, v[i].of->at, (slice){0}, 1, &why);
  }
  diags_sort(&s->diags);
  return session_show_diags(s, s->sources, s->source_count) ? EXIT_FINDINGS : EXIT_FINE;
}

static int prove_policy(const args *a, world *w) {
  session s;
  civil_date first;
  int status = session_compile(&s, a, w, a->word_count ? a->word[0] : a->value[ARG_policy].text);
  if (status == EXIT_FINE) status = prove_first_day(&s, &first);
  if (status != EXIT_FINE) return status;
  uint32_t n = s.c.program->guarantee_count;
  if (!n) {
    SAY(&s, WORLD_STDERR, PROVE_NO_GUARANTEE, s.policy_path);
    return EXIT_FINE;
  }
  prove_result *v = ARENA_ARRAY(s.perm, n, prove_result);
  prove_guarantees(w, &s.c, first, PROVE_CASES_MAX, s.perm, v);
  return prove_print(&s, v, n, PROVE_SAID_GUARANTEE);
}

int cmd_prove(const args *a, world *w) {
  int status;
  return prove_ask(a, w, &status) ? status : prove_policy(a, w);
}
