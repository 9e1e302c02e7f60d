/* See message.h. */
#include "message.h"

#include "store_impl.h"

store_code store_message_put(store *s, const store_message *m) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "INSERT INTO message (action, channel, recipient, recipient_name, to_customer, "
                                   "language, subject, text, html, gaps, form) "
                                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, m->action);
  db_bind_text(q, 2, m->channel);
  db_bind_text(q, 3, m->recipient);
  db_bind_text(q, 4, m->recipient_name);
  db_bind_int(q, 5, m->to_customer);
  db_bind_text(q, 6, m->language);
  db_bind_text(q, 7, m->subject);
  db_bind_text(q, 8, m->text);
  db_bind_text(q, 9, m->html);
  db_bind_text(q, 10, m->gaps);
  db_bind_text(q, 11, m->form);
  code = store_do(s, q);
  if (code == STORE_OK) code = store_prepared(s, "UPDATE action SET outlet = ?2 WHERE id = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, m->action);
  db_bind_text(q, 2, m->channel);
  return store_do(s, q);
}

store_code store_message_gap(store *s, int64_t action, slice gap) {
  db_stmt *q;
  store_code code = store_prepared(
      s, "UPDATE message SET gaps = CASE gaps WHEN '' THEN ?2 ELSE gaps || ';' || ?2 END WHERE action = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, action);
  db_bind_text(q, 2, gap);
  return store_do(s, q);
}

store_code store_heard(store *s, slice customer, slice channel, int64_t at_us) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "INSERT INTO heard (customer, channel, at) VALUES (?1, ?2, ?3) "
                                   "ON CONFLICT DO UPDATE SET at = max(at, excluded.at)",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, customer);
  db_bind_text(q, 2, channel);
  db_bind_int(q, 3, at_us);
  return store_do(s, q);
}

store_code store_heard_at(store *s, slice customer, slice channel, int64_t *at_us) {
  db_stmt *q;
  *at_us = 0;
  store_code code = store_prepared(s, "SELECT at FROM heard WHERE customer = ?1 AND channel = ?2", &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, customer);
  db_bind_text(q, 2, channel);
  code = store_one_int(s, q, at_us);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

store_code store_message_invoice_put(store *s, const store_message_invoice *i) {
  db_stmt *q;
  store_code code =
      store_prepared(s,
                     "INSERT INTO message_invoice (message, ordinal, invoice, currency, amount, open, due) "
                     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                     &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, i->message);
  db_bind_int(q, 2, i->ordinal);
  db_bind_text(q, 3, i->invoice);
  db_bind_text(q, 4, i->currency);
  db_bind_int(q, 5, i->amount);
  db_bind_int(q, 6, i->open);
  db_bind_int(q, 7, i->due);
  code = store_do(s, q);
  if (code != STORE_OK) return code;
  code = store_prepared(s,
                        "UPDATE action SET about_open = CASE WHEN about_currency IN ('', ?2) THEN about_open + ?3 ELSE "
                        "0 END, about_currency = CASE WHEN about_currency IN ('', ?2) THEN ?2 ELSE '*' END "
                        "WHERE id = ?1",
                        &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, i->message);
  db_bind_text(q, 2, i->currency);
  db_bind_int(q, 3, i->open);
  return store_do(s, q);
}
