/* Programs that the world runs: what they get, what they do not, and how they end. Real processes. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/world.h"

static arena *perm;
static char base[64];

static int begin(void **state) {
  (void)state;
  perm = arena_new();
  snprintf(base, sizeof base, "/tmp/dun-test-run-XXXXXX");
  assert_non_null(mkdtemp(base));
  return setenv("TMPDIR", base, 1);
}
static int end(void **state) {
  (void)state;
  arena_free(perm);
  return rmdir(base); /* it is empty: nothing stayed */
}

static world_code run_words(const char *const *words, world_ran *out) {
  const world_program p = {.words = words,
                           .input_name = "in",
                           .input = SLICE("what it is given\n"),
                           .output_name = "out",
                           .time_max_ns = 20000000000,
                           .processor_max_s = 20,
                           .memory_max = 256u << 20,
                           .bytes_max = 4096};
  return world_posix()->run(world_posix(), &p, perm, out);
}
static world_ran run_shell(const char *script) {
  const char *const words[] = {"/bin/sh", "-c", script, NULL};
  world_ran out;
  assert_int_equal(run_words(words, &out), WORLD_OK);
  return out;
}

static void is(slice s, const char *text) {
  if (!slice_eq(s, slice_of(text))) fail_msg("\"%.*s\" is not \"%s\"", SLICE_ARG(s), text);
}

static void it_reads_its_input_and_leaves_its_output(void **state) {
  (void)state;
  world_ran r = run_shell("tr a-z A-Z <in >out; echo said; echo loud >&2");
  assert_int_equal(r.how, WORLD_RAN_FINE);
  is(r.output, "WHAT IT IS GIVEN\n");
  is(r.said, "said\nloud\n");
}

static void a_program_that_is_not_there(void **state) {
  (void)state;
  world_ran out;
  const char *const none[] = {"/usr/bin/there-is-none", NULL};
  assert_int_equal(run_words(none, &out), WORLD_NOT_FOUND);
  const char *const no_program[] = {"/etc/passwd", NULL};
  assert_int_equal(run_words(no_program, &out), WORLD_DENIED);
  const char *const folder[] = {"/usr", NULL};
  assert_int_equal(run_words(folder, &out), WORLD_DENIED);
}

static void it_gets_nothing_of_ours(void **state) {
  (void)state;
  int fd = dup2(STDERR_FILENO, 77); /* one that is left open over exec */
  assert_int_equal(fd, 77);
  setenv("DUN_CANARY", "secret", 1);
  world_ran r = run_shell("env | cut -d= -f1 | sort | tr '\\n' ' ' >out; cat; [ -e /proc/self/fd/77 ] && echo open; "
                          "[ \"$HOME\" = \"$PWD\" ] && [ \"$TMPDIR\" = \"$PWD\" ] && stat -c %a .");
  close(77);
  unsetenv("DUN_CANARY");
  assert_int_equal(r.how, WORLD_RAN_FINE);
  is(r.output, "HOME LANG PATH PWD SOURCE_DATE_EPOCH TMPDIR ");
  is(r.said, "700\n");
}

static void its_network_is_taken_away(void **state) {
  (void)state;
  const char *const words[] = {
      "/usr/bin/python3", "-I", "-c",
      "import socket, os\n"
      "for kind in (socket.AF_INET, socket.AF_INET6, 16, 17):\n"
      "  try: socket.socket(kind, socket.SOCK_RAW if kind > 10 else socket.SOCK_STREAM); print('open', kind)\n"
      "  except PermissionError: print('no')\n"
      "for step in (os.setsid, lambda: os.setpgid(0, 0)):\n"
      "  try: step(); print('left')\n"
      "  except PermissionError: print('stays')\n"
      "socket.socket(socket.AF_UNIX)\n"
      "open('out', 'w').write('here')\n",
      NULL};
  world_ran r;
  assert_int_equal(run_words(words, &r), WORLD_OK);
  is(r.said, "no\nno\nno\nno\nstays\nstays\n");
  is(r.output, "here");
}

static void how_it_ends(void **state) {
  (void)state;
  world_ran r = run_shell("echo x >out; exit 7");
  assert_int_equal(r.how, WORLD_RAN_FAILED);
  assert_int_equal(r.status, 7);
  assert_int_equal(r.output.n, 0);
  r = run_shell("true");
  assert_int_equal(r.how, WORLD_RAN_FAILED); /* without its output */
  assert_int_equal(r.status, 0);
  r = run_shell("ln -s /etc/passwd out"); /* a way out of its folder */
  assert_int_equal(r.how, WORLD_RAN_FAILED);
  r = run_shell("kill -9 $$");
  assert_int_equal(r.how, WORLD_RAN_KILLED);
  assert_int_equal(r.status, 9);
}

static void its_output_is_bounded(void **state) {
  (void)state;
  world_ran r = run_shell("head -c 4095 /dev/zero >out");
  assert_int_equal(r.how, WORLD_RAN_FINE);
  assert_int_equal(r.output.n, 4095);
  r = run_shell("head -c 4096 /dev/zero >out");
  assert_int_equal(r.how, WORLD_RAN_TOO_MUCH);
  r = run_shell("head -c 100000 /dev/zero >out; true");
  assert_int_equal(r.how, WORLD_RAN_TOO_MUCH);
  assert_int_equal(r.output.n, 0);
  r = run_shell("head -c 1000000 /dev/zero; echo; echo last; echo >out");
  assert_int_equal(r.how, WORLD_RAN_FINE);
  assert_true(r.said.n <= 4096);
  is((slice){r.said.p + r.said.n - 6, 6}, "\nlast\n");
}

static void its_memory_and_processor_are_bounded(void **state) {
  (void)state;
  const char *const much[] = {"/usr/bin/python3", "-I", "-c", "x = bytearray(300 << 20)", NULL};
  world_ran r;
  assert_int_equal(run_words(much, &r), WORLD_OK);
  assert_int_equal(r.how, WORLD_RAN_FAILED);
  const char *const busy[] = {"/bin/sh", "-c", "while :; do :; done", NULL};
  const world_program p = {.words = busy,
                           .input_name = "in",
                           .output_name = "out",
                           .time_max_ns = 60000000000,
                           .processor_max_s = 1,
                           .memory_max = 256u << 20,
                           .bytes_max = 4096};
  assert_int_equal(world_posix()->run(world_posix(), &p, perm, &r), WORLD_OK);
  assert_int_equal(r.how, WORLD_RAN_KILLED);
}

/* The pid that it wrote before. */
static bool lives(slice pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d", atoi(pid.p));
  struct stat st;
  return pid.n > 0 && atoi(pid.p) > 1 && stat(path, &st) == 0;
}

static void past_its_time_it_is_ended_with_all_that_it_began(void **state) {
  (void)state;
  const char *const words[] = {"/bin/sh", "-c", "sleep 100 & echo $!; sleep 100", NULL};
  const world_program p = {.words = words,
                           .input_name = "in",
                           .output_name = "out",
                           .time_max_ns = 300000000,
                           .processor_max_s = 5,
                           .memory_max = 256u << 20,
                           .bytes_max = 4096};
  world_ran r;
  int64_t began = world_posix()->monotonic_ns(world_posix());
  assert_int_equal(world_posix()->run(world_posix(), &p, perm, &r), WORLD_OK);
  assert_true(world_posix()->monotonic_ns(world_posix()) - began < 20000000000);
  assert_int_equal(r.how, WORLD_RAN_TOO_LONG);
  for (int i = 0; i < 500 && lives(r.said); i++) world_posix()->sleep_ns(world_posix(), 10000000);
  assert_false(lives(r.said));
  /* What a program leaves behind when it ends by itself does not outlive it, nor keep the call. */
  r = run_shell("sleep 100 & echo $!; echo fine >out");
  assert_int_equal(r.how, WORLD_RAN_FINE);
  for (int i = 0; i < 500 && lives(r.said); i++) world_posix()->sleep_ns(world_posix(), 10000000);
  assert_false(lives(r.said));
}

/* A run that was killed left its page: a later one removes it. What is somebody's, or young, stays. */
static void what_a_killed_run_left_is_removed(void **state) {
  (void)state;
  static const struct {
    const char *name;
    int age_s;
    bool stays;
  } ROWS[] = {{"dun-run-abcdef", 7200, false},
              {"dun-run-ABC123", 60, true},
              {"dun-run-abcdefg", 7200, true},
              {"dun-before", 7200, true}};
  char path[200], inside[220];
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    snprintf(path, sizeof path, "%s/%s", base, ROWS[i].name);
    snprintf(inside, sizeof inside, "%s/page.html", path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(world_posix()->write_file(world_posix(), inside, SLICE("somebody")), WORLD_OK);
    struct timespec t[2] = {{.tv_sec = time(NULL) - ROWS[i].age_s}, {.tv_sec = time(NULL) - ROWS[i].age_s}};
    assert_int_equal(utimensat(AT_FDCWD, path, t, 0), 0);
  }
  assert_int_equal(run_shell("echo x >out").how, WORLD_RAN_FINE);
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", base, ROWS[i].name);
    snprintf(inside, sizeof inside, "%s/page.html", path);
    assert_int_equal(stat(path, &st) == 0, ROWS[i].stays);
    if (ROWS[i].stays) assert_int_equal(remove(inside) | rmdir(path), 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_reads_its_input_and_leaves_its_output),
      cmocka_unit_test(a_program_that_is_not_there),
      cmocka_unit_test(it_gets_nothing_of_ours),
      cmocka_unit_test(its_network_is_taken_away),
      cmocka_unit_test(how_it_ends),
      cmocka_unit_test(its_output_is_bounded),
      cmocka_unit_test(its_memory_and_processor_are_bounded),
      cmocka_unit_test(what_a_killed_run_left_is_removed),
      cmocka_unit_test(past_its_time_it_is_ended_with_all_that_it_began),
  };
  return cmocka_run_group_tests(tests, begin, end);
}
