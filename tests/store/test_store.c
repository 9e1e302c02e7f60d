/* What a store must do, whatever is below it: facts by key, scans, positions, decisions, the audit chain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "runtime/hash.h"
#include "runtime/store/delivery.h"
#include "runtime/world_fake.h"

typedef struct fixture {
  world *w;
  store *s;
  arena *perm;
  char path[64];
} fixture;

#define OK(call) assert_int_equal((call), STORE_OK)
#define TEXT(expected, s)                                                                                              \
  do {                                                                                                                 \
    slice got_ = (s);                                                                                                  \
    if (!slice_eq(slice_of(expected), got_)) fail_msg("expected %s, got %.*s", expected, SLICE_ARG(got_));             \
  } while (0)

static int begin(void **state) {
  fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  f->w = world_fake_new(1772000000000000000);
  f->perm = arena_new();
  snprintf(f->path, sizeof f->path, "/tmp/dun-test-store-XXXXXX");
  int fd = mkstemp(f->path);
  assert_true(fd >= 0);
  close(fd);
  store_error why;
  OK(store_open(f->w, f->path, &f->s, &why));
  *state = f;
  return 0;
}

static int end(void **state) {
  fixture *f = *state;
  store_close(f->s);
  char name[80];
  unlink(f->path);
  snprintf(name, sizeof name, "%s-wal", f->path);
  unlink(name);
  snprintf(name, sizeof name, "%s-shm", f->path);
  unlink(name);
  arena_free(f->perm);
  world_fake_free(f->w);
  free(f);
  return 0;
}

/* One statement on the store's file, past the store. */
static int raw(fixture *f, const char *sql) {
  sqlite3 *db;
  assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
  int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
  sqlite3_close(db);
  return rc;
}

static void put_customer(fixture *f, const char *id, const char *name, store_put expected) {
  const store_written columns[] = {{.name = SLICE("id")}, {.name = SLICE("name")}};
  store_writer *w;
  OK(store_begin(f->s));
  OK(store_writer_open(f->s, STORE_T_customer, SLICE("test"), columns, 2, &w));
  store_put_text(w, 0, slice_of(id));
  store_put_text(w, 1, slice_of(name));
  store_put outcome;
  OK(store_put_row(w, &outcome));
  assert_int_equal(outcome, expected);
  store_writer_close(w);
  OK(store_commit(f->s));
}

static store_put put_invoice(fixture *f, store_writer *w, const char *number, const char *customer, int64_t amount) {
  (void)f;
  store_put_text(w, 0, slice_of(number));
  store_put_text(w, 1, slice_of(customer));
  store_put_int(w, 2, amount);
  store_put_int(w, 3, amount);
  store_put_int(w, 4, 20500);
  store_put_text(w, 5, SLICE("BRL"));
  store_put_text(w, 6, SLICE("open"));
  store_put outcome;
  OK(store_put_row(w, &outcome));
  return outcome;
}

static store_writer *invoices(fixture *f) {
  static const store_written columns[] = {{.name = SLICE("number")},
                                          {.name = SLICE("customer")},
                                          {.name = SLICE("amount")},
                                          {.name = SLICE("open")},
                                          {.name = SLICE("due")},
                                          {.name = SLICE("currency"), .only_new = true},
                                          {.name = SLICE("status"), .only_new = true}};
  store_writer *w;
  OK(store_writer_open(f->s, STORE_T_invoice, SLICE("test"), columns, 7, &w));
  return w;
}

/* Every column of columns.def can be selected: the table in the schema has what it names. */
static void every_column_is_in_the_schema(void **state) {
  fixture *f = *state;
  size_t all = 0;
  for (int t = 0; t < STORE_TABLE_COUNT; t++) {
    size_t count;
    const store_column *c = store_columns((store_table)t, &count);
    assert_true(count > 0);
    all += count;
    slice names[64];
    for (size_t i = 0; i < count; i++) names[i] = slice_of(c[i].name);
    for (int any = 0; any < 2; any++) {
      store_query q = {.table = (store_table)t, .columns = names, .column_count = count, .any_order = any};
      store_cursor *cursor;
      if (store_scan(f->s, &q, &cursor) != STORE_OK)
        fail_msg("%s: %s", store_table_name(q.table), store_why(f->s)->text);
      assert_int_equal(store_next(cursor), STORE_END);
      store_cursor_close(cursor);
    }
  }
  assert_true(all > 100);
}

static void facts_are_known_by_their_key(void **state) {
  fixture *f = *state;
  put_customer(f, "c1", "Um", STORE_PUT_NEW);
  put_customer(f, "c1", "Um", STORE_PUT_UNCHANGED);
  put_customer(f, "c1", "Uno", STORE_PUT_CHANGED);
  OK(store_begin(f->s));
  store_writer *w = invoices(f);
  assert_int_equal(put_invoice(f, w, "A-2", "c1", 100), STORE_PUT_NEW);
  assert_int_equal(put_invoice(f, w, "A-1", "c1", 100), STORE_PUT_NEW);
  assert_int_equal(put_invoice(f, w, "A-2", "c1", 200), STORE_PUT_REPEATED);
  assert_int_equal(put_invoice(f, w, "A-3", "c9", 100), STORE_PUT_NO_CUSTOMER);
  store_writer_close(w);
  w = invoices(f);
  assert_int_equal(put_invoice(f, w, "A-1", "c1", 100), STORE_PUT_UNCHANGED);
  assert_int_equal(put_invoice(f, w, "A-2", "c1", 300), STORE_PUT_CHANGED);
  assert_int_equal(put_invoice(f, w, "A-2", "c9", 300), STORE_PUT_REPEATED);
  store_writer_close(w);
  OK(store_commit(f->s));

  const slice columns[] = {SLICE("number"),  SLICE("customer"), SLICE("amount"),
                           SLICE("version"), SLICE("issued"),   SLICE("source")};
  store_query q = {.table = STORE_T_invoice, .columns = columns, .column_count = 6};
  store_cursor *c;
  OK(store_scan(f->s, &q, &c));
  assert_int_equal(store_next(c), STORE_ROW);
  TEXT("A-1", store_text(c, 0));
  assert_int_equal(store_int(c, 3), 1);
  assert_int_equal(store_next(c), STORE_ROW);
  TEXT("A-2", store_text(c, 0));
  TEXT("c1", store_text(c, 1));
  assert_int_equal(store_int(c, 2), 300);
  assert_int_equal(store_int(c, 3), 2);
  assert_true(store_is_null(c, 4));
  TEXT("test", store_text(c, 5));
  assert_int_equal(store_next(c), STORE_END);
  store_cursor_close(c);
  char code[4];
  OK(store_invoice_currency(f->s, SLICE("A-2"), code));
  assert_string_equal(code, "BRL");
  assert_int_equal(store_invoice_currency(f->s, SLICE("A-9"), code), STORE_END);
}

static void where_clauses_bind_their_values(void **state) {
  fixture *f = *state;
  put_customer(f, "c1", "Um", STORE_PUT_NEW);
  put_customer(f, "c2'; DROP TABLE customer; --", "Dois", STORE_PUT_NEW);
  const slice columns[] = {SLICE("name"), SLICE("customer_row")};
  const store_where where[] = {{.column = "id", .op = STORE_EQ, .text = SLICE("c2'; DROP TABLE customer; --")},
                               {.column = "segment", .op = STORE_IS_NULL}};
  store_query q = {.table = STORE_T_customer, .columns = columns, .column_count = 2, .where = where, .where_count = 2};
  store_cursor *c;
  OK(store_scan(f->s, &q, &c));
  assert_int_equal(store_next(c), STORE_ROW);
  TEXT("Dois", store_text(c, 0));
  assert_int_equal(store_next(c), STORE_END);
  store_cursor_close(c);
  const store_where wrong = {.column = "nme", .op = STORE_EQ};
  q.where = &wrong;
  q.where_count = 1;
  assert_int_equal(store_scan(f->s, &q, &c), STORE_MISUSE);
  assert_non_null(strstr(store_why(f->s)->text, "nme"));
}

static void custom_fields_keep_their_text(void **state) {
  fixture *f = *state;
  const store_written columns[] = {{.name = SLICE("id")}, {.name = SLICE("project")}, {.name = SLICE("região")}};
  static const char *const value[] = {"a \"b\" \\ {\n}", "norte", "sul"};
  for (int round = 0; round < 4; round++) {
    store_writer *w;
    OK(store_begin(f->s));
    OK(store_writer_open(f->s, STORE_T_customer, SLICE("test"), columns, 3, &w));
    store_put_text(w, 0, SLICE("c1"));
    if (round < 3) store_put_text(w, 1, slice_of(value[0]));
    store_put_text(w, 2, slice_of(value[round < 2 ? 1 : 2]));
    store_put outcome;
    OK(store_put_row(w, &outcome));
    static const store_put expected[] = {STORE_PUT_NEW, STORE_PUT_UNCHANGED, STORE_PUT_CHANGED, STORE_PUT_CHANGED};
    assert_int_equal(outcome, expected[round]);
    store_writer_close(w);
    OK(store_commit(f->s));
    const slice asked[] = {SLICE("região"), SLICE("project"), SLICE("never_heard_of")};
    store_query q = {.table = STORE_T_customer, .columns = asked, .column_count = 3};
    store_cursor *c;
    OK(store_scan(f->s, &q, &c));
    assert_int_equal(store_next(c), STORE_ROW);
    TEXT(value[round < 2 ? 1 : 2], store_text(c, 0));
    if (round < 3)
      TEXT(value[0], store_text(c, 1));
    else
      assert_true(store_is_null(c, 1));
    assert_true(store_is_null(c, 2));
    store_cursor_close(c);
  }
}

static void equal_happenings_of_a_day_are_two(void **state) {
  fixture *f = *state;
  put_customer(f, "c1", "Um", STORE_PUT_NEW);
  OK(store_begin(f->s));
  store_writer *w = invoices(f);
  put_invoice(f, w, "A-1", "c1", 100);
  store_writer_close(w);
  const store_written columns[] = {{.name = SLICE("date")},  {.name = SLICE("kind")},   {.name = SLICE("invoice")},
                                   {.name = SLICE("value")}, {.name = SLICE("amount")}, {.name = SLICE("day")}};
  static const store_put expected[2][4] = {
      {STORE_PUT_NEW, STORE_PUT_NEW, STORE_PUT_NEW, STORE_PUT_NO_ENTITY},
      {STORE_PUT_UNCHANGED, STORE_PUT_UNCHANGED, STORE_PUT_UNCHANGED, STORE_PUT_NO_ENTITY}};
  for (int round = 0; round < 2; round++) {
    OK(store_writer_open(f->s, STORE_T_happening, SLICE("test"), columns, 6, &w));
    for (int i = 0; i < 4; i++) {
      store_put_int(w, 0, 20500 + (i == 2));
      store_put_text(w, 1, SLICE("payment"));
      store_put_text(w, 2, i == 3 ? SLICE("A-9") : SLICE("A-1"));
      store_put_text(w, 3, SLICE("0.50"));
      store_put_int(w, 4, 50);
      store_put outcome;
      OK(store_put_row(w, &outcome));
      assert_int_equal(outcome, expected[round][i]);
    }
    store_writer_close(w);
  }
  OK(store_commit(f->s));
  int64_t rows;
  OK(store_count(f->s, STORE_T_happening, &rows));
  assert_int_equal(rows, 3);
}

static void what_is_not_committed_did_not_happen(void **state) {
  fixture *f = *state;
  OK(store_begin(f->s));
  assert_int_equal(store_begin(f->s), STORE_MISUSE);
  OK(store_state_set(f->s, SLICE("k"), SLICE("v")));
  store_rollback(f->s);
  slice value;
  assert_int_equal(store_state_get(f->s, SLICE("k"), f->perm, &value), STORE_END);
  OK(store_state_set(f->s, SLICE("k"), SLICE("v")));
  OK(store_state_set(f->s, SLICE("k"), SLICE("w")));
  OK(store_state_get(f->s, SLICE("k"), f->perm, &value));
  TEXT("w", value);
  OK(store_state_set(f->s, SLICE("k"), SLICE("")));
  assert_int_equal(store_state_get(f->s, SLICE("k"), f->perm, &value), STORE_END);
  store_writer *w;
  const store_written id = {.name = SLICE("id")};
  assert_int_equal(store_writer_open(f->s, STORE_T_customer, SLICE("test"), &id, 1, &w), STORE_MISUSE);
}

static void a_decision_is_stored_once(void **state) {
  fixture *f = *state;
  store_revision r = {.hash = SLICE("aa"), .text = SLICE("when ..."), .effective_on = 20500};
  int64_t revision, again, id, second;
  bool is_new, moved;
  OK(store_revision_put(f->s, &r, &revision, &is_new));
  assert_true(is_new);
  OK(store_revision_put(f->s, &r, &again, &is_new));
  assert_false(is_new);
  assert_int_equal(revision, again);
  store_action a = {.track = SLICE("ladders"),
                    .entity = {STORE_ENTITY_INVOICE, SLICE("A-1")},
                    .cycle = 1,
                    .offset = SLICE("5d"),
                    .ordinal = 0,
                    .on = 20505,
                    .customer = SLICE("c1"),
                    .rung = SLICE("5d"),
                    .action = SLICE("send email template \"x\""),
                    .recipient = SLICE("a@example.com"),
                    .revision = revision,
                    .state = ACTION_planned};
  OK(store_action_put(f->s, &a, &id, &is_new));
  assert_true(is_new);
  a.recipient = SLICE("other@example.com");
  OK(store_action_put(f->s, &a, &second, &is_new));
  assert_false(is_new);
  assert_int_equal(id, second);
  a.ordinal = 1;
  OK(store_action_put(f->s, &a, &second, &is_new));
  assert_true(is_new);
  OK(store_action_move(f->s, id, ACTION_planned, ACTION_ready, SLICE(""), &moved));
  assert_true(moved);
  OK(store_action_move(f->s, id, ACTION_planned, ACTION_held, SLICE(""), &moved));
  assert_false(moved); /* it is not planned any more */
  assert_int_equal(store_action_move(f->s, id, ACTION_ready, ACTION_sending, SLICE(""), &moved), STORE_MISUSE);
  assert_false(moved);
  int64_t attempt;
  store_tried last;
  OK(store_try_last(f->s, id, &last));
  assert_int_equal(last.id, 0);
  const store_try t = {.action = id, .provider = SLICE("smtp"), .key = SLICE("key")};
  OK(store_try_begin(f->s, &t, &attempt));
  OK(store_try_last(f->s, id, &last));
  assert_int_equal(last.id, attempt);
  assert_true(last.open);
  OK(store_try_end(f->s, attempt, SLICE("accepted"), SLICE("<m@x>"), SLICE("")));
  assert_int_equal(store_try_end(f->s, attempt, SLICE("failed"), SLICE(""), SLICE("")), STORE_MISUSE);
  OK(store_try_last(f->s, id, &last));
  assert_false(last.open);
  const slice columns[] = {SLICE("recipient"), SLICE("state")};
  const store_where where = {.column = "state", .op = STORE_EQ, .text = SLICE("ready")};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 2, .where = &where, .where_count = 1};
  store_cursor *c;
  OK(store_scan(f->s, &q, &c));
  assert_int_equal(store_next(c), STORE_ROW);
  TEXT("a@example.com", store_text(c, 0));
  assert_int_equal(store_next(c), STORE_END);
  store_cursor_close(c);
}

static void a_rung_is_climbed_once_in_a_cycle(void **state) {
  fixture *f = *state;
  store_climb climb = {.track = SLICE("ladders"),
                       .entity = {STORE_ENTITY_INVOICE, SLICE("A-1")},
                       .cycle = 1,
                       .offset = SLICE("5bd"),
                       .place = 7,
                       .on = 20507};
  OK(store_climb_add(f->s, &climb));
  climb.place = 11; /* the calendar changed: the written offset is still the one climbed */
  OK(store_climb_add(f->s, &climb));
  int64_t rows;
  OK(store_count(f->s, STORE_T_position, &rows));
  assert_int_equal(rows, 1);
  climb.cycle = 2;
  OK(store_climb_add(f->s, &climb));
  OK(store_count(f->s, STORE_T_position, &rows));
  assert_int_equal(rows, 2);
  OK(store_armed_set(f->s, SLICE("vip"), climb.entity, true, 1));
  OK(store_armed_set(f->s, SLICE("vip"), climb.entity, false, 2));
  OK(store_count(f->s, STORE_T_armed, &rows));
  assert_int_equal(rows, 1);
}

static void append(fixture *f, const char *kind) {
  store_event e = {
      .kind = slice_of(kind), .actor = SLICE("dun"), .subject = SLICE("plan"), .detail = SLICE("{\"n\":1}")};
  OK(store_audit_append(f->s, &e));
}

static void the_audit_chain_shows_every_change(void **state) {
  fixture *f = *state;
  int64_t entries, broken;
  OK(store_audit_verify(f->s, &entries, &broken));
  assert_int_equal(entries + broken, 0);
  for (int i = 0; i < 5; i++) append(f, "import");
  OK(store_audit_verify(f->s, &entries, &broken));
  assert_int_equal(entries, 5);
  assert_int_equal(broken, 0);
  assert_int_not_equal(raw(f, "UPDATE event SET detail = '{}' WHERE seq = 3"), SQLITE_OK);
  assert_int_not_equal(raw(f, "DELETE FROM event WHERE seq = 3"), SQLITE_OK);
  assert_int_equal(raw(f, "DROP TRIGGER event_no_update; DROP TRIGGER event_no_delete"), SQLITE_OK);

  static const struct {
    const char *harm, *repair;
    int64_t at;
  } harms[] = {
      {"UPDATE event SET detail = '{\"n\":2}' WHERE seq = 3", "UPDATE event SET detail = '{\"n\":1}' WHERE seq = 3", 3},
      {"UPDATE event SET kind = 'imporu' WHERE seq = 1", "UPDATE event SET kind = 'import' WHERE seq = 1", 1},
      {"UPDATE event SET actor = 'dunp', subject = 'lan' WHERE seq = 2",
       "UPDATE event SET actor = 'dun', subject = 'plan' WHERE seq = 2", 2},
      {"UPDATE event SET at = at + 1 WHERE seq = 4", "UPDATE event SET at = at - 1 WHERE seq = 4", 4},
      {"UPDATE event SET hash = zeroblob(32) WHERE seq = 2; ", NULL, 2},
  };
  for (size_t i = 0; i < sizeof harms / sizeof *harms; i++) {
    assert_int_equal(raw(f, harms[i].harm), SQLITE_OK);
    OK(store_audit_verify(f->s, &entries, &broken));
    assert_int_equal(broken, harms[i].at);
    if (!harms[i].repair) break;
    assert_int_equal(raw(f, harms[i].repair), SQLITE_OK);
    OK(store_audit_verify(f->s, &entries, &broken));
    assert_int_equal(broken, 0);
  }
}

static void an_audit_log_cut_at_its_end_shows(void **state) {
  fixture *f = *state;
  int64_t entries, broken;
  for (int i = 0; i < 3; i++) append(f, "import");
  assert_int_equal(raw(f, "DROP TRIGGER event_no_delete; DELETE FROM event WHERE seq = 3"), SQLITE_OK);
  OK(store_audit_verify(f->s, &entries, &broken));
  assert_int_equal(entries, 2);
  assert_int_equal(broken, 3);
}

static void hashes_are_sha256(void **state) {
  (void)state;
  uint8_t hash[HASH_BYTES];
  char hex[HASH_HEX_MAX];
  hash_of(SLICE("abc"), hash);
  hash_hex(hash, hex);
  assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

int main(void) {
#define WITH(test) cmocka_unit_test_setup_teardown(test, begin, end)
  const struct CMUnitTest tests[] = {
      WITH(every_column_is_in_the_schema),      WITH(facts_are_known_by_their_key),
      WITH(where_clauses_bind_their_values),    WITH(custom_fields_keep_their_text),
      WITH(equal_happenings_of_a_day_are_two),  WITH(what_is_not_committed_did_not_happen),
      WITH(a_decision_is_stored_once),          WITH(a_rung_is_climbed_once_in_a_cycle),
      WITH(the_audit_chain_shows_every_change), WITH(an_audit_log_cut_at_its_end_shows),
      cmocka_unit_test(hashes_are_sha256),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
