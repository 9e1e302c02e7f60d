/* Noticing: what an import says happened to an invoice, read off the change of its row.
 *
 * Invariant: a change is noticed once, in the transaction that stores it; an invoice's first import says nothing, and
 * the ledger's first import creates nothing. */
#include <stdio.h>

#include "lang/base/date.h"
#include "lang/base/money.h"
#include "store_impl.h"

const char NOTICE_FIND[] =
    "SELECT row, amount, open, due, status, disputed, promise, currency FROM invoice WHERE number = ?1";

invoice_state notice_read(db_stmt *q) {
  slice status = db_text(q, 4), cur = db_text(q, 7);
  invoice_state v = {.amount = db_int(q, 1),
                     .open = db_int(q, 2),
                     .due = (int32_t)db_int(q, 3),
                     .paid = slice_eq(status, SLICE("paid")),
                     .cancelled = slice_eq(status, SLICE("cancelled")),
                     .disputed = !db_is_null(q, 5) && db_int(q, 5) != 0,
                     .promise = db_is_null(q, 6) ? DATE_NONE_DAY : (int32_t)db_int(q, 6)};
  snprintf(v.cur, sizeof v.cur, "%.*s", SLICE_ARG(cur));
  return v;
}

void store_notice_on(store *s, int32_t day) { s->notice_day = day; }
uint64_t store_noticed(const store *s, store_happening h) { return s->noticed[h]; }

store_code notice_begin(store *s) {
  if (s->asked_ledger) return STORE_OK;
  s->asked_ledger = true;
  s->has_ledger = s->paging == STORE_MORE_PAGES;
  return s->paging == STORE_NO_PAGES ? store_has_rows(s, STORE_T_invoice, &s->has_ledger) : STORE_OK;
}

/* Amount, day and was are NOTHING where the kind has none. */
enum { NOTHING = DATE_NONE_DAY };
typedef struct seen {
  store_happening kind;
  slice value;
  int64_t amount, day, was;
} seen;

static void bind(db_stmt *q, int at, int64_t value) {
  if (value == NOTHING)
    db_bind_null(q, at);
  else
    db_bind_int(q, at, value);
}

static store_code add(store *s, slice number, int64_t batch, const seen *v) {
  db_stmt *q;
  store_code code = store_prepared(
      s,
      "INSERT INTO happening (date, kind, entity, value, repeat, amount, day, was, observed, batch, version) VALUES "
      "(?1, ?2, ?3, ?4, (SELECT coalesce(max(repeat) + 1, 0) FROM happening WHERE date = ?1 AND kind = ?2 AND entity = "
      "?3 "
      "AND value = ?4 AND observed = 1), ?5, ?6, ?7, 1, ?8, 1)",
      &q);
  if (code != STORE_OK) return code;
  int64_t today = s->notice_day;
  if (today == DATE_NONE_DAY) today = s->w->now_ns(s->w) / 1000000000 / 86400;
  db_bind_int(q, 1, today);
  db_bind_text(q, 2, slice_of(store_happening_name(v->kind)));
  db_bind_text(q, 3, number);
  db_bind_text(q, 4, v->value);
  bind(q, 5, v->amount);
  bind(q, 6, v->day);
  bind(q, 7, v->was);
  db_bind_int(q, 8, batch);
  s->noticed[v->kind]++;
  return store_do(s, q);
}

static store_code add_plain(store *s, slice number, int64_t batch, store_happening kind) {
  return add(s, number, batch, &(seen){kind, {"", 0}, NOTHING, NOTHING, NOTHING});
}

static store_code add_money(store *s, slice number, int64_t batch, store_happening kind, int64_t minor,
                            const invoice_state *before) {
  char text[MONEY_TEXT_MAX];
  slice value = {text, money_plain((money){minor, currency_find(slice_of(before->cur))}, text)};
  return add(s, number, batch, &(seen){kind, value, minor, NOTHING, before->paid ? 0 : before->open});
}

static store_code add_day(store *s, slice number, int64_t batch, store_happening kind, int32_t day, int32_t was) {
  char text[DATE_TEXT_MAX];
  slice value = {text, day == DATE_NONE_DAY ? 0 : date_iso((civil_date){day}, text)};
  return add(s, number, batch, &(seen){kind, value, NOTHING, day, was});
}

/* What the balance says. A balance that moves with the invoice's amount was corrected, not paid; a row that becomes
 * paid is paid. */
static store_code balance(store *s, slice number, int64_t batch, const invoice_state *before,
                          const invoice_state *after) {
  int64_t owed = before->paid ? 0 : before->open, left = after->paid ? 0 : after->open;
  int64_t paid = owed - left, corrected = before->amount - after->amount;
  if (paid > 0 && after->paid) corrected = 0;
  if (paid > 0 && corrected > 0) paid = paid > corrected ? paid - corrected : 0;
  if (paid < 0 && corrected < 0) paid = paid < corrected ? paid - corrected : 0;
  if (paid > 0) return add_money(s, number, batch, STORE_H_PAYMENT, paid, before);
  return paid < 0 ? add_money(s, number, batch, STORE_H_PAYMENT_REVERSED, -paid, before) : STORE_OK;
}

store_code notice_change(store *s, slice number, int64_t batch, const invoice_state *before,
                         const invoice_state *after) {
  store_code code = STORE_OK;
  if (after->cancelled && !before->cancelled) code = add_plain(s, number, batch, STORE_H_INVOICE_CANCELLED);
  if (!after->cancelled && !before->cancelled) code = balance(s, number, batch, before, after);
  if (code == STORE_OK && after->due != before->due)
    code = add_day(s, number, batch, STORE_H_DUE_DATE_CHANGED, after->due, before->due);
  if (code == STORE_OK && after->disputed != before->disputed)
    code = add_plain(s, number, batch, after->disputed ? STORE_H_DISPUTE : STORE_H_DISPUTE_RESOLVED);
  /* After the due date: a new date closes a promise that was open before it. */
  if (code == STORE_OK && after->promise != before->promise)
    code = add_day(s, number, batch, STORE_H_PROMISE, after->promise, before->promise);
  return code;
}

store_code notice_new(store *s, slice number, int64_t batch, const invoice_state *after) {
  if (!s->has_ledger || after->paid || after->cancelled || after->open <= 0) return STORE_OK;
  return add_plain(s, number, batch, STORE_H_INVOICE_CREATED);
}
