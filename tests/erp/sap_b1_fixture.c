/* See sap_b1_fixture.h. */
#include "sap_b1_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/world_fake.h"

static const char *env_of(world *w, const char *name) {
  (void)w;
  if (strcmp(name, "U") == 0) return "manager";
  return strcmp(name, "P") == 0 ? "pa\"ss" : NULL;
}

void sap_connect(sap_house *f) {
  slice why;
  f->e = SAP_B1.open(&f->here, f->perm, f->c, &why);
  if (!f->e) fail_msg("%.*s", SLICE_ARG(why));
}

/* `version`: "v1" or "v2"; `more`: another setting, or NULL. */
sap_house *sap_begin(const char *version, const char *const *arguments, const char *more, const char *value) {
  sap_house *f = calloc(1, sizeof *f);
  store_error why;
  slice words;
  assert_non_null(f);
  assert_true(child_begin(&f->server, "tests/erp/sap_b1_server.py", arguments));
  snprintf(f->url, sizeof f->url, "http://127.0.0.1:%d", child_port(&f->server));
  f->here = *world_posix();
  f->here.net = &net_curl;
  f->here.env = env_of;
  f->perm = arena_new();
  assert_int_equal(store_open(&f->here, ":memory:", &f->s, &why), STORE_OK);
  f->settings[0] = (setting){SLICE("company"), SLICE("SBODEMO"), false};
  f->settings[1] = (setting){SLICE("user"), SLICE("U"), true};
  f->settings[2] = (setting){SLICE("password"), SLICE("P"), true};
  f->settings[3] = (setting){SLICE("version"), slice_of(version), false};
  if (more) f->settings[4] = (setting){slice_of(more), slice_of(value), false};
  f->c = ARENA_NEW(f->perm, connection);
  *f->c = (connection){.kind = SLICE("erp"),
                       .vendor = SLICE("sap_b1"),
                       .url = slice_of(f->url),
                       .settings = f->settings,
                       .setting_count = more ? 5 : 4};
  sap_connect(f);
  f->plain = api_open(&f->here, f->perm, &(api_options){.service = "test", .base = f->url}, &words);
  assert_non_null(f->plain);
  return f;
}

static const json *ask(sap_house *f, const char *method, const char *path, const char *body) {
  http_piece piece = {.text = slice_of(body)};
  api_request call = {.method = method,
                      .path = slice_of(path),
                      .type = "application/json",
                      .body = &piece,
                      .body_count = *body ? 1 : 0};
  http_answer a = api_ask(f->plain, &call, f->perm);
  slice why;
  assert_int_equal(a.status, 200);
  return json_parse(a.body, f->perm, &why);
}
const json *sap_stats(sap_house *f) { return ask(f, "GET", "/_stats", ""); }
void sap_control(sap_house *f, const char *what) { (void)ask(f, "POST", "/_control", what); }

int64_t sap_number(const json *j, const char *path) {
  int64_t n = 0;
  (void)json_int(json_at(j, path), &n);
  return n;
}

void sap_end(sap_house *f) {
  SAP_B1.close(f->e);
  const json *s = sap_stats(f), *broken = json_member(s, SLICE("broken"));
  for (size_t i = 0; i < json_count(broken); i++)
    print_error("%.*s: %.*s times\n", SLICE_ARG(json_name(json_item(broken, i))),
                SLICE_ARG(json_text(json_item(broken, i))));
  assert_int_equal(json_count(broken), 0);
  assert_int_equal(sap_number(s, "logouts") > 0 || sap_number(s, "logins") == 0, true);
  api_close(f->plain);
  store_close(f->s);
  arena_free(f->perm);
  child_end(&f->server);
  free(f);
}

erp_code sap_sync_with(sap_house *f, const erp_driver *d, erp_report *report) {
  erp_sync_options o = {0};
  return erp_sync_all(&f->here, f->s, d, f->e, &o, f->perm, report);
}

erp_report sap_sync(sap_house *f) {
  erp_report r;
  if (sap_sync_with(f, &SAP_B1, &r) != ERP_END) fail_msg("%.*s", SLICE_ARG(r.failure.why));
  return r;
}

slice sap_column(sap_house *f, store_table table, const char *key, const char *id, const char *name) {
  const slice columns[] = {slice_of(name)};
  const store_where where = {.column = key, .op = STORE_EQ, .text = slice_of(id)};
  store_query q = {.table = table, .columns = columns, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *c;
  slice found = SLICE("no row");
  assert_int_equal(store_scan(f->s, &q, &c), STORE_OK);
  if (store_next(c) == STORE_ROW) found = arena_slice(f->perm, store_text(c, 0));
  store_cursor_close(c);
  return found;
}
const char *sap_invoice(sap_house *f, const char *id, const char *name) {
  return arena_copy(f->perm, sap_column(f, STORE_T_invoice, "number", id, name));
}
const char *sap_customer(sap_house *f, const char *id, const char *name) {
  return arena_copy(f->perm, sap_column(f, STORE_T_customer, "id", id, name));
}

int64_t sap_invoice_int(sap_house *f, const char *id, const char *name) {
  const slice columns[] = {slice_of(name)};
  const store_where where = {.column = "number", .op = STORE_EQ, .text = slice_of(id)};
  store_query q = {.table = STORE_T_invoice, .columns = columns, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *c;
  assert_int_equal(store_scan(f->s, &q, &c), STORE_OK);
  assert_int_equal(store_next(c), STORE_ROW);
  int64_t found = store_int(c, 0);
  store_cursor_close(c);
  return found;
}

/* How many rows the table has. */
int64_t sap_count(sap_house *f, store_table table) {
  int64_t n;
  assert_int_equal(store_count(f->s, table, &n), STORE_OK);
  return n;
}

bool sap_has(slice s, const char *part) { return memmem(s.p, s.n, part, strlen(part)) != NULL; }
