/* The whole pipeline: text -> tree -> typed program -> verified bytecode. The trees live in arenas of their own and are
 * gone when this returns, unless they are to be kept. Every stage reports all that it finds; only code is made of
 * faultless programs alone. */
#include "lang/compile.h"

#include "lang/check/check.h"
#include "lang/syntax/parse.h"

bool compile_with(arena *perm, const source *files, uint32_t n, const compile_options *options, diags *d,
                  compiled *out) {
  bool keeps = options && options->keeps_trees;
  arena *trees = keeps ? perm : arena_new_eager(), *scratch = arena_new_eager();
  const ast_file **parsed = ARENA_ARRAY(trees, n + 1, const ast_file *);
  for (uint32_t i = 0; i < n; i++) parsed[i] = parse_file(trees, scratch, &files[i], (uint16_t)i, d);
  const struct embedded *calendars = options && options->calendars ? options->calendars : stdlib_calendars;
  arena_reset(scratch); /* no tree points there: what the tokens took serves the checker */
  program *p = check_program(perm, scratch, parsed, files, n, calendars, d);
  p->series_table = options ? options->series : NULL;
  out->program = p;
  out->trees = keeps ? parsed : NULL;
  out->code = d->errors ? NULL : code_emit(perm, out->program, d);
  out->ok = out->code != NULL && d->errors == 0;
  diags_sort(d);
  arena_free(scratch);
  if (!keeps) arena_free(trees);
  return out->ok;
}

bool compile(arena *perm, const source *files, uint32_t n, diags *d, compiled *out) {
  return compile_with(perm, files, n, NULL, d, out);
}
