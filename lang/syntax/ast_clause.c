/* The nodes whose shape the grammar alone does not give: rungs, headers, sending windows, events of an ERP. */
#include <assert.h>

#include "lang/syntax/build.h"

ast *ast_per(builder *b, const token *t, const token *period) {
  ast *node = ast_node(b, AST_PER, period, NO_KIDS);
  ast_cover(node, t, period);
  return node;
}

/* `at 5d` is after the anchor, `at due` on it. */
ast *ast_rung(builder *b, const token *t, ast **kids, size_t count) {
  ast *rung = ast_node(b, AST_RUNG, t, kids, count);
  const ast *anchor = ast_kid(rung, AST_ANCHOR);
  if (!ast_kid(rung, AST_DURATION))
    rung->op = KW_AT;
  else
    rung->op = anchor && anchor->op == KW_BEFORE ? KW_BEFORE : KW_AFTER;
  return rung;
}

ast *ast_when(builder *b, const token *t, const ast *name, ast **kids, size_t count) {
  ast *when = name ? ast_named(b, AST_WHEN, t, name, kids, count) : ast_node(b, AST_WHEN, t, kids, count);
  when->op = t->op == KW_WHEN_CONTRACT ? KW_CONTRACT : KW_WHEN;
  return when;
}

ast *ast_ladder(builder *b, const token *t, const ast *name, const token *target, ast **kids, size_t count) {
  ast *ladder = ast_named(b, AST_LADDER, t, name, kids, count);
  ast_cover(ladder, t, target);
  ladder->op = target->op;
  return ladder;
}

ast *ast_erp_event(builder *b, const token *t, const ast *words) {
  ast *event = ast_node(b, AST_ERP_EVENT, t, NO_KIDS);
  event->at.to = words->at.to;
  event->text = (slice){b->text.p + event->at.from, event->at.to - event->at.from};
  return event;
}

ast *ast_guarantee(builder *b, const token *t, const token *form, ast **kids, size_t count) {
  ast *n = ast_node(b, AST_GUARANTEE, form, kids, count);
  ast_cover(n, t, form);
  return n;
}

/* `given A and B` are as many GIVEN; the first begins at the word. */
ast *ast_givens(builder *b, const token *t, ast *givens) {
  (void)b;
  assert(givens->kid);
  ast_cover(givens->kid, t, t);
  return givens;
}

ast *ast_window_days(builder *b, ast *window, ast *day) {
  ast *days = ast_node(b, AST_DAYS, NULL, KIDS(day));
  ast *part = window->last;
  if (ast_kid(part, AST_DAYS)) return ast_add(b, window, ast_node(b, AST_WINDOW_PART, NULL, KIDS(days)));
  ast *whole = ast_node(b, AST_WINDOW_PART, NULL, KIDS(part->kid, days));
  *part = *whole;
  return window;
}

ast *ast_window_day(builder *b, ast *window, ast *day) {
  ast *days = ast_kid(window->last, AST_DAYS);
  if (!days) return ast_window_days(b, window, day);
  days->last->next = day;
  days->last = day;
  days->at.to = window->last->at.to = window->at.to = day->at.to;
  return window;
}

void ast_statement(builder *b, ast *statement) { b->statement = statement; }
