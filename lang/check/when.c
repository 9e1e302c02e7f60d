/* `when C ...`: a bound on `overdue` becomes the first rung of a track of its own; without one it is a standing rule.
 * Of several bounds the highest is the rung; the others stay in the condition, where they change nothing that the rung
 * does not. */
#include "lang/check/internal.h"

/* ---- the bound ---- */

static bool is_bound(checker *c, const expr *e) {
  return (e->op == X_GE || e->op == X_GT) && expr_is_field(c, e->a, FIELD_INVOICE_OVERDUE) && e->b->op == X_DURATION;
}

/* How many days a length of time comes to, about: only to tell which of two bounds is higher. */
static int64_t about_days(duration d) {
  switch (d.unit) {
  case UNIT_DAY: return (int64_t)d.n * 20;
  case UNIT_BUSINESS_DAY: return (int64_t)d.n * 28;
  case UNIT_WEEK: return (int64_t)d.n * 140;
  case UNIT_MONTH: return (int64_t)d.n * 609;
  case UNIT_YEAR: return (int64_t)d.n * 7305;
  case UNIT_COUNT: break;
  }
  return 0;
}

static void terms_of(checker *c, const expr *e, vec *terms) {
  if (e->op == X_AND) {
    terms_of(c, e->a, terms);
    terms_of(c, e->b, terms);
  } else
    *VEC_PUSH(c->scratch, terms, const expr *) = e;
}

/* `> 5d` is the rung 6d, `> 2w` 15d. `> 1mo` is the day after a month: the rung is 1mo and the term stays, so that it
 * opens a day on. */
static bool bound_offset(const expr *e, duration *out) {
  int32_t days;
  *out = e->b->dur;
  if (e->op == X_GE) return true;
  if (out->unit == UNIT_BUSINESS_DAY && out->n < INT32_MAX) {
    out->n++;
    return true;
  }
  if (!duration_days(*out, &days) || days == INT32_MAX) return false;
  *out = (duration){days + 1, UNIT_DAY};
  return true;
}

/* Takes the highest bound out of the condition; false where there is none. `*rest` is NULL where nothing is left. */
static bool split_bound(checker *c, const expr *e, duration *bound, const expr **rest) {
  vec terms = {0};
  terms_of(c, e, &terms);
  uint32_t best = UINT32_MAX;
  duration d;
  for (uint32_t i = 0; i < terms.n; i++) {
    const expr *t = *VEC_AT(&terms, const expr *, i);
    if (!is_bound(c, t)) continue;
    (void)bound_offset(t, &d);
    if (best == UINT32_MAX || about_days(d) > about_days(*bound)) {
      best = i;
      *bound = d;
    }
  }
  *rest = e;
  if (best == UINT32_MAX) return false;
  const expr **left = ARENA_ARRAY(c->scratch, terms.n, const expr *);
  uint32_t n = 0;
  bool whole = bound_offset(*VEC_AT(&terms, const expr *, best), &d);
  for (uint32_t i = 0; i < terms.n; i++)
    if (i != best || !whole) left[n++] = *VEC_AT(&terms, const expr *, i);
  *rest = n ? expr_chain(c, X_AND, left, n, e->at) : NULL;
  return true;
}

/* ---- the rule ---- */

static void check_rungs(checker *c, const when_rule *w, duration bound) {
  int32_t first, days;
  if (!duration_days(bound, &first)) return;
  for (uint32_t i = 1; i < w->rung_count; i++)
    if (duration_days(w->rungs[i].off.base, &days) && w->rungs[i].off.times == 0 && days < first)
      REPORT(c, E0307, w->rungs[i].at, NO_HINT, w->rungs[i].written, w->rungs[0].written);
}

/* Whether a standing rule reaches the customer or charges: then a person must be able to speak of it. */
static bool must_be_named(const lines *body) {
  for (uint32_t l = 0; l < body->count; l++)
    for (uint32_t b = 0; b < body->v[l].branch_count; b++)
      for (uint32_t a = 0; a < body->v[l].branches[b].action_count; a++) {
        action_kind k = body->v[l].branches[b].actions[a].kind;
        if (k == ACT_SEND || k == ACT_CHARGE_FEE || k == ACT_CHARGE_INTEREST) return true;
      }
  return false;
}

/* `rule rule_7: when ...`, by its line: a name to change. */
static void ask_name(checker *c, diag *reported, const ast *n) {
  uint32_t row, column;
  slice word = kw_text(KW_RULE, c->lang);
  source_position(&c->p->sources[n->at.file], n->at.from, &row, &column);
  slice name = arena_printf(c->scratch, "%.*s %.*s_%u: ", SLICE_ARG(word), SLICE_ARG(word), row);
  mend(c, reported, (span){n->at.from, n->at.from, n->at.file}, name);
}

static void check_name(checker *c, const ast *n) {
  if (n->text.n) {
    if (name_map_add(c->scratch, &c->rules_by_name, 0, n->text, c->whens.n) != NAME_NONE)
      REPORT(c, E0114, span_name(c, n), NO_HINT, n->text);
    return;
  }
  if (c->first_unnamed) {
    ask_name(c, REPORT(c, E0304, c->first_unnamed->at, hint(c, HINT_NAME_IT, NO_HINT)), c->first_unnamed);
    ask_name(c, REPORT(c, E0304, n->at, hint(c, HINT_NAME_IT, NO_HINT)), n);
  } else
    c->first_unnamed = n;
}

void when_build(checker *c, const ast *n) {
  const ast *clause = ast_kid(n, AST_COND), *again = ast_kid(n, AST_AGAIN);
  when_rule w = {.name = keep(c, n->text), .of = ENT_INVOICE, .cond = NO_COND, .seq = c->seq++, .at = n->at};
  if (!clause) return;
  check_name(c, n);
  if (n->op == KW_CONTRACT || n->op == KW_WHEN_CONTRACT)
    w.of = ENT_CONTRACT;
  else if (reads_only_customer(c, clause))
    w.of = ENT_CUSTOMER;
  const expr *e = cond_expr(c, clause, w.of), *rest;
  duration bound = {0, UNIT_DAY};
  w.full = cond_add(c, e, clause->at);
  w.standing = !split_bound(c, e, &bound, &rest);
  if (w.standing)
    w.cond = w.full;
  else if (rest) {
    c->of = w.of;
    w.cond = cond_add(c, rest, clause->at);
  }
  if (again && again->kid) {
    w.again = true;
    w.again_every = (duration){again->kid->value.duration.count, again->kid->value.duration.unit};
    if (!w.standing) REPORT(c, E0336, again->at, NO_HINT);
  }
  lines body = lines_build(c, n, w.of);
  if (!ast_kid(n, AST_RUNG)) check_does(c, n, &body);
  if (w.standing) {
    w.body = body;
    (void)rungs_build(c, n, w.of, NO_HINT, NULL, &w.rung_count); /* an error already: for what their lines say */
    w.rung_count = 0;
    const ast *at = ast_kid(n, AST_RUNG);
    if (at && e->ty != TY_ERROR) REPORT(c, E0306, at->at, NO_HINT);
    if (!n->text.n && must_be_named(&body) && e->ty != TY_ERROR)
      ask_name(c, REPORT(c, E0305, n->at, hint(c, HINT_NAME_IT, NO_HINT)), n);
  } else {
    rung first = {.off = {bound, {0, UNIT_DAY}, 0}, .body = body, .at = n->at};
    w.rungs = rungs_build(c, n, w.of, slice_of(FIELDS[FIELD_INVOICE_DUE].name[c->lang]), &first, &w.rung_count);
    check_rungs(c, &w, bound);
  }
  *VEC_PUSH(c->perm, &c->whens, when_rule) = w;
}
