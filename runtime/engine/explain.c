/* See explain.h. */
#include "explain.h"

#include "action_text.h"
#include "fees.h"
#include "lang/base/text.h"
#include "lang/check/words.h"
#include "lang/syntax/keyword.h"
#include "screen.h"

enum { AHEAD_DAYS = 731 };

typedef struct list {
  arena *perm;
  dun_lang lang;
  explanation *v;
  uint32_t n, cap;
} list;

static void say(list *l, slice question, slice answer, slice because) {
  if (l->n == l->cap) {
    uint32_t cap = l->cap ? l->cap * 2 : 32;
    explanation *v = ARENA_ARRAY(l->perm, cap, explanation);
    if (l->n) memcpy(v, l->v, l->n * sizeof *v);
    l->v = v;
    l->cap = cap;
  }
  l->v[l->n++] = (explanation){question, answer, because};
}

static slice source_text(const program *p, span at) {
  if (at.file >= p->source_count || at.to > p->sources[at.file].text.n || at.from >= at.to) return (slice){0};
  return (slice){p->sources[at.file].text.p + at.from, at.to - at.from};
}

/* A field's fixed values and yes and no are words of the language, everything else is the data's. */
static slice value_in(const field_use *use, slice plain, dun_lang lang) {
  if (use->ty == TY_BOOL) return kw_text(slice_eq(plain, SLICE("yes")) ? KW_YES : KW_NO, lang);
  if (use->field >= FIELD_COUNT || !*FIELDS[use->field].values) return plain;
  unsigned i = word_index(WORD_VALUE, plain, LANG_EN);
  return i == word_count(WORD_VALUE) ? plain : word_text(WORD_VALUE, i, lang);
}

slice explain_values(engine *e, uint32_t id, uint32_t row, dun_lang lang, arena *perm) {
  static const char *const EMPTY[LANG_COUNT] = {"is empty", "está vazio", "está vacío"};
  const cond *c = &e->p->conds[id];
  text out = text_new(perm);
  for (uint32_t i = 0; i < c->use_count; i++) {
    const field_use *use = &e->p->uses[c->uses[i]];
    slice value = fact_plain(e, use, row, perm);
    slice name = fact_name_in(e->p, use, lang, perm);
    slice missing = use->ty == TY_SET ? slice_of(EMPTY[lang]) : kw_text(KW_IS_MISSING, lang);
    text_printf(&out, "%s%.*s", i ? ", " : "", SLICE_ARG(name));
    if (value.n)
      text_printf(&out, " = %.*s", SLICE_ARG(value_in(use, value, lang)));
    else
      text_printf(&out, " %.*s", SLICE_ARG(missing));
  }
  return text_slice(&out);
}

static slice tri_word(tri t) { return t == TRI_YES ? SLICE("yes") : t == TRI_NO ? SLICE("no") : SLICE("undecided"); }

/* A condition with its values; the answer. */
static tri ask(engine *e, list *l, const char *words, uint32_t id, uint32_t row) {
  if (e->p->conds[id].of != ENT_INVOICE) return TRI_NO; /* the same sentence, said of contracts or customers */
  tri t = engine_cond(e, id, row);
  slice question = arena_printf(l->perm, "%s %.*s", words, SLICE_ARG(source_text(e->p, e->p->conds[id].at)));
  say(l, question, tri_word(t), explain_values(e, id, row, l->lang, l->perm));
  return t;
}

static slice day_text(arena *perm, int32_t day) {
  char buffer[DATE_TEXT_MAX];
  return arena_slice(perm, (slice){buffer, date_iso((civil_date){day}, buffer)});
}

/* ---- in the order of the decider ---- */

static bool balance(engine *e, list *l, uint32_t row) {
  int64_t status = fact_int(e->f, FIELD_INVOICE_STATUS, row), open = fact_int(e->f, FIELD_INVOICE_OPEN, row);
  char amount[MONEY_TEXT_MAX];
  size_t n = money_plain((money){open, e->f->cur[row]}, amount);
  slice because = arena_printf(l->perm, "status is %.*s, %.*s %s open",
                               SLICE_ARG(value_in(&(field_use){.field = FIELD_INVOICE_STATUS, .ty = TY_TEXT},
                                                  fact_text(e->f, FIELD_INVOICE_STATUS, row), l->lang)),
                               (int)n, amount, currency_code(e->f->cur[row]));
  bool yes = status == STATUS_OPEN && open > 0;
  say(l, SLICE("something to collect"), yes ? SLICE("yes") : SLICE("no"), because);
  return yes;
}

/* The minimum has the currency that it is written in; a bare one has the invoice's. */
static slice minimum_words(engine *e, list *l, const scope *s, uint32_t row) {
  currency own = e->f->cur[row], of = s->ignore_currency == CURRENCY_NONE ? own : s->ignore_currency;
  char open[MONEY_TEXT_MAX], least[DECIMAL_TEXT_MAX];
  slice a = {open, money_plain((money){fact_int(e->f, FIELD_INVOICE_OPEN, row), own}, open)};
  slice b = {least, decimal_text(s->ignore_below, least)};
  return arena_printf(l->perm, "open = %.*s %s, the minimum is %.*s %s", SLICE_ARG(a), currency_code(own), SLICE_ARG(b),
                      currency_code(of));
}

static void fees(engine *e, list *l, uint32_t row) {
  static const uint32_t FIELD_OF[] = {FIELD_INVOICE_FINE, FIELD_INVOICE_INTEREST, FIELD_INVOICE_TOTAL};
  static const char *const QUESTION[] = {"late fee", "interest", "total with late fee and interest"};
  for (size_t k = 0; e->p->has_fee && k < 3; k++) {
    char amount[MONEY_TEXT_MAX];
    money m;
    fees_status status = fees_of(e, FIELD_OF[k], row, &m);
    slice why = status == FEES_NO_RATE          ? SLICE("the series has no rate for a late day")
                : status == FEES_TWO_CURRENCIES ? SLICE("the sums of the late fee are in another currency")
                                                : SLICE("the sum is too large");
    size_t n = money_plain(m, amount);
    slice sum = arena_printf(l->perm, "%.*s %s", (int)n, amount, currency_code(m.cur));
    if (status == FEES_KNOWN)
      say(l, slice_of(QUESTION[k]), sum, (slice){0});
    else
      say(l, slice_of(QUESTION[k]), SLICE("undecided"), why);
  }
}

static bool holds(engine *e, list *l, const scope *s, uint32_t row) {
  bool held = false;
  for (uint32_t i = 0; i < s->stops.count; i++) held |= ask(e, l, "stop when", s->stops.v[i], row) != TRI_NO;
  for (uint32_t i = 0; i < s->holds.count; i++) held |= ask(e, l, "hold while", s->holds.v[i], row) != TRI_NO;
  if (s->hold_promised) {
    bool yes = screen_promised(e, s, row);
    int64_t promise = fact_int(e->f, FIELD_INVOICE_PROMISE, row);
    say(l, SLICE("hold while promised"), yes ? SLICE("yes") : SLICE("no"),
        promise == FACT_MISSING
            ? SLICE("no promise is open")
            : arena_printf(l->perm, "promised for %.*s", SLICE_ARG(day_text(l->perm, (int32_t)promise))));
    held |= yes;
  }
  if (s->has_ignore) {
    bool yes = screen_below_minimum(e, s, row);
    say(l, SLICE("ignore balances below the minimum"), yes ? SLICE("yes") : SLICE("no"), minimum_words(e, l, s, row));
    held |= yes;
  }
  return held;
}

static uint32_t ladders(engine *e, list *l, uint32_t row) {
  bool any = false;
  for (uint32_t k = 0; k < e->p->ladder_count; k++) {
    const ladder *d = &e->p->ladders[k];
    if (d->of != ENT_INVOICE) continue;
    any = true;
    slice name = d->none ? SLICE("no ladder") : arena_printf(l->perm, "ladder %.*s", SLICE_ARG(d->name));
    tri t = d->where == NO_COND ? TRI_YES : engine_cond(e, d->where, row);
    say(l, name, tri_word(t),
        d->where == NO_COND ? SLICE("it takes every invoice") : explain_values(e, d->where, row, l->lang, l->perm));
    if (t == TRI_YES) return d->none ? NO_LADDER : k;
  }
  if (any) say(l, SLICE("ladder"), SLICE("none"), SLICE("no ladder's condition holds for it"));
  return NO_LADDER;
}

static slice rung_words(engine *e, list *l, rung_times r, int32_t i) {
  return arena_printf(l->perm, "rung %.*s", SLICE_ARG(timelines_written(e->tl, r.v[i].written)));
}

/* Position, the current rung and the next one on a track. */
static void rungs(engine *e, list *l, uint32_t track_id, uint32_t list_id, uint32_t row, int32_t anchor) {
  const track *t = &e->h->tracks[track_id];
  rung_times r = timeline_at(e->tl, list_id, anchor);
  int32_t at = timeline_current(r, e->today), pos = t->pos[row];
  say(l, SLICE("counted from"), day_text(l->perm, anchor), arena_printf(l->perm, "today is day %d", e->today - anchor));
  say(l, SLICE("climbed so far"), pos == PLACE_NONE ? SLICE("nothing") : arena_printf(l->perm, "up to day %d", pos),
      (slice){0});
  if (at < 0) {
    say(l, SLICE("current rung"), SLICE("none yet"), (slice){0});
  } else {
    bool early = r.v[at].place < 0 && e->today > anchor;
    slice because = r.v[at].place <= pos ? SLICE("climbed already: it is not done twice")
                    : early              ? SLICE("a rung before the anchor date never fires after it")
                            : arena_printf(l->perm, "since %.*s", SLICE_ARG(day_text(l->perm, r.v[at].day)));
    say(l, rung_words(e, l, r, at), r.v[at].place > pos && !early ? SLICE("current") : SLICE("nothing left"), because);
  }
  if (at + 1 < (int32_t)r.n)
    say(l, rung_words(e, l, r, at + 1), SLICE("next"),
        arena_printf(l->perm, "on %.*s", SLICE_ARG(day_text(l->perm, r.v[at + 1].day))));
}

static void guards(engine *e, list *l, const lines *body, uint32_t row) {
  for (uint32_t i = 0; i < body->count; i++)
    for (uint32_t b = 0; b < body->v[i].branch_count; b++) {
      uint32_t g = body->v[i].branches[b].guard;
      if (g != NO_COND && ask(e, l, "if", g, row) == TRI_YES) break;
    }
}

static void ladder_questions(engine *e, list *l, uint32_t row) {
  uint32_t k = ladders(e, l, row);
  if (k == NO_LADDER) return;
  const ladder *d = &e->p->ladders[k];
  holds(e, l, &d->own, row);
  int32_t anchor = engine_anchor(e, d, row);
  if (anchor == DATE_NONE_DAY) {
    say(l, SLICE("counted from"), SLICE("nothing"), SLICE("the date that this ladder counts from is missing"));
    return;
  }
  rungs(e, l, TRACK_INVOICES, timelines_ladder(k), row, anchor);
  rung_times r = timeline_at(e->tl, timelines_ladder(k), anchor);
  int32_t at = timeline_current(r, e->today);
  for (int32_t i = at; i >= 0 && r.v[i].place == r.v[at].place; i--)
    if (r.v[i].place > e->h->tracks[TRACK_INVOICES].pos[row]) guards(e, l, &d->rungs[r.v[i].rung].body, row);
}

static void when_questions(engine *e, list *l, uint32_t row) {
  for (uint32_t k = 0; k < e->p->when_count; k++) {
    const when_rule *w = &e->p->whens[k];
    if (w->of != ENT_INVOICE) continue;
    tri t =
        ask(e, l, w->name.n ? arena_printf(l->perm, "rule %.*s: when", SLICE_ARG(w->name)).p : "when", w->full, row);
    const track *tr = &e->h->tracks[track_of_when(k)];
    if (w->standing) {
      if (t == TRI_YES && tr->disarmed[row])
        say(l, SLICE("armed"), SLICE("no"),
            arena_printf(l->perm, "it fired on %.*s and waits until its condition is no longer true",
                         SLICE_ARG(day_text(l->perm, tr->fired[row]))));
    } else if (t == TRI_YES) {
      rungs(e, l, track_of_when(k), timelines_when(e->p, k), row, (int32_t)fact_int(e->f, FIELD_INVOICE_DUE, row));
    }
  }
}

/* ---- what comes of it ---- */

static bool is_about(const decision *d, uint32_t row) {
  for (uint32_t i = 0; i < d->subject_count; i++)
    if (d->subjects[i].of == ENT_INVOICE && d->subjects[i].row == row) return true;
  return false;
}

static const decision **pick(const decision *v, uint32_t n, uint32_t row, arena *perm, uint32_t *count) {
  const decision **out = ARENA_ARRAY(perm, n + 1, const decision *);
  *count = 0;
  for (uint32_t i = 0; i < n; i++)
    if (is_about(&v[i], row)) out[(*count)++] = &v[i];
  return out;
}

/* Goes on day by day with the invoices of this customer alone: they share limits and messages with it, others do not.
 */
static explain_next look_ahead(engine *e, const day_plan *plan, uint32_t row, arena *perm) {
  engine_apply(e, plan);
  uint32_t customer = e->f->customer[row];
  row_set mine = {e->f->by_customer + e->f->first_of[customer], e->f->first_of[customer + 1] - e->f->first_of[customer],
                  0};
  uint32_t none = 0;
  for (int32_t day = plan->today.day + 1; day <= plan->today.day + AHEAD_DAYS; day++) {
    if (engine_reads_totals(e)) engine_totals(e, customer, day);
    day_input in = {.today = {day},
                    .look = {[ENT_INVOICE] = mine, [ENT_CUSTOMER] = {&none, 0, 0}, [ENT_CONTRACT] = {&none, 0, 0}}};
    day_plan p;
    engine_decide(e, &in, perm, &p);
    for (uint32_t i = 0; i < p.decision_count; i++)
      if (is_about(&p.decisions[i], row)) return (explain_next){true, p.decisions[i]};
    engine_apply(e, &p);
  }
  return (explain_next){0};
}

static slice verdict(engine *e, const explain *x, bool collect, bool held, uint32_t row, arena *perm) {
  slice number = e->f->t[ENT_INVOICE].number[row];
  if (x->today_count) {
    const decision *d = x->today[0];
    return arena_printf(perm, "%.*s fires today: %.*s%s%.*s.", SLICE_ARG(number), SLICE_ARG(d->text),
                        d->to.n ? ", to " : "", SLICE_ARG(d->to));
  }
  if (x->wait_count)
    return arena_printf(perm, "%.*s waits today: %.*s: %s.", SLICE_ARG(number), SLICE_ARG(x->waits[0]->text),
                        WAITS[x->waits[0]->wait]);
  const char *why = !collect             ? "there is nothing to collect"
                    : e->h->stopped[row] ? "a `stop when` took it off its ladders until its due date changes"
                    : held               ? "it is held"
                                         : "no rung or rule of it is due";
  return arena_printf(perm, "Nothing happens to %.*s today: %s.", SLICE_ARG(number), why);
}

void explain_invoice(engine *e, const day_plan *plan, uint32_t row, dun_lang lang, arena *perm, explain *out) {
  list l = {.perm = perm, .lang = lang};
  *out = (explain){.plan = plan};
  bool collect = balance(e, &l, row);
  if (collect) fees(e, &l, row);
  bool held = holds(e, &l, &e->p->policy, row);
  ladder_questions(e, &l, row);
  when_questions(e, &l, row);
  out->today = pick(plan->decisions, plan->decision_count, row, perm, &out->today_count);
  out->waits = pick(plan->waiting, plan->waiting_count, row, perm, &out->wait_count);
  for (uint32_t i = 0; i < out->today_count; i++)
    say(&l, out->today[i]->text, SLICE("goes out today"),
        out->today[i]->sum.how.n ? out->today[i]->sum.how : out->today[i]->to);
  for (uint32_t i = 0; i < out->wait_count; i++)
    say(&l, out->waits[i]->text, SLICE("waits"), slice_of(WAITS[out->waits[i]->wait]));
  out->verdict = verdict(e, out, collect, held, row, perm);
  out->v = l.v;
  out->n = l.n;
  if (collect) out->next = look_ahead(e, plan, row, perm);
}
