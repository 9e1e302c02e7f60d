/* See coverage.h. Everything said here is proven by the solver; what it could not say is told once, at the end. */
#include "lang/analyse/coverage.h"

#include "lang/analyse/asks.h"
#include "lang/base/text.h"

/* ---- questions ---- */

void context_add(context *c, const asks *a, uint32_t id, unsigned want) {
  if (c->n == ASKS_MAX || id == NO_COND) return; /* less is asked: fewer things are proven */
  c->v[c->n] = (solve_asked){.p = a->p, .cond = id, .want = want};
  c->said[c->n++] = id < SOLVE_OVERDUE ? cond_span(a->p, id) : (span){0};
}

void context_add_expr(context *c, const asks *a, const expr *e, unsigned want) {
  if (c->n == ASKS_MAX) return;
  c->v[c->n] = (solve_asked){.p = a->p, .e = e, .want = want};
  c->said[c->n++] = e->at;
}

void context_dunned(context *c, const asks *a) { context_add(c, a, SOLVE_DUNNED, SOLVE_TRUE); }

void context_overdue(context *c, const asks *a, int64_t from, int64_t to, span said) {
  const int64_t far = DATE_DAY_MAX - DATE_DAY_MIN;
  if (c->n == ASKS_MAX) return;
  c->v[c->n] = (solve_asked){.p = a->p,
                             .cond = SOLVE_OVERDUE,
                             .want = SOLVE_TRUE,
                             .from = (int32_t)(from < -far ? -far : from),
                             .to = (int32_t)(to > far ? far : to)};
  c->said[c->n++] = said;
}

void context_reached(context *c, const asks *a, duration d, span said) {
  enum { UNITS_FAR = 1000000 };
  if (c->n == ASKS_MAX || d.unit == UNIT_DAY || d.unit == UNIT_WEEK) return;
  duration_unit unit = d.unit == UNIT_YEAR ? UNIT_MONTH : d.unit;
  int32_t from = d.n > UNITS_FAR / 12 ? UNITS_FAR : d.n * (d.unit == UNIT_YEAR ? 12 : 1);
  c->v[c->n] = (solve_asked){.p = a->p,
                             .cond = SOLVE_OVERDUE,
                             .want = SOLVE_TRUE,
                             .from = from < -UNITS_FAR ? -UNITS_FAR : from,
                             .to = UNITS_FAR,
                             .unit = unit};
  c->said[c->n++] = said;
}

bool span_same(span a, span b) { return a.from == b.from && a.to == b.to && a.file == b.file; }

static void remember(asks *a, span at) {
  for (uint32_t i = 0; i < a->unknown_count; i++)
    if (span_same(a->unknown[i], at)) return;
  if (a->unknown_count == a->unknown_room) {
    a->unknown_room = a->unknown_room ? a->unknown_room * 2 : 8;
    span *more = ARENA_ARRAY(a->perm, a->unknown_room, span);
    if (a->unknown_count) memcpy(more, a->unknown, a->unknown_count * sizeof *more);
    a->unknown = more;
  }
  a->unknown[a->unknown_count++] = at;
}

uint64_t asks_reads(const asks *a, uint32_t id) {
  const cond *k = &a->p->conds[id];
  uint64_t bits = 0;
  for (uint32_t i = 0; i < k->use_count; i++) {
    const field_use *u = &a->p->uses[k->uses[i]];
    bool day = u->ty == TY_DATE || u->ty == TY_DURATION;
    bits |= day ? ASKS_DAYS : UINT64_C(2) << ((u->field * 3U + (unsigned)u->of) % 63);
  }
  return k->daily ? bits | ASKS_DAYS : bits;
}

bool asks_never(asks *a, const context *c) {
  solve_witness w;
  if (a->work > ASKS_WORK_MAX) return false;
  solve_verdict v = solve_whether(a->perm, c->v, c->n, &w);
  a->work += w.work;
  if (v == SOLVE_NOT_ANALYSED && (w.too_long || w.opaque)) remember(a, w.not_analysed);
  if (a->work > ASKS_WORK_MAX) remember(a, w.not_analysed.to ? w.not_analysed : c->said[c->n - 1]);
  return v == SOLVE_NONE;
}

uint32_t asks_blame(asks *a, const context *c, uint32_t first) {
  context less = *c;
  uint32_t from[ASKS_MAX], left = first;
  for (uint32_t i = 0; i < first; i++) from[i] = i;
  for (uint32_t i = left; i-- > 0;) { /* the first written is kept longest */
    context without = less;
    memmove(&without.v[i], &without.v[i + 1], (less.n - i - 1) * sizeof *less.v);
    memmove(&without.said[i], &without.said[i + 1], (less.n - i - 1) * sizeof *less.said);
    without.n--;
    if (!asks_never(a, &without)) continue;
    memmove(&from[i], &from[i + 1], (left - i - 1) * sizeof *from);
    less = without, left--;
  }
  for (uint32_t i = 0; i < left; i++)
    if (c->said[from[i]].to) return from[i];
  return first;
}

/* ---- quoting ---- */

span cond_span(const program *p, uint32_t id) { return p->conds[id].e->at; }

/* A condition's place leaves the brackets at its ends out: those that its other ends stand in are taken in. */
static span with_brackets(slice all, span at) {
  int open = 0, before = 0;
  for (uint32_t i = at.from; i < at.to && i < all.n; i++) {
    open += (all.p[i] == '(') - (all.p[i] == ')');
    if (open < before) before = open;
  }
  for (; before < 0 && at.from > 0; before++) {
    while (at.from > 0 && all.p[at.from - 1] == ' ') at.from--;
    if (at.from == 0 || all.p[at.from - 1] != '(') break;
    at.from--, open++;
  }
  for (; open > 0; open--) {
    uint32_t to = at.to;
    while (to < all.n && all.p[to] == ' ') to++;
    if (to >= all.n || all.p[to] != ')') break;
    at.to = to + 1;
  }
  return at;
}

slice asks_quote(const asks *a, span at) {
  slice all = a->p->sources[at.file].text;
  at = with_brackets(all, at);
  text t = text_new(a->perm);
  bool gap = false, quoted = false;
  for (uint32_t i = at.from; i < at.to && i < all.n; i++) {
    char c = all.p[i];
    quoted ^= c == '"';
    while (c == '#' && !quoted && i < at.to && i < all.n && all.p[i] != '\n') i++; /* a comment */
    if (c == '#' && !quoted) c = '\n';
    bool space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (!space && gap && t.n) text_char(&t, ' ');
    if (!space) text_char(&t, c);
    gap = space;
  }
  return text_slice(&t);
}

slice asks_cite(const asks *a, span at) {
  const source *in = &a->p->sources[at.file];
  uint32_t row, column;
  source_position(in, at.from, &row, &column);
  return arena_printf(a->perm, "`%.*s` (%.*s:%u)", SLICE_ARG(asks_quote(a, at)), SLICE_ARG(in->name), row);
}

/* ---- all of it ---- */

static void tell_unknown(asks *a) {
  enum { QUOTED = 3 };
  if (!a->unknown_count) return;
  text t = text_new(a->perm);
  for (uint32_t i = 0; i < a->unknown_count && i < QUOTED; i++)
    text_printf(&t, "%s`%.*s`", i ? ", " : "", SLICE_ARG(asks_quote(a, a->unknown[i])));
  if (a->unknown_count > QUOTED) text_cstr(&t, ", ...");
  slice all = text_slice(&t);
  diag_add(a->d, DIAG_W0059, a->unknown[0], (slice){0}, 1, &all);
}

void analyse_coverage(arena *perm, const program *p, diags *d) {
  asks a = {.perm = perm, .p = p, .d = d};
  a.seen = ARENA_ARRAY(perm, p->cond_count + 1, bool);
  a.never = ARENA_ARRAY(perm, p->cond_count + 1, bool);
  a.idle = ARENA_ARRAY(perm, p->ladder_count + 1, bool);
  lint_terms(&a);
  lint_ladders(&a);
  lint_rungs(&a);
  lint_borders(&a);
  tell_unknown(&a);
}
