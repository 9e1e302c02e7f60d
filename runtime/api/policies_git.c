/* A policy's revisions as git has them: which there are, the text of one, and a text saved as a commit on a branch.
 * What is in force is not touched: a branch is brought in by git's own means, where two pairs of eyes are asked for. */
#include "lang/base/path.h"
#include "lang/base/text.h"
#include "policies.h"
#include "runtime/cli/project.h"

enum { REVISIONS = 30, MESSAGE_MAX = 2000, BRANCH_NAME_MAX = 60 };

/* HEAD of its repository, else answered with what to do. */
static world_git *git_or_say(api_call *c, const policy_place *p, slice rev) {
  world_git_error why;
  world_git *g = policy_git_open(c->w, c->perm, p->path, rev, &why);
  if (g) return g;
  slice says = policy_git_says(c->lang, c->perm, &why, p->path, rev);
  if (why.fault == WORLD_GIT_NO_REPOSITORY || (why.fault == WORLD_GIT_NO_REVISION && slice_eq(rev, SLICE("HEAD"))))
    says =
        api_said(c, SLICE("the policy is in no git repository with a commit: in its project's folder run `git init`, "
                          "`git add .` and `git commit -m \"The policy\"`"));
  api_fail(c, 409, "not_so", says);
  return NULL;
}

/* ---- revisions ---- */

/* What a policy is made of: its files, and the folders beside them. */
static uint32_t paths_of(policy_place *p, slice **paths) {
  static const char *const FOLDERS[] = {"templates", "calendars", "indices"};
  bool read = policy_place_read(p);
  slice folder = path_folder(p->path);
  slice *v = ARENA_ARRAY(p->perm, p->s.source_count + 4, slice);
  uint32_t n = 0;
  v[n++] = p->path;
  for (uint32_t i = 1; read && i < p->s.source_count; i++) v[n++] = p->s.sources[i].name;
  for (size_t i = 0; i < sizeof FOLDERS / sizeof *FOLDERS; i++) {
    slice path = project_folder(&p->over.w, p->perm, folder, FOLDERS[i]);
    if (path.n) v[n++] = path;
  }
  *paths = v;
  return n;
}

static void put_revision(json_writer *w, const git_revision *r) {
  json_begin_object(w, NULL);
  json_put_text(w, "id", r->id);
  if (r->branch.n) {
    json_put_text(w, "branch", r->branch);
    json_put_bool(w, "merged", r->merged);
  }
  json_put_text(w, "author", r->author);
  json_put_text(w, "title", r->title);
  api_put_instant(w, "at", r->at * 1000000);
  json_end(w);
}

static bool is_id(slice s) {
  if (s.n != 40) return false;
  for (size_t i = 0; i < s.n; i++)
    if (!strchr("0123456789abcdef", s.p[i])) return false;
  return true;
}

void policy_revisions_get(api_call *c) {
  policy_place p;
  slice after, *paths, next;
  uint32_t most, n;
  if (!api_rows_wanted(c, &most, &after) || !policy_asked(c, &p, (slice){0})) return;
  slice from = api_param(c, "from");
  world_git *g = git_or_say(c, &p, policy_is_revision(from) ? from : SLICE("HEAD"));
  if (g) {
    uint32_t count = paths_of(&p, &paths);
    git_revision *v = ARENA_ARRAY(c->perm, most, git_revision);
    if (after.n && !is_id(after))
      api_wrong(c, "after", SLICE("this is no key of this list"));
    else if (!git_log_list(g, c->perm, paths, count, after, most, v, &n, &next))
      api_fail(c, 500, "broken", SLICE("git's history cannot be read"));
    if (!c->answered) {
      json_put_text(c->out, "head", world_git_id(g));
      json_begin_list(c->out, "rows");
      for (uint32_t i = 0; i < n; i++) put_revision(c->out, &v[i]);
      json_end(c->out);
      if (next.n)
        json_put_text(c->out, "next", next);
      else
        json_put_null(c->out, "next");
    }
  }
  world_git_close(g);
  policy_place_close(&p);
}

void policy_branches_get(api_call *c) {
  policy_place p;
  uint32_t n;
  if (!policy_asked(c, &p, (slice){0})) return;
  world_git *g = git_or_say(c, &p, SLICE("HEAD"));
  if (g) {
    git_revision *v = ARENA_ARRAY(c->perm, GIT_BRANCHES_MAX, git_revision);
    if (!git_log_branches(g, c->perm, SLICE(POLICY_BRANCHES), v, &n))
      api_fail(c, 500, "broken", SLICE("git's branches cannot be read"));
    json_put_text(c->out, "onto", git_log_head(g, c->perm));
    json_begin_list(c->out, "rows");
    for (uint32_t i = 0; i < n; i++) put_revision(c->out, &v[i]);
    json_end(c->out);
    json_put_null(c->out, "next");
  }
  world_git_close(g);
  policy_place_close(&p);
}

/* ---- the text ---- */

/* The file that is meant, of those that the policy is made of; false: answered. */
static bool file_of(api_call *c, policy_place *p, int64_t file, slice *path) {
  *path = p->path;
  if (file == 0) return true;
  (void)policy_place_read(p);
  if (file < 0 || file >= (int64_t)p->s.source_count) {
    api_fail(c, 404, "not_there", SLICE("the policy has no such file"));
    return false;
  }
  *path = p->s.sources[file].name;
  return true;
}

static bool read_text(api_call *c, policy_place *p, slice path, slice *said) {
  world_code code = p->over.w.read_file(&p->over.w, arena_copy(c->perm, path), c->perm, said);
  if (code == WORLD_OK && said->n <= POLICY_TEXT_MAX) return true;
  api_fail(c, code == WORLD_OK ? 413 : 404, code == WORLD_OK ? "bad_request" : "not_there",
           code == WORLD_OK ? SLICE("the file is too large for the page") : SLICE("this revision has no such file"));
  return false;
}

void policy_text_get(api_call *c) {
  policy_place p;
  int64_t file = 0;
  slice path, said;
  if (!api_param_int(c, "file", 0, POLICY_LISTS + 1000, &file) || !policy_asked(c, &p, api_param(c, "rev"))) return;
  if (file_of(c, &p, file, &path) && read_text(c, &p, path, &said)) {
    json_put_text(c->out, "name", p.name);
    json_put_int(c->out, "file", file);
    json_put_text(c->out, "path", path);
    json_put_text(c->out, "revision", p.git ? world_git_id(p.git) : (slice){"", 0});
    json_put_text(c->out, "text", said);
  }
  policy_place_close(&p);
}

/* ---- saving ---- */

/* A browser's text has lines that end with LF: in a file whose lines do not, they stay as they are. */
static slice with_line_ends(arena *perm, slice said, slice was) {
  const char *nl = memchr(was.p, '\n', was.n);
  if (!nl || nl == was.p || nl[-1] != '\r' || memchr(said.p, '\r', said.n)) return said;
  text t = text_new(perm);
  for (size_t i = 0; i < said.n; i++) {
    if (said.p[i] == '\n') text_char(&t, '\r');
    text_char(&t, said.p[i]);
  }
  return text_slice(&t);
}

/* Whether the policy would compile with this text in place of its file. */
static bool compiles(api_call *c, policy_place *p, slice path, slice said, slice rev, slice *trouble) {
  policy_place other;
  policy_place_open(&other, c->w, policy_args(c->policy, c->lang, c->perm), p->path, c->perm);
  document_open(&other.open, path, 1, said);
  bool fine = policy_place_at(&other, c->w, rev) && policy_place_read(&other);
  *trouble = other.trouble;
  policy_place_close(&other);
  return fine;
}

typedef struct asked_save {
  slice text, base, tip, message, branch;
  int64_t file;
  bool draft;
} asked_save;

static bool read_save(api_call *c, asked_save *q) {
  q->text = json_text(json_member(c->json, SLICE("text")));
  q->draft = json_true(json_member(c->json, SLICE("draft")));
  q->file = 0;
  if (json_member(c->json, SLICE("file")) && !api_whole(c, "file", 0, 1000, &q->file)) return false;
  if (!api_text(c, "base", 40, true, &q->base) || !api_text(c, "tip", 40, false, &q->tip) ||
      !api_text(c, "message", MESSAGE_MAX, true, &q->message) ||
      !api_text(c, "branch", BRANCH_NAME_MAX, true, &q->branch))
    return false;
  if (q->text.n > POLICY_TEXT_MAX)
    api_fail(c, 413, "bad_request", SLICE("the file is too large for the page"));
  else if (json_kind_of(json_member(c->json, SLICE("text"))) != JSON_TEXT)
    api_wrong(c, "text", SLICE("this must be a text"));
  else if (!is_id(q->base))
    api_wrong(c, "base", SLICE("this is no revision"));
  else if (q->tip.n && !is_id(q->tip))
    api_wrong(c, "tip", SLICE("this is no revision"));
  return !c->answered;
}

static void say_not_saved(api_call *c, git_save_result r, slice id, slice why) {
  switch (r) {
  case GIT_SAVE_DONE: return;
  case GIT_SAVE_MOVED:
    api_put_header(c, "X-Tip", id);
    api_fail(
        c, 409, "changed_meanwhile",
        SLICE("the branch has another revision by now, or is there already: look at it, or save on another branch"));
    return;
  case GIT_SAVE_SAME: api_fail(c, 409, "not_so", SLICE("nothing was changed: there is nothing to save")); return;
  case GIT_SAVE_CHECKED_OUT:
    api_fail(c, 409, "not_so", SLICE("somebody has that branch checked out in a work tree: save on another branch"));
    return;
  case GIT_SAVE_NO_FILE: api_fail(c, 409, "not_so", SLICE("that revision has no such file")); return;
  case GIT_SAVE_NAME: api_wrong(c, "branch", SLICE("git takes no branch of that name")); return;
  case GIT_SAVE_BROKEN:
    c->w->log(c->w, WORLD_ERROR, arena_printf(c->perm, "saving a policy: %.*s", SLICE_ARG(why)));
    api_fail(c, 500, "broken", SLICE("git could not save it: the service's log says why"));
    return;
  }
}

/* The entry of the audit log says which revision on which branch; git has the rest. */
static bool log_saved(api_call *c, const policy_place *p, slice on, slice id, bool draft) {
  json_writer *w = json_write(c->perm);
  json_begin_object(w, NULL);
  json_put_text(w, "branch", on);
  json_put_text(w, "revision", id);
  json_put_bool(w, "draft", draft);
  json_end(w);
  return api_stored(c, store_begin(c->s)) && api_stored(c, api_log(c, "policy.saved", p->name, json_written(w))) &&
         api_stored(c, store_commit(c->s));
}

static void put_saved(api_call *c, const world_git *g, slice on, slice id, slice base) {
  slice onto = git_log_head(g, c->perm);
  json_put_text(c->out, "branch", on);
  json_put_text(c->out, "revision", id);
  json_put_text(c->out, "base", base);
  json_put_text(c->out, "onto", onto);
  json_begin_list(c->out, "commands");
  if (onto.n) json_put_text(c->out, NULL, arena_printf(c->perm, "git switch %.*s", SLICE_ARG(onto)));
  json_put_text(c->out, NULL, arena_printf(c->perm, "git merge --no-ff %.*s", SLICE_ARG(on)));
  json_end(c->out);
  json_put_text(c->out, "push", arena_printf(c->perm, "git push origin %.*s", SLICE_ARG(on)));
}

static void save(api_call *c, policy_place *p, const asked_save *q) {
  slice path, was, trouble = {0}, id, why, rev = q->tip.n ? q->tip : q->base;
  world_git *g = git_or_say(c, p, q->base);
  if (!g) return;
  if (policy_place_at(p, c->w, rev) && file_of(c, p, q->file, &path) && read_text(c, p, path, &was)) {
    slice said = with_line_ends(c->perm, q->text, was);
    slice on = git_log_branch_name(c->perm, SLICE(POLICY_BRANCHES), c->who.login, q->branch);
    git_save s = {.branch = on,
                  .tip = q->tip,
                  .path = path,
                  .text = said,
                  .message = q->message,
                  .name = c->who.name.n ? c->who.name : c->who.login,
                  .login = c->who.login,
                  .at = c->w->now_ns(c->w) / 1000000000};
    if (!q->draft && !compiles(c, p, path, said, rev, &trouble)) {
      api_fail(c, 409, "does_not_compile", trouble);
    } else {
      git_save_result r = git_save_text(g, c->perm, &s, &id, &why);
      say_not_saved(c, r, id, why);
      if (r == GIT_SAVE_DONE && log_saved(c, p, on, id, q->draft)) put_saved(c, g, on, id, world_git_id(g));
    }
  } else if (!c->answered)
    api_fail(c, 409, "not_so", p->trouble);
  world_git_close(g);
}

void policy_save_post(api_call *c) {
  policy_place p;
  asked_save q;
  if (!read_save(c, &q) || !policy_asked(c, &p, (slice){0})) return;
  save(c, &p, &q);
  policy_place_close(&p);
}
