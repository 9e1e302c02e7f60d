/* The checker: from the trees of a policy's files to the typed program, or to errors. */
#ifndef DUN_CHECK_CHECK_H
#define DUN_CHECK_CHECK_H

#include "lang/check/program.h"
#include "lang/syntax/ast.h"

/* What a policy may hold at most. Each is an error past it. */
enum {
  RULES_MAX = 10000,        /* rungs, each time of a repeat, and rules: `when`, `every`, `on` */
  COND_NODES_MAX = 20000,   /* of one condition, defines put in */
  COND_DEPTH_MAX = 600,     /* levels of one condition, defines put in */
  NODES_MAX = 1000000,      /* of all conditions together */
  SECTION_ACTIONS_MAX = 64, /* of a rung or rule, all its lines and branches: a bit each in what is begun */
  REPEAT_TIMES_MAX = 400,   /* `then every 7d, N more times` */
  CUSTOM_FIELDS_MAX = 1024,
  LIMIT_COUNT_MAX = 1000000
};

/* Always a program; it may be used only where `d` holds no error. It lives in `perm` and points to nothing of the
 * trees, whose arena may go; `sources` and the table of calendars stay the caller's. */
program *check_program(arena *perm, arena *scratch, const ast_file *const *files, const source *sources, uint32_t count,
                       const struct embedded *calendars, diags *d);

#endif
