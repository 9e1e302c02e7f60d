/* The syntax tree: what a file says, before anyone asks what it means. One uniform node; ast.def says what each kind
 * carries. Nodes live in the arena of the parse and point into the source text. Every node has a span; spans of kids
 * lie within their parent's, except that a section's span is its header's. */
#ifndef DUN_SYNTAX_AST_H
#define DUN_SYNTAX_AST_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/base/arena.h"
#include "lang/base/date.h"
#include "lang/base/decimal.h"
#include "lang/base/diag.h"
#include "lang/base/duration.h"
#include "lang/base/money.h"
#include "lang/base/slice.h"
#include "lang/syntax/keyword.h"

typedef enum ast_kind {
#define AST(kind, class, doc) AST_##kind,
#include "lang/syntax/ast.def"
#undef AST
  AST_KIND_COUNT
} ast_kind;

typedef enum ast_class {
  AST_CLASS_FILE,
  AST_CLASS_SECTION,
  AST_CLASS_LINE,
  AST_CLASS_SETTING,
  AST_CLASS_DECL,
  AST_CLASS_ACTION,
  AST_CLASS_CLAUSE,
  AST_CLASS_EXPR,
  AST_CLASS_TEXT_PART
} ast_class;

typedef struct ast_duration {
  int32_t count; /* 0 to DURATION_COUNT_MAX (limits.h) */
  duration_unit unit;
} ast_duration;

/* An amount as written: `cur` is always a currency (a bare number is AST_NUMBER). It may have more decimals than the
 * currency has: the checker's error. */
typedef struct ast_money {
  decimal amount;
  currency cur;
} ast_money;

typedef union ast_value {
  decimal number;
  ast_money money;
  ast_duration duration;
  civil_date date;
  int32_t minute;
} ast_value;

typedef struct ast {
  ast_kind kind;
  kw op;           /* KW_NONE where the kind has none */
  bool brackets;   /* an expr that was written in brackets */
  uint16_t height; /* levels below it; at most AST_HEIGHT_MAX (limits.h), so that recursion over a tree is bounded */
  span at;
  slice text;
  ast_value value;
  struct ast *kid, *last, *next; /* first and last kid, next sibling */
} ast;

typedef struct ast_comment {
  span at;       /* from `#` up to the line's end */
  bool own_line; /* nothing but blanks before it on its line */
  struct ast_comment *next;
} ast_comment;

typedef struct ast_file {
  ast *root;             /* AST_FILE; statements with errors are left out, but for ERROR */
  ast_comment *comments; /* in order */
  dun_lang lang;         /* the language that its keywords were read in */
  bool ok;               /* no error in this file */
  bool lost[KW_COUNT];   /* a statement that begins with this keyword was left out; KW_NONE: one that may be anything */
} ast_file;

const char *ast_kind_name(ast_kind kind); /* "RUNG" */
ast_class ast_class_of(ast_kind kind);

/* The first kid of a kind; NULL where there is none. */
ast *ast_kid(const ast *node, ast_kind kind);
/* The next sibling of the same kind after `node`. */
ast *ast_next(const ast *node, ast_kind kind);
size_t ast_count(const ast *node);

/* "d", "bd", "w", "mo", "y" */
const char *duration_unit_text(duration_unit unit);

#endif
