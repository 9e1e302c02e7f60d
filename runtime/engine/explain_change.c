/* The smallest change that would make it fire: single facts first, then two together, then three, the decider asked
 * each time; of those that need as few facts the nearest. What is found among the customer's invoices is asked once
 * more of the whole ledger.
 *
 * Invariant: a change that is told was refuted by neither; facts, history and day are as before when it returns. */
#include "approvals.h"
#include "explain_parts.h"
#include "lang/base/text.h"

enum { TRIES_MAX = 6000, MANY_ROWS = 32, PAIRS_OF = 80, TRIPLES_OF = 24, DAYS_MAX = 2, REFUTED_MAX = 4 };

typedef struct search {
  explaining *x;
  flip v[FLIPS_MAX];
  uint32_t n, tried, most;
  uint32_t best[EXPLAIN_IFS_MAX];
  uint64_t best_cost;
  uint32_t refuted[REFUTED_MAX][EXPLAIN_IFS_MAX], refuted_count; /* by the whole ledger, of this many facts */
  int32_t day;
  decision d;
  engine_leave leave;
  arena *scratch;
} search;

static line_answer let_pass(void *self, const subject *asked, money amount) {
  (void)self, (void)asked, (void)amount;
  return LINE_APPROVED;
}

static bool is_total(const flip *f) { return f->field < FIELD_COUNT && FIELDS[f->field].source == SRC_TOTAL; }

/* Changed facts change the customer's totals, but for those that are changed themselves. */
static void set(search *s, const uint32_t *which, uint32_t n, bool back) {
  engine *e = s->x->e;
  bool totals = engine_reads_totals(e);
  for (int pass = 0; pass < 2; pass++) {
    for (uint32_t i = 0; i < n; i++) {
      const flip *f = &s->v[which[i]];
      if (f->field != FLIP_APPROVE && is_total(f) == (pass == 1))
        fact_set_int(e->f, f->field, f->row, back ? f->was : f->value);
    }
    if (pass == 0 && totals) engine_totals(e, e->f->customer[s->x->row], e->today);
  }
}

static bool with(search *s, const uint32_t *which, uint32_t n, bool whole, decision *d) {
  engine *e = s->x->e;
  struct engine_leave *was = e->leave;
  bool approve = false;
  for (uint32_t i = 0; i < n; i++) approve |= s->v[which[i]].field == FLIP_APPROVE;
  if (approve) {
    s->leave = was ? *was : (engine_leave){0};
    s->leave.answer = let_pass;
    e->leave = &s->leave;
  }
  set(s, which, n, false);
  s->tried++;
  bool yes = explain_fires(s->x, s->day, whole, whole ? s->x->perm : s->scratch, d);
  set(s, which, n, true);
  e->leave = was;
  arena_reset(s->scratch);
  return yes;
}

static uint64_t cost_of(const search *s, const uint32_t *which, uint32_t n) {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < n; i++) sum += s->v[which[i]].cost;
  return sum;
}

/* One fact cannot be two things at once. */
static bool apart(const search *s, const uint32_t *which, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t k = 0; k < i; k++)
      if (s->v[which[i]].field == s->v[which[k]].field && s->v[which[i]].row == s->v[which[k]].row) return false;
  return true;
}

static bool same(const uint32_t *a, const uint32_t *b, uint32_t n) { return memcmp(a, b, n * sizeof *a) == 0; }

/* Among the customer's invoices alone. */
static void consider(search *s, const uint32_t *which, uint32_t n, bool *any) {
  decision d;
  if (s->tried >= s->most || !apart(s, which, n)) return;
  uint64_t cost = cost_of(s, which, n);
  if (*any && cost >= s->best_cost) return;
  for (uint32_t i = 0; i < s->refuted_count; i++)
    if (same(s->refuted[i], which, n)) return;
  if (!with(s, which, n, false, &d)) return;
  *any = true;
  s->best_cost = cost;
  memcpy(s->best, which, n * sizeof *which);
}

/* The best of `n` facts together. */
static bool nearest(search *s, uint32_t n) {
  bool any = false;
  uint32_t of = n == 1 ? s->n : n == 2 ? PAIRS_OF : TRIPLES_OF;
  if (of > s->n) of = s->n;
  for (uint32_t a = 0; a < of; a++) {
    if (n == 1) consider(s, &a, 1, &any);
    for (uint32_t b = a + 1; n > 1 && b < of; b++) {
      if (n == 2) consider(s, (uint32_t[]){a, b}, 2, &any);
      for (uint32_t c = b + 1; n > 2 && c < of; c++) consider(s, (uint32_t[]){a, b, c}, 3, &any);
    }
  }
  return any;
}

/* Asked of the whole ledger once it is the best; what that refutes is not told, and the next best is asked. */
static bool together(search *s, uint32_t n) {
  s->refuted_count = 0;
  while (s->refuted_count < REFUTED_MAX && nearest(s, n)) {
    if (with(s, s->best, n, true, &s->d)) return true;
    memcpy(s->refuted[s->refuted_count++], s->best, n * sizeof *s->best);
  }
  return false;
}

/* The next days on which something of it is due. */
static uint32_t days_ahead(const explaining *x, int32_t out[DAYS_MAX]) {
  uint32_t n = 0;
  for (int32_t after = x->e->today; n < DAYS_MAX; after = out[n++]) {
    int32_t next = INT32_MAX;
    for (uint32_t i = 0; i < x->step_count; i++) {
      const explain_step *t = &x->steps[i];
      bool wanted = x->asked->word_count ? t->asked : t->section != SECTION_LADDER || t->index == x->ladder;
      if (wanted && t->day != DATE_NONE_DAY && t->day > after && t->day < next) next = t->day;
    }
    if (next == INT32_MAX) break;
    out[n] = next;
  }
  return n;
}

static slice looked_at(const search *s) {
  text t = text_new(s->x->perm);
  for (uint32_t i = 0; i < s->n; i++) {
    slice name = s->v[i].said.field;
    bool known = name.n == 0;
    for (uint32_t k = 0; k < i && !known; k++) known = slice_eq(s->v[k].said.field, name);
    if (known) continue;
    if (t.n) text_cstr(&t, ", ");
    text_add(&t, name);
  }
  return text_slice(&t);
}

static bool seek(search *s, int32_t day, explain_change *out) {
  s->day = day;
  for (uint32_t n = 1; n <= EXPLAIN_IFS_MAX; n++) {
    if (!together(s, n)) continue;
    out->any = true;
    out->d = s->d;
    out->n = n;
    for (uint32_t i = 0; i < n; i++) out->ifs[i] = s->v[s->best[i]].said;
    return true;
  }
  return false;
}

void explain_smallest(explaining *x, explain_change *out) {
  search *s = ARENA_NEW(x->perm, search);
  *s = (search){.x = x, .scratch = arena_new()};
  const facts *f = x->e->f;
  uint32_t customer = f->customer[x->row];
  s->most = TRIES_MAX / (1 + (f->first_of[customer + 1] - f->first_of[customer]) / MANY_ROWS);
  s->n = explain_flips(x, s->v);
  *out = (explain_change){.sought = true, .looked_at = looked_at(s)};
  int32_t days[DAYS_MAX];
  uint32_t n = days_ahead(x, days);
  bool any = seek(s, x->e->today, out);
  /* A later day is worth a change only where it does not come by itself. */
  decision d;
  for (uint32_t i = 0; i < n && !any; i++)
    if (!explain_fires(x, days[i], false, x->perm, &d)) any = seek(s, days[i], out);
  out->tried = s->tried;
  arena_free(s->scratch);
}
