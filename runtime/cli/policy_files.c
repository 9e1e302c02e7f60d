/* See policy_files.h: an `include` names a file from the folder of the file in which it stands.
 *
 * Invariant: every file is read once; the files that are open at a time form a chain, so a circle is seen when a file
 * of the chain is named again. */
#include "policy_files.h"

#include "lang/base/path.h"
#include "lang/base/suggest.h"
#include "lang/base/utf8.h"
#include "lang/syntax/keyword.h"
#include "lang/syntax/parse.h"
#include "texts.h"

typedef struct loader {
  world *w;
  arena *perm;
  diags *d;
  policy_files *files;
  slice path[POLICY_FILES_MAX]; /* as path_join gives them */
  bool open[POLICY_FILES_MAX];  /* of the chain */
} loader;

static void report(loader *l, diag_code code, span at, slice hint, slice a, slice b) {
  diag_add(l->d, code, at, hint, b.n ? 2 : 1, (slice[]){a, b});
}

static bool is_policy(slice name) { return name.n > 4 && slice_eq((slice){name.p + name.n - 4, 4}, SLICE(".dun")); }

/* The nearest .dun file of the folder in which the missing one was looked for. */
static slice nearest(loader *l, slice wanted, slice path, dun_lang lang) {
  enum { SHOWN_MAX = 5 };
  slice *names, all = {0};
  size_t n, kept = 0;
  if (l->w->list_folder(l->w, arena_copy(l->perm, path_folder(path)), l->perm, &names, &n) != WORLD_OK)
    return (slice){0};
  for (size_t i = 0; i < n; i++)
    if (is_policy(names[i])) names[kept++] = names[i];
  size_t near = did_you_mean(path_base(path), names, kept);
  if (near < kept) {
    slice head = {wanted.p, wanted.n - path_base(wanted).n};
    slice said = arena_printf(l->perm, "%.*s%.*s", SLICE_ARG(head), SLICE_ARG(names[near]));
    return TEXTS(lang, l->perm, DID_YOU_MEAN, said);
  }
  for (size_t i = 0; i < kept && i < SHOWN_MAX; i++)
    all = arena_printf(l->perm, "%.*s%s%.*s", SLICE_ARG(all), i ? ", " : "", SLICE_ARG(names[i]));
  return kept ? TEXTS(lang, l->perm, THERE_ARE, all) : (slice){0};
}

/* Most policies include nothing: they are not parsed twice. */
static bool may_include(slice said) {
  for (dun_lang lang = LANG_EN; lang < LANG_COUNT; lang++)
    for (size_t i = 0; kw_spelling(KW_INCLUDE, lang, i).n; i++)
      if (utf8_fold_contains(said, kw_spelling(KW_INCLUDE, lang, i))) return true;
  return false;
}

static void read_includes(loader *l, uint32_t file);

/* One `include`: the file's index in the list, or reported. */
static void include(loader *l, uint32_t file, const ast *name, dun_lang lang) {
  slice wanted = name->text, path = path_join(l->perm, path_folder(l->path[file]), wanted);
  for (uint32_t i = 0; i < l->files->count; i++) {
    if (!slice_eq(l->path[i], path)) continue;
    report(l, l->open[i] ? DIAG_E0360 : DIAG_W0040, name->at, (slice){0}, wanted, (slice){0});
    return;
  }
  if (l->files->count == POLICY_FILES_MAX) {
    report(l, DIAG_E0361, name->at, (slice){0}, arena_printf(l->perm, "%d", POLICY_FILES_MAX), (slice){0});
    return;
  }
  slice bytes;
  world_code code = l->w->read_file(l->w, arena_copy(l->perm, path), l->perm, &bytes);
  if (code == WORLD_NOT_FOUND)
    report(l, DIAG_E0334, name->at, nearest(l, wanted, path, lang), wanted, (slice){0});
  else if (code != WORLD_OK)
    report(l, DIAG_E0362, name->at, (slice){0}, wanted, texts_world(lang, l->perm, code));
  if (code != WORLD_OK) bytes = (slice){"", 0}; /* it stands in the list, so that nothing is said of it twice */
  uint32_t i = l->files->count++;
  l->path[i] = path;
  l->files->v[i] = (source){path, bytes};
  read_includes(l, i);
}

static void read_includes(loader *l, uint32_t file) {
  if (!may_include(l->files->v[file].text)) return;
  arena *trees = arena_new(), *scratch = arena_new();
  diags unsaid; /* the compile says them */
  diags_init(&unsaid, scratch);
  const ast_file *parsed = parse_file(trees, scratch, &l->files->v[file], (uint16_t)file, &unsaid);
  l->open[file] = true;
  for (const ast *n = parsed->root->kid; n; n = n->next) {
    const ast *name = n->kind == AST_INCLUDE ? ast_kid(n, AST_TEXT) : NULL;
    if (name) include(l, file, name, parsed->lang);
  }
  l->open[file] = false;
  arena_free(scratch);
  arena_free(trees);
}

world_code policy_files_load(world *w, arena *perm, slice path, diags *d, policy_files *out) {
  *out = (policy_files){.v = ARENA_ARRAY(perm, POLICY_FILES_MAX, source), .count = 1};
  out->v[0].name = path;
  world_code code = w->read_file(w, arena_copy(perm, path), perm, &out->v[0].text);
  if (code != WORLD_OK) return code;
  loader l = {.w = w, .perm = perm, .d = d, .files = out};
  l.path[0] = path_join(perm, SLICE("."), path);
  read_includes(&l, 0);
  return WORLD_OK;
}
