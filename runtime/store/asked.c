/* See asked.h. */
#include "asked.h"

#include "store_impl.h"

store_code store_plan_asked(store *s, arena *perm, plan_asked *p) {
  db_stmt *q;
  *p = (plan_asked){0};
  store_code code = store_prepared(s,
                                   "SELECT id, policy, digest, why, asked_on, messages, late, state, answered_by FROM "
                                   "activation ORDER BY id DESC LIMIT 1",
                                   &q);
  if (code != STORE_OK) return code;
  code = db_step(q);
  bool rejected = code == STORE_ROW && slice_eq(db_text(q, 7), slice_of(approval_state_name(APPROVAL_rejected)));
  bool open = code == STORE_ROW && slice_eq(db_text(q, 7), slice_of(approval_state_name(APPROVAL_open)));
  if (open || rejected)
    *p = (plan_asked){.id = db_int(q, 0),
                      .policy = arena_slice(perm, db_text(q, 1)),
                      .digest = arena_slice(perm, db_text(q, 2)),
                      .why = arena_slice(perm, db_text(q, 3)),
                      .on = (int32_t)db_int(q, 4),
                      .messages = db_int(q, 5),
                      .late = db_int(q, 6),
                      .by = arena_slice(perm, db_text(q, 8)),
                      .rejected = rejected};
  if (p->digest.n > ACTIVATION_DIGEST_SHOWN) p->digest.n = ACTIVATION_DIGEST_SHOWN;
  code = store_ended(s, q, code);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

store_code store_plan_rows(store *s, int64_t id, arena *perm, asked_row **out, size_t *n) {
  const slice columns[] = {SLICE("part"),     SLICE("step"),   SLICE("channel"),  SLICE("messages"),
                           SLICE("currency"), SLICE("amount"), SLICE("customer"), SLICE("entity")};
  store_where where = {"activation", STORE_EQ, id, {0}};
  store_query q = {
      .table = STORE_T_activation_row, .columns = columns, .column_count = 8, .where = &where, .where_count = 1};
  store_cursor *c;
  size_t cap = 0;
  *n = 0;
  *out = NULL;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    if (*n == cap) {
      cap = cap ? cap * 2 : 32;
      asked_row *v = ARENA_ARRAY(perm, cap, asked_row);
      if (*n) memcpy(v, *out, *n * sizeof *v);
      *out = v;
    }
    (*out)[(*n)++] = (asked_row){arena_slice(perm, store_text(c, 0)),
                                 arena_slice(perm, store_text(c, 1)),
                                 arena_slice(perm, store_text(c, 2)),
                                 arena_slice(perm, store_text(c, 4)),
                                 arena_slice(perm, store_text(c, 6)),
                                 arena_slice(perm, store_text(c, 7)),
                                 store_int(c, 3),
                                 store_int(c, 5)};
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

store_code store_day_asked(store *s, arena *perm, day_asked *d, bool *any) {
  db_stmt *q;
  *any = false;
  *d = (day_asked){0};
  store_code code = store_prepared(
      s, "SELECT on_day, asked, most, state, answered_by FROM allowance ORDER BY on_day DESC LIMIT 1", &q);
  if (code != STORE_OK) return code;
  code = db_step(q);
  if (code == STORE_ROW) {
    slice state = db_text(q, 3);
    *any = !slice_eq(state, slice_of(approval_state_name(APPROVAL_approved)));
    *d = (day_asked){(int32_t)db_int(q, 0), db_int(q, 1), db_int(q, 2), arena_slice(perm, db_text(q, 4)),
                     slice_eq(state, slice_of(approval_state_name(APPROVAL_rejected)))};
  }
  code = store_ended(s, q, code);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}
