/* Nodes: making them, joining them, finding a kid. A node's span covers its token and its kids; its height is one more
 * than its highest kid's. A statement higher than AST_HEIGHT_MAX is reported once and dropped, so that whoever walks a
 * tree may recurse. */
#include "lang/syntax/ast.h"

#include <assert.h>

#include "lang/syntax/build.h"
#include "parser.h"

static const struct {
  const char *name;
  ast_class class;
  const char *doc;
} kinds[AST_KIND_COUNT] = {
#define AST(kind, class, doc) [AST_##kind] = {#kind, AST_CLASS_##class, doc},
#include "lang/syntax/ast.def"
#undef AST
};

const char *ast_kind_name(ast_kind kind) {
  assert(kind < AST_KIND_COUNT);
  return kinds[kind].name;
}

ast_class ast_class_of(ast_kind kind) {
  assert(kind < AST_KIND_COUNT);
  return kinds[kind].class;
}

/* ast.def is the specification: a kind has an op when its text says so. */
void ast_kinds_with_op(bool out[AST_KIND_COUNT + 1]) {
  for (size_t kind = 0; kind < AST_KIND_COUNT; kind++) out[kind] = strstr(kinds[kind].doc, "op: ") != NULL;
  out[BAG] = false;
}

ast *ast_kid(const ast *node, ast_kind kind) {
  for (ast *k = node->kid; k; k = k->next)
    if (k->kind == kind) return k;
  return NULL;
}

ast *ast_next(const ast *node, ast_kind kind) {
  for (ast *k = node->next; k; k = k->next)
    if (k->kind == kind) return k;
  return NULL;
}

size_t ast_count(const ast *node) {
  size_t n = 0;
  for (const ast *k = node->kid; k; k = k->next) n++;
  return n;
}

const char *duration_unit_text(duration_unit unit) {
  static const char *const text[UNIT_COUNT] = {"d", "bd", "w", "mo", "y"};
  assert(unit < UNIT_COUNT);
  return text[unit];
}

static void span_cover(ast *node, span s) {
  if (node->at.to == 0) {
    node->at = s;
    return;
  }
  if (s.from < node->at.from) node->at.from = s.from;
  if (s.to > node->at.to) node->at.to = s.to;
}

void ast_cover(ast *node, const token *from, const token *to) {
  span_cover(node, from->at);
  span_cover(node, to->at);
}

static void link_kid(ast *node, ast *kid) {
  if (node->last)
    node->last->next = kid;
  else
    node->kid = kid;
  node->last = kid;
  kid->next = NULL;
}

static void rise(builder *b, ast *node, const ast *kid) {
  unsigned height = kid->height + 1u;
  if (height <= node->height) return;
  if (height > AST_HEIGHT_MAX) {
    build_too_deep(b);
    height = AST_HEIGHT_MAX;
  }
  node->height = (uint16_t)height;
}

/* A bag hands its kids over. */
static void adopt(builder *b, ast *node, ast *kid) {
  if (!kid) return;
  if (kid->at.to) span_cover(node, kid->at);
  if (kid->kind != BAG) {
    link_kid(node, kid);
    if (node->kind == BAG)
      node->height = node->height > kid->height ? node->height : kid->height;
    else
      rise(b, node, kid);
    return;
  }
  for (ast *k = kid->kid, *next; k; k = next) {
    next = k->next;
    adopt(b, node, k);
  }
}

ast *ast_node(builder *b, ast_kind kind, const token *t, ast **kids, size_t count) {
  ast *node = ARENA_NEW(kind == BAG ? b->scratch : b->perm, ast);
  node->kind = kind;
  if (t) {
    node->at = t->at;
    if (b->has_op[kind]) node->op = t->op;
  } else {
    node->at.file = b->file;
  }
  for (size_t i = 0; i < count; i++) adopt(b, node, kids[i]);
  return node;
}

ast *ast_named(builder *b, ast_kind kind, const token *t, const ast *name, ast **kids, size_t count) {
  ast *node = ast_node(b, kind, t, kids, count);
  span_cover(node, name->at);
  node->text = name->text;
  return node;
}

ast *ast_word(builder *b, ast_kind kind, const token *t) {
  ast *node = ast_node(b, kind, t, NO_KIDS);
  node->text = t->text;
  return node;
}

/* A keyword of several words that stood where a name belongs is no name. */
ast *ast_name(builder *b, const token *t) {
  bool one_word = !memchr(t->text.p, ' ', t->text.n) && !memchr(t->text.p, '\t', t->text.n);
  if (!one_word) build_report(b, DIAG_E0134, t->at, (slice){0}, 1, &t->text);
  return ast_word(b, t->type == TK_FIELD ? AST_FIELD : AST_NAME, t);
}

static ast_kind literal_kind(int type) {
  switch (type) {
  case TK_NUMBER: return AST_NUMBER;
  case TK_PERCENT: return AST_PERCENT;
  case TK_MONEY: return AST_MONEY;
  case TK_DURATION: return AST_DURATION;
  case TK_DATE: return AST_DATE;
  case TK_TIME: return AST_TIME;
  case TK_YES: return AST_YESNO;
  }
  assert(!"a token that is a literal");
  return AST_ERROR;
}

ast *ast_literal(builder *b, const token *t) {
  ast *node = ast_word(b, literal_kind(t->type), t);
  node->value = t->value;
  return node;
}

ast *ast_negated(builder *b, const token *minus, ast *amount) {
  decimal *d = amount->kind == AST_MONEY ? &amount->value.money.amount : &amount->value.number;
  (void)b;
  d->n = -d->n;
  amount->at.from = minus->at.from;
  return amount;
}

ast *ast_bag(builder *b, ast *first) { return ast_node(b, BAG, NULL, &first, 1); }

ast *ast_add(builder *b, ast *bag, ast *kid) {
  adopt(b, bag, kid);
  return bag;
}

ast *ast_pair(builder *b, ast *one, ast *other) { return ast_node(b, BAG, NULL, KIDS(one, other)); }

ast *ast_push(builder *b, ast *kid, ast *bag) { return ast_pair(b, kid, bag); }

ast *ast_clause(builder *b, ast *bag, ast *clause) {
  const ast *before = ast_kid(bag, clause->kind);
  if (before) build_report(b, DIAG_E0135, clause->at, (slice){0}, 0, NULL);
  return ast_add(b, bag, clause);
}

ast *ast_brackets(ast *expr) {
  expr->brackets = true;
  return expr;
}

ast *ast_chain(builder *b, ast_kind kind, const token *t, ast *left, ast *right) {
  if (left->kind != kind || left->brackets) return ast_node(b, kind, t, KIDS(left, right));
  adopt(b, left, right);
  return left;
}

ast *ast_in(builder *b, const token *t, kw op, ast *left, ast *items) {
  ast *node = ast_node(b, AST_IN, t, KIDS(left, ast_node(b, AST_LIST, NULL, KIDS(items))));
  node->op = op;
  return node;
}

ast *ast_cond(builder *b, ast *expr) { return ast_node(b, AST_COND, NULL, KIDS(expr)); }

ast *ast_branch(builder *b, ast *cond, ast *actions) {
  return ast_node(b, AST_BRANCH, NULL, KIDS(ast_cond(b, cond), actions));
}

kw ast_fee_op(const token *t) { return t->op == KW_INTEREST ? KW_INTEREST : KW_FEE; }
