/* People in the store: roles and the last administrator, sessions and how they end, one-time links, tries to log in,
 * who looked at what and its seals; the log by key. By a clock of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "lang/base/date.h"
#include "runtime/api/password_rules.h"
#include "runtime/password.h"
#include "runtime/store/audit_list.h"
#include "runtime/store/people.h"
#include "runtime/store/saw.h"
#include "runtime/world_fake.h"

#define OK(call) assert_int_equal((call), STORE_OK)
static const int64_t SECOND = 1000000000, HOUR = INT64_C(3600) * 1000000000, DAY = INT64_C(86400) * 1000000000;
static const int64_t BEGIN = INT64_C(20514) * 86400 * 1000000000;

typedef struct fixture {
  world *w;
  store *s;
  arena *perm;
  int64_t now;
} fixture;

static int set_up(void **state) {
  fixture *f = calloc(1, sizeof *f);
  store_error why;
  f->now = BEGIN;
  f->w = world_fake_new(f->now);
  f->perm = arena_new();
  OK(store_open(f->w, ":memory:", &f->s, &why));
  OK(store_begin(f->s));
  *state = f;
  return 0;
}

static int tear_down(void **state) {
  fixture *f = *state;
  store_close(f->s);
  world_fake_free(f->w);
  arena_free(f->perm);
  free(f);
  return 0;
}

static void later(fixture *f, int64_t ns) {
  f->now += ns;
  world_fake_set_now(f->w, f->now);
}

static int64_t add(fixture *f, const char *login, people_role role, bool can_log_in) {
  store_person p = {.login = slice_of(login), .name = slice_of(login), .role = role};
  people_answer answer;
  int64_t id;
  OK(people_add(f->s, &p, SLICE("tests"), &id, &answer));
  assert_int_equal(answer, PEOPLE_DONE);
  if (can_log_in) OK(people_set_password(f->s, id, SLICE("$kept"), 0, SLICE("tests")));
  return id;
}

static store_person person_of(fixture *f, int64_t id) {
  store_person p;
  OK(people_get(f->s, id, f->perm, &p));
  return p;
}

/* ---- people ---- */

static void logins(void **state) {
  fixture *f = *state;
  slice s;
  assert_true(people_login_read(SLICE(" Ana.Souza@Example.com "), f->perm, &s));
  assert_true(slice_eq(s, SLICE("ana.souza@example.com")));
  static const char *const WRONG[] = {"", "a", "a b", "a/b", "jo\xc3\xa3o", "<b>", "a\"b"};
  for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++)
    assert_false(people_login_read(slice_of(WRONG[i]), f->perm, &s));
  char long_one[PEOPLE_LOGIN_MAX + 2];
  memset(long_one, 'a', sizeof long_one);
  assert_true(people_login_read((slice){long_one, PEOPLE_LOGIN_MAX}, f->perm, &s));
  assert_false(people_login_read((slice){long_one, PEOPLE_LOGIN_MAX + 1}, f->perm, &s));
}

static void change(fixture *f, store_person p, people_answer wanted) {
  people_answer answer;
  OK(people_change(f->s, &p, SLICE("tests"), &answer));
  assert_int_equal(answer, wanted);
}

static void the_last_administrator_stays(void **state) {
  fixture *f = *state;
  int64_t ada = add(f, "ada", PEOPLE_ADMIN, true), bob = add(f, "bob", PEOPLE_ADMIN, false);
  store_person p = person_of(f, ada);
  p.role = PEOPLE_APPROVER;
  change(f, p, PEOPLE_LAST_ADMIN); /* bob was invited, and has never been here */
  p = person_of(f, ada);
  p.disabled = true;
  change(f, p, PEOPLE_LAST_ADMIN);
  OK(people_set_password(f->s, bob, SLICE("$kept"), 0, SLICE("tests")));
  p = person_of(f, ada);
  p.role = PEOPLE_VIEWER;
  change(f, p, PEOPLE_DONE);
  p = person_of(f, bob);
  p.disabled = true;
  change(f, p, PEOPLE_LAST_ADMIN);
  p.disabled = false;
  p.version--;
  change(f, p, PEOPLE_CHANGED);
  p.id = 4711;
  change(f, p, PEOPLE_NOT_THERE);
}

static void one_login_one_address_one_subject(void **state) {
  fixture *f = *state;
  store_person p = {.login = SLICE("ana"), .email = SLICE("Ana@Example.com"), .role = PEOPLE_VIEWER}, found;
  people_answer answer;
  int64_t id, other = add(f, "bob", PEOPLE_VIEWER, true);
  OK(people_add(f->s, &p, SLICE("tests"), &id, &answer));
  OK(people_add(f->s, &p, SLICE("tests"), &other, &answer));
  assert_int_equal(answer, PEOPLE_LOGIN_TAKEN);
  p.login = SLICE("ana2");
  p.email = SLICE("ana@example.COM");
  OK(people_add(f->s, &p, SLICE("tests"), &other, &answer));
  assert_int_equal(answer, PEOPLE_EMAIL_TAKEN);
  slice issuer = SLICE("https://a.example"), none = {0};
  assert_int_equal(people_of_provider(f->s, issuer, SLICE("7"), none, f->perm, &found), STORE_END);
  OK(people_of_provider(f->s, issuer, SLICE("7"), SLICE("ANA@example.com"), f->perm, &found));
  assert_int_equal(found.id, id);
  OK(people_tie(f->s, id, issuer, SLICE("7"), SLICE("tests")));
  OK(people_of_provider(f->s, issuer, SLICE("7"), none, f->perm, &found));
  /* Once it is tied, the address opens it for no other subject, and no other provider's. */
  assert_int_equal(people_of_provider(f->s, issuer, SLICE("8"), SLICE("ana@example.com"), f->perm, &found), STORE_END);
  assert_int_equal(people_of_provider(f->s, SLICE("https://b.example"), SLICE("7"), none, f->perm, &found), STORE_END);
}

/* ---- sessions ---- */

static const slice TOKEN = {"a-token-of-the-tests", 20};

static store_code session(fixture *f, bool *stale) {
  store_person who;
  people_session its;
  return people_session_of(f->s, TOKEN, f->perm, &who, &its, stale);
}

static int64_t let_in(fixture *f, int64_t person) {
  int64_t id;
  OK(people_session_begin(f->s, person, TOKEN, "password", SLICE("tests"), &id));
  return id;
}

static void a_session_ends_when_it_is_idle_and_at_its_end(void **state) {
  fixture *f = *state;
  bool stale;
  int64_t id = let_in(f, add(f, "ana", PEOPLE_VIEWER, true));
  OK(session(f, &stale));
  assert_false(stale);
  later(f, PEOPLE_IDLE_HOURS * HOUR - SECOND);
  OK(session(f, &stale));
  assert_true(stale);
  later(f, SECOND);
  assert_int_equal(session(f, &stale), STORE_END);
  later(f, -SECOND);
  for (int i = 0; i < PEOPLE_SESSION_HOURS - 2; i++) {
    OK(session(f, &stale));
    OK(people_session_seen(f->s, id));
    later(f, HOUR);
  }
  OK(people_session_seen(f->s, id));
  OK(session(f, &stale));
  later(f, HOUR);
  assert_int_equal(session(f, &stale), STORE_END); /* whatever happens */
}

static void a_session_ends_with_what_it_came_of(void **state) {
  fixture *f = *state;
  bool stale, ended;
  add(f, "ada", PEOPLE_ADMIN, true);
  int64_t ana = add(f, "ana", PEOPLE_VIEWER, true), id = let_in(f, ana);
  store_person p = person_of(f, ana);
  p.name = SLICE("Ana Souza");
  change(f, p, PEOPLE_DONE);
  OK(session(f, &stale)); /* another name is no reason */
  OK(people_set_password(f->s, ana, SLICE("$other"), id, SLICE("ana")));
  OK(session(f, &stale)); /* the session that changed it stays */
  OK(people_set_password(f->s, ana, SLICE("$third"), 0, SLICE("ada")));
  assert_int_equal(session(f, &stale), STORE_END);
  let_in(f, ana);
  p = person_of(f, ana);
  p.role = PEOPLE_OPERATOR;
  change(f, p, PEOPLE_DONE);
  assert_int_equal(session(f, &stale), STORE_END);
  let_in(f, ana);
  p = person_of(f, ana);
  p.disabled = true;
  change(f, p, PEOPLE_DONE);
  assert_int_equal(session(f, &stale), STORE_END);
  p = person_of(f, ana);
  p.disabled = false;
  change(f, p, PEOPLE_DONE);
  assert_int_equal(session(f, &stale), STORE_END);
  id = let_in(f, ana);
  OK(people_session_end(f->s, ana + 1, id, 0, &ended));
  assert_false(ended); /* another's */
  OK(people_session_end(f->s, ana, id, 0, &ended));
  assert_true(ended);
  assert_int_equal(session(f, &stale), STORE_END);
}

static void of_many_sessions_the_oldest_goes(void **state) {
  fixture *f = *state;
  int64_t ana = add(f, "ana", PEOPLE_VIEWER, true), id;
  people_session *v;
  size_t n;
  bool stale;
  let_in(f, ana);
  for (int i = 0; i < PEOPLE_SESSIONS_MAX; i++)
    OK(people_session_begin(f->s, ana, arena_printf(f->perm, "another %d", i), "password", SLICE(""), &id));
  OK(people_sessions(f->s, ana, f->perm, &v, &n));
  assert_int_equal(n, PEOPLE_SESSIONS_MAX);
  assert_int_equal(session(f, &stale), STORE_END);
}

static void a_link_works_once_and_ends(void **state) {
  fixture *f = *state;
  int64_t ana = add(f, "ana", PEOPLE_VIEWER, false), who, ends;
  bool fine;
  OK(people_link_put(f->s, ana, TOKEN, SLICE("ada"), &ends));
  assert_int_equal(ends, f->now / 1000 + PEOPLE_INVITATION_HOURS * HOUR / 1000);
  OK(people_link_of(f->s, TOKEN, &who, &ends));
  assert_int_equal(who, ana);
  OK(people_link_use(f->s, TOKEN, &fine));
  assert_true(fine);
  OK(people_link_use(f->s, TOKEN, &fine));
  assert_false(fine);
  assert_int_equal(people_link_of(f->s, TOKEN, &who, &ends), STORE_END);
  OK(people_set_password(f->s, ana, SLICE("$kept"), 0, SLICE("ana")));
  OK(people_link_put(f->s, ana, SLICE("second"), SLICE("ada"), &ends));
  later(f, PEOPLE_LINK_HOURS * HOUR - SECOND);
  OK(people_link_of(f->s, SLICE("second"), &who, &ends));
  later(f, SECOND);
  assert_int_equal(people_link_of(f->s, SLICE("second"), &who, &ends), STORE_END);
  OK(people_link_use(f->s, SLICE("second"), &fine));
  assert_false(fine);
  OK(people_link_put(f->s, ana, SLICE("third"), SLICE("ada"), &ends));
  OK(people_set_password(f->s, ana, SLICE("$new"), 0, SLICE("ana")));
  assert_int_equal(people_link_of(f->s, SLICE("third"), &who, &ends), STORE_END); /* it is not needed any more */
}

/* ---- tries ---- */

static int64_t wait_of(fixture *f, people_try_key k) {
  int64_t s;
  OK(people_tries_wait(f->s, &k, 1, &s));
  return s;
}

static void waits_grow_to_their_most_and_no_further(void **state) {
  fixture *f = *state;
  const people_try_key k = {PEOPLE_TRY_LOGIN_THERE, SLICE("ana 192.0.2.1")},
                       other = {PEOPLE_TRY_LOGIN_THERE, SLICE("ana 192.0.2.2")};
  bool begins;
  for (int i = 1; i <= 20; i++) {
    OK(people_tries_failed(f->s, &k, 1, &begins));
    int64_t wanted = i < 5 ? 0 : 1;
    for (int n = 5; n < i && wanted < 900; n++) wanted *= 2;
    assert_int_equal(begins, i == 5);
    assert_int_equal(wait_of(f, k), wanted < 900 ? wanted : 900);
  }
  assert_int_equal(wait_of(f, other), 0);
  later(f, 899 * SECOND);
  assert_int_equal(wait_of(f, k), 1);
  later(f, SECOND);
  assert_int_equal(wait_of(f, k), 0);
  later(f, -30 * HOUR); /* a clock that was put back */
  assert_int_equal(wait_of(f, k), 900);
  later(f, 30 * HOUR + PEOPLE_TRY_HOURS * HOUR + SECOND);
  OK(people_tries_failed(f->s, &k, 1, &begins));
  assert_int_equal(wait_of(f, k), 0); /* a day later it is the first */
}

static void a_try_that_was_none_is_taken_back(void **state) {
  fixture *f = *state;
  const people_try_key k = {PEOPLE_TRY_LOGIN_THERE, SLICE("ana 192.0.2.1")};
  bool begins;
  for (int i = 0; i < 5; i++) OK(people_tries_failed(f->s, &k, 1, &begins));
  assert_int_equal(wait_of(f, k), 1);
  OK(people_tries_undo(f->s, &k, 1));
  assert_int_equal(wait_of(f, k), 0);
  OK(people_tries_failed(f->s, &k, 1, &begins));
  assert_int_equal(wait_of(f, k), 1); /* the four before are still there */
  OK(people_tries_forget(f->s, &k, 1));
  assert_int_equal(wait_of(f, k), 0);
}

static void a_browser_is_known_by_its_mark_for_its_login(void **state) {
  fixture *f = *state;
  slice a, b, c;
  OK(people_browser_mark(f->s, SLICE("ana"), SLICE("nonce"), f->perm, &a));
  OK(people_browser_mark(f->s, SLICE("ana"), SLICE("nonce"), f->perm, &b));
  OK(people_browser_mark(f->s, SLICE("bob"), SLICE("nonce"), f->perm, &c));
  assert_true(slice_eq(a, b));
  assert_false(slice_eq(a, c));
}

/* ---- who looked ---- */

static void customer(fixture *f, const char *id) {
  const store_written columns[] = {{.name = SLICE("id")}};
  store_writer *w;
  store_put outcome;
  OK(store_writer_open(f->s, STORE_T_customer, SLICE("test"), columns, 1, &w));
  store_put_text(w, 0, slice_of(id));
  OK(store_put_row(w, &outcome));
  store_writer_close(w);
}

static void look(fixture *f, int64_t person, const char *id, bool was_known) {
  int64_t row;
  bool known;
  OK(saw_find(f->s, person, SLICE("customer"), slice_of(id), &row, &known));
  assert_int_equal(known, was_known);
  OK(saw_put(f->s, person, SLICE("customer"), row));
}

static void who_looked_is_sealed_day_by_day(void **state) {
  fixture *f = *state;
  int64_t ana = add(f, "ana", PEOPLE_VIEWER, true), bob = add(f, "bob", PEOPLE_VIEWER, true), row, days;
  int32_t broken;
  bool known;
  saw_entry v[8];
  size_t n;
  slice next;
  customer(f, "C1");
  customer(f, "C2");
  assert_int_equal(saw_find(f->s, ana, SLICE("customer"), SLICE("C9"), &row, &known), STORE_END);
  assert_int_equal(saw_find(f->s, ana, SLICE("message"), SLICE("x"), &row, &known), STORE_END);
  look(f, ana, "C1", false);
  look(f, ana, "C1", true);
  look(f, bob, "C1", false);
  OK(saw_verify(f->s, &days, &broken));
  assert_int_equal(days, 0);
  later(f, 3 * DAY);
  look(f, ana, "C1", false);
  look(f, ana, "C2", false);
  OK(saw_verify(f->s, &days, &broken));
  assert_int_equal(days, 1);
  assert_int_equal(broken, DATE_NONE_DAY);
  later(f, -2 * DAY); /* a clock that was put back opens no sealed day */
  look(f, bob, "C2", false);
  OK(saw_verify(f->s, &days, &broken));
  assert_int_equal(broken, DATE_NONE_DAY);
  saw_filter all = {.from = INT32_MIN, .to = INT32_MAX};
  slice after = {0};
  size_t total = 0;
  do {
    OK(saw_list(f->s, &all, after, 2, f->perm, v, &n, &next));
    total += n;
    after = next;
  } while (next.n);
  assert_int_equal(total, 5);
  saw_filter by = {.from = INT32_MIN, .to = INT32_MAX, .login = SLICE("bob")};
  OK(saw_list(f->s, &by, (slice){0}, 8, f->perm, v, &n, &next));
  assert_int_equal(n, 2);
  by = (saw_filter){.from = INT32_MIN, .to = INT32_MAX, .what = SLICE("customer"), .subject = SLICE("C1")};
  OK(saw_list(f->s, &by, (slice){0}, 8, f->perm, v, &n, &next));
  assert_int_equal(n, 3);
  assert_true(slice_eq(v[0].subject, SLICE("C1")) && slice_eq(v[0].login, SLICE("ana")));
}

static void a_row_taken_out_of_a_sealed_day_shows(void **state) {
  (void)state;
  char folder[] = "/tmp/dun-test-people-XXXXXX";
  assert_non_null(mkdtemp(folder));
  fixture f = {.w = world_fake_new(BEGIN), .perm = arena_new(), .now = BEGIN};
  const char *path = arena_printf(f.perm, "%s/dun.db", folder).p;
  store_error why;
  int64_t days;
  int32_t broken;
  OK(store_open(f.w, path, &f.s, &why));
  OK(store_begin(f.s));
  int64_t ana = add(&f, "ana", PEOPLE_VIEWER, true);
  customer(&f, "C1");
  look(&f, ana, "C1", false);
  later(&f, DAY);
  look(&f, ana, "C1", false);
  OK(store_commit(f.s));
  sqlite3 *d;
  assert_int_equal(sqlite3_open(path, &d), SQLITE_OK);
  assert_int_equal(sqlite3_exec(d, "DELETE FROM saw WHERE day = 20514", NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(d);
  OK(saw_verify(f.s, &days, &broken));
  assert_int_equal(broken, 20514);
  store_close(f.s);
  unlink(path);
  unlink(arena_printf(f.perm, "%s-wal", path).p);
  unlink(arena_printf(f.perm, "%s-shm", path).p);
  rmdir(folder);
  world_fake_free(f.w);
  arena_free(f.perm);
}

/* ---- the log by key ---- */

static void the_log_is_read_by_key(void **state) {
  fixture *f = *state;
  audit_entry v[8];
  size_t n, total = 0;
  bool more = true;
  for (int i = 0; i < 20; i++) {
    store_event e = {i % 2 ? SLICE("even") : SLICE("odd"), i % 3 ? SLICE("ana") : SLICE("bob"),
                     arena_printf(f->perm, "thing %d", i % 5), SLICE("{}")};
    OK(store_audit_append(f->s, &e));
    later(f, HOUR);
  }
  const audit_filter all = {0};
  for (int64_t before = 0, last = 21; more; before = v[n - 1].seq) {
    OK(audit_list(f->s, &all, before, 8, f->perm, v, &n, &more));
    for (size_t i = 0; i < n; i++) assert_int_equal(v[i].seq, --last);
    total += n;
  }
  assert_int_equal(total, 20);
  const audit_filter both = {.kind = SLICE("odd"), .actor = SLICE("bob")}, about = {.subject = SLICE("thing 3")};
  OK(audit_list(f->s, &both, 0, 8, f->perm, v, &n, &more));
  assert_int_equal(n, 4);
  OK(audit_list(f->s, &about, 0, 8, f->perm, v, &n, &more));
  assert_int_equal(n, 4);
  const audit_filter when = {.from_us = (BEGIN + 5 * HOUR) / 1000, .to_us = (BEGIN + 8 * HOUR) / 1000};
  OK(audit_list(f->s, &when, 0, 8, f->perm, v, &n, &more));
  assert_int_equal(n, 3);
  slice kinds[AUDIT_KINDS_MAX];
  OK(audit_kinds(f->s, f->perm, kinds, &n));
  assert_int_equal(n, 2);
}

/* ---- passwords ---- */

static void passwords(void **state) {
  fixture *f = *state;
  slice kept, again;
  assert_true(password_hash(f->w, SLICE("correct horse 44 battery"), f->perm, &kept));
  assert_true(password_hash(f->w, SLICE("correct horse 44 battery"), f->perm, &again));
  assert_true(slice_starts(kept, SLICE("$argon2id$v=19$m=65536,t=3,p=1$")));
  assert_false(slice_eq(kept, again));
  assert_true(password_is(kept, SLICE("correct horse 44 battery")));
  assert_false(password_is(kept, SLICE("correct horse 44 batterz")));
  assert_false(password_is(kept, SLICE("")));
  assert_false(password_is((slice){0}, SLICE("correct horse 44 battery")));
  assert_false(password_is(SLICE("$argon2id$nonsense"), SLICE("correct horse 44 battery")));
  assert_false(password_is_old(kept));
  assert_true(password_is_old(SLICE("$argon2id$v=19$m=4096,t=3,p=1$x$y")));
}

static void what_is_tried_first_is_no_password(void **state) {
  fixture *f = *state;
  static const char *const WRONG[] = {"short",         "elevenchars",   "password1234", "Password!!!!!!",
                                      "P4ssw0rd2024!", "qwertyuiop12",  "123456789012", "210987654321",
                                      "aaaaaaaaaaaa",  "abababababab",  "summersummer", "abcdefghijkl",
                                      "senha1234567",  "Corinthians1!", "anasouza1234", "1q2w3e4r5t6y7u8i9o"};
  static const char *const FINE[] = {"correct horse 44 battery", "seven quiet harbours 19", "Xk9$vTq2#mLp",
                                     "\xc3\xa7\xc3\xa3o de \xc3\xa1gua fria", "ana souza went to Lisbon by train"};
  const slice own[] = {SLICE("ana.souza"), SLICE("Ana Souza"), SLICE("ana@example.com")};
  for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++)
    if (!password_wrong(slice_of(WRONG[i]), own, 3, f->perm)) fail_msg("%s is taken", WRONG[i]);
  for (size_t i = 0; i < sizeof FINE / sizeof *FINE; i++)
    if (password_wrong(slice_of(FINE[i]), own, 3, f->perm)) fail_msg("%s is not taken", FINE[i]);
  char long_one[PASSWORD_BYTES_MAX + 1];
  for (size_t i = 0; i < sizeof long_one; i++) long_one[i] = (char)('a' + i * 7 % 26);
  assert_null(password_wrong((slice){long_one, PASSWORD_BYTES_MAX}, own, 3, f->perm));
  assert_non_null(password_wrong((slice){long_one, PASSWORD_BYTES_MAX + 1}, own, 3, f->perm));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(logins),
      TEST(the_last_administrator_stays),
      TEST(one_login_one_address_one_subject),
      TEST(a_session_ends_when_it_is_idle_and_at_its_end),
      TEST(a_session_ends_with_what_it_came_of),
      TEST(of_many_sessions_the_oldest_goes),
      TEST(a_link_works_once_and_ends),
      TEST(waits_grow_to_their_most_and_no_further),
      TEST(a_try_that_was_none_is_taken_back),
      TEST(a_browser_is_known_by_its_mark_for_its_login),
      TEST(who_looked_is_sealed_day_by_day),
      cmocka_unit_test(a_row_taken_out_of_a_sealed_day_shows),
      TEST(the_log_is_read_by_key),
      TEST(passwords),
      TEST(what_is_tried_first_is_no_password),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
