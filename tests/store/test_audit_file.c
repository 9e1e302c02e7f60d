/* The audit log, in its store and outside of it: every changed bit is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "runtime/store/audit.h"
#include "runtime/world_fake.h"

enum { ENTRIES = 5 };

typedef struct fixture {
  world *w;
  store *s;
  arena *perm;
  char path[64];
} fixture;

#define OK(call) assert_int_equal((call), STORE_OK)

static int begin(void **state) {
  fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  f->w = world_fake_new(1772000000000000000);
  f->perm = arena_new();
  snprintf(f->path, sizeof f->path, "/tmp/dun-test-audit-XXXXXX");
  int fd = mkstemp(f->path);
  assert_true(fd >= 0);
  close(fd);
  store_error why;
  OK(store_open(f->w, f->path, &f->s, &why));
  for (int i = 0; i < ENTRIES; i++) {
    const store_event e = {SLICE("send"), SLICE("dun run"), arena_printf(f->perm, "action %d", i),
                           SLICE("{\"channel\":\"email\",\"note\":\"a \\\"quoted\\\" \\\\ tab\\tline\"}")};
    OK(store_audit_append(f->s, &e));
  }
  *state = f;
  return 0;
}

static int end(void **state) {
  fixture *f = *state;
  store_close(f->s);
  const char *const tails[] = {"", "-wal", "-shm"};
  for (size_t i = 0; i < 3; i++) {
    char name[80];
    snprintf(name, sizeof name, "%s%s", f->path, tails[i]);
    unlink(name);
  }
  arena_free(f->perm);
  world_fake_free(f->w);
  free(f);
  return 0;
}

static slice exported(fixture *f) {
  text out = text_new(f->perm);
  int64_t broken;
  OK(audit_export(f->s, &out, &broken));
  assert_int_equal(broken, 0);
  return text_slice(&out);
}

static void a_file_as_it_was_written_fits(void **state) {
  fixture *f = *state;
  int64_t entries, line;
  char head[65];
  assert_true(audit_verify_file(exported(f), &entries, &line, head));
  assert_int_equal(entries, ENTRIES);
  assert_int_equal(strlen(head), 64);
}

static void an_empty_log_has_a_last_line_too(void **state) {
  (void)state;
  arena *perm = arena_new();
  text out = text_new(perm);
  audit_last_line(&out, &(audit_chain){.seq = 0});
  int64_t entries, line;
  char head[65];
  assert_true(audit_verify_file(text_slice(&out), &entries, &line, head));
  assert_false(audit_verify_file(SLICE(""), &entries, &line, head));
  arena_free(perm);
}

static void every_bit_of_a_file_counts(void **state) {
  fixture *f = *state;
  slice whole = exported(f);
  char *copy = malloc(whole.n);
  assert_non_null(copy);
  for (size_t i = 0; i < whole.n; i++)
    for (int bit = 0; bit < 8; bit++) {
      memcpy(copy, whole.p, whole.n);
      copy[i] = (char)(copy[i] ^ 1 << bit);
      int64_t entries, line;
      char head[65];
      if (audit_verify_file((slice){copy, whole.n}, &entries, &line, head))
        fail_msg("bit %d of byte %zu was flipped and not found", bit, i);
    }
  free(copy);
}

static void a_cut_or_longer_file_is_found(void **state) {
  fixture *f = *state;
  slice whole = exported(f);
  int64_t entries, line;
  char head[65];
  for (size_t n = 0; n < whole.n; n++) assert_false(audit_verify_file((slice){whole.p, n}, &entries, &line, head));
  slice twice = arena_printf(f->perm, "%.*s%.*s", SLICE_ARG(whole), SLICE_ARG(whole));
  assert_false(audit_verify_file(twice, &entries, &line, head));
  assert_int_equal(line, ENTRIES + 2);
}

/* ---- in the store ---- */

static void past_the_store(fixture *f, const char *sql) {
  sqlite3 *db;
  assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, "DROP TRIGGER IF EXISTS event_no_update; DROP TRIGGER IF EXISTS event_no_delete",
                                NULL, NULL, NULL),
                   SQLITE_OK);
  if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) fail_msg("%s: %s", sql, sqlite3_errmsg(db));
  sqlite3_close(db);
}

static bool broken(fixture *f) {
  int64_t entries, at;
  OK(store_audit_verify(f->s, &entries, &at));
  return at != 0;
}

typedef struct cell {
  sqlite3 *db;
  const char *column;
  int seq;
  bool blob;
} cell;

static void set_bytes(const cell *c, const char *bytes, int n) {
  char sql[120];
  sqlite3_stmt *q;
  snprintf(sql, sizeof sql, "UPDATE event SET %s = ?1 WHERE seq = %d", c->column, c->seq);
  assert_int_equal(sqlite3_prepare_v2(c->db, sql, -1, &q, NULL), SQLITE_OK);
  if (c->blob)
    sqlite3_bind_blob(q, 1, bytes, n, SQLITE_STATIC);
  else
    sqlite3_bind_text(q, 1, bytes, n, SQLITE_STATIC);
  assert_int_equal(sqlite3_step(q), SQLITE_DONE);
  sqlite3_finalize(q);
}

static int get_bytes(const cell *c, char *bytes, size_t room) {
  char sql[120];
  sqlite3_stmt *q;
  snprintf(sql, sizeof sql, "SELECT %s FROM event WHERE seq = %d", c->column, c->seq);
  assert_int_equal(sqlite3_prepare_v2(c->db, sql, -1, &q, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(q), SQLITE_ROW);
  const void *p = c->blob ? sqlite3_column_blob(q, 0) : sqlite3_column_text(q, 0);
  int n = sqlite3_column_bytes(q, 0);
  assert_true((size_t)n <= room);
  memcpy(bytes, p, (size_t)n);
  sqlite3_finalize(q);
  return n;
}

static void every_bit_of_the_store_counts(void **state) {
  fixture *f = *state;
  static const char *const columns[] = {"kind", "actor", "subject", "detail", "hash"};
  cell c = {.blob = false};
  past_the_store(f, "SELECT 1");
  assert_int_equal(sqlite3_open(f->path, &c.db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(c.db, "PRAGMA synchronous = OFF", NULL, NULL, NULL), SQLITE_OK);
  for (c.seq = 1; c.seq <= ENTRIES; c.seq++)
    for (size_t k = 0; k < 5; k++) {
      char bytes[256];
      c.column = columns[k];
      c.blob = k == 4;
      int n = get_bytes(&c, bytes, sizeof bytes);
      assert_true(n > 0);
      for (int bit = 0; bit < n * 8; bit++) {
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
        set_bytes(&c, bytes, n);
        if (!broken(f)) fail_msg("%s of entry %d, bit %d", columns[k], c.seq, bit);
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
      }
      set_bytes(&c, bytes, n);
      assert_false(broken(f));
    }
  sqlite3_close(c.db);
}

static void numbers_cuts_and_the_head_count(void **state) {
  fixture *f = *state;
  static const char *const wrong[] = {
      "UPDATE event SET at = at + 1 WHERE seq = 3",
      "UPDATE event SET at = (at | (1 << 40)) - (at & (1 << 40)) WHERE seq = 1",
      "UPDATE event SET seq = 9 WHERE seq = 5",
      "DELETE FROM event WHERE seq = 5",
      "DELETE FROM event WHERE seq = 1",
      "DELETE FROM event",
      "UPDATE sync_state SET value = '5 00' WHERE key = 'audit.head'",
      "DELETE FROM sync_state WHERE key = 'audit.head'",
      "INSERT INTO event SELECT 6, at, kind, actor, subject, detail, hash FROM event WHERE seq = 5",
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    past_the_store(f, "CREATE TABLE was AS SELECT * FROM event; CREATE TABLE head AS SELECT * FROM sync_state");
    past_the_store(f, wrong[i]);
    if (!broken(f)) fail_msg("%s", wrong[i]);
    past_the_store(f, "DELETE FROM event; INSERT INTO event SELECT * FROM was; DROP TABLE was; DELETE FROM sync_state; "
                      "INSERT INTO sync_state SELECT * FROM head; DROP TABLE head");
    assert_false(broken(f));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_file_as_it_was_written_fits, begin, end),
      cmocka_unit_test(an_empty_log_has_a_last_line_too),
      cmocka_unit_test_setup_teardown(every_bit_of_a_file_counts, begin, end),
      cmocka_unit_test_setup_teardown(a_cut_or_longer_file_is_found, begin, end),
      cmocka_unit_test_setup_teardown(every_bit_of_the_store_counts, begin, end),
      cmocka_unit_test_setup_teardown(numbers_cuts_and_the_head_count, begin, end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
