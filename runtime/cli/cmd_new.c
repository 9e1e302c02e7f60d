/* dun new FOLDER: a project that passes `dun check` and `dun test`, in one of three languages.
 *
 * Invariant: a folder that holds anything is left as it is. */
#include "commands.h"
#include "lang/base/embedded.h"
#include "lang/base/path.h"

static const struct embedded *const PROJECTS[LANG_COUNT] = {
    [LANG_EN] = stdlib_new_en, [LANG_PT] = stdlib_new_pt, [LANG_ES] = stdlib_new_es};

static int failed(const args *a, world *w, slice path, world_code code) {
  ARGS_COMPLAIN(w, a, CANNOT_WRITE, path, texts_world(a->lang, a->perm, code));
  return EXIT_WORLD;
}

/* Whether the folder may be filled: it is not there, or it is empty. */
static int check_empty(const args *a, world *w, slice folder) {
  slice *names;
  size_t n;
  world_code code = w->list_folder(w, arena_copy(a->perm, folder), a->perm, &names, &n);
  if (code == WORLD_NOT_FOUND || (code == WORLD_OK && n == 0)) return EXIT_FINE;
  if (code == WORLD_OK)
    ARGS_COMPLAIN(w, a, NOT_EMPTY, folder);
  else
    ARGS_COMPLAIN(w, a, CANNOT_USE, folder, texts_world(a->lang, a->perm, code));
  return code == WORLD_OK ? EXIT_USAGE : EXIT_WORLD;
}

static int write_project(const args *a, world *w, slice folder, const struct embedded *files) {
  for (const struct embedded *e = files; e->name; e++) {
    slice path = path_join(a->perm, folder, slice_of(e->name));
    world_code code = w->make_folders(w, arena_copy(a->perm, path_folder(path)));
    if (code == WORLD_OK) code = w->write_file(w, arena_copy(a->perm, path), slice_of(e->text));
    if (code != WORLD_OK) return failed(a, w, path, code);
  }
  return EXIT_FINE;
}

int cmd_new(const args *a, world *w) {
  slice folder = a->word[0];
  int status = check_empty(a, w, folder);
  if (status == EXIT_FINE) status = write_project(a, w, folder, PROJECTS[a->lang]);
  if (status == EXIT_FINE)
    world_printf(w, WORLD_STDOUT, "%.*s\n", SLICE_ARG(TEXTS(a->lang, a->perm, PROJECT_MADE, folder)));
  return status;
}
