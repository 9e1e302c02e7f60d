/* The real world on a folder of its own, and the zones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lang/base/tz.h"
#include "runtime/world_fake.h"

typedef struct fixture {
  world *w;
  arena *perm;
  char folder[64];
} fixture;

static int begin(void **state) {
  fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  f->w = world_posix();
  f->perm = arena_new();
  snprintf(f->folder, sizeof f->folder, "/tmp/dun-test-world-XXXXXX");
  assert_non_null(mkdtemp(f->folder));
  *state = f;
  return 0;
}

static int end(void **state) {
  fixture *f = *state;
  char command[100];
  snprintf(command, sizeof command, "rm -rf %s", f->folder);
  int status = system(command);
  arena_free(f->perm);
  free(f);
  return status;
}

static const char *in(fixture *f, const char *name) { return arena_printf(f->perm, "%s/%s", f->folder, name).p; }

static void files_are_written_whole(void **state) {
  fixture *f = *state;
  world *w = f->w;
  slice text;
  assert_int_equal(w->read_file(w, in(f, "a"), f->perm, &text), WORLD_NOT_FOUND);
  assert_int_equal(w->write_file(w, in(f, "a"), SLICE("one")), WORLD_OK);
  assert_int_equal(w->write_file(w, in(f, "a"), SLICE("two")), WORLD_OK);
  assert_int_equal(w->append_file(w, in(f, "a"), SLICE("+")), WORLD_OK);
  assert_int_equal(w->read_file(w, in(f, "a"), f->perm, &text), WORLD_OK);
  assert_true(slice_eq(text, SLICE("two+")));
  assert_int_equal(w->write_file(w, in(f, "none/a"), SLICE("x")), WORLD_NOT_FOUND);
  slice *names;
  size_t count;
  assert_int_equal(w->list_folder(w, f->folder, f->perm, &names, &count), WORLD_OK);
  assert_int_equal(count, 1); /* no temporary file stays */
  assert_int_equal(w->remove_file(w, in(f, "a")), WORLD_OK);
  assert_int_equal(w->remove_file(w, in(f, "a")), WORLD_OK);
}

static void folders_are_made_and_listed_in_order(void **state) {
  fixture *f = *state;
  world *w = f->w;
  bool yes;
  assert_int_equal(w->make_folders(w, in(f, "x/y/z")), WORLD_OK);
  assert_int_equal(w->make_folders(w, in(f, "x/y/z")), WORLD_OK);
  assert_int_equal(w->is_folder(w, in(f, "x/y"), &yes), WORLD_OK);
  assert_true(yes);
  static const char *const names[] = {"x/b", "x/a", "x/C"};
  for (size_t i = 0; i < 3; i++) assert_int_equal(w->write_file(w, in(f, names[i]), SLICE("")), WORLD_OK);
  assert_int_equal(w->is_folder(w, in(f, "x/a"), &yes), WORLD_OK);
  assert_false(yes);
  assert_int_equal(w->is_folder(w, in(f, "nothing"), &yes), WORLD_OK);
  assert_false(yes);
  assert_int_equal(w->make_folders(w, in(f, "x/a/q")), WORLD_NOT_A_FOLDER);
  slice *list;
  size_t count;
  assert_int_equal(w->list_folder(w, in(f, "x"), f->perm, &list, &count), WORLD_OK);
  assert_int_equal(count, 4);
  static const char *const expected[] = {"C", "a", "b", "y"};
  for (size_t i = 0; i < 4; i++) assert_true(slice_eq(list[i], slice_of(expected[i])));
}

static void a_file_streams_to_its_end(void **state) {
  fixture *f = *state;
  world *w = f->w;
  char big[10000];
  memset(big, 'x', sizeof big);
  assert_int_equal(w->write_file(w, in(f, "a"), (slice){big, sizeof big}), WORLD_OK);
  world_file *file;
  assert_int_equal(w->open_file(w, f->folder, &file), WORLD_IS_A_FOLDER);
  assert_int_equal(w->open_file(w, in(f, "a"), &file), WORLD_OK);
  assert_int_equal(w->file_bytes(w, file), sizeof big);
  int64_t age_ns = w->now_ns(w) - w->file_changed_ns(w, file);
  assert_true(age_ns > -1000000000 && age_ns < (int64_t)60 * 1000000000);
  size_t all = 0, got;
  do {
    assert_int_equal(w->read(w, file, big, 3000, &got), WORLD_OK);
    all += got;
  } while (got);
  assert_int_equal(all, sizeof big);
  w->close_file(w, file);
}

static void clocks_move_forward(void **state) {
  world *w = ((fixture *)*state)->w;
  assert_true(w->now_ns(w) > 1700000000000000000);
  int64_t before = w->monotonic_ns(w);
  w->sleep_ns(w, 2000000);
  assert_true(w->monotonic_ns(w) - before >= 2000000);
  uint8_t random[64] = {0}, zero[64] = {0};
  assert_int_equal(w->random(w, random, sizeof random), WORLD_OK);
  assert_memory_not_equal(random, zero, sizeof zero);
}

static void zones_come_from_the_system(void **state) {
  fixture *f = *state;
  const tz *z = world_load_zone(f->w, SLICE("America/Sao_Paulo"), f->perm);
  assert_non_null(z);
  assert_int_equal(tz_offset(z, 1772000000), -3 * 3600);
  assert_non_null(world_load_zone(f->w, SLICE("UTC"), f->perm));
  static const char *const wrong[] = {"", "America/Nowhere", "/etc/passwd", "../../../etc/passwd", "America"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    if (world_load_zone(f->w, slice_of(wrong[i]), f->perm)) fail_msg("%s is a zone", wrong[i]);
}

static void tzdir_is_honoured(void **state) {
  fixture *f = *state;
  world *w = world_fake_new(0);
  slice bytes;
  assert_int_equal(f->w->read_file(f->w, "/usr/share/zoneinfo/America/Sao_Paulo", f->perm, &bytes), WORLD_OK);
  world_fake_put_file(w, "zones/Mine", bytes);
  assert_null(world_load_zone(w, SLICE("Mine"), f->perm));
  world_fake_set_env(w, "TZDIR", "zones");
  assert_non_null(world_load_zone(w, SLICE("Mine"), f->perm));
  world_fake_put_file(w, "zones/Broken", SLICE("TZif2"));
  assert_null(world_load_zone(w, SLICE("Broken"), f->perm));
  world_fake_free(w);
}

int main(void) {
#define WITH(test) cmocka_unit_test_setup_teardown(test, begin, end)
  const struct CMUnitTest tests[] = {
      WITH(files_are_written_whole), WITH(folders_are_made_and_listed_in_order), WITH(a_file_streams_to_its_end),
      WITH(clocks_move_forward),     WITH(zones_come_from_the_system),           WITH(tzdir_is_honoured),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
