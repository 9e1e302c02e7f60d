/* Text to syntax tree: the front door of lang/syntax. Pure: what it reads is its arguments, what it says is in `d`. */
#ifndef DUN_SYNTAX_PARSE_H
#define DUN_SYNTAX_PARSE_H

#include "lang/base/text.h"
#include "lang/syntax/ast.h"

/* Always gives a tree; statements with errors are left out of it, and `ok` is false. The tree is in `perm` and points
 * into the text of `src`. `scratch` is free again when this returns. */
ast_file *parse_file(arena *perm, arena *scratch, const source *src, uint16_t file, diags *d);

/* For the golden tests: a token a line, `line:column TYPE text`. Errors of the text go to `d`. */
slice tokens_print(arena *perm, arena *scratch, const source *src, uint16_t file, diags *d);

#endif
