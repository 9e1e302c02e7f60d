/* Invoices: the list, one with its facts and where they come from, and why it goes out or not. */
#include "ledger.h"
#include "runtime/store/origin.h"

/* ---- the list ---- */

static bool sum_asked(api_call *c, const char *name, currency cur, bool *has, int64_t *minor) {
  slice s = api_param(c, name);
  money m;
  *has = s.n > 0;
  if (!*has) return true;
  if (cur != CURRENCY_NONE && money_parse(s, cur, &m) == MONEY_OK) {
    *minor = m.minor;
    return true;
  }
  api_wrong(c, name, SLICE("this is no amount of the currency that is asked for"));
  return false;
}

/* By amount one currency is walked along; without one, the ledger's own. */
static bool currency_asked(api_call *c, invoice_ask *ask) {
  slice v[BALANCES_MAX];
  size_t n;
  ask->currency = api_param(c, "currency");
  bool needed = ask->order == INVOICES_BY_AMOUNT || api_param(c, "least").n || api_param(c, "most").n;
  if (ask->currency.n || !needed) return true;
  if (!api_stored(c, store_currencies(c->s, c->perm, v, &n))) return false;
  if (n) ask->currency = v[0];
  return true;
}

/* STORE_END: there is no such customer, and the list is empty. */
static store_code whose(api_call *c, invoice_ask *ask) {
  slice id = api_param(c, "customer");
  customer_line v;
  if (!id.n) return STORE_OK;
  store_code code = store_customer_line(c->s, id, c->perm, &v);
  if (code == STORE_ROW) ask->customer_row = v.row;
  return code == STORE_ROW ? STORE_OK : code;
}

static bool read_ask(api_call *c, invoice_ask *ask) {
  static const char *const ORDERS[] = {"due", "-due", "amount", "number"};
  static const char *const STATUS[] = {"", "open", "paid", "cancelled", "overdue"};
  civil_date from = {DATE_NONE_DAY}, to = {DATE_NONE_DAY};
  uint32_t most;
  int order = ledger_choice(c, "order", ORDERS, sizeof ORDERS / sizeof *ORDERS);
  int status = order < 0 ? -1 : ledger_choice(c, "status", STATUS, sizeof STATUS / sizeof *STATUS);
  if (status < 0 || !api_rows_wanted(c, &most, &ask->after)) return false;
  ask->words = api_param(c, "q");
  ask->order = (invoices_by)order;
  ask->most = most;
  ask->overdue = status == 4;
  ask->status = slice_of(STATUS[ask->overdue ? 1 : status]);
  ask->rung = api_param(c, "rung");
  ask->disputed = ledger_flag(c, "disputed");
  ask->promised = ledger_flag(c, "promised");
  ask->held = ledger_flag(c, "held");
  ask->today = api_today(c).day;
  if (!api_param_day(c, "due_from", &from) || !api_param_day(c, "due_to", &to) || !currency_asked(c, ask)) return false;
  ask->due_from = from.day;
  ask->due_to = to.day;
  currency cur = currency_find(ask->currency);
  return sum_asked(c, "least", cur, &ask->has_least, &ask->least) &&
         sum_asked(c, "most", cur, &ask->has_most, &ask->most_amount);
}

void invoices_get(api_call *c) {
  invoice_ask ask = {0};
  invoice_list l = {0};
  if (!read_ask(c, &ask)) return;
  store_code code = whose(c, &ask);
  if (code == STORE_OK) code = store_invoices(c->s, &ask, c->perm, &l);
  if (!ledger_listed(c, code == STORE_END ? STORE_OK : code)) return;
  json_begin_list(c->out, "rows");
  for (size_t i = 0; i < l.n; i++) ledger_put_invoice(c, NULL, &l.v[i]);
  json_end(c->out);
  ledger_put_next(c->out, l.next);
}

void invoices_choices_get(api_call *c) {
  slice v[RUNGS_MAX];
  size_t n;
  if (!api_stored(c, store_rungs(c->s, c->perm, v, &n))) return;
  json_begin_list(c->out, "rungs");
  for (size_t i = 0; i < n; i++) json_put_text(c->out, NULL, v[i]);
  json_end(c->out);
  if (!api_stored(c, store_currencies(c->s, c->perm, v, &n))) return;
  json_begin_list(c->out, "currencies");
  for (size_t i = 0; i < n; i++) json_put_text(c->out, NULL, v[i]);
  json_end(c->out);
}

/* ---- one ---- */

static bool find_one(api_call *c, invoice_line *v) {
  store_code code = store_invoice_line(c->s, c->var[0], c->perm, v);
  if (code == STORE_END) {
    api_fail(c, 404, "not_there", SLICE("there is no such invoice"));
    return false;
  }
  return api_stored(c, code == STORE_ROW ? STORE_OK : code) && api_saw(c, "invoice", v->number);
}

/* What else the source says of it; the names of its own columns come from the store. */
static bool put_more(api_call *c, const invoice_line *v) {
  static const slice FIXED[] = {{"paid_amount", 11}, {"installment", 11},  {"installments", 12},
                                {"tags", 4},         {"payment_link", 12}, {"last_contact", 12}};
  store_cursor *at;
  store_code code = store_row(c->s, STORE_T_invoice, "number", v->number, FIXED, 6, &at);
  if (code == STORE_ROW) {
    if (store_is_null(at, 0))
      json_put_null(c->out, "paid");
    else
      ledger_put_money(c->out, "paid", store_int(at, 0), v->currency);
    json_put_int(c->out, "installment", store_int(at, 1));
    json_put_int(c->out, "installments", store_int(at, 2));
    ledger_put_set(c->out, "tags", store_text(at, 3));
    json_put_text(c->out, "payment_link", store_text(at, 4));
    api_put_day(c->out, "last_contact", store_is_null(at, 5) ? DATE_NONE_DAY : (int32_t)store_int(at, 5));
  }
  store_cursor_close(at);
  return api_stored(c, code == STORE_ROW ? STORE_OK : code);
}

/* The columns that only this source has. */
static bool put_custom(api_call *c, const invoice_line *v) {
  enum { FIELDS_MAX = 60 };
  static const slice NAME[] = {{"name", 4}};
  const store_where of = {"kind", STORE_EQ, STORE_ENTITY_INVOICE, {0}};
  const store_query q = {
      .table = STORE_T_custom_field, .columns = NAME, .column_count = 1, .where = &of, .where_count = 1};
  slice names[FIELDS_MAX];
  size_t n = 0;
  store_cursor *at;
  store_code code = store_scan(c->s, &q, &at);
  while (code == STORE_OK && n < FIELDS_MAX && (code = store_next(at)) == STORE_ROW) {
    names[n++] = arena_slice(c->perm, store_text(at, 0));
    code = STORE_OK;
  }
  store_cursor_close(at);
  json_begin_list(c->out, "custom");
  if (n) {
    code = store_row(c->s, STORE_T_invoice, "number", v->number, names, n, &at);
    for (size_t i = 0; i < n && code == STORE_ROW; i++) {
      if (store_is_null(at, i)) continue;
      json_begin_object(c->out, NULL);
      json_put_text(c->out, "name", names[i]);
      json_put_text(c->out, "value", store_text(at, i));
      json_end(c->out);
    }
    store_cursor_close(at);
  }
  json_end(c->out);
  return api_stored(c, code == STORE_ROW || code == STORE_END ? STORE_OK : code);
}

/* Where all of it comes from, and when it was seen there. */
static bool put_source(api_call *c, const invoice_line *v) {
  static const slice COLUMNS[] = {{"seen_at", 7}, {"version", 7}};
  store_origin origin;
  int64_t synced = 0;
  store_cursor *at;
  store_code code = store_origin_of(c->s, STORE_T_invoice, v->number, c->perm, &origin);
  if (code == STORE_OK) code = store_synced_from(c->s, origin.source, &synced);
  if (!api_stored(c, code)) return false;
  json_begin_object(c->out, "source");
  json_put_text(c->out, "name", origin.source);
  json_put_text(c->out, "id", origin.source_id);
  api_put_instant(c->out, "read_at", origin.read_us > synced ? origin.read_us : synced);
  code = store_row(c->s, STORE_T_invoice, "number", v->number, COLUMNS, 2, &at);
  if (code == STORE_ROW) {
    api_put_instant(c->out, "changed_at", store_int(at, 0));
    json_put_int(c->out, "version", store_int(at, 1));
  }
  store_cursor_close(at);
  json_end(c->out);
  return api_stored(c, code == STORE_ROW ? STORE_OK : code);
}

void invoice_get(api_call *c) {
  invoice_line v;
  if (!find_one(c, &v)) return;
  ledger_put_invoice(c, "invoice", &v);
  if (put_more(c, &v) && put_custom(c, &v)) (void)put_source(c, &v);
}

void invoice_timeline_get(api_call *c) {
  invoice_line v;
  customer_line of;
  if (!find_one(c, &v)) return;
  store_code code = store_customer_line(c->s, v.customer, c->perm, &of);
  if (!api_stored(c, code == STORE_ROW ? STORE_OK : code)) return;
  timeline_ask ask = {.customer_row = of.row, .customer = of.id, .invoice = v.number};
  ledger_put_timeline(c, &ask);
}

/* `step`: why this rung, ladder, rule or action does not come. */
void invoice_explanation_get(api_call *c) {
  slice step = api_param(c, "step");
  invoice_line v;
  if (find_one(c, &v)) (void)ledger_put_why(c, &v, &step, step.n > 0);
}
