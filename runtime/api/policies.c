/* See policies.h: where a policy is, and how it is read. */
#include "policies.h"

#include "lang/base/path.h"
#include "runtime/cli/diff_find.h"
#include "runtime/cli/project.h"

args *policy_args(const session *of, dun_lang lang, arena *perm) {
  args *a = ARENA_NEW(perm, args);
  *a = *of->a;
  a->perm = perm;
  a->command = NULL;
  a->word = NULL;
  a->word_count = 0;
  a->format = OUT_table;
  a->lang = lang;
  a->lang_known = true;
  for (int i = 0; i < ARG_COUNT; i++)
    if (a->value[i].text.p) a->value[i].text.p = arena_copy(perm, a->value[i].text);
  return a;
}

slice policy_name_of(slice path) {
  slice base = path_base(path);
  return base.n > 4 && memcmp(base.p + base.n - 4, ".dun", 4) == 0 ? (slice){base.p, base.n - 4} : base;
}

static bool same_path(arena *perm, slice a, slice b) {
  return slice_eq(path_join(perm, SLICE("."), a), path_join(perm, SLICE("."), b));
}

void policies_of(const session *in_force, world *w, args *a, arena *perm, slice **paths, size_t *count) {
  static const documents NONE;
  overlay quiet;
  slice folder = path_folder(in_force->policy_path), *found = NULL;
  size_t n = 0;
  overlay_begin(&quiet, w, &NONE);
  if (project_policies(a, &quiet.w, &folder, 1, &found, &n) != EXIT_FINE) n = 0;
  slice *v = ARENA_ARRAY(perm, n + 1, slice);
  *count = 0;
  v[(*count)++] = arena_slice(perm, in_force->policy_path);
  for (size_t i = 0; i < n; i++)
    if (!same_path(perm, found[i], in_force->policy_path)) v[(*count)++] = found[i];
  *paths = v;
}

void policy_place_open(policy_place *p, world *w, args *a, slice path, arena *perm) {
  *p = (policy_place){.perm = perm, .a = a, .path = arena_slice(perm, path), .open = {.perm = perm}};
  p->name = policy_name_of(p->path);
  overlay_begin(&p->over, w, &p->open);
  overlay_hush(&p->over, perm);
}

bool policy_place_find(api_call *c, policy_place *p) {
  slice *paths;
  size_t n;
  args *a = policy_args(c->policy, c->lang, c->perm);
  policies_of(c->policy, c->w, a, c->perm, &paths, &n);
  for (size_t i = 0; i < n; i++) {
    if (!slice_eq(policy_name_of(paths[i]), c->var[0])) continue;
    policy_place_open(p, c->w, a, paths[i], c->perm);
    p->in_force = i == 0;
    return true;
  }
  api_fail(c, 404, "not_there", SLICE("the project has no policy of that name"));
  return false;
}

world_git *policy_git_open(world *w, arena *perm, slice path, slice rev, world_git_error *why) {
  return world_git_open(w, perm, arena_copy(perm, path_folder(path)), rev, why);
}

slice policy_git_says(dun_lang lang, arena *perm, const world_git_error *why, slice path, slice rev) {
  return diff_git_says(lang, perm, why, path_folder(path), rev);
}

bool policy_place_at(policy_place *p, world *w, slice rev) {
  world_git_error why;
  if (!rev.n) return true;
  p->git = policy_git_open(w, p->perm, p->path, arena_slice(p->perm, rev), &why);
  if (!p->git) {
    p->trouble = policy_git_says(p->a->lang, p->perm, &why, p->path, rev);
    return false;
  }
  overlay_begin(&p->over, world_git_world(p->git), &p->open);
  overlay_hush(&p->over, p->perm);
  return true;
}

bool policy_place_read(policy_place *p) {
  int status = session_compile(&p->s, p->a, &p->over.w, p->path);
  if (status == EXIT_FINE) return true;
  p->trouble = slice_trim(text_slice(&p->over.said));
  return false;
}

void policy_place_close(policy_place *p) {
  while (p->open.n) document_close(&p->open, &p->open.v[0]);
  if (p->s.s) session_close(&p->s);
  world_git_close(p->git);
}

bool policy_is_revision(slice rev) {
  if (!rev.n || rev.n > POLICY_REVISION_MAX || rev.p[0] == '-') return false;
  for (size_t i = 0; i < rev.n; i++) {
    char c = rev.p[i];
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("_./-", c);
    if (!plain || (c == '.' && i + 1 < rev.n && rev.p[i + 1] == '.')) return false;
  }
  return true;
}

bool policy_asked(api_call *c, policy_place *p, slice rev) {
  if (!policy_place_find(c, p)) return false;
  bool known = !rev.n || policy_is_revision(rev);
  if (known && policy_place_at(p, c->w, rev)) return true;
  if (!known) p->trouble = api_said(c, SLICE("git has no revision of that name"));
  policy_place_close(p);
  api_fail(c, 404, "not_there", p->trouble);
  return false;
}
