/* Inside of lang/syntax and grammar/: the builder that the grammar's actions call. It owns the tree under construction;
 * a statement that had an error is not added to it. Lists under construction are `bags`: nodes of kind BAG whose kids
 * are taken over by the node that gets them; a bag never reaches the tree. */
#ifndef DUN_SYNTAX_BUILD_H
#define DUN_SYNTAX_BUILD_H

#include "lang/syntax/ast.h"
#include "lang/syntax/lex.h"
#include "lang/syntax/limits.h"

#define BAG AST_KIND_COUNT
enum { TOKEN_TYPES_MAX = 256 };

typedef struct builder {
  arena *perm, *scratch;
  slice text; /* of the file */
  uint16_t file;
  dun_lang lang;
  diags *d;

  bool has_op[AST_KIND_COUNT + 1]; /* ast_kinds_with_op */
  ast *root;
  ast *section, *rung;          /* where a line goes; NULL: there is none open */
  ast_kind section_kind;        /* of the open section, of one whose header could not be read too; ERROR: not known */
  bool section_unsure;          /* it is ERROR and the first: what could not be read may have been a setting */
  bool any;                     /* a statement was seen */
  phrases *phrases[LANG_COUNT]; /* of the other languages, built when asked for */
  bool other_language_said;
  bool *lost; /* of the ast_file */

  /* the statement at hand */
  const token *first, *last; /* its tokens; `last` is before its end */
  ast *statement;
  bool failed;  /* the parser stopped at `failed_at` */
  bool dropped; /* an error was reported while it was built */
  const token *failed_at;
  kw meant; /* the keyword that its error was taken for; KW_NONE: none */
  bool expected[TOKEN_TYPES_MAX];
} builder;

#define NO_KIDS NULL, 0
#define KIDS(...) (ast *[]){__VA_ARGS__}, sizeof((ast *[]){__VA_ARGS__}) / sizeof(ast *)

/* ast.c: nodes. A NULL token or kid is left out. */
void ast_kinds_with_op(bool out[AST_KIND_COUNT + 1]);
ast *ast_node(builder *b, ast_kind kind, const token *t, ast **kids, size_t count);
ast *ast_named(builder *b, ast_kind kind, const token *t, const ast *name, ast **kids, size_t count);
ast *ast_word(builder *b, ast_kind kind, const token *t); /* keeps the token's text */
ast *ast_name(builder *b, const token *t);                /* NAME, or FIELD for a dotted path */
ast *ast_literal(builder *b, const token *t);
ast *ast_negated(builder *b, const token *minus, ast *amount); /* `-5%`: one literal from the sign on */
ast *ast_text(builder *b, const token *t);                     /* text.c */
ast *ast_bag(builder *b, ast *first);
ast *ast_add(builder *b, ast *bag, ast *kid);
ast *ast_push(builder *b, ast *kid, ast *bag); /* in front; bag may be NULL */
ast *ast_pair(builder *b, ast *one, ast *other);
ast *ast_clause(builder *b, ast *bag, ast *clause); /* an error where the bag has one of the kind */
void ast_cover(ast *node, const token *from, const token *to);
ast *ast_brackets(ast *expr);
ast *ast_chain(builder *b, ast_kind kind, const token *t, ast *left, ast *right);
ast *ast_in(builder *b, const token *t, kw op, ast *left, ast *items);
ast *ast_cond(builder *b, ast *expr);
ast *ast_branch(builder *b, ast *cond, ast *actions);
kw ast_fee_op(const token *t);

/* ast_clause.c: the nodes that need a second look. */
ast *ast_per(builder *b, const token *t, const token *period);
ast *ast_rung(builder *b, const token *t, ast **kids, size_t count);
ast *ast_when(builder *b, const token *t, const ast *name, ast **kids, size_t count);
ast *ast_ladder(builder *b, const token *t, const ast *name, const token *target, ast **kids, size_t count);
ast *ast_erp_event(builder *b, const token *t, const ast *words);
ast *ast_guarantee(builder *b, const token *t, const token *form, ast **kids, size_t count);
ast *ast_givens(builder *b, const token *t, ast *givens);
ast *ast_window_days(builder *b, ast *window, ast *day); /* `on DAY`: a new day set */
ast *ast_window_day(builder *b, ast *window, ast *day);  /* `, DAY`: one more of it */
void ast_statement(builder *b, ast *statement);

/* ast_section.c: where a statement goes. */
void section_place(builder *b, ast *statement);
void section_recover(builder *b); /* after a statement with an error: so that the lines below it are not errors too */
void section_finish(builder *b);

/* explain.c: a syntax error in plain words. */
void build_syntax_error(builder *b, const token *t);
void build_too_deep(builder *b);
void explain_failure(builder *b);

diag *build_report(builder *b, diag_code code, span at, slice hint, size_t argc, const slice *argv);

/* parser.y: parses the statement that begins at `first`, calling the above. */
void parse_statement(builder *b, const token *first);
/* What may follow the first tokens of a statement, in `b->expected`. False: they are the front of none. */
bool parse_expected(builder *b, const token *first, size_t count);
const char *parse_token_name(int type);

#endif
