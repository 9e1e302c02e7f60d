/* What a mapping's `writes` say, carried out: a call a decision. See rest_impl.h.
 *
 * Invariant: a call whose answer is missing is made again only where the mapping says that the same twice is once
 * (`again`), or where the row, read again, shows that nothing was done. */
#include <strings.h>

#include "rest_impl.h"

static send_result said(send_outcome outcome, slice detail) {
  return (send_result){.outcome = outcome, .detail = detail};
}

static void holes_of(const erp_order *o, rest_hole holes[REST_ORDER_HOLES], arena *perm) {
  char *day = arena_alloc(perm, DATE_TEXT_MAX), *amount = arena_alloc(perm, MONEY_TEXT_MAX);
  slice date = {day, o->has_date ? date_iso(o->date, day) : 0};
  slice sum = {amount, o->has_amount ? money_plain(o->amount, amount) : 0};
  const slice values[REST_ORDER_HOLES] = {o->source_id.n ? o->source_id : o->number,
                                          o->number,
                                          o->customer,
                                          o->customer_source_id.n ? o->customer_source_id : o->customer,
                                          date,
                                          sum,
                                          o->has_amount ? slice_of(currency_code(o->amount.cur)) : (slice){0},
                                          o->text,
                                          o->key,
                                          slice_of(ACTIONS[o->kind].words)};
  for (size_t i = 0; i < REST_ORDER_HOLES; i++) holes[i] = (rest_hole){REST_ORDER_NAMES[i], values[i]};
}

/* "{amount:number}" is the number without quotes. False: it is no such text. */
static bool put_number(json_writer *w, const char *name, slice pattern, const rest_hole *holes) {
  static const slice TAIL = {":number}", 8};
  decimal d;
  if (pattern.n < TAIL.n + 2 || pattern.p[0] != '{' || memcmp(pattern.p + pattern.n - TAIL.n, TAIL.p, TAIL.n) != 0)
    return false;
  slice inner = {pattern.p + 1, pattern.n - TAIL.n - 1};
  for (size_t i = 0; i < REST_ORDER_HOLES; i++) {
    if (!slice_eq(inner, slice_of(holes[i].name))) continue;
    if (json_decimal_of(holes[i].value, &d))
      json_put_number(w, name, holes[i].value);
    else
      json_put_null(w, name);
    return true;
  }
  return false;
}

static void put_body(json_writer *w, const char *name, const json *j, const rest_hole *holes, arena *perm) {
  switch (json_kind_of(j)) {
  case JSON_TEXT:
    if (!put_number(w, name, json_text(j), holes))
      json_put_text(w, name, rest_fill(json_text(j), holes, REST_ORDER_HOLES, REST_PLAIN, perm));
    return;
  case JSON_OBJECT:
  case JSON_LIST: {
    bool list = json_kind_of(j) == JSON_LIST;
    if (list)
      json_begin_list(w, name);
    else
      json_begin_object(w, name);
    for (size_t i = 0; i < json_count(j); i++) {
      const json *one = json_item(j, i);
      put_body(w, list ? NULL : arena_copy(perm, json_name(one)), one, holes, perm);
    }
    json_end(w);
    return;
  }
  case JSON_NULL:
  case JSON_FALSE:
  case JSON_TRUE:
  case JSON_NUMBER: json_put_json(w, name, j); return;
  }
}

static const rest_writing *writing_of(const erp *e, const erp_order *o) { return &e->map->write[o->kind]; }

send_result rest_write(erp *e, const erp_order *o, arena *perm) {
  const rest_writing *x = writing_of(e, o);
  rest_hole holes[REST_ORDER_HOLES];
  if (!x->there)
    return said(SEND_REJECTED,
                arena_printf(perm, "the mapping says nothing of \"%s\": add it to `writes`", ACTIONS[o->kind].words));
  holes_of(o, holes, perm);
  text t = text_new(perm);
  text_add(&t, rest_fill(x->path, holes, REST_ORDER_HOLES, REST_IN_ADDRESS, perm));
  rest_add_pairs(&t, &x->query, holes, REST_ORDER_HOLES, perm);
  size_t n = 0, all = e->map->headers.n;
  http_header *h = ARENA_ARRAY(perm, all + x->headers.n + 1, http_header);
  for (size_t i = 0; i < all; i++) h[n++] = (http_header){e->map->headers.v[i].name, e->map->headers.v[i].value};
  for (size_t i = 0; i < x->headers.n; i++)
    h[n++] = (http_header){x->headers.v[i].name,
                           rest_fill(x->headers.v[i].value, holes, REST_ORDER_HOLES, REST_PLAIN, perm)};
  json_writer *w = json_write(perm);
  if (x->body) put_body(w, NULL, x->body, holes, perm);
  http_piece body = {.text = x->body ? json_written(w) : (slice){0}};
  api_request call = {.method = x->method,
                      .path = text_slice(&t),
                      .headers = h,
                      .header_count = n,
                      .type = x->body ? "application/json" : NULL,
                      .body = &body,
                      .body_count = x->body ? 1 : 0,
                      .safe = x->again};
  http_answer a = api_ask(e->api, &call, perm);
  return api_outcome(e->api, &a, perm);
}

/* Whether the row has the new date; false where that cannot be told. */
static bool has_date(erp *e, const erp_order *o, bool *yes, arena *perm) {
  for (size_t i = 0; i < e->map->feeds; i++) {
    const rest_feed *f = &e->map->feed[i];
    const json *row;
    erp_failure why = {0};
    if (f->table != STORE_T_invoice || !f->alone || !o->source_id.n) continue;
    if (rest_one(e, f, o->source_id, &row, &why, perm) != ERP_END || !row) return false;
    for (size_t k = 0; k < f->values; k++) {
      int32_t day;
      if (!slice_eq(f->shape.column[k].name, SLICE("due"))) continue;
      if (record_date(rest_value_of(&f->value[k], row, perm), f->shape.column[k].dates, &day)) return false;
      *yes = day == o->date.day;
      return true;
    }
  }
  return false;
}

send_result rest_find(erp *e, const erp_order *o, int64_t begun_s, arena *perm) {
  (void)begun_s;
  bool yes;
  if (o->kind == ACT_UPDATE_DUE && has_date(e, o, &yes, perm))
    return yes ? said(SEND_ACCEPTED, (slice){0}) : said(SEND_RETRY, SLICE("the row has another due date"));
  if (writing_of(e, o)->again) return said(SEND_RETRY, SLICE("the same twice is once, as the mapping says"));
  return said(SEND_UNKNOWN, SLICE("the mapping gives no way to see whether it was done"));
}
