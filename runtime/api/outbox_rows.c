/* See outbox_rows.h. */
#include "outbox_rows.h"

#include <stdlib.h>

void rows_put_sums(json_writer *w, const char *name, const today_sums *t) {
  json_begin_list(w, name);
  for (size_t i = 0; i < t->n; i++) api_put_money(w, NULL, t->v[i]);
  json_end(w);
}

slice rows_customer_name(api_call *c, slice id) {
  const slice columns[] = {SLICE("name")};
  store_cursor *at;
  slice name = id;
  store_code code = store_row(c->s, STORE_T_customer, "id", id, columns, 1, &at);
  if (code == STORE_ROW && store_text(at, 0).n) name = arena_slice(c->perm, store_text(at, 0));
  store_cursor_close(at);
  return name;
}

/* Of one of several currencies: what its invoices had open, each. */
static bool put_open(api_call *c, const message_row *r) {
  json_writer *w = c->out;
  currency cur = currency_find(r->about_currency);
  json_begin_list(w, "open");
  store_code code = STORE_OK;
  if (cur != CURRENCY_NONE) {
    api_put_money(w, NULL, (money){r->about_open, cur});
  } else if (r->about_currency.n) {
    today_sums t = {0};
    code = store_message_sums(c->s, r->id, c->perm, &t);
    for (size_t i = 0; i < t.n; i++) api_put_money(w, NULL, t.v[i]);
  }
  json_end(w);
  return api_stored(c, code);
}

bool rows_put_message(api_call *c, const char *name, const message_row *r) {
  json_writer *w = c->out;
  json_begin_object(w, name);
  json_put_int(w, "id", r->id);
  json_put_text(w, "state", slice_of(action_state_name(r->state)));
  api_put_instant(w, "since", r->since_us);
  api_put_day(w, "day", r->on);
  json_put_text(w, "customer", r->customer);
  json_put_text(w, "name", r->name.n ? r->name : r->customer);
  json_put_text(w, "invoice", r->invoice.n ? r->invoice : r->entity);
  json_put_int(w, "invoices", r->invoices ? r->invoices : 1);
  json_put_text(w, "ladder", r->ladder);
  json_put_text(w, "rung", r->rung);
  json_put_text(w, "what", api_said(c, r->what));
  json_put_text(w, "outlet", r->outlet);
  if (c->who.role >= API_OPERATOR) {
    json_put_text(w, "recipient", r->recipient);
    json_put_text(w, "subject", r->subject);
  }
  json_put_text(w, "gate", r->gate);
  json_put_text(w, "reason", api_said(c, r->reason));
  json_put_bool(w, "gaps", r->gaps.n > 0);
  json_put_int(w, "tries", r->tries);
  api_put_instant(w, "next_try", r->not_before_us);
  if (r->expires_us)
    api_put_day(w, "expires", (int32_t)(r->expires_us / 1000000 / 86400));
  else
    json_put_null(w, "expires");
  if (!put_open(c, r)) return false;
  json_end(w);
  return true;
}

void rows_put_key(json_writer *w, const today_key *k) {
  json_put_text(w, "state", slice_of(action_state_name(k->state)));
  json_put_text(w, "gate", k->gate);
  json_put_text(w, "ladder", k->ladder);
  json_put_text(w, "rung", k->rung);
  json_put_text(w, "outlet", k->outlet);
}

static slice of(const api_call *c, const json *from, const char *name) {
  return from ? json_text(json_member(from, slice_of(name))) : api_param(c, name);
}

bool rows_key(api_call *c, const json *from, today_key *out) {
  *out = (today_key){.gate = of(c, from, "gate"),
                     .ladder = of(c, from, "ladder"),
                     .rung = of(c, from, "rung"),
                     .outlet = of(c, from, "outlet")};
  if (action_state_find(of(c, from, "state"), &out->state)) return true;
  api_wrong(c, "state", SLICE("there is no such state"));
  return false;
}

static bool number(slice s, int64_t *out) {
  *out = 0;
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] < '0' || s.p[i] > '9' || s.n > 18) return false;
    *out = *out * 10 + (s.p[i] - '0');
  }
  return s.n > 0;
}

bool rows_id(api_call *c, int64_t *id) {
  if (number(c->var[0], id)) return true;
  api_fail(c, 404, "not_there", SLICE("there is no such message"));
  return false;
}

bool rows_after(api_call *c, uint32_t *most, int64_t *after) {
  slice key;
  if (!api_rows_wanted(c, most, &key)) return false;
  *after = 0;
  if (key.n == 0 || number(key, after)) return true;
  api_wrong(c, "after", SLICE("this is no number that fits here"));
  return false;
}
