/* A commit is on the disk when it returns: what a power cut takes away is what nobody was told. The calls that sync are
 * counted on their way to the operating system. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/store/store.h"

static int synced;

int fsync(int fd) {
  synced++;
  return (int)syscall(SYS_fsync, fd);
}
int fdatasync(int fd) {
  synced++;
  return (int)syscall(SYS_fdatasync, fd);
}

static void must(store *s, store_code code) {
  if (code != STORE_OK) fail_msg("%s", store_why(s)->text);
}

static void a_commit_is_on_the_disk(void **state) {
  (void)state;
  char folder[] = "/tmp/dun-durable-XXXXXX", path[64], name[80];
  const store_event e = {SLICE("note"), SLICE("test"), SLICE("store"), SLICE("{}")};
  store *s;
  store_error why;
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/dun.db", folder);
  if (store_open(world_posix(), path, &s, &why) != STORE_OK) fail_msg("%s", why.text);
  for (int i = 0; i < 20; i++) {
    must(s, store_begin(s));
    must(s, store_audit_append(s, &e));
    synced = 0;
    must(s, store_commit(s));
    assert_true(synced > 0);
  }
  /* Outside of a transaction each call is one of its own. */
  synced = 0;
  must(s, store_audit_append(s, &e));
  assert_true(synced > 0);
  store_close(s);
  static const char *const ENDS[] = {"", "-wal", "-shm"};
  for (int i = 0; i < 3; i++) {
    snprintf(name, sizeof name, "%s%s", path, ENDS[i]);
    (void)unlink(name);
  }
  assert_int_equal(rmdir(folder), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_commit_is_on_the_disk)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
