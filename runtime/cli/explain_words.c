/* See explain_words.h. */
#include "explain_words.h"

#include "runtime/outbox/outbox.h"
#include "runtime/store/delivery.h"
#include "runtime/store/hooks.h"
#include "runtime/store/pause.h"

enum { US_PER_HOUR = 3600 * 1000000LL };

typedef struct saying {
  session *s;
  const explain *x;
  uint32_t row;
  dun_lang lang;
  arena *perm;
} saying;

static slice said(const saying *p, slice english) { return texts_said(p->lang, p->perm, english); }
static slice iso(const saying *p, civil_date day) {
  char text[DATE_TEXT_MAX];
  return arena_slice(p->perm, (slice){text, date_iso(day, text)});
}

/* ---- what the outbox would say ---- */

/* A pause that covers this customer's messages, whatever the channel. */
static store_code pause_words(const saying *p, slice *words) {
  const facts *f = p->s->f;
  store_pause pause;
  slice customer = f->t[ENT_CUSTOMER].number[f->customer[p->row]];
  store_code code = store_pause_of(p->s->s, p->s->c.program->name, (slice){0}, customer, p->perm, &pause);
  if (code == STORE_OK || code == STORE_ROW)
    *words = TEXTS(p->lang, p->perm, EXPLAIN_PAUSED, slice_of(pause_scope_name(pause.scope)), pause.by, pause.reason);
  return code == STORE_END || code == STORE_ROW ? STORE_OK : code;
}

/* The ledger was read in too long before the end of the day that is explained. */
static store_code stale_words(const saying *p, slice *words) {
  int64_t at = 0, now = (int64_t)p->s->today.day * 24 * US_PER_HOUR;
  if (p->s->a->value[ARG_data].given) return STORE_OK;
  store_code code = store_synced_at(p->s->s, &at);
  civil_date read = {(int32_t)(at / (24 * US_PER_HOUR))};
  if (code == STORE_OK && at > 0 && now - at > OUTBOX_STALE_HOURS * US_PER_HOUR)
    *words = TEXTS(p->lang, p->perm, EXPLAIN_STALE, iso(p, read), texts_number(p->perm, OUTBOX_STALE_HOURS));
  return code == STORE_END ? STORE_OK : code;
}

/* A hint of the ERP that the invoice is paid. */
static store_code hint_words(const saying *p, slice *words) {
  bool yes = false;
  store_code code = store_hinted(p->s->s, p->s->f->t[ENT_INVOICE].number[p->row], &yes);
  if (yes) *words = said(p, SLICE("the ERP says that the invoice is paid; it is read before anything goes"));
  return code == STORE_END ? STORE_OK : code;
}

static store_code ask_outbox(const saying *p, slice says[OUTBOX_SAYS]) {
  store_code code = pause_words(p, &says[0]);
  if (code == STORE_OK) code = stale_words(p, &says[1]);
  return code == STORE_OK ? hint_words(p, &says[2]) : code;
}

/* ---- changes ---- */

static slice old_value(const saying *p, slice was) {
  return was.n ? was : slice_of(texts_word(p->lang, TXT_EXPLAIN_MISSING));
}

static slice if_words(const saying *p, const explain_if *i) {
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

static slice what(const saying *p, const decision *d) {
  slice does = said(p, d->text);
  bool known = d->to.n && !slice_eq(d->to, EXPLAIN_SOME_TEXT);
  return known ? TEXTS(p->lang, p->perm, EXPLAIN_TO, does, d->to) : does;
}

static slice change_words(const saying *p) {
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

/* ---- all of it ---- */

static slice head(const saying *p) {
  const facts *f = p->s->f;
  uint32_t customer = f->customer[p->row];
  slice due = iso(p, (civil_date){(int32_t)fact_int(f, FIELD_INVOICE_DUE, p->row)});
  slice name = fact_text(f, FIELD_CUSTOMER_NAME, customer), id = f->t[ENT_CUSTOMER].number[customer];
  if (name.n) id = arena_printf(p->perm, "%.*s (%.*s)", SLICE_ARG(name), SLICE_ARG(id));
  return TEXTS(p->lang, p->perm, INVOICE_HEAD, f->t[ENT_INVOICE].number[p->row], id, due);
}

static slice step_state(const saying *p, const explain_step *t) {
  if (t->block != BLOCK_NONE) return slice_of(texts_word(p->lang, TXT_EXPLAIN_NOT));
  return said(p, t->wait == WAIT_NONE ? SLICE("goes out today") : SLICE("waits"));
}

static const explain_stage *stages(const saying *p) {
  explain_stage *v = ARENA_ARRAY(p->perm, p->x->step_count + 1, explain_stage);
  for (uint32_t i = 0; i < p->x->step_count; i++) {
    const explain_step *t = &p->x->steps[i];
    v[i] = (explain_stage){.place = said(p, t->place),
                           .text = said(p, t->text),
                           .state = step_state(p, t),
                           .why = said(p, t->why),
                           .asked = t->asked,
                           .goes = t->block == BLOCK_NONE,
                           .day = t->day,
                           .r = t->r};
  }
  return v;
}

static const explain_question *questions(const saying *p) {
  explain_question *v = ARENA_ARRAY(p->perm, p->x->n + 1, explain_question);
  for (uint32_t i = 0; i < p->x->n; i++) {
    const explanation *e = &p->x->v[i];
    v[i] = (explain_question){e->term ? e->question : said(p, e->question), said(p, e->answer), said(p, e->because),
                              e->term};
  }
  return v;
}

static slice next_words(const saying *p) {
  bool asked = p->x->asked_count > 0;
  if (!p->x->next.any) return asked ? TEXTS(p->lang, p->perm, EXPLAIN_NEVER) : TEXTS(p->lang, p->perm, NOTHING_NEXT);
  const decision *d = &p->x->next.d;
  if (asked) return TEXTS(p->lang, p->perm, EXPLAIN_BY_ITSELF, iso(p, d->day), d->rung, what(p, d));
  slice does = said(p, d->text);
  return d->to.n ? TEXTS(p->lang, p->perm, NEXT_TO, iso(p, d->day), d->rung, does, d->to)
                 : TEXTS(p->lang, p->perm, NEXT, iso(p, d->day), d->rung, does);
}

static slice in_words(void *self, arena *perm, slice english) {
  return texts_said(*(const dun_lang *)self, perm, english);
}

int explain_in_words(session *s, uint32_t row, const slice *words, uint32_t word_count, dun_lang lang,
                     explain_words *in, slice *unknown) {
  saying p = {.s = s, .x = &in->x, .row = row, .lang = lang, .perm = s->perm};
  explain_past past;
  day_plan plan;
  *in = (explain_words){.lang = lang};
  if (past_load(s->e, s->s, &s->events, row, s->perm, &past) != STORE_OK) return EXIT_WORLD;
  plan_make(s->e, s->today, s->perm, &plan);
  const explain_asked asked = {.lang = lang,
                               .words = words,
                               .word_count = word_count,
                               .past = &past,
                               .in_words = s->lang == LANG_EN ? NULL : in_words,
                               .self = &s->lang};
  if (!explain_invoice(s->e, &plan, row, &asked, s->perm, &in->x, unknown)) return EXIT_USAGE;
  if (ask_outbox(&p, in->outbox) != STORE_OK) return EXIT_WORLD;
  slice *why = ARENA_ARRAY(s->perm, in->x.why_count + 1, slice);
  for (uint32_t i = 0; i < in->x.why_count; i++) why[i] = said(&p, in->x.why[i]);
  in->why = why;
  in->head = head(&p);
  in->verdict = said(&p, in->x.verdict);
  in->stages = stages(&p);
  in->questions = questions(&p);
  if (in->x.change.sought) in->change = change_words(&p);
  in->next = next_words(&p);
  return EXIT_FINE;
}
