/* See waiting.h. */
#include "waiting.h"

#include "store_impl.h"

store_code store_waiting_clear(store *s, bool fields) {
  db_stmt *q;
  store_code code = store_prepared(
      s,
      s->focused
          ? "DELETE FROM waiting WHERE customer IN (SELECT id FROM temp.focus) OR (?1 AND why = 'undecided field')"
          : "DELETE FROM waiting WHERE ?1 OR why <> 'undecided field'",
      &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, fields);
  return store_do(s, q);
}

store_code store_waiting_put(store *s, const store_waiting *w, int64_t seen_us) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "INSERT INTO waiting (why, step, what, outlet, customer, entity, currency, open, "
                                   "rows, on_day, seen_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, w->why);
  db_bind_text(q, 2, w->step);
  db_bind_text(q, 3, w->what);
  db_bind_text(q, 4, w->outlet);
  db_bind_text(q, 5, w->customer);
  db_bind_text(q, 6, w->entity);
  db_bind_text(q, 7, w->currency);
  db_bind_int(q, 8, w->open);
  db_bind_int(q, 9, w->rows);
  db_bind_int(q, 10, w->on);
  db_bind_int(q, 11, seen_us);
  return store_do(s, q);
}

store_code store_waiting_groups(store *s, arena *perm, waiting_group **out, size_t *n) {
  db_stmt *q;
  *n = 0;
  *out = ARENA_ARRAY(perm, WAITING_GROUPS_MAX, waiting_group);
  store_code code = store_prepared(
      s, "SELECT why, step, outlet, currency, open, rows, seen_at FROM waiting ORDER BY why, step, outlet, id", &q);
  if (code != STORE_OK) return code;
  while ((code = db_step(q)) == STORE_ROW) {
    waiting_group *g = *n ? *out + *n - 1 : NULL;
    if (!g || !slice_eq(g->why, db_text(q, 0)) || !slice_eq(g->step, db_text(q, 1)) ||
        !slice_eq(g->outlet, db_text(q, 2))) {
      if (*n == WAITING_GROUPS_MAX) break;
      g = *out + (*n)++;
      *g = (waiting_group){.why = arena_slice(perm, db_text(q, 0)),
                           .step = arena_slice(perm, db_text(q, 1)),
                           .outlet = arena_slice(perm, db_text(q, 2))};
    }
    g->count += db_int(q, 5);
    if (db_int(q, 6) > g->seen_us) g->seen_us = db_int(q, 6);
    today_sum_add(&g->open, db_text(q, 3), db_int(q, 4), perm);
  }
  if (code == STORE_ROW) code = STORE_END;
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

store_code store_waiting_page(store *s, slice why, slice step, slice outlet, int64_t after, arena *perm,
                              waiting_row *out, size_t room, size_t *n) {
  db_stmt *q;
  *n = 0;
  store_code code = store_prepared(
      s,
      "SELECT t.id, t.why, t.step, t.what, t.outlet, t.customer, coalesce(c.name, ''), t.entity, t.currency, t.open, "
      "t.rows, t.on_day FROM waiting t LEFT JOIN customer c ON c.id = t.customer WHERE t.why = ?1 AND t.step = ?2 AND "
      "t.outlet = ?3 AND t.id > ?4 ORDER BY t.id LIMIT ?5",
      &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, why);
  db_bind_text(q, 2, step);
  db_bind_text(q, 3, outlet);
  db_bind_int(q, 4, after);
  db_bind_int(q, 5, (int64_t)room);
  while (*n < room && (code = db_step(q)) == STORE_ROW)
    out[(*n)++] = (waiting_row){.id = db_int(q, 0),
                                .w = {.why = arena_slice(perm, db_text(q, 1)),
                                      .step = arena_slice(perm, db_text(q, 2)),
                                      .what = arena_slice(perm, db_text(q, 3)),
                                      .outlet = arena_slice(perm, db_text(q, 4)),
                                      .customer = arena_slice(perm, db_text(q, 5)),
                                      .entity = arena_slice(perm, db_text(q, 7)),
                                      .currency = arena_slice(perm, db_text(q, 8)),
                                      .open = db_int(q, 9),
                                      .rows = db_int(q, 10),
                                      .on = (int32_t)db_int(q, 11)},
                                .name = arena_slice(perm, db_text(q, 6))};
  if (code == STORE_ROW) code = STORE_END;
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}
