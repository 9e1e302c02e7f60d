/* GET /api/cards/{id}/conversation: what was sent, heard, promised, paid and agreed on with the card's customer, the
 * oldest of the page first, with the words themselves. Personal data: who reads it is noted. */
#include <stdlib.h>

#include "board.h"
#include "runtime/store/timeline.h"

enum { TALK_ROWS = 60 };

/* What a message said; empty: it was erased, or never rendered. */
static store_code words_of(api_call *c, int64_t id, slice *text) {
  const slice columns[] = {SLICE("text")};
  const store_where where = {"action", STORE_EQ, id, {0}};
  store_query q = {.table = STORE_T_message, .columns = columns, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *cur;
  *text = (slice){0};
  store_code code = store_scan(c->s, &q, &cur);
  if (code != STORE_OK) return code;
  code = store_next(cur);
  if (code == STORE_ROW) *text = arena_slice(c->perm, store_text(cur, 0));
  store_cursor_close(cur);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* When a message first went out (its state may have changed long after), or when it became known that something
 * happened. */
static store_code moment_of(api_call *c, timeline_entry *e) {
  bool message = e->kind == TIMELINE_MESSAGE;
  const slice columns[] = {message ? SLICE("begun_at") : SLICE("seen_at")};
  const store_where where = {message ? "action" : "seq", STORE_EQ, e->id, {0}};
  store_query q = {.table = message ? STORE_T_attempt : STORE_T_happening,
                   .columns = columns,
                   .column_count = 1,
                   .where = &where,
                   .where_count = 1};
  store_cursor *cur;
  if (e->kind == TIMELINE_AGREEMENT || e->kind == TIMELINE_NOTE) return STORE_OK;
  store_code code = store_scan(c->s, &q, &cur);
  if (code != STORE_OK) return code;
  code = store_next(cur);
  if (code == STORE_ROW && !store_is_null(cur, 0)) e->at_us = store_int(cur, 0);
  store_cursor_close(cur);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* The oldest first: by the day, then by the moment. */
static bool in_order(api_call *c, timeline_list *l) {
  for (size_t i = 0; i < l->n; i++)
    if (!api_stored(c, moment_of(c, l->v + i))) return false;
  for (size_t i = 1; i < l->n; i++)
    for (size_t k = i; k > 0; k--) {
      timeline_entry *a = l->v + k - 1, *b = l->v + k;
      bool sorted = a->day != b->day ? a->day < b->day : a->at_us <= b->at_us;
      if (sorted) break;
      timeline_entry t = *a;
      *a = *b;
      *b = t;
    }
  return true;
}

static bool put_entry(api_call *c, const timeline_entry *e) {
  json_writer *w = c->out;
  slice text = e->text;
  if (e->kind == TIMELINE_MESSAGE && !api_stored(c, words_of(c, e->id, &text))) return false;
  json_begin_object(w, NULL);
  json_put_text(w, "kind", slice_of(timeline_kind_name(e->kind)));
  json_put_int(w, "id", e->id);
  api_put_day(w, "day", e->day);
  api_put_instant(w, "at", e->at_us);
  json_put_text(w, "what", e->what);
  json_put_text(w, "entity", e->entity);
  json_put_text(w, "subject", e->kind == TIMELINE_MESSAGE ? e->text : (slice){0});
  json_put_text(w, "text", text);
  json_put_text(w, "channel", e->channel);
  json_put_text(w, "state", e->state);
  json_put_text(w, "reason", api_said(c, e->reason));
  json_put_text(w, "by", e->who);
  if (e->currency.n)
    api_put_money(w, "amount", (money){e->amount, currency_find(e->currency)});
  else
    json_put_null(w, "amount");
  api_put_day(w, "date", e->date);
  json_end(w);
  return true;
}

static store_code customer_row(api_call *c, slice id, int64_t *row) {
  const slice columns[] = {SLICE("customer_row")};
  store_cursor *cur = NULL;
  *row = 0;
  store_code code = store_row(c->s, STORE_T_customer, "id", id, columns, 1, &cur);
  if (code == STORE_ROW) *row = store_int(cur, 0);
  store_cursor_close(cur);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* `all` 0: what concerns the card's invoice alone. */
void card_get_conversation(api_call *c) {
  board_card b;
  timeline_list l = {0};
  int64_t id = strtoll(arena_copy(c->perm, c->var[0]), NULL, 10), all = 1;
  uint32_t kinds = 1u << TIMELINE_MESSAGE | 1u << TIMELINE_REPLY | 1u << TIMELINE_PROMISE | 1u << TIMELINE_PAYMENT |
                   1u << TIMELINE_DISPUTE | 1u << TIMELINE_AGREEMENT | 1u << TIMELINE_DUE | 1u << TIMELINE_NOTE;
  if (!api_param_int(c, "all", 0, 1, &all)) return;
  store_code code = board_find(c->s, id, c->perm, &b);
  if (code == STORE_END) {
    api_fail(c, 404, "not_there", SLICE("there is no such card"));
    return;
  }
  timeline_ask ask = {.kinds = kinds, .most = TALK_ROWS, .after = api_param(c, "after")};
  if (code == STORE_OK) code = customer_row(c, b.customer, &ask.customer_row);
  if (!api_stored(c, code)) return;
  if (ask.customer_row && !api_saw(c, "customer", b.customer)) return;
  ask.customer = b.customer;
  if (!all && b.entity.kind == STORE_ENTITY_INVOICE) ask.invoice = b.entity.id;
  if (ask.customer_row && !api_stored(c, store_timeline(c->s, &ask, c->perm, &l))) return;
  if (!in_order(c, &l)) return;
  json_begin_list(c->out, "rows");
  for (size_t i = 0; i < l.n; i++)
    if (!put_entry(c, l.v + i)) return;
  json_end(c->out);
  if (l.next.n)
    json_put_text(c->out, "before", l.next);
  else
    json_put_null(c->out, "before");
}
