/* See pages.h. */
#include "pages.h"

#include "store_impl.h"

void store_pages(store *s, store_paging how) { s->paging = how; }

store_code store_has_rows(store *s, store_table table, bool *yes) {
  static const char *const ANY[STORE_TABLE_COUNT] = {
#define TABLE(name, order) "SELECT 1 FROM " #name " LIMIT 1",
      STORE_TABLES(TABLE)
#undef TABLE
  };
  db_stmt *q;
  store_code code = store_prepared(s, ANY[table], &q);
  if (code != STORE_OK) return code;
  int64_t one;
  code = store_one_int(s, q, &one);
  *yes = code == STORE_ROW;
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}
