/* A policy's tree and its typed program as text, one thing a line: what the golden tests compare. */
#ifndef DUN_TESTS_PRINTED_H
#define DUN_TESTS_PRINTED_H

#include "lang/syntax/ast.h"

struct program;

/* The tree as an S-expression, a node a line, indented: (RUNG AFTER ... ). */
slice ast_print(const ast *node, arena *perm);
/* The typed program. */
slice program_dump(const struct program *p, arena *perm);

#endif
