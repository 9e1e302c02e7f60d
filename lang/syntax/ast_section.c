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

static diag *misplaced(builder *b, diag_code code, const ast *node) {
  return build_report(b, code, node->at, (slice){0}, 0, NULL);
}

static void open_section(builder *b, ast *section, ast_kind kind) {
  append(b->root, section);
  b->section = section;
  b->section_kind = kind;
  b->section_unsure = false;
  b->rung = NULL;
}

/* A header that could not be read: its section stays open, so that what stands below it is checked and is no error of
 * its own. Of kind ERROR, it takes whatever comes. */
static void open_lost(builder *b, ast_kind kind) {
  ast *section = ast_node(b, AST_ERROR, b->first, NO_KIDS);
  section->op = KW_NONE;
  for (const token *t = b->first; t <= b->last; t++)
    if (t->type == TK_TARGET || t->type == TK_EVENT || t->type == TK_WHEN_CONTRACT) section->op = t->op;
  bool first = !b->section || b->section_unsure;
  open_section(b, section, kind);
  b->section_unsure = first && kind == AST_ERROR;
}

static bool section_is(const builder *b, ast_kind kind) {
  return b->section && (b->section_kind == kind || b->section_kind == AST_ERROR);
}

static void place_setting(builder *b, ast *node) {
  if (!b->section || b->section_unsure)
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
    open_lost(b, AST_ERROR);
    b->section_unsure = false;
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
    if (node->kind == AST_LANGUAGE && b->any) diag_fix(b->d, misplaced(b, DIAG_E0108, node), node->at, (slice){0});
    if (node->kind == AST_POLICY) {
      b->section = b->rung = NULL;
      b->section_unsure = false;
    }
    append(b->root, node);
    break;
  case AST_CLASS_SECTION: open_section(b, node, node->kind); break;
  case AST_CLASS_SETTING: place_setting(b, node); break;
  case AST_CLASS_LINE: place_in_section(b, node); break;
  case AST_CLASS_FILE:
  case AST_CLASS_ACTION:
  case AST_CLASS_CLAUSE:
  case AST_CLASS_EXPR:
  case AST_CLASS_TEXT_PART: assert(!"the grammar makes no such statement");
  }
}

/* What a keyword begins: the kind of a section, RUNG, FILE for anything else. */
static ast_kind begins(int type) {
  switch (type) {
  case TK_LADDER: return AST_LADDER;
  case TK_RULE:
  case TK_WHEN:
  case TK_WHEN_CONTRACT: return AST_WHEN;
  case TK_EVERY: return AST_EVERY;
  case TK_TEST: return AST_TEST;
  case TK_ON:
  case TK_ON_OR_IN: return AST_ON;
  case TK_AT:
  case TK_AT_OR_PER: return AST_RUNG;
  }
  return AST_FILE;
}

/* What the statement at hand would have begun; ERROR: a section perhaps. */
static ast_kind lost_kind(const builder *b) {
  const token *first = b->first, *second = first + 1; /* at least the end stands behind the first */
  if (first->type != TK_ID) {
    ast_kind kind = begins(first->type);
    if (kind != AST_ON) return kind;
    return second->type == TK_DATE ? AST_FILE : second->type == TK_DUE ? AST_RUNG : AST_ON;
  }
  if (b->meant != KW_NONE) return begins(kw_token(b->meant));
  if (second->type == TK_DURATION) return AST_RUNG;
  for (const token *t = second; t < b->last; t++)
    if ((t->type == TK_FOR || t->type == TK_FOR_OR_TO) && t[1].type == TK_TARGET) return AST_LADDER;
  return AST_ERROR;
}

void section_recover(builder *b) {
  ast_kind kind = lost_kind(b);
  if (kind == AST_RUNG) {
    if (!b->section) open_lost(b, AST_LADDER);
    b->rung = ast_node(b, AST_ERROR, b->first, NO_KIDS);
    append(b->section, b->rung);
  } else if (kind != AST_FILE) {
    open_lost(b, kind);
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
