/* The formatter: what parses without an error is, formatted, the same program with the same comments, and stays as it
 * is the second time; in another language it still parses, and back in its own it is what it was. */
#include "fuzz.h"

#include "lang/fmt/fmt.h"
#include "lang/syntax/parse.h"

typedef struct room {
  arena *perm, *scratch;
} room;

static ast_file *parse(room *r, const source *src) {
  diags d;
  diags_init(&d, r->perm);
  return parse_file(r->perm, r->scratch, src, 0, &d);
}

static void show_and_end(const char *what, slice before, slice after) {
  fprintf(stderr, "%s\n---- before\n%.*s\n---- after\n%.*s\n", what, SLICE_ARG(before), SLICE_ARG(after));
  abort();
}

/* False where a name of the program is a word of that language that no sentence takes for a name. */
static bool translated(room *r, slice written, dun_lang to, slice *after) {
  source src = {SLICE("fuzz.dun"), written};
  ast_file *file = parse(r, &src);
  diags d;
  diags_init(&d, r->perm);
  if (!file->ok) show_and_end("what was formatted does not parse", written, written);
  if (!fmt_translate(r->perm, &src, file, to, &d)) return false;
  *after = fmt_file(r->perm, r->scratch, &src, file);
  return true;
}

/* Its own language first: that makes every word the canonical one, so that there is something to come back to. */
static void there_and_back(room *r, slice written, dun_lang own) {
  slice canonical, there, back;
  if (!translated(r, written, own, &canonical)) return;
  for (int to = 0; to < LANG_COUNT; to++) {
    if ((dun_lang)to == own || !translated(r, canonical, (dun_lang)to, &there)) continue;
    if (!translated(r, there, own, &back)) show_and_end("does not come back", canonical, there);
    if (!slice_eq(canonical, back)) show_and_end("lost in translation", canonical, back);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  room r = {arena_new(), arena_new()};
  source src = {SLICE("fuzz.dun"), {(const char *)data, size}};
  ast_file *file = parse(&r, &src);
  if (file->ok) {
    source once = {SLICE("once.dun"), fmt_file(r.perm, r.scratch, &src, file)};
    ast_file *again = parse(&r, &once);
    if (!again->ok) show_and_end("what was formatted does not parse", src.text, once.text);
    if (!fmt_same(&src, file, &once, again)) show_and_end("not the same", src.text, once.text);
    slice twice = fmt_file(r.perm, r.scratch, &once, again);
    if (!slice_eq(once.text, twice)) show_and_end("not idempotent", once.text, twice);
    MUST((unified_diff(r.perm, SLICE("a"), SLICE("b"), src.text, once.text).n == 0) == slice_eq(src.text, once.text));
    there_and_back(&r, src.text, file->lang);
  }
  arena_free(r.scratch);
  arena_free(r.perm);
  return 0;
}
