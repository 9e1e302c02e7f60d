/* A store that cannot work says why and what to do, and is as it was: locked by another process, a full disk at every
 * point of an import, a damaged file, one of another program, one of a newer dun. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "runtime/store/store.h"
#include "stdlib/erp/csv.h"

typedef struct fixture {
  char folder[64], path[80], data[80];
  arena *perm;
  csv_report report;
} fixture;

static void write_text(const char *folder, const char *name, slice text) {
  char path[160];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  assert_int_equal(world_posix()->write_file(world_posix(), path, text), WORLD_OK);
}

static int begin(void **state) {
  fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  snprintf(f->folder, sizeof f->folder, "/tmp/dun-test-faults-XXXXXX");
  assert_non_null(mkdtemp(f->folder));
  snprintf(f->path, sizeof f->path, "%s/dun.db", f->folder);
  snprintf(f->data, sizeof f->data, "%s/data", f->folder);
  f->perm = arena_new();
  assert_int_equal(world_posix()->make_folders(world_posix(), f->data), WORLD_OK);
  write_text(f->data, "customers.csv", SLICE("id,name\nc1,Um\n"));
  *state = f;
  return 0;
}

static int end(void **state) {
  fixture *f = *state;
  char command[120];
  snprintf(command, sizeof command, "rm -rf %s", f->folder);
  int status = system(command);
  arena_free(f->perm);
  free(f);
  return status;
}

static store *open_store(fixture *f) {
  store *s;
  store_error why;
  if (store_open(world_posix(), f->path, &s, &why) != STORE_OK) fail_msg("%s", why.text);
  return s;
}

static csv_status import(fixture *f, store *s) {
  const char *folder = f->data;
  csv_options o = {.rejects_folder = NULL};
  return csv_import(world_posix(), s, &folder, 1, &o, f->perm, &f->report);
}

static int64_t count(store *s, store_table table) {
  int64_t rows = -1;
  assert_int_equal(store_count(s, table, &rows), STORE_OK);
  return rows;
}

static void has(const char *text, const char *part) {
  if (!strstr(text, part)) fail_msg("\"%s\" is not in: %s", part, text);
}

static void raw(const char *path, const char *sql) {
  sqlite3 *db;
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(db);
}

/* The other process holds the write lock until its pipe is closed. */
static void a_locked_store_says_so(void **state) {
  fixture *f = *state;
  store *s = open_store(f);
  int ready[2], hold[2];
  assert_int_equal(pipe(ready), 0);
  assert_int_equal(pipe(hold), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    close(hold[1]);
    sqlite3 *db;
    char byte = 'x';
    if (sqlite3_open(f->path, &db) != SQLITE_OK || sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
      byte = 'e';
    if (write(ready[1], &byte, 1) != 1) _exit(1);
    _exit(read(hold[0], &byte, 1) < 0);
  }
  close(hold[0]);
  char byte = 0;
  assert_int_equal(read(ready[0], &byte, 1), 1);
  assert_int_equal(byte, 'x');
  assert_int_equal(import(f, s), CSV_FAILED);
  has(f->report.error, "locked by another process");
  has(f->report.error, f->path);
  assert_int_equal(store_why(s)->code, STORE_LOCKED);
  assert_int_equal(count(s, STORE_T_customer), 0); /* reading does not wait for the writer */
  close(hold[1]);
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(import(f, s), CSV_DONE);
  assert_int_equal(count(s, STORE_T_customer), 1);
  close(ready[0]);
  close(ready[1]);
  store_close(s);
}

enum { ROWS = 3000 };

static void write_ledger(fixture *f) {
  char *text = malloc(ROWS * 80), *p = text;
  assert_non_null(text);
  p = stpcpy(p, "number,customer,amount,due,note\n");
  for (int i = 0; i < ROWS; i++) p += sprintf(p, "A-%05d,c1,10.00,2026-03-02,a note that takes some room %d\n", i, i);
  write_text(f->data, "invoices.csv", (slice){text, (size_t)(p - text)});
  free(text);
}

/* In a process of its own no file may grow past `bytes`: the import must fail with one clear error, or be whole. */
static int import_with_room(fixture *f, size_t bytes) {
  pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {bytes, bytes};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(9);
    store *s;
    store_error why;
    store_code code = store_open(world_posix(), f->path, &s, &why);
    /* SQLite reports a limit on file sizes as an I/O error, a full disk as what it is. */
    if (code != STORE_OK) _exit((code == STORE_FULL || code == STORE_IO) && strstr(why.text, "full") ? 1 : 8);
    csv_status status = import(f, s);
    if (status == CSV_DONE) _exit(0);
    code = store_why(s)->code;
    _exit(status == CSV_FAILED && (code == STORE_FULL || code == STORE_IO) && strstr(f->report.error, "full") ? 1 : 7);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static void a_disk_full_at_any_point_leaves_the_store_as_it_was(void **state) {
  fixture *f = *state;
  write_ledger(f);
  int full = 0, done = 0;
  for (size_t bytes = 1024; bytes < (4 << 20) && !done; bytes += bytes < 200000 ? 7000 : 90000) {
    int outcome = import_with_room(f, bytes);
    if (outcome > 1) fail_msg("%zu bytes: outcome %d", bytes, outcome);
    full += outcome == 1;
    done += outcome == 0;
    store *s = open_store(f);
    assert_int_equal(count(s, STORE_T_invoice), outcome ? 0 : ROWS);
    assert_int_equal(count(s, STORE_T_customer), outcome ? 0 : 1);
    int64_t entries, broken;
    assert_int_equal(store_audit_verify(s, &entries, &broken), STORE_OK);
    assert_int_equal(broken, 0);
    store_close(s);
  }
  assert_true(full > 20);
  assert_int_equal(done, 1);
}

/* A file system of our own, of a given size, in a process of its own. 5: this machine does not let us. */
static int import_on_small_disk(fixture *f, size_t bytes) {
  pid_t child = fork();
  if (child == 0) {
    char disk[96], options[32];
    snprintf(disk, sizeof disk, "%s/disk", f->folder);
    snprintf(options, sizeof options, "size=%zu", bytes);
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) _exit(5);
    if ((mkdir(disk, 0700) != 0 && errno != EEXIST) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
      _exit(5);
    if (mount("tmpfs", disk, "tmpfs", 0, options) != 0) _exit(5);
    snprintf(f->path, sizeof f->path, "%s/disk/dun.db", f->folder);
    store *s;
    store_error why;
    store_code code = store_open(world_posix(), f->path, &s, &why);
    if (code != STORE_OK) _exit(code == STORE_FULL && strstr(why.text, "is full") ? 1 : 8);
    csv_status status = import(f, s);
    if (status == CSV_DONE) _exit(count(s, STORE_T_invoice) == ROWS ? 0 : 9);
    if (status != CSV_FAILED || store_why(s)->code != STORE_FULL || !strstr(f->report.error, "is full")) _exit(7);
    _exit(count(s, STORE_T_invoice) == 0 && count(s, STORE_T_customer) == 0 ? 1 : 6);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static void a_full_disk_is_called_so(void **state) {
  fixture *f = *state;
  write_ledger(f);
  int outcome = import_on_small_disk(f, 8 << 20);
  if (outcome == 5) {
    print_message("no file system of our own on this machine\n");
    skip();
  }
  assert_int_equal(outcome, 0);
  for (size_t kilobytes = 40; kilobytes <= 400; kilobytes += 40) {
    outcome = import_on_small_disk(f, kilobytes << 10);
    if (outcome != 1) fail_msg("%zu KB: outcome %d", kilobytes, outcome);
  }
}

static void expect_refusal(fixture *f, store_code code, const char *part) {
  store *s;
  store_error why = {.code = STORE_OK};
  assert_int_equal(store_open(world_posix(), f->path, &s, &why), code);
  assert_null(s);
  assert_int_equal(why.code, code);
  has(why.text, part);
}

static void what_is_no_store_is_left_alone(void **state) {
  fixture *f = *state;
  slice before, after;
  char garbage[5000];
  memset(garbage, 'g', sizeof garbage);
  write_text(f->folder, "dun.db", (slice){garbage, sizeof garbage});
  expect_refusal(f, STORE_CORRUPT, "is not a store");
  unlink(f->path);
  raw(f->path, "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
  assert_int_equal(world_posix()->read_file(world_posix(), f->path, f->perm, &before), WORLD_OK);
  expect_refusal(f, STORE_CORRUPT, "another program");
  assert_int_equal(world_posix()->read_file(world_posix(), f->path, f->perm, &after), WORLD_OK);
  assert_true(slice_eq(before, after));
}

static void a_newer_store_is_left_alone(void **state) {
  fixture *f = *state;
  store_close(open_store(f));
  raw(f->path, "PRAGMA user_version = 99");
  expect_refusal(f, STORE_NEWER, "newer dun");
}

static void a_store_without_a_folder_says_so(void **state) {
  fixture *f = *state;
  snprintf(f->path, sizeof f->path, "%s/none/dun.db", f->folder);
  expect_refusal(f, STORE_FAILED, "does its folder exist");
}

static void a_damaged_page_is_an_error_not_a_crash(void **state) {
  fixture *f = *state;
  write_ledger(f);
  store *s = open_store(f);
  assert_int_equal(import(f, s), CSV_DONE);
  store_close(s);
  slice bytes;
  assert_int_equal(world_posix()->read_file(world_posix(), f->path, f->perm, &bytes), WORLD_OK);
  char *damaged = arena_copy(f->perm, bytes);
  for (size_t at = bytes.n / 4096 / 2 * 4096; at + 4096 < bytes.n; at += 4096 * 3) memset(damaged + at, 0x5A, 512);
  write_text(f->folder, "dun.db", (slice){damaged, bytes.n});
  s = open_store(f);
  const slice columns[] = {SLICE("number"), SLICE("amount")};
  store_query q = {.table = STORE_T_invoice, .columns = columns, .column_count = 2, .any_order = true};
  store_cursor *c;
  assert_int_equal(store_scan(s, &q, &c), STORE_OK);
  store_code code;
  while ((code = store_next(c)) == STORE_ROW) {
  }
  assert_int_equal(code, STORE_CORRUPT);
  has(store_why(s)->text, "damaged");
  store_cursor_close(c);
  store_close(s);
}

int main(void) {
#define WITH(test) cmocka_unit_test_setup_teardown(test, begin, end)
  const struct CMUnitTest tests[] = {
      WITH(a_locked_store_says_so),
      WITH(a_disk_full_at_any_point_leaves_the_store_as_it_was),
      WITH(a_full_disk_is_called_so),
      WITH(what_is_no_store_is_left_alone),
      WITH(a_newer_store_is_left_alone),
      WITH(a_store_without_a_folder_says_so),
      WITH(a_damaged_page_is_an_error_not_a_crash),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
