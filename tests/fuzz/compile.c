/* The whole compiler: whatever the bytes are, it ends; what it calls faultless is verified bytecode that can be shown,
 * and what it refuses has an error that can be shown in three languages at a place of the text. Several files of one
 * policy are parted by NUL bytes. */
#include "fuzz.h"

#include "lang/compile.h"
#include "lang/syntax/parse.h"
#include "tests/support/printed.h"

enum { FILES_MAX = 4 };

static uint32_t files_of(slice bytes, source out[FILES_MAX]) {
  static const char *const names[FILES_MAX] = {"policy.dun", "common.dun", "b.dun", "c.dun"};
  uint32_t n = 0;
  slice part;
  while (n < FILES_MAX && next_part(&bytes, &part)) out[n] = (source){slice_of(names[n]), part}, n++;
  return n;
}

static void check_diags(const diags *d, const source *files, uint32_t n, arena *perm) {
  size_t counted = 0;
  for (const diag *g = d->first; g; g = g->next, counted++) {
    MUST(g->at.file < n);
    MUST(g->at.from <= g->at.to);
    MUST(g->at.to <= files[g->at.file].text.n);
  }
  MUST(counted == d->errors + d->warnings + d->notes);
  for (int lang = 0; lang < LANG_COUNT; lang++) diags_render(d, files, n, (dun_lang)lang, lang == LANG_EN, perm);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  source files[FILES_MAX];
  uint32_t n = files_of((slice){(const char *)data, size}, files);
  if (n == 0) return 0;
  arena *perm = arena_new(), *scratch = arena_new();
  diags d;
  diags_init(&d, perm);
  compiled c;
  bool ok = compile(perm, files, n, &d, &c);
  MUST(c.program);
  MUST(ok == c.ok);
  MUST(ok == (c.code != NULL));
  MUST(ok == (d.errors == 0));
  if (ok) {
    MUST(c.code->verified);
    program_dump(c.program, perm);
    code_disasm(perm, c.code);
  }
  check_diags(&d, files, n, perm);
  diags of_tokens;
  diags_init(&of_tokens, perm);
  tokens_print(perm, scratch, &files[0], 0, &of_tokens);
  arena_free(scratch);
  arena_free(perm);
  return 0;
}
