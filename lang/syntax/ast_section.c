/* Which section a statement belongs to: settings to the policy or the open ladder, rungs to their ladder or `when`,
 * lines to their rung or trigger, expectations to their test. Declarations stand anywhere and close nothing. */
#include <assert.h>

#include "lang/syntax/build.h"
#include "parser.h"

static void append(ast *to, ast *node) {
  if (to->last)
    to->last->next = node;
  else
    to->kid = node;
  to->last = node;
  node->next = NULL;
}

static void misplaced(builder *b, diag_code code, const ast *node) {
  build_report(b, code, node->at, (slice){0}, 0, NULL);
}

/* A section of kind ERROR stands for a header that could not be read: it takes whatever comes. */
static bool section_is(const builder *b, ast_kind kind) {
  return b->section && (b->section->kind == kind || b->section->kind == AST_ERROR);
}

static void place_setting(builder *b, ast *node) {
  if (!b->section)
    append(b->root, node);
  else if (section_is(b, AST_LADDER))
    append(b->section, node);
  else
    misplaced(b, DIAG_E0103, node);
}

static void place_line(builder *b, ast *node) {
  if (b->rung)
    append(b->rung, node);
  else if (section_is(b, AST_WHEN) || section_is(b, AST_ON) || section_is(b, AST_EVERY))
    append(b->section, node);
  else
    misplaced(b, DIAG_E0105, node);
}

static void place_rung(builder *b, ast *rung) {
  if (!section_is(b, AST_LADDER) && !section_is(b, AST_WHEN)) {
    misplaced(b, DIAG_E0104, rung);
    b->section = ast_node(b, AST_ERROR, NULL, NO_KIDS); /* the lines below it are no errors of their own */
  }
  append(b->section, rung);
  b->rung = rung;
}

static void place_in_section(builder *b, ast *node) {
  if (node->kind == AST_RUNG)
    place_rung(b, node);
  else if (node->kind == AST_LINE)
    place_line(b, node);
  else if (section_is(b, AST_TEST))
    append(b->section, node);
  else
    misplaced(b, DIAG_E0106, node); /* GIVEN, EXPECT, TEST_EVENT, UNTIL */
}

void section_place(builder *b, ast *node) {
  if (node->kind == BAG) {
    for (ast *k = node->kid, *next; k; k = next) {
      next = k->next;
      section_place(b, k);
    }
    return;
  }
  switch (ast_class_of(node->kind)) {
  case AST_CLASS_DECL:
    if (node->kind == AST_LANGUAGE && b->any) misplaced(b, DIAG_E0108, node);
    if (node->kind == AST_POLICY) b->section = b->rung = NULL;
    append(b->root, node);
    break;
  case AST_CLASS_SECTION:
    append(b->root, node);
    b->section = node;
    b->rung = NULL;
    break;
  case AST_CLASS_SETTING: place_setting(b, node); break;
  case AST_CLASS_LINE: place_in_section(b, node); break;
  case AST_CLASS_FILE:
  case AST_CLASS_ACTION:
  case AST_CLASS_CLAUSE:
  case AST_CLASS_EXPR:
  case AST_CLASS_TEXT_PART: assert(!"the grammar makes no such statement");
  }
}

static ast_kind header_kind(const token *first) {
  switch (first->type) {
  case TK_LADDER: return AST_LADDER;
  case TK_RULE:
  case TK_WHEN:
  case TK_WHEN_CONTRACT: return AST_WHEN;
  case TK_EVERY: return AST_EVERY;
  case TK_TEST: return AST_TEST;
  case TK_ID: return AST_ERROR; /* perhaps a misspelt header */
  }
  bool on = first->type == TK_ON || first->type == TK_ON_OR_IN;
  return on && first[1].type != TK_DATE ? AST_ON : AST_FILE;
}

void section_recover(builder *b) {
  ast_kind kind = header_kind(b->first);
  if (b->first->type == TK_AT) {
    if (!b->section) b->section = ast_node(b, AST_ERROR, NULL, NO_KIDS);
    b->rung = ast_node(b, AST_ERROR, NULL, NO_KIDS);
  } else if (kind != AST_FILE) {
    b->section = ast_node(b, kind, NULL, NO_KIDS);
    b->rung = NULL;
  }
}

/* A setting below the rungs of the last ladder is that ladder's alone; its writer may have meant the whole policy. */
void section_finish(builder *b) {
  const ast *last = NULL;
  for (const ast *k = b->root->kid; k; k = k->next)
    if (k->kind == AST_LADDER) last = k;
  bool below = false;
  for (const ast *k = last ? last->kid : NULL; k; k = k->next) {
    if (k->kind == AST_RUNG)
      below = true;
    else if (below && ast_class_of(k->kind) == AST_CLASS_SETTING)
      diag_add(b->d, DIAG_W0001, k->at, (slice){0}, 1, &last->text);
  }
}
