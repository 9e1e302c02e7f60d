/* dun fmt: policies in their canonical layout, or in another language. A file is written whole or not at all, and only
 * when what would be written reads back as the same program. */
#include "commands.h"
#include "lang/fmt/fmt.h"
#include "lang/syntax/parse.h"
#include "project.h"

typedef struct formatting {
  const args *a;
  world *w;
  slice path;
  bool standard_input, check, diff, translating;
  dun_lang to;
} formatting;

static int worse(int a, int b) { return a > b ? a : b; }

static int show(const formatting *f, const diags *d, const source *src, dun_lang lang, arena *perm) {
  lang = args_lang(f->a, lang);
  slice all = diags_render(d, src, 1, lang, out_color(f->w, WORLD_STDERR), perm);
  world_code code = f->w->print(f->w, WORLD_STDERR, all);
  args_complain(f->w, f->a, TEXTS(lang, perm, LEFT_AS_IT_IS, f->path));
  return code == WORLD_OK || code == WORLD_CLOSED ? EXIT_COMPILE : EXIT_WORLD;
}

/* The text written anew, in `to` where that is asked for. False: `d` says why not. */
static bool rewrite(arena *perm, arena *scratch, const source *src, bool translating, dun_lang to, diags *d,
                    dun_lang *lang, slice *after) {
  ast_file *file = parse_file(perm, scratch, src, 0, d);
  *lang = file->lang;
  if (!file->ok || (translating && !fmt_translate(perm, src, file, to, d))) return false;
  *after = fmt_file(perm, scratch, src, file);
  return true;
}

/* Whether what was written is the program that was read: the same tree, or the same text once it is brought back. */
static bool reads_back(arena *perm, arena *scratch, const formatting *f, const source *src, dun_lang lang,
                       slice after_text) {
  diags d;
  diags_init(&d, scratch);
  source written = {f->path, after_text};
  if (!f->translating) {
    const ast_file *before = parse_file(perm, scratch, src, 0, &d), *after = parse_file(perm, scratch, &written, 0, &d);
    return fmt_same(src, before, &written, after);
  }
  dun_lang ignored;
  slice own, back;
  return rewrite(perm, scratch, src, true, lang, &d, &ignored, &own) &&
         rewrite(perm, scratch, &written, true, lang, &d, &ignored, &back) && slice_eq(own, back);
}

static int put(const formatting *f, slice said) {
  world_code code = f->w->print(f->w, WORLD_STDOUT, said);
  if (code == WORLD_OK || code == WORLD_CLOSED) return EXIT_FINE;
  ARGS_COMPLAIN(f->w, f->a, CANNOT_WRITE_RESULT, texts_world(f->a->lang, f->a->perm, code));
  return EXIT_WORLD;
}

static int deliver(const formatting *f, arena *perm, slice before, slice after) {
  bool changed = !slice_eq(before, after);
  int status = f->check && changed ? EXIT_FINDINGS : EXIT_FINE;
  if (f->diff) return worse(status, put(f, unified_diff(perm, f->path, f->path, before, after)));
  if (f->standard_input && !f->check) return put(f, after);
  if (!changed) return EXIT_FINE;
  if (!f->check) {
    world_code code = f->w->write_file(f->w, arena_copy(perm, f->path), after);
    if (code != WORLD_OK) {
      ARGS_COMPLAIN(f->w, f->a, CANNOT_WRITE, f->path, texts_world(f->a->lang, perm, code));
      return EXIT_WORLD;
    }
  }
  return worse(status, put(f, arena_printf(perm, "%.*s\n", SLICE_ARG(f->path))));
}

static int format_text(const formatting *f, arena *perm, slice before) {
  arena *scratch = arena_new();
  source src = {f->path, before};
  diags d;
  diags_init(&d, perm);
  dun_lang lang;
  slice after;
  int status;
  if (!rewrite(perm, scratch, &src, f->translating, f->to, &d, &lang, &after)) {
    diags_sort(&d);
    status = show(f, &d, &src, lang, perm);
  } else if (!reads_back(perm, scratch, f, &src, lang, after)) {
    args_complain(f->w, f->a, TEXTS(args_lang(f->a, lang), perm, DOES_NOT_READ_BACK, f->path));
    status = EXIT_COMPILE;
  } else
    status = deliver(f, perm, before, after);
  arena_free(scratch);
  return status;
}

static int format_one(formatting *f, slice path) {
  arena *perm = arena_new();
  f->standard_input = slice_eq(path, SLICE("-"));
  f->path = f->standard_input ? slice_of(texts_word(f->a->lang, TXT_STANDARD_INPUT)) : path;
  slice before;
  const char *from = f->standard_input ? "/dev/stdin" : arena_copy(perm, path);
  world_code code = f->w->read_file(f->w, from, perm, &before);
  int status = EXIT_WORLD;
  if (code == WORLD_OK)
    status = format_text(f, perm, before);
  else
    ARGS_COMPLAIN(f->w, f->a, CANNOT_READ, f->path, texts_world(f->a->lang, perm, code));
  arena_free(perm);
  return status;
}

int cmd_fmt(const args *a, world *w) {
  formatting f = {.a = a,
                  .w = w,
                  .check = a->value[ARG_check].given,
                  .diff = a->value[ARG_diff].given,
                  .translating = a->value[ARG_to_lang].given,
                  .to = (dun_lang)a->value[ARG_to_lang].number};
  if (a->word_count == 0) return format_one(&f, SLICE("-"));
  slice *paths;
  size_t n;
  int status = project_files(a, w, &paths, &n);
  if (status != EXIT_FINE) return status;
  for (size_t i = 0; i < n; i++) status = worse(status, format_one(&f, paths[i]));
  return status;
}
