/* See order.h. */
#include "order.h"

#include "documents.h"
#include "runtime/engine/action_text.h"
#include "runtime/engine/approvals.h"
#include "runtime/engine/event_values.h"
#include "runtime/store/agreement.h"
#include "stdlib/erp/erp_order.h"
#include "stdlib/net/json.h"
#include "values.h"

/* "2026-03-02T12:00:00Z" */
static slice moment(int64_t us, arena *perm) {
  int64_t s = us / 1000000, day = s / 86400, second = s % 86400;
  char date[DATE_TEXT_MAX];
  date_iso((civil_date){(int32_t)day}, date);
  return arena_printf(perm, "%sT%02d:%02d:%02dZ", date, (int)(second / 3600), (int)(second / 60 % 60),
                      (int)(second % 60));
}

static void put_money(json_writer *w, const char *name, money m) {
  char text[MONEY_TEXT_MAX];
  slice plain = {text, money_plain(m, text)};
  const char *space = memchr(plain.p, ' ', plain.n); /* "100.00 BRL" */
  json_begin_object(w, name);
  json_put_text(w, "amount", space ? (slice){plain.p, (size_t)(space - plain.p)} : plain);
  json_put_text(w, "currency", slice_of(currency_code(m.cur)));
  json_end(w);
}

static void put_value(json_writer *w, const char *name, const template_value *v) {
  char text[DATE_TEXT_MAX > DECIMAL_TEXT_MAX ? DATE_TEXT_MAX : DECIMAL_TEXT_MAX];
  switch (v->ty) {
  case TY_MONEY: put_money(w, name, v->money); return;
  case TY_DATE: json_put_text(w, name, (slice){text, date_iso(v->date, text)}); return;
  case TY_BOOL: json_put_bool(w, name, v->yes); return;
  case TY_DURATION: json_put_int(w, name, v->days); return;
  case TY_NUMBER:
  case TY_PERCENT: json_put_number(w, name, (slice){text, decimal_text(decimal_trim(v->number), text)}); return;
  case TY_TEXT:
  case TY_SET: json_put_text(w, name, v->text); return;
  case TY_TIME:
  case TY_ERROR: break;
  }
  json_put_null(w, name);
}

/* "open", "customer.name": as a policy writes it. */
static const char *value_name(const program *p, const field_use *use, entity of, arena *perm) {
  slice name =
      use->field < FIELD_COUNT ? slice_of(FIELDS[use->field].name[LANG_EN]) : p->custom[use->field - FIELD_COUNT].name;
  if (use->of == of) return arena_copy(perm, name);
  const char *head = use->of == ENT_CUSTOMER ? "customer" : use->of == ENT_CONTRACT ? "contract" : "invoice";
  return arena_printf(perm, "%s.%.*s", head, SLICE_ARG(name)).p;
}

static void put_values(json_writer *w, engine *e, const decision *d, arena *perm) {
  const subject *s = d->subjects;
  event_values was;
  event_values_begin(e, s->row, d->said, &was);
  json_begin_object(w, "values");
  for (uint32_t i = 0; i < d->act->item_count; i++) {
    const field_use *use = &e->p->uses[d->act->items[i]];
    const char *name = value_name(e->p, use, s->of, perm);
    template_value v;
    if (value_of(e, s, (template_field){use->of, use->field}, &v))
      put_value(w, name, &v);
    else
      json_put_null(w, name);
  }
  json_end(w);
  event_values_end(e, &was);
}

static void put_where(json_writer *w, const char *name, slice value) {
  if (value.n) json_put_text(w, name, value);
}

/* ---- a webhook ---- */

/* Its body (Standard Webhooks): {"type":"dun.invoice","timestamp":"...","data":{...,"values":{...}}}. The moment is
 * that of the decision. */
static store_code webhook_words(outbox *o, const decision *d, order *out) {
  engine *e = o->e;
  arena *perm = o->perm;
  static const char *const ABOUT[ENT_COUNT] = {
      [ENT_INVOICE] = "invoice", [ENT_CONTRACT] = "contract", [ENT_CUSTOMER] = "customer"};
  const subject *s = d->subjects;
  char day[DATE_TEXT_MAX];
  json_writer *w = json_write(perm);
  json_begin_object(w, NULL);
  json_put_text(w, "type", arena_printf(perm, "dun.%s", ABOUT[s->of]));
  json_put_text(w, "timestamp", moment(o->decided_us, perm));
  json_begin_object(w, "data");
  json_put_text(w, "webhook", d->act->name);
  put_where(w, "policy", e->p->name);
  put_where(w, "ladder", d->ladder);
  put_where(w, "rung", d->rung);
  json_put_text(w, "day", (slice){day, date_iso(d->day, day)});
  if (s->of != ENT_CUSTOMER) json_put_text(w, ABOUT[s->of], s->number);
  put_where(w, "customer", d->customer);
  put_values(w, e, d, perm);
  json_end(w);
  json_end(w);
  out->to = d->act->name;
  out->text = json_written(w);
  return STORE_OK;
}

/* ---- an ERP ---- */

/* What its row in the store says of an entity. */
typedef struct row_source {
  slice erp, id, contract;
} row_source;

static store_code source_of(outbox *o, entity of, slice number, row_source *out) {
  static const struct {
    store_table table;
    const char *key;
  } ROWS[ENT_COUNT] = {[ENT_CUSTOMER] = {STORE_T_customer, "id"},
                       [ENT_INVOICE] = {STORE_T_invoice, "number"},
                       [ENT_CONTRACT] = {STORE_T_contract, "number"}};
  const slice columns[] = {SLICE("source"), SLICE("source_id")};
  store_cursor *c = NULL;
  *out = (row_source){0};
  store_code code = store_row(o->s, ROWS[of].table, ROWS[of].key, number, columns, 2, &c);
  if (code == STORE_ROW) {
    out->erp = arena_slice(o->perm, store_text(c, 0));
    out->id = arena_slice(o->perm, store_text(c, 1));
  }
  store_cursor_close(c);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* The due date that is wanted: the one that the action names, else the invoice's own as the ledger would write it. */
static civil_date due_wanted(engine *e, const action *a, const subject *s) {
  if (a->value != NO_VALUE) return action_date(e, a, s->row);
  int64_t day = e->f->due_written ? column_get(e->f->due_written, s->row) : fact_int(e->f, FIELD_INVOICE_DUE, s->row);
  return day == FACT_MISSING ? DATE_NONE : (civil_date){(int32_t)day};
}

/* The day that an order is for: of a bill that of its period. */
static civil_date day_of(engine *e, const decision *d) {
  const subject *s = d->subjects;
  civil_date day;
  if (d->act->kind == ACT_UPDATE_DUE) return s->of == ENT_INVOICE ? due_wanted(e, d->act, s) : DATE_NONE;
  bool period = d->act->kind == ACT_BILL_CONTRACT && d->section == SECTION_EVERY && date_parse(s->offset, &day);
  return period ? day : d->day;
}

static void amount_of(engine *e, const decision *d, erp_order *x) {
  const subject *s = d->subjects;
  money open = d->act->kind == ACT_WRITE_OFF ? engine_amount(e, s->of, s->row) : d->sum.sum;
  x->has_amount = d->act->kind == ACT_WRITE_OFF ? open.cur != CURRENCY_NONE : d->sum.known;
  x->amount = open;
  if (d->sum.known) x->how = d->sum.how;
}

/* Why it cannot go; empty: it can. */
static slice lacking(const erp_driver *driver, const decision *d, const erp_order *x, arena *perm) {
  if (!driver) return SLICE("it did not come from an ERP that the policy connects");
  if (!(driver->writes >> x->kind & 1)) return arena_printf(perm, "%s does not do this", driver->words);
  if (d->sum.said && !d->sum.known) return d->sum.how.n ? d->sum.how : SLICE("its amount is not known");
  if (date_is_none(x->date)) return SLICE("there is no date to write");
  return driver->refuses ? driver->refuses(x, perm) : (slice){0};
}

static store_code erp_words(outbox *o, const decision *d, order *out) {
  const subject *s = d->subjects;
  bool mark = d->act->kind == ACT_MARK || d->act->kind == ACT_UNMARK;
  row_source row, customer;
  store_code code = source_of(o, s->of, s->number, &row);
  if (code == STORE_OK) code = source_of(o, ENT_CUSTOMER, d->customer, &customer);
  if (code != STORE_OK) return code;
  erp_order x = {.kind = d->act->kind,
                 .of = outbox_kind(s->of),
                 .number = s->number,
                 .customer = d->customer,
                 .customer_source_id = customer.id,
                 .text = mark ? d->act->name : (slice){0},
                 .has_date = true,
                 .date = day_of(o->e, d)};
  if (s->of != ENT_CUSTOMER) x.source_id = row.id;
  amount_of(o->e, d, &x);
  const erp_driver *driver = outlet_line(o->p, OUTLET_ERP, row.erp) ? erp_driver_of(row.erp) : NULL;
  out->to = row.erp;
  out->why = lacking(driver, d, &x, o->perm);
  bool agreed = false;
  if (x.kind == ACT_UPDATE_DUE && s->of == ENT_INVOICE && !date_is_none(x.date))
    code = agreement_has_date(o->s, s->number, x.date.day, &agreed);
  if (code != STORE_OK) return code;
  if (agreed) {
    out->none = true;
    out->why = SLICE("the agreement with the customer has brought it there");
  }
  if (!out->why.n && d->sum.known && x.amount.minor <= 0) {
    out->none = true;
    out->why = SLICE("it comes to nothing");
  }
  out->text = erp_order_text(&x, o->perm);
  return STORE_OK;
}

/* ---- by outlet ---- */

typedef store_code order_words(outbox *o, const decision *d, order *out);
static order_words *const WORDS[OUTLET_COUNT] = {[OUTLET_DOCUMENTS] = document_words,
                                                 [OUTLET_SIGNATURE] = signature_words,
                                                 [OUTLET_ERP] = erp_words,
                                                 [OUTLET_WEBHOOK] = webhook_words};

bool order_is_written(outlet x) { return x < OUTLET_COUNT && WORDS[x]; }

store_code order_of(outbox *o, const decision *d, order *out) {
  *out = (order){0};
  return WORDS[outlet_of_order(d->act->kind)](o, d, out);
}

/* What another program is told about an event is about no open invoice; what an event has the ERP do is. */
store_code order_about_open(outbox *o, const decision *d, bool *yes) {
  const slice columns[] = {SLICE("status"), SLICE("open")};
  store_cursor *c = NULL;
  bool asks = ACTIONS[d->act->kind].about_open && d->subjects->of == ENT_INVOICE;
  if (outlet_of_order(d->act->kind) != OUTLET_ERP) asks &= d->section != SECTION_ON;
  *yes = false;
  if (!asks) return STORE_OK;
  store_code code = store_row(o->s, STORE_T_invoice, "number", d->subjects->number, columns, 2, &c);
  *yes = code == STORE_ROW && slice_eq(store_text(c, 0), SLICE("open")) && store_int(c, 1) > 0;
  store_cursor_close(c);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}
