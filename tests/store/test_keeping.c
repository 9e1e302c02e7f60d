/* Backups, older copies put back, and people taken out: with real files. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "runtime/store/backup.h"
#include "runtime/store/erase.h"
#include "runtime/store/message.h"

typedef struct fixture {
  world *w;
  arena *perm;
  char folder[64];
  const char *path, *copy, *kept;
} fixture;

#define OK(call) assert_int_equal((call), STORE_OK)

static int begin(void **state) {
  fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  f->w = world_posix();
  f->perm = arena_new();
  snprintf(f->folder, sizeof f->folder, "/tmp/dun-test-keeping-XXXXXX");
  assert_non_null(mkdtemp(f->folder));
  f->path = arena_printf(f->perm, "%s/dun.db", f->folder).p;
  f->copy = arena_printf(f->perm, "%s/copy.db", f->folder).p;
  f->kept = arena_printf(f->perm, "%s/kept.db", f->folder).p;
  *state = f;
  return 0;
}

static int end(void **state) {
  fixture *f = *state;
  slice *names;
  size_t n;
  assert_int_equal(f->w->list_folder(f->w, f->folder, f->perm, &names, &n), WORLD_OK);
  for (size_t i = 0; i < n; i++) unlink(arena_printf(f->perm, "%s/%.*s", f->folder, SLICE_ARG(names[i])).p);
  rmdir(f->folder);
  arena_free(f->perm);
  free(f);
  return 0;
}

static store *opened(fixture *f, const char *path) {
  store *s;
  store_error why;
  if (store_open(f->w, path, &s, &why) != STORE_OK) fail_msg("%s", why.text);
  return s;
}

static void note(store *s, const char *what) {
  OK(store_audit_append(s, &(store_event){slice_of(what), SLICE("test"), SLICE("x"), SLICE("{}")}));
}

static void copy_file(fixture *f, const char *from, const char *to) {
  slice bytes;
  assert_int_equal(f->w->read_file(f->w, from, f->perm, &bytes), WORLD_OK);
  assert_int_equal(f->w->write_file(f->w, to, bytes), WORLD_OK);
}

static bool there(const char *path) { return access(path, F_OK) == 0; }

/* ---- backups ---- */

static void a_backup_is_whole_and_new(void **state) {
  fixture *f = *state;
  store *s = opened(f, f->path);
  note(s, "one");
  OK(store_backup(s, f->copy));
  note(s, "two");
  store *c = opened(f, f->copy);
  int64_t entries, broken;
  bool sound;
  char why[100];
  OK(store_audit_verify(c, &entries, &broken));
  assert_int_equal(entries, 1);
  assert_int_equal(broken, 0);
  OK(store_sound(c, &sound, why, sizeof why));
  assert_true(sound);
  store_close(c);
  assert_int_equal(store_backup(s, f->copy), STORE_MISUSE);
  assert_non_null(strstr(store_why(s)->text, "is there already"));
  assert_int_equal(store_backup(s, arena_printf(f->perm, "%s/nowhere/x.db", f->folder).p), STORE_FAILED);
  store_close(s);
}

static void a_restored_store_is_the_backup_and_has_no_mark(void **state) {
  fixture *f = *state;
  store *s = opened(f, f->path);
  note(s, "one");
  OK(lineage_mark(f->w, s, f->path));
  OK(store_backup(s, f->copy));
  note(s, "two");
  store_close(s);
  store_error why;
  OK(store_restore(f->w, f->copy, f->path, f->kept, &why));
  assert_true(there(f->kept));
  s = opened(f, f->path);
  int64_t entries, broken;
  OK(store_audit_verify(s, &entries, &broken));
  assert_int_equal(entries, 1);
  lineage l;
  OK(lineage_check(f->w, s, f->path, &l));
  assert_int_equal(l, LINEAGE_UNMARKED);
  store_close(s);
  s = opened(f, f->kept);
  OK(store_audit_verify(s, &entries, &broken));
  assert_int_equal(entries, 2);
  store_close(s);
}

static void a_store_in_use_is_not_replaced(void **state) {
  fixture *f = *state;
  store *s = opened(f, f->path);
  note(s, "one");
  OK(store_backup(s, f->copy));
  note(s, "two");
  store_error why;
  assert_int_equal(store_restore(f->w, f->copy, f->path, f->kept, &why), STORE_LOCKED);
  assert_false(there(f->kept));
  int64_t entries, broken;
  OK(store_audit_verify(s, &entries, &broken));
  assert_int_equal(entries, 2);
  store_close(s);
}

static void what_is_no_backup_is_refused(void **state) {
  fixture *f = *state;
  store *s = opened(f, f->path);
  note(s, "one");
  store_close(s);
  store_error why;
  assert_int_equal(store_restore(f->w, f->copy, f->path, f->kept, &why), STORE_IO);
  assert_int_equal(f->w->write_file(f->w, f->copy, SLICE("no store at all, only some text that is long enough")),
                   WORLD_OK);
  assert_int_equal(store_restore(f->w, f->copy, f->path, f->kept, &why), STORE_CORRUPT);
  assert_false(there(f->kept));
  s = opened(f, f->path);
  int64_t entries, broken;
  OK(store_audit_verify(s, &entries, &broken));
  assert_int_equal(entries, 1);
  store_close(s);
}

static void a_damaged_store_gives_way(void **state) {
  fixture *f = *state;
  store *s = opened(f, f->path);
  note(s, "one");
  OK(store_backup(s, f->copy));
  store_close(s);
  assert_int_equal(f->w->write_file(f->w, f->path, SLICE("this was a store once, before the disk failed it")),
                   WORLD_OK);
  store_error why;
  if (store_restore(f->w, f->copy, f->path, f->kept, &why) != STORE_OK) fail_msg("%s", why.text);
  s = opened(f, f->path);
  store_close(s);
  assert_true(there(f->kept));
}

/* ---- lineage ---- */

/* Whichever of its pages but the first is no page any more: nothing else need ever read it. */
static void a_damaged_backup_is_refused(void **state) {
  fixture *f = *state;
  enum { PAGE = 4096 };
  store *s = opened(f, f->path);
  for (int i = 0; i < 100; i++) note(s, "an entry that fills the pages of the log");
  OK(store_backup(s, f->copy));
  store_close(s);
  slice whole;
  assert_int_equal(f->w->read_file(f->w, f->copy, f->perm, &whole), WORLD_OK);
  char *bytes = arena_copy(f->perm, whole);
  assert_true(whole.n > (size_t)20 * PAGE);
  for (size_t page = 1; page < whole.n / PAGE; page++) {
    store_error why;
    memset(bytes + page * PAGE, 0xee, 64);
    assert_int_equal(f->w->write_file(f->w, f->copy, (slice){bytes, whole.n}), WORLD_OK);
    if (store_restore(f->w, f->copy, f->path, f->kept, &why) != STORE_CORRUPT) fail_msg("page %zu: taken", page);
    assert_false(there(f->kept));
    memcpy(bytes + page * PAGE, whole.p + page * PAGE, 64);
  }
}

static lineage checked(fixture *f) {
  store *s = opened(f, f->path);
  lineage l;
  OK(lineage_check(f->w, s, f->path, &l));
  store_close(s);
  return l;
}

static void an_older_copy_shows(void **state) {
  fixture *f = *state;
  store *s = opened(f, f->path);
  assert_int_equal(checked(f), LINEAGE_NEW);
  OK(lineage_mark(f->w, s, f->path));
  assert_int_equal(checked(f), LINEAGE_SAME);
  note(s, "one");
  assert_int_equal(checked(f), LINEAGE_SAME); /* ahead of the mark is fine: a crash before it was written */
  OK(lineage_mark(f->w, s, f->path));
  store_close(s); /* all is in the one file now */
  copy_file(f, f->path, f->copy);
  s = opened(f, f->path);
  note(s, "two");
  OK(lineage_mark(f->w, s, f->path));
  store_close(s);
  copy_file(f, f->copy, f->path);
  assert_int_equal(checked(f), LINEAGE_OLDER);
  /* Going on from it does not make it the same again. */
  s = opened(f, f->path);
  note(s, "another two");
  store_close(s);
  assert_int_equal(checked(f), LINEAGE_OLDER);
  /* A person has looked: from now on this is the store. */
  s = opened(f, f->path);
  OK(lineage_mark(f->w, s, f->path));
  store_close(s);
  assert_int_equal(checked(f), LINEAGE_SAME);
}

/* What was sent since the last mark stands in no mark: a backup is known by its own name. */
static void a_backup_put_back_by_hand_shows_whatever_was_sent(void **state) {
  fixture *f = *state;
  store *s = opened(f, f->path);
  note(s, "one");
  OK(lineage_mark(f->w, s, f->path));
  OK(store_backup(s, f->copy));
  note(s, "sent, and then it was killed");
  store_close(s);
  assert_int_equal(checked(f), LINEAGE_SAME);
  copy_file(f, f->copy, f->path);
  assert_int_equal(checked(f), LINEAGE_OLDER);
}

static void a_copy_without_its_mark_or_with_another_shows(void **state) {
  fixture *f = *state;
  store *s = opened(f, f->path);
  note(s, "one");
  OK(lineage_mark(f->w, s, f->path));
  store_close(s);
  const char *mark = arena_printf(f->perm, "%s.mark", f->path).p;
  unlink(mark);
  assert_int_equal(checked(f), LINEAGE_UNMARKED);
  assert_int_equal(f->w->write_file(f->w, mark, SLICE("0123 1 ab\n")), WORLD_OK);
  assert_int_equal(checked(f), LINEAGE_OLDER);
  assert_int_equal(f->w->write_file(f->w, mark, SLICE("")), WORLD_OK);
  assert_int_equal(checked(f), LINEAGE_OLDER);
}

/* ---- erasing ---- */

static const char *const CANARIES[] = {"Zuleika Canarinho", "zuleika@canary.example",
                                       "+5511900042",       "replied-canary",
                                       "rendered-canary",   "pix-canary",
                                       "card-canary",       "c-zuleika"};

static void put(store *s, store_table t, size_t n, const char *const (*cells)[2]) {
  store_written columns[12] = {0};
  store_writer *w;
  store_put outcome;
  for (size_t i = 0; i < n; i++) columns[i] = (store_written){slice_of(cells[i][0]), false};
  OK(store_writer_open(s, t, SLICE("test"), columns, n, &w));
  for (size_t i = 0; i < n; i++) {
    const store_column *c = store_column_find(t, slice_of(cells[i][0]));
    if (!c || c->type == STORE_TEXT || c->type == STORE_SET)
      store_put_text(w, i, slice_of(cells[i][1]));
    else
      store_put_int(w, i, atoll(cells[i][1]));
  }
  OK(store_put_row(w, &outcome));
  assert_int_equal(outcome, STORE_PUT_NEW);
  store_writer_close(w);
}

static void fill(store *s) {
  OK(store_begin(s));
  put(s, STORE_T_customer, 5,
      (const char *const[][2]){{"id", "c-zuleika"},
                               {"name", "Zuleika Canarinho"},
                               {"email", "zuleika@canary.example"},
                               {"phone", "+5511900042"},
                               {"mother", "Zuleika Canarinho"}});
  put(s, STORE_T_customer, 2, (const char *const[][2]){{"id", "c-other"}, {"name", "Somebody Else"}});
  put(s, STORE_T_invoice, 8,
      (const char *const[][2]){{"number", "N-1"},
                               {"customer", "c-zuleika"},
                               {"currency", "BRL"},
                               {"amount", "1000"},
                               {"open", "0"},
                               {"due", "20000"},
                               {"status", "paid"},
                               {"pix", "pix-canary"}});
  put(s, STORE_T_happening, 5,
      (const char *const[][2]){
          {"date", "20001"}, {"kind", "reply"}, {"invoice", "N-1"}, {"value", "replied-canary"}, {"amount", "0"}});
  int64_t revision, action;
  bool is_new;
  OK(store_revision_put(s, &(store_revision){SLICE("ab"), SLICE(""), SLICE("policy"), 20000}, &revision, &is_new));
  const store_action a = {.track = SLICE("ladder"),
                          .entity = {STORE_ENTITY_INVOICE, SLICE("N-1")},
                          .offset = SLICE("5d"),
                          .on = 20005,
                          .customer = SLICE("c-zuleika"),
                          .ladder = SLICE("l"),
                          .rung = SLICE("5d"),
                          .action = SLICE("send email \"rendered-canary\""),
                          .recipient = SLICE("zuleika@canary.example"),
                          .revision = revision,
                          .state = ACTION_accepted};
  OK(store_action_put(s, &a, &action, &is_new));
  OK(store_message_put(s, &(store_message){action, SLICE("email"), SLICE("zuleika@canary.example"),
                                           SLICE("Zuleika Canarinho"), true, SLICE("pt"), SLICE("rendered-canary"),
                                           SLICE("rendered-canary"), SLICE("rendered-canary"), SLICE(""),
                                           SLICE("rendered-canary")}));
  OK(store_card_open(s, &(store_card){.action = action,
                                      .entity = a.entity,
                                      .customer = a.customer,
                                      .board = SLICE("B"),
                                      .title = SLICE("card-canary"),
                                      .opened_on = 20005}));
  OK(store_climb_add(
      s, &(store_climb){SLICE("when"), {STORE_ENTITY_CUSTOMER, SLICE("c-zuleika")}, 0, SLICE("0d"), 0, 20005, false}));
  OK(store_audit_append(s, &(store_event){SLICE("send"), SLICE("test"), SLICE("action 1"), SLICE("{}")}));
  OK(store_commit(s));
}

static bool file_has(fixture *f, const char *path, const char *what) {
  slice bytes;
  if (f->w->read_file(f->w, path, f->perm, &bytes) != WORLD_OK) return false;
  return memmem(bytes.p, bytes.n, what, strlen(what)) != NULL;
}

static void nothing_of_an_erased_person_is_left_in_the_file(void **state) {
  fixture *f = *state;
  store *s = opened(f, f->path);
  fill(s);
  const char *wal = arena_printf(f->perm, "%s-wal", f->path).p;
  for (size_t i = 0; i < sizeof CANARIES / sizeof *CANARIES; i++)
    if (!file_has(f, f->path, CANARIES[i]) && !file_has(f, wal, CANARIES[i]))
      fail_msg("%s was never stored", CANARIES[i]);
  int64_t open;
  OK(store_customer_open(s, SLICE("c-zuleika"), &open));
  assert_int_equal(open, 0);
  store_erased gone;
  OK(store_begin(s));
  if (store_erase_customer(s, SLICE("c-zuleika"), &gone) != STORE_OK) fail_msg("%s", store_why(s)->text);
  OK(store_commit(s));
  OK(store_erase_settle(s));
  assert_int_equal(gone.invoices, 1);
  assert_int_equal(gone.messages, 1);
  assert_int_equal(gone.actions, 1);
  assert_int_equal(gone.cards, 1);
  assert_int_equal(gone.replies, 1);
  for (size_t i = 0; i < sizeof CANARIES / sizeof *CANARIES; i++) {
    if (file_has(f, f->path, CANARIES[i])) fail_msg("%s is still in the store", CANARIES[i]);
    if (file_has(f, wal, CANARIES[i])) fail_msg("%s is still in the write-ahead log", CANARIES[i]);
  }
  assert_true(file_has(f, f->path, "Somebody Else"));
  int64_t entries, broken;
  OK(store_audit_verify(s, &entries, &broken));
  assert_int_equal(broken, 0);
  bool sound;
  char why[100];
  OK(store_sound(s, &sound, why, sizeof why));
  assert_true(sound);
  store_close(s);
}

/* A digest to our own people: its message is another customer's action, and names them all. */
static void a_notice_about_many_goes_with_one_of_them(void **state) {
  fixture *f = *state;
  store *s = opened(f, f->path);
  store_erased gone;
  int64_t lead, joined, n;
  bool is_new;
  fill(s);
  OK(store_begin(s));
  store_action a = {.track = SLICE("every"),
                    .entity = {STORE_ENTITY_CUSTOMER, SLICE("c-other")},
                    .offset = SLICE("2026-03-02"),
                    .on = 20514,
                    .customer = SLICE("c-other"),
                    .action = SLICE("alert"),
                    .revision = 1,
                    .state = ACTION_ready};
  OK(store_action_put(s, &a, &lead, &is_new));
  a.entity.id = a.customer = SLICE("c-zuleika");
  a.lead = lead;
  OK(store_action_put(s, &a, &joined, &is_new));
  OK(store_message_put(s, &(store_message){.action = lead,
                                           .channel = SLICE("email"),
                                           .recipient = SLICE("ana@acme.example"),
                                           .text = SLICE("- Somebody Else\n- digest-canary\n")}));
  OK(store_erase_customer(s, SLICE("c-zuleika"), &gone));
  OK(store_commit(s));
  const slice columns[] = {SLICE("text")};
  const store_where where = {"action", STORE_EQ, lead, {0}};
  store_query q = {.table = STORE_T_message, .columns = columns, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *c;
  OK(store_scan(s, &q, &c));
  for (n = 0; store_next(c) == STORE_ROW; n++) assert_int_equal(store_text(c, 0).n, 0);
  assert_int_equal(n, 1);
  store_cursor_close(c);
  store_close(s);
}

static void an_erased_person_does_not_come_back(void **state) {
  fixture *f = *state;
  store *s = opened(f, f->path);
  fill(s);
  store_erased gone;
  OK(store_begin(s));
  assert_int_equal(store_erase_customer(s, SLICE("c-nobody"), &gone), STORE_END);
  if (store_erase_customer(s, SLICE("c-zuleika"), &gone) != STORE_OK) fail_msg("%s", store_why(s)->text);
  OK(store_commit(s));
  assert_int_equal(store_erase_customer(s, SLICE("c-zuleika"), &gone), STORE_MISUSE); /* no transaction */
  const store_written id = {SLICE("id"), false},
                      columns[] = {{SLICE("number"), false}, {SLICE("customer"), false}, {SLICE("currency"), false},
                                   {SLICE("amount"), false}, {SLICE("open"), false},     {SLICE("due"), false},
                                   {SLICE("status"), false}};
  store_writer *w;
  store_put outcome;
  OK(store_begin(s));
  OK(store_writer_open(s, STORE_T_customer, SLICE("test"), &id, 1, &w));
  store_put_text(w, 0, SLICE("c-zuleika"));
  OK(store_put_row(w, &outcome));
  assert_int_equal(outcome, STORE_PUT_ERASED);
  store_put_text(w, 0, SLICE("c-new"));
  OK(store_put_row(w, &outcome));
  assert_int_equal(outcome, STORE_PUT_NEW);
  store_writer_close(w);
  OK(store_writer_open(s, STORE_T_invoice, SLICE("test"), columns, 7, &w));
  store_put_text(w, 0, SLICE("N-9"));
  store_put_text(w, 1, SLICE("c-zuleika"));
  store_put_text(w, 2, SLICE("BRL"));
  store_put_int(w, 3, 100);
  store_put_int(w, 4, 100);
  store_put_int(w, 5, 20000);
  store_put_text(w, 6, SLICE("open"));
  OK(store_put_row(w, &outcome));
  assert_int_equal(outcome, STORE_PUT_ERASED);
  store_writer_close(w);
  OK(store_commit(s));
  store_close(s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_backup_is_whole_and_new, begin, end),
      cmocka_unit_test_setup_teardown(a_restored_store_is_the_backup_and_has_no_mark, begin, end),
      cmocka_unit_test_setup_teardown(a_store_in_use_is_not_replaced, begin, end),
      cmocka_unit_test_setup_teardown(what_is_no_backup_is_refused, begin, end),
      cmocka_unit_test_setup_teardown(a_damaged_backup_is_refused, begin, end),
      cmocka_unit_test_setup_teardown(a_damaged_store_gives_way, begin, end),
      cmocka_unit_test_setup_teardown(an_older_copy_shows, begin, end),
      cmocka_unit_test_setup_teardown(a_backup_put_back_by_hand_shows_whatever_was_sent, begin, end),
      cmocka_unit_test_setup_teardown(a_copy_without_its_mark_or_with_another_shows, begin, end),
      cmocka_unit_test_setup_teardown(nothing_of_an_erased_person_is_left_in_the_file, begin, end),
      cmocka_unit_test_setup_teardown(a_notice_about_many_goes_with_one_of_them, begin, end),
      cmocka_unit_test_setup_teardown(an_erased_person_does_not_come_back, begin, end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
