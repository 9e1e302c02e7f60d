/* See world_git_log.h. */
#include "world_git_log.h"

#include <git2.h>
#include <stdlib.h>
#include <string.h>

#include "lang/base/text.h"
#include "lang/base/utf8.h"

static git_repository *repository(const world_git *g) { return world_git_repository(g); }

static slice id_text(arena *perm, const git_oid *id) {
  char hex[GIT_OID_HEXSZ + 1];
  return arena_slice(perm, slice_of(git_oid_tostr(hex, sizeof hex, id)));
}

static bool id_of(slice hex, git_oid *out) {
  return hex.n == GIT_OID_HEXSZ && git_oid_fromstrn(out, hex.p, hex.n) == 0;
}

/* Git's texts may be of any encoding. */
static slice readable(arena *perm, const char *said) {
  slice s = slice_trim(slice_of(said ? said : ""));
  text t = text_new(perm);
  while (s.n) {
    uint32_t cp;
    size_t n = utf8_decode(s, &cp);
    if (!n) n = 1, cp = 0xfffd;
    text_rune(&t, cp < 0x20 || cp == 0x7f ? ' ' : cp);
    s = (slice){s.p + n, s.n - n};
  }
  return text_slice(&t);
}

static git_revision revision_of(arena *perm, const git_commit *c) {
  const git_signature *by = git_commit_author(c);
  git_commit *own = NULL; /* the summary is kept in the commit: git_commit_summary wants one to write to */
  git_revision r = {.id = id_text(perm, git_commit_id(c))};
  if (git_commit_dup(&own, (git_commit *)(uintptr_t)c) == 0) r.title = readable(perm, git_commit_summary(own));
  git_commit_free(own);
  if (by) r.author = readable(perm, by->name);
  if (by) r.at = by->when.time;
  return r;
}

/* ---- the log ---- */

/* Whether a path is the same file or folder in both; `b` NULL: an empty tree. */
static bool same_at(const git_tree *a, const git_tree *b, const char *path) {
  git_tree_entry *x = NULL, *y = NULL;
  if (git_tree_entry_bypath(&x, a, path) != 0) x = NULL;
  if (!b || git_tree_entry_bypath(&y, b, path) != 0) y = NULL;
  bool same = !x == !y && (!x || git_oid_equal(git_tree_entry_id(x), git_tree_entry_id(y)));
  git_tree_entry_free(x);
  git_tree_entry_free(y);
  git_error_clear();
  return same;
}

static bool any_differs(const git_tree *a, const git_tree *b, char *const *paths, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    if (!same_at(a, b, paths[i])) return true;
  return false;
}

/* It differs from each of its parents: a merge of what was there already is no change of its own. */
static bool touches(const git_commit *c, char *const *paths, uint32_t n) {
  git_tree *tree = NULL;
  if (git_commit_tree(&tree, c) != 0) return false;
  unsigned parents = git_commit_parentcount(c);
  bool yes = parents > 0 || any_differs(tree, NULL, paths, n);
  for (unsigned i = 0; i < parents && yes; i++) {
    git_commit *parent = NULL;
    git_tree *before = NULL;
    if (git_commit_parent(&parent, c, i) == 0 && git_commit_tree(&before, parent) == 0)
      yes = any_differs(tree, before, paths, n);
    git_tree_free(before);
    git_commit_free(parent);
  }
  git_tree_free(tree);
  return yes;
}

static char **inside_paths(const world_git *g, arena *perm, const slice *paths, uint32_t *n) {
  char **v = ARENA_ARRAY(perm, *n + 1, char *);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < *n; i++) {
    slice inside;
    if (world_git_inside(g, perm, paths[i], &inside) && !slice_eq(inside, SLICE(".")))
      v[kept++] = arena_copy(perm, inside);
  }
  *n = kept;
  return v;
}

bool git_log_list(const world_git *g, arena *perm, const slice *paths, uint32_t path_count, slice after, uint32_t max,
                  git_revision *out, uint32_t *count, slice *next) {
  *count = 0;
  *next = (slice){0};
  char **inside = inside_paths(g, perm, paths, &path_count);
  git_revwalk *walk = NULL;
  git_oid id, from;
  bool begun = !after.n, fine = id_of(world_git_id(g), &from) && git_revwalk_new(&walk, repository(g)) == 0 &&
                                git_revwalk_push(walk, &from) == 0;
  if (fine) git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL | GIT_SORT_TIME);
  for (uint32_t looked = 0; fine && git_revwalk_next(&id, walk) == 0;) {
    if (!begun) {
      begun = slice_eq(id_text(perm, &id), after);
      continue;
    }
    if (*count == max || ++looked > GIT_LOG_WALK_MAX) break;
    git_commit *c = NULL;
    if (git_commit_lookup(&c, repository(g), &id) != 0) break; /* a shallow clone ends here */
    bool meant = touches(c, inside, path_count);
    if (meant) out[(*count)++] = revision_of(perm, c);
    if (*count == max || looked == GIT_LOG_WALK_MAX) *next = id_text(perm, &id);
    git_commit_free(c);
  }
  git_revwalk_free(walk);
  return fine;
}

/* ---- branches ---- */

slice git_log_head(const world_git *g, arena *perm) {
  git_reference *head = NULL;
  slice name = {0};
  if (git_repository_head(&head, repository(g)) == 0 && git_reference_is_branch(head))
    name = arena_slice(perm, slice_of(git_reference_shorthand(head)));
  git_reference_free(head);
  return name;
}

static char *full_name(arena *perm, slice branch) {
  return arena_copy(perm, arena_printf(perm, "refs/heads/%.*s", SLICE_ARG(branch)));
}

slice git_log_tip(const world_git *g, arena *perm, slice branch) {
  git_oid id;
  bool there = git_reference_name_to_id(&id, repository(g), full_name(perm, branch)) == 0;
  return there ? id_text(perm, &id) : (slice){0};
}

static int newest_first(const void *a, const void *b) {
  const git_revision *x = a, *y = b;
  return x->at != y->at ? (x->at < y->at) - (x->at > y->at) : slice_cmp(x->branch, y->branch);
}

static void add_branch(const world_git *g, arena *perm, const git_reference *r, git_revision *out, uint32_t *count) {
  const git_oid *id = git_reference_target(r);
  git_commit *c = NULL;
  git_oid head;
  if (!id || git_commit_lookup(&c, repository(g), id) != 0) return;
  git_revision *x = &out[(*count)++];
  *x = revision_of(perm, c);
  x->branch = arena_slice(perm, slice_of(git_reference_shorthand(r)));
  x->merged = id_of(world_git_id(g), &head) &&
              (git_oid_equal(&head, id) || git_graph_descendant_of(repository(g), &head, id) == 1);
  git_commit_free(c);
}

bool git_log_branches(const world_git *g, arena *perm, slice prefix, git_revision *out, uint32_t *count) {
  *count = 0;
  git_reference_iterator *i = NULL;
  git_reference *r = NULL;
  const char *glob = arena_printf(perm, "refs/heads/%.*s*", SLICE_ARG(prefix)).p;
  if (git_reference_iterator_glob_new(&i, repository(g), glob) != 0) return false;
  while (*count < GIT_BRANCHES_MAX && git_reference_next(&r, i) == 0) {
    add_branch(g, perm, r, out, count);
    git_reference_free(r);
  }
  git_reference_iterator_free(i);
  if (*count) qsort(out, *count, sizeof *out, newest_first);
  return true;
}

/* Letters, digits and what stands between them, of every script; git takes neither two dots nor an end of `.lock`. */
static void add_part(text *t, slice s) {
  enum { PART_MAX = 40 };
  size_t from = t->n;
  for (size_t i = 0; i < s.n && t->n - from < PART_MAX; i++) {
    char c = s.p[i];
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (plain)
      text_char(t, c);
    else if (t->n > from && t->p[t->n - 1] != '-')
      text_char(t, '-');
  }
  while (t->n > from && t->p[t->n - 1] == '-') t->n--;
}

slice git_log_branch_name(arena *perm, slice prefix, slice login, slice name) {
  text t = text_new(perm);
  text_add(&t, prefix);
  size_t at = t.n;
  add_part(&t, login);
  if (t.n == at) text_cstr(&t, "someone");
  text_char(&t, '/');
  at = t.n;
  add_part(&t, name);
  if (t.n == at) text_cstr(&t, "policy");
  return text_slice(&t);
}

/* ---- a commit ---- */

typedef struct saving {
  git_repository *r;
  arena *perm;
  const git_save *what;
  const char *ref, *path;
  git_oid parent_id, id;
  git_commit *parent;
  git_tree *before, *after;
  git_signature *by;
} saving;

/* A name that git takes has no brackets; nobody's is empty. */
static const char *signed_as(arena *perm, slice s, const char *none) {
  char *c = arena_copy(perm, readable(perm, arena_copy(perm, s)));
  for (char *p = c; *p; p++)
    if (*p == '<' || *p == '>') *p = ' ';
  return slice_trim(slice_of(c)).n ? c : none;
}

static git_save_result find_parent(saving *x, const world_git *g, slice *id) {
  slice there = git_log_tip(g, x->perm, x->what->branch);
  *id = there;
  if (!slice_eq(there, x->what->tip)) return GIT_SAVE_MOVED;
  if (!id_of(there.n ? there : world_git_id(g), &x->parent_id)) return GIT_SAVE_BROKEN;
  git_reference *r = NULL;
  bool out = there.n && git_reference_lookup(&r, x->r, x->ref) == 0 &&
             (git_branch_is_checked_out(r) == 1 || git_branch_is_head(r) == 1);
  git_reference_free(r);
  if (out) return GIT_SAVE_CHECKED_OUT;
  return git_commit_lookup(&x->parent, x->r, &x->parent_id) == 0 && git_commit_tree(&x->before, x->parent) == 0
             ? GIT_SAVE_DONE
             : GIT_SAVE_BROKEN;
}

static git_save_result change_tree(saving *x) {
  git_tree_entry *e = NULL;
  git_oid blob, tree;
  if (git_tree_entry_bypath(&e, x->before, x->path) != 0) return GIT_SAVE_NO_FILE;
  git_filemode_t mode = git_tree_entry_filemode(e);
  bool file = mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE;
  git_save_result r = file ? GIT_SAVE_BROKEN : GIT_SAVE_NO_FILE;
  if (file && git_blob_create_from_buffer(&blob, x->r, x->what->text.p, x->what->text.n) == 0) {
    git_tree_update u = {.action = GIT_TREE_UPDATE_UPSERT, .id = blob, .filemode = mode, .path = x->path};
    if (git_oid_equal(git_tree_entry_id(e), &blob))
      r = GIT_SAVE_SAME;
    else if (git_tree_create_updated(&tree, x->r, x->before, 1, &u) == 0 &&
             git_tree_lookup(&x->after, x->r, &tree) == 0)
      r = GIT_SAVE_DONE;
  }
  git_tree_entry_free(e);
  return r;
}

/* The branch last: until it moves, the commit is nobody's. It moves from where it was seen, or not at all. */
static git_save_result commit(saving *x) {
  const git_commit *parents[] = {x->parent};
  const char *message = arena_copy(x->perm, x->what->message);
  git_reference *moved = NULL;
  if (git_signature_new(&x->by, signed_as(x->perm, x->what->name, "dun"), signed_as(x->perm, x->what->login, "dun"),
                        x->what->at, 0) != 0 ||
      git_commit_create(&x->id, x->r, NULL, x->by, x->by, "UTF-8", message, x->after, 1, parents) != 0)
    return GIT_SAVE_BROKEN;
  const char *log = arena_printf(x->perm, "commit (dun): %.60s", message).p;
  int error = x->what->tip.n ? git_reference_create_matching(&moved, x->r, x->ref, &x->id, 1, &x->parent_id, log)
                             : git_reference_create(&moved, x->r, x->ref, &x->id, 0, log);
  git_reference_free(moved);
  return error == 0 ? GIT_SAVE_DONE : error == GIT_EMODIFIED || error == GIT_EEXISTS ? GIT_SAVE_MOVED : GIT_SAVE_BROKEN;
}

git_save_result git_save_text(const world_git *g, arena *perm, const git_save *what, slice *id, slice *why) {
  slice inside;
  int valid = 0;
  saving x = {.r = repository(g), .perm = perm, .what = what, .ref = full_name(perm, what->branch)};
  *why = *id = (slice){0};
  if (git_reference_name_is_valid(&valid, x.ref) != 0 || !valid || what->branch.n > GIT_BRANCH_BYTES_MAX)
    return GIT_SAVE_NAME;
  if (!world_git_inside(g, perm, what->path, &inside)) return GIT_SAVE_NO_FILE;
  x.path = arena_copy(perm, inside);
  git_error_clear();
  git_save_result r = find_parent(&x, g, id);
  if (r == GIT_SAVE_DONE) r = change_tree(&x);
  if (r == GIT_SAVE_DONE) r = commit(&x);
  if (r == GIT_SAVE_DONE) *id = id_text(perm, &x.id);
  if (r == GIT_SAVE_MOVED) *id = git_log_tip(g, perm, what->branch);
  const git_error *said = git_error_last();
  if (r == GIT_SAVE_BROKEN && said && said->message) *why = readable(perm, said->message);
  git_signature_free(x.by);
  git_tree_free(x.after);
  git_tree_free(x.before);
  git_commit_free(x.parent);
  return r;
}
