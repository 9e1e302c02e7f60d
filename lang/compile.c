/* The whole pipeline: text -> tree -> typed program -> verified bytecode. The trees live in arenas of their own and are
 * gone when this returns. Every stage reports all that it finds; only code is made of faultless programs alone. */
#include "lang/compile.h"

#include "lang/check/check.h"
#include "lang/syntax/parse.h"

bool compile(arena *perm, const source *files, uint32_t n, diags *d, compiled *out) {
  arena *trees = arena_new(), *scratch = arena_new();
  const ast_file **parsed = ARENA_ARRAY(trees, n + 1, const ast_file *);
  for (uint32_t i = 0; i < n; i++) parsed[i] = parse_file(trees, scratch, &files[i], (uint16_t)i, d);
  out->program = check_program(perm, parsed, files, n, d);
  out->code = d->errors ? NULL : code_emit(perm, out->program, d);
  out->ok = out->code != NULL && d->errors == 0;
  diags_sort(d);
  arena_free(scratch);
  arena_free(trees);
  return out->ok;
}
