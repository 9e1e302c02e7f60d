/* See measure.h. */
#include "measure.h"

#include "store_impl.h"

/* Channels of messages to customers: an order to an ERP goes through an outlet of another name. A plus keeps a question
 * by days off the index of states. */
#define MESSAGES "lead IS NULL AND channel IN ('email', 'whatsapp', 'sms')"
#define TAKEN "+a.state IN ('accepted', 'delivered', 'read', 'replied')"

/* After the last step of a question. */
static store_code finished(store *s, db_stmt *q, store_code code) {
  code = store_ended(s, q, code);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

store_code measure_state_of(store *s, measure_state *out) {
  db_stmt *q;
  *out = (measure_state){0};
  store_code code = store_prepared(
      s,
      "SELECT coalesce((SELECT max(id) FROM batch), 0), coalesce((SELECT max(seq) FROM happening), 0), "
      "coalesce((SELECT max(id) FROM action), 0), coalesce((SELECT max(seq) FROM event), 0), (SELECT count(*) FROM "
      "own_state WHERE kind = 2)",
      &q);
  if (code != STORE_OK) return code;
  code = db_step(q);
  if (code == STORE_ROW) *out = (measure_state){db_int(q, 0), db_int(q, 1), db_int(q, 2), db_int(q, 3), db_int(q, 4)};
  return finished(s, q, code);
}

store_code measure_first_seen(store *s, int64_t *us) {
  db_stmt *q;
  store_code code = store_prepared(s, "SELECT seen_at FROM batch ORDER BY id LIMIT 1", &q);
  *us = 0;
  if (code == STORE_OK) code = store_one_int(s, q, us);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* ---- messages ---- */

store_code measure_asks(store *s, int32_t from, int32_t to, measure_ask_seen *seen, void *self) {
  db_stmt *q;
  store_code code = store_prepared(
      s,
      "SELECT a.id, i.row, a.sent_on, m.open, m.currency, a.ladder, a.rung, a.channel, a.template FROM action a JOIN "
      "message_invoice m ON m.message = a.id JOIN invoice i ON i.number = m.invoice WHERE a.sent_on BETWEEN ?1 AND ?2 "
      "AND a.lead IS NULL AND a.channel IN ('email', 'whatsapp', 'sms') AND " TAKEN
      " ORDER BY a.sent_on, a.id, m.ordinal",
      &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, from);
  db_bind_int(q, 2, to);
  while ((code = db_step(q)) == STORE_ROW) {
    measure_ask a = {.action = db_int(q, 0),
                     .invoice_row = db_int(q, 1),
                     .day = (int32_t)db_int(q, 2),
                     .open = db_int(q, 3),
                     .currency = db_text(q, 4),
                     .ladder = db_text(q, 5),
                     .rung = db_text(q, 6),
                     .channel = db_text(q, 7),
                     .template_name = db_text(q, 8)};
    seen(self, &a);
  }
  return finished(s, q, code);
}

store_code measure_ask_count(store *s, int32_t from, int32_t to, int64_t *messages) {
  db_stmt *q;
  store_code code = store_prepared(s, "SELECT count(*) FROM action WHERE sent_on BETWEEN ?1 AND ?2", &q);
  *messages = 0;
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, from);
  db_bind_int(q, 2, to);
  code = store_one_int(s, q, messages);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* ---- counts ---- */

static const char *const COUNTS[MEASURE_WHATS] = {
    [MEASURE_SENT] =
        "SELECT sent_on, channel, state, count(*) FROM action WHERE sent_on BETWEEN ?1 AND ?2 AND " MESSAGES
        " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    [MEASURE_UNSENT] = "SELECT decided_on, channel, state, count(*) FROM action WHERE decided_on BETWEEN ?1 AND ?2 AND "
                       "sent_on IS NULL AND " MESSAGES " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    [MEASURE_OPENED] = "SELECT opened_on, board, '', count(*) FROM card WHERE opened_on BETWEEN ?1 AND ?2 GROUP BY 1, "
                       "2 ORDER BY 1, 2",
    [MEASURE_CLOSED] = "SELECT closed_on, board, '', count(*) FROM card WHERE closed_on BETWEEN ?1 AND ?2 GROUP BY 1, "
                       "2 ORDER BY 1, 2",
    [MEASURE_REPLIES] = "SELECT date, 'reply', '', count(*) FROM happening WHERE date BETWEEN ?1 AND ?2 AND kind = "
                        "'reply' GROUP BY 1 ORDER BY 1",
};

store_code measure_count(store *s, measure_what what, int32_t from, int32_t to, measure_counted *seen, void *self) {
  db_stmt *q;
  store_code code = store_prepared(s, COUNTS[what], &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, from);
  db_bind_int(q, 2, to);
  while ((code = db_step(q)) == STORE_ROW)
    seen(self, what, (int32_t)db_int(q, 0), db_text(q, 1), db_text(q, 2), db_int(q, 3));
  return finished(s, q, code);
}

/* ---- the audit log ---- */

static store_code entry_at(store *s, int64_t seq, int64_t *at) {
  db_stmt *q;
  store_code code = store_prepared(s, "SELECT at FROM event WHERE seq >= ?1 ORDER BY seq LIMIT 1", &q);
  *at = INT64_MAX;
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, seq);
  int64_t found;
  code = store_one_int(s, q, &found);
  if (code == STORE_ROW) *at = found;
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* The first entry that was made at the instant or later: numbers rise with their instants. */
static store_code entry_from(store *s, int64_t us, int64_t *seq) {
  measure_state now;
  store_code code = measure_state_of(s, &now);
  int64_t low = 1, high = now.event + 1;
  while (code == STORE_OK && low < high) {
    int64_t mid = low + (high - low) / 2, at;
    code = entry_at(s, mid, &at);
    if (at < us)
      low = mid + 1;
    else
      high = mid;
  }
  *seq = low;
  return code;
}

store_code measure_people(store *s, int64_t from_us, int64_t to_us, measure_done *seen, void *self) {
  int64_t first, behind;
  db_stmt *q;
  store_code code = entry_from(s, from_us, &first);
  if (code == STORE_OK) code = entry_from(s, to_us, &behind);
  if (code == STORE_OK)
    code = store_prepared(
        s, "SELECT actor, kind, count(*) FROM event WHERE seq >= ?1 AND seq < ?2 GROUP BY 1, 2 ORDER BY 1, 2", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, first);
  db_bind_int(q, 2, behind);
  while ((code = db_step(q)) == STORE_ROW) seen(self, db_text(q, 0), db_text(q, 1), db_int(q, 2));
  return finished(s, q, code);
}

/* ---- bills ---- */

store_code measure_billed(store *s, int32_t from, int32_t to, measure_billed_seen *seen, void *self) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "SELECT c.row, sum(a.amount), count(*) FROM action a JOIN contract c ON c.number = "
                                   "a.entity WHERE a.decided_on BETWEEN ?1 AND ?2 AND a.kind = 2 AND a.action = "
                                   "'bill contract' AND a.amount IS NOT NULL AND " TAKEN " GROUP BY 1 ORDER BY 1",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, from);
  db_bind_int(q, 2, to);
  while ((code = db_step(q)) == STORE_ROW) seen(self, db_int(q, 0), db_int(q, 1), db_int(q, 2));
  return finished(s, q, code);
}

/* ---- names ---- */

store_code measure_names_of(store *s, store_entity_kind kind, int64_t row, arena *perm, measure_names *out) {
  static const char *const SQL[] = {
      [STORE_ENTITY_CUSTOMER] = "SELECT '', id, coalesce(name, '') FROM customer WHERE row = ?1",
      [STORE_ENTITY_INVOICE] = "SELECT i.number, c.id, coalesce(c.name, '') FROM invoice i JOIN customer c ON c.row = "
                               "i.customer_row WHERE i.row = ?1",
      [STORE_ENTITY_CONTRACT] = "SELECT i.number, c.id, coalesce(c.name, '') FROM contract i JOIN customer c ON c.row "
                                "= i.customer_row WHERE i.row = ?1",
  };
  db_stmt *q;
  *out = (measure_names){0};
  store_code code = store_prepared(s, SQL[kind], &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, row);
  code = db_step(q);
  if (code == STORE_ROW)
    *out = (measure_names){arena_slice(perm, db_text(q, 0)), arena_slice(perm, db_text(q, 1)),
                           arena_slice(perm, db_text(q, 2))};
  return finished(s, q, code);
}

/* ---- pages ---- */

static const char *const PAGES[MEASURE_WHATS] = {
    [MEASURE_SENT] =
        "SELECT id, sent_on, coalesce(state_at, at), channel, entity, customer, state, trim(ladder || ' ' || rung) "
        "FROM "
        "action WHERE (sent_on, id) > (?3, ?4) AND sent_on <= ?2 AND " MESSAGES
        " AND (?5 = '' OR channel = ?5) AND (?6 = '' OR state = ?6) AND sent_on >= ?1 ORDER BY sent_on, id LIMIT ?7",
    [MEASURE_UNSENT] =
        "SELECT id, decided_on, coalesce(state_at, at), channel, entity, customer, state, trim(ladder || ' ' || rung) "
        "FROM action WHERE (decided_on, id) > (?3, ?4) AND decided_on <= ?2 AND sent_on IS NULL AND " MESSAGES
        " AND (?5 = '' OR channel = ?5) AND (?6 = '' OR state = ?6) AND decided_on >= ?1 ORDER BY decided_on, id LIMIT "
        "?7",
    [MEASURE_OPENED] = "SELECT id, opened_on, 0, board, entity, customer, CASE WHEN closed_on IS NULL THEN 'open' ELSE "
                       "'closed' END, title FROM card WHERE (opened_on, id) > (?3, ?4) AND opened_on <= ?2 AND (?5 = "
                       "'' OR board = ?5) AND ?6 = ?6 AND opened_on >= ?1 ORDER BY opened_on, id LIMIT ?7",
    [MEASURE_CLOSED] = "SELECT id, closed_on, 0, board, entity, customer, 'closed', title FROM card WHERE (closed_on, "
                       "id) > (?3, ?4) AND closed_on <= ?2 AND (?5 = '' OR board = ?5) AND ?6 = ?6 AND closed_on >= ?1 "
                       "ORDER BY closed_on, id LIMIT ?7",
    [MEASURE_REPLIES] =
        "SELECT h.seq, h.date, 0, h.kind, h.entity, coalesce((SELECT c.id FROM invoice i JOIN customer c ON c.row = "
        "i.customer_row WHERE i.number = h.entity), ''), '', '' FROM happening h WHERE h.date BETWEEN max(?1, ?3) AND "
        "?2 AND h.kind = 'reply' AND (h.date > ?3 OR h.seq > ?4) AND ?5 = ?5 AND ?6 = ?6 ORDER BY h.date, h.seq LIMIT "
        "?7",
};

/* One more than asked for is read: it says that there is more. */
static store_code take_lines(store *s, db_stmt *q, uint32_t limit, arena *perm, measure_lines *out) {
  store_code code;
  *out = (measure_lines){.v = ARENA_ARRAY(perm, limit + 1, measure_line)};
  while ((code = db_step(q)) == STORE_ROW) {
    if (out->n == limit) {
      out->more = true;
      code = STORE_END;
      break;
    }
    out->v[out->n++] = (measure_line){.id = db_int(q, 0),
                                      .day = (int32_t)db_int(q, 1),
                                      .at = db_int(q, 2),
                                      .what = arena_slice(perm, db_text(q, 3)),
                                      .entity = arena_slice(perm, db_text(q, 4)),
                                      .customer = arena_slice(perm, db_text(q, 5)),
                                      .state = arena_slice(perm, db_text(q, 6)),
                                      .detail = arena_slice(perm, db_text(q, 7))};
  }
  return finished(s, q, code);
}

store_code measure_page(store *s, measure_what what, int32_t from, int32_t to, slice one, slice two, int64_t after_day,
                        int64_t after_id, uint32_t limit, arena *perm, measure_lines *out) {
  db_stmt *q;
  store_code code = store_prepared(s, PAGES[what], &q);
  if (code != STORE_OK) return code;
  bool goes_on = after_day >= from;
  db_bind_int(q, 1, from);
  db_bind_int(q, 2, to);
  db_bind_int(q, 3, goes_on ? after_day : from);
  db_bind_int(q, 4, goes_on ? after_id : 0);
  db_bind_text(q, 5, one);
  db_bind_text(q, 6, two);
  db_bind_int(q, 7, (int64_t)limit + 1);
  return take_lines(s, q, limit, perm, out);
}

store_code measure_people_page(store *s, int64_t from_us, int64_t to_us, slice actor, slice kind, int64_t after,
                               uint32_t limit, arena *perm, measure_lines *out) {
  int64_t first, behind;
  db_stmt *q;
  store_code code = entry_from(s, from_us, &first);
  if (code == STORE_OK) code = entry_from(s, to_us, &behind);
  if (code == STORE_OK)
    code = store_prepared(s,
                          "SELECT seq, 0, at, kind, subject, actor, '', '' FROM event WHERE seq >= ?1 AND seq < ?2 AND "
                          "(?3 = '' OR actor = ?3) AND (?4 = '' OR kind = ?4) ORDER BY seq DESC LIMIT ?5",
                          &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, first);
  db_bind_int(q, 2, after > 0 && after < behind ? after : behind);
  db_bind_text(q, 3, actor);
  db_bind_text(q, 4, kind);
  db_bind_int(q, 5, (int64_t)limit + 1);
  return take_lines(s, q, limit, perm, out);
}
