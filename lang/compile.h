/* The compiler: bytes in, a checked program and its bytecode out. Pure: what it reads is its arguments, what it says is
 * in `d`. */
#ifndef DUN_COMPILE_H
#define DUN_COMPILE_H

#include "lang/base/arena.h"
#include "lang/base/diag.h"
#include "lang/base/embedded.h"
#include "lang/check/program.h"
#include "lang/code/code.h"

typedef struct compiled {
  const program *program;              /* always there; to be run only where `ok` */
  vm_code *code;                       /* NULL where it is not ok */
  bool ok;                             /* no error; there may be warnings */
  const struct ast_file *const *trees; /* one per file, where they are kept; else NULL */
} compiled;

/* What a policy may name beside what it says. */
typedef struct compile_options {
  const struct embedded
      *calendars;                /* ended by a NULL name; they live as long as the program. NULL: the embedded ones */
  const struct embedded *series; /* of the project, in front of the embedded ones, and without a fault. NULL: none */
  bool keeps_trees;              /* for who asks more of them: lang/query */
} compile_options;

/* The files of one policy, in the order in which they are read; what a file includes must be among them. The result
 * lives in `perm` and points into `files`, which stay the caller's; so do the diagnostics, sorted by place. */
bool compile(arena *perm, const source *files, uint32_t n, diags *d, compiled *out);
/* `options` NULL: none. */
bool compile_with(arena *perm, const source *files, uint32_t n, const compile_options *options, diags *d,
                  compiled *out);

#endif
