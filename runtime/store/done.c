/* See done.h. What stands in the store as `charged fee` and `charged interest` of an invoice (own_state) is in its
 * balance: neither is a fee counted on it, nor is it shown beside it. */
#include "done.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/base/date.h"
#include "store_impl.h"

static store_code three(store *s, const char *sql, slice text, int64_t a, int64_t b, int64_t c) {
  db_stmt *q;
  store_code code = store_prepared(s, sql, &q);
  if (code != STORE_OK) return code;
  int n = db_parameters(q);
  if (n > 0) db_bind_text(q, 1, text);
  if (n > 1) db_bind_int(q, 2, a);
  if (n > 2) db_bind_int(q, 3, b);
  if (n > 3) db_bind_int(q, 4, c);
  return store_do(s, q);
}

/* ---- the due date ---- */

static store_code note_due(store *s, const store_done *d, int32_t due) {
  char day[DATE_TEXT_MAX];
  db_stmt *q;
  store_code code = store_prepared(
      s,
      "INSERT INTO happening (date, kind, entity, value, repeat, day, was, observed, batch, version, name) "
      "SELECT ?2, 'due date changed', i.number, ?3, (SELECT coalesce(max(h.repeat) + 1, 0) FROM happening h WHERE "
      "h.date = ?2 AND h.kind = 'due date changed' AND h.entity = i.number AND h.value = ?3 AND h.observed = 1), ?4, "
      "i.due, 1, i.batch, 1, 'dun' FROM invoice i WHERE i.number = ?1 AND i.due IS NOT ?4",
      &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, d->invoice);
  db_bind_int(q, 2, d->today);
  db_bind_text(q, 3, (slice){day, date_iso((civil_date){due}, day)});
  db_bind_int(q, 4, due);
  return store_do(s, q);
}

store_code store_done_due(store *s, const store_done *d, int32_t due) {
  /* A sync that was faster told of it as of anybody's change. */
  store_code code = three(s,
                          "UPDATE happening SET name = 'dun' WHERE entity = ?1 AND kind = 'due date "
                          "changed' AND observed = 1 AND day = ?2 AND date >= ?3 AND name IS NULL",
                          d->invoice, due, d->decided_on, 0);
  if (code == STORE_OK && !d->agreed)
    code = three(s,
                 "UPDATE message_invoice SET due = ?2 WHERE invoice = ?1 AND due = (SELECT due FROM invoice WHERE "
                 "number = ?1) AND message IN (SELECT id FROM action WHERE decided_on = ?3 AND state IN ('held', "
                 "'approved', 'ready', 'leased', 'deferred'))",
                 d->invoice, due, d->decided_on, 0);
  if (code == STORE_OK) code = note_due(s, d, due);
  if (code != STORE_OK) return code;
  return three(s, "UPDATE invoice SET due = ?2, version = version + 1 WHERE number = ?1 AND due IS NOT ?2", d->invoice,
               due, 0, 0);
}

/* ---- a charge ---- */

/* Whether the invoice still has the amount that the order was about: a sync may have brought the charge already. */
static store_code as_ordered(store *s, const store_done *d, bool *yes) {
  db_stmt *q;
  int64_t same = 0;
  store_code code = store_prepared(s,
                                   "SELECT count(*) FROM message_invoice m JOIN invoice i ON i.number = m.invoice "
                                   "WHERE m.message = ?2 AND m.invoice = ?1 AND m.amount = i.amount AND i.status = "
                                   "'open'",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, d->invoice);
  db_bind_int(q, 2, d->action);
  code = store_one_int(s, q, &same);
  *yes = same > 0;
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

static store_code grow(store *s, const store_done *d, int64_t minor) {
  store_code code = three(s,
                          "UPDATE message_invoice SET amount = amount + ?2, open = open + ?2 WHERE invoice = ?1 AND "
                          "amount = (SELECT amount FROM invoice WHERE number = ?1) AND message IN (SELECT id FROM "
                          "action WHERE decided_on = ?3 AND state IN ('held', 'approved', 'ready', 'leased', "
                          "'deferred'))",
                          d->invoice, minor, d->decided_on, 0);
  if (code != STORE_OK) return code;
  return three(s, "UPDATE invoice SET amount = amount + ?2, open = open + ?2, version = version + 1 WHERE number = ?1",
               d->invoice, minor, 0, 0);
}

store_code store_done_charge(store *s, const store_done *d, const char *what, int64_t minor) {
  db_stmt *q;
  bool same = false;
  store_code code = as_ordered(s, d, &same);
  if (code == STORE_OK && same) code = grow(s, d, minor);
  if (code != STORE_OK) return code;
  code = store_prepared(s,
                        "INSERT INTO own_state (kind, entity, what, since, value) VALUES (1, ?1, 'charged ' || ?2, ?3, "
                        "?4) ON CONFLICT (kind, entity, what, since) DO UPDATE SET value = CAST(value AS INTEGER) + ?4",
                        &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, d->invoice);
  db_bind_text(q, 2, slice_of(what));
  db_bind_int(q, 3, d->decided_on);
  char digits[24];
  snprintf(digits, sizeof digits, "%lld", (long long)minor);
  db_bind_text(q, 4, slice_of(digits));
  return store_do(s, q);
}

/* ---- a write-off, a service ---- */

store_code store_done_closed(store *s, const store_done *d) {
  store_code code = three(s,
                          "UPDATE happening SET name = 'dun' WHERE entity = ?1 AND kind IN ('payment', "
                          "'invoice cancelled') AND observed = 1 AND date >= ?2 AND name IS NULL",
                          d->invoice, d->decided_on, 0, 0);
  if (code != STORE_OK) return code;
  return three(s,
               "UPDATE invoice SET status = 'cancelled', version = version + 1 WHERE number = ?1 AND status = 'open'",
               d->invoice, 0, 0, 0);
}

store_code store_done_contracts(store *s, store_entity of, const char *from, const char *to) {
  static const char *const WHICH[] = {
      [STORE_ENTITY_CUSTOMER] = "UPDATE contract SET status = ?3, version = version + 1 WHERE status = ?2 AND "
                                "customer_row = (SELECT row FROM customer WHERE id = ?1)",
      [STORE_ENTITY_INVOICE] = "UPDATE contract SET status = ?3, version = version + 1 WHERE status = ?2 AND number = "
                               "(SELECT contract FROM invoice WHERE number = ?1)",
      [STORE_ENTITY_CONTRACT] = "UPDATE contract SET status = ?3, version = version + 1 WHERE status = ?2 AND number = "
                                "?1"};
  db_stmt *q;
  store_code code = store_prepared(s, WHICH[of.kind], &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, of.id);
  db_bind_text(q, 2, slice_of(from));
  db_bind_text(q, 3, slice_of(to));
  return store_do(s, q);
}
