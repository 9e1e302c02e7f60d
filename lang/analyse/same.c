/* See same.h. The trees of both are read again and walked side by side; at each condition the typed ones of the two
 * programs are asked of the solver. */
#include "lang/analyse/same.h"

#include "lang/fmt/fmt.h"
#include "lang/syntax/parse.h"

typedef struct walk {
  arena *scratch;
  const program *a, *b;
  same_answer out;
} walk;

static bool differs(walk *w, const ast *a, const ast *b) {
  w->out.of = a ? w->a : w->b;
  w->out.at = a ? a->at : b->at;
  return false;
}

/* ---- conditions ---- */

static bool is_at(const cond *k, span at) {
  return k->at.file == at.file && k->at.from == at.from && k->at.to == at.to;
}

static uint32_t next_cond(const program *p, span at, uint32_t from) {
  while (from < p->cond_count && !is_at(&p->conds[from], at)) from++;
  return from;
}

/* Yes, no and undecided for the same invoices. */
static bool same_outcome(walk *w, uint32_t a, uint32_t b) {
  static const unsigned WANTS[] = {SOLVE_TRUE, SOLVE_FALSE, SOLVE_UNDECIDED};
  for (int i = 0; i < 3; i++) {
    solve_asked asked[] = {{.p = w->a, .cond = a, .want = WANTS[i]},
                           {.p = w->b, .cond = b, .want = (SOLVE_TRUE | SOLVE_NOT_TRUE) & ~WANTS[i]}};
    arena *scratch = arena_new();
    solve_verdict verdict = solve(scratch, asked, 2, NULL);
    arena_free(scratch);
    if (verdict != SOLVE_NONE) return false;
  }
  return true;
}

static bool same_tree(walk *w, const ast *a, const ast *b);

/* One written condition is built for each kind of rows that it holds for. */
static bool same_condition(walk *w, const ast *a, const ast *b) {
  uint32_t i = next_cond(w->a, a->at, 0), k = next_cond(w->b, b->at, 0);
  if (i == w->a->cond_count && k == w->b->cond_count) return a->kid && b->kid && same_tree(w, a->kid, b->kid);
  while (i < w->a->cond_count && k < w->b->cond_count) {
    if (w->a->conds[i].of != w->b->conds[k].of || !same_outcome(w, i, k)) return differs(w, a, b);
    i = next_cond(w->a, a->at, i + 1);
    k = next_cond(w->b, b->at, k + 1);
  }
  return (i == w->a->cond_count && k == w->b->cond_count) || differs(w, a, b);
}

/* ---- trees ---- */

/* Sentences that decide nothing. */
static bool is_silent(const ast *n) {
  return n->kind == AST_POLICY || n->kind == AST_DEFINE || n->kind == AST_TEST || n->kind == AST_GUARANTEE ||
         n->kind == AST_LANGUAGE || n->kind == AST_FIELD_DECL || n->kind == AST_INCLUDE;
}

static const ast *speaking(const ast *n) {
  while (n && is_silent(n)) n = n->next;
  return n;
}

static bool is_condition(const ast *n) {
  return n->kind == AST_COND || n->kind == AST_WHERE || n->kind == AST_EXCEPT || n->kind == AST_FOR;
}

static bool same_kids(walk *w, const ast *x, const ast *y) {
  for (x = speaking(x), y = speaking(y); x && y; x = speaking(x->next), y = speaking(y->next))
    if (!same_tree(w, x, y)) return false;
  return (!x && !y) || differs(w, x, y);
}

static bool same_tree(walk *w, const ast *a, const ast *b) {
  if (is_condition(a) && is_condition(b)) return same_condition(w, a, b);
  bool named = a->kind == AST_LADDER && b->kind == AST_LADDER && a->op == b->op;
  if (!named && !fmt_same_node(a, b)) return differs(w, a, b);
  return same_kids(w, a->kid, b->kid);
}

/* The days that are business days, and the holidays. */
static bool same_calendar(const walk *w) {
  const calendar *a = program_calendar(w->a, w->scratch), *b = program_calendar(w->b, w->scratch);
  return a->closed_weekdays == b->closed_weekdays &&
         memcmp(a->business, b->business, CALENDAR_WORDS * sizeof *a->business) == 0 &&
         memcmp(a->holidays, b->holidays, CALENDAR_WORDS * sizeof *a->holidays) == 0;
}

same_answer analyse_same(arena *perm, const program *a, const program *b) {
  walk w = {.scratch = perm, .a = a, .b = b};
  arena *trees = arena_new(), *scratch = arena_new();
  diags unsaid;
  diags_init(&unsaid, trees);
  bool same = a->source_count == b->source_count && a->lang == b->lang && same_calendar(&w);
  for (uint32_t i = 0; i < a->source_count && same; i++) {
    const ast_file *x = parse_file(trees, scratch, &a->sources[i], (uint16_t)i, &unsaid);
    const ast_file *y = parse_file(trees, scratch, &b->sources[i], (uint16_t)i, &unsaid);
    same = x->ok && y->ok && same_kids(&w, x->root->kid, y->root->kid);
  }
  arena_free(scratch);
  arena_free(trees);
  w.out.proven = same;
  return w.out;
}
