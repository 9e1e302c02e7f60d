/* See explain_show.h. */
#include "explain_show.h"

#include "explain_words.h"
#include "runtime/engine/explain_trace.h"

typedef struct shown {
  session *s;
  const explain *x;
  const explain_words *in;
  uint32_t row;
  dun_lang lang; /* of the words: csv and json are English */
  arena *perm;
  out *o;
} shown;

static slice said(const shown *p, slice english) { return texts_said(p->lang, p->perm, english); }

/* ---- prose ---- */

static void say_line(const shown *p, slice words) { world_printf(p->s->w, WORLD_STDOUT, "%.*s\n", SLICE_ARG(words)); }

/* Each step that was asked for: where it stands, what keeps it back. */
static void steps(const shown *p) {
  const out_column columns[] = {{"step", texts_word(p->lang, TXT_EXPLAIN_STEP), OUT_TEXT, true},
                                {"action", texts_word(p->lang, TXT_EXPLAIN_ACTION), OUT_TEXT, true},
                                {"today", texts_word(p->lang, TXT_EXPLAIN_TODAY), OUT_TEXT, true},
                                {"because", texts_word(p->lang, TXT_BECAUSE_TITLE), OUT_TEXT, false}};
  out *o = out_begin(p->s->w, p->s->a->format, columns, 4);
  for (uint32_t i = 0; i < p->x->step_count; i++) {
    const explain_stage *t = &p->in->stages[i];
    if (t->asked) out_row(o, (slice[]){t->place, t->text, t->state, t->why});
  }
  world_code why;
  (void)!out_end(o, &why);
  world_printf(p->s->w, WORLD_STDOUT, "\n");
}

static void next_lines(const shown *p) {
  world_printf(p->s->w, WORLD_STDOUT, "\n");
  if (p->x->change.sought) say_line(p, p->in->change);
  say_line(p, p->in->next);
}

/* ---- the table ---- */

static void row(const shown *p, slice kind, slice question, slice answer, slice because) {
  if (p->s->a->format == OUT_table)
    out_row(p->o, (slice[]){question, answer, because});
  else
    out_row(p->o, (slice[]){question, answer, because, kind});
}

static void questions(const shown *p) {
  for (uint32_t i = 0; i < p->x->n; i++) {
    const explain_question *e = &p->in->questions[i];
    slice question = e->question;
    if (e->term && p->s->a->format == OUT_table) question = arena_printf(p->perm, "  %.*s", SLICE_ARG(question));
    row(p, e->term ? SLICE("term") : SLICE("question"), question, e->answer, e->because);
  }
}

/* Where an instruction comes from: "policy.dun:12:3". */
static slice place(const shown *p, span at) {
  const program *g = p->s->c.program;
  if (at.file >= g->source_count || at.to == 0) return (slice){0};
  uint32_t n, col;
  source_position(&g->sources[at.file], at.from, &n, &col);
  return arena_printf(p->perm, "%.*s:%u:%u", SLICE_ARG(g->sources[at.file].name), n, col);
}

static const trace_step *trace(const shown *p, uint32_t *n) {
  *n = 0;
  if (!p->s->a->value[ARG_trace].given) return NULL;
  return explain_trace(p->s->e, p->x->conds, p->x->cond_count, p->row, p->lang, p->perm, n);
}

static void trace_table(const shown *p) {
  uint32_t n;
  const trace_step *v = trace(p, &n);
  if (!n) return;
  const out_column columns[] = {{"condition", texts_word(p->lang, TXT_EXPLAIN_CONDITION), OUT_NUMBER, true},
                                {"op", texts_word(p->lang, TXT_EXPLAIN_OP), OUT_NUMBER, true},
                                {"instruction", texts_word(p->lang, TXT_EXPLAIN_INSTRUCTION), OUT_TEXT, true},
                                {"does", texts_word(p->lang, TXT_EXPLAIN_DOES), OUT_TEXT, true},
                                {"reads", texts_word(p->lang, TXT_EXPLAIN_READS), OUT_TEXT, false},
                                {"gives", texts_word(p->lang, TXT_EXPLAIN_GIVES), OUT_TEXT, true},
                                {"at", texts_word(p->lang, TXT_EXPLAIN_AT), OUT_TEXT, false}};
  world_printf(p->s->w, WORLD_STDOUT, "\n");
  out *o = out_begin(p->s->w, p->s->a->format, columns, 7);
  for (uint32_t i = 0; i < n; i++)
    out_row(o, (slice[]){texts_number(p->perm, v[i].cond), texts_number(p->perm, v[i].op), v[i].name, v[i].does,
                         v[i].reads, said(p, v[i].gives), place(p, v[i].at)});
  world_code why;
  (void)!out_end(o, &why);
}

static void trace_rows(const shown *p) {
  uint32_t n;
  const trace_step *v = trace(p, &n);
  for (uint32_t i = 0; i < n; i++) {
    slice at = place(p, v[i].at);
    slice from = v[i].reads.n ? arena_printf(p->perm, "%.*s (%.*s)", SLICE_ARG(v[i].reads), SLICE_ARG(at)) : at;
    row(p, SLICE("trace"),
        arena_printf(p->perm, "%u %u %.*s %.*s", v[i].cond, v[i].op, SLICE_ARG(v[i].name), SLICE_ARG(v[i].does)),
        v[i].gives, from);
  }
}

/* All that the prose says, as rows. */
static void rows_around(const shown *p, bool before) {
  const explain *x = p->x;
  const explain_words *in = p->in;
  if (before) {
    row(p, SLICE("today"), SLICE("today"), in->verdict, (slice){0});
    for (uint32_t i = 0; i < x->why_count; i++) row(p, SLICE("why"), SLICE("why"), in->why[i], (slice){0});
    for (int i = 0; i < OUTBOX_SAYS; i++)
      if (in->outbox[i].n) row(p, SLICE("outbox"), SLICE("outbox"), in->outbox[i], (slice){0});
    for (uint32_t i = 0; i < x->step_count; i++) {
      const explain_stage *t = &in->stages[i];
      slice step = arena_printf(p->perm, "%.*s: %.*s", SLICE_ARG(t->place), SLICE_ARG(t->text));
      if (t->asked) row(p, SLICE("step"), step, t->state, t->why);
    }
    return;
  }
  char day[DATE_TEXT_MAX];
  if (x->change.sought) row(p, SLICE("change"), SLICE("change"), in->change, (slice){0});
  if (x->next.any)
    row(p, SLICE("next"), SLICE("next"), arena_slice(p->perm, (slice){day, date_iso(x->next.d.day, day)}),
        said(p, x->next.d.text));
  trace_rows(p);
}

static void prose_before(const shown *p) {
  say_line(p, p->in->head);
  say_line(p, p->in->verdict);
  for (uint32_t i = 0; i < p->x->why_count; i++)
    world_printf(p->s->w, WORLD_STDOUT, "  - %.*s\n", SLICE_ARG(p->in->why[i]));
  for (int i = 0; i < OUTBOX_SAYS; i++)
    if (p->in->outbox[i].n) say_line(p, p->in->outbox[i]);
  world_printf(p->s->w, WORLD_STDOUT, "\n");
  if (p->x->asked_count) steps(p);
}

static int print(shown *p) {
  bool prose = p->s->a->format == OUT_table;
  const out_column columns[] = {{"question", texts_word(p->lang, TXT_QUESTION_TITLE), OUT_TEXT, true},
                                {"answer", texts_word(p->lang, TXT_ANSWER_TITLE), OUT_TEXT, true},
                                {"because", texts_word(p->lang, TXT_BECAUSE_TITLE), OUT_TEXT, false},
                                {"kind", texts_word(p->lang, TXT_EXPLAIN_KIND), OUT_TEXT, false}};
  if (prose) prose_before(p);
  p->o = out_begin(p->s->w, p->s->a->format, columns, prose ? 3 : 4);
  if (!prose) rows_around(p, true);
  questions(p);
  if (!prose) rows_around(p, false);
  world_code why;
  bool ok = out_end(p->o, &why);
  if (prose) next_lines(p);
  if (prose) trace_table(p);
  return ok || why == WORLD_CLOSED ? EXIT_FINE : EXIT_WORLD;
}

int explain_show(session *s, uint32_t row_id, const slice *words, uint32_t word_count) {
  explain_words in;
  slice unknown = {0};
  dun_lang lang = s->a->format == OUT_table || s->a->format == OUT_md ? s->lang : LANG_EN;
  int status = explain_in_words(s, row_id, words, word_count, lang, &in, &unknown);
  if (status == EXIT_USAGE) return COMPLAIN(s, EXIT_USAGE, EXPLAIN_NO_STEP, unknown);
  if (status != EXIT_FINE) return session_complain_said(s, EXIT_WORLD, store_why(s->s)->text);
  shown p = {.s = s, .x = &in.x, .in = &in, .row = row_id, .lang = lang, .perm = s->perm};
  return print(&p);
}
