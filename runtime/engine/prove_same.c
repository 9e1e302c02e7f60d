/* See prove_same.h. Invariant: a case is the same ledger for both: its fields are found by their names. */
#include "prove_same.h"

#include "simulate.h"

/* What was done in each case: a sum that does not hang on the order. */
typedef struct doings {
  prove_trial t;
  uint64_t *sum;
} doings;

static uint64_t mix(uint64_t h, slice s) {
  for (size_t i = 0; i < s.n; i++) h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
  return (h ^ s.n) * 1099511628211u;
}

static void decided(void *self, const decision *d) {
  doings *x = self;
  uint64_t h = mix((uint64_t)(uint32_t)d->day.day * 0x9E3779B97F4A7C15u + d->no_contact, d->text);
  h = mix(h, d->to);
  for (uint32_t i = 0; i < d->subject_count; i++) h = mix(h, d->subjects[i].number);
  const subject *lead = &d->subjects[0];
  x->sum[x->t.case_of[lead->of][lead->row]] += h ^ h >> 29;
}

static bool run(world *w, const compiled *c, const prove_cases *cases, int32_t until, arena *perm, doings *x,
                slice *why) {
  x->sum = ARENA_ARRAY(perm, cases->n + 1, uint64_t);
  if (!trial_open(w, c, cases, perm, &x->t, why)) return false;
  trial_decisions(&x->t, until, decided, x, perm);
  return true;
}

/* ---- the same ledger for the other program ---- */

static uint16_t field_there(const program *a, const program *b, uint16_t field) {
  if (field < FIELD_COUNT) return field;
  const custom_field *f = &a->custom[field - FIELD_COUNT];
  for (uint32_t i = 0; i < b->custom_count; i++)
    if (b->custom[i].of == f->of && b->custom[i].ty == f->ty && slice_eq(b->custom[i].name, f->name))
      return (uint16_t)(FIELD_COUNT + i);
  return NO_USE;
}

static test_row row_there(arena *perm, const program *a, const program *b, const test_row *row) {
  test_given *v = ARENA_ARRAY(perm, row->count + 1, test_given);
  uint32_t n = 0;
  for (uint32_t i = 0; i < row->count; i++) {
    uint16_t field = field_there(a, b, row->fields[i].field);
    if (field == NO_USE) continue; /* a field that the other knows nothing of */
    v[n] = row->fields[i];
    v[n++].field = field;
  }
  return (test_row){.fields = v, .count = n, .cur = row->cur};
}

static policy_test case_there(arena *perm, const program *a, const program *b, const policy_test *t) {
  policy_test out = *t;
  test_row *invoices = ARENA_ARRAY(perm, t->invoice_count + 1, test_row);
  for (uint32_t i = 0; i < t->invoice_count; i++) invoices[i] = row_there(perm, a, b, &t->invoices[i]);
  out.invoices = invoices;
  out.customer = row_there(perm, a, b, &t->customer);
  out.contract = row_there(perm, a, b, &t->contract);
  return out;
}

/* ---- what differs ---- */

/* But for whom it reaches. */
static bool same_words(const prove_step *a, const prove_step *b) {
  return a->day.day == b->day.day && a->wait == b->wait && a->no_contact == b->no_contact &&
         slice_eq(a->text, b->text) && slice_eq(a->invoice, b->invoice);
}

/* By all that `decided` counts. */
static bool same_step(const prove_step *a, const prove_step *b) { return same_words(a, b) && slice_eq(a->to, b->to); }

/* Each marks what the other has not; what waits is no action. */
static void mark_others(arena *perm, prove_timeline *l, const prove_timeline *other, int32_t *day) {
  bool *taken = ARENA_ARRAY(perm, other->n + 1, bool);
  for (uint32_t i = 0; i < l->n; i++) {
    prove_step *s = &l->v[i];
    uint32_t k = 0;
    while (k < other->n && (taken[k] || !same_step(s, &other->v[k]))) k++;
    s->breaks = k == other->n && s->wait == WAIT_NONE;
    if (k < other->n) taken[k] = true;
    for (uint32_t w = 0; s->breaks && w < other->n; w++) s->readdress |= same_words(s, &other->v[w]);
    if (s->breaks && s->day.day < *day) *day = s->day.day;
  }
}

typedef struct comparing {
  world *w;
  const compiled *a, *b;
  civil_date first;
  uint32_t max;
  arena *perm;
  same_result *out;
} comparing;

static void show_difference(const comparing *x, int32_t until, const policy_test *example, const policy_test *there) {
  same_result *out = x->out;
  int32_t day = INT32_MAX;
  out->verdict = PROVE_BROKEN;
  out->example = example;
  trial_timeline(x->w, x->a, example, until, x->a->program->lang, x->perm, &out->old_way);
  trial_timeline(x->w, x->b, there, until, x->a->program->lang, x->perm, &out->new_way);
  mark_others(x->perm, &out->old_way, &out->new_way, &day);
  mark_others(x->perm, &out->new_way, &out->old_way, &day);
  out->day = (civil_date){day};
}

/* False: a difference was found, or nothing could be tried. */
static bool compare(const comparing *x, const prove_rows *rows, const prove_shape *shapes, uint32_t n, uint32_t group) {
  const program *p = x->a->program, *q = x->b->program;
  prove_cases cases, there;
  int32_t until[2], before;
  doings ways[2] = {0};
  prove_span(p, &before, &until[0]);
  prove_span(q, &before, &until[1]);
  if (until[1] > until[0]) until[0] = until[1];
  prove_cases_make(x->perm, rows, shapes, n, x->first, x->max, &cases);
  there = cases;
  there.v = ARENA_ARRAY(x->perm, cases.n + 1, policy_test);
  for (uint32_t i = 0; i < cases.n; i++) there.v[i] = case_there(x->perm, p, q, &cases.v[i]);
  prove_tried(&x->out->tried, rows, &cases, group);
  if (!cases.n || !run(x->w, x->a, &cases, until[0], x->perm, &ways[0], &x->out->error) ||
      !run(x->w, x->b, &there, until[0], x->perm, &ways[1], &x->out->error)) {
    x->out->verdict = PROVE_NOT_ANALYSED;
    return false;
  }
  for (uint32_t i = 0; i < cases.n; i++) {
    if (ways[0].sum[i] == ways[1].sum[i]) continue;
    policy_test *two = ARENA_ARRAY(x->perm, 2, policy_test);
    two[0] = cases.v[i];
    two[1] = there.v[i];
    show_difference(x, until[0], &two[0], &two[1]);
    return false;
  }
  return true;
}

void prove_same(world *w, const compiled *a, const compiled *b, civil_date first, uint32_t max, arena *perm,
                same_result *out) {
  static const prove_shape GROUPS[] = {{2, 0}, {2, 1}, {2, 2}, {2, 5}, {2, 7}, {3, 1}, {3, 3}};
  const program *both[] = {a->program, b->program};
  *out = (same_result){.where = analyse_same(perm, a->program, b->program)};
  out->verdict = out->where.proven ? PROVE_PROVEN : PROVE_HOLDS;
  if (out->where.proven) return;
  comparing x = {w, a, b, first, max, perm, out};
  prove_rows rows;
  prove_rows_make(perm, both, 2, NULL, &rows);
  if (!compare(&x, &rows, &(prove_shape){1, 0}, 1, 1)) return;
  (void)compare(&x, &rows, GROUPS, sizeof GROUPS / sizeof *GROUPS, 3);
}
