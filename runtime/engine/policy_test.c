/* See policy_test.h. */
#include "policy_test.h"

#include "action_text.h"
#include "action_written.h"
#include "simulate.h"

/* An action that the test expects on a day. */
typedef struct wanted {
  uint32_t expect, action;
  slice text; /* canonical; of one with holes: as it is written, filled anew for each decision */
  bool holes, met;
} wanted;

typedef struct run {
  engine *e;
  const policy_test *t;
  arena *perm;
  uint32_t row; /* of test.of: what holes are filled from where another kind of row fires */
  wanted *v;
  uint32_t n;
  test_entry *entries;
  uint32_t count, cap;
} run;

/* ---- texts ---- */

static bool pieces_have_holes(const text_pieces *t) {
  for (uint32_t i = 0; i < t->count; i++)
    if (t->pieces[i].use != NO_USE) return true;
  return false;
}

static bool has_holes(const action *a) {
  if (a->way_count && pieces_have_holes(&a->ways[0].inline_text)) return true;
  return pieces_have_holes(&a->body) || a->value != NO_VALUE;
}

/* `escalate to owner` and `escalate owner` say the same. */
static slice plain_text(slice s, arena *perm) {
  slice to = SLICE("escalate to ");
  return slice_starts(s, to) ? arena_printf(perm, "escalate %.*s", (int)(s.n - to.n), s.p + to.n) : s;
}

static const action *action_wanted(const run *r, const wanted *w) {
  return &r->t->expects[w->expect].actions[w->action];
}

static slice text_for(run *r, const wanted *w, uint32_t row) {
  const action *a = action_wanted(r, w);
  return action_text(r->e, a, a->ways, r->t->of, row, r->perm);
}

/* ---- matching ---- */

/* The expectation of that day that the decision answers: one without holes first, so that those with holes are left for
 * what nothing else fits. */
static wanted *find(run *r, const decision *d) {
  slice actual = plain_text(d->text, r->perm);
  for (int holes = 0; holes < 2; holes++)
    for (uint32_t i = 0; i < r->n; i++) {
      wanted *w = &r->v[i];
      if (w->met || w->holes != holes || r->t->expects[w->expect].day.day != d->day.day) continue;
      slice text = w->text;
      if (w->holes) text = text_for(r, w, d->subjects[0].of == r->t->of ? d->subjects[0].row : r->row);
      if (slice_eq(plain_text(text, r->perm), actual)) return w;
    }
  return NULL;
}

static test_entry *entry_add(run *r) {
  if (r->count == r->cap) {
    uint32_t cap = r->cap ? r->cap * 2 : 16;
    test_entry *v = ARENA_ARRAY(r->perm, cap, test_entry);
    if (r->count) memcpy(v, r->entries, r->count * sizeof *v);
    r->entries = v;
    r->cap = cap;
  }
  r->entries[r->count] = (test_entry){0};
  return &r->entries[r->count++];
}

static void decided(void *self, const decision *d) {
  run *r = self;
  wanted *w = d->no_contact ? NULL : find(r, d);
  test_entry *x = entry_add(r);
  x->day = d->day;
  x->match = d->no_contact ? TEST_NO_CONTACT : w ? TEST_AS_EXPECTED : TEST_UNEXPECTED;
  x->actual = action_written(r->e, d, r->t->lang, r->perm);
  if (!w) return;
  w->met = true;
  x->expect = w->expect;
  x->action = w->action;
  x->expected = x->actual;
}

static void want(run *r) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < r->t->expect_count; i++) n += r->t->expects[i].count;
  r->v = ARENA_ARRAY(r->perm, n + 1, wanted);
  for (uint32_t i = 0; i < r->t->expect_count; i++)
    for (uint32_t a = 0; a < r->t->expects[i].count; a++) {
      wanted *w = &r->v[r->n++];
      *w = (wanted){.expect = i, .action = a, .holes = has_holes(&r->t->expects[i].actions[a])};
      w->text = w->holes ? source_line(r->e->p, action_wanted(r, w)->at, r->perm) : text_for(r, w, r->row);
    }
}

/* In the words of the test's file. */
static slice said(const run *r, const wanted *w) {
  return r->t->lang == LANG_EN ? w->text : source_line(r->e->p, action_wanted(r, w)->at, r->perm);
}

/* What did not happen goes behind what happened up to its day: simulate has told its decisions by day. */
static void not_met(run *r) {
  for (uint32_t i = 0; i < r->n; i++) {
    const wanted *w = &r->v[i];
    if (w->met) continue;
    civil_date day = r->t->expects[w->expect].day;
    uint32_t at = r->count;
    (void)entry_add(r);
    for (; at > 0 && r->entries[at - 1].day.day > day.day; at--) r->entries[at] = r->entries[at - 1];
    r->entries[at] = (test_entry){
        .day = day, .match = TEST_NOT_HAPPENED, .expected = said(r, w), .expect = w->expect, .action = w->action};
  }
}

/* ---- the first day ---- */

static void earlier(int32_t *first, int32_t day) {
  if (day != DATE_NONE_DAY && day < *first) *first = day;
}

/* The lowest rung of the ladder that the row stands on when that rung comes; of all ladders where it stands on none. */
static void ladders_first(engine *e, entity of, uint32_t row, int32_t *first) {
  int32_t any = INT32_MAX, own = INT32_MAX;
  for (uint32_t i = 0; i < e->p->ladder_count; i++) {
    const ladder *l = &e->p->ladders[i];
    if (l->of != of || l->none) continue;
    int32_t anchor = engine_anchor(e, l, row);
    if (anchor == DATE_NONE_DAY) continue;
    rung_times times = timeline_at(e->tl, timelines_ladder(i), anchor);
    if (!times.n) continue;
    earlier(&any, times.v[0].day);
    e->today = times.v[0].day;
    if (e->f->moved) bind_again(e);
    vm_set_today(e->m, (civil_date){e->today});
    if (engine_ladder(e, of, row, false) == i) earlier(&own, times.v[0].day);
  }
  earlier(first, own != INT32_MAX ? own : any);
}

static int32_t first_day(engine *e, const policy_test *t) {
  int32_t first = t->first.day;
  for (uint32_t row = 0; row < e->f->t[ENT_INVOICE].n; row++) {
    ladders_first(e, ENT_INVOICE, row, &first);
    for (uint32_t i = 0; i < e->p->when_count; i++) {
      const when_rule *w = &e->p->whens[i];
      int64_t due = fact_int(e->f, FIELD_INVOICE_DUE, row);
      if (w->standing || w->of != ENT_INVOICE || due == FACT_MISSING) continue;
      rung_times times = timeline_at(e->tl, timelines_when(e->p, i), (int32_t)due);
      if (times.n) earlier(&first, times.v[0].day);
    }
  }
  for (uint32_t row = 0; row < e->f->t[ENT_CONTRACT].n; row++) ladders_first(e, ENT_CONTRACT, row, &first);
  return first;
}

/* ---- the whole ---- */

void policy_test_run(world *w, const compiled *c, const policy_test *t, coverage *cov, arena *perm, test_outcome *out) {
  *out = (test_outcome){.test = t, .from = t->first, .to = t->last};
  test_ledger l;
  if (!test_ledger_make(w, c->program, t, perm, &l, &out->error)) return;
  engine *e;
  if (engine_new(perm, c, l.f, NULL, &e) == ENGINE_TWO_CURRENCIES) {
    out->error = SLICE("its invoices are in two currencies and the policy does not say which one its amounts are in");
    return;
  }
  run r = {.e = e, .t = t, .perm = perm};
  out->from = (civil_date){first_day(e, t)};
  if (cov) {
    e->watch = coverage_watch;
    e->watch_self = cov;
  }
  want(&r);
  simulation sim = {.from = out->from, .to = out->to, .events = &l.events, .decided = decided, .self = &r};
  simulate(e, &sim, perm, NULL);
  not_met(&r);
  out->entries = r.entries;
  out->count = r.count;
  out->passed = true;
  for (uint32_t i = 0; i < r.count; i++)
    if (r.entries[i].match == TEST_NOT_HAPPENED || r.entries[i].match == TEST_UNEXPECTED) out->passed = false;
}
