/* Whose number or address it is: the store's indexes leave nobody out (runtime/store/schema_13.sql, STORE_NUMBER_ENDS,
 * STORE_ADDRESS). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/store/store.h"
#include "runtime/world_fake.h"

static const struct {
  const char *id, *phone, *email;
} ROWS[] = {{"plain", "+5511987654321", "ana@example.com"},
            {"signs", "+55 (11) 9.8765-4321", " Ana@Example.com "},
            {"slash", "11/9 8765-4321", NULL},
            {"odd",
             "+55\xc2\xa0"
             "11 98765-43\xe2\x80\x91"
             "21",
             NULL},
            {"prefix", "tel:+5511987654321", NULL},
            {"other", "+5511987654322", "ana@example.org"},
            {"other odd", "whatsapp:+5511987654329", NULL},
            {"none", NULL, NULL}};

static void find(store *s, const char *column, store_op op, const char *value, char *out) {
  const slice columns[] = {SLICE("id")};
  const store_where where = {column, op, 0, slice_of(value)};
  store_query q = {.table = STORE_T_customer,
                   .any_order = true,
                   .columns = columns,
                   .column_count = 1,
                   .where = &where,
                   .where_count = 1};
  store_cursor *c;
  *out = 0;
  assert_int_equal(store_scan(s, &q, &c), STORE_OK);
  while (store_next(c) == STORE_ROW) {
    slice id = store_text(c, 0);
    strncat(out, id.p, id.n);
    strcat(out, ";");
  }
  store_cursor_close(c);
}

static void who(void **state) {
  (void)state;
  world *w = world_fake_new(1772000000000000000);
  store *s;
  store_error why;
  store_writer *x;
  store_put how;
  char found[256];
  static const store_written columns[] = {{SLICE("id"), false}, {SLICE("phone"), false}, {SLICE("email"), false}};
  assert_int_equal(store_open(w, ":memory:", &s, &why), STORE_OK);
  assert_int_equal(store_begin(s), STORE_OK);
  assert_int_equal(store_writer_open(s, STORE_T_customer, SLICE("test"), columns, 3, &x), STORE_OK);
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    store_put_text(x, 0, slice_of(ROWS[i].id));
    if (ROWS[i].phone) store_put_text(x, 1, slice_of(ROWS[i].phone));
    if (ROWS[i].email) store_put_text(x, 2, slice_of(ROWS[i].email));
    assert_int_equal(store_put_row(x, &how), STORE_OK);
  }
  store_writer_close(x);
  assert_int_equal(store_commit(s), STORE_OK);
  find(s, "phone", STORE_NUMBER_ENDS, "4321", found);
  const char *const wanted[] = {"plain;", "signs;", "slash;", "odd;", "prefix;"};
  for (size_t i = 0; i < 5; i++)
    if (!strstr(found, wanted[i])) fail_msg("%s is not among %s", wanted[i], found);
  assert_null(strstr(found, "other;"));
  assert_null(strstr(found, "none;"));
  find(s, "phone", STORE_NUMBER_ENDS, "4322", found);
  assert_non_null(strstr(found, "other;"));
  assert_null(strstr(found, "plain;"));
  find(s, "email", STORE_ADDRESS, "ANA@example.com", found);
  assert_string_equal(found, "plain;signs;");
  store_close(s);
  world_fake_free(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(who)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
