/* See prove.h. Guarantees about one invoice are judged together, over one run of all cases; each `at most` has cases of
 * its own: groups of invoices of one customer, as many as it takes to send one message more than is promised. */
#include "prove.h"

#include <stdlib.h>

#include "lines.h"
#include "screen.h"

/* A message to a customer; of a limit per invoice one for each invoice that it is about. */
typedef struct sent {
  uint32_t of;   /* case */
  uint32_t what; /* channel, or which invoice: what a limit tells apart */
  int32_t day;
} sent;

typedef struct judge {
  arena *perm;
  prove_trial t;
  const program *p;
  const calendar *cal;
  prove_result *v; /* of the guarantees that are tried here */
  const bool *asked;
  int32_t **reached;   /* per guarantee and invoice: the first day; DATE_NONE_DAY */
  const limit *counts; /* AT_MOST: what is counted */
  sent *sent;
  uint32_t sent_count, sent_cap;
} judge;

/* ---- what is found ---- */

static void broken(judge *j, uint32_t g, uint32_t at, int32_t day) {
  prove_result *r = &j->v[g];
  if (r->verdict == PROVE_BROKEN &&
      (r->example < &j->t.cases->v[at] || (r->example == &j->t.cases->v[at] && r->day.day <= day)))
    return;
  r->verdict = PROVE_BROKEN;
  r->example = &j->t.cases->v[at];
  r->day = (civil_date){day};
}

static bool is_about(judge *j, const guarantee *g, entity of, uint32_t row) {
  for (uint32_t i = 0; i < g->conds.count; i++)
    if (j->p->conds[g->conds.v[i]].of == of) return engine_cond(j->t.e, g->conds.v[i], row) == TRI_YES;
  return g->conds.count == 0;
}

static bool fits(const guarantee *g, const action *a, const send_way *way) {
  static const send_way NO_WAY = {.ch = CH_COUNT};
  for (uint32_t i = 0; i < g->pattern_count; i++)
    if (pattern_fits(&g->patterns[i], a, way ? way : &NO_WAY)) return true;
  return false;
}

static void judge_one(judge *j, uint32_t k, const candidate *c, const firing *f, civil_date day) {
  const guarantee *g = &j->p->guarantees[k];
  uint32_t at = j->t.case_of[f->of][f->row];
  switch (g->kind) {
  case GUARANTEE_QUIET:
    if (g->messages_only && !(c->act->kind == ACT_SEND && c->to.to_customer)) return;
    if (guarantee_day(g, j->cal, day) && is_about(j, g, f->of, f->row)) broken(j, k, at, day.day);
    return;
  case GUARANTEE_NEVER:
    if (fits(g, c->act, c->to.way) && is_about(j, g, f->of, f->row)) broken(j, k, at, day.day);
    return;
  case GUARANTEE_REACHES:
    if (f->of == ENT_INVOICE && j->reached[k][f->row] == DATE_NONE_DAY && fits(g, c->act, c->to.way))
      j->reached[k][f->row] = day.day;
    return;
  case GUARANTEE_AT_MOST:
  case GUARANTEE_COUNT: return;
  }
}

static void settled(void *self, const engine *e, const day_plan *plan) {
  judge *j = self;
  (void)e;
  for (uint32_t i = 0; i < plan->candidate_count; i++) {
    const candidate *c = &plan->candidates[i];
    if (c->state != CANDIDATE_DONE || c->to.no_contact) continue;
    for (uint32_t k = 0; k < j->p->guarantee_count; k++)
      if (j->asked[k]) judge_one(j, k, c, &plan->firings[c->firing], plan->today);
  }
}

/* ---- reaches ---- */

static void stand_on(engine *e, int32_t day) {
  e->today = day;
  if (e->f->moved) bind_again(e);
  vm_set_today(e->m, (civil_date){day});
}

/* A promise is closed once it is broken: the case says what it was. */
static bool promised(const judge *j, const scope *s, uint32_t row) {
  const policy_test *of = &j->t.cases->v[j->t.case_of[ENT_INVOICE][row]];
  const test_row *invoice = &of->invoices[j->t.nth[row]];
  for (uint32_t i = 0; i < invoice->count; i++) {
    const test_given *g = &invoice->fields[i];
    if (g->field == FIELD_INVOICE_PROMISE && g->value)
      return j->t.e->today <= duration_after(j->cal, s->promised_grace, g->value->date.day);
  }
  return false;
}

static bool held_by(judge *j, const scope *s, uint32_t row) {
  for (uint32_t i = 0; i < s->holds.count; i++)
    if (j->p->conds[s->holds.v[i]].of == ENT_INVOICE && engine_cond(j->t.e, s->holds.v[i], row) != TRI_NO) return true;
  return (s->hold_promised && promised(j, s, row)) || screen_below_minimum(j->t.e, s, row);
}

/* On that day: by the policy, or by the ladder that the invoice is on. */
static bool is_held(judge *j, uint32_t row) {
  if (held_by(j, &j->p->policy, row)) return true;
  uint32_t l = engine_ladder(j->t.e, ENT_INVOICE, row, false);
  return l != NO_LADDER && held_by(j, &j->p->ladders[l].own, row);
}

static void judge_reaches(judge *j, uint32_t k) {
  const guarantee *g = &j->p->guarantees[k];
  for (uint32_t row = 0; row < j->t.e->f->t[ENT_INVOICE].n; row++) {
    int32_t due = (int32_t)fact_int(j->t.e->f, FIELD_INVOICE_DUE, row), by = duration_after(j->cal, g->by, due);
    if (j->reached[k][row] != DATE_NONE_DAY && j->reached[k][row] <= by) continue;
    if (j->v[k].verdict == PROVE_BROKEN && j->v[k].example <= &j->t.cases->v[j->t.case_of[ENT_INVOICE][row]]) continue;
    stand_on(j->t.e, by);
    if (g->where != NO_COND && engine_cond(j->t.e, g->where, row) != TRI_YES) continue;
    if (g->except != NO_COND && engine_cond(j->t.e, g->except, row) == TRI_YES) continue;
    if (g->unless_held && is_held(j, row)) continue;
    broken(j, k, j->t.case_of[ENT_INVOICE][row], by);
  }
}

/* ---- at most ---- */

static void count_sent(judge *j, uint32_t at, uint32_t what, int32_t day) {
  if (j->sent_count == j->sent_cap) {
    uint32_t cap = j->sent_cap ? j->sent_cap * 2 : 4096;
    sent *v = ARENA_ARRAY(j->perm, cap, sent);
    if (j->sent_count) memcpy(v, j->sent, j->sent_count * sizeof *v);
    j->sent = v;
    j->sent_cap = cap;
  }
  j->sent[j->sent_count++] = (sent){at, what, day};
}

static void count_message(judge *j, const message *m, int32_t day) {
  uint32_t at = j->t.case_of[ENT_CUSTOMER][m->customer];
  if (j->counts->per != PER_INVOICE) {
    count_sent(j, at, j->counts->per == PER_CHANNEL ? (uint32_t)m->ch : 0, day);
    return;
  }
  for (uint32_t i = 0; i < m->invoice_count; i++) count_sent(j, at, j->t.nth[m->invoices[i]], day);
}

static void counted(void *self, const engine *e, const day_plan *plan) {
  judge *j = self;
  (void)e;
  for (uint32_t i = 0; i < plan->message_count; i++) {
    const joined *m = &plan->messages[i];
    const candidate *lead = &plan->candidates[m->members[0]];
    if (lead->to.to_customer && !lead->to.no_contact) count_message(j, &m->m, plan->today.day);
  }
  for (uint32_t i = 0; i < plan->candidate_count; i++) {
    const candidate *c = &plan->candidates[i];
    const firing *f = &plan->firings[c->firing];
    if (c->state != CANDIDATE_DONE || !c->alone || !c->to.to_customer || c->to.no_contact) continue;
    message m = {
        .customer = c->customer, .ch = c->to.way->ch, .invoices = &f->row, .invoice_count = f->of == ENT_INVOICE};
    count_message(j, &m, plan->today.day);
  }
}

static int by_case(const void *va, const void *vb) {
  const sent *a = va, *b = vb;
  if (a->of != b->of) return a->of < b->of ? -1 : 1;
  if (a->what != b->what) return a->what < b->what ? -1 : 1;
  return (a->day > b->day) - (a->day < b->day);
}

static void judge_counts(judge *j, uint32_t k) {
  uint32_t n = j->counts->count;
  if (j->sent_count > 1) qsort(j->sent, j->sent_count, sizeof *j->sent, by_case);
  for (uint32_t i = n; i < j->sent_count; i++) {
    const sent *last = &j->sent[i], *first = &j->sent[i - n];
    if (first->of != last->of || first->what != last->what) continue;
    if (last->day - first->day < (int32_t)j->counts->days) broken(j, k, last->of, last->day);
  }
}

/* One invoice; then two and more, each some days after the one before; pairs at any distance that the rungs span. */
static uint32_t shapes_of(const program *p, const limit *l, prove_shape *out) {
  uint32_t n = 0, most = l->count + 1 < PROVE_GROUP_MAX ? l->count + 1 : PROVE_GROUP_MAX;
  int32_t before, after;
  prove_span(p, &before, &after);
  int32_t apart_max = before + after < 60 ? before + after : 60;
  out[n++] = (prove_shape){1, 0};
  for (int32_t apart = 0; apart <= apart_max; apart++) out[n++] = (prove_shape){2, apart};
  for (uint32_t k = 3; k <= most; k++)
    for (int32_t apart = 0; apart <= PROVE_APART_MAX; apart++) out[n++] = (prove_shape){k, apart};
  return n;
}

/* ---- the whole ---- */

void prove_tried(prove_bounds *b, const prove_rows *rows, const prove_cases *cases, uint32_t group) {
  *b = (prove_bounds){.cases = b->cases + cases->n,
                      .rows = rows->n,
                      .dates = cases->dates,
                      .group = group,
                      .first = cases->first,
                      .all_kinds = rows->kinds.all,
                      .too_many = rows->kinds.too_many,
                      .not_analysed = rows->kinds.not_analysed,
                      .of = rows->kinds.of,
                      .computed = rows->kinds.computed,
                      .computed_count = rows->kinds.computed_count};
}

static int32_t days_needed(const calendar *cal, const guarantee *g, civil_date first) {
  if (g->kind != GUARANTEE_REACHES) return 0;
  return duration_after(cal, g->by, first.day + PROVE_DATES_MAX) - first.day - PROVE_DATES_MAX;
}

typedef struct trying {
  world *w;
  const compiled *c;
  civil_date first;
  uint32_t max;
  arena *perm;
  const calendar *cal;
  prove_result *out;
  bool *asked; /* per guarantee: tried together */
  prove_rows rows;
} trying;

/* Makes the cases and an engine over them; where that fails every guarantee asked says why. */
static bool open_cases(trying *x, judge *j, const prove_shape *shapes, uint32_t n, uint32_t group) {
  slice why = SLICE("no invoice was found that its conditions can be tried with");
  prove_cases *cases = ARENA_NEW(x->perm, prove_cases);
  *j = (judge){.perm = x->perm, .p = x->c->program, .cal = x->cal, .v = x->out, .asked = x->asked};
  prove_cases_make(x->perm, &x->rows, shapes, n, x->first, x->max, cases);
  bool ok = cases->n && trial_open(x->w, x->c, cases, x->perm, &j->t, &why);
  for (uint32_t k = 0; k < x->c->program->guarantee_count; k++) {
    if (!x->asked[k]) continue;
    prove_tried(&x->out[k].tried, &x->rows, cases, group);
    if (ok) continue;
    x->out[k].verdict = PROVE_NOT_ANALYSED;
    x->out[k].error = why;
  }
  return ok;
}

static void try_single(trying *x) {
  const program *p = x->c->program;
  judge j;
  if (!open_cases(x, &j, &(prove_shape){1, 0}, 1, 1)) return;
  int32_t until = 0;
  uint32_t rows = j.t.e->f->t[ENT_INVOICE].n;
  j.reached = ARENA_ARRAY(x->perm, p->guarantee_count + 1, int32_t *);
  for (uint32_t k = 0; k < p->guarantee_count; k++) {
    if (!x->asked[k] || p->guarantees[k].kind != GUARANTEE_REACHES) continue;
    j.reached[k] = ARENA_ARRAY(x->perm, rows + 1, int32_t);
    for (uint32_t i = 0; i < rows; i++) j.reached[k][i] = DATE_NONE_DAY;
    int32_t days = days_needed(x->cal, &p->guarantees[k], x->first);
    if (days > until) until = days;
  }
  trial_run(&j.t, until, settled, &j, x->perm);
  for (uint32_t k = 0; k < p->guarantee_count; k++)
    if (j.reached[k]) judge_reaches(&j, k);
}

static void try_counts(trying *x, uint32_t k) {
  const guarantee *g = x->out[k].of;
  for (uint32_t i = 0; i < g->limits.count && x->out[k].verdict == PROVE_HOLDS; i++) {
    prove_shape shapes[1 + 61 + PROVE_GROUP_MAX * (PROVE_APART_MAX + 1)];
    uint32_t n = shapes_of(x->c->program, &g->limits.v[i], shapes);
    judge j;
    if (!open_cases(x, &j, shapes, n, shapes[n - 1].invoices)) return;
    j.counts = &g->limits.v[i];
    trial_run(&j.t, 0, counted, &j, x->perm);
    judge_counts(&j, k);
  }
}

/* What breaks it is marked in the timeline; of what should have happened there is nothing to mark. */
static void show_example(const trying *x, prove_result *r) {
  int32_t until = days_needed(x->cal, r->of, x->first);
  trial_timeline(x->w, x->c, r->example, until, r->of->lang, x->perm, &r->timeline);
  for (uint32_t i = 0; i < r->timeline.n; i++) {
    prove_step *s = &r->timeline.v[i];
    bool sends = s->act && s->act->kind == ACT_SEND;
    s->breaks = s->day.day == r->day.day && s->act && !s->no_contact;
    if (r->of->kind == GUARANTEE_REACHES) s->breaks = false;
    if (r->of->kind == GUARANTEE_NEVER) s->breaks = s->breaks && fits(r->of, s->act, s->way);
    if (r->of->kind == GUARANTEE_AT_MOST || r->of->messages_only) s->breaks = s->breaks && sends;
  }
}

/* One guarantee with conditions of its own, or all that have none: what they are tried with is the same. */
static void try_group(trying *x, const guarantee *also) {
  const program *p = x->c->program;
  bool any = false;
  for (uint32_t k = 0; k < p->guarantee_count; k++) {
    const guarantee *g = &p->guarantees[k];
    bool own = g->conds.count || g->where != NO_COND || g->except != NO_COND;
    x->asked[k] = x->out[k].why == PROOF_NONE && g->kind != GUARANTEE_AT_MOST && (also ? g == also : !own);
    any = any || x->asked[k];
  }
  if (!any) return;
  prove_rows_make(x->perm, &p, 1, also, &x->rows);
  try_single(x);
}

void prove_guarantees(world *w, const compiled *c, civil_date first, uint32_t max, arena *perm, prove_result *out) {
  const program *p = c->program;
  for (uint32_t k = 0; k < p->guarantee_count; k++) {
    out[k] = (prove_result){.of = &p->guarantees[k], .verdict = PROVE_HOLDS};
    out[k].why = analyse_guarantee(perm, p, out[k].of);
    if (out[k].why != PROOF_NONE) out[k].verdict = PROVE_PROVEN;
  }
  trying x = {.w = w, .c = c, .first = first, .max = max, .perm = perm, .out = out};
  x.cal = program_calendar(p, perm);
  x.asked = ARENA_ARRAY(perm, p->guarantee_count + 1, bool);
  try_group(&x, NULL);
  for (uint32_t k = 0; k < p->guarantee_count; k++) {
    const guarantee *g = &p->guarantees[k];
    if (g->conds.count || g->where != NO_COND || g->except != NO_COND) try_group(&x, g);
    if (out[k].why != PROOF_NONE || g->kind != GUARANTEE_AT_MOST) continue;
    memset(x.asked, 0, p->guarantee_count * sizeof *x.asked);
    x.asked[k] = true;
    prove_rows_make(perm, &p, 1, NULL, &x.rows);
    try_counts(&x, k);
  }
  for (uint32_t k = 0; k < p->guarantee_count; k++)
    if (out[k].verdict == PROVE_BROKEN) show_example(&x, &out[k]);
}
