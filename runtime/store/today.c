/* See today.h. Sums are made in one pass over the rows of an index, which come in the order of their groups. */
#include "today.h"

#include <stdlib.h>

#include "store_impl.h"

/* As the index action_waiting of schema_18.sql says it: so that it is used. */
#define WAITING                                                                                                        \
  "lead IS NULL AND (state = 'ready' OR state = 'approved' OR state = 'held' OR state = 'deferred' OR state = "        \
  "'unknown' OR state = 'dead')"
#define OF_KEY " AND state = ?1 AND gate = ?2 AND ladder = ?3 AND rung = ?4 AND outlet = ?5"

/* ---- sums ---- */

/* Room for one more currency is made as they come: a ledger has few. */
void today_sum_add(today_sums *t, slice code, int64_t minor, arena *perm) {
  currency cur = currency_find(code);
  if (cur == CURRENCY_NONE) return;
  size_t at = 0;
  while (at < t->n && t->v[at].cur < cur) at++;
  if (at == t->n || t->v[at].cur != cur) {
    money *v = ARENA_ARRAY(perm, t->n + 1, money);
    if (at) memcpy(v, t->v, at * sizeof *v);
    if (t->n > at) memcpy(v + at + 1, t->v + at, (t->n - at) * sizeof *v);
    v[at] = (money){0, cur};
    t->v = v;
    t->n++;
  }
  t->v[at].minor += minor;
}

store_code store_message_sums(store *s, int64_t message, arena *perm, today_sums *t) {
  db_stmt *q;
  store_code code =
      store_prepared(s, "SELECT currency, sum(open) FROM message_invoice WHERE message = ?1 GROUP BY currency", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, message);
  while ((code = db_step(q)) == STORE_ROW) today_sum_add(t, db_text(q, 0), db_int(q, 1), perm);
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

/* Columns from `at`: id, about_currency, about_open. */
static store_code group_add(store *s, today_group *g, db_stmt *q, int at, arena *perm) {
  g->count++;
  if (db_int(q, at) > g->last) g->last = db_int(q, at);
  slice cur = db_text(q, at + 1);
  if (!slice_eq(cur, SLICE("*"))) {
    if (cur.n) today_sum_add(&g->open, cur, db_int(q, at + 2), perm);
    return STORE_OK;
  }
  return store_message_sums(s, db_int(q, at), perm, &g->open);
}

/* ---- groups of messages ---- */

static void bind_key(db_stmt *q, const today_key *k) {
  db_bind_text(q, 1, slice_of(action_state_name(k->state)));
  db_bind_text(q, 2, k->gate);
  db_bind_text(q, 3, k->ladder);
  db_bind_text(q, 4, k->rung);
  db_bind_text(q, 5, k->outlet);
}

static bool same_key(db_stmt *q, const today_key *k) {
  return slice_eq(db_text(q, 0), slice_of(action_state_name(k->state))) && slice_eq(db_text(q, 1), k->gate) &&
         slice_eq(db_text(q, 2), k->ladder) && slice_eq(db_text(q, 3), k->rung) && slice_eq(db_text(q, 4), k->outlet);
}

store_code store_today_groups(store *s, arena *perm, today_group **out, size_t *n, bool *more) {
  db_stmt *q;
  int64_t counted = 0;
  *n = 0;
  *more = false;
  *out = ARENA_ARRAY(perm, TODAY_GROUPS_MAX, today_group);
  store_code code = store_prepared(s,
                                   "SELECT state, gate, ladder, rung, outlet, id, about_currency, about_open FROM "
                                   "action INDEXED BY action_waiting WHERE " WAITING
                                   " ORDER BY state, gate, ladder, rung, outlet, id",
                                   &q);
  if (code != STORE_OK) return code;
  store_code added = STORE_OK;
  while (added == STORE_OK && !*more && (code = db_step(q)) == STORE_ROW) {
    today_group *g = *n ? *out + *n - 1 : NULL;
    bool is_new = !g || !same_key(q, &g->key);
    *more = counted++ == TODAY_COUNTED_MAX || (is_new && *n == TODAY_GROUPS_MAX);
    if (*more) break;
    if (is_new) {
      g = *out + (*n)++;
      *g = (today_group){.key = {.gate = arena_slice(perm, db_text(q, 1)),
                                 .ladder = arena_slice(perm, db_text(q, 2)),
                                 .rung = arena_slice(perm, db_text(q, 3)),
                                 .outlet = arena_slice(perm, db_text(q, 4))}};
      if (!action_state_find(db_text(q, 0), &g->key.state)) g->key.state = ACTION_ready;
    }
    added = group_add(s, g, q, 5, perm);
  }
  if (added != STORE_OK || *more) {
    db_reset(q);
    return added;
  }
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

store_code store_today_group(store *s, const today_key *key, int64_t last, arena *perm, today_group *out) {
  db_stmt *q;
  *out = (today_group){.key = *key};
  store_code code = store_prepared(
      s, "SELECT id, about_currency, about_open FROM action WHERE " WAITING OF_KEY " AND id <= ?6 ORDER BY id", &q);
  if (code != STORE_OK) return code;
  bind_key(q, key);
  db_bind_int(q, 6, last);
  store_code added = STORE_OK;
  while (added == STORE_OK && (code = db_step(q)) == STORE_ROW) added = group_add(s, out, q, 0, perm);
  if (added != STORE_OK) {
    db_reset(q);
    return added;
  }
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

store_code store_today_ids(store *s, const today_key *key, int64_t after, int64_t last, int64_t *out, size_t room,
                           size_t *n) {
  db_stmt *q;
  *n = 0;
  store_code code = store_prepared(
      s, "SELECT id FROM action WHERE " WAITING OF_KEY " AND id > ?6 AND id <= ?7 ORDER BY id LIMIT ?8", &q);
  if (code != STORE_OK) return code;
  bind_key(q, key);
  db_bind_int(q, 6, after);
  db_bind_int(q, 7, last);
  db_bind_int(q, 8, (int64_t)room);
  while (*n < room && (code = db_step(q)) == STORE_ROW) out[(*n)++] = db_int(q, 0);
  if (code == STORE_ROW) code = STORE_END;
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

store_code store_today_moving(store *s, int64_t *n) {
  db_stmt *q;
  store_code code = store_prepared(
      s, "SELECT count(*) FROM action WHERE lead IS NULL AND state IN ('leased', 'sending') AND outlet <> ''", &q);
  if (code != STORE_OK) return code;
  code = store_one_int(s, q, n);
  return code == STORE_ROW ? STORE_OK : code;
}

/* ---- what went, what ended ---- */

/* Rows of outlet, state, reason, count. */
static store_code counts(store *s, db_stmt *q, arena *perm, today_count **out, size_t *n) {
  enum { MOST = 200 };
  store_code code;
  *n = 0;
  *out = ARENA_ARRAY(perm, MOST, today_count);
  while ((code = db_step(q)) == STORE_ROW && *n < MOST) {
    today_count *c = *out + (*n)++;
    *c = (today_count){
        .outlet = arena_slice(perm, db_text(q, 0)), .reason = arena_slice(perm, db_text(q, 2)), .count = db_int(q, 3)};
    if (!action_state_find(db_text(q, 1), &c->state)) c->state = ACTION_unknown;
  }
  if (code == STORE_ROW) code = STORE_END;
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

store_code store_today_sent(store *s, int32_t day, arena *perm, today_count **out, size_t *n) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "SELECT outlet, state, '', count(*) FROM (SELECT outlet, state FROM action INDEXED "
                                   "BY action_outlet_sent WHERE lead IS NULL AND sent_on IS NOT "
                                   "NULL AND sent_on = ?1 LIMIT ?2) GROUP BY outlet, state",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, day);
  db_bind_int(q, 2, TODAY_COUNTED_MAX);
  return counts(s, q, perm, out, n);
}

store_code store_today_stopped(store *s, int64_t since_us, arena *perm, today_count **out, size_t *n) {
  db_stmt *q;
  store_code code = store_prepared(
      s,
      "SELECT '', state, reason, count(*) FROM (SELECT state, reason FROM action INDEXED BY action_stopped WHERE lead "
      "IS NULL AND (state = "
      "'suppressed' OR state = 'expired') AND coalesce(state_at, at) >= ?1 LIMIT ?2) GROUP BY state, reason "
      "ORDER BY count(*) DESC",
      &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, since_us);
  db_bind_int(q, 2, TODAY_COUNTED_MAX);
  return counts(s, q, perm, out, n);
}

/* ---- lines ---- */

store_code store_line_groups(store *s, arena *perm, line_group **out, size_t *n, bool *more) {
  db_stmt *q;
  int64_t counted = 0;
  *n = 0;
  *more = false;
  *out = ARENA_ARRAY(perm, TODAY_GROUPS_MAX, line_group);
  store_code code = store_prepared(s,
                                   "SELECT reason, step, id, currency, amount FROM approval INDEXED BY "
                                   "approval_waiting WHERE state = 'open' ORDER BY reason, step, id",
                                   &q);
  if (code != STORE_OK) return code;
  while ((code = db_step(q)) == STORE_ROW) {
    line_group *g = *n ? *out + *n - 1 : NULL;
    bool is_new = !g || !slice_eq(g->reason, db_text(q, 0)) || !slice_eq(g->step, db_text(q, 1));
    *more = counted++ == TODAY_COUNTED_MAX || (is_new && *n == TODAY_GROUPS_MAX);
    if (*more) break;
    if (is_new) {
      g = *out + (*n)++;
      *g = (line_group){.reason = arena_slice(perm, db_text(q, 0)), .step = arena_slice(perm, db_text(q, 1))};
    }
    g->count++;
    if (db_int(q, 2) > g->last) g->last = db_int(q, 2);
    today_sum_add(&g->amount, db_text(q, 3), db_int(q, 4), perm);
  }
  if (*more) code = STORE_END;
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

#define LINE_COLUMNS                                                                                                   \
  "SELECT t.id, t.asked_at, t.asked_on, t.customer, coalesce(c.name, ''), t.entity, t.step, t.what, t.reason, "        \
  "t.currency, t.answered_by, t.amount FROM approval t LEFT JOIN customer c ON c.id = t.customer WHERE t.state = "     \
  "'open'"

static line_row line_read(db_stmt *q, arena *perm) {
  return (line_row){.id = db_int(q, 0),
                    .asked_us = db_int(q, 1),
                    .on = (int32_t)db_int(q, 2),
                    .customer = arena_slice(perm, db_text(q, 3)),
                    .name = arena_slice(perm, db_text(q, 4)),
                    .entity = arena_slice(perm, db_text(q, 5)),
                    .step = arena_slice(perm, db_text(q, 6)),
                    .what = arena_slice(perm, db_text(q, 7)),
                    .reason = arena_slice(perm, db_text(q, 8)),
                    .currency = arena_slice(perm, db_text(q, 9)),
                    .by = arena_slice(perm, db_text(q, 10)),
                    .amount = db_int(q, 11)};
}

store_code store_lines_page(store *s, slice reason, slice step, int64_t after, arena *perm, line_row *out, size_t room,
                            size_t *n) {
  db_stmt *q;
  bool all = reason.n == 0 && step.n == 0;
  *n = 0;
  store_code code =
      store_prepared(s,
                     all ? LINE_COLUMNS " AND t.id > ?1 ORDER BY t.id LIMIT ?2"
                         : LINE_COLUMNS " AND t.reason = ?3 AND t.step = ?4 AND t.id > ?1 ORDER BY t.id LIMIT ?2",
                     &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, after);
  db_bind_int(q, 2, (int64_t)room);
  if (!all) db_bind_text(q, 3, reason);
  if (!all) db_bind_text(q, 4, step);
  while (*n < room && (code = db_step(q)) == STORE_ROW) out[(*n)++] = line_read(q, perm);
  if (code == STORE_ROW) code = STORE_END;
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

store_code store_line_row(store *s, int64_t id, arena *perm, line_row *out) {
  db_stmt *q;
  store_code code = store_prepared(s, LINE_COLUMNS " AND t.id = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  code = db_step(q);
  if (code == STORE_ROW) *out = line_read(q, perm);
  code = store_ended(s, q, code);
  return code == STORE_ROW ? STORE_OK : code;
}
