/* See world_git.h. */
#include "world_git.h"

#include <git2.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lang/base/path.h"

enum { LINKS_MAX = 16, PATH_BYTES_MAX = 4096 };

/* A file of the revision that is open for reading; the world below has its own kind. */
typedef struct open_blob open_blob;
struct open_blob {
  open_blob *next;
  git_blob *blob;
  size_t at;
};

struct world_git {
  world w; /* first: the functions below are called with its address; `self` stays the one of the world below */
  world *below;
  arena *perm;
  git_repository *repository;
  git_tree *tree;
  slice root; /* of the work tree, as the system resolves it, without a slash at its end */
  slice here; /* the folder that relative paths count from, likewise */
  open_blob *open;
  char id[GIT_OID_HEXSZ + 1];
};

static world_git *of(world *w) { return (world_git *)(void *)w; }

/* ---- paths ---- */

/* The path from `root` where it lies below it; "." for the root itself. */
static bool below_root(const world_git *g, slice whole, slice *inside) {
  if (!slice_starts(whole, g->root)) return false;
  if (whole.n == g->root.n) {
    *inside = SLICE(".");
    return true;
  }
  if (whole.p[g->root.n] != '/') return false;
  *inside = (slice){whole.p + g->root.n + 1, whole.n - g->root.n - 1};
  return true;
}

/* The path with links resolved as far as it exists on disk. */
static slice resolved(arena *perm, slice whole) {
  char real[PATH_BYTES_MAX];
  slice rest = {0};
  for (slice head = whole; head.n > 1; head = path_folder(head)) {
    if (realpath(arena_copy(perm, head), real))
      return rest.n ? path_join(perm, slice_of(arena_copy(perm, slice_of(real))), rest)
                    : arena_slice(perm, slice_of(real));
    slice name = path_base(head);
    rest = rest.n ? arena_printf(perm, "%.*s/%.*s", SLICE_ARG(name), SLICE_ARG(rest)) : name;
  }
  return whole;
}

/* Whether the path means a file of the revision, and its path there. The words alone decide where they can: a folder
 * that was a link in one of the two, on disk or in the revision, is what it is in the revision. */
static bool is_inside(const world_git *g, arena *perm, slice path, slice *inside) {
  slice whole = path_join(perm, g->here, path);
  return below_root(g, whole, inside) || below_root(g, resolved(perm, whole), inside);
}

/* ---- the tree ---- */

static world_code code_of(int error) {
  return error == GIT_ENOTFOUND ? WORLD_NOT_FOUND : error == 0 ? WORLD_OK : WORLD_IO;
}

/* The text that a link holds, as a path from the root; false: it leads out of the revision. */
static bool link_target(const world_git *g, arena *perm, const git_tree_entry *e, slice from, slice *target) {
  git_blob *blob;
  if (git_blob_lookup(&blob, g->repository, git_tree_entry_id(e)) != 0) return false;
  slice said = {git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob)};
  bool fits = said.n > 0 && said.n < PATH_BYTES_MAX && said.p[0] != '/' && !memchr(said.p, 0, said.n);
  if (fits) *target = path_join(perm, from, arena_slice(perm, said));
  git_blob_free(blob);
  return fits && !slice_eq(*target, SLICE("..")) && !slice_starts(*target, SLICE("../"));
}

/* The entry of a path from the root, links followed, part by part: a folder may be one too. NULL and WORLD_OK: the root
 * itself. The caller frees it. */
static world_code entry_at(const world_git *g, arena *perm, slice path, git_tree_entry **out) {
  *out = NULL;
  slice done = SLICE("."), rest = path;
  for (unsigned links = 0; rest.n && !slice_eq(rest, SLICE("."));) {
    const char *slash = memchr(rest.p, '/', rest.n);
    slice name = {rest.p, slash ? (size_t)(slash - rest.p) : rest.n};
    slice after = slash ? (slice){slash + 1, rest.n - name.n - 1} : (slice){0};
    slice here = path_join(perm, done, name), target;
    git_tree_entry_free(*out);
    *out = NULL;
    int error = git_tree_entry_bypath(out, g->tree, arena_copy(perm, here));
    if (error) return code_of(error);
    if (git_tree_entry_filemode(*out) != GIT_FILEMODE_LINK) {
      done = here;
      rest = after;
      continue;
    }
    bool leads = ++links <= LINKS_MAX && link_target(g, perm, *out, done, &target);
    git_tree_entry_free(*out);
    *out = NULL;
    if (!leads) return WORLD_NOT_FOUND;
    done = SLICE(".");
    rest = after.n ? path_join(perm, target, after) : target;
    if (slice_eq(rest, SLICE("..")) || slice_starts(rest, SLICE("../"))) return WORLD_NOT_FOUND;
  }
  return WORLD_OK;
}

static world_code blob_at(const world_git *g, slice inside, git_blob **out) {
  arena *scratch = arena_new();
  git_tree_entry *e;
  world_code code = entry_at(g, scratch, inside, &e);
  if (code == WORLD_OK) {
    git_object_t type = e ? git_tree_entry_type(e) : GIT_OBJECT_TREE;
    code = type == GIT_OBJECT_TREE   ? WORLD_IS_A_FOLDER
           : type != GIT_OBJECT_BLOB ? WORLD_NOT_FOUND /* a submodule: what is in it is another repository's */
                                     : code_of(git_blob_lookup(out, g->repository, git_tree_entry_id(e)));
  }
  git_tree_entry_free(e);
  arena_free(scratch);
  return code;
}

/* ---- as a world ---- */

static world_code git_read_file(world *w, const char *path, arena *perm, slice *text) {
  world_git *g = of(w);
  slice inside;
  git_blob *blob;
  if (!is_inside(g, perm, slice_of(path), &inside)) return g->below->read_file(g->below, path, perm, text);
  *text = SLICE("");
  world_code code = blob_at(g, inside, &blob);
  if (code != WORLD_OK) return code;
  size_t n = (size_t)git_blob_rawsize(blob);
  *text = (slice){arena_copy(perm, (slice){git_blob_rawcontent(blob), n}), n};
  git_blob_free(blob);
  return WORLD_OK;
}

static world_code git_open_file(world *w, const char *path, world_file **out) {
  world_git *g = of(w);
  slice inside;
  git_blob *blob;
  if (!is_inside(g, g->perm, slice_of(path), &inside)) return g->below->open_file(g->below, path, out);
  world_code code = blob_at(g, inside, &blob);
  if (code != WORLD_OK) return code;
  open_blob *f = ARENA_NEW(g->perm, open_blob);
  *f = (open_blob){g->open, blob, 0};
  g->open = f;
  *out = (world_file *)(void *)f;
  return WORLD_OK;
}

/* NULL: it is a file of the world below. */
static open_blob *opened(const world_git *g, const world_file *f) {
  open_blob *b = g->open;
  while (b && (const void *)b != (const void *)f) b = b->next;
  return b;
}

static world_code git_read(world *w, world_file *f, void *buffer, size_t bytes, size_t *got) {
  world_git *g = of(w);
  open_blob *b = opened(g, f);
  if (!b) return g->below->read(g->below, f, buffer, bytes, got);
  size_t left = (size_t)git_blob_rawsize(b->blob) - b->at;
  *got = bytes < left ? bytes : left;
  if (*got) memcpy(buffer, (const char *)git_blob_rawcontent(b->blob) + b->at, *got);
  b->at += *got;
  return WORLD_OK;
}

static uint64_t git_file_bytes(world *w, world_file *f) {
  world_git *g = of(w);
  const open_blob *b = opened(g, f);
  return b ? (uint64_t)git_blob_rawsize(b->blob) : g->below->file_bytes(g->below, f);
}

/* A revision's file has no time of its own: the beginning of the count, older than anything. */
static int64_t git_file_changed_ns(world *w, world_file *f) {
  world_git *g = of(w);
  return opened(g, f) ? 0 : g->below->file_changed_ns(g->below, f);
}

static void git_close_file(world *w, world_file *f) {
  world_git *g = of(w);
  const open_blob *b = f ? opened(g, f) : NULL;
  if (!b) {
    g->below->close_file(g->below, f);
    return;
  }
  open_blob **at = &g->open;
  while (*at != b) at = &(*at)->next;
  *at = b->next;
  git_blob_free(b->blob);
}

static world_code git_is_folder(world *w, const char *path, bool *yes) {
  world_git *g = of(w);
  arena *scratch = arena_new();
  slice inside;
  git_tree_entry *e;
  if (!is_inside(g, scratch, slice_of(path), &inside)) {
    arena_free(scratch);
    return g->below->is_folder(g->below, path, yes);
  }
  world_code code = entry_at(g, scratch, inside, &e);
  *yes = code == WORLD_OK && (!e || git_tree_entry_type(e) == GIT_OBJECT_TREE);
  git_tree_entry_free(e);
  arena_free(scratch);
  return code == WORLD_NOT_FOUND ? WORLD_OK : code;
}

static int by_bytes(const void *a, const void *b) { return slice_cmp(*(const slice *)a, *(const slice *)b); }

static world_code git_list_folder(world *w, const char *path, arena *perm, slice **names, size_t *count) {
  world_git *g = of(w);
  slice inside;
  git_tree_entry *e;
  *count = 0;
  if (!is_inside(g, perm, slice_of(path), &inside)) return g->below->list_folder(g->below, path, perm, names, count);
  world_code code = entry_at(g, perm, inside, &e);
  git_tree *tree = NULL;
  if (code == WORLD_OK && e && git_tree_entry_type(e) != GIT_OBJECT_TREE) code = WORLD_NOT_A_FOLDER;
  if (code == WORLD_OK)
    code = code_of(e ? git_tree_lookup(&tree, g->repository, git_tree_entry_id(e)) : git_tree_dup(&tree, g->tree));
  git_tree_entry_free(e);
  if (code != WORLD_OK) return code;
  size_t n = git_tree_entrycount(tree);
  *names = ARENA_ARRAY(perm, n + 1, slice);
  for (size_t i = 0; i < n; i++)
    (*names)[i] = arena_slice(perm, slice_of(git_tree_entry_name(git_tree_entry_byindex(tree, i))));
  *count = n;
  if (n) qsort(*names, n, sizeof **names, by_bytes);
  git_tree_free(tree);
  return WORLD_OK;
}

/* What is printed is the world's below, which may be known by its address. */
static world_code git_print(world *w, world_stream stream, slice said) {
  world *below = of(w)->below;
  return below->print(below, stream, said);
}

static bool git_is_terminal(world *w, world_stream stream) {
  world *below = of(w)->below;
  return below->is_terminal(below, stream);
}

/* ---- the revision ---- */

static bool fail(const world_git *g, world_git_error *why, world_git_fault fault) {
  const git_error *said = git_error_last();
  *why = (world_git_error){.fault = fault, .folder = g->root};
  if (said && said->message) why->why = arena_slice(g->perm, slice_of(said->message));
  return false;
}

/* A path without the slashes at its end. */
static slice without_end(arena *perm, const char *path) {
  slice s = slice_of(path);
  while (s.n > 1 && s.p[s.n - 1] == '/') s.n--;
  return arena_slice(perm, s);
}

/* Another user's, which git's `safe.directory` does not name. Where no configuration says anything of `safe.directory`,
 * libgit2 1.5 reports that alone. */
static bool is_anothers(int error) {
  const git_error *said = git_error_last();
  return error == GIT_EOWNER || (error == GIT_ENOTFOUND && said && said->klass == GIT_ERROR_CONFIG);
}

static bool open_repository(world_git *g, const char *folder, world_git_error *why) {
  int error = git_repository_open_ext(&g->repository, folder, 0, NULL);
  if (error) {
    g->root = slice_of(folder);
    return fail(g, why,
                is_anothers(error)       ? WORLD_GIT_OWNER
                : error == GIT_ENOTFOUND ? WORLD_GIT_NO_REPOSITORY
                                         : WORLD_GIT_BROKEN);
  }
  const char *root = git_repository_workdir(g->repository);
  if (!root) {
    g->root = without_end(g->perm, git_repository_path(g->repository));
    return fail(g, why, WORLD_GIT_BARE);
  }
  g->root = without_end(g->perm, root);
  char here[PATH_BYTES_MAX];
  if (!getcwd(here, sizeof here)) return fail(g, why, WORLD_GIT_BROKEN);
  g->here = arena_slice(g->perm, slice_of(here));
  return true;
}

static bool no_revision(const world_git *g, int error, world_git_error *why) {
  bool shallow = git_repository_is_shallow(g->repository) == 1;
  return fail(g, why,
              error == GIT_EAMBIGUOUS                                                     ? WORLD_GIT_AMBIGUOUS
              : error == GIT_ENOTFOUND && shallow                                         ? WORLD_GIT_SHALLOW
              : error == GIT_ENOTFOUND || error == GIT_EINVALIDSPEC || error == GIT_EPEEL ? WORLD_GIT_NO_REVISION
                                                                                          : WORLD_GIT_BROKEN);
}

static bool commit_named(const world_git *g, slice rev, git_commit **out, world_git_error *why) {
  git_object *named = NULL, *commit = NULL;
  int error = git_revparse_single(&named, g->repository, arena_copy(g->perm, rev));
  if (!error) error = git_object_peel(&commit, named, GIT_OBJECT_COMMIT);
  git_object_free(named);
  *out = (git_commit *)(void *)commit;
  return error ? no_revision(g, error, why) : true;
}

/* Where `a` and `b` parted. */
static bool commit_between(const world_git *g, slice a, slice b, git_commit **out, world_git_error *why) {
  git_commit *first = NULL, *second = NULL;
  bool fine = commit_named(g, a, &first, why) && commit_named(g, b, &second, why);
  if (fine) {
    git_oid id;
    int error = git_merge_base(&id, g->repository, git_commit_id(first), git_commit_id(second));
    if (!error) error = git_commit_lookup(out, g->repository, &id);
    if (error) {
      bool shallow = git_repository_is_shallow(g->repository) == 1;
      fine = fail(g, why,
                  shallow                  ? WORLD_GIT_SHALLOW
                  : error == GIT_ENOTFOUND ? WORLD_GIT_NOT_RELATED
                                           : WORLD_GIT_BROKEN);
    }
  }
  git_commit_free(first);
  git_commit_free(second);
  return fine;
}

static bool open_tree(world_git *g, slice rev, world_git_error *why) {
  git_commit *commit = NULL;
  static const slice HEAD = {"HEAD", 4};
  size_t dots = 0;
  while (dots + 3 <= rev.n && memcmp(rev.p + dots, "...", 3) != 0) dots++;
  bool two = dots + 3 <= rev.n;
  slice a = {rev.p, dots}, b = two ? (slice){rev.p + dots + 3, rev.n - dots - 3} : (slice){0};
  bool fine =
      two ? commit_between(g, a.n ? a : HEAD, b.n ? b : HEAD, &commit, why) : commit_named(g, rev, &commit, why);
  if (!fine) return false;
  git_oid_tostr(g->id, sizeof g->id, git_commit_id(commit));
  int error = git_commit_tree(&g->tree, commit);
  git_commit_free(commit);
  return error ? no_revision(g, error, why) : true;
}

world_git *world_git_open(world *below, arena *perm, const char *folder, slice rev, world_git_error *why) {
  *why = (world_git_error){0};
  world_git *g = ARENA_NEW(perm, world_git);
  *g = (world_git){.w = *below, .below = below, .perm = perm};
  g->w.read_file = git_read_file;
  g->w.open_file = git_open_file;
  g->w.read = git_read;
  g->w.file_bytes = git_file_bytes;
  g->w.file_changed_ns = git_file_changed_ns;
  g->w.close_file = git_close_file;
  g->w.is_folder = git_is_folder;
  g->w.list_folder = git_list_folder;
  g->w.print = git_print;
  g->w.is_terminal = git_is_terminal;
  if (git_libgit2_init() < 0) {
    (void)fail(g, why, WORLD_GIT_BROKEN);
    return NULL;
  }
  if (open_repository(g, folder, why) && open_tree(g, rev, why)) return g;
  world_git_close(g);
  return NULL;
}

void world_git_close(world_git *g) {
  if (!g) return;
  while (g->open) {
    git_blob_free(g->open->blob);
    g->open = g->open->next;
  }
  git_tree_free(g->tree);
  git_repository_free(g->repository);
  git_libgit2_shutdown();
}

world *world_git_world(world_git *g) { return &g->w; }

slice world_git_id(const world_git *g) { return slice_of(g->id); }

struct git_repository *world_git_repository(const world_git *g) {
  return g->repository;
}

slice world_git_root(const world_git *g) { return g->root; }

bool world_git_inside(const world_git *g, arena *perm, slice path, slice *inside) {
  return is_inside(g, perm, path, inside);
}
