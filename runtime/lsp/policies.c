/* See policies.h. */
#include "policies.h"

#include "lang/analyse/lints.h"
#include "lang/base/index_series.h"
#include "lang/base/path.h"
#include "lang/syntax/parse.h"
#include "runtime/cli/lints.h"
#include "runtime/cli/policy_files.h"
#include "runtime/cli/project.h"

enum { CANDIDATES_MAX = 200, SERIES_NAMES_MAX = 1024 };

static bool ends_with(slice s, slice end) { return s.n > end.n && slice_eq((slice){s.p + s.n - end.n, end.n}, end); }

static bool is_policy(slice path) { return ends_with(path, SLICE(".dun")); }

/* ---- what a project has ---- */

typedef struct names {
  arena *perm;
  project_name *v;
  uint32_t n, room;
} names;

static void add_name(names *l, project_kind kind, slice name, kw by) {
  if (l->n == l->room) {
    l->room = l->room ? l->room * 2 : 32;
    project_name *more = ARENA_ARRAY(l->perm, l->room, project_name);
    if (l->n) memcpy(more, l->v, l->n * sizeof *more);
    l->v = more;
  }
  l->v[l->n++] = (project_name){kind, name, by};
}

static slice up_to_dot(slice s) {
  const char *dot = memchr(s.p, '.', s.n);
  return (slice){s.p, dot ? (size_t)(dot - s.p) : s.n};
}

/* "overdue.email.pt.html": a template of the channel behind the first dot. */
static void template_name(names *l, slice file) {
  slice name = up_to_dot(file);
  if (name.n >= file.n || !name.n) return;
  slice by = up_to_dot((slice){file.p + name.n + 1, file.n - name.n - 1});
  static const kw CHANNEL_WORDS[] = {KW_EMAIL, KW_WHATSAPP, KW_SMS};
  for (size_t i = 0; i < sizeof CHANNEL_WORDS / sizeof *CHANNEL_WORDS; i++)
    if (slice_eq(by, kw_text(CHANNEL_WORDS[i], LANG_EN))) add_name(l, PROJECT_TEMPLATE, name, CHANNEL_WORDS[i]);
  if (slice_eq(by, SLICE("document"))) add_name(l, PROJECT_DOCUMENT, name, KW_NONE);
}

static void in_folder(policies *p, policy *x, names *l, const char *name, project_kind kind) {
  slice folder =
            kind == PROJECT_INCLUDE ? x->s.policy_folder : project_folder(&p->w->w, x->perm, x->s.policy_folder, name),
        *files;
  size_t n;
  if (p->w->w.list_folder(&p->w->w, arena_copy(x->perm, folder), x->perm, &files, &n) != WORLD_OK) return;
  for (size_t i = 0; i < n; i++) {
    if (kind == PROJECT_TEMPLATE)
      template_name(l, files[i]);
    else if (kind == PROJECT_CALENDAR && ends_with(files[i], SLICE(".cal")))
      add_name(l, kind, (slice){files[i].p, files[i].n - 4}, KW_NONE);
    else if (kind == PROJECT_INCLUDE && is_policy(files[i]) && !slice_eq(files[i], path_base(x->path)))
      add_name(l, kind, files[i], KW_NONE);
  }
}

static void list_project(policies *p, policy *x) {
  names l = {.perm = x->perm};
  in_folder(p, x, &l, "templates", PROJECT_TEMPLATE);
  in_folder(p, x, &l, "calendars", PROJECT_CALENDAR);
  in_folder(p, x, &l, ".", PROJECT_INCLUDE);
  for (const struct embedded *e = stdlib_calendars; e->name; e++)
    add_name(&l, PROJECT_CALENDAR, slice_of(e->name), KW_NONE);
  slice *series = ARENA_ARRAY(x->perm, SERIES_NAMES_MAX, slice);
  size_t n = index_embedded_names(series, SERIES_NAMES_MAX);
  for (size_t i = 0; i < n && i < SERIES_NAMES_MAX; i++) add_name(&l, PROJECT_SERIES, series[i], KW_NONE);
  for (const struct embedded *e = x->s.series; e && e->name; e++) {
    slice rest = slice_of(e->text);
    for (slice name = index_text_name(&rest); name.n; name = index_text_name(&rest))
      add_name(&l, PROJECT_SERIES, name, KW_NONE);
  }
  x->lists = (query_lists){l.v, l.n};
}

/* ---- compiling ---- */

static void compile_policy(policies *p, policy *x) {
  arena_free(x->perm);
  x->perm = arena_new();
  args *a = ARENA_NEW(x->perm, args);
  a->perm = x->perm;
  overlay_hush(p->w, x->perm);
  (void)session_read(&x->s, a, &p->w->w, x->path);
  slice why = text_slice(&p->w->said);
  overlay_hush(p->w, NULL);
  x->fresh = true;
  x->glanced = NULL;
  x->checked = x->told = false;
  x->trouble = x->s.c.program ? (slice){NULL, 0} : why;
  for (size_t i = 0; i < POLICY_LISTS; i++) diags_init(&x->said[i], x->perm);
  x->said[0] = x->s.diags;
  if (!x->s.c.program) return;
  query_begin(x->perm, x->s.sources, x->s.source_count, &x->s.c, &x->q);
  x->lines = ARENA_ARRAY(x->perm, x->q.file_count + 1, line_table);
  for (uint32_t f = 0; f < x->q.file_count; f++) x->lines[f] = lines_of_text(x->q.files[f].text, x->perm);
  list_project(p, x);
}

/* In the order of `dun check`, so that an editor and the command never differ. */
void policy_check(policies *p, policy *x) {
  if (x->checked || x->trouble.n || !x->s.c.ok) return;
  x->checked = true;
  x->s.no_store = p->no_store;
  bool folder = false;
  slice templates = session_template_folder(&x->s);
  analyse_lints(x->perm, x->s.c.program, &x->said[0]);
  diags_sort(&x->said[0]);
  if (p->w->w.is_folder(&p->w->w, arena_copy(x->perm, templates), &folder) != WORLD_OK) folder = false;
  int status = folder ? session_templates(&x->s) : EXIT_FINE;
  if (folder) x->said[1] = x->s.diags;
  if (status == EXIT_FINE && lints_say(&x->s) == EXIT_FINE) x->said[2] = x->s.diags;
}

void policy_refresh(policies *p, policy *x) {
  if (!x->fresh) compile_policy(p, x);
}

static policy *policy_at(policies *p, slice path) {
  for (uint32_t i = 0; i < p->n; i++)
    if (slice_eq(p->v[i].path, path)) return &p->v[i];
  if (p->n == p->room) {
    p->room = p->room ? p->room * 2 : 8;
    policy *more = ARENA_ARRAY(p->perm, p->room, policy);
    if (p->n) memcpy(more, p->v, p->n * sizeof *more);
    p->v = more;
  }
  p->v[p->n] = (policy){.path = arena_slice(p->perm, path)};
  return &p->v[p->n++];
}

/* ---- which policy a file is part of ---- */

static bool includes(policies *p, arena *scratch, slice root, slice path) {
  diags unsaid;
  policy_files files;
  diags_init(&unsaid, scratch);
  if (policy_files_load(&p->w->w, scratch, root, &unsaid, &files) != WORLD_OK) return false;
  for (uint32_t f = 1; f < files.count; f++)
    if (slice_eq(files.v[f].name, path)) return true;
  return false;
}

static slice root_in(policies *p, arena *scratch, slice folder, slice path, unsigned *left) {
  slice *files;
  size_t n;
  if (p->w->w.list_folder(&p->w->w, arena_copy(scratch, folder), scratch, &files, &n) != WORLD_OK) return (slice){0};
  for (size_t i = 0; i < n && *left; i++) {
    slice root = path_join(scratch, folder, files[i]);
    if (!is_policy(root) || slice_eq(root, path)) continue;
    --*left;
    if (includes(p, scratch, root, path)) return root;
  }
  return (slice){0};
}

/* The policy that includes the file: one of its folder, of the folder above, or of `policies` there. A file that none
 * includes is a policy itself. */
static slice root_of(policies *p, slice path) {
  arena *scratch = arena_new();
  unsigned left = CANDIDATES_MAX;
  slice folder = path_folder(path), above = path_join(scratch, folder, SLICE("..")), root = {0}, seen = path;
  for (unsigned levels = 0; levels < 8; levels++) { /* the policy that includes it may be included itself */
    slice folders[] = {folder, above, path_join(scratch, above, SLICE("policies"))};
    slice next = {0};
    for (size_t i = 0; i < sizeof folders / sizeof *folders && !next.n; i++)
      next = root_in(p, scratch, folders[i], seen, &left);
    if (!next.n || slice_eq(next, path)) break;
    root = seen = next;
  }
  root = arena_slice(p->perm, root.n ? root : path);
  arena_free(scratch);
  return root;
}

policy *policy_of_document(policies *p, document *d, uint16_t *file) {
  if (!is_policy(d->path)) return NULL;
  for (unsigned tries = 0; tries < 2; tries++) {
    if (!d->root.n) d->root = root_of(p, d->path);
    policy *x = policy_at(p, d->root);
    policy_refresh(p, x);
    for (uint32_t f = 0; !x->trouble.n && f < x->q.file_count; f++)
      if (slice_eq(path_join(x->perm, SLICE("."), x->q.files[f].name), d->path)) {
        *file = (uint16_t)f;
        return x;
      }
    if (x->trouble.n && slice_eq(d->root, d->path)) return x;
    d->root = (slice){0}; /* it is included no more */
  }
  return NULL;
}

static bool is_file(const policy *x, slice path, uint16_t *file) {
  for (uint32_t f = 0; f < x->q.file_count; f++)
    if (slice_eq(path_join(x->glance_perm, SLICE("."), x->q.files[f].name), path)) {
      *file = (uint16_t)f;
      return true;
    }
  return false;
}

static void read_again(policy *x, const document *d, uint16_t file) {
  arena *perm = x->glance_perm, *scratch = arena_new();
  query *g = &x->glance;
  diags unsaid;
  diags_init(&unsaid, scratch);
  *g = x->q;
  g->perm = perm;
  source *files = ARENA_ARRAY(perm, g->file_count, source);
  const ast_file **trees = ARENA_ARRAY(perm, g->file_count, const ast_file *);
  memcpy(files, x->q.files, g->file_count * sizeof *files);
  /* an array of pointers: NOLINTNEXTLINE(bugprone-sizeof-expression) */
  memcpy(trees, x->q.trees, g->file_count * sizeof *trees);
  files[file].text = (slice){arena_copy(perm, d->text), d->text.n};
  trees[file] = parse_file(perm, scratch, &files[file], file, &unsaid);
  g->words = ARENA_ARRAY(perm, g->file_count, const written_file *);
  g->files = files;
  g->trees = trees;
  arena_free(scratch);
}

const query *policy_glance(policies *p, document *d, policy **x, uint16_t *file) {
  *x = d->root.n ? policy_at(p, d->root) : NULL;
  if (!*x || (*x)->fresh || !(*x)->perm || (*x)->trouble.n) {
    *x = policy_of_document(p, d, file);
    return *x && !(*x)->trouble.n ? &(*x)->q : NULL;
  }
  if ((*x)->glanced != d) {
    arena_free((*x)->glance_perm);
    (*x)->glance_perm = arena_new();
    (*x)->glanced = NULL;
  }
  if (!is_file(*x, d->path, file)) return NULL;
  if (!(*x)->glanced) read_again(*x, d, *file);
  (*x)->glanced = d;
  return &(*x)->glance;
}

static bool has_file(const policy *x, slice path) {
  if (slice_eq(x->path, path) || !x->fresh || x->trouble.n) return true;
  for (uint32_t f = 0; f < x->q.file_count; f++)
    if (slice_eq(path_join(x->perm, SLICE("."), x->q.files[f].name), path)) return true;
  return false;
}

void policies_changed(policies *p, slice path) {
  /* A template, a calendar or a series may be anybody's. */
  for (uint32_t i = 0; i < p->n; i++) {
    if (path.n && is_policy(path) && !has_file(&p->v[i], path)) continue;
    p->v[i].fresh = false;
    p->v[i].glanced = NULL;
  }
}

void policies_look_again(policies *p) {
  for (uint32_t i = 0; i < p->open->n; i++) p->open->v[i].root = (slice){0};
}
