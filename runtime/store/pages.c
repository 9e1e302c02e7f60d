/* See pages.h. */
#include "pages.h"

#include <stdio.h>

#include "store_impl.h"

void store_pages(store *s, store_paging how) { s->paging = how; }

store_code store_has_rows(store *s, store_table table, bool *yes) {
  char sql[128];
  snprintf(sql, sizeof sql, "SELECT 1 FROM %s LIMIT 1", store_table_name(table));
  db_stmt *q;
  if (db_prepare(s->d, sql, &q) != STORE_OK) return store_failed(s);
  store_code code = db_step(q);
  *yes = code == STORE_ROW;
  if (code != STORE_ROW && code != STORE_END) code = store_failed(s);
  db_finish(q);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}
