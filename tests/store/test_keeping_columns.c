/* Every column of the store that holds text, and what becomes of it when a person is erased. A column that is not
 * listed here fails the test: whoever adds one says whether it can hold something personal, and empties it in erase.c
 * if so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "runtime/store/erase.h"

#define OK(call) assert_int_equal((call), STORE_OK)

/* By table. PERSONAL: names, addresses or quotes the person, or is written by hand about one; CUSTOMER: the customer's
 * id, or an entity's, which may be a customer's; the rest is neither: words of ours and of the policy, numbers of
 * invoices, names of the people who work here, hashes that are keyed. */
static const struct listed {
  const char *table, *personal, *customer, *neither;
} LISTED[] = {
    {"action", "action recipient reason resend_by leased_by computed message_hash", "entity customer",
     "track offset ladder rung channel template state currency outlet gate about_currency"},
    {"activation", "", "", "policy digest why state answered_by second_by"},
    {"activation_row", "", "customer entity", "part step channel currency"},
    {"agreement", "note reason", "customer", "invoice currency state erp proposed_by answered_by"},
    {"agreement_part", "", "", ""},
    {"allowance", "", "", "state answered_by second_by"},
    {"anchor", "", "entity", "field"},
    {"approval", "what", "entity customer", "track offset step reason currency state answered_by second_by"},
    {"armed", "", "entity", "rule"},
    {"attempt", "provider_id detail asked_by", "", "provider idempotency_key outcome"},
    {"balance", "", "", "currency"},
    {"batch", "", "", "source"},
    {"begun", "", "entity", "track offset ladder shape"},
    {"card", "title", "entity customer", "board place priority assignee"},
    {"card_event", "words", "", "actor kind was now"},
    {"card_face", "words", "", ""},
    {"channel_state", "reason", "", "channel"},
    {"connection_check", "", "", "line state asked_by findings"},
    {"contract", "custom source_id", "", "number currency status index"},
    {"custom_field", "", "", "name"},
    {"customer", "name segment state language timezone email phone whatsapp owner tags custom source_id", "id",
     "country opted_out opted_in"},
    {"customer_face", "words name", "", ""},
    {"erased", "", "", "key"},
    {"event", "", "", "kind actor subject detail hash"},
    {"happening", "value said", "", "kind entity name"},
    {"heard", "", "customer", "channel"},
    {"hook_event", "", "", "provider event_id kind"},
    {"invoice", "tags payment_link boleto pix custom source_id", "", "number currency status contract kind"},
    {"message", "recipient recipient_name subject text html gaps form", "", "channel language"},
    {"message_invoice", "", "", "invoice currency"},
    {"message_part", "name source gap bytes", "", "what type cid"},
    {"own_state", "value", "entity", "what"},
    {"login_try", "", "", "key"},
    {"pause", "reason", "name", "scope paused_by ended_by"},
    /* Those who work here; the log has their logins. */
    {"person", "", "", "login name email role lang password issuer subject made_by"},
    {"person_link", "", "", "token"},
    {"person_session", "", "", "token way agent"},
    {"position", "", "entity", "track offset"},
    {"provider_event", "provider_id detail", "", "provider event_id status"},
    {"recheck", "", "source_id", "of erp"},
    {"revision", "", "", "hash git_commit text"},
    {"rule_run", "", "", "rule"},
    {"search_word", "word", "", ""},
    {"saw", "", "", "what"},
    {"series", "", "", "name value year"},
    {"series_was", "", "", "name value year"},
    {"sync_state", "", "", "key value"},
    {"waiting", "what", "customer entity", "why step outlet currency"},
    {"wish", "", "customer", "channel"},
};

/* What a row must have to be one of the customer's, where no canary stands. */
static const struct fixed {
  const char *table, *column, *value;
} FIXED[] = {{"invoice", "number", "N-1"},     {"invoice", "status", "paid"},  {"contract", "number", "K-1"},
             {"contract", "status", "active"}, {"happening", "kind", "reply"}, {"happening", "entity", "N-1"},
             {"pause", "scope", "customer"},   {"event", "subject", "x"},      {"message_invoice", "invoice", "N-1"},
             {"action", "state", "accepted"},  {"card", "place", ""}};

static bool has_word(const char *list, const char *word) {
  size_t n = strlen(word);
  for (const char *at = list; (at = strstr(at, word)); at += n)
    if ((at == list || at[-1] == ' ') && (at[n] == 0 || at[n] == ' ')) return true;
  return false;
}

static const struct listed *find(const char *table) {
  for (size_t i = 0; i < sizeof LISTED / sizeof *LISTED; i++)
    if (strcmp(LISTED[i].table, table) == 0) return &LISTED[i];
  return NULL;
}

typedef struct columns {
  char table[64], name[64][64];
  bool text[64], blob[64];
  int n;
} columns;

static sqlite3 *raw(const char *path) {
  sqlite3 *d;
  assert_int_equal(sqlite3_open(path, &d), SQLITE_OK);
  return d;
}

static int all_tables(sqlite3 *d, columns *out, int max) {
  sqlite3_stmt *q;
  int n = 0;
  assert_int_equal(sqlite3_prepare_v2(d,
                                      "SELECT m.name, c.name, c.type FROM sqlite_master m, pragma_table_info(m.name) c "
                                      "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' ORDER BY m.name, c.cid",
                                      -1, &q, NULL),
                   SQLITE_OK);
  while (sqlite3_step(q) == SQLITE_ROW) {
    const char *table = (const char *)sqlite3_column_text(q, 0), *type = (const char *)sqlite3_column_text(q, 2);
    if (n == 0 || strcmp(out[n - 1].table, table) != 0) {
      assert_true(n < max);
      out[n] = (columns){.n = 0};
      snprintf(out[n++].table, sizeof out->table, "%s", table);
    }
    columns *t = &out[n - 1];
    assert_true(t->n < 64);
    snprintf(t->name[t->n], sizeof t->name[0], "%s", (const char *)sqlite3_column_text(q, 1));
    t->blob[t->n] = strcmp(type, "BLOB") == 0;
    t->text[t->n++] = strcmp(type, "INTEGER") != 0;
  }
  sqlite3_finalize(q);
  return n;
}

/* What stands in a column of the customer's row. */
static void value_of(const columns *t, int i, char *out, size_t cap) {
  const struct listed *l = find(t->table);
  for (size_t k = 0; k < sizeof FIXED / sizeof *FIXED; k++)
    if (strcmp(FIXED[k].table, t->table) == 0 && strcmp(FIXED[k].column, t->name[i]) == 0) {
      snprintf(out, cap, "%s", FIXED[k].value);
      return;
    }
  if (!t->text[i])
    snprintf(out, cap, "%d", strcmp(t->name[i], "kind") == 0 ? 0 : 1);
  else if (has_word(l->personal, t->name[i]))
    snprintf(out, cap, "canary.%s.%s.", t->table, t->name[i]);
  else
    snprintf(out, cap, "%s", has_word(l->customer, t->name[i]) ? "c-zuleika" : "x");
}

static void fill(sqlite3 *d, const columns *t) {
  char sql[4096], value[160];
  size_t n = (size_t)snprintf(sql, sizeof sql, "INSERT INTO %s VALUES (", t->table);
  for (int i = 0; i < t->n; i++) {
    value_of(t, i, value, sizeof value);
    n += (size_t)snprintf(sql + n, sizeof sql - n, "%s%s%s%s", i ? ", " : "",
                          t->blob[i]   ? "CAST('"
                          : t->text[i] ? "'"
                                       : "",
                          value,
                          t->blob[i]   ? "' AS BLOB)"
                          : t->text[i] ? "'"
                                       : "");
  }
  snprintf(sql + n, sizeof sql - n, ")");
  if (sqlite3_exec(d, sql, NULL, NULL, NULL) != SQLITE_OK) fail_msg("%s: %s", sql, sqlite3_errmsg(d));
}

static bool file_has(world *w, arena *perm, const char *path, const char *what) {
  slice bytes;
  if (w->read_file(w, path, perm, &bytes) != WORLD_OK) return false;
  return memmem(bytes.p, bytes.n, what, strlen(what)) != NULL;
}

static bool left_out(const char *table) {
  /* The log is chained and only grows; what it may hold is looked at by its own test. Nobody is erased yet. */
  return strcmp(table, "event") == 0 || strcmp(table, "erased") == 0 || strcmp(table, "sync_state") == 0;
}

static void every_column_is_listed_and_what_is_personal_goes(void **state) {
  (void)state;
  char folder[] = "/tmp/dun-test-columns-XXXXXX";
  assert_non_null(mkdtemp(folder));
  world *w = world_posix();
  arena *perm = arena_new();
  const char *path = arena_printf(perm, "%s/dun.db", folder).p, *wal = arena_printf(perm, "%s-wal", path).p;
  store *s;
  store_error why;
  OK(store_open(w, path, &s, &why));
  store_close(s);
  columns *t = ARENA_ARRAY(perm, 64, columns);
  sqlite3 *d = raw(path);
  int n = all_tables(d, t, 64), known = 0;
  for (int k = 0; k < n; k++) {
    const struct listed *l = find(t[k].table);
    known += l != NULL;
    for (int i = 0; i < t[k].n; i++) {
      if (!t[k].text[i]) continue;
      int found = l ? has_word(l->personal, t[k].name[i]) + has_word(l->customer, t[k].name[i]) +
                          has_word(l->neither, t[k].name[i])
                    : 0;
      if (found != 1)
        fail_msg("%s.%s is listed %d times: can it hold something personal?", t[k].table, t[k].name[i], found);
    }
    if (l && !left_out(t[k].table)) fill(d, &t[k]);
  }
  assert_int_equal(known, sizeof LISTED / sizeof *LISTED);
  sqlite3_close(d);
  OK(store_open(w, path, &s, &why));
  store_erased gone;
  OK(store_begin(s));
  if (store_erase_customer(s, SLICE("c-zuleika"), &gone) != STORE_OK) fail_msg("%s", store_why(s)->text);
  OK(store_commit(s));
  OK(store_erase_settle(s));
  for (int k = 0; k < n; k++)
    for (int i = 0; i < t[k].n; i++) {
      const char *canary = arena_printf(perm, "canary.%s.%s.", t[k].table, t[k].name[i]).p;
      if (file_has(w, perm, path, canary) || file_has(w, perm, wal, canary))
        fail_msg("%s.%s is still in the store", t[k].table, t[k].name[i]);
    }
  store_close(s);
  d = raw(path);
  for (int k = 0; k < n; k++)
    for (int i = 0; i < t[k].n; i++) {
      sqlite3_stmt *q;
      const char *sql =
          arena_printf(perm, "SELECT count(*) FROM %s WHERE \"%s\" = 'c-zuleika'", t[k].table, t[k].name[i]).p;
      assert_int_equal(sqlite3_prepare_v2(d, sql, -1, &q, NULL), SQLITE_OK);
      assert_int_equal(sqlite3_step(q), SQLITE_ROW);
      if (sqlite3_column_int(q, 0)) fail_msg("%s.%s still has the customer's id", t[k].table, t[k].name[i]);
      sqlite3_finalize(q);
    }
  sqlite3_close(d);
  unlink(path);
  unlink(wal);
  unlink(arena_printf(perm, "%s-shm", path).p);
  rmdir(folder);
  arena_free(perm);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_column_is_listed_and_what_is_personal_goes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
