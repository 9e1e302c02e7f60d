/* A store of each released version opens, keeps every row, and runs on. tests/store/version_N.sql is a dump of one that
 * the program of that version wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "lang/base/text.h"
#include "runtime/world_fake.h"
#include "tests/support/outbox_fixture.h"

static const char TABLES[][20] = {"batch",        "customer", "invoice", "contract", "happening",
                                  "custom_field", "position", "armed",   "revision", "action",
                                  "attempt",      "event",    "message", "card",     "message_invoice"};
enum { TABLE_COUNT = sizeof TABLES / sizeof *TABLES };

typedef struct old_store {
  char path[64];
  world *w;
  arena *perm;
} old_store;

static void exec(sqlite3 *db, const char *sql) {
  char *why = NULL;
  if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK) fail_msg("%s", why);
}

static old_store make(const char *dump) {
  old_store o = {.w = world_fake_new((int64_t)1795400000 * 1000000000), .perm = arena_new()};
  slice sql;
  sqlite3 *db;
  snprintf(o.path, sizeof o.path, "/tmp/dun-test-migrate-XXXXXX");
  close(mkstemp(o.path));
  assert_int_equal(world_posix()->read_file(world_posix(), dump, o.perm, &sql), WORLD_OK);
  assert_int_equal(sqlite3_open(o.path, &db), SQLITE_OK);
  exec(db, sql.p);
  sqlite3_close(db);
  return o;
}

static void drop(old_store *o) {
  static const char *const TAILS[] = {"", "-wal", "-shm"};
  for (int i = 0; i < 3; i++) {
    char name[80];
    snprintf(name, sizeof name, "%s%s", o->path, TAILS[i]);
    unlink(name);
  }
  arena_free(o->perm);
  world_fake_free(o->w);
}

/* All rows of a table in the columns that version 1 had, as one text. */
static slice rows_of(old_store *o, const char *table, const char *columns) {
  sqlite3 *db;
  sqlite3_stmt *q;
  text t = text_new(o->perm);
  char sql[2048];
  assert_int_equal(sqlite3_open(o->path, &db), SQLITE_OK);
  snprintf(sql, sizeof sql, "SELECT %s FROM %s ORDER BY 1, 2", columns, table);
  if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) != SQLITE_OK) fail_msg("%s: %s", table, sqlite3_errmsg(db));
  while (sqlite3_step(q) == SQLITE_ROW) {
    for (int i = 0; i < sqlite3_column_count(q); i++) {
      int n = sqlite3_column_bytes(q, i);
      const void *p = sqlite3_column_blob(q, i);
      text_printf(&t, "%d:", sqlite3_column_type(q, i) == SQLITE_NULL ? -1 : n);
      if (n) text_add(&t, (slice){p, (size_t)n});
    }
    text_char(&t, '\n');
  }
  sqlite3_finalize(q);
  sqlite3_close(db);
  return text_slice(&t);
}

static const char *columns_of(old_store *o, const char *table) {
  sqlite3 *db;
  sqlite3_stmt *q;
  text t = text_new(o->perm);
  char sql[400];
  assert_int_equal(sqlite3_open(o->path, &db), SQLITE_OK);
  snprintf(sql, sizeof sql, "PRAGMA table_info(%s)", table);
  assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
  while (sqlite3_step(q) == SQLITE_ROW)
    text_printf(&t, "%s\"%s\"", t.n ? ", " : "", (const char *)sqlite3_column_text(q, 1));
  sqlite3_finalize(q);
  sqlite3_close(db);
  return arena_copy(o->perm, text_slice(&t));
}

static void every_row_is_kept(void **state) {
  (void)state;
  old_store o = make("tests/store/version_1.sql");
  slice before[TABLE_COUNT];
  const char *columns[TABLE_COUNT];
  for (int i = 0; i < TABLE_COUNT; i++) {
    columns[i] = columns_of(&o, TABLES[i]);
    before[i] = rows_of(&o, TABLES[i], columns[i]);
  }
  store *s;
  store_error why;
  if (store_open(o.w, o.path, &s, &why) != STORE_OK) fail_msg("%s", why.text);
  int64_t entries, broken, synced;
  must(s, store_audit_verify(s, &entries, &broken));
  assert_true(entries > 0);
  assert_int_equal(broken, 0);
  must(s, store_synced_at(s, &synced));
  assert_true(synced / 1000000 == 1795313348); /* the last batch's */
  store_close(s);
  for (int i = 0; i < TABLE_COUNT; i++) {
    slice after = rows_of(&o, TABLES[i], columns[i]);
    if (!slice_eq(before[i], after)) fail_msg("%s: %.*s\nnow: %.*s", TABLES[i], SLICE_ARG(before[i]), SLICE_ARG(after));
  }
  assert_true(before[9].n > 0 && before[10].n > 0 && before[12].n > 0);
  drop(&o);
}

/* Killed while it was sending one letter, before another one: both go, each once, and the next run sends nothing. */
static void it_runs_on(void **state) {
  (void)state;
  static const char OLD[] = "policy \"Old\"\n  currency BRL\n  one message per invoice\nladder standard for invoices\n"
                            "  at 1d send email \"Invoice {number} of {open} is open\"\n"
                            "  at 5d send email \"Invoice {number} is still open\" then open card in \"Calls\" titled "
                            "\"Call about {number}\"\n";
  old_store o = make("tests/store/version_1.sql");
  store_error why;
  house h = {.w = o.w};
  if (store_open(o.w, o.path, &h.s, &why) != STORE_OK) fail_msg("%s", why.text);
  assert_string_equal(state_of(&h, 4), "sending");
  assert_string_equal(whole_run(&h, OLD, DAY + 5), "FILED 2");
  assert_string_equal(state_of(&h, 4), "accepted");
  assert_string_equal(state_of(&h, 1), "accepted");
  assert_string_equal(whole_run(&h, OLD, DAY + 5), "");
  assert_chain(&h);
  store_close(h.s);
  /* And opens again as it is. */
  if (store_open(o.w, o.path, &h.s, &why) != STORE_OK) fail_msg("%s", why.text);
  store_close(h.s);
  drop(&o);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_row_is_kept), cmocka_unit_test(it_runs_on)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
