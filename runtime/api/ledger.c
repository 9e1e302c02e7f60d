/* See ledger.h. */
#include "ledger.h"

void ledger_put_money(json_writer *w, const char *name, int64_t minor, slice code) {
  currency cur = currency_find(code);
  if (cur == CURRENCY_NONE)
    json_put_null(w, name);
  else
    api_put_money(w, name, (money){minor, cur});
}

void ledger_put_set(json_writer *w, const char *name, slice set) {
  json_begin_list(w, name);
  while (set.n) {
    size_t n = 0;
    while (n < set.n && set.p[n] != ';') n++;
    slice one = slice_trim((slice){set.p, n});
    if (one.n) json_put_text(w, NULL, one);
    set = n < set.n ? (slice){set.p + n + 1, set.n - n - 1} : (slice){0};
  }
  json_end(w);
}

void ledger_put_next(json_writer *w, slice next) {
  if (next.n)
    json_put_text(w, "next", next);
  else
    json_put_null(w, "next");
}

bool ledger_listed(api_call *c, store_code code) {
  if (code != STORE_MISUSE) return api_stored(c, code);
  api_wrong(c, "after", SLICE("this is no key of a list: begin it anew"));
  return false;
}

bool ledger_flag(const api_call *c, const char *name) {
  slice s = api_param(c, name);
  return slice_eq(s, SLICE("1")) || slice_eq(s, SLICE("true"));
}

int ledger_choice(api_call *c, const char *name, const char *const *of, size_t n) {
  slice s = api_param(c, name);
  if (s.n == 0) return 0;
  for (size_t i = 0; i < n; i++)
    if (slice_eq(s, slice_of(of[i]))) return (int)i;
  api_wrong(c, name, SLICE("this is none of the words that may stand here"));
  return -1;
}

void ledger_put_invoice(api_call *c, const char *name, const invoice_line *v) {
  json_writer *w = c->out;
  json_begin_object(w, name);
  json_put_text(w, "number", v->number);
  json_begin_object(w, "customer");
  json_put_text(w, "id", v->customer);
  json_put_text(w, "name", v->customer_name.n ? v->customer_name : v->customer);
  json_end(w);
  json_put_text(w, "status", v->status);
  ledger_put_money(w, "amount", v->amount, v->currency);
  ledger_put_money(w, "open", v->open, v->currency);
  api_put_day(w, "due", v->due);
  api_put_day(w, "issued", v->issued);
  api_put_day(w, "promise", v->promise);
  json_put_bool(w, "disputed", v->disputed);
  json_put_bool(w, "held", v->held);
  json_put_text(w, "contract", v->contract);
  json_put_text(w, "kind", v->kind);
  json_put_text(w, "rung", v->rung);
  api_put_day(w, "climbed_on", v->climbed_on);
  json_end(w);
}

/* ---- a timeline ---- */

/* "message,reply": bits; false: one of them is no kind, which is answered. */
static bool kinds_asked(api_call *c, uint32_t *kinds) {
  slice all = api_param(c, "kinds");
  *kinds = 0;
  while (all.n) {
    size_t n = 0;
    timeline_kind k;
    while (n < all.n && all.p[n] != ',') n++;
    if (!timeline_kind_find((slice){all.p, n}, &k)) {
      api_wrong(c, "kinds", SLICE("this is none of the words that may stand here"));
      return false;
    }
    *kinds |= UINT32_C(1) << k;
    all = n < all.n ? (slice){all.p + n + 1, all.n - n - 1} : (slice){0};
  }
  return true;
}

static void put_entry(api_call *c, const timeline_entry *e) {
  json_writer *w = c->out;
  json_begin_object(w, NULL);
  json_put_text(w, "kind", slice_of(timeline_kind_name(e->kind)));
  json_put_int(w, "id", e->id);
  api_put_day(w, "day", e->day);
  api_put_instant(w, "at", e->at_us);
  json_put_text(w, "what", e->kind == TIMELINE_CARD || e->kind == TIMELINE_NOTE ? e->what : api_said(c, e->what));
  json_put_text(w, "entity", e->entity);
  json_put_text(w, "text", e->text);
  json_put_text(w, "channel", e->channel);
  json_put_text(w, "state", e->state);
  json_put_text(w, "reason", api_said(c, e->reason));
  json_put_text(w, "who", e->who);
  if (e->currency.n)
    ledger_put_money(w, "amount", e->amount, e->currency);
  else
    json_put_null(w, "amount");
  api_put_day(w, "date", e->date);
  json_put_bool(w, "observed", e->observed);
  json_end(w);
}

void ledger_put_timeline(api_call *c, timeline_ask *ask) {
  timeline_list l;
  uint32_t most;
  if (!api_rows_wanted(c, &most, &ask->after) || !kinds_asked(c, &ask->kinds)) return;
  ask->most = most;
  if (!ledger_listed(c, store_timeline(c->s, ask, c->perm, &l))) return;
  json_begin_list(c->out, "rows");
  for (size_t i = 0; i < l.n; i++) put_entry(c, &l.v[i]);
  json_end(c->out);
  ledger_put_next(c->out, l.next);
}
