/* See invoices.h: what hangs beside the list, the rungs to choose from and a customer's contracts. */
#include "invoices.h"
#include "lang/base/date.h"
#include "store_impl.h"

store_code store_rungs(store *s, arena *perm, slice out[RUNGS_MAX], size_t *n) {
  db_stmt *q;
  slice last = {"", 0};
  store_code code = store_prepared(
      s,
      "SELECT min(\"offset\") FROM position INDEXED BY position_rung WHERE kind = 1 AND track = 'ladder' "
      "AND \"offset\" > ?1",
      &q);
  for (*n = 0; *n < RUNGS_MAX && code == STORE_OK;) {
    db_bind_text(q, 1, last);
    code = db_step(q);
    bool any = code == STORE_ROW && !db_is_null(q, 0);
    if (any) last = out[(*n)++] = arena_slice(perm, db_text(q, 0));
    code = store_ended(s, q, code);
    if (code != STORE_ROW) return code;
    code = STORE_OK;
    if (!any) break;
  }
  return code;
}

static int32_t day_at(db_stmt *q, int i) { return db_is_null(q, i) ? DATE_NONE_DAY : (int32_t)db_int(q, i); }

/* What Dun itself set (schema_4.sql) stands before what the source says. */
#define OWN(what, column)                                                                                              \
  "coalesce((SELECT o.value FROM own_state o WHERE o.kind = 2 AND o.entity = k.number AND o.what = '" what             \
  "' AND o.ended IS NULL ORDER BY o.since DESC LIMIT 1), " column ")"

store_code store_contracts(store *s, int64_t customer_row, slice after, size_t most, arena *perm, contract_line *out,
                           size_t *n) {
  db_stmt *q;
  *n = 0;
  store_code code = store_prepared(
      s,
      "SELECT k.number, k.currency, " OWN(
          "status", "k.status") ", k.\"index\", k.price, k.auto_renew, "
                                "k.in_default, k.due_day, k.start, k.\"end\", k.next_adjustment FROM contract k WHERE "
                                "k.customer_row = ?1 AND k.number > ?2 ORDER BY k.number LIMIT ?3",
      &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, customer_row);
  db_bind_text(q, 2, after.n ? after : SLICE(""));
  db_bind_int(q, 3, (int64_t)most);
  while ((code = db_step(q)) == STORE_ROW)
    out[(*n)++] = (contract_line){.number = arena_slice(perm, db_text(q, 0)),
                                  .currency = arena_slice(perm, db_text(q, 1)),
                                  .status = arena_slice(perm, db_text(q, 2)),
                                  .index = arena_slice(perm, db_text(q, 3)),
                                  .has_price = !db_is_null(q, 4),
                                  .price = db_int(q, 4),
                                  .auto_renew = db_int(q, 5) != 0,
                                  .in_default = db_int(q, 6) != 0,
                                  .due_day = db_int(q, 7),
                                  .start = day_at(q, 8),
                                  .end = day_at(q, 9),
                                  .next_adjustment = day_at(q, 10)};
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}
