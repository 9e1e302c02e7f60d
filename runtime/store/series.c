/* Published series in the store: a figure is known by its name and date; what it was before a revision is kept. */
#include "store_impl.h"

store_code store_series_open(store *s, slice source, int64_t *batch) { return store_batch_new(s, source, batch); }

static store_code find(store *s, const store_figure *f, bool *there, bool *same, int64_t *batch) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "SELECT value IS nullif(?3, '') AND (?5 OR year IS nullif(?4, '')), batch FROM "
                                   "series WHERE name = ?1 AND date = ?2",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, f->name);
  db_bind_int(q, 2, f->date);
  db_bind_text(q, 3, f->value);
  db_bind_text(q, 4, f->year);
  db_bind_int(q, 5, f->keep_year);
  code = db_step(q);
  *there = code == STORE_ROW;
  *same = *there && db_int(q, 0);
  *batch = *there ? db_int(q, 1) : 0;
  code = store_ended(s, q, code);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

static store_code keep(store *s, const store_figure *f) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "INSERT INTO series_was (name, date, version, value, year, batch) SELECT name, "
                                   "date, version, value, year, batch FROM series WHERE name = ?1 AND date = ?2",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, f->name);
  db_bind_int(q, 2, f->date);
  return store_do(s, q);
}

store_code store_series_put(store *s, int64_t batch, const store_figure *f, store_put *outcome) {
  bool there, same;
  int64_t before;
  store_code code = find(s, f, &there, &same, &before);
  if (code != STORE_OK) return code;
  *outcome = same              ? STORE_PUT_UNCHANGED
             : before == batch ? STORE_PUT_REPEATED
             : there           ? STORE_PUT_CHANGED
                               : STORE_PUT_NEW;
  if (same || *outcome == STORE_PUT_REPEATED) return STORE_OK;
  if (there) code = keep(s, f);
  db_stmt *q;
  if (code == STORE_OK)
    code = store_prepared(s,
                          "INSERT INTO series (name, date, value, year, batch, version) VALUES (?1, ?2, nullif(?3, "
                          "''), nullif(?4, ''), ?5, 1) ON CONFLICT (name, date) DO UPDATE SET value = excluded.value, "
                          "year = iif(?6, year, excluded.year), batch = ?5, version = version + 1",
                          &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, f->name);
  db_bind_int(q, 2, f->date);
  db_bind_text(q, 3, f->value);
  db_bind_text(q, 4, f->year);
  db_bind_int(q, 5, batch);
  db_bind_int(q, 6, f->keep_year);
  return store_do(s, q);
}
