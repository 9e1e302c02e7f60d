/* See agreement.h: agreements as they are looked up, and the invoice that one is about. */
#include "agreement.h"
#include "lang/base/date.h"
#include "store_impl.h"

#define AGREEMENT                                                                                                      \
  "SELECT g.id, g.version, g.invoice, g.customer, g.currency, g.card, g.open, g.due_was, g.note, g.state, g.at_hand, " \
  "g.erp, g.action, g.waits, g.proposed_by, g.answered_by, g.reason, g.proposed_at, g.answered_at, g.ended_at, "       \
  "g.told FROM agreement g "

static agreement read_one(db_stmt *q, arena *perm) {
  agreement a = {.id = db_int(q, 0),
                 .version = db_int(q, 1),
                 .invoice = arena_slice(perm, db_text(q, 2)),
                 .customer = arena_slice(perm, db_text(q, 3)),
                 .currency = arena_slice(perm, db_text(q, 4)),
                 .card = db_int(q, 5),
                 .open = db_int(q, 6),
                 .due_was = (int32_t)db_int(q, 7),
                 .note = arena_slice(perm, db_text(q, 8)),
                 .at_hand = (int32_t)db_int(q, 10),
                 .erp = arena_slice(perm, db_text(q, 11)),
                 .action = db_int(q, 12),
                 .waits = db_int(q, 13) != 0,
                 .proposed_by = arena_slice(perm, db_text(q, 14)),
                 .answered_by = arena_slice(perm, db_text(q, 15)),
                 .reason = arena_slice(perm, db_text(q, 16)),
                 .proposed_us = db_int(q, 17),
                 .answered_us = db_int(q, 18),
                 .ended_us = db_int(q, 19),
                 .told = db_int(q, 20)};
  if (!agreement_state_find(db_text(q, 9), &a.state)) a.state = AGREEMENT_STATE_COUNT;
  return a;
}

static store_code read_parts(store *s, arena *perm, agreement *a) {
  db_stmt *q;
  store_code code =
      store_prepared(s, "SELECT due, amount, met_on FROM agreement_part WHERE agreement = ?1 ORDER BY ordinal", &q);
  if (code != STORE_OK) return code;
  a->parts = ARENA_ARRAY(perm, AGREEMENT_PARTS_MAX, agreement_part);
  a->part_count = 0;
  db_bind_int(q, 1, a->id);
  while ((code = db_step(q)) == STORE_ROW && a->part_count < AGREEMENT_PARTS_MAX)
    a->parts[a->part_count++] =
        (agreement_part){(int32_t)db_int(q, 0), db_int(q, 1), db_is_null(q, 2) ? DATE_NONE_DAY : (int32_t)db_int(q, 2)};
  code = store_ended(s, q, code);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* The one row of a question, with its parts. A state that there is not is a damaged store. */
static store_code one(store *s, db_stmt *q, arena *perm, agreement *out) {
  store_code code = db_step(q);
  if (code == STORE_ROW) *out = read_one(q, perm);
  code = store_ended(s, q, code);
  if (code != STORE_ROW) return code;
  return out->state == AGREEMENT_STATE_COUNT ? STORE_CORRUPT : read_parts(s, perm, out);
}

store_code agreement_find(store *s, int64_t id, arena *perm, agreement *out) {
  static const char ONE[] = AGREEMENT "WHERE g.id = ?1";
  db_stmt *q;
  store_code code = store_prepared(s, ONE, &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  return one(s, q, perm, out);
}

store_code agreement_of(store *s, slice invoice, arena *perm, agreement *out) {
  static const char NEWEST[] = AGREEMENT "WHERE g.invoice = ?1 AND g.state IN ('proposed', 'ordered', 'in force') "
                                         "ORDER BY g.id DESC LIMIT 1";
  db_stmt *q;
  store_code code = store_prepared(s, NEWEST, &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, invoice);
  return one(s, q, perm, out);
}

store_code agreement_next(store *s, agreement_state st, int64_t after, arena *perm, agreement *out) {
  static const char NEXT[] = AGREEMENT "WHERE g.state = ?1 AND g.id > ?2 ORDER BY g.id LIMIT 1";
  db_stmt *q;
  store_code code = store_prepared(s, NEXT, &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, slice_of(agreement_state_name(st)));
  db_bind_int(q, 2, after);
  return one(s, q, perm, out);
}

/* Each question by its own index. */
store_code agreement_list(store *s, const agreement_filter *f, int64_t after, arena *perm, agreement *out, size_t room,
                          size_t *count) {
  static const char ANY[] = AGREEMENT "WHERE g.id < ?1 ORDER BY g.id DESC LIMIT ?2";
  static const char STATE[] = AGREEMENT "WHERE g.id < ?1 AND g.state = ?3 ORDER BY g.id DESC LIMIT ?2";
  static const char INVOICE[] = AGREEMENT "WHERE g.id < ?1 AND g.invoice = ?3 ORDER BY g.id DESC LIMIT ?2";
  static const char CUSTOMER[] = AGREEMENT "WHERE g.id < ?1 AND g.customer = ?3 ORDER BY g.id DESC LIMIT ?2";
  const char *sql = f->invoice.n ? INVOICE : f->customer.n ? CUSTOMER : f->state.n ? STATE : ANY;
  slice by = f->invoice.n ? f->invoice : f->customer.n ? f->customer : f->state;
  db_stmt *q;
  *count = 0;
  store_code code = store_prepared(s, sql, &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, after ? after : INT64_MAX);
  db_bind_int(q, 2, (int64_t)room);
  if (by.n) db_bind_text(q, 3, by);
  while ((code = db_step(q)) == STORE_ROW) out[(*count)++] = read_one(q, perm);
  code = store_ended(s, q, code);
  if (code != STORE_ROW && code != STORE_END) return code;
  code = STORE_OK;
  for (size_t i = 0; i < *count && code == STORE_OK; i++) code = read_parts(s, perm, out + i);
  return code;
}

static store_code yes_no(store *s, db_stmt *q, bool *yes) {
  int64_t n = 0;
  store_code code = store_one_int(s, q, &n);
  *yes = n != 0;
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

store_code agreement_any(store *s, bool *yes) {
  db_stmt *q;
  *yes = false;
  store_code code = store_prepared(
      s,
      "SELECT EXISTS (SELECT 1 FROM agreement g LEFT JOIN action a ON a.id = g.told WHERE g.state IN ('ordered', 'in "
      "force') AND (g.waits OR g.told IS NULL OR a.state IN ('ready', 'deferred', 'leased', 'sending', 'unknown')))",
      &q);
  return code == STORE_OK ? yes_no(s, q, yes) : code;
}

store_code agreement_waits(store *s, slice invoice, bool *yes) {
  db_stmt *q;
  *yes = false;
  store_code code = store_prepared(
      s, "SELECT EXISTS (SELECT 1 FROM agreement WHERE invoice = ?1 AND state IN ('ordered', 'in force') AND waits)",
      &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, invoice);
  return yes_no(s, q, yes);
}

store_code agreement_has_date(store *s, slice invoice, int32_t due, bool *yes) {
  db_stmt *q;
  *yes = false;
  store_code code = store_prepared(
      s,
      "SELECT EXISTS (SELECT 1 FROM agreement g JOIN agreement_part p ON p.agreement = g.id AND p.ordinal = g.at_hand "
      "WHERE g.invoice = ?1 AND g.state IN ('ordered', 'in force') AND p.due = ?2)",
      &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, invoice);
  db_bind_int(q, 2, due);
  return yes_no(s, q, yes);
}

#define OVERDUE                                                                                                        \
  "FROM agreement g JOIN agreement_part p ON p.agreement = g.id AND p.ordinal = g.at_hand WHERE g.state = 'in force' " \
  "AND p.due < ?1"

store_code agreement_overdue(store *s, int32_t today, bool *any) {
  static const char ANY[] = "SELECT EXISTS (SELECT 1 " OVERDUE ")";
  db_stmt *q;
  *any = false;
  store_code code = store_prepared(s, ANY, &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, today);
  return yes_no(s, q, any);
}

store_code agreement_touch_overdue(store *s, int32_t today) {
  static const char TOUCH[] = "INSERT OR REPLACE INTO next_due (kind, row, at) SELECT 0, c.row, 0 FROM customer c "
                              "WHERE c.id IN (SELECT g.customer " OVERDUE ")";
  db_stmt *q;
  store_code code = store_prepared(s, TOUCH, &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, today);
  return store_do(s, q);
}

store_code agreement_invoice_of(store *s, slice number, arena *perm, agreement_invoice *out) {
  db_stmt *q;
  store_code code = store_prepared(
      s,
      "SELECT i.number, c.id, i.currency, i.status, (SELECT b.source FROM batch b WHERE b.id = i.batch), "
      "coalesce(i.source_id, i.number), coalesce(c.source_id, c.id), c.name, c.language, c.country, c.email, c.phone, "
      "c.whatsapp, c.opted_out, i.open, i.due FROM invoice i JOIN customer c ON c.row = i.customer_row WHERE "
      "i.number = ?1",
      &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, number);
  code = db_step(q);
  if (code == STORE_ROW) {
    slice *const texts[] = {&out->number,
                            &out->customer,
                            &out->currency,
                            &out->status,
                            &out->erp,
                            &out->source_id,
                            &out->customer_source_id,
                            &out->name,
                            &out->language,
                            &out->country,
                            &out->email,
                            &out->phone,
                            &out->whatsapp,
                            &out->opted_out};
    for (int i = 0; i < 14; i++) *texts[i] = arena_slice(perm, db_text(q, i));
    out->open = db_int(q, 14);
    out->due = (int32_t)db_int(q, 15);
  }
  code = store_ended(s, q, code);
  return code == STORE_ROW ? STORE_OK : code;
}
