/* Cases run through the engine (prove.h). Invariant: the volume that asks people first is not looked at: it counts what
 * all customers get on a day, and each case is one customer by itself. */
#include "prove.h"

#include "action_text.h"
#include "action_written.h"
#include "lines.h"
#include "simulate.h"

enum { AFTER_DAYS = 40 }; /* for what waits for a window, or for a limit, to go */

/* "C-12", "K-12", "T-12-3": the case from 0; `*nth`: the last number from 0. */
static uint32_t case_number(slice name, uint32_t *nth) {
  uint32_t n = 0, at = 2;
  for (; at < name.n && name.p[at] != '-'; at++) n = n * 10 + (uint32_t)(name.p[at] - '0');
  *nth = 0;
  for (at++; at < name.n; at++) *nth = *nth * 10 + (uint32_t)(name.p[at] - '0');
  if (*nth) --*nth;
  return n ? n - 1 : 0;
}

bool trial_open(world *w, const compiled *c, const prove_cases *cases, arena *perm, prove_trial *out, slice *why) {
  program *p = ARENA_NEW(perm, program);
  compiled *own = ARENA_NEW(perm, compiled);
  facts *f;
  *p = *c->program;
  p->ask_before_sending_more_than = 0;
  *own = (compiled){.program = p, .code = c->code, .ok = c->ok};
  *out = (prove_trial){.cases = cases};
  if (!test_ledgers_make(w, p, cases->v, cases->n, perm, &f, why)) return false;
  if (engine_new(perm, own, f, NULL, &out->e) == ENGINE_TWO_CURRENCIES) {
    *why = SLICE("its conditions name two currencies and the policy does not say which one its amounts are in");
    return false;
  }
  for (entity of = ENT_INVOICE; of < ENT_COUNT; of++) {
    uint32_t n = f->t[of].n, nth;
    out->case_of[of] = ARENA_ARRAY(perm, n + 1, uint32_t);
    if (of == ENT_INVOICE) out->nth = ARENA_ARRAY(perm, n + 1, uint32_t);
    for (uint32_t row = 0; row < n && cases->n > 1; row++) {
      out->case_of[of][row] = case_number(f->t[of].number[row], &nth);
      if (of == ENT_INVOICE) out->nth[row] = nth;
    }
  }
  return true;
}

static void days_of(const prove_trial *t, int32_t until, simulation *sim) {
  int32_t before, after, first = INT32_MAX, last = INT32_MIN;
  prove_span(t->e->p, &before, &after);
  for (uint32_t row = 0; row < t->e->f->t[ENT_INVOICE].n; row++) {
    int64_t due = fact_int(t->e->f, FIELD_INVOICE_DUE, row);
    if (due == FACT_MISSING) continue;
    if (due < first) first = (int32_t)due;
    if (due > last) last = (int32_t)due;
  }
  if (after < until) after = until;
  sim->from = (civil_date){first - before - 1};
  sim->to = (civil_date){last + after + AFTER_DAYS};
}

void trial_run(prove_trial *t, int32_t until, void (*settled)(void *self, const engine *e, const day_plan *plan),
               void *self, arena *perm) {
  happening_list none = {0};
  simulation sim = {.events = &none, .settled = settled, .settled_self = self};
  days_of(t, until, &sim);
  simulate(t->e, &sim, perm, NULL);
}

void trial_decisions(prove_trial *t, int32_t until, void (*decided)(void *self, const decision *d), void *self,
                     arena *perm) {
  happening_list none = {0};
  simulation sim = {.events = &none, .decided = decided, .self = self};
  days_of(t, until, &sim);
  simulate(t->e, &sim, perm, NULL);
}

/* ---- a timeline ---- */

typedef struct telling {
  prove_trial t;
  dun_lang lang;
  arena *perm;
  prove_timeline *out;
} telling;

static prove_step *step_add(telling *x) {
  prove_timeline *l = x->out;
  if (l->n == l->cap) {
    l->cap = l->cap ? l->cap * 2 : 16;
    prove_step *v = ARENA_ARRAY(x->perm, l->cap, prove_step);
    if (l->n) memcpy(v, l->v, l->n * sizeof *v);
    l->v = v;
  }
  l->v[l->n] = (prove_step){0};
  return &l->v[l->n++];
}

static slice numbers_of(const telling *x, const decision *d) {
  slice all = arena_slice(x->perm, d->subjects[0].number);
  for (uint32_t i = 1; i < d->subject_count; i++)
    all = arena_printf(x->perm, "%.*s, %.*s", SLICE_ARG(all), SLICE_ARG(d->subjects[i].number));
  return all;
}

static void decided(void *self, const decision *d) {
  telling *x = self;
  prove_step *s = step_add(x);
  *s = (prove_step){.day = d->day,
                    .what = action_written(x->t.e, d, x->lang, x->perm),
                    .text = arena_slice(x->perm, d->text),
                    .to = arena_slice(x->perm, d->to),
                    .invoice = numbers_of(x, d),
                    .act = d->act,
                    .way = d->way,
                    .no_contact = d->no_contact};
}

static bool waits_already(const prove_timeline *l, slice what, slice invoice, wait_reason wait) {
  for (uint32_t i = l->n; i-- > 0;)
    if (slice_eq(l->v[i].what, what) && slice_eq(l->v[i].invoice, invoice)) return l->v[i].wait == wait;
  return false;
}

/* What waits is told once, on its first day. */
static void waiting(void *self, const engine *e, const day_plan *plan) {
  telling *x = self;
  for (uint32_t i = 0; i < plan->candidate_count; i++) {
    const candidate *c = &plan->candidates[i];
    const firing *f = &plan->firings[c->firing];
    if (c->state != CANDIDATE_WAITS) continue;
    slice text = action_text(x->t.e, c->act, c->to.way ? c->to.way : c->act->ways, f->of, f->row, x->perm);
    slice what = x->lang == LANG_EN ? text : source_line(e->p, c->act->at, x->perm);
    slice invoice = arena_slice(x->perm, e->f->t[f->of].number[f->row]);
    if (waits_already(x->out, what, invoice, c->wait)) continue;
    prove_step *s = step_add(x);
    *s = (prove_step){.day = plan->today, .what = what, .text = text, .invoice = invoice, .wait = c->wait};
  }
}

void trial_timeline(world *w, const compiled *c, const policy_test *example, int32_t until, dun_lang lang, arena *perm,
                    prove_timeline *out) {
  prove_cases one = {.v = (policy_test *)(uintptr_t)example, .n = 1, .dates = 1};
  telling x = {.lang = lang, .perm = perm, .out = out};
  slice why;
  *out = (prove_timeline){0};
  if (!trial_open(w, c, &one, perm, &x.t, &why)) return;
  happening_list none = {0};
  simulation sim = {.events = &none, .decided = decided, .self = &x, .settled = waiting, .settled_self = &x};
  days_of(&x.t, until, &sim);
  simulate(x.t.e, &sim, perm, NULL);
}
