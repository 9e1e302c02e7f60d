/* A repository's history and its branches: what touched a path, page by page; a text saved as a commit on a branch,
 * from where it was seen to be, without a change of work tree, index or HEAD. The histories are made by git itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/world_git_log.h"

static char top[] = "/tmp/dun-git-log-XXXXXX";

static int sh(const char *script) {
  char command[4096];
  snprintf(command, sizeof command,
           "cd '%s' && export HOME='%s' GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com "
           "GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com && { %s; } >/dev/null 2>&1",
           top, top, script);
  return system(command);
}

static void must(const char *script) { assert_int_equal(sh(script), 0); }

static int set_up(void **state) {
  (void)state;
  assert_non_null(mkdtemp(top));
  assert_int_equal(setenv("HOME", top, 1), 0);
  must("git init -q -b main r && cd r && mkdir policies templates && printf 'one\\n' >policies/a.dun && "
       "printf 'x\\n' >readme && printf 't\\n' >templates/t.txt && git add -A && git commit -qm 'first policy' && "
       "printf 'y\\n' >readme && git commit -qam 'no policy' && printf 'two\\n' >policies/a.dun && git commit -qam "
       "'second policy' && "
       "printf 'u\\n' >templates/t.txt && git commit -qam 'a template' && git switch -qc side HEAD~2 && "
       "printf 'z\\n' >other && git add -A && git commit -qm 'beside' && git switch -q main && git merge -q --no-edit "
       "side");
  char path[256];
  snprintf(path, sizeof path, "%s/r", top);
  assert_int_equal(chdir(path), 0);
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
} opened;

static opened at(const char *rev) {
  world_git_error why;
  opened o = {.perm = arena_new()};
  o.g = world_git_open(world_posix(), o.perm, ".", slice_of(rev), &why);
  if (!o.g) fail_msg("%s: %d %.*s", rev, (int)why.fault, SLICE_ARG(why.why));
  return o;
}

static void done(opened *o) {
  world_git_close(o->g);
  arena_free(o->perm);
}

static void is(slice got, const char *want) {
  if (!slice_eq(got, slice_of(want))) fail_msg("`%.*s`, not `%s`", SLICE_ARG(got), want);
}

/* ---- the log ---- */

static void test_what_touched_a_policy(void **state) {
  (void)state;
  opened o = at("HEAD");
  git_revision v[10];
  uint32_t n;
  slice next;
  const slice policy[] = {SLICE("policies/a.dun")}, both[] = {SLICE("policies/a.dun"), SLICE("templates")};
  assert_true(git_log_list(o.g, o.perm, policy, 1, (slice){0}, 10, v, &n, &next));
  assert_int_equal(n, 2);
  is(v[0].title, "second policy");
  is(v[1].title, "first policy");
  is(v[0].author, "a");
  assert_int_equal(v[0].id.n, 40);
  assert_true(v[0].at > 1000000000);
  assert_int_equal(next.n, 0);
  assert_true(git_log_list(o.g, o.perm, both, 2, (slice){0}, 10, v, &n, &next));
  assert_int_equal(n, 3);
  is(v[0].title, "a template");
  done(&o);
}

static void test_page_by_page(void **state) {
  (void)state;
  opened o = at("HEAD");
  git_revision v[2];
  uint32_t n;
  slice next = {0};
  const slice both[] = {SLICE("policies/a.dun"), SLICE("templates")};
  const char *const titles[] = {"a template", "second policy", "first policy"};
  for (int i = 0; i < 3; i++) {
    assert_true(git_log_list(o.g, o.perm, both, 2, next, 1, v, &n, &next));
    assert_int_equal(n, 1);
    is(v[0].title, titles[i]);
    assert_true(next.n == 40);
  }
  assert_true(git_log_list(o.g, o.perm, both, 2, next, 1, v, &n, &next));
  assert_int_equal(n, 0);
  assert_int_equal(next.n, 0);
  /* Paths outside are nobody's. */
  const slice outside[] = {SLICE("/etc/passwd"), SLICE("../r2/x"), SLICE(".")};
  assert_true(git_log_list(o.g, o.perm, outside, 3, (slice){0}, 2, v, &n, &next));
  assert_int_equal(n, 0);
  done(&o);
}

/* ---- saving ---- */

static git_save a_save(const char *branch_is, slice tip, const char *text_is) {
  return (git_save){.branch = slice_of(branch_is),
                    .tip = tip,
                    .path = SLICE("policies/a.dun"),
                    .text = slice_of(text_is),
                    .message = SLICE("A later reminder\n\nbecause"),
                    .name = SLICE("Ana <Souza>"),
                    .login = SLICE("ana"),
                    .at = 1700000000};
}

static git_save_result save(const opened *o, git_save s, slice *id) {
  slice why;
  return git_save_text(o->g, o->perm, &s, id, &why);
}

static void test_a_commit_on_a_branch_of_ones_own(void **state) {
  (void)state;
  opened o = at("HEAD");
  slice id, second, none = {0};
  must("cd r && printf 'dirty\\n' >policies/a.dun && printf 'staged\\n' >staged && git add staged && git status "
       "--porcelain >../before "
       "&& git rev-parse HEAD >../head");
  assert_int_equal(save(&o, a_save("dun/ana/a", none, "three\n"), &id), GIT_SAVE_DONE);
  must("cd r && git status --porcelain | cmp - ../before && git rev-parse HEAD | cmp - ../head && "
       "test \"$(git symbolic-ref HEAD)\" = refs/heads/main && test \"$(cat policies/a.dun)\" = dirty");
  must("cd r && test \"$(git show dun/ana/a:policies/a.dun)\" = three && test \"$(git rev-parse dun/ana/a~1)\" = "
       "\"$(git rev-parse HEAD)\" "
       "&& test \"$(git log -1 --format='%an|%ae|%s|%b|%at' dun/ana/a)\" = 'Ana  Souza|ana|A later "
       "reminder|because|1700000000' && "
       "test \"$(git diff --name-only HEAD dun/ana/a)\" = policies/a.dun && git fsck --strict");
  /* Going on from there. */
  is(git_log_tip(o.g, o.perm, SLICE("dun/ana/a")), arena_copy(o.perm, id));
  assert_int_equal(save(&o, a_save("dun/ana/a", id, "four\n"), &second), GIT_SAVE_DONE);
  must("cd r && test \"$(git show dun/ana/a:policies/a.dun)\" = four && test \"$(git rev-list --count "
       "HEAD..dun/ana/a)\" = 2");
  git_revision v[GIT_BRANCHES_MAX];
  uint32_t n;
  assert_true(git_log_branches(o.g, o.perm, SLICE("dun/"), v, &n));
  assert_int_equal(n, 1);
  is(v[0].branch, "dun/ana/a");
  assert_false(v[0].merged);
  done(&o);
  must("cd r && git checkout -q -f && git reset -q --hard && git merge -q --ff-only dun/ana/a");
  o = at("HEAD");
  assert_true(git_log_branches(o.g, o.perm, SLICE("dun/"), v, &n));
  assert_true(v[0].merged);
  done(&o);
}

static void test_a_branch_that_moved(void **state) {
  (void)state;
  opened o = at("HEAD");
  slice id, other, none = {0};
  assert_int_equal(save(&o, a_save("dun/bia/a", none, "five\n"), &id), GIT_SAVE_DONE);
  assert_int_equal(save(&o, a_save("dun/bia/a", none, "six\n"), &other), GIT_SAVE_MOVED);
  is(other, arena_copy(o.perm, id));
  must("cd r && git branch -f dun/bia/a HEAD~1");
  assert_int_equal(save(&o, a_save("dun/bia/a", id, "six\n"), &other), GIT_SAVE_MOVED);
  must("cd r && git branch -D dun/bia/a");
  assert_int_equal(save(&o, a_save("dun/bia/a", id, "six\n"), &other), GIT_SAVE_MOVED);
  assert_int_equal(other.n, 0);
  must("cd r && ! git rev-parse --verify -q dun/bia/a");
  done(&o);
}

static void test_what_is_not_saved(void **state) {
  (void)state;
  opened o = at("HEAD");
  slice id, none = {0};
  must("cd r && git show HEAD:policies/a.dun >../same");
  git_save s = a_save("dun/caio/a", none, "four\n");
  assert_int_equal(save(&o, s, &id), GIT_SAVE_SAME);
  s = a_save("dun/caio/a", none, "x\n");
  s.path = SLICE("policies/none.dun");
  assert_int_equal(save(&o, s, &id), GIT_SAVE_NO_FILE);
  s.path = SLICE("../../etc/passwd");
  assert_int_equal(save(&o, s, &id), GIT_SAVE_NO_FILE);
  s.path = SLICE("policies");
  assert_int_equal(save(&o, s, &id), GIT_SAVE_NO_FILE);
  assert_int_equal(save(&o, a_save("dun/caio/..", none, "x\n"), &id), GIT_SAVE_NAME);
  assert_int_equal(save(&o, a_save("dun/caio/a.lock", none, "x\n"), &id), GIT_SAVE_NAME);
  must("cd r && git branch dun/dora/a && git worktree add -q ../tree dun/dora/a");
  assert_int_equal(save(&o, a_save("dun/dora/a", git_log_tip(o.g, o.perm, SLICE("dun/dora/a")), "x\n"), &id),
                   GIT_SAVE_CHECKED_OUT);
  must("cd r && test \"$(git for-each-ref --format='%(refname:short)' refs/heads/dun/caio)\" = ''");
  done(&o);
}

static void test_names_of_branches(void **state) {
  (void)state;
  arena *perm = arena_new();
  slice dun = SLICE("dun/");
  is(git_log_branch_name(perm, dun, SLICE("ana"), SLICE("standard")), "dun/ana/standard");
  is(git_log_branch_name(perm, dun, SLICE("ana.souza@example.com"), SLICE("later  reminders!")),
     "dun/ana-souza-example-com/later-reminders");
  is(git_log_branch_name(perm, dun, SLICE("../../x"), SLICE("..")), "dun/x/policy");
  is(git_log_branch_name(perm, dun, SLICE("é"), SLICE("~^:?*[\\")), "dun/someone/policy");
  arena_free(perm);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_touched_a_policy),
      cmocka_unit_test(test_page_by_page),
      cmocka_unit_test(test_a_commit_on_a_branch_of_ones_own),
      cmocka_unit_test(test_a_branch_that_moved),
      cmocka_unit_test(test_what_is_not_saved),
      cmocka_unit_test(test_names_of_branches),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
