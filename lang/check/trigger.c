/* `every ...` and `on EVENT ...`: rules that a date or an event starts. Their header, in canonical English, names them
 * in every output. */
#include "lang/check/internal.h"

#include "lang/base/text.h"
#include "lang/check/erp_events.h"

const char *const EVENTS[EV_COUNT] = {
#define EVENT(id, words) [EV_##id] = words,
#include "lang/check/events.def"
#undef EVENT
};

/* ---- every ---- */

static uint8_t day_bits(const ast *day) {
  if (day->op == KW_BUSINESS_DAYS || day->op == KW_WEEKDAYS) return 0x1f;
  unsigned from = (unsigned)(day->op - KW_MONDAY), to = day->kid ? (unsigned)(day->kid->op - KW_MONDAY) : from;
  uint8_t bits = 0;
  for (unsigned i = from;; i = (i + 1) % 7) {
    bits = (uint8_t)(bits | 1u << i);
    if (i == to) return bits;
  }
}

uint8_t days_of(const ast *days, bool *business, bool *named) {
  uint8_t bits = 0;
  for (const ast *day = days->kid; day; day = day->next) {
    *business = *business || day->op == KW_BUSINESS_DAYS;
    *named = *named || (day->op >= KW_MONDAY && day->op <= KW_SUNDAY);
    bits = (uint8_t)(bits | day_bits(day));
  }
  return bits;
}

static void month_day(checker *c, const ast *n, every_rule *e, text *header) {
  const ast *day = ast_kid(n, AST_MONTH_DAY);
  if (!day || !day->kid) { /* `on last day` */
    text_cstr(header, " on last day");
    return;
  }
  decimal d = decimal_trim(day->kid->value.number);
  if (d.scale != 0 || d.n < 1 || d.n > 31) {
    REPORT(c, E0335, day->kid->at, NO_HINT);
    return;
  }
  e->day = (int32_t)d.n;
  text_printf(header, " on day %d", (int)e->day);
}

static void year_day(checker *c, const ast *n, every_rule *e, text *header) {
  const ast *on = ast_kid(n, AST_ON_DATE);
  if (!on) return;
  if (on->kid) {
    char iso[DATE_TEXT_MAX];
    e->month = date_month(on->kid->value.date);
    e->day = date_day(on->kid->value.date);
    date_iso(on->kid->value.date, iso);
    text_printf(header, " on %s", iso);
    return;
  }
  c->of = e->of;
  field_ref r = name_resolve(c, on, on->text);
  if (r.status != FIELD_FOUND) return;
  if (field_type(c, r.field) != TY_DATE) {
    REPORT(c, E0212, on->at, NO_HINT, type_text(field_type(c, r.field), c->lang));
    return;
  }
  e->on_use = use_field(c, r.of, r.field);
  text_cstr(header, " on ");
  text_add(header, canonical_path(c, r));
}

static void week_days(const ast *n, every_rule *e, text *header) {
  const ast *days = ast_kid(n, AST_DAYS);
  bool business = false, named = false, more = false;
  if (!days) return;
  e->days = days_of(days, &business, &named);
  text_cstr(header, " on ");
  for (const ast *day = days->kid; day; day = day->next) {
    if (more) text_cstr(header, ", ");
    text_add(header, kw_text(day->op, LANG_EN));
    if (day->kid) {
      text_cstr(header, " to ");
      text_add(header, kw_text(day->kid->op, LANG_EN));
    }
    more = true;
  }
}

void every_build(checker *c, const ast *n) {
  const ast *target = ast_kid(n, AST_TARGET), *at = ast_kid(n, AST_TIME);
  every_rule e = {.of = ENT_INVOICE, .on_use = NO_USE, .seq = c->seq++, .at = n->at};
  text header = text_new(c->scratch);
  if (!target) REPORT(c, E0337, n->at, NO_HINT);
  if (target && target->op == KW_CONTRACTS) e.of = ENT_CONTRACT;
  if (target && target->op == KW_CUSTOMERS) e.of = ENT_CUSTOMER;
  text_cstr(&header, "every ");
  text_add(&header, kw_text(n->op, LANG_EN));
  if (n->op == KW_WEEK) {
    e.kind = EVERY_WEEK;
    week_days(n, &e, &header);
  } else if (n->op == KW_MONTH) {
    e.kind = EVERY_MONTH;
    month_day(c, n, &e, &header);
  } else if (n->op == KW_YEAR) {
    e.kind = EVERY_YEAR;
    year_day(c, n, &e, &header);
  } else
    e.kind = EVERY_DAY;
  if (at) {
    e.has_time = true;
    e.at_min = (uint16_t)at->value.minute;
    if (e.at_min >= 24 * 60) REPORT(c, E0351, at->at, NO_HINT);
    text_printf(&header, " at %02d:%02d", e.at_min / 60, e.at_min % 60);
  }
  e.where = cond_where(c, n, e.of);
  e.body = lines_build(c, n, e.of);
  check_does(c, n, &e.body);
  e.header = keep(c, text_slice(&header));
  *VEC_PUSH(c->perm, &c->everys, every_rule) = e;
}

/* ---- on ---- */

static const struct {
  kw word;
  event_kind kind;
  entity of;
} EVENT_WORDS[] = {
    {KW_EV_PAYMENT_IN_FULL, EV_PAYMENT_IN_FULL, ENT_INVOICE},
    {KW_EV_PARTIAL_PAYMENT, EV_PARTIAL_PAYMENT, ENT_INVOICE},
    {KW_EV_REPLY, EV_REPLY, ENT_INVOICE}, /* the lead invoice of the message that it answers */
    {KW_EV_EXTENSION_REQUESTED, EV_EXTENSION_REQUESTED, ENT_INVOICE},
    {KW_EV_EXTENSION_APPROVED, EV_EXTENSION_APPROVED, ENT_INVOICE},
    {KW_EV_PROMISE_BROKEN, EV_PROMISE_BROKEN, ENT_INVOICE},
    {KW_EV_DISPUTE, EV_DISPUTE, ENT_INVOICE},
    {KW_EV_INVOICE_CREATED, EV_INVOICE_CREATED, ENT_INVOICE},
    {KW_EV_INVOICE_CANCELLED, EV_INVOICE_CANCELLED, ENT_INVOICE},
    {KW_EV_DUE_DATE_CHANGED, EV_DUE_CHANGED, ENT_INVOICE},
    {KW_EV_CONTRACT_CHURNED, EV_CONTRACT_CHURNED, ENT_CONTRACT},
    {KW_EV_CONTRACT_CHANGED, EV_CONTRACT_CHANGED, ENT_CONTRACT},
    {KW_EV_MESSAGE_FAILED, EV_MESSAGE_FAILED, ENT_INVOICE},
    {KW_EV_MESSAGE_BOUNCED, EV_MESSAGE_BOUNCED, ENT_INVOICE},
    {KW_EV_MESSAGE_READ, EV_MESSAGE_READ, ENT_INVOICE},
    {KW_EV_DOCUMENT_SIGNED, EV_DOCUMENT_SIGNED, ENT_CUSTOMER}, /* it may be of an invoice, or of a contract */
    {KW_EV_DOCUMENT_REFUSED, EV_DOCUMENT_REFUSED, ENT_CUSTOMER},
    {KW_EV_DOCUMENT_EXPIRED, EV_DOCUMENT_EXPIRED, ENT_CUSTOMER},
};

entity event_entity(kw op) {
  for (size_t i = 0; i < sizeof EVENT_WORDS / sizeof EVENT_WORDS[0]; i++)
    if (EVENT_WORDS[i].word == op) return EVENT_WORDS[i].of;
  return ENT_CUSTOMER; /* an ERP's own event is about a customer: an order is no invoice yet */
}

void on_build(checker *c, const ast *n) {
  const ast *containing = ast_kid(n, AST_CONTAINING), *erp = ast_kid(n, AST_ERP_EVENT);
  on_rule r = {.kind = EV_ERP, .of = event_entity(n->op), .seq = c->seq++, .at = n->at};
  for (size_t i = 0; i < sizeof EVENT_WORDS / sizeof EVENT_WORDS[0]; i++)
    if (EVENT_WORDS[i].word == n->op) r.kind = EVENT_WORDS[i].kind;
  text header = text_new(c->scratch);
  text_cstr(&header, "on ");
  if (r.kind == EV_ERP) {
    slice near = {0};
    if (erp) r.what = keep(c, erp_event_canonical(c->scratch, erp->text, c->lang, &near));
    if (erp && !r.what.n) { /* it is kept as it is written, and never fires */
      mend(c, REPORT(c, W0029, erp->at, hint_mean(c, near), erp->text), erp->at, near);
      r.what = keep(c, erp->text);
    }
    text_add(&header, r.what);
  } else
    text_cstr(&header, EVENTS[r.kind]);
  if (containing && containing->kid) {
    r.containing = keep(c, containing->kid->text);
    if (r.kind != EV_REPLY) REPORT(c, E0352, containing->at, NO_HINT);
    text_printf(&header, " containing \"%.*s\"", SLICE_ARG(r.containing));
  }
  r.where = cond_of(c, ast_kid(n, AST_FOR), r.of);
  r.body = lines_build(c, n, r.of);
  check_does(c, n, &r.body);
  r.header = keep(c, text_slice(&header));
  *VEC_PUSH(c->perm, &c->ons, on_rule) = r;
}
