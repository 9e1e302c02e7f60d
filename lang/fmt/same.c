/* Two files that say the same: trees compared without places, comments without the blanks around them. */
#include "lang/base/slice.h"
#include "lang/fmt/fmt.h"

static bool same_decimal(decimal a, decimal b) { return a.n == b.n && a.scale == b.scale; }

/* What the kind carries beside its text; a channel's and a yes/no's op say all, however they were spelt. */
static bool same_value(const ast *a, const ast *b) {
  switch ((int)a->kind) {
  case AST_NUMBER:
  case AST_PERCENT: return same_decimal(a->value.number, b->value.number);
  case AST_MONEY:
    return same_decimal(a->value.money.amount, b->value.money.amount) && a->value.money.cur == b->value.money.cur;
  case AST_DURATION:
    return a->value.duration.count == b->value.duration.count && a->value.duration.unit == b->value.duration.unit;
  case AST_DATE: return date_eq(a->value.date, b->value.date);
  case AST_TIME: return a->value.minute == b->value.minute;
  case AST_CHANNEL:
  case AST_YESNO: return true;
  default: return slice_eq(a->text, b->text);
  }
}

bool fmt_same_node(const ast *a, const ast *b) { return a->kind == b->kind && a->op == b->op && same_value(a, b); }

static bool same_tree(const ast *a, const ast *b) {
  if (!fmt_same_node(a, b) || a->brackets != b->brackets) return false;
  const ast *x = a->kid, *y = b->kid;
  for (; x && y; x = x->next, y = y->next)
    if (!same_tree(x, y)) return false;
  return !x && !y;
}

static slice comment_of(const source *src, const ast_comment *c) {
  return slice_trim((slice){src->text.p + c->at.from, c->at.to - c->at.from});
}

bool fmt_same(const source *a_src, const ast_file *a, const source *b_src, const ast_file *b) {
  const ast_comment *x = a->comments, *y = b->comments;
  for (; x && y; x = x->next, y = y->next)
    if (!slice_eq(comment_of(a_src, x), comment_of(b_src, y))) return false;
  return !x && !y && a->ok == b->ok && a->lang == b->lang && same_tree(a->root, b->root);
}
