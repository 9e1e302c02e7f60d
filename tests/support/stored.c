/* See stored.h. */
#include "tests/support/stored.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

const char *stored_value(store *s, store_table table, const char *key, const char *column) {
  static char room[200];
  const slice columns[] = {slice_of(column)};
  const store_where where = {
      .column = table == STORE_T_invoice ? "number" : "id", .op = STORE_EQ, .text = slice_of(key ? key : "")};
  store_query q = {.table = table, .columns = columns, .column_count = 1, .where = &where, .where_count = key ? 1 : 0};
  store_cursor *c;
  const store_column *known = store_column_find(table, slice_of(column));
  bool words = !known || known->type == STORE_TEXT || known->type == STORE_SET;
  assert_int_equal(store_scan(s, &q, &c), STORE_OK);
  snprintf(room, sizeof room, "no row");
  if (store_next(c) == STORE_ROW) {
    if (store_is_null(c, 0))
      snprintf(room, sizeof room, "-");
    else if (words)
      snprintf(room, sizeof room, "%.*s", SLICE_ARG(store_text(c, 0)));
    else
      snprintf(room, sizeof room, "%lld", (long long)store_int(c, 0));
  }
  store_cursor_close(c);
  return room;
}
