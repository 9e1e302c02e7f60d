/* Which ladder takes an invoice: an invoice that none takes, and ladders that never take one because others, above,
 * take all that they would. */
#include "lang/analyse/asks.h"
#include "lang/base/text.h"

/* ---- an invoice on no ladder ---- */

static void lint_no_ladder(asks *a) {
  const program *p = a->p;
  context c = {.n = 0};
  const ladder *last = NULL;
  bool some = false;
  context_dunned(&c, a);
  context_add(&c, a, SOLVE_USUAL, SOLVE_TRUE);
  for (uint32_t l = 0; l < p->ladder_count; l++) {
    const ladder *x = &p->ladders[l];
    if (x->of != ENT_INVOICE) continue;
    if (x->where == NO_COND || c.n == ASKS_MAX) return; /* it takes all that come to it */
    context_add(&c, a, x->where, SOLVE_NOT_TRUE);
    some = some || !x->none;
    last = x;
  }
  solve_witness w;
  if (!some || solve(a->perm, c.v, c.n, &w) != SOLVE_FOUND) return;
  slice example = solve_words(a->perm, &w, p->lang);
  a->no_ladder_shown = true;
  diag_add(a->d, DIAG_W0026, last->at, (slice){0}, 1, &example);
}

/* ---- a ladder that others shadow ---- */

/* Takes those out that are not needed for nothing to be left: the last ones first. */
static void fewest(asks *a, context *c, const ladder **of, uint32_t kept) {
  for (uint32_t i = c->n; i-- > kept;) {
    context less = *c;
    memmove(&less.v[i], &less.v[i + 1], (less.n - i - 1) * sizeof *less.v);
    less.n--;
    if (!asks_never(a, &less)) continue;
    memmove(&of[i], &of[i + 1], (c->n - i - 1) * sizeof(const ladder *));
    *c = less;
  }
}

static slice names_of(asks *a, const ladder **of, uint32_t n) {
  text t = text_new(a->perm);
  for (uint32_t i = 0; i < n; i++) {
    span at = of[i]->at;
    const char *name =
        of[i]->none ? NULL
                    : memmem(a->p->sources[at.file].text.p + at.from, at.to - at.from, of[i]->name.p, of[i]->name.n);
    if (name) { /* its name alone */
      at.from = (uint32_t)(name - a->p->sources[at.file].text.p);
      at.to = at.from + (uint32_t)of[i]->name.n;
    }
    text_printf(&t, "%s%.*s", i ? ", " : "", SLICE_ARG(asks_cite(a, at)));
  }
  return text_slice(&t);
}

static void lint_shadowed(asks *a, uint32_t at) {
  const program *p = a->p;
  const ladder *x = &p->ladders[at], *of[ASKS_MAX];
  context c = {.n = 0};
  if (x->of == ENT_INVOICE) context_dunned(&c, a);
  context_add(&c, a, x->where, SOLVE_TRUE);
  uint32_t kept = c.n;
  for (uint32_t l = 0; l < at && c.n < ASKS_MAX; l++) {
    const ladder *y = &p->ladders[l];
    if (y->of != x->of || a->idle[l]) continue;
    of[c.n] = y;
    uint32_t n = c.n;
    context_add(&c, a, y->where, SOLVE_NOT_TRUE);
    if (y->where != NO_COND) continue;
    of[0] = y, a->idle[at] = true; /* it takes all that come to it */
    slice args[] = {x->name, names_of(a, of, 1)};
    diag_add(a->d, DIAG_W0050, x->at, (slice){0}, 2, args);
    c.n = n;
    return;
  }
  if (c.n == kept || !asks_never(a, &c)) return;
  fewest(a, &c, of, kept);
  a->idle[at] = true;
  slice args[] = {x->name, names_of(a, of + kept, c.n - kept)};
  diag_add(a->d, DIAG_W0050, x->at, (slice){0}, 2, args);
}

void lint_ladders(asks *a) {
  for (uint32_t l = 0; l < a->p->ladder_count; l++) {
    const ladder *x = &a->p->ladders[l];
    if (x->where != NO_COND && a->never[x->where])
      a->idle[l] = true;
    else if (!x->none)
      lint_shadowed(a, l);
  }
  lint_no_ladder(a);
}
