/* The sentences about a contract's price, as the terms that lang/base/indexation.h and proration.h compute with. */
#include "lang/check/internal.h"

static bool percent_of(checker *c, const ast *clause, decimal *out) {
  if (!clause || !clause->kid) return false;
  if (clause->kid->kind != AST_PERCENT) {
    REPORT(c, E0326, clause->kid->at, NO_HINT);
    return false;
  }
  *out = clause->kid->value.number;
  return true;
}

/* `over 12 months`, `lagging 1 month`: calendar months. */
static void months_of(checker *c, const ast *clause, int32_t least, int32_t most, int32_t *out) {
  int32_t months;
  if (!clause || !clause->kid) return;
  duration d = {clause->kid->value.duration.count, clause->kid->value.duration.unit};
  if (duration_months(d, &months) && months >= least && months <= most)
    *out = months;
  else
    REPORT(c, E0326, clause->kid->at, NO_HINT);
}

void name_series(checker *c, slice name, span at) {
  *VEC_PUSH(c->perm, &c->series_named, named_series) = (named_series){name, at};
}

static void index_build(checker *c, const ast *n, index_terms *t) {
  const ast *name = ast_kid(n, AST_INDEX), *kind = ast_kid(n, AST_ADJUST_KIND), *least = ast_kid(n, AST_AT_LEAST);
  const ast *text = name->kid;
  *t = index_terms_default();
  if (text && !index_names_parse(keep(c, text->text), t)) REPORT(c, E0326, text->at, NO_HINT);
  for (uint8_t i = 0; text && i < t->count; i++) name_series(c, t->names[i], text->at);
  months_of(c, ast_kid(n, AST_OVER), 1, INDEX_MONTHS_MAX, &t->months);
  months_of(c, ast_kid(n, AST_LAGGING), 0, INDEX_LAG_MAX, &t->lag);
  if (kind && kind->op == KW_OFFICIAL) t->figure = INDEX_OFFICIAL;
  if (t->figure == INDEX_OFFICIAL && t->months % 12 != 0) REPORT(c, E0326, kind->at, NO_HINT);
  if (least && (!least->kid || percent_of(c, least, &t->floor_percent))) t->floor = INDEX_FLOOR_TOTAL;
  t->capped = percent_of(c, ast_kid(n, AST_AT_MOST), &t->cap_percent);
  (void)percent_of(c, ast_kid(n, AST_PLUS), &t->plus_percent);
  if (t->capped && t->floor == INDEX_FLOOR_TOTAL && decimal_cmp(t->floor_percent, t->cap_percent) > 0)
    REPORT(c, E0326, ast_kid(n, AST_AT_MOST)->at, NO_HINT);
}

const price_adjustment *adjust_build(checker *c, const ast *n) {
  const ast *by = n->kid;
  price_adjustment *a = ARENA_NEW(c->perm, price_adjustment);
  if (!by) return a;
  if (by->kind == AST_INDEX) {
    a->kind = ADJUST_INDEX;
    index_build(c, n, &a->index);
    return a;
  }
  if (by->next) REPORT(c, E0326, by->next->at, NO_HINT); /* nothing bounds what is said outright */
  if (by->kind == AST_PERCENT) {
    a->kind = ADJUST_PERCENT;
    a->percent = by->value.number;
    if (decimal_cmp(a->percent, (decimal){-100, 0}) < 0) REPORT(c, E0326, by->at, NO_HINT);
    return a;
  }
  a->kind = ADJUST_SUM;
  a->cur = by->kind == AST_MONEY ? by->value.money.cur : c->p->cur;
  a->sum = by->kind == AST_MONEY ? by->value.money.amount : by->value.number;
  (void)expr_money_fits(c, a->sum, a->cur, by->at);
  return a;
}

/* By 30 days the first day does not count, unless `inclusive`; by actual days both ends always do. */
const price_proration *prorated_build(checker *c, const ast *n) {
  if (!n) return NULL;
  const ast *days = ast_kid(n, AST_DURATION), *to = ast_kid(n, AST_CENTS);
  price_proration *p = ARENA_NEW(c->perm, price_proration);
  p->rule = PRORATION_ACTUAL;
  if (days) {
    duration d = {days->value.duration.count, days->value.duration.unit};
    if (d.unit != UNIT_DAY || (d.n != 30 && d.n != 365)) REPORT(c, E0327, days->at, NO_HINT);
    p->rule = d.n == 365 ? PRORATION_365 : ast_kid(n, AST_INCLUSIVE) ? PRORATION_30 : PRORATION_30_EXCLUSIVE;
  }
  p->cents = CENTS_LAST;
  p->cents_said = to != NULL;
  if (to) p->cents = to->op == KW_CENTS_FIRST ? CENTS_FIRST : to->op == KW_CENTS_SPREAD ? CENTS_SPREAD : CENTS_LAST;
  return p;
}
