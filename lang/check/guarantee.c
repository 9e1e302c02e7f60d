/* `guarantee ...`: what the policy promises, as a question that can be asked of it (program.h). Whether it holds is not
 * the checker's business: runtime/engine/prove.h asks.
 *
 * Invariant: guarantees are built after everything that they are about, so that a pattern which fits no action is told,
 * and after the lints, which are about what the policy does. */
#include "lang/check/internal.h"

#include "lang/base/suggest.h"
#include "lang/base/utf8.h"

/* ---- days ---- */

static void quiet(checker *c, const ast *n, guarantee *g) {
  const ast *outside = ast_kid(n, AST_OUTSIDE), *days = outside ? outside : ast_kid(n, AST_DAYS);
  bool named = false;
  g->messages_only = n->op == KW_NO_MESSAGES;
  g->outside = outside != NULL;
  for (const ast *day = days ? days->kid : NULL; day; day = day->next) {
    ast one = *day, list = {.kind = AST_DAYS, .kid = &one, .last = &one};
    one.next = NULL;
    if (day->op == KW_HOLIDAYS)
      g->holidays = true;
    else if (day->op == KW_BUSINESS_DAYS)
      g->business_days = true;
    else
      g->weekdays = (uint8_t)(g->weekdays | days_of(&list, &g->business_days, &named));
  }
  if (days && g->weekdays == 0x7f) REPORT(c, E0371, days->at, NO_HINT);
}

/* ---- patterns ---- */

/* Whose name a bare text is: a card's. */
enum { CARDS = 1u << ACT_OPEN_CARD | 1u << ACT_MOVE_CARD };

static void goal(checker *c, const ast *n, action_pattern *out) {
  const ast *kind = ast_kid(n, AST_ACTION_KIND), *by = kind ? ast_kid(kind, AST_CHANNEL) : NULL;
  const ast *text = ast_kid(n, AST_TEXT), *who = ast_kid(n, AST_WHO), *tpl = ast_kid(n, AST_TEMPLATE);
  const ast *name = ast_kid(n, AST_NAME);
  bool quoted;
  uint16_t use;
  channel ch;
  *out = (action_pattern){.kinds = kind ? action_kind_bits(kind->op) : tpl ? 1u << ACT_SEND : CARDS, .at = n->at};
  if (by && channel_to_customer(c, by, &ch)) out->channels = 1u << ch;
  if (tpl && tpl->kid) out->template_name = keep(c, tpl->kid->text);
  c->of = ENT_INVOICE;
  if (who)
    out->name = who_text(c, who, &quoted, &use);
  else if (text)
    out->name = keep(c, text->text);
  else if (name)
    out->name = keep(c, name->text);
}

static bool is_owner(slice who) { return slice_eq(who, SLICE("owner")) || slice_eq(who, SLICE("rep")); }

bool pattern_fits(const action_pattern *p, const action *a, const send_way *way) {
  if (!(p->kinds >> a->kind & 1)) return false;
  if (a->kind == ACT_SEND && p->channels && !(p->channels >> way->ch & 1)) return false;
  if (p->template_name.n && (a->kind != ACT_SEND || !utf8_fold_eq(way->template_name, p->template_name))) return false;
  if (!p->name.n) return true;
  if (a->kind == ACT_ESCALATE && !a->name_quoted && is_owner(a->name) && is_owner(p->name)) return true;
  return utf8_fold_eq(a->name, p->name);
}

/* ---- a name that nothing has ---- */

typedef struct look {
  const action_pattern *pattern;
  bool found;
  slice names[64]; /* of the actions of its kinds: what was probably meant */
  size_t n;
} look;

static void look_at(look *l, const action *a) {
  static const send_way NO_WAY = {.ch = CH_COUNT};
  bool by_template = l->pattern->template_name.n > 0;
  for (uint32_t w = 0; w < (a->way_count ? a->way_count : 1); w++) {
    const send_way *way = a->way_count ? &a->ways[w] : &NO_WAY;
    slice name = by_template ? way->template_name : a->name;
    l->found = l->found || pattern_fits(l->pattern, a, way);
    if (l->pattern->kinds >> a->kind & 1 && name.n && l->n < sizeof l->names / sizeof *l->names)
      l->names[l->n++] = name;
  }
}

static void look_through(look *l, const lines *body) {
  for (uint32_t i = 0; i < body->count; i++)
    for (uint32_t b = 0; b < body->v[i].branch_count; b++)
      for (uint32_t a = 0; a < body->v[i].branches[b].action_count; a++) look_at(l, &body->v[i].branches[b].actions[a]);
}

static void look_at_rungs(look *l, const rung *v, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) look_through(l, &v[i].body);
}

/* `reaches "Legall"` would be broken by every invoice: the name is the mistake, most likely. */
static void check_known(checker *c, const action_pattern *p) {
  look l = {.pattern = p};
  for (uint32_t i = 0; i < c->ladders.n; i++) {
    const ladder *at = VEC_AT(&c->ladders, ladder, i);
    look_at_rungs(&l, at->rungs, at->rung_count);
  }
  for (uint32_t i = 0; i < c->whens.n; i++) {
    const when_rule *w = VEC_AT(&c->whens, when_rule, i);
    look_at_rungs(&l, w->rungs, w->rung_count);
    look_through(&l, &w->body);
  }
  for (uint32_t i = 0; i < c->everys.n; i++) look_through(&l, &VEC_AT(&c->everys, every_rule, i)->body);
  for (uint32_t i = 0; i < c->ons.n; i++) look_through(&l, &VEC_AT(&c->ons, on_rule, i)->body);
  if (l.found || !files_whole(c)) return;
  size_t near = did_you_mean(p->template_name.n ? p->template_name : p->name, l.names, l.n);
  slice file = c->p->sources[p->at.file].text, written = {file.p + p->at.from, p->at.to - p->at.from};
  REPORT(c, W0061, p->at, near < l.n ? hint_mean(c, l.names[near]) : NO_HINT, written);
}

static void patterns(checker *c, const ast *holder, guarantee *g) {
  uint32_t count = 0;
  for (const ast *k = ast_kid(holder, AST_GOAL); k; k = ast_next(k, AST_GOAL)) count++;
  action_pattern *v = ARENA_ARRAY(c->perm, count + 1, action_pattern);
  g->patterns = v;
  for (const ast *k = ast_kid(holder, AST_GOAL); k; k = ast_next(k, AST_GOAL)) goal(c, k, &v[g->pattern_count++]);
}

/* ---- the sentences ---- */

static void at_most(checker *c, const ast *n, guarantee *g) {
  scope_lists rates = {0};
  ast limits = *n;
  limits.op = KW_CUSTOMER;
  limit_add(c, &limits, &rates);
  g->limits = (limit_list){rates.limits.v, rates.limits.n};
}

static void reaches(checker *c, const ast *n, guarantee *g) {
  const ast *by = ast_kid(n, AST_DURATION), *held = ast_kid(n, AST_HELD), *goals = ast_kid(n, AST_REACHES);
  if (goals) patterns(c, goals, g);
  for (uint32_t i = 0; i < g->pattern_count; i++) check_known(c, &g->patterns[i]);
  if (by) g->by = (duration){by->value.duration.count, by->value.duration.unit};
  g->where = cond_of(c, ast_kid(n, AST_WHERE), ENT_INVOICE);
  g->unless_held = held != NULL;
  g->except = cond_of(c, held && held->kid ? held : ast_kid(n, AST_EXCEPT), ENT_INVOICE);
}

static void whose(checker *c, const ast *n, guarantee *g) {
  const ast *who = ast_kid(n, AST_FOR);
  uint32_t *ids = ARENA_ARRAY(c->perm, ENT_COUNT, uint32_t);
  g->conds.v = ids;
  if (who) scope_conds(c, who, ENT_INVOICE, false, ids, &g->conds.count);
}

void guarantee_build(checker *c, const ast *n) {
  slice file = c->p->sources[n->at.file].text;
  guarantee g = {.at = n->at, .lang = c->lang, .where = NO_COND, .except = NO_COND};
  g.written = keep(c, (slice){file.p + n->at.from, n->at.to - n->at.from});
  switch ((int)n->op) {
  case KW_AT_MOST:
    g.kind = GUARANTEE_AT_MOST;
    at_most(c, n, &g);
    break;
  case KW_EVERY_OPEN:
    g.kind = GUARANTEE_REACHES;
    reaches(c, n, &g);
    break;
  case KW_NEVER:
    g.kind = GUARANTEE_NEVER;
    patterns(c, n, &g);
    whose(c, n, &g);
    break;
  default:
    g.kind = GUARANTEE_QUIET;
    quiet(c, n, &g);
    whose(c, n, &g);
    break;
  }
  *VEC_PUSH(c->perm, &c->guarantees, guarantee) = g;
}
