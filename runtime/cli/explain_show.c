/* See explain_show.h. */
#include "explain_show.h"

#include "runtime/engine/explain_trace.h"
#include "runtime/outbox/outbox.h"
#include "runtime/store/delivery.h"
#include "runtime/store/hooks.h"
#include "runtime/store/pause.h"

enum { US_PER_HOUR = 3600 * 1000000LL };

typedef struct shown {
  session *s;
  const explain *x;
  uint32_t row;
  dun_lang lang; /* of the words: csv and json are English */
  arena *perm;
  out *o;
} shown;

static slice said(const shown *p, slice english) { return texts_said(p->lang, p->perm, english); }
static slice iso(const shown *p, civil_date day) {
  char text[DATE_TEXT_MAX];
  return arena_slice(p->perm, (slice){text, date_iso(day, text)});
}

/* ---- what the outbox would say ---- */

/* A pause that covers this customer's messages, whatever the channel. */
static store_code pause_words(const shown *p, slice *words) {
  const facts *f = p->s->f;
  store_pause pause;
  slice customer = f->t[ENT_CUSTOMER].number[f->customer[p->row]];
  store_code code = store_pause_of(p->s->s, p->s->c.program->name, (slice){0}, customer, p->perm, &pause);
  if (code == STORE_OK || code == STORE_ROW)
    *words = TEXTS(p->lang, p->perm, EXPLAIN_PAUSED, slice_of(pause_scope_name(pause.scope)), pause.by, pause.reason);
  return code == STORE_END || code == STORE_ROW ? STORE_OK : code;
}

/* The ledger was read in too long before the end of the day that is explained. */
static store_code stale_words(const shown *p, slice *words) {
  int64_t at = 0, now = (int64_t)p->s->today.day * 24 * US_PER_HOUR;
  if (p->s->a->value[ARG_data].given) return STORE_OK;
  store_code code = store_synced_at(p->s->s, &at);
  civil_date read = {(int32_t)(at / (24 * US_PER_HOUR))};
  if (code == STORE_OK && at > 0 && now - at > OUTBOX_STALE_HOURS * US_PER_HOUR)
    *words = TEXTS(p->lang, p->perm, EXPLAIN_STALE, iso(p, read), texts_number(p->perm, OUTBOX_STALE_HOURS));
  return code == STORE_END ? STORE_OK : code;
}

/* A hint of the ERP that the invoice is paid. */
static store_code hint_words(const shown *p, slice *words) {
  bool yes = false;
  store_code code = store_hinted(p->s->s, p->s->f->t[ENT_INVOICE].number[p->row], &yes);
  if (yes) *words = said(p, SLICE("the ERP says that the invoice is paid; it is read before anything goes"));
  return code == STORE_END ? STORE_OK : code;
}

/* What the gate would say of a message that leaves now; empty: nothing. */
enum { OUTBOX_SAYS = 3 };
typedef struct outbox_says {
  slice v[OUTBOX_SAYS];
} outbox_says;

static store_code ask_outbox(const shown *p, outbox_says *o) {
  store_code code = pause_words(p, &o->v[0]);
  if (code == STORE_OK) code = stale_words(p, &o->v[1]);
  return code == STORE_OK ? hint_words(p, &o->v[2]) : code;
}

/* ---- changes ---- */

static slice old_value(const shown *p, slice was) {
  return was.n ? was : slice_of(texts_word(p->lang, TXT_EXPLAIN_MISSING));
}

static slice if_words(const shown *p, const explain_if *i) {
  slice was = old_value(p, i->was);
  switch (i->kind) {
  case IF_IS: return TEXTS(p->lang, p->perm, EXPLAIN_IF_IS, i->field, i->value, was);
  case IF_ABOVE: return TEXTS(p->lang, p->perm, EXPLAIN_IF_ABOVE, i->field, i->value, was);
  case IF_BELOW: return TEXTS(p->lang, p->perm, EXPLAIN_IF_BELOW, i->field, i->value, was);
  case IF_NOT: return TEXTS(p->lang, p->perm, EXPLAIN_IF_NOT, i->field, i->value);
  case IF_HAS: return TEXTS(p->lang, p->perm, EXPLAIN_IF_HAS, i->field, i->value);
  case IF_HAS_NOT: return TEXTS(p->lang, p->perm, EXPLAIN_IF_HAS_NOT, i->field, i->value);
  case IF_MISSING: return TEXTS(p->lang, p->perm, EXPLAIN_IF_MISSING, i->field, was);
  case IF_KNOWN: return TEXTS(p->lang, p->perm, EXPLAIN_IF_KNOWN, i->field);
  case IF_DISPUTE_CLOSED: return TEXTS(p->lang, p->perm, EXPLAIN_IF_DISPUTE_CLOSED);
  case IF_PROMISE_GONE: return TEXTS(p->lang, p->perm, EXPLAIN_IF_PROMISE_GONE, i->value);
  case IF_APPROVED: return TEXTS(p->lang, p->perm, EXPLAIN_IF_APPROVED);
  }
  return (slice){0};
}

static slice what(const shown *p, const decision *d) {
  slice does = said(p, d->text);
  bool known = d->to.n && !slice_eq(d->to, EXPLAIN_SOME_TEXT);
  return known ? TEXTS(p->lang, p->perm, EXPLAIN_TO, does, d->to) : does;
}

static slice change_words(const shown *p) {
  const explain_change *c = &p->x->change;
  if (!c->any)
    return TEXTS(p->lang, p->perm, EXPLAIN_NO_CHANGE,
                 c->looked_at.n ? c->looked_at : slice_of(texts_word(p->lang, TXT_EXPLAIN_NO_FACT)),
                 texts_number(p->perm, c->tried));
  slice ifs = if_words(p, &c->ifs[0]);
  for (uint32_t i = 1; i < c->n; i++) ifs = TEXTS(p->lang, p->perm, EXPLAIN_AND, ifs, if_words(p, &c->ifs[i]));
  if (c->d.day.day == p->s->today.day) return TEXTS(p->lang, p->perm, EXPLAIN_WOULD, ifs, what(p, &c->d));
  return TEXTS(p->lang, p->perm, EXPLAIN_WOULD_ON, iso(p, c->d.day), ifs, what(p, &c->d));
}

/* ---- prose ---- */

static void say_line(const shown *p, slice words) { world_printf(p->s->w, WORLD_STDOUT, "%.*s\n", SLICE_ARG(words)); }

static void head(const shown *p) {
  const facts *f = p->s->f;
  uint32_t customer = f->customer[p->row];
  slice due = iso(p, (civil_date){(int32_t)fact_int(f, FIELD_INVOICE_DUE, p->row)});
  slice name = fact_text(f, FIELD_CUSTOMER_NAME, customer), id = f->t[ENT_CUSTOMER].number[customer];
  if (name.n) id = arena_printf(p->perm, "%.*s (%.*s)", SLICE_ARG(name), SLICE_ARG(id));
  say_line(p, TEXTS(p->lang, p->perm, INVOICE_HEAD, f->t[ENT_INVOICE].number[p->row], id, due));
}

static slice step_state(const shown *p, const explain_step *t) {
  if (t->block != BLOCK_NONE) return slice_of(texts_word(p->lang, TXT_EXPLAIN_NOT));
  return said(p, t->wait == WAIT_NONE ? SLICE("goes out today") : SLICE("waits"));
}

/* Each step that was asked for: where it stands, what keeps it back. */
static void steps(const shown *p) {
  const out_column columns[] = {{"step", texts_word(p->lang, TXT_EXPLAIN_STEP), OUT_TEXT, true},
                                {"action", texts_word(p->lang, TXT_EXPLAIN_ACTION), OUT_TEXT, true},
                                {"today", texts_word(p->lang, TXT_EXPLAIN_TODAY), OUT_TEXT, true},
                                {"because", texts_word(p->lang, TXT_BECAUSE_TITLE), OUT_TEXT, false}};
  out *o = out_begin(p->s->w, p->s->a->format, columns, 4);
  for (uint32_t i = 0; i < p->x->step_count; i++) {
    const explain_step *t = &p->x->steps[i];
    if (t->asked) out_row(o, (slice[]){said(p, t->place), said(p, t->text), step_state(p, t), said(p, t->why)});
  }
  world_code why;
  (void)!out_end(o, &why);
  world_printf(p->s->w, WORLD_STDOUT, "\n");
}

static void next_lines(const shown *p) {
  world_printf(p->s->w, WORLD_STDOUT, "\n");
  if (p->x->change.sought) say_line(p, change_words(p));
  bool asked = p->x->asked_count > 0;
  if (!p->x->next.any) {
    say_line(p, asked ? TEXTS(p->lang, p->perm, EXPLAIN_NEVER) : TEXTS(p->lang, p->perm, NOTHING_NEXT));
    return;
  }
  const decision *d = &p->x->next.d;
  if (asked) {
    say_line(p, TEXTS(p->lang, p->perm, EXPLAIN_BY_ITSELF, iso(p, d->day), d->rung, what(p, d)));
    return;
  }
  slice does = said(p, d->text);
  if (d->to.n)
    say_line(p, TEXTS(p->lang, p->perm, NEXT_TO, iso(p, d->day), d->rung, does, d->to));
  else
    say_line(p, TEXTS(p->lang, p->perm, NEXT, iso(p, d->day), d->rung, does));
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
    const explanation *e = &p->x->v[i];
    slice question = e->term ? e->question : said(p, e->question);
    if (e->term && p->s->a->format == OUT_table) question = arena_printf(p->perm, "  %.*s", SLICE_ARG(question));
    row(p, e->term ? SLICE("term") : SLICE("question"), question, said(p, e->answer), said(p, e->because));
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
static void rows_around(const shown *p, bool before, const outbox_says *held) {
  const explain *x = p->x;
  if (before) {
    row(p, SLICE("today"), SLICE("today"), said(p, x->verdict), (slice){0});
    for (uint32_t i = 0; i < x->why_count; i++) row(p, SLICE("why"), SLICE("why"), said(p, x->why[i]), (slice){0});
    for (int i = 0; i < OUTBOX_SAYS; i++)
      if (held->v[i].n) row(p, SLICE("outbox"), SLICE("outbox"), held->v[i], (slice){0});
    for (uint32_t i = 0; i < x->step_count; i++) {
      const explain_step *t = &x->steps[i];
      slice step = arena_printf(p->perm, "%.*s: %.*s", SLICE_ARG(said(p, t->place)), SLICE_ARG(said(p, t->text)));
      if (t->asked) row(p, SLICE("step"), step, step_state(p, t), said(p, t->why));
    }
    return;
  }
  if (x->change.sought) row(p, SLICE("change"), SLICE("change"), change_words(p), (slice){0});
  if (x->next.any) row(p, SLICE("next"), SLICE("next"), iso(p, x->next.d.day), said(p, x->next.d.text));
  trace_rows(p);
}

static void prose_before(const shown *p, const outbox_says *held) {
  head(p);
  say_line(p, said(p, p->x->verdict));
  for (uint32_t i = 0; i < p->x->why_count; i++)
    world_printf(p->s->w, WORLD_STDOUT, "  - %.*s\n", SLICE_ARG(said(p, p->x->why[i])));
  for (int i = 0; i < OUTBOX_SAYS; i++)
    if (held->v[i].n) say_line(p, held->v[i]);
  world_printf(p->s->w, WORLD_STDOUT, "\n");
  if (p->x->asked_count) steps(p);
}

static int print(shown *p) {
  bool prose = p->s->a->format == OUT_table;
  const out_column columns[] = {{"question", texts_word(p->lang, TXT_QUESTION_TITLE), OUT_TEXT, true},
                                {"answer", texts_word(p->lang, TXT_ANSWER_TITLE), OUT_TEXT, true},
                                {"because", texts_word(p->lang, TXT_BECAUSE_TITLE), OUT_TEXT, false},
                                {"kind", texts_word(p->lang, TXT_EXPLAIN_KIND), OUT_TEXT, false}};
  outbox_says held = {0};
  if (ask_outbox(p, &held) != STORE_OK) return session_complain_said(p->s, EXIT_WORLD, store_why(p->s->s)->text);
  if (prose) prose_before(p, &held);
  p->o = out_begin(p->s->w, p->s->a->format, columns, prose ? 3 : 4);
  if (!prose) rows_around(p, true, &held);
  questions(p);
  if (!prose) rows_around(p, false, &held);
  world_code why;
  bool ok = out_end(p->o, &why);
  if (prose) next_lines(p);
  if (prose) trace_table(p);
  return ok || why == WORLD_CLOSED ? EXIT_FINE : EXIT_WORLD;
}

static slice in_words(void *self, arena *perm, slice english) {
  return texts_said(((const session *)self)->lang, perm, english);
}

int explain_show(session *s, uint32_t row_id, const slice *words, uint32_t word_count) {
  shown p = {.s = s, .row = row_id, .perm = s->perm};
  p.lang = s->a->format == OUT_table || s->a->format == OUT_md ? s->lang : LANG_EN;
  explain_past past;
  if (past_load(s->e, s->s, &s->events, row_id, s->perm, &past) != STORE_OK)
    return session_complain_said(s, EXIT_WORLD, store_why(s->s)->text);
  day_plan plan;
  plan_make(s->e, s->today, s->perm, &plan);
  const explain_asked asked = {.lang = p.lang,
                               .words = words,
                               .word_count = word_count,
                               .past = &past,
                               .in_words = s->lang == LANG_EN ? NULL : in_words,
                               .self = s};
  explain x;
  slice unknown = {0};
  if (!explain_invoice(s->e, &plan, row_id, &asked, s->perm, &x, &unknown))
    return COMPLAIN(s, EXIT_USAGE, EXPLAIN_NO_STEP, unknown);
  p.x = &x;
  return print(&p);
}
