/* A revision as a world: its files by their paths on disk, from any folder, without what the disk has now; what git
 * understands as a revision; and what is said where there is none. The histories are made by git itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/world_git.h"

/* libgit2 1.5 frees the search of `:/text` but for what its library of patterns took. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libpcre2"; }

static char top[] = "/tmp/dun-git-XXXXXX";

static void sh(const char *script) {
  char command[4096];
  snprintf(command, sizeof command,
           "cd '%s' && export HOME='%s' GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com "
           "GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com && { %s; } >/dev/null 2>&1",
           top, top, script);
  assert_int_equal(system(command), 0);
}

static void go(const char *folder) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", top, folder);
  assert_int_equal(chdir(path), 0);
}

static int set_up(void **state) {
  (void)state;
  assert_non_null(mkdtemp(top));
  assert_int_equal(setenv("HOME", top, 1), 0);
  sh("git init -q -b main r && cd r && mkdir policies templates && echo one >policies/a.dun && ln -s ../policies/a.dun "
     "templates/link && ln -s ../policies folder && ln -s /etc/passwd out && ln -s ../../.. up && ln -s round round && "
     "mv folder templates/folder && git add -A && git commit -qm first && git tag -a -m t v1 && "
     "echo two >policies/a.dun && echo new >policies/b.dun && rm templates/link && git add -A && git commit -qm second "
     "&& git branch side v1 && echo three >policies/a.dun");
  sh("git clone -q --depth 1 file://$PWD/r shallow && git clone -q --bare r bare.git && mkdir none && "
     "cd r && git worktree add -q ../tree v1");
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  assert_int_equal(chdir("/"), 0);
  char command[256];
  snprintf(command, sizeof command, "rm -rf '%s'", top);
  return system(command);
}

typedef struct opened {
  arena *perm;
  world_git *g;
  world *w;
} opened;

static opened at(const char *folder, const char *rev) {
  go(folder);
  world_git_error why;
  opened o = {.perm = arena_new()};
  o.g = world_git_open(world_posix(), o.perm, ".", slice_of(rev), &why);
  if (!o.g) fail_msg("%s: %d %.*s", rev, (int)why.fault, SLICE_ARG(why.why));
  o.w = world_git_world(o.g);
  return o;
}

static void done(opened *o) {
  world_git_close(o->g);
  arena_free(o->perm);
}

static void has(const opened *o, const char *path, const char *text) {
  slice got;
  assert_int_equal(o->w->read_file(o->w, path, o->perm, &got), WORLD_OK);
  if (!slice_eq(got, slice_of(text))) fail_msg("%s: %.*s", path, SLICE_ARG(got));
}

static void lacks(const opened *o, const char *path, world_code code) {
  slice got;
  assert_int_equal(o->w->read_file(o->w, path, o->perm, &got), code);
}

static world_git_fault fault(const char *folder, const char *rev) {
  go(folder);
  arena *perm = arena_new();
  world_git_error why;
  world_git *g = world_git_open(world_posix(), perm, ".", slice_of(rev), &why);
  assert_true((g == NULL) == (why.fault != WORLD_GIT_FINE));
  world_git_close(g);
  arena_free(perm);
  return why.fault;
}

static void the_files_are_the_revisions(void **state) {
  (void)state;
  opened o = at("r", "HEAD");
  has(&o, "policies/a.dun", "two\n");
  has(&o, "./policies/../policies/b.dun", "new\n");
  lacks(&o, "policies/none.dun", WORLD_NOT_FOUND);
  lacks(&o, "policies", WORLD_IS_A_FOLDER);
  lacks(&o, ".git/config", WORLD_NOT_FOUND);
  done(&o);
  o = at("r", "HEAD~1");
  has(&o, "policies/a.dun", "one\n");
  lacks(&o, "policies/b.dun", WORLD_NOT_FOUND);
  assert_int_equal(world_git_id(o.g).n, 40);
  done(&o);
}

static void from_any_folder_and_by_whole_paths(void **state) {
  (void)state;
  opened o = at("r/templates", "HEAD~1");
  char path[256];
  has(&o, "../policies/a.dun", "one\n");
  snprintf(path, sizeof path, "%s/r/policies/a.dun", top);
  has(&o, path, "one\n");
  sh("ln -sfn r other");
  snprintf(path, sizeof path, "%s/other/policies/a.dun", top);
  has(&o, path, "one\n");
  snprintf(path, sizeof path, "%s/outside", top);
  sh("echo outside >outside");
  has(&o, path, "outside\n");
  has(&o, "../../outside", "outside\n");
  done(&o);
}

static void whatever_git_understands(void **state) {
  (void)state;
  static const struct {
    const char *rev, *text;
  } rows[] = {{"main", "two\n"},        {"v1", "one\n"},          {"side", "one\n"},    {"HEAD^", "one\n"},
              {"main~1", "one\n"},      {"v1^{commit}", "one\n"}, {":/first", "one\n"}, {"refs/heads/main", "two\n"},
              {"side...main", "one\n"}, {"...side", "one\n"},     {"main@{0}", "two\n"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    opened o = at("r", rows[i].rev);
    has(&o, "policies/a.dun", rows[i].text);
    done(&o);
  }
  opened whole = at("r", "v1");
  char id[8];
  memcpy(id, world_git_id(whole.g).p, 7);
  id[7] = 0;
  done(&whole);
  opened o = at("r", id);
  has(&o, "policies/a.dun", "one\n");
  done(&o);
}

static void folders_and_links(void **state) {
  (void)state;
  opened o = at("r", "v1");
  slice *names;
  size_t n;
  bool yes;
  assert_int_equal(o.w->list_folder(o.w, ".", o.perm, &names, &n), WORLD_OK);
  assert_int_equal(n, 5);
  assert_true(slice_eq(names[0], SLICE("out")) && slice_eq(names[1], SLICE("policies")));
  assert_int_equal(o.w->list_folder(o.w, "policies", o.perm, &names, &n), WORLD_OK);
  assert_int_equal(n, 1);
  assert_int_equal(o.w->list_folder(o.w, "policies/a.dun", o.perm, &names, &n), WORLD_NOT_A_FOLDER);
  assert_true(o.w->is_folder(o.w, "templates", &yes) == WORLD_OK && yes);
  assert_true(o.w->is_folder(o.w, "templates/folder", &yes) == WORLD_OK && yes);
  assert_true(o.w->is_folder(o.w, "nowhere", &yes) == WORLD_OK && !yes);
  has(&o, "templates/link", "one\n");
  has(&o, "templates/folder/a.dun", "one\n");
  lacks(&o, "out", WORLD_NOT_FOUND);
  lacks(&o, "up", WORLD_NOT_FOUND);
  lacks(&o, "up/etc/passwd", WORLD_NOT_FOUND);
  lacks(&o, "round", WORLD_NOT_FOUND);
  done(&o);
}

static void read_piece_by_piece(void **state) {
  (void)state;
  opened o = at("r", "HEAD");
  world_file *f, *beside;
  char c[3];
  size_t got;
  assert_int_equal(o.w->open_file(o.w, "policies/a.dun", &f), WORLD_OK);
  assert_int_equal(o.w->open_file(o.w, "/etc/passwd", &beside), WORLD_OK);
  assert_int_equal(o.w->file_bytes(o.w, f), 4);
  assert_true(o.w->file_bytes(o.w, beside) > 4);
  assert_true(o.w->read(o.w, f, c, 3, &got) == WORLD_OK && got == 3 && memcmp(c, "two", 3) == 0);
  assert_true(o.w->read(o.w, f, c, 3, &got) == WORLD_OK && got == 1);
  assert_true(o.w->read(o.w, f, c, 3, &got) == WORLD_OK && got == 0);
  o.w->close_file(o.w, f);
  o.w->close_file(o.w, beside);
  o.w->close_file(o.w, NULL);
  assert_int_equal(o.w->open_file(o.w, "policies/a.dun", &f), WORLD_OK); /* left open: closed with the world */
  done(&o);
}

static void worktrees(void **state) {
  (void)state;
  opened o = at("tree", "main");
  has(&o, "policies/a.dun", "two\n");
  done(&o);
  o = at("tree", "HEAD");
  has(&o, "policies/a.dun", "one\n");
  done(&o);
}

static void what_is_no_revision_is_named(void **state) {
  (void)state;
  assert_int_equal(fault("none", "HEAD"), WORLD_GIT_NO_REPOSITORY);
  assert_int_equal(fault("bare.git", "HEAD"), WORLD_GIT_BARE);
  assert_int_equal(fault("r", "nothing"), WORLD_GIT_NO_REVISION);
  assert_int_equal(fault("r", "HEAD~9"), WORLD_GIT_NO_REVISION);
  assert_int_equal(fault("r", "HEAD:policies"), WORLD_GIT_NO_REVISION);
  assert_int_equal(fault("r", "~~^{"), WORLD_GIT_NO_REVISION);
  assert_int_equal(fault("r", ""), WORLD_GIT_NO_REVISION);
  assert_int_equal(fault("shallow", "HEAD~1"), WORLD_GIT_SHALLOW);
  sh("cd r && git checkout -q --orphan apart && git commit -qam apart && git checkout -qf main");
  assert_int_equal(fault("r", "apart...main"), WORLD_GIT_NOT_RELATED);
}

static void anothers_repository_is_left_alone(void **state) {
  (void)state;
  if (geteuid() != 0) return; /* only root can give a folder away */
  sh("git clone -q r theirs && chown -R 65534 theirs");
  assert_int_equal(fault("theirs", "HEAD"), WORLD_GIT_OWNER);
  sh("git config --global --add safe.directory $PWD/theirs");
  assert_int_equal(fault("theirs", "HEAD"), WORLD_GIT_FINE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_files_are_the_revisions),  cmocka_unit_test(from_any_folder_and_by_whole_paths),
      cmocka_unit_test(whatever_git_understands),     cmocka_unit_test(folders_and_links),
      cmocka_unit_test(read_piece_by_piece),          cmocka_unit_test(worktrees),
      cmocka_unit_test(what_is_no_revision_is_named), cmocka_unit_test(anothers_repository_is_left_alone)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
