/* Customers: the list, and all that hangs on one. Whoever opens one is noted (api_saw); a list shows names and sums. */
#include "lang/base/metrics.h"
#include "ledger.h"
#include "runtime/cli/session.h"
#include "runtime/store/hooks.h"
#include "runtime/store/origin.h"
#include "runtime/store/pause.h"

static const int32_t EDGES[] = {30, 60, 90};
enum { EDGE_COUNT = sizeof EDGES / sizeof *EDGES };

static int32_t days_late(int32_t oldest, civil_date today) {
  return oldest == DATE_NONE_DAY || oldest >= today.day ? 0 : today.day - oldest;
}

static void put_balances(json_writer *w, const customer_line *v, civil_date today) {
  json_begin_list(w, "balances");
  for (size_t i = 0; i < v->balances; i++) {
    if (currency_find(v->balance[i].currency) == CURRENCY_NONE) continue;
    json_begin_object(w, NULL);
    ledger_put_money(w, "open", v->balance[i].open, v->balance[i].currency);
    json_put_int(w, "invoices", v->balance[i].invoices);
    api_put_day(w, "oldest", v->balance[i].oldest);
    json_put_int(w, "days_overdue", days_late(v->balance[i].oldest, today));
    json_end(w);
  }
  json_end(w);
}

static void put_line(json_writer *w, const customer_line *v, civil_date today) {
  json_put_text(w, "id", v->id);
  json_put_text(w, "name", v->name.n ? v->name : v->id);
  json_put_text(w, "segment", v->segment);
  json_put_text(w, "owner", v->owner);
  json_put_text(w, "language", v->language);
  json_put_text(w, "country", v->country);
  ledger_put_set(w, "opted_out", v->opted_out);
  ledger_put_set(w, "tags", v->tags);
  json_put_int(w, "days_overdue", days_late(v->oldest, today));
  put_balances(w, v, today);
}

/* ---- the list ---- */

static bool read_ask(api_call *c, customer_ask *ask) {
  static const char *const ORDERS[] = {"name", "balance", "overdue"};
  uint32_t most;
  int order = ledger_choice(c, "order", ORDERS, sizeof ORDERS / sizeof *ORDERS);
  *ask = (customer_ask){.words = api_param(c, "q"),
                        .segment = api_param(c, "segment"),
                        .owner = api_param(c, "owner"),
                        .language = api_param(c, "language"),
                        .overdue = ledger_flag(c, "overdue"),
                        .opted_out = ledger_flag(c, "opted_out"),
                        .currency = api_param(c, "currency"),
                        .today = api_today(c).day};
  if (order < 0 || !api_rows_wanted(c, &most, &ask->after)) return false;
  ask->order = (customer_order)order;
  ask->most = most;
  if (ask->order != CUSTOMERS_BY_BALANCE || ask->currency.n) return true;
  slice v[BALANCES_MAX];
  size_t n;
  if (!api_stored(c, store_currencies(c->s, c->perm, v, &n))) return false;
  ask->currency = n ? v[0] : SLICE("");
  return true;
}

void customers_get(api_call *c) {
  customer_ask ask;
  customer_list l;
  if (!read_ask(c, &ask) || !ledger_listed(c, store_customers(c->s, &ask, c->perm, &l))) return;
  json_begin_list(c->out, "rows");
  for (size_t i = 0; i < l.n; i++) {
    json_begin_object(c->out, NULL);
    put_line(c->out, &l.v[i], (civil_date){ask.today});
    json_end(c->out);
  }
  json_end(c->out);
  ledger_put_next(c->out, l.next);
}

void customers_choices_get(api_call *c) {
  static const char *const NAMES[] = {"segments", "owners", "languages"};
  slice v[FACETS_MAX];
  size_t n;
  for (int f = FACET_SEGMENT; f <= FACET_LANGUAGE; f++) {
    if (!api_stored(c, store_facets(c->s, (customer_facet)f, c->perm, v, &n))) return;
    json_begin_list(c->out, NAMES[f]);
    for (size_t i = 0; i < n; i++) json_put_text(c->out, NULL, v[i]);
    json_end(c->out);
  }
  if (!api_stored(c, store_currencies(c->s, c->perm, v, &n))) return;
  json_begin_list(c->out, "currencies");
  for (size_t i = 0; i < n; i++) json_put_text(c->out, NULL, v[i]);
  json_end(c->out);
}

/* ---- one ---- */

/* False: it is not there, or nobody may see it unseen; that is answered. */
static bool find_one(api_call *c, customer_line *v, bool seen) {
  store_code code = store_customer_line(c->s, c->var[0], c->perm, v);
  if (code == STORE_END) {
    api_fail(c, 404, "not_there", SLICE("there is no such customer"));
    return false;
  }
  return api_stored(c, code == STORE_ROW ? STORE_OK : code) && (!seen || api_saw(c, "customer", v->id));
}

/* What is open by how late it is, a currency at a time. */
static void put_bucket_row(api_call *c, const aging_terms *t, const aging_invoice *v, size_t n, slice code) {
  int64_t buckets[EDGE_COUNT + 2];
  currency cur = currency_find(code);
  if (cur == CURRENCY_NONE || !metrics_aging(t, v, n, buckets, NULL)) return;
  json_begin_object(c->out, NULL);
  json_put_text(c->out, "currency", code);
  json_begin_list(c->out, "buckets");
  for (size_t b = 0; b < EDGE_COUNT + 2; b++) {
    json_begin_object(c->out, NULL);
    json_put_text(c->out, "name", aging_bucket_name(t, b, c->perm));
    api_put_money(c->out, "open", (money){buckets[b], cur});
    json_end(c->out);
  }
  json_end(c->out);
  json_end(c->out);
}

static bool put_aging(api_call *c, const customer_line *v, civil_date today) {
  const aging_terms t = {.as_of = today, .edges = EDGES, .edge_count = EDGE_COUNT};
  owed_day *days;
  size_t n;
  if (!api_stored(c, store_owed_days(c->s, v->row, c->perm, &days, &n))) return false;
  aging_invoice *of = ARENA_ARRAY(c->perm, n + 1, aging_invoice);
  json_begin_list(c->out, "aging");
  for (size_t i = 0, from = 0; i < n; i++) {
    of[i] = (aging_invoice){.due = {days[i].due}, .open = days[i].open};
    if (i + 1 < n && slice_eq(days[i + 1].currency, days[i].currency)) continue;
    put_bucket_row(c, &t, of + from, i + 1 - from, days[i].currency);
    from = i + 1;
  }
  json_end(c->out);
  return true;
}

/* How to reach it, and where that comes from. */
static bool put_contacts(api_call *c, const customer_line *v) {
  static const char *const NAMES[] = {"email", "phone", "whatsapp", "timezone", "state"};
  enum { NAMES_N = sizeof NAMES / sizeof *NAMES };
  slice columns[NAMES_N + 6];
  for (size_t i = 0; i < NAMES_N; i++) columns[i] = slice_of(NAMES[i]);
  const slice more[] = {SLICE("opted_in"), SLICE("since"),   SLICE("last_contact"),
                        SLICE("source"),   SLICE("seen_at"), SLICE("source_id")};
  for (size_t i = 0; i < 6; i++) columns[NAMES_N + i] = more[i];
  store_cursor *at;
  store_code code = store_row(c->s, STORE_T_customer, "id", v->id, columns, NAMES_N + 6, &at);
  if (code == STORE_ROW) {
    for (size_t i = 0; i < NAMES_N; i++) json_put_text(c->out, NAMES[i], store_text(at, i));
    ledger_put_set(c->out, "opted_in", store_text(at, NAMES_N));
    api_put_day(c->out, "since", store_is_null(at, NAMES_N + 1) ? DATE_NONE_DAY : (int32_t)store_int(at, NAMES_N + 1));
    api_put_day(c->out, "last_contact",
                store_is_null(at, NAMES_N + 2) ? DATE_NONE_DAY : (int32_t)store_int(at, NAMES_N + 2));
    json_put_text(c->out, "source", store_text(at, NAMES_N + 3));
    api_put_instant(c->out, "seen_at", store_int(at, NAMES_N + 4));
    json_put_text(c->out, "source_id", store_text(at, NAMES_N + 5));
  }
  store_cursor_close(at);
  return api_stored(c, code == STORE_ROW ? STORE_OK : code);
}

static bool put_pause(api_call *c, const customer_line *v) {
  store_pause pause;
  store_code code = store_pause_of(c->s, c->policy->c.program->name, (slice){0}, v->id, c->perm, &pause);
  if (code == STORE_END) {
    json_put_null(c->out, "paused");
    return true;
  }
  if (!api_stored(c, code == STORE_ROW ? STORE_OK : code)) return false;
  json_begin_object(c->out, "paused");
  json_put_text(c->out, "scope", slice_of(pause_scope_name(pause.scope)));
  json_put_text(c->out, "by", pause.by);
  json_put_text(c->out, "reason", api_said(c, pause.reason));
  json_end(c->out);
  return true;
}

void customer_get(api_call *c) {
  customer_line v;
  civil_date today = api_today(c);
  if (!find_one(c, &v, true)) return;
  put_line(c->out, &v, today);
  if (put_contacts(c, &v) && put_aging(c, &v, today)) (void)put_pause(c, &v);
}

void customer_timeline_get(api_call *c) {
  customer_line v;
  if (!find_one(c, &v, true)) return;
  timeline_ask ask = {.customer_row = v.row, .customer = v.id, .invoice = api_param(c, "invoice")};
  ledger_put_timeline(c, &ask);
}

/* ---- contracts ---- */

static void put_contract(json_writer *w, const contract_line *k, civil_date next_bill) {
  json_begin_object(w, NULL);
  json_put_text(w, "number", k->number);
  json_put_text(w, "status", k->status);
  if (k->has_price)
    ledger_put_money(w, "price", k->price, k->currency);
  else
    json_put_null(w, "price");
  json_put_text(w, "index", k->index);
  if (k->due_day)
    json_put_int(w, "due_day", k->due_day);
  else
    json_put_null(w, "due_day");
  api_put_day(w, "start", k->start);
  api_put_day(w, "end", k->end);
  api_put_day(w, "next_bill", next_bill.day);
  api_put_day(w, "next_adjustment", k->next_adjustment);
  json_put_bool(w, "auto_renew", k->auto_renew);
  json_put_bool(w, "in_default", k->in_default);
  json_end(w);
}

void customer_contracts_get(api_call *c) {
  customer_line v;
  uint32_t most;
  slice after;
  size_t n;
  if (!find_one(c, &v, false) || !api_rows_wanted(c, &most, &after)) return;
  contract_line *rows = ARENA_ARRAY(c->perm, most + 1, contract_line);
  if (!api_stored(c, store_contracts(c->s, v.row, after, most + 1, c->perm, rows, &n))) return;
  bool more = n > most;
  ledger_bills bills = {.v = rows, .next = ARENA_ARRAY(c->perm, n + 1, civil_date), .n = n - more};
  if (!ledger_next_bills(c, v.row, &bills)) return;
  json_begin_list(c->out, "rows");
  for (size_t i = 0; i < n - more; i++) put_contract(c->out, &rows[i], bills.next[i]);
  json_end(c->out);
  ledger_put_next(c->out, more ? rows[most - 1].number : (slice){0});
}
