/* See tryton_fixture.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/stored.h"
#include "tryton_fixture.h"

void tryton_line(tryton_case *f, const char *name, const char *value) {
  slice why;
  f->settings[0] = (setting){SLICE("database"), SLICE("my books"), false};
  f->settings[1] = (setting){SLICE("user"), SLICE("U"), true};
  f->settings[2] = (setting){SLICE("password"), SLICE("P"), true};
  if (name) f->settings[3] = (setting){slice_of(name), slice_of(value), false};
  f->c = (connection){.kind = SLICE("erp"),
                      .vendor = SLICE("tryton"),
                      .url = SLICE("https://tryton.example.com"),
                      .settings = f->settings,
                      .setting_count = name ? 4 : 3};
  f->e = TRYTON.open(f->w, f->perm, &f->c, &why);
  if (!f->e) fail_msg("%.*s", SLICE_ARG(why));
}

tryton_case *tryton_begin(const char *name, const char *value) {
  tryton_case *f = calloc(1, sizeof *f);
  store_error failed;
  assert_non_null(f);
  f->w = world_fake_new(1772712000000000000); /* 2026-03-05T12:00Z */
  f->perm = arena_new();
  world_fake_set_env(f->w, "U", "dun");
  world_fake_set_env(f->w, "P", "pa\"ss");
  script_begin(f->w);
  tryton_line(f, name, value);
  assert_int_equal(store_open(f->w, ":memory:", &f->s, &failed), STORE_OK);
  return f;
}

void tryton_answer_login(void) { script_answer(200, "{\"id\":0,\"result\":[7,\"abc\"]}"); }

void tryton_answer_company(void) {
  tryton_answer_login();
  script_answer(200, "{\"id\":1,\"result\":{\"company\":1,\"language\":\"en\"}}");
  script_answer(200, "{\"id\":2,\"result\":[{\"id\":1,\"currency.\":{\"code\":\"EUR\",\"id\":1}}]}");
}

void tryton_end(tryton_case *f) {
  if (f->e->logged_in) script_answer(200, "{\"id\":9,\"result\":null}");
  TRYTON.close(f->e);
  store_close(f->s);
  arena_free(f->perm);
  script_end();
  world_fake_free(f->w);
  free(f);
}

void tryton_customer(tryton_case *f) {
  const store_written columns[] = {{.name = SLICE("id")}};
  store_writer *w;
  store_put how;
  assert_int_equal(store_begin(f->s), STORE_OK);
  assert_int_equal(store_writer_open(f->s, STORE_T_customer, SLICE("test"), columns, 1, &w), STORE_OK);
  store_put_text(w, 0, SLICE("C1"));
  assert_int_equal(store_put_row(w, &how), STORE_OK);
  store_writer_close(w);
  assert_int_equal(store_commit(f->s), STORE_OK);
}

void tryton_row_has(tryton_case *f, store_table table, const char *key, const char *name, const char *expected) {
  const char *got = stored_value(f->s, table, key, name);
  if (strcmp(got, expected) != 0) fail_msg("%s of %s: expected %s, got %s", name, key, expected, got);
}

void tryton_has(tryton_case *f, const char *number, const char *name, const char *expected) {
  tryton_row_has(f, STORE_T_invoice, number, name, expected);
}
